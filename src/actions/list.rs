//! List: every tool that a manifest is found for.
//!
//! Promises: a manifest that is refused is listed as such, not left out. Absent: state (`status`).

use std::collections::BTreeSet;
use std::path::Path;

use crate::actions::context::{Context, Tool};
#[cfg(feature = "foreign")]
use crate::actions::foreign::look::{Looked, look};
use crate::host::env::{Env, Var};
use crate::host::files;
use crate::host::work;
use crate::identity::names::ToolName;
use crate::identity::places::Places;
use crate::manifest::built_in;
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
            let used = match &tool {
                Ok(tool) if tool.manifest.foreign.is_some() => is_here(context, tool),
                Ok(_) | Err(_) => is_used(&Places::of(&context.paths, &name)),
            };
            Listed { name, origin, tool, used }
        })
        .collect())
}

/// The tools that speak in `status` without a TOOL: all but the built-in example, which does once it is used.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn speaking(context: &Context) -> Result<Vec<Listed>, CatalogError> {
    let listed = |one| match one {
        Overview::Listed(listed) => Some(*listed),
        #[cfg(feature = "foreign")]
        Overview::Foreign(..) => None,
        Overview::Untouched(_) => None,
    };
    Ok(overview(context, listed)?.into_iter().flatten().collect())
}

/// Tools of which something of ours stands in this home and for which no manifest is found: their name, and their places.
///
/// # Errors
/// The home cannot be listed.
pub fn orphans(context: &Context) -> Result<Vec<(ToolName, Places)>, CatalogError> {
    let known: BTreeSet<ToolName> = match &context.manifest {
        None => catalog::names(&context.paths)?.into_iter().map(|(name, _)| name).collect(),
        Some(path) => BTreeSet::from([catalog::named(path)?.manifest.tool]),
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
    /// Somebody else's program that is here.
    #[cfg(feature = "foreign")]
    Foreign(ToolName, Box<Looked>),
    /// A tool of which nothing stands in this home and which no variable can have switched on: it is off, whatever else its
    /// manifest says.
    Untouched(ToolName),
}

/// What `one` makes of each of the tools that [`speaking`] gives, without reading the manifests of those that are surely off
/// because nobody touched them. Many tools are looked at on several threads.
///
/// # Errors
/// A folder of manifests cannot be listed.
pub fn overview<R: Send>(context: &Context, one: impl Fn(Overview) -> R + Sync) -> Result<Vec<R>, CatalogError> {
    if context.manifest.is_some() {
        return Ok(list(context)?.into_iter().map(|listed| one(overview_of(context, listed))).collect());
    }
    let names = catalog::names(&context.paths)?;
    // A tool that has no folder in the home left nothing there; a home that cannot be listed is asked for each. Some disks take
    // large letters for small ones.
    let small = |names: Vec<String>| names.iter().map(|name| name.to_ascii_lowercase()).collect::<BTreeSet<_>>();
    let hidden = files::list(context.paths.home()).ok().map(small);
    let (variables, reader) = (Variables::of(context), catalog::Reader::of(&context.paths));
    let look = |(name, origin): &(ToolName, Origin)| {
        let folder = format!(".{name}");
        let there = hidden.as_ref().is_none_or(|hidden| hidden.contains(&folder));
        let used = there && is_used(&Places::of(&context.paths, name));
        match origin {
            Origin::BuiltIn if !used && (name.as_str() == EXAMPLE || built_in::is_pointed_at(name)) => None,
            Origin::User(path) | Origin::System(path) if !used && variables.leave(path) => {
                Some(one(Overview::Untouched(name.clone())))
            }
            Origin::Named(_) | Origin::User(_) | Origin::System(_) | Origin::BuiltIn => {
                let tool = reader.read(origin, name).map(|found| context.with_places(found));
                #[cfg(feature = "foreign")]
                if let Ok(tool) = &tool
                    && let Some(looked) = look(context, tool, None)
                {
                    // What is built in is there for everybody: it speaks where the program is.
                    let speaks = *origin != Origin::BuiltIn || looked.is_here();
                    return speaks.then(|| one(Overview::Foreign(name.clone(), Box::new(looked))));
                }
                Some(one(Overview::Listed(Box::new(Listed { name: name.clone(), origin: origin.clone(), tool, used }))))
            }
        }
    };
    Ok(work::each(&names, look).into_iter().flatten().collect())
}

/// The built-in tool that is an example.
const EXAMPLE: &str = "tool";

/// Whether anything of a foreign tool is on this machine.
#[cfg(feature = "foreign")]
fn is_here(context: &Context, tool: &Tool) -> bool {
    look(context, tool, None).is_some_and(|looked| looked.is_here())
}

/// Without foreign tools none is looked for.
#[cfg(not(feature = "foreign"))]
const fn is_here(_: &Context, _: &Tool) -> bool {
    false
}

/// One of the tools that was named.
fn overview_of(context: &Context, listed: Listed) -> Overview {
    #[cfg(feature = "foreign")]
    if let Some(looked) = listed.tool.as_ref().ok().and_then(|tool| look(context, tool, None)) {
        return Overview::Foreign(listed.name, Box::new(looked));
    }
    #[cfg(not(feature = "foreign"))]
    let _: &Context = context;
    Overview::Listed(Box::new(listed))
}

/// The variables that are set.
struct Variables<'a> {
    env: &'a Env,
    /// Whether one of their names begins with a byte: most words of a manifest begin with none of those.
    first: [bool; 256],
    /// Whether a word goes on with a byte. No letter beyond ASCII has such a byte in it.
    word: [bool; 256],
}

impl<'a> Variables<'a> {
    fn of(context: &'a Context) -> Self {
        let in_words = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let word = std::array::from_fn(|byte| u8::try_from(byte).is_ok_and(in_words));
        Self { env: &context.env, first: context.env.first_bytes(), word }
    }

    /// Whether a manifest declares events and names no variable that is set: then a yes could only stand in the home. A backslash
    /// may spell a name, and what cannot be read is not known: both are read in full.
    fn leave(&self, path: &Path) -> bool {
        let Ok(Some(source)) = files::read(path, written::LIMIT) else { return false };
        let Ok(text) = std::str::from_utf8(&source) else { return false };
        text.contains("\nevents:") && !source.contains(&b'\\') && !self.named(&source)
    }

    /// Whether a word of `source` is the name of a variable that is set.
    fn named(&self, source: &[u8]) -> bool {
        let mut within = false;
        source.iter().enumerate().any(|(at, byte)| {
            let begins = !within && holds(&self.first, *byte);
            within = holds(&self.word, *byte);
            begins && within && self.is_set(source.get(at..).unwrap_or_default())
        })
    }

    /// Whether the word that a text begins with is the name of a variable that is set.
    fn is_set(&self, text: &[u8]) -> bool {
        let word = text.split(|byte| !holds(&self.word, *byte)).next().unwrap_or_default();
        std::str::from_utf8(word).is_ok_and(|word| self.env.get(word) != Var::Unset)
    }
}

fn holds(table: &[bool; 256], byte: u8) -> bool {
    table.get(usize::from(byte)) == Some(&true)
}

/// Whether anything of a tool stands in this home.
#[must_use]
pub fn is_used(places: &Places) -> bool {
    files::exists(places.telemetry()).unwrap_or(true) || files::exists(&places.profile()).unwrap_or(true)
}

/// Whether anything of ours is kept of a tool, such as a request to delete.
#[must_use]
pub fn is_kept(places: &Places) -> bool {
    files::exists(&places.deletion()).unwrap_or(true)
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
                for one in overview(&context, |one| one).expect("listed") {
                    let name = match one {
                        Overview::Untouched(name) => name,
                        #[cfg(feature = "foreign")]
                        Overview::Foreign(..) => continue,
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
