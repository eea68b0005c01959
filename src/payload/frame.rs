//! A frame: what stands before and behind a list of documents in one JSON body.
//!
//! Promises: the overhead is exactly what the body has beside its documents. Absent: what a frame says (each protocol's own file).

use crate::payload::protocol::Document;

/// What stands around a list of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    before: String,
    behind: String,
}

impl Frame {
    /// With this before and behind the list.
    #[must_use]
    pub const fn new(before: String, behind: String) -> Self {
        Self { before, behind }
    }

    /// Bytes beside those of so many documents.
    #[must_use]
    pub fn overhead(&self, documents: usize) -> usize {
        // A comma between each two.
        self.before.len().saturating_add(self.behind.len()).saturating_add(documents.saturating_sub(1))
    }

    /// The body.
    #[must_use]
    pub fn around(&self, documents: &[Document]) -> Vec<u8> {
        let bytes: usize = documents.iter().map(|document| document.bytes.len()).sum();
        let mut body = Vec::with_capacity(bytes.saturating_add(self.overhead(documents.len())));
        body.extend_from_slice(self.before.as_bytes());
        for (index, document) in documents.iter().enumerate() {
            if index > 0 {
                body.push(b',');
            }
            body.extend_from_slice(&document.bytes);
        }
        body.extend_from_slice(self.behind.as_bytes());
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overhead_is_what_is_not_a_documents() {
        let frame = Frame::new("{\"a\":[".to_owned(), "]}".to_owned());
        for (count, expected) in [(0, "{\"a\":[]}"), (1, "{\"a\":[{}]}"), (3, "{\"a\":[{},{},{}]}")] {
            let documents: Vec<Document> = (0..count).map(|_| Document::of(b"{}".to_vec())).collect();
            let body = frame.around(&documents);
            assert_eq!(String::from_utf8_lossy(&body), expected);
            assert_eq!(body.len(), 2 * count + frame.overhead(count));
        }
    }
}
