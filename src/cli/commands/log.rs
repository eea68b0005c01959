//! `telemetry log [TOOL]`: the receipts of what was sent.

use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::list;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::{Session, tool_name};
use crate::destination::receipts::{self, Check, Receipt};
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
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Document {
    receipts: Vec<Row>,
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
}

/// Runs it.
///
/// # Errors
/// The tool is unknown, or receipts cannot be read.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let tools = kept(session, arguments.tool.as_deref())?;
    let most = if arguments.verify { usize::MAX } else { arguments.most };
    let (mut receipts, mut unreadable) = (Vec::new(), 0_u64);
    for (name, places) in &tools {
        let log = receipts::read(&places.receipts(), most)?;
        unreadable = unreadable.saturating_add(log.unreadable);
        receipts.extend(log.receipts.into_iter().map(|receipt| (name.to_string(), receipt)));
    }
    receipts.sort_by_key(|(_, receipt)| receipt.at);
    let verified = arguments.verify.then(|| verify(&receipts));
    let skip = receipts.len().saturating_sub(arguments.most);
    let rows: Vec<Row> = receipts.iter().skip(skip).map(|(tool, receipt)| row(tool, receipt, &arguments)).collect();
    let bad = unreadable > 0 || verified.as_ref().is_some_and(|verified| verified.mismatched > 0);
    let unreadable_lines = unreadable;
    let document = Document { receipts: rows, unreadable, verified };
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

/// The tools whose receipts are wanted. Receipts are read without a manifest: it may be gone, or broken.
fn kept(session: &Session, name: Option<&str>) -> anyhow::Result<Vec<(ToolName, Places)>> {
    let at = |name: ToolName| {
        let places = Places::of(&session.context.paths, &name);
        (name, places)
    };
    match name {
        Some(name) => match (tool_name(name).map(at), session.tool(Some(name))) {
            (Ok(kept), Err(_)) if list::is_used(&kept.1) => Ok(vec![kept]),
            (_, found) => Ok(vec![at(found?.manifest.tool)]),
        },
        None => {
            let speaking = list::speaking(&session.context)?.into_iter().map(|listed| at(listed.name));
            Ok(speaking.chain(list::orphans(&session.context)?).collect())
        }
    }
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
    let check = match receipt.check() {
        Check::Verified => "verified",
        Check::Mismatch => "mismatch",
        Check::Forgotten => "forgotten",
    };
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
        check: arguments.verify.then_some(check),
        body: if arguments.bodies {
            receipt.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned())
        } else {
            None
        },
    }
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
        if let Some(parent) = &row.parent {
            ui.data(&format!("  split from {parent}"))?;
        }
        if let Some(body) = &row.body {
            ui.data(crate::cli::ui::clean(body).trim_end())?;
        }
    }
    if let Some(verified) = &document.verified {
        ui.data(&format!(
            "{} verified, {} mismatched, {} forgotten, {} unreadable",
            verified.verified, verified.mismatched, verified.forgotten, document.unreadable
        ))?;
    }
    Ok(())
}
