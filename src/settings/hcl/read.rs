//! Reading: some scalars out of a text, their lines, what an expression refers to, and the blocks of a type.
//!
//! Promises: the bounds on size are checked before reading, and the parser bounds the depth; a name that is set twice in one body is an
//! error, as in the language itself, and so is what the parser would read otherwise: line breaks in quotes, and heredocs whose end is not
//! where it seems.
//!
//! Deliberately absent: the value of anything that has to be computed.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, TraversalOperator, UnaryOperator};
use hcl_edit::structure::Body;
use hcl_edit::template::{HeredocTemplate, StringTemplate};
use hcl_edit::visit::{Visit, visit_heredoc_template, visit_string_template};
use hcl_edit::{Decorated, Spanned, parser};

use crate::settings::hcl::part::{Kind, Part, bare};
use crate::settings::text::{decoded, has_lone_returns, line_at, line_end};
use crate::settings::tree::Tree;
use crate::settings::value::{EVERY, Field, Fields, Language, MOST, ReadError, ReadErrorKind, Root, Scalar};

/// Largest file that is read, in bytes.
pub const LIMIT: usize = 256 * 1024;

/// A text with its syntax.
#[derive(Debug)]
pub(super) struct Document<'t> {
    /// The text, without a byte order mark.
    pub(super) text: &'t str,
    body: Body,
}

impl Document<'_> {
    /// The whole.
    pub(super) fn top(&self) -> Part<'_> {
        Part::Body(&self.body)
    }

    /// The whole as a tree.
    pub(super) fn tree(&self) -> Tree<'_> {
        self.top().tree(self.text)
    }

    fn line(&self, at: usize) -> Option<u32> {
        line_at(self.text.as_bytes(), at)
    }

    /// What stands at the path, and where its key begins.
    fn find(&self, path: &[&str]) -> Result<(Part<'_>, Option<usize>), Field> {
        let (mut part, mut at) = (self.top(), None);
        for key in path {
            let entries = match part.kind(self.text) {
                Kind::Mapping(entries) => entries,
                Kind::Scalar(Tree::Null) => return Err(Field::UnderNull),
                Kind::Scalar(_) | Kind::Sequence(_) | Kind::Other => return Err(Field::UnderOther),
            };
            let entry = entries.into_iter().find(|entry| entry.key == *key).ok_or(Field::Absent)?;
            (part, at) = (entry.part, Some(entry.at));
        }
        Ok((part, at))
    }

    fn scalar(&self, part: &Part<'_>) -> Scalar {
        match part.kind(self.text) {
            Kind::Scalar(tree) => tree.scalar(),
            Kind::Mapping(_) | Kind::Sequence(_) | Kind::Other => Scalar::Other,
        }
    }
}

/// Most signs between a key and a value: the parser compares each key of an object with all before it.
const KEYS: usize = 10_000;

/// The text with its syntax.
pub(super) fn parsed(source: &[u8], limit: usize) -> Result<Document<'_>, ReadError> {
    let text = decoded(source, limit)?;
    let fault = |kind: ReadErrorKind, at: Option<usize>| kind.at(at.and_then(|at| line_at(text.as_bytes(), at)));
    if let Some(at) = text.find('\0') {
        return Err(fault(ReadErrorKind::Binary, Some(at)));
    }
    if has_lone_returns(text) {
        return Err(fault(ReadErrorKind::Syntax(Language::Hcl), None));
    }
    if text.bytes().filter(|byte| matches!(byte, b'=' | b':')).count() > KEYS {
        return Err(fault(ReadErrorKind::TooOften, None));
    }
    let body = parser::parse_body(text).map_err(|error| {
        let kind = match error.message() {
            words if words.contains("found redefined") => ReadErrorKind::DuplicateKey,
            words if words.contains("at most ") => ReadErrorKind::TooDeep,
            _ => ReadErrorKind::Syntax(Language::Hcl),
        };
        let line = u32::try_from(error.location().line()).ok();
        ReadError { kind, line, column: None, detail: error.message().to_owned() }
    })?;
    let mut quotes = Quotes { text, quoted: false, broken: None };
    quotes.visit_body(&body);
    match quotes.broken {
        Some(at) => Err(fault(ReadErrorKind::Syntax(Language::Hcl), Some(at))),
        None => Ok(Document { text, body }),
    }
}

/// Looks for line breaks in quoted texts.
struct Quotes<'t> {
    text: &'t str,
    quoted: bool,
    broken: Option<usize>,
}

impl Quotes<'_> {
    fn see(&mut self, part: &impl Span) {
        let span = part.span().unwrap_or_default();
        if self.text.get(span.clone()).is_some_and(|text| text.contains('\n')) {
            self.broken.get_or_insert(span.start);
        }
    }
}

/// Whether a heredoc ends at the first line that holds nothing but its mark, which is where the language says, and not, as the parser
/// has it, at a later one or at one with more on it.
fn ends_where_it_seems(text: &str, span: &Range<usize>, mark: &str) -> bool {
    let end = line_end(text, span.end);
    // Without a line break behind it the mark is none.
    let whole = text.get(span.start..end).filter(|_| text.get(end..).is_some_and(|rest| !rest.is_empty()));
    let whole = whole.unwrap_or_default();
    let behind = whole.split_once('\n').map_or("", |(_, behind)| behind);
    let (inside, last) = behind.rsplit_once('\n').unwrap_or(("", behind));
    last.trim() == mark && inside.split('\n').all(|line| line.trim() != mark)
}

impl Visit for Quotes<'_> {
    fn visit_string(&mut self, node: &Decorated<String>) {
        self.see(node);
    }

    fn visit_literal(&mut self, node: &Spanned<String>) {
        if self.quoted {
            self.see(node);
        }
    }

    fn visit_string_template(&mut self, node: &StringTemplate) {
        let before = std::mem::replace(&mut self.quoted, true);
        visit_string_template(self, node);
        self.quoted = before;
    }

    fn visit_heredoc_template(&mut self, node: &HeredocTemplate) {
        let span = node.span().unwrap_or_default();
        if !ends_where_it_seems(self.text, &span, node.delimiter.as_str()) {
            self.broken.get_or_insert(span.start);
        }
        let before = std::mem::replace(&mut self.quoted, false);
        visit_heredoc_template(self, node);
        self.quoted = before;
    }
}

/// Reads `source`, at most `limit` bytes, and returns what stands at each of the `wanted` paths.
///
/// What has to be computed is [`Scalar::Other`], and so are blocks, and several blocks of one name.
pub fn fields(source: &[u8], limit: usize, wanted: &[&[&str]]) -> Result<Fields, ReadError> {
    let document = parsed(source, limit)?;
    let root = if document.body.is_empty() { Root::Empty } else { Root::Mapping };
    let field = |path: &&[&str]| match document.find(path) {
        Ok((part, _)) => Field::Present(document.scalar(&part)),
        Err(field) => field,
    };
    Ok(Fields::new(root, wanted.iter().map(field).collect()))
}

/// The line, from 1, of the key at `path`, for messages. None if there is none, or the text cannot be read.
pub fn line_of(source: &[u8], path: &[&str]) -> Option<u32> {
    let document = parsed(source, LIMIT).ok()?;
    let (_, at) = document.find(path).ok()?;
    document.line(at?)
}

/// What stands at a path, with more than its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// What stands there.
    pub field: Field,
    /// The line of its key, from 1.
    pub line: Option<u32>,
    /// What it is made from, where it has to be computed.
    pub refers: Option<Refers>,
}

/// What a value that has to be computed is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refers {
    /// It is this variable and nothing else: `var.x`.
    Variable(String),
    /// It is the contrary of this variable: `!var.x`.
    Not(String),
    /// Anything else.
    Expression,
}

/// What stands at `path`, its line, and what it refers to.
pub fn look(source: &[u8], path: &[&str]) -> Result<Looked, ReadError> {
    let document = parsed(source, LIMIT)?;
    Ok(match document.find(path) {
        Ok((part, at)) => Looked {
            field: Field::Present(document.scalar(&part)),
            line: at.and_then(|at| document.line(at)),
            refers: match (&part, part.kind(document.text)) {
                (Part::Value(value), Kind::Other) => Some(refers(value)),
                _ => None,
            },
        },
        Err(field) => Looked { field, line: None, refers: None },
    })
}

fn refers(value: &Expression) -> Refers {
    let value = bare(value);
    if let Some(name) = variable(value) {
        return Refers::Variable(name);
    }
    match value {
        Expression::UnaryOp(unary) if *unary.operator.value() == UnaryOperator::Not => {
            variable(bare(&unary.expr)).map_or(Refers::Expression, Refers::Not)
        }
        _ => Refers::Expression,
    }
}

/// The name of the variable that this is.
fn variable(value: &Expression) -> Option<String> {
    let Expression::Traversal(traversal) = value else { return None };
    let Expression::Variable(root) = &traversal.expr else { return None };
    match traversal.operators.as_slice() {
        [only] if root.as_str() == "var" => match only.value() {
            TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// A block: its labels and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// Its labels, in their order.
    pub labels: Vec<String>,
    /// Its first line, from 1.
    pub line: u32,
}

/// The blocks of a type at the top of `source`, in the order of the text; more than [`MOST`] are an error.
///
/// Two with the same labels are two here; a path through them finds neither.
pub fn blocks(source: &[u8], kind: &str) -> Result<Vec<Labelled>, ReadError> {
    let document = parsed(source, LIMIT)?;
    let found: Vec<_> = document.body.get_blocks(kind).take(MOST + 1).collect();
    if found.len() > MOST {
        return Err(ReadErrorKind::TooOften.at(None));
    }
    let labelled = |block: &&hcl_edit::structure::Block| Labelled {
        labels: block.labels.iter().map(|label| label.as_str().to_owned()).collect(),
        line: block.ident.span().and_then(|span| document.line(span.start)).unwrap_or_default(),
    };
    Ok(found.iter().map(labelled).collect())
}

/// What stands at a path of which a step may be `*`, each with the line of its key or item. What is not there gives nothing.
pub fn gathered(source: &[u8], limit: usize, path: &[&str]) -> Result<Vec<(Scalar, Option<u32>)>, ReadError> {
    let document = parsed(source, limit)?;
    let mut parts = vec![(document.top(), None)];
    for step in path {
        let mut next = Vec::new();
        for (part, _) in parts {
            match part.kind(document.text) {
                Kind::Mapping(entries) => next.extend(
                    entries
                        .into_iter()
                        .filter(|entry| *step == EVERY || entry.key == *step)
                        .map(|entry| (entry.part, Some(entry.at))),
                ),
                Kind::Sequence(items) if *step == EVERY => {
                    next.extend(items.into_iter().map(|(at, item)| (item, Some(at))));
                }
                Kind::Sequence(_) | Kind::Scalar(_) | Kind::Other => {}
            }
            if next.len() > MOST {
                return Err(ReadErrorKind::TooOften.at(None));
            }
        }
        parts = next;
    }
    Ok(parts.into_iter().map(|(part, at)| (document.scalar(&part), at.and_then(|at| document.line(at)))).collect())
}

/// How many items the list at `path` has, or how many blocks stand there under one name; none where there is no such thing, or the text
/// cannot be read.
pub fn length(source: &[u8], limit: usize, path: &[&str]) -> Option<usize> {
    let document = parsed(source, limit).ok()?;
    let (part, _) = document.find(path).ok()?;
    match part.kind(document.text) {
        Kind::Sequence(items) => Some(items.len()),
        Kind::Mapping(_) | Kind::Scalar(_) | Kind::Other => None,
    }
}
