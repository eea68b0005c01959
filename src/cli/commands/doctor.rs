//! `telemetry doctor --pseudonym`: what a pipeline's pseudonymisation would store of a value, or of an event.
//!
//! Promises: nothing is sent and nothing written; a salt comes from a file, from standard input or from a variable, never from the command
//! line, and is in no output. Absent: the rule itself (`payload/enrichment`).

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, ArgMatches, Args, FromArgMatches};
use serde::Serialize;
use serde_json::Value;

use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::host::env::Var;
use crate::host::files;
use crate::host::hidden::is_hidden;
use crate::payload::enrichment::{Enrichment, HashFunction, Kept, Outcome, Salt, apply, pseudonym};

/// Largest file or input, bytes: what a Snowplow collector takes.
const LIMIT: usize = 1_048_576;

/// Arguments.
#[derive(Debug, Args)]
#[command(override_usage = "telemetry doctor --pseudonym [OPTIONS] [VALUE]...")]
#[command(group(ArgGroup::new("from").required(true).args(["salt_file", "salt_variable", "enrichment"])))]
pub struct Arguments {
    /// Show the pseudonyms that the PII enrichment of a Snowplow pipeline makes
    #[arg(long, required = true)]
    pub pseudonym: bool,
    /// Values; - reads them from standard input, one a line
    #[arg(value_name = "VALUE", required_unless_present = "event")]
    pub values: Vec<String>,
    /// The digest: MD2, MD5, SHA-1, SHA-256, SHA-384 or SHA-512
    #[arg(long, value_name = "NAME", default_value = "SHA-256", conflicts_with = "enrichment", value_parser = function)]
    pub hash: HashFunction,
    /// The salt is what stands in this file, without the end of its last line; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    pub salt_file: Option<PathBuf>,
    /// The salt is what this variable holds
    #[arg(long, value_name = "NAME")]
    pub salt_variable: Option<String>,
    /// The enrichment's own settings, with its digest and salt (pii_enrichment_config 2-0-*)
    #[arg(long, value_name = "FILE")]
    pub enrichment: Option<PathBuf>,
    /// An enriched event as a JSON object; - reads it from standard input
    #[arg(long, value_name = "FILE", requires = "enrichment", conflicts_with_all = ["salt_file", "salt_variable"])]
    pub event: Option<PathBuf>,
    /// The event came with the header SP-Anonymous
    #[arg(long, requires = "event")]
    pub anonymous: bool,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
}

fn function(name: &str) -> Result<HashFunction, String> {
    let known = HashFunction::ALL.map(HashFunction::as_str).join(", ");
    HashFunction::named(name).ok_or_else(|| format!("one of {known}"))
}

#[derive(Serialize)]
struct Document {
    hash: &'static str,
    enrichment: Option<Settings>,
    pseudonyms: Vec<Row>,
    kept: Vec<KeptRow>,
    stored: Option<Value>,
    says: Vec<String>,
}

/// The settings, without the salt.
#[derive(Serialize)]
struct Settings {
    schema: String,
    enabled: bool,
    anonymous_only: bool,
    emits_originals: bool,
}

#[derive(Serialize)]
struct Row {
    place: Option<String>,
    schema: Option<String>,
    json_path: Option<String>,
    before: String,
    after: String,
}

#[derive(Serialize)]
struct KeptRow {
    field: String,
    json_path: Option<String>,
    why: String,
    unknown: bool,
}

/// Runs it.
///
/// # Errors
/// A file cannot be read, or is not what it has to be.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    one_input(&arguments)?;
    let enrichment = arguments.enrichment.as_deref().map(settings).transpose()?;
    let (function, salt) = match &enrichment {
        Some(enrichment) => (enrichment.function, enrichment.salt.clone()),
        None => (arguments.hash, salt(session, &arguments)?),
    };
    let mut pseudonyms: Vec<Row> = values(&arguments)?
        .into_iter()
        .map(|value| {
            let after = pseudonym(function, &salt, &value);
            Row { place: None, schema: None, json_path: None, before: value, after }
        })
        .collect();
    let outcome = match (&enrichment, &arguments.event) {
        (Some(enrichment), Some(path)) => Some(applied(enrichment, path, arguments.anonymous)?),
        (Some(_) | None, _) => None,
    };
    let says = says(&salt, enrichment.as_ref(), &arguments);
    let (mut kept, mut stored) = (Vec::new(), None);
    if let Some(outcome) = outcome {
        pseudonyms.extend(outcome.changes.into_iter().map(|change| Row {
            place: Some(change.place),
            schema: change.schema,
            json_path: change.json_path,
            before: change.before,
            after: change.after,
        }));
        kept = outcome.kept.into_iter().map(row).collect();
        stored = Some(outcome.stored);
    }
    let enrichment = enrichment.map(|enrichment| Settings {
        schema: enrichment.schema,
        enabled: enrichment.enabled,
        anonymous_only: enrichment.anonymous_only,
        emits_originals: enrichment.emits_originals,
    });
    let document = Document { hash: function.as_str(), enrichment, pseudonyms, kept, stored, says };
    let exit = if document.kept.iter().any(|entry| entry.unknown) { Exit::Partly } else { Exit::Done };
    if arguments.json {
        json::print(&session.ui, "pseudonyms", &document)?;
    } else {
        show(session, document)?;
    }
    Ok(exit)
}

fn row(kept: Kept) -> KeptRow {
    KeptRow { field: kept.field, json_path: kept.json_path, why: kept.why, unknown: kept.unknown }
}

/// Standard input can be one thing only.
fn one_input(arguments: &Arguments) -> anyhow::Result<()> {
    let files = [&arguments.salt_file, &arguments.enrichment, &arguments.event];
    let of_files = files.into_iter().flatten().filter(|path| is_input(path)).count();
    if of_files.saturating_add(arguments.values.iter().filter(|value| *value == "-").count()) <= 1 {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, "standard input can be read for one thing only").into())
}

fn is_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What stands in a file, or comes by standard input.
fn text(path: &Path) -> anyhow::Result<String> {
    let name = if is_input(path) { "standard input".to_owned() } else { path.display().to_string() };
    let bytes = if is_input(path) {
        let mut bytes = Vec::new();
        let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX).saturating_add(1);
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
        bytes
    } else {
        files::read(path, LIMIT)?.ok_or_else(|| {
            Failure::new(Exit::Failed, format!("{name}: there is no such file")).hint(format!("ls -l {name}"))
        })?
    };
    if bytes.len() > LIMIT {
        return Err(Failure::new(Exit::Failed, format!("{name}: larger than {LIMIT} bytes")).into());
    }
    // What it says is not repeated: it may be a salt.
    Ok(String::from_utf8(bytes).map_err(|_| Failure::new(Exit::Failed, format!("{name}: it is not UTF-8")))?)
}

fn salt(session: &Session, arguments: &Arguments) -> anyhow::Result<Salt> {
    if let Some(path) = &arguments.salt_file {
        return Ok(Salt::new(without_end(text(path)?)));
    }
    let name = arguments.salt_variable.as_deref().unwrap_or_default();
    match session.context.env.get(name) {
        Var::Text(salt) => Ok(Salt::new(salt.to_owned())),
        Var::Unset => Err(Failure::new(Exit::Failed, format!("the variable {name} is not set")).into()),
        Var::NotText => Err(Failure::new(Exit::Failed, format!("the variable {name} is not UTF-8")).into()),
    }
}

/// The text without the end of its last line, which editors put there.
fn without_end(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

fn values(arguments: &Arguments) -> anyhow::Result<Vec<String>> {
    let mut values = Vec::new();
    for value in &arguments.values {
        if value == "-" {
            values.extend(text(Path::new("-"))?.lines().map(str::to_owned));
        } else {
            values.push(value.clone());
        }
    }
    Ok(values)
}

fn settings(path: &Path) -> anyhow::Result<Enrichment> {
    let read = Enrichment::parse(&text(path)?);
    Ok(read.map_err(|error| {
        let message = format!("{}: these are no settings that the pipeline would start with: {error}", path.display());
        Failure::new(Exit::Failed, message).hint("telemetry doctor --pseudonym VALUE --hash SHA-256 --salt-file FILE")
    })?)
}

fn applied(enrichment: &Enrichment, path: &Path, anonymous: bool) -> anyhow::Result<Outcome> {
    let event = text(path)?;
    Ok(apply(enrichment, &event, anonymous).map_err(|error| {
        Failure::new(Exit::Failed, format!("{}: {error}", path.display()))
            .hint("telemetry doctor --pseudonym --enrichment FILE --event - <<< '{\"user_id\":\"ada\"}'")
    })?)
}

/// What it means.
fn says(salt: &Salt, enrichment: Option<&Enrichment>, arguments: &Arguments) -> Vec<String> {
    let mut says = Vec::new();
    if let Some(enrichment) = enrichment {
        if !enrichment.enabled {
            // The rest is about what it does.
            return vec!["The enrichment is not enabled: events are stored as they come.".to_owned()];
        }
        if enrichment.anonymous_only && !arguments.anonymous {
            let line = "It acts on requests with the header SP-Anonymous alone: all others are stored as they come \
                (--anonymous shows an event with it).";
            says.push(line.to_owned());
        }
        if enrichment.emits_originals {
            says.push("emitEvent is true: the originals are sent on as well, beside what they became.".to_owned());
        }
    }
    says.push(if salt.is_empty() {
        "The salt is empty: whoever can try values can reverse these.".to_owned()
    } else {
        "Pseudonymous, not anonymous: whoever knows the salt can try values, and the same value is always the same pseudonym."
            .to_owned()
    });
    says.push(
        "The pipeline does this last: the IP address and all other values reach its collector in clear first."
            .to_owned(),
    );
    says
}

/// A value from elsewhere, on one line.
fn line(value: &str) -> String {
    value.chars().map(|c| if is_hidden(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

fn show(session: &Session, document: Document) -> anyhow::Result<()> {
    let ui = &session.ui;
    let placed = document.pseudonyms.iter().any(|row| row.place.is_some());
    let rows: Vec<Vec<String>> = document
        .pseudonyms
        .into_iter()
        .map(|row| {
            let place = row.place.map_or_else(|| "-".to_owned(), |place| line(&place));
            let values = [line(&row.before), row.after];
            if placed { [[place].as_slice(), &values].concat() } else { values.to_vec() }
        })
        .collect();
    let after = format!("{} OF IT AND THE SALT", document.hash);
    let head = ["PLACE", "BEFORE", &after];
    if rows.is_empty() {
        ui.data("nothing of the event would be pseudonymised")?;
    } else {
        ui.data(&ui.table(if placed { &head } else { head.get(1..).unwrap_or_default() }, rows))?;
    }
    if !document.kept.is_empty() {
        let rows = document.kept.into_iter().map(|entry| {
            vec![
                line(&entry.field),
                entry.json_path.map_or_else(|| "-".to_owned(), |path| line(&path)),
                line(&entry.why),
            ]
        });
        ui.data(&format!("\n{}", ui.table(&["UNCHANGED", "PATH", "WHY"], rows.collect())))?;
    }
    for sentence in document.says {
        ui.talk(&ui.prose(&sentence, &[]));
    }
    Ok(())
}
