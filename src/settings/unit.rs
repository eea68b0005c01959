//! Units of systemd, with their drop-ins: what each command of a service is started with.
//!
//! Promises: words, quotes, escapes and what is ignored are systemd's own; a list that is emptied is empty; what is put in from the
//! environment or the unit's name is never taken for plain text; what systemd does not load is an error.
//!
//! Deliberately absent: where units lie and which drop-ins belong to them, the files of variables (they are named), conditions, and
//! commands that only run before or after.

mod lines;
mod words;

use crate::settings::docker;
use crate::settings::launch::{At, Given, Launch, Sight, Variable, VariableFile, Word};
use crate::settings::text::decoded;
use crate::settings::unit::lines::{Assignment, assignments};
use crate::settings::unit::words::{Escapes, expanded, extracted, specified};
use crate::settings::value::{Language, ReadError, ReadErrorKind};

/// Largest file that is read, in bytes.
pub const LIMIT: usize = 256 * 1024;

/// What each command of a service is started with: `sources` are the unit and its drop-ins, in the order in which systemd reads them.
pub fn launches(sources: &[&[u8]]) -> Result<Vec<Launch>, ReadError> {
    let mut service = Service::default();
    for (file, source) in sources.iter().enumerate() {
        let text = decoded(source, LIMIT)?;
        if text.contains('\0') {
            return Err(ReadErrorKind::Binary.at(None));
        }
        for Assignment { section, key, value, line } in assignments(text)? {
            if section == "Service" {
                service.take(&key, &value, At { file, line })?;
            }
        }
    }
    Ok(service.commands.iter().filter_map(|(command, at)| service.launch(command, *at)).collect())
}

/// What puts other files where those of this machine lie.
const ELSEWHERE: [&str; 9] = [
    "BindPaths",
    "BindReadOnlyPaths",
    "ExtensionDirectories",
    "ExtensionImages",
    "MountImages",
    "RootDirectory",
    "RootImage",
    "RootMStack",
    "TemporaryFileSystem",
];

/// What is known of a service so far.
#[derive(Debug, Default)]
struct Service {
    variables: Vec<Variable>,
    passed: Vec<Variable>,
    unset: Vec<String>,
    files: Vec<VariableFile>,
    commands: Vec<(Vec<String>, At)>,
    sight: Sight,
}

impl Service {
    fn take(&mut self, key: &str, value: &str, at: At) -> Result<(), ReadError> {
        match (key, value) {
            ("Environment", "") => self.variables.clear(),
            ("Environment", _) => {
                for word in extracted(value, Escapes::Known).0 {
                    let Some((name, value)) = specified(&word).and_then(|word| word.split('=')) else { continue };
                    if is_name(&name) {
                        replace(&mut self.variables, Variable { name, value, at });
                    }
                }
            }
            ("PassEnvironment", "") => self.passed.clear(),
            ("PassEnvironment", _) => {
                for name in extracted(value, Escapes::Kept).0.into_iter().filter(|name| is_name(name)) {
                    let value = Given::Follows { written: String::new(), of: vec![name.clone()] };
                    replace(&mut self.passed, Variable { name, value, at });
                }
            }
            ("UnsetEnvironment", "") => self.unset.clear(),
            ("UnsetEnvironment", _) => self.unset.extend(extracted(value, Escapes::Known).0),
            ("EnvironmentFile", "") => self.files.clear(),
            ("EnvironmentFile", _) => {
                let path = value.strip_prefix('-').unwrap_or(value);
                // Any other path is passed over.
                let Some(given) = specified(path).filter(|_| path.starts_with(['/', '%'])) else { return Ok(()) };
                self.files.push(VariableFile { path: given, optional: path.len() < value.len(), wins: true, at });
            }
            ("ExecStart", "") => self.commands.clear(),
            ("ExecStart", _) => {
                let (words, whole) = extracted(value, Escapes::Relaxed);
                // With an open quote the unit is not started.
                if !whole {
                    return Err(ReadErrorKind::Syntax(Language::Unit).at(at.line));
                }
                self.commands.extend(words.split(|word| word == ";").map(|words| (words.to_vec(), at)));
            }
            ("WorkingDirectory", "") => self.sight.folder = None,
            // Where there is none, it is started in the root; `~` is the home of its user.
            ("WorkingDirectory", _) => {
                let folder = value.strip_prefix('-').unwrap_or(value);
                self.sight.folder = Some(match folder {
                    "~" => Given::of(folder.to_owned(), vec![folder.to_owned()]),
                    _ => specified(folder).unwrap_or(Given::Unknown),
                });
            }
            (key, "") if self.sight.by.as_deref() == Some(key) => self.sight.by = None,
            (key, value) if ELSEWHERE.contains(&key) && !value.is_empty() => self.sight.by = Some(key.to_owned()),
            _ => {}
        }
        Ok(())
    }

    /// The variables of its commands.
    fn environment(&self) -> Vec<Variable> {
        let mut all = self.passed.clone();
        for variable in &self.variables {
            replace(&mut all, variable.clone());
        }
        let is_unset = |variable: &Variable| {
            self.unset.iter().any(|unset| match unset.split_once('=') {
                Some((name, value)) => name == variable.name && variable.value.set() == Some(value),
                None => *unset == variable.name,
            })
        };
        all.retain(|variable| !is_unset(variable));
        all
    }

    fn launch(&self, command: &[String], at: At) -> Option<Launch> {
        let (program, rest) = command.split_first()?;
        let bare = program.trim_start_matches(['@', '-', ':', '+', '!', '|']);
        let signs = program.get(..program.len() - bare.len()).unwrap_or_default();
        // Behind `@` comes the name by which the program is to call itself.
        let rest = rest.get(usize::from(signs.contains('@'))..).unwrap_or_default();
        let variables = self.environment();
        let known = |name: &str| {
            let variable = variables.iter().find(|variable| variable.name == name);
            variable.filter(|_| self.files.is_empty()).and_then(|variable| variable.value.set())
        };
        let mut words = vec![specified(bare).unwrap_or(Given::Unknown)];
        for word in rest {
            match specified(word) {
                Some(word) if !signs.contains(':') => words.extend(expanded(word, known)),
                Some(word) => words.push(word),
                None => words.push(Given::Unknown),
            }
        }
        let inside: Vec<(Given, At)> = words.iter().map(|word| (word.clone(), at)).collect();
        if let Some(mut launch) = docker::run(&inside) {
            for variable in &mut launch.variables {
                // `--env NAME` hands on what the unit sets.
                let handed = matches!(&variable.value, Given::Follows { of, .. } if *of == [variable.name.clone()]);
                if let Some(text) = known(&variable.name).filter(|_| handed) {
                    variable.value = Given::Set(text.to_owned());
                }
            }
            return Some(launch);
        }
        let words = words.into_iter().map(|text| Word { text, at }).collect();
        let files = self.files.clone();
        let sight = self.sight.clone();
        Some(Launch { service: None, image: None, words, begins: true, variables, files, sight, at })
    }
}

fn replace(variables: &mut Vec<Variable>, variable: Variable) {
    variables.retain(|known| known.name != variable.name);
    variables.push(variable);
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}
