//! The part of JSONPath that is followed, and the texts that it finds.
//!
//! Promises: a path is followed as a whole or not at all; nothing is added to a document. Absent: filters, slices, functions, `..*`.

use serde_json::Value;

/// A path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Members of an object by their names.
    Names(Vec<String>),
    /// Items of a list, from its end where negative.
    Items(Vec<i64>),
    /// Everything in it.
    All,
    /// A member of this name, however deep.
    Deep(String),
}

/// Where in a document: names and indices, written as a path.
type Place = String;

impl Path {
    /// Takes a path; a refusal is why it is not followed.
    ///
    /// # Errors
    /// It does not begin with `$`, leads nowhere, or has more than is followed here.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.trim().strip_prefix('$').ok_or("a path begins with $")?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest)?;
            steps.push(step);
            rest = after;
        }
        if steps.is_empty() {
            return Err("it names the whole document".to_owned());
        }
        Ok(Self(steps))
    }

    /// Puts `scramble` of it in the place of each text that the path finds, and of each text that stands in a list that it finds.
    pub fn map(&self, document: &mut Value, scramble: &mut dyn FnMut(Place, &str) -> String) {
        walk(&self.0, document, String::new(), scramble);
    }
}

fn step(rest: &str) -> Result<(Step, &str), String> {
    if let Some(deep) = rest.strip_prefix("..") {
        let (name, after) = plain(deep)?;
        return Ok((Step::Deep(name), after));
    }
    let dotted = rest.strip_prefix('.');
    let inner = dotted.unwrap_or(rest);
    if let Some(list) = inner.strip_prefix('[') {
        return bracket(list);
    }
    match dotted.map(|rest| rest.strip_prefix('*')) {
        Some(Some(after)) => Ok((Step::All, after)),
        Some(None) => plain(inner).map(|(name, after)| (Step::Names(vec![name]), after)),
        None => Err(format!("`{rest}` is not followed here")),
    }
}

/// A name after a dot.
fn plain(rest: &str) -> Result<(String, &str), String> {
    let (name, after) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
    if name.is_empty() || name.contains(['*', '(', ')', ']', '\'', '"', '?', '@', ' ', ',', '\\']) {
        return Err(format!("`{rest}` is not followed here"));
    }
    Ok((name.to_owned(), after))
}

/// What stands in brackets, and what comes after them.
fn bracket(list: &str) -> Result<(Step, &str), String> {
    let not = || format!("`[{list}` is not followed here");
    let (mut names, mut items, mut rest) = (Vec::new(), Vec::new(), list.trim_start());
    if let Some(after) = rest.strip_prefix('*') {
        return after.trim_start().strip_prefix(']').map(|after| (Step::All, after)).ok_or_else(not);
    }
    loop {
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let (name, after) = rest.get(1..).and_then(|rest| rest.split_once(quote)).ok_or_else(not)?;
            if name.contains('\\') {
                return Err(not());
            }
            names.push(name.to_owned());
            rest = after.trim_start();
        } else {
            let (number, _) = rest.split_at(rest.find([',', ']']).ok_or_else(not)?);
            items.push(number.trim().parse().map_err(|_| not())?);
            rest = rest.get(number.len()..).unwrap_or_default();
        }
        match (rest.strip_prefix(','), rest.strip_prefix(']')) {
            (Some(next), _) => rest = next.trim_start(),
            (None, Some(after)) if names.is_empty() => return Ok((Step::Items(items), after)),
            (None, Some(after)) if items.is_empty() => return Ok((Step::Names(names), after)),
            (None, _) => return Err(not()),
        }
    }
}

fn walk(steps: &[Step], at: &mut Value, place: Place, scramble: &mut dyn FnMut(Place, &str) -> String) {
    let Some((step, rest)) = steps.split_first() else {
        found(at, place, scramble);
        return;
    };
    match (step, at) {
        (Step::Names(names), Value::Object(members)) => {
            for name in names {
                if let Some(inner) = members.get_mut(name) {
                    walk(rest, inner, format!("{place}.{name}"), scramble);
                }
            }
        }
        (Step::Items(wanted), Value::Array(items)) => {
            for index in wanted {
                let from_end = || items.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
                let index = if *index < 0 { from_end() } else { usize::try_from(*index).ok() };
                if let Some((index, inner)) = index.and_then(|index| Some((index, items.get_mut(index)?))) {
                    walk(rest, inner, format!("{place}[{index}]"), scramble);
                }
            }
        }
        (Step::All, at) => each(at, &place, &mut |inner, place| walk(rest, inner, place, scramble)),
        (Step::Deep(name), at) => deep(name, rest, at, &place, scramble),
        (Step::Names(_) | Step::Items(_), _) => {}
    }
}

/// What is named at any depth; what it holds is looked through as it was before, and as deep.
fn deep(name: &str, rest: &[Step], at: &mut Value, place: &str, scramble: &mut dyn FnMut(Place, &str) -> String) {
    each(at, place, &mut |inner, place| deep(name, rest, inner, &place, scramble));
    if let Value::Object(members) = at
        && let Some(inner) = members.get_mut(name)
    {
        walk(rest, inner, format!("{place}.{name}"), scramble);
    }
}

fn each(at: &mut Value, place: &str, visit: &mut dyn FnMut(&mut Value, Place)) {
    match at {
        Value::Object(members) => {
            members.iter_mut().for_each(|(name, inner)| visit(inner, format!("{place}.{name}")));
        }
        Value::Array(items) => {
            items.iter_mut().enumerate().for_each(|(index, inner)| visit(inner, format!("{place}[{index}]")));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn found(at: &mut Value, place: Place, scramble: &mut dyn FnMut(Place, &str) -> String) {
    match at {
        Value::String(text) => *text = scramble(place, text),
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                if let Value::String(text) = item {
                    *text = scramble(format!("{place}[{index}]"), text);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a path finds in a document, and where.
    fn finds(path: &str, document: &Value) -> Vec<String> {
        let (mut seen, mut changed) = (Vec::new(), document.clone());
        Path::parse(path).expect(path).map(&mut changed, &mut |place, text| {
            seen.push(format!("{place}={text}"));
            "#".to_owned()
        });
        assert_eq!(changed.to_string().matches("\"#\"").count(), seen.len(), "{path}: {changed}");
        seen
    }

    #[test]
    fn texts_and_texts_in_lists_are_found() {
        let document = json!({
            "a": "1", "b c": "2", "n": 3, "none": null, "list": ["x", 4, ["y"], {"a": "5"}, null, "z"],
            "in": {"a": "6", "list": [{"a": "7"}, {"a": ["8"]}]},
        });
        let table: &[(&str, &[&str])] = &[
            ("$.a", &[".a=1"]),
            ("$['a']", &[".a=1"]),
            ("$.['a', \"b c\", 'gone']", &[".a=1", ".b c=2"]),
            ("$.n", &[]),
            ("$.none", &[]),
            ("$.none.a", &[]),
            ("$.gone.a", &[]),
            ("$.a.b", &[]),
            ("$.in", &[]),
            ("$.list.a", &[]),
            ("$.a[0]", &[]),
            ("$.list", &[".list[0]=x", ".list[5]=z"]),
            ("$.list[0]", &[".list[0]=x"]),
            ("$.list[-1]", &[".list[5]=z"]),
            ("$.list[2]", &[".list[2][0]=y"]),
            ("$.list[0, 3].a", &[".list[3].a=5"]),
            ("$.list[9]", &[]),
            ("$.list[-9]", &[]),
            ("$.list[*]", &[".list[0]=x", ".list[2][0]=y", ".list[5]=z"]),
            ("$.in.*", &[".in.a=6"]),
            ("$.in.list[*].a", &[".in.list[0].a=7", ".in.list[1].a[0]=8"]),
            ("$.in..a", &[".in.list[0].a=7", ".in.list[1].a[0]=8", ".in.a=6"]),
        ];
        for (path, wanted) in table {
            assert_eq!(finds(path, &document), *wanted, "{path}");
        }
    }

    #[test]
    fn what_is_not_followed_is_said() {
        for path in [
            "a",
            "$",
            "",
            "$.",
            "$a",
            "$..*",
            "$..['a']",
            "$.a[?(@.b=='c')]",
            "$.a[1:2]",
            "$.a.length()",
            "$.a[",
            "$['a",
            "$['a\\'b']",
            "$['a',1]",
            "$.a b",
        ] {
            assert!(Path::parse(path).is_err(), "{path}");
        }
    }
}
