//! What dotenvy leaves in an empty environment: a JSON list of texts, each a list of bytes, comes in; for each text and each of the crate's
//! two ways how it ended and what is set goes out. Each reading is a process of its own.
//!
//! Absent: an opinion of what a text says.

use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    match given.as_slice() {
        [way, file] => println!("{}", reading(way, file)),
        _ => println!("{}", all()),
    }
}

fn reading(way: &str, file: &str) -> Value {
    let done = std::panic::catch_unwind(|| match way {
        "dotenvy" => dotenvy::from_path(file),
        _ => dotenvy::from_path_override(file),
    });
    let end = match done {
        Ok(Ok(())) => "whole",
        Ok(Err(_)) => "stopped",
        Err(_) => "crash",
    };
    let values: Map<String, Value> = std::env::vars().map(|(name, value)| (name, value.into())).collect();
    json!({"end": end, "values": values})
}

fn all() -> Value {
    let texts: Vec<Vec<u8>> = serde_json::from_reader(std::io::stdin()).expect("texts");
    let me = std::env::current_exe().expect("a program");
    let file = std::env::temp_dir().join(format!("dotenv-{}", std::process::id()));
    let one = |text: &Vec<u8>| {
        std::fs::write(&file, text).expect("a file");
        let run = |way: &str| -> Value {
            let output =
                Command::new(&me).arg(way).arg(&file).env_clear().stderr(Stdio::null()).output().expect("it runs");
            serde_json::from_slice(&output.stdout).expect("JSON")
        };
        json!({"dotenvy": run("dotenvy"), "dotenvy-override": run("dotenvy-override")})
    };
    let readings = texts.iter().map(one).collect();
    std::fs::remove_file(&file).expect("a file");
    readings
}
