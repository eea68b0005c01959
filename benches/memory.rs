//! The most memory that a process takes while a million events wait, and the size of the program.
//!
//! Absent: systems without `/proc`.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread::park_timeout;
use std::time::Duration;

use crate::rounds::end;
use crate::sandbox::home::{Home, PROGRAM};
use crate::table;

/// Peak memory with the deepest queue.
pub(crate) fn memory(homes: &[(u64, Home)]) {
    let Some((_, home)) = homes.last() else { return };
    table::group("memory", "most of it at once, 1,000,000 events wait");
    for (what, arguments) in [
        ("status", &["status"][..]),
        ("status TOOL", &["status", "bench"]),
        ("flush", &["flush", "bench", "--budget", "600"]),
        ("status TOOL, after it", &["status", "bench"]),
    ] {
        let kib = peak_kib(home.command(arguments));
        let mib = format!("{:.1} MiB", f64::from(kib) / 1024.0);
        table::held(what, &mib, "<= 32 MiB", kib <= 32 * 1024);
    }
}

pub(crate) fn size() {
    let bytes = fs::metadata(PROGRAM).expect("the program").len();
    table::group("size", "");
    table::held("release binary", &format!("{bytes} B"), "<= 8 MiB", bytes <= 8 << 20);
}

/// Most memory that a process had, KiB, by Linux's /proc: what it prints does not fit its pipe, so that it is there to be looked at.
fn peak_kib(mut command: Command) -> u32 {
    const PIPE: usize = 64 * 1024;
    let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(&[0; PIPE]).expect("a full pipe");
    let mut child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::null()).spawn().expect("it starts");
    drop(command);
    let path = format!("/proc/{}/status", child.id());
    let (mut peak, mut still) = (0, 0);
    // Half a second asleep at one stretch: it waits for us to read.
    while still < 500 && child.try_wait().expect("a child").is_none() {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let of = |name| text.lines().find_map(|line: &str| line.strip_prefix(name)).unwrap_or_default().trim();
        peak = peak.max(of("VmHWM:").trim_end_matches(" kB").parse().unwrap_or(0));
        still = if of("State:").starts_with('S') { still + 1 } else { 0 };
        park_timeout(Duration::from_millis(1));
    }
    std::io::copy(&mut reader, &mut std::io::sink()).expect("its output");
    end(child, "what was measured");
    peak
}
