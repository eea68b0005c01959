//! `files`, and references to them.
//!
//! Promises: a path stays below where it begins; a key is a list of texts. Absent: looking whether a file is there.

use crate::manifest::foreign::files::{Begin, ForeignFile, Inside, Kept, Moved, Source};
use crate::manifest::problem::Problems;
use crate::manifest::switches::is_variable;
use crate::manifest::written::switches::{WrittenFile, WrittenSwitches};
use crate::settings::dotenv::Dialect;

/// How the path of a file is called that a person points at.
const GIVEN: &str = "PATH";
/// Most keys from a root.
const DEEPEST: usize = 16;

/// All files.
pub(super) fn files(problems: &mut Problems, switches: &WrittenSwitches) -> Vec<ForeignFile> {
    let all = switches.files.iter();
    all.filter_map(|(name, one)| problems.at(name, |problems| file(problems, name, one, switches))).collect()
}

fn file(problems: &mut Problems, name: &str, one: &WrittenFile, switches: &WrittenSwitches) -> Option<ForeignFile> {
    let given = one.given.filter(|given| *given).map(|_| GIVEN.to_owned());
    let inside = one.inside.as_ref().map(|inside| inside.file.clone());
    let places = [&one.home, &one.config, &one.project, &one.above, &one.here, &given, &one.beside, &inside];
    let mut begun =
        Begin::ALL.into_iter().zip(places).filter_map(|((key, begin), path)| Some((key, begin, path.as_deref()?)));
    let (Some((key_name, begin, place)), None) = (begun.next(), begun.next()) else {
        problems.say(format!("it begins in one of: {}", Begin::ALL.map(|(key, _)| key).join(", ")));
        return None;
    };
    match begin {
        Begin::Given => {}
        Begin::Inside => problems.at(key_name, |problems| {
            if switches.files.get(place).is_none_or(|file| file.inside.is_some()) {
                problems.say_at("file", format!("{place:?} is not one of `files` that stands by itself"));
            }
            key(problems, one.inside.as_ref().map_or(&[], |inside| &inside.key), false);
        }),
        // Beside what a person points at may be above it.
        Begin::Beside => problems.at(key_name, |problems| path(problems, place.trim_start_matches("../"))),
        Begin::Home | Begin::Config | Begin::Project | Begin::Above | Begin::Here => {
            problems.at(key_name, |problems| path(problems, place));
        }
    }
    for (index, key_path) in one.secret.iter().enumerate() {
        problems.at("secret", |problems| problems.at_item(index, |problems| key(problems, key_path, true)));
    }
    if let Some(name) = one.variable.as_deref().filter(|name| !is_variable(name)) {
        problems.say_at("variable", format!("{name:?} is not the name of a variable"));
    }
    let moved = one.folder.as_ref().map(|folder| {
        problems.at("folder", |problems| {
            let inside = place.strip_prefix(folder.path.as_str()).is_some_and(|rest| rest.starts_with('/'));
            if !inside {
                problems.say_at("path", format!("{place:?} does not lie in it"));
            }
            if !is_variable(&folder.variable) {
                problems.say_at("variable", format!("{:?} is not the name of a variable", folder.variable));
            }
            if let Some(file) = folder.file.as_deref()
                && switches.files.get(file).is_none_or(|file| file.format != "dotenv")
            {
                problems.say_at("file", format!("{file:?} is not a file of dotenv in `files`"));
            }
        });
        Moved { path: folder.path.clone(), variable: folder.variable.clone(), file: folder.file.clone() }
    });
    let kept = kept(problems, one)?;
    Some(ForeignFile {
        name: name.to_owned(),
        begin,
        path: place.to_owned(),
        variable: one.variable.clone(),
        moved,
        inside: one.inside.as_ref().map(|inside| Inside {
            file: inside.file.clone(),
            key: inside.key.clone(),
            base64: inside.base64.unwrap_or(false),
        }),
        kept,
        committed: one.committed.unwrap_or(false),
        overridden: one.overridden.clone(),
        secret: one.secret.clone(),
    })
}

fn kept(problems: &mut Problems, one: &WrittenFile) -> Option<Kept> {
    match (one.format.as_str(), &one.dialect) {
        ("dotenv", Some(dialect)) => problems.choice("dialect", dialect, &Dialect::NAMED).map(Kept::Dotenv),
        ("dotenv", None) => {
            problems.say("a file of dotenv says whose `dialect`: readers differ");
            None
        }
        (format, dialect) => {
            if dialect.is_some() {
                problems.say_at("dialect", "it means nothing but for dotenv");
            }
            // Listed for their name; it was taken above.
            let dotenv = Dialect::NAMED.iter().take(1).map(|(_, dialect)| ("dotenv", Kept::Dotenv(*dialect)));
            problems.choice("format", format, &Kept::PLAIN.into_iter().chain(dotenv).collect::<Vec<_>>())
        }
    }
}

/// A path below where it begins.
pub(super) fn path(problems: &mut Problems, text: &str) {
    let parts_are_plain = text.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if text.len() > 256 || !parts_are_plain || text.contains('\0') {
        problems.say(format!("{text:?} is not a path below it, without . and .."));
    } else {
        problems.plain(text, 256);
    }
}

/// Keys from the root; `*` only where `each` allows it.
pub(super) fn key(problems: &mut Problems, key: &[String], each: bool) {
    problems.at("key", |problems| {
        if key.is_empty() || key.len() > DEEPEST {
            problems.say(format!("it is a list of 1 to {DEEPEST} keys from the root"));
        }
        for (index, one) in key.iter().enumerate() {
            problems.at_item(index, |problems| {
                if one.is_empty() || (one == "*" && !each) {
                    problems.say(format!("{one:?} is no key here"));
                }
                problems.plain(one, 256);
            });
        }
    });
}

/// A name in `files`.
pub(super) fn known(problems: &mut Problems, at: &str, name: &str, files: &[ForeignFile]) {
    if !files.iter().any(|file| file.name == name) {
        problems.say_at(at, format!("{name:?} is not one of `files`"));
    }
}

/// A variable, or a key in a file.
pub(super) fn source(
    problems: &mut Problems,
    [variable, property, file]: [Option<&str>; 3],
    keys: &[String],
    (files, each): (&[ForeignFile], bool),
) -> Option<Source> {
    match (variable, property, file) {
        (None, Some(name), None) if keys.is_empty() => {
            if name.is_empty() || name.len() > 128 || name.contains(['=', ' ']) {
                problems.say_at("property", format!("{name:?} is not the name of a property"));
            }
            Some(Source::Property(name.to_owned()))
        }
        (Some(name), None, None) if keys.is_empty() => {
            if !is_variable(name) {
                problems.say_at("variable", format!("{name:?} is not the name of a variable"));
            }
            Some(Source::Variable(name.to_owned()))
        }
        (None, None, Some(name)) => {
            known(problems, "file", name, files);
            key(problems, keys, each);
            Some(Source::Key { file: name.to_owned(), key: keys.to_vec() })
        }
        _ => {
            problems.say("it is a `variable`, a `property`, or a `file` with a `key`");
            None
        }
    }
}

/// The path of a request at `answer`.
pub(super) fn answer_path(problems: &mut Problems, path: &str) {
    if !path.starts_with('/') || path.len() > 200 || !path.chars().all(|c| c.is_ascii_graphic()) {
        problems.say_at("answer", "it is the path of a request, such as /config");
    }
}
