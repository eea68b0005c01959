//! The network client against a server that does everything wrong.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use telemetry::destination::http::{
    ANSWER_LIMIT, Budgets, Client, Method, Proxies, Reply, Request, RetryAfter, Trouble, wire_head,
};

use crate::sandbox::server::{Answer, Server};

/// Never reached where all is well.
const LONG: Duration = Duration::from_secs(20);
/// Waited for in full where a server does not answer.
const SHORT: Duration = Duration::from_millis(200);

fn client() -> Client {
    client_through(&Proxies::none())
}

fn client_through(proxies: &Proxies) -> Client {
    Client::new(Budgets { connect: LONG, request: LONG }, proxies).expect("a client")
}

fn post(client: &Client, url: &str, deadline: Duration) -> Result<Reply, Trouble> {
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    client.send(&Request { method: Method::Post, url, headers: &headers, body: b"{\"a\":1}" }, deadline)
}

/// One request to a server that answers so, with time to spare.
fn answered(answer: Answer) -> Result<Reply, Trouble> {
    let server = Server::start([answer]);
    let result = post(&client(), &server.url("/"), LONG);
    assert_eq!(server.requests().len(), 1, "no retry");
    result
}

/// One request that can only end with its deadline, and does so in time.
fn overdue(answer: Answer) -> Result<Reply, Trouble> {
    let server = Server::start([answer]);
    let begin = Instant::now();
    let result = post(&client(), &server.url("/"), SHORT);
    let took = begin.elapsed();
    assert!(took >= SHORT && took < LONG / 2, "{took:?}");
    result
}

#[test]
fn the_bytes_on_the_wire_are_the_head_and_the_body() {
    let server = Server::start([Answer::status(200)]);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = [
        pair("User-Agent", "telemetry-cli/0.1.0"),
        pair("Content-Type", "application/json"),
        pair("X-Two", "1"),
        pair("Idempotency-Key", "k"),
        pair("X-Two", "2"),
    ];
    let url = server.url("/a%20b?key=ä&x=1#part");
    let request = Request { method: Method::Put, url: &url, headers: &headers, body: b"\x00body" };
    client().send(&request, LONG).expect("an answer");
    let recorded = server.wait_for(1, LONG).remove(0);
    assert_eq!((recorded.method.as_str(), recorded.path.as_str()), ("PUT", "/a%20b?key=%C3%A4&x=1"));
    let expected = format!(
        "PUT /a%20b?key=%C3%A4&x=1 HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nuser-agent: telemetry-cli/0.1.0\r\n\
         content-type: application/json\r\nx-two: 1\r\nx-two: 2\r\nidempotency-key: k\r\naccept: */*\r\n\
         content-length: 5\r\n\r\n",
        server.port()
    );
    assert_eq!(recorded.head, expected);
    assert_eq!(wire_head(&request).expect("a head"), expected);
    assert_eq!(recorded.body, b"\x00body");
}

#[test]
fn an_accept_header_stands_where_it_was_put_and_an_empty_body_has_a_length() {
    let server = Server::start([Answer::status(204)]);
    let headers = [("Accept".to_owned(), "application/json".to_owned()), ("x-a".to_owned(), "1".to_owned())];
    let url = server.url("");
    let request = Request { method: Method::Post, url: &url, headers: &headers, body: b"" };
    assert_eq!(client().send(&request, LONG).expect("an answer").status, 204);
    let expected = format!(
        "POST / HTTP/1.1\r\nhost: 127.0.0.1:{}\r\naccept: application/json\r\nx-a: 1\r\ncontent-length: 0\r\n\r\n",
        server.port()
    );
    assert_eq!(server.requests().remove(0).head, expected);
    assert_eq!(wire_head(&request).expect("a head"), expected);
}

#[test]
fn headers_that_frame_a_message_or_break_a_line_are_not_sent() {
    let server = Server::start([Answer::status(200)]);
    for (name, value) in [("Host", "x"), ("content-length", "1"), ("Transfer-Encoding", "chunked"), ("a b", "x")]
        .into_iter()
        .chain([("x", "1\r\ny: 2"), ("", "x"), ("x", "\0")])
    {
        let headers = [(name.to_owned(), value.to_owned())];
        let request = Request { method: Method::Post, url: &server.url("/"), headers: &headers, body: b"" };
        let sent = client().send(&request, LONG);
        assert!(matches!(sent, Err(Trouble::Other(_))), "{name:?} {value:?}: {sent:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn one_connection_serves_many_requests() {
    let server = Server::start([Answer::status(200).body("{}"), Answer::status(500).body("no"), Answer::status(204)]);
    let client = client();
    for _ in 0..500 {
        post(&client, &server.url("/"), LONG).expect("an answer");
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 500);
    assert_eq!(requests.iter().filter(|request| !request.reused).count(), 1);
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_kept_connection_that_was_closed_is_replaced() {
    let server = Server::start([Answer::status(200).then_close(), Answer::status(202)]);
    let client = client();
    assert_eq!(post(&client, &server.url("/"), LONG).expect("an answer").status, 200);
    // The close is announced by nothing: it may meet the second request on its way, but never doubles it.
    match post(&client, &server.url("/"), LONG) {
        Ok(reply) => assert_eq!((reply.status, server.requests().len()), (202, 2)),
        Err(trouble) => assert_eq!((trouble, server.requests().len()), (Trouble::Reset, 1)),
    }
}

#[test]
fn localhost_is_this_machine() {
    let server = Server::start([Answer::status(200)]);
    let url = format!("http://localhost:{}/x", server.port());
    post(&client(), &url, LONG).expect("an answer");
    assert_eq!(server.requests().remove(0).header("host"), Some(format!("localhost:{}", server.port()).as_str()));
}

#[test]
fn a_closed_port_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    drop(listener);
    assert_eq!(post(&client(), &url, LONG), Err(Trouble::Refused));
}

#[test]
fn silence_ends_with_the_deadline() {
    assert_eq!(overdue(Answer::stall()), Err(Trouble::Timeout));
    assert_eq!(overdue(Answer::status(200).dribbled(SHORT / 4)), Err(Trouble::Timeout));
}

#[test]
fn after_silence_the_next_request_has_a_connection_of_its_own() {
    let server = Server::start([Answer::stall(), Answer::status(200)]);
    let client = client();
    assert_eq!(post(&client, &server.url("/"), SHORT), Err(Trouble::Timeout));
    assert_eq!(post(&client, &server.url("/"), LONG).expect("an answer").status, 200);
    assert_eq!(server.connections(), 2);
}

#[test]
fn the_budget_ends_a_request_before_a_later_deadline() {
    let server = Server::start([Answer::stall()]);
    let client = Client::new(Budgets { connect: LONG, request: SHORT }, &Proxies::none()).expect("a client");
    assert_eq!(post(&client, &server.url("/"), Duration::MAX), Err(Trouble::Timeout));
}

#[test]
fn a_server_that_dribbles_its_body_is_cut_off_at_the_deadline() {
    let reply = overdue(Answer::dribble(SHORT / 8)).expect("the status had come");
    assert!(reply.status == 200 && reply.cut && reply.body.len() < 100, "{reply:?}");
}

#[test]
fn an_endless_answer_is_cut_at_the_limit() {
    let reply = answered(Answer::endless()).expect("an answer");
    assert!(reply.status == 200 && reply.cut);
    assert_eq!(reply.body.len(), ANSWER_LIMIT);
}

#[test]
fn an_answer_of_just_the_limit_is_whole() {
    let of = |length: usize| answered(Answer::status(400).body(vec![b'x'; length])).expect("an answer");
    let (whole, longer) = (of(ANSWER_LIMIT), of(ANSWER_LIMIT + 1));
    assert_eq!((whole.body.len(), whole.cut), (ANSWER_LIMIT, false));
    assert_eq!((longer.body.len(), longer.cut), (ANSWER_LIMIT, true));
}

#[test]
fn an_answer_that_breaks_off_keeps_its_status() {
    let reply = answered(Answer::status(207).body("half").truncated()).expect("the status had come");
    assert_eq!(reply, Reply { status: 207, retry_after: None, headers: Vec::new(), body: b"half".to_vec(), cut: true });
}

#[test]
fn a_connection_that_ends_without_an_answer_is_reset() {
    assert_eq!(answered(Answer::close()), Err(Trouble::Reset));
    assert_eq!(answered(Answer::reset()), Err(Trouble::Reset));
}

#[test]
fn what_is_not_http_is_no_answer() {
    let trouble = answered(Answer::garbage()).expect_err("no answer");
    assert!(matches!(trouble, Trouble::Other(_)), "{trouble:?}");
}

#[test]
fn a_redirect_is_handed_back_and_not_followed() {
    let target = Server::start([Answer::status(200)]);
    let reply = answered(Answer::redirect(&target.url("/"))).expect("an answer");
    assert_eq!(reply.status, 307);
    assert_eq!(target.connections(), 0);
}

#[test]
fn a_cookie_is_not_sent_back() {
    let server = Server::start([Answer::status(200).header("Set-Cookie", "sp=1; Path=/")]);
    let client = client();
    for _ in 0..2 {
        post(&client, &server.url("/"), LONG).expect("an answer");
    }
    assert!(server.requests().iter().all(|request| request.header("cookie").is_none()));
}

#[test]
fn retry_after_is_read_from_the_answer() {
    let of = |value: &str| answered(Answer::status(429).header("Retry-After", value)).expect("an answer").retry_after;
    assert_eq!(of("3"), Some(RetryAfter::Seconds(3)));
    assert_eq!(of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(RetryAfter::At(784_111_777_000)));
    assert_eq!(of("soon"), None);
}

#[test]
fn what_is_not_https_goes_to_this_machine_only() {
    for url in ["http://192.0.2.1/", "http://localhost.example/", "ftp://127.0.0.1/", "x", "https://me:pw@localhost/"] {
        let sent = post(&client(), url, LONG);
        assert!(matches!(sent, Err(Trouble::Other(_))), "{url}: {sent:?}");
    }
}

#[test]
fn this_machine_is_reached_without_a_proxy() {
    let (proxy, server) = (Server::start([Answer::status(502)]), Server::start([Answer::status(200)]));
    let proxies = Proxies::from_lookup(|_| Some(proxy.url("/"))); // NO_PROXY too: nonsense that must not matter
    let client = client_through(&proxies);
    assert_eq!(post(&client, &server.url("/"), LONG).expect("an answer").status, 200);
    let encrypted = server.url("/").replace("http:", "https:");
    assert!(post(&client, &encrypted, SHORT).is_err(), "the server knows no TLS");
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn other_machines_are_reached_through_the_proxy_with_its_password_and_nothing_else() {
    let proxy = Server::start([Answer::status(407)]);
    let address = format!("http://user:secret@127.0.0.1:{}", proxy.port());
    let client = client_through(&Proxies::from_lookup(|name| (name == "HTTPS_PROXY").then(|| address.clone())));
    let trouble = post(&client, "https://receiver.example/collect?key=k", LONG).expect_err("no tunnel");
    let request = proxy.requests().remove(0);
    assert_eq!(
        request.head,
        "CONNECT receiver.example:443 HTTP/1.1\r\nHost: receiver.example:443\r\n\
         Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"
    );
    let text = trouble.to_string();
    assert!(!text.contains("secret") && !text.contains("key=k"), "{text}");
}

#[test]
fn a_proxy_that_cannot_be_used_stops_what_goes_outside() {
    let client = client_through(&Proxies::from_lookup(|name| {
        (name == "all_proxy").then(|| "socks5://127.0.0.1:1080".to_owned())
    }));
    let trouble = post(&client, "https://receiver.example/", LONG).expect_err("no way out");
    assert!(trouble.to_string().contains("all_proxy"), "{trouble}");
    let server = Server::start([Answer::status(200)]);
    post(&client, &server.url("/"), LONG).expect("no proxy is in the way");
}
