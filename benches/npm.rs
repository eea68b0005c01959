//! The peers from npm: what `telemetry status` costs, beside their `telemetry status`.
//!
//! Promises: they are installed below `target`, run in a home of their own with their telemetry off, and whatever would go out all
//! the same goes to a closed port of loopback. Absent: their telemetry while it is on.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::peers::{closed, folder, said};
use crate::process::MANIFESTS;
use crate::rounds::{self, Case};
use crate::sandbox::home::Home;
use crate::sandbox::server::Server;
use crate::table::{self, times};

const TURBO: &str = "turbo@2.11.11";
const NEXT: &str = "next@16.4.6";

/// What turns them off and keeps them from asking for newer versions of themselves.
const OFF: [&str; 5] = [
    "DO_NOT_TRACK",
    "TURBO_TELEMETRY_DISABLED",
    "NEXT_TELEMETRY_DISABLED",
    "NO_UPDATE_NOTIFIER",
    "TURBO_NO_UPDATE_NOTIFIER",
];
const PROXIES: [&str; 4] = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

pub(crate) fn npm(server: &Server) {
    let home = Home::new(server, MANIFESTS);
    home.telemetry(["enable", "bench"]);
    home.track();
    let closed = closed();
    // Theirs speaks for one tool; ours for one, and for all of a machine.
    let mut cases = vec![
        Case::new("telemetry status TOOL", home.command(["status", "bench"]), None),
        Case::new("telemetry status, of 150 tools", home.command(["status"]), None),
    ];
    let mut troubles = Vec::new();
    let places = [
        ("turbo telemetry status, its binary", TURBO, native()),
        ("turbo telemetry status, as npm starts it", TURBO, "node_modules/.bin/turbo".into()),
        ("next telemetry status", NEXT, "node_modules/.bin/next".into()),
    ];
    for (name, package, path) in places {
        match install(package).map(|root| root.join(path)) {
            Ok(program) if program.exists() => {
                let mut command = home.run(&program);
                command.args(["telemetry", "status"]);
                command.envs(OFF.map(|name| (name, "1")));
                command.envs(PROXIES.map(|name| (name, closed.clone())));
                command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
                cases.push(Case::new(name, command, None));
            }
            Ok(program) => troubles.push((name, format!("{package} has no {} for this machine", program.display()))),
            Err(why) => troubles.push((name, why)),
        }
    }
    rounds::run(&mut cases, Duration::from_secs(25));
    let ours = cases.first().map_or(f64::NAN, Case::median);
    table::group("peers, as processes", &format!("telemetry status TOOL takes {:.2} ms", ours * 1e3));
    for case in cases.iter().skip(1) {
        let ratio = case.median() / ours;
        if case.name.starts_with("telemetry") {
            table::shown(case.name, &times(ratio));
        } else {
            table::held(case.name, &times(ratio), "> 1 x", ratio > 1.0);
        }
    }
    for (name, why) in &troubles {
        table::missing(name, why);
    }
}

/// Where the package has its program for this machine.
fn native() -> PathBuf {
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "64" };
    format!("node_modules/@turbo/{system}-{machine}/bin/turbo").into()
}

/// The folder in which a package is installed, or why it is not.
fn install(package: &str) -> Result<PathBuf, String> {
    let root = folder().join("npm").join(package);
    let done = root.join("installed");
    if !done.exists() {
        std::fs::create_dir_all(&root).map_err(|error| error.to_string())?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--prefix"]);
        said("npm", npm.arg(&root).arg(package))?;
        std::fs::write(&done, package).map_err(|error| error.to_string())?;
    }
    Ok(root)
}
