//! A person's profile of one tool: `~/.TOOL/profile.yml`, with the user id and the consent.
//!
//! Promises: what cannot be read as exactly a yes is seen as such, with the reason; a write changes the one key and keeps
//! every other byte; of many first writers one makes the id. The form is PipeRider's (`user_id`, `anonymous_tracking`).
//! Absent: secrets (other keys are never read, kept or printed).

use std::path::Path;
use std::time::Duration;

use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::locks;
use crate::host::writes::{self, Made};
use crate::identity::ids::{Id, ProvidedId};
use crate::identity::places::Places;
use crate::settings::value::{EditError, ReadError, Root, Scalar, Value};
use crate::settings::yaml;

const USER_ID: &[&str] = &["user_id"];
const TRACKING: &[&str] = &["anonymous_tracking"];
const COLLECTION: &[&str] = &["collection"];
const PROVIDED: &[&str] = &["user_provided_id"];

/// Longest that a write waits for another write of ours.
const PATIENCE: Duration = Duration::from_secs(2);

/// A profile as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profile {
    /// There is none: no opinion.
    Absent,
    /// It was read.
    Present(Contents),
    /// It is there and cannot be read as a profile: a no.
    Unreadable(Unreadable),
}

/// What a profile says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The user id, where there is one.
    pub user_id: Option<Id>,
    /// The value of `anonymous_tracking`.
    pub tracking: Tracking,
    /// `collection: local` stands there.
    pub local: bool,
    /// What the person chose to give.
    pub provided: Option<ProvidedId>,
}

/// What `anonymous_tracking` says. Only a plain YAML `true` is a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracking {
    /// Exactly true.
    True,
    /// Exactly false, on this line where known.
    False(Option<u32>),
    /// Anything else, on this line where known.
    Other(Option<u32>),
    /// The key is not there.
    Missing,
}

/// Why a profile cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// In words, without anything of the file's content.
    pub why: String,
    /// The line, where known.
    pub line: Option<u32>,
}

/// A write that did not land.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The disk.
    #[error(transparent)]
    File(#[from] FileError),
    /// The text of the profile cannot be changed safely.
    #[error("{path}: {source}")]
    Edit {
        /// The profile.
        path: String,
        /// Why.
        source: EditError,
    },
    /// Another write of ours held the profile for too long.
    #[error("{0}: another program holds it")]
    Held(String),
}

/// Reads the profile at `path`.
#[must_use]
pub fn read(path: &Path) -> Profile {
    read_or_fail(path).unwrap_or_else(|error| unread(&error))
}

/// The same for who must not take a disk that fails for a profile that is broken.
///
/// # Errors
/// The disk fails, or the rights to read it are missing.
pub fn read_or_fail(path: &Path) -> Result<Profile, FileError> {
    match files::read(path, yaml::LIMIT) {
        Err(error) if error.is_the_systems() => Err(error),
        Ok(None) => Ok(Profile::Absent),
        Ok(Some(source)) => Ok(parse(&source)),
        Err(error) => Ok(unread(&error)),
    }
}

fn unread(error: &FileError) -> Profile {
    Profile::Unreadable(Unreadable { why: error_words(error), line: None })
}

/// What went wrong with a file, without its path.
#[must_use]
pub fn error_words(error: &FileError) -> String {
    match error {
        FileError::System { source, .. } => source.to_string(),
        FileError::TooLarge { limit, .. } => format!("larger than {limit} bytes"),
        FileError::NotAFile { .. } => "not a regular file".to_owned(),
        FileError::NotAFolder { .. } => "a link or a file stands where a folder should be".to_owned(),
        FileError::OthersMayWrite { .. } => "others may write it".to_owned(),
    }
}

/// Reads the text of a profile.
#[must_use]
pub fn parse(source: &[u8]) -> Profile {
    match contents(source) {
        Ok(contents) => Profile::Present(contents),
        Err(unreadable) => Profile::Unreadable(unreadable),
    }
}

fn contents(source: &[u8]) -> Result<Contents, Unreadable> {
    let wanted = [USER_ID, TRACKING, COLLECTION, PROVIDED];
    let fields = yaml::fields(source, yaml::LIMIT, &wanted).map_err(|error| not_yaml(&error))?;
    match fields.root() {
        Root::Mapping => {}
        Root::Empty => return Err(Unreadable { why: "empty".to_owned(), line: None }),
        Root::Other => return Err(Unreadable { why: "not a mapping of keys to values".to_owned(), line: None }),
    }
    let bad = |path: &[&str], why: &str| Unreadable { why: why.to_owned(), line: yaml::line_of(source, path) };
    let user_id = match fields.scalar(0) {
        None | Some(Scalar::Null) => None,
        Some(Scalar::Text(text) | Scalar::Number(text)) => {
            Some(Id::new(text).map_err(|_| bad(USER_ID, "user_id is not of the form of an id"))?)
        }
        Some(Scalar::Bool(_) | Scalar::Other) => return Err(bad(USER_ID, "user_id is not a text")),
    };
    let tracking = match fields.scalar(1) {
        None => Tracking::Missing,
        Some(Scalar::Bool(true)) => Tracking::True,
        Some(Scalar::Bool(false)) => Tracking::False(yaml::line_of(source, TRACKING)),
        Some(Scalar::Null | Scalar::Text(_) | Scalar::Number(_) | Scalar::Other) => {
            Tracking::Other(yaml::line_of(source, TRACKING))
        }
    };
    let local = match fields.scalar(2) {
        None => false,
        Some(Scalar::Text(text)) if text == "local" => true,
        Some(_) => return Err(bad(COLLECTION, "collection is something other than local")),
    };
    let provided = match fields.scalar(3) {
        None => None,
        Some(Scalar::Text(text)) => Some(
            ProvidedId::new(text)
                .map_err(|_| bad(PROVIDED, "user_provided_id is neither an e-mail address nor a UUID"))?,
        ),
        Some(_) => return Err(bad(PROVIDED, "user_provided_id is not a text")),
    };
    Ok(Contents { user_id, tracking, local, provided })
}

fn not_yaml(error: &ReadError) -> Unreadable {
    Unreadable { why: error.kind.to_string(), line: error.line }
}

/// Makes sure that there is a profile with a user id and returns the id: the one that stands there, or a fresh one. Sixty-four
/// at once end with one. Another write of ours is waited for no longer than `patience`.
///
/// # Errors
/// The profile cannot be read or written.
pub fn ensure_user_id(places: &Places, patience: Duration) -> Result<Id, ProfileError> {
    let path = places.profile();
    if let Profile::Present(Contents { user_id: Some(id), .. }) = read(&path) {
        return Ok(id);
    }
    writes::private_folder(places.telemetry())?;
    let fresh = Id::fresh();
    let text = format!("user_id: '{fresh}'\nanonymous_tracking: true\n");
    if writes::create_durable(&path, text.as_bytes(), PRIVATE_FILE)? == Made::Now {
        return Ok(fresh);
    }
    let mut id = None;
    edit(places, patience, |source| {
        if let Profile::Present(Contents { user_id: Some(there), .. }) = parse(source) {
            id = Some(there);
            return Ok(None);
        }
        id = Some(fresh.clone());
        yaml::set(source, USER_ID, &Value::Text(fresh.as_str())).map(Some)
    })?;
    Ok(id.unwrap_or(fresh))
}

/// Makes sure that there is a profile that says `collection: local`, before anything else in it says yes.
///
/// # Errors
/// The profile cannot be read or written.
pub fn ensure_local(places: &Places) -> Result<(), ProfileError> {
    writes::private_folder(places.telemetry())?;
    let text = format!("user_id: '{}'\nanonymous_tracking: true\ncollection: 'local'\n", Id::fresh());
    if writes::create_durable(&places.profile(), text.as_bytes(), PRIVATE_FILE)? == Made::Now {
        return Ok(());
    }
    set_local(places, true)
}

/// Sets `anonymous_tracking`. A profile that is not there is made: with a user id for a yes, without one for a no.
///
/// # Errors
/// The profile cannot be read or written.
pub fn set_tracking(places: &Places, on: bool) -> Result<(), ProfileError> {
    let path = places.profile();
    writes::private_folder(places.telemetry())?;
    if !files::exists(&path)? {
        let id = if on { format!("user_id: '{}'\n", Id::fresh()) } else { String::new() };
        let text = format!("{id}anonymous_tracking: {on}\n");
        if writes::create_durable(&path, text.as_bytes(), PRIVATE_FILE)? == Made::Now {
            return Ok(());
        }
    }
    edit(places, PATIENCE, |source| yaml::set(source, TRACKING, &Value::Bool(on)).map(Some))?;
    if on { ensure_user_id(places, PATIENCE).map(|_| ()) } else { Ok(()) }
}

/// Sets or removes `collection: local`.
///
/// # Errors
/// The profile cannot be read or written.
pub fn set_local(places: &Places, local: bool) -> Result<(), ProfileError> {
    edit(places, PATIENCE, |source| {
        if local {
            yaml::set(source, COLLECTION, &Value::Text("local")).map(Some)
        } else if yaml::fields(source, yaml::LIMIT, &[COLLECTION]).is_ok_and(|fields| fields.scalar(0).is_none()) {
            Ok(None)
        } else {
            yaml::remove(source, COLLECTION).map(Some)
        }
    })
}

/// Replaces the user id of an existing profile by a fresh one and returns old and new.
///
/// # Errors
/// The profile cannot be read or written.
pub fn renew_user_id(places: &Places) -> Result<(Option<Id>, Id), ProfileError> {
    let fresh = Id::fresh();
    let mut old = None;
    edit(places, PATIENCE, |source| {
        if let Profile::Present(contents) = parse(source) {
            old = contents.user_id;
        }
        yaml::set(source, USER_ID, &Value::Text(fresh.as_str())).map(Some)
    })?;
    Ok((old, fresh))
}

/// Keeps or withdraws what the person chose to give.
///
/// # Errors
/// The profile cannot be read or written.
pub fn set_provided(places: &Places, provided: Option<&ProvidedId>) -> Result<(), ProfileError> {
    edit(places, PATIENCE, |source| match provided {
        Some(id) => yaml::set(source, PROVIDED, &Value::Text(id.as_str())).map(Some),
        None if yaml::fields(source, yaml::LIMIT, &[PROVIDED]).is_ok_and(|fields| fields.scalar(0).is_none()) => {
            Ok(None)
        }
        None => yaml::remove(source, PROVIDED).map(Some),
    })
}

/// Reads, changes and replaces the profile under a lock of ours; `None` of `change` leaves it as it is.
fn edit(
    places: &Places,
    patience: Duration,
    change: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>, EditError>,
) -> Result<(), ProfileError> {
    let path = places.profile();
    writes::private_folder(places.telemetry())?;
    let Some(_held) = locks::lock(&places.profile_lock(), patience)? else {
        return Err(ProfileError::Held(path.display().to_string()));
    };
    let source = files::read(&path, yaml::LIMIT)?.unwrap_or_default();
    let changed = change(&source).map_err(|source| ProfileError::Edit { path: path.display().to_string(), source })?;
    match changed {
        Some(bytes) if bytes != source => Ok(writes::write_durable(&path, &bytes, PRIVATE_FILE)?),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracking(text: &str) -> Option<Tracking> {
        match parse(text.as_bytes()) {
            Profile::Present(contents) => Some(contents.tracking),
            Profile::Absent | Profile::Unreadable(_) => None,
        }
    }

    #[test]
    fn only_a_plain_true_is_a_yes() {
        for text in ["true", "True", "TRUE"] {
            assert_eq!(tracking(&format!("anonymous_tracking: {text}\n")), Some(Tracking::True), "{text}");
        }
        for text in ["false", "False", "FALSE"] {
            assert_eq!(tracking(&format!("anonymous_tracking: {text}\n")), Some(Tracking::False(Some(1))), "{text}");
        }
        for text in
            ["yes", "no", "on", "1", "0", "''", "'true'", "\"false\"", "null", "~", "", "[true]", "{a: b}", "1.5"]
        {
            assert_eq!(
                tracking(&format!("# x\nanonymous_tracking: {text}\n")),
                Some(Tracking::Other(Some(2))),
                "{text}"
            );
        }
        assert_eq!(tracking("user_id: abc\n"), Some(Tracking::Missing));
    }

    #[test]
    fn what_is_no_profile_is_unreadable() {
        let deep = format!("a: {}", "[".repeat(50_000));
        for text in [
            "",
            "# only a comment\n",
            "- a\n",
            "text",
            "anonymous_tracking: true\nanonymous_tracking: false\n",
            "a: [",
            "\0\u{1}",
            "user_id: ''\nanonymous_tracking: true\n",
            "user_id: a b\n",
            "user_id: true\n",
            "collection: all\n",
            &deep,
        ] {
            assert!(matches!(parse(text.as_bytes()), Profile::Unreadable(_)), "{text:.40?}");
        }
        assert!(matches!(parse(b"\xff\xfe"), Profile::Unreadable(_)));
    }

    #[test]
    fn piperiders_ids_are_read_as_they_are_written() {
        for (text, id) in [
            (
                "user_id: 468d5a8ff8f0414a9dc8bdc308618363\nanonymous_tracking: true\n",
                "468d5a8ff8f0414a9dc8bdc308618363",
            ),
            ("user_id: 12345678901234567890123456789012\n", "12345678901234567890123456789012"),
            ("user_id: '123456e8901234567890123456789012'\n", "123456e8901234567890123456789012"),
            ("user_id: 00123456789012345678901234567890\n", "00123456789012345678901234567890"),
        ] {
            let Profile::Present(contents) = parse(text.as_bytes()) else { panic!("unreadable: {text}") };
            assert_eq!(contents.user_id.as_ref().map(Id::as_str), Some(id));
        }
    }
}
