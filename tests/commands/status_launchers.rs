//! `telemetry status snowplow PATH…`: what starts a component is followed as the real programs follow it, and where it cannot be followed
//! nothing is called off.

use std::os::unix::fs::symlink;

use crate::commands::given::document;
use crate::commands::status_components::{COLLECTOR, ENRICH};
use crate::sandbox::home::Home;

const JAR: &str = "/usr/bin/java -jar /opt/snowplow-stream-collector-kinesis-3.4.0.jar";
const ON: &str = "[Service]\nEnvironment=JAVA_TOOL_OPTIONS=-Dtelemetry.disable=false\n";

/// The states of what is found at `paths`, each word of `files` written with `{work}` for their folder.
#[track_caller]
fn states(files: &[(&str, &str)], more: &[&str]) -> Vec<String> {
    let home = laid(files);
    seen(&home, more)
}

fn laid(files: &[(&str, &str)]) -> Home {
    let home = Home::new();
    let off = format!("{COLLECTOR}telemetry.disable = true\n");
    let at = home.write("work/off.hocon", off);
    home.write("work/on.hocon", COLLECTOR);
    let work = at.parent().expect("a folder").display().to_string();
    for (name, text) in files {
        home.write(format!("work/{name}"), text.replace("{work}", &work));
    }
    home
}

#[track_caller]
fn seen(home: &Home, more: &[&str]) -> Vec<String> {
    let ran = home.run([&["status", "snowplow", "--json"], more].concat());
    let told = document(&ran, "components-status");
    let all = told["components"].as_array().expect("components").iter();
    all.map(|one| one["state"].as_str().expect("a state").to_owned()).collect()
}

fn unit(lines: &str, command: &str) -> String {
    format!("[Service]\n{lines}\nExecStart={command}\n")
}

#[test]
fn every_drop_in_that_systemd_applies_counts() {
    let whole = unit("", &format!("{JAR} --config {{work}}/off.hocon"));
    let old = |files: &[(&str, &str)], name: &str| states(files, &["--as", "2.9.0", name]);
    for (name, folder, wanted) in [
        ("sn-c.service", "", "off"),
        ("sn-c.service", "sn-c.service.d", "on"),
        ("sn-c.service", "sn-.service.d", "on"),
        ("sn-c.service", "service.d", "on"),
        ("sn-c.service", "other-.service.d", "off"),
        ("sn-c.service", "sn-d.service.d", "off"),
        ("d@x.service", "d@.service.d", "on"),
        ("d@x.service", "e@.service.d", "off"),
    ] {
        let over = format!("{folder}/x.conf");
        let mut files = vec![(name, whole.as_str())];
        files.extend((!folder.is_empty()).then_some((over.as_str(), ON)));
        assert_eq!(old(&files, name), [wanted], "{name} {folder}");
    }
    // Of two with one name the one nearest to the unit's own counts.
    let off = ON.replace("false", "true");
    let files = [("sn-c.service", whole.as_str()), ("service.d/x.conf", ON), ("sn-.service.d/x.conf", off.as_str())];
    assert_eq!(old(&files, "sn-c.service"), ["off"]);
    // Another name of the unit has drop-ins as well, whichever of both was pointed at.
    let home = laid(&[("real.service", &whole), ("real.service.d/x.conf", ON)]);
    let work = home.write("work/z", "").parent().expect("a folder").to_path_buf();
    symlink("real.service", work.join("alias.service")).expect("a link");
    assert_eq!(seen(&home, &["--as", "2.9.0", "alias.service"]), ["on"]);
    std::fs::rename(work.join("real.service.d"), work.join("alias.service.d")).expect("renamed");
    assert_eq!(seen(&home, &["--as", "2.9.0", "real.service"]), ["on"]);
}

#[test]
fn a_unit_that_may_show_its_program_other_files_is_not_known() {
    for (lines, before, wanted) in [
        ("", "", "off"),
        ("BindPaths=/x:{work}/off.hocon", "", "unknown"),
        ("BindReadOnlyPaths=/x:{work}", "", "unknown"),
        ("RootDirectory=/srv", "", "unknown"),
        ("RootDirectory=/srv\nRootDirectory=", "", "off"),
        ("RootImage=/x.img", "", "unknown"),
        ("MountImages=/x.img:{work}", "", "unknown"),
        ("ExtensionDirectories=/x", "", "unknown"),
        ("TemporaryFileSystem=/tmp", "", "unknown"),
        ("", "/usr/sbin/chroot /srv ", "unknown"),
        ("", "/usr/bin/nsenter -t 1 -m ", "unknown"),
        ("", "/usr/bin/unshare -m ", "unknown"),
        ("", "/usr/bin/ssh host ", "unknown"),
        ("", "/usr/bin/sudo -s ", "unknown"),
        ("", "/usr/bin/systemd-run -p BindPaths=/a:/b ", "unknown"),
        ("", "/usr/bin/machinectl shell x ", "unknown"),
        ("", "/usr/bin/docker exec x ", "unknown"),
        ("", "/usr/bin/nice ", "off"),
    ] {
        let text = unit(lines, &format!("{before}{JAR} --config {{work}}/off.hocon"));
        assert_eq!(states(&[("c.service", &text)], &["c.service"]), [wanted], "{text}");
    }
    // Whose variables a program has that another one starts is not known either.
    for (before, wanted) in [("", "off"), ("/usr/bin/sudo ", "unknown"), ("/usr/bin/docker exec x ", "unknown")] {
        let text = unit("Environment=DISABLE_TELEMETRY=true", &format!("{before}/opt/snowbridge"));
        assert_eq!(states(&[("c.service", &text)], &["c.service", "--as", "2.4.0"]), [wanted], "{text}");
    }
}

#[test]
fn of_several_configurations_the_last_one_counts() {
    for (words, wanted) in [
        ("--config {work}/on.hocon --config {work}/off.hocon", "off"),
        ("--config {work}/off.hocon --config {work}/on.hocon", "on"),
        ("--config={work}/off.hocon --config={work}/on.hocon", "on"),
        ("--config {work}/off.hocon -c {work}/on.hocon", "on"),
        ("-c {work}/off.hocon -c{work}/on.hocon", "on"),
        ("--config {work}/off.hocon --config ${OTHER}", "unknown"),
        ("--config {work}/off.hocon $MORE", "unknown"),
        ("--config {work}/off.hocon --config", "unknown"),
    ] {
        let text = unit("", &format!("{JAR} {words}"));
        assert_eq!(states(&[("c.service", &text)], &["c.service"]), [wanted], "{words}");
    }
    let off = format!("{ENRICH}telemetry.disable = true\n").replace("}\ntelemetry", ", telemetry");
    let off = off.replace("disable = true", "disable = true }");
    for (words, wanted) in
        [("--config {work}/e.hocon", "off"), ("--config {work}/e.hocon --config {work}/f.hocon", "on")]
    {
        let text = unit("", &format!("/usr/bin/java -jar snowplow-enrich-kinesis-5.1.0.jar {words}"));
        let files = [("e.hocon", off.as_str()), ("f.hocon", ENRICH), ("e.service", text.as_str())];
        assert_eq!(states(&files, &["e.service"]), [wanted], "{words}");
    }
}

#[test]
fn the_very_file_that_is_mounted_is_the_one_and_no_namesake() {
    let off = format!("{COLLECTOR}telemetry.disable = true\n");
    let compose = |lines: &str| {
        format!(
            "services:\n  c:\n    image: snowplow/scala-stream-collector-kinesis:3.4.0\n    \
             command: --config /c/config.hocon\n{lines}"
        )
    };
    let run = |options: &str| {
        format!("docker run {options} snowplow/scala-stream-collector-kinesis:3.4.0 --config /c/config.hocon")
    };
    let home = laid(&[("a/config.hocon", COLLECTOR), ("b/config.hocon", &off)]);
    let work = home.write("work/z", "").parent().expect("a folder").display().to_string();
    let put = |name: &str, text: String| drop(home.write(format!("work/{name}"), text.replace("{work}", &work)));
    for (name, text) in [
        ("compose.yml", compose("    volumes: ['./a/config.hocon:/c/config.hocon']\n")),
        ("compose.yml", compose("    volumes: ['./a:/c']\n")),
        ("compose.yml", compose("    volumes: ['./b:/c', './a/config.hocon:/c/config.hocon:ro']\n")),
        ("compose.yml", compose("    volumes:\n      - {type: bind, source: ./a, target: /c}\n")),
        ("run.sh", run("-v {work}/a/config.hocon:/c/config.hocon")),
        ("run.sh", run("--volume={work}/a:/c")),
        ("run.sh", run("--mount type=bind,source={work}/a,target=/c")),
        ("c.service", unit("", &format!("/usr/bin/{}", run("-v {work}/a/config.hocon:/c/config.hocon")))),
        ("c.service", unit("WorkingDirectory={work}/a", &format!("{JAR} --config config.hocon"))),
    ] {
        put(name, text.clone());
        assert_eq!(seen(&home, &[name, "b/config.hocon"]), ["on", "off"], "{text}");
        assert_eq!(seen(&home, &[name, "a/config.hocon"]), ["on"], "{text}");
        // Where it lies elsewhere, a copy of it is what was pointed at.
        put(name, text.replace("/a", "/gone/a"));
        assert_eq!(seen(&home, &[name, "b/config.hocon"]).len(), 1, "{text}");
    }
    // Under another name within.
    put("compose.yml", compose("    volumes: ['./off.hocon:/c/config.hocon']\n"));
    assert_eq!(seen(&home, &["compose.yml", "off.hocon"]), ["off"]);
    assert_eq!(seen(&home, &["compose.yml", "on.hocon"]), ["off", "on"]);
    put("run.sh", run("-v $PWD/on.hocon:/c/config.hocon"));
    assert_eq!(seen(&home, &["run.sh", "off.hocon"]), ["unknown", "off"]);
    // Seen at another place than the one that is named, it is not the one.
    let elsewhere = compose("    volumes: ['./:/c']\n").replace("/c/config.hocon", "/d/off.hocon");
    put("compose.yml", elsewhere);
    assert_eq!(seen(&home, &["compose.yml", "off.hocon"]), ["unknown", "off"]);
}

#[test]
fn what_compose_lays_over_a_file_under_another_name_is_not_passed_over() {
    let compose = "services:\n  c:\n    image: snowplow/scala-stream-collector-kinesis:3.4.0\n    \
                   command: --config /c/off.hocon\n    volumes: ['./:/c']\n";
    for (name, beside, text, wanted) in [
        ("compose.yml", "note.yml", "services: {}\n", "off"),
        ("compose.yml", "docker-compose.override.yml", "services: {}\n", "unknown"),
        ("docker-compose.yaml", "compose.override.yml", "services: {}\n", "unknown"),
        ("own.yml", "compose.override.yml", "services: {}\n", "off"),
        ("own.yml", "own.override.yaml", "services: {}\n", "unknown"),
        ("compose.yml", ".env", "A=b\n#COMPOSE_FILE=x.yml\n", "off"),
        ("compose.yml", ".env", "A=b\nCOMPOSE_FILE=compose.yml:x.yml\n", "unknown"),
        ("compose.yml", ".env", "export COMPOSE_FILE=compose.yml:x.yml\n", "unknown"),
    ] {
        assert_eq!(
            states(&[(name, compose), (beside, text)], &[name, "off.hocon"]),
            [wanted],
            "{name} {beside} {text}"
        );
    }
}

#[test]
fn an_image_that_is_put_in_where_it_is_started_may_be_any() {
    let known = "docker run -e DISABLE_TELEMETRY=true snowplow/snowbridge:2.4.0\n";
    for (more, wanted) in [
        ("docker run redis:7\n", &["off"][..]),
        ("docker run $IMG\n", &["off", "unknown"]),
        ("docker run ${REGISTRY}/${NAME}:1\n", &["off", "unknown"]),
        ("docker run ${REGISTRY}/redis:$TAG\n", &["off"]),
    ] {
        assert_eq!(states(&[("run.sh", &format!("{known}{more}"))], &["run.sh"]), wanted, "{more}");
    }
    let script = "docker run -v x:/c $IMG --config /c/off.hocon\n";
    assert_eq!(states(&[("run.sh", script)], &["run.sh", "off.hocon"]), ["unknown"]);
    // A path that is relative is one in the folder in which it is started.
    for (folder, wanted) in [("/d", &["on", "off"][..]), ("/c", &["off"])] {
        let text = format!(
            "services:\n  c:\n    image: snowplow/scala-stream-collector-kinesis:3.4.0\n    working_dir: {folder}\n    \
             command: --config off.hocon\n    volumes: ['./off.hocon:/c/off.hocon', './on.hocon:/d/off.hocon']\n"
        );
        assert_eq!(states(&[("compose.yml", &text)], &["compose.yml", "off.hocon"]), wanted, "{folder}");
        let text = format!(
            "docker run -w {folder} -v {{work}}/off.hocon:/c/off.hocon -v {{work}}/on.hocon:/d/off.hocon \
             snowplow/scala-stream-collector-kinesis:3.4.0 --config off.hocon\n"
        );
        assert_eq!(states(&[("run.sh", &text)], &["run.sh", "off.hocon"]), wanted, "{folder}");
    }
}

#[test]
fn the_version_of_an_image_is_the_numbers_of_its_tag_where_they_are_whole() {
    for (tag, wanted) in [
        ("2.4.2", "off"),
        ("2.4.2-aws", "off"),
        ("3.0.0", "on"),
        ("3.0.0-aws", "on"),
        ("3.1.0-gcp", "on"),
        ("3.0.0-rc1", "unknown"),
        ("3", "unknown"),
        ("3.0", "unknown"),
        ("2", "unknown"),
        ("latest", "unknown"),
    ] {
        let text = format!("docker run -e DISABLE_TELEMETRY=true snowplow/snowbridge:{tag}\n");
        assert_eq!(states(&[("run.sh", &text)], &["run.sh"]), [wanted], "{tag}");
    }
    // Where all versions say the same, it is no matter which it is.
    let text = "docker run -v {work}/off.hocon:/c.hocon snowplow/scala-stream-collector-kinesis:3 --config /c.hocon\n";
    assert_eq!(states(&[("run.sh", text)], &["run.sh"]), ["off"]);
}

#[test]
fn a_property_on_the_command_line_is_what_it_is_in_a_variable() {
    for (version, value, wanted) in
        [("2.9.0", "true", "off"), ("2.9.0", "false", "on"), ("3.2.0", "true", "crash"), ("3.2.0", "false", "crash")]
    {
        let option = format!("-Dcollector.telemetry.disable={value}");
        let direct =
            unit("", &format!("{} --config {{work}}/on.hocon", JAR.replace("-jar", &format!("{option} -jar"))));
        let by_variable =
            unit(&format!("Environment=JAVA_TOOL_OPTIONS={option}"), &format!("{JAR} --config {{work}}/on.hocon"));
        for text in [direct, by_variable] {
            assert_eq!(states(&[("c.service", &text)], &["c.service", "--as", version]), [wanted], "{text}");
        }
    }
}
