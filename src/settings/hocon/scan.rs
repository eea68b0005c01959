//! A text as tokens, each with the bytes that it is made of.
//!
//! Promises: what the real library's tokenizer refuses is refused here, with its line; one pass, whatever the text. Comments are no
//! tokens: a line break or the end stands behind each.
//!
//! Deliberately absent: what tokens mean together.

use std::ops::Range;

use crate::settings::text::line_at;
use crate::settings::value::{Language, ReadError, ReadErrorKind};

/// Longest path in keys, and deepest nesting of values: nobody writes settings so deep, and each step is a call.
pub(super) const DEEPEST: usize = 64;

/// A piece of a value or of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// `null`.
    Null,
    /// `true` or `false`, without quotes.
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A text in quotes, without them.
    Quoted(String),
    /// A text without quotes.
    Bare(String),
}

impl Word {
    /// The text that this is in a longer text or in a key.
    pub(super) fn text(&self) -> &str {
        match self {
            Word::Null => "null",
            Word::Bool(true) => "true",
            Word::Bool(false) => "false",
            Word::Number(text) | Word::Quoted(text) | Word::Bare(text) => text,
        }
    }
}

/// `${path}`, or `${?path}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Follow {
    /// What is looked up.
    pub(super) path: Vec<String>,
    /// Whether there may be nothing.
    pub(super) optional: bool,
}

/// The kinds of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sign {
    Newline,
    Blank,
    Open,
    Close,
    OpenList,
    CloseList,
    Colon,
    Equals,
    Append,
    Comma,
    Word(Word),
    Follow(Follow),
}

/// A token and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) sign: Sign,
    pub(super) range: Range<usize>,
}

/// What stops a reading, at the byte where it was noticed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) kind: ReadErrorKind,
}

impl Fault {
    pub(super) fn syntax(at: usize) -> Self {
        Self { at, kind: ReadErrorKind::Syntax(Language::Hocon) }
    }

    pub(super) fn deep(at: usize) -> Self {
        Self { at, kind: ReadErrorKind::TooDeep }
    }

    pub(super) fn of(self, text: &str) -> ReadError {
        self.kind.at(line_at(text.as_bytes(), self.at))
    }
}

/// Whether the real library takes this for a blank, a line feed aside.
pub(super) fn is_blank(c: char) -> bool {
    c != '\n' && (c == '\u{feff}' || ('\u{1c}'..='\u{1f}').contains(&c) || (c.is_whitespace() && c != '\u{85}'))
}

/// What ends a text without quotes, and cannot begin one.
fn is_reserved(c: char) -> bool {
    "$\"{}[]:=,+#`^?!@*&\\".contains(c)
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let (mut scan, mut tokens) = (Scan { text, at: 0 }, Vec::new());
    while let Some(token) = scan.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn is_comment(&self) -> bool {
        self.rest().starts_with('#') || self.rest().starts_with("//")
    }

    /// Goes on while it is so.
    fn pass(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let rest = self.rest();
        let taken = rest.get(..rest.find(|c| !wanted(c)).unwrap_or(rest.len())).unwrap_or_default().to_owned();
        self.at += taken.len();
        taken
    }

    fn token(&mut self) -> Result<Option<Token>, Fault> {
        if self.is_comment() {
            self.pass(|c| c != '\n');
        }
        let start = self.at;
        let Some(first) = self.peek() else { return Ok(None) };
        let one = |sign| Some((sign, first.len_utf8()));
        let plain = match first {
            '\n' => one(Sign::Newline),
            '{' => one(Sign::Open),
            '}' => one(Sign::Close),
            '[' => one(Sign::OpenList),
            ']' => one(Sign::CloseList),
            ':' => one(Sign::Colon),
            '=' => one(Sign::Equals),
            ',' => one(Sign::Comma),
            '+' if self.rest().starts_with("+=") => Some((Sign::Append, 2)),
            _ => None,
        };
        let sign = match (plain, first) {
            (Some((sign, length)), _) => {
                self.at += length;
                sign
            }
            (None, '"') => Sign::Word(Word::Quoted(self.quoted()?)),
            (None, '$') => Sign::Follow(self.follow()?),
            (None, first) if is_blank(first) => {
                self.pass(is_blank);
                Sign::Blank
            }
            (None, first) => Sign::Word(self.bare(first)?),
        };
        Ok(Some(Token { sign, range: start..self.at }))
    }

    /// A number, a word with a meaning or a text: as far as the real library takes them for one token.
    fn bare(&mut self, first: char) -> Result<Word, Fault> {
        let start = self.at;
        if first == '-' || first.is_ascii_digit() {
            let text = self.pass(|c| c.is_ascii_digit() || "eE+-.".contains(c));
            return match text {
                text if is_number(&text) => Ok(Word::Number(text)),
                text if text.contains('+') => Err(Fault::syntax(start)),
                text => Ok(Word::Bare(text)),
            };
        }
        if is_reserved(first) {
            return Err(Fault::syntax(start));
        }
        for (text, word) in [("true", Word::Bool(true)), ("false", Word::Bool(false)), ("null", Word::Null)] {
            if self.rest().starts_with(text) {
                self.at += text.len();
                return Ok(word);
            }
        }
        let rest = self.rest();
        let (mut end, mut slash) = (rest.len(), false);
        for (at, c) in rest.char_indices() {
            if is_reserved(c) || c == '\n' || is_blank(c) {
                end = at;
                break;
            }
            if c == '/' && slash {
                end = at - 1;
                break;
            }
            slash = c == '/';
        }
        let text = rest.get(..end).unwrap_or_default().to_owned();
        self.at += end;
        Ok(Word::Bare(text))
    }

    fn quoted(&mut self) -> Result<String, Fault> {
        let start = self.at;
        if self.rest().starts_with("\"\"\"") {
            return self.thrice();
        }
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape(start)?),
                Some(c) if !c.is_control() => text.push(c),
                _ => return Err(Fault::syntax(start)),
            }
        }
    }

    /// Up to three quotes; those before the last three are of the text.
    fn thrice(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.at += 3;
        let body = self.rest();
        let close = body.find("\"\"\"").ok_or(Fault::syntax(start))?;
        let more = body.get(close + 3..).unwrap_or_default();
        let end = close + more.len() - more.trim_start_matches('"').len();
        let text = body.get(..end).unwrap_or_default().to_owned();
        self.at += end + 3;
        Ok(text)
    }

    fn escape(&mut self, start: usize) -> Result<char, Fault> {
        let fault = Fault::syntax(start);
        Ok(match self.next().ok_or(fault)? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            c @ ('"' | '\\' | '/') => c,
            'u' => {
                let high = self.unit().ok_or(fault)?;
                if !(0xd800..0xdc00).contains(&high) {
                    return char::from_u32(high).ok_or(fault);
                }
                let pair = self.rest().starts_with("\\u");
                self.at += if pair { 2 } else { 0 };
                let low = self.unit().filter(|low| pair && (0xdc00..0xe000).contains(low)).ok_or(fault)?;
                char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).ok_or(fault)?
            }
            _ => return Err(fault),
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let hex = self.rest().get(..4).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let unit = u32::from_str_radix(hex, 16).ok()?;
        self.at += 4;
        Some(unit)
    }

    /// `${…}`: the words of a path up to the brace.
    fn follow(&mut self) -> Result<Follow, Fault> {
        let start = self.at;
        let fault = Fault::syntax(start);
        let optional = self.rest().starts_with("${?");
        if !self.rest().starts_with("${") {
            return Err(fault);
        }
        self.at += if optional { 3 } else { 2 };
        let (mut words, mut blank) = (Vec::new(), None);
        loop {
            let token = if self.rest().starts_with('$') { None } else { self.token()? };
            let token = token.ok_or(fault)?;
            match token.sign {
                Sign::Close => break,
                Sign::Blank => blank = self.text.get(token.range).map(|text| Word::Bare(text.to_owned())),
                Sign::Word(word) => {
                    words.extend(blank.take().filter(|_| !words.is_empty()));
                    words.push(word);
                }
                _ => return Err(fault),
            }
        }
        Ok(Follow { path: path(&words).ok_or(fault)?, optional })
    }
}

/// The keys that words are together: a point outside of quotes stands between two. None where a key would be empty without quotes.
pub(super) fn path(words: &[Word]) -> Option<Vec<String>> {
    let (mut keys, mut key, mut quoted) = (Vec::new(), String::new(), false);
    for word in words {
        if let Word::Quoted(text) = word {
            quoted = quoted || key.is_empty();
            key.push_str(text);
            continue;
        }
        for (at, part) in word.text().split('.').enumerate() {
            if at > 0 {
                if key.is_empty() && !quoted {
                    return None;
                }
                keys.push(std::mem::take(&mut key));
                quoted = false;
            }
            key.push_str(part);
        }
    }
    if key.is_empty() && !quoted {
        return None;
    }
    keys.push(key);
    Some(keys)
}

/// What Java's own parsers take for a number, of the letters that a number may have here.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let body = text.strip_prefix('-').unwrap_or(text);
    if !text.contains(['.', 'e', 'E']) {
        return digits(body) && text.parse::<i64>().is_ok();
    }
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (body, None),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_mantissa = match (whole, part) {
        ("", part) => digits(part) && mantissa.contains('.'),
        (whole, "") => digits(whole),
        (whole, part) => digits(whole) && digits(part),
    };
    is_mantissa && exponent.is_none_or(digits)
}
