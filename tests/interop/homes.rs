//! A no on a disk that is really full, in a home that is really read-only, under a policy that is really cut, and as another user.
//!
//! Promises: a no that lands holds, one that does not is loud. Each home is mounted in a name space of its own, which takes root.
//! Absent: a disk that is full for one process (`faults`).

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::PROGRAM;
use crate::sandbox::home::{Home, Ran};
use crate::sandbox::server::{Answer, Server};

/// The user that owns nothing.
const NOBODY: u32 = 65534;

fn on(server: &Server) -> Home {
    let home = Home::new();
    home.manifest("acme", &crate::manifest(server).replace("  away: {url: 'https://telemetry.acme.example/v1'}\n", ""));
    home.run(["enable", "acme"]).expect(0);
    home.run(["track", "acme", "command", "name=build"]).expect(0);
    home
}

const ASK: &[&str] = &["status", "acme", "--json"];

/// Runs `setup` in a mount name space of its own, then the program so many times; what each said.
fn mounted(home: &Home, setup: &str, runs: &[&[&str]]) -> Vec<Ran> {
    let out = home.path().parent().expect("the temporary folder").join("out");
    fs::create_dir_all(&out).expect("a folder");
    let mut script = format!("set -e\nmount --make-rprivate /\n{setup}\ncd /\nset +e\n");
    for (number, words) in runs.iter().enumerate() {
        let place = out.join(number.to_string()).display().to_string();
        script += &format!(
            "'{PROGRAM}' {} >'{place}.out' 2>'{place}.err' </dev/null; echo $? >'{place}.status'\n",
            words.join(" ")
        );
    }
    script += "exit 0\n";
    home.program("unshare", ["-m", "sh", "-c", &script]).directory("/").run().expect(0);
    let read = |number: usize, what: &str| fs::read_to_string(out.join(format!("{number}.{what}"))).expect("an output");
    let ran = |number| Ran {
        status: read(number, "status").trim().parse().expect("an exit code"),
        stdout: read(number, "out"),
        stderr: read(number, "err"),
    };
    (0..runs.len()).map(ran).collect()
}

#[track_caller]
fn state(ran: &Ran) -> (&'static str, String) {
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let state = if shown["state"] == "on" { "on" } else { "off" };
    (state, shown["reason"].as_str().unwrap_or_default().to_owned())
}

/// The home on a small disk of its own, which `fill` fills to the brim.
fn small(options: &str, fill: &str) -> String {
    format!(
        "copy=\"$HOME.copy\"; cp -a \"$HOME\" \"$copy\"; mount -t tmpfs -o {options},mode=700 tmpfs \"$HOME\"\n\
         cp -a \"$copy/.\" \"$HOME\"; mkdir -p \"$HOME/fill\"\n{fill}"
    )
}

/// Takes every block, and sees that there is none left.
const BLOCKS: &str = "cat /dev/zero >\"$HOME/fill/0\" 2>/dev/null || true\n\
    if echo more >\"$HOME/fill/1\" 2>/dev/null; then exit 9; fi; rm -f \"$HOME/fill/1\"";
/// Takes every file that the disk can name, and sees that there is none left.
const NAMES: &str = "n=0; while true >\"$HOME/fill/$n\"; do n=$((n+1)); done 2>/dev/null\n\
    if mkdir \"$HOME/fill/more\" 2>/dev/null; then exit 9; fi";

#[test]
fn a_no_fits_on_a_full_disk_and_what_does_not_fit_is_loud() {
    let server = Server::start([Answer::status(200)]);
    for (what, setup) in [("blocks", small("size=512k", BLOCKS)), ("names", small("size=2m,nr_inodes=200", NAMES))] {
        let home = on(&server);
        let track = &["track", "acme", "command", "name=build"][..];
        let runs =
            [ASK, track, &["disable", "acme"], ASK, track, &["flush", "acme", "--now"], &["enable", "acme"], ASK];
        let ran = mounted(&home, &setup, &runs);
        assert_eq!(state(&ran[0]).0, "on", "{what}: the baseline");
        if what == "blocks" {
            // The page of a segment may have room left; what is stored is acknowledged, what is not is said.
            assert!(ran[1].status == 0 || ran[1].stderr.contains("not stored"), "{what}: {:?}", ran[1]);
        }
        assert_eq!(ran[2].status, 1, "{what}: the profile did not change, and that is said: {:?}", ran[2]);
        assert!(ran[2].stderr.contains("the no is kept by"), "{what}: {}", ran[2].stderr);
        assert_eq!(state(&ran[3]), ("off", "marker.no".to_owned()), "{what}");
        let shown: serde_json::Value = serde_json::from_str(&ran[3].stdout).expect("JSON");
        // Where not even a lock can be made, what waits is left to the flush that finds the marker.
        let gone = shown["queue"]["waiting"] == 0;
        assert!(gone || what == "names", "{what}: what waited went, whatever became of the profile");
        assert_eq!(ran[4].status, 0, "{what}: {:?}", ran[4]);
        assert_ne!(state(&ran[7]).0, "on", "{what}: a yes that did not land is none: {:?}", ran[6]);
        assert_eq!(ran[6].status, 1, "{what}: {:?}", ran[6]);
    }
    // For all tools: it lands, or it says that it did not.
    for (what, setup, status) in
        [("blocks", small("size=512k", BLOCKS), 0), ("names", small("size=2m,nr_inodes=200", NAMES), 1)]
    {
        let home = on(&server);
        let ran = mounted(&home, &setup, &[&["disable"], ASK]);
        let state = state(&ran[1]);
        assert_eq!(
            (ran[0].status == 0, state.0),
            (status == 0, if status == 0 { "off" } else { "on" }),
            "{what}: {:?}",
            ran[0]
        );
        assert!(status == 0 || ran[0].stderr.contains("the no is not kept"), "{what}: {}", ran[0].stderr);
    }
    assert!(server.requests().is_empty(), "nothing waited through the no");
}

#[test]
fn a_read_only_home_keeps_its_no_and_refuses_a_new_one_loudly() {
    let server = Server::start([Answer::status(200)]);
    let setup = "mount --bind \"$HOME\" \"$HOME\"; mount -o remount,ro,bind \"$HOME\"\n\
        if touch \"$HOME/x\" 2>/dev/null; then exit 9; fi";
    let home = on(&server);
    let before = home.list();
    let runs: [&[&str]; 7] = [
        ASK,
        &["disable", "acme"],
        &["disable"],
        &["forget", "acme", "--yes"],
        &["enable", "acme"],
        &["show-payload", "acme"],
        ASK,
    ];
    let ran = mounted(&home, setup, &runs);
    assert_eq!((state(&ran[0]).0, state(&ran[6]).0), ("on", "on"));
    for ran in ran.get(1..3).expect("two noes") {
        assert!(ran.status == 1 && ran.stderr.contains("the no is not kept"), "{ran:?}");
        assert!(ran.stderr.contains("hint: export DO_NOT_TRACK=1"), "{ran:?}");
    }
    assert_eq!((ran[3].status, ran[4].status, ran[5].status), (1, 1, 0), "{ran:?}");
    assert_eq!(home.list(), before, "nothing was written");
    home.run(["disable", "acme"]).expect(0);
    let ran = mounted(&home, setup, &[ASK, &["track", "acme", "command"], &["flush", "acme"], &["disable", "acme"]]);
    assert_eq!(state(&ran[0]), ("off", "marker.no".to_owned()));
    // Nothing is recorded; what waits could not be dropped, and a flush says so.
    assert_eq!((ran[1].status, ran[2].status), (0, 1), "{ran:?}");
    assert!(server.requests().is_empty());
}

#[test]
fn every_cut_of_the_machines_policy_only_forbids_more() {
    let server = Server::start([Answer::status(200)]);
    let home = on(&server);
    let origin = server.url("");
    let policy = format!(
        "# ours\nallow:\n  tools: ['acme', '*']\n  purposes: [product-improvement]\n  destinations:\n    - '{}'\n...\n",
        origin.trim_end_matches('/')
    );
    let whole = home.path().parent().expect("a folder").join("policy");
    fs::write(&whole, &policy).expect("a policy");
    // The file that every user reads, cut to every length in turn; each answer is a letter.
    let script = format!(
        "set -e\nmount --make-rprivate /\nmount -t tmpfs tmpfs /etc\nmkdir /etc/telemetry\nn=0\n\
         while [ $n -le {} ]; do\n  head -c $n '{}' >/etc/telemetry/policy.yml\n  \
         if '{PROGRAM}' status acme --exit-code >/dev/null 2>&1; then printf y; else printf n; fi\n  n=$((n+1))\ndone\n",
        policy.len(),
        whole.display()
    );
    let said = home.program("unshare", ["-m", "sh", "-c", &script]).directory("/").run().expect(0).stdout;
    // The last newline may go: what is left says the same.
    assert_eq!(said, "n".repeat(policy.len() - 1) + "yy");
}

#[test]
fn a_no_said_as_root_holds_for_the_user_and_the_user_can_withdraw_it() {
    let server = Server::start([Answer::status(200)]);
    let home = on(&server);
    let root = home.path().parent().expect("a folder").to_path_buf();
    let program = root.join("telemetry");
    let copied = std::process::Command::new("cp").arg(PROGRAM).arg(&program).status().expect("cp");
    assert!(copied.success(), "a copy that anybody may run");
    fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).expect("a mode");
    // But for the manifest, which is the machine's.
    let own = home.list().into_iter().filter(|name| !name.starts_with(".config"));
    let all = own.map(|name| home.at(name)).chain([home.path(), home.work()]);
    all.for_each(|path: PathBuf| chown(path, Some(NOBODY), Some(NOBODY)).expect("given away"));
    let user = |words: &[&str]| {
        let who = ["--reuid", "65534", "--regid", "65534", "--clear-groups"].map(Path::new);
        let words = who.into_iter().chain([program.as_path()]).chain(words.iter().map(Path::new));
        home.program("setpriv", words).run()
    };
    assert_eq!(state(&user(ASK)).0, "on");
    assert_eq!(state(&home.run(ASK)), ("off", "home.of-another".to_owned()), "root asks in another's home");
    home.run(["track", "acme", "command"]).expect(0);
    home.run(["enable", "acme"]).expect(1);
    home.run(["disable", "acme"]).expect(0);
    assert_eq!(state(&user(ASK)), ("off", "marker.no".to_owned()));
    user(&["enable", "acme"]).expect(0);
    assert_eq!(state(&user(ASK)).0, "on", "the user's own word");
    home.run(["disable"]).expect(0);
    assert_eq!(state(&user(ASK)), ("off", "user.no".to_owned()));
    user(&["enable"]).expect(0);
    assert_eq!(state(&user(ASK)).0, "on");
    assert!(server.requests().is_empty());
}
