//! Values that HCL refers to as `var.NAME`, as Terraform finds them for the folder of a file.
//!
//! Promises: of Terraform's own order the last counts: the default, `TF_VAR_NAME`, `terraform.tfvars`, `terraform.tfvars.json`,
//! `*.auto.tfvars` and `*.auto.tfvars.json` by name, files that were pointed at; where one of them cannot be read, nothing is known. Absent:
//! `-var` and `-var-file` on a command line, which nobody can see here; the caller of a module that is none of the root.

use std::path::{Path, PathBuf};

use crate::actions::context::Context;
use crate::actions::foreign::given::Given;
use crate::actions::foreign::places::LIMIT;
use crate::actions::foreign::texts;
use crate::host::env::Var;
use crate::host::files;
use crate::identity::profile::error_words;
use crate::manifest::foreign::files::Kept;
use crate::manifest::foreign::truths::Seen;
use crate::settings::value::Scalar;

/// The value of a variable for the files that were given.
#[must_use]
pub fn value(context: &Context, given: &Given, name: &str) -> Seen {
    match find(context, given, name) {
        Ok(Some(seen)) => seen,
        Ok(None) => Seen::Broken(format!("it follows var.{name}, which has no value here")),
        Err(why) => Seen::Broken(format!("it follows var.{name}: {why}")),
    }
}

fn find(context: &Context, given: &Given, name: &str) -> Result<Option<Seen>, String> {
    let mut last = None;
    let folder = given.folder();
    let names = match folder.map(files::list) {
        None => Vec::new(),
        Some(Ok(names)) => names,
        Some(Err(error)) => return Err(error_words(&error)),
    };
    let below = |name: &str| folder.map(|folder| folder.join(name)).unwrap_or_default();
    let ending = |end: &str| {
        let mut those: Vec<&String> = names.iter().filter(|name| name.ends_with(end)).collect();
        those.sort();
        those.into_iter().map(|name| below(name)).collect::<Vec<PathBuf>>()
    };
    let declared = ["variable".to_owned(), name.to_owned(), "default".to_owned()];
    for path in ending(".tf") {
        last = at(&path, Kept::Hcl, &declared)?.or(last);
    }
    match context.env.get(&format!("TF_VAR_{name}")) {
        Var::Text(text) => last = Some(Seen::Value(Scalar::Text(text.to_owned()))),
        Var::NotText => return Err(format!("TF_VAR_{name} is not text")),
        Var::Unset => {}
    }
    let mut auto: Vec<PathBuf> = ending(".auto.tfvars");
    auto.extend(ending(".auto.tfvars.json"));
    auto.sort();
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"].map(below);
    for path in fixed.iter().chain(&auto).chain(&given.inputs) {
        let json = path.extension().is_some_and(|end| end == "json");
        let kept = if json { Kept::Json } else { Kept::Hcl };
        last = at(path, kept, &[name.to_owned()])?.or(last);
    }
    Ok(last)
}

/// What stands at a key of a file; nothing where it does not stand there.
fn at(path: &Path, kept: Kept, key: &[String]) -> Result<Option<Seen>, String> {
    let bytes = match files::read(path, LIMIT) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(error) => return Err(format!("{} {}", path.display(), error_words(&error))),
    };
    match texts::seen(kept, &bytes, key) {
        Seen::Broken(why) => Err(format!("{}: {why}", path.display())),
        Seen::Value(Scalar::Other) => Err(format!("{} computes it", path.display())),
        seen @ (Seen::Value(_) | Seen::Null) => Ok(Some(seen)),
        Seen::Missing | Seen::Empty | Seen::Absent | Seen::Under => Ok(None),
    }
}
