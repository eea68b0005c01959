//! The bytes of an envelope: its first line, its items with their exact lengths, and all of it read back.
//!
//! Promises: what is written here reads back; a length that is wrong makes it no envelope. Absent: what items say.

use serde::Serialize;
use serde_json::Value as Tree;

use crate::payload::digest::Digest;

/// The first line of an envelope.
pub(super) fn header(event_id: Option<&str>) -> Vec<u8> {
    event_id.map_or_else(|| b"{}\n".to_vec(), |id| format!("{{\"event_id\":\"{id}\"}}\n").into_bytes())
}

/// An item of this type, its line before it.
pub(super) fn item(kind: &str, payload: &impl Serialize) -> Vec<u8> {
    let payload = serde_json::to_vec(payload).unwrap_or_default();
    let mut item = format!("{{\"type\":\"{kind}\",\"length\":{}}}\n", payload.len()).into_bytes();
    item.extend(payload);
    item.push(b'\n');
    item
}

/// A line of JSON, and what comes after it.
fn line(bytes: &[u8]) -> Option<(Tree, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    let tree: Tree = serde_json::from_slice(line).ok()?;
    tree.is_object().then_some((tree, rest.strip_prefix(b"\n")?))
}

pub(super) fn is_hex32(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A UUID as Sentry prefers it, 32 hex digits; of anything else the beginning of a digest.
pub(super) fn event_id(id: &str) -> String {
    let plain = id.replace('-', "").to_ascii_lowercase();
    if is_hex32(&plain) {
        return plain;
    }
    let digest = Digest::of(id.as_bytes()).to_string();
    digest.rsplit(':').next().unwrap_or_default().chars().take(32).collect()
}

/// An envelope as `{"header","items":[{"header","payload"}]}`; `None` where it is none.
pub(super) fn opened(body: &[u8]) -> Option<Tree> {
    let (header, mut rest) = line(body)?;
    let mut items = Vec::new();
    while !rest.is_empty() {
        let (item, after) = line(rest)?;
        let length = usize::try_from(item.get("length")?.as_u64()?).ok()?;
        let (payload, after) = after.split_at_checked(length)?;
        rest = if after.is_empty() { after } else { after.strip_prefix(b"\n")? };
        let payload = serde_json::from_slice::<Tree>(payload).ok()?;
        items.push(serde_json::json!({ "header": item, "payload": payload }));
    }
    Some(serde_json::json!({ "header": header, "items": items }))
}
