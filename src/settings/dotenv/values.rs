//! How much a file's values may hold together.
//!
//! Promises: a value that is made of others, and they of others, ends before it fills the memory.
//!
//! Deliberately absent: a bound on the file itself.

/// Bytes of all values together: sixteen times what the largest file can write out.
const MOST: usize = 1 << 20;

/// What is left of the room.
pub(super) struct Room(usize);

impl Room {
    /// All of it.
    pub(super) fn new() -> Self {
        Self(MOST)
    }

    /// Whether so many bytes still fit.
    pub(super) fn fits(&self, bytes: usize) -> Option<()> {
        (bytes <= self.0).then_some(())
    }

    /// Takes so many bytes.
    pub(super) fn take(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.checked_sub(bytes)?;
        Some(())
    }
}
