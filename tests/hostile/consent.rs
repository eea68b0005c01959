//! A no that is damaged stays a no: the profile, the project's config and the policy cut at every length and changed in every byte.
//!
//! Promises: no damage to one file makes a yes of a no; what cannot be read is left byte for byte and named with its line.
//! Absent: other stored files (`stored`, `cut`).

use std::fs;

use telemetry::actions::context::{Context, Tool};
use telemetry::actions::gather::{Where, facts};
use telemetry::actions::status::{decision, status};
use telemetry::consent::answer::Question;
use telemetry::consent::decide::{Decision, decide};
use telemetry::identity::profile::{self, Profile, Tracking};
use telemetry::identity::project::{self, Word};

use crate::sandbox::acme::{bounded, fixture, json, stored};
use crate::sandbox::home::Home;

const PROFILE: &str = ".acme/profile.yml";
const MARKER: &str = ".acme/telemetry/no";

/// Every way to cut `whole` short, to lose one byte of it, and every byte of it with each of these bits changed.
fn damaged(whole: &[u8], flips: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let cut = (0..whole.len()).map(|length| whole.get(..length).expect("a part").to_vec());
    let without = (0..whole.len()).map(|at| {
        let mut bytes = whole.to_vec();
        bytes.remove(at);
        bytes
    });
    let other = (0..whole.len()).flat_map(move |at| {
        flips.iter().map(move |flip| {
            let mut bytes = whole.to_vec();
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= flip;
            }
            bytes
        })
    });
    cut.chain(without).chain(other)
}

/// Every single bit.
const BITS: [u8; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// Every other byte.
fn others() -> Vec<u8> {
    (1..=255).collect()
}

/// A home in which a yes was withdrawn by `telemetry disable`.
fn disabled() -> Home {
    let home = stored();
    bounded(&home, &["disable", "acme"], &[]).expect(0);
    home
}

fn asked(home: &Home) -> (Context, Tool) {
    (home.context(), home.tool("acme"))
}

#[test]
fn after_disable_no_damage_to_the_profile_makes_a_yes() {
    let home = disabled();
    let (context, tool) = asked(&home);
    let whole = fs::read(home.at(PROFILE)).expect("a profile");
    assert!(String::from_utf8_lossy(&whole).contains("anonymous_tracking: false"));
    // With the marker beside it, and as if a person had edited the profile and there were none.
    for marker in [true, false] {
        if !marker {
            fs::remove_file(home.at(MARKER)).expect("gone");
        }
        for bytes in damaged(&whole, &BITS) {
            fs::write(home.at(PROFILE), &bytes).expect("damaged");
            let decision = decision(&context, &tool);
            assert!(!decision.is_yes(), "marker {marker}: {:?}", String::from_utf8_lossy(&bytes));
        }
        // A whole yes in its place, as from a backup or another machine; and nothing at all.
        fs::write(home.at(PROFILE), fixture(&home, "profile.yml")).expect("replaced");
        assert!(!decision(&context, &tool).is_yes(), "marker {marker}: replaced");
        fs::remove_file(home.at(PROFILE)).expect("gone");
        assert!(!decision(&context, &tool).is_yes(), "marker {marker}: gone");
    }
    for bytes in damaged(&whole, &others()) {
        let yes = matches!(profile::parse(&bytes), Profile::Present(contents) if contents.tracking == Tracking::True);
        assert!(!yes, "{:?}", String::from_utf8_lossy(&bytes));
    }
}

/// The same by the program, which answers by its exit code; and what was damaged is not mended into a yes by any of these.
#[test]
fn after_disable_the_program_says_off_to_every_cut_of_the_profile() {
    let home = stored();
    let asked = || bounded(&home, &["status", "acme", "--exit-code", "--json"], &[]).status;
    assert_eq!(asked(), 0, "it was on");
    bounded(&home, &["disable", "acme"], &[]).expect(0);
    let whole = fs::read(home.at(PROFILE)).expect("a profile");
    for bytes in damaged(&whole, &[]) {
        fs::write(home.at(PROFILE), &bytes).expect("damaged");
        assert_eq!(asked(), 3, "{:?}", String::from_utf8_lossy(&bytes));
    }
    for words in [&["track", "acme", "run"][..], &["flush", "acme"], &["show-payload", "acme"], &["disable", "acme"]] {
        bounded(&home, words, &[]).expect(0);
        assert_eq!(asked(), 3, "{words:?}");
    }
}

#[test]
fn no_damage_to_the_marker_or_the_no_for_all_makes_a_yes() {
    let home = stored();
    let (context, tool) = asked(&home);
    for name in [MARKER, ".telemetry/no"] {
        home.write(name, "no\n");
        for length in 0..3 {
            fs::write(home.at(name), "no".get(..length).unwrap_or("\0")).expect("damaged");
            assert!(!decision(&context, &tool).is_yes(), "{name}");
        }
        fs::remove_file(home.at(name)).expect("gone");
    }
    assert!(decision(&context, &tool).is_yes(), "and nothing else said no");
}

#[test]
fn an_unreadable_profile_is_named_with_its_line_and_left_as_it_is() {
    for (text, line) in [
        ("user_id: abc\nanonymous_tracking: true\nanonymous_tracking: false\n", Some(3)),
        ("user_id: abc\nanonymous_tracking: [\n", Some(3)),
        ("user_id: a b\nanonymous_tracking: true\n", Some(1)),
        ("user_id: abc\ncollection: everything\nanonymous_tracking: true\n", Some(2)),
        ("user_id: abc\nanonymous_tracking: \u{0}true\n", Some(2)),
        ("", None),
    ] {
        let home = stored();
        let path = home.write(PROFILE, text);
        let place = path.display().to_string() + &line.map(|line| format!(":{line}")).unwrap_or_default();
        let check = |after: &str| {
            let shown = json(&bounded(&home, &["status", "acme", "--explain", "--json"], &[]).expect(0));
            let sources = shown["sources"].as_array().expect("sources").clone();
            let profile = sources.iter().find(|source| source["source"] == "profile").expect("the profile").clone();
            assert_eq!(
                (profile["says"].as_str(), profile["reason"].as_str(), profile["place"].as_str()),
                (Some("no"), Some("profile.unreadable"), Some(place.as_str())),
                "{after}: {text:?}"
            );
            assert_eq!(fs::read_to_string(&path).expect("there"), text, "{after}");
        };
        check("found");
        for (arguments, status) in [
            (&["disable", "acme"][..], 0),
            (&["enable", "acme"], 1),
            (&["track", "acme", "run"], 0),
            (&["id", "acme", "renew"], 1),
            (&["id", "acme", "--provide", "ada@example.org", "--yes"], 1),
            (&["flush", "acme"], 0),
        ] {
            let ran = bounded(&home, arguments, &[]);
            assert_eq!(ran.status, status, "{arguments:?}: {text:?}: {}", ran.stderr);
            check(&arguments.join(" "));
        }
    }
}

#[test]
fn no_damage_to_a_projects_config_gives_an_id_of_another_form() {
    let home = stored();
    let config = "# ours\ntelemetry:\n  id: 'xyz_12-3'\nsources: []\n";
    let form = |id: &str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    let mut ids = 0;
    for bytes in damaged(config.as_bytes(), &others()) {
        if let Word::Id(id) = project::parse(&bytes) {
            assert!(form(id.as_str()), "{id}");
            ids += 1;
        }
    }
    assert!(ids > 100, "{ids} of them still are ids");
    // And what the program says of it is what it reads.
    home.write("work/.acme/config.yml", "telemetry:\n  id: 'xyz/../12'\n");
    let status = status(&home.context(), &home.tool("acme")).expect("readable");
    assert!(!status.decision.is_yes() && status.ids.project.is_some_and(|(_, id)| id.is_none()));
}

/// What a policy leaves of each purpose and destination of `acme`.
fn allowed(context: &Context, tool: &Tool) -> Vec<bool> {
    let facts = facts(context, &tool.manifest, &tool.places, &Where::Nowhere);
    let ask = |event, destination| -> Decision {
        decide(&facts, Question { manifest: &tool.manifest, event, destination, recorded: None })
    };
    let mut all = vec![ask(None, None)];
    all.extend(tool.manifest.events.iter().map(|event| ask(Some(event), None)));
    all.extend(tool.manifest.destinations.iter().map(|destination| ask(None, Some(destination))));
    all.iter().map(Decision::is_yes).collect()
}

#[test]
fn a_policy_that_was_cut_short_only_forbids_more() {
    let home = stored();
    let (context, tool) = asked(&home);
    assert_eq!(allowed(&context, &tool), [true; 5], "without a policy");
    let wild = "allow:\n  tools: ['acme', '*']\n  purposes: ['*']\n  destinations:\n    - file\n...\n";
    let other = "allow:\n  tools: [acme-other]\n  purposes: [product-improvement]\n  destinations: [file]\n...\n";
    for (text, whole_says) in
        [(fixture(&home, "policy.yml").as_str(), true), (wild, true), (other, false), ("...\n", false)]
    {
        fs::write(home.policy(), text).expect("a policy");
        let whole = allowed(&context, &tool);
        assert_eq!(whole, [whole_says; 5], "{text}");
        for length in 0..text.len() {
            fs::write(home.policy(), text.get(..length).expect("letters")).expect("cut");
            for (cut, whole) in allowed(&context, &tool).into_iter().zip(&whole) {
                assert!(!cut || *whole, "cut to {length} it allows more: {text}");
            }
        }
    }
}

#[test]
fn a_policy_that_cannot_be_read_allows_nothing() {
    let home = stored();
    let (context, tool) = asked(&home);
    let huge = format!("# {}\n{}", "x".repeat(1 << 20), fixture(&home, "policy.yml"));
    let nested = format!("allow: {}\n...\n", "[".repeat(20_000));
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nallow: {tools: *b, purposes: *b, destinations: *b}\n...\n";
    let two = "allow: {tools: [acme], purposes: ['*'], destinations: [file]}\n...\n---\nallow: {}\n...\n";
    let twice = fixture(&home, "policy.yml").replace("  tools:", "  tools: []\n  tools:");
    for text in ["", "\0\0\0\0", "allow: true\n...\n", "allow:\n...\n", &huge, &nested, bomb, two, &twice] {
        fs::write(home.policy(), text).expect("a policy");
        assert_eq!(allowed(&context, &tool), [false; 5], "{text:.60}");
    }
    fs::remove_file(home.policy()).expect("gone");
    fs::create_dir(home.policy()).expect("a folder");
    assert_eq!(allowed(&context, &tool), [false; 5], "a folder");
}
