//! Tokens as objects, lists and values, each with the bytes that it is made of: what was written, not yet what it means.
//!
//! Promises: what the real library's parser refuses is refused here, with its line; depth is bounded; one pass.
//!
//! Deliberately absent: `include` inside a text that is not followed by a name, which the real library refuses, too.

use std::ops::Range;

use crate::settings::hocon::scan::{DEEPEST, Fault, Follow, Sign, Token, Word, path, tokens};
use crate::settings::value::ReadErrorKind;

/// Where the included lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A name by itself: beside the file, or on the class path.
    Name,
    /// `file(…)`.
    File,
    /// `url(…)`.
    Url,
    /// `classpath(…)`.
    Classpath,
}

/// An `include` of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// Where the included lies.
    pub source: Source,
    /// Its name as it is written, without quotes.
    pub name: String,
    /// Whether it is an error that it is not there.
    pub required: bool,
    /// The line, from 1.
    pub line: Option<u32>,
}

/// The entries of an object; of the braces, too, where it has them.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) range: Range<usize>,
    pub(super) braced: bool,
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug)]
pub(super) enum Entry {
    Field(Field),
    Include(Include, Range<usize>),
}

impl Entry {
    pub(super) fn range(&self) -> Range<usize> {
        match self {
            Entry::Field(field) => field.key.start..field.value.range.end,
            Entry::Include(_, range) => range.clone(),
        }
    }
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) path: Vec<String>,
    pub(super) key: Range<usize>,
    pub(super) append: bool,
    pub(super) value: Expr,
}

/// A value.
#[derive(Debug)]
pub(super) struct Expr {
    pub(super) range: Range<usize>,
    /// Whether nothing in it is followed.
    pub(super) settled: bool,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Word(Word),
    Object(Object),
    List(Vec<Expr>),
    Follow(Follow),
    /// Two or more, side by side.
    Several(Vec<Expr>),
}

/// The top of a document.
pub(super) fn parsed(text: &str) -> Result<Object, Fault> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, at: 0, deep: 0, in_list: 0, counted: (0, 1) };
    parser.gaps();
    let root = match parser.peek() {
        Some(Sign::Open) => parser.object(true)?,
        Some(Sign::OpenList) => {
            parser.list()?;
            return Err(Fault { at: 0, kind: ReadErrorKind::Shape });
        }
        _ => parser.object(false)?,
    };
    parser.gaps();
    if parser.peek().is_some() { Err(parser.fault()) } else { Ok(root) }
}

struct Parser<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    deep: usize,
    in_list: usize,
    /// A place, and its line.
    counted: (usize, usize),
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Sign> {
        self.tokens.get(self.at).map(|token| &token.sign)
    }

    /// Where the next token begins.
    fn here(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |token| token.range.start)
    }

    /// Where the token before ends.
    fn behind(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.range.end)
    }

    /// The line of the next token; asked from the top to the end.
    fn line(&mut self) -> Option<u32> {
        let (at, before) = self.counted;
        let between = self.text.as_bytes().get(at..self.here()).unwrap_or_default();
        let line = before + between.iter().filter(|byte| **byte == b'\n').count();
        self.counted = (self.here(), line);
        u32::try_from(line).ok()
    }

    fn fault(&self) -> Fault {
        Fault::syntax(self.here())
    }

    fn takes(&mut self, sign: &Sign) -> bool {
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    /// Passes blanks and line breaks.
    fn gaps(&mut self) {
        while matches!(self.peek(), Some(Sign::Newline | Sign::Blank)) {
            self.at += 1;
        }
    }

    /// Passes what may stand between two entries, and says whether it separates them: a comma or a line break.
    fn separator(&mut self) -> bool {
        let mut found = false;
        loop {
            match self.peek() {
                Some(Sign::Blank) => {}
                Some(Sign::Newline) => found = true,
                Some(Sign::Comma) => {
                    self.at += 1;
                    return true;
                }
                _ => return found,
            }
            self.at += 1;
        }
    }

    fn object(&mut self, braced: bool) -> Result<Object, Fault> {
        let start = if braced { self.here() } else { 0 };
        self.at += usize::from(braced);
        let mut entries = Vec::new();
        loop {
            self.gaps();
            match self.peek() {
                Some(Sign::Close) if braced => break,
                None if !braced => break,
                Some(Sign::Word(Word::Bare(word))) if word == "include" => {
                    let start = self.here();
                    let include = self.include()?;
                    entries.push(Entry::Include(include, start..self.behind()));
                }
                _ => entries.push(Entry::Field(self.field()?)),
            }
            if self.separator() {
                continue;
            }
            match self.peek() {
                Some(Sign::Close) if braced => break,
                None if !braced => break,
                _ => return Err(self.fault()),
            }
        }
        self.at += usize::from(braced);
        let end = if braced { self.behind() } else { self.text.len() };
        Ok(Object { range: start..end, braced, entries })
    }

    fn field(&mut self) -> Result<Field, Fault> {
        let (start, mut words) = (self.here(), Vec::new());
        let mut end = start;
        loop {
            match self.tokens.get(self.at).map(|token| (&token.sign, &token.range)) {
                Some((Sign::Word(word), range)) => {
                    words.push(word.clone());
                    end = range.end;
                }
                // Blanks are of the key where a word follows.
                Some((Sign::Blank, range)) if self.is_word(self.at + 1) => {
                    words.extend(self.text.get(range.clone()).map(|blank| Word::Bare(blank.to_owned())));
                }
                _ => break,
            }
            self.at += 1;
        }
        let path = path(&words).ok_or(Fault::syntax(start))?;
        self.gaps();
        let direct = self.peek() == Some(&Sign::Open);
        let append = match self.peek() {
            Some(Sign::Open) => false,
            Some(Sign::Colon | Sign::Equals) => {
                self.at += 1;
                false
            }
            // The real library cannot say what would be added to, within a list.
            Some(Sign::Append) if self.in_list == 0 => {
                self.at += 1;
                true
            }
            _ => return Err(self.fault()),
        };
        self.deep += path.len();
        self.in_list += usize::from(append);
        // Behind a key without a sign there is the object only.
        let value = if direct { self.one()? } else { self.value()?.ok_or(self.fault())? };
        self.deep -= path.len();
        self.in_list -= usize::from(append);
        Ok(Field { path, key: start..end, append, value })
    }

    fn is_word(&self, at: usize) -> bool {
        matches!(self.tokens.get(at).map(|token| &token.sign), Some(Sign::Word(_)))
    }

    /// All that stands side by side, from the next line on at most; none if there is no value.
    fn value(&mut self) -> Result<Option<Expr>, Fault> {
        self.gaps();
        let (start, mut parts) = (self.here(), Vec::<Expr>::new());
        let mut end = self.at;
        loop {
            let blank = match self.tokens.get(self.at) {
                Some(Token { sign: Sign::Blank, range }) => {
                    self.at += 1;
                    Some(range)
                }
                _ => None,
            };
            let simple = matches!(self.peek(), Some(Sign::Word(_) | Sign::Follow(_)));
            if !simple && !matches!(self.peek(), Some(Sign::Open | Sign::OpenList)) {
                break;
            }
            // Blanks are of the value between two words.
            let after = parts.last().is_some_and(|last| matches!(last.kind, Kind::Word(_) | Kind::Follow(_)));
            if let Some(range) = blank.filter(|_| simple && after) {
                let text = self.text.get(range.clone()).unwrap_or_default().to_owned();
                parts.push(Expr { range: range.clone(), settled: true, kind: Kind::Word(Word::Bare(text)) });
            }
            parts.push(self.one()?);
            end = self.at;
        }
        self.at = end;
        let range = start..self.behind();
        Ok(match (parts.pop(), parts.is_empty()) {
            (only, true) => only,
            (last, false) => {
                parts.extend(last);
                let settled = parts.iter().all(|part| part.settled);
                Some(Expr { range, settled, kind: Kind::Several(parts) })
            }
        })
    }

    fn one(&mut self) -> Result<Expr, Fault> {
        let start = self.here();
        if self.deep >= DEEPEST {
            return Err(Fault::deep(start));
        }
        self.deep += 1;
        let kind = match self.peek() {
            Some(Sign::Open) => Kind::Object(self.object(true)?),
            Some(Sign::OpenList) => Kind::List(self.list()?),
            Some(Sign::Word(word)) => {
                self.at += 1;
                Kind::Word(word.clone())
            }
            Some(Sign::Follow(follow)) => {
                self.at += 1;
                Kind::Follow(follow.clone())
            }
            _ => return Err(self.fault()),
        };
        self.deep -= 1;
        let settled = match &kind {
            Kind::Word(_) => true,
            Kind::Follow(_) => false,
            Kind::List(parts) | Kind::Several(parts) => parts.iter().all(|part| part.settled),
            Kind::Object(object) => object.entries.iter().all(|entry| match entry {
                Entry::Field(field) => !field.append && field.value.settled,
                Entry::Include(..) => true,
            }),
        };
        Ok(Expr { range: start..self.behind(), settled, kind })
    }

    fn list(&mut self) -> Result<Vec<Expr>, Fault> {
        self.at += 1;
        self.in_list += 1;
        let mut items = Vec::new();
        loop {
            if let Some(item) = self.value()? {
                items.push(item);
                if self.separator() {
                    continue;
                }
            }
            self.gaps();
            if !self.takes(&Sign::CloseList) {
                return Err(self.fault());
            }
            self.in_list -= 1;
            return Ok(items);
        }
    }

    fn include(&mut self) -> Result<Include, Fault> {
        let line = self.line();
        self.at += 1;
        self.gaps();
        let (mut required, mut source, mut closing) = (false, Source::Name, 0);
        if let Some(Sign::Word(Word::Bare(word))) = self.peek() {
            self.at += 1;
            let mut word = word.as_str();
            if let Some(rest) = word.strip_prefix("required(") {
                (required, closing, word) = (true, 1, rest);
                self.gaps();
                if let (true, Some(Sign::Word(Word::Bare(next)))) = (word.is_empty(), self.peek()) {
                    self.at += 1;
                    word = next;
                }
            }
            source = match word {
                "" if required => Source::Name,
                "file(" => Source::File,
                "url(" => Source::Url,
                "classpath(" => Source::Classpath,
                _ => return Err(self.fault()),
            };
            closing += usize::from(source != Source::Name);
            self.gaps();
        }
        let Some(Sign::Word(Word::Quoted(name))) = self.peek() else { return Err(self.fault()) };
        self.at += 1;
        while closing > 0 {
            self.gaps();
            let Some(Sign::Word(Word::Bare(word))) = self.peek() else { return Err(self.fault()) };
            if word.is_empty() || word.len() > closing || word.bytes().any(|byte| byte != b')') {
                return Err(self.fault());
            }
            closing -= word.len();
            self.at += 1;
        }
        Ok(Include { source, name: name.clone(), required, line })
    }
}
