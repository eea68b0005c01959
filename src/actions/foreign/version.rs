//! The version of a foreign tool that is installed.
//!
//! Promises: nothing is run to find out; what is not known is said with the reason. Absent: asking a server (`ids`).

use std::path::{Path, PathBuf};

use crate::actions::context::Context;
use crate::actions::foreign::found::{Content, Found};
use crate::actions::foreign::given::Given;
use crate::actions::foreign::texts;
use crate::host::installed;
use crate::manifest::foreign::{Foreign, VersionSource};
use crate::manifest::versions::{Version, Versions};

/// What is installed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installed {
    /// The program on PATH.
    pub program: Option<PathBuf>,
    /// Its version, where known.
    pub version: Option<Version>,
    /// Where the version was read, or why it is not known.
    pub how: String,
}

impl Installed {
    /// Whether what holds in `versions` holds here; where the version is not known, it may.
    #[must_use]
    pub fn may_be_in(&self, versions: &Versions) -> bool {
        self.version.is_none() || versions.has(self.version.as_ref())
    }
}

/// Looks for the program and its version; `asked` stands in for what is installed.
#[must_use]
pub fn installed(
    (context, given): (&Context, &Given),
    foreign: &Foreign,
    project: Option<&Path>,
    files: &[Found],
    asked: Option<&Version>,
) -> Installed {
    let program = foreign.programs.iter().find_map(|name| installed::program(&context.env, name));
    let mut how = "the program is not on PATH".to_owned();
    let found = program.as_ref().map(|program| program.found.clone());
    if let Some(version) = asked {
        return Installed { program: found, version: Some(version.clone()), how: "as asked".to_owned() };
    }
    if given.component.is_some() {
        how = "nothing that was given says it".to_owned();
    }
    if let Some(text) = given.launcher.as_ref().and_then(|launcher| launcher.version.as_ref()) {
        match Version::new(text) {
            Ok(version) => return Installed { program: found, version: Some(version), how: "its image".to_owned() },
            Err(error) => how = error.to_string(),
        }
    }
    for source in &foreign.version {
        let text = match source {
            VersionSource::Python(name) => match program.as_ref().map(|program| installed::python(program, name)) {
                Some(Ok(package)) => Some((package.version, format!("the Python package {name}"))),
                Some(Err(error)) => {
                    how = error.to_string();
                    None
                }
                None => None,
            },
            VersionSource::Npm(name) => match project.map(|project| installed::npm(project, name)) {
                Some(Ok(Some(package))) => Some((package.version, format!("the npm package {name}"))),
                Some(Ok(None)) => {
                    how = format!("the npm package {name} is not installed in the project");
                    None
                }
                Some(Err(error)) => {
                    how = error.to_string();
                    None
                }
                None => {
                    how = "there is no project here".to_owned();
                    None
                }
            },
            VersionSource::Key { file, key } => {
                let found = files.iter().find(|found| found.name == *file);
                let kept = foreign.file(file).map(|file| file.kept);
                match (found.map(|found| &found.content), kept) {
                    (Some(Content::Bytes(bytes)), Some(kept)) => {
                        texts::seen(kept, bytes, key).text().map(|text| (text, format!("the file {file}")))
                    }
                    _ => None,
                }
            }
            VersionSource::Answer { .. } => {
                how = "only the running server tells it (--url)".to_owned();
                None
            }
        };
        if let Some((text, from)) = text {
            match Version::new(&text) {
                Ok(version) => return Installed { program: found, version: Some(version), how: from },
                Err(error) => how = error.to_string(),
            }
        }
    }
    Installed { program: found, version: None, how }
}
