//! Notice: what a person is told before anything is recorded, and that they were told.
//!
//! Promises: the text is made from the manifest alone; that it was given is kept durably before anything is recorded.
//! Absent: showing it.

use crate::actions::context::{Context, Tool};
use crate::consent::agreement::{Agreement, How, State};
use crate::consent::decide::Decision;
use crate::consent::reason::Reason;
use crate::host::files::{FileError, PRIVATE_FILE};
use crate::host::writes;
use crate::manifest::declaration::Declaration;
use crate::manifest::destinations::{Address, Destination};
use crate::manifest::tool::{Consent, Manifest};

/// What a tool reports, to whom, in lines.
#[must_use]
pub fn what(manifest: &Manifest) -> Vec<String> {
    let to = match &manifest.controller {
        Some(controller) => format!("{controller} at "),
        None => String::new(),
    };
    let addresses: Vec<String> = manifest.destinations.iter().map(Destination::declared).collect();
    let purposes: Vec<String> = manifest.collected(|_| true).into_keys().collect();
    let (purposes, addresses) = (purposes.join(", "), addresses.join(", "));
    let mut lines = vec![format!("{} reports how it is used, for {purposes}, to {to}{addresses}.", manifest.tool)];
    let carried: Vec<&str> =
        manifest.ids.iter().map(|id| id.words()).chain(manifest.facts.iter().map(|fact| fact.words())).collect();
    if !carried.is_empty() {
        lines.push(format!("Each event carries {}.", carried.join("; ")));
    }
    if manifest.destinations.iter().any(|destination| matches!(destination.address, Address::Http { .. })) {
        lines.push("Whoever receives it also sees the IP address it comes from.".to_owned());
    }
    lines
}

/// The notice of a tool, in lines.
#[must_use]
pub fn text(manifest: &Manifest) -> Vec<String> {
    let tool = &manifest.tool;
    let mut lines = what(manifest);
    lines.extend([
        format!("Nothing was recorded yet. See it:  telemetry show-payload {tool}"),
        format!("                     Turn it off:  telemetry disable {tool}"),
    ]);
    lines.extend(manifest.privacy.iter().map(|page| format!("                       Read more:  {page}")));
    lines
}

/// Whether the notice is all that is missing, or has to be given again because more is declared than was shown.
#[must_use]
pub fn is_due(manifest: &Manifest, agreement: &State, decision: &Decision) -> bool {
    if manifest.consent != Consent::OptOut {
        return false;
    }
    let mut reasons = decision.reasons().peekable();
    if reasons.peek().is_some() {
        return reasons.all(|reason| {
            matches!(reason, Reason::NoticePending)
                || (wider(manifest, agreement)
                    && matches!(reason, Reason::AgreementEvent(_) | Reason::AgreementPurpose(_)))
        });
    }
    wider(manifest, agreement)
}

/// Whether the notice that was shown covers less than is declared now.
fn wider(manifest: &Manifest, agreement: &State) -> bool {
    match agreement {
        State::Given(agreement) if matches!(agreement.how, How::Notice | How::Log) => {
            !agreement.declaration.missing(&Declaration::of(manifest)).is_empty()
        }
        State::Given(_) | State::Absent | State::Unreadable(_) => false,
    }
}

/// Keeps that the notice was given, or that a variable said yes. What was recorded since an earlier notice stays valid.
///
/// # Errors
/// It cannot be written.
pub fn keep(context: &Context, tool: &Tool, how: How, before: &State) -> Result<(), FileError> {
    let since = match before {
        State::Given(agreement) if agreement.how == how => agreement.since,
        State::Given(_) | State::Absent | State::Unreadable(_) => context.clock.now(),
    };
    let agreement = Agreement { how, since, declaration: Declaration::of(&tool.manifest) };
    writes::private_folder(tool.places.telemetry())?;
    let (path, bytes) = (tool.places.agreement(), agreement.to_bytes());
    if *before == State::Absent {
        // Of many first runs the first one counts: a later one would put what that one recorded before the yes.
        writes::create_durable(&path, &bytes, PRIVATE_FILE)?;
    } else {
        writes::write_durable(&path, &bytes, PRIVATE_FILE)?;
    }
    Ok(())
}
