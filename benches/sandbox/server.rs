//! A server on loopback that says yes, and a client that posts to it with no more than it takes.
//!
//! Promises: one connection is kept from request to request, on both sides. Absent: reading what is said.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Posts requests over one connection, each after the answer to the one before.
pub(crate) fn post(socket: SocketAddr, requests: &[Vec<u8>]) {
    let mut stream = TcpStream::connect(socket).expect("loopback");
    stream.set_nodelay(true).expect("a socket");
    let mut answer = [0; ANSWER.len()];
    for request in requests {
        stream.write_all(request).expect("sent");
        stream.read_exact(&mut answer).expect("answered");
    }
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A server on loopback that says yes and keeps what it was sent.
pub(crate) struct Server {
    pub(crate) socket: SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let socket = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || answer(&stream, &kept));
            }
        });
        Self { socket, requests }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}/", self.socket)
    }

    /// What was sent since the last look.
    pub(crate) fn requests(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.requests.lock().expect("no thread died"))
    }
}

fn answer(stream: &TcpStream, kept: &Mutex<Vec<Vec<u8>>>) -> Option<()> {
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
        (&mut &*stream).write_all(ANSWER).ok()?;
        let mut kept = kept.lock().ok()?;
        // Enough to post again; a million events are not kept.
        if kept.len() < 10_000 && kept.iter().map(Vec::len).sum::<usize>() < 100_000_000 {
            kept.push(request);
        }
    }
}
