//! `telemetry show-payload TOOL`: exactly what would be sent next; sends nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{ArgMatches, Args, FromArgMatches};
use serde::Serialize;

use crate::actions::foreign::payload;
use crate::actions::preview::{self, Preview, Which};
use crate::cli::commands::capture;
use crate::cli::commands::foreign_payload;
use crate::cli::commands::pointed::{PointedArguments, is_family, parts, parts_or_usual};
use crate::cli::commands::words::Collected;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::json;
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::destination::deliver;
use crate::manifest::versions::Version;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tool
    pub tool: Option<String>,
    /// Only this destination
    #[arg(long, value_name = "NAME")]
    pub destination: Option<String>,
    /// Print the body alone, byte for byte
    #[arg(long, conflicts_with = "json")]
    pub raw: bool,
    /// Of somebody else's program: as if this version were installed
    #[arg(long = "as", value_name = "VERSION", conflicts_with = "destination", value_parser = Version::new)]
    pub version: Option<Version>,
    /// Print a JSON document
    #[arg(long)]
    pub json: bool,
    /// Of somebody else's program: this event
    #[arg(long, value_name = "NAME", conflicts_with_all = ["destination", "capture"])]
    pub event: Option<String>,
    /// Of somebody else's program: what no file tells, such as account-id=123456789012; may be repeated
    #[arg(long, value_name = "NAME=VALUE", conflicts_with_all = ["destination", "capture"], value_parser = foreign_payload::told)]
    pub given: Vec<(String, String)>,
    /// The files of a family of programs.
    #[command(flatten)]
    pub pointed: PointedArguments,
    /// A run of the real program.
    #[command(flatten)]
    pub capture: capture::CaptureArguments,
}

#[derive(Serialize)]
struct Document {
    tool: String,
    payloads: Vec<Payload>,
}

/// A payload, as in a JSON document.
#[derive(Serialize)]
pub(crate) struct Payload {
    destination: String,
    which: &'static str,
    reason: Option<&'static str>,
    why: Option<String>,
    method: String,
    address: String,
    headers: Vec<(String, String)>,
    events: usize,
    collected_for: Vec<Collected>,
    withheld: Vec<String>,
    digest: String,
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    decoded: Option<serde_json::Value>,
}

/// Runs it.
///
/// # Errors
/// The tool or the destination is unknown, or the queue cannot be read.
pub fn run(session: &Session, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let tool = session.tool(arguments.tool.as_deref())?;
    if arguments.capture.capture && is_family(&tool) {
        let name = &tool.manifest.tool;
        let message = format!(
            "{name} is several programs: none of them is run here, and what they send is built from their files"
        );
        return Err(Failure::new(Exit::Usage, message).hint(format!("telemetry show-payload {name} PATH")).into());
    }
    if arguments.capture.capture {
        let form = match (arguments.json, arguments.raw) {
            (true, _) => capture::Form::Json,
            (false, true) => capture::Form::Raw,
            (false, false) => capture::Form::People,
        };
        return capture::run(session, &tool, &arguments.capture, arguments.version.as_ref(), form);
    }
    if is_family(&tool) || tool.manifest.foreign.as_ref().is_some_and(|foreign| !foreign.requests.is_empty()) {
        if arguments.destination.is_some() {
            let name = &tool.manifest.tool;
            let message = format!("{name} is somebody else's program: it has no destination of that name to choose");
            let path = if is_family(&tool) { " PATH" } else { "" };
            return Err(Failure::new(Exit::Usage, message).hint(format!("telemetry show-payload {name}{path}")).into());
        }
        let parts = parts_or_usual(session, &tool, &arguments.pointed, "show-payload")?;
        let (version, event) = (arguments.version.as_ref(), arguments.event.as_deref());
        let payload = payload::Wanted { event, version, given: &arguments.given };
        let wanted = foreign_payload::Wanted { payload, json: arguments.json, raw: arguments.raw };
        return foreign_payload::run(session, &parts, &wanted);
    }
    let paths = &arguments.pointed;
    if arguments.version.is_some() || arguments.event.is_some() || !arguments.given.is_empty() {
        let message = format!("{}: --as, --event and --given are for other people's programs", tool.manifest.tool);
        return Err(Failure::new(Exit::Usage, message).into());
    }
    if !paths.paths.is_empty() || paths.component.is_some() {
        parts(session, &tool, paths, "show-payload")?;
    }
    let wanted = |name: &str| arguments.destination.as_deref().is_none_or(|wanted| wanted == name);
    let mut previews = Vec::new();
    for destination in tool.manifest.destinations.iter().filter(|destination| wanted(destination.name.as_str())) {
        previews.push(preview::preview(&session.context, &tool, destination)?);
    }
    if previews.is_empty() {
        let names: Vec<&str> = tool.manifest.destinations.iter().map(|destination| destination.name.as_str()).collect();
        let message = match &arguments.destination {
            Some(name) => {
                format!("{} has no destination {}; it has: {}", tool.manifest.tool, clean(name), names.join(", "))
            }
            None => format!("{} declares no events, so there is nothing to show", tool.manifest.tool),
        };
        return Err(Failure::new(Exit::Unknown, message).into());
    }
    if arguments.json {
        let payloads = previews.iter().map(self::payload).collect();
        json::print(&session.ui, "payload", &Document { tool: tool.manifest.tool.to_string(), payloads })?;
    } else if arguments.raw {
        raw(session, &previews)?;
    } else {
        for preview in &previews {
            show(session, preview)?;
        }
    }
    Ok(Exit::Done)
}

/// The body and nothing else, so that its digest can be checked from outside.
fn raw(session: &Session, previews: &[Preview]) -> anyhow::Result<()> {
    match previews {
        [one] => Ok(session.ui.raw(&one.body)?),
        many => {
            let names: Vec<&str> = many.iter().map(|preview| preview.destination.as_str()).collect();
            let failure =
                Failure::new(Exit::Usage, format!("--raw prints one body, and there are {} destinations", names.len()));
            Err(failure
                .hint(format!("telemetry show-payload TOOL --raw --destination {}", names.first().unwrap_or(&"NAME")))
                .into())
        }
    }
}

/// The payload of a preview.
pub(crate) fn payload(preview: &Preview) -> Payload {
    let reason = match &preview.which {
        Which::Withheld(reason) => Some(reason),
        Which::Sealed | Which::Next | Which::Example => None,
    };
    let text = String::from_utf8(preview.body.clone()).ok();
    Payload {
        destination: preview.destination.clone(),
        which: preview.which.as_str(),
        reason: reason.map(crate::consent::reason::Reason::code),
        why: reason.map(crate::consent::reason::Reason::sentence),
        method: preview.request.method.clone(),
        address: preview.request.address.clone(),
        headers: preview.request.headers.clone(),
        events: preview.events,
        collected_for: Collected::of(preview.collected.clone()),
        withheld: preview.withheld.clone(),
        digest: preview.digest.to_string(),
        body_base64: text.is_none().then(|| STANDARD.encode(&preview.body)),
        decoded: preview.opened.clone(),
        body: text,
    }
}

fn words(which: &Which) -> String {
    match which {
        Which::Sealed => "sealed: these bytes and no others will be sent".to_owned(),
        Which::Next => "next: not sealed yet, what comes may still change it".to_owned(),
        Which::Withheld(reason) => format!("withheld: it waits and may not go: {}", reason.sentence()),
        Which::Example => "example: nothing waits; made from the manifest's examples".to_owned(),
    }
}

fn show(session: &Session, preview: &Preview) -> anyhow::Result<()> {
    let ui = &session.ui;
    let payload = self::payload(preview);
    ui.talk(&format!("{}: {}", payload.destination, words(&preview.which)));
    let plural = if payload.events == 1 { "" } else { "s" };
    ui.talk(&format!("{} event{plural}, {} bytes, digest {}", payload.events, preview.body.len(), payload.digest));
    for collected in &payload.collected_for {
        ui.talk(&format!("collected for {}", collected.line()));
    }
    for what in &payload.withheld {
        ui.talk(&format!("left out: {what} (not agreed to)"));
    }
    ui.talk("");
    bytes(session, preview)?;
    ui.talk("");
    ui.talk("Nothing was sent.");
    Ok(())
}

/// The request and its body as they stand on the wire, and as a person reads them.
pub(crate) fn bytes(session: &Session, preview: &Preview) -> anyhow::Result<()> {
    let (ui, payload) = (&session.ui, payload(preview));
    let head = deliver::head(&preview.request, &preview.body).map(|head| head.trim_end().to_owned());
    let first = head.clone().unwrap_or_else(|| format!("{} {}", payload.method, payload.address));
    if head.is_some() {
        ui.data(&clean(&payload.address))?;
    }
    ui.data(&clean(&first.replace("\r\n", "\n")))?;
    ui.data("")?;
    match &payload.body {
        Some(body) => ui.data(clean(body).trim_end_matches('\n'))?,
        None => ui.data(&format!("(not text; base64) {}", payload.body_base64.as_deref().unwrap_or_default()))?,
    }
    if let Some(decoded) = &payload.decoded {
        let text = serde_json::to_string_pretty(decoded)?;
        ui.data("")?;
        ui.data(&format!("decoded, for reading:\n{}", clean(&text)))?;
    }
    Ok(())
}
