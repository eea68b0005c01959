//! The text's syntax as parts with keys: a body, blocks of one type, a value.
//!
//! Promises: a value that has to be computed is none of the plain kinds, and so is whatever lies in an object with a computed key.
//!
//! Deliberately absent: evaluation, but for what is only wrapped: `(true)`, `"${true}"`.

use std::borrow::Cow;
use std::collections::HashMap;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, Object, ObjectKey};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::template::{Element, HeredocTemplate, StringTemplate, Template};

use crate::settings::tree::Tree;

/// A part of a text.
#[derive(Debug, Clone)]
pub(super) enum Part<'d> {
    /// What stands between braces, or the whole.
    Body(&'d Body),
    /// Blocks of one type that share this many labels.
    Blocks(Vec<&'d Block>, usize),
    /// The value of an attribute or of a key, or an item.
    Value(&'d Expression),
    /// An attribute and blocks of one name.
    Mixed,
}

/// A key, where it begins, and what stands there.
#[derive(Debug)]
pub(super) struct Entry<'d> {
    pub(super) key: Cow<'d, str>,
    pub(super) at: usize,
    pub(super) part: Part<'d>,
}

/// What a part is.
#[derive(Debug)]
pub(super) enum Kind<'d> {
    Mapping(Vec<Entry<'d>>),
    /// Items, each with where it begins.
    Sequence(Vec<(usize, Part<'d>)>),
    /// A plain scalar.
    Scalar(Tree<'d>),
    /// What has to be computed, or is several things at once.
    Other,
}

impl<'d> Part<'d> {
    /// What this is, in `text`.
    pub(super) fn kind(&self, text: &'d str) -> Kind<'d> {
        match self {
            Part::Body(body) => Kind::Mapping(entries(body)),
            Part::Blocks(blocks, used) => self::blocks(blocks, *used),
            Part::Value(value) => self::value(value, text),
            Part::Mixed => Kind::Other,
        }
    }

    /// The entry of a key.
    pub(super) fn entry(&self, key: &str, text: &'d str) -> Option<Entry<'d>> {
        match self.kind(text) {
            Kind::Mapping(entries) => entries.into_iter().find(|entry| entry.key == key),
            Kind::Sequence(_) | Kind::Scalar(_) | Kind::Other => None,
        }
    }

    /// The body that this is, and the block around it where there is one.
    pub(super) fn body(&self) -> Option<(&'d Body, Option<&'d Block>)> {
        match self {
            Part::Body(body) => Some((body, None)),
            Part::Blocks(blocks, used) => match blocks.as_slice() {
                [block] if block.labels.len() == *used => Some((&block.body, Some(block))),
                _ => None,
            },
            Part::Value(_) | Part::Mixed => None,
        }
    }

    /// The part as a tree, its keys in their order by name.
    pub(super) fn tree(&self, text: &'d str) -> Tree<'d> {
        match self.kind(text) {
            Kind::Mapping(entries) => {
                let tree = |entry: Entry<'d>| (Tree::Text(entry.key), entry.part.tree(text));
                sorted(entries.into_iter().map(tree).collect())
            }
            Kind::Sequence(items) => Tree::Sequence(items.into_iter().map(|(_, part)| part.tree(text)).collect()),
            Kind::Scalar(tree) => tree,
            Kind::Other => {
                let written = match self {
                    Part::Value(value) => written(*value, text),
                    Part::Body(_) | Part::Blocks(..) | Part::Mixed => "",
                };
                // What several blocks of one name hold is told apart below.
                let inner = match self {
                    Part::Blocks(blocks, _) => blocks.iter().map(|block| Part::Body(&block.body).tree(text)).collect(),
                    Part::Body(_) | Part::Value(_) | Part::Mixed => vec![Tree::Text(written.into())],
                };
                Tree::Tagged("computed".to_owned(), Box::new(Tree::Sequence(inner)))
            }
        }
    }
}

/// A mapping with its keys in their order by name, so that two can be compared wherever their keys stand.
pub(super) fn sorted<'t>(mut entries: Vec<(Tree<'t>, Tree<'t>)>) -> Tree<'t> {
    fn name<'a>(entry: &'a (Tree<'_>, Tree<'_>)) -> &'a str {
        match &entry.0 {
            Tree::Text(key) => key,
            _ => "",
        }
    }
    entries.sort_by(|one, other| name(one).cmp(name(other)));
    Tree::Mapping(entries)
}

/// The characters of a part of the syntax.
pub(super) fn written<'t>(part: &impl Span, text: &'t str) -> &'t str {
    part.span().and_then(|span| text.get(span)).unwrap_or_default()
}

fn start(part: &impl Span) -> usize {
    part.span().map_or(0, |span| span.start)
}

fn entries(body: &Body) -> Vec<Entry<'_>> {
    let (mut all, mut known): (Vec<Entry<'_>>, HashMap<&str, usize>) = (Vec::new(), HashMap::new());
    for structure in body {
        let (key, at, part) = match structure {
            Structure::Attribute(attribute) => {
                (attribute.key.as_str(), start(&attribute.key), Part::Value(&attribute.value))
            }
            Structure::Block(block) => (block.ident.as_str(), start(&block.ident), Part::Blocks(vec![block], 0)),
        };
        match known.get(key).and_then(|at| all.get_mut(*at)) {
            None => {
                known.insert(key, all.len());
                all.push(Entry { key: key.into(), at, part });
            }
            Some(entry) => match (&mut entry.part, structure) {
                (Part::Blocks(blocks, _), Structure::Block(block)) => blocks.push(block),
                (other, _) => *other = Part::Mixed,
            },
        }
    }
    all
}

fn blocks<'d>(blocks: &[&'d Block], used: usize) -> Kind<'d> {
    if let [block] = blocks
        && block.labels.len() == used
    {
        return Kind::Mapping(entries(&block.body));
    }
    if blocks.iter().all(|block| block.labels.len() == used) {
        let item = |block: &&'d Block| (start(&block.ident), Part::Blocks(vec![*block], used));
        return Kind::Sequence(blocks.iter().map(item).collect());
    }
    let (mut all, mut known): (Vec<Entry<'d>>, HashMap<&str, usize>) = (Vec::new(), HashMap::new());
    for block in blocks {
        // Some have more labels than others: no path says which is meant.
        let Some(label) = block.labels.get(used) else { return Kind::Other };
        match known.get(label.as_str()).and_then(|at| all.get_mut(*at)) {
            Some(Entry { part: Part::Blocks(same, _), .. }) => same.push(block),
            _ => {
                known.insert(label.as_str(), all.len());
                let part = Part::Blocks(vec![block], used + 1);
                all.push(Entry { key: label.as_str().into(), at: start(&block.ident), part });
            }
        }
    }
    Kind::Mapping(all)
}

/// The expression without what only wraps it.
pub(super) fn bare(value: &Expression) -> &Expression {
    let mut value = value;
    loop {
        value = match value {
            Expression::Parenthesis(inner) => inner.inner(),
            Expression::StringTemplate(template) => match alone(template) {
                Some(inner) => inner,
                None => return value,
            },
            _ => return value,
        };
    }
}

/// What a template is made of that is made of nothing else: it is that value, also where that is no text.
fn alone(template: &StringTemplate) -> Option<&Expression> {
    let mut elements = template.iter();
    match (elements.next(), elements.next()) {
        (Some(Element::Interpolation(only)), None) => Some(&only.expr),
        _ => None,
    }
}

fn value<'d>(value: &'d Expression, text: &'d str) -> Kind<'d> {
    let value = bare(value);
    let scalar = match value {
        Expression::Null(_) => Tree::Null,
        Expression::Bool(value) => Tree::Bool(*value.value()),
        Expression::Number(_) => {
            let written = written(value, text);
            let digits = || written.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            Tree::Number(if written.contains(char::is_whitespace) { digits().into() } else { written.into() })
        }
        Expression::String(value) => Tree::Text(value.as_str().into()),
        Expression::HeredocTemplate(heredoc) => match fixed(heredoc, written(value, text)) {
            Some(text) => Tree::Text(text.into()),
            None => return Kind::Other,
        },
        Expression::Array(items) => {
            return Kind::Sequence(items.iter().map(|item| (start(item), Part::Value(item))).collect());
        }
        Expression::Object(object) => return keyed(object, text).map_or(Kind::Other, Kind::Mapping),
        _ => return Kind::Other,
    };
    Kind::Scalar(scalar)
}

/// The entries of an object whose keys are all plain.
fn keyed<'d>(object: &'d Object, text: &'d str) -> Option<Vec<Entry<'d>>> {
    let mut all = Vec::new();
    for (key, value) in object.iter() {
        let (name, at) = match key {
            ObjectKey::Ident(name) => (Cow::from(name.as_str()), start(name)),
            // `true = 1` has the key "true"; what is in parentheses is computed.
            ObjectKey::Expression(key) => match key {
                Expression::String(name) => (Cow::from(name.as_str()), start(key)),
                Expression::Bool(_) | Expression::Null(_) | Expression::Number(_) => {
                    (Cow::from(written(key, text)), start(key))
                }
                _ => return None,
            },
        };
        all.push(Entry { key: name, at, part: Part::Value(value.expr()) });
    }
    let mut names: Vec<&str> = all.iter().map(|entry| entry.key.as_ref()).collect();
    names.sort_unstable();
    // `a` and `"a"`: the last wins, which no path can say.
    names.windows(2).all(|two| two.first() != two.last()).then_some(all)
}

/// The text of a heredoc in which nothing is computed.
fn fixed(heredoc: &HeredocTemplate, written: &str) -> Option<String> {
    let template: &Template = &heredoc.template;
    let text: String =
        template.iter().map(|element| element.as_literal().map(|text| text.as_str())).collect::<Option<_>>()?;
    // Where it takes the indentation away, the parser makes all line breaks alike.
    match written.starts_with("<<-") && written.contains('\r') {
        true if written.matches('\n').count() == written.matches("\r\n").count() => Some(text.replace('\n', "\r\n")),
        true => None,
        false => Some(text),
    }
}
