//! A foreign tool: somebody else's program, whose real settings are read and changed as its manifest describes them.
//!
//! # The switches of a foreign tool
//!
//! A manifest without events describes somebody else's program. Where only variables are known, `switches.environment` is enough. Else
//! `switches` has `layers` and, as far as they are known, all that goes with them. Every text for people has 1 to 500 characters, every
//! key in a file is a list of keys from its root, and `versions` is a range such as `'<0.27'` or `'>=0.10.7-rc3, <0.14'`: comparisons
//! by `>=` and `<` only, so that a version that is not known can be tried at each place where something changes.
//!
//! | key | values | reason |
//! |---|---|---|
//! | `also` | other names of the tool | a program that was renamed is found by both; of the built-in manifests only |
//! | `programs` | names | looked for on PATH, never run |
//! | `project` | `marker`: paths below a project's folder, any of which marks it; `holds`: `file` and `key`, a key in a file of JSON that marks it as well; `variable`: names the folder | looked for from the working directory upwards |
//! | `version` | a list, the first that answers: `python` or `npm`: a package; `file` and `key`; `answer`: the path of a request to the running server, and `key` | what a value means changes with it; `answer` is asked with `--url` only |
//! | `files` | names of ours and files, below | each file is read once, under one name |
//! | `truths` | names of ours and ideas of truth, below | the same word means on in one program and off in the next |
//! | `layers` | below (required) | in the program's own order: the first that says something decides |
//! | `default` | a list of `on`: `true`, `false`, and `versions` | what holds where no layer speaks; without it `consent` says |
//! | `mirrors` | `file`, `key`, `on`, `off`, `differs`: what happens where it differs, `versions` | what has to change together with the switch, where its file is there |
//! | `dead` | `variable`, or `file` and `key` in which `*` stands for each; `off`: values that people set (any without it); `says`, `versions` | a switch that people believe in and nothing asks |
//! | `queues` | `file`, `key` of the list of events, `empty`: the whole file when nothing waits, `lock`: `none`, `flock` | what waits goes out after the switch is off, unless it is emptied |
//! | `ids` | below | what a deletion request has to name |
//! | `found` | `files`: a path below the project with `*` for one name, `key`, `id`, `says` | ids that earlier runs left |
//! | `residual` | `says`, `when`: `off`, `on`, `always`, `stop`, `versions` | what no switch stops |
//! | `endpoint` | `variable`, `value` with `{origin}`, `overridden`: what beats it, `with`: further variables, `answer`: `status` and `body`, `versions` | `show-payload --capture` points a real run at this machine |
//! | `no_endpoint` | a sentence | why that cannot be done |
//! | `requests` | `parts`, `events` with `event`, `address`, `headers`, `style`, `body`, and `asks`: `name`, `form` (a pattern), `says` | what it sends: documents with places to be filled ([`requests`]) |
//! | `guessable` | sentences | which digests who knows the likely values can find by trying |
//! | `after` | a sentence | what has to be done so that a running program sees a change |
//! | `tells` | `name`, `from`: variables, properties or keys, the first that is there; `usual`, `versions` | what `status` tells beside the switch: an address, an interval |
//! | `by_hand` | commands | for what no file switches |
//! | `nowhere` | sentences | which ids no file keeps, which `forget` says |
//! | `components` | below | several programs that share a name; beside them stand only `also`, `truths` and `requests.parts`, which all of them have |
//!
//! A file begins in one of `home`, `config` (`$XDG_CONFIG_HOME`), `project`, `above` (the first folder from the working directory upwards
//! that has it) and `here`, has a `format` (`yaml`, `json`, `jsonc`, `toml`, `ini`, `dotenv` with its reader as `dialect`, `sqlite`), and may have
//! `variable` (names another file), `folder` (`path`, the beginning of its path, that `variable` moves, also in the dotenv `file`), `committed`
//! (it is shared through a repository) and `secret` (keys whose values are never shown).
//!
//! A file of a component may also begin in `given: true` (what the person points at), `beside` (a path from its folder, with `../` at its
//! beginning), or `inside`: `file`, `key` and `base64`, a value of another file that is a file itself. Formats are also `hocon`, `hcl` (in which `var.NAME`
//! is followed to where Terraform has its value), and `text`, in which a key is a text that stands anywhere.
//!
//! A component has a `name`, a `title`, `switches` of its own, and is known by `recognise`, a list of signs: `file` (one of its `files` that is given) with
//! `any`, `all` and `none` (keys in it), `named` (ends of its name), or `block` (`kind`, `attribute`, `holds`: each labelled block of HCL whose
//! attribute has one of these texts is one; `'{block}'` in a key is its label); and by `started`: `images` and `programs` of what starts it (a unit of
//! systemd, a service of a compose file, `docker run`), `options` or `variable` that name its `file` there. The first that fits has the file. One without
//! layers has ids only.
//!
//! A truth lists exact values by what they mean: `on`, `off`, `crash` (the program does not start), `pass` (the next layer is asked). A value
//! has a type: `true` is not `'true'`. `other` (required) is any other value, `nothing` null, `absent` a missing key, `under` a key above that
//! holds nothing or no keys, `missing` a missing file, `empty` an empty one: each `pass` unless said. `broken`, a file that cannot be read,
//! is not known unless said; `other`, `number` and `many` may be `unknown`. `ignore_case` takes large letters for small ones.
//!
//! A layer is a `variable`, a `property` (`-DNAME=VALUE` of a Java machine), or a `file` and a `key`, with its `truth`, `versions`, `inverse` (a plain yes looks like off, as in
//! `DISABLE_X=1`), `says`, `trap` (`values` that people take for a no, and what `says` why), `rare` (shown only where it speaks), and `write`: `scope` (`user`: the person's own file; `project`: one that is shared), what `on` and `off` write there (a
//! value, null to take the key out, `{fresh: FORM}` for a fresh id), and `only`: `always`, `there`, `absent`, `else` (where it is there; and where none is that suffices, in the one of these of which most keys
//! are there already). What is written must not say
//! the contrary.
//!
//! A request is a document as its program sends it. In the place of a value may stand: `$version`; `{$id: NAME}`, one of `ids`; `{$fact:
//! WORD}`, a fact of the machine ([`requests::MachineFact`]); `{$setting: {variable: NAME}}`, `{$setting: {property: NAME}}` or `{$setting: {file: NAME, key: […]}}`; `{$raw:
//! {file: NAME, key: […]}}`, the bytes at a key of a file of JSON; `{$part: NAME}`, one of `parts`; `{$first: […]}`, the first that is there;
//! `{$join: […]}`, texts one after the other; `{$sha256: …}`, `{$uuid_of_sha256: …}`, `{$uuid5_url: …}`; `{$base64: …}` and `{$base64_url: …}`, of
//! a text or of a document's JSON; `{$flag: {any: […], of: [WORD…]}}`, whether one of some values is one of these words, `omit: true` where it
//! is left out without any; `{$case: …, is: {TEXT: …}}`, the value for the first text that it is, of which a `*` stands for any text; `{$given:
//! NAME}`, one of `asks`, which a person may tell; `$none`, no value; `{$is_uuid: …, then: [YES, NO, NONE]}`; `{$winner: [WORD…], usual: WORD}`, a word for the layer that decides;
//! `{$in: RANGE, value: …}`, only in these versions; `{$guess: …, because: …}`, which is probably so; `{$unknown: …}`, what nobody here can know; and
//! `{$secret: …}`, which is never shown. `$$` at the start stands for one dollar sign. What has no value is left out of its list or mapping.
//! `style` is how JSON is written: `compact`, `escaped` as Go does, or `spaced` as Python does.
//!
//! An id has a `name`, comes from one of `file` with `key`, `file` with `table`, `column` and `where`, `answer` with `key`, `of` (another id) with
//! `derive`, `template` (`{id}` in a text), `git_remote` with `derive`, `given` (one of `asks`) with `derive`, `file` with `each` (a list of JSON), `where` (texts
//! of an item) and `key` in it, and has a `form` (`uuid`, `hex32`, `snowflake`, `text`) with a `prefix`.
//! `derive` is `uuid-of-sha256`, `uuid5-url` or `sha256`. `provided` says that a person gives it (`id --user-provided-id`). `shared` says that everybody who works on the project has it, `forget` what is done with it
//! (`rotate`, `remove`, `remove-file`, `empty`, `leave`), `removed` what the program does when it is gone, `advice` what to do by hand.
//!
//! Promises: all that is known of such a program is data. Absent: code for one program; reading (`actions/foreign`).

pub mod components;
pub mod files;
pub mod ids;
pub mod layers;
pub mod requests;
pub mod truths;

use crate::identity::names::ToolName;
use crate::manifest::foreign::components::{Sign, Started, Tell};
use crate::manifest::foreign::files::ForeignFile;
use crate::manifest::foreign::ids::{ForeignId, Trace};
use crate::manifest::foreign::layers::{Dead, Endpoint, Layer, Mirror, Queue, Residual, Usual};
use crate::manifest::foreign::requests::{Ask, ForeignRequest};
use crate::manifest::versions::Version;

/// How a project of the tool is found, from the working directory upwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectMark {
    /// Paths below a project's folder, any of which marks it.
    pub marks: Vec<String>,
    /// Files of JSON below a project's folder with keys, any of which marks it.
    pub holds: Vec<(String, Vec<String>)>,
    /// A variable that names the folder.
    pub variable: Option<String>,
}

/// How the installed version is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionSource {
    /// The Python distribution of this name beside the program on PATH.
    Python(String),
    /// The npm package of this name, in the project.
    Npm(String),
    /// A key in a file.
    Key {
        /// The file's name.
        file: String,
        /// The keys from the root.
        key: Vec<String>,
    },
    /// What the running server answers.
    Answer {
        /// The path of the request.
        path: String,
        /// The keys from the root.
        key: Vec<String>,
    },
}

/// A component: one program of a family.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Its name below the tool's.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// How its files are recognised; any of them suffices.
    pub recognise: Vec<Sign>,
    /// How what starts it is recognised.
    pub started: Vec<Started>,
    /// Its switches.
    pub foreign: Foreign,
}

/// A foreign tool.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Foreign {
    /// Other names that it goes by.
    pub also: Vec<ToolName>,
    /// Programs that are looked for.
    pub programs: Vec<String>,
    /// How a project is found.
    pub project: Option<ProjectMark>,
    /// How the version is found; the first that answers.
    pub version: Vec<VersionSource>,
    /// Its files.
    pub files: Vec<ForeignFile>,
    /// What it asks, in its order.
    pub layers: Vec<Layer>,
    /// What holds where no layer speaks.
    pub defaults: Vec<Usual>,
    /// What has to change together with the layers.
    pub mirrors: Vec<Mirror>,
    /// What nothing asks.
    pub dead: Vec<Dead>,
    /// What waits.
    pub queues: Vec<Queue>,
    /// Its ids.
    pub ids: Vec<ForeignId>,
    /// Files that keep ids of earlier runs.
    pub found: Vec<Trace>,
    /// What leaves beside the events.
    pub residual: Vec<Residual>,
    /// The settings that point it elsewhere.
    pub endpoints: Vec<Endpoint>,
    /// Why it cannot be pointed elsewhere, where that is so.
    pub no_endpoint: Option<String>,
    /// Which of its digests can be guessed, in sentences.
    pub guessable: Vec<String>,
    /// What has to be done so that a change is seen by a program that runs.
    pub after: Option<String>,
    /// Which ids no file keeps, in sentences.
    pub nowhere: Vec<String>,
    /// What it sends.
    pub requests: Vec<ForeignRequest>,
    /// What a person may tell for it.
    pub asks: Vec<Ask>,
    /// What `status` tells beside the switch.
    pub tells: Vec<Tell>,
    /// Commands for what no file switches.
    pub by_hand: Vec<String>,
    /// The programs of a family, each with switches of its own; then nothing else is given but what they share.
    pub components: Vec<Component>,
}

impl Foreign {
    /// Whether it is a family of programs: each is known by the files that a person points at.
    #[must_use]
    pub fn is_family(&self) -> bool {
        !self.components.is_empty()
    }

    /// Whether it has a switch; else it has ids only.
    #[must_use]
    pub fn has_switch(&self) -> bool {
        !self.layers.is_empty()
    }

    /// The file of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&ForeignFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The id of this name.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<&ForeignId> {
        self.ids.iter().find(|id| id.name == name)
    }

    /// The versions at which anything about consent changes, in order: with the very first, which is not listed, they stand for all.
    #[must_use]
    pub fn turning_points(&self) -> Vec<&Version> {
        let layers = self.layers.iter().map(|layer| &layer.versions);
        let mut points: Vec<&Version> = layers
            .chain(self.defaults.iter().map(|default| &default.versions))
            .flat_map(crate::manifest::versions::Versions::bounds)
            .collect();
        points.sort_unstable();
        points.dedup();
        points
    }

    /// What holds in `version` where no layer speaks; `None` for a version stands for the very first.
    #[must_use]
    pub fn default_in(&self, version: Option<&Version>) -> Option<bool> {
        self.defaults.iter().find(|default| default.versions.has(version)).map(|default| default.on)
    }
}
