//! What a cell of the matrix is, and how all cells of a protocol are held against the real program.
//!
//! One protocol is one home with a destination for each answer and a healthy one at its end, so that a flush shows at once that
//! nobody's trouble holds up another.
//!
//! Promises: a cell says all of it: receipts with their words, counts, loss, back-off, exit code, the same bytes again. Absent: the
//! tables (`matrix`), and what a body looks like (each protocol's own tests).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sandbox::acme::{manifest, record, text};
use crate::sandbox::home::{Home, Ran};
use crate::sandbox::server::{Answer, Recorded, Server};

/// Events of each cell.
pub(crate) const EVENTS: usize = 4;
/// Milliseconds of the waits that are ours: after the first trouble, and where the destination itself is wrong.
pub(crate) const OURS: (i64, i64) = (15_000, 30_000);
const WRONG: (i64, i64) = (12 * 3_600_000, 24 * 3_600_000);
const DAY: i64 = 24 * 3_600_000;

/// What is to become of four events that are answered so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Then {
    /// Taken, in this word.
    Taken(&'static str),
    /// Refused for good.
    Refused,
    /// All again later, after a wait of this many milliseconds; whether they may have arrived already.
    Later((i64, i64), bool),
    /// All again later, and the destination is wrong.
    Wrong((i64, i64)),
    /// In two halves, at once.
    Halved,
    /// Divided down to single events, each refused.
    Crumbled,
    /// Taken but for these many refused; put off for a wait, where there is one, these many.
    Part { refused: u64, again: u64, later: u64, wait: Option<(i64, i64)> },
    /// Taken but for so many, which are counted and not named.
    TakenBut(u64),
    /// Taken, and the destination asks for a wait.
    TakenAndLater((i64, i64)),
    /// Refused for good, and the destination asks for a wait.
    RefusedAndLater((i64, i64)),
}

/// One answer.
pub(crate) struct Cell {
    pub(crate) name: String,
    pub(crate) answer: Answer,
    pub(crate) then: Then,
}

/// One protocol.
pub(crate) struct Protocol {
    /// A destination at this address, as a flow mapping without its braces.
    pub(crate) destination: fn(&str) -> String,
    /// What a healthy receiver answers, and the word for it.
    pub(crate) healthy: (Answer, &'static str),
    /// By status of [`STATUSES`]: `D` taken, `R` refused, `B` refused with a minute's wait, `L` later, `T` in 30 s, `H` in an hour unless it says when, `M` the
    /// destination is wrong, `S` split.
    pub(crate) statuses: &'static str,
    /// Answers of its own.
    pub(crate) own: Vec<Cell>,
}

const STATUSES: [u16; 26] = [
    201, 202, 204, 299, 300, 302, 304, 308, 400, 401, 403, 404, 408, 410, 413, 415, 422, 429, 500, 501, 502, 503, 504,
    505, 507, 599,
];

pub(crate) fn cell(name: impl Into<String>, answer: Answer, then: Then) -> Cell {
    Cell { name: name.into(), answer, then }
}

pub(crate) const fn exactly(ms: i64) -> (i64, i64) {
    (ms, ms)
}

/// What a letter of a table stands for.
pub(crate) fn then(letter: char) -> Then {
    match letter {
        'D' => Then::Taken("delivered"),
        'R' => Then::Refused,
        'L' => Then::Later(OURS, false),
        'M' => Then::Wrong(WRONG),
        'S' => Then::Halved,
        'T' => Then::Later(exactly(30_000), false),
        'H' => Then::Later(exactly(3_600_000), false),
        'B' => Then::RefusedAndLater(exactly(60_000)),
        other => panic!("{other}"),
    }
}

/// The cells that all protocols have.
fn common(protocol: &Protocol, trap: &Server) -> Vec<Cell> {
    let letters: Vec<char> = protocol.statuses.chars().filter(|c| *c != ' ').collect();
    assert_eq!(letters.len(), STATUSES.len());
    let of = |status: u16| {
        let at = STATUSES.iter().position(|one| *one == status).expect("listed");
        letters[at]
    };
    let mut cells: Vec<Cell> = STATUSES
        .into_iter()
        .map(|status| {
            let answer = Answer::status(status).body("no more than a word");
            let moved =
                if (300..400).contains(&status) { answer.header("Location", &trap.url("/moved")) } else { answer };
            cell(status.to_string(), moved, then(of(status)))
        })
        .collect();
    let doubt = Then::Later(OURS, true);
    cells.push(cell("reset", Answer::reset(), doubt));
    cells.push(cell("closed", Answer::close(), doubt));
    cells.push(cell("garbage", Answer::garbage(), doubt));
    // The status came: what else was to come says nothing about the events.
    cells.push(cell("endless", Answer::endless(), Then::Taken("delivered")));
    cells.push(cell("truncated", Answer::status(200).body("{\"half").truncated(), Then::Taken("delivered")));
    cells.push(cell("truncated 503", Answer::status(503).body("half").truncated(), then(of(503))));
    for body in ["", "ok", "null", "[]", "{}", "{\"", "\u{0}", "[[[[[[[[[[[[", "1e999", "{\"error\":null}"] {
        cells.push(cell(format!("200 {body:?}"), Answer::status(200).body(body), Then::Taken("delivered")));
    }
    // A wait that the server asks for holds wherever it is trouble, up to a day and not less than a second.
    for (status, asked, ms) in
        [(429, "90", 90_000), (429, "0", 1_000), (503, "7200", 7_200_000), (503, "999999999", DAY), (408, "60", 60_000)]
    {
        let answer = Answer::status(status).header("Retry-After", asked);
        let waits = match then(of(status)) {
            // An hour is for who asks for nothing.
            Then::Later(_, doubt) if of(status) == 'H' => Then::Later(exactly(ms), doubt),
            // A protocol's own wait is the least.
            Then::Later((own, most), doubt) if own == most => Then::Later(exactly(ms.max(own)), doubt),
            Then::Later(_, doubt) => Then::Later(exactly(ms), doubt),
            Then::Refused | Then::RefusedAndLater(_) => Then::RefusedAndLater(exactly(ms)),
            other => other,
        };
        cells.push(cell(format!("{status} after {asked}"), answer, waits));
    }
    let wrong = Answer::status(401).header("Retry-After", "999999999");
    let waits = match then(of(401)) {
        Then::Refused => Then::RefusedAndLater(exactly(DAY)),
        _ => Then::Wrong(exactly(DAY)),
    };
    cells.push(cell("401 after a day", wrong, waits));
    let soon = Answer::status(429).header("Retry-After", "soon");
    cells.push(cell("429 after a word", soon, then(of(429))));
    let taken = Answer::status(200).header("Retry-After", "90");
    cells.push(cell("200 after 90", taken, Then::Taken("delivered")));
    cells
}

/// A home with a destination for each cell, its server, and a healthy one at the end.
struct World {
    home: Home,
    servers: Vec<Server>,
    healthy: Option<Server>,
}

impl World {
    fn new(protocol: &Protocol, cells: &[&Cell], with_healthy: bool) -> Self {
        let (good, _) = &protocol.healthy;
        let servers: Vec<Server> = cells
            .iter()
            .map(|cell| match cell.then {
                Then::Crumbled => Server::start([cell.answer.clone()]),
                _ => Server::start([cell.answer.clone(), good.clone()]),
            })
            .collect();
        let healthy = with_healthy.then(|| Server::start([good.clone()]));
        let line = |name: &str, server: &Server| format!("{name}: {{{}}}", (protocol.destination)(&server.url("/")));
        let mut lines: Vec<String> = servers.iter().enumerate().map(|(n, server)| line(&name(n), server)).collect();
        lines.extend(healthy.iter().map(|server| line("healthy", server)));
        let home = Home::new();
        let text = manifest(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        home.manifest("acme", &text);
        home.run(["enable", "acme"]).expect(0);
        Self { home, servers, healthy }
    }

    fn flush(&self) -> (Value, i32) {
        let ran: Ran = self.home.run(["flush", "acme", "--now", "--json", "--budget", "15"]);
        (json_of(&ran), ran.status)
    }

    fn receipts(&self) -> BTreeMap<String, Vec<Value>> {
        let log = json_of(&self.home.run(["log", "acme", "--verify", "--json", "-n", "9999"]).expect(0));
        assert_eq!((&log["verified"]["mismatched"], &log["unreadable"]), (&Value::from(0), &Value::from(0)));
        let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for receipt in log["receipts"].as_array().expect("receipts") {
            all.entry(text(receipt, "/destination")).or_default().push(receipt.clone());
        }
        all
    }

    fn not_before(&self, destination: &str) -> Option<i64> {
        let path = self.home.at(format!(".acme/telemetry/backoff/{destination}.json"));
        let bytes = std::fs::read(path).ok()?;
        serde_json::from_slice::<Value>(&bytes).expect("JSON")["not_before_ms"].as_i64()
    }
}

fn name(number: usize) -> String {
    format!("c{number}")
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("small")
}

/// What a cell leads to: in the first flush (events that the receiver has, refused ones, whether it is in trouble) and in receipts.
struct Led {
    has: u64,
    refused: u64,
    wait: Option<(i64, i64)>,
    receipts: Vec<(&'static str, u64, bool)>,
    /// How many requests the first flush makes.
    first: usize,
    exit: i32,
}

fn led(then: Then, word: &'static str) -> Led {
    let all = EVENTS as u64;
    let base = Led { has: all, refused: 0, wait: None, receipts: vec![], first: 1, exit: 0 };
    match then {
        Then::Taken(word) => Led { receipts: vec![(word, all, false)], ..base },
        Then::Refused => Led { has: 0, refused: all, receipts: vec![("refused", all, false)], exit: 4, ..base },
        Then::TakenBut(refused) => {
            Led { has: all - refused, refused, receipts: vec![("delivered", all, false)], exit: 4, ..base }
        }
        Then::TakenAndLater(wait) => Led { wait: Some(wait), receipts: vec![(word, all, false)], exit: 4, ..base },
        Then::RefusedAndLater(wait) => {
            Led { has: 0, refused: all, wait: Some(wait), receipts: vec![("refused", all, false)], exit: 4, ..base }
        }
        Then::Later(wait, doubt) => {
            let receipts = vec![("later", all, false), (word, all, doubt)];
            Led { has: 0, wait: Some(wait), receipts, exit: 3, ..base }
        }
        Then::Wrong(wait) => {
            let receipts = vec![("misconfigured", all, false), (word, all, false)];
            Led { has: 0, wait: Some(wait), receipts, exit: 3, ..base }
        }
        Then::Halved => {
            Led { receipts: vec![("split", all, false), (word, 2, false), (word, 2, false)], first: 3, ..base }
        }
        Then::Crumbled => {
            let halves = [
                ("split", 4),
                ("split", 2),
                ("refused", 1),
                ("refused", 1),
                ("split", 2),
                ("refused", 1),
                ("refused", 1),
            ];
            let receipts = halves.map(|(word, events)| (word, events, false)).to_vec();
            Led { has: 0, refused: all, receipts, first: 7, exit: 4, ..base }
        }
        Then::Part { refused, again, later, wait } => {
            let mut receipts = vec![("part", all, false)];
            receipts
                .extend([again, later].into_iter().filter(|number| *number > 0).map(|number| (word, number, false)));
            let first = 1 + usize::from(again > 0);
            let exit = if refused > 0 || wait.is_some() { 4 } else { 0 };
            Led { has: all - refused - later, refused, wait, receipts, first, exit }
        }
    }
}

/// All cells of a protocol.
pub(crate) fn hold(protocol: &Protocol) {
    let trap = Server::start([Answer::status(200)]);
    let mut cells = common(protocol, &trap);
    cells.extend(protocol.own.iter().map(|cell| Cell {
        name: cell.name.clone(),
        answer: cell.answer.clone(),
        then: cell.then,
    }));
    let until = now() / 1000 * 1000 + 3_600_000;
    let date = Answer::status(429).header("Retry-After", &http_date(until));
    let at = STATUSES.iter().position(|one| *one == 429).expect("listed");
    let letter = protocol.statuses.chars().filter(|c| *c != ' ').nth(at).expect("listed");
    let dated = if matches!(then(letter), Then::Refused | Then::RefusedAndLater(_)) {
        Then::RefusedAndLater(exactly(0))
    } else {
        Then::Later(exactly(0), false)
    };
    cells.push(cell("429 until", date, dated));
    let world = World::new(protocol, &cells.iter().collect::<Vec<_>>(), true);
    let ids = record(&world.home, EVENTS);
    let before = now();
    let (flushed, exit) = world.flush();
    let after = now();
    assert_eq!(exit, 4, "some went, some did not");
    let rows = flushed["destinations"].as_array().expect("rows").clone();
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no row {name}"));
    // The healthy one is the last, and has it all: nobody held it up.
    assert_eq!((row("healthy")["events"].as_u64(), &row("healthy")["trouble"]), (Some(EVENTS as u64), &Value::Null));
    let word = protocol.healthy.1;
    let mut lost = 0;
    for (number, cell) in cells.iter().enumerate() {
        let (row, led) = (row(&name(number)), led(cell.then, word));
        let counts = (row["events"].as_u64(), row["refused"].as_u64(), row["trouble"].is_null());
        assert_eq!(counts, (Some(led.has), Some(led.refused), led.wait.is_none()), "{}: {row}", cell.name);
        lost += led.refused;
        assert_eq!(world.servers[number].requests().len(), led.first, "{}: requests of one flush", cell.name);
        let at = world.not_before(&name(number));
        assert_eq!(at.is_some(), led.wait.is_some(), "{}: a back-off", cell.name);
        if let (Some(at), Some((least, most))) = (at, led.wait) {
            // A moment that was asked for is kept to; the answer took a while to be read.
            let span =
                if cell.name == "429 until" { until..=until + after - before } else { before + least..=after + most };
            assert!(span.contains(&at), "{}: {at} in {span:?}", cell.name);
        }
    }
    let (again, _) = world.flush();
    assert_eq!(again["waiting"], 0, "{again}");
    assert_eq!((trap.requests().len(), trap.connections()), (0, 0), "a redirect was followed");
    let receipts = world.receipts();
    for (number, cell) in cells.iter().enumerate() {
        let led = led(cell.then, word);
        let of: Vec<&Value> = receipts.get(&name(number)).into_iter().flatten().collect();
        let said: Vec<_> = of
            .iter()
            .map(|one| {
                (one["outcome"].as_str().unwrap_or(""), one["events"].as_u64().unwrap_or(0), one["maybe_twice"] == true)
            })
            .collect();
        assert_eq!(said, led.receipts, "{}", cell.name);
        let requests = world.servers[number].requests();
        assert_eq!(requests.len(), led.receipts.len(), "{}: a receipt each", cell.name);
        held(cell, &requests, &of);
    }
    // What arrived is what was recorded, and what is lost is counted.
    assert_eq!(receipts["healthy"].len(), 1);
    let body = String::from_utf8_lossy(&world.healthy.as_ref().expect("there").requests()[0].body).into_owned();
    assert!(ids.len() == EVENTS && !body.is_empty());
    let status = json_of(&world.home.run(["status", "acme", "--json"]).expect(0));
    let counted: u64 =
        status["queue"]["lost"].as_array().expect("losses").iter().filter_map(|row| row["events"].as_u64()).sum();
    assert!(lost > 0 && counted == lost, "lost {lost}, counted {counted}");
    exits(protocol, &cells);
}

/// The receipts are over the bytes that came; what is tried again is the same; what is divided names what it was.
fn held(cell: &Cell, requests: &[Recorded], receipts: &[&Value]) {
    for (request, receipt) in requests.iter().zip(receipts) {
        let digest = crate::commands::given::digest(&request.body);
        assert_eq!(receipt["digest"], Value::from(digest), "{}", cell.name);
    }
    let first = receipts.first().map_or(Value::Null, |one| one["digest"].clone());
    match cell.then {
        Then::Later(..) | Then::Wrong(_) => {
            let pair: Vec<_> =
                requests.iter().map(|request| (&request.body, request.header("idempotency-key"))).collect();
            assert_eq!(pair[0], pair[1], "{}: the same bytes and key", cell.name);
        }
        Then::Halved | Then::Part { .. } => {
            let parents: Vec<_> = receipts.iter().skip(1).map(|one| one["parent"].clone()).collect();
            assert!(parents.iter().all(|parent| *parent == first), "{}: {parents:?}", cell.name);
        }
        Then::Crumbled => assert!(receipts.iter().skip(1).all(|one| one["parent"].is_string()), "{}", cell.name),
        Then::Taken(_) | Then::TakenBut(_) | Then::TakenAndLater(_) | Then::Refused | Then::RefusedAndLater(_) => {}
    }
}

/// The exit code where all destinations fare alike.
fn exits(protocol: &Protocol, cells: &[Cell]) {
    let mut codes: BTreeMap<i32, Vec<&Cell>> = BTreeMap::new();
    for cell in cells {
        codes.entry(led(cell.then, "").exit).or_default().push(cell);
    }
    for (code, cells) in codes {
        let world = World::new(protocol, &cells, false);
        record(&world.home, EVENTS);
        let (flushed, exit) = world.flush();
        assert_eq!(exit, code, "{flushed}");
    }
}

/// A moment as `Retry-After` has it.
fn http_date(ms: i64) -> String {
    let moment = time::OffsetDateTime::from_unix_timestamp(ms / 1000).expect("a moment");
    let (day, month) = (moment.weekday().to_string(), moment.month().to_string());
    let (hour, minute, second) = moment.to_hms();
    format!(
        "{}, {:02} {} {} {hour:02}:{minute:02}:{second:02} GMT",
        day.get(..3).expect("a day"),
        moment.day(),
        month.get(..3).expect("a month"),
        moment.year()
    )
}

fn json_of(ran: &Ran) -> Value {
    crate::sandbox::acme::json(ran)
}
