//! Options of protocol `snowplow`: which of two doors of the collector, where each event's schema is, what goes beside an event.
//!
//! Promises: every event that goes there has a schema (held by `parse/receivers.rs`). Absent: whether the schemas are published: only
//! the receiver's pipeline knows, and it says nothing.

use std::borrow::Cow;

use crate::identity::names::EventName;
use crate::manifest::forms::iglu::IgluAddress;
use crate::manifest::problem::Problems;
use crate::manifest::template::{Reference, Template, Word, word};
use crate::manifest::written::destination::{WrittenDestination, WrittenEntity};

/// What the webhook's data say beside what every protocol says: its form has no other place for them. No field that goes there
/// may have these names.
pub const IN_DATA: [&str; 3] = ["event_id", "event_time", "user_id"];
/// The header by which a collector drops the address, the cookie and the id that it would make up.
pub const ANONYMOUS: &str = "sp-anonymous";
/// The name of the schema of deletion orders.
pub const ORDER: &str = "telemetry_deletion_request";
/// Most entities.
const MOST_ENTITIES: usize = 32;
/// Longest name of an application, characters: the column that it ends in.
const LONGEST_APP: usize = 255;

/// Options of the protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct SnowplowForm {
    /// Which door.
    pub door: Door,
    /// The application's name; the tool's where there is none.
    pub app: Option<String>,
    /// The schema of each event.
    pub schemas: Vec<(EventName, IgluAddress)>,
}

/// Two ways into a collector.
#[derive(Debug, Clone, PartialEq)]
pub enum Door {
    /// The tracker protocol: many events in one body.
    Tracker {
        /// How documents stand within it.
        encoding: Encoding,
        /// What goes beside every event.
        entities: Vec<Entity>,
    },
    /// The Iglu webhook: one self-describing document, and nothing around it.
    Webhook,
}

/// How a document stands within a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// base64, URL-safe, padded.
    Base64,
    /// The JSON itself.
    Plain,
}

/// A document beside an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// Its schema.
    pub schema: IgluAddress,
    /// Its data.
    pub data: Template,
}

impl SnowplowForm {
    /// Reads them.
    pub(crate) fn read(problems: &mut Problems, written: &WrittenDestination) -> Option<Self> {
        let door = match problems.choice(
            "form",
            written.form.as_deref().unwrap_or("tp2"),
            &[("tp2", true), ("webhook", false)],
        ) {
            Some(true) => tracker(problems, written),
            Some(false) => webhook(problems, written),
            None => None,
        };
        for (name, _) in written.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(ANONYMOUS)) {
            let what = "telemetry sets this header itself, unless `allow` lists ip";
            problems.at("headers", |problems| problems.say_at(name, what));
        }
        let app = written.app.as_deref().map(|app| problems.text("app", app, LONGEST_APP));
        let schemas = problems.at("schemas", |problems| {
            let schema = |(event, address): (&str, &String)| {
                let address = problems.value_at(event, IgluAddress::new(address));
                Some((problems.value_at(event, EventName::new(event))?, address?))
            };
            written.schemas.iter().filter_map(schema).collect()
        });
        Some(Self { door: door?, app, schemas })
    }

    /// The schema of the event of this name. One that an older manifest sent here has none any more, and goes under the name that it
    /// would have.
    #[must_use]
    pub fn schema_of(&self, event: &str) -> Option<Cow<'_, IgluAddress>> {
        match self.schemas.iter().find(|(name, _)| name.as_str() == event) {
            Some((_, address)) => Some(Cow::Borrowed(address)),
            None => IgluAddress::first(self.vendor()?, &event.replace('.', "_")).ok().map(Cow::Owned),
        }
    }

    /// Whose schemas these are: the vendor of the first.
    #[must_use]
    pub fn vendor(&self) -> Option<&str> {
        self.schemas.first().map(|(_, address)| address.vendor())
    }

    /// The path at which its door is.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        match self.door {
            Door::Tracker { .. } => "/com.snowplowanalytics.snowplow/tp2",
            Door::Webhook => "/com.snowplowanalytics.iglu/v1",
        }
    }

    /// What the webhook is told in its address, as its form has no other place for it.
    #[must_use]
    pub fn query<'a>(&'a self, tool: &'a str) -> Vec<(&'static str, &'a str)> {
        match self.door {
            Door::Tracker { .. } => Vec::new(),
            Door::Webhook => vec![("aid", self.app.as_deref().unwrap_or(tool)), ("p", "app")],
        }
    }

    /// Why no deletion order can go as an event, where none can.
    #[must_use]
    pub const fn no_order(&self) -> Option<&'static str> {
        if self.schemas.is_empty() { Some("no event goes there, so nobody's schemas are named") } else { None }
    }

    /// The schema of a deletion order.
    #[must_use]
    pub fn order(&self) -> Option<IgluAddress> {
        IgluAddress::first(self.vendor()?, ORDER).ok()
    }

    /// Documents beside every event.
    #[must_use]
    pub fn entities(&self) -> &[Entity] {
        match &self.door {
            Door::Tracker { entities, .. } => entities,
            Door::Webhook => &[],
        }
    }

    /// Whether an entity says the fact of this name, and the event therefore not.
    #[must_use]
    pub fn says(&self, fact: &str) -> bool {
        self.entities().iter().any(|entity| says(&entity.data, fact))
    }

    /// They as texts, to be told from any others.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        match &self.door {
            Door::Webhook => parts.push("webhook".to_owned()),
            Door::Tracker { encoding: Encoding::Plain, .. } => parts.push("plain".to_owned()),
            Door::Tracker { encoding: Encoding::Base64, .. } => {}
        }
        parts.extend(self.app.iter().map(|app| format!("app {app}")));
        parts.extend(self.schemas.iter().map(|(event, address)| format!("schema {event} {address}")));
        parts.extend(self.entities().iter().map(|entity| {
            let data = serde_json::to_string(&entity.data).unwrap_or_default();
            format!("entity {} {data}", entity.schema)
        }));
        parts
    }
}

fn tracker(problems: &mut Problems, written: &WrittenDestination) -> Option<Door> {
    let encoding = written.encoding.as_deref().unwrap_or("base64");
    let words = [("base64", Encoding::Base64), ("plain", Encoding::Plain)];
    let encoding = problems.choice("encoding", encoding, &words);
    let entities = problems.at("entities", |problems| {
        if written.entities.len() > MOST_ENTITIES {
            problems.say(format!("there are at most {MOST_ENTITIES} entities"));
        }
        let all = written.entities.iter().enumerate();
        all.filter_map(|(index, one)| problems.at_item(index, |problems| entity(problems, one))).collect()
    });
    Some(Door::Tracker { encoding: encoding?, entities })
}

fn entity(problems: &mut Problems, written: &WrittenEntity) -> Option<Entity> {
    let mapping = match &written.data {
        Template::Map(_) => true,
        Template::Text(text) => matches!(word(text), Word::Reference(Reference::Facts | Reference::Fields)),
        Template::Null | Template::Bool(_) | Template::Number(_) | Template::List(_) => false,
    };
    if !mapping {
        problems.say_at("data", "the data of an entity are a mapping, $facts or $fields");
    }
    if written.data.too_deep() {
        problems.say_at("data", "it is nested too deeply");
    }
    let schema = problems.value_at("schema", IgluAddress::new(&written.schema))?;
    Some(Entity { schema, data: written.data.clone() })
}

fn webhook(problems: &mut Problems, written: &WrittenDestination) -> Option<Door> {
    for (key, given) in [("encoding", written.encoding.is_some()), ("entities", !written.entities.is_empty())] {
        if given {
            problems.say_at(key, "the webhook takes one document an event, and nothing around it");
        }
    }
    Some(Door::Webhook)
}

/// Whether a template refers to the fact of this name.
fn says(template: &Template, fact: &str) -> bool {
    match template {
        Template::Null | Template::Bool(_) | Template::Number(_) => false,
        Template::Text(text) => match word(text) {
            Word::Reference(Reference::Facts) => true,
            Word::Reference(Reference::Fact(name)) => name == fact,
            Word::Reference(_) | Word::Plain(_) | Word::Unknown => false,
        },
        Template::List(items) => items.iter().any(|item| says(item, fact)),
        Template::Map(pairs) => pairs.iter().any(|(_, item)| says(item, fact)),
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::tests::hold;

    /// What the whole manifest says of `web` behind its address.
    const WEB: &str = "    protocol: json\n    method: PUT\n    headers: {X-Key: abc}\n    batch: single\n    document:\n      who: $user_id\n      what: [$event, $field.count, $fact.os]\n";
    const BOTH: &str = "{run: 'iglu:com.acme/run/jsonschema/1-0-0', beat: 'iglu:com.acme/beat/jsonschema/1-0-0'}";

    /// These keys from line 57 on, with the problems that follow.
    fn problems(keys: &str, wanted: &'static [&'static str]) {
        let keys = keys.replace("BOTH", BOTH).replace('|', "\n    ");
        let keys: &'static str = Box::leak(format!("    protocol: snowplow\n    {keys}\n").into_boxed_str());
        hold(&[(WEB, keys, wanted)]);
    }

    #[test]
    fn problems_of_snowplow() {
        problems("schemas: BOTH", &[]);
        problems("form: tp2|encoding: base64|allow: [ip]|app: acme-cli|schemas: BOTH", &[]);
        problems("form: webhook|app: acme-cli|schemas: BOTH", &[]);
        problems(
            "encoding: plain|entities:|  - {schema: 'iglu:com.acme/host/jsonschema/1-0-0', data: $facts}|schemas: BOTH",
            &[],
        );
        problems(
            "app: a",
            &[
                "line 54: destinations.web.schemas: the event run goes there and has no schema",
                "line 54: destinations.web.schemas: the event beat goes there and has no schema",
            ],
        );
        problems(
            "schemas:|  run: iglu:com.acme/run/jsonschema/1-0|  moon: iglu:com.acme/moon/jsonschema/1-0-0|  beat: https://acme.example/beat",
            &[
                "line 58: destinations.web.schemas.run: not a schema's address such as iglu:com.acme/command/jsonschema/1-0-0",
                "line 59: destinations.web.schemas.moon: no event of this name goes there",
                "line 60: destinations.web.schemas.beat: not a schema's address such as iglu:com.acme/command/jsonschema/1-0-0",
            ],
        );
        problems("form: tp1|schemas: BOTH", &["line 57: destinations.web.form: \"tp1\" is not one of: tp2, webhook"]);
        problems(
            "encoding: rot13|schemas: BOTH",
            &["line 57: destinations.web.encoding: \"rot13\" is not one of: base64, plain"],
        );
        problems(
            "form: webhook|encoding: plain|entities: [{schema: 'iglu:com.acme/host/jsonschema/1-0-0', data: $facts}]|schemas: BOTH",
            &[
                "line 58: destinations.web.encoding: the webhook takes one document an event, and nothing around it",
                "line 59: destinations.web.entities: the webhook takes one document an event, and nothing around it",
            ],
        );
        problems(
            "entities:|  - {schema: acme, data: [$facts]}|  - {schema: 'iglu:com.acme/host/jsonschema/1-0-0', data: {a: $fact.moon}}|schemas: BOTH",
            &[
                "line 58: destinations.web.entities[0].data: the data of an entity are a mapping, $facts or $fields",
                "line 58: destinations.web.entities[0].schema: not a schema's address such as iglu:com.acme/command/jsonschema/1-0-0",
                "line 59: destinations.web.entities[1].data.a: \"$fact.moon\" refers to a fact that is not declared",
            ],
        );
        problems(
            "allow: [ip, geo]|headers: {SP-Anonymous: 'no'}|app: \"a\\nb\"|compression: gzip|names: {run: r}|schemas: BOTH",
            &[
                "line 57: destinations.web.allow[1]: it means nothing for the protocol snowplow",
                "line 58: destinations.web.headers.SP-Anonymous: telemetry sets this header itself, unless `allow` lists ip",
                "line 59: destinations.web.app: it has control characters",
                "line 60: destinations.web.compression: it means nothing for the protocol snowplow",
                "line 61: destinations.web.names: it means nothing for the protocol snowplow",
            ],
        );
        hold(&[(
            "batch: lines",
            "form: tp2\n    app: a\n    schemas: {beat: x}\n    encoding: plain\n    entities: [{schema: x, data: {}}]",
            &[
                "line 65: destinations.disk.form: it means nothing for the protocol json",
                "line 66: destinations.disk.app: it means nothing for the protocol json",
                "line 67: destinations.disk.schemas: it means nothing for the protocol json",
                "line 68: destinations.disk.encoding: it means nothing for the protocol json",
                "line 69: destinations.disk.entities: it means nothing for the protocol json",
            ],
        )]);
    }

    #[test]
    fn no_field_has_a_name_that_the_webhook_uses() {
        let problems = |form: &str, field: &str| {
            let keys = format!("    protocol: snowplow\n    form: {form}\n    schemas: {BOTH}\n");
            let source = include_str!("../parse/whole.yml").replace("      ratio:", &format!("      {field}:"));
            let problems = crate::manifest::parse::manifest(source.replace(WEB, &keys).as_bytes());
            problems.err().unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        for field in super::IN_DATA {
            assert_eq!(problems("tp2", field), [""; 0]);
            let what = "the protocol snowplow, in which web is told, has this name for something else";
            assert_eq!(problems("webhook", field), [format!("line 31: events.run.fields.{field}: {what}")]);
        }
    }
}
