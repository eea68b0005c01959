//! From errors to words: what failed, the causes, one hint that is a command, and the exit code.
//!
//! Promises: every library error has its exit code and hint here and nowhere else. Absent: backtraces.

use std::path::Path;

use anyhow::Error;

use crate::actions::disable::{DisableError, ProjectNoError};
use crate::actions::flush::FlushError;
use crate::actions::foreign::plan::PlanError;
use crate::actions::foreign::steps::ChangeError;
use crate::actions::foreign::switch::SwitchError;
use crate::actions::forget::ForgetError;
use crate::actions::id::IdError;
use crate::actions::init::InitError;
use crate::actions::track::TrackError;
use crate::actions::undo::UndoError;
use crate::cli::exit::Exit;
use crate::cli::shell::{in_shell, of_manifest};
use crate::cli::ui::{Ui, clean};
use crate::host::files::FileError;
use crate::host::paths::HomeError;
use crate::host::standing::Refusal;
use crate::identity::names::ToolName;
use crate::manifest::catalog::CatalogError;

/// An error that a command itself found.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What failed, on what, and why.
    pub message: String,
    /// What to do: a command.
    pub hint: Option<String>,
    /// The exit code.
    pub exit: Exit,
}

impl Failure {
    /// With this message and exit code.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Says what failed, and gives the exit code; the hint is for the tool that was named, and for the manifest that was.
pub fn say(ui: &Ui, error: &Error, tool: Option<&ToolName>, manifest: Option<&Path>) -> Exit {
    let (exit, hint) = judge(error);
    let of_tool = |hint: &str| hint.contains("TOOL") || tool.is_some_and(|tool| hint.contains(tool.as_str()));
    let hint = hint.map(|hint| if of_tool(&hint) { of_manifest(&hint, manifest) } else { hint });
    let hint = hint.map(|hint| match tool {
        Some(tool) => hint.replace("TOOL", tool.as_str()),
        // A no for all has no tool to say again.
        None if error.is::<DisableError>() => hint.replace(" TOOL", ""),
        None => hint,
    });
    let mut lines = vec![format!("error: {}", clean(&error.to_string()))];
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // A cause that its error already quotes is not said twice.
        if !said.contains(&cause) {
            lines.push(format!("  because: {}", clean(&cause)));
            said = cause;
        }
    }
    if let Some(CatalogError::Invalid { problems, .. }) = error.downcast_ref() {
        lines.extend(problems.iter().take(20).map(|problem| format!("  {}", clean(&problem.to_string()))));
    }
    lines.extend(hint.map(|hint| format!("hint: {}", clean(&hint))));
    ui.warn(&lines.join("\n"));
    exit
}

fn judge(error: &Error) -> (Exit, Option<String>) {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return (failure.exit, failure.hint.clone());
    }
    if let Some(error) = error.downcast_ref::<CatalogError>() {
        return catalog(error);
    }
    if let Some(error) = error.downcast_ref::<HomeError>() {
        return (
            Exit::Failed,
            Some(match error {
                HomeError::Missing | HomeError::Relative(_) => "export HOME=/absolute/path".to_owned(),
            }),
        );
    }
    let hint = match (error.downcast_ref::<DisableError>(), error.downcast_ref::<ForgetError>()) {
        (Some(DisableError::Marker(_) | DisableError::NotThere(_)), _) => Some("export DO_NOT_TRACK=1".to_owned()),
        (Some(DisableError::Profile { .. }), _) => Some("telemetry status TOOL --explain".to_owned()),
        (Some(DisableError::Purge(_) | DisableError::Unconfirmed { .. }), _) => {
            Some("telemetry disable TOOL".to_owned())
        }
        (None, Some(ForgetError::Busy(_))) => Some("try again: telemetry forget goes on where it ended".to_owned()),
        (None, Some(ForgetError::Disable(_) | ForgetError::File(_) | ForgetError::Profile(_)) | None) => rest(error),
    };
    let exit = match error.downcast_ref::<FlushError>() {
        Some(FlushError::Busy(_)) => Exit::NotNow,
        Some(FlushError::File(_) | FlushError::Profile(_)) | None => Exit::Failed,
    };
    (exit, hint)
}

fn rest(error: &Error) -> Option<String> {
    if let Some(TrackError::Event(_)) = error.downcast_ref() {
        return Some("telemetry show-payload TOOL".to_owned());
    }
    match error.downcast_ref::<IdError>() {
        Some(IdError::None) => return Some("telemetry enable TOOL".to_owned()),
        Some(IdError::NotTaken(_) | IdError::Profile(_) | IdError::Unreadable { .. }) | None => {}
    }
    match error.downcast_ref::<InitError>() {
        Some(InitError::Home | InitError::NoDirectory) => return Some("cd PROJECT".to_owned()),
        Some(InitError::Unreadable { .. } | InitError::Project(_) | InitError::Purge(_)) | None => {}
    }
    match error.downcast_ref::<ProjectNoError>() {
        Some(ProjectNoError::NoProject) => return Some("cd PROJECT, or leave out --project".to_owned()),
        Some(ProjectNoError::Project(_)) | None => {}
    }
    if let Some(UndoError::Change(error)) = error.downcast_ref() {
        return change(error);
    }
    if let Some(error) = error.downcast_ref::<ChangeError>() {
        return change(error);
    }
    match error.downcast_ref::<SwitchError>() {
        Some(SwitchError::Change(error)) => return change(error),
        Some(SwitchError::Plan(PlanError::Nowhere { line, .. })) => {
            return Some(line.clone().unwrap_or_else(|| "cd PROJECT".to_owned()));
        }
        Some(SwitchError::Policy { path, .. }) => return Some(format!("cat {}", in_shell(path))),
        Some(SwitchError::NoSwitch(_) | SwitchError::Plan(_) | SwitchError::NotLanded { .. }) => {
            return Some("telemetry status TOOL".to_owned());
        }
        None => {}
    }
    match error.downcast_ref::<FileError>() {
        Some(FileError::NotAFolder { path } | FileError::NotAFile { path }) => {
            Some(format!("ls -ld {}", in_shell(path)))
        }
        Some(FileError::OthersMayWrite { path }) => Some(format!("chmod go-w {}", in_shell(path))),
        // `status` names what of a tool's files cannot be read.
        Some(FileError::System { .. } | FileError::TooLarge { .. }) | None => {
            error.is::<FlushError>().then(|| "telemetry status TOOL".to_owned())
        }
    }
}

/// Files of somebody else's that were not changed.
fn change(error: &ChangeError) -> Option<String> {
    match error {
        ChangeError::Refused(Refusal::ReadOnly(path)) => Some(format!("chmod u+w {}", in_shell(path))),
        ChangeError::Refused(Refusal::File(FileError::OthersMayWrite { path })) => {
            Some(format!("chmod go-w {}", in_shell(path)))
        }
        ChangeError::Refused(Refusal::Names { path, .. }) => Some(format!("ls -li {}", in_shell(path))),
        ChangeError::Refused(Refusal::File(_) | Refusal::Path(_)) | ChangeError::File(_) => None,
        ChangeError::Changed(_) | ChangeError::Locked(_) | ChangeError::Busy(_) => Some("try again".to_owned()),
        ChangeError::Half { .. } => Some("telemetry undo TOOL --list".to_owned()),
    }
}

fn catalog(error: &CatalogError) -> (Exit, Option<String>) {
    match error {
        CatalogError::Unknown(_) => (Exit::Unknown, Some("telemetry list".to_owned())),
        CatalogError::NoFile(path) => (Exit::Unknown, Some(format!("ls {}", in_shell(path)))),
        CatalogError::File(FileError::OthersMayWrite { path }) => {
            (Exit::Failed, Some(format!("chmod go-w {}", in_shell(path))))
        }
        CatalogError::File(_) => (Exit::Failed, None),
        CatalogError::Invalid { path, .. } => {
            (Exit::Failed, Some(format!("telemetry manifest check {}", in_shell(path))))
        }
        CatalogError::OtherName { path, declared } => {
            let named = path.with_file_name(format!("{declared}.yml"));
            (Exit::Failed, Some(format!("mv {} {}", in_shell(path), in_shell(&named))))
        }
    }
}
