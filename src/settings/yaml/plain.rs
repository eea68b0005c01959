//! Plain YAML read in one look: block mappings and lists of scalars that end on their line, as people write settings and manifests.
//!
//! Promises: what it reads is what the parser reads, to the letter (both are given the same texts by a test); whatever it is not
//! sure of it leaves to the parser: marks, anchors, tags, escapes, texts over several lines, repeated keys, odd numbers.
//!
//! Deliberately absent: errors. The parser costs some six hundred instructions a byte, and a host program waits for it.

use crate::settings::tree::Tree;

/// Deepest nesting that is read here.
const DEPTH: usize = 16;
/// Most keys of one mapping that are read here: each is compared with those before it.
const KEYS: usize = 256;
/// Longest key, bytes: the parser takes no more than 1024.
const LONGEST_KEY: usize = 128;

/// A line that holds more than blanks and a comment.
#[derive(Clone, Copy)]
struct Line<'t> {
    indent: usize,
    text: &'t str,
}

struct Lines<'t> {
    lines: Vec<Line<'t>>,
    at: usize,
}

/// The tree of a text that is plain all through.
pub(super) fn tree(source: &[u8]) -> Option<Tree<'_>> {
    // Everything else that the parser looks at twice: controls, tabs, other alphabets, carriage returns.
    if !source.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return None;
    }
    let mut lines = Lines { lines: Vec::with_capacity(source.len() / 24), at: 0 };
    let mut ended = false;
    for line in std::str::from_utf8(source).ok()?.split('\n') {
        let text = line.trim_start_matches(' ');
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let indent = line.len() - text.len();
        if ended || (indent == 0 && (text.starts_with("---") || text.starts_with('%'))) {
            return None;
        }
        match text.starts_with("...") {
            true if indent == 0 && text.trim_end() == "..." => ended = true,
            true => return None,
            false => lines.lines.push(Line { indent, text }),
        }
    }
    let tree = lines.block(0, 0)?;
    (lines.at == lines.lines.len()).then_some(tree)
}

/// The line, from 1, of a key at the top of a text that is plain all through.
pub(super) fn line_of(source: &[u8], name: &str) -> Option<u32> {
    tree(source)?;
    let mut lines = std::str::from_utf8(source).ok()?.split('\n');
    let at = lines.position(|line| key(line).is_some_and(|(there, _)| there == name))?;
    u32::try_from(at + 1).ok()
}

impl<'t> Lines<'t> {
    fn now(&self) -> Option<Line<'t>> {
        self.lines.get(self.at).copied()
    }

    /// The collection whose first line is the present one.
    fn block(&mut self, indent: usize, depth: usize) -> Option<Tree<'t>> {
        let line = self.now().filter(|line| line.indent == indent && depth < DEPTH)?;
        if line.text.starts_with("- ") { self.sequence(indent, depth) } else { self.mapping(indent, depth) }
    }

    fn sequence(&mut self, indent: usize, depth: usize) -> Option<Tree<'t>> {
        let mut items = Vec::new();
        while let Some(line) = self.now().filter(|line| line.indent == indent) {
            let Some(after) = line.text.strip_prefix("- ") else { break };
            let rest = after.trim_start_matches(' ');
            if rest.starts_with("- ") || rest.starts_with('#') {
                return None;
            }
            if key(rest).is_some() {
                let inner = Line { indent: indent + line.text.len() - rest.len(), text: rest };
                *self.lines.get_mut(self.at)? = inner;
                items.push(self.block(inner.indent, depth + 1)?);
            } else {
                items.push(scalar_or_flow(rest, depth)?);
                self.at += 1;
            }
            self.shallow(indent)?;
        }
        Some(Tree::Sequence(items))
    }

    fn mapping(&mut self, indent: usize, depth: usize) -> Option<Tree<'t>> {
        let mut entries: Vec<(Tree<'t>, Tree<'t>)> = Vec::new();
        while let Some(line) = self.now().filter(|line| line.indent == indent) {
            let (name, rest) = key(line.text)?;
            if entries.len() == KEYS || entries.iter().any(|(there, _)| there.is_text(name)) {
                return None;
            }
            self.at += 1;
            let value = match rest {
                "" => self.below(indent, depth)?,
                _ => scalar_or_flow(rest, depth)?,
            };
            self.shallow(indent)?;
            entries.push((Tree::Text(name.into()), value));
        }
        Some(Tree::Mapping(entries))
    }

    /// The value of a key that has none on its line.
    fn below(&mut self, indent: usize, depth: usize) -> Option<Tree<'t>> {
        match self.now() {
            Some(next) if next.indent > indent => self.block(next.indent, depth + 1),
            Some(next) if next.indent == indent && next.text.starts_with("- ") => self.sequence(indent, depth + 1),
            Some(_) | None => Some(Tree::Null),
        }
    }

    /// Nothing deeper follows: it would go on with the value before it, or be a mistake.
    fn shallow(&self, indent: usize) -> Option<()> {
        self.now().is_none_or(|next| next.indent <= indent).then_some(())
    }
}

/// A key that is a text, and what follows its colon; that is empty where only a comment does.
fn key(text: &str) -> Option<(&str, &str)> {
    let length = text.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')))?;
    let (name, rest) = text.split_at_checked(length)?;
    let rest = rest.strip_prefix(':')?;
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || length > LONGEST_KEY || is_word(name) {
        return None;
    }
    let value = rest.trim_start_matches(' ');
    match value.is_empty() || value.len() < rest.len() {
        true if value.starts_with('#') => Some((name, "")),
        true => Some((name, value)),
        false => None,
    }
}

/// Whether the parser takes these letters for something else than a text.
fn is_word(text: &str) -> bool {
    matches!(text, "null" | "Null" | "NULL" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

/// A value that ends on its line.
fn scalar_or_flow(text: &str, depth: usize) -> Option<Tree<'_>> {
    match text.as_bytes().first()? {
        b'"' | b'\'' | b'[' | b'{' => {
            let (value, rest) = flow(text, depth)?;
            let after = rest.trim_start_matches(' ');
            (after.is_empty() || (after.starts_with('#') && after.len() < rest.len())).then_some(value)
        }
        _ => {
            let plain = before_comment(text)?.trim_end_matches(' ');
            if plain.ends_with(':') { None } else { scalar(plain) }
        }
    }
}

/// The text up to a comment; none where a colon before it makes it a key.
fn before_comment(text: &str) -> Option<&str> {
    let mut before = b' ';
    for (at, byte) in text.bytes().enumerate() {
        match (before, byte) {
            (b' ', b'#') => return text.get(..at),
            (b':', b' ') => return None,
            _ => before = byte,
        }
    }
    Some(text)
}

/// A scalar without quotes.
fn scalar(text: &str) -> Option<Tree<'_>> {
    let whole = || Some(Tree::Text(text.into()));
    match text.as_bytes().first()? {
        b'0'..=b'9' if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let plain = text.len() <= 18 && (text.len() == 1 || !text.starts_with('0'));
            plain.then(|| Tree::Number(text.into()))
        }
        b'0'..=b'9' if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            // Two dots are a version; one is a number, where it is spelled as it would be spelled anew.
            let version = text.bytes().filter(|byte| *byte == b'.').count() > 1;
            let plain = || text.parse::<f64>().is_ok_and(|value| format!("{value:?}") == text);
            if version { whole() } else { plain().then(|| Tree::Number(text.into())) }
        }
        // A letter that no spelling of a number has.
        b'0'..=b'9' if !based(text) && text.bytes().any(|b| b.is_ascii_alphabetic() && !matches!(b, b'e' | b'E')) => {
            whole()
        }
        b'a'..=b'z' | b'A'..=b'Z' if is_word(text) => match text.as_bytes().first()?.to_ascii_lowercase() {
            b'n' => Some(Tree::Null),
            first => Some(Tree::Bool(first == b't')),
        },
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'/' | b'$' | b'(' | b'^' => whole(),
        _ => None,
    }
}

/// Whether it may be a number to another base.
fn based(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0', b'x' | b'o' | b'b', ..])
}

/// A quoted scalar, a list in brackets, a mapping in braces or a scalar within one, and what follows it.
fn flow(text: &str, depth: usize) -> Option<(Tree<'_>, &str)> {
    match text.as_bytes().first()? {
        b'"' => {
            let (inner, rest) = text.get(1..)?.split_once('"')?;
            (!inner.contains('\\')).then(|| (Tree::Text(inner.into()), rest))
        }
        b'\'' => {
            let (inner, rest) = text.get(1..)?.split_once('\'')?;
            (!rest.starts_with('\'')).then(|| (Tree::Text(inner.into()), rest))
        }
        b'[' | b'{' if depth >= DEPTH => None,
        b'[' => items(text.get(1..)?, ']', |text| flow(text, depth + 1)).map(|(all, rest)| (Tree::Sequence(all), rest)),
        b'{' => {
            let entry = |text| {
                let (name, rest) = key(text)?;
                let (value, rest) = flow(rest, depth + 1)?;
                Some(((Tree::Text(name.into()), value), rest))
            };
            let (entries, rest) = items(text.get(1..)?, '}', entry)?;
            let repeated = |at: usize, name: &Tree| entries.iter().take(at).any(|(there, _)| there == name);
            let fit = entries.len() <= KEYS && !entries.iter().enumerate().any(|(at, (name, _))| repeated(at, name));
            fit.then_some((Tree::Mapping(entries), rest))
        }
        _ => {
            let within =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'.' | b'/' | b'-' | b'$');
            let end = text.bytes().position(|byte| !within(byte))?;
            let (plain, rest) = text.split_at_checked(end)?;
            Some((scalar(plain.trim_end_matches(' '))?, rest))
        }
    }
}

/// What stands between brackets, after the opening one.
fn items<'t, T>(
    text: &'t str,
    close: char,
    mut one: impl FnMut(&'t str) -> Option<(T, &'t str)>,
) -> Option<(Vec<T>, &'t str)> {
    let mut all = Vec::new();
    let mut rest = text.trim_start_matches(' ');
    if let Some(after) = rest.strip_prefix(close) {
        return Some((all, after));
    }
    loop {
        let (item, after) = one(rest)?;
        all.push(item);
        let after = after.trim_start_matches(' ');
        match after.strip_prefix(',') {
            Some(more) => rest = more.trim_start_matches(' '),
            None => return after.strip_prefix(close).map(|after| (all, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::value::Step;
    use crate::settings::yaml::locate::lines_of;
    use crate::settings::yaml::tree::{Duplicates, LIMIT, parse, parse_respelled, text};
    use proptest::prelude::{ProptestConfig, Strategy, prop, prop_oneof, proptest};
    use std::cell::Cell;

    /// Whether it is read here; then the parser has to read the same.
    fn same(source: &str) -> bool {
        let Some(tree) = tree(source.as_bytes()) else { return false };
        let text = text(source.as_bytes(), 1 << 20).unwrap_or_else(|error| panic!("{error}: {source:?}"));
        assert_eq!(parse(text, Duplicates::Refused).as_ref(), Ok(&tree), "{source:?}");
        assert_eq!(parse_respelled(text).as_ref(), Ok(&tree), "{source:?}");
        let Tree::Mapping(entries) = &tree else { return true };
        let name = |(name, _): &(Tree<'_>, Tree<'_>)| match name {
            Tree::Text(name) => name.to_string(),
            _ => panic!("{source:?}"),
        };
        let paths: Vec<[Step; 1]> = entries.iter().map(|entry| [Step::Key(name(entry))]).collect();
        let lines = lines_of(source.as_bytes(), LIMIT, &paths.iter().map(|path| path.as_slice()).collect::<Vec<_>>());
        for (entry, line) in entries.iter().zip(lines) {
            let here = line_of(source.as_bytes(), &name(entry));
            assert!(line.is_none() || here == line, "{entry:?} of {source:?}");
        }
        true
    }

    const VALUES: &str = "|a|a b|b-c|1|0|-1|007|10|1.5|0.80|0.1|2.1.0|1.|1..2|00.5|1e3|0x1F|0o7|850ms|1s|12e|12e5|468d5a8f|00e1a|0b1c|0xg|1E5|1f|1_0|inf|nan|.inf|true|False|null|~|no|y|'a'|''|'a''b'|\"a\"|\
        \"a\\n\"|\"\"|'a: b'|'a' b|a: b|a:b|a:|a #c|a#c|'a'#c|'a' #c|#c|[]|{}|[a, b]|[a,b]|[a, ]|[a: b]|['0', \"x\", 1]|{a: b}|{a: b, a: c}|{a:b}|\
        {a: [b, {c: d}]}|[a|a]|[a]]|[a] b|[a] #c|{a: b} #c|[ ]|{ a: b }|[a b, c]|[-1]|[null]|{null: a}|{true: a}|{1: a}|[a/b.c]|[a:b]|\
        |>|\\||\\|-|&a b|*a|!t a|? a|- a|- - a|---|...|%a|@a|`a|/a/b|https://a.b/c?d=e&f|$a|$user_id|(a)|^a[b]{1,2}$|a, b|a]|a}|<<|a  b |123456789012345678|\
        1234567890123456789|18446744073709551616|12:30|2026-01-01|1.2.3|e5|5e|0b1|0b2|+1|a\\b|é|a\tb";
    const KEYS: &str = "a|b|c|on|off|key_1|x.y|k-v|null|true|<<|1|'q'|\"q\"|a b|_|Null|y|é|-|a:";

    /// Lines as people write them, with now and then something else.
    fn line() -> impl Strategy<Value = String> {
        let pick = |plain: &'static str, odd: &'static str| {
            let plain: Vec<&str> = plain.split('|').collect();
            prop_oneof![8 => prop::sample::select(plain), 1 => prop::sample::select(odd.split('|').collect::<Vec<_>>())]
        };
        let indent = prop::sample::select(vec![0_usize, 0, 0, 2, 2, 4, 1]);
        let dash = pick("|||- ", "- - |-  |-");
        let end = pick("||| # c", "#|\r| \t|\n|\n  # c|\n...|\n---");
        let colon = pick(": ", ":| : |:  |");
        let value = pick("|||a|b c|1|true|'x'|[a, b]|{a: b}", VALUES);
        (indent, dash, pick("a|b|c|d|e", KEYS), colon, value, end).prop_map(|(indent, dash, key, colon, value, end)| {
            format!("{}{dash}{key}{colon}{value}{end}", " ".repeat(indent))
        })
    }

    #[test]
    fn what_people_write_is_read_here() {
        let whole = include_str!("../../manifest/examples/acme.yml");
        for text in [
            whole,
            include_str!("../../manifest/examples/beacon.yml"),
            include_str!("../../manifest/catalog/tool.yml"),
            "user_id: '4b7c'\nanonymous_tracking: true\n",
            "user_id: 468d5a8ff8f0414a9dc8bdc308618363\nanonymous_tracking: false\ncollection: local\n",
            "telemetry:\n  id: xyz123\n",
            "a:\n- b: 1\n  c: [x, 'y', \"z\"]\n\n# c\n- d\nb: {e: f, g: [1]} # c\n...\n",
        ] {
            assert!(same(text), "{text}");
        }
        for end in 0..whole.len() {
            same(whole.get(..end).unwrap_or_default());
        }
    }

    #[test]
    fn each_value_alone_is_read_as_the_parser_reads_it() {
        let read = VALUES.split('|').filter(|value| same(&format!("a: {value}\n"))).count();
        assert!(read > 40, "{read}");
        let listed = VALUES.split('|').filter(|value| same(&format!("a:\n  - {value}\n  - b\n"))).count();
        assert!(listed > 40, "{listed}");
        let deep = format!("a: {}b{}\n", "[".repeat(100), "]".repeat(100));
        assert!(!same(&deep));
    }

    #[test]
    fn whatever_is_read_here_is_read_as_the_parser_reads_it() {
        let cases = if std::env::var_os("FULL").is_some() { 1_000_000 } else { 4096 };
        let read = Cell::new(0_u32);
        proptest!(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() },
        |(lines in prop::collection::vec(line(), 1..7))| {
            read.set(read.get() + u32::from(same(&lines.join("\n"))));
        });
        assert!(read.get() > cases / 20, "{} of {cases} texts were read", read.get());
    }
}
