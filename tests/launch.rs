//! What starts programs: units as systemd reads them, files of Compose, `docker run`, and what they tell a Java machine.
//!
//! Promises: systemd's verdicts are its own (`tests/interop/units.rs` makes them); what the machine obeys is what Java 17 does. Absent: both.

use telemetry::settings::compose::{self, ComposeError};
use telemetry::settings::launch::{At, Given, Launch, Place, Property, Variable, VariableFile};
use telemetry::settings::{docker, unit};

use crate::sandbox::composes::{self, CASES, KEPT};
use crate::sandbox::units::{Verdicts, difference, names, path};

#[test]
fn units_are_read_as_systemd_reads_them() {
    let kept = std::fs::read_to_string(path("verdicts.json")).expect("verdicts");
    let verdicts: Verdicts = serde_json::from_str(&kept).expect("verdicts");
    assert_eq!(verdicts.keys().cloned().collect::<Vec<_>>(), names());
    let troubles: Vec<String> =
        verdicts.iter().filter_map(|(name, verdict)| difference(name, verdict.as_ref())).collect();
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    assert!(verdicts.values().flatten().map(|unit| unit.environment.len()).sum::<usize>() > 30);
}

/// The services of a compose file that stands alone.
fn composed(text: &str) -> Result<Vec<Launch>, ComposeError> {
    compose::launches(text.as_bytes(), &|_| Err("is not there".to_owned())).map(|whole| whole.launches)
}

/// A value in a word: as it is, `~` before what follows something, `?` for what is not known.
fn said(given: &Given) -> String {
    match given {
        Given::Set(text) => text.clone(),
        Given::Follows { written, of } => format!("~{written}[{}]", of.join(",")),
        Given::Unknown => "?".to_owned(),
    }
}

fn words(launch: &Launch) -> Vec<String> {
    launch.words.iter().map(|word| said(&word.text)).collect()
}

/// Each variable as `LINE:NAME=VALUE`.
fn variables(launch: &Launch) -> Vec<String> {
    let line = |variable: &Variable| variable.at.line.unwrap_or_default();
    launch.variables.iter().map(|v| format!("{}:{}={}", line(v), v.name, said(&v.value))).collect()
}

fn files(launch: &Launch) -> Vec<String> {
    let sign =
        |file: &VariableFile| format!("{}{}", if file.optional { "-" } else { "" }, if file.wins { "!" } else { "" });
    launch
        .files
        .iter()
        .map(|file| format!("{}:{}{}", file.at.line.unwrap_or_default(), sign(file), said(&file.path)))
        .collect()
}

const COMPOSE: &str = r#"x-jvm: &jvm
  JAVA_TOOL_OPTIONS: -Dtelemetry.disable=true
  JDK_JAVA_OPTIONS: "-Xmx1g"
x-base: &base
  image: acme/enrich:${VERSION:-5}
  env_file: [a.env, {path: "${F}.env", required: false}]
services:
  collector:
    image: acme/collector:3.0
    command: --config /c.hocon "two words" ${MORE} $$X
    entrypoint: [/opt/collector, "-Da=$B"]
    environment:
      - JAVA_OPTS=-Da=1 -Db=${B}
      - FROM_SHELL
      - PRICE=$$5
      - BROKEN=${
      - JAVA_OPTS=-Da=2
  enrich:
    <<: *base
    environment:
      <<: *jvm
      JDK_JAVA_OPTIONS:
      PORT: 8080
      ON: true
      LIST: [1]
  snowbridge:
    build: .
    env_file: one.env
"#;

#[test]
fn services_of_compose_are_told_with_what_follows_the_shell() {
    let launches = composed(COMPOSE).expect("readable");
    let names: Vec<_> = launches.iter().map(|launch| (launch.service.as_deref(), launch.at.line)).collect();
    assert_eq!(names, [(Some("collector"), Some(8)), (Some("enrich"), Some(18)), (Some("snowbridge"), Some(26))]);
    let [collector, enrich, bridge] = launches.as_slice() else { panic!("three") };
    assert_eq!(collector.image.as_ref().map(said).as_deref(), Some("acme/collector:3.0"));
    let wanted = ["/opt/collector", "~-Da=$B[$B]", "--config", "/c.hocon", "two words", "~${MORE}[${MORE}]", "$X"];
    assert_eq!((words(collector), collector.begins), (wanted.map(str::to_owned).to_vec(), true));
    let wanted = ["14:FROM_SHELL=~[FROM_SHELL]", "15:PRICE=$5", "17:JAVA_OPTS=-Da=2"];
    let known: Vec<_> = variables(collector).into_iter().filter(|text| !text.contains('{')).collect();
    assert_eq!(known, wanted);
    assert_eq!(enrich.image.as_ref().map(said).as_deref(), Some("~acme/enrich:${VERSION:-5}[${VERSION:-5}]"));
    let names = |launch: &Launch| {
        variables(launch).iter().map(|text| text.split_once(':').expect("a line").1.to_owned()).collect::<Vec<_>>()
    };
    let wanted = [
        "JAVA_TOOL_OPTIONS=-Dtelemetry.disable=true",
        "JDK_JAVA_OPTIONS=~[JDK_JAVA_OPTIONS]",
        "PORT=8080",
        "ON=true",
        "LIST=?",
    ];
    assert_eq!(names(enrich), wanted);
    assert_eq!(
        files(enrich).iter().map(|file| file.split_once(':').expect("a line").1).collect::<Vec<_>>(),
        ["a.env", "-~${F}.env[${F}]"]
    );
    assert_eq!((bridge.image.as_ref(), bridge.begins, words(bridge)), (None, false, Vec::<String>::new()));
    assert_eq!(files(bridge), ["28:one.env"]);
}

#[test]
fn files_that_are_put_together_are_read_as_compose_reads_them() {
    let kept = std::fs::read_to_string(KEPT).expect("verdicts");
    let verdicts: composes::Verdicts = serde_json::from_str(&kept).expect("verdicts");
    assert_eq!(verdicts.len(), CASES.len());
    let troubles: Vec<String> =
        CASES.iter().filter_map(|case| composes::difference(case, verdicts[case.0].as_ref())).collect();
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    assert!(verdicts.values().filter(|verdict| verdict.is_none()).count() > 10);
}

#[test]
fn texts_of_compose_that_cannot_be_read_are_errors() {
    for text in ["services: [", "services: [a]", "services: 1", "services: {a: {image: x, image: y}}"] {
        assert!(composed(text).is_err(), "{text}");
    }
    for text in ["", "version: 3", "services:", "services: {a: null}"] {
        assert_eq!(composed(text).ok(), Some(Vec::new()), "{text}");
    }
    let deep: String = (0..30).map(|at| format!("x{}: &a{} {{<<: [*a{at}, *a{at}]}}\n", at + 1, at + 1)).collect();
    let text = format!("x0: &a0 {{b: c}}\n{deep}services: {{s: {{environment: *a30, <<: *a30}}}}\n");
    assert!(composed(&text).is_err(), "what unfolds without end");
}

const SCRIPT: &str = r#"#!/bin/sh
# docker run not/this
sudo mkdir -p $${CONFIG_DIR} # isn't
sudo docker run \
  -d \
  --name collector \
%{ if logs ~}
  --log-opt group=${group} \
%{ endif ~}
  --memory=1g \
  --mount type=bind,source=$${CONFIG_DIR},target=/config \
  --env JDK_JAVA_OPTIONS='-Da=1 -Db="x y"' \
  -e "TEMPLATED=${java_opts}" --env=ID=$(get id) \
  -eSHORT=1 -e HANDED --env-file /etc/a.env -itp 80:80 \
  ${registry}acme/collector:3.0 \
  --config /config/c.hocon -Dtelemetry.disable=true && echo docker run done/it now
docker ps; docker run --rm -it --entrypoint java acme/enrich -Da=1 -jar x.jar
docker build -t x .
docker run "open
"#;

#[test]
fn containers_of_a_script_are_found_with_their_lines() {
    let launches = docker::launches(SCRIPT.as_bytes()).expect("readable");
    let images: Vec<_> = launches.iter().map(|launch| (launch.at.line, launch.image.as_ref().map(said))).collect();
    let image = |text: &str| Some(text.to_owned());
    assert_eq!(
        images,
        [(Some(4), image("~${registry}acme/collector:3.0[${registry}]")), (Some(17), image("acme/enrich"))]
    );
    let [collector, enrich] = launches.as_slice() else { panic!("two") };
    assert_eq!((collector.service.as_deref(), collector.begins), (Some("collector"), false));
    let wanted = [
        "12:JDK_JAVA_OPTIONS=-Da=1 -Db=\"x y\"",
        "13:TEMPLATED=~${java_opts}[${java_opts}]",
        "13:ID=~$(get id)[$(get id)]",
        "14:SHORT=1",
        "14:HANDED=~[HANDED]",
    ];
    assert_eq!(variables(collector), wanted);
    assert_eq!(words(collector), ["--config", "/config/c.hocon", "-Dtelemetry.disable=true"]);
    assert_eq!(files(collector), ["14:/etc/a.env"]);
    assert_eq!((enrich.begins, words(enrich)), (true, ["java", "-Da=1", "-jar", "x.jar"].map(str::to_owned).to_vec()));
    assert_eq!((enrich.is_java(), collector.is_java()), (Some(true), None));
    assert!(docker::launches(b"docker run \xff").is_err() && docker::launches(b"docker run \0").is_err());
}

#[test]
fn a_units_words_follow_what_it_does_not_say_itself() {
    let unit = |text: &str| {
        let text = format!("[Service]\n{text}");
        unit::launches(&[text.as_bytes()]).expect("readable").pop().expect("a command")
    };
    let table: [(&str, &[&str]); 9] = [
        (
            "Environment=\"A=-Da=1 '-Db=x y'\"\nExecStart=/bin/java $A -jar x",
            &["/bin/java", "-Da=1", "-Db=x y", "-jar", "x"],
        ),
        ("Environment=\"A=1 2\"\nExecStart=/bin/java -Da=${A} x$A", &["/bin/java", "-Da=1 2", "x$A"]),
        ("ExecStart=/bin/java $A ${B}c $$D", &["/bin/java", "~$A[$A]", "~${B}c[${B}]", "$D"]),
        ("EnvironmentFile=/etc/a\nEnvironment=A=1\nExecStart=/bin/java $A", &["/bin/java", "~$A[$A]"]),
        ("Environment=A=1\nUnsetEnvironment=A\nExecStart=/bin/java $A", &["/bin/java", "~$A[$A]"]),
        ("Environment=A=1\nExecStart=:/bin/java $A $$", &["/bin/java", "$A", "$$"]),
        ("ExecStart=/bin/java -Di=%i 100%%", &["/bin/java", "~-Di=%i[%i]", "100%"]),
        ("Environment=A=x%iy\nExecStart=/bin/java $A", &["/bin/java", "~$A[$A]"]),
        ("ExecStart=-@/bin/java collector -jar x", &["/bin/java", "-jar", "x"]),
    ];
    for (text, wanted) in table {
        assert_eq!(words(&unit(text)), wanted, "{text}");
    }
    // A container of a unit: what is handed on is the unit's.
    let launch = unit("Environment=A=1 B=2\nExecStart=/usr/bin/docker run --rm -e A -e C -e B=3 acme/collector -Da=1");
    assert_eq!(variables(&launch), ["3:A=1", "3:C=~[C]", "3:B=3"]);
    assert_eq!((launch.begins, words(&launch)), (false, vec!["-Da=1".to_owned()]));
    // A drop-in takes away and adds.
    let first: &[u8] = b"[Service]\nEnvironment=A=1\nExecStart=/bin/java -Da=1\n";
    let second: &[u8] = b"[Service]\nEnvironment=B=2\nExecStart=\nExecStart=/bin/java -Da=2\n";
    let all = unit::launches(&[first, second]).expect("readable");
    let [only] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(
        (words(only), only.at),
        (vec!["/bin/java".to_owned(), "-Da=2".to_owned()], At { file: 1, line: Some(4) })
    );
    assert_eq!(only.variable("A").map(|variable| variable.at), Some(At { file: 0, line: Some(2) }));
}

const NAMES: [&str; 4] = ["JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"];

#[test]
fn the_property_that_wins_is_told_with_what_may_win_over_it() {
    let table = [
        // The order of a Java machine.
        ("Environment=JAVA_TOOL_OPTIONS=-Dk=1 JDK_JAVA_OPTIONS=-Dk=2\nExecStart=/bin/java -Dk=3 -jar x", "3 Java", 0),
        (
            "Environment=JAVA_TOOL_OPTIONS=-Dk=1 JDK_JAVA_OPTIONS=-Dk=2\nExecStart=/bin/java -jar x",
            "2 JDK_JAVA_OPTIONS",
            0,
        ),
        ("Environment=JAVA_TOOL_OPTIONS=-Dk=1\nExecStart=/bin/java -jar x", "1 JAVA_TOOL_OPTIONS", 0),
        ("Environment=_JAVA_OPTIONS=-Dk=1\nExecStart=/bin/java -Dk=3 -jar x", "1 _JAVA_OPTIONS", 0),
        ("ExecStart=/bin/java -Dk=1 -Dk=2 -Dk -jar x", " Java", 0),
        ("Environment=\"JDK_JAVA_OPTIONS=-Dk='x y' -Da=1\"\nExecStart=/bin/java -jar x", "x y JDK_JAVA_OPTIONS", 0),
        // What stands behind the program is the program's.
        ("ExecStart=/bin/java -jar x -Dk=1", "-", 0),
        ("ExecStart=/bin/java -cp a:b Main -Dk=1", "-", 0),
        ("ExecStart=/bin/java -cp -Dk=1 Main", "-", 0),
        ("ExecStart=/bin/java -m a/b -Dk=1", "-", 0),
        // A start script: its own variable, and what it may hand on.
        ("Environment=JAVA_OPTS=-Dk=1 JDK_JAVA_OPTIONS=-Dk=2\nExecStart=/opt/collector --config c", "1 JAVA_OPTS", 0),
        ("Environment=JAVA_OPTS=-Dk=1\nExecStart=/opt/collector -J-Dk=2 --config c", "2 Program", 0),
        ("Environment=JAVA_OPTS=-Dk=1\nExecStart=/opt/collector -- -Dk=2", "1 JAVA_OPTS", 0),
        ("Environment=JAVA_OPTS=-Dk=1\nExecStart=/bin/java -jar x", "-", 0),
        ("Environment=JAVA_OPTS=-Dk=1\nExecStart=/bin/java $JAVA_OPTS -jar x", "1 Java", 0),
        // What is known only where it runs.
        ("PassEnvironment=JAVA_OPTS\nExecStart=/opt/collector", "-", 1),
        ("PassEnvironment=JAVA_OPTS\nExecStart=/bin/java $JAVA_OPTS -jar x", "-", 1),
        ("PassEnvironment=_JAVA_OPTIONS\nExecStart=/bin/java -Dk=1 -jar x", "1 Java", 1),
        ("PassEnvironment=JDK_JAVA_OPTIONS\nExecStart=/bin/java -Dk=1 -jar x", "1 Java", 0),
        ("ExecStart=/bin/java -Dk=${X} -jar x", "~${X}[${X}] Java", 0),
        ("ExecStart=/bin/java -D${X}=1 -jar x", "-", 1),
        ("ExecStart=/bin/java -Dk=1 @more -jar x", "1 Java", 1),
        ("Environment=JDK_JAVA_OPTIONS=@more\nExecStart=/bin/java -Dk=1 -jar x", "1 Java", 0),
        ("Environment=JDK_JAVA_OPTIONS=-Dk=%i\nExecStart=/bin/java -jar x", "~%i[%i] JDK_JAVA_OPTIONS", 1),
        ("Environment=\"JDK_JAVA_OPTIONS=-Dk=1 %i\"\nExecStart=/bin/java -jar x", "1 JDK_JAVA_OPTIONS", 1),
        ("Environment=\"JDK_JAVA_OPTIONS=-Dk=1 '\"\nExecStart=/bin/java -jar x", "-", 1),
        // Files of variables win in a unit.
        (
            "EnvironmentFile=/etc/a\nEnvironment=JDK_JAVA_OPTIONS=-Dk=1\nExecStart=/bin/java -jar x",
            "1 JDK_JAVA_OPTIONS",
            2,
        ),
    ];
    for (text, wanted, open) in table {
        let text = format!("[Service]\n{text}");
        let launch = unit::launches(&[text.as_bytes()]).expect("readable").pop().expect("a command");
        let properties = launch.properties(&NAMES);
        let (found, others) = properties.of("k");
        let place = |place: &Place| match place {
            Place::Variable(name) => name.clone(),
            other => format!("{other:?}"),
        };
        let found = found.map_or("-".to_owned(), |found| format!("{} {}", said(&found.value), place(&found.place)));
        assert_eq!((found.as_str(), others.len()), (wanted, open), "{text}: {properties:?}");
    }
}

#[test]
fn in_compose_the_services_own_variable_wins_over_files_and_the_image_names_the_program() {
    let text = "services:\n  a:\n    image: x\n    env_file: a.env\n    command: [-Dk=1]\n    environment:\n      JAVA_OPTS: -Dk=2 ${MORE}\n";
    let launch = composed(text).expect("readable").pop().expect("a service");
    let properties = launch.properties(&["JAVA_OPTS"]);
    let (found, open) = properties.of("k");
    let found = found.expect("set");
    assert_eq!((said(&found.value), &found.place, found.at.line), ("1".to_owned(), &Place::Program, Some(5)));
    assert_eq!(open, Vec::<&Property>::new());
    // Of a variable that the service does not set, the file may know something.
    let properties = launch.properties(&["JDK_JAVA_OPTIONS"]);
    assert_eq!(
        properties.all().iter().map(|property| property.place.clone()).collect::<Vec<_>>(),
        [Place::File(0), Place::Program]
    );
    let keys: Vec<_> = launch.properties(&["JAVA_OPTS"]).all().iter().map(|property| property.key.clone()).collect();
    assert_eq!(keys, [Some("k".to_owned()), None, Some("k".to_owned())]);
}

#[test]
fn hostile_launchers_end_quickly() {
    let many = |text: &str| text.repeat(200_000 / text.len());
    let texts = [
        many("$"),
        many("${"),
        many("$("),
        many("`"),
        many("'\""),
        many("\\"),
        many("\\\n"),
        many("docker run \\\n"),
        many("docker run a b\n"),
        format!("docker run {}", many("-e A=$B ")),
        many("[Service]\n"),
        format!("[Service]\n{}", many("Environment=A=1 \\\n")),
        format!("[Service]\n{}", many("Environment=A=%\n")),
        format!(
            "[Service]\nEnvironment={}\nExecStart=/bin/a {}",
            (0..5_000).map(|at| format!("A{at}={at} ")).collect::<String>(),
            (0..5_000).map(|at| format!("${{A{at}}} ")).collect::<String>()
        ),
        format!("services:\n  a:\n    command: \"{}\"\n", "${".repeat(20_000)),
        format!(
            "services:\n  a:\n    environment:\n{}",
            (0..3_000).map(|at| format!("    - A{at}=$B\n")).collect::<String>()
        ),
    ];
    for text in texts {
        let (start, head) = (std::time::Instant::now(), text.chars().take(30).collect::<String>());
        let (unit, docker) = (unit::launches(&[text.as_bytes()]).ok(), docker::launches(text.as_bytes()).ok());
        let all = [unit, composed(&text).ok(), docker];
        for launch in all.into_iter().flatten().flatten().take(10) {
            let _found = launch.properties(&NAMES);
        }
        assert!(start.elapsed().as_secs() < 20, "{head}: {:?}", start.elapsed());
    }
}
