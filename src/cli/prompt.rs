//! Questions, at a terminal only.
//!
//! Promises: without a terminal nothing is asked and nothing assumed: the caller is told that there is no answer. Absent: a
//! default of yes.

use dialoguer::Confirm;

use crate::cli::ui::Ui;

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Yes, by the person or by a flag.
    Yes,
    /// No.
    No,
    /// Nobody could be asked.
    Nobody,
}

/// Asks a question that `--yes` answers.
#[must_use]
pub fn confirm(ui: &Ui, yes: bool, question: &str) -> Reply {
    if yes {
        return Reply::Yes;
    }
    if !ui.can_ask() {
        return Reply::Nobody;
    }
    match Confirm::new().with_prompt(question).default(false).show_default(true).interact_opt() {
        Ok(Some(true)) => Reply::Yes,
        Ok(Some(false) | None) => Reply::No,
        Err(_) => Reply::Nobody,
    }
}
