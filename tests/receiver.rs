//! The loopback receiver against clients of every kind: what is kept is what was sent, and nobody holds it up.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use telemetry::host::clock::Clock;
use telemetry::receiver::answer::Answer;
use telemetry::receiver::limits::Limits;
use telemetry::receiver::listen::{Expected, Receiver};

/// How long is waited for what should be there at once.
const PATIENCE: Duration = Duration::from_secs(20);

fn small() -> Limits {
    let request = Duration::from_millis(200);
    Limits { head: 2000, body: 5000, bodies: 8000, requests: 60, connections: 64, request, ..Limits::usual() }
}

fn start(limits: Limits) -> Receiver {
    let answer = Answer {
        headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
        body: b"ok".to_vec(),
        ..Answer::status(200)
    };
    Receiver::start(answer, Clock::System, limits).expect("a port")
}

fn connect(receiver: &Receiver) -> TcpStream {
    let stream = TcpStream::connect(receiver.address()).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    stream
}

/// Sends this, ends the sending, and reads all that comes.
fn talk(receiver: &Receiver, bytes: &[u8]) -> String {
    let mut stream = connect(receiver);
    stream.write_all(bytes).expect("sent");
    stream.shutdown(Shutdown::Write).expect("half closed");
    let mut said = Vec::new();
    stream.read_to_end(&mut said).ok();
    String::from_utf8(said).expect("text")
}

#[test]
fn what_is_kept_is_what_was_sent() {
    let receiver = start(Limits::usual());
    let heads: [&[u8]; 4] = [
        b"POST /a?b=%20c HTTP/1.1\r\nhOsT: x\r\nX-Odd:  \xff two  \r\nContent-Length: 4\r\n\r\n",
        b"PUT /chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n",
        b"HEAD / HTTP/1.1\nHost: x\n\n",
        b"POST /last HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
    ];
    let wires: [&[u8]; 4] =
        [b"\x00\r\n\x1f", b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n", b"", b"hi"];
    let bodies: [&[u8]; 4] = [b"\x00\r\n\x1f", b"abc0123456789", b"", b"hi"];
    // One connection, and all of it in one piece.
    let all: Vec<u8> = heads.iter().zip(wires).flat_map(|(head, body)| [head, body].concat()).collect();
    let said = talk(&receiver, &all);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n";
    let wanted =
        format!("{head}\r\nok{head}\r\nok{head}\r\nHTTP/1.1 100 Continue\r\n\r\n{head}Connection: close\r\n\r\nok");
    assert_eq!(said, wanted);
    // And byte by byte.
    let mut stream = connect(&receiver);
    all.iter().for_each(|byte| stream.write_all(&[*byte]).expect("sent"));
    stream.read_to_end(&mut Vec::new()).expect("the answers");
    assert!(receiver.quiet(PATIENCE, || Expected::Nobody));
    let kept = receiver.stop();
    assert_eq!(kept.troubles, [""; 0]);
    assert_eq!(kept.requests.len(), 8);
    for (at, came) in kept.requests.iter().enumerate() {
        assert_eq!((came.request.head.as_slice(), came.request.body.as_slice()), (heads[at % 4], bodies[at % 4]));
    }
    assert_eq!(kept.requests[0].request.header("HOST"), Some("x"));
    assert!(kept.requests.is_sorted_by_key(|came| came.at));
}

#[test]
fn fifty_at_once_are_all_kept() {
    let receiver = start(small());
    std::thread::scope(|scope| {
        for number in 0..50 {
            let receiver = &receiver;
            scope.spawn(move || {
                let body = format!("/{number}");
                let request = format!("POST /{number} HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                assert!(talk(receiver, request.as_bytes()).ends_with("ok"), "{number}");
            });
        }
    });
    let kept = receiver.stop();
    assert_eq!((kept.requests.len(), kept.troubles.len()), (50, 0));
    for came in kept.requests {
        assert_eq!(came.request.body, came.request.target.as_bytes());
    }
}

#[test]
fn what_is_no_request_is_refused_and_told() {
    let long = format!("POST / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(3000));
    let many = format!("POST / HTTP/1.1\r\n{}\r\n", "X:y\r\n".repeat(200));
    let cases: [(&[u8], &str, &str); 15] = [
        (b"\x00\xff\x00\xff\r\n\r\n", "400", "no request of HTTP/1"),
        (b"\x16\x03\x01\x02\x00\x01\x00", "400", "TLS was spoken"),
        (b"GET / HTTP/2.0\r\n\r\n", "400", "no request of HTTP/1"),
        (long.as_bytes(), "431", "a head without an end"),
        (many.as_bytes(), "431", "more header lines"),
        (b"POST / HTTP/1.1\r\nContent-Length: 5001\r\n\r\n", "413", "a body that is larger"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", "413", "a body that is larger"),
        (b"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\nabcde", "400", "a length that is no number"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\nab", "400", "said in two ways"),
        (
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "400",
            "said in two ways",
        ),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501", "a transfer coding"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "400", "a chunk whose size"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", "413", "a body that is larger"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "400", "a chunk that does not end"),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf", "", "a request broke off after 42 bytes"),
    ];
    for (bytes, status, why) in cases {
        let receiver = start(small());
        let said = talk(&receiver, bytes);
        let kept = receiver.stop();
        let shown = String::from_utf8_lossy(bytes);
        assert!(kept.troubles.len() == 1 && kept.troubles[0].contains(why), "{shown:.99}: {:?}", kept.troubles);
        assert_eq!(said.get(9..12).unwrap_or_default(), status, "{shown:.99}");
        assert!(kept.requests.is_empty(), "{shown}");
    }
}

#[test]
fn a_slow_one_is_hung_up_on_while_others_are_served() {
    let receiver = start(small());
    let mut slow = connect(&receiver);
    slow.write_all(b"POST / HTTP/1.1\r\nX").expect("sent");
    assert!(talk(&receiver, b"GET / HTTP/1.1\r\n\r\n").ends_with("ok"));
    let mut said = String::new();
    // A byte now and then does not help it.
    let start = Instant::now();
    while start.elapsed() < PATIENCE && slow.write_all(b"y").is_ok() {
        slow.set_read_timeout(Some(Duration::from_millis(20))).expect("a time");
        let mut piece = [0; 100];
        match slow.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => said.push_str(&String::from_utf8_lossy(&piece[..count])),
            Err(_) => {}
        }
    }
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    let kept = receiver.stop();
    assert_eq!(kept.requests.len(), 1);
    assert!(kept.troubles[0].contains("took too long"), "{:?}", kept.troubles);
}

#[test]
fn no_more_is_kept_than_the_limits_say() {
    let receiver = start(small());
    let body = "x".repeat(3000);
    let request = format!("POST / HTTP/1.1\r\nContent-Length: 3000\r\n\r\n{body}");
    let said: Vec<String> = (0..3).map(|_| talk(&receiver, request.as_bytes())).collect();
    assert!(said[1].ends_with("ok") && said[2].starts_with("HTTP/1.1 429 "), "{said:?}");
    let idle: Vec<TcpStream> = (0..64).map(|_| connect(&receiver)).collect();
    let mut more = connect(&receiver);
    let mut answer = String::new();
    more.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    // Nobody of them is waited for at the end.
    assert!(!receiver.quiet(Duration::from_millis(20), || Expected::Nobody));
    let kept = receiver.stop();
    assert_eq!((kept.requests.len(), kept.troubles.len()), (2, 2), "{:?}", kept.troubles);
    drop(idle);
}

#[test]
fn who_is_expected_is_waited_for() {
    let receiver = start(small());
    let mut left = 20;
    let late = receiver.quiet(PATIENCE, || {
        left -= 1;
        if left == 0 {
            // The last thing that it does, and nobody waits for the answer.
            connect(&receiver).write_all(b"GET /late HTTP/1.1\r\n\r\n").expect("sent");
        }
        if left > 0 { Expected::Somebody } else { Expected::Nobody }
    });
    assert!(late);
    assert_eq!(receiver.stop().requests.len(), 1);
}

#[test]
fn it_listens_on_this_machine_only_and_not_after_its_end() {
    let receiver = start(small());
    let address = receiver.address();
    assert!(address.starts_with("127.0.0.1:") && receiver.origin() == format!("http://{address}"));
    assert!(talk(&receiver, b"CONNECT example.org:443 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
    assert_eq!(receiver.stop().requests.len(), 1);
    assert!(TcpStream::connect(address).is_err());
}
