//! `docker run` in a script of a shell, or in a unit: the image, the variables and the words that the container is given.
//!
//! Promises: what a shell replaces is not taken for plain text; an option that is not known is taken for one with a value, as all but a few
//! are. Deliberately absent: a shell; each command is looked at by itself, and what is in variables or functions is not followed.

use crate::settings::launch::{At, Given, Launch, Mount, Sight, Variable, VariableFile, Word};
use crate::settings::text::decoded;
use crate::settings::value::{ReadError, ReadErrorKind};
use crate::settings::words::{self, ShellWord};

/// Largest script that is read, in bytes.
pub const LIMIT: usize = 256 * 1024;

/// Programs with these commands and options.
const PROGRAMS: [&str; 3] = ["docker", "podman", "nerdctl"];

/// Words that stand before a command.
const BEFORE: [&str; 12] = ["sudo", "exec", "nohup", "env", "command", "time", "nice", "if", "then", "do", "else", "!"];

/// Options without a value.
const BARE: [&str; 15] = [
    "--detach",
    "--disable-content-trust",
    "--help",
    "--init",
    "--interactive",
    "--no-healthcheck",
    "--oom-kill-disable",
    "--privileged",
    "--publish-all",
    "--quiet",
    "--read-only",
    "--replace",
    "--rm",
    "--sig-proxy",
    "--tty",
];
const BARE_LETTERS: &str = "ditqP";

/// Every container that `source`, a script of a shell or a template of one, starts.
pub fn launches(source: &[u8]) -> Result<Vec<Launch>, ReadError> {
    let text = decoded(source, LIMIT)?;
    if text.contains('\0') {
        return Err(ReadErrorKind::Binary.at(None));
    }
    let mut lines = text.lines().enumerate().peekable();
    let mut found = Vec::new();
    while let Some((first, line)) = lines.next() {
        if !PROGRAMS.iter().any(|program| line.contains(program)) {
            continue;
        }
        // Lines of a template stand between those of a command.
        let mut command = vec![(first, line)];
        let template = |line: &str| line.trim_start().starts_with("%{");
        while command.last().is_some_and(|(_, last)| last.ends_with('\\')) {
            match lines.next() {
                Some((_, line)) if template(line) => {}
                Some(line) => command.push(line),
                None => break,
            }
        }
        let (mut whole, mut starts) = (String::new(), Vec::new());
        for (_, line) in &command {
            starts.push(whole.len());
            whole.push_str(line);
            whole.push('\n');
        }
        let at = |byte: usize| {
            let number = starts.partition_point(|start| *start <= byte).checked_sub(1);
            let line = number.and_then(|number| command.get(number)).and_then(|(line, _)| u32::try_from(line + 1).ok());
            At { file: 0, line }
        };
        let words = words::shell(&whole).unwrap_or_default();
        for command in words.split(|word| word.ends) {
            let given = |word: &ShellWord| (Given::of(word.text.clone(), word.of.clone()), at(word.at));
            let command: Vec<(Given, At)> = command.iter().map(given).collect();
            found.extend(run(&command));
        }
    }
    Ok(found)
}

/// What is started by a command among whose words are a program's name and `run`.
pub(super) fn run(words: &[(Given, At)]) -> Option<Launch> {
    let is = |word: &Given, names: &[&str]| {
        word.set().is_some_and(|text| names.contains(&text.rsplit('/').next().unwrap_or(text)))
    };
    let program = words.iter().position(|(word, _)| !is(word, &BEFORE) && !is_aside(word))?;
    is(&words.get(program)?.0, &PROGRAMS).then_some(())?;
    let at = words.get(program)?.1;
    let mut rest = words.get(program + 1..)?.iter();
    // `docker --context x run`, `docker container run`.
    rest.by_ref().take(4).find(|(word, _)| is(word, &["run", "create"]))?;
    let mut launch = Launch {
        service: None,
        image: None,
        words: Vec::new(),
        begins: false,
        variables: Vec::new(),
        files: Vec::new(),
        sight: Sight::default(),
        at,
    };
    while let Some((word, at)) = rest.next() {
        let Some((name, value)) = option(word) else {
            launch.image = Some(word.clone());
            break;
        };
        let value = match value {
            Value::None => continue,
            Value::Here(value) => value,
            Value::Next => rest.next()?.0.clone(),
        };
        take(&mut launch, &name, value, *at);
    }
    launch.image.as_ref()?;
    launch.words.extend(rest.map(|(text, at)| Word { text: text.clone(), at: *at }));
    Some(launch)
}

/// Whether a word before a command is an assignment or an option.
fn is_aside(word: &Given) -> bool {
    word.written().starts_with('-') || word.split('=').is_some_and(|(name, _)| !name.contains('/'))
}

/// Where an option's value stands.
enum Value {
    None,
    Here(Given),
    Next,
}

/// The option that a word is, by its long name where it has a meaning here.
fn option(word: &Given) -> Option<(String, Value)> {
    let (written, of) = match word {
        Given::Set(text) => (text.as_str(), [].as_slice()),
        Given::Follows { written, of } => (written.as_str(), of.as_slice()),
        Given::Unknown => return None,
    };
    if !written.starts_with('-') || written == "-" {
        return None;
    }
    let here = |value: &str| Value::Here(Given::of(value.to_owned(), of.to_vec()));
    if written.starts_with("--") {
        return Some(match written.split_once('=') {
            Some((name, value)) => (name.to_owned(), here(value)),
            None if BARE.contains(&written) => (written.to_owned(), Value::None),
            None => (written.to_owned(), Value::Next),
        });
    }
    let letters = written.trim_start_matches('-').trim_start_matches(|c| BARE_LETTERS.contains(c));
    let mut chars = letters.chars();
    let name = match chars.next() {
        None => return Some((written.to_owned(), Value::None)),
        Some('e') => "--env".to_owned(),
        Some('v') => "--volume".to_owned(),
        Some('w') => "--workdir".to_owned(),
        Some(letter) => format!("-{letter}"),
    };
    let value = chars.as_str().trim_start_matches('=');
    Some((name, if value.is_empty() { Value::Next } else { here(value) }))
}

/// Keeps what an option gives.
fn take(launch: &mut Launch, name: &str, value: Given, at: At) {
    match name {
        "--name" => launch.service = value.set().map(str::to_owned),
        "--env" => assign(&mut launch.variables, &value, at),
        "--env-file" => launch.files.push(VariableFile { path: value, optional: false, wins: false, at }),
        "--entrypoint" => {
            launch.begins = value.set() != Some("");
            launch.words = if launch.begins { vec![Word { text: value, at }] } else { Vec::new() };
        }
        "--volume" => launch.sight.mounts.extend(mount(&value)),
        "--mount" => launch.sight.mounts.extend(fields(&value)),
        "--workdir" => launch.sight.folder = Some(value),
        "--volumes-from" => launch.sight.by = Some(name.to_owned()),
        _ => {}
    }
}

/// What `SOURCE:TARGET[:OPTIONS]` puts where.
pub(super) fn mount(given: &Given) -> Option<Mount> {
    let (written, of) = match given {
        Given::Set(text) => (text.as_str(), [].as_slice()),
        Given::Follows { written, of } => (written.as_str(), of.as_slice()),
        Given::Unknown => return None,
    };
    // The target is a whole path.
    let (source, target) = written.split_once(":/")?;
    let target = format!("/{}", target.split(':').next()?.trim_end_matches('/'));
    Some(Mount { source: Given::of(source.to_owned(), of.to_vec()), target })
}

/// What `type=bind,source=SOURCE,target=TARGET` puts where.
fn fields(given: &Given) -> Option<Mount> {
    let Given::Set(text) = given else { return None };
    let field = |names: &[&str]| {
        let mut all = text.split(',').filter_map(|field| field.split_once('='));
        all.find(|(name, _)| names.contains(name)).map(|(_, value)| value.to_owned())
    };
    let target = field(&["target", "destination", "dst"])?.trim_end_matches('/').to_owned();
    Some(Mount { source: Given::Set(field(&["source", "src"])?), target })
}

/// Keeps `NAME=value`, or a `NAME` whose value is taken from the environment. The last one counts.
pub(super) fn assign(variables: &mut Vec<Variable>, assignment: &Given, at: At) {
    let (name, value) = match (assignment.split('='), assignment) {
        (Some(parts), _) => parts,
        (None, Given::Set(name)) => (name.clone(), Given::Follows { written: String::new(), of: vec![name.clone()] }),
        (None, Given::Follows { written, .. }) => (written.clone(), Given::Unknown),
        (None, Given::Unknown) => return,
    };
    variables.retain(|known| known.name != name);
    variables.push(Variable { name, value, at });
}
