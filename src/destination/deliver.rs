//! Deliver: one payload out, one answer in.
//!
//! Promises: a payload goes out only with a Permit for its destination; a deletion order is another type and takes another way;
//! an answer is read to a bound, by the protocol of the destination. Absent: trying again.

use std::path::Path;
use std::time::Duration;

use crate::consent::decide::Permit;
use crate::destination::file;
use crate::destination::order::OrderRequest;
use crate::destination::retry_after::RetryAfter;
use crate::host::clock::Timestamp;
use crate::host::env::Env;
use crate::manifest::destinations::Destination;
use crate::manifest::follow;
use crate::manifest::forms::follow::reference;
use crate::payload::answer::{Answer, Meaning, Parts, Reading};
use crate::payload::protocols;
use crate::queue::sealed::{Request, Sealed};

#[cfg(feature = "http")]
use crate::destination::http::{Budgets, Client, Proxies};
use crate::queue::limits::RECEIPT_ANSWER;
#[cfg(feature = "http")]
use crate::queue::limits::{CONNECT, REQUEST};

/// Bytes from which a header's value is looked for in an answer: a shorter one stands in many texts by chance.
const SHORTEST_SECRET: usize = 4;

/// What came of sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What it means for the payload.
    pub meaning: Meaning,
    /// What it means for single events, under [`Meaning::Part`].
    pub parts: Parts,
    /// Events that were taken and then rejected, where the receiver gives a number and no names.
    pub rejected: u64,
    /// The status, where a server answered.
    pub status: Option<u16>,
    /// The beginning of what it said, or what went wrong, in words.
    pub text: String,
    /// How long it asks to be left alone, milliseconds.
    pub asked_ms: Option<i64>,
    /// Whether the payload may have arrived although no answer did.
    pub unsure: bool,
}

impl Answered {
    /// Why it is not taken, shortened.
    #[must_use]
    pub fn why(&self) -> String {
        self.status.map_or_else(|| self.text.clone(), |status| format!("it answered {status}"))
    }

    /// What a server's answer means: as its protocol reads it, with its `Retry-After` where it could be read. Public, so that hostile
    /// answers can be tried without a network.
    #[must_use]
    pub fn server(answer: &Answer<'_>, reading: Reading, retry_after: Option<RetryAfter>, now: Timestamp) -> Self {
        let asked = retry_after.map(|after| match after {
            RetryAfter::Seconds(seconds) => i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000),
            RetryAfter::At(at) => at.saturating_sub(now.ms()),
        });
        // Who took it and said nothing of a trouble is not asking for anything.
        let asked = asked.filter(|_| !reading.meaning.is_taken());
        let mut parts = reading.parts;
        if asked.is_some() {
            // Whoever asks to be left alone is sent nothing at once.
            parts.later.append(&mut parts.again);
        }
        let text = String::from_utf8_lossy(answer.body.get(..RECEIPT_ANSWER).unwrap_or(answer.body)).into_owned();
        Self {
            meaning: reading.meaning,
            parts,
            rejected: reading.rejected,
            status: Some(answer.status),
            text,
            asked_ms: reading.asked_ms.max(asked).or(reading.usual_ms),
            unsure: false,
        }
    }

    fn own(meaning: Meaning, text: String, unsure: bool) -> Self {
        Self { meaning, parts: Parts::default(), rejected: 0, status: None, text, asked_ms: None, unsure }
    }

    fn trouble(text: String, unsure: bool) -> Self {
        Self::own(Meaning::Later, text, unsure)
    }
}

/// How an answer is read.
pub type Reader<'a> = &'a dyn Fn(&Answer<'_>) -> Reading;

/// The way out, made when it is first needed.
pub struct Outlet {
    /// Where the values of headers stand that are kept nowhere else.
    env: Env,
    #[cfg(feature = "http")]
    proxies: Proxies,
    #[cfg(feature = "http")]
    client: std::cell::OnceCell<Client>,
}

impl Outlet {
    /// With the proxies that `env` names.
    #[must_use]
    pub fn new(env: &Env) -> Self {
        Self {
            env: env.clone(),
            #[cfg(feature = "http")]
            proxies: Proxies::from_lookup(|name| env.text(name).map(str::to_owned)),
            #[cfg(feature = "http")]
            client: std::cell::OnceCell::new(),
        }
    }

    /// Sends a payload to the destination of `permit`, and waits for the answer for at most `patience`.
    #[must_use]
    pub fn deliver(
        &self,
        permit: Permit,
        destination: &Destination,
        sealed: &Sealed,
        patience: Duration,
        now: Timestamp,
    ) -> Answered {
        drop(permit);
        let events: Vec<&str> = sealed.events.iter().map(|event| event.id.as_str()).collect();
        let (spoken, following) = (protocols::of(destination), destination.form.speech.following());
        let patience = following
            .and_then(|following| following.patience_ms)
            .map_or(patience, |ms| patience.min(Duration::from_millis(ms)));
        let read = |answer: &Answer<'_>| spoken.read(answer, &events);
        let answered = match following.and_then(|following| following.secrets) {
            None => self.send(&sealed.request, &sealed.body, &read, patience, now),
            Some(variable) => match self.with_secrets(&sealed.request, variable) {
                Ok(request) => {
                    let answered = self.send(&request, &sealed.body, &read, patience, now);
                    Answered { text: discreet(answered.text, &request, &sealed.request, variable), ..answered }
                }
                Err(what) => Answered::trouble(what, false),
            },
        };
        let Reading { meaning, parts, .. } =
            Reading { parts: answered.parts, ..Reading::of(answered.meaning) }.of_events(events.len());
        Answered { meaning, parts, ..answered }
    }

    /// The request with the values of its headers that stand in `variable`: for the wire and nothing else.
    fn with_secrets(&self, request: &Request, variable: &str) -> Result<Request, String> {
        let mut whole = request.clone();
        for (name, value) in whole.headers.iter_mut().filter(|(_, value)| *value == reference(variable)) {
            let gone = || format!("{variable} no longer has the header {name}");
            *value = follow::secret(&self.env, variable, name).ok_or_else(gone)?;
        }
        Ok(whole)
    }

    /// Sends a deletion order, which needs no Permit, and waits for the answer for at most `patience`.
    #[must_use]
    pub fn order(&self, order: &OrderRequest, read: Reader<'_>, patience: Duration, now: Timestamp) -> Answered {
        self.send(order.request(), order.body(), read, patience, now)
    }

    fn send(&self, request: &Request, body: &[u8], read: Reader<'_>, patience: Duration, now: Timestamp) -> Answered {
        if request.method == "APPEND" {
            return appended(file::append(Path::new(&request.address), body));
        }
        self.ask(request, body, read, patience, now)
    }

    #[cfg(not(feature = "http"))]
    fn ask(&self, _: &Request, _: &[u8], _: Reader<'_>, _: Duration, _: Timestamp) -> Answered {
        Answered::trouble("this program was built without the network (feature http)".to_owned(), false)
    }

    #[cfg(feature = "http")]
    fn ask(&self, request: &Request, body: &[u8], read: Reader<'_>, patience: Duration, now: Timestamp) -> Answered {
        use crate::destination::http::{Method, Request as Wire, Trouble};
        let client = match self.client() {
            Ok(client) => client,
            Err(trouble) => return Answered::trouble(trouble.to_string(), false),
        };
        let method = if request.method == "PUT" { Method::Put } else { Method::Post };
        let wire = Wire { method, url: &request.address, headers: &request.headers, body };
        match client.send(&wire, patience) {
            Ok(reply) => {
                let answer = Answer { status: reply.status, headers: &reply.headers, body: &reply.body };
                Answered::server(&answer, read(&answer), reply.retry_after, now)
            }
            Err(trouble) => {
                let unsure = matches!(trouble, Trouble::Timeout | Trouble::Reset | Trouble::Other(_));
                Answered::trouble(trouble.to_string(), unsure)
            }
        }
    }

    #[cfg(feature = "http")]
    fn client(&self) -> Result<&Client, crate::destination::http::Trouble> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::new(Budgets { connect: CONNECT, request: REQUEST }, &self.proxies)?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// What the receiver said, where it repeats nothing that is secret in `variable`: a receipt is kept and shown.
fn discreet(text: String, wire: &Request, sealed: &Request, variable: &str) -> String {
    let secret = wire.headers.iter().zip(&sealed.headers).filter(|(wire, sealed)| wire != sealed);
    // The word before the first space is the scheme, such as `Bearer`.
    let words = secret.flat_map(|((_, value), _)| [Some(value.as_str()), value.split_once(' ').map(|(_, rest)| rest)]);
    match words.flatten().any(|word| word.len() >= SHORTEST_SECRET && text.contains(word)) {
        true => format!("not kept: it repeats what is secret in {variable}"),
        false => text,
    }
}

fn appended(result: Result<(), crate::host::files::FileError>) -> Answered {
    match result {
        Ok(()) => Answered::own(Meaning::Delivered, "written".to_owned(), false),
        Err(error) => Answered::trouble(error.to_string(), false),
    }
}

/// The head of a request as it stands on the wire, where it goes to a server.
#[must_use]
pub fn head(request: &Request, body: &[u8]) -> Option<String> {
    #[cfg(feature = "http")]
    if request.method != "APPEND" {
        use crate::destination::http::{Method, Request as Wire, wire_head};
        let method = if request.method == "PUT" { Method::Put } else { Method::Post };
        return wire_head(&Wire { method, url: &request.address, headers: &request.headers, body }).ok();
    }
    let _unused = (request, body);
    None
}
