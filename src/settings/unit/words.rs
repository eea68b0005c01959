//! The words of a unit's values: quotes, escapes, specifiers, variables.
//!
//! Promises: the words are systemd's own. Deliberately absent: the values of specifiers.

use crate::settings::launch::Given;

/// What is done with a backslash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Known escapes are replaced; another one ends the reading.
    Known,
    /// Known escapes are replaced; another one stays as it is.
    Relaxed,
    /// It goes, and the next character stays.
    Kept,
}

/// The words of a value, and whether all of it was read.
pub(super) fn extracted(value: &str, escapes: Escapes) -> (Vec<String>, bool) {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (_, '\\') => {
                let word = word.get_or_insert_default();
                let mut ahead = chars.clone();
                match (escaped(&mut ahead), escapes) {
                    (_, Escapes::Kept) => word.extend(chars.next()),
                    (Some(c), _) => {
                        word.push(c);
                        chars = ahead;
                    }
                    (None, Escapes::Known) => return (words, false),
                    (None, Escapes::Relaxed) => {
                        word.push('\\');
                        word.extend(chars.next());
                    }
                }
            }
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, ' ' | '\t' | '\n' | '\r') => words.extend(word.take()),
            (None, '"' | '\'') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return (words, false);
    }
    words.extend(word);
    (words, true)
}

/// The character that an escape stands for; none where there is no such escape.
fn escaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let (start, digits, radix) = match chars.next()? {
        'a' => return Some('\u{7}'),
        'b' => return Some('\u{8}'),
        'f' => return Some('\u{c}'),
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'v' => return Some('\u{b}'),
        's' => return Some(' '),
        c @ ('\\' | '"' | '\'') => return Some(c),
        'x' => (0, 2, 16),
        'u' => (0, 4, 16),
        'U' => (0, 8, 16),
        c => (c.to_digit(8)?, 2, 8),
    };
    let mut number: u32 = start;
    for _ in 0..digits {
        number = number.checked_mul(radix)?.checked_add(chars.next()?.to_digit(radix)?)?;
    }
    // Nothing may end a text.
    char::from_u32(number).filter(|c| *c != '\0')
}

/// A word with its specifiers: `%%` is one sign, any other is put in by systemd. None where there is no such specifier.
pub(super) fn specified(word: &str) -> Option<Given> {
    let (mut written, mut of, mut chars) = (String::new(), Vec::new(), word.chars());
    while let Some(c) = chars.next() {
        if c != '%' {
            written.push(c);
            continue;
        }
        match chars.next() {
            Some('%') | None => written.push('%'),
            Some(letter) if letter.is_ascii_alphabetic() => {
                let part = format!("%{letter}");
                written.push_str(&part);
                of.push(part);
            }
            Some(_) => return None,
        }
    }
    Some(Given::of(written, of))
}

/// A word of a command with its variables. `$NAME` by itself is as many words as its value has, `${NAME}` a part of one, and `$$` one sign.
pub(super) fn expanded<'v>(word: Given, known: impl Fn(&str) -> Option<&'v str>) -> Vec<Given> {
    let (text, mut of) = match word {
        Given::Set(text) => (text, Vec::new()),
        Given::Follows { written, of } => (written, of),
        Given::Unknown => return vec![Given::Unknown],
    };
    if let Some(name) = text.strip_prefix('$').filter(|name| !name.is_empty() && !name.starts_with(['{', '$'])) {
        return match known(name) {
            Some(value) => extracted(value, Escapes::Kept).0.into_iter().map(Given::Set).collect(),
            None => vec![Given::Follows { of: vec![text.clone()], written: text }],
        };
    }
    let (mut written, mut rest) = (String::new(), text.as_str());
    while let Some((before, after)) = rest.split_once('$') {
        written.push_str(before);
        rest = after;
        if let Some(behind) = after.strip_prefix('$') {
            written.push('$');
            rest = behind;
        } else if let Some((name, behind)) = after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            match known(name) {
                Some(value) => written.push_str(value),
                None => {
                    let part = format!("${{{name}}}");
                    written.push_str(&part);
                    of.push(part);
                }
            }
            rest = behind;
        } else {
            written.push('$');
        }
    }
    written.push_str(rest);
    vec![Given::of(written, of)]
}
