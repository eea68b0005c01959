//! One test binary: the modules are listed here, and `layers` fails on a file that is not.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "fuzz/checks/mod.rs"]
pub mod checks;
mod commands {
    mod capture;
    mod changed_lines;
    mod completions;
    mod disable;
    mod disable_components;
    pub(crate) mod disable_foreign;
    pub(crate) mod doctor;
    mod enable;
    mod enable_foreign;
    mod export;
    mod flush;
    mod forget;
    mod forget_components;
    mod forget_event;
    mod forget_foreign;
    pub(crate) mod given;
    mod id;
    pub(crate) mod id_foreign;
    mod init;
    mod list;
    mod log;
    mod man;
    mod manifest;
    mod manifest_example;
    mod manifest_schema;
    mod named_components;
    pub(crate) mod run;
    mod run_heartbeat;
    mod run_troubled;
    mod show_payload;
    mod show_payload_foreign;
    pub(crate) mod show_payload_snowplow;
    mod snowplow_real;
    mod snowplow_terraform;
    mod status;
    pub(crate) mod status_components;
    mod status_foreign;
    mod status_launchers;
    mod status_terraform;
    mod tour;
    mod track;
    mod track_lines;
    mod track_stream;
    pub(crate) mod undo;
}
mod children;
mod consent;
mod consent_files;
mod contracts;
mod databases;
mod dotenv;
mod durability {
    mod change;
    mod kill;
    mod many;
    mod model;
    mod no;
    mod pairs;
    mod parts;
    mod start;
    mod writers;
}
mod edits;
mod facts;
mod faults {
    mod destination;
    mod home;
    mod locks;
    mod queue;
}
mod formats;
mod generated;
mod hcl;
mod hocon;
mod hostile {
    mod consent;
    mod cut;
    mod fuzzed;
    mod stored;
}
mod http;
mod kept;
mod launch;
mod layers;
mod losses;
mod newer;
mod privacy;
mod protocols {
    mod amplitude;
    pub(crate) mod cells;
    mod changed;
    mod cloudevents;
    mod matrix;
    mod orders;
    mod otel_variables;
    pub(crate) mod otlp;
    mod posthog;
    mod segment;
    mod sentry;
    mod snowplow;
    pub(crate) mod way;
    mod withheld;
}
mod readme;
mod reasons;
mod receiver;
mod schedule;
mod schemas;
mod sandbox {
    pub(crate) mod acme;
    pub(crate) mod composes;
    pub(crate) mod documents;
    pub(crate) mod hcl;
    pub(crate) mod hocon;
    pub(crate) mod home;
    pub(crate) mod schema;
    pub(crate) mod server;
    pub(crate) mod source;
    pub(crate) mod traps;
    pub(crate) mod units;
    pub(crate) mod verdicts;
    mod wire;
}
mod specified;
mod traps;
