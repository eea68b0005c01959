//! The notice, given where somebody can see it: at a terminal, or in the log of a server whose manifest says so.
//!
//! Promises: that it was given is kept only when it was. Absent: its text (`actions/notice`).

use crate::actions::context::Tool;
use crate::actions::gather::{self, Where};
use crate::actions::notice;
use crate::cli::session::Session;
use crate::cli::ui::clean;
use crate::consent::agreement::{How, State};
use crate::manifest::tool::NoticeRule;

/// Gives the notice, unless nobody would see it or `silent` forbids talking at a terminal; `true` when it was given.
///
/// # Errors
/// That it was given cannot be kept.
pub fn give(session: &Session, tool: &Tool, silent: bool) -> anyhow::Result<bool> {
    let how = match tool.manifest.notice {
        NoticeRule::Log => How::Log,
        NoticeRule::Terminal if session.ui.talks_to_person() && !silent => How::Notice,
        NoticeRule::Terminal => return Ok(false),
    };
    let before = match gather::facts(&session.context, &tool.manifest, &tool.places, &Where::Nowhere).agreement {
        State::Unreadable(_) => return Ok(false),
        state @ (State::Absent | State::Given(_)) => state,
    };
    for line in notice::text(&tool.manifest) {
        let command = line.contains(":  telemetry ");
        session.ui.warn(&clean(&if command { session.command(&line) } else { line }));
    }
    notice::keep(&session.context, tool, how, &before)?;
    Ok(true)
}
