//! Rust sources as `layers` reads them: without comments and the content of strings, with and without their tests.
//!
//! Promises: every blanked text keeps its lines, so that what is found has a line. Absent: a parser; this is plain scanning.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One source.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its path below the repository, such as `src/host/env.rs`.
    pub(crate) path: String,
    /// As it stands.
    pub(crate) text: String,
    /// Without comments and what stands in strings.
    pub(crate) code: String,
    /// The same without its `#[cfg(test)]` items.
    pub(crate) shipped: String,
}

impl Source {
    /// Its module: `[host, env]`; `[]` for `lib.rs`, `main.rs` and what lies outside `src`.
    pub(crate) fn module(&self) -> Vec<&str> {
        let Some(path) = self.path.strip_prefix("src/") else { return Vec::new() };
        let stem = path.trim_end_matches(".rs").trim_end_matches("/mod");
        if ["lib", "main"].contains(&stem) { Vec::new() } else { stem.split('/').collect() }
    }
}

/// The repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file below `folder` of the repository, in order; crates of their own (with a `Cargo.toml`) are passed over.
pub(crate) fn below(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    collect(&repository().join(folder), &mut files);
    files.sort();
    files.iter().map(|path| read(path)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() && !path.join("Cargo.toml").exists() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("a source");
    let path = path.strip_prefix(repository()).expect("below the repository").display().to_string();
    let code = code(&text);
    Source { path, shipped: without_tests(&code), code, text }
}

/// The number of the line that `offset` of `text` lies on.
pub(crate) fn line(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// Whether `c` can be part of a word.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Splits off the word at the beginning; empty where there is none.
pub(crate) fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c| !is_word(c)).unwrap_or(text.len()))
}

/// Every place where `wanted` stands, as a whole word where it begins with one, with what follows.
pub(crate) fn find<'a>(text: &'a str, wanted: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let whole = wanted.starts_with(is_word);
    text.match_indices(wanted).filter_map(move |(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.strip_prefix(wanted).unwrap_or_default();
        let cut = wanted.ends_with(is_word) && after.starts_with(is_word);
        (!(whole && before.ends_with(is_word) || cut)).then_some((at, after))
    })
}

/// Every path that begins with `root`, groups taken apart, with its line: `use std::{fs, io::Read}` gives two.
pub(crate) fn paths(text: &str, root: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for (at, after) in find(text, root) {
        let (before, _) = text.split_at(at);
        if before.trim_end().ends_with("::") || !after.trim_start().starts_with("::") {
            continue;
        }
        let mut all = Vec::new();
        expand(after, vec![root.to_owned()], &mut all);
        found.extend(all.into_iter().map(|path| (line(text, at), path)));
    }
    found
}

fn expand<'a>(rest: &'a str, mut path: Vec<String>, all: &mut Vec<Vec<String>>) -> &'a str {
    let Some(after) = rest.trim_start().strip_prefix("::").map(str::trim_start) else {
        all.push(path);
        return rest;
    };
    let Some(mut group) = after.strip_prefix('{') else {
        let (next, rest) = word(after);
        if next.is_empty() {
            all.push(path);
            return rest;
        }
        path.push(next.to_owned());
        return expand(rest, path, all);
    };
    loop {
        group = group.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let (next, rest) = word(group);
        match (next, group.strip_prefix('}')) {
            (_, Some(rest)) => return rest,
            ("", None) => return group,
            ("self", None) => {
                all.push(path.clone());
                group = rest;
            }
            (next, None) => group = expand(rest, path.iter().cloned().chain([next.to_owned()]).collect(), all),
        }
        // `as name` belongs to the entry before it.
        group = group.trim_start_matches(|c| c != ',' && c != '}');
    }
}

/// The module that a path leads to: the longest beginning that is one; `[]` is the crate itself.
pub(crate) fn target<'a>(path: &'a [String], modules: &BTreeSet<Vec<&str>>) -> Vec<&'a str> {
    let path: Vec<&str> = path.iter().skip(1).map(String::as_str).collect();
    (0..=path.len())
        .rev()
        .filter_map(|length| path.get(..length))
        .find(|beginning| beginning.is_empty() || modules.contains(*beginning))
        .map(<[&str]>::to_vec)
        .unwrap_or_default()
}

/// The modules that `code` lists, as paths: `mod a;` and `mod b { mod c; }` are `a` and `b/c`.
pub(crate) fn listed(code: &str) -> BTreeSet<String> {
    let (mut all, mut open) = (BTreeSet::new(), Vec::new());
    let mut tokens = code.split_inclusive([';', '{', '}']);
    while let Some(token) = tokens.by_ref().next() {
        let name = find(token, "mod").last().map(|(_, after)| word(after.trim_start()).0);
        match (name, token.chars().last()) {
            (Some(name), Some(';')) => {
                all.insert(open.iter().copied().chain([name]).collect::<Vec<_>>().join("/"));
            }
            (name, Some('{')) => open.push(name.unwrap_or_default()),
            (_, Some('}')) => {
                open.pop();
            }
            _ => {}
        }
    }
    all
}

/// The words of a name in either spelling: `QueueManager` and `queue_manager` have two.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut spaced = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            spaced.push(' ');
        }
        spaced.extend(c.to_lowercase());
    }
    spaced.split([' ', '_']).map(str::to_owned).collect()
}

/// `text` with its comments and what stands in strings and characters blanked.
fn code(text: &str) -> String {
    let (mut code, mut rest, mut before) = (String::with_capacity(text.len()), text, ' ');
    while let Some(first) = rest.chars().next() {
        let opaque = opaque(rest, before);
        let (taken, after) = rest.split_at(opaque.unwrap_or(first.len_utf8()));
        match opaque {
            Some(_) => blank(taken, &mut code),
            None => code.push(first),
        }
        before = first;
        rest = after;
    }
    code
}

fn blank(text: &str, into: &mut String) {
    into.extend(text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
}

/// The length of the comment, string or character that `text` begins with.
fn opaque(text: &str, before: char) -> Option<usize> {
    let to = |end: &str, from: usize| {
        let tail = text.get(from..).unwrap_or_default();
        Some(tail.find(end).map_or(text.len(), |at| from + at + end.len()))
    };
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return to("*/", 2);
    }
    if text.starts_with('"') {
        return Some(quoted(text, '"'));
    }
    if !is_word(before) || before == 'b' || before == 'c' {
        let hashes = text.strip_prefix('r').map(|rest| rest.len() - rest.trim_start_matches('#').len());
        if let Some(hashes) = hashes.filter(|hashes| text.chars().nth(1 + hashes) == Some('"')) {
            return to(&format!("\"{}", "#".repeat(hashes)), 2 + hashes);
        }
    }
    let mut chars = text.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('\''), Some('\\'), _) => Some(quoted(text, '\'')),
        (Some('\''), Some(c), Some('\'')) => Some(2 + c.len_utf8()),
        _ => None,
    }
}

/// The length of what stands between two quotes, with them.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `code` with its `#[cfg(test)]` items blanked.
fn without_tests(code: &str) -> String {
    let (mut shipped, mut rest) = (String::with_capacity(code.len()), code);
    while let Some(at) = rest.find("#[cfg(test)]") {
        let (kept, item) = rest.split_at(at);
        let (item, after) = item.split_at(item_length(item));
        shipped.push_str(kept);
        blank(item, &mut shipped);
        rest = after;
    }
    shipped + rest
}

fn item_length(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in item.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && (c == '}' || c == ';') {
            return at + 1;
        }
    }
    item.len()
}

#[test]
fn a_source_is_read_without_comments_strings_and_tests() {
    let text = r##"/* std::a */ use b::{self, c as d, e::{f, g}}; // std::h
const X: &str = "std::i \" std::j"; const Y: char = '"'; fn k<'a>(l: &'a str) -> m::N { r#"std::"o"# }
#[cfg(test)]
mod tests { use std::p; fn q() { { } } }
#[cfg(test)] use std::r;
fn s() { std::t::u() }"##;
    let shipped = without_tests(&code(text));
    let found =
        |root| paths(&shipped, root).into_iter().map(|(line, path)| (line, path.join("::"))).collect::<Vec<_>>();
    assert_eq!(found("std"), [(6, "std::t::u".to_owned())]);
    assert_eq!(found("b").into_iter().map(|(_, path)| path).collect::<Vec<_>>(), ["b", "b::c", "b::e::f", "b::e::g"]);
    assert_eq!(found("m"), [(2, "m::N".to_owned())]);
}
