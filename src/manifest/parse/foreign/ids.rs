//! `ids` of a foreign tool, and `found`, where old ones lie.
//!
//! Promises: an id comes from one place; one that follows from others names ids of the manifest. Absent: their values.

use crate::manifest::foreign::files::{ForeignFile, Kept};
use crate::manifest::foreign::ids::{Derivation, ForeignId, Forgetting, Form, FormKind, IdSource, Trace};
use crate::manifest::parse::foreign::files::{answer_path, key, known, path, source as place};
use crate::manifest::parse::foreign::layers::{named, versions};
use crate::manifest::problem::Problems;
use crate::manifest::written::switches::{WrittenId, WrittenSwitches};

/// The ids.
pub(super) fn ids(problems: &mut Problems, switches: &WrittenSwitches, files: &[ForeignFile]) -> Vec<ForeignId> {
    let all = switches.ids.iter().enumerate();
    all.filter_map(|(index, one)| problems.at_item(index, |problems| id(problems, one, switches, files))).collect()
}

fn id(
    problems: &mut Problems,
    one: &WrittenId,
    switches: &WrittenSwitches,
    files: &[ForeignFile],
) -> Option<ForeignId> {
    let name = problems.text("name", &one.name, 64);
    let source = source(problems, one, switches, files);
    let kind = problems.choice("form", one.form.as_deref().unwrap_or("text"), &FormKind::ALL);
    let forget = problems.choice("forget", one.forget.as_deref().unwrap_or("leave"), &Forgetting::ALL);
    if forget.is_some_and(|forget| forget != Forgetting::Leave) && !matches!(source, Some(IdSource::Key { .. }) | None)
    {
        problems.say_at("forget", "only an id at a key of a file can be changed: the others are left");
    }
    if forget == Some(Forgetting::Rotate) && kind.is_some_and(|kind| !matches!(kind, FormKind::Uuid | FormKind::Hex32))
    {
        problems.say_at("forget", "a fresh id is of the form uuid or hex32");
    }
    if one.provided == Some(true) && !matches!(source, Some(IdSource::Key { .. }) | None) {
        problems.say_at("provided", "a person gives one at a key of a file");
    }
    if let Some(prefix) = &one.prefix {
        problems.text("prefix", prefix, 32);
    }
    Some(ForeignId {
        name,
        source: source?,
        form: Form { kind: kind?, prefix: one.prefix.clone().unwrap_or_default() },
        shared: one.shared.unwrap_or(false),
        provided: one.provided.unwrap_or(false),
        forget: forget?,
        removed: one.removed.as_deref().map(|text| problems.text("removed", text, 500)),
        advice: one.advice.as_deref().map(|text| problems.text("advice", text, 1000)),
        versions: versions(problems, one.versions.as_deref()),
    })
}

fn source(
    problems: &mut Problems,
    one: &WrittenId,
    switches: &WrittenSwitches,
    files: &[ForeignFile],
) -> Option<IdSource> {
    let derive = |problems: &mut Problems| {
        let word = one.derive.as_deref().unwrap_or_default();
        problems.choice("derive", word, &Derivation::ALL)
    };
    if one.derive.is_some() && one.of.is_none() && one.git_remote.is_none() && one.given.is_none() {
        problems.say_at("derive", "it means nothing but beside `of` and `git_remote`");
    }
    if one.variable.is_some() || one.property.is_some() {
        let places = named(&one.variable, &one.property, &one.file);
        return place(problems, places, &one.key, (files, false)).map(IdSource::Started);
    }
    if let (Some(ask), None, None) = (&one.given, &one.file, &one.of) {
        let asks = switches.requests.iter().flat_map(|requests| &requests.asks);
        if !asks.into_iter().any(|known| known.name == *ask) {
            problems.say_at("given", format!("{ask:?} is not one of `asks`"));
        }
        return Some(IdSource::Given { ask: ask.clone(), derivation: derive(problems)? });
    }
    let items = !one.each.is_empty();
    let row = !items && (one.table.is_some() || one.column.is_some() || !one.filter.is_empty());
    match (&one.file, &one.answer, &one.of, &one.template, &one.git_remote) {
        (Some(file), None, None, None, None) if row => {
            known(problems, "file", file, files);
            if files.iter().any(|known| known.name == *file && known.kept != Kept::Sqlite) {
                problems.say_at("table", "only a database has tables");
            }
            let (Some(table), Some(column)) = (&one.table, &one.column) else {
                problems.say("a row is found by `table`, `column` and `where`");
                return None;
            };
            let filter = one.filter.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
            Some(IdSource::Row { file: file.clone(), table: table.clone(), column: column.clone(), filter })
        }
        (Some(file), None, None, None, None) if items => {
            known(problems, "file", file, files);
            if files.iter().any(|known| known.name == *file && known.kept != Kept::Json) {
                problems.say_at("each", "items are told apart in a file of JSON");
            }
            key(problems, &one.key, true);
            let filter = one.filter.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
            Some(IdSource::Items { file: file.clone(), each: one.each.clone(), filter, key: one.key.clone() })
        }
        (Some(file), None, None, None, None) => {
            known(problems, "file", file, files);
            key(problems, &one.key, false);
            Some(IdSource::Key { file: file.clone(), key: one.key.clone() })
        }
        (None, Some(path), None, None, None) => {
            answer_path(problems, path);
            key(problems, &one.key, false);
            Some(IdSource::Answer { path: path.clone(), key: one.key.clone() })
        }
        (None, None, Some(id), None, None) => {
            other(problems, "of", id, &one.name, switches);
            Some(IdSource::Of { id: id.clone(), derivation: derive(problems)? })
        }
        (None, None, None, Some(text), None) => {
            let mut rest = text.as_str();
            while let Some((_, after)) = rest.split_once('{') {
                let Some((id, after)) = after.split_once('}') else {
                    problems.say_at("template", "a { is not closed");
                    break;
                };
                other(problems, "template", id, &one.name, switches);
                rest = after;
            }
            Some(IdSource::Template(text.clone()))
        }
        (None, None, None, None, Some(remote)) => {
            Some(IdSource::GitRemote { remote: remote.clone(), derivation: derive(problems)? })
        }
        _ => {
            problems
                .say("it comes from one of: file with key, file with table, answer with key, of, template, git_remote");
            None
        }
    }
}

/// The name of an id that stands before this one.
fn other(problems: &mut Problems, at: &str, id: &str, own: &str, switches: &WrittenSwitches) {
    let before = switches.ids.iter().take_while(|one| one.name != own).any(|one| one.name == id);
    if !before {
        problems.say_at(at, format!("{id:?} is not an id that stands before it"));
    }
}

/// Files that keep ids of earlier runs.
pub(super) fn found(problems: &mut Problems, switches: &WrittenSwitches) -> Vec<Trace> {
    let mut all = Vec::new();
    for (index, one) in switches.found.iter().enumerate() {
        problems.at_item(index, |problems| {
            problems.at("files", |problems| path(problems, &one.files));
            if !one.key.is_empty() {
                key(problems, &one.key, true);
            }
            if let Some(id) = one.id.as_deref()
                && !switches.ids.iter().any(|known| known.name == id)
            {
                problems.say_at("id", format!("{id:?} is not one of `ids`"));
            }
            let says = one.says.as_deref().map(|text| problems.text("says", text, 500));
            all.push(Trace { files: one.files.clone(), key: one.key.clone(), id: one.id.clone(), says });
        });
    }
    all
}
