//! What a person points at: which component of a family each file is, what starts it, and the tool bound to those files.
//!
//! Promises: nothing is run and nothing asked on a network; a file that nothing recognises is said, with the reason; in a folder only
//! what stands directly in it is looked at. Absent: reading switches (`look`); words for people beyond reasons.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::actions::context::{Context, Tool};
use crate::actions::foreign::apart::tell_apart;
use crate::actions::foreign::bound::bound;
use crate::actions::foreign::given::{Given, Start};
use crate::actions::foreign::launchers;
use crate::actions::foreign::modules;
use crate::actions::foreign::named::{Named, alone, names, starts_of, way};
use crate::actions::foreign::names::{is_copy, is_settings, may_be};
use crate::actions::foreign::places::LIMIT;
use crate::actions::foreign::sight::is_it;
use crate::actions::foreign::texts;
use crate::host::files::{self, FileError, Kind};
use crate::host::standing;
use crate::identity::profile::error_words;
use crate::manifest::foreign::components::{Blocks, Sign};
use crate::manifest::foreign::files::Kept;
use crate::manifest::foreign::{Component, Foreign};

/// Most files of one folder.
const MOST: usize = 500;

/// What was pointed at.
#[derive(Debug)]
pub struct Pointed {
    /// The tool, once for each component that was found, bound to its files.
    pub parts: Vec<Tool>,
    /// Files that were named and are nothing that is known: why.
    pub others: Vec<(PathBuf, String)>,
}

/// Why nothing could be looked at.
#[derive(Debug, thiserror::Error)]
pub enum PointedError {
    /// There is no such component.
    #[error("{tool} has no component {name:?}; it has: {}", all.join(", "))]
    Component {
        /// The tool.
        tool: String,
        /// What was asked for.
        name: String,
        /// All there are.
        all: Vec<String>,
    },
    /// A file or folder cannot be read.
    #[error("{0}")]
    File(#[from] FileError),
    /// It is not there.
    #[error("{} is not there", .0.display())]
    Missing(PathBuf),
    /// A folder with more files than are looked at.
    #[error("{} has more than {MOST} files: name those that are meant", .0.display())]
    Many(PathBuf),
}

/// A file of a component.
struct Config<'f> {
    component: &'f Component,
    file: String,
    path: PathBuf,
    label: Option<String>,
}

/// What one file is.
enum Is<'f> {
    Configs(Vec<Config<'f>>),
    Starts(Vec<Start>),
    /// It starts something, and cannot be told what.
    Trouble(String),
    Nothing {
        why: String,
        broken: bool,
    },
}

/// Looks at what was pointed at; `component` says what all of it is.
///
/// # Errors
/// A path cannot be read, or there is no such component.
pub fn pointed(
    context: &Context,
    tool: &Tool,
    paths: &[PathBuf],
    component: Option<&str>,
) -> Result<Pointed, PointedError> {
    let none = Foreign::default();
    let family = tool.manifest.foreign.as_deref().unwrap_or(&none);
    let chosen: Vec<&Component> =
        family.components.iter().filter(|one| component.is_none_or(|name| one.name == name)).collect();
    if let (Some(name), true) = (component, chosen.is_empty()) {
        let all = family.components.iter().map(|one| one.name.clone()).collect();
        return Err(PointedError::Component { tool: tool.manifest.tool.to_string(), name: name.to_owned(), all });
    }
    let (mut configs, mut starts, mut others, mut untold) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let named = spread(context, paths)?;
    for (path, by_name) in &named {
        let bytes = match files::read(path, LIMIT) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(PointedError::Missing(path.clone())),
            Err(_) if !by_name && !is_settings(path) => continue,
            Err(error) => {
                others.push((path.clone(), format!("it cannot be read: {}", error_words(&error))));
                continue;
            }
        };
        let elsewhere = modules::calls(path, &bytes).into_iter().filter(|called| !looked_into(&named, called));
        others.extend(elsewhere.filter_map(|called| Some((called.clone(), called_holds(&chosen, path, &called)?))));
        // What is said of all is said of the files that were named; what else a folder holds has to show it.
        match what(&chosen, path, &bytes, component.is_some() && *by_name) {
            Is::Configs(found) => configs.extend(found),
            Is::Starts(found) => {
                let any =
                    found.iter().any(|start| starts_of(&chosen, start).is_none() && launchers::is_any_image(start));
                let known = found.into_iter().filter_map(|start| Some((starts_of(&chosen, &start)?, start)));
                let before = starts.len();
                starts.extend(known);
                if any {
                    others.push((path.clone(), "which image it starts is known where it is started".to_owned()));
                    // It may be one more of those that it starts, or what starts a file that was pointed at.
                    let more = another_of(path, starts.get(before..).unwrap_or_default());
                    starts.extend(more);
                    untold.push(path.clone());
                }
                if starts.len() == before && *by_name && untold.last() != Some(path) {
                    others.push((path.clone(), "what it starts is nothing that is known here".to_owned()));
                }
            }
            Is::Trouble(why) => {
                untold.push(path.clone());
                others.push((path.clone(), why));
            }
            Is::Nothing { why, .. } if *by_name => others.push((path.clone(), why)),
            // One of the kind that is looked for, and broken, may be one of them.
            Is::Nothing { why, broken } if broken && is_settings(path) => others.push((path.clone(), why)),
            Is::Nothing { .. } => {}
        }
    }
    // Variables of modules are a part of their own only where they were named.
    let modules = configs.iter().any(|config| config.label.is_some());
    let by_name = |path: &Path| named.iter().any(|(one, by_name)| one == path && *by_name);
    let inputs: Vec<PathBuf> = named
        .iter()
        .filter(|(path, by_name)| *by_name && path.extension().is_some_and(|end| end == "tfvars"))
        .map(|(path, _)| path.clone())
        .collect();
    configs.retain(|config| !modules || config.label.is_some() || !is_of_variables(config) || by_name(&config.path));
    let mut parts = paired(tool, &configs, &starts);
    parts.iter_mut().filter(|part| part.given.block.is_some()).for_each(|part| part.given.inputs.clone_from(&inputs));
    tell_apart(&mut parts, context.directory.as_deref());
    let is_started = |name: &String| chosen.iter().any(|one| one.name == *name && !one.started.is_empty());
    for given in parts.iter_mut().map(|part| &mut part.given) {
        if given.launcher.is_none() && given.component.as_ref().is_some_and(is_started) {
            given.launcher = launchers::untold(&untold);
        }
    }
    Ok(Pointed { parts, others })
}

/// The tool as one of its components with no file at all: what is usual for it.
///
/// # Errors
/// There is no such component.
pub fn usual(tool: &Tool, component: &str) -> Result<Tool, PointedError> {
    let all: Vec<&Component> = tool.manifest.foreign.iter().flat_map(|foreign| &foreign.components).collect();
    match all.iter().find(|one| one.name == component) {
        Some(one) => Ok(part(tool, one, Given { component: Some(one.name.clone()), ..Given::default() }, None)),
        None => Err(PointedError::Component {
            tool: tool.manifest.tool.to_string(),
            name: component.to_owned(),
            all: all.iter().map(|one| one.name.clone()).collect(),
        }),
    }
}

/// Whether it is recognised by its name's end too, as a file of variables is: other files of HCL beside a module are programs'.
fn is_of_variables(config: &Config<'_>) -> bool {
    let mut signs = config.component.recognise.iter().filter(|sign| sign.file == config.file);
    let kept = config.component.foreign.file(&config.file).map(|file| file.kept);
    kept == Some(Kept::Hcl) && signs.any(|sign| !sign.named.is_empty())
}

/// The files, absolute, each with whether it was named itself.
fn spread(context: &Context, paths: &[PathBuf]) -> Result<Vec<(PathBuf, bool)>, PointedError> {
    let mut all: Vec<(PathBuf, bool)> = Vec::new();
    for path in paths {
        let path = context.directory.as_ref().map_or_else(|| path.clone(), |here| here.join(path));
        let path: PathBuf = path.components().collect();
        if !files::is_folder(&path) {
            all.push((path, true));
            continue;
        }
        let entries = files::list_kinds(&path)?;
        if entries.len() > MOST {
            return Err(PointedError::Many(path));
        }
        let files = entries.into_iter().filter(|(name, kind)| *kind != Kind::Folder && !is_copy(name));
        all.extend(files.map(|(name, _)| (path.join(name), false)));
    }
    // A file that stands in a folder and is named as well is named.
    let mut once: Vec<(PathBuf, bool)> = Vec::new();
    for (path, by_name) in all {
        // A link and what it leads to are one file; it is changed once.
        let real = standing::real(&path);
        let same = |known: &PathBuf| *known == path || (real.is_some() && standing::real(known) == real);
        match once.iter_mut().find(|(known, _)| same(known)) {
            Some((_, known)) => *known |= by_name,
            None => once.push((path, by_name)),
        }
    }
    Ok(once)
}

/// Whether files of a folder are among what is looked at.
fn looked_into(named: &[(PathBuf, bool)], folder: &Path) -> bool {
    named.iter().any(|(path, _)| path.parent() == Some(folder))
}

/// What is said of a folder that a file calls as a module, where there is in it what is looked for.
fn called_holds(components: &[&Component], by: &Path, folder: &Path) -> Option<String> {
    let by = by.file_name().unwrap_or_default().display();
    let names = match files::list(folder) {
        Ok(names) => names,
        Err(error) => {
            return Some(format!("{by} calls it as a module, and it cannot be read: {}", error_words(&error)));
        }
    };
    let holds = |path: &PathBuf| match files::read(path, LIMIT) {
        Ok(Some(bytes)) => {
            // What it calls in its turn may be one.
            matches!(what(components, path, &bytes, false), Is::Configs(_)) || !modules::calls(path, &bytes).is_empty()
        }
        Ok(None) => false,
        Err(_) => true,
    };
    let mut files = names.iter().filter(|name| modules::is_module(Path::new(name))).map(|name| folder.join(name));
    files.find(holds).map(|_| format!("{by} calls it as a module, and it is not looked into: name it as well"))
}

/// What a file is: the first component of which a sign fits, or what starts programs.
fn what<'f>(components: &[&'f Component], path: &Path, bytes: &[u8], forced: bool) -> Is<'f> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut faults: Vec<String> = Vec::new();
    for component in components {
        for sign in &component.recognise {
            if !sign.named.is_empty() && !sign.named.iter().any(|end| name.ends_with(end.as_str())) {
                continue;
            }
            match fits(component, sign, (path, bytes)) {
                Ok(labels) if !labels.is_empty() => {
                    let config = |label| Config { component, file: sign.file.clone(), path: path.to_path_buf(), label };
                    return Is::Configs(labels.into_iter().map(config).collect());
                }
                Ok(_) => {}
                Err(why) if !faults.contains(&why) => faults.push(why),
                Err(_) => {}
            }
        }
    }
    match launchers::read(path, bytes) {
        Some(Ok(starts)) => return Is::Starts(starts),
        Some(Err(why)) => return Is::Trouble(why),
        None => {}
    }
    if let (true, Some(component)) = (forced, components.first())
        && let Some(sign) = component.recognise.first()
        && sign.block.is_none()
    {
        let config = Config { component, file: sign.file.clone(), path: path.to_path_buf(), label: None };
        return Is::Configs(vec![config]);
    }
    let why = match (bytes.trim_ascii().is_empty(), faults.is_empty()) {
        (true, _) => "it is empty".to_owned(),
        (false, true) => "nothing that is known is recognised in it".to_owned(),
        (false, false) => format!("nothing that is known is recognised in it ({})", faults.join("; ")),
    };
    Is::Nothing { why, broken: !faults.is_empty() }
}

/// Whether a sign fits: once for each block it finds, else once; and never where it does not.
fn fits(component: &Component, sign: &Sign, (path, bytes): (&Path, &[u8])) -> Result<Vec<Option<String>>, String> {
    let Some(kept) = component.foreign.file(&sign.file).map(|file| file.kept) else { return Ok(Vec::new()) };
    if let Some(fault) = texts::fault(kept, bytes) {
        return if may_be(path, kept) { Err(fault) } else { Ok(Vec::new()) };
    }
    let there = |key: &Vec<String>| texts::stands(kept, bytes, key);
    let any = sign.any.is_empty() || sign.any.iter().any(there);
    if !any || !sign.all.iter().all(there) || sign.none.iter().any(there) {
        return Ok(Vec::new());
    }
    Ok(match &sign.block {
        None => vec![None],
        Some(blocks) => labels(bytes, blocks).into_iter().map(Some).collect(),
    })
}

/// The labels of the blocks that are meant.
fn labels(bytes: &[u8], blocks: &Blocks) -> Vec<String> {
    let found = texts::labels(bytes, &blocks.kind);
    let meant = |label: &String| {
        let key = [blocks.kind.clone(), label.clone(), blocks.attribute.clone()];
        let text = texts::seen(Kept::Hcl, bytes, &key).text().unwrap_or_default();
        // Names in the registry are the same in large letters.
        blocks.holds.iter().any(|part| text.to_ascii_lowercase().contains(part.as_str()))
    };
    found.into_iter().filter(meant).collect()
}

/// One more start, of which nothing is known, of each component that the file at this path starts.
fn another_of<'f>(path: &PathBuf, starts: &[(&'f Component, Start)]) -> Vec<(&'f Component, Start)> {
    let mut components: Vec<&'f Component> = Vec::new();
    for (component, _) in starts {
        if components.iter().all(|known| known.name != component.name) {
            components.push(component);
        }
    }
    let start = |component| {
        let launcher = launchers::untold(std::slice::from_ref(path))?;
        Some((component, Start { image: None, here: false, launcher }))
    };
    components.into_iter().filter_map(start).collect()
}

/// Each file with what starts it; what has no other half by itself.
fn paired(tool: &Tool, configs: &[Config<'_>], starts: &[(&Component, Start)]) -> Vec<Tool> {
    let mut parts = Vec::new();
    let mut started = vec![false; configs.len()];
    for (component, start) in starts {
        let of: Vec<(usize, &Config<'_>)> =
            configs.iter().enumerate().filter(|(_, config)| config.component.name == component.name).collect();
        let names = way(component, start).and_then(|way| names(component, way, start));
        let same = |config: &Config<'_>| match &names {
            Some(Named::Path(path)) => is_it(start, path, &config.path),
            Some(Named::Itself(_) | Named::Unknown(_)) | None => false,
        };
        // A start that names another file, or none, starts another one.
        let meant: Vec<&(usize, &Config<'_>)> = of.iter().filter(|(_, config)| same(config)).collect();
        if meant.is_empty() {
            parts.push(part(tool, component, alone(component, start, names), None));
        }
        for (index, config) in meant {
            if let Some(one) = started.get_mut(*index) {
                *one = true;
            }
            let mut given = of_config(config);
            given.launcher = Some(start.launcher.clone());
            parts.push(part(tool, component, given, config.label.as_deref()));
        }
    }
    for (config, started) in configs.iter().zip(started) {
        if !started {
            parts.push(part(tool, config.component, of_config(config), config.label.as_deref()));
        }
    }
    parts
}

fn of_config(config: &Config<'_>) -> Given {
    Given {
        component: Some(config.component.name.clone()),
        paths: vec![(config.file.clone(), config.path.clone())],
        ..Given::default()
    }
}

/// The tool as this component with these files.
fn part(tool: &Tool, component: &Component, given: Given, label: Option<&str>) -> Tool {
    let mut part = tool.clone();
    let mut foreign = component.foreign.clone();
    if let Some(label) = label {
        foreign = bound(foreign, label);
    }
    part.manifest.title = component.title.clone();
    part.manifest.foreign = Some(Arc::new(foreign));
    part.given = Given { block: label.map(str::to_owned), ..given };
    part
}
