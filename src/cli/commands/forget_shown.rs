//! What `forget` prints: the document, and requests with what became of them.
//!
//! Promises: one form for all tools. Absent: asking for deletion (`forget`, `foreign_forget`).

use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::deletion::{self, Deleting, State};
use crate::actions::foreign::renewal;
use crate::cli::commands::orders::{self, Order};
use crate::cli::commands::pointed::is_family;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::host::clock::Timestamp;

#[derive(Serialize)]
pub(super) struct Document {
    pub(super) tools: Vec<Row>,
}

#[derive(Serialize)]
pub(super) struct Row {
    pub(super) tool: String,
    pub(super) dry_run: bool,
    pub(super) ids: Vec<Named>,
    pub(super) destinations: Vec<String>,
    pub(super) waiting: u64,
    pub(super) requests: Vec<Request>,
    pub(super) unreadable: Option<String>,
    pub(super) project: Option<String>,
    pub(super) order: Option<String>,
    /// What changes in the files of somebody else's tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) foreign: Option<Changes>,
}

#[derive(Serialize)]
pub(super) struct Named {
    pub(super) kind: String,
    pub(super) id: String,
}

#[derive(Serialize)]
pub(super) struct Request {
    request_id: String,
    created: String,
    purged: u64,
    /// Files in which its ids are still to be changed.
    still_in: Vec<String>,
    pub(super) orders: Vec<Order>,
}

/// What changes in the files of somebody else's tool.
#[derive(Serialize)]
pub(super) struct Changes {
    pub(super) state: &'static str,
    pub(super) files: Vec<File>,
    pub(super) renewed: Vec<Renewed>,
    pub(super) left: Vec<LeftId>,
    pub(super) old: Vec<OldId>,
    pub(super) overrides: Vec<String>,
    pub(super) undo_copies_removed: usize,
}

#[derive(Serialize)]
pub(super) struct File {
    pub(super) file: String,
    pub(super) diff: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Renewed {
    pub(super) name: String,
    pub(super) old: String,
    pub(super) new: Option<String>,
    pub(super) file: String,
    pub(super) how: &'static str,
    pub(super) advice: Option<String>,
}

#[derive(Serialize)]
pub(super) struct LeftId {
    pub(super) name: String,
    pub(super) file: Option<String>,
    pub(super) why: String,
    pub(super) advice: Option<String>,
}

#[derive(Serialize)]
pub(super) struct OldId {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) files: Vec<String>,
}

/// An id that stays, as a document.
pub(super) fn left(left: &renewal::Left) -> LeftId {
    LeftId {
        name: left.name.clone(),
        file: left.file.as_ref().map(|file| file.display().to_string()),
        why: left.why.clone(),
        advice: left.advice.clone(),
    }
}

/// What stays, and where.
pub(super) fn which(left: &renewal::Left) -> String {
    let file = left.file.as_ref().map(|file| format!(" in {}", file.display())).unwrap_or_default();
    format!("{}{file}", left.name)
}

pub(super) fn request(tool: &Tool, deleting: &Deleting) -> Request {
    Request {
        request_id: deleting.request_id.clone(),
        created: Timestamp::from_ms(deleting.created_ms).rfc3339(),
        purged: deleting.purged,
        still_in: still_in(deleting),
        orders: deleting.orders.iter().map(|asked| orders::order(tool, deleting, asked)).collect(),
    }
}

pub(super) fn verbatim(session: &Session, what: &str, text: &str) -> anyhow::Result<()> {
    session.ui.data(&format!("\n{what}:"))?;
    Ok(session.ui.data(clean(text).trim_end())?)
}

fn still_in(deleting: &Deleting) -> Vec<String> {
    let mut all = deleting.files.clone();
    for one in &deleting.stays {
        if !all.contains(&one.file) {
            all.push(one.file.clone());
        }
    }
    all
}

/// The end of what is only shown.
pub(super) fn nothing_done(request: &Deleting) -> &'static str {
    match request.orders.is_empty() {
        true => "\nNothing was done.",
        false => "\nNothing was done. Asked for in earnest, the request has an id and a time of its own.",
    }
}

/// What requests leave to be done: what is asked for, then what only a person can take out.
pub(super) fn exit<'d>(mut requests: impl Iterator<Item = &'d Deleting> + Clone) -> Exit {
    if requests.clone().any(is_open) {
        Exit::NotNow
    } else if requests.any(|request| !request.stays.is_empty()) {
        Exit::Partly
    } else {
        Exit::Done
    }
}

pub(super) fn is_open(deleting: &Deleting) -> bool {
    let asked = deleting.orders.iter().any(|order| matches!(order.state, State::Requested | State::ByHand));
    asked || !deleting.files.is_empty()
}

pub(super) fn show_requests(session: &Session, tool: &Tool, requests: &[Deleting]) -> anyhow::Result<()> {
    let ui = &session.ui;
    if requests.is_empty() {
        ui.talk(&format!("No deletion was asked for {} yet.", tool.manifest.tool));
    }
    for deleting in requests {
        let created = Timestamp::from_ms(deleting.created_ms).minute();
        let (name, id, purged) = (&tool.manifest.tool, &deleting.request_id, deleting.purged);
        ui.data(&format!("{name}: request {id} of {created}; {purged} waiting event(s) dropped"))?;
        still(session, tool, deleting)?;
        let row = |order: &deletion::Asked| {
            let last = order.last_ms.map_or_else(|| "-".to_owned(), |ms| Timestamp::from_ms(ms).minute());
            let answer = order.answer.clone().unwrap_or_default();
            let by = order.destination.as_ref().map_or_else(|| order.method.clone(), |to| format!("event to {to}"));
            vec![by, order.address.clone(), order.state.as_str().to_owned(), last, answer]
        };
        let rows: Vec<_> = deleting.orders.iter().map(row).collect();
        if rows.is_empty() {
            let none = if deleting.ids.is_empty() { "no id was sent" } else { "the manifest declares no way" };
            ui.data(&format!("  nobody to ask: {none}; what was here is gone"))?;
        } else {
            ui.data(&ui.table(&["BY", "WHERE", "STATE", "LAST TRIED", "ANSWER"], rows))?;
        }
        if deleting.orders.iter().any(|order| order.state == State::ByHand) {
            ui.data("")?;
            ui.data(&clean(deleting.order().letter().trim_end()))?;
            let command = session.command(&format!("telemetry forget {} --status --sent", tool.manifest.tool));
            ui.talk(&format!("When you have sent it: {command}"));
        }
    }
    Ok(())
}

/// Files that a kill left with ids, and that nobody came to since; and those from which only a person can take them.
fn still(session: &Session, tool: &Tool, deleting: &Deleting) -> anyhow::Result<()> {
    let files = &deleting.files;
    for file in files {
        session.ui.data(&clean(&format!("  still to be done: its ids in {file}")))?;
    }
    for one in &deleting.stays {
        let named = deleting.ids.iter().find(|named| named.id == one.id);
        let title = named.map_or_else(|| "id".to_owned(), |named| named.title());
        session
            .ui
            .data(&clean(&format!("  still there: {title} {} in {}, to be taken out by hand", one.id, one.file)))?;
    }
    if !files.is_empty() || !deleting.stays.is_empty() {
        let name = &tool.manifest.tool;
        let family = is_family(tool) || tool.given.component.is_some();
        let go_on = if family { " PATH, with what is named above" } else { ", in the project of what is named above" };
        session.ui.talk(&format!("To go on: telemetry forget {name}{go_on}"));
    }
    Ok(())
}
