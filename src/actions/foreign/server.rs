//! Asking the server of a foreign tool that runs on this machine, where a person said at which address.
//!
//! Promises: only this machine is asked, only the paths that the manifest names, each once; an answer is read to a bound and taken for data.
//! Absent: asking unasked.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::destination::http::{Budgets, Client, Proxies, Trouble};
use crate::manifest::foreign::Foreign;
use crate::manifest::foreign::VersionSource;
use crate::manifest::foreign::ids::IdSource;
use crate::manifest::versions::Version;
use crate::settings::json::{self, Grammar};
use crate::settings::value::{Field, Scalar};

/// How long the server may take: it is on this machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the server answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// By path: the body, or why there is none.
    by_path: BTreeMap<String, Result<Vec<u8>, String>>,
    /// The address that was asked.
    pub address: String,
}

/// Asks the server at `address` (such as `http://127.0.0.1:5080`) for all that the manifest reads there.
///
/// # Errors
/// The address is none of this machine, or has more than a machine and a port.
pub fn ask(foreign: &Foreign, address: &str) -> Result<Answers, Trouble> {
    let other = |why: &str| Err(Trouble::Other(why.to_owned()));
    let address = address.trim_end_matches('/');
    let plain = address.split_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?', '#', '@']));
    if !plain {
        return other("an address such as http://127.0.0.1:5080 is asked");
    }
    let client = Client::new(Budgets { connect: PATIENCE, request: PATIENCE }, &Proxies::none())?;
    let mut answers = Answers { address: address.to_owned(), ..Answers::default() };
    let versions = foreign.version.iter().filter_map(|source| match source {
        VersionSource::Answer { path, .. } => Some(path),
        VersionSource::Python(_) | VersionSource::Npm(_) | VersionSource::Key { .. } => None,
    });
    let ids = foreign.ids.iter().filter_map(|id| match &id.source {
        IdSource::Answer { path, .. } => Some(path),
        IdSource::Key { .. }
        | IdSource::Items { .. }
        | IdSource::Row { .. }
        | IdSource::Given { .. }
        | IdSource::Started(_)
        | IdSource::Of { .. }
        | IdSource::Template(_)
        | IdSource::GitRemote { .. } => None,
    });
    for path in versions.chain(ids) {
        if answers.by_path.contains_key(path) {
            continue;
        }
        let answer = match client.ask(&format!("{address}{path}"), PATIENCE) {
            Ok(reply) if reply.status == 200 && !reply.cut => Ok(reply.body),
            Ok(reply) if reply.status == 200 => Err("its answer is too long".to_owned()),
            Ok(reply) => Err(format!("it answered {}", reply.status)),
            Err(trouble @ Trouble::Other(_)) => return Err(trouble),
            Err(trouble) => Err(trouble.to_string()),
        };
        answers.by_path.insert(path.clone(), answer);
    }
    Ok(answers)
}

impl Answers {
    /// The version that the server says it is.
    #[must_use]
    pub fn version(&self, foreign: &Foreign) -> Option<Version> {
        foreign.version.iter().find_map(|source| match source {
            VersionSource::Answer { path, key } => Version::new(&self.at(path, key).ok()??).ok(),
            VersionSource::Python(_) | VersionSource::Npm(_) | VersionSource::Key { .. } => None,
        })
    }

    /// What stands at `key` of the answer to `path`; `None` where nothing does.
    ///
    /// # Errors
    /// There is no answer, in words.
    pub fn at(&self, path: &str, key: &[String]) -> Result<Option<String>, String> {
        let body = match self.by_path.get(path) {
            None => return Err("it was not asked".to_owned()),
            Some(answer) => answer.as_ref().map_err(Clone::clone)?,
        };
        let wanted: Vec<&str> = key.iter().map(String::as_str).collect();
        let fields = json::fields(body, json::LIMIT, Grammar::Json, &[&wanted])
            .map_err(|error| format!("its answer {}", error.kind))?;
        Ok(match fields.field(0) {
            Field::Present(Scalar::Text(text) | Scalar::Number(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        })
    }
}
