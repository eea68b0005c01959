//! A foreign tool in `telemetry status TOOL`: its layers with their values and who wins, what looks otherwise, what leaves all the same.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::actions::context::Tool;
use crate::actions::foreign::ids::{self, FoundId};
use crate::actions::foreign::look::{Looked, look};
use crate::actions::foreign::mend;
use crate::actions::foreign::status::{ForeignStatus, status};
use crate::cli::commands::foreign_tells::{Setting, lines, tells};
use crate::cli::commands::foreign_words::{place, shown, why};
use crate::cli::commands::pointed::{Parts, component};
use crate::cli::commands::tool_status::Wanted;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::cli::ui::{Ui, clean};
use crate::consent::effective::{Believed, Said, State, Winner};
use crate::identity::foreign_places::ForeignPlaces;
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::layers::Layer;
use crate::manifest::foreign::truths::{Seen, Word};
use crate::manifest::versions::Version;

#[derive(Serialize)]
struct Document {
    tool: String,
    component: Option<String>,
    title: String,
    files: Vec<String>,
    started_by: Option<String>,
    state: &'static str,
    why: String,
    here: bool,
    tool_version: Option<String>,
    tool_version_from: String,
    program: Option<String>,
    project: Option<String>,
    by_version: Vec<Stretch>,
    layers: Vec<Row>,
    usual: Option<&'static str>,
    believed_off: Vec<String>,
    dead_switches: Vec<Noted>,
    mirrors_that_differ: Vec<Noted>,
    hidden_lines: Vec<String>,
    interrupted: bool,
    ids: Vec<IdRow>,
    files_with_old_ids: usize,
    waiting: Vec<Waiting>,
    still_leaves: Vec<Leaves>,
    guessable: Vec<String>,
    unreadable: Vec<String>,
    after_a_change: Option<String>,
    settings: Vec<Setting>,
    by_hand: Vec<String>,
}

#[derive(Serialize)]
struct Stretch {
    from: Option<String>,
    state: &'static str,
}

#[derive(Serialize)]
struct Row {
    place: String,
    value: Option<String>,
    says: &'static str,
    why: Option<String>,
    versions: Option<String>,
    wins: bool,
    #[serde(skip)]
    rare: bool,
}

#[derive(Serialize)]
struct Noted {
    place: String,
    says: String,
}

#[derive(Serialize)]
struct Waiting {
    file: String,
    events: Option<usize>,
}

#[derive(Serialize)]
struct IdRow {
    name: String,
    id: Option<String>,
    place: Option<String>,
    shared: bool,
    can_be_guessed: bool,
}

#[derive(Serialize)]
struct Leaves {
    what: String,
    stop: Option<String>,
}

/// Shows a foreign tool, or the components of one.
///
/// # Errors
/// It cannot be printed.
pub fn show_foreign(
    session: &Session,
    parts: &Parts,
    version: Option<&Version>,
    wanted: Wanted,
) -> anyhow::Result<Exit> {
    let mut documents = Vec::new();
    for tool in &parts.tools {
        let Some(one) = gathered(session, tool, version) else { return Ok(Exit::Failed) };
        documents.push(one);
    }
    // Off is what all of them are.
    let off = wanted.exit_code && documents.iter().all(|document| document.state == State::Off.as_str());
    let exit = parts.exit(if off { Exit::NotNow } else { Exit::Done });
    let family = parts.tools.iter().any(|tool| tool.given.component.is_some());
    match (wanted.json, documents.as_slice()) {
        (true, [document]) if !family => json::print(&session.ui, "foreign-tool-status", document)?,
        (true, _) => {
            let not_looked_at =
                parts.others.iter().map(|(path, why)| Other { file: path.display().to_string(), why: why.clone() });
            let tool = documents.first().map(|document| document.tool.clone()).unwrap_or_default();
            let whole = Whole { tool, not_looked_at: not_looked_at.collect(), components: documents };
            json::print(&session.ui, "components-status", &whole)?;
        }
        (false, _) => {
            for (index, document) in documents.iter_mut().enumerate() {
                if index > 0 {
                    session.ui.data("")?;
                }
                from_project(document, session.context.directory.as_deref());
                show(&session.ui, document, wanted.explain)?;
            }
            parts.warn(session);
        }
    }
    Ok(exit)
}

#[derive(Serialize)]
struct Whole {
    tool: String,
    components: Vec<Document>,
    not_looked_at: Vec<Other>,
}

#[derive(Serialize)]
struct Other {
    file: String,
    why: String,
}

fn gathered(session: &Session, tool: &Tool, version: Option<&Version>) -> Option<Document> {
    let looked = look(&session.context, tool, version)?;
    let found = ids::read(&session.context, &looked, None);
    let status = status(looked);
    let mut document = document(tool, &status);
    document.ids = found.ids.iter().map(id_row).collect();
    document.files_with_old_ids = found.old.iter().flat_map(|old| &old.files).collect::<BTreeSet<_>>().len();
    let places = ForeignPlaces::of(&session.context.paths, &tool.manifest.tool);
    document.interrupted = mend::open(&places).map_or(true, |open| !open.is_empty());
    Some(document)
}

fn document(tool: &Tool, status: &ForeignStatus) -> Document {
    let looked = &status.looked;
    let (foreign, effective) = (&looked.foreign, &looked.effective);
    let version = looked.installed.version.as_ref();
    let path = |path: &std::path::PathBuf| path.display().to_string();
    Document {
        tool: tool.manifest.tool.to_string(),
        component: component(tool),
        title: tool.manifest.title.clone(),
        files: looked.given.paths.iter().map(|(_, file)| path(file)).collect(),
        started_by: looked
            .given
            .launcher
            .as_ref()
            .map(|launcher| format!("{} ({})", launcher.path.display(), launcher.name)),
        state: effective.state.as_str(),
        why: why(looked),
        here: looked.given.component.is_some() || looked.is_here(),
        tool_version: version.map(ToString::to_string),
        tool_version_from: looked.installed.how.clone(),
        program: looked.installed.program.as_ref().map(path),
        project: looked.project.as_ref().map(path),
        by_version: effective
            .by_version
            .iter()
            .map(|(from, state)| Stretch { from: from.as_ref().map(ToString::to_string), state: state.as_str() })
            .collect(),
        layers: foreign.layers.iter().enumerate().map(|(index, layer)| row(looked, index, layer)).collect(),
        usual: foreign.default_in(version).map(|on| if on { "on" } else { "off" }),
        believed_off: status.believed.iter().filter_map(|one| believed(looked, *one)).chain(traps(looked)).collect(),
        dead_switches: status
            .dead
            .iter()
            .map(|dead| Noted { place: place(looked, &dead.source), says: dead.says.clone() })
            .collect(),
        mirrors_that_differ: status
            .differing
            .iter()
            .map(|mirror| {
                let source = Source::Key { file: mirror.file.clone(), key: mirror.key.clone() };
                Noted { place: place(looked, &source), says: mirror.differs.clone() }
            })
            .collect(),
        hidden_lines: status
            .hidden
            .iter()
            .map(|(file, line, lines)| {
                let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
                format!(
                    "{}:{line} cannot be read, so nothing after it counts: line {}",
                    file.display(),
                    lines.join(", ")
                )
            })
            .collect(),
        interrupted: false,
        ids: Vec::new(),
        files_with_old_ids: 0,
        waiting: status.waiting.iter().map(|one| Waiting { file: path(&one.path), events: one.events }).collect(),
        still_leaves: status
            .residual
            .iter()
            .map(|one| Leaves { what: one.says.clone(), stop: one.stop.clone() })
            .collect(),
        guessable: foreign.guessable.clone(),
        unreadable: status.unreadable.iter().map(|(file, why)| format!("{}: {why}", file.display())).collect(),
        after_a_change: foreign.after.clone(),
        settings: tells(looked),
        by_hand: foreign.by_hand.clone(),
    }
}

fn id_row(found: &FoundId) -> IdRow {
    let line = found.line.map(|line| format!(":{line}")).unwrap_or_default();
    IdRow {
        name: found.declared.name.clone(),
        id: found.is.known().map(str::to_owned),
        place: found.file.as_ref().map(|file| format!("{}{line}", file.display())),
        shared: found.declared.shared,
        can_be_guessed: found.guessable,
    }
}

fn row(looked: &Looked, index: usize, layer: &Layer) -> Row {
    let seen = looked.seen.get(index);
    let (says, why) = match looked.effective.said.get(index) {
        Some(Said::Word(Word::On)) => ("on", None),
        Some(Said::Word(Word::Off)) => ("off", None),
        Some(Said::Word(Word::Crash)) => ("crash", Some("the program does not start".to_owned())),
        Some(Said::Word(Word::Pass)) => ("-", None),
        Some(Said::Unreadable(why)) => ("unreadable", Some(why.clone())),
        Some(Said::NotAsked) | None => ("not asked", None),
    };
    Row {
        place: place(looked, &layer.source),
        value: seen.and_then(shown),
        says,
        why: why.or_else(|| layer.says.clone()),
        versions: (!layer.versions.is_all()).then(|| layer.versions.to_string()),
        wins: looked.effective.winner == Winner::Layer(index),
        rare: layer.rare,
    }
}

fn believed(looked: &Looked, one: Believed) -> Option<String> {
    let (index, overruled) = match one {
        Believed::Misread(index) => (index, false),
        Believed::Overruled(index) => (index, true),
    };
    let layer = looked.foreign.layers.get(index)?;
    let place = place(looked, &layer.source);
    let value = shown(looked.seen.get(index)?)?;
    let state = looked.effective.state;
    Some(match (overruled, state) {
        (true, _) => format!("{place} is {value}, which says off, and something before it wins"),
        (false, State::Crash) => {
            format!("{place} is {value}: that does not mean off, the program does not start with it")
        }
        (false, _) => format!("{place} is {value}: that looks like off, and the tool does not take it for that"),
    })
}

/// Values that people take for a no, for a reason that the manifest knows.
fn traps(looked: &Looked) -> impl Iterator<Item = String> {
    let layers = looked.foreign.layers.iter().zip(&looked.seen).zip(&looked.effective.said);
    layers.filter_map(|((layer, seen), said)| {
        let (trap, Seen::Value(value)) = (layer.trap.as_ref()?, seen) else { return None };
        let caught = *said != Said::NotAsked && trap.values.iter().any(|literal| literal.is(value));
        let value = shown(seen).unwrap_or_default();
        caught.then(|| format!("{} is {value}: {}", place(looked, &layer.source), trap.says))
    })
}

/// The same with what lies in the project, or of what was pointed at below the working directory, said from there, as a person in it would.
fn from_project(document: &mut Document, here: Option<&std::path::Path>) {
    let here = here.filter(|_| document.component.is_some()).map(|here| here.display().to_string());
    let Some(folder) = document.project.clone().or(here).filter(|folder| folder.len() > 1) else { return };
    let folder = format!("{folder}/");
    let shorten = |text: &mut String| *text = text.replace(&folder, "");
    shorten(&mut document.why);
    document.files.iter_mut().chain(&mut document.started_by).for_each(shorten);
    document.settings.iter_mut().filter_map(|one| one.place.as_mut()).for_each(shorten);
    document.layers.iter_mut().for_each(|row| shorten(&mut row.place));
    document.dead_switches.iter_mut().chain(&mut document.mirrors_that_differ).for_each(|one| shorten(&mut one.place));
    document
        .believed_off
        .iter_mut()
        .chain(&mut document.hidden_lines)
        .chain(&mut document.unreadable)
        .for_each(shorten);
    document.waiting.iter_mut().for_each(|one| shorten(&mut one.file));
    document.ids.iter_mut().filter_map(|id| id.place.as_mut()).for_each(shorten);
}

fn show(ui: &Ui, document: &Document, explain: bool) -> anyhow::Result<()> {
    let state = match document.state {
        "crash" => "the program does not start",
        other => other,
    };
    let name = [Some(&document.tool), document.component.as_ref()];
    let name = name.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    ui.data(&format!("{}: {}, {}", ui.bold(&clean(&name)), ui.bold(state), clean(&ui.short(&document.why))))?;
    let mut pairs: Vec<(&str, String)> = Vec::new();
    if document.component.is_some() {
        pairs.push(("this is", document.title.clone()));
        pairs.extend(document.files.iter().map(|file| ("file", file.clone())));
        pairs.extend(document.started_by.iter().map(|file| ("started by", file.clone())));
    }
    if document.interrupted {
        let mend =
            format!("a change of its files was cut off; the next one mends that: telemetry disable {}", document.tool);
        pairs.push(("beware", mend));
    }
    if !document.here {
        pairs.push(("here", "nothing of it is found on this machine".to_owned()));
    }
    pairs.extend(document.believed_off.iter().map(|what| ("beware", what.clone())));
    pairs.extend(
        document.dead_switches.iter().map(|dead| ("beware", format!("{} does nothing: {}", dead.place, dead.says))),
    );
    pairs.extend(document.hidden_lines.iter().map(|what| ("beware", what.clone())));
    pairs.extend(
        document
            .mirrors_that_differ
            .iter()
            .map(|one| ("beware", format!("{} says otherwise: {}", one.place, one.says))),
    );
    pairs.extend(document.unreadable.iter().map(|what| ("unreadable", what.clone())));
    pairs.push((
        "version",
        match &document.tool_version {
            Some(version) => format!("{version} ({})", document.tool_version_from),
            None => format!("not known: {}", document.tool_version_from),
        },
    ));
    pairs.extend(document.program.iter().map(|program| ("program", program.clone())));
    pairs.extend(document.project.iter().map(|project| ("project", project.clone())));
    pairs.extend(document.ids.iter().filter_map(|row| {
        let place = row.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        let guessed = if row.can_be_guessed { ", can be guessed" } else { "" };
        Some((row.name.as_str(), format!("{}{place}{guessed}", row.id.as_ref()?)))
    }));
    if document.files_with_old_ids > 0 {
        pairs.push((
            "old ids",
            format!("in {} files of earlier runs: telemetry id {}", document.files_with_old_ids, document.tool),
        ));
    }
    pairs.extend(document.waiting.iter().map(|waiting| {
        let events = waiting.events.map_or_else(|| "nobody can tell how many".to_owned(), |events| events.to_string());
        ("waiting", format!("{events} ({})", waiting.file))
    }));
    pairs.extend(document.still_leaves.iter().map(|leaves| {
        let stop = leaves.stop.as_ref().map(|stop| format!("; stopped by {stop}")).unwrap_or_default();
        ("still leaves", format!("{}{stop}", leaves.what))
    }));
    pairs.extend(lines(&document.settings));
    if document.state != State::Off.as_str() {
        pairs.extend(document.by_hand.iter().map(|command| ("by hand", command.clone())));
    }
    if explain {
        pairs.extend(document.guessable.iter().map(|what| ("can be guessed", what.clone())));
        pairs.extend(document.after_a_change.iter().map(|what| ("after a change", what.clone())));
    }
    ui.data(&ui.pairs(&pairs))?;
    ui.data("")?;
    let usual = |row: &&Row| row.says != "not asked" && !(row.rare && row.says == "-" && row.value.is_none());
    let shown = document.layers.iter().filter(|row| explain || usual(row));
    let mut rows: Vec<Vec<String>> = shown
        .map(|row| {
            let says = if row.wins { format!("{} *", row.says) } else { row.says.to_owned() };
            let mut cells = vec![row.place.clone(), row.value.clone().unwrap_or_else(|| "-".to_owned()), says];
            if explain {
                let versions = row.versions.clone().map(|versions| format!("({versions})"));
                cells.push([row.why.clone(), versions].into_iter().flatten().collect::<Vec<_>>().join(" "));
            }
            cells
        })
        .collect();
    if let Some(usual) = document.usual {
        let wins = document.layers.iter().all(|row| !row.wins) && document.by_version.is_empty();
        let mut cells =
            vec!["otherwise".to_owned(), "-".to_owned(), format!("{usual}{}", if wins { " *" } else { "" })];
        if explain {
            cells.push("what holds where nothing speaks".to_owned());
        }
        rows.push(cells);
    }
    let head: &[&str] = if explain {
        &["ASKED IN THIS ORDER", "VALUE", "SAYS", "WHY"]
    } else {
        &["ASKED IN THIS ORDER", "VALUE", "SAYS"]
    };
    ui.data(&ui.table(head, rows))?;
    for stretch in &document.by_version {
        let from =
            stretch.from.as_deref().map_or_else(|| "the first version on".to_owned(), |from| format!("{from} on"));
        ui.data(&format!("from {from}: {}", stretch.state))?;
    }
    Ok(())
}
