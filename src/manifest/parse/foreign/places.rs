//! What a place in a request names: ids, layers, settings, and what a person is asked for.
//!
//! Promises: what is named is declared. Absent: places within places (`requests`).

use regex_lite::Regex;

use crate::manifest::foreign::files::{ForeignFile, Kept};
use crate::manifest::foreign::requests::{Ask, Filled};
use crate::manifest::parse::foreign::files::{key, known, source};
use crate::manifest::parse::foreign::layers::named;
use crate::manifest::problem::Problems;
use crate::manifest::template::Template;
use crate::manifest::written::switches::WrittenSwitches;

/// Longest words of what is unknown.
const WORDS: usize = 300;

/// What a person may be asked for.
pub(super) fn asks(problems: &mut Problems, switches: &WrittenSwitches) -> Vec<Ask> {
    let Some(written) = &switches.requests else { return Vec::new() };
    let names: Vec<String> = written.asks.iter().map(|one| one.name.clone()).collect();
    problems.at("asks", |problems| {
        problems.once(&names);
        let all = written.asks.iter().enumerate();
        all.map(|(index, one)| {
            problems.at_item(index, |problems| {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if one.name.is_empty() || one.name.len() > 64 || !one.name.chars().all(plain) {
                    problems.say_at("name", format!("{:?} is not a name of small letters, digits and -", one.name));
                }
                if one.form.len() > 200 || Regex::new(&format!("^(?:{})$", one.form)).is_err() {
                    problems.say_at("form", "it is not a regular expression of 200 characters at most");
                }
                Ask { name: one.name.clone(), says: problems.text("says", &one.says, 300), form: one.form.clone() }
            })
        })
        .collect()
    })
}

/// The name of one of `asks`.
pub(super) fn ask(problems: &mut Problems, value: &Template, switches: &WrittenSwitches) -> Option<String> {
    let name = words(problems, value)?;
    let mut asks = switches.requests.iter().flat_map(|written| &written.asks);
    if !asks.any(|one| one.name == name) {
        problems.say(format!("{name:?} is not one of `asks`"));
    }
    Some(name)
}

pub(super) fn id(problems: &mut Problems, value: &Template, switches: &WrittenSwitches) -> Option<String> {
    let name = words(problems, value)?;
    if !switches.ids.iter().any(|id| id.name == name) {
        problems.say(format!("{name:?} is not one of `ids`"));
    }
    Some(name)
}

pub(super) fn winner(problems: &mut Problems, value: &Template, switches: &WrittenSwitches) -> Option<Vec<String>> {
    let all = texts(problems, Some(value))?;
    if all.len() != switches.layers.len() {
        problems.say(format!("it has a word for each of the {} layers", switches.layers.len()));
    }
    Some(all)
}

/// `$setting` and `$raw`.
pub(super) fn at(problems: &mut Problems, name: &str, value: &Template, files: &[ForeignFile]) -> Option<Filled> {
    let Template::Map(pairs) = value else {
        problems.say("it is {variable: NAME}, {property: NAME} or {file: NAME, key: […]}");
        return None;
    };
    let given = |wanted: &str| pairs.iter().find(|(key, _)| key == wanted).map(|(_, value)| value);
    for (other, _) in pairs.iter().filter(|(key, _)| !matches!(key.as_str(), "variable" | "property" | "file" | "key"))
    {
        problems.say_at(other, "it means nothing here");
    }
    let plain = |value: &Template| if let Template::Text(text) = value { Some(text.clone()) } else { None };
    let text = |wanted: &str| given(wanted).and_then(plain);
    let (variable, property, file) = (text("variable"), text("property"), text("file"));
    let keys = match given("key") {
        None => Vec::new(),
        given => problems.at("key", |problems| texts(problems, given))?,
    };
    // What the file keeps secret stays so, whoever asks.
    let same = |one: &[String]| one.iter().zip(&keys).all(|(one, key)| one == "*" || one == key);
    let mut of_file = files.iter().filter(|known| Some(&known.name) == file.as_ref());
    let secret = of_file.any(|known| known.secret.iter().any(|one| same(one)));
    let kept = |filled: Filled| if secret { Filled::Secret(Box::new(filled)) } else { filled };
    if name == "$setting" {
        let found = source(problems, named(&variable, &property, &file), &keys, (files, false));
        return found.map(Filled::Setting).map(kept);
    }
    let (Some(file), None, None) = (file, variable, property) else {
        problems.say("it is {file: NAME, key: […]}");
        return None;
    };
    known(problems, "file", &file, files);
    key(problems, &keys, false);
    if files.iter().any(|known| known.name == file && known.kept != Kept::Json) {
        problems.say_at("file", "only of a file of JSON the bytes can be told apart");
    }
    Some(kept(Filled::Raw { file, key: keys.clone() }))
}

pub(super) fn words(problems: &mut Problems, value: &Template) -> Option<String> {
    match value {
        Template::Text(text) if !text.trim().is_empty() => {
            problems.plain(text, WORDS);
            Some(text.clone())
        }
        _ => {
            problems.say("it is a text");
            None
        }
    }
}

pub(super) fn texts(problems: &mut Problems, value: Option<&Template>) -> Option<Vec<String>> {
    let Some(Template::List(items)) = value else {
        problems.say("it is a list of texts");
        return None;
    };
    items.iter().map(|item| words(problems, item)).collect()
}
