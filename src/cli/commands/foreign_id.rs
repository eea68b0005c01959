//! `telemetry id TOOL` for somebody else's program: every id, where it is, what it hides and what it derives from.
//!
//! Promises: looking makes no id and asks nobody, but the server that a person names. Absent: ids of native tools (`id`).

use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::foreign::forget_ids;
use crate::actions::foreign::ids::{self, FoundId, Ids, Is};
use crate::actions::foreign::look::{Looked, look};
use crate::cli::commands::pointed::{component, named};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::manifest::foreign::ids::IdSource;
use crate::manifest::versions::Version;

/// A server that was asked, or not.
pub(super) struct Server {
    #[cfg(feature = "http")]
    answers: Option<crate::actions::foreign::server::Answers>,
}

impl Server {
    /// Asks the server at `url`, where one is named.
    ///
    /// # Errors
    /// It is none of this machine, or the tool has none.
    pub(super) fn ask(tool: &Tool, url: Option<&str>) -> anyhow::Result<Self> {
        let refuse = |why: String| Failure::new(Exit::Usage, why);
        let asks = tool.manifest.foreign.as_ref().is_some_and(|foreign| foreign.ids.iter().any(is_asked));
        match url {
            Some(_) if !asks => {
                Err(refuse(format!("{} has no server that is asked for an id", tool.manifest.tool)).into())
            }
            #[cfg(feature = "http")]
            Some(url) => {
                let foreign = tool.manifest.foreign.clone().unwrap_or_default();
                let answers = crate::actions::foreign::server::ask(&foreign, url)
                    .map_err(|trouble| refuse(format!("--url: {trouble}")))?;
                Ok(Self { answers: Some(answers) })
            }
            #[cfg(not(feature = "http"))]
            Some(_) => Err(refuse("this telemetry is built without the network".to_owned()).into()),
            None => Ok(Self {
                #[cfg(feature = "http")]
                answers: None,
            }),
        }
    }

    /// The version that it says it is.
    pub(super) fn version(&self, tool: &Tool) -> Option<Version> {
        let foreign = tool.manifest.foreign.as_ref()?;
        #[cfg(feature = "http")]
        let version = self.answers.as_ref().and_then(|answers| answers.version(foreign));
        #[cfg(not(feature = "http"))]
        let version = Some(foreign).and(None);
        version
    }

    /// What it answered.
    ///
    /// # Errors
    /// Nothing, in words.
    pub(super) fn at(&self, path: &str, key: &[String]) -> Result<Option<String>, String> {
        #[cfg(feature = "http")]
        if let Some(answers) = &self.answers {
            return answers.at(path, key);
        }
        Err(format!("nobody was asked for {path} ({})", key.join(".")))
    }
}

fn is_asked(id: &crate::manifest::foreign::ids::ForeignId) -> bool {
    matches!(id.source, IdSource::Answer { .. })
}

/// The ids of a tool as a document.
#[derive(Serialize)]
pub(super) struct Document {
    tool: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    named: Vec<String>,
    tool_version: Option<String>,
    project: Option<String>,
    ids: Vec<Id>,
    old: Vec<Old>,
    reports: Vec<Earlier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    renewed: Option<Vec<Renewed>>,
}

#[derive(Serialize)]
struct Id {
    name: String,
    id: Option<String>,
    /// Why it is not known, where it is not.
    unknown: Option<String>,
    file: Option<String>,
    key: Option<String>,
    line: Option<u32>,
    derives_from: Option<String>,
    can_be_guessed: bool,
    shared: bool,
    made: Option<String>,
    made_says: Option<&'static str>,
    when_removed: Option<String>,
    advice: Option<String>,
}

#[derive(Serialize)]
struct Old {
    name: String,
    id: String,
    files: Vec<String>,
}

#[derive(Serialize)]
struct Earlier {
    files: String,
    number: usize,
    more: bool,
    unreadable: usize,
    says: Option<String>,
}

#[derive(Serialize)]
struct Renewed {
    name: String,
    old: String,
    new: Option<String>,
    file: String,
}

/// Shows the ids of a tool, after renewing them where that is asked for.
///
/// # Errors
/// The files cannot be changed, or the server is none of this machine.
pub(super) fn run(
    session: &Session,
    tool: &Tool,
    renew: bool,
    url: Option<&str>,
    as_json: bool,
) -> anyhow::Result<Exit> {
    let server = Server::ask(tool, url)?;
    let renewed = match renew {
        false => None,
        true => Some(renewed(session, tool)?),
    };
    let Some((looked, ids)) = read(session, tool, &server, url.is_some()) else {
        return Err(Failure::new(Exit::Failed, format!("no id of {} is known", tool.manifest.tool)).into());
    };
    let document = Document { renewed, ..document(tool, &looked, &ids) };
    if as_json {
        json::print(&session.ui, "foreign-id", &document)?;
        return Ok(Exit::Done);
    }
    show(session, &document)?;
    Ok(Exit::Done)
}

fn renewed(session: &Session, tool: &Tool) -> anyhow::Result<Vec<Renewed>> {
    let renewal = forget_ids::renew_own(&session.context, tool)?;
    for left in &renewal.left {
        session.ui.talk(&format!("The {} stays: {}", left.name, left.why));
        left.advice.iter().for_each(|advice| session.ui.talk(&format!("  {advice}")));
    }
    for one in &renewal.renewed {
        let what = one.new.as_ref().map_or_else(|| "is gone".to_owned(), |new| format!("is {new} now"));
        session.ui.talk(&format!("The {} {what} ({}).", one.name, one.file.display()));
    }
    if renewal.renewed.is_empty() {
        session.ui.talk("No id was renewed.");
    }
    let one = |one: crate::actions::foreign::renewal::Renewed| Renewed {
        name: one.name,
        old: one.old,
        new: one.new,
        file: one.file.display().to_string(),
    };
    Ok(renewal.renewed.into_iter().map(one).collect())
}

fn read(session: &Session, tool: &Tool, server: &Server, asked: bool) -> Option<(Looked, Ids)> {
    let looked = look(&session.context, tool, server.version(tool).as_ref())?;
    let at = |path: &str, key: &[String]| server.at(path, key);
    let ids = ids::read(&session.context, &looked, asked.then_some(&at));
    Some((looked, ids))
}

/// The ids of a component.
pub(super) fn of_part(session: &Session, tool: &Tool) -> Option<Document> {
    let looked = look(&session.context, tool, None)?;
    let ids = ids::read(&session.context, &looked, None);
    Some(document(tool, &looked, &ids))
}

/// The ids of a tool that is here; `None` where nothing of it is.
pub(super) fn here(session: &Session, tool: &Tool) -> Option<Document> {
    let looked = look(&session.context, tool, None).filter(Looked::is_here)?;
    let ids = ids::read(&session.context, &looked, None);
    Some(document(tool, &looked, &ids))
}

fn document(tool: &Tool, looked: &Looked, ids: &Ids) -> Document {
    let shown = |path: &std::path::Path| path.display().to_string();
    let old = |old: &ids::OldId| Old {
        name: old.name.clone(),
        id: old.id.clone(),
        files: old.files.iter().map(|file| shown(file)).collect(),
    };
    let report = |traced: &crate::actions::foreign::traces::Traced| Earlier {
        files: traced.trace.files.clone(),
        number: traced.files.len(),
        more: traced.more,
        unreadable: traced.unreadable.len(),
        says: traced.trace.says.clone(),
    };
    let mut reports: Vec<Earlier> = Vec::new();
    for traced in ids.traces.iter().filter(|traced| !traced.files.is_empty()) {
        // Several ids stand in one file.
        if reports.iter().all(|one| one.files != traced.trace.files) {
            reports.push(report(traced));
        }
    }
    Document {
        tool: tool.manifest.tool.to_string(),
        component: component(tool),
        named: named(tool),
        tool_version: looked.installed.version.as_ref().map(ToString::to_string),
        project: looked.project.as_deref().map(shown),
        ids: ids.ids.iter().map(id).collect(),
        old: ids.old.iter().map(old).collect(),
        reports,
        renewed: None,
    }
}

fn id(found: &FoundId) -> Id {
    let declared = &found.declared;
    let key = match &declared.source {
        IdSource::Key { key, .. } | IdSource::Answer { key, .. } => Some(key.join(".")),
        IdSource::Row { table, column, .. } => Some(format!("{table}.{column}")),
        IdSource::Items { key, .. } => Some(key.join(".")),
        IdSource::Given { .. }
        | IdSource::Started(_)
        | IdSource::Of { .. }
        | IdSource::Template(_)
        | IdSource::GitRemote { .. } => None,
    };
    let unknown = match &found.is {
        Is::Known(_) | Is::None => None,
        Is::NotAsked => Some("the running server tells it: --url http://127.0.0.1:PORT".to_owned()),
        Is::Unknown(why) => Some(why.clone()),
    };
    Id {
        name: declared.name.clone(),
        id: found.is.known().map(str::to_owned),
        unknown,
        file: found.file.as_ref().map(|file| file.display().to_string()),
        key,
        line: found.line,
        derives_from: found.from.clone(),
        can_be_guessed: found.guessable,
        shared: declared.shared,
        made: found.hidden.map(|hidden| hidden.at.rfc3339()),
        made_says: found.hidden.map(|hidden| hidden.kind.name()),
        when_removed: declared.removed.clone(),
        advice: declared.advice.clone(),
    }
}

/// Each id, whole in its line, with its place and what has to be known of it below.
pub(super) fn show(session: &Session, document: &Document) -> anyhow::Result<()> {
    let ui = &session.ui;
    // Of a component there are many places for one id: those where none stands say nothing.
    let stands = |id: &&Id| document.component.is_none() || id.id.is_some() || id.unknown.is_some();
    let ids = document.ids.iter().filter(stands);
    let told: Vec<(&str, String)> = ids.map(|id| (id.name.as_str(), told(id).join("\n"))).collect();
    ui.data(&if told.is_empty() { "no id stands in it".to_owned() } else { ui.pairs(&told) })?;
    if !document.old.is_empty() {
        let name = |old: &Old| format!("old {}", old.name);
        let names: Vec<String> = document.old.iter().map(name).collect();
        let old = |old: &Old| format!("{}\nin {}", old.id, of(&old.files));
        let old: Vec<(&str, String)> = names.iter().map(String::as_str).zip(document.old.iter().map(old)).collect();
        ui.data("")?;
        ui.data(&ui.pairs(&old))?;
    }
    for report in &document.reports {
        let more = if report.more { " or more" } else { "" };
        let says = report.says.as_deref().map(|says| format!(": {says}")).unwrap_or_default();
        ui.talk(&format!("{}{more} of {}{says}", report.number, report.files));
    }
    Ok(())
}

fn told(id: &Id) -> Vec<String> {
    let Some(is) = &id.id else {
        return match &id.unknown {
            Some(why) => vec![format!("not known: {why}")],
            None => vec!["none".to_owned()],
        };
    };
    let mut told = vec![is.clone()];
    told.extend(id.file.as_ref().map(|file| match (id.line, &id.key) {
        (Some(line), Some(key)) => format!("in {file}, line {line} ({key})"),
        (None, Some(key)) => format!("in {file} ({key})"),
        (_, None) => format!("in {file}"),
    }));
    told.extend(id.derives_from.as_ref().map(|from| format!("made of {from}")));
    if let (Some(made), Some(kind)) = (&id.made, id.made_says) {
        told.push(format!("tells who gets it when it was made: {made} ({kind})"));
    }
    if id.can_be_guessed {
        told.push("can be found by trying: it is a plain digest of a name or an address".to_owned());
    }
    if id.shared {
        told.push("everybody who works on the project has the same".to_owned());
    }
    told.extend(id.when_removed.as_ref().map(|removed| format!("when it is taken away: {removed}")));
    told
}

fn of(files: &[String]) -> String {
    match files {
        [] => "-".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// A row for each id, for the table of all tools.
pub(super) fn rows(document: &Document) -> Vec<Vec<String>> {
    let row = |id: &Id| Some(vec![document.tool.clone(), id.name.clone(), id.id.clone()?]);
    document.ids.iter().filter_map(row).collect()
}
