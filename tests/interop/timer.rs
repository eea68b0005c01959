//! The units of `init --timer` are what systemd takes: `systemd-analyze verify` reads them, with odd names of files in them.

use std::process::Command;

use crate::sandbox::home::Home;

#[test]
fn systemd_takes_the_units() {
    let home = Home::new();
    let manifest = home.write(
        "a b 50%/acme.yml",
        "manifest: 1\ntool: acme\ntitle: A\nconsent: opt-in\nevents: {e: {description: E, purpose: p}}\n\
         destinations: {d: {file: d.jsonl}}\nschedule: {interval: 15m}\n...\n",
    );
    let (manifest, folder) = (manifest.display().to_string(), home.folder("units"));
    let into = folder.display().to_string();
    let words = ["init", "acme", "--timer", "--into", &into, "--manifest", &manifest];
    home.command(words).env("TELEMETRY_HOME", home.at("it's $HOME")).run().expect(0);
    let verify = |names: &[&str]| {
        let units = names.iter().map(|name| folder.join(name));
        let output = Command::new("systemd-analyze").args(["verify", "--man=no"]).args(units).output();
        let output = output.expect("systemd-analyze is needed: apt-get install systemd");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (service, timer) = ("telemetry-acme.service", "telemetry-acme.timer");
    let (good, said) = verify(&[timer, service]);
    assert!(good && !said.contains("acme"), "{said}");
    // It does look: a line that it does not know is said.
    let text = home.read(format!("units/{timer}"));
    home.write(format!("units/{timer}"), text.replace("OnActiveSec=900s", "OnActiveSec=soon"));
    let (_, said) = verify(&[timer, service]);
    assert!(said.contains("telemetry-acme.timer"), "{said}");
}
