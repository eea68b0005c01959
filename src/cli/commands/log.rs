//! `telemetry log [TOOL]`: the receipts of what was sent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::kept::{self, Kept};
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::{Session, kept_tools};
use crate::destination::receipts::{self, Check, Receipt};
use crate::destination::retention::Retention;
use crate::host::clock::Timestamp;
use crate::identity::names::ToolName;
use crate::identity::places::Places;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool; without it, all tools
    pub tool: Option<String>,
    /// Recompute every digest over the bytes that are kept
    #[arg(long)]
    pub verify: bool,
    /// Show at most so many, the newest
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 20)]
    pub most: usize,
    /// Print the bodies as well
    #[arg(long)]
    pub bodies: bool,
    /// Keep receipts of the tool for so long, such as 30d; `default` is 90d. The next flush lets go of older ones
    #[arg(long, value_name = "DAYS", requires = "tool", value_parser = days, conflicts_with_all = ["verify", "bodies"])]
    pub keep: Option<Wish>,
    /// Keep receipts of the tool up to this size, such as 5MB; `default` is 20MB. The next flush lets go of older ones
    #[arg(long, value_name = "SIZE", requires = "tool", value_parser = size, conflicts_with_all = ["verify", "bodies"])]
    pub keep_size: Option<Wish>,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

/// What is wished of a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// What holds without a word.
    Default,
    /// So much.
    Most(u64),
}

/// Most characters of an answer in a line; `--json` has all that is kept.
const MOST_SAID: usize = 200;
/// Most days: a century.
const MOST_DAYS: u64 = 36_500;
/// Units of a size, decimal as in `20 MB`.
const UNITS: [(&str, u64); 4] = [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("", 1)];

fn days(text: &str) -> Result<Wish, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    match number.parse() {
        _ if text == "default" => Ok(Wish::Default),
        Ok(days @ 1..=MOST_DAYS) => Ok(Wish::Most(days)),
        Ok(_) | Err(_) => Err(format!("days, such as 30d, from 1d to {MOST_DAYS}d, or default")),
    }
}

fn size(text: &str) -> Result<Wish, String> {
    let sizes = UNITS.iter().filter_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, bytes)));
    let bytes = sizes.filter_map(|(number, unit)| number.parse::<u64>().ok()?.checked_mul(*unit)).next();
    match bytes {
        _ if text == "default" => Ok(Wish::Default),
        Some(bytes) => Ok(Wish::Most(bytes)),
        None => Err("a size, such as 500kB, 5MB or 1GB, or default".to_owned()),
    }
}

#[derive(Serialize)]
struct Document {
    receipts: Vec<Row>,
    kept: Vec<KeptRow>,
    unreadable: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<Verified>,
}

#[derive(Serialize)]
struct Verified {
    verified: usize,
    mismatched: usize,
    forgotten: usize,
}

#[derive(Serialize)]
struct KeptRow {
    tool: String,
    days: Option<u32>,
    bytes: Option<u64>,
    since: Option<String>,
    removed: u64,
    removed_by_age: u64,
    removed_by_size: u64,
    removed_until: Option<String>,
    unreadable: Option<String>,
}

#[derive(Serialize)]
struct Row {
    tool: String,
    at: String,
    what: &'static str,
    destination: String,
    method: String,
    address: String,
    events: u64,
    outcome: String,
    status: Option<u16>,
    answer: String,
    maybe_twice: bool,
    digest: String,
    parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The body, where it is no text: packed bodies are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

/// Runs it.
///
/// # Errors
/// The tool is unknown, or receipts cannot be read.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let tools = kept_tools(session, arguments.tool.as_deref())?;
    if arguments.keep.is_some() || arguments.keep_size.is_some() {
        return say(session, &tools, &arguments);
    }
    let most = if arguments.verify { usize::MAX } else { arguments.most };
    let (mut receipts, mut unreadable, mut rows) = (Vec::new(), 0_u64, Vec::new());
    for (name, places) in &tools {
        let kept = kept::kept(places)?;
        if kept::is_any(&kept) || arguments.tool.is_some() {
            rows.push(kept_row(name, &kept));
        }
        let log = receipts::read(&places.receipts(), most)?;
        unreadable = unreadable.saturating_add(log.unreadable);
        receipts.extend(log.receipts.into_iter().map(|receipt| (name.to_string(), receipt)));
    }
    receipts.sort_by_key(|(_, receipt)| receipt.at);
    let verified = arguments.verify.then(|| verify(&receipts));
    let skip = receipts.len().saturating_sub(arguments.most);
    let kept = rows;
    let rows: Vec<Row> = receipts.iter().skip(skip).map(|(tool, receipt)| row(tool, receipt, &arguments)).collect();
    let bad = unreadable > 0 || verified.as_ref().is_some_and(|verified| verified.mismatched > 0);
    let unreadable_lines = unreadable;
    let document = Document { receipts: rows, kept, unreadable, verified };
    if arguments.json {
        json::print(&session.ui, "log", &document)?;
    } else {
        if receipts.is_empty() && unreadable_lines == 0 && arguments.most > 0 {
            session.ui.talk("Nothing was sent yet, so there are no receipts.");
        }
        show(session, &document)?;
    }
    Ok(if bad && arguments.verify { Exit::Failed } else { Exit::Done })
}

/// Keeps the user's word about one tool, and says what holds now.
fn say(session: &Session, tools: &[(ToolName, Places)], arguments: &Arguments) -> anyhow::Result<Exit> {
    let most = |wish: Wish| match wish {
        Wish::Default => None,
        Wish::Most(most) => Some(most),
    };
    let days = arguments.keep.map(|wish| most(wish).and_then(|days| u32::try_from(days).ok()));
    for (name, places) in tools {
        kept::say(places, days, arguments.keep_size.map(most))?;
        let row = kept_row(name, &kept::kept(places)?);
        if arguments.json {
            json::print(&session.ui, "kept", &row)?;
        } else {
            session.ui.data(&kept_words(&row))?;
            session.ui.talk(&format!(
                "What is over that goes with the next flush. To see what there is: telemetry log {name}"
            ));
        }
    }
    Ok(Exit::Done)
}

fn kept_row(name: &ToolName, kept: &Kept) -> KeptRow {
    let said = kept.retention.as_ref();
    KeptRow {
        tool: name.to_string(),
        days: said.ok().map(Retention::days),
        bytes: said.ok().map(Retention::bytes),
        since: kept.since.map(Timestamp::rfc3339),
        removed: kept.removed.age.saturating_add(kept.removed.size),
        removed_by_age: kept.removed.age,
        removed_by_size: kept.removed.size,
        removed_until: kept.removed.newest().map(Timestamp::rfc3339),
        unreadable: said.err().cloned(),
    }
}

fn kept_words(row: &KeptRow) -> String {
    let bounds = match (row.days, row.bytes, &row.unreadable) {
        (Some(days), Some(bytes), None) => {
            let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
            format!("receipts are kept for {days} and up to {}", bytes_words(bytes))
        }
        (_, _, why) => format!("all receipts are kept: {}", why.as_deref().unwrap_or("nothing was said")),
    };
    let since = row.since.as_ref().map_or_else(|| "there are none yet".to_owned(), |since| format!("from {since} on"));
    let removed = match &row.removed_until {
        Some(until) => {
            let (all, age, size) = (row.removed, row.removed_by_age, row.removed_by_size);
            format!("; {all} went, up to {until}: {age} too old, {size} too many")
        }
        None => String::new(),
    };
    format!("{}: {bounds}, {since}{removed}", row.tool)
}

fn bytes_words(bytes: u64) -> String {
    let whole = UNITS.iter().rev().filter(|(_, unit)| *unit > 1 && bytes >= *unit && bytes.is_multiple_of(*unit));
    whole
        .max_by_key(|(_, unit)| *unit)
        .map_or_else(|| format!("{bytes} bytes"), |(name, unit)| format!("{} {name}", bytes / unit))
}

fn verify(receipts: &[(String, Receipt)]) -> Verified {
    let count = |wanted: Check| receipts.iter().filter(|(_, receipt)| receipt.check() == wanted).count();
    Verified {
        verified: count(Check::Verified),
        mismatched: count(Check::Mismatch),
        forgotten: count(Check::Forgotten),
    }
}

fn row(tool: &str, receipt: &Receipt, arguments: &Arguments) -> Row {
    let body = receipt.body.as_deref().filter(|_| arguments.bodies);
    let text = body.and_then(|body| std::str::from_utf8(body).ok());
    Row {
        tool: tool.to_owned(),
        at: receipt.at.rfc3339(),
        what: match receipt.kind {
            receipts::Kind::Events => "events",
            receipts::Kind::Deletion => "deletion",
        },
        destination: receipt.destination.clone(),
        method: receipt.method.clone(),
        address: receipt.address.clone(),
        events: receipt.events,
        outcome: receipt.outcome.clone(),
        status: receipt.status,
        answer: receipt.answer.clone(),
        maybe_twice: receipt.maybe_twice,
        digest: receipt.digest.to_string(),
        parent: receipt.parent.as_ref().map(ToString::to_string),
        check: arguments.verify.then(|| receipt.check().as_str()),
        body_base64: body.filter(|_| text.is_none()).map(|body| STANDARD.encode(body)),
        body: text.map(str::to_owned),
    }
}

/// The beginning of what a server said, in one line: which events it refused, and why, stands nowhere else.
fn said(row: &Row) -> Option<String> {
    row.status?;
    let words: Vec<&str> = row.answer.split_whitespace().collect();
    let line = words.join(" ");
    let rest = if line.chars().count() > MOST_SAID { "…" } else { "" };
    let said: String = line.chars().take(MOST_SAID).collect();
    (!line.is_empty()).then(|| crate::cli::ui::clean(&format!("{said}{rest}")))
}

fn show(session: &Session, document: &Document) -> anyhow::Result<()> {
    let ui = &session.ui;
    for row in &document.receipts {
        let status = row.status.map(|status| format!(" ({status})")).unwrap_or_default();
        let twice = if row.maybe_twice { ", may have arrived twice" } else { "" };
        let check = row.check.map(|check| format!(", {check}")).unwrap_or_default();
        let events = if row.what == "deletion" {
            "a deletion order".to_owned()
        } else {
            format!("{} event{}", row.events, if row.events == 1 { "" } else { "s" })
        };
        ui.data(&crate::cli::ui::clean(&format!("{}  {}  {}{status}{twice}{check}", row.at, row.tool, row.outcome)))?;
        ui.data(&crate::cli::ui::clean(&format!("  {events} to {}", row.address)))?;
        ui.data(&format!("  {}", row.digest))?;
        if let Some(said) = said(row) {
            ui.data(&format!("  it said: {said}"))?;
        }
        if let Some(parent) = &row.parent {
            ui.data(&format!("  split from {parent}"))?;
        }
        if let Some(body) = &row.body {
            ui.data(crate::cli::ui::clean(body).trim_end())?;
        }
        if let Some(body) = &row.body_base64 {
            ui.data(&format!("(not text; base64) {body}"))?;
        }
    }
    if let Some(verified) = &document.verified {
        ui.data(&format!(
            "{} verified, {} mismatched, {} forgotten, {} unreadable",
            verified.verified, verified.mismatched, verified.forgotten, document.unreadable
        ))?;
    }
    for kept in &document.kept {
        ui.talk(&kept_words(kept));
    }
    Ok(())
}
