//! The receipts of an export, as they are kept, each checked.
//!
//! Promises: a receipt at a time; the digest is the one that `log --verify` checks. Absent: bodies that stand in the document
//! already: a later attempt says `again`.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::actions::export::damaged::All;
use crate::actions::export::document::{Document, ExportError};
use crate::destination::receipts::{Check, Kind, Receipt, files_of};
use crate::payload::digest::Digest;
use crate::queue::lines::{Line, Lines};

#[derive(Serialize)]
struct Row<'a> {
    at: String,
    what: &'static str,
    destination: &'a str,
    method: &'a str,
    address: &'a str,
    headers: &'a [(String, String)],
    events: u64,
    outcome: &'a str,
    status: Option<u16>,
    answer: &'a str,
    maybe_twice: bool,
    again: bool,
    digest: &'a str,
    parent: Option<&'a str>,
    check: &'static str,
    #[serde(flatten)]
    body: Body<'a>,
}

/// A body: as text where it is UTF-8.
#[derive(Serialize)]
pub struct Body<'a> {
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body64: Option<String>,
}

impl<'a> Body<'a> {
    /// These bytes, or none.
    #[must_use]
    pub fn of(bytes: Option<&'a [u8]>) -> Self {
        let body = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let body64 = if body.is_none() { bytes.map(|bytes| STANDARD.encode(bytes)) } else { None };
        Self { body, body64 }
    }
}

/// Writes the receipts in this folder into `document`.
///
/// # Errors
/// The document cannot be written, or the folder not be listed.
pub fn receipts(document: &mut Document<'_>, folder: &Path, damaged: &mut All) -> Result<(), ExportError> {
    document.list("receipts")?;
    for (_, path) in files_of(folder)? {
        let mut lines = match Lines::open(&path) {
            Ok(Some(lines)) => lines,
            Ok(None) => continue,
            Err(error) => {
                damaged.file(&error);
                continue;
            }
        };
        // What was found of the bytes of this file, by digest, for the attempts that share them.
        let mut checks = HashMap::new();
        loop {
            let (number, line) = match lines.advance() {
                Ok(Some(next)) => next,
                Ok(None) => break,
                Err(error) => {
                    damaged.file(&error);
                    break;
                }
            };
            let receipt = match line {
                Line::Whole(line) | Line::Cut(line) => Receipt::from_line(line),
                Line::TooLong => None,
            };
            match receipt {
                Some(receipt) => {
                    let check = check(&receipt, &mut checks);
                    if check == Check::Mismatch {
                        damaged.add(&path, Some(number), "its bytes do not have its digest");
                    }
                    document.put("", &row(&receipt, check))?;
                }
                None => damaged.add(&path, Some(number), "no receipt of version 1"),
            }
        }
    }
    Ok(document.end()?)
}

fn check(receipt: &Receipt, checks: &mut HashMap<Digest, Check>) -> Check {
    let check = match receipt.check() {
        Check::Mismatch if receipt.again => checks.get(&receipt.digest).copied().unwrap_or(Check::Mismatch),
        check => check,
    };
    checks.entry(receipt.digest.clone()).or_insert(check);
    check
}

fn row(receipt: &Receipt, check: Check) -> Row<'_> {
    Row {
        at: receipt.at.rfc3339(),
        what: match receipt.kind {
            Kind::Events => "events",
            Kind::Deletion => "deletion",
        },
        destination: &receipt.destination,
        method: &receipt.method,
        address: &receipt.address,
        headers: &receipt.headers,
        events: receipt.events,
        outcome: &receipt.outcome,
        status: receipt.status,
        answer: &receipt.answer,
        maybe_twice: receipt.maybe_twice,
        again: receipt.again,
        digest: receipt.digest.as_str(),
        parent: receipt.parent.as_ref().map(Digest::as_str),
        check: check.as_str(),
        body: Body::of(receipt.body.as_deref()),
    }
}
