//! What is declared, as self-describing JSON Schemas: what a Snowplow pipeline holds each event, entity and deletion order against.
//!
//! A schema lists every field with its closed type, what every protocol says beside them (`purpose`, `phase`, `pair`, `project_id`,
//! `provided_id`, facts) and nothing else: `additionalProperties` is false. It keeps to draft 4, as Iglu's own schemas do, and gives every text
//! a `maxLength`, from which loaders make their columns.
//!
//! Promises: what the manifest's events say is valid against its own schemas. Only what nothing can withhold by itself is required: not a
//! field of a purpose of its own, nor an outcome, which a `started` has not. A required field that is added later is withheld
//! from those who agreed before; a schema's next version then lists it as optional. Absent: schemas of entities that hold fields, which
//! differ from event to event; publishing.

pub mod kinds;
pub mod pattern;

use std::fmt;

use serde_json::{Map, Value as Tree, json};

use crate::manifest::events::Event;
use crate::manifest::forms::Speech;
use crate::manifest::forms::iglu::{FORMAT, IgluAddress};
use crate::manifest::forms::snowplow::{Door, Entity, IN_DATA, SnowplowForm};
use crate::manifest::forms::wrap::{FACT, RESERVED};
use crate::manifest::schema::kinds::{fact, id, kind, moment, object, one_of, provided, uuid};
use crate::manifest::template::{Reference, Template, Word, word};
use crate::manifest::tool::{IdKind, Manifest};

/// The schema of self-describing schemas.
const META: &str = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#";

/// A schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Its address.
    pub address: IgluAddress,
    /// What it is of.
    pub of: Of,
    /// The schema.
    pub tree: Tree,
}

/// What a schema is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// The event of this name.
    Event(String),
    /// What goes beside events.
    Entity,
    /// Deletion orders.
    Order,
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(name) => write!(f, "event {name}"),
            Self::Entity => f.write_str("entity"),
            Self::Order => f.write_str("deletion request"),
        }
    }
}

/// Schemas of a manifest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schemas {
    /// In the order of the manifest, each address once.
    pub all: Vec<Schema>,
    /// Entities that are not described.
    pub left: Vec<IgluAddress>,
}

/// Why there are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Nothing is said.
    #[error("it declares no events")]
    NoEvents,
    /// No address has a vendor.
    #[error("no destination speaks snowplow, so nothing names a vendor")]
    NoVendor,
    /// The manifest has addresses of its own.
    #[error("the manifest names the address of each schema itself, so a vendor means nothing")]
    VendorGiven,
    /// Not a vendor's name.
    #[error("{0:?} is not a vendor such as com.acme")]
    Vendor(String),
    /// Two that differ have one address.
    #[error("{address} is the schema of two that differ: {one} and {other}")]
    Twice {
        /// The address.
        address: IgluAddress,
        /// One.
        one: String,
        /// The other.
        other: String,
    },
}

/// The schemas of all that a manifest says; `vendor` where no destination names any.
///
/// # Errors
/// See [`SchemaError`].
pub fn schemas(manifest: &Manifest, vendor: Option<&str>) -> Result<Schemas, SchemaError> {
    let mut schemas = Schemas::default();
    let mut named = false;
    for destination in &manifest.destinations {
        let Speech::Snowplow(form) = &destination.form.speech else { continue };
        named = true;
        for event in manifest.events.iter().filter(|event| event.destinations.contains(&destination.name)) {
            if let Some(address) = form.schema_of(event.name.as_str()) {
                schemas.take(
                    address.into_owned(),
                    Of::Event(event.name.to_string()),
                    said(manifest, event, Some(form)),
                )?;
            }
        }
        for entity in form.entities() {
            match beside(manifest, entity) {
                Some(tree) => schemas.take(entity.schema.clone(), Of::Entity, tree)?,
                None => schemas.left.push(entity.schema.clone()),
            }
        }
        schemas.order(manifest, form.order())?;
    }
    match (named, vendor) {
        (true, Some(_)) => return Err(SchemaError::VendorGiven),
        _ if manifest.events.is_empty() => return Err(SchemaError::NoEvents),
        (true, None) => {}
        (false, None) => return Err(SchemaError::NoVendor),
        (false, Some(vendor)) => {
            let first = |name: &str| {
                IgluAddress::first(vendor, name).map_err(|_| SchemaError::Vendor(vendor.chars().take(64).collect()))
            };
            for event in &manifest.events {
                let address = first(&event.name.as_str().replace('.', "_"))?;
                schemas.take(address, Of::Event(event.name.to_string()), said(manifest, event, None))?;
            }
            schemas.order(manifest, Some(first(crate::manifest::forms::snowplow::ORDER)?))?;
        }
    }
    Ok(schemas)
}

impl Schemas {
    fn take(&mut self, address: IgluAddress, of: Of, tree: Map<String, Tree>) -> Result<(), SchemaError> {
        let own = json!({
            "vendor": address.vendor(),
            "name": address.name(),
            "format": FORMAT,
            "version": address.version(),
        });
        let head = [("$schema".to_owned(), META.into()), ("self".to_owned(), own)];
        let tree = Tree::Object(head.into_iter().chain(tree).collect());
        match self.all.iter().find(|one| one.address == address) {
            Some(one) if one.tree == tree => Ok(()),
            Some(one) => Err(SchemaError::Twice { address, one: one.of.to_string(), other: of.to_string() }),
            None => {
                self.all.push(Schema { address, of, tree });
                Ok(())
            }
        }
    }

    fn order(&mut self, manifest: &Manifest, address: Option<IgluAddress>) -> Result<(), SchemaError> {
        let Some(address) = address else { return Ok(()) };
        let word = one_of(&IdKind::ALL.map(IdKind::as_str), "Which of the ids it is");
        let named = object(vec![("kind", word), ("id", provided("The id"))], &["kind", "id"], "An id");
        let ids = json!({"type": "array", "minItems": 1, "items": named, "description": "What is to be deleted"});
        let parts = vec![
            ("request_id", uuid("The request's own id")),
            ("tool", one_of(&[manifest.tool.as_str()], "The tool")),
            ("ids", ids),
        ];
        let tree = object(
            parts,
            &["request_id", "tool", "ids"],
            "A person asks for all that is held under these ids to be deleted",
        );
        self.take(address, Of::Order, tree)
    }
}

/// What an event says, to a destination of this form or to any.
fn said(manifest: &Manifest, event: &Event, form: Option<&SnowplowForm>) -> Map<String, Tree> {
    let mut parts: Vec<(String, Tree)> = Vec::new();
    let mut required: Vec<&str> = Vec::new();
    if form.is_some_and(|form| form.door == Door::Webhook) {
        let [own, time, user] = IN_DATA;
        parts.push((own.to_owned(), uuid("The event's id, the same on every attempt")));
        parts.push((time.to_owned(), moment("When it was recorded")));
        parts.extend(manifest.ids.contains(&IdKind::User).then(|| (user.to_owned(), id("The user id"))));
        required.extend([own, time]);
    }
    for field in event.all_fields() {
        parts.push((field.name.to_string(), kind(&field.kind, &field.description)));
    }
    let whole = |purpose: Option<&_>| purpose.is_none_or(|purpose| *purpose == event.purpose);
    let sure = event.fields.iter().filter(|field| field.required && whole(field.purpose.as_ref()));
    required.extend(sure.map(|field| field.name.as_str()));
    let [purpose, phase, pair, project, given] = RESERVED;
    parts.push((purpose.to_owned(), one_of(&[event.purpose.as_str()], "What it is collected for")));
    required.push(purpose);
    if event.lifecycle {
        parts.push((phase.to_owned(), one_of(&["started", "completed"], "Which half of a pair it is")));
        parts.push((pair.to_owned(), id("What both halves share")));
        required.extend([phase, pair]);
    }
    let ids = [
        (IdKind::Project, project, id("The project's id")),
        (IdKind::Provided, given, provided("What the person chose to give")),
    ];
    parts.extend(
        ids.into_iter().filter(|(kind, ..)| manifest.ids.contains(kind)).map(|(_, name, tree)| (name.to_owned(), tree)),
    );
    let facts = manifest.facts.iter().filter(|fact| !form.is_some_and(|form| form.says(fact.as_str())));
    parts.extend(facts.map(|one| (format!("{FACT}{}", one.as_str()), fact(*one))));
    object(parts, &required, &event.description)
}

/// What an entity says; `None` where its template holds fields.
fn beside(manifest: &Manifest, entity: &Entity) -> Option<Map<String, Tree>> {
    let words = "What goes beside an event";
    match described(manifest, &entity.data)? {
        Tree::Object(mut tree) => {
            tree.insert("description".to_owned(), words.into());
            Some(tree)
        }
        _ => None,
    }
}

fn described(manifest: &Manifest, template: &Template) -> Option<Tree> {
    Some(match template {
        Template::Null => json!({"type": "null"}),
        Template::Bool(value) => json!({"type": "boolean", "enum": [value]}),
        Template::Number(value) => json!({"type": "number", "enum": [value]}),
        Template::Text(text) => match word(text) {
            Word::Plain(plain) => one_of(&[plain], "Always the same"),
            Word::Reference(reference) => referred(manifest, reference)?,
            Word::Unknown => return None,
        },
        Template::List(items) => {
            let kinds = items.iter().map(|item| described(manifest, item)).collect::<Option<Vec<_>>>()?;
            json!({"type": "array", "maxItems": items.len(), "items": {"anyOf": kinds}})
        }
        Template::Map(pairs) => {
            let part = |(name, item): &(String, Template)| Some((name.clone(), described(manifest, item)?));
            Tree::Object(object(pairs.iter().map(part).collect::<Option<Vec<_>>>()?, &[], ""))
        }
    })
}

/// What a reference stands for; `None` for fields.
fn referred(manifest: &Manifest, reference: Reference<'_>) -> Option<Tree> {
    let all = |facts: &mut dyn Iterator<Item = (String, Tree)>| Tree::Object(object(facts.collect(), &[], ""));
    Some(match reference {
        Reference::Field(_) | Reference::Fields => return None,
        Reference::Id => uuid("The event's id, the same on every attempt"),
        Reference::Event => {
            let names: Vec<&str> = manifest.events.iter().map(|event| event.name.as_str()).collect();
            one_of(&names, "The event")
        }
        Reference::Purpose => {
            let mut purposes: Vec<&str> = manifest.events.iter().map(|event| event.purpose.as_str()).collect();
            purposes.sort_unstable();
            purposes.dedup();
            one_of(&purposes, "What it is collected for")
        }
        Reference::Phase => one_of(&["started", "completed"], "Which half of a pair it is"),
        Reference::Pair => id("What both halves share"),
        Reference::Time => moment("When it was recorded"),
        Reference::Tool => one_of(&[manifest.tool.as_str()], "The tool"),
        Reference::UserId => id("The user id"),
        Reference::ProjectId => id("The project's id"),
        Reference::ProvidedId => provided("What the person chose to give"),
        Reference::Facts => all(&mut manifest.facts.iter().map(|one| (one.as_str().to_owned(), fact(*one)))),
        Reference::Fact(name) => fact(*manifest.facts.iter().find(|one| one.as_str() == name)?),
    })
}
