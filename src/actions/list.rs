//! List: every tool that a manifest is found for.
//!
//! Promises: a manifest that is refused is listed as such, not left out. Absent: state (`status`).

use std::path::Path;

use crate::actions::context::{Context, Tool};
use crate::host::env::Var;
use crate::host::files;
use crate::identity::names::ToolName;
use crate::identity::places::Places;
use crate::manifest::catalog::{self, CatalogError, Origin};
use crate::manifest::written;

/// A tool of the list.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub name: ToolName,
    /// Where its manifest is.
    pub origin: Origin,
    /// The tool, or why its manifest is refused.
    pub tool: Result<Tool, CatalogError>,
    /// Whether anything of it stands in this home.
    pub used: bool,
}

/// All tools, in order of names.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn list(context: &Context) -> Result<Vec<Listed>, CatalogError> {
    let names = match &context.manifest {
        None => catalog::names(&context.paths)?,
        Some(path) => {
            let found = catalog::named(path)?;
            vec![(found.manifest.tool.clone(), found.origin)]
        }
    };
    Ok(names
        .into_iter()
        .map(|(name, origin)| {
            let tool = context.tool(&name);
            let used = is_used(&Places::of(&context.paths, &name));
            Listed { name, origin, tool, used }
        })
        .collect())
}

/// The tools that speak in `status` without a TOOL: all but the built-in example, which does once it is used.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn speaking(context: &Context) -> Result<Vec<Listed>, CatalogError> {
    Ok(overview(context)?
        .into_iter()
        .filter_map(|one| match one {
            Overview::Listed(listed) => Some(*listed),
            Overview::Untouched(_) => None,
        })
        .collect())
}

/// Tools of which something of ours stands in this home and for which no manifest is found: their name, and their places.
///
/// # Errors
/// The home cannot be listed.
pub fn orphans(context: &Context) -> Result<Vec<(ToolName, Places)>, CatalogError> {
    let known: Vec<ToolName> = match &context.manifest {
        None => catalog::names(&context.paths)?.into_iter().map(|(name, _)| name).collect(),
        Some(path) => vec![catalog::named(path)?.manifest.tool],
    };
    let hidden = files::list(context.paths.home())?;
    let names = hidden.iter().filter_map(|name| ToolName::new(name.strip_prefix('.')?).ok());
    let orphans = names.filter(|name| !known.contains(name)).map(|name| {
        let places = Places::of(&context.paths, &name);
        (name, places)
    });
    Ok(orphans.filter(|(_, places)| is_ours(places)).collect())
}

/// Whether the folder holds what only we write.
fn is_ours(places: &Places) -> bool {
    let ours = [places.agreement(), places.no(), places.queue(), places.receipts()];
    ours.iter().any(|path| files::exists(path).unwrap_or(false))
}

/// A tool in the overview of all.
#[derive(Debug)]
pub enum Overview {
    /// A tool that may have something to say.
    Listed(Box<Listed>),
    /// A tool of which nothing stands in this home and which no variable can have switched on: it is off, whatever else its
    /// manifest says.
    Untouched(ToolName),
}

/// The tools that [`speaking`] gives, without reading the manifests of those that are surely off because nobody touched them.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn overview(context: &Context) -> Result<Vec<Overview>, CatalogError> {
    if context.manifest.is_some() {
        return Ok(list(context)?.into_iter().map(|listed| Overview::Listed(Box::new(listed))).collect());
    }
    let mut all = Vec::new();
    for (name, origin) in catalog::names(&context.paths)? {
        let used = is_used(&Places::of(&context.paths, &name));
        match &origin {
            Origin::BuiltIn if !used => {}
            Origin::User(path) | Origin::System(path) if !used && is_silent(context, path) => {
                all.push(Overview::Untouched(name));
            }
            Origin::Named(_) | Origin::User(_) | Origin::System(_) | Origin::BuiltIn => {
                let tool = context.tool(&name);
                all.push(Overview::Listed(Box::new(Listed { name, origin, tool, used })));
            }
        }
    }
    Ok(all)
}

/// Whether a manifest declares events and names no variable that is set: then a yes could only stand in the home. A backslash
/// may spell a name, and what cannot be read is not known: both are read in full.
fn is_silent(context: &Context, path: &Path) -> bool {
    let Ok(Some(source)) = files::read(path, written::LIMIT) else { return false };
    let mut words =
        source.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).filter(|word| !word.is_empty());
    let is_set = |word: &[u8]| std::str::from_utf8(word).is_ok_and(|word| context.env.get(word) != Var::Unset);
    source.windows(8).any(|line| line == b"\nevents:") && !source.contains(&b'\\') && !words.any(is_set)
}

/// Whether anything of a tool stands in this home.
#[must_use]
pub fn is_used(places: &Places) -> bool {
    files::exists(places.telemetry()).unwrap_or(true) || files::exists(&places.profile()).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::status;
    use crate::host::clock::Clock;
    use crate::host::env::Env;
    use crate::host::paths::Paths;

    #[test]
    fn what_nobody_touched_is_off() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folder = root.path().join(".config/telemetry/tools");
        crate::host::writes::private_folder(&folder).expect("made");
        for consent in ["opt-in", "opt-out"] {
            for (name, variable) in [("plain", "T_VAR"), ("spelled", "\\x54_VAR")] {
                let text = format!(
                    "manifest: 1\ntool: {name}\ntitle: T\nconsent: {consent}\nswitches:\n  environment:\n    - {{name: \"{variable}\", on: ['1'], \
                     off: ['0']}}\nevents:\n  e: {{description: E, purpose: p}}\ndestinations:\n  d: {{file: out.jsonl, batch: lines}}\n...\n"
                );
                std::fs::write(folder.join(format!("{name}.yml")), text).expect("a manifest");
            }
            for set in [false, true] {
                let home = [("HOME".to_owned(), root.path().display().to_string())];
                let variable = set.then(|| ("T_VAR".to_owned(), "1".to_owned()));
                let env = Env::of(home.into_iter().chain(variable));
                let paths = Paths::from_env(&env).expect("a home").with_policy(root.path().join("policy.yml"));
                let context = Context { env, clock: Clock::System, paths, directory: None, manifest: None };
                let mut untouched = Vec::new();
                for one in overview(&context).expect("listed") {
                    let name = match one {
                        Overview::Untouched(name) => name,
                        Overview::Listed(_) => continue,
                    };
                    let tool = context.tool(&name).expect("valid");
                    assert!(!status::decision(&context, &tool).is_yes(), "{name} {consent} {set}");
                    untouched.push(name.to_string());
                }
                assert_eq!(untouched, if set { vec![] } else { vec!["plain"] }, "{consent}");
            }
        }
    }
}
