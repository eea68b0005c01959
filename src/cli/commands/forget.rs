//! `telemetry forget TOOL`: asks for deletion of what was sent, and starts anew.

use std::path::PathBuf;

use clap::{ArgMatches, Args, FromArgMatches};

use crate::actions::context::Tool;
use crate::actions::deletion::Deleting;
use crate::actions::forget::{self, Plan};
use crate::actions::{deletion, list};
use crate::cli::commands::components_forget;
use crate::cli::commands::foreign_forget::{self, Asked};
use crate::cli::commands::foreign_payload;
use crate::cli::commands::forget_shown::{self, Document, Named, Row, request, show_requests, verbatim};
use crate::cli::commands::orders;
use crate::cli::commands::pointed::{self, PointedArguments, is_family};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::prompt::{self, Reply};
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::identity::project::{self, Project};
use crate::queue::limits::FLUSH;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool
    #[arg(required_unless_present_any = ["all", "status"])]
    pub tool: Option<String>,
    /// Of a family of programs such as snowplow: their files, what starts them, a state of Terraform's, or folders of these
    #[arg(value_name = "PATH", conflicts_with_all = ["all", "status", "project"])]
    pub paths: Vec<PathBuf>,
    /// What PATH is, where that cannot be told from what stands in it
    #[arg(long, value_name = "NAME", requires = "paths")]
    pub component: Option<String>,
    /// Of a family of programs: what no file tells, such as account-id=123456789012, from which an id of theirs follows; may be repeated
    #[arg(long, value_name = "NAME=VALUE", requires = "paths", value_parser = foreign_payload::told)]
    pub given: Vec<(String, String)>,
    /// All tools that were used here
    #[arg(long, conflicts_with_all = ["tool", "project"])]
    pub all: bool,
    /// Follow up requests that were made before, and deliver what is open
    #[arg(long, conflicts_with_all = ["dry_run", "project"])]
    pub status: bool,
    /// With --status: you sent the mail or filled in the form
    #[arg(long, requires = "status")]
    pub sent: bool,
    /// Give the project here a new id as well; it is shared with everybody who works on it
    #[arg(long)]
    pub project: bool,
    /// Of somebody else's tool: take the ids out of reports of earlier runs as well, where that can be done
    #[arg(long, requires = "tool", conflicts_with = "status")]
    pub reports: bool,
    /// Of somebody else's tool: ask its server on this machine for its id, such as http://127.0.0.1:5080
    #[arg(long, value_name = "ADDRESS", requires = "tool", conflicts_with = "status")]
    pub url: Option<String>,
    /// Keep ids and bodies in the receipts when the request is final
    #[arg(long)]
    pub keep_evidence: bool,
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Answer the question with yes
    #[arg(long, short)]
    pub yes: bool,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
///
/// # Errors
/// The tool is unknown, nobody said yes, or a step failed.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let tools = tools(session, &arguments)?;
    if arguments.status {
        return follow(session, &tools, &arguments);
    }
    if let [tool] = tools.as_slice()
        && (is_family(tool) || !arguments.paths.is_empty())
    {
        let Arguments { keep_evidence, dry_run, yes, json, .. } = arguments;
        let pointed = PointedArguments { paths: arguments.paths, component: arguments.component };
        let mut parts = pointed::all_parts(session, tool, &pointed, "forget")?;
        let all: Vec<&Tool> = parts.tools.iter().collect();
        foreign_payload::taken(&all, &arguments.given, "forget")?;
        // An id follows from it only where it is declared to.
        parts.tools.iter_mut().for_each(|tool| tool.given.told.clone_from(&arguments.given));
        let asked = components_forget::Asked { keep_evidence, dry_run, yes, json };
        return components_forget::run(session, &parts, &asked);
    }
    if let Some(tool) = tools.iter().find(|tool| !tool.manifest.is_native()) {
        let asked = Asked {
            project: arguments.project,
            reports: arguments.reports,
            keep_evidence: arguments.keep_evidence,
            url: arguments.url,
            dry_run: arguments.dry_run,
            yes: arguments.yes,
            json: arguments.json,
        };
        return foreign_forget::run(session, tool, &asked);
    }
    if tools.is_empty() && !arguments.json {
        session.ui.talk("No tool with a valid manifest was used here yet, so there is nothing to forget.");
        return Ok(Exit::Done);
    }
    let mut plans = Vec::new();
    for tool in &tools {
        plans.push(forget::plan(&session.context, tool, arguments.keep_evidence)?);
    }
    let rows: Vec<Row> = tools.iter().zip(&plans).map(|(tool, plan)| planned(tool, plan)).collect();
    if arguments.dry_run {
        if arguments.json {
            json::print(&session.ui, "forget", &Document { tools: rows })?;
        } else {
            for row in &rows {
                show_plan(session, row)?;
                orders::show(session, row.requests.iter().flat_map(|request| &request.orders))?;
            }
            let asks = plans.iter().find(|plan| !plan.ids.is_empty()).or(plans.first());
            asks.iter().for_each(|plan| session.ui.talk(forget_shown::nothing_done(&plan.request)));
        }
        return Ok(Exit::Done);
    }
    if !arguments.json {
        rows.iter().try_for_each(|row| show_plan(session, row))?;
    }
    let names: Vec<String> = tools.iter().map(|tool| tool.manifest.tool.to_string()).collect();
    match prompt::confirm(&session.ui, arguments.yes, &format!("Forget {}?", names.join(", "))) {
        Reply::Yes => {}
        Reply::No => return Err(Failure::new(Exit::Failed, "nothing was changed").into()),
        Reply::Nobody => {
            let whom = if arguments.all { "--all" } else { names.first().map_or("TOOL", String::as_str) };
            let hint = format!("telemetry forget {whom} --yes");
            return Err(Failure::new(Exit::Failed, "nobody could be asked, so nothing was changed").hint(hint).into());
        }
    }
    let mut done = Vec::new();
    for (tool, plan) in tools.iter().zip(plans) {
        done.push((tool, forget::forget(&session.context, tool, plan)?));
        if arguments.project {
            renew_project(session, tool)?;
        }
    }
    tell(session, &done, arguments.json)
}

fn tools(session: &Session, arguments: &Arguments) -> anyhow::Result<Vec<Tool>> {
    match &arguments.tool {
        Some(name) => Ok(vec![session.tool(Some(name))?]),
        None => {
            let mut tools = Vec::new();
            for listed in list::list(&session.context)? {
                let foreign = listed.tool.as_ref().is_ok_and(|tool| !tool.manifest.is_native());
                if foreign && arguments.status {
                    tools.extend(listed.tool.ok().filter(foreign_forget::has_requests));
                    continue;
                }
                if !listed.used {
                    continue;
                }
                match listed.tool {
                    Ok(tool) if tool.manifest.is_native() => tools.push(tool),
                    // Their files are changed for one at a time.
                    Ok(_) => {}
                    Err(error) => session.ui.warn(&clean(&format!("{} is left out: {error}", listed.name))),
                }
            }
            Ok(tools)
        }
    }
}

fn planned(tool: &Tool, plan: &Plan) -> Row {
    Row {
        tool: tool.manifest.tool.to_string(),
        dry_run: true,
        ids: plan.ids.iter().map(|named| Named { kind: named.kind.clone(), id: named.id.clone() }).collect(),
        destinations: plan.destinations.clone(),
        waiting: plan.waiting,
        requests: vec![request(tool, &plan.request)],
        unreadable: plan.unreadable.clone(),
        project: plan.project.as_ref().map(|path| path.display().to_string()),
        order: String::from_utf8(plan.request.order().body()).ok(),
        foreign: None,
    }
}

fn show_plan(session: &Session, row: &Row) -> anyhow::Result<()> {
    let ui = &session.ui;
    ui.data(&format!("{}: what is to be asked for and done", ui.bold(&row.tool)))?;
    let mut pairs: Vec<(&str, String)> =
        row.ids.iter().map(|named| ("asked for", format!("deletion of {} id {}", named.kind, named.id))).collect();
    let unknown = |why: &String| ("not known", format!("some ids: the file that holds them cannot be read: {why}"));
    pairs.extend(row.unreadable.as_ref().map(unknown));
    if row.ids.is_empty() && row.unreadable.is_none() {
        pairs.push(("asked for", "nothing: there is no id here, and none was sent".to_owned()));
    }
    pairs.extend(row.destinations.iter().map(|address| ("was sent to", address.clone())));
    let orders = row.requests.iter().flat_map(|request| &request.orders);
    let mut asked: Vec<(&str, String)> = orders.map(|order| ("is asked", order.whom())).collect();
    if asked.is_empty() {
        let why =
            if row.ids.is_empty() { "there is nothing to ask for" } else { "the manifest declares no way to ask" };
        asked.push(("is asked", format!("nobody: {why}")));
    }
    pairs.extend(asked);
    pairs.push((
        "dropped",
        format!(
            "{} event{} that wait{}",
            row.waiting,
            if row.waiting == 1 { "" } else { "s" },
            if row.waiting == 1 { "s" } else { "" }
        ),
    ));
    pairs.push(("renewed", "user id and salt; first and last seen start anew".to_owned()));
    pairs.push(("kept", "your no: the tool stays off until telemetry enable".to_owned()));
    pairs.extend(
        row.project
            .clone()
            .map(|path| ("project", format!("{path} keeps its id, which is shared; --project gives it a new one"))),
    );
    let orders = || row.requests.iter().flat_map(|request| &request.orders);
    let plain = row.ids.is_empty() || orders().all(|order| order.destination.is_some());
    ui.data(&ui.pairs(&pairs))?;
    // Not among the pairs: those are folded, and these are what goes out.
    if let Some(order) = row.order.as_ref().filter(|_| !plain) {
        verbatim(session, "the order", order)?;
    }
    for order in orders().filter(|order| order.destination.is_some()) {
        if let Some(text) = order.body.clone().or_else(|| order.decoded.as_ref().map(ToString::to_string)) {
            verbatim(session, "the event", &text)?;
        }
    }
    Ok(())
}

fn renew_project(session: &Session, tool: &Tool) -> anyhow::Result<()> {
    let facts = crate::actions::gather::facts(
        &session.context,
        &tool.manifest,
        &tool.places,
        &crate::actions::gather::Where::Here,
    );
    let Some((found, project::Word::Id(_))) = facts.project else { return Ok(()) };
    let found: Project = found;
    let id = crate::identity::ids::Id::fresh();
    let change = project::plan(&found, Some(&id))?;
    project::apply(&found, &change)?;
    session.ui.talk(&format!("The project's id is {id} now ({}).", found.config().display()));
    Ok(())
}

fn tell(session: &Session, done: &[(&Tool, Vec<Deleting>)], as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        let row = |(tool, requests): &(&Tool, Vec<Deleting>)| Row {
            tool: tool.manifest.tool.to_string(),
            dry_run: false,
            ids: requests
                .iter()
                .flat_map(|request| &request.ids)
                .map(|named| Named { kind: named.kind.clone(), id: named.id.clone() })
                .collect(),
            destinations: requests.iter().flat_map(|request| request.destinations.clone()).collect(),
            waiting: 0,
            requests: requests.iter().map(|one| request(tool, one)).collect(),
            unreadable: None,
            project: None,
            order: None,
            foreign: None,
        };
        json::print(&session.ui, "forget", &Document { tools: done.iter().map(row).collect() })?;
    } else {
        for (tool, requests) in done {
            show_requests(session, tool, requests)?;
        }
    }
    Ok(forget_shown::exit(done.iter().flat_map(|(_, requests)| requests)))
}

fn follow(session: &Session, tools: &[Tool], arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut done = Vec::new();
    for tool in tools {
        if arguments.sent {
            forget::sent_by_hand(&session.context, tool)?;
        }
        let requests = match tool.manifest.is_native() {
            true => forget::deliver_open(&session.context, tool, FLUSH)?,
            false => foreign_forget::follow(session, tool)?,
        };
        for path in deletion::all(tool)?.1 {
            session.ui.warn(&format!("not readable as a deletion request, left as it is: {}", clean(&path)));
        }
        done.push((tool, requests));
    }
    tell(session, &done, arguments.json)
}
