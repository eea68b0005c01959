//! What every action is given: the environment, the clock, the places, and where manifests are looked for.
//!
//! Promises: nothing is read before it is asked for. Absent: global state.

use std::path::PathBuf;

#[cfg(feature = "foreign")]
use crate::actions::foreign::given::Given;
use crate::host::clock::Clock;
use crate::host::env::{Env, working_directory};
use crate::host::paths::{HomeError, Paths};
use crate::identity::names::ToolName;
use crate::identity::places::Places;
use crate::manifest::catalog::{self, CatalogError, Found, Origin};
use crate::manifest::follow;
use crate::manifest::tool::Manifest;

/// What every action is given.
#[derive(Debug, Clone)]
pub struct Context {
    /// The environment.
    pub env: Env,
    /// The clock.
    pub clock: Clock,
    /// The user's and the machine's places.
    pub paths: Paths,
    /// The working directory, where there is one: a project is looked for from here.
    pub directory: Option<PathBuf>,
    /// The manifest that was named, if one was.
    pub manifest: Option<PathBuf>,
}

/// A tool with its manifest and its places.
#[derive(Debug, Clone)]
pub struct Tool {
    /// The manifest.
    pub manifest: Manifest,
    /// Where it was found.
    pub origin: Origin,
    /// The tool's places.
    pub places: Places,
    /// What was pointed at, of a family of programs.
    #[cfg(feature = "foreign")]
    pub given: Given,
}

impl Context {
    /// The context of this process.
    ///
    /// # Errors
    /// There is no home.
    pub fn of_process() -> Result<Self, HomeError> {
        let env = Env::of_process();
        let paths = Paths::from_env(&env)?;
        Ok(Self { env, clock: Clock::System, paths, directory: working_directory(), manifest: None })
    }

    /// The same with the manifest of this file.
    #[must_use]
    pub fn with_manifest(self, manifest: Option<PathBuf>) -> Self {
        Self { manifest, ..self }
    }

    /// The tool of this name; with a named manifest, the tool that it declares has to be this one.
    ///
    /// # Errors
    /// There is no valid manifest of this name.
    pub fn tool(&self, name: &ToolName) -> Result<Tool, CatalogError> {
        match &self.manifest {
            None => catalog::find(&self.paths, name).map(|found| self.with_places(found)),
            Some(path) => {
                let tool = self.with_places(catalog::named(path)?);
                if tool.manifest.tool == *name { Ok(tool) } else { Err(CatalogError::Unknown(name.clone())) }
            }
        }
    }

    /// A tool that was found, with its places, and with its destinations as the variables have them that they follow.
    #[must_use]
    pub fn with_places(&self, found: Found) -> Tool {
        let of = if found.manifest.foreign.is_some() { Places::of_foreign } else { Places::of };
        let places = of(&self.paths, &found.manifest.tool);
        let manifest = follow::manifest(found.manifest, &self.env);
        Tool {
            manifest,
            origin: found.origin,
            places,
            #[cfg(feature = "foreign")]
            given: Given::default(),
        }
    }
}
