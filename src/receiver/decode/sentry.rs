//! Sentry's bodies: a line of JSON, then items, each a line and what it says.
//!
//! Promises: items keep their order; what is no document is shown as a text. Absent: what items mean.

use crate::receiver::decode::node::Node;
use crate::receiver::decode::open::Opener;

/// Reads a body as `{"header", "items": [{"header", "payload"}]}`; `None` where it is none.
pub fn read(body: &[u8], opener: &mut Opener) -> Option<Node> {
    let (header, mut rest) = line(body)?;
    let header = opener.document(header)?;
    let mut items = Vec::new();
    while !rest.trim_ascii().is_empty() {
        let (head, after) = line(rest)?;
        let head = Node::read_nested(head)?;
        let (payload, after) = match head.length("length") {
            Some(length) => after.split_at_checked(length)?,
            // Without a length an item ends with its line.
            None => line(after)?,
        };
        rest = after.strip_prefix(b"\n").unwrap_or(after);
        let payload =
            opener.document(payload).unwrap_or_else(|| Node::Text(String::from_utf8_lossy(payload).into_owned()));
        items.push(Node::Object(vec![("header".to_owned(), head), ("payload".to_owned(), payload)]));
    }
    Some(Node::Object(vec![("header".to_owned(), header), ("items".to_owned(), Node::List(items))]))
}

/// A line, without its end, and what comes after it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line, rest.strip_prefix(b"\n").unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_taken_apart() {
        let body =
            b"{\"dsn\":\"x\"}\n{\"type\":\"event\",\"length\":11}\n{\"n\":\n1.00}\n{\"type\":\"attachment\"}\nplain\n";
        let node = read(body, &mut Opener::default()).expect("an envelope");
        assert_eq!(
            serde_json::to_string(&node).expect("JSON"),
            r#"{"header":{"dsn":"x"},"items":[{"header":{"type":"event","length":11},"payload":{"n":1.00}},{"header":{"type":"attachment"},"payload":"plain"}]}"#
        );
        for broken in [&b""[..], b"{}\n{\"length\":99}\nx", b"x\n", b"{}\nx\n"] {
            assert!(read(broken, &mut Opener::default()).is_none());
        }
    }
}
