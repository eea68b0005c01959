//! The program seen from outside: traced by `strace`, at another time by `faketime`, in homes on disks of their own by `unshare`; what it
//! sends, received by somebody else's servers and laid beside what the official senders send.
//!
//! Run by `.ci/interop`, which installs what is needed; where it is missing this fails, it is never skipped.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod alike;
mod bugsink;
mod capture;
mod change;
mod clock;
mod compose;
mod differences;
mod dotenv;
mod errors;
mod facts;
mod forget;
mod forgotten;
mod hcl;
mod hocon;
mod hocon_texts;
mod homes;
mod instructions;
mod java;
mod kill;
mod lines;
mod loopback;
mod loops;
mod ours;
mod pairs;
mod parts;
mod pseudonyms;
mod python;
mod real;
mod recovery;
mod removed;
mod rotel;
mod runs;
#[path = "../sandbox"]
#[expect(dead_code, reason = "shared with the other tests, which use the rest")]
mod sandbox {
    pub(crate) mod acme;
    pub(crate) mod composes;
    pub(crate) mod hcl;
    pub(crate) mod hocon;
    pub(crate) mod home;
    pub(crate) mod schema;
    pub(crate) mod server;
    pub(crate) mod traps;
    pub(crate) mod units;
    pub(crate) mod verdicts;
    mod wire;
}
mod senders;
mod sentry;
mod shown;
mod sockets;
mod start;
mod stop;
mod strace;
mod timer;
mod traps;
mod units;
mod wire;
/// The benches' homes and server.
#[path = "../../benches/sandbox"]
mod bench {
    #[expect(dead_code, reason = "shared with the benches, which use the rest")]
    pub(crate) mod home;
    pub(crate) mod noop;
    #[expect(dead_code, reason = "shared with the benches, which use the rest")]
    pub(crate) mod server;
}

use sandbox::server::Server;

const PROGRAM: &str = env!("CARGO_BIN_EXE_telemetry");

fn manifest(server: &Server) -> String {
    format!(
        "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nids: [user, project, provided]\nevents:\n  command:\n    description: A command\n    \
         purpose: product-improvement\n    fields:\n      name: {{type: enum, values: [build], description: Which}}\n    \
         example: {{name: build}}\ndestinations:\n  main: {{url: '{}'}}\n  away: {{url: 'https://telemetry.acme.example/v1'}}\n\
         deletion:\n  - endpoint: {}\n",
        server.url("/events"),
        server.url("/deletion"),
    )
}

fn need_strace() {
    let found = std::process::Command::new("strace").arg("-V").output();
    assert!(found.is_ok_and(|output| output.status.success()), "strace is needed: apt-get install strace");
}
