//! The enrichment's own settings.
//!
//! Promises: what the pipeline would refuse is refused with the place; the salt is in no message. Absent: the published schema's rules.

use serde_json::Value;

use crate::payload::enrichment::hash::{HashFunction, Salt};
use crate::payload::enrichment::path::Path;

/// The settings' schema, and the one revision of it that the pipeline takes.
const SCHEMA: &str = "iglu:com.snowplowanalytics.snowplow.enrichments/pii_enrichment_config/jsonschema/";
/// Its beginning of a version.
const REVISION: &str = "2-0-";

/// Fields of an enriched event that may be named.
const FIELDS: [&str; 18] = [
    "user_id",
    "user_ipaddress",
    "user_fingerprint",
    "domain_userid",
    "network_userid",
    "ip_organization",
    "ip_domain",
    "tr_orderid",
    "ti_orderid",
    "mkt_term",
    "mkt_content",
    "se_category",
    "se_action",
    "se_label",
    "se_property",
    "mkt_clickid",
    "refr_domain_userid",
    "domain_sessionid",
];

/// Why these are no settings of the enrichment.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Not JSON.
    #[error("it is not valid JSON: {0}")]
    Json(String),
    /// Something is missing, or is not what it has to be.
    #[error("{place}: {what}")]
    At {
        /// Where.
        place: String,
        /// What is wrong.
        what: String,
    },
}

/// A part of an event that describes itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The event's own data.
    Event,
    /// Its contexts.
    Contexts,
    /// What the pipeline added.
    Derived,
}

impl Part {
    /// All, in the order in which they are gone through.
    pub const ALL: [Self; 3] = [Self::Event, Self::Contexts, Self::Derived];

    /// Its field of an event.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Event => "unstruct_event",
            Self::Contexts => "contexts",
            Self::Derived => "derived_contexts",
        }
    }
}

/// Texts in the data of some schemas.
#[derive(Debug, Clone)]
pub struct Located {
    /// Where the data stands.
    pub part: Part,
    /// Of which schemas, as written.
    pub criterion: String,
    /// The path, as written.
    pub json_path: String,
    /// The path, or why it is not followed.
    pub path: Result<Path, String>,
}

/// The settings.
#[derive(Debug, Clone)]
pub struct Enrichment {
    /// The schema that they name.
    pub schema: String,
    /// Whether it does anything.
    pub enabled: bool,
    /// Whether originals are sent on, beside what they became.
    pub emits_originals: bool,
    /// Whether it acts on requests with the header `SP-Anonymous` alone.
    pub anonymous_only: bool,
    /// The digest.
    pub function: HashFunction,
    /// The salt.
    pub salt: Salt,
    /// Fields that are text, in order.
    pub fields: Vec<String>,
    /// Places within data.
    pub located: Vec<Located>,
}

impl Enrichment {
    /// Takes settings as they stand in the pipeline's folder.
    ///
    /// # Errors
    /// The pipeline would not start with them.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let tree: Value = serde_json::from_str(text).map_err(|error| SettingsError::Json(error.to_string()))?;
        let schema = text_at(&tree, "/schema")?;
        if !schema.strip_prefix(SCHEMA).is_some_and(|version| {
            version.strip_prefix(REVISION).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        }) {
            return Err(at("/schema", format!("the pipeline takes {SCHEMA}{REVISION}* here")));
        }
        let name = text_at(&tree, "/data/parameters/strategy/pseudonymize/hashFunction")?;
        let function = HashFunction::named(name).ok_or_else(|| {
            let known = HashFunction::ALL.map(HashFunction::as_str).join(", ");
            at("/data/parameters/strategy/pseudonymize/hashFunction", format!("it is none of {known}"))
        })?;
        let salt = Salt::new(text_at(&tree, "/data/parameters/strategy/pseudonymize/salt")?.to_owned());
        for key in ["anonymousOnly", "emitEvent"] {
            let path = format!("/data/parameters/{key}");
            if tree.pointer(&path).is_some() {
                return Err(at(&path, "it stands beside parameters, not in them".to_owned()));
            }
        }
        let anonymous_only = match tree.pointer("/data/anonymousOnly") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(only)) => *only,
            Some(_) => return Err(at("/data/anonymousOnly", "it is neither true nor false".to_owned())),
        };
        let listed = tree.pointer("/data/parameters/pii").and_then(Value::as_array);
        let listed = listed.ok_or_else(|| at("/data/parameters/pii", "there is no list".to_owned()))?;
        let (mut fields, mut located) = (Vec::new(), Vec::new());
        for (index, entry) in listed.iter().enumerate() {
            match one(entry).map_err(|what| at(&format!("/data/parameters/pii/{index}"), what))? {
                Entry::Field(field) => fields.push(field),
                Entry::Located(place) => located.push(place),
            }
        }
        Ok(Self {
            schema: schema.to_owned(),
            // The pipeline looks for a false here, and for nothing else.
            enabled: tree.pointer("/data/enabled") != Some(&Value::Bool(false)),
            emits_originals: tree.pointer("/data/emitEvent") == Some(&Value::Bool(true)),
            anonymous_only,
            function,
            salt,
            fields,
            located,
        })
    }
}

enum Entry {
    Field(String),
    Located(Located),
}

fn at(place: &str, what: String) -> SettingsError {
    SettingsError::At { place: place.to_owned(), what }
}

fn text_at<'a>(tree: &'a Value, place: &str) -> Result<&'a str, SettingsError> {
    tree.pointer(place).and_then(Value::as_str).ok_or_else(|| at(place, "there is no text".to_owned()))
}

/// A field comes before a place where an entry has both: what names no known field is looked at for a place.
fn one(entry: &Value) -> Result<Entry, String> {
    let field = entry.pointer("/pojo/field").and_then(Value::as_str);
    if let Some(field) = field.filter(|field| FIELDS.contains(field)) {
        return Ok(Entry::Field(field.to_owned()));
    }
    let Some(json) = entry.get("json") else {
        return Err(match field {
            Some(field) => {
                format!("the field {field} is none of those that can be pseudonymised: {}", FIELDS.join(", "))
            }
            None => "it has neither pojo.field nor json".to_owned(),
        });
    };
    let text = |key: &str| json.get(key).and_then(Value::as_str).ok_or_else(|| format!("json.{key} is no text"));
    let named = text("field")?;
    let part = Part::ALL
        .into_iter()
        .find(|part| part.field() == named)
        .ok_or_else(|| format!("json.field is none of {}", Part::ALL.map(Part::field).join(", ")))?;
    let criterion = text("schemaCriterion")?.to_owned();
    if pieces(&criterion).is_none() {
        return Err("json.schemaCriterion is not of the form iglu:VENDOR/NAME/FORMAT/1-*-*".to_owned());
    }
    let json_path = text("jsonPath")?.to_owned();
    Ok(Entry::Located(Located { part, criterion, path: Path::parse(&json_path), json_path }))
}

/// Vendor, name and format of a schema or criterion, and the three numbers of its version.
fn pieces(text: &str) -> Option<(&str, [&str; 3])> {
    let (of, version) = text.strip_prefix("iglu:")?.rsplit_once('/')?;
    let word = |word: &str, dots: bool| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_') || dots && b == b'.';
        !word.is_empty() && word.bytes().all(allowed)
    };
    let names: Vec<&str> = of.split('/').collect();
    let [vendor, name, format] = names.as_slice() else { return None };
    let numbers: Vec<&str> = version.split('-').collect();
    let [model, revision, addition] = numbers.as_slice() else { return None };
    let number = |n: &str| {
        let digits = !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
        n == "*" || digits && (n == "0" || !n.starts_with('0'))
    };
    let ok = word(vendor, true) && word(name, false) && word(format, false) && *model != "0";
    (ok && number(model) && number(revision) && number(addition)).then_some((of, [model, revision, addition]))
}

/// Whether a schema is one of those that the criterion names.
#[must_use]
pub fn matches(criterion: &str, schema: &str) -> bool {
    match (pieces(criterion), pieces(schema)) {
        (Some((of, wanted)), Some((is, numbers))) => {
            of == is && wanted.iter().zip(numbers).all(|(wanted, number)| *wanted == "*" || *wanted == number)
        }
        (None, _) | (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(version: &str, change: impl FnOnce(&mut Value)) -> Result<Enrichment, SettingsError> {
        let mut tree = json!({
            "schema": format!("{SCHEMA}{version}"),
            "data": {
                "vendor": "com.snowplowanalytics.snowplow.enrichments", "name": "pii_enrichment_config",
                "emitEvent": true, "enabled": true, "anonymousOnly": false,
                "parameters": {
                    "pii": [{"pojo": {"field": "user_id"}}, {"json": {"field": "contexts",
                        "schemaCriterion": "iglu:com.acme/email_sent/jsonschema/1-*-*", "jsonPath": "$.x"}}],
                    "strategy": {"pseudonymize": {"hashFunction": "SHA-1", "salt": "pepper123"}},
                },
            },
        });
        change(&mut tree);
        Enrichment::parse(&tree.to_string())
    }

    #[test]
    fn settings_are_read_as_the_pipeline_reads_them() {
        let read = settings("2-0-1", |_| {}).expect("settings");
        assert_eq!((read.enabled, read.emits_originals, read.anonymous_only), (true, true, false));
        assert_eq!((read.function, read.fields.as_slice()), (HashFunction::Sha1, ["user_id".to_owned()].as_slice()));
        assert!(!format!("{read:?}").contains("pepper"), "{read:?}");
        let bare = |tree: &mut Value| {
            let data = tree["data"].as_object_mut().expect("data");
            for key in ["enabled", "emitEvent", "anonymousOnly"] {
                data.remove(key);
            }
        };
        let read = settings("2-0-0", bare).expect("settings");
        assert_eq!((read.enabled, read.emits_originals, read.anonymous_only), (true, false, false));
        assert!(!settings("2-0-0", |tree| tree["data"]["enabled"] = json!(false)).expect("settings").enabled);
        assert!(settings("2-0-0", |tree| tree["data"]["enabled"] = json!("false")).expect("settings").enabled);
        let odd = settings("2-0-1", |tree| tree["data"]["parameters"]["pii"][1]["json"]["jsonPath"] = json!("$..*"));
        assert!(odd.expect("settings").located[0].path.is_err(), "a path that is not followed is kept, to be said");
    }

    #[test]
    fn what_the_pipeline_refuses_is_refused_with_the_place() {
        let pii = "/data/parameters/pii";
        type Change = Box<dyn FnOnce(&mut Value)>;
        let table: Vec<(&str, &str, Change)> = vec![
            ("1-0-0", "/schema", Box::new(|_| {})),
            ("2-1-0", "/schema", Box::new(|_| {})),
            ("2-0-", "/schema", Box::new(|_| {})),
            (
                "2-0-0",
                "hashFunction",
                Box::new(|tree| tree["data"]["parameters"]["strategy"]["pseudonymize"]["hashFunction"] = json!("sha1")),
            ),
            (
                "2-0-0",
                "salt: there is no text",
                Box::new(|tree| tree["data"]["parameters"]["strategy"]["pseudonymize"]["salt"] = json!(1)),
            ),
            ("2-0-1", "anonymousOnly", Box::new(|tree| tree["data"]["anonymousOnly"] = json!("yes"))),
            (
                "2-0-1",
                "/data/parameters/anonymousOnly",
                Box::new(|tree| tree["data"]["parameters"]["anonymousOnly"] = json!(true)),
            ),
            ("2-0-1", pii, Box::new(|tree| tree["data"]["parameters"]["pii"] = json!({}))),
            ("2-0-1", pii, Box::new(|tree| tree["data"]["parameters"]["pii"][0]["pojo"]["field"] = json!("app_id"))),
            ("2-0-1", pii, Box::new(|tree| tree["data"]["parameters"]["pii"][1]["json"]["field"] = json!("pii"))),
            (
                "2-0-1",
                "schemaCriterion",
                Box::new(|tree| {
                    tree["data"]["parameters"]["pii"][1]["json"]["schemaCriterion"] = json!("iglu:a/b/1-0-0")
                }),
            ),
        ];
        for (version, place, change) in table {
            let said = settings(version, change).expect_err(place).to_string();
            assert!(said.contains(place) && !said.contains("pepper"), "{place}: {said}");
        }
    }

    #[test]
    fn criteria() {
        let schema = "iglu:com.acme/email_sent/jsonschema/1-2-0";
        for (criterion, wanted) in [
            ("iglu:com.acme/email_sent/jsonschema/1-2-0", true),
            ("iglu:com.acme/email_sent/jsonschema/1-*-*", true),
            ("iglu:com.acme/email_sent/jsonschema/*-2-*", true),
            ("iglu:com.acme/email_sent/jsonschema/1-*-1", false),
            ("iglu:com.acme/email/jsonschema/*-*-*", false),
            ("com.acme/email_sent/jsonschema/1-2-0", false),
        ] {
            assert_eq!(matches(criterion, schema), wanted, "{criterion}");
        }
    }
}
