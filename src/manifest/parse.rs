//! From the text of a manifest to a checked [`Manifest`], or to every problem with its line.
//!
//! Promises: unknown keys, repeated keys, unknown types and references to what is not declared are problems, never passed
//! over; a version newer than ours is said as such. Absent: defaults that send more than was declared.

use serde::{Deserialize, Serialize};

use crate::host::clock::DAY_MS;
use crate::identity::names::{DestinationName, EventName, FieldName, Purpose, ToolName};
use crate::manifest::destinations::{Address, Batch, Deletion, Destination, FilePlace, Form, Method, WebAddress};
use crate::manifest::events::{Algorithm, Event, Field, Kind, LONGEST_TEXT, Pattern, coarse_unit};
use crate::manifest::ordered::Ordered;
use crate::manifest::switches::{Variable, is_variable};
use crate::manifest::template::{Reference, Template, Word, word};
use crate::manifest::tool::{CiRule, Consent, Fact, IdKind, Limits, Manifest, NoticeRule};
use crate::settings::yaml::{self, ReadErrorKind};

/// The version of the manifest language that this program knows.
pub const VERSION: u64 = 1;
/// Largest manifest, bytes.
pub const LIMIT: usize = 256 * 1024;

/// One thing that is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: keys from the root.
    pub path: Vec<String>,
    /// The line, where known.
    pub line: Option<u32>,
    /// What is wrong, and what is allowed.
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.join("."))?;
        }
        f.write_str(&self.what)
    }
}

/// A manifest as it is written: shapes only.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    manifest: u64,
    tool: String,
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    controller: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    privacy: Option<String>,
    consent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ci: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notice: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    switches: Option<WrittenSwitches>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    facts: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ids: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    events: Ordered<WrittenEvent>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    destinations: Ordered<WrittenDestination>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deletion: Vec<WrittenDeletion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limits: Option<WrittenLimits>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSwitches {
    environment: Vec<WrittenVariable>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenVariable {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    on: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    off: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEvent {
    description: String,
    purpose: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lifecycle: Option<bool>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    fields: Ordered<WrittenField>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    outcome: Ordered<WrittenField>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    destinations: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    example: Ordered<Template>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenField {
    #[serde(rename = "type")]
    kind: String,
    description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    required: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<serde_json::Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<serde_json::Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    buckets: Option<Vec<i64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coarse: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unsalted_because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    longest: Option<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDestination {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    protocol: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    headers: Ordered<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<Template>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDeletion {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    form: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLimits {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    events: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
}

#[derive(Deserialize)]
struct OnlyVersion {
    manifest: Option<u64>,
}

/// Reads the text of a manifest.
///
/// # Errors
/// Every problem that was found, at least one.
pub fn manifest(source: &[u8]) -> Result<Manifest, Vec<Problem>> {
    let checked = written(source).map_err(|problem| vec![problem]).and_then(|written| check(&written));
    checked.map_err(|mut problems| {
        for problem in &mut problems {
            let path: Vec<&str> = problem.path.iter().map(String::as_str).collect();
            problem.line = problem.line.or_else(|| yaml::line_of(source, &path));
        }
        problems
    })
}

/// Reads the text of a manifest as it is written.
///
/// # Errors
/// The first thing that is not of a manifest's shape.
pub fn written(source: &[u8]) -> Result<Written, Problem> {
    let at_root = |line, what| Problem { path: Vec::new(), line, what };
    yaml::read::<Written>(source, LIMIT).map_err(|error| {
        // A newer language has keys and types that we do not know: say that, not the first stumble over one.
        if let Ok(OnlyVersion { manifest: Some(version) }) = yaml::read::<OnlyVersion>(source, LIMIT)
            && version > VERSION
        {
            return at_root(None, newer(version));
        }
        match error.kind {
            ReadErrorKind::Shape => at_root(error.line, error.detail),
            _ => at_root(error.line, error.kind.to_string()),
        }
    })
}

fn newer(version: u64) -> String {
    format!(
        "it is of version {version} of the manifest language, and this program knows version {VERSION}: update telemetry"
    )
}

/// Checks what is written.
///
/// # Errors
/// Every problem that was found, at least one.
pub fn check(written: &Written) -> Result<Manifest, Vec<Problem>> {
    let mut check = Check { problems: Vec::new(), path: Vec::new() };
    let manifest = check.whole(written);
    match manifest {
        Some(manifest) if check.problems.is_empty() => Ok(manifest),
        _ => Err(check.problems),
    }
}

/// Gathers problems on the walk through a manifest.
struct Check {
    problems: Vec<Problem>,
    path: Vec<String>,
}

impl Check {
    fn problem(&mut self, what: impl Into<String>) {
        self.problems.push(Problem { path: self.path.clone(), line: None, what: what.into() });
    }

    fn at<T>(&mut self, key: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(key.to_owned());
        let value = inside(self);
        self.path.pop();
        value
    }

    /// The value, or its error as a problem at `key`.
    fn take<T, E: std::fmt::Display>(&mut self, key: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.at(key, |check| check.problem(error.to_string()));
                None
            }
        }
    }

    /// The value that one of a closed list of words stands for.
    fn choice<T: Copy>(&mut self, key: &str, word: &str, choices: &[(&str, T)]) -> Option<T> {
        let found = choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.at(key, |check| check.problem(format!("{word:?} is not one of: {}", words.join(", "))));
        }
        found
    }

    fn text(&mut self, key: &str, text: &str, longest: usize) -> String {
        if text.trim().is_empty() {
            self.at(key, |check| check.problem("it is empty"));
        }
        if text.chars().any(char::is_control) || text.chars().count() > longest {
            self.at(key, |check| {
                check.problem(format!("it has control characters, or more than {longest} characters"))
            });
        }
        text.to_owned()
    }

    fn whole(&mut self, written: &Written) -> Option<Manifest> {
        if written.manifest != VERSION {
            let what = if written.manifest > VERSION { newer(written.manifest) } else { "the version is 1".to_owned() };
            self.at("manifest", |check| check.problem(what));
        }
        let tool = self.take("tool", ToolName::new(&written.tool));
        let title = self.text("title", &written.title, 200);
        let consent =
            self.choice("consent", &written.consent, &[("opt-in", Consent::OptIn), ("opt-out", Consent::OptOut)]);
        let ci = written.ci.as_deref().unwrap_or("no");
        let ci = self.choice("ci", ci, &[("no", CiRule::No), ("tag", CiRule::Tag)]);
        let notice = written.notice.as_deref().unwrap_or("terminal");
        let notice = self.choice("notice", notice, &[("terminal", NoticeRule::Terminal), ("log", NoticeRule::Log)]);
        let controller = written.controller.as_deref().map(|text| self.text("controller", text, 200));
        let privacy = written.privacy.as_deref().and_then(|text| self.take("privacy", WebAddress::new(text)));
        let variables = self.variables(written.switches.as_ref());
        let facts = self.words("facts", &written.facts, Fact::named, &Fact::ALL.map(Fact::as_str));
        let ids = match &written.ids {
            Some(ids) => self.words("ids", ids, IdKind::named, &IdKind::ALL.map(IdKind::as_str)),
            None => IdKind::ALL.to_vec(),
        };
        let destinations: Vec<Destination> = self.at("destinations", |check| {
            let all = written.destinations.iter();
            all.filter_map(|(name, destination)| check.at(name, |check| check.destination(name, destination))).collect()
        });
        let events = self.at("events", |check| {
            let all = written.events.iter();
            all.filter_map(|(name, event)| check.at(name, |check| check.event(name, event, written))).collect()
        });
        self.references(written);
        let deletion = self
            .at("deletion", |check| written.deletion.iter().filter_map(|deletion| check.deletion(deletion)).collect());
        let limits = self.limits(written.limits.as_ref());
        if written.events.is_empty() && written.switches.is_none() {
            self.problem("it declares neither events nor switches");
        }
        if !written.events.is_empty() && written.destinations.is_empty() {
            self.problem("it declares events and no destination");
        }
        Some(Manifest {
            tool: tool?,
            title,
            controller,
            privacy: privacy.map(|address| address.as_str().to_owned()),
            consent: consent?,
            ci: ci?,
            notice: notice?,
            variables,
            facts,
            ids,
            events,
            destinations,
            deletion,
            limits,
        })
    }

    fn words<T: PartialEq + Copy>(
        &mut self,
        key: &str,
        words: &[String],
        named: impl Fn(&str) -> Option<T>,
        all: &[&str],
    ) -> Vec<T> {
        let mut known: Vec<T> = Vec::new();
        for word in words {
            match named(word) {
                Some(value) if known.contains(&value) => {
                    self.at(key, |check| check.problem(format!("{word:?} stands twice")))
                }
                Some(value) => known.push(value),
                None => self.at(key, |check| check.problem(format!("{word:?} is not one of: {}", all.join(", ")))),
            }
        }
        known
    }

    fn variables(&mut self, switches: Option<&WrittenSwitches>) -> Vec<Variable> {
        let mut variables = Vec::new();
        for variable in switches.map(|switches| switches.environment.as_slice()).unwrap_or_default() {
            self.path.extend(["switches".to_owned(), "environment".to_owned()]);
            if !is_variable(&variable.name) {
                self.problem(format!("{:?} cannot be the name of a variable", variable.name));
            }
            if variable.off.is_empty() {
                self.problem(format!("{} has no value that means off", variable.name));
            }
            if let Some(both) = variable.on.iter().find(|value| variable.off.contains(value)) {
                self.problem(format!("{} means both on and off when it is {both:?}", variable.name));
            }
            self.path.truncate(self.path.len().saturating_sub(2));
            let WrittenVariable { name, on, off } = variable.clone();
            variables.push(Variable { name, on, off });
        }
        variables
    }

    fn event(&mut self, name: &str, event: &WrittenEvent, whole: &Written) -> Option<Event> {
        let parsed = EventName::new(name);
        let name = match parsed {
            Ok(name) => Some(name),
            Err(error) => {
                self.problem(error.to_string());
                None
            }
        };
        let description = self.text("description", &event.description, 500);
        let purpose = self.take("purpose", Purpose::new(&event.purpose));
        let lifecycle = event.lifecycle.unwrap_or(false);
        if !lifecycle && !event.outcome.is_empty() {
            self.problem("it has an outcome and is not a lifecycle event");
        }
        let fields = self.fields("fields", &event.fields);
        let outcome = self.fields("outcome", &event.outcome);
        if let Some(twice) = outcome.iter().find(|field| fields.iter().any(|other| other.name == field.name)) {
            self.problem(format!("the field {} stands in both fields and outcome", twice.name));
        }
        let destinations = self.routes(event.destinations.as_deref(), whole);
        let example = self.example(&event.example, fields.iter().chain(&outcome));
        Some(Event { name: name?, description, purpose: purpose?, lifecycle, fields, outcome, destinations, example })
    }

    fn routes(&mut self, named: Option<&[String]>, whole: &Written) -> Vec<DestinationName> {
        let all: Vec<String> = whole.destinations.iter().map(|(name, _)| name.to_owned()).collect();
        let names = named.unwrap_or(&all);
        for name in names.iter().filter(|name| !all.contains(name)) {
            self.at("destinations", |check| check.problem(format!("{name:?} is not a declared destination")));
        }
        if names.is_empty() {
            self.problem("it goes nowhere: name a destination");
        }
        names.iter().filter_map(|name| DestinationName::new(name).ok()).collect()
    }

    fn example<'a>(
        &mut self,
        example: &Ordered<Template>,
        fields: impl Iterator<Item = &'a Field> + Clone,
    ) -> Vec<(FieldName, String)> {
        let mut texts = Vec::new();
        for (name, value) in example.iter() {
            let text = match value {
                Template::Bool(value) => value.to_string(),
                Template::Number(value) => value.to_string(),
                Template::Text(text) => text.clone(),
                Template::Null | Template::List(_) | Template::Map(_) => String::new(),
            };
            match fields.clone().find(|field| field.name.as_str() == name) {
                None => self.at("example", |check| check.problem(format!("{name:?} is not a declared field"))),
                Some(field) => match field.accept(&text) {
                    Ok(_) => texts.push((field.name.clone(), text)),
                    Err(refusal) => self.at("example", |check| check.problem(refusal.to_string())),
                },
            }
        }
        texts
    }

    fn fields(&mut self, key: &str, fields: &Ordered<WrittenField>) -> Vec<Field> {
        self.at(key, |check| {
            let all = fields.iter();
            all.filter_map(|(name, field)| check.at(name, |check| check.field(name, field))).collect()
        })
    }

    fn field(&mut self, name: &str, field: &WrittenField) -> Option<Field> {
        let description = self.text("description", &field.description, 500);
        let name = match FieldName::new(name) {
            Ok(name) => Some(name),
            Err(error) => {
                self.problem(error.to_string());
                None
            }
        };
        let purpose = field.purpose.as_deref().and_then(|text| self.take("purpose", Purpose::new(text)));
        let kind = self.kind(field);
        self.strangers(field);
        Some(Field { name: name?, description, purpose, required: field.required.unwrap_or(false), kind: kind? })
    }

    fn kind(&mut self, field: &WrittenField) -> Option<Kind> {
        match field.kind.as_str() {
            "boolean" => Some(Kind::Boolean),
            "integer" => {
                let whole = |number: &Option<serde_json::Number>, open: i64| {
                    number.as_ref().map_or(Some(open), serde_json::Number::as_i64)
                };
                let (Some(low), Some(high)) = (whole(&field.min, i64::MIN), whole(&field.max, i64::MAX)) else {
                    self.problem("min and max of an integer are whole numbers");
                    return None;
                };
                self.rising(low <= high, "min is larger than max");
                Some(Kind::Integer { range: (low, high), buckets: self.buckets(field) })
            }
            "number" => {
                let real = |number: &Option<serde_json::Number>, open: f64| {
                    number.as_ref().and_then(serde_json::Number::as_f64).unwrap_or(open)
                };
                let (low, high) = (real(&field.min, f64::MIN), real(&field.max, f64::MAX));
                self.rising(low <= high, "min is larger than max");
                Some(Kind::Number { range: (low, high) })
            }
            "enum" => {
                let values = field.values.clone().unwrap_or_default();
                let plain =
                    |value: &String| !value.is_empty() && value.len() <= 128 && !value.chars().any(char::is_control);
                if values.is_empty() || !values.iter().all(plain) {
                    self.at("values", |check| {
                        check.problem(
                            "an enum lists its values: 1 to 128 characters each, none of them control characters",
                        )
                    });
                }
                Some(Kind::Enum { values })
            }
            "version" => Some(Kind::Version),
            "duration" => Some(Kind::Duration { buckets: self.buckets(field) }),
            "timestamp" => {
                let unit_ms = field.coarse.as_deref().map_or(Some(1), coarse_unit);
                if unit_ms.is_none() {
                    self.at("coarse", |check| check.problem("it is not one of: second, minute, hour, day"));
                }
                Some(Kind::Timestamp { unit_ms: unit_ms? })
            }
            "hashed" => {
                let algorithm = field.algorithm.as_deref().unwrap_or("sha256");
                let algorithm =
                    self.choice("algorithm", algorithm, &[("sha256", Algorithm::Sha256), ("md5", Algorithm::Md5)]);
                Some(Kind::Hashed { algorithm: algorithm?, salted: field.unsalted_because.is_none() })
            }
            "text" => self.text_kind(field),
            other => {
                let known = "boolean, integer, number, enum, version, duration, timestamp, hashed, text";
                self.at("type", |check| check.problem(format!("{other:?} is not one of: {known}")));
                None
            }
        }
    }

    fn text_kind(&mut self, field: &WrittenField) -> Option<Kind> {
        let longest = field.longest.unwrap_or(0);
        if !(1..=LONGEST_TEXT).contains(&longest) {
            self.at("longest", |check| check.problem(format!("a text has a longest length from 1 to {LONGEST_TEXT}")));
        }
        let Some(source) = field.pattern.as_deref().filter(|source| source.len() <= 500) else {
            self.at("pattern", |check| check.problem("a text has a pattern of at most 500 characters"));
            return None;
        };
        let pattern = self.take("pattern", Pattern::new(source))?;
        Some(Kind::Text { pattern, longest })
    }

    fn rising(&mut self, holds: bool, what: &str) {
        if !holds {
            self.problem(what);
        }
    }

    fn buckets(&mut self, field: &WrittenField) -> Vec<i64> {
        let buckets = field.buckets.clone().unwrap_or_default();
        let rising = buckets.iter().zip(buckets.iter().skip(1)).all(|(low, high)| low < high);
        self.at("buckets", |check| check.rising(rising && buckets.len() <= 100, "buckets rise, and are at most 100"));
        buckets
    }

    /// Keys that mean nothing for the field's type: they would look like a promise and hold nothing.
    fn strangers(&mut self, field: &WrittenField) {
        let kind = field.kind.as_str();
        let given = [
            ("values", field.values.is_some(), &["enum"][..]),
            ("min", field.min.is_some(), &["integer", "number"]),
            ("max", field.max.is_some(), &["integer", "number"]),
            ("buckets", field.buckets.is_some(), &["integer", "duration"]),
            ("coarse", field.coarse.is_some(), &["timestamp"]),
            ("algorithm", field.algorithm.is_some(), &["hashed"]),
            ("unsalted_because", field.unsalted_because.is_some(), &["hashed"]),
            ("pattern", field.pattern.is_some(), &["text"]),
            ("longest", field.longest.is_some(), &["text"]),
        ];
        for (key, _, _) in given.iter().filter(|(_, present, kinds)| *present && !kinds.contains(&kind)) {
            self.at(key, |check| check.problem(format!("it means nothing for the type {kind}")));
        }
    }

    fn destination(&mut self, name: &str, destination: &WrittenDestination) -> Option<Destination> {
        let parsed = match DestinationName::new(name) {
            Ok(name) => Some(name),
            Err(error) => {
                self.problem(error.to_string());
                None
            }
        };
        let protocol = destination.protocol.as_deref().unwrap_or("json");
        self.choice("protocol", protocol, &[("json", ())]);
        let batch = destination.batch.as_deref().unwrap_or("array");
        let batch =
            self.choice("batch", batch, &[("single", Batch::Single), ("array", Batch::Array), ("lines", Batch::Lines)]);
        let address = match (&destination.url, &destination.file) {
            (Some(url), None) => {
                let method = destination.method.as_deref().unwrap_or("POST");
                let method = self.choice("method", method, &[("POST", Method::Post), ("PUT", Method::Put)]);
                let headers = self.headers(&destination.headers);
                let url = self.take("url", WebAddress::new(url));
                url.zip(method).map(|(url, method)| Address::Http { url, method, headers })
            }
            (None, Some(file)) => {
                if destination.method.is_some() || !destination.headers.is_empty() {
                    self.problem("a file has no method and no headers");
                }
                self.take("file", FilePlace::new(file)).map(Address::File)
            }
            (Some(_), Some(_)) | (None, None) => {
                self.problem("a destination has either a url or a file");
                None
            }
        };
        if destination.document.as_ref().is_some_and(Template::too_deep) {
            self.at("document", |check| check.problem("it is nested too deeply"));
        }
        let form = Form { batch: batch?, document: destination.document.clone() };
        Some(Destination { name: parsed?, address: address?, form })
    }

    fn headers(&mut self, headers: &Ordered<String>) -> Vec<(String, String)> {
        const OURS: &[&str] = &[
            "host",
            "content-length",
            "content-type",
            "transfer-encoding",
            "connection",
            "cookie",
            "user-agent",
            "accept",
            "idempotency-key",
            "referer",
            "accept-language",
            "expect",
            "upgrade",
            "te",
            "trailer",
        ];
        let mut kept = Vec::new();
        for (name, value) in headers.iter() {
            let lower = name.to_ascii_lowercase();
            let token =
                !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let plain =
                value.len() <= 1024 && value.bytes().all(|b| (0x20..0x7f).contains(&b)) && value.trim() == value;
            if !token || !plain {
                self.at("headers", |check| {
                    check.problem(format!("{name:?} is not a header: letters, digits and -, with a plain ASCII value"))
                });
            } else if OURS.contains(&lower.as_str()) {
                self.at("headers", |check| {
                    check.problem(format!("{name:?} is set by telemetry itself, or never sent"))
                });
            } else {
                kept.push((lower, value.clone()));
            }
        }
        kept
    }

    /// References in documents must lead to something that events have.
    fn references(&mut self, written: &Written) {
        for (name, destination) in written.destinations.iter() {
            let Some(document) = &destination.document else { continue };
            let mut wrong = Vec::new();
            document.words(&mut |text| match word(text) {
                Word::Unknown => wrong.push(format!("{text:?} refers to nothing (write $$ for a dollar sign)")),
                Word::Reference(Reference::Field(field)) => {
                    let declared = written
                        .events
                        .iter()
                        .any(|(_, event)| event.fields.get(field).or_else(|| event.outcome.get(field)).is_some());
                    if !declared {
                        wrong.push(format!("{text:?} refers to a field that no event has"));
                    }
                }
                Word::Reference(Reference::Fact(fact)) if !written.facts.iter().any(|declared| declared == fact) => {
                    wrong.push(format!("{text:?} refers to a fact that is not declared"));
                }
                Word::Plain(_) | Word::Reference(_) => {}
            });
            self.path.extend(["destinations".to_owned(), name.to_owned(), "document".to_owned()]);
            for what in wrong {
                self.problem(what);
            }
            self.path.truncate(self.path.len().saturating_sub(3));
        }
    }

    fn deletion(&mut self, deletion: &WrittenDeletion) -> Option<Deletion> {
        match (&deletion.endpoint, &deletion.file, &deletion.mail, &deletion.form) {
            (Some(url), None, None, None) => self.take("endpoint", WebAddress::new(url)).map(Deletion::Endpoint),
            (None, Some(path), None, None) => self.take("file", FilePlace::new(path)).map(Deletion::File),
            (None, None, Some(mail), None) => {
                let mail = self.take("mail", crate::identity::ids::ProvidedId::new(mail));
                mail.map(|mail| Deletion::Mail(mail.as_str().to_owned()))
            }
            (None, None, None, Some(url)) => self.take("form", WebAddress::new(url)).map(Deletion::Form),
            _ => {
                self.problem("a way to ask for deletion is one of: endpoint, file, mail, form");
                None
            }
        }
    }

    fn limits(&mut self, written: Option<&WrittenLimits>) -> Limits {
        let usual = Limits::default();
        let Some(written) = written else { return usual };
        let limits = Limits {
            bytes: written.bytes.unwrap_or(usual.bytes),
            events: written.events.unwrap_or(usual.events),
            age_ms: written.days.map_or(usual.age_ms, |days| i64::from(days).saturating_mul(DAY_MS)),
        };
        let sane = (10_000..=10_000_000_000).contains(&limits.bytes)
            && (1..=100_000_000).contains(&limits.events)
            && (1..=3650).contains(&(limits.age_ms / DAY_MS));
        self.at("limits", |check| {
            check.rising(sane, "bytes lie from 10000 to 10000000000, events from 1 to 100000000, days from 1 to 3650")
        });
        limits
    }
}
