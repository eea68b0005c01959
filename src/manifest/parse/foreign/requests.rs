//! `requests` of a foreign tool: documents with places to be filled.
//!
//! Promises: what fills a place is declared in the manifest or is a word of a closed list; a part is put where it is asked for, and
//! never within itself. Absent: values.

use std::cell::Cell;

use crate::manifest::foreign::files::ForeignFile;
use crate::manifest::foreign::requests::{Digested, Filled, ForeignRequest, MachineFact, Style};
use crate::manifest::parse::foreign::layers::versions;
use crate::manifest::parse::foreign::places::{ask, at, id, texts, winner, words};
use crate::manifest::problem::Problems;
use crate::manifest::template::Template;
use crate::manifest::versions::Versions;
use crate::manifest::written::switches::{WrittenRequest, WrittenSwitches};

/// Most parts within parts.
const DEEPEST: usize = 8;
/// Most values of all requests, with the parts in them.
const MOST: usize = 20_000;

/// What a place may name.
struct Known<'w> {
    switches: &'w WrittenSwitches,
    files: &'w [ForeignFile],
    /// How many more values parts may unfold into.
    left: Cell<usize>,
}

/// The requests.
pub(super) fn requests(
    problems: &mut Problems,
    switches: &WrittenSwitches,
    files: &[ForeignFile],
) -> Vec<ForeignRequest> {
    let Some(written) = &switches.requests else { return Vec::new() };
    let known = Known { switches, files, left: Cell::new(MOST) };
    problems.at("parts", |problems| {
        for (name, part) in written.parts.iter() {
            problems.at(name, |problems| filled(problems, part, &known, 0));
        }
    });
    problems.at("events", |problems| {
        let all = written.events.iter().enumerate();
        all.filter_map(|(index, one)| problems.at_item(index, |problems| request(problems, one, &known))).collect()
    })
}

fn request(problems: &mut Problems, one: &WrittenRequest, known: &Known<'_>) -> Option<ForeignRequest> {
    let event = problems.text("event", &one.event, 64);
    let style = problems.choice("style", one.style.as_deref().unwrap_or("compact"), &Style::ALL);
    let address = problems.at("address", |problems| filled(problems, &one.address, known, 0));
    let headers: Vec<(String, Filled)> = problems.at("headers", |problems| {
        let all = one.headers.iter();
        all.filter_map(|(name, value)| {
            problems.at(name, |problems| {
                if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                    problems.say(format!("{name:?} is not the name of a header"));
                }
                filled(problems, value, known, 0).map(|value| (name.to_owned(), value))
            })
        })
        .collect()
    });
    let body = problems.at("body", |problems| {
        if one.body.too_deep() {
            problems.say("it is nested too deeply");
            return None;
        }
        filled(problems, &one.body, known, 0)
    });
    Some(ForeignRequest {
        event,
        says: one.says.as_deref().map(|text| problems.text("says", text, 500)),
        versions: versions(problems, one.versions.as_deref()),
        address: address?,
        headers,
        style: style?,
        body: body?,
    })
}

fn filled(problems: &mut Problems, template: &Template, known: &Known<'_>, depth: usize) -> Option<Filled> {
    let Some(left) = known.left.get().checked_sub(1) else {
        problems.say(format!("the requests have more than {MOST} values"));
        return None;
    };
    known.left.set(left);
    Some(match template {
        Template::Null => Filled::Null,
        Template::Bool(value) => Filled::Bool(*value),
        Template::Number(number) => Filled::Number(number.clone()),
        Template::Text(text) => match text.strip_prefix('$') {
            None => Filled::Text(text.clone()),
            Some(rest) if rest.starts_with('$') => Filled::Text(rest.to_owned()),
            Some("version") => Filled::Version,
            Some("none") => Filled::Nothing,
            Some(_) => {
                problems.say(format!("{text:?} means nothing: $version, $none, or $$ for a dollar sign"));
                return None;
            }
        },
        Template::List(items) => Filled::List(list(problems, items, known, depth)),
        Template::Map(pairs) => match pairs.split_first() {
            Some(((name, range), [(second, value)])) if name == "$in" && second == "value" => {
                let versions = problems.at(name, |problems| {
                    let range = words(problems, range)?;
                    problems.value(Versions::new(&range))
                });
                let value = problems.at(second, |problems| filled(problems, value, known, depth));
                Filled::In { versions: versions?, value: Box::new(value?) }
            }
            Some(((name, value), rest)) if name.starts_with('$') && !name.starts_with("$$") => {
                return problems.at(name, |problems| place(problems, (name, value), rest, known, depth));
            }
            _ => Filled::Map(
                pairs
                    .iter()
                    .filter_map(|(name, item)| {
                        let value = problems.at(name, |problems| filled(problems, item, known, depth))?;
                        Some((name.strip_prefix('$').unwrap_or(name).to_owned(), value))
                    })
                    .collect(),
            ),
        },
    })
}

fn list(problems: &mut Problems, items: &[Template], known: &Known<'_>, depth: usize) -> Vec<Filled> {
    let all = items.iter().enumerate();
    all.filter_map(|(index, item)| problems.at_item(index, |problems| filled(problems, item, known, depth))).collect()
}

/// A mapping whose first key begins with a dollar sign; `rest` are its other keys.
fn place(
    problems: &mut Problems,
    (name, value): (&str, &Template),
    rest: &[(String, Template)],
    known: &Known<'_>,
    depth: usize,
) -> Option<Filled> {
    let beside = match name {
        "$in" => Some("value"),
        "$guess" => Some("because"),
        "$winner" => Some("usual"),
        "$is_uuid" => Some("then"),
        "$case" => Some("is"),
        _ => None,
    };
    let second = match (beside, rest) {
        (None, []) => &Template::Null,
        (Some(wanted), [(key, second)]) if key == wanted => second,
        (Some(wanted), _) => {
            problems.say(format!("beside it stands {wanted}, and nothing else"));
            return None;
        }
        (None, _) => {
            problems.say("nothing stands beside it");
            return None;
        }
    };
    let inner = |problems: &mut Problems| filled(problems, value, known, depth).map(Box::new);
    Some(match name {
        "$sha256" => Filled::Digest(Digested::Sha256, inner(problems)?),
        "$uuid_of_sha256" => Filled::Digest(Digested::UuidOfSha256, inner(problems)?),
        "$uuid5_url" => Filled::Digest(Digested::Uuid5Url, inner(problems)?),
        "$base64" => Filled::Base64 { url: false, of: inner(problems)? },
        "$base64_url" => Filled::Base64 { url: true, of: inner(problems)? },
        "$secret" => Filled::Secret(inner(problems)?),
        "$first" => Filled::First(listed(problems, value, known, depth)?),
        "$join" => Filled::Join(listed(problems, value, known, depth)?),
        "$is_uuid" => {
            let then: Option<[String; 3]> = texts(problems, Some(second))?.try_into().ok();
            if then.is_none() {
                problems.say("`then` has three words: for a UUID, for another text, and where there is none");
            }
            Filled::IsUuid { of: inner(problems)?, then: then? }
        }
        "$guess" => Filled::Guess { value: inner(problems)?, because: words(problems, second)? },
        "$unknown" => Filled::Unknown(words(problems, value)?),
        "$winner" => {
            Filled::Winner { layers: winner(problems, value, known.switches)?, usual: words(problems, second)? }
        }
        "$id" => Filled::Id(id(problems, value, known.switches)?),
        "$fact" => {
            let word = words(problems, value)?;
            let found = MachineFact::ALL.iter().find(|(known, _)| *known == word);
            if found.is_none() {
                let all: Vec<&str> = MachineFact::ALL.iter().map(|(word, _)| *word).collect();
                problems.say(format!("{word:?} is not one of: {}", all.join(", ")));
            }
            Filled::Fact(found?.1)
        }
        "$part" => {
            let word = words(problems, value)?;
            let part = known.switches.requests.as_ref().and_then(|written| written.parts.get(&word));
            match part {
                Some(_) if depth >= DEEPEST => {
                    problems.say("parts stand within each other too deeply");
                    return None;
                }
                // What is wrong with it is told where it stands.
                Some(part) => return filled(&mut Problems::default(), part, known, depth + 1),
                None => {
                    problems.say(format!("{word:?} is not one of `parts`"));
                    return None;
                }
            }
        }
        "$given" => Filled::Given(ask(problems, value, known.switches)?),
        "$case" => Filled::Case { of: inner(problems)?, is: cases(problems, second, known, depth)? },
        "$setting" | "$raw" => return at(problems, name, value, known.files),
        "$flag" => return flag(problems, value, known, depth),
        _ => {
            problems.say("it means nothing");
            return None;
        }
    })
}

/// The values of `$case` by their texts.
fn cases(problems: &mut Problems, value: &Template, known: &Known<'_>, depth: usize) -> Option<Vec<(String, Filled)>> {
    let Template::Map(pairs) = value else {
        problems.say("`is` is a mapping from texts to values");
        return None;
    };
    let all = pairs.iter().map(|(text, value)| {
        if text.matches('*').count() > 1 {
            problems.say(format!("{text:?} has more than one *"));
        }
        Some((text.clone(), problems.at(text, |problems| filled(problems, value, known, depth))?))
    });
    all.collect()
}

fn listed(problems: &mut Problems, value: &Template, known: &Known<'_>, depth: usize) -> Option<Vec<Filled>> {
    let all = items(problems, value)?;
    Some(list(problems, all, known, depth))
}

fn items<'t>(problems: &mut Problems, value: &'t Template) -> Option<&'t [Template]> {
    match value {
        Template::List(items) if !items.is_empty() => Some(items),
        _ => {
            problems.say("it is a list");
            None
        }
    }
}

fn flag(problems: &mut Problems, value: &Template, known: &Known<'_>, depth: usize) -> Option<Filled> {
    let Template::Map(pairs) = value else {
        problems.say("it is {any: […], of: [WORD…]}");
        return None;
    };
    let given = |wanted: &str| pairs.iter().find(|(key, _)| key == wanted).map(|(_, value)| value);
    for (other, _) in pairs.iter().filter(|(key, _)| !matches!(key.as_str(), "any" | "of" | "omit")) {
        problems.say_at(other, "it means nothing here");
    }
    let any = problems.at("any", |problems| listed(problems, given("any").unwrap_or(&Template::Null), known, depth));
    let of = problems.at("of", |problems| texts(problems, given("of")));
    let omit = matches!(given("omit"), Some(Template::Bool(true)));
    Some(Filled::Flag { any: any?, of: of?.iter().map(|word| word.to_lowercase()).collect(), omit })
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::manifest;
    use crate::manifest::parse::tests::problems;

    const WHOLE: &str = "manifest: 1
tool: other
title: Other
consent: opt-out
switches:
  files:
    queue: {home: .other/queue.json, format: json}
    config: {home: .other/config.yml, format: yaml}
  truths:
    plain: {on: [true], off: [false], other: pass}
  layers:
    - {file: config, key: [telemetry], truth: plain}
  ids:
    - {name: client, file: config, key: [id]}
  requests:
    parts:
      id: {$first: [{$id: client}, {$unknown: none}]}
    asks:
      - {name: account, form: '[0-9]{12}', says: twelve digits}
    events:
      - event: beat
        address: https://other.example/v1
        headers: {Authorization: {$secret: {$part: id}}}
        body:
          id: {$part: id}
          hash: {$sha256: {$setting: {file: config, key: [name]}}}
          os: {$fact: system}
          price: $$5
          ci: {$flag: {any: [{$setting: {variable: CI}}], of: ['true']}}
          from: {$winner: [file], usual: none}
          new: {$in: '>=2.0.0', value: {$guess: $version, because: it may differ}}
          events: {$raw: {file: queue, key: [events]}}
          account: {$sha256: {$given: account}}
          way: {$case: {$setting: {variable: WAY}}, is: {a: 1, 'b*': $none}}
";

    #[test]
    fn problems_of_requests() {
        assert_eq!(problems(WHOLE.as_bytes()), [] as [String; 0]);
        let foreign = manifest(WHOLE.as_bytes()).expect("a manifest").foreign.expect("switches");
        assert_eq!(foreign.requests.len(), 1);
        let body = "line 26: switches.requests.events[0].body.hash";
        let table = [
            ("{$id: client}", "{$id: nobody}", "line 17: switches.requests.parts.id.$first[0].$id: \"nobody\" is not one of `ids`".to_owned()),
            ("{$sha256: {$setting", "{$md5: {$setting", format!("{body}.$md5: it means nothing")),
            ("{file: config, key: [name]}", "{file: nowhere, key: [name]}", format!("{body}.$sha256.$setting.file: \"nowhere\" is not one of `files`")),
            ("{file: config, key: [name]}", "{file: config, keys: [name]}", format!("{body}.$sha256.$setting.keys: it means nothing here")),
            ("price: $$5", "price: $5", "line 28: switches.requests.events[0].body.price: \"$5\" means nothing: $version, $none, or $$ for a dollar sign".to_owned()),
            ("{$part: id}}}", "{$part: ids}}}", "line 23: switches.requests.events[0].headers.Authorization.$secret.$part: \"ids\" is not one of `parts`".to_owned()),
            ("{$winner: [file]", "{$winner: [file, usual]", "line 30: switches.requests.events[0].body.from.$winner: it has a word for each of the 1 layers".to_owned()),
            ("{$in: '>=2.0.0', value", "{$in: 'new', value", "line 31: switches.requests.events[0].body.new.$in: \"new\" is not a range such as '<0.27', '>=2.2.0' or '>=0.10.7-rc3, <0.14'".to_owned()),
            (", because: it may differ}", "}", "line 31: switches.requests.events[0].body.new.value.$guess: beside it stands because, and nothing else".to_owned()),
            ("{$raw: {file: queue", "{$raw: {file: config", "line 32: switches.requests.events[0].body.events.$raw.file: only of a file of JSON the bytes can be told apart".to_owned()),
            ("{$given: account}", "{$given: nobody}", "line 33: switches.requests.events[0].body.account.$sha256.$given: \"nobody\" is not one of `asks`".to_owned()),
            ("[0-9]{12}", "[0-9", "line 19: switches.requests.asks[0].form: it is not a regular expression of 200 characters at most".to_owned()),
            ("name: account", "name: An Account", "line 19: switches.requests.asks[0].name: \"An Account\" is not a name of small letters, digits and -".to_owned()),
            (", is: {a: 1, 'b*': $none}", "", "line 34: switches.requests.events[0].body.way.$case: beside it stands is, and nothing else".to_owned()),
            ("{a: 1, 'b*'", "{a: 1, '*b*'", "line 34: switches.requests.events[0].body.way.$case: \"*b*\" has more than one *".to_owned()),
            ("address: https://other.example/v1", "address: {$first: []}", "line 22: switches.requests.events[0].address.$first: it is a list".to_owned()),
        ];
        for (old, new, wanted) in table {
            assert_eq!(WHOLE.matches(old).count(), 1, "{old:?} stands once in the manifest");
            let found = problems(WHOLE.replace(old, new).as_bytes());
            assert!(found.contains(&wanted), "{old:?} -> {new:?}: {found:#?}");
        }
    }

    #[test]
    fn what_a_file_keeps_secret_is_secret_in_a_request() {
        let secret = WHOLE.replace("config.yml, format: yaml}", "config.yml, format: yaml, secret: [[name]]}");
        let foreign = manifest(secret.as_bytes()).expect("a manifest").foreign.expect("switches");
        assert!(format!("{:?}", foreign.requests).contains("Digest(Sha256, Secret(Setting("), "{:?}", foreign.requests);
    }

    #[test]
    fn parts_that_unfold_for_ever_are_refused() {
        let endless = WHOLE.replace(
            "{$first: [{$id: client}, {$unknown: none}]}",
            "[{$part: id}, {$part: id}, {$part: id}, {$part: id}]",
        );
        assert!(!problems(endless.as_bytes()).is_empty());
    }
}
