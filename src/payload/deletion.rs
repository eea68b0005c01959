//! A deletion order: its own type, which needs no Permit and switches nothing on.
//!
//! Promises: it names the ids and nothing else about the person. Absent: sending it (`destination/`), following it up (`actions/`).

use serde::{Deserialize, Serialize};

use crate::host::clock::Timestamp;
use crate::manifest::tool::IdKind;

/// An id to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// `user`, `project` or `provided`.
    pub kind: String,
    /// The id.
    pub id: String,
}

impl Named {
    /// What it is called, for people: `user id`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.kind.split(' ').any(|word| word == "id") {
            true => self.kind.clone(),
            false => format!("{} id", self.kind),
        }
    }
}

/// A deletion order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its own id, a UUID.
    pub request_id: String,
    /// The tool.
    pub tool: String,
    /// When it was asked for.
    pub time: Timestamp,
    /// What is to be deleted.
    pub ids: Vec<Named>,
    /// Where it went.
    pub destinations: Vec<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    version: u32,
    request_id: &'a str,
    tool: &'a str,
    time: String,
    ids: &'a [Named],
    destinations: &'a [String],
}

/// What an order is called where it goes in-band, as an event among others.
pub const EVENT: &str = "telemetry_deletion_request";

/// What an order says as an event: its own id, the tool, and the ids to be deleted, each with its kind.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Asked<'a> {
    request_id: &'a str,
    tool: &'a str,
    ids: &'a [Named],
}

impl Order {
    /// The user id that it is about; of several the first.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.ids.iter().find(|named| named.kind == IdKind::User.as_str()).map(|named| named.id.as_str())
    }

    /// What it says as an event.
    #[must_use]
    pub fn asked(&self) -> Asked<'_> {
        Asked { request_id: &self.request_id, tool: &self.tool, ids: &self.ids }
    }

    /// The body: `{"type":"deletion_request","version":1,"request_id","tool","time","ids":[{"kind","id"}],"destinations"}`.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let Self { request_id, tool, time, ids, destinations } = self;
        let document = Document {
            kind: "deletion_request",
            version: 1,
            request_id,
            tool,
            time: time.rfc3339(),
            ids,
            destinations,
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }

    /// The same as a letter that a person can send.
    #[must_use]
    pub fn letter(&self) -> String {
        let ids: Vec<String> = self.ids.iter().map(|named| format!("  {}  {}", named.title(), named.id)).collect();
        let destinations: Vec<String> = self.destinations.iter().map(|address| format!("  {address}")).collect();
        // Where a foreign tool sent it, its maker knows.
        let sent = match destinations.is_empty() {
            true => String::new(),
            false => format!("It was sent to:\n\n{}\n\n", destinations.join("\n")),
        };
        format!(
            "Subject: Deletion request {id}\n\nPlease delete all telemetry that you hold under these ids of the tool {tool}:\n\n{ids}\n\n{sent}Requested at {time}. Please confirm the deletion quoting the request id {id}.\n",
            id = self.request_id,
            tool = self.tool,
            ids = ids.join("\n"),
            time = self.time.rfc3339(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_ids_and_nothing_else() {
        let order = Order {
            request_id: "r".to_owned(),
            tool: "acme".to_owned(),
            time: Timestamp::from_ms(0),
            ids: vec![Named { kind: "user".to_owned(), id: "abc".to_owned() }],
            destinations: vec!["https://t.example/v1".to_owned()],
        };
        assert_eq!(
            String::from_utf8(order.body()).expect("text"),
            r#"{"type":"deletion_request","version":1,"request_id":"r","tool":"acme","time":"1970-01-01T00:00:00.000Z","ids":[{"kind":"user","id":"abc"}],"destinations":["https://t.example/v1"]}"#
        );
        assert!(order.letter().contains("user id  abc"));
    }
}
