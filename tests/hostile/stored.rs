//! Every stored file in every broken form: no command panics, hangs or takes it for a yes.
//!
//! Promises: what cannot be read is left as it is. Absent: files cut short (`cut`), the profile flipped (`consent`).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::sandbox::acme::{NOES, STORED, bounded, fixture, json, lay, stored, text};
use crate::sandbox::home::Home;

/// What is asked of a home with one broken file; the first one changes nothing and says what holds.
const ASKED: &[&[&str]] = &[
    &["status", "acme", "--json", "--explain"],
    &["show-payload", "acme", "--json"],
    &["track", "acme", "run", "n=5", "host=x"],
    &["flush", "acme", "--budget", "2", "--now"],
    &["log", "acme", "--verify", "--json"],
];

/// Files that a yes hangs on: with any of them broken the tool is off, and they are left as they are.
const DECIDING: &[&str] = &["acme.yml", "profile.yml", "config.yml", "agreement.json"];

/// Files that are never replaced while they cannot be read.
const KEPT: &[&str] =
    &["acme.yml", "profile.yml", "config.yml", "agreement.json", "ledger.json", "salt", "deletion.json"];

/// A way of putting something in a file's place, in words.
type Deed<'a> = (&'a str, &'a dyn Fn(&Path));

/// Breaks `name` by `deed` in a home where all else is whole, and asks everything.
fn ask(home: &Home, name: &str, place: &str, what: &str, deed: impl FnOnce(&Path)) {
    lay(home);
    let path = home.at(place);
    deed(&path);
    let before = bytes(&path);
    for arguments in ASKED.iter().filter(|words| words.first() != Some(&"log") || name == "receipts.jsonl") {
        let ran = bounded(home, arguments, &[]);
        let off = ran.status != 0 || arguments.first() != Some(&"status") || text(&json(&ran), "/state") == "off";
        assert!(off || !DECIDING.contains(&name), "{name}: {what}: it is on\n{}", ran.stdout);
        assert!(ran.status < 6, "{name}: {what}: {arguments:?}: exit {}", ran.status);
    }
    if KEPT.contains(&name) {
        assert_eq!(bytes(&path), before, "{name}: {what}: it was changed");
    }
}

/// What a regular file holds; a pipe is not waited for.
fn bytes(path: &Path) -> Option<Vec<u8>> {
    fs::metadata(path).is_ok_and(|meta| meta.is_file()).then(|| fs::read(path).expect("bytes"))
}

fn write(bytes: impl AsRef<[u8]>) -> impl FnOnce(&Path) {
    move |path| fs::write(path, bytes).expect("a file")
}

#[test]
fn texts_that_are_none_of_ours() {
    let home = stored();
    let bomb = (0..9).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        format!("{text}a{}: &a{} [{}]\n", n + 1, n + 1, vec![format!("*a{n}"); 9].join(", "))
    });
    let texts: [(&str, Vec<u8>); 8] = [
        ("empty", Vec::new()),
        ("binary", (0..=255).cycle().take(3000).collect()),
        ("huge", vec![b'x'; 1 << 20]),
        ("zeros", vec![0; 600]),
        ("nested", "[".repeat(40_000).into_bytes()),
        ("nested mappings", "{\"a\":".repeat(10_000).into_bytes()),
        ("aliases", bomb.into_bytes()),
        ("another type", b"[1, \"two\", null]\n".to_vec()),
    ];
    for (name, place) in STORED {
        for (what, bytes) in &texts {
            ask(&home, name, place, what, write(bytes));
        }
    }
}

#[test]
fn our_own_texts_bent() {
    let home = stored();
    let newer = |text: &str| {
        text.replace("\"version\":1", "\"version\":9")
            .replace("\"version\": 1", "\"version\": 9")
            .replace("manifest: 1", "manifest: 9")
    };
    for (name, place) in STORED {
        let whole = fixture(&home, name);
        let twice = match whole.strip_prefix('{') {
            // The first key again, with the value that it has.
            Some(rest) => format!("{{{},{rest}", rest.split(',').next().unwrap_or_default()),
            None => format!("{whole}\n{whole}"),
        };
        ask(&home, name, place, "twice", write(twice));
        if newer(&whole) != whole {
            ask(&home, name, place, "newer", write(newer(&whole)));
        }
        // The profile's own true becomes text, a number's place is taken by text, and so on.
        let bent =
            whole.replace("true", "'true'").replace(": 1", ": [1]").replace(":1", ":\"1\"").replace("xyz123", "");
        if bent != whole {
            ask(&home, name, place, "wrong types", write(bent));
        }
    }
}

#[test]
fn folders_links_and_pipes_in_a_files_place() {
    let home = stored();
    let gone = |path: &Path| fs::remove_file(path).expect("gone");
    for (name, place) in STORED {
        ask(&home, name, place, "a folder", |path| {
            gone(path);
            fs::create_dir(path).expect("a folder");
        });
        ask(&home, name, place, "a link to nothing", |path| {
            gone(path);
            symlink("nothing", path).expect("a link");
        });
        ask(&home, name, place, "a link to itself", |path| {
            gone(path);
            symlink(path, path).expect("a link");
        });
        ask(&home, name, place, "a pipe", |path| {
            gone(path);
            assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
        });
        ask(&home, name, place, "a device", |path| {
            gone(path);
            symlink("/dev/zero", path).expect("a link");
        });
    }
}

#[test]
fn anything_in_the_place_of_a_no_is_the_no() {
    let home = stored();
    for (name, place) in NOES {
        let whole = fixture(&home, name);
        let deeds: [Deed<'_>; 6] = [
            ("whole", &|path| fs::write(path, &whole).expect("a file")),
            ("empty", &|path| fs::write(path, "").expect("a file")),
            ("huge", &|path| fs::write(path, vec![0; 1 << 20]).expect("a file")),
            ("a folder", &|path| fs::create_dir(path).expect("a folder")),
            ("a link to nothing", &|path| symlink("nothing", path).expect("a link")),
            ("a pipe", &|path| assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success())),
        ];
        for (what, deed) in deeds {
            lay(&home);
            home.folder(".telemetry");
            deed(&home.at(place));
            let status = json(&bounded(&home, ASKED.first().expect("status"), &[]));
            assert_eq!(status["state"], "off", "{name}: {what}");
        }
    }
}

#[test]
fn something_else_in_a_folders_place_is_a_no_or_an_error_and_never_a_yes() {
    let home = stored();
    for folder in [".acme", ".acme/telemetry"] {
        for (what, leads) in [("a file", None), ("a link to nothing", Some("nothing")), ("a pipe", None)] {
            lay(&home);
            let path = home.at(folder);
            fs::remove_dir_all(&path).expect("gone");
            match (what, leads) {
                (_, Some(leads)) => symlink(leads, &path).expect("a link"),
                ("a pipe", _) => assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success()),
                _ => fs::write(&path, "x").expect("a file"),
            }
            for arguments in ASKED {
                let ran = bounded(&home, arguments, &[("ACME_TELEMETRY", "1")]);
                let off = ran.status != 0 || arguments.first() != Some(&"status") || json(&ran)["state"] == "off";
                assert!(off, "{folder}: {what}: it is on\n{}", ran.stdout);
            }
            let disabled = bounded(&home, &["disable", "acme"], &[]);
            assert_eq!(disabled.status, 1, "{folder}: {what}: a no that did not land is loud: {}", disabled.stderr);
        }
    }
}

#[test]
fn nothing_is_kept_behind_a_link() {
    for folder in [".acme/telemetry", ".acme/telemetry/queue"] {
        let home = stored();
        let elsewhere = home.folder("elsewhere");
        let path = home.at(folder);
        for entry in fs::read_dir(&path).expect("a folder") {
            let from = entry.expect("an entry").path();
            fs::rename(&from, elsewhere.join(from.file_name().expect("a name"))).expect("moved");
        }
        fs::remove_dir_all(&path).expect("gone");
        symlink(&elsewhere, &path).expect("a link");
        let before = home.list();
        let ran = bounded(&home, &["track", "acme", "run", "n=5"], &[]);
        assert!(ran.status == 1 || home.list() == before, "{folder}: stored behind a link: {:?}", home.list());
        let active = elsewhere.join(if folder.ends_with("queue") { "active.jsonl" } else { "queue/active.jsonl" });
        assert_eq!(fs::read_to_string(active).expect("there"), fixture(&home, "active.jsonl"), "{folder}");
    }
}
