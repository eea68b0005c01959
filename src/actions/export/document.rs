//! One JSON document, written member by member, so that nothing of it is held.
//!
//! Promises: what is written is one whole document once every map and list was ended; control characters are escaped as JSON does.
//! Absent: what stands in it.

use std::io::{self, Write};

use serde::Serialize;

use crate::host::files::FileError;
use crate::host::hidden::in_json;

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What is kept cannot be listed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The document cannot be written.
    #[error("the document cannot be written: {0}")]
    Out(#[from] io::Error),
}

/// A document on its way out.
pub struct Document<'a> {
    out: &'a mut dyn Write,
    /// Of every open map and list: what ends it, and whether it has a member.
    open: Vec<(&'static str, bool)>,
}

impl<'a> Document<'a> {
    /// Begins one: a map.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(out: &'a mut dyn Write) -> io::Result<Self> {
        out.write_all(b"{")?;
        Ok(Self { out, open: vec![("}", false)] })
    }

    /// Writes a member of the map, or of the list where there is no key.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> io::Result<()> {
        self.member(key)?;
        self.out.write_all(in_json(serde_json::to_string(value)?).as_bytes())
    }

    /// Begins a map in it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn map(&mut self, key: &str) -> io::Result<()> {
        self.member(key)?;
        self.open.push(("}", false));
        self.out.write_all(b"{")
    }

    /// Begins a list in it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn list(&mut self, key: &str) -> io::Result<()> {
        self.member(key)?;
        self.open.push(("]", false));
        self.out.write_all(b"[")
    }

    /// Ends the map or list that was begun last.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn end(&mut self) -> io::Result<()> {
        let Some((end, any)) = self.open.pop() else { return Ok(()) };
        if any {
            self.line()?;
        }
        self.out.write_all(end.as_bytes())
    }

    /// How many maps and lists are open.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.open.len()
    }

    /// Ends the document.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        while !self.open.is_empty() {
            self.end()?;
        }
        self.out.write_all(b"\n")?;
        self.out.flush()
    }

    fn member(&mut self, key: &str) -> io::Result<()> {
        if self.open.last().is_some_and(|(_, any)| *any) {
            self.out.write_all(b",")?;
        }
        self.line()?;
        let in_list = self.open.last().is_some_and(|(end, _)| *end == "]");
        if let Some((_, any)) = self.open.last_mut() {
            *any = true;
        }
        if !in_list {
            self.out.write_all(in_json(serde_json::to_string(key)?).as_bytes())?;
            self.out.write_all(b": ")?;
        }
        Ok(())
    }

    fn line(&mut self) -> io::Result<()> {
        write!(self.out, "\n{:1$}", "", self.open.len().saturating_mul(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_whole() {
        let mut bytes = Vec::new();
        let mut document = Document::begin(&mut bytes).expect("begun");
        document.put("version", &1).expect("put");
        document.list("none").expect("a list");
        document.end().expect("ended");
        document.list("some").expect("a list");
        for text in ["a\u{1b}", "b"] {
            document.put("", text).expect("put");
        }
        document.end().expect("ended");
        document.map("m\"").expect("a map");
        document.put("k", &None::<u8>).expect("put");
        document.finish().expect("whole");
        let text = String::from_utf8(bytes).expect("text");
        let tree: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let expected = serde_json::json!({"version": 1, "none": [], "some": ["a\u{1b}", "b"], "m\"": {"k": null}});
        assert_eq!(tree, expected, "{text}");
        assert!(!text.contains('\u{1b}') && text.ends_with("}\n"), "{text}");
    }
}
