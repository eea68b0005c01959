//! A receiver of HTTP/1.1 at a free port of 127.0.0.1: keeps what comes, and answers as it is told.
//!
//! Promises: nobody but this machine reaches it, and it reaches nobody; a request is kept before its answer begins, in the order in
//! which requests were whole; it holds no more than its limits say, and what it refused is said; after `stop` nothing of it is left.
//! Absent: TLS, HTTP/2, anything that is done with what came.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, park_timeout};
use std::time::{Duration, Instant};

use crate::host::clock::{Clock, Timestamp};
use crate::receiver::answer::Answer;
use crate::receiver::limits::Limits;
use crate::receiver::request::{NoRequest, Request, Stream, Wire};

/// How often is looked for new connections: a client waits for that long at most, and an idle receiver costs next to nothing.
const LOOK: Duration = Duration::from_millis(2);
/// How long a client that was refused may go on sending until it is hung up on, so that it sees why.
const LINGER: Duration = Duration::from_secs(1);
/// Most that is told of what was refused.
const TROUBLES: usize = 100;

/// A request with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// When it was whole.
    pub at: Timestamp,
    /// What it says.
    pub request: Request,
}

/// All that came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The requests, in order.
    pub requests: Vec<Came>,
    /// What came and is no request, in words.
    pub troubles: Vec<String>,
}

/// Whether anybody is still expected who has no connection now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Somebody.
    Somebody,
    /// Nobody.
    Nobody,
    /// Whoever it is, it is waited no longer.
    GiveUp,
}

/// A receiver that listens.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Looks for connections that found none.
    looks: AtomicU64,
    answer: Answer,
    clock: Clock,
    limits: Limits,
}

#[derive(Debug, Default)]
struct State {
    kept: Kept,
    /// Bytes of all bodies so far.
    bodies: usize,
    /// Those that are open, by number.
    streams: Vec<(u64, TcpStream)>,
    stopped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self, text: String) {
        let mut state = self.lock();
        if state.kept.troubles.len() < TROUBLES {
            state.kept.troubles.push(text);
        }
    }

    /// Keeps a request, as long as there is room.
    fn keep(&self, request: &Request) -> Result<(), NoRequest> {
        let mut state = self.lock();
        let bodies = state.bodies.saturating_add(request.body.len());
        if bodies > self.limits.bodies || state.kept.requests.len() >= self.limits.requests {
            return Err(NoRequest::Refused("more requests than are kept", 429));
        }
        state.bodies = bodies;
        let at = self.clock.now();
        state.kept.requests.push(Came { at, request: request.clone() });
        Ok(())
    }
}

impl Receiver {
    /// Listens at a free port.
    ///
    /// # Errors
    /// The system has no port, or no thread.
    pub fn start(answer: Answer, clock: Clock, limits: Limits) -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let (state, looks) = (Mutex::new(State::default()), AtomicU64::new(0));
        let shared = Arc::new(Shared { state, looks, answer, clock, limits });
        let listener = std::thread::Builder::new().spawn({
            let shared = Arc::clone(&shared);
            move || listen(&socket, &shared)
        })?;
        Ok(Self { address, shared, listener: Some(listener) })
    }

    /// Where it listens, such as `127.0.0.1:40123`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The same with its scheme: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.lock().kept.requests.len()
    }

    /// Waits until nobody speaks to it any more and nobody else is expected, at most `patience`; whether it is so.
    pub fn quiet(&self, patience: Duration, mut expected: impl FnMut() -> Expected) -> bool {
        let start = Instant::now();
        let mut mark = None;
        loop {
            // Who was expected may have connected as the last thing of all: looks are due that began after that. The next one that
            // is counted may have begun before, the one after it did not.
            let looks = || self.shared.looks.load(Ordering::SeqCst);
            match (expected(), mark) {
                (Expected::GiveUp, _) => return false,
                (Expected::Somebody, _) => mark = None,
                (Expected::Nobody, None) => mark = Some(looks()),
                (Expected::Nobody, Some(mark)) if looks() >= mark + 2 && self.shared.lock().streams.is_empty() => {
                    return true;
                }
                (Expected::Nobody, Some(_)) => {}
            }
            if start.elapsed() >= patience {
                return false;
            }
            park_timeout(LOOK);
        }
    }

    /// Stops listening, hangs up on everybody, and gives what came.
    #[must_use]
    pub fn stop(mut self) -> Kept {
        self.end();
        std::mem::take(&mut self.shared.lock().kept)
    }

    fn end(&mut self) {
        let Some(listener) = self.listener.take() else { return };
        self.shared.lock().stopped = true;
        listener.thread().unpark();
        listener.join().ok();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.end();
    }
}

fn listen(socket: &TcpListener, shared: &Arc<Shared>) {
    let (mut threads, mut number) = (Vec::<JoinHandle<()>>::new(), 0_u64);
    while !shared.lock().stopped {
        match socket.accept() {
            Ok((stream, _)) => {
                number = number.saturating_add(1);
                threads.retain(|thread| !thread.is_finished());
                threads.extend(take(stream, number, shared));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Nobody, or the system is short of descriptors, which may pass.
            Err(_) => {
                shared.looks.fetch_add(1, Ordering::SeqCst);
                park_timeout(LOOK);
            }
        }
    }
    for (_, stream) in &shared.lock().streams {
        // Whoever reads from it is woken.
        stream.shutdown(Shutdown::Both).ok();
    }
    for thread in threads {
        thread.join().ok();
    }
}

/// Serves a connection on a thread of its own.
fn take(mut stream: TcpStream, number: u64, shared: &Arc<Shared>) -> Option<JoinHandle<()>> {
    let mut state = shared.lock();
    if state.streams.len() >= shared.limits.connections {
        drop(state);
        stream.write_all(&Answer::status(503).bytes(false, true)).ok();
        shared.trouble("more connections at once than are taken".to_owned());
        return None;
    }
    let patience = Some(shared.limits.request);
    let ready = stream.set_nonblocking(false).and_then(|()| stream.set_nodelay(true));
    let ready = ready.and_then(|()| stream.set_write_timeout(patience));
    let copy = ready.and_then(|()| stream.try_clone()).ok()?;
    state.streams.push((number, copy));
    drop(state);
    let forget = move |shared: &Shared| shared.lock().streams.retain(|(other, _)| *other != number);
    let thread = std::thread::Builder::new().spawn({
        let shared = Arc::clone(shared);
        move || {
            serve(stream, &shared);
            forget(&shared);
        }
    });
    if thread.is_err() {
        forget(shared);
    }
    thread.ok()
}

/// One connection until its end.
fn serve(stream: TcpStream, shared: &Shared) {
    let mut wire = Wire::new(Timed(stream), shared.limits);
    loop {
        let request = wire.request().and_then(|request| shared.keep(&request).map(|()| request));
        match request {
            Ok(request) => {
                // A tunnel to somewhere else is not given, whatever the answer for all others is.
                let tunnel = Answer::status(405);
                let answer = if request.method == "CONNECT" { &tunnel } else { &shared.answer };
                let bytes = answer.bytes(request.method == "HEAD", !request.keeps);
                if wire.stream().write_all(&bytes).is_err() || !request.keeps {
                    return;
                }
            }
            Err(NoRequest::End) => return,
            Err(other) => {
                if !shared.lock().stopped {
                    shared.trouble(other.to_string());
                }
                if let Some(status) = other.status() {
                    refuse(wire.stream(), status);
                }
                return;
            }
        }
    }
}

/// Says no, and lets the other side see it: hanging up with unread bytes would throw the answer away.
fn refuse(stream: &mut Timed, status: u16) {
    let told =
        stream.write_all(&Answer::status(status).bytes(false, true)).and_then(|()| stream.0.shutdown(Shutdown::Write));
    let Some(end) = Instant::now().checked_add(LINGER) else { return };
    let mut piece = [0; 16 << 10];
    while told.is_ok() && Instant::now() < end && stream.until(end).is_ok() {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// A socket whose reads have an end.
#[derive(Debug)]
struct Timed(TcpStream);

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Stream for Timed {
    fn until(&mut self, end: Instant) -> io::Result<()> {
        // The system takes zero for "without end".
        let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.0.set_read_timeout(Some(left))
    }
}
