//! A server on loopback that says yes, and a client that posts to it with no more than it takes.
//!
//! Promises: one connection is kept from request to request, on both sides. Absent: reading what is said.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Posts requests over one connection, each after the answer to the one before.
pub(crate) fn post(socket: SocketAddr, requests: &[Vec<u8>]) {
    let mut stream = TcpStream::connect(socket).expect("loopback");
    stream.set_nodelay(true).expect("a socket");
    let mut answer = [0; Server::ANSWER.len()];
    for request in requests {
        stream.write_all(request).expect("sent");
        stream.read_exact(&mut answer).expect("answered");
    }
}

/// A server on loopback that says yes and keeps what it was sent.
pub(crate) struct Server {
    pub(crate) socket: SocketAddr,
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
    /// Yes to everybody: one of the peers believes no status, and asks how many were accepted.
    pub(crate) const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 59\r\n\r\n\
        {\"status\":\"success\",\"accepted\":1,\"rejected\":0,\"message\":\"\"}";

    pub(crate) fn start() -> Self {
        Self::counting(TcpListener::bind("127.0.0.1:0").expect("loopback"), Arc::default())
    }

    /// At this listener; `requests` is how many were answered.
    pub(crate) fn counting(listener: TcpListener, answered: Arc<AtomicU64>) -> Self {
        let socket = listener.local_addr().expect("an address");
        let all = Arc::new(Mutex::new(Kept::default()));
        let kept = Arc::clone(&all);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answered) = (Arc::clone(&kept), Arc::clone(&answered));
                std::thread::spawn(move || answer(&stream, &kept, &answered));
            }
        });
        Self { socket, kept: all }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}/", self.socket)
    }

    /// What was sent since the last look.
    pub(crate) fn requests(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.kept.lock().expect("no thread died")).requests
    }
}

fn answer(stream: &TcpStream, kept: &Mutex<Kept>, answered: &AtomicU64) -> Option<()> {
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
        (&mut &*stream).write_all(Server::ANSWER).ok()?;
    }
}
