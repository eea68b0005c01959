//! WHAT OTHERS SAY: a loopback receiver, for the requests of a command that runs against it.
//!
//! Promises: it listens at 127.0.0.1 and connects nowhere; what it says about a request is read off the very bytes that came.
//! Absent: TLS; keeping anything; printing.

pub mod answer;
pub mod decode;
pub mod limits;
pub mod listen;
pub mod request;
