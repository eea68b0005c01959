//! Bytes out, a bounded answer in: the only code of the crate that connects to anything.
//!
//! Promises:
//! * On the wire is what [`wire_head`] says and then the body, not a byte more; a preview may print it.
//! * `https` only; plain `http` only to this machine (127.0.0.0/8, `::1`, `localhost`), which never goes through a proxy.
//!   `localhost` is taken as 127.0.0.1 and `::1` without asking a resolver (RFC 6761, 6.3).
//! * No request lasts longer than its deadline, resolving, connecting and reading the answer included.
//! * At most [`ANSWER_LIMIT`] bytes of an answer are kept, and little more is read.
//! * A proxy that the user named but that cannot be used is an error, not a direct connection.
//! * Certificates are checked against the machine's own store, or where there is none (small containers) against
//!   Mozilla's list as compiled in. No process-wide state: a program that embeds the crate keeps its own TLS provider.
//!
//! Deliberately absent: redirects, cookies, retries, compression, HTTP/2, SOCKS, a user agent, reading the environment,
//! and any idea of consent or queues. One thing below us does repeat: a request that found its kept connection closed
//! before a single byte of it was written is written to a new connection.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{NoProxy, Proxy, redirect, retry};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::{Builder, Handle, Runtime};
use url::{Position, Url};

use crate::destination::addresses::{self, is_loopback};
pub use crate::destination::proxies::{Proxies, ProxyAddress, ProxySetting};
pub use crate::destination::retry_after::RetryAfter;
use crate::destination::retry_after::parse_retry_after;
pub use crate::manifest::destinations::Method;

/// How many bytes of an answer are kept. Answers that matter name rejected events by index; 64 KiB hold thousands.
pub const ANSWER_LIMIT: usize = 64 * 1024;

/// Headers of an answer that some protocol reads, beside `Retry-After`.
pub const HEEDED: [&str; 1] = ["x-sentry-rate-limits"];

/// Headers that frame a message or name its receiver: they follow from the address and the body, never from a caller.
const OURS: [&str; 7] = ["connection", "content-length", "expect", "host", "te", "transfer-encoding", "upgrade"];

/// One request, complete: nothing is added to it but what [`wire_head`] lists.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// POST or PUT.
    pub method: Method,
    /// An absolute address without user name or password; a fragment is not sent.
    pub url: &'a str,
    /// Name and value, in the order in which they are to be sent; names are sent in lower case.
    pub headers: &'a [(String, String)],
    /// The body, sent as it is with its length.
    pub body: &'a [u8],
}

/// What a server answered, whatever the status: judging it is the caller's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status code; a redirect is handed back like any other.
    pub status: u16,
    /// The `Retry-After` header, if there is one that can be read.
    pub retry_after: Option<RetryAfter>,
    /// Those of its headers that are in [`HEEDED`], names in lower case; a value that is not text is left out.
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body, at most [`ANSWER_LIMIT`].
    pub body: Vec<u8>,
    /// The body is not whole: it was longer than the limit, or broke off, or the deadline passed while it was read.
    /// The status counts all the same: the server has spoken, and sending again would send twice.
    pub cut: bool,
}

/// Why there is no answer. Never holds the address, a header or a proxy's password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The name has no address, or no resolver could be asked.
    #[error("the server's name could not be resolved")]
    Resolve,
    /// Nothing listens there.
    #[error("the connection was refused")]
    Refused,
    /// The deadline passed, or the one for connecting.
    #[error("the server did not answer in time")]
    Timeout,
    /// The connection ended before an answer began. The server may have the request or not.
    #[error("the connection was closed before an answer came")]
    Reset,
    /// The certificate was not accepted, or no encryption could be agreed upon.
    #[error("no trusted encrypted connection could be made")]
    Tls,
    /// All else, as a sentence.
    #[error("{0}")]
    Other(String),
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Resolving, connecting and agreeing upon encryption.
    pub connect: Duration,
    /// One request in all, connecting and reading the answer included.
    pub request: Duration,
}

/// The head of a request, byte for byte as it is sent: the request line, `host`, the request's own headers with names
/// in small letters (a name given twice stands where it stood first, its values in order), `accept: */*` unless the
/// request has an `accept` (reqwest cannot be kept from it; RFC 9110, 12.5.1: it means the same as none), and
/// `content-length`; lines end in CR LF, and an empty line is the last. The body follows.
///
/// # Errors
/// As [`Client::send`] for an address or a header that it would not send.
pub fn wire_head(request: &Request<'_>) -> Result<String, Trouble> {
    let url = parse_address(request.url)?;
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let mut head = format!("{} {target} HTTP/1.1\r\n", verb(request.method));
    for (name, value) in &header_map(request, &url)? {
        head.push_str(name.as_str());
        head.push_str(": ");
        head.push_str(&String::from_utf8_lossy(value.as_bytes()));
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    Ok(head)
}

fn verb(method: Method) -> reqwest::Method {
    match method {
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
    }
}

fn parse_address(address: &str) -> Result<Url, Trouble> {
    addresses::parse(address).map_err(|why| Trouble::Other(why.to_owned()))
}

/// All headers in the order of sending: a `HeaderMap` is walked in the order of insertion, and reqwest and hyper add
/// only what is not there (reqwest 0.13.5 `Client::execute_request`, hyper 1.12 `proto/h1/role.rs`).
fn header_map(request: &Request<'_>, url: &Url) -> Result<HeaderMap, Trouble> {
    let unfit = |name: &str| Trouble::Other(format!("the header {name:?} cannot be sent"));
    let mut map = HeaderMap::with_capacity(request.headers.len() + 3);
    let host = &url[Position::BeforeHost..Position::AfterPort];
    map.insert(HOST, HeaderValue::from_str(host).map_err(|_| unfit("host"))?);
    for (name, value) in request.headers {
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit(name))?;
        if OURS.contains(&key.as_str()) {
            return Err(unfit(name));
        }
        map.append(key, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unfit(name))?);
    }
    if !map.contains_key(ACCEPT) {
        map.insert(ACCEPT, HeaderValue::from_static("*/*"));
    }
    map.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
    Ok(map)
}

/// A client that keeps its connections from one request to the next. Making one is cheap: certificates are read when
/// the first `https` request is sent.
pub struct Client {
    driver: Driver,
    budgets: Budgets,
    proxies: Proxies,
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
}

impl Client {
    /// A client with these budgets and proxies; connects nowhere yet.
    ///
    /// # Errors
    /// `Other` if the system grants no event queue.
    pub fn new(budgets: Budgets, proxies: &Proxies) -> Result<Client, Trouble> {
        let (plain, secure) = (OnceLock::new(), OnceLock::new());
        Ok(Client { driver: Driver::new()?, budgets, proxies: proxies.clone(), plain, secure })
    }

    /// Sends one request and waits for its answer, at most `deadline` and at most the budget for a request.
    ///
    /// # Errors
    /// `Other` before anything is sent if the address or a header is not fit, if the proxy that is set cannot be used,
    /// or if called from within an asynchronous runtime; else what kept an answer from coming.
    pub fn send(&self, request: &Request<'_>, deadline: Duration) -> Result<Reply, Trouble> {
        let url = parse_address(request.url)?;
        let headers = header_map(request, &url)?;
        let client = self.client_for(&url)?;
        let mut message = reqwest::Request::new(verb(request.method), url);
        *message.headers_mut() = headers;
        *message.body_mut() = Some(request.body.to_vec().into());
        self.driver.run(exchange(client, message, deadline.min(self.budgets.request)))
    }

    /// Asks a server on this machine (GET), and waits for its answer as [`Client::send`] does.
    ///
    /// # Errors
    /// The same, and `Other` for an address of another machine.
    pub fn ask(&self, url: &str, deadline: Duration) -> Result<Reply, Trouble> {
        let url = parse_address(url)?;
        if !is_loopback(&url) {
            return Err(Trouble::Other("only a server on this machine is asked".to_owned()));
        }
        let client = self.client_for(&url)?;
        let message = reqwest::Request::new(reqwest::Method::GET, url);
        self.driver.run(exchange(client, message, deadline.min(self.budgets.request)))
    }

    fn client_for(&self, url: &Url) -> Result<&reqwest::Client, Trouble> {
        let encrypted = url.scheme() == "https";
        if let (true, false, ProxySetting::Unusable(name)) = (encrypted, is_loopback(url), self.proxies.setting()) {
            return Err(Trouble::Other(format!("the proxy in {name} cannot be used: http:// and https:// can")));
        }
        let cell = if encrypted { &self.secure } else { &self.plain };
        match cell.get() {
            Some(client) => Ok(client),
            None => {
                let client = self.build(encrypted)?;
                Ok(cell.get_or_init(|| client))
            }
        }
    }

    fn build(&self, encrypted: bool) -> Result<reqwest::Client, Trouble> {
        let loopback = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
        let mut builder = reqwest::Client::builder()
            .no_proxy() // else reqwest reads the environment itself
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .http1_only()
            .https_only(encrypted)
            .resolve_to_addrs("localhost", &loopback)
            .connect_timeout(self.budgets.connect)
            // Without a configuration of ours reqwest would panic for want of a provider, even for plain http.
            .tls_backend_preconfigured(tls_config(encrypted)?);
        if let (true, ProxySetting::Through(proxy)) = (encrypted, self.proxies.setting()) {
            let direct = format!("localhost,127.0.0.0/8,::1,{}", self.proxies.bypass());
            let proxy = Proxy::https(proxy.url().clone()).map_err(|error| trouble(&error))?;
            builder = builder.proxy(proxy.no_proxy(NoProxy::from_string(&direct)));
        }
        builder.build().map_err(|error| trouble(&error))
    }
}

/// Runs one exchange after the other on the calling thread. reqwest's own blocking client hands each request to a
/// second thread and back, and waits at its end for a resolver that hangs.
struct Driver(Option<Runtime>);

impl Driver {
    fn new() -> Result<Driver, Trouble> {
        match Builder::new_current_thread().enable_io().enable_time().build() {
            Ok(runtime) => Ok(Driver(Some(runtime))),
            Err(error) => Err(Trouble::Other(format!("no event queue: {error}"))),
        }
    }

    fn run(&self, work: impl Future<Output = Result<Reply, Trouble>>) -> Result<Reply, Trouble> {
        match &self.0 {
            // There tokio would panic.
            Some(_) if Handle::try_current().is_ok() => {
                Err(Trouble::Other("sending waits: call it from a thread, not from asynchronous code".to_owned()))
            }
            Some(runtime) => runtime.block_on(work),
            None => Err(Trouble::Other("the client is closed".to_owned())),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// `trusted` is for `https`. Reading the machine's certificates costs some 18 million instructions; plain `http` gets a
/// configuration that trusts no one.
fn tls_config(trusted: bool) -> Result<ClientConfig, Trouble> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| Trouble::Tls)?;
    let builder = match trusted.then(|| rustls_platform_verifier::Verifier::new(provider)) {
        Some(Ok(verifier)) => builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)),
        Some(Err(_)) => {
            builder.with_root_certificates(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
        }
        None => builder.with_root_certificates(RootCertStore::empty()),
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

async fn exchange(client: &reqwest::Client, message: reqwest::Request, limit: Duration) -> Result<Reply, Trouble> {
    let mut reply = None;
    let end = tokio::time::timeout(limit, receive(client, message, &mut reply)).await;
    match (reply, end) {
        (Some(reply), _) => Ok(reply),
        (None, Ok(Err(error))) => Err(trouble(&error)),
        (None, Ok(Ok(())) | Err(_)) => Err(Trouble::Timeout),
    }
}

/// Fills `reply` as the answer comes, so that what has come stands when the deadline cuts it off.
async fn receive(
    client: &reqwest::Client,
    message: reqwest::Request,
    reply: &mut Option<Reply>,
) -> Result<(), reqwest::Error> {
    let mut answer = client.execute(message).await?;
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| parse_retry_after(value.to_str().ok()?));
    let headed = |name: &&str| Some(((*name).to_owned(), answer.headers().get(*name)?.to_str().ok()?.to_owned()));
    let headers = HEEDED.iter().filter_map(headed).collect();
    let status = answer.status().as_u16();
    let reply = reply.insert(Reply { status, retry_after, headers, body: Vec::new(), cut: true });
    while let Some(chunk) = answer.chunk().await? {
        let room = ANSWER_LIMIT - reply.body.len();
        reply.body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if chunk.len() > room {
            return Ok(());
        }
    }
    reply.cut = false;
    Ok(())
}

fn trouble(error: &reqwest::Error) -> Trouble {
    if error.is_timeout() {
        return Trouble::Timeout;
    }
    if error.is_dns() {
        return Trouble::Resolve;
    }
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.is::<rustls::Error>() {
            return Trouble::Tls;
        }
        text = cause.to_string();
        next = match cause.downcast_ref::<io::Error>() {
            Some(io) => match io.kind() {
                io::ErrorKind::ConnectionRefused => return Trouble::Refused,
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof => return Trouble::Reset,
                // `source` of an io error skips the error that it holds.
                _ => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            },
            None => cause.source(),
        };
    }
    // hyper's words for an end of the stream where a status line should be; the type is not within our reach.
    if text.contains("connection closed before message completed") {
        return Trouble::Reset;
    }
    Trouble::Other(format!("the request failed: {}", if text.is_empty() { "no cause is known" } else { &text }))
}
