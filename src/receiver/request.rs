//! One request off a stream: its head byte for byte, its body without the framing of chunks.
//!
//! Promises: bounded in bytes and in time, whatever comes; two ways of saying how long a body is are refused, as two readers could
//! understand them differently; what follows a request stays for the next one. Absent: sockets (`listen`), packing (`decode`).

use std::io::{self, Read, Write};
use std::time::Instant;

use crate::receiver::limits::Limits;

/// Most header lines: servers in use take about 100.
const HEADERS: usize = 128;
/// Bytes read at once.
const PIECE: usize = 16 << 10;

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// All bytes up to and with the empty line.
    pub head: Vec<u8>,
    /// The method, such as `POST`.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Names as written and values, in order.
    pub headers: Vec<(String, String)>,
    /// The body as sent, also where it is packed.
    pub body: Vec<u8>,
    /// Whether the connection may bear another.
    pub keeps: bool,
}

impl Request {
    /// The value of the first header of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Why there is no request.
#[derive(Debug, thiserror::Error)]
pub enum NoRequest {
    /// The connection ended between two requests.
    #[error("the connection ended")]
    End,
    /// It broke off, with this many bytes received.
    #[error("a request broke off after {0} bytes")]
    BrokenOff(usize),
    /// It took too long, with this many bytes received.
    #[error("a request took too long: {0} bytes came")]
    TooSlow(usize),
    /// It is none of HTTP/1, or one that may be read in two ways.
    #[error("{0}")]
    Refused(&'static str, u16),
}

impl NoRequest {
    /// The status that the client is told; `None` where nobody listens or nothing was asked.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::End | Self::BrokenOff(_) => None,
            Self::TooSlow(_) => Some(408),
            Self::Refused(_, status) => Some(*status),
        }
    }
}

/// A stream whose reads end at a time.
pub trait Stream: Read + Write {
    /// Reads from now on wait no longer than to this moment.
    ///
    /// # Errors
    /// The system refused.
    fn until(&mut self, end: Instant) -> io::Result<()>;
}

/// One side of a connection: the stream, and what was read of it and not used yet.
#[derive(Debug)]
pub struct Wire<S> {
    stream: S,
    buffer: Vec<u8>,
    /// How much of the buffer was used: small chunks are taken off it without moving the rest.
    used: usize,
    received: usize,
    limits: Limits,
}

impl<S: Stream> Wire<S> {
    /// Of a stream of which nothing was read.
    pub const fn new(stream: S, limits: Limits) -> Self {
        Self { stream, buffer: Vec::new(), used: 0, received: 0, limits }
    }

    /// The stream.
    pub const fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The next request; `Continue` is answered where it is waited for.
    ///
    /// # Errors
    /// None came, or what came is refused.
    pub fn request(&mut self) -> Result<Request, NoRequest> {
        self.received = self.rest().len();
        let idle = Instant::now().checked_add(self.limits.silence);
        if self.rest().is_empty() && self.fill(idle)? == 0 {
            return Err(NoRequest::End);
        }
        let end = Instant::now().checked_add(self.limits.request);
        let mut request = self.head(end)?;
        if request.header("Expect").is_some_and(|expected| expected.trim().eq_ignore_ascii_case("100-continue")) {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|_| NoRequest::BrokenOff(self.received))?;
        }
        request.body = match framing(&request)? {
            Framing::Length(length) if length > self.limits.body => return Err(TOO_LARGE),
            Framing::Length(length) => self.take(length, end)?,
            Framing::Chunks => self.chunks(end)?,
        };
        Ok(request)
    }

    /// What was read and not used yet.
    fn rest(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    fn use_up(&mut self, length: usize) -> Vec<u8> {
        let taken = self.rest().get(..length).unwrap_or_default().to_vec();
        self.used = self.used.saturating_add(taken.len());
        taken
    }

    /// Reads on; 0 at the end of the stream or of the time between two requests.
    fn fill(&mut self, end: Option<Instant>) -> Result<usize, NoRequest> {
        self.buffer.drain(..self.used.min(self.buffer.len()));
        self.used = 0;
        let mut piece = [0; PIECE];
        let started = self.received > 0;
        let end = end.unwrap_or_else(Instant::now);
        loop {
            if Instant::now() >= end {
                return if started { Err(NoRequest::TooSlow(self.received)) } else { Ok(0) };
            }
            match self.stream.until(end).and_then(|()| self.stream.read(&mut piece)) {
                Ok(count) => {
                    self.buffer.extend_from_slice(piece.get(..count).unwrap_or_default());
                    self.received = self.received.saturating_add(count);
                    return Ok(count);
                }
                Err(error) if is_wait(&error) => {}
                Err(_) if started => return Err(NoRequest::BrokenOff(self.received)),
                Err(_) => return Ok(0),
            }
        }
    }

    fn more(&mut self, end: Option<Instant>) -> Result<(), NoRequest> {
        match self.fill(end)? {
            0 => Err(NoRequest::BrokenOff(self.received)),
            _ => Ok(()),
        }
    }

    fn head(&mut self, end: Option<Instant>) -> Result<Request, NoRequest> {
        let mut looked = 0_usize;
        loop {
            if let Some(length) = empty_line(self.rest(), looked).filter(|length| *length <= self.limits.head) {
                return parse(self.use_up(length));
            }
            if matches!(self.rest(), [0x16, 3, ..]) {
                return Err(NoRequest::Refused("TLS was spoken, and this receiver speaks plain HTTP", 400));
            }
            if self.rest().len() > self.limits.head {
                return Err(NoRequest::Refused("a head without an end", 431));
            }
            looked = self.rest().len().saturating_sub(2);
            self.more(end)?;
        }
    }

    fn take(&mut self, length: usize, end: Option<Instant>) -> Result<Vec<u8>, NoRequest> {
        while self.rest().len() < length {
            self.more(end)?;
        }
        Ok(self.use_up(length))
    }

    fn line(&mut self, end: Option<Instant>) -> Result<Vec<u8>, NoRequest> {
        loop {
            if let Some(at) = self.rest().iter().position(|byte| *byte == b'\n') {
                return Ok(self.use_up(at.saturating_add(1)));
            }
            if self.rest().len() > self.limits.head {
                return Err(NoRequest::Refused("a chunk without an end", 400));
            }
            self.more(end)?;
        }
    }

    fn chunks(&mut self, end: Option<Instant>) -> Result<Vec<u8>, NoRequest> {
        let (mut body, mut frame) = (Vec::new(), 0_usize);
        loop {
            let line = self.line(end)?;
            frame = frame.saturating_add(line.len());
            let Ok(httparse::Status::Complete((_, size))) = httparse::parse_chunk_size(&line) else {
                return Err(NoRequest::Refused("a chunk whose size is none", 400));
            };
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if body.len().saturating_add(size) > self.limits.body {
                return Err(TOO_LARGE);
            }
            if size == 0 {
                break;
            }
            body.extend(self.take(size, end)?);
            // One byte a chunk is dear; this bounds what is spent on the framing of any body.
            if self.line(end)?.trim_ascii() != b"" || frame > self.limits.body {
                return Err(NoRequest::Refused("a chunk that does not end where it says", 400));
            }
        }
        // Trailers, which nobody needs.
        let mut trailers = 0_usize;
        loop {
            let line = self.line(end)?;
            trailers = trailers.saturating_add(line.len());
            match line.trim_ascii() {
                b"" => return Ok(body),
                _ if trailers > self.limits.head => return Err(NoRequest::Refused("trailers without an end", 431)),
                _ => {}
            }
        }
    }
}

const TOO_LARGE: NoRequest = NoRequest::Refused("a body that is larger than is taken", 413);
const TWO_LENGTHS: NoRequest = NoRequest::Refused("a body whose length is said in two ways", 400);

fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// The length of a head, up to and with its empty line, looked for from `from` on.
fn empty_line(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let end = |at: usize| match rest.get(at..) {
        Some([b'\n', b'\n', ..]) => Some(2),
        Some([b'\n', b'\r', b'\n', ..]) => Some(3),
        Some(_) | None => None,
    };
    (0..rest.len()).find_map(|at| end(at).map(|length| from.saturating_add(at).saturating_add(length)))
}

fn parse(head: Vec<u8>) -> Result<Request, NoRequest> {
    let mut lines = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut lines);
    match parsed.parse(&head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(NoRequest::Refused("no request of HTTP/1", 400)),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(NoRequest::Refused("more header lines than are taken", 431));
        }
        Err(_) => return Err(NoRequest::Refused("no request of HTTP/1", 400)),
    }
    let (method, target) = (parsed.method.unwrap_or_default().to_owned(), parsed.path.unwrap_or_default().to_owned());
    // Bytes of a value that are no text are shown as such; the head keeps them.
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = parsed.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    let newest = parsed.version == Some(1);
    let mut request = Request { method, target, headers, body: Vec::new(), keeps: newest, head: Vec::new() };
    let says = |word: &str| {
        request.all("Connection").any(|line| line.split(',').any(|item| item.trim().eq_ignore_ascii_case(word)))
    };
    let (close, keep) = (says("close"), says("keep-alive"));
    request.keeps = !close && (newest || keep);
    request.head = head;
    Ok(request)
}

enum Framing {
    Length(usize),
    Chunks,
}

fn framing(request: &Request) -> Result<Framing, NoRequest> {
    let codings: Vec<&str> = request.all("Transfer-Encoding").collect();
    let mut lengths = request.all("Content-Length").flat_map(|line| line.split(',')).map(str::trim);
    let length = lengths.next();
    if lengths.any(|other| Some(other) != length) || !codings.is_empty() && length.is_some() {
        return Err(TWO_LENGTHS);
    }
    match (codings.as_slice(), length) {
        ([], None) => Ok(Framing::Length(0)),
        ([], Some(length)) if length.bytes().all(|byte| byte.is_ascii_digit()) && !length.is_empty() => {
            Ok(Framing::Length(length.parse().unwrap_or(usize::MAX)))
        }
        ([], Some(_)) => Err(NoRequest::Refused("a length that is no number", 400)),
        ([one], _) if one.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunks),
        _ => Err(NoRequest::Refused("a transfer coding that is not known", 501)),
    }
}
