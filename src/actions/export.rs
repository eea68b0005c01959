//! Export: everything that is kept of a person's tools, and what waits, as one document.
//!
//! Version 1 of the document is a map: `version`, `kind` (`"export"`), `at`, `program`, `home`, `no_for_all`, `withdrawn`, `tools`, `unreadable`,
//! `complete`. Each tool is a map of what its files say; what is JSON on disk stands as it is, events and payloads with their exact
//! bytes; `from` says from when what is kept. What is a secret is named under `withheld` with its reason; what cannot be read under
//! `unreadable`, and then `complete` is false.
//!
//! Promises: nothing is written but the document, no lock is taken, no id made, nothing asked of the network or of a manifest; one
//! event or one payload is in memory at a time. Absent: the tool's own data: what its `other_files` hold is theirs.

pub mod damaged;
pub mod document;
pub mod sent;
pub mod waiting;

use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Value as Tree;

use crate::actions::context::Context;
use crate::actions::export::damaged::{All, Damaged};
use crate::actions::export::document::{Document, ExportError};
use crate::actions::kept;
use crate::consent::agreement::{self, Agreement};
use crate::host::files::{self, FileError};
use crate::identity::names::ToolName;
use crate::identity::places::Places;
use crate::identity::profile::{self, Profile, Tracking};
use crate::queue::drop;

/// The version of the document.
pub const VERSION: u32 = 1;
/// Largest file that is taken as a whole, bytes: what the ledger may have.
const LIMIT: usize = 4 * 1024 * 1024;
/// Why the salt is not in the document.
const SALT: &str = "whoever has it can try values against the pseudonyms that were sent; it never leaves the machine";
/// What is ours in a tool's private folder and stands in the document, or is a lock.
const OURS: [&str; 17] = [
    "no",
    "agreement.json",
    "profile.lock",
    "salt",
    "first.json",
    "last-seen",
    "ledger.json",
    "queue",
    "pairs",
    "losses.lock",
    "receipts",
    "deletion",
    "flush.lock",
    "request.lock",
    "backoff",
    "schedule.json",
    "told",
];

#[derive(Serialize)]
struct Marker {
    file: String,
    text: String,
}

#[derive(Serialize)]
struct Ids {
    file: String,
    user_id: Option<String>,
    user_provided_id: Option<String>,
    anonymous_tracking: &'static str,
    local: bool,
}

#[derive(Serialize)]
struct From {
    agreement: Option<String>,
    receipts: Option<String>,
    losses: Option<String>,
}

#[derive(Serialize)]
struct Receipts {
    days: Option<u32>,
    bytes: Option<u64>,
    removed_by_age: u64,
    removed_by_size: u64,
    removed_until: Option<String>,
}

#[derive(Serialize)]
struct Withheld {
    file: String,
    why: &'static str,
}

/// Writes everything that is kept of these tools into `out`, and gives what cannot be read.
///
/// # Errors
/// The document cannot be written.
pub fn export(
    context: &Context,
    tools: &[(ToolName, Places)],
    out: &mut dyn Write,
) -> Result<Vec<Damaged>, ExportError> {
    let (mut document, mut all, mut damaged) = (Document::begin(out)?, Vec::new(), All::default());
    document.put("version", &VERSION)?;
    document.put("kind", "export")?;
    document.put("at", &context.clock.now().rfc3339())?;
    document.put("program", concat!("telemetry ", env!("CARGO_PKG_VERSION")))?;
    document.put("home", &context.paths.home().display().to_string())?;
    document.put("no_for_all", &marker(&context.paths.no_for_all(), &mut damaged))?;
    document.put("withdrawn", &marker(&context.paths.withdrawn(), &mut damaged))?;
    document.list("tools")?;
    for (name, places) in tools {
        document.map("")?;
        let mut damaged = All::default();
        tool(&mut document, name, places, &mut damaged)?;
        document.put("unreadable", damaged.named())?;
        document.end()?;
        all.extend_from_slice(damaged.named());
    }
    document.end()?;
    document.put("unreadable", damaged.named())?;
    all.extend_from_slice(damaged.named());
    document.put("complete", &all.is_empty())?;
    document.finish()?;
    Ok(all)
}

fn tool(document: &mut Document<'_>, name: &ToolName, places: &Places, damaged: &mut All) -> Result<(), ExportError> {
    document.put("tool", name.as_str())?;
    document.put("folder", &places.telemetry().display().to_string())?;
    consent(document, places, damaged)?;
    for (key, path) in [
        ("first", places.first()),
        ("losses", places.losses()),
        ("ledger", places.ledger()),
        ("schedule", places.schedule()),
    ] {
        document.put(key, &json(&path, damaged))?;
    }
    document.list("losses_aside")?;
    for path in drop::asides(&places.losses()).unwrap_or_default() {
        document.put("", &json(&path, damaged))?;
    }
    document.end()?;
    document.put("last_seen", &marker(&places.last_seen(), damaged))?;
    let (backoff, told) = (places.telemetry().join("backoff"), places.telemetry().join("told"));
    for (key, folder) in [("backoff", backoff), ("told", told), ("deletion_requests", places.deletion())] {
        document.list(key)?;
        for path in listed(&folder, damaged).iter().filter(|name| name.ends_with(".json")) {
            document.put("", &Whole { file: path.clone(), content: json(&folder.join(path), damaged) })?;
        }
        document.end()?;
    }
    parts(document, places, damaged)?;
    let salt = files::exists(&places.salt()).unwrap_or(true);
    let withheld = salt.then(|| Withheld { file: places.salt().display().to_string(), why: SALT });
    document.put("withheld", &withheld.into_iter().collect::<Vec<_>>())?;
    let ours = |name: &String| OURS.contains(&name.as_str()) || name.starts_with("losses");
    let others = listed(places.telemetry(), damaged);
    Ok(document.put("other_files", &others.into_iter().filter(|name| !ours(name)).collect::<Vec<_>>())?)
}

/// The long lists: what waits, then what went out. A folder that cannot be listed is named, and the lists end there.
fn parts(document: &mut Document<'_>, places: &Places, damaged: &mut All) -> Result<(), ExportError> {
    let depth = document.depth();
    for part in [Part::Waiting, Part::Receipts] {
        let written = match part {
            Part::Waiting => waiting::waiting(document, &places.queue(), &places.pairs(), damaged),
            Part::Receipts => sent::receipts(document, &places.receipts(), damaged),
        };
        match written {
            Err(ExportError::File(error)) => damaged.file(&error),
            Err(error @ ExportError::Out(_)) => return Err(error),
            Ok(()) => {}
        }
        while document.depth() > depth {
            document.end()?;
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Part {
    Waiting,
    Receipts,
}

/// A file whose content is JSON.
#[derive(Serialize)]
struct Whole {
    file: String,
    content: Tree,
}

/// What was said, agreed to, and under which ids; and from when there is what.
fn consent(document: &mut Document<'_>, places: &Places, damaged: &mut All) -> Result<(), ExportError> {
    document.put("no", &marker(&places.no(), damaged))?;
    document.put("profile", &ids(&places.profile(), damaged))?;
    let agreement = json(&places.agreement(), damaged);
    document.put("agreement", &agreement)?;
    let agreed = files::read(&places.agreement(), agreement::LIMIT).ok().flatten();
    let agreed = agreed.and_then(|bytes| match Agreement::from_bytes(&bytes) {
        Ok(agreement) => Some(agreement.since.rfc3339()),
        Err(why) => {
            damaged.add(&places.agreement(), None, why);
            None
        }
    });
    let kept = match kept::kept(places) {
        Ok(kept) => Some(kept),
        Err(error) => {
            damaged.file(&error);
            None
        }
    };
    let from = From {
        agreement: agreed,
        receipts: kept.as_ref().and_then(|kept| kept.since).map(crate::host::clock::Timestamp::rfc3339),
        losses: drop::losses(&places.losses()).since.map(crate::host::clock::Timestamp::rfc3339),
    };
    document.put("from", &from)?;
    let retention = kept.as_ref().map(|kept| kept.retention.clone());
    if let Some(Err(why)) = &retention {
        damaged.add(&places.retention(), None, why.as_str());
    }
    let retention = retention.and_then(Result::ok);
    let removed = kept.map(|kept| kept.removed).unwrap_or_default();
    let receipts = Receipts {
        days: retention.map(|retention| retention.days()),
        bytes: retention.map(|retention| retention.bytes()),
        removed_by_age: removed.age,
        removed_by_size: removed.size,
        removed_until: removed.newest().map(crate::host::clock::Timestamp::rfc3339),
    };
    document.put("receipts_kept", &receipts)?;
    Ok(document.put("receipts_removed", &json(&places.removed(), damaged))?)
}

/// A small file of text, whose existence is what counts.
fn marker(path: &Path, damaged: &mut All) -> Option<Marker> {
    let file = path.display().to_string();
    match files::read(path, LIMIT) {
        Ok(bytes) => bytes.map(|bytes| Marker { file, text: String::from_utf8_lossy(&bytes).trim_end().to_owned() }),
        Err(error) => {
            damaged.file(&error);
            Some(Marker { file, text: String::new() })
        }
    }
}

fn ids(path: &Path, damaged: &mut All) -> Option<Ids> {
    match profile::read(path) {
        Profile::Absent => None,
        Profile::Unreadable(unreadable) => {
            damaged.add(path, unreadable.line.map(u64::from), unreadable.why);
            None
        }
        Profile::Present(contents) => Some(Ids {
            file: path.display().to_string(),
            user_id: contents.user_id.as_ref().map(ToString::to_string),
            user_provided_id: contents.provided.as_ref().map(|id| id.as_str().to_owned()),
            anonymous_tracking: match contents.tracking {
                Tracking::True => "true",
                Tracking::False(_) => "false",
                Tracking::Other(_) => "something else",
                Tracking::Missing => "missing",
            },
            local: contents.local,
        }),
    }
}

/// A file of JSON, as it stands; null where there is none.
fn json(path: &Path, damaged: &mut All) -> Tree {
    match files::read(path, LIMIT) {
        Ok(None) => Tree::Null,
        Ok(Some(bytes)) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            damaged.add(path, u64::try_from(error.line()).ok(), "no JSON: cut short, or not ours");
            Tree::Null
        }),
        Err(error) => {
            damaged.file(&error);
            Tree::Null
        }
    }
}

fn listed(folder: &Path, damaged: &mut All) -> Vec<String> {
    files::list(folder).unwrap_or_else(|error: FileError| {
        damaged.file(&error);
        Vec::new()
    })
}
