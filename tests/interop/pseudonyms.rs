//! Pseudonyms of a pipeline beside the digests of Java, which the pipeline runs on, and of Python.
//!
//! Promises: all six functions, over values and salts of every length around a block, in several scripts. Absent: the pipeline itself,
//! whose own specification's digests stand in `payload/enrichment`.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::python::{python, script};
use crate::sandbox::home::Home;

const FUNCTIONS: [&str; 6] = ["MD2", "MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"];
const SALTS: [&str; 5] = ["", "pepper123", " with blanks\tand a tab ", "соль🧂", "-"];

/// Values on one line: every length up to more than two blocks of the longest digest, and what people put there.
fn values() -> Vec<String> {
    let letters = (0..300).map(|length| "é0".repeat(length).chars().take(length).collect());
    let others =
        ["john@acme.com", "198.51.100.7", "2001:db8::1", "null", " ", "日本語", "\u{202e}\u{1b}[31m", "a\tb\\\"'"];
    letters.filter(|value: &String| !value.is_empty()).chain(others.map(str::to_owned)).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// What a program prints that is given these lines.
fn asked(command: &mut Command, lines: &str) -> Vec<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = child.stdin.take().expect("an input");
    let lines = lines.to_owned();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("a thread").expect("written");
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

#[test]
fn six_digests_are_those_of_java_and_of_python() {
    let home = Home::new();
    let (mut lines, mut ours) = (String::new(), Vec::new());
    for function in FUNCTIONS {
        for salt in SALTS {
            let words = ["doctor", "--pseudonym", "-", "--json", "--hash", function, "--salt-variable", "PEPPER"];
            let ran = home.command(words).env("PEPPER", salt).input(values().join("\n")).run().expect(0);
            let tree: Value = serde_json::from_str(&ran.stdout).expect("JSON");
            let made = tree["pseudonyms"].as_array().expect("a list");
            assert_eq!(made.len(), values().len());
            for (row, value) in made.iter().zip(values()) {
                assert_eq!(row["before"].as_str(), Some(value.as_str()));
                ours.push(row["after"].as_str().expect("text").to_owned());
                lines.push_str(&format!("{function} {}\n", hex(&format!("{value}{salt}"))));
            }
        }
    }
    let java = asked(Command::new("java").arg(script("Pseudonyms.java")), &lines);
    assert_eq!(ours.len(), FUNCTIONS.len() * SALTS.len() * values().len());
    assert!(java == ours, "Java's digests differ: {:?}", java.iter().zip(&ours).position(|(java, ours)| java != ours));
    let python = asked(python("senders").arg(script("pseudonyms.py")), &lines);
    let known = |(line, digest): &(&str, &String)| line.starts_with("MD2 ") == (digest.as_str() == "-");
    assert!(lines.lines().zip(&python).all(|pair| known(&pair)), "Python has all but MD2");
    let differs = |(python, ours): &(&String, &String)| python.as_str() != "-" && python != ours;
    assert_eq!(python.iter().zip(&ours).find(differs), None);
}
