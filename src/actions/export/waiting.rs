//! What waits, as it is kept: events line by line, and sealed payloads.
//!
//! The queue moves while it is read: an event goes from the active segment into one that is put aside, from there into a batch, and
//! from there into a receipt. It is read in this order, so that what moves meanwhile may stand twice, under its one id, and never
//! nowhere.
//!
//! Promises: an event at a time. Absent: locks: who reads this for hours holds up nobody.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::actions::export::damaged::All;
use crate::actions::export::document::{Document, ExportError};
use crate::actions::export::sent::Body;
use crate::host::files;
use crate::queue::entry::{Entry, VERSION};
use crate::queue::lines::{Line, Lines};
use crate::queue::look::{self, Piece, State};
use crate::queue::pairs::Stage;
use crate::queue::sealed::{EventRef, Sealed};
use crate::queue::segment::{self, Lane};

#[derive(Serialize)]
struct Waits<'a> {
    file: &'a str,
    event: &'a RawValue,
}

#[derive(Serialize)]
struct Other<'a> {
    file: &'a str,
    line: &'a RawValue,
}

#[derive(Serialize)]
struct Payload<'a> {
    file: &'a str,
    number: u32,
    state: &'static str,
    attempts: u32,
    digest: &'a str,
    parent: Option<&'a str>,
    basis: &'a str,
    oldest_ms: i64,
    project: Option<&'a Path>,
    events: &'a [EventRef],
    method: &'a str,
    address: &'a str,
    headers: &'a [(String, String)],
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Deserialize)]
struct OnlyVersion {
    version: u32,
}

/// Writes what waits in this queue into `document`; `started` is where started events await their completion.
///
/// # Errors
/// The document cannot be written, or a folder not be listed.
pub fn waiting(
    document: &mut Document<'_>,
    queue: &Path,
    started: &Path,
    damaged: &mut All,
) -> Result<(), ExportError> {
    document.list("waiting")?;
    events(document, &queue.join(Lane::Waiting.file()), damaged)?;
    for claimed in [false, true] {
        for one in segment::kept(queue)?.iter().filter(|one| one.claimed == claimed) {
            events(document, &one.events(), damaged)?;
        }
    }
    document.end()?;
    document.list("local")?;
    for path in segment::local(queue)? {
        events(document, &path, damaged)?;
    }
    document.end()?;
    document.list("started")?;
    for name in files::list(started)?.iter().filter(|name| Stage::named(name).is_some()) {
        events(document, &started.join(name), damaged)?;
    }
    document.end()?;
    for list in ["sealed", "progress"] {
        document.list(list)?;
        for batch in segment::kept(queue)?.iter().filter(|one| one.claimed) {
            for name in files::list(&batch.path)?.iter().filter(|name| name.starts_with("to-")) {
                progress(document, &batch.path.join(name), list == "sealed", damaged)?;
            }
        }
        document.end()?;
    }
    Ok(())
}

fn events(document: &mut Document<'_>, path: &Path, damaged: &mut All) -> Result<(), ExportError> {
    let file = path.display().to_string();
    let mut lines = match Lines::open(path) {
        Ok(Some(lines)) => lines,
        Ok(None) => return Ok(()),
        Err(error) => {
            damaged.file(&error);
            return Ok(());
        }
    };
    loop {
        let (number, line) = match lines.advance() {
            Ok(Some(next)) => next,
            Ok(None) => return Ok(()),
            Err(error) => {
                damaged.file(&error);
                return Ok(());
            }
        };
        match line {
            // A started event is a file without a newline.
            Line::Whole(line) | Line::Cut(line) if Entry::parse(line).is_some() => match serde_json::from_slice(line) {
                Ok(event) => document.put("", &Waits { file: &file, event })?,
                Err(_) => damaged.add(path, Some(number), "no event"),
            },
            Line::Whole(line) | Line::Cut(line) => damaged.add(path, Some(number), why_none(line)),
            Line::TooLong => damaged.add(path, Some(number), "longer than any line of ours"),
        }
    }
}

fn why_none(line: &[u8]) -> String {
    match serde_json::from_slice::<OnlyVersion>(line) {
        Ok(OnlyVersion { version }) if version != VERSION => {
            format!("of version {version}, and this program knows version {VERSION}")
        }
        Ok(_) | Err(_) => "no event: cut short, or not ours".to_owned(),
    }
}

/// The payloads of a destination's progress, or what became of them.
fn progress(document: &mut Document<'_>, path: &Path, payloads: bool, damaged: &mut All) -> Result<(), ExportError> {
    let file = path.display().to_string();
    let written = look::progress(path, &mut |piece| -> Result<(), ExportError> {
        match piece {
            Piece::Payload(sealed, state, attempts) if payloads => {
                document.put("", &payload(&file, &sealed, state, attempts))?;
            }
            Piece::Unreadable(number, why) if payloads => damaged.add(path, Some(number), why),
            Piece::Other(line) if !payloads => {
                if let Ok(line) = serde_json::from_slice(line) {
                    document.put("", &Other { file: &file, line })?;
                }
            }
            Piece::Payload(..) | Piece::Unreadable(..) | Piece::Other(_) => {}
        }
        Ok(())
    });
    match written {
        Err(ExportError::File(error)) if payloads => damaged.file(&error),
        Err(ExportError::File(_)) => {}
        Err(error @ ExportError::Out(_)) => return Err(error),
        Ok(()) => {}
    }
    Ok(())
}

/// A payload; the bytes of one that is settled stand in its receipt.
fn payload<'a>(file: &'a str, sealed: &'a Sealed, state: State, attempts: u32) -> Payload<'a> {
    Payload {
        file,
        number: sealed.number,
        state: state.as_str(),
        attempts,
        digest: sealed.digest.as_str(),
        parent: sealed.parent.as_ref().map(crate::payload::digest::Digest::as_str),
        basis: &sealed.basis,
        oldest_ms: sealed.oldest.ms(),
        project: sealed.project.as_deref(),
        events: &sealed.events,
        method: &sealed.request.method,
        address: &sealed.request.address,
        headers: &sealed.request.headers,
        body: Body::of(state.is_open().then_some(sealed.body.as_slice())),
    }
}
