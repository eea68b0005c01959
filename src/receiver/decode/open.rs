//! What is coded within what was sent: forms, JSON in texts, base64 of JSON, Snowplow's four fields, lines of JSON.
//!
//! Promises: only what opens to an object or a list is opened, and each opening is said once, with the key; secrets by name are masked in
//! all of it. Absent: whose protocol it is.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use url::form_urlencoded;

use crate::receiver::decode::node::Node;
use crate::receiver::decode::secret;

/// How deep openings within openings go.
const WITHIN: usize = 4;
/// Senders pad their base64 or do not.
const ANY_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const PLAIN: GeneralPurpose = GeneralPurpose::new(&STANDARD, ANY_PADDING);
const IN_URLS: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, ANY_PADDING);

/// Opens, and remembers what it did.
#[derive(Debug, Default)]
pub struct Opener {
    notes: Vec<String>,
    masked: Vec<String>,
}

impl Opener {
    /// Says something once.
    pub fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Whether anything was masked so far.
    #[must_use]
    pub const fn masked(&self) -> bool {
        !self.masked.is_empty()
    }

    /// All that there is to say.
    #[must_use]
    pub fn notes(self) -> Vec<String> {
        let masked =
            (!self.masked.is_empty()).then(|| format!("masked here and sent in full: {}", self.masked.join(", ")));
        self.notes.into_iter().chain(masked).collect()
    }

    /// A document of JSON, or lines of which each is one; opened.
    pub fn document(&mut self, bytes: &[u8]) -> Option<Node> {
        if let Some(node) = Node::read(bytes) {
            return Some(self.within(node, WITHIN));
        }
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let nodes: Option<Vec<Node>> = lines.map(Node::read_nested).collect();
        let nodes = nodes.filter(|nodes| !nodes.is_empty())?;
        self.note(format!("{} lines, each a document", nodes.len()));
        Some(self.within(Node::List(nodes), WITHIN))
    }

    /// The pairs of a form or a query; opened.
    pub fn form(&mut self, bytes: &[u8]) -> Node {
        let pairs =
            form_urlencoded::parse(bytes).map(|(key, value)| (key.into_owned(), Node::Text(value.into_owned())));
        let pairs = pairs.map(|(key, node)| match node {
            Node::Text(text) if !secret::is_field(&key) => {
                match self.coded(&key, &text).or_else(|| self.in_text(&key, &text)) {
                    Some(opened) => (key, opened),
                    None => (key, Node::Text(text)),
                }
            }
            other => (key, other),
        });
        let pairs = Node::Object(pairs.collect());
        self.within(pairs, WITHIN)
    }

    fn within(&mut self, node: Node, left: usize) -> Node {
        match node {
            Node::Object(pairs) => {
                Node::Object(pairs.into_iter().map(|(key, node)| self.pair(key, node, left)).collect())
            }
            Node::List(items) => Node::List(items.into_iter().map(|item| self.within(item, left)).collect()),
            plain @ (Node::Text(_) | Node::Raw(_)) => plain,
        }
    }

    fn pair(&mut self, key: String, node: Node, left: usize) -> (String, Node) {
        let node = match node {
            Node::Text(text) if secret::is_field(&key) && !text.is_empty() => {
                if !self.masked.contains(&key) {
                    self.masked.push(key.clone());
                }
                return (key, Node::Text(secret::masked(&text)));
            }
            Node::Text(text) => {
                // Snowplow's fields by name; base64 of a document anywhere else.
                let named = matches!(key.as_str(), "ue_pr" | "co");
                let opened = if named { self.in_text(&key, &text) } else { self.coded(&key, &text) };
                match (opened, left.checked_sub(1)) {
                    (Some(opened), Some(left)) => self.within(opened, left),
                    _ => Node::Text(text),
                }
            }
            nested => self.within(nested, left),
        };
        (key, node)
    }

    /// A document in base64.
    fn coded(&mut self, key: &str, text: &str) -> Option<Node> {
        // No base64 of an object or a list is shorter.
        if text.len() < 3 {
            return None;
        }
        let decoded = |engine: &GeneralPurpose| engine.decode(text).ok();
        let bytes = decoded(&PLAIN).or_else(|| decoded(&IN_URLS))?;
        let node = Node::read_nested(&bytes)?;
        self.note(format!("{key}: opened from base64"));
        Some(node)
    }

    /// A document in a text.
    fn in_text(&mut self, key: &str, text: &str) -> Option<Node> {
        let node = Node::read_nested(text.as_bytes())?;
        self.note(format!("{key}: opened from a text"));
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    fn text(node: &Node) -> String {
        serde_json::to_string(node).expect("JSON")
    }

    #[test]
    fn what_is_coded_within_is_opened() {
        let inner = r#"{"schema":"iglu:com.meltano/cli_event/jsonschema/1-0-1","data":{"n":1.0}}"#;
        let (px, co) = (URL_SAFE_NO_PAD.encode(inner), r#"[{\"a\":1}]"#);
        let body = format!(r#"{{"schema":"x","data":[{{"e":"ue","ue_px":"{px}","co":"{co}","aid":"e30"}}]}}"#);
        let mut opener = Opener::default();
        let node = opener.document(body.as_bytes()).expect("JSON");
        let wanted = format!(r#"{{"schema":"x","data":[{{"e":"ue","ue_px":{inner},"co":[{{"a":1}}],"aid":{{}}}}]}}"#);
        assert_eq!(text(&node), wanted);
        assert_eq!(opener.notes(), ["ue_px: opened from base64", "co: opened from a text", "aid: opened from base64"]);
    }

    #[test]
    fn forms_and_lines_are_read() {
        let mut opener = Opener::default();
        let form = format!("data={}&v=1&v=2&a+b=%C3%A9&api_key=abc", STANDARD.encode("[1]").replace('=', "%3D"));
        let wanted = r#"{"data":[1],"v":"1","v":"2","a b":"é","api_key":"(masked: 3 characters)"}"#;
        assert_eq!(text(&opener.form(form.as_bytes())), wanted);
        assert_eq!(opener.notes(), ["data: opened from base64", "masked here and sent in full: api_key"]);
        let mut opener = Opener::default();
        assert_eq!(text(&opener.document(b"{\"a\":1}\n\n[2]\n").expect("lines")), r#"[{"a":1},[2]]"#);
        assert!(opener.document(b"a\n{}").is_none());
        assert!(opener.document(b"").is_none());
    }
}
