//! WHAT IS DECLARED: everything that is known about a tool, as data.
//!
//! Promises: a manifest that exists is valid; there is no code for one particular tool. Absent: what a person has
//! answered, and anything read from the working directory.
//!
//! # The manifest language, version 1
//!
//! A manifest is one YAML document of at most 256 KiB, in a file that bears its tool's name (`acme.yml`). `telemetry manifest
//! check FILE` names every problem with its line. An unknown key is a problem and not a remark: a misspelled `purpose` would
//! otherwise be a promise that holds nothing. For the same reason a key that means nothing where it stands is a problem, and so
//! is a repeated one. Names of tools, destinations and purposes are a lower-case letter or digit, then up to 63 of `a-z 0-9 _ -`;
//! names of events and fields take `.` as well. The file ends with YAML's end mark `...` in a
//! line of its own: one that was cut short is no manifest, instead of one with fewer switches.
//!
//! | key | values | without it | reason |
//! |---|---|---|---|
//! | `manifest` | `1` | required | a newer language is refused as such, never read by halves |
//! | `tool` | a name | required | the file's name and the folder `~/.TOOL` are made from it |
//! | `title` | 1 to 200 characters | required | a table of tools needs a line for each |
//! | `consent` | `opt-in`, `opt-out` | required | silence means what the author says it means, for all to see |
//! | `controller` | 1 to 200 characters | none | the notice says who receives the events |
//! | `privacy` | a web address | none | the notice says where to read more |
//! | `ci` | `no`, `tag` | `no` | nobody reads a notice in CI; `tag` records there, and the fact `ci` names the service |
//! | `notice` | `terminal`, `log` | `terminal` | nobody sits at a server's terminal: its log gets the notice, once; for opt-out only |
//! | `switches` | [below](#switches) | none | variables that people of this tool know already |
//! | `facts` | a list of [facts](#facts) | none | only what is listed is gathered |
//! | `ids` | a list of `user` `project` `provided` | `user` and `project` | `ids: []` sends events that nothing joins; an e-mail address or UUID that a person chose to give goes out only where `provided` is listed |
//! | `events` | [below](#events) | none | what the tool may say; without events it is somebody else's program |
//! | `destinations` | [below](#destinations) | none | where events go; required with events, meaningless without |
//! | `deletion` | [below](#deletion) | none | `telemetry forget` asks there; without it, only this machine's data goes |
//! | `limits` | `bytes` 10000 to 10000000000, `events` 1 to 100000000, `days` 1 to 3650 | 10000000, 100000, 30 | what waits is bounded, oldest dropped first |
//! | `schedule` | [below](#schedule) | the usual one | when a flush is started without anybody asking for it |
//! | `run` | [below](#runs) | none | which event `telemetry run` says that a command ran by |
//! | `heartbeat` | [below](#heartbeats) | none | which event a server says that it runs by, and how often |
//!
//! Web addresses are `https`, or `http` on a loopback address, without a user name, a password or a fragment. A tool needs
//! `events` or `switches`.
//!
//! ## Switches
//!
//! Of somebody else's program, all that [`foreign`] lists. Of a tool of one's own, `switches.environment`, a list in the tool's own order:
//!
//! | key | values | without it | reason |
//! |---|---|---|---|
//! | `name` | a variable's name, once | required | |
//! | `off` | exact values that mean off | required, at least one | a value that is not listed is a no too, with another reason |
//! | `on` | exact values that mean on | none | a yes is only what the author listed; never the empty text, and never for a variable that is set for other reasons, such as `CI` or `DO_NOT_TRACK` |
//!
//! ## Events
//!
//! `events` maps names to:
//!
//! | key | values | without it | reason |
//! |---|---|---|---|
//! | `description` | 1 to 500 characters | required | people are shown it |
//! | `purpose` | a name | required | machines and people allow purposes, not field names |
//! | `lifecycle` | `true`, `false` | `false` | a pair, `started` before the work and `completed` after it, so that a kill shows |
//! | `fields` | names and fields, below | none | what is not declared is refused |
//! | `outcome` | likewise | none | what only `completed` knows; for a lifecycle event |
//! | `destinations` | names of destinations | all | |
//! | `example` | fields and values | none | `show-payload` has something to show before anything happened; each required field is in it |
//!
//! A field has `description` and `type` (required), `purpose` (the event's), `required` (`false`), and the keys of its type:
//!
//! | type | takes | keys of its own |
//! |---|---|---|
//! | `boolean` | `true`, `false` | |
//! | `integer` | a whole number of 64 bits | `min`, `max`; `buckets`: rising lower ends within them, the one below the value is sent, below all of them the first |
//! | `number` | a finite number | `min`, `max` |
//! | `enum` | one of its values | `values` (required): 1 to 1024, 1 to 128 characters each |
//! | `version` | such as `1.2.3-rc.1` | |
//! | `duration` | `850ms`, `1.5s`, `2m`, `1h`, or milliseconds | `buckets` in milliseconds, from 0 |
//! | `timestamp` | a moment in RFC 3339 | `coarse`: `second`, `minute`, `hour`, `day`; without it as given |
//! | `hashed` | any text, of which a digest is sent | `algorithm`: `sha256` (usual), `md5`; `unsalted_because`: a reason to leave the installation's salt out, which lets others try likely values |
//! | `text` | a text of this form | `pattern` (required): what the whole text matches, at most 500 bytes; `longest` (required): 1 to 256 characters |
//!
//! Whatever the pattern allows, a text that looks like a path, an address, a token, a stack trace or an environment is refused.
//!
//! ## Destinations
//!
//! `destinations` maps names to:
//!
//! | key | values | without it | reason |
//! |---|---|---|---|
//! | `url` or `file` | a web address (for `sentry` a `dsn` in its place); an absolute path, or a name such as `events.jsonl` in the tool's own folder | required, one of both | no two parts of a manifest share a file |
//! | `protocol` | a protocol, below | `json` | |
//! | `headers` | names and values, at most 32 | none | for a `url`; what is in a manifest is public, so a key here is one that may only write |
//! | `compression` | `none`, `gzip` | `none` | for a `url` whose receiver takes it; the digest is over what is sent |
//! | `allow` | a list of `ip` `geo` `profiles` | none | what the receiver is let do with the address a request comes from, and with an id; people are shown it, and one more is agreed to anew |
//! | `names` | events and what the receiver calls them | their own | a receiver's habits need not be the tool's; at most 200 characters each |
//!
//! In every protocol but `json` an event's fields share one mapping with `purpose` `phase` `pair` `project_id` `provided_id` and
//! `fact_NAME`: no field that goes there has such a name.
//!
//! | protocol | keys of its own |
//! |---|---|
//! | `json` | `method`: `POST` (usual), `PUT`; `batch`: `single`, `array` (usual), `lines`: documents in one body, one, a JSON array, one a line; `document`: the receiver's form with references in it, a mapping or a list, at most 32 deep; `compression` |
//! | `segment` | `key`: the write key (required); `batch`: `array` (usual, at `/v1/batch`), `single` (at `/v1/track`); `app`: the application's name, without it the tool's; `compression`; `names`; `allow`: `ip` |
//! | `amplitude` | `key`: the project's API key (required); `form`: `batch` (usual, at `/batch`), `httpapi` (at `/2/httpapi`); `names`; `allow`: `ip`, `profiles` |
//! | `posthog` | `key`: the project's key (required); `form`: `batch` (usual, at `/batch/`), `events` (at `/i/v1/analytics/events`): its receiver says of each event what became of it; `app`; `compression`; `names`; `allow`: `geo`, `profiles` |
//! | `snowplow` | `form`: `tp2` (usual), `webhook`: the tracker protocol, or the Iglu webhook; `app`: the application's name, else the tool's; `schemas` (required): each event's address in an Iglu registry; for `tp2`, `encoding`: `base64` (usual), `plain`, and `entities`: a list of `schema` and `data`, a mapping with references in it, `$facts` or `$fields`; `allow`: `ip` |
//! | `sentry` | `dsn`: `https://KEY@sentry.example/1`; `errors`, `sessions`, `reports` and `environment`, [below](#events-at-sentry); `app`: the application's name in releases (the tool's name without it); `allow`: `ip`, `profiles`; `compression` |
//! | `otlp` | OpenTelemetry logs over HTTP in JSON, at `/v1/logs` where the address has no path; `app`: the service's name, without it the tool's; `names`; `compression`; `follow`: `otel`, [below](#the-operators-variables) |
//! | `cloudevents` | `method`: `POST` (usual), `PUT`; `batch`: `single` (usual), `array`, for a receiver that asked for batches; `prefix`: what types begin with, such as `com.example.cli`, without it the tool's name; `names`: whole types; `source`: a URI reference, without it one that holds the user id; `schemas`: events and the addresses of their schemas |
//!
//! A `key` is 1 to 200 of `A-Z a-z 0-9 _ - . :`. It is published with the manifest, so one that is known to do more than write is a
//! problem. An address without a path gets the protocol's own.
//!
//! ### Schemas of `snowplow`
//!
//! A schema's address is `iglu:VENDOR/NAME/jsonschema/MODEL-REVISION-ADDITION`. An event whose schema is not in the receiver's registry
//! fails there, and nobody is told; `telemetry manifest schema` writes them all, and the one of deletion requests,
//! `iglu:VENDOR/telemetry_deletion_request/jsonschema/1-0-0`, with the vendor of the first. A fact that an entity refers to is not in
//! the event itself; an entity without any value is left out. In the webhook an event's data have `event_id`, `event_time` and `user_id` as
//! well, and no field that goes there has such a name.
//!
//! ### Events at `sentry`
//!
//! A `dsn` is shown as the address that envelopes go to, without its public key; a secret part, as old ones have, is let go of while
//! it is read. An event that goes there is an error or a session, Sentry's counter of usage:
//!
//! | key | values | without it | reason |
//! |---|---|---|---|
//! | `errors` | events, each with `type` and `message`: a text or `$field.NAME` | none; the event's name as type, no message | what else the event says becomes tags, so its fields' names have at most 32 characters and its texts at most 200; a lifecycle event, which comes twice, is no error |
//! | `sessions` | events, each with `duration` (`$field.NAME`, of type duration), `errors` (of type integer), `status` (of type enum or boolean) and `means`: values of that field, and `exited` `errored` `crashed` `abnormal` | every event that is no error is a session that `exited` | once sessions are named, an event in neither list is a problem; a value that is one of those words means it, any other `exited` |
//! | `environment` | 1 to 64 characters | none | a release at a customer's and one in a test are told apart |
//! | `reports` | `true`, `false` | `false` | the receiver is told how many events were lost and why, never that somebody said no or asked to be forgotten; people are shown it, and it is agreed to |
//!
//! A lifecycle event is one session: its start counts it, its completion says how it ended. Its release is `APP@VERSION`, so list the
//! fact `version`. A session says nothing of a person, unless `allow` has `profiles`: then Sentry counts persons by the user id. With
//! `ip` Sentry may keep an error's address, and finds the place by it.
//!
//! ### Documents of `json`
//!
//! The usual document is `{"id","event","purpose","phase","pair","time","tool","user_id","project_id","provided_id","fields","facts"}`, keys
//! without a value left out. In a `document` of the author's own, a text that begins with `$` is a reference: `$id` `$event`
//! `$purpose` `$phase` `$pair` `$time` `$tool` `$user_id` `$project_id` `$provided_id` `$fields` `$facts` `$field.NAME` `$fact.NAME`; `$$` stands
//! for one dollar sign. A reference to what no event that goes there can have is a problem. Where an event has no value for a
//! reference, the mapping's key or the list's item that it is in is left out.
//!
//! ### The operator's variables
//!
//! With `follow: otel`, a destination of `otlp` is where the operator of a machine says that telemetry goes, by the variables of
//! OpenTelemetry: [`follow`] has the table. An address that a variable names is another destination: nothing goes there before
//! people agreed to it (`telemetry enable`), and nothing to the declared one meanwhile. No deletion order goes there as an event.
//!
//! ## Deletion
//!
//! `deletion` is a list of ways to ask, each one of: `endpoint` (a web address that takes the order as JSON), `file` (that it is
//! appended to), `event` (the name of a destination, which gets the order as an event of its own in its protocol), `mail` and `form`
//! (an address that a person writes to, or a page to fill in). With `event` the author of a tool needs no server beside the one that
//! takes the events; what the order looks like there, `telemetry forget TOOL --dry-run` shows.
//!
//! ## Facts
//!
//! What events carry about the machine and the installation, each a text. One that is not known is left out. None is asked for over a
//! network, and none starts a program; a program that runs on gathers them once a day.
//!
//! | fact | what it is | where from |
//! |---|---|---|
//! | `os` `arch` | the operating system's family, the processor's architecture | as the program was built: `linux`, `x86_64` |
//! | `os_release` | the kernel's release | uname(2); letters, digits and `.-+_~`, 64 at most |
//! | `cpu_count` | how many processors the tool may use | the system, with what a container or an affinity leaves of them |
//! | `memory_gib` | the machine's memory in GiB, to the nearest power of two from 1 to 1024 | `/proc/meminfo`; unknown on macOS |
//! | `time_zone` | a name such as `Europe/Berlin` | `TZ`, what `/etc/localtime` leads to, `/etc/timezone`; only names of the IANA database's form |
//! | `host_name` | a digest of the host's name: SHA-256 over the installation's salt and the name, as for a field of type `hashed` | uname(2); the name itself is kept and shown nowhere |
//! | `cloud` | one of a closed list, in OpenTelemetry's words where it has one: `aws` `azure` `gcp` … | variables that the cloud alone sets, cloud-init's `instance-data.json`, the firmware's names below `/sys/class/dmi/id` ([`cloud`](crate::host::cloud)) |
//! | `region` | as the cloud writes it, such as `eu-west-1`: `a-z 0-9 -`, 32 at most | beside what told of the cloud; the firmware does not know it |
//! | `runtime` | what the tool runs on, such as `node/22.1.0 python/3.12.1`: in the order of names, a space between, at most 8 | `track --runtime`, `Recorder::with_runtimes` |
//! | `version` | the tool's version | `track --tool-version`, `Recorder::new` |
//! | `initial_version` `first_seen` | version and day (UTC) at the first event here | kept in the tool's folder; `forget` starts them anew |
//! | `last_seen` | the day (UTC) of the events before | likewise |
//! | `ci` | the CI service, one of a closed list | variables that the services set |
//!
//! ## Schedule
//!
//! After an event was recorded by `telemetry track`, a flush that is due is started as a process of its own, which the program that
//! records neither waits for nor sees. Reasons and defaults in one place: [`schedule`].
//!
//! | key | values | without it | reason |
//! |---|---|---|---|
//! | `interval` | a span such as `30s`, `15m`, `24h`, up to 168h; `never` | `1h` | time from one flush to the next, and from the first event to the first flush; with `never` only a person or a timer flushes |
//! | `jitter` | a span up to 168h | `10m`, and never more than the interval | chance adds up to so much, so that machines do not ask all at once |
//! | `events` | 1 to 100000 | `1` | fewer wait for a day longer, so that a request is worth its while |
//!
//! ## Runs
//!
//! `telemetry run TOOL -- COMMAND` records an event that is a pair (`lifecycle: true`): its start before the command begins, its end after
//! it. Fields of the start are given by `--set`. Nothing of the command itself is recorded: no program, no argument, no variable.
//!
//! | key | values | without it | reason |
//! |---|---|---|---|
//! | `event` | the name of a pair, whose outcome requires no field but these | required | another pair with the same fields may be named by `--event` |
//! | `outcome` | a field of its outcome, an enum that has `completed`, `failed` and `aborted` | `outcome` | exit code 0; any other, or a crash; ended by somebody (HUP, INT, QUIT, KILL, PIPE, TERM) |
//! | `duration` | a field of its outcome, a duration | `duration` | how long it ran, by a clock that nobody sets |
//! | `exit_code` | a field of its outcome, an integer that takes 0 to 255 | not told | 128 and the signal's number where a signal ended it |
//!
//! A run that was killed together with its `telemetry run`, or a machine that stopped, has a start and no end: `telemetry status TOOL`
//! tells of those.
//!
//! ## Heartbeats
//!
//! A server that `telemetry run` runs, or that embeds us ([`heartbeat`](crate::actions::heartbeat)), says with one event that it started,
//! from time to time that it runs, and that it ends in order.
//!
//! | key | values | without it | reason |
//! |---|---|---|---|
//! | `event` | the name of an event that is no pair | required | list the facts `cloud` and `region` to know where servers run |
//! | `kind` | one of its fields, an enum that has `startup`, `heartbeat` and `shutdown` | `kind` | |
//! | `outcome` | one of its fields, an enum as above that is not required | not told | how it ended: `shutdown` alone has it |
//! | `duration` | one of its fields, a duration | not told | how long it has been running |
//! | `every` | a span from `1m` to `168h` | `1h` | from one beat to the next; `run --heartbeat` says otherwise for one run |
//! | `first` | `start`, `interval`, a span up to `168h` | `start` | a server that crashes again and again tells nothing where the first beat comes later |
//!
//! Beats keep their distances from the start; those that a sleeping machine missed are not made up for. What ends before its first
//! beat has none, and no `shutdown`.
//!
//! # A command-line tool
//!
#![doc = "```yaml"]
#![doc = include_str!("examples/acme.yml")]
#![doc = "```"]
//!
//! # To begin with
//!
#![doc = "```yaml"]
#![doc = include_str!("examples/server.yml")]
#![doc = "```"]
//!
//! # A server
//!
#![doc = "```yaml"]
#![doc = include_str!("examples/beacon.yml")]
#![doc = "```"]

pub mod addresses;
pub mod built_in;
pub mod catalog;
pub mod check;
pub mod declaration;
pub mod destinations;
pub mod dsn;
pub mod events;
pub mod follow;
pub mod foreign;
pub mod forms;
pub mod headers;
pub mod ordered;
pub mod parse;
pub mod problem;
pub mod runs;
pub mod schedule;
pub mod schema;
pub mod sensitive;
pub mod stand_in;
pub mod switches;
pub mod template;
pub mod tool;
pub mod values;
pub mod versions;
pub mod written;
