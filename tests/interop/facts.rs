//! A fact that is not listed costs nothing: no file is read for it. None is asked for over a network.
//!
//! Promises: the files of every fact are in the table, and each is seen being read where it is listed.

use std::fs;

use crate::sandbox::home::Home;
use crate::{PROGRAM, need_strace};

/// Facts that are read from files, and a part of the path of each.
const FILES: &[(&str, &str)] = &[
    ("memory_gib", "/proc/meminfo"),
    ("time_zone", "/etc/localtime"),
    ("cloud", "/run/cloud-init/instance-data.json"),
    ("region", "/sys/class/dmi/id"),
    ("cpu_count", "/proc/self/cgroup"),
    ("host_name", "/telemetry/salt"),
    ("first_seen", "/telemetry/first.json"),
    ("last_seen", "/telemetry/last-seen"),
];

/// What an event of a tool with these facts read of the machine, and asked of a network.
fn traced(facts: &str) -> (Vec<String>, Vec<String>) {
    let home = Home::new();
    home.manifest(
        "acme",
        &format!(
            "manifest: 1\ntool: acme\ntitle: Acme\nconsent: opt-in\nfacts: [{facts}]\nevents:\n  command:\n    description: A \
             command\n    purpose: product-improvement\ndestinations:\n  main: {{file: out.jsonl}}\nschedule: {{interval: never}}\n"
        ),
    );
    home.run(["enable", "acme"]).expect(0);
    let trace = home.at("trace");
    let output = trace.display().to_string();
    let strace = ["-f", "-qq", "-e", "trace=network,%file", "-o", &output, PROGRAM, "track", "acme", "command"];
    home.program("strace", strace).run().expect(0);
    let text = fs::read_to_string(&trace).expect("a trace");
    let network = ["socket(", "connect(", "AF_INET", "sendto(", "/etc/resolv.conf", "/etc/hosts"];
    let read = FILES.iter().filter(|(_, path)| text.lines().any(|line| line.contains(path)));
    let asked = text.lines().filter(|line| network.iter().any(|sign| line.contains(sign)));
    (read.map(|(fact, _)| (*fact).to_owned()).collect(), asked.map(str::to_owned).collect())
}

#[test]
fn only_what_is_listed_is_read_and_nothing_is_asked_of_a_network() {
    need_strace();
    assert_eq!(traced("").0, [""; 0]);
    assert_eq!(traced("os, arch, os_release, version, runtime, ci").0, [""; 0]);
    let all: Vec<&str> = FILES.iter().map(|(fact, _)| *fact).collect();
    let (read, asked) = traced(&all.join(", "));
    assert_eq!(read, all, "each is seen where it is listed");
    assert_eq!(asked, [""; 0]);
    for (fact, _) in FILES.iter().filter(|(fact, _)| !matches!(*fact, "cloud" | "region")) {
        assert_eq!(traced(fact).0, [*fact]);
    }
}
