//! The settings applied to an event.
//!
//! Promises: every entry of the settings is answered for, by what it changed or by why it changed nothing. Absent: the event that the
//! pipeline may send on with the originals.

use serde_json::{Map, Value};

use crate::payload::enrichment::event::{self, EventError};
use crate::payload::enrichment::hash::pseudonym;
use crate::payload::enrichment::settings::{Enrichment, Located, Part, matches};

/// A value that is stored as another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where in the event.
    pub place: String,
    /// The schema of what it stands in, for one that is within data.
    pub schema: Option<String>,
    /// The path that found it, as the settings write it.
    pub json_path: Option<String>,
    /// What came.
    pub before: String,
    /// What is stored.
    pub after: String,
}

/// An entry of the settings that changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The field of the event.
    pub field: String,
    /// The path, as the settings write it.
    pub json_path: Option<String>,
    /// Why.
    pub why: String,
    /// Whether what the pipeline would do is not known here.
    pub unknown: bool,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was changed, in order.
    pub changes: Vec<Change>,
    /// What was not.
    pub kept: Vec<Kept>,
    /// The event as it is stored.
    pub stored: Value,
}

/// Applies the settings to an event; `anonymous` is whether its request bore the header `SP-Anonymous`.
///
/// # Errors
/// It is no enriched event.
pub fn apply(enrichment: &Enrichment, event: &str, anonymous: bool) -> Result<Outcome, EventError> {
    let mut event = event::parse(event)?;
    let (mut changes, mut kept) = (Vec::new(), Vec::new());
    if enrichment.enabled && (anonymous || !enrichment.anonymous_only) {
        for field in &enrichment.fields {
            match scalar(enrichment, &mut event, field) {
                Ok(change) => changes.push(change),
                Err(entry) => kept.push(entry),
            }
        }
        for part in Part::ALL {
            for located in enrichment.located.iter().filter(|located| located.part == part) {
                let before = changes.len();
                let why = within(enrichment, &mut event, located, &mut changes)?;
                if changes.len() == before {
                    let (why, unknown) = why;
                    let json_path = Some(located.json_path.clone());
                    kept.push(Kept { field: part.field().to_owned(), json_path, why, unknown });
                }
            }
        }
    }
    Ok(Outcome { changes, kept, stored: Value::Object(event) })
}

fn scalar(enrichment: &Enrichment, event: &mut Map<String, Value>, field: &str) -> Result<Change, Kept> {
    let kept = |why: &str, unknown| Kept { field: field.to_owned(), json_path: None, why: why.to_owned(), unknown };
    match event.get_mut(field) {
        None | Some(Value::Null) => Err(kept("the event has no value here, and null stays null", false)),
        Some(Value::String(text)) => {
            let after = pseudonym(enrichment.function, &enrichment.salt, text);
            let before = std::mem::replace(text, after.clone());
            Ok(Change { place: field.to_owned(), schema: None, json_path: None, before, after })
        }
        Some(_) => Err(kept("it is no text in this document, as it is in an enriched event: write it in quotes", true)),
    }
}

/// Changes what is located; why nothing would be changed, and whether that is not known.
fn within(
    enrichment: &Enrichment,
    event: &mut Map<String, Value>,
    located: &Located,
    changes: &mut Vec<Change>,
) -> Result<(String, bool), EventError> {
    let path = match &located.path {
        Ok(path) => path,
        Err(why) => return Ok((format!("what this path finds is not known here: {why}"), true)),
    };
    let mut of_schema = false;
    let has = event::each(event, located.part, &mut |schema, place, data| {
        if !matches(&located.criterion, schema) {
            return;
        }
        of_schema = true;
        path.map(data, &mut |within, text| {
            let after = pseudonym(enrichment.function, &enrichment.salt, text);
            changes.push(Change {
                place: format!("{place}{within}"),
                schema: Some(schema.to_owned()),
                json_path: Some(located.json_path.clone()),
                before: text.to_owned(),
                after: after.clone(),
            });
            after
        });
    })?;
    let why = match (has, of_schema) {
        (false, _) => "the event has none".to_owned(),
        (true, false) => format!("no data of a schema {}", located.criterion),
        (true, true) => "no text there, and no list with texts".to_owned(),
    };
    Ok((why, false))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(pii: &Value, change: impl FnOnce(&mut Value)) -> Enrichment {
        let mut tree = json!({
            "schema": "iglu:com.snowplowanalytics.snowplow.enrichments/pii_enrichment_config/jsonschema/2-0-1",
            "data": {"enabled": true, "parameters": {"pii": pii,
                "strategy": {"pseudonymize": {"hashFunction": "SHA-256", "salt": "pepper123"}}}},
        });
        change(&mut tree);
        Enrichment::parse(&tree.to_string()).expect("settings")
    }

    /// The event of the pipeline's own specification, as far as it is looked at there.
    fn event() -> Value {
        let contexts = json!({"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0", "data": [
            {"schema": "iglu:com.acme/email_sent/jsonschema/1-0-0",
                "data": {"emailAddress": "jim@acme.com", "emailAddress2": "bob@acme.com"}},
            {"schema": "iglu:com.acme/email_sent/jsonschema/1-1-0", "data": {"emailAddress": "tim@acme.com",
                "data": {"emailAddress": "jim@acme.com", "emailAddress2": "bob@acme.com"}, "someInt": 1}},
            {"schema": "iglu:com.test/array/jsonschema/1-0-0",
                "data": {"field": ["hello", "world"], "field2": null, "field3": null, "field4": ""}},
        ]});
        json!({
            "app_id": "ads", "user_id": "john@acme.com", "user_ipaddress": "70.46.123.145", "ip_domain": null,
            "user_fingerprint": "its_you_again!", "mkt_clickid": "500", "se_category": "super category",
            "unstruct_event": {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": {
                "schema": "iglu:com.mailgun/message_clicked/jsonschema/1-0-0",
                "data": {"ip": "50.56.129.169", "myVar2": "awesome"}}},
            "contexts": contexts.to_string(),
        })
    }

    fn context(schema: &str, path: &str) -> Value {
        json!({"json": {"field": "contexts", "schemaCriterion": format!("iglu:{schema}"), "jsonPath": path}})
    }

    /// Digests and what is left alone, as the specification of the pipeline has them (`PiiPseudonymizerEnrichmentSpec`).
    #[test]
    fn the_pipelines_own_specification() {
        let pii = json!([
            {"pojo": {"field": "user_id"}}, {"pojo": {"field": "user_ipaddress"}}, {"pojo": {"field": "ip_domain"}},
            {"pojo": {"field": "mkt_clickid"}}, {"pojo": {"field": "se_category"}}, {"pojo": {"field": "tr_orderid"}},
            {"json": {"field": "unstruct_event", "schemaCriterion": "iglu:com.mailgun/message_clicked/jsonschema/1-0-0",
                "jsonPath": "$.ip"}},
            context("com.acme/email_sent/jsonschema/1-0-*", "$.['emailAddress', 'nonExistentEmailAddress']"),
            context("com.acme/email_sent/jsonschema/1-1-0", "$.data.emailAddress2"),
            context("com.acme/email_sent/jsonschema/1-*-*", "$.someInt"),
            context("com.test/array/jsonschema/1-0-0", "$.field"),
            context("com.test/array/jsonschema/1-0-0", "$.field2"),
            context("com.test/array/jsonschema/1-0-0", "$.field3.a"),
            context("com.test/array/jsonschema/1-0-0", "$.field4"),
            {"json": {"field": "derived_contexts", "schemaCriterion": "iglu:com.acme/x/jsonschema/1-0-0", "jsonPath": "$.a"}},
        ]);
        let outcome = apply(&settings(&pii, |_| {}), &event().to_string(), false).expect("an event");
        let changes: Vec<(&str, &str)> =
            outcome.changes.iter().map(|change| (change.place.as_str(), change.after.as_str())).collect();
        let wanted = [
            ("user_id", "7d8a4beae5bc9d314600667d2f410918f9af265017a6ade99f60a9c8f3aac6e9"),
            ("user_ipaddress", "dd9720903c89ae891ed5c74bb7a9f2f90f6487927ac99afe73b096ad0287f3f5"),
            ("mkt_clickid", "fae3733fa03cdf57d82e89ac63026afd8782d07ba3c918acb415a4343457785f"),
            ("se_category", "f33daec1ed4cb688f4f1762390735fd78f6a06083f855422a7303ed63707c962"),
            ("unstruct_event.data.data.ip", "269c433d0cc00395e3bc5fe7f06c5ad822096a38bec2d8a005367b52c0dfb428"),
            ("contexts.data[0].data.emailAddress", "72f323d5359eabefc69836369e4cabc6257c43ab6419b05dfb2211d0e44284c6"),
            (
                "contexts.data[1].data.data.emailAddress2",
                "1c6660411341411d5431669699149283d10e070224be4339d52bbc4b007e78c5",
            ),
            ("contexts.data[2].data.field[0]", "b62f3a2475ac957009088f9b8ab77ceb7b4ed7c5a6fd920daa204a1953334acb"),
            ("contexts.data[2].data.field[1]", "8ad32723b7435cbf535025e519cc94dbf1568e17ced2aeb4b9e7941f6346d7d0"),
            ("contexts.data[2].data.field4", "7a3477dad66e666bd203b834c54b6dfe8b546bdbc5283462ad14052abfb06600"),
        ];
        assert_eq!(changes, wanted);
        let kept: Vec<String> = outcome
            .kept
            .iter()
            .map(|kept| format!("{} {}: {}", kept.field, kept.json_path.as_deref().unwrap_or("-"), kept.why))
            .collect();
        let wanted = [
            "ip_domain -: the event has no value here, and null stays null",
            "tr_orderid -: the event has no value here, and null stays null",
            "contexts $.someInt: no text there, and no list with texts",
            "contexts $.field2: no text there, and no list with texts",
            "contexts $.field3.a: no text there, and no list with texts",
            "derived_contexts $.a: the event has none",
        ];
        assert_eq!(kept, wanted);
        // What is stored is what came, but for what was changed; what came as text is text.
        let mut undone = outcome.stored.clone();
        assert_eq!(undone["user_id"], json!(wanted_after(&outcome, "user_id")));
        for change in outcome.changes.iter().rev() {
            undone =
                serde_json::from_str(&undone.to_string().replacen(&change.after, &change.before, 1)).expect("JSON");
        }
        assert_eq!(undone, event());
    }

    fn wanted_after(outcome: &Outcome, place: &str) -> String {
        outcome.changes.iter().find(|change| change.place == place).expect("a change").after.clone()
    }

    #[test]
    fn nothing_is_changed_where_the_pipeline_would_not() {
        let pii = json!([{"pojo": {"field": "user_id"}}]);
        let changed = |change: fn(&mut Value), anonymous| {
            apply(&settings(&pii, change), &event().to_string(), anonymous).expect("an event").changes.len()
        };
        assert_eq!(changed(|_| {}, false), 1);
        assert_eq!(changed(|tree| tree["data"]["enabled"] = json!(false), true), 0);
        assert_eq!(changed(|tree| tree["data"]["anonymousOnly"] = json!(true), false), 0);
        assert_eq!(changed(|tree| tree["data"]["anonymousOnly"] = json!(true), true), 1);
    }

    #[test]
    fn what_is_named_twice_is_digested_twice() {
        let pii = json!([{"pojo": {"field": "user_id"}}, {"pojo": {"field": "user_id"}}]);
        let outcome = apply(&settings(&pii, |_| {}), &event().to_string(), false).expect("an event");
        let [first, second] = outcome.changes.as_slice() else { panic!("{outcome:?}") };
        assert_eq!((&second.before, second.after != first.after), (&first.after, true));
        assert_eq!(outcome.stored["user_id"], json!(second.after));
    }

    #[test]
    fn what_is_not_known_is_said_and_what_is_no_event_is_refused() {
        let pii = json!([{"pojo": {"field": "user_id"}}, context("com.acme/email_sent/jsonschema/1-*-*", "$..*")]);
        let number = json!({"user_id": 12, "contexts": null});
        let outcome = apply(&settings(&pii, |_| {}), &number.to_string(), false).expect("an event");
        assert_eq!((outcome.changes.len(), &outcome.stored), (0, &number));
        assert_eq!(outcome.kept.iter().map(|kept| kept.unknown).collect::<Vec<_>>(), [true, true]);
        let pii = json!([context("com.acme/email_sent/jsonschema/1-*-*", "$.a")]);
        for (event, part) in [
            ("[]", "object"),
            ("{", "JSON"),
            ("{\"contexts\": 1}", "contexts:"),
            ("{\"contexts\": {\"data\": {}}}", "contexts:"),
            ("{\"contexts\": {\"data\": [{\"schema\": \"iglu:a\"}]}}", "contexts.data[0]:"),
            ("{\"contexts\": {\"data\": [{\"schema\": \"iglu:a\", \"data\": []}]}}", "contexts.data[0]:"),
        ] {
            let said = apply(&settings(&pii, |_| {}), event, false).expect_err(event).to_string();
            assert!(said.contains(part), "{event}: {said}");
        }
    }
}
