//! Options of protocol `cloudevents`: one event a request or many, and what its attributes say beside the event's own.
//!
//! Promises: an attribute that the specification would not take is a problem. Absent: the receiver's leave for batches: the author
//! has it, or does not ask for them.

use url::Url;

use crate::identity::names::EventName;
use crate::manifest::forms::wrap::Batch;
use crate::manifest::problem::Problems;
use crate::manifest::written::destination::WrittenDestination;

/// Longest address in an attribute, characters: what web servers take in a line.
const LONGEST_ADDRESS: usize = 1024;
/// Longest beginning of types, characters; an event's own name adds at most 64.
const LONGEST_PREFIX: usize = 100;

/// Options of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudEventsForm {
    /// One event a body, or many as an array.
    pub batch: Batch,
    /// `source`; without it, one that holds the user id.
    pub source: Option<String>,
    /// What `type` begins with; the tool's name without it.
    pub prefix: Option<String>,
    /// `dataschema` of events.
    pub schemas: Vec<(EventName, String)>,
}

impl CloudEventsForm {
    /// Reads them.
    pub(crate) fn read(problems: &mut Problems, written: &WrittenDestination) -> Option<Self> {
        let batch = written.batch.as_deref().unwrap_or("single");
        let batch = problems.choice("batch", batch, &[("single", Batch::Single), ("array", Batch::Array)]);
        if let Some(source) = &written.source
            && !is_reference(source)
        {
            let what = "not a URI reference such as https://acme.example/cli: at most 1024 printable ASCII characters";
            problems.say_at("source", what);
        }
        if let Some(prefix) = &written.prefix
            && !is_prefix(prefix)
        {
            let what = "not a name such as com.example.cli: at most 100 letters, digits, - and _ between single dots";
            problems.say_at("prefix", what);
        }
        let schema = |problems: &mut Problems, event: &str, address: &str| {
            let event = problems.value_at(event, EventName::new(event));
            if !(is_reference(address) && Url::parse(address).is_ok()) {
                problems.say_at(event.as_ref().map_or("", EventName::as_str), "not a URI, of at most 1024 characters");
            }
            Some((event?, address.to_owned()))
        };
        let schemas = problems.at("schemas", |problems| {
            written.schemas.iter().filter_map(|(event, address)| schema(problems, event, address)).collect()
        });
        Some(Self { batch: batch?, source: written.source.clone(), prefix: written.prefix.clone(), schemas })
    }

    /// They as texts, to be told from any others.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let mut parts = vec![self.batch.as_str().to_owned()];
        parts.extend(self.source.iter().map(|source| format!("source {source}")));
        parts.extend(self.prefix.iter().map(|prefix| format!("prefix {prefix}")));
        parts.extend(self.schemas.iter().map(|(event, address)| format!("schema {event} {address}")));
        parts
    }

    /// The schema of the event of this name.
    #[must_use]
    pub fn schema_of(&self, event: &str) -> Option<&str> {
        self.schemas.iter().find(|(name, _)| name.as_str() == event).map(|(_, address)| address.as_str())
    }
}

/// Whether it is a reference by RFC 3986, of the characters that one may have; brackets, which only stand around an address of IPv6,
/// are left out.
fn is_reference(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte);
    let escapes_hold = text.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        digits.next().is_some_and(|b| b.is_ascii_hexdigit()) && digits.next().is_some_and(|b| b.is_ascii_hexdigit())
    });
    let base = Url::parse("https://base.example/");
    (1..=LONGEST_ADDRESS).contains(&text.len())
        && text.bytes().all(plain)
        && escapes_hold
        && text.matches('#').count() <= 1
        && base.is_ok_and(|base| base.join(text).is_ok())
}

fn is_prefix(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    text.len() <= LONGEST_PREFIX && text.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse::tests::hold;

    #[test]
    fn references_are_those_of_the_rfc() {
        for good in [
            "https://acme.example/cli",
            "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
            "mailto:cncf@lists.example",
            "/cloudevents/spec/pull/123",
            "1-555-123-4567",
            "a%20b?c=d#e",
        ] {
            assert!(is_reference(good), "{good}");
        }
        let long = "a".repeat(1025);
        for bad in ["", "a b", "a\nb", "a\"b", "<a>", "a%2", "a%zz", "a#b#c", "ä", "https://", "\\a", "[a]", &long] {
            assert!(!is_reference(bad), "{bad:?}");
        }
    }

    #[test]
    fn problems_of_its_keys() {
        let web = "    protocol: json\n    method: PUT\n    headers: {X-Key: abc}\n    batch: single\n    document:\n      who: $user_id\n      what: [$event, $field.count, $fact.os]\n";
        let with =
            |keys: &str| -> &'static str { Box::leak(format!("    protocol: cloudevents\n{keys}").into_boxed_str()) };
        hold(&[
            (web, with("    method: PUT\n    batch: array\n    source: /acme\n    prefix: com.acme\n"), &[]),
            (
                web,
                with("    batch: lines\n    source: a b\n    prefix: com..acme\n    compression: gzip\n"),
                &[
                    "line 57: destinations.web.batch: \"lines\" is not one of: single, array",
                    "line 58: destinations.web.source: not a URI reference such as https://acme.example/cli: at most 1024 printable ASCII characters",
                    "line 59: destinations.web.prefix: not a name such as com.example.cli: at most 100 letters, digits, - and _ between single dots",
                    "line 60: destinations.web.compression: it means nothing for the protocol cloudevents",
                ],
            ),
            (
                web,
                with(
                    "    schemas: {run: not a schema, beta: 'https://acme.example/beta.json'}\n    names: {run: ''}\n",
                ),
                &[
                    "line 57: destinations.web.schemas.run: not a URI, of at most 1024 characters",
                    "line 57: destinations.web.schemas.beta: no event of this name goes there",
                    "line 58: destinations.web.names.run: it is empty",
                ],
            ),
        ]);
    }
}
