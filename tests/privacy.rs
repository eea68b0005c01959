//! What goes over the network: nothing that was not shown, nothing of the person or the machine.
//!
//! That nothing at all goes while it is off is seen from outside, in `tests/interop`. Absent: what a server learns from the
//! connection itself.

use std::process::Command;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::sandbox::acme::{bounded, json, record, sending};
use crate::sandbox::server::{Answer, Server};

#[test]
fn what_is_shown_is_what_is_received_is_what_is_kept() {
    for batch in ["array", "lines", "single"] {
        let server = Server::start([Answer::status(200)]);
        let extra = "headers: {x-acme: 'a b'}, method: PUT";
        let home = sending(&[&format!("main: {{url: '{}', batch: {batch}, {extra}}}", server.url("/v1?a=b"))]);
        record(&home, 3);
        let payload = json(&bounded(&home, &["show-payload", "acme", "--json"], &[]).expect(0))["payloads"][0].clone();
        let raw = bounded(&home, &["show-payload", "acme", "--raw"], &[]).expect(0).stdout;
        let shown = bounded(&home, &["show-payload", "acme"], &[]).expect(0).stdout;
        assert_eq!(payload["which"], "sealed", "{batch}");
        // More comes; what was shown stays what it was.
        record(&home, 2);
        bounded(&home, &["flush", "acme"], &[]).expect(0);
        let requests = server.wait_for(1, Duration::from_secs(9));
        let first = requests.first().expect("a request");
        let digest = format!("sha256:{}", hex(&Sha256::digest(&first.body)));
        assert_eq!(payload["digest"], digest.as_str(), "{batch}: shown and received");
        assert_eq!(raw.as_bytes(), first.body, "{batch}");
        assert_eq!(payload["body"].as_str().map(str::as_bytes), Some(first.body.as_slice()), "{batch}");
        let log = json(&bounded(&home, &["log", "acme", "--json", "--verify", "--bodies"], &[]).expect(0));
        let receipt = log["receipts"][0].clone();
        assert_eq!((&receipt["digest"], receipt["check"].as_str()), (&payload["digest"], Some("verified")), "{batch}");
        assert_eq!(receipt["body"], payload["body"], "{batch}: received and kept");

        let wanted: Vec<(String, String)> = serde_json::from_value(payload["headers"].clone()).expect("headers");
        let framing = ["host", "content-length"];
        let received = first.headers.iter().filter(|(name, _)| !framing.contains(&name.to_ascii_lowercase().as_str()));
        let received: Vec<(String, String)> =
            received.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        assert_eq!(received, wanted, "{batch}: no header that was not shown");
        let head = first.head.replace("\r\n", "\n");
        assert!(shown.contains(head.trim_end()), "{batch}: the whole head is shown:\n{head}\n{shown}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn nothing_of_the_person_or_the_machine_is_in_any_body() {
    let server = Server::start([Answer::status(200)]);
    let home = sending(&[&format!("main: {{url: '{}', batch: array}}", server.url("/v1"))]);
    let project = home.folder("work/zqproject-folder");
    home.write("work/zqproject-folder/.acme/config.yml", "telemetry: {id: xyz123}\nsecret: zqconfig-secret\n");
    let profile = home.read(".acme/profile.yml") + "api_token: zqprofile-token\nname: zqname\n";
    home.write(".acme/profile.yml", profile);
    let planted = [
        ("USER", "zquser"),
        ("LOGNAME", "zqlogname"),
        ("HOSTNAME", "zqhostname"),
        ("AWS_SECRET_ACCESS_KEY", "zqaws"),
        ("PWD", "/zqpwd"),
        ("LANG", "zq_ZQ.UTF-8"),
        ("HTTP_USER_AGENT", "zqagent"),
        ("GITHUB_TOKEN", "zqgithub"),
    ];
    let run = |words: &[&str]| {
        let mut run = home.command(words).directory(&project);
        for (name, value) in planted {
            run = run.env(name, value);
        }
        run.run().expect(0)
    };
    run(&["track", "acme", "run", "n=5", "host=zqhost-to-hash", "--tool-version", "1.2.3"]);
    run(&["flush", "acme"]);
    let request = server.wait_for(1, Duration::from_secs(9)).remove(0);
    let text = request.head.clone() + &String::from_utf8_lossy(&request.body);
    assert!(text.contains("xyz123") && text.contains("\"n\":5"), "{text}");
    let host = host_name();
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "zq".to_owned());
    let path = home.path().display().to_string();
    let folder = home.path().parent().and_then(|root| root.file_name()).expect("a name").to_string_lossy().into_owned();
    for secret in ["zq", &path, &folder, &host, &user, "zqproject-folder", "tmp"] {
        // A short name may be part of a word by chance; it is looked for as a value.
        let found = if secret.len() > 4 || secret == "zq" {
            text.contains(secret)
        } else {
            text.contains(&format!("\"{secret}\""))
        };
        assert!(!found, "{secret:?} is in what was sent: {text}");
    }
}

/// This machine's name.
fn host_name() -> String {
    let output = Command::new("uname").arg("-n").output().expect("uname");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[test]
fn what_nobody_agreed_to_is_not_even_recorded() {
    let server = Server::start([Answer::status(200)]);
    let home = sending(&[&format!("main: {{url: '{}'}}", server.url("/v1"))]);
    let agreed = home.read(".config/telemetry/tools/acme.yml");
    // A version of the tool that wants more, and then the one before it again.
    let field = "    fields:\n      secret: {type: integer, description: More}\n";
    let wider = agreed.replace("facts: [version", "facts: [os_release, version").replacen("    fields:\n", field, 1);
    home.manifest("acme", &wider);
    home.run(["track", "acme", "run", "n=1", "secret=424242"]).expect(0);
    let queued = home.read(".acme/telemetry/queue/active.jsonl");
    assert!(!queued.contains("424242") && !queued.contains("os_release"), "{queued}");
    home.manifest("acme", &agreed);
    home.run(["flush", "acme"]).expect(0);
    let bodies: Vec<String> =
        server.requests().iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    assert_eq!(bodies.len(), 1);
    assert!(!bodies.concat().contains("424242") && !bodies.concat().contains("os_release"), "{bodies:?}");
}

#[test]
fn what_is_no_longer_declared_is_not_sent() {
    let server = Server::start([Answer::status(200)]);
    let home = sending(&[&format!("main: {{url: '{}'}}", server.url("/v1"))]);
    home.run(["track", "acme", "run", "n=424242", "--tool-version", "7.6.5"]).expect(0);
    home.run(["show-payload", "acme"]).expect(0);
    let agreed = home.read(".config/telemetry/tools/acme.yml");
    let narrower = agreed
        .replace("      n: {type: integer, description: A number}\n", "")
        .replace("facts: [version, ", "facts: [");
    assert_ne!(narrower, agreed);
    home.manifest("acme", &narrower.replace("{n: 1, host: example}", "{host: example}"));
    home.run(["flush", "acme"]).expect(0);
    let bodies: Vec<String> =
        server.requests().iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    assert_eq!(bodies.len(), 1, "the event itself goes");
    assert!(!bodies.concat().contains("424242") && !bodies.concat().contains("\"version\""), "{bodies:?}");
}
