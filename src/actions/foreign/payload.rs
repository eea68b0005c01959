//! What a foreign tool would send: a request of its manifest, filled from what is on this machine.
//!
//! Promises: nothing is written, sent or run; what cannot be read is unknown, with the reason. Absent: filling itself
//! (`payload/foreign`).

use regex_lite::Regex;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::actions::context::{Context, Tool};
use crate::actions::foreign::found::Content;
use crate::actions::foreign::ids::{self, Ids, Is};
use crate::actions::foreign::look::{Looked, look};
use crate::consent::effective::Winner;
use crate::host::{facts, installed, system, time_zone};
use crate::identity::profile::error_words;
use crate::manifest::foreign::Foreign;
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::requests::{Filled, ForeignRequest, MachineFact};
use crate::manifest::foreign::truths::Seen;
use crate::manifest::versions::{Version, Versions};
use crate::payload::digest::Digest;
use crate::payload::foreign::{Breach, Built, Given, Machine, Mark, breaches, build, bytes};

/// A request as it would be sent.
#[derive(Debug)]
pub struct ForeignPayload {
    /// What its manifest says of it.
    pub request: ForeignRequest,
    /// The version that it is of; without one it is of the newest.
    pub version: Option<Version>,
    /// What was found of the tool.
    pub looked: Looked,
    /// The address.
    pub address: Built,
    /// Headers.
    pub headers: Vec<(String, Built)>,
    /// The body.
    pub body: Built,
    /// Its bytes, with stars for what is never shown.
    pub bytes: Vec<u8>,
    /// Their digest.
    pub digest: Digest,
    /// What of it breaks a published table of fields.
    pub breaches: Vec<Breach>,
    /// Settings that point the tool elsewhere.
    pub elsewhere: Vec<String>,
    /// All events that are known of this version.
    pub events: Vec<String>,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The event; without it the first.
    pub event: Option<&'a str>,
    /// The version in the place of the one that is installed.
    pub version: Option<&'a Version>,
    /// What a person tells, by its name.
    pub given: &'a [(String, String)],
}

/// Why there is no payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The manifest declares none.
    #[error("its manifest does not say what it sends")]
    NotDeclared,
    /// The version decides, and is not known.
    #[error("its version is not known, and what it sends depends on it: {0}")]
    NoVersion(String),
    /// No request of this version.
    #[error("nothing is known of what version {version} sends{}", list("; known: ", known))]
    OtherVersion {
        /// The version.
        version: String,
        /// Those of which it is known.
        known: Vec<String>,
    },
    /// A person told what is not asked for.
    #[error("nothing is asked for by the name {name:?}{}", list(": ", known))]
    NotAsked {
        /// The name.
        name: String,
        /// All names.
        known: Vec<String>,
    },
    /// What a person told is not of the form.
    #[error("{name}: that is not {says}")]
    Form {
        /// The name.
        name: String,
        /// What it is.
        says: String,
    },
    /// No event of this name.
    #[error("it has no event {event:?} in version {version}; it has: {}", known.join(", "))]
    NoEvent {
        /// What was asked for.
        event: String,
        /// The version.
        version: String,
        /// The events that there are.
        known: Vec<String>,
    },
}

/// Names, after a word, where there are any.
fn list(before: &str, names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("{before}{}", names.join(", ")) }
}

/// Builds a request.
///
/// # Errors
/// There is none, or the version that decides is not known, or what a person told is not asked for or not of its form.
pub fn payload(context: &Context, tool: &Tool, wanted: &Wanted<'_>) -> Result<ForeignPayload, PayloadError> {
    let looked = look(context, tool, wanted.version).ok_or(PayloadError::NotDeclared)?;
    if looked.foreign.requests.is_empty() {
        return Err(PayloadError::NotDeclared);
    }
    told(&looked.foreign, wanted.given)?;
    let version = looked.installed.version.clone();
    // Of a file that a person points at, nothing may tell the version; of what is installed something should.
    if version.is_none() && looked.given.component.is_none() {
        return Err(PayloadError::NoVersion(looked.installed.how));
    }
    let lies =
        |versions: &Versions| version.as_ref().map_or(versions.has_newest(), |version| versions.has(Some(version)));
    let here: Vec<&ForeignRequest> = looked.foreign.requests.iter().filter(|request| lies(&request.versions)).collect();
    let of = version.as_ref().map_or_else(|| "the newest".to_owned(), ToString::to_string);
    let event = wanted.event;
    let events: Vec<String> = here.iter().map(|request| request.event.clone()).collect();
    let found = here.iter().find(|request| event.is_none_or(|event| request.event == event));
    let request = match (found, event) {
        (Some(request), _) => (*request).clone(),
        (None, Some(event)) if !here.is_empty() => {
            return Err(PayloadError::NoEvent { event: event.to_owned(), version: of, known: events });
        }
        (None, _) => {
            let mut known: Vec<String> = looked.foreign.requests.iter().map(|one| one.versions.to_string()).collect();
            known.dedup();
            return Err(PayloadError::OtherVersion { version: of, known });
        }
    };
    let ids = ids::read(context, &looked, None);
    let here = Here { context, looked: &looked, version: version.as_ref(), ids, given: wanted.given };
    let fill = |filled| build(filled, &here, request.style);
    let (address, body) =
        (fill(&request.address).unwrap_or_else(Built::nothing), fill(&request.body).unwrap_or_else(Built::nothing));
    let headers = request.headers.iter();
    let headers: Vec<(String, Built)> =
        headers.filter_map(|(name, value)| Some((name.clone(), fill(value)?))).collect();
    let bytes = bytes(&body, request.style);
    let digest = Digest::of(&bytes);
    let elsewhere = elsewhere(&looked, version.as_ref());
    let breaches = breaches(&body);
    let mut address = address;
    if !elsewhere.is_empty() && matches!(address.mark, Mark::Exact) && matches!(request.address, Filled::Text(_)) {
        address.mark = Mark::Reconstructed("a setting points it elsewhere".to_owned());
    }
    Ok(ForeignPayload { request, version, looked, address, headers, body, bytes, digest, breaches, elsewhere, events })
}

/// Whether all that a person told is asked for, and of its form.
///
/// # Errors
/// It is not.
pub fn told(foreign: &Foreign, given: &[(String, String)]) -> Result<(), PayloadError> {
    for (name, value) in given {
        let asks = &foreign.asks;
        let Some(ask) = asks.iter().find(|ask| ask.name == *name) else {
            let known = asks.iter().map(|ask| ask.name.clone()).collect();
            return Err(PayloadError::NotAsked { name: name.clone(), known });
        };
        if !Regex::new(&format!("^(?:{})$", ask.form)).is_ok_and(|form| form.is_match(value)) {
            return Err(PayloadError::Form { name: name.clone(), says: ask.says.clone() });
        }
    }
    Ok(())
}

/// Settings that point the tool elsewhere than its manifest says.
fn elsewhere(looked: &Looked, version: Option<&Version>) -> Vec<String> {
    let mut all = Vec::new();
    for endpoint in looked.foreign.endpoints.iter().filter(|endpoint| endpoint.versions.has(version)) {
        let variable = Source::Variable(endpoint.variable.clone());
        for source in std::iter::once(&variable).chain(&endpoint.overridden) {
            if looked.at(source).is_there() {
                all.push(words(source));
            }
        }
    }
    all
}

/// Where a setting stands, in words.
fn words(source: &Source) -> String {
    match source {
        Source::Variable(name) => format!("the variable {name}"),
        Source::Property(name) => format!("the property {name}"),
        Source::Key { file, key } => format!("{} in {file}", key.join(".")),
    }
}

/// This machine, as a tool sees it.
struct Here<'a> {
    context: &'a Context,
    looked: &'a Looked,
    version: Option<&'a Version>,
    ids: Ids,
    given: &'a [(String, String)],
}

impl Machine for Here<'_> {
    fn version(&self) -> Option<&Version> {
        self.version
    }

    fn told(&self, name: &str) -> Given {
        if let Some((_, value)) = self.given.iter().find(|(given, _)| given == name) {
            return Given::Value(Value::String(value.clone()), "what you gave".to_owned());
        }
        let says = self.looked.foreign.asks.iter().find(|ask| ask.name == name).map(|ask| ask.says.as_str());
        Given::Unknown(format!("{}, which no file tells: --given {name}=…", says.unwrap_or(name)))
    }

    fn id(&self, name: &str) -> Given {
        let Some(found) = self.ids.ids.iter().find(|found| found.declared.name == name) else {
            return Given::Absent;
        };
        match &found.is {
            Is::Known(id) => {
                let from = found.from.as_ref().map_or_else(String::new, |from| format!(", of {from}"));
                Given::Value(Value::String(id.clone()), format!("the {name}{from}"))
            }
            Is::None => Given::Absent,
            Is::NotAsked => Given::NotAsked(format!("{name}: only the running server tells it")),
            Is::Unknown(why) => Given::Unknown(format!("{name}: {why}")),
        }
    }

    fn fact(&self, fact: MachineFact) -> Given {
        match self.known(fact) {
            Some(value) => Given::Value(value, "this machine".to_owned()),
            // A distribution that has no such key has none.
            None if fact == MachineFact::DistributionLike => Given::Value(Value::Null, "this machine".to_owned()),
            None => Given::Unknown(format!("{} of this machine", fact.as_str())),
        }
    }

    fn setting(&self, source: &Source) -> Given {
        let from = words(source);
        match self.looked.at(source) {
            Seen::Broken(why) => Given::Unknown(format!("{from}: {why}")),
            // Whoever writes null takes away what stands below, and says nothing instead.
            Seen::Null => Given::Value(Value::Null, from),
            seen => seen.text().map_or(Given::Absent, |text| Given::Value(Value::String(text), from)),
        }
    }

    fn raw(&self, file: &str, key: &[String]) -> Result<Option<Box<RawValue>>, String> {
        match self.looked.file(file).map(|found| &found.content) {
            None | Some(Content::Missing) => Ok(None),
            Some(Content::Other) => Err(format!("the file {file} is no text")),
            Some(Content::Unreadable(error)) => Err(format!("the file {file}: {}", error_words(error))),
            Some(Content::Unseen(why)) => Err(format!("the file {file}: {why}")),
            Some(Content::Bytes(bytes)) => {
                part(bytes, key).map_err(|()| format!("the file {file} has nothing like that in it"))
            }
        }
    }

    fn winner(&self) -> Result<Option<usize>, String> {
        match self.looked.effective.winner {
            Winner::Layer(index) => Ok(Some(index)),
            Winner::Usual => Ok(None),
            Winner::Version => Err("the layer that decides".to_owned()),
        }
    }
}

/// The bytes at a key of JSON.
fn part(bytes: &[u8], key: &[String]) -> Result<Option<Box<RawValue>>, ()> {
    let mut raw: Box<RawValue> = serde_json::from_slice(bytes).map_err(|_| ())?;
    for one in key {
        let mut inner: std::collections::BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(raw.get()).map_err(|_| ())?;
        let Some(value) = inner.remove(one) else { return Ok(None) };
        raw = value;
    }
    Ok(Some(raw))
}

impl Here<'_> {
    fn known(&self, fact: MachineFact) -> Option<Value> {
        let root = self.context.paths.root();
        let kernel = system::kernel();
        let distribution = |key: &str| system::distribution(root, key).map(Value::from);
        let memory = |line: &str, times: u64| system::memory_kb(root, line)?.checked_mul(times).map(Value::from);
        let python = || self.looked.installed.program.as_ref().and_then(|_| self.python());
        match fact {
            MachineFact::System => Some(Value::from(if kernel.name == "Darwin" { "darwin" } else { facts::os() })),
            MachineFact::SystemName => Some(Value::from(kernel.name)),
            MachineFact::SystemRelease => Some(Value::from(kernel.release)),
            MachineFact::SystemVersion => Some(Value::from(kernel.version)),
            MachineFact::Machine => Some(Value::from(kernel.machine)),
            MachineFact::DistributionId => distribution("ID"),
            MachineFact::DistributionLike => distribution("ID_LIKE"),
            MachineFact::DistributionName => distribution("NAME"),
            MachineFact::DistributionVersion => distribution("VERSION_ID"),
            MachineFact::Cores => system::processors(root).map(Value::from),
            MachineFact::CoresAvailable => facts::cpu_count().map(Value::from),
            MachineFact::MemoryTotal => memory("MemTotal", 1024),
            MachineFact::MemoryFree => memory("MemFree", 1024),
            MachineFact::MemoryTotalKb => memory("MemTotal", 1),
            MachineFact::MemoryFreeKb => memory("MemFree", 1),
            MachineFact::TimeZone => time_zone::time_zone(&self.context.env, root).map(Value::from),
            MachineFact::UtcOffset => {
                let zone = time_zone::time_zone(&self.context.env, root)?;
                matches!(zone.as_str(), "UTC" | "Etc/UTC" | "Etc/GMT" | "GMT" | "UCT" | "Zulu").then(|| Value::from(0))
            }
            MachineFact::HostName => facts::host_name().map(|name| Value::from(name.to_show())),
            MachineFact::Python => python().map(Value::from),
            MachineFact::PythonShort => {
                python().map(|version| Value::from(version.split('.').take(2).collect::<Vec<_>>().join(".")))
            }
        }
    }

    fn python(&self) -> Option<String> {
        let all = self.looked.foreign.programs.iter();
        let program = all.into_iter().find_map(|name| installed::program(&self.context.env, name))?;
        installed::python_version(&program)
    }
}

/// The body as a document for programs: each value with how sure it is.
#[must_use]
pub fn decoded(payload: &ForeignPayload) -> Vec<Map<String, Value>> {
    crate::payload::foreign::rows(&payload.body)
        .into_iter()
        .map(|row| {
            let mut map = Map::new();
            map.insert("path".to_owned(), row.path.into());
            map.insert("value".to_owned(), serde_json::from_str(&row.value).unwrap_or(Value::String(row.value)));
            map.insert("mark".to_owned(), row.mark.as_str().into());
            map.insert("why".to_owned(), row.mark.why().map_or(Value::Null, Value::from));
            map.insert("from".to_owned(), row.from.map_or(Value::Null, Value::from));
            map
        })
        .collect()
}
