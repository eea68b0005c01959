//! A real Java machine: which of the properties that it is told it obeys, against what ours says wins.
//!
//! Promises: words, quotes and the order of variables and command line are the machine's own. `JAVA_STARTS` says how many are tried. Absent:
//! start scripts.

use std::process::Command;

use telemetry::settings::launch::{At, Given, Launch, Variable, Word};

const NAMES: [&str; 3] = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"];

const TEXTS: &[&str] = &[
    "-Dk=1",
    "-Dk='x y' -Da=2",
    "\"-Dk=p q\"",
    "-Dk",
    "-Da=-Dk=9",
    "-Dk=$X",
    "-Dk=1 -Dk=2",
    "-Dk=a\\b",
    "\t-Dk=tab\n-Da=3",
    "-Dk=\"it's\"",
    "-Da='x -Dk=no y'",
    "-D k=3",
    "-Dk=open'",
    "-Dkk=1",
];

const WORDS: &[&[&str]] = &[
    &[],
    &["-Dk=5"],
    &["-Da=1", "-Dk=x y", "-Xmx64m"],
    &["-cp", "x:y", "-Dk=8"],
    &["-Dk=5", "-Dk="],
    &["--add-modules", "java.base", "-Dk=7"],
    &["-D"],
];

#[test]
fn the_machine_obeys_what_ours_says_wins() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).expect("small")).expect("small")
    };
    let starts = std::env::var("JAVA_STARTS").map_or(40, |starts| starts.parse().expect("a number"));
    let (mut set, mut unset) = (0, 0);
    for start in 0..starts {
        let at = At { file: 0, line: None };
        let mut launch = Launch {
            service: None,
            image: None,
            words: Vec::new(),
            begins: true,
            variables: Vec::new(),
            files: Vec::new(),
            sight: telemetry::settings::launch::Sight::default(),
            at,
        };
        let mut command = Command::new("java");
        command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path"));
        for name in NAMES {
            // The very first is told nothing.
            if let Some(text) = TEXTS.get(random(TEXTS.len() + 10)).filter(|_| start > 0) {
                command.env(name, text);
                let value = Given::Set((*text).to_owned());
                launch.variables.push(Variable { name: name.to_owned(), value, at });
            }
        }
        let words = WORDS[if start > 0 { random(WORDS.len()) } else { 0 }]
            .iter()
            .chain(&["-XshowSettings:properties", "-version"]);
        for word in words.clone() {
            command.arg(word);
        }
        let word = |text: &str| Word { text: Given::Set(text.to_owned()), at };
        launch.words = std::iter::once(word("java")).chain(words.map(|text| word(text))).collect();
        let output = command.output().expect("java is needed: apt-get install default-jre-headless");
        let said = String::from_utf8_lossy(&output.stderr);
        let properties = launch.properties(&NAMES);
        let (found, open) = properties.of("k");
        if !output.status.success() {
            // The machine does not start: an open quote, or a word that is no option.
            let odd = launch.variables.iter().any(|variable| {
                variable.value.set().is_some_and(|text| text.contains("open'") || text.contains("-D k"))
            });
            assert!(odd, "{launch:?}: {said}");
            continue;
        }
        assert!(open.is_empty(), "{launch:?}");
        let real = said.lines().find_map(|line| line.strip_prefix("    k =")).map(str::trim);
        let ours = found.map(|found| found.value.set().expect("plain").trim());
        assert_eq!(ours, real, "{launch:?}: {said}");
        set += usize::from(real.is_some());
        unset += usize::from(real.is_none());
    }
    assert!(set > starts / 4 && unset > 0, "{set} set it, {unset} did not");
}
