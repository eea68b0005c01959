//! `telemetry flush [TOOL]`: sends what waits.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::deletion::Deleting;
use crate::actions::flush::{self, FlushError};
use crate::actions::summary::{Options, Sent, Summary};
use crate::actions::{forget, preview, status};
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::{Session, native};
use crate::host::detached;
use crate::queue::limits::{DETACHED_LIFE, FLUSH};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool; may be left out when TELEMETRY_TOOL names it
    pub tool: Option<String>,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Try destinations again that are in trouble or asked to be left alone
    #[arg(long)]
    pub now: bool,
    /// Longest for all of it, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = FLUSH.as_secs(), value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub budget: u64,
    /// Apart from whoever starts it, and silent: what `track` starts when the manifest's schedule says so
    #[arg(long, conflicts_with_all = ["dry_run", "json"])]
    pub detached: bool,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Document {
    tool: String,
    off: Option<&'static str>,
    why_off: Option<String>,
    destinations: Vec<Destination>,
    dropped: Vec<Dropped>,
    waiting: u64,
    out_of_time: bool,
    set_aside: Vec<SetAside>,
    deletion_requests_open: usize,
}

#[derive(Serialize)]
struct SetAside {
    path: String,
    why: String,
}

#[derive(Serialize)]
struct Destination {
    name: String,
    address: String,
    payloads: u64,
    events: u64,
    acknowledged: u64,
    refused: u64,
    held: u64,
    why_held: Option<String>,
    trouble: Option<String>,
    not_before: Option<String>,
}

#[derive(Serialize)]
struct Dropped {
    why: &'static str,
    events: u64,
}

/// Runs it.
///
/// # Errors
/// The tool is unknown, another flush is at work, or the disk fails.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let tool = native(session.tool_or_variable(arguments.tool.as_deref())?)?;
    if arguments.dry_run {
        return dry_run(session, &tool, arguments.json);
    }
    let (start, budget) = (Instant::now(), Duration::from_secs(arguments.budget));
    if arguments.detached {
        return Ok(apart(session, tool, Options { budget, anyway: arguments.now }));
    }
    let summary = flush::flush(&session.context, &tool, Options { budget, anyway: arguments.now })?;
    let requests = forget::deliver_open(&session.context, &tool, budget.saturating_sub(start.elapsed()))?;
    let open = requests.iter().filter(|request| Deleting::is_open(request)).count();
    let document = document(&tool, &summary, open);
    if arguments.json {
        json::print(&session.ui, "flushed", &document)?;
    } else {
        show(session, &document)?;
    }
    Ok(exit(&summary, open))
}

/// Flushes as a process of its own. Nobody hears what came of it: receipts and back-offs are on disk. Deletion requests are carried by
/// who is asked to, not by this.
fn apart(session: &Session, tool: Tool, options: Options) -> Exit {
    if detached::leave().is_err() {
        return Exit::Failed;
    }
    let context = session.context.clone();
    // Who ends first ends the process; a flush may be ended anywhere.
    match within(DETACHED_LIFE, move || flush::flush(&context, &tool, options)) {
        Some(Ok(_)) => Exit::Done,
        Some(Err(FlushError::Busy(_))) | None => Exit::NotNow,
        Some(Err(FlushError::File(_) | FlushError::Profile(_))) => Exit::Failed,
    }
}

/// What comes of some work, unless it takes longer than `life`.
fn within<T: Send + 'static>(life: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, wait) = mpsc::channel();
    thread::spawn(move || done.send(work()));
    wait.recv_timeout(life).ok()
}

/// Off is nothing to do; trouble with some is partly done, with all it is not now.
fn exit(summary: &Summary, open: usize) -> Exit {
    let refused = summary.destinations.iter().any(|sent| sent.refused > 0);
    let trouble = summary.destinations.iter().any(|sent| sent.trouble.is_some());
    let sent = summary.destinations.iter().any(|sent| sent.events > 0);
    if !summary.set_aside.is_empty() {
        return Exit::Partly;
    }
    match (trouble || summary.out_of_time || open > 0, sent || refused) {
        (true, false) => Exit::NotNow,
        (true, true) => Exit::Partly,
        (false, _) if refused => Exit::Partly,
        (false, _) => Exit::Done,
    }
}

fn document(tool: &Tool, summary: &Summary, open: usize) -> Document {
    let destination = |sent: &Sent| Destination {
        name: sent.name.to_string(),
        address: sent.address.clone(),
        payloads: sent.payloads,
        events: sent.events,
        acknowledged: sent.acknowledged,
        refused: sent.refused,
        held: sent.held.as_ref().map_or(0, |(_, number)| *number),
        why_held: sent.held.as_ref().map(|(reason, _)| reason.sentence()),
        trouble: sent.trouble.as_ref().map(|(why, _)| why.clone()),
        not_before: sent.trouble.as_ref().map(|(_, at)| at.rfc3339()),
    };
    Document {
        tool: tool.manifest.tool.to_string(),
        off: summary.off.as_ref().map(crate::consent::reason::Reason::code),
        why_off: summary.off.as_ref().map(crate::consent::reason::Reason::sentence),
        destinations: summary.destinations.iter().map(destination).collect(),
        dropped: dropped(summary),
        waiting: summary.waiting,
        out_of_time: summary.out_of_time,
        set_aside: summary
            .set_aside
            .iter()
            .map(|(path, why)| SetAside { path: path.display().to_string(), why: why.clone() })
            .collect(),
        deletion_requests_open: open,
    }
}

fn dropped(summary: &Summary) -> Vec<Dropped> {
    let mut sums = std::collections::BTreeMap::new();
    for (loss, number) in summary.dropped.iter().filter(|(_, number)| *number > 0) {
        let sum = sums.entry(*loss).or_insert(0_u64);
        *sum = sum.saturating_add(*number);
    }
    sums.into_iter().map(|(loss, events)| Dropped { why: loss.words(), events }).collect()
}

fn show(session: &Session, document: &Document) -> anyhow::Result<()> {
    let ui = &session.ui;
    if let Some(why) = &document.why_off {
        ui.data(&format!("{} is off, nothing was sent: {why}", document.tool))?;
    }
    for destination in &document.destinations {
        let mut line = format!(
            "{}: {} event{} in {} payload{} delivered",
            destination.name,
            destination.events,
            plural(destination.events),
            destination.payloads,
            plural(destination.payloads)
        );
        if destination.acknowledged > 0 {
            line.push_str(&format!(", {} of them acknowledged", destination.acknowledged));
        }
        if destination.refused > 0 {
            line.push_str(&format!(", {} refused for good (see telemetry log)", destination.refused));
        }
        if let Some(why) = &destination.why_held {
            line.push_str(&format!(", {} held: {why}", destination.held));
        }
        if let (Some(trouble), Some(not_before)) = (&destination.trouble, &destination.not_before) {
            line.push_str(&format!("; in trouble: {trouble}, not before {not_before}"));
        }
        ui.data(&crate::cli::ui::clean(&line))?;
    }
    for dropped in &document.dropped {
        ui.data(&format!("dropped: {} ({})", dropped.events, dropped.why))?;
    }
    for aside in &document.set_aside {
        ui.warn(&crate::cli::ui::clean(&format!("set aside: {}", aside.why)));
    }
    if document.out_of_time {
        ui.talk("The time was up before the work was done; the next flush goes on.");
    }
    if document.deletion_requests_open > 0 {
        ui.talk(&format!(
            "{} deletion request(s) still open: telemetry forget {} --status",
            document.deletion_requests_open, document.tool
        ));
    }
    if document.waiting > 0 {
        ui.data(&format!("waiting: {}", document.waiting))?;
    }
    if document.destinations.is_empty() && document.why_off.is_none() && document.waiting == 0 {
        ui.talk("Nothing waits.");
    }
    Ok(())
}

const fn plural(number: u64) -> &'static str {
    if number == 1 { "" } else { "s" }
}

#[derive(Serialize)]
struct DryRun {
    tool: String,
    state: &'static str,
    waiting: u64,
    next: Vec<Next>,
}

#[derive(Serialize)]
struct Next {
    destination: String,
    address: String,
    which: &'static str,
    #[serde(skip)]
    why: Option<String>,
    events: usize,
    digest: String,
}

fn dry_run(session: &Session, tool: &Tool, as_json: bool) -> anyhow::Result<Exit> {
    let decision = status::decision(&session.context, tool);
    let mut next = Vec::new();
    for destination in &tool.manifest.destinations {
        let shown = preview::preview(&session.context, tool, destination)?;
        if shown.which != preview::Which::Example {
            let digest = shown.digest.to_string();
            next.push(Next {
                destination: shown.destination,
                address: shown.request.address,
                which: shown.which.as_str(),
                why: match &shown.which {
                    preview::Which::Withheld(reason) => Some(reason.sentence()),
                    _ => None,
                },
                events: shown.events,
                digest,
            });
        }
    }
    let waiting = flush::waiting(tool)?;
    let state = crate::cli::commands::words::state(&decision);
    if as_json {
        json::print(
            &session.ui,
            "flush-dry-run",
            &DryRun { tool: tool.manifest.tool.to_string(), state, waiting, next },
        )?;
        return Ok(Exit::Done);
    }
    session.ui.data(&format!(
        "{} is {state}; {waiting} event{} wait{}",
        tool.manifest.tool,
        plural(waiting),
        if waiting == 1 { "s" } else { "" }
    ))?;
    for one in next {
        let events = u64::try_from(one.events).unwrap_or(0);
        session.ui.data(&format!(
            "{}: first {} event{} to {} ({}, {})",
            one.destination,
            events,
            plural(events),
            one.address,
            one.why.map_or_else(|| one.which.to_owned(), |why| format!("{}: {why}", one.which)),
            one.digest
        ))?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_never_ends_is_left() {
        let (keep, wait) = mpsc::channel::<()>();
        assert_eq!(within(Duration::from_millis(5), move || wait.recv().is_ok()), None);
        drop(keep);
        assert_eq!(within(DETACHED_LIFE, || 7), Some(7));
    }
}
