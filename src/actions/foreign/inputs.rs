//! Values that HCL refers to as `var.NAME`, as Terraform finds them for the folder of a file.
//!
//! Promises: of Terraform's own order the last counts: the default, `TF_VAR_NAME`, `terraform.tfvars`, `terraform.tfvars.json`,
//! `*.auto.tfvars` and `*.auto.tfvars.json` by name, files that were pointed at; where one of them cannot be read, or a folder near it calls
//! this one as a module, nothing is known. Absent: `-var` and `-var-file` on a command line, which nobody can see here; callers far away.

use std::path::{Path, PathBuf};

use crate::actions::context::Context;
use crate::actions::foreign::given::Given;
use crate::actions::foreign::modules;
use crate::actions::foreign::places::LIMIT;
use crate::actions::foreign::texts;
use crate::host::env::Var;
use crate::host::files;
use crate::identity::profile::error_words;
use crate::manifest::foreign::files::Kept;
use crate::manifest::foreign::truths::Seen;
use crate::settings::value::Scalar;

/// Files as if they had these bytes already (`None`: gone).
pub type Over = [(PathBuf, Option<Vec<u8>>)];

/// Where a variable has its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// How it is kept.
    pub kept: Kept,
    /// The keys from its root.
    pub key: Vec<String>,
}

/// The value of a variable for the files that were given.
#[must_use]
pub fn value(context: &Context, (given, over): (&Given, &Over), name: &str) -> Seen {
    match find(context, (given, over), name) {
        Ok(Some((seen, _))) => seen,
        Ok(None) => Seen::Broken(format!("it follows var.{name}, which has no value here")),
        Err(why) => Seen::Broken(format!("it follows var.{name}: {why}")),
    }
}

/// Where the value of a variable stands, where that is a file.
#[must_use]
pub fn place(context: &Context, given: &Given, name: &str) -> Option<Place> {
    find(context, (given, &[]), name).ok()??.1
}

/// The value that counts, and its file.
type Last = Option<(Seen, Option<Place>)>;

fn find(context: &Context, (given, over): (&Given, &Over), name: &str) -> Result<Last, String> {
    let mut last: Last = None;
    let folder = given.folder();
    let names = match folder.map(files::list) {
        None => Vec::new(),
        Some(Ok(names)) => names,
        Some(Err(error)) => return Err(error_words(&error)),
    };
    let below = |name: &str| folder.map(|folder| folder.join(name)).unwrap_or_default();
    let ending = |end: &str| {
        let mut those: Vec<PathBuf> = names.iter().filter(|name| name.ends_with(end)).map(|name| below(name)).collect();
        those.sort();
        those
    };
    // Of two blocks of one variable the one in a file that is laid over the others counts, in whatever order their names stand.
    let (over_others, own): (Vec<PathBuf>, Vec<PathBuf>) =
        ending(".tf").into_iter().filter(|path| !is_hidden(path)).partition(|path| is_override(path));
    for path in own.into_iter().chain(over_others) {
        let key = vec!["variable".to_owned(), name.to_owned(), "default".to_owned()];
        last = at(over, Place { path, kept: Kept::Hcl, key })?.or(last);
    }
    match context.env.get(&format!("TF_VAR_{name}")) {
        Var::Text(text) => last = Some((Seen::Value(Scalar::Text(text.to_owned())), None)),
        Var::NotText => return Err(format!("TF_VAR_{name} is not text")),
        Var::Unset => {}
    }
    let mut auto = ending(".auto.tfvars");
    auto.extend(ending(".auto.tfvars.json"));
    auto.sort();
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"].map(below);
    for path in fixed.into_iter().chain(auto).chain(given.inputs.iter().cloned()) {
        let json = path.extension().is_some_and(|end| end == "json");
        let kept = if json { Kept::Json } else { Kept::Hcl };
        last = at(over, Place { path, kept, key: vec![name.to_owned()] })?.or(last);
    }
    for path in ending(".tf.json") {
        let bytes = files::read(&path, LIMIT).map_err(|error| error_words(&error))?.unwrap_or_default();
        if bytes.windows(name.len().max(1)).any(|part| part == name.as_bytes()) {
            return Err(format!("{} may set it", path.display()));
        }
    }
    for arguments in ["TF_CLI_ARGS", "TF_CLI_ARGS_apply", "TF_CLI_ARGS_plan"] {
        if !matches!(context.env.get(arguments), Var::Unset) {
            return Err(format!("{arguments} may set it"));
        }
    }
    // A file that only counts where a run names it may say otherwise.
    for path in ending(".tfvars") {
        let own = last.as_ref().and_then(|(_, place)| place.as_ref()).is_some_and(|place| place.path == path);
        let counted = own || path.ends_with("terraform.tfvars") || path.to_string_lossy().ends_with(".auto.tfvars");
        if counted || given.inputs.contains(&path) {
            continue;
        }
        let other = at(over, Place { path: path.clone(), kept: Kept::Hcl, key: vec![name.to_owned()] })?;
        if other.as_ref().is_some_and(|(other, _)| Some(other) != last.as_ref().map(|(seen, _)| seen)) {
            return Err(format!("{} says otherwise where a run names it with -var-file", path.display()));
        }
    }
    // Who calls the folder as a module passes what it likes, and what counts for a root does not count there.
    if let (Some(_), Some(caller)) = (&last, folder.and_then(modules::caller)) {
        return Err(format!("{} calls this folder as a module, and may pass another value", caller.display()));
    }
    Ok(last)
}

/// What stands at a place; nothing where it does not stand there.
fn at(over: &Over, place: Place) -> Result<Last, String> {
    let path = &place.path;
    let bytes = match over.iter().find(|(changed, _)| changed == path) {
        Some((_, bytes)) => bytes.clone(),
        None => files::read(path, LIMIT).map_err(|error| format!("{} {}", path.display(), error_words(&error)))?,
    };
    let Some(bytes) = bytes else { return Ok(None) };
    match texts::seen(place.kept, &bytes, &place.key) {
        Seen::Broken(why) => Err(format!("{}: {why}", path.display())),
        Seen::Value(Scalar::Other) => Err(format!("{} computes it", path.display())),
        seen @ (Seen::Value(_) | Seen::Null) => Ok(Some((seen, Some(place)))),
        Seen::Under => Err(format!("{} says it in a way that is not followed", path.display())),
        Seen::Missing | Seen::Empty | Seen::Absent => Ok(None),
    }
}

/// Whether Terraform passes over a file of its own language.
fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Whether Terraform lays a file over the others of its folder.
fn is_override(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name == "override.tf" || name.ends_with("_override.tf")
}
