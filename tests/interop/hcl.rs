//! HCL: hashicorp/hcl, which Terraform and Snowbridge read with, and python-hcl2, on the texts that `cargo test` goes by, on texts made at
//! random, and on edits.
//!
//! Promises: the verdicts are the real ones today; ours says the same of texts that nobody looked at, and an edit is read by the real one as
//! the one change. `GENERATE=1` writes the verdicts; `HCL_TEXTS` and `HCL_EDITS` say how many are made. Absent: Terraform.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use telemetry::settings::hcl::{remove, set};
use telemetry::settings::value::Value as Given;

use crate::python::{folder, python, script};
use crate::sandbox::hcl::{Body, Value, Verdict, Verdicts, difference, names, path};

/// What a program says of all texts.
fn asked<T: serde::de::DeserializeOwned>(mut command: Command, texts: &[Vec<u8>]) -> T {
    let texts: Vec<String> = texts.iter().map(|text| STANDARD.encode(text)).collect();
    let given = serde_json::to_vec(&texts).expect("JSON");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("run .ci/interop first");
    let mut input = child.stdin.take().expect("its input");
    let writing = std::thread::spawn(move || input.write_all(&given).expect("it reads"));
    let output = child.wait_with_output().expect("it ends");
    writing.join().expect("written");
    assert!(output.status.success(), "{command:?}");
    serde_json::from_slice(&output.stdout).expect("verdicts")
}

fn hashicorp(texts: &[Vec<u8>]) -> Vec<Verdict> {
    let program = folder("terraform").parent().expect("a target").join("hcl-verdicts");
    asked(Command::new(program), texts)
}

#[test]
fn the_verdicts_are_what_the_real_readers_say() {
    let texts: Vec<Vec<u8>> = names().iter().map(|name| std::fs::read(path(name)).expect("a text")).collect();
    let mut command = python("terraform");
    command.arg(script("hcl/python.py"));
    let pythons: Vec<serde_json::Value> = asked(command, &texts);
    let both = hashicorp(&texts).into_iter().zip(pythons);
    let verdicts: BTreeMap<String, Verdicts> =
        names().into_iter().zip(both.map(|(hashicorp, python)| Verdicts { hashicorp, python })).collect();
    let made = serde_json::to_string_pretty(&verdicts).expect("JSON") + "\n";
    let kept = path("verdicts.json");
    if std::env::var_os("GENERATE").is_some() {
        std::fs::write(&kept, made).expect("written");
    } else {
        assert!(std::fs::read_to_string(&kept).expect("verdicts") == made, "the readers say otherwise: GENERATE=1");
    }
}

/// A generator of its own, so that a text that differs comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below).expect("small")).expect("small")
    }

    fn of<'t>(&mut self, some: &[&'t str]) -> &'t str {
        some[self.below(some.len())]
    }
}

fn many(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |many| many.parse().expect("a number"))
}

/// What texts are made of.
const PARTS: &[&str] = &[
    "a = ",
    "b = ",
    "a=",
    "c ",
    "t ",
    "t \"l\" ",
    "{",
    "}",
    "{ ",
    " }",
    "[",
    "]",
    ", ",
    ",",
    "\n",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "true",
    "false",
    "null",
    "1",
    "-1",
    "1.5e3",
    "\"x\"",
    "\"",
    "${",
    "%{",
    "$${",
    "var.a",
    "!var.a",
    "!",
    "(",
    ")",
    "<<E\n",
    "<<-E\n",
    "\nE\n",
    "E",
    " E\n",
    "x\n",
    "# c\n",
    "// c\n",
    "/* c */",
    "/*",
    "*/",
    "\\",
    "\\n",
    "=",
    ":",
    "?",
    " : ",
    " + ",
    " && ",
    "==",
    ".",
    ".b",
    "[0]",
    ".*",
    "for x in y : x",
    "if",
    "é",
    " ",
    "  ",
    "\t",
    "\"a\\\"b\"",
    "a",
    "\u{feff}",
    "\u{a0}",
    "'",
    ";",
    "0",
    "007",
    "...",
    "=>",
    "-",
    "_",
    "f(1)",
    "\u{85}",
    "~}",
];

const NAMES: &[&str] = &["a", "b", "cd", "on", "t"];

const VALUES: &[&str] = &[
    "true",
    "false",
    "\"true\"",
    "1",
    "-2.50",
    "null",
    "\"x # y\"",
    "\"é \\\"q\\\" $${z}\"",
    "var.x",
    "!var.x",
    "\"${var.x}\"",
    "\"${true}\"",
    "(false)",
    "[]",
    "[1, \"two\"]",
    "[\n  1, # c\n  2\n]",
    "{}",
    "{ a = 1 }",
    "{ a = 1, \"on\" : 2 }",
    "{\n  a = 1\n  cd = 2 # c\n}",
    "{\n  \"a\" = true,\n  \"b\" = [1],\n}",
    "{\n  on : true\n}",
    "<<E\non = true\nE",
    "<<-E\n    x\n  E",
    "f(1)",
    "{ t = { on = 1 } }",
];

/// Attributes, and blocks while there is depth left.
fn body(random: &mut Random, depth: usize, indent: &str) -> String {
    let (mut text, mut known) = (String::new(), Vec::new());
    for _ in 0..random.below(5) {
        text += random.of(&["", "", "", "\n", "# c = 1\n", "/* on = true\n*/\n", "// c\n"]);
        let name = random.of(NAMES);
        if depth > 0 && random.below(3) == 0 {
            let labels = random.of(&["", " \"l\"", " \"l\" \"m\"", " l"]);
            match random.below(4) {
                0 => text += &format!("{indent}{name}{labels} {{{}}}\n", random.of(&["", " "])),
                1 => {
                    text += &format!(
                        "{indent}{name}{labels} {{ on = {} }}{}\n",
                        random.of(&["true", "1", "var.x"]),
                        random.of(&["", " # c"])
                    )
                }
                _ => {
                    let deeper = format!("{indent}{}", random.of(&["  ", "\t", ""]));
                    let inner = body(random, depth - 1, &deeper);
                    text += &format!("{indent}{name}{labels} {{{}\n{inner}{indent}}}\n", random.of(&["", " # c"]));
                }
            }
        } else if !known.contains(&name) {
            known.push(name);
            let (sign, value) = (random.of(&[" = ", "=", "   = "]), random.of(VALUES));
            let comment =
                if value.contains("<<") { "" } else { random.of(&["", "", " # c", " // c", " /* c */", " /* c\n*/"]) };
            text += &format!("{indent}{name}{sign}{value}{comment}\n");
        }
    }
    text
}

fn document(random: &mut Random) -> String {
    let mut text = body(random, 2, "");
    if random.below(4) == 0 {
        text = text.trim_end_matches('\n').to_owned();
    }
    if random.below(4) == 0 {
        text = text.replace('\n', "\r\n");
    }
    if random.below(8) == 0 { format!("\u{feff}{text}") } else { text }
}

#[test]
fn ours_says_of_texts_made_at_random_what_the_real_one_says() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut text = |number: usize| {
        if number % 2 == 0 {
            return document(&mut random).into_bytes();
        }
        let parts: Vec<&str> = (0..1 + random.below(12)).map(|_| random.of(PARTS)).collect();
        parts.concat().into_bytes()
    };
    let texts: Vec<Vec<u8>> = (0..many("HCL_TEXTS", 2000)).map(&mut text).collect();
    let verdicts = hashicorp(&texts);
    let troubles: Vec<String> =
        texts.iter().zip(&verdicts).filter_map(|(text, verdict)| difference(text, verdict)).collect();
    let shown = troubles.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(troubles.is_empty(), "{} of {}:\n{shown}", troubles.len(), texts.len());
    let read = verdicts.iter().filter(|verdict| !verdict.broken).count();
    assert!(read > texts.len() / 4 && read < texts.len(), "{read} of {} can be read", texts.len());
}

const PATHS: &[&[&str]] = &[
    &["a"],
    &["on"],
    &["cd"],
    &["new"],
    &["t", "on"],
    &["t", "l", "on"],
    &["t", "l", "new"],
    &["a", "b"],
    &["b", "on"],
    &["on", "a"],
    &["t", "l", "m", "on"],
];

/// The body with what is at a path put there, or taken away; none where there is no such place.
fn changed(body: &Body, path: &[&str], value: Option<&Value>) -> Option<Body> {
    let (mut body, (key, rest)) = (body.clone(), path.split_first()?);
    let mut all: Vec<usize> = (0..body.blocks.len()).filter(|at| body.blocks[*at].kind == *key).collect();
    let (mut used, many) = (0, all.len());
    while many > 0 {
        if body.attributes.contains_key(*key) {
            return None;
        }
        if let [at] = all.as_slice()
            && body.blocks[*at].labels.len() == used
        {
            let block = &mut body.blocks[*at];
            block.body = changed(&block.body, rest.get(used..)?, value)?;
            return Some(body);
        }
        let label = |at: usize| body.blocks[at].labels.get(used).map(String::as_str);
        if all.iter().any(|at| label(*at).is_none()) {
            return None;
        }
        all.retain(|at| label(*at) == rest.get(used).copied());
        if all.is_empty() {
            return None;
        }
        used += 1;
    }
    let object = Value {
        kind: "object".to_owned(),
        text: String::new(),
        items: Vec::new(),
        entries: body.attributes,
        twice: false,
    };
    body.attributes = within(&object, path, value)?.entries;
    Some(body)
}

fn within(object: &Value, path: &[&str], value: Option<&Value>) -> Option<Value> {
    let (mut object, (key, rest)) = (object.clone(), path.split_first()?);
    match (rest, value) {
        ([], Some(value)) => drop(object.entries.insert((*key).to_owned(), value.clone())),
        ([], None) => drop(object.entries.remove(*key)),
        (rest, _) => {
            let inner = within(object.entries.get(*key)?, rest, value)?;
            object.entries.insert((*key).to_owned(), inner);
        }
    }
    Some(object)
}

#[test]
fn an_edit_is_read_by_the_real_one_as_the_one_change() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let wanted = many("HCL_EDITS", 300);
    let (mut old, mut new, mut asked, mut refused) = (Vec::new(), Vec::new(), Vec::new(), 0_usize);
    let kept = |kind: &str, text: &str| Value {
        kind: kind.to_owned(),
        text: text.to_owned(),
        items: Vec::new(),
        entries: BTreeMap::new(),
        twice: false,
    };
    while asked.len() < wanted {
        let text = document(&mut random);
        let path = PATHS[random.below(PATHS.len())];
        let (given, value) = match random.below(6) {
            0 => (Some(Given::Bool(true)), Some(kept("bool", "true"))),
            1 => (Some(Given::Bool(false)), Some(kept("bool", "false"))),
            2 => (Some(Given::Number(-3)), Some(kept("number", "-3"))),
            3 => (Some(Given::Text("\"é\" ${x} $5 \\ %{\n")), Some(kept("text", "\"é\" ${x} $5 \\ %{\n"))),
            4 => (Some(Given::EmptyList), Some(kept("list", ""))),
            _ => (None, None),
        };
        let edited = match &given {
            Some(given) => set(text.as_bytes(), path, given),
            None => remove(text.as_bytes(), path),
        };
        match edited {
            Ok(edited) => {
                asked.push((path, value));
                new.push(edited);
                old.push(text.into_bytes());
            }
            Err(_) => refused += 1,
        }
    }
    let (before, after) = (hashicorp(&old), hashicorp(&new));
    let mut different = 0_usize;
    for (at, (path, value)) in asked.iter().enumerate() {
        let shown = || {
            format!(
                "{path:?} {value:?}\n{:?}\n{:?}",
                String::from_utf8_lossy(&old[at]),
                String::from_utf8_lossy(&new[at])
            )
        };
        let body = before[at].body.as_ref().unwrap_or_else(|| panic!("the real one cannot read it: {}", shown()));
        // Where nothing can be taken away, nothing is.
        let wanted = changed(body, path, value.as_ref()).unwrap_or_else(|| body.clone());
        assert_eq!(after[at].body.as_ref(), Some(&wanted), "{}", shown());
        different += usize::from(old[at] != new[at]);
        let lines = |text: &[u8]| text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
        let (before, after) = (lines(&old[at]), lines(&new[at]));
        let lost = before.iter().filter(|line| !after.contains(line)).count();
        // The longest value has five lines, and one that goes on with a comma is another.
        assert!(lost <= 6, "{lost} lines: {}", shown());
    }
    println!("{different} of {wanted} edits changed something, {refused} were refused");
    assert!(different > wanted / 2, "{different} of {wanted}");
}
