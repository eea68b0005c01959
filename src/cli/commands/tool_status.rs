//! One tool in `telemetry status TOOL`: ids, decision, queue, destinations, last receipt.

use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::deletion;
use crate::actions::status::{self, Status};
use crate::cli::commands::started::{Open, started_words};
use crate::cli::commands::words::{Collected, place, state, why};
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::consent::answer::{Answer, Place, Says};
use crate::consent::decide::Decision;
use crate::consent::reason::Reason;
use crate::destination::receipts::Receipt;
use crate::host::clock::Timestamp;
use crate::manifest::destinations::Address;
use crate::queue::schedule::Next;

/// What is wanted of it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Every source.
    pub explain: bool,
    /// The exit code says whether it is on.
    pub exit_code: bool,
    /// A JSON document.
    pub json: bool,
}

#[derive(Serialize)]
struct Document {
    tool: String,
    state: &'static str,
    reason: Option<&'static str>,
    why: String,
    change: Option<String>,
    consent: &'static str,
    collected_for: Vec<Collected>,
    agreed: Option<Agreed>,
    beyond_agreement: Vec<String>,
    user_id: Option<String>,
    provided_id: Option<String>,
    project: Option<Project>,
    profile: String,
    queue: Queue,
    started: Vec<Open>,
    destinations: Vec<Destination>,
    last_receipt: Option<ReceiptRow>,
    deletion_requests: Vec<Deletion>,
    unreadable: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<Source>>,
}

#[derive(Serialize)]
struct Agreed {
    how: &'static str,
    since: String,
}

#[derive(Serialize)]
struct Project {
    config: String,
    id: Option<String>,
}

#[derive(Serialize)]
struct Queue {
    folder: String,
    waiting: u64,
    local: u64,
    lost_since: Option<String>,
    lost: Vec<Lost>,
    next_flush: &'static str,
    not_before: Option<String>,
}

#[derive(Serialize)]
struct Lost {
    why: &'static str,
    events: u64,
}

#[derive(Serialize)]
struct Destination {
    name: String,
    address: String,
    state: &'static str,
    reason: Option<&'static str>,
    why: String,
    waiting: u64,
    trouble: Option<Trouble>,
    last_receipt: Option<ReceiptRow>,
}

#[derive(Serialize)]
struct Trouble {
    why: String,
    attempts: u32,
    not_before: String,
}

#[derive(Serialize)]
struct ReceiptRow {
    at: String,
    outcome: String,
    events: u64,
    digest: String,
}

#[derive(Serialize)]
struct Deletion {
    request_id: String,
    created: String,
    states: Vec<&'static str>,
}

#[derive(Serialize)]
struct Source {
    source: &'static str,
    says: &'static str,
    reason: Option<&'static str>,
    sentence: Option<String>,
    place: String,
    wins: bool,
}

/// Shows one tool.
///
/// # Errors
/// Its files cannot be read.
pub fn show_tool(session: &Session, tool: &Tool, wanted: Wanted) -> anyhow::Result<Exit> {
    let status = status::status(&session.context, tool)?;
    let document = document(tool, &status, wanted.explain);
    if wanted.json {
        json::print(&session.ui, "tool-status", &document)?;
    } else {
        show(session, &document, &status)?;
    }
    let off = wanted.exit_code && !status.decision.is_yes();
    Ok(if off { Exit::NotNow } else { Exit::Done })
}

fn document(tool: &Tool, status: &Status, explain: bool) -> Document {
    let decision = &status.decision;
    Document {
        tool: tool.manifest.tool.to_string(),
        state: state(decision),
        reason: decision.reason().map(crate::consent::reason::Reason::code),
        why: why(decision, tool),
        change: decision.reason().map(|reason| reason.change(&tool.manifest.tool)),
        consent: tool.manifest.consent.as_str(),
        collected_for: Collected::of(tool.manifest.collected(|_| true)),
        agreed: status.agreed.map(|(how, since)| Agreed { how: how.as_str(), since: since.rfc3339() }),
        beyond_agreement: status.beyond.clone(),
        user_id: status.ids.user.as_ref().map(ToString::to_string),
        provided_id: status.ids.provided.as_ref().map(|id| id.as_str().to_owned()),
        project: status.ids.project.as_ref().map(|(config, id)| Project {
            config: config.display().to_string(),
            id: id.as_ref().map(ToString::to_string),
        }),
        profile: status.ids.profile.display().to_string(),
        queue: Queue {
            folder: status.queue.folder.display().to_string(),
            waiting: status.queue.waiting,
            local: status.queue.local,
            lost_since: status.queue.losses.since.map(Timestamp::rfc3339),
            lost: status
                .queue
                .losses
                .counts
                .iter()
                .map(|(loss, events)| Lost { why: loss.words(), events: *events })
                .collect(),
            next_flush: next_flush(status.queue.next),
            not_before: not_before(status.queue.next).map(Timestamp::rfc3339),
        },
        started: status.started.iter().map(Open::of).collect(),
        destinations: status.destinations.iter().map(|reach| destination(tool, reach)).collect(),
        last_receipt: status.last_receipt.as_ref().map(receipt_row),
        deletion_requests: status.deletions.iter().map(deletion_row).collect(),
        unreadable: status.unreadable.clone(),
        sources: explain.then(|| sources(decision)),
    }
}

/// When what waits is flushed without anybody asking.
const fn next_flush(next: Option<Next>) -> &'static str {
    match next {
        None => "by-hand",
        Some(Next::Unknown) => "scheduled-by-the-next-event",
        Some(Next::NotBefore(_)) => "with-an-event",
        Some(Next::Newer) => "unreadable",
    }
}

const fn not_before(next: Option<Next>) -> Option<Timestamp> {
    match next {
        Some(Next::NotBefore(at)) => Some(at),
        Some(Next::Unknown | Next::Newer) | None => None,
    }
}

fn next_flush_words(next: Option<Next>) -> String {
    match next {
        None => "by hand or by a timer only".to_owned(),
        Some(Next::Unknown) => "is scheduled when an event is recorded".to_owned(),
        Some(Next::NotBefore(at)) => format!("with the first event after {}", at.minute()),
        Some(Next::Newer) => "by hand only: its schedule is unreadable, or a newer version's".to_owned(),
    }
}

fn destination(tool: &Tool, reach: &status::Reach) -> Destination {
    Destination {
        name: reach.destination.name.to_string(),
        address: reach.destination.address.shown(),
        state: state(&reach.decision),
        reason: reach.decision.reason().map(crate::consent::reason::Reason::code),
        why: why(&reach.decision, tool),
        waiting: reach.waiting,
        trouble: reach.trouble.as_ref().map(|trouble| Trouble {
            why: trouble.why().to_owned(),
            attempts: trouble.attempts(),
            not_before: trouble.not_before().rfc3339(),
        }),
        last_receipt: reach.last_receipt.as_ref().map(receipt_row),
    }
}

fn receipt_row(receipt: &Receipt) -> ReceiptRow {
    ReceiptRow {
        at: receipt.at.rfc3339(),
        outcome: receipt.outcome.clone(),
        events: receipt.events,
        digest: receipt.digest.to_string(),
    }
}

fn deletion_row(deleting: &deletion::Deleting) -> Deletion {
    Deletion {
        request_id: deleting.request_id.clone(),
        created: Timestamp::from_ms(deleting.created_ms).rfc3339(),
        states: deleting.orders.iter().map(|order| order.state.as_str()).collect(),
    }
}

fn sources(decision: &Decision) -> Vec<Source> {
    let winner = decision.deciding().map(|answer| answer.source);
    let yes = decision.answers().iter().find(|answer| answer.says == Says::Yes).map(|answer| answer.source);
    let wins = winner.or(yes);
    decision.answers().iter().map(|answer| source(answer, wins == Some(answer.source))).collect()
}

fn source(answer: &Answer, wins: bool) -> Source {
    let (says, reason) = match &answer.says {
        Says::No(reason) => ("no", Some(reason)),
        Says::NoOpinion => ("-", None),
        Says::Yes => ("yes", None),
    };
    Source {
        source: answer.source.code(),
        says,
        reason: reason.map(crate::consent::reason::Reason::code),
        sentence: reason.map(crate::consent::reason::Reason::sentence),
        place: place(answer.place.as_ref()),
        wins,
    }
}

fn show(session: &Session, document: &Document, status: &Status) -> anyhow::Result<()> {
    let ui = &session.ui;
    let file = status.decision.deciding().and_then(|answer| match &answer.place {
        Some(Place::File(..)) => Some(format!(" ({})", ui.short(&clean(&place(answer.place.as_ref()))))),
        Some(Place::Variable(_)) | None => None,
    });
    let why = format!("{}{}", document.why, file.unwrap_or_default());
    ui.data(&format!("{}: {}, {why}", ui.bold(&document.tool), ui.bold(document.state)))?;
    if let Some(change) = &document.change {
        ui.data(&format!("to change that: {}", session.command(change)))?;
    }
    let mut pairs = vec![("consent", consent_words(document, status))];
    pairs.extend(document.collected_for.iter().map(|collected| ("collected for", collected.line())));
    pairs.push(("user id", document.user_id.clone().unwrap_or_else(|| "none yet".to_owned())));
    pairs.extend(document.provided_id.clone().map(|id| ("you gave", id)));
    pairs.push(("profile", document.profile.clone()));
    if let Some(project) = &document.project {
        let id = project.id.clone().unwrap_or_else(|| "no id: it does not take part".to_owned());
        pairs.push(("project", format!("{id}  ({})", project.config)));
    }
    pairs.push(("waiting", waiting_words(document)));
    pairs.extend(started_words(&status.started).into_iter().map(|words| ("started", words)));
    if status.decision.is_yes() {
        pairs.push(("next flush", next_flush_words(status.queue.next)));
    }
    let since = status.queue.losses.since.map(|since| format!(", since {}", since.minute())).unwrap_or_default();
    let lost = document.queue.lost.iter();
    pairs.extend(lost.map(|lost| ("lost", format!("{}: {}{since}", lost.events, lost.why))));
    pairs.extend(document.beyond_agreement.iter().map(|what| ("withheld", format!("{what}: not agreed to yet"))));
    pairs.extend(held(status).into_iter().map(|why| ("withheld", why)));
    pairs.extend(troubles(status).into_iter().map(|trouble| ("trouble", trouble)));
    for request in &status.deletions {
        let states: Vec<&str> = request.orders.iter().map(|order| order.state.as_str()).collect();
        let created = Timestamp::from_ms(request.created_ms).minute();
        pairs.push(("deletion", format!("{} of {created}: {}", request.request_id, states.join(", "))));
    }
    pairs.extend(document.unreadable.iter().map(|path| ("unreadable", path.clone())));
    ui.data(&ui.pairs(&pairs))?;
    if !document.destinations.is_empty() {
        ui.data("")?;
        ui.data(&ui.table(&["DESTINATION", "ADDRESS", "STATE", "WAITING", "LAST RECEIPT"], destinations(status)))?;
        let online = status.destinations.iter().any(|reach| matches!(reach.destination.address, Address::Http { .. }));
        if status.decision.is_yes() && online {
            ui.talk("Whoever receives events also sees the IP address they come from.");
        }
    }
    if let Some(sources) = &document.sources {
        ui.data("")?;
        ui.data(&ui.table(&["SOURCE", "SAYS", "WHY", "WHERE"], sources.iter().map(explained).collect()))?;
    }
    Ok(())
}

fn consent_words(document: &Document, status: &Status) -> String {
    match status.agreed {
        Some((how, since)) => format!("{}; {} on {}", document.consent, how.as_str(), since.minute()),
        None => format!("{}; nobody was asked yet", document.consent),
    }
}

fn waiting_words(document: &Document) -> String {
    let Queue { waiting, local, .. } = &document.queue;
    let local = if *local > 0 { format!(", and {local} that are kept here and never sent") } else { String::new() };
    format!("{waiting} event{}{local}", if *waiting == 1 { "" } else { "s" })
}

fn destinations(status: &Status) -> Vec<Vec<String>> {
    let row = |reach: &status::Reach| {
        let on = state(&reach.decision);
        let state = if on == "on" && reach.trouble.is_some() { "trouble" } else { on };
        let last = reach.last_receipt.as_ref();
        let last = last.map_or_else(|| "-".to_owned(), |last| format!("{} {}", last.outcome, last.at.minute()));
        let (name, address) = (reach.destination.name.to_string(), reach.destination.address.shown());
        vec![name, address, state.to_owned(), reach.waiting.to_string(), last]
    };
    status.destinations.iter().map(row).collect()
}

/// Why nothing goes to one destination where the tool is on; what was not agreed to is told beside this.
fn held(status: &Status) -> Vec<String> {
    let held = |reach: &status::Reach| {
        let reason = reach.decision.reason().filter(|reason| !matches!(reason, Reason::AgreementDestination(_)))?;
        Some(format!("destination {}: {}", reach.destination.name, reason.sentence()))
    };
    if status.decision.is_yes() { status.destinations.iter().filter_map(held).collect() } else { Vec::new() }
}

fn troubles(status: &Status) -> Vec<String> {
    let trouble = |reach: &status::Reach| {
        let trouble = reach.trouble.as_ref()?;
        Some(format!("{}: {}; not before {}", reach.destination.name, trouble.why(), trouble.not_before().minute()))
    };
    status.destinations.iter().filter_map(trouble).collect()
}

fn explained(source: &Source) -> Vec<String> {
    let says = if source.wins { format!("{} *", source.says) } else { source.says.to_owned() };
    let why = source.sentence.clone().unwrap_or_default();
    vec![source.source.to_owned(), says, why, source.place.clone()]
}
