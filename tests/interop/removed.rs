//! What other people's programs do when an id is changed or taken away: the ground on which `telemetry forget` stands.
//!
//! Promises: seen with the real programs, each beside a run that said something. Absent: what we do about it (`loops`).

use serde_json::Value;

use crate::loops::Loop;
use crate::real::{Real, told};

const PROJECT: &str = "01a1fbd1-aed9-7949-ace8-c3ba37c08849";

/// The `analytics.json` of Meltano.
fn analytics(all: &Loop) -> Value {
    serde_json::from_str(&all.home.read("work/.meltano/analytics.json")).expect("JSON")
}

#[test]
fn meltano_ties_a_new_project_id_to_the_old_one_unless_both_files_change() {
    for real in Real::all("meltano") {
        let all = Loop::start(real);
        let said = all.heard();
        let text = all.home.read("work/meltano.yml");
        let known = analytics(&all);
        assert_eq!(known["project_id"], PROJECT);

        // Replaced in one file: the event has both.
        all.home.write("work/meltano.yml", text.replace(PROJECT, "my-project"));
        let said_both = all.said();
        let change = said_both.requests.iter().flat_map(told).find(|event| event.to_string().contains("state_change"));
        let change = change.expect("a state change").to_string();
        assert!(change.contains(PROJECT) && change.contains("17d4c8d8-943f-2418-0c76-cb17c5ed4610"), "{change}");

        // Removed from one file: the old one comes back.
        all.home.write("work/meltano.yml", &text);
        all.said();
        all.home.write("work/meltano.yml", text.replace(&format!("project_id: {PROJECT}"), "# none:"));
        all.said();
        assert!(all.home.read("work/meltano.yml").contains(PROJECT), "{}", real.version);

        // Removed from both, and off: new ones are made and never said.
        let off = text.replace(&format!("project_id: {PROJECT}"), "send_anonymous_usage_stats: false");
        all.home.write("work/meltano.yml", off);
        std::fs::remove_file(all.home.at("work/.meltano/analytics.json")).expect("removed");
        all.silent();
        let fresh = analytics(&all);
        for id in ["client_id", "project_id"] {
            assert!(fresh[id].as_str().is_some_and(|id| id.len() == 36), "{fresh}");
            assert_ne!(fresh[id], known[id], "{}", said.events.len());
        }
    }
}

#[test]
fn piperider_without_a_user_id_makes_everything_anew_and_keeps_a_rotated_one() {
    for real in Real::all("piperider") {
        let all = Loop::start(real);
        let profile = ".piperider/profile.yml";
        all.heard();
        all.home.write(profile, "# mine\nanonymous_tracking: false\napi_token: secret\n");
        let said = all.said_at_last().events;
        assert!(!said.is_empty() && said.iter().all(|event| event == "usage version"), "a no is lost: {said:?}");
        let anew = all.home.read(profile);
        assert!(anew.contains("anonymous_tracking: true") && !anew.contains("secret"), "{anew}");
        let rotated =
            "# mine\nuser_id: '46805058800041409008000308618363'\nanonymous_tracking: false\napi_token: secret\n";
        all.home.write(profile, rotated);
        all.silent();
        assert_eq!(all.home.read(profile), rotated);
    }
}

#[test]
fn piperider_waits_for_its_queue_and_gives_up() {
    for real in Real::all("piperider") {
        let all = Loop::start(real);
        all.heard();
        let queue = if real.version == "0.26.0" { "work/.piperider" } else { ".piperider" };
        let queue = all.home.at(queue).join(".unsend_events.json");
        let mut holder = std::process::Command::new("flock");
        let holder = holder.arg(&queue).args(["sh", "-c", "echo held; cat"]);
        let holder = holder.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut holder = holder.spawn().expect("flock");
        let mut held = String::new();
        let output = holder.stdout.take().expect("a pipe");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut held).expect("held");
        let refused = all.said_by(&["version"]);
        drop(holder.stdin.take());
        holder.wait().expect("its end");
        assert!(refused.ran.status != 0 && refused.ran.stderr.contains("AlreadyLocked"), "{refused:?}");
        all.heard();
    }
}
