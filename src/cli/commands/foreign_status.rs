//! A foreign tool in `telemetry status TOOL`: its layers with their values and who wins, what looks otherwise, what leaves all the same.

use serde::Serialize;

use crate::cli::commands::foreign_document::{Document, Row, gathered};
use crate::cli::commands::foreign_tells::lines;
use crate::cli::commands::pointed::{NotLookedAt, Parts};
use crate::cli::commands::tool_status::Wanted;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::cli::ui::{Ui, clean};
use crate::consent::effective::State;
use crate::manifest::versions::Version;

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
            let tool = documents.first().map(|document| document.tool.clone()).unwrap_or_default();
            let whole = Whole { tool, not_looked_at: parts.not_looked_at(), components: documents };
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
    not_looked_at: Vec<NotLookedAt>,
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

/// Why it is so: behind the name where that fits, else below it in lines of its own.
fn headline(ui: &Ui, name: &str, state: &str, why: &str, document: &Document) -> (String, Option<String>) {
    if ui.fits(&format!("{name}: {state}, {why}")) {
        return (format!(" {why}"), None);
    }
    let mut whole: Vec<String> = document.files.iter().chain(&document.started_by).cloned().collect();
    whole.extend(document.layers.iter().map(|row| row.place.clone()));
    (String::new(), Some(ui.prose(why, &whole)))
}

fn show(ui: &Ui, document: &Document, explain: bool) -> anyhow::Result<()> {
    let state = match document.state {
        "crash" => "the program does not start",
        other => other,
    };
    let name = [Some(&document.tool), document.component.as_ref(), document.apart.as_ref()];
    let name = name.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    let (name, why) = (clean(&name), clean(&ui.short(&document.why)));
    let (first, rest) = headline(ui, &name, state, &why, document);
    ui.data(&format!("{}: {},{first}", ui.bold(&name), ui.bold(state)))?;
    rest.iter().try_for_each(|line| ui.data(line))?;
    let mut pairs: Vec<(&str, String)> = Vec::new();
    if document.component.is_some() {
        pairs.push(("this is", document.title.clone()));
        pairs.extend(document.files.iter().map(|file| ("file", file.clone())));
        pairs.extend(document.started_by.iter().map(|file| ("started by", file.clone())));
    }
    if document.interrupted {
        let path = if document.component.is_some() { " PATH" } else { "" };
        let mend = format!(
            "a change of its files was cut off; the next one mends that: telemetry disable {}{path}",
            document.tool
        );
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
    ui.data(&ui.pairs_around(&pairs, &document.by_hand))?;
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
