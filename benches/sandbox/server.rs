//! A server on loopback that says yes, and a client that posts to it with no more than it takes.
//!
//! Promises: one connection is kept from request to request, on both sides. Absent: reading what is said.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Posts requests over one connection, each after the answer to the one before.
pub(crate) fn post(server: &Server, requests: &[Vec<u8>]) {
    let mut stream = TcpStream::connect(server.socket).expect("loopback");
    stream.set_nodelay(true).expect("a socket");
    let mut answer = vec![0; server.answer.len()];
    for request in requests {
        stream.write_all(request).expect("sent");
        stream.read_exact(&mut answer).expect("answered");
    }
}

/// A server on loopback that says yes and keeps what it was sent.
pub(crate) struct Server {
    pub(crate) socket: SocketAddr,
    answer: Arc<[u8]>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    requests: Vec<Vec<u8>>,
    bytes: usize,
}

/// Enough to post again, and to count; a million events are not kept.
const MOST_BYTES: usize = 100_000_000;

impl Server {
    /// Yes to everybody: some believe no status, and look for how many were accepted, for a code, or for a word on each event.
    pub(crate) const YES: &str =
        r#"{"status":"success","accepted":1,"rejected":0,"message":"","code":200,"results":{}}"#;

    pub(crate) fn start() -> Self {
        Self::answering(Self::YES)
    }

    /// With this answer to everybody.
    pub(crate) fn answering(yes: &str) -> Self {
        Self::counting(TcpListener::bind("127.0.0.1:0").expect("loopback"), yes, Arc::default())
    }

    /// At this listener, with this answer; `answered` is how many requests had it.
    pub(crate) fn counting(listener: TcpListener, yes: &str, answered: Arc<AtomicU64>) -> Self {
        let socket = listener.local_addr().expect("an address");
        let yes: Arc<[u8]> = Self::said(yes).into();
        let server = Self { socket, answer: Arc::clone(&yes), kept: Arc::default() };
        let kept = Arc::clone(&server.kept);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, yes, answered) = (Arc::clone(&kept), Arc::clone(&yes), Arc::clone(&answered));
                std::thread::spawn(move || answer(&stream, &yes, &kept, &answered));
            }
        });
        server
    }

    /// The bytes of an answer that says this.
    pub(crate) fn said(yes: &str) -> Vec<u8> {
        let length = yes.len();
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{yes}")
            .into_bytes()
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}/", self.socket)
    }

    /// What was sent since the last look.
    pub(crate) fn requests(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.kept.lock().expect("no thread died")).requests
    }
}

fn answer(stream: &TcpStream, yes: &[u8], kept: &Mutex<Kept>, answered: &AtomicU64) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut lines = BufReader::with_capacity(64 * 1024, stream);
    loop {
        let (mut request, mut length) = (Vec::new(), 0);
        loop {
            let start = request.len();
            lines.read_until(b'\n', &mut request).ok().filter(|read| *read > 0)?;
            let line = std::str::from_utf8(request.get(start..)?).ok()?.to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let head = request.len();
        request.resize(head.checked_add(length)?, 0);
        lines.read_exact(request.get_mut(head..)?).ok()?;
        let mut kept = kept.lock().ok()?;
        if kept.bytes < MOST_BYTES {
            kept.bytes += request.len();
            kept.requests.push(request);
        }
        drop(kept);
        // Who has the answer finds the request counted.
        answered.fetch_add(1, Ordering::SeqCst);
        (&mut &*stream).write_all(yes).ok()?;
    }
}
