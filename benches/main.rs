//! The program's numbers: `cargo bench`, or `cargo bench -- delay peers` for some of the groups.
//!
//! Processes are measured as ratios to a program that does nothing, compiled on the spot, started in shuffled order in the same run,
//! as medians, so that what else the machine does cancels out; the second no-op shows what noise is left.
//!
//! Promises: homes in a temporary folder, a cleared environment, loopback only; each row says the goal and whether it is met, or
//! why it could not be measured. Other people's programs are installed below `target` by the groups `peers` and `protocols` alone. Absent:
//! absolute goals for a machine.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed, and prints")]

mod sandbox {
    pub(crate) mod home;
    pub(crate) mod noop;
    pub(crate) mod server;
}
mod delay;
mod flush;
mod in_process;
mod memory;
mod network;
mod npm;
mod peers;
mod process;
mod protocols;
mod rounds;
mod table;

use std::process::ExitCode;

use crate::in_process::DEPTHS;
use crate::sandbox::home::Home;
use crate::sandbox::server::Server;

const GROUPS: [&str; 9] = ["process", "in-process", "depth", "flush", "protocols", "memory", "size", "delay", "peers"];

fn main() -> ExitCode {
    // What cargo adds is no group.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [peers::LEAVE, how] => peers::leave(how),
        [delay::HOST, kind] => delay::host(kind),
        [network::NETWORK, state, apart] => delay::answer(state, apart),
        groups => match groups.iter().find(|name| !GROUPS.contains(name)) {
            Some(unknown) => {
                println!("no group is called {unknown}: {}", GROUPS.join(" "));
                return ExitCode::FAILURE;
            }
            None => measure(groups),
        },
    }
    ExitCode::SUCCESS
}

fn measure(groups: &[&str]) {
    let wanted = |name: &str| groups.is_empty() || groups.contains(&name);
    let server = Server::start();
    table::head();
    if wanted("process") {
        process::process(&server);
    }
    if wanted("in-process") {
        in_process::in_process(&server);
    }
    if wanted("depth") || wanted("memory") {
        let homes: Vec<(u64, Home)> = DEPTHS.into_iter().map(|depth| (depth, Home::deep(&server, depth))).collect();
        if wanted("depth") {
            in_process::depth(&homes);
        }
        if wanted("memory") {
            memory::memory(&homes);
        }
    }
    if wanted("flush") {
        flush::flush(&server);
    }
    if wanted("protocols") {
        protocols::protocols();
    }
    if wanted("size") {
        memory::size();
    }
    if wanted("delay") {
        delay::delay();
    }
    if wanted("peers") {
        peers::peers();
    }
}
