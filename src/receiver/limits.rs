//! How much a receiver takes, in one place, each with its reason.

use std::time::Duration;

/// Bounds of a receiver. A command that is run against it is somebody else's, and may be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a head, and of all that frames a body. Servers in use take 8 to 64 KiB.
    pub head: usize,
    /// Bytes of a body. The largest that a receiver of any protocol here takes is Sentry's 100 MiB envelope; telemetry of a command has
    /// some kilobytes.
    pub body: usize,
    /// Bytes of all bodies together: they are held in memory.
    pub bodies: usize,
    /// Requests in all: a command that asks again and again after an answer that it does not like.
    pub requests: usize,
    /// Connections at once, a thread each.
    pub connections: usize,
    /// How long a request may take from its first byte to its last.
    pub request: Duration,
    /// How long a connection may say nothing between two requests: longer than most pools keep one.
    pub silence: Duration,
}

impl Limits {
    /// Those of a capture.
    #[must_use]
    pub const fn usual() -> Self {
        Self {
            head: 64 << 10,
            body: 16 << 20,
            bodies: 64 << 20,
            requests: 10_000,
            connections: 128,
            request: Duration::from_secs(30),
            silence: Duration::from_secs(120),
        }
    }
}
