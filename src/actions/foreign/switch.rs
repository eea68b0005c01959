//! Switch: a foreign tool's telemetry off or on, in its own files.
//!
//! Promises: what an earlier kill cut off is mended first; what was written is read back and weighed as the tool would, and is an error
//! where it is not what was planned. Absent: asking; a no of ours beside the tool's own.

use std::path::PathBuf;

use crate::actions::context::{Context, Tool};
use crate::actions::foreign::change::{Changed, carry_out};
use crate::actions::foreign::look::{Looked, look};
use crate::actions::foreign::mend::{self, Mended};
use crate::actions::foreign::plan::{Plan, PlanError, Wish, plan};
use crate::actions::foreign::steps::ChangeError;
use crate::actions::gather::read_policy;
use crate::consent::effective::State;
use crate::consent::policy::Policy;
use crate::identity::names::ToolName;
use crate::manifest::foreign::layers::Scope;

/// How often it is worked out again when a program wrote a file in between: PipeRider adds to its queue with each command.
pub const AGAIN: usize = 5;

/// Why it was not switched.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// The tool has no switches that are described.
    #[error("no switch of {0} is known")]
    NoSwitch(String),
    /// The machine's policy does not allow it.
    #[error("nothing was changed: {} does not allow telemetry of {tool}", path.display())]
    Policy {
        /// The policy.
        path: PathBuf,
        /// The tool.
        tool: String,
    },
    /// It cannot be worked out.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// It cannot be written.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// It was written, and is not so.
    #[error("it was written, and {tool} is {found} and not {wanted}")]
    NotLanded {
        /// The tool.
        tool: String,
        /// What holds.
        found: &'static str,
        /// What was planned.
        wanted: &'static str,
    },
}

/// A switch that was made.
#[derive(Debug)]
pub struct Switched {
    /// What was done.
    pub plan: Plan,
    /// The tool as it is now.
    pub looked: Looked,
    /// What was cut off before.
    pub mended: Vec<Mended>,
}

/// Whether the machine's policy allows the tool to be on.
///
/// # Errors
/// It does not.
pub fn allowed(context: &Context, tool: &ToolName) -> Result<(), SwitchError> {
    let path = context.paths.policy();
    match read_policy(path) {
        Policy::Absent => Ok(()),
        Policy::Allows(allowed) if allowed.tool(tool.as_str()) => Ok(()),
        Policy::Allows(_) | Policy::Unreadable { .. } => {
            Err(SwitchError::Policy { path: path.to_path_buf(), tool: tool.to_string() })
        }
    }
}

/// What would be done, and nothing is.
///
/// # Errors
/// It cannot be worked out.
pub fn planned(context: &Context, tool: &Tool, wish: Wish) -> Result<(Plan, Looked), SwitchError> {
    let name = &tool.manifest.tool;
    if wish.on {
        allowed(context, name)?;
    }
    let looked = look(context, tool, None).ok_or_else(|| SwitchError::NoSwitch(name.to_string()))?;
    Ok((plan(&looked, name, wish)?, looked))
}

/// Switches it.
///
/// # Errors
/// It was not switched, or what was written is not so.
pub fn switch(context: &Context, tool: &Tool, wish: Wish) -> Result<Switched, SwitchError> {
    let name = &tool.manifest.tool;
    let mut mended = mend::mend(context, name)?;
    for again in 1.. {
        let (plan, looked) = planned(context, tool, wish)?;
        if plan.change.files.is_empty() {
            return Ok(Switched { plan, looked, mended });
        }
        match carry_out(context, &plan.change) {
            Ok(Changed { mended: also, .. }) => {
                mended.extend(also);
                let looked = look(context, tool, None).ok_or_else(|| SwitchError::NoSwitch(name.to_string()))?;
                landed(&plan, &looked, name.as_str())?;
                return Ok(Switched { plan, looked, mended });
            }
            Err(ChangeError::Changed(_)) if again < AGAIN => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(SwitchError::NoSwitch(name.to_string()))
}

/// Whether what was planned holds.
///
/// # Errors
/// It does not.
pub fn landed(plan: &Plan, looked: &Looked, tool: &str) -> Result<(), SwitchError> {
    let (found, wanted) = (looked.effective.state, plan.after.state);
    if found == wanted {
        return Ok(());
    }
    Err(SwitchError::NotLanded { tool: tool.to_owned(), found: found.as_str(), wanted: wanted.as_str() })
}

/// A foreign tool that is on this machine and not surely off.
#[derive(Debug)]
pub struct Found {
    /// The tool.
    pub tool: Tool,
    /// What would be done about it, or why nothing can.
    pub plan: Result<Plan, SwitchError>,
    /// What it is now.
    pub state: State,
}

/// The foreign tools among these that are here and not surely off.
#[must_use]
pub fn not_off(context: &Context, tools: Vec<Tool>) -> Vec<Found> {
    let wish = Wish { on: false, scope: Scope::User };
    let one = |tool: Tool| {
        let looked = look(context, &tool, None)?;
        let state = looked.effective.state;
        if !looked.is_here() || state == State::Off {
            return None;
        }
        let plan = plan(&looked, &tool.manifest.tool, wish).map_err(SwitchError::from);
        Some(Found { tool, plan, state })
    };
    tools.into_iter().filter_map(one).collect()
}
