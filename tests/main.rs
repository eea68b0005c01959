//! One test binary: the modules are listed here, and `layers` fails on a file that is not.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod consent;
mod consent_files;
mod generated;
mod http;
mod layers;
mod readme;
mod reasons;
mod sandbox {
    pub(crate) mod home;
    pub(crate) mod server;
    pub(crate) mod source;
}
