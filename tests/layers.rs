//! The order of the house, read off its sources: who may use whom, who owns what, which words are not used.
//!
//! Promises: a breach is named with its file, its line and the rule; an exception that is no longer needed is one, too.
//! Absent: what the compiler and clippy hold already.

use std::collections::{BTreeMap, BTreeSet};

use crate::sandbox::source::{Source, below, find, line, listed, paths, target, word, words};

/// The rooms, each of which may use itself and those before it.
const ROOMS: [&str; 11] = [
    "host",
    "settings",
    "identity",
    "manifest",
    "consent",
    "payload",
    "queue",
    "destination",
    "receiver",
    "actions",
    "cli",
];

/// A breach: where, and what stands there.
#[derive(Clone)]
struct Breach {
    path: String,
    line: usize,
    what: String,
}

/// An exception: the file, what stands there, and why that is so.
type Exception = (&'static str, &'static str, &'static str);

fn breach(source: &Source, line: usize, what: impl Into<String>) -> Breach {
    Breach { path: source.path.clone(), line, what: what.into() }
}

/// What `breaches` says beyond the exceptions, and exceptions that nothing needs.
fn beyond(rule: &str, breaches: &[Breach], exceptions: &[Exception]) -> Vec<String> {
    let listed =
        |breach: &Breach| exceptions.iter().any(|(path, what, _)| breach.path == *path && breach.what == *what);
    let needed = |path: &str, what: &str| breaches.iter().any(|breach| breach.path == path && breach.what == what);
    let new = breaches.iter().filter(|breach| !listed(breach));
    let stale = exceptions.iter().filter(|(path, what, _)| !needed(path, what));
    new.map(|breach| format!("{}:{}: `{}`: {rule}", breach.path, breach.line, breach.what))
        .chain(
            stale
                .map(|(path, what, _)| format!("{path}: `{what}` is no longer there: strike the exception to: {rule}")),
        )
        .collect()
}

#[track_caller]
fn hold(rule: &str, breaches: &[Breach], exceptions: &[Exception]) {
    let beyond = beyond(rule, breaches, exceptions);
    assert!(beyond.is_empty(), "\n{}\n", beyond.join("\n"));
}

fn rank(room: Option<&&str>) -> Option<usize> {
    ROOMS.iter().position(|name| Some(name) == room)
}

#[test]
fn a_room_uses_only_rooms_before_it() {
    let mut breaches = Vec::new();
    for source in below("src").iter().filter(|source| !source.module().is_empty()) {
        let module = source.module();
        let Some(own) = rank(module.first()) else {
            breaches.push(breach(source, 1, "not in a room"));
            continue;
        };
        for (line, path) in paths(&source.code, "crate") {
            if rank(path.get(1).map(String::as_str).as_ref()).is_none_or(|other| other > own) {
                breaches.push(breach(source, line, path.join("::")));
            }
        }
    }
    hold("a room uses only itself and the rooms before it", &breaches, &[]);
}

#[test]
fn a_child_never_uses_its_own_mod() {
    let sources = below("src");
    let modules: BTreeSet<_> = sources.iter().map(Source::module).collect();
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|source| !source.module().is_empty()) {
        let module = source.module();
        for (line, path) in paths(&source.shipped, "crate") {
            let used = target(&path, &modules);
            if used.len() < module.len() && module.starts_with(&used) {
                breaches.push(breach(source, line, path.join("::")));
            }
        }
        breaches.extend(
            paths(&source.shipped, "super").into_iter().map(|(line, path)| breach(source, line, path.join("::"))),
        );
    }
    hold("a child never uses its own mod.rs, and says `crate::…` in full", &breaches, &[]);
}

/// Uses that close a circle and have to be undone.
const CIRCLES: &[Exception] = &[
    (
        "src/cli/commands/completions.rs",
        "cli::generate",
        "it prints what the table makes, and stands in the table itself",
    ),
    ("src/cli/commands/man.rs", "cli::generate", "as above"),
];

#[test]
fn the_modules_of_a_room_make_no_circle() {
    let sources = below("src");
    let modules: BTreeSet<_> = sources.iter().map(Source::module).collect();
    let mut uses: BTreeMap<String, BTreeMap<String, Breach>> = BTreeMap::new();
    for source in &sources {
        let module = source.module();
        for (line, path) in paths(&source.shipped, "crate") {
            let used = target(&path, &modules);
            if used != module && used.first() == module.first() && !used.is_empty() {
                let used = used.join("::");
                let all = uses.entry(module.join("::")).or_default();
                all.entry(used.clone()).or_insert_with(|| breach(source, line, used));
            }
        }
    }
    let listed = |used: &Breach| CIRCLES.iter().any(|(path, what, _)| used.path == *path && used.what == *what);
    let reaches = |from: &str, to: &str, around: bool| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(module) = next.pop() {
            if module == to {
                return true;
            }
            if seen.insert(module.clone()) {
                let all = uses.get(&module).into_iter().flatten();
                next.extend(all.filter(|(_, used)| !around || !listed(used)).map(|(used, _)| used.clone()));
            }
        }
        false
    };
    let mut breaches = Vec::new();
    for (module, all) in &uses {
        for (used, place) in all {
            // A listed use counts as taken away for all others, and is itself needed for as long as it closes a circle.
            if reaches(used, module, !listed(place)) {
                breaches.push(place.clone());
            }
        }
    }
    hold("the modules of a room make no circle", &breaches, CIRCLES);
}

/// What one place owns: paths such as `std::env`, or texts such as `println!`; lists have spaces between.
struct Owned {
    rule: &'static str,
    things: &'static str,
    /// Exactly these are nobody's own.
    free: &'static str,
    /// Beginnings of paths.
    owners: &'static str,
    exceptions: &'static [Exception],
}

const OWNED: &[Owned] = &[
    Owned {
        rule: "the environment is read in host only",
        things: "std::env dirs",
        free: "",
        owners: "src/host/",
        exceptions: &[("src/main.rs", "std::env::args_os", "the arguments come in where the exit code goes out")],
    },
    Owned {
        rule: "the disk is reached through host only",
        things: "std::fs fs File OpenOptions DirBuilder tempfile rustix .exists() .try_exists() .is_dir() \
            .is_file() .is_symlink() .canonicalize() .read_dir() .symlink_metadata() .read_link()",
        // An open file that host gave may be held.
        free: "std::fs::File",
        owners: "src/host/",
        exceptions: &[(
            "src/cli/ui.rs",
            "rustix::termios::tcgetwinsize",
            "the terminal's width is asked for where it is printed to",
        )],
    },
    Owned {
        rule: "the clock is host's",
        things: "SystemTime std::time::SystemTime std::time::UNIX_EPOCH UNIX_EPOCH now_utc() now_local()",
        free: "",
        owners: "src/host/",
        exceptions: &[],
    },
    Owned {
        rule: "randomness is host's",
        things: "uuid Uuid getrandom rand fastrand",
        free: "",
        owners: "src/host/",
        exceptions: &[
            ("src/identity/ids.rs", "uuid::Uuid::try_parse", "a UUID is read there, none is made"),
            ("src/identity/derived.rs", "uuid::Uuid", "a UUID of a name has nothing random"),
            ("src/identity/derived.rs", "Uuid::new_v5", "as above"),
            ("src/identity/derived.rs", "Uuid::NAMESPACE_URL", "as above"),
        ],
    },
    Owned {
        rule: "formats of files are parsed and edited in settings only",
        things: "serde_yaml yaml_serde yaml_edit toml toml_edit ini hocon hcl jsonc_parser dotenvy",
        free: "",
        owners: "src/settings/",
        exceptions: &[],
    },
    Owned {
        rule: "the network is destination/http.rs's, and loopback the receiver's",
        things: "reqwest hyper rustls tokio rustls_platform_verifier webpki_roots std::net::TcpStream \
            std::net::TcpListener std::net::UdpSocket std::net::ToSocketAddrs std::os::unix::net TcpStream \
            TcpListener UdpSocket",
        free: "",
        owners: "src/destination/http.rs src/destination/proxies.rs src/destination/retry_after.rs src/receiver/",
        exceptions: &[],
    },
    Owned {
        rule: "printing is cli/ui.rs's",
        things: "println! eprintln! print! eprint! std::io::stdout std::io::stderr io::stdout io::stderr",
        free: "",
        owners: "src/cli/ui.rs",
        exceptions: &[],
    },
    Owned {
        rule: "leaving the process is main.rs's; cli/exit.rs has the codes",
        things: "std::process::exit std::process::abort process::exit process::abort std::process::ExitCode \
            ExitCode",
        free: "",
        owners: "src/main.rs src/cli/exit.rs",
        exceptions: &[],
    },
];

/// Where `thing` stands: a path is met by every path below it.
fn met(source: &Source, thing: &str) -> Vec<Breach> {
    if thing.ends_with(['!', ')']) {
        return find(&source.shipped, thing).map(|(at, _)| breach(source, line(&source.shipped, at), thing)).collect();
    }
    let wanted: Vec<&str> = thing.split("::").collect();
    let root = wanted.first().copied().unwrap_or_default();
    let below =
        |path: &[String]| path.len() >= wanted.len() && wanted.iter().zip(path).all(|(wanted, is)| wanted == is);
    let all = paths(&source.shipped, root).into_iter().filter(|(_, path)| below(path));
    all.map(|(line, path)| breach(source, line, path.join("::"))).collect()
}

#[test]
fn what_has_an_owner_is_used_by_its_owner_only() {
    let sources = below("src");
    let mut beyond_all = Vec::new();
    for owned in OWNED {
        let others =
            sources.iter().filter(|source| !owned.owners.split(' ').any(|owner| source.path.starts_with(owner)));
        let breaches: Vec<Breach> = others
            .flat_map(|source| owned.things.split(' ').flat_map(|thing| met(source, thing)))
            .filter(|breach| !owned.free.split(' ').any(|free| free == breach.what))
            .collect();
        beyond_all.extend(beyond(owned.rule, &breaches, owned.exceptions));
    }
    assert!(beyond_all.is_empty(), "\n{}\n", beyond_all.join("\n"));
}

#[test]
fn a_permit_is_made_in_one_place() {
    let mut made = Vec::new();
    for source in below("src") {
        for (at, after) in find(&source.code, "Permit") {
            let (before, _) = source.code.split_at(at);
            let before = before.trim_end();
            let other = ["struct", "impl", "for", "->"].iter().any(|word| before.ends_with(word));
            if after.trim_start().starts_with('{') && !other {
                made.push(breach(&source, line(&source.code, at), "Permit {"));
            }
        }
    }
    let here = [("src/consent/decide.rs", "Permit {", "Decision::permit is the one maker")];
    hold("a Permit is made in consent/decide.rs only", &made, &here);
    assert_eq!(made.len(), 1, "a Permit is made once");
}

/// Words that are not used, as they say nothing or something else.
const NOT_USED: [&str; 11] =
    ["sink", "spool", "ping", "envelope", "report", "manager", "handler", "helper", "util", "common", "misc"];

/// Uses of these words that stay.
const WORDS: &[Exception] = &[
    ("src/payload/sentry/envelope.rs", "envelope", "Sentry's own word for its bodies"),
    ("src/payload/sentry.rs", "envelope", "as above"),
];

#[test]
fn no_module_and_no_type_bears_an_empty_word() {
    let mut breaches = Vec::new();
    for source in below("src").iter().chain(&below("tests")).chain(&below("benches")) {
        let file = source.path.trim_end_matches(".rs").split('/').map(|part| (1, part));
        let named = ["mod", "struct", "enum", "union", "trait", "type"].into_iter().flat_map(|kind| {
            find(&source.code, kind).map(|(at, after)| (line(&source.code, at), word(after.trim_start()).0))
        });
        for (line, name) in file.chain(named) {
            let empty = |word: &String| NOT_USED.iter().any(|no| word == no || word.strip_suffix('s') == Some(no));
            if words(name).iter().any(empty) {
                breaches.push(breach(source, line, name));
            }
        }
    }
    hold("this word is not used in the house", &breaches, WORDS);
}

#[test]
fn every_test_is_listed() {
    let sources = below("tests");
    let main = sources.iter().find(|source| source.path == "tests/main.rs").expect("tests/main.rs");
    let listed = listed(&main.code);
    let stem = |source: &Source| {
        source.path.trim_start_matches("tests/").trim_end_matches(".rs").trim_end_matches("/mod").to_owned()
    };
    // What needs somebody else's program is a binary of its own, run by .ci/interop.
    let own = |source: &&Source| !source.path.starts_with("tests/interop/");
    let missing =
        sources.iter().filter(own).filter(|source| source.path != main.path && !listed.contains(&stem(source)));
    let breaches: Vec<Breach> = missing.map(|source| breach(source, 1, stem(source))).collect();
    hold("tests/main.rs lists every test", &breaches, &[]);
}

#[test]
fn files_say_what_they_are_for_and_stay_short() {
    let mut troubles = Vec::new();
    for source in below("src").iter().chain(&below("tests")).chain(&below("benches")) {
        let (path, lines) = (&source.path, source.text.lines().count());
        if !source.text.starts_with("//!") {
            troubles.push(format!("{path}:1: a file opens with `//!`"));
        }
        if lines > 400 {
            troubles.push(format!("{path}:{lines}: a file has 400 lines at most"));
        }
        for unwanted in ["thread::sleep", "#[ignore", "todo!", "dbg!", "unimplemented!"] {
            let all = find(&source.code, unwanted).map(|(at, _)| line(&source.code, at));
            troubles.extend(all.map(|line| format!("{path}:{line}: `{unwanted}` is not used")));
        }
        let sleeps = paths(&source.code, "std").into_iter().filter(|(_, path)| path.join("::") == "std::thread::sleep");
        troubles.extend(sleeps.map(|(line, _)| format!("{path}:{line}: nothing sleeps")));
    }
    assert!(troubles.is_empty(), "\n{}\n", troubles.join("\n"));
}
