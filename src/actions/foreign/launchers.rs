//! What starts a program: units of systemd, services of compose files, `docker run` in a script, and the environment here.
//!
//! Promises: a value that follows another environment is not known; a file of variables in which a name does not occur does not set it, and
//! any other may. Absent: the grammars (`settings`).

use std::path::{Path, PathBuf};

use crate::actions::foreign::drop_ins::drop_ins;
use crate::actions::foreign::given::{Launcher, Start};
use crate::actions::foreign::places::LIMIT;
use crate::actions::foreign::sight::through;
use crate::actions::foreign::texts;
use crate::host::env::{Env, Var};
use crate::host::files;
use crate::manifest::foreign::truths::Seen;
use crate::settings::compose::{self, ComposeError};
use crate::settings::hocon::Told;
use crate::settings::launch::{At, Given, Launch, Place, Property, Sight, Variable, VariableFile};
use crate::settings::value::Scalar;
use crate::settings::{docker, unit};

/// The variables that bring options to a Java machine.
const JAVA: [&str; 4] = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "_JAVA_OPTIONS"];
/// What every process is given by whoever starts it.
const EVERYWHERE: [&str; 10] =
    ["HOME", "HOSTNAME", "INVOCATION_ID", "JAVA_HOME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "USER"];

/// The starts in a file, where it is one that starts programs.
#[must_use]
pub fn read(path: &Path, bytes: &[u8]) -> Option<Result<Vec<Start>, String>> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    let mut others = Vec::new();
    let (launches, here) = match end {
        "service" | "conf" if holds("[Service]") => {
            let more = match drop_ins(path, name) {
                Ok(more) => more,
                Err(why) => return Some(Err(why)),
            };
            let all: Vec<&[u8]> = std::iter::once(bytes).chain(more.iter().map(Vec::as_slice)).collect();
            (unit::launches(&all), true)
        }
        "yml" | "yaml" if holds("services") || holds("include") => {
            if let Some(over) = laid_over(path, name) {
                return Some(Err(format!("{over} beside it is laid over it, and is not looked into")));
            }
            if names_others(path) {
                return Some(
                    Err(".env beside it sets COMPOSE_FILE, and what that names is not looked into".to_owned()),
                );
            }
            match composed(path, bytes) {
                Ok((launches, files)) => {
                    others = files;
                    (Ok(launches), false)
                }
                Err(why) => return Some(Err(why)),
            }
        }
        _ if bytes.starts_with(b"#!") || end == "sh" || end == "tmpl" => (docker::launches(bytes), false),
        _ => return None,
    };
    let start = |launch: Launch| {
        let known = launch.image.as_ref().is_some_and(|image| image.set().is_some());
        let (image, version) = launch.image.as_ref().map_or((None, None), |image| tagged(words(image)));
        let version = version.filter(|_| known);
        let name = launch.service.clone().unwrap_or_else(|| name.to_owned());
        let here = here && launch.image.is_none();
        Start {
            image,
            here,
            launcher: Launcher { path: path.to_path_buf(), name, version, more: others.clone(), launch },
        }
    };
    Some(match launches {
        Ok(launches) => Ok(launches.into_iter().map(start).collect()),
        Err(error) => Err(texts::words(&error)),
    })
}

/// What stands for the first of these files: it starts something, and nobody can tell what or how, so it may be this, with anything set.
#[must_use]
pub fn untold(paths: &[PathBuf]) -> Option<Launcher> {
    let path = paths.first()?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (at, written) = (At { file: 0, line: None }, path.display().to_string());
    let path_of = Given::Follows { written, of: Vec::new() };
    let files = vec![VariableFile { path: path_of, optional: false, wins: true, at }];
    let launch = Launch {
        service: None,
        image: None,
        words: Vec::new(),
        begins: false,
        variables: Vec::new(),
        files,
        sight: Sight::default(),
        at,
    };
    Some(Launcher { path: path.clone(), name, version: None, more: Vec::new(), launch })
}

/// The services of a compose file, and the files beside it of which they are put together.
fn composed(path: &Path, bytes: &[u8]) -> Result<(Vec<Launch>, Vec<PathBuf>), String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let read = |file: &Path| match files::read(&folder.join(file), LIMIT) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err("is not there".to_owned()),
        Err(error) => Err(format!("cannot be read: {error}")),
    };
    match compose::launches(bytes, &read) {
        Ok(whole) => Ok((whole.launches, whole.files.iter().skip(1).map(|file| folder.join(file)).collect())),
        Err(ComposeError::First(error)) => Err(texts::words(&error)),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether the variables beside a compose file say which files are put together.
fn names_others(path: &Path) -> bool {
    match files::read(&path.with_file_name(".env"), LIMIT) {
        Ok(Some(bytes)) => {
            let text = String::from_utf8_lossy(&bytes);
            let names =
                |line: &str| line.trim_start().trim_start_matches("export ").trim_start().starts_with("COMPOSE_FILE");
            text.lines().any(names)
        }
        Ok(None) => false,
        Err(_) => true,
    }
}

/// The names of compose files that Compose finds by itself, and looks for something to lay over, under any of them.
const FOUND: [&str; 2] = ["compose", "docker-compose"];

/// The file that Compose lays over one of its usual names.
fn laid_over(path: &Path, name: &str) -> Option<String> {
    let (stem, end) = name.rsplit_once('.')?;
    if stem.ends_with(".override") {
        return None;
    }
    let stems = if FOUND.contains(&stem) { FOUND.to_vec() } else { vec![stem] };
    let ends = [end, if end == "yml" { "yaml" } else { "yml" }];
    let over = stems.iter().flat_map(|stem| ends.map(|end| format!("{stem}.override.{end}")));
    over.into_iter().find(|over| files::exists(&path.with_file_name(over)).unwrap_or(true))
}

/// Whether the words of its command are known where it is started only.
#[must_use]
pub fn is_open(launcher: &Launcher) -> bool {
    by_shell(launcher) || launcher.launch.words.iter().any(|word| word.text.set().is_none())
}

/// Whether a shell, or what may change its variables as well, is what is started: what it is given may set and unset anything.
fn by_shell(launcher: &Launcher) -> bool {
    const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "zsh"];
    let all: Vec<&str> = launcher.launch.words.iter().map(|word| words(&word.text)).collect();
    let base = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    if through(launcher).is_some() || all.first().is_some_and(|first| base(first) == "env") {
        return true;
    }
    all.windows(2).any(|pair| {
        let [program, option] = pair else { return false };
        SHELLS.contains(&base(program).as_str()) && option.starts_with('-') && option.contains('c')
    })
}

/// Whether which image this starts is known where it is started only: a part of its name is put in there.
#[must_use]
pub fn is_any_image(start: &Start) -> bool {
    let Some(Given::Follows { written, of }) = &start.launcher.launch.image else { return false };
    let marked = of.iter().fold(written.clone(), |text, part| text.replace(part.as_str(), "$"));
    let name = marked.rsplit('/').next().unwrap_or_default();
    name.split([':', '@']).next().is_some_and(|name| name.contains('$'))
}

/// An image without its tag, and the version that the tag is: three numbers at least, for fewer are those of several versions; what is
/// put behind them says how it was built, unless it marks one before the release.
fn tagged(image: &str) -> (Option<String>, Option<String>) {
    let image = image.split_once('@').map_or(image, |(image, _)| image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => {
            let end = tag.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tag.len());
            let (numbers, behind) = tag.split_at_checked(end).unwrap_or((tag, ""));
            let numbers = numbers.trim_end_matches('.');
            let full = numbers.split('.').filter(|number| !number.is_empty()).count() > 2;
            let version = (full && !is_before(behind)).then(|| numbers.to_owned());
            (Some(name.to_owned()), version)
        }
        Some(_) | None => (Some(image.to_owned()), None),
    }
}

/// Whether what stands behind a version's numbers marks one before the release.
fn is_before(behind: &str) -> bool {
    const BEFORE: [&str; 9] = ["alpha", "beta", "dev", "m", "milestone", "pre", "preview", "rc", "snapshot"];
    let words = behind.split(|c: char| !c.is_ascii_alphabetic());
    words.map(str::to_ascii_lowercase).any(|word| BEFORE.contains(&word.as_str()))
}

/// A variable as this starts its program with it.
#[must_use]
pub fn variable(launcher: &Launcher, name: &str) -> Seen {
    if by_shell(launcher) {
        return Seen::Broken("what its shell is given to run may set it".to_owned());
    }
    let own = launcher.launch.variable(name);
    let stronger = |file: &&VariableFile| file.wins || own.is_none();
    if let Some(file) = launcher.launch.files.iter().filter(stronger).find(|file| may_set(launcher, file, &[name])) {
        return Seen::Broken(format!("the file {} may set it", words(&file.path)));
    }
    match own {
        None if in_words(launcher, &format!("{name}=")) => {
            Seen::Broken("the command that starts it may set it".to_owned())
        }
        None => Seen::Absent,
        Some(variable) => plain(&variable.value),
    }
}

/// Whether a text stands in a word of the command, as in what a shell is given to run.
fn in_words(launcher: &Launcher, text: &str) -> bool {
    launcher.launch.words.iter().any(|word| words(&word.text).contains(text))
}

/// As that, and no longer name begins with it.
fn sets_in_words(launcher: &Launcher, text: &str) -> bool {
    let more = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    launcher.launch.words.iter().any(|word| {
        let word = words(&word.text);
        word.match_indices(text).any(|(at, _)| !word.get(at + text.len()..).is_some_and(|rest| rest.starts_with(more)))
    })
}

/// A property of its Java machine.
#[must_use]
pub fn property(launcher: &Launcher, name: &str) -> Seen {
    if by_shell(launcher) {
        return Seen::Broken("what its shell is given to run may set it".to_owned());
    }
    let all = launcher.launch.properties(&JAVA);
    let (set, open) = all.of(name);
    let quiet = |property: &&&Property| match property.place {
        Place::File(at) => launcher.launch.files.get(at).is_some_and(|file| !may_set(launcher, file, &JAVA)),
        Place::Variable(_) | Place::Java | Place::Program => false,
    };
    if let Some(open) = open.iter().find(|property| !quiet(property)) {
        return Seen::Broken(format!("{} may set it", words(&open.value)));
    }
    match set {
        Some(property) => plain(&property.value),
        None if sets_in_words(launcher, &format!("-D{name}")) => {
            Seen::Broken("the command that starts it may set it".to_owned())
        }
        None => Seen::Absent,
    }
}

/// A property that the environment here would give every Java machine.
#[must_use]
pub fn property_here(env: &Env, name: &str) -> Seen {
    let at = At { file: 0, line: None };
    let variable = |name: &str| {
        let value = match env.get(name) {
            Var::Unset => return None,
            Var::Text(text) => Given::Set(text.to_owned()),
            Var::NotText => Given::Unknown,
        };
        Some(Variable { name: name.to_owned(), value, at })
    };
    let variables = JAVA.iter().filter_map(|name| variable(name)).collect();
    let launch = Launch {
        service: None,
        image: None,
        words: Vec::new(),
        begins: false,
        variables,
        files: Vec::new(),
        sight: Sight::default(),
        at,
    };
    property(&Launcher { path: PathBuf::new(), name: String::new(), version: None, more: Vec::new(), launch }, name)
}

/// A variable for a file that refers to it. Without what starts the program nobody knows its environment.
#[must_use]
pub fn told(launcher: Option<&Launcher>, name: &str) -> Told {
    let Some(launcher) = launcher else { return Told::Unknown };
    match variable(launcher, name) {
        Seen::Value(Scalar::Text(text)) => Told::Set(text),
        Seen::Absent if EVERYWHERE.contains(&name) => Told::Unknown,
        Seen::Absent => Told::Unset,
        _ => Told::Unknown,
    }
}

fn plain(given: &Given) -> Seen {
    match given {
        Given::Set(text) => Seen::Value(Scalar::Text(text.clone())),
        Given::Follows { of, .. } => Seen::Broken(format!("it follows {} where it is started", of.join(", "))),
        Given::Unknown => Seen::Broken("what starts it does not take it".to_owned()),
    }
}

/// What is given, as far as it is a text.
fn words(given: &Given) -> &str {
    match given {
        Given::Set(text) | Given::Follows { written: text, .. } => text,
        Given::Unknown => "something",
    }
}

/// Whether a file of variables may set one of these: it cannot be read, or their names occur in it.
fn may_set(launcher: &Launcher, file: &VariableFile, names: &[&str]) -> bool {
    let Given::Set(path) = &file.path else { return true };
    let Some(folder) = launcher.path.parent() else { return true };
    match files::read(&folder.join(path), LIMIT) {
        Ok(Some(bytes)) => {
            let holds = |name: &&str| bytes.windows(name.len()).any(|part| part == name.as_bytes());
            names.iter().any(holds)
        }
        Ok(None) => !file.optional,
        Err(_) => true,
    }
}
