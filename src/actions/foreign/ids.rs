//! Ids of a foreign tool: all that its manifest names, each with its place, what it hides and what it derives from.
//!
//! Promises: looking changes nothing and makes no id; what could not be read says so and is never taken for "there is none"; an address
//! with a password in it is used and never shown. Absent: changing them (`forget`, `renew`).

use std::path::PathBuf;

use crate::actions::context::Context;
use crate::actions::foreign::edits::shape;
use crate::actions::foreign::found::Content;
use crate::actions::foreign::look::Looked;
use crate::actions::foreign::texts;
use crate::actions::foreign::traces::{self, Traced};
use crate::host::database::{self, Question};
use crate::identity::derived;
use crate::identity::hidden_times::{self, Hidden};
use crate::identity::profile::error_words;
use crate::identity::remote;
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::ids::{Derivation, ForeignId, IdSource};
use crate::manifest::foreign::truths::Seen;

/// What an id is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Is {
    /// This.
    Known(String),
    /// There is none.
    None,
    /// Nobody asked the server.
    NotAsked,
    /// It cannot be told; why, in words without the content of a file.
    Unknown(String),
}

impl Is {
    /// The id, where it is known.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Known(id) => Some(id),
            Self::None | Self::NotAsked | Self::Unknown(_) => None,
        }
    }
}

/// An id as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundId {
    /// What its manifest says of it.
    pub declared: ForeignId,
    /// What it is.
    pub is: Is,
    /// The file in which it stands.
    pub file: Option<PathBuf>,
    /// The line there.
    pub line: Option<u32>,
    /// What it derives from, for people.
    pub from: Option<String>,
    /// Whether who guesses a name or an address has it.
    pub guessable: bool,
    /// The time that it hides.
    pub hidden: Option<Hidden>,
}

/// An id of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldId {
    /// Which one it was.
    pub name: String,
    /// The id.
    pub id: String,
    /// The files that keep it.
    pub files: Vec<PathBuf>,
}

/// All ids of a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    /// In the manifest's order, without those of other versions.
    pub ids: Vec<FoundId>,
    /// Ids in files of earlier runs that are not in use any more.
    pub old: Vec<OldId>,
    /// Files of earlier runs.
    pub traces: Vec<Traced>,
}

/// What a running server answers to a path, at a key; `None` where nobody asked it.
pub type Asked<'a> = Option<&'a dyn Fn(&str, &[String]) -> Result<Option<String>, String>>;

/// Reads all ids of a tool.
#[must_use]
pub fn read(context: &Context, looked: &Looked, asked: Asked<'_>) -> Ids {
    let version = looked.installed.version.as_ref();
    let mut ids: Vec<FoundId> = Vec::new();
    // What derives from another stands after it in no certain order: a second round has all of the first.
    let all = || looked.foreign.ids.iter().filter(|id| version.is_none() || id.versions.has(version));
    let own: Vec<FoundId> = all()
        .flat_map(|declared| match &declared.source {
            IdSource::Items { file, each, filter, key } => items(looked, declared, file, (each, filter, key)),
            _ => vec![own(context, looked, declared, asked)],
        })
        .collect();
    for found in &own {
        ids.push(derive(found.clone(), &own));
    }
    let traces: Vec<Traced> = match &looked.project {
        Some(project) => looked.foreign.found.iter().map(|trace| traces::find(project, trace)).collect(),
        None => Vec::new(),
    };
    let old = old(looked, &ids, &traces);
    Ids { ids, old, traces }
}

fn found(declared: &ForeignId, is: Is) -> FoundId {
    FoundId { declared: declared.clone(), is, file: None, line: None, from: None, guessable: false, hidden: None }
}

/// Those of a list's items that have one.
fn items(
    looked: &Looked,
    declared: &ForeignId,
    file: &str,
    (each, filter, key): (&[String], &[(String, String)], &[String]),
) -> Vec<FoundId> {
    let Some(bytes) = looked.bytes(file) else { return Vec::new() };
    let path = looked.file(file).and_then(|found| found.path.clone());
    let Ok(ids) = texts::in_items(bytes, each, filter, key) else {
        return vec![FoundId { file: path, ..found(declared, Is::Unknown("the file cannot be read".to_owned())) }];
    };
    ids.into_iter().map(|id| FoundId { file: path.clone(), ..found(declared, Is::Known(id)) }).collect()
}

/// An id that stands somewhere, or derives from what is no id.
fn own(context: &Context, looked: &Looked, declared: &ForeignId, asked: Asked<'_>) -> FoundId {
    match &declared.source {
        IdSource::Key { file, key } => {
            let source = Source::Key { file: file.clone(), key: key.clone() };
            let is = match looked.at(&source) {
                Seen::Broken(why) => Is::Unknown(why),
                seen => seen.text().filter(|text| !text.is_empty() && seen != Seen::Null).map_or(Is::None, Is::Known),
            };
            let own = || (looked.file(file).and_then(|file| file.path.clone()), looked.line(&source));
            let (file, line) = looked.stands_elsewhere(&source).map_or_else(own, |(path, line)| (Some(path), line));
            hidden(FoundId { file, line, ..found(declared, is) })
        }
        IdSource::Row { file, table, column, filter } => {
            let path = looked.file(file).and_then(|file| file.path.clone());
            let filter: Vec<(&str, &str)> =
                filter.iter().map(|(column, text)| (column.as_str(), text.as_str())).collect();
            let is = match (&path, looked.file(file).map(|file| &file.content)) {
                (_, Some(Content::Unreadable(error))) => Is::Unknown(error_words(error)),
                (Some(path), _) => match database::ask(path, &Question { table, column, filter: &filter }) {
                    Ok(database::Answer::Text(text)) if !text.is_empty() => Is::Known(unquoted(&text).to_owned()),
                    Ok(_) => Is::None,
                    Err(database::DatabaseError::Database { why, .. }) => Is::Unknown(why.to_string()),
                    Err(database::DatabaseError::File(error)) => Is::Unknown(error_words(&error)),
                },
                (None, _) => Is::None,
            };
            hidden(FoundId { file: path, ..found(declared, is) })
        }
        IdSource::Answer { path, key } => {
            let is = match asked {
                None => Is::NotAsked,
                Some(asked) => match asked(path, key) {
                    Ok(answer) => answer.map_or(Is::None, Is::Known),
                    Err(why) => Is::Unknown(why),
                },
            };
            hidden(found(declared, is))
        }
        IdSource::GitRemote { remote, derivation } => of_remote(context, looked, declared, remote, *derivation),
        IdSource::Started(source) => {
            let is = match looked.at(source) {
                Seen::Broken(why) => Is::Unknown(why),
                seen => seen.text().filter(|text| !text.is_empty()).map_or(Is::None, Is::Known),
            };
            let file = looked.given.launcher.as_ref().map(|launcher| launcher.path.clone());
            FoundId { file, ..found(declared, is) }
        }
        IdSource::Given { ask, derivation } => {
            let told = looked.given.told.iter().find(|(name, _)| name == ask);
            let is = told.map_or(Is::None, |(_, value)| Is::Known(derive_by(*derivation, value)));
            FoundId { from: Some(format!("the {ask} that you told")), guessable: true, ..found(declared, is) }
        }
        IdSource::Of { .. } | IdSource::Template(_) | IdSource::Items { .. } => found(declared, Is::None),
    }
}

/// Some programs keep a text in the form of JSON.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

fn of_remote(context: &Context, looked: &Looked, declared: &ForeignId, name: &str, derivation: Derivation) -> FoundId {
    let none = found(declared, Is::None);
    let Some(project) = &looked.project else { return none };
    match remote::find(project, context.paths.home(), name) {
        Ok(None) => none,
        Ok(Some(remote)) => FoundId {
            is: Is::Known(derive_by(derivation, remote.secret())),
            from: Some(format!(
                "the address of the git remote {name}, {}{}{}",
                remote.shown(),
                if remote.has_secret() { " (with what is left out here)" } else { "" },
                if remote.may_differ { "; a file that git includes may say another one" } else { "" },
            )),
            file: Some(remote.file),
            guessable: true,
            ..none
        },
        Err(error) => FoundId { is: Is::Unknown(error.to_string()), ..none },
    }
}

fn derive_by(derivation: Derivation, value: &str) -> String {
    match derivation {
        Derivation::UuidOfSha256 => derived::uuid_or_sha256(value),
        Derivation::Uuid5Url => derived::uuid5_of_url(value),
        Derivation::Sha256 => derived::sha256(value),
    }
}

/// An id that derives from others.
fn derive(found: FoundId, own: &[FoundId]) -> FoundId {
    let named = |name: &str| own.iter().find(|one| one.declared.name == name);
    match found.declared.source.clone() {
        IdSource::Of { id, derivation } => {
            let Some(of) = named(&id) else { return found };
            let is = match &of.is {
                Is::Known(value) => Is::Known(derive_by(derivation, value)),
                other => other.clone(),
            };
            // A UUID that is passed on as it is hides what it hides; what is made of a name can be found by trying names.
            let same = is.known().is_some_and(|id| of.is.known().is_some_and(|of| of.eq_ignore_ascii_case(id)));
            let from = Some(if same { format!("the {id}, as it is") } else { format!("the {id}") });
            let guessable = is.known().is_some() && !same;
            FoundId { is, from, guessable, hidden: of.hidden.filter(|_| same), ..found }
        }
        IdSource::Template(template) => {
            let value = |name: &str| named(name).and_then(|one| one.is.known()).map(str::to_owned);
            let unknown = derived::names(&template).into_iter().find_map(|name| match named(name).map(|one| &one.is) {
                Some(Is::Unknown(why)) => Some(Is::Unknown(why.clone())),
                Some(_) | None => None,
            });
            let is = derived::filled(&template, value).map_or_else(|| unknown.unwrap_or(Is::None), Is::Known);
            let from = Some(format!("the {}", derived::names(&template).join(" and the ")));
            FoundId { is, from, ..found }
        }
        IdSource::Given { .. }
        | IdSource::Started(_)
        | IdSource::Key { .. }
        | IdSource::Items { .. }
        | IdSource::Row { .. }
        | IdSource::Answer { .. }
        | IdSource::GitRemote { .. } => found,
    }
}

fn hidden(found: FoundId) -> FoundId {
    let form = &found.declared.form;
    let bare = found.is.known().and_then(|id| id.strip_prefix(form.prefix.as_str()));
    let hidden = bare.and_then(|id| hidden_times::hidden(shape(form), id));
    FoundId { hidden, ..found }
}

/// Ids of earlier runs that are not in use any more, each once, and what derives from them.
fn old(looked: &Looked, ids: &[FoundId], traces: &[Traced]) -> Vec<OldId> {
    let mut old: Vec<OldId> = Vec::new();
    let used = |id: &str| ids.iter().any(|one| one.is.known() == Some(id));
    let mut put = |name: &str, id: &str, file: &PathBuf| {
        if used(id) {
            return;
        }
        match old.iter_mut().find(|one| one.name == name && one.id == id) {
            Some(one) if one.files.contains(file) => {}
            Some(one) => one.files.push(file.clone()),
            None => old.push(OldId { name: name.to_owned(), id: id.to_owned(), files: vec![file.clone()] }),
        }
    };
    for traced in traces {
        let name = traced.trace.id.as_deref().unwrap_or("id");
        for (file, id) in &traced.ids {
            put(name, id, file);
            for declared in &looked.foreign.ids {
                let made = match &declared.source {
                    IdSource::Of { id: of, derivation } if of == name => Some(derive_by(*derivation, id)),
                    IdSource::Template(template) if derived::names(template) == [name] => {
                        derived::filled(template, |_| Some(id.clone()))
                    }
                    _ => None,
                };
                if let Some(made) = made {
                    put(&declared.name, &made, file);
                }
            }
        }
    }
    old
}
