//! Other people's programs under strace: whatever they would like to look up or to call, they reach the one server on loopback and nobody.
//!
//! Promises: the server that they are meant to reach is seen, so that nothing else being seen means something. Absent: what they say.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use crate::bugsink::Bugsink;
use crate::need_strace;
use crate::python::{printed, python, script};
use crate::rotel::Rotel;
use crate::sandbox::home::Home;
use crate::senders::SENDERS;

/// The same command as a child of strace, which writes every address that it names into `trace`.
fn traced(command: &Command, trace: &std::path::Path) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg,accept,accept4", "-o"]).arg(trace);
    strace.arg(command.get_program()).args(command.get_args()).env_clear();
    strace.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace
}

/// How often what is meant happened (a call of this server's, or a call to it), and all other addresses of the network in the trace.
fn reached(trace: &std::path::Path, meant: &str) -> (usize, Vec<String>) {
    let text = fs::read_to_string(trace).expect("a trace");
    let (own, others): (Vec<&str>, Vec<&str>) =
        text.lines().filter(|line| line.contains("AF_INET")).partition(|line| line.contains(meant));
    (own.len(), others.into_iter().map(str::to_owned).collect())
}

#[test]
fn the_official_senders_call_the_recorder_and_nobody_else() {
    need_strace();
    for sender in SENDERS {
        let (home, server) = (Home::new(), sender.server());
        let trace = home.at("trace");
        let address = SocketAddr::from(([127, 0, 0, 1], server.port()));
        printed(&mut traced(&sender.command(address), &trace));
        let meant = format!("sin_port=htons({}), sin_addr=inet_addr(\"127.0.0.1\")", server.port());
        let (own, others) = reached(&trace, &meant);
        assert!(own > 0 && !server.requests().is_empty(), "{} is seen", sender.name);
        assert!(others.is_empty(), "{}: {others:#?}", sender.name);
    }
}

#[test]
fn the_receivers_call_nobody() {
    need_strace();
    let home = Home::new();
    let (bugsink_trace, rotel_trace) = (home.at("bugsink"), home.at("rotel"));
    let bugsink = Bugsink::start_as(|command| traced(&command, &bugsink_trace));
    let rotel = Rotel::start_as(|command| traced(&command, &rotel_trace));
    printed(python("senders").arg(script("senders/sentry.py")).arg(bugsink.origin()));
    printed(python("senders").arg(script("senders/otlp.py")).arg(format!("http://{}", rotel.address())));
    assert_eq!((bugsink.events().len(), rotel.records(1).len()), (1, 1));
    drop((bugsink, rotel));
    for trace in [bugsink_trace, rotel_trace] {
        let (own, others) = reached(&trace, "accept");
        assert!(own > 0, "what it takes is seen: {}", trace.display());
        assert!(others.is_empty(), "{}: {others:#?}", trace.display());
    }
}
