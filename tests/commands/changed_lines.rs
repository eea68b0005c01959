//! What of somebody else's file is shown when it changes: the key and its values, nothing that stands beside them.

use crate::sandbox::home::Home;

/// In each stands `SECRET` where it is no value of ours, in ways that look like keys; and what is to be seen of the change.
const FILES: &[(&str, &str, &str)] = &[
    (
        "main.tf",
        "module \"d\" {\n  source = \"snowplow-devops/collector-kinesis-ec2/aws\"\n  version = \"0.10.1\"\n  accept_limited_use_license = true\n  pem = <<EOT\nSECRETone\nSECRETtwo = 3\n/SECRETx/q+yhq2op==\nEOT\n  telemetry_enabled = true\n  pem2 = <<EOT\nSECRETthree\nSECRETfour = 3\nc2VjSECRETbWluZQ==\nEOT\n}\n",
        "-  telemetry_enabled = true\n+  telemetry_enabled = false\n",
    ),
    (
        "comment.tf",
        "module \"d\" {\n  source = \"snowplow-devops/collector-kinesis-ec2/aws\"\n  version = \"0.10.1\"\n  accept_limited_use_license = true\n  telemetry_enabled = true # db is SECRET\n  # SECRET = 3\n}\n",
        "-  telemetry_enabled = true …\n+  telemetry_enabled = false …\n",
    ),
    (
        "bridge.hcl",
        "source {\n  use \"stdin\" {}\n}\ndb = {\n \"SECRETa\" = 3\n}\npem = <<EOT\nSECRETb = 3\nEOT\ndisable_telemetry = false\npem3 = [\n  \"SECRETc\",\n  \"SECRETd\" ]\n/* SECRETe\npassword = SECRETf\n*/\n",
        "-disable_telemetry = false\n+disable_telemetry = true\n",
    ),
    (
        "many.hocon",
        "collector { license { accept = true }, interface = \"0.0.0.0\", port = 8080, streams { good { name = \"raw\" }, bad { name = \"bad\" } }\n pem = \"\"\"\nSECRETa = \"\nSECRETb\ntelemetry { disable = false }\n-----BEGIN PRIVATE KEY-----\nMIISECRET==\nSECRETc: x {\n\"\"\"\n telemetry { disable = false }\n pem2 = \"\"\"\nSECRETd = 3\n\"\"\", list = [\n SECRETe\n SECRETf ]\n}\n",
        "- … disable = false …\n+ … disable = true …\n",
    ),
    (
        "one.hocon",
        "collector { license { accept = true }, interface = \"0.0.0.0\", port = 8080, streams { good { name = \"raw\" }, bad { name = \"bad\" }, pw = SECRETa }, telemetry { disable = false, userProvidedId = me }, db { t = \"\"\"SECRETb\"\"\", url = \"jdbc:x?u=SECRETc&p=SECRETd\" , k : SECRETe, keys = [\"SECRETf\"] }, \"SECRETg\" = 1 } # SECRETh\n",
        "-… disable = false …\n+… disable = true …\n",
    ),
    (
        "crlf.hocon",
        "collector { license { accept = true }, interface = \"0.0.0.0\", port = 8080, streams { good { name = \"raw\" }, bad { name = \"bad\" } } }\r\nx = SECRETa\r\ncollector.telemetry.disable = false // SECRETb\r\ny = SECRETc",
        "-collector.telemetry.disable = false …\n+collector.telemetry.disable = true …\n",
    ),
];

/// Runs it and holds that it told no secret, and the change where one is to be seen.
#[track_caller]
fn quiet(home: &Home, arguments: &[&str], seen: Option<&str>) {
    let ran = home.run(arguments);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!said.contains("SECRET"), "{arguments:?}: {said}");
    let Some(seen) = seen else { return };
    let seen = if arguments.contains(&"--json") { seen.replace('\n', "\\n") } else { seen.to_owned() };
    assert!(said.contains(&seen), "{arguments:?}: {seen} is not in {said}");
}

#[test]
fn nothing_beside_a_change_is_shown() {
    for (name, text, change) in FILES {
        let (home, file) = (Home::new(), format!("work/{name}"));
        home.write(&file, *text);
        let back: Vec<String> =
            change.trim_end().rsplit('\n').map(|line| line.get(1..).unwrap_or_default().to_owned()).collect();
        let back = format!("-{}\n+{}\n", back[0], back[1]);
        let id = "user_provided_id";
        let id = if name.ends_with("hocon") { "userProvidedId" } else { id };
        quiet(&home, &["id", "snowplow", name, "--user-provided-id", "new@x.example"], Some(id));
        for json in [None, Some("--json")] {
            let with =
                |words: &[&'static str]| [words, &["--dry-run"]].concat().into_iter().chain(json).collect::<Vec<_>>();
            let of = |verb: &'static str| {
                let mut words = with(&[verb, "snowplow"]);
                words.insert(2, name);
                words
            };
            quiet(&home, &of("disable"), Some(change));
            quiet(&home, &of("forget"), None);
            home.run(["disable", "snowplow", name]).expect(0);
            quiet(&home, &of("enable"), None);
            quiet(&home, &with(&["undo", "snowplow"]), Some(&back));
            home.run(["undo", "snowplow", "--yes"]).expect(0);
            assert_eq!(home.read(&file), *text);
        }
    }
}

#[test]
fn nor_in_the_files_of_any_other_program() {
    let home = Home::new();
    let text = "plugins:\n- name: x\n  sql: SECRETa\nsend_anonymous_usage_stats: true # SECRETb\nnote: |\n  k = SECRETc\n  url: SECRETd\n";
    home.write("work/meltano.yml", text);
    home.write("work/.env", "DB=SECRETe\nMELTANO_SEND_ANONYMOUS_USAGE_STATS=true\nOTHER=\"SECRETf\nX=SECRETg\"\n");
    for json in [None, Some("--json")] {
        let words = |verb: &[&'static str]| verb.iter().copied().chain(json).collect::<Vec<_>>();
        let change = "-send_anonymous_usage_stats: true …\n+send_anonymous_usage_stats: false …\n";
        quiet(&home, &words(&["disable", "meltano", "--project", "--dry-run"]), Some(change));
    }
    home.run(["disable", "meltano", "--project"]);
    assert!(home.read("work/meltano.yml").contains("stats: false # SECRETb"), "{}", home.read("work/meltano.yml"));
    quiet(&home, &["undo", "meltano", "--dry-run"], Some("+send_anonymous_usage_stats: true …\n"));
}
