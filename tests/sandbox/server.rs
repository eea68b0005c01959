//! A loopback HTTP/1.1 server that records every request in full and answers by script, or misbehaves by script.
//!
//! Promises: a request is recorded before its answer begins; answers are taken from the script one a request, in the
//! order in which requests begin, and the last one repeats; when the server is dropped, all its threads have ended.
//! Absent: TLS, pipelining, sleeping.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::sandbox::wire::read_request;

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// The method, as `POST`.
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) path: String,
    /// Names in their original case and values, in order.
    pub(crate) headers: Vec<(String, String)>,
    /// All bytes up to and with the empty line.
    pub(crate) head: String,
    /// The body without any chunking.
    pub(crate) body: Vec<u8>,
    /// An earlier request came over the same connection.
    pub(crate) reused: bool,
}

impl Recorded {
    /// The value of the first header of this name, in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What is done with one request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    deed: Deed,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Makes the answer of the request; what stands beside it counts for nothing then.
    made: Option<fn(&Recorded) -> Answer>,
}

#[derive(Clone, Debug, PartialEq)]
enum Deed {
    Say,
    SayAndClose,
    Truncate,
    DribbleAll(Duration),
    Dribble(Duration),
    Endless,
    Garbage,
    Stall,
    Close,
    Reset,
}

impl Answer {
    /// An answer with this status, no body and a `Content-Length`; the connection is kept.
    pub(crate) fn status(status: u16) -> Answer {
        Answer { deed: Deed::Say, status, headers: Vec::new(), body: Vec::new(), made: None }
    }

    /// An answer that hangs on the request.
    pub(crate) fn made(make: fn(&Recorded) -> Answer) -> Answer {
        Answer { made: Some(make), ..Answer::status(200) }
    }

    /// Adds a header, after those added before.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Answer {
        self.body = body.into();
        self
    }

    /// Answers, then closes the connection without having announced it.
    pub(crate) fn then_close(mut self) -> Answer {
        self.deed = Deed::SayAndClose;
        self
    }

    /// Announces one byte more than it sends, then closes.
    pub(crate) fn truncated(mut self) -> Answer {
        self.deed = Deed::Truncate;
        self
    }

    /// Sends the whole answer, from the status line on, one byte every so often.
    pub(crate) fn dribbled(mut self, every: Duration) -> Answer {
        self.deed = Deed::DribbleAll(every);
        self
    }

    /// 200 and its head at once, then an endless body of one byte every so often.
    pub(crate) fn dribble(every: Duration) -> Answer {
        Answer::deed(Deed::Dribble(every))
    }

    /// 200 with a chunked body that goes on as fast as it is read.
    pub(crate) fn endless() -> Answer {
        Answer::deed(Deed::Endless)
    }

    /// Bytes that are not HTTP, then closes.
    pub(crate) fn garbage() -> Answer {
        Answer::deed(Deed::Garbage)
    }

    /// Reads the request and says nothing until the server is dropped.
    pub(crate) fn stall() -> Answer {
        Answer::deed(Deed::Stall)
    }

    /// Reads the request and closes without an answer.
    pub(crate) fn close() -> Answer {
        Answer::deed(Deed::Close)
    }

    /// Reads the request and resets the connection (RST): its last byte is looked at but left in the socket, and a
    /// system that closes a socket with unread bytes says so to the other side.
    pub(crate) fn reset() -> Answer {
        Answer::deed(Deed::Reset)
    }

    /// 307 to this address.
    pub(crate) fn redirect(url: &str) -> Answer {
        Answer::status(307).header("Location", url)
    }

    fn deed(deed: Deed) -> Answer {
        Answer { deed, ..Answer::status(200) }
    }

    fn bytes(&self) -> Vec<u8> {
        let length = self.body.len() + usize::from(self.deed == Deed::Truncate);
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {length}\r\n\r\n"));
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// The server; it lives as long as this value.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    script: Vec<Answer>,
    requests: Vec<Recorded>,
    answers_given: usize,
    connections: usize,
    /// Weak: a socket closes when its own thread lets go of it.
    streams: Vec<Weak<TcpStream>>,
    stopped: bool,
}

impl Server {
    /// Listens at a free port of 127.0.0.1. A script must hold at least one answer.
    pub(crate) fn start(script: impl IntoIterator<Item = Answer>) -> Server {
        let script: Vec<Answer> = script.into_iter().collect();
        assert!(!script.is_empty(), "a script needs an answer");
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = socket.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        shared.lock().script = script;
        let listener = thread::spawn({
            let shared = Arc::clone(&shared);
            move || listen(&socket, &shared)
        });
        Server { address, shared, listener: Some(listener) }
    }

    /// The address of a path, as `http://127.0.0.1:40123/path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Goes on with another script.
    pub(crate) fn go_on(&self, script: impl IntoIterator<Item = Answer>) {
        let mut state = self.shared.lock();
        (state.script, state.answers_given) = (script.into_iter().collect(), 0);
    }

    /// All requests so far, in order.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.shared.lock().requests.clone()
    }

    /// The requests so far as soon as there are `count`, or what there is when `timeout` has passed.
    pub(crate) fn wait_for(&self, count: usize, timeout: Duration) -> Vec<Recorded> {
        let few = |state: &mut State| state.requests.len() < count;
        let wait = self.shared.changed.wait_timeout_while(self.shared.lock(), timeout, few);
        wait.expect("no thread of the server panicked").0.requests.clone()
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.lock().connections
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        {
            // A test that failed must not fail again here.
            let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.stopped = true;
            for stream in state.streams.iter().filter_map(Weak::upgrade) {
                // The other side may have closed it already.
                drop(stream.shutdown(Shutdown::Both));
            }
        }
        self.shared.changed.notify_all();
        drop(TcpStream::connect(self.address)); // wakes the listener
        if let Some(listener) = self.listener.take() {
            drop(listener.join());
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread of the server panicked")
    }

    fn next_answer(&self) -> Answer {
        let mut state = self.lock();
        let at = state.answers_given.min(state.script.len() - 1);
        state.answers_given += 1;
        state.script.get(at).expect("a script is not empty").clone()
    }

    /// Waits; true if the server stopped meanwhile.
    fn stops_within(&self, time: Duration) -> bool {
        let wait = self.changed.wait_timeout_while(self.lock(), time, |state| !state.stopped);
        wait.expect("no thread of the server panicked").0.stopped
    }
}

fn listen(socket: &TcpListener, shared: &Arc<Shared>) {
    let mut threads = Vec::new();
    for stream in socket.incoming() {
        let mut state = shared.lock();
        if state.stopped {
            break;
        }
        let Ok(stream) = stream.map(Arc::new) else { continue };
        state.connections += 1;
        state.streams.retain(|stream| stream.strong_count() > 0);
        state.streams.push(Arc::downgrade(&stream));
        drop(state);
        let shared = Arc::clone(shared);
        // An error is the other side's leaving, which tests do on purpose.
        threads.push(thread::spawn(move || drop(serve(&stream, &shared))));
    }
    for thread in threads {
        drop(thread.join());
    }
}

/// One connection until its end.
fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut reused = false;
    while stream.peek(&mut [0])? > 0 {
        let answer = shared.next_answer();
        let request = match answer.deed {
            Deed::Reset => read_request(&mut BufReader::with_capacity(1, Hesitant { stream, seen: false }), reused)?,
            _ => read_request(&mut reader, reused)?,
        };
        let answer = answer.made.map_or(answer, |make| make(&request));
        shared.lock().requests.push(request);
        shared.changed.notify_all();
        if !perform(&answer, stream, shared)? {
            break;
        }
        reused = true;
    }
    Ok(())
}

/// Does what the answer says; true if the connection goes on.
fn perform(answer: &Answer, mut stream: &TcpStream, shared: &Shared) -> io::Result<bool> {
    const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    match answer.deed {
        Deed::Say => {
            stream.write_all(&answer.bytes())?;
            return Ok(true);
        }
        Deed::SayAndClose | Deed::Truncate => stream.write_all(&answer.bytes())?,
        Deed::DribbleAll(every) => {
            for byte in answer.bytes() {
                stream.write_all(&[byte])?;
                if shared.stops_within(every) {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        Deed::Dribble(every) => {
            stream.write_all(CHUNKED)?;
            while !shared.stops_within(every) {
                stream.write_all(b"1\r\n.\r\n")?;
            }
        }
        Deed::Endless => {
            stream.write_all(CHUNKED)?;
            let chunk = [b"4000\r\n".as_slice(), &[b'.'; 0x4000], b"\r\n"].concat();
            while !shared.stops_within(Duration::ZERO) {
                stream.write_all(&chunk)?;
            }
        }
        Deed::Garbage => stream.write_all(b"\x00\xffnot a protocol that anyone knows\r\n\r\n")?,
        Deed::Stall => while !shared.stops_within(Duration::from_secs(60)) {},
        Deed::Close | Deed::Reset => {}
    }
    Ok(false)
}

/// Looks at a byte and takes it off the socket only when asked for the next one: the last one stays there.
struct Hesitant<'a> {
    stream: &'a TcpStream,
    seen: bool,
}

impl Read for Hesitant<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(first) = buffer.first_mut() else { return Ok(0) };
        if self.seen {
            self.stream.read_exact(&mut [0])?;
        }
        let count = self.stream.peek(std::slice::from_mut(first))?;
        self.seen = count > 0;
        Ok(count)
    }
}
