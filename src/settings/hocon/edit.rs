//! Editing: one key is set or removed, and every other byte stays.
//!
//! Promises: the new text says surely what was asked for, whatever the environment and the included texts say, and every other key is
//! what it was, whatever they say; otherwise the edit is refused with words on what to do by hand.
//!
//! Deliberately absent: replacing an object, or a list by anything but an empty one.

use std::collections::BTreeSet;

use crate::settings::hocon::graph::{Graph, Node};
use crate::settings::hocon::head::{Found, Head, Layer};
use crate::settings::hocon::look::{Document, LIMIT, line_of, nobody};
use crate::settings::hocon::scan::Word;
use crate::settings::hocon::solve::{Solver, Stop, Told};
use crate::settings::hocon::ways::{quoted, ways_to_remove, ways_to_set};
use crate::settings::text::{Splices, first_exact};
use crate::settings::tree::{DEEPEST_PATH, Tree, pruned, with, without};
use crate::settings::value::{EditError, Field, Refusal, Value};

/// `source` with the key at `path` set to `value`.
///
/// Missing and null parents are created. If the value is surely there already, the source comes back as it is.
pub fn set(source: &[u8], path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let leaf = leaf(value);
    let spelled = match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => quoted(text),
        Value::EmptyList => "[]".to_owned(),
    };
    let refuse = |why| {
        let by_hand = format!("set {} to {spelled}", path.join("."));
        EditError::Refused { why, line: line_of(source, path), by_hand }
    };
    if path.is_empty() || path.len() > DEEPEST_PATH {
        return Err(refuse(Refusal::Unwritable));
    }
    let document = Document::of(source, LIMIT)?;
    document.follows(&nobody)?;
    let looked = document.look(path, &nobody)?;
    let old = Wholes::of(&document).ok_or_else(|| refuse(Refusal::Entangled))?;
    let there = old.unknown.as_ref().and_then(|tree| path.iter().try_fold(tree, |part, key| part.own(key)));
    match (&looked.field, there) {
        (Field::UnderOther, _) => return Err(refuse(Refusal::NotAMapping)),
        (_, Some(Tree::Mapping(_))) => return Err(refuse(Refusal::NotAScalar)),
        (_, Some(Tree::Sequence(_))) if *value != Value::EmptyList => return Err(refuse(Refusal::NotAScalar)),
        (_, Some(there)) if *there == leaf => return Ok(source.to_vec()),
        _ => {}
    }
    let wanted = old.map(|tree| {
        let gone = without(tree, path, true);
        with(gone.as_ref().unwrap_or(tree), path, &leaf).ok().map(sorted)
    });
    let check = |new: &str, _: &Splices| {
        let Ok(new) = Document::of(new.as_bytes(), LIMIT) else { return false };
        let lands = new.look(path, &nobody).is_ok_and(|looked| {
            let sure = !looked.unknown && looked.includes.is_empty();
            sure && looked.field == Field::Present(leaf.scalar())
        });
        lands && new.follows(&nobody).is_ok() && Wholes::of(&new).is_some_and(|new| new.is(&wanted))
    };
    let edits = ways_to_set(&document, path, &spelled);
    first_exact(source, document.text, edits, LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

/// `source` without the key at `path`, wherever it stands; the source as it is if the key is not there.
///
/// A comment on the key's own line goes with it. An object that is left without keys stays, unless nothing but the key made it.
pub fn remove(source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
    let refuse = |why| {
        let by_hand = format!("remove {}", path.join("."));
        EditError::Refused { why, line: line_of(source, path), by_hand }
    };
    if path.is_empty() || path.len() > DEEPEST_PATH {
        return Err(refuse(Refusal::Unwritable));
    }
    let document = Document::of(source, LIMIT)?;
    document.follows(&nobody)?;
    if !matches!(document.look(path, &nobody)?.field, Field::Present(_)) {
        return Ok(source.to_vec());
    }
    let old = Wholes::of(&document).ok_or_else(|| refuse(Refusal::Entangled))?;
    let gone = |tree: &Tree<'static>| pruned(tree, path).map(sorted).or_else(|| Some(tree.clone()));
    let mut wanted =
        vec![old.map(|tree| without(tree, path, true).map(sorted).or_else(|| Some(tree.clone()))), old.map(gone)];
    // What made a parent an object is gone, and the null that stood there before it is back.
    let null = |parent: &[&str]| old.map(|tree| with(&gone(tree)?, parent, &Tree::Null).ok().map(sorted));
    wanted.extend((1..path.len()).filter_map(|end| path.get(..end)).map(null));
    let check = |new: &str, _: &Splices| {
        let Ok(new) = Document::of(new.as_bytes(), LIMIT) else { return false };
        let field = new.look(path, &nobody).map(|looked| looked.field);
        matches!(field, Ok(Field::Absent | Field::UnderNull))
            && new.follows(&nobody).is_ok()
            && Wholes::of(&new).is_some_and(|new| wanted.iter().any(|wanted| new.is(wanted)))
    };
    let edits = ways_to_remove(&document, path);
    first_exact(source, document.text, edits, LIMIT, check).ok_or_else(|| refuse(Refusal::Entangled))
}

fn leaf(value: &Value<'_>) -> Tree<'static> {
    match value {
        Value::Bool(value) => Tree::Bool(*value),
        Value::Text(text) => Tree::Text((*text).to_owned().into()),
        Value::Number(number) => Tree::Number(number.to_string().into()),
        Value::EmptyList => Tree::Sequence(Vec::new()),
    }
}

/// What a document says as a whole: where nothing is known of the environment, where all of it is set, and where only what must be is.
/// None where it says nothing then.
#[derive(Debug)]
struct Wholes {
    unknown: Option<Tree<'static>>,
    full: Option<Tree<'static>>,
    bare: Option<Tree<'static>>,
}

impl Wholes {
    fn of(document: &Document<'_>) -> Option<Self> {
        let graph = &document.graph;
        let required: BTreeSet<&str> = graph.parts.iter().filter_map(|part| required(&part.node)).collect();
        let full = |name: &str| Told::Set(format!("\u{1}{name}"));
        let bare = |name: &str| if required.contains(name) { full(name) } else { Told::Unset };
        let unknown = Some(whole(graph, &nobody)?);
        Some(Self { unknown, full: whole(graph, &full), bare: whole(graph, &bare) })
    }

    fn map(&self, change: impl Fn(&Tree<'static>) -> Option<Tree<'static>>) -> Self {
        let change = |tree: &Option<Tree<'static>>| tree.as_ref().and_then(&change);
        Self { unknown: change(&self.unknown), full: change(&self.full), bare: change(&self.bare) }
    }

    /// Whether this is what was wanted, where something was.
    fn is(&self, wanted: &Self) -> bool {
        let same = |new: &Option<Tree<'static>>, wanted: &Option<Tree<'static>>| wanted.is_none() || new == wanted;
        wanted.unknown.is_some()
            && same(&self.unknown, &wanted.unknown)
            && same(&self.full, &wanted.full)
            && same(&self.bare, &wanted.bare)
    }
}

/// The variable that has to be set for a part.
fn required(node: &Node) -> Option<&str> {
    match node {
        Node::Follow(follow) if !follow.optional && follow.path.len() == 1 => follow.path.first().map(String::as_str),
        _ => None,
    }
}

/// All that a document says, its keys in their order.
fn whole(graph: &Graph, env: &dyn Fn(&str) -> Told) -> Option<Tree<'static>> {
    let mut solver = Solver::new(graph, env);
    let root = solver.root();
    tree(&mut solver, &root, 0).ok()?
}

/// Deepest that is compared: a text may follow itself deeper than it is written.
const DEEPEST: usize = 100;

/// What stands somewhere; none where that is nothing.
fn tree(solver: &mut Solver<'_>, head: &Head, deep: usize) -> Result<Option<Tree<'static>>, Stop> {
    if deep > DEEPEST {
        return Err(Stop::deep());
    }
    let layers = match head {
        Head::Word(Word::Null) => return Ok(Some(Tree::Null)),
        Head::Word(Word::Bool(value)) => return Ok(Some(Tree::Bool(*value))),
        Head::Word(Word::Number(text)) => return Ok(Some(Tree::Number(text.clone().into()))),
        Head::Word(Word::Quoted(text) | Word::Bare(text)) => return Ok(Some(Tree::Text(text.clone().into()))),
        Head::List(items) => {
            let mut all = Vec::new();
            for (item, view) in items {
                all.extend(marked(solver, deep + 1, |solver| solver.head(*item, view))?);
            }
            return Ok(Some(Tree::Sequence(all)));
        }
        Head::Layers(layers) => layers,
    };
    if !head.is_there() {
        let known = |layers: &[Layer]| Tree::Tagged(told(solver, layers), Box::new(Tree::Null));
        return Ok(Some(known(layers)).filter(|_| !layers.is_empty()));
    }
    let doubts = layers.iter().filter(|layer| matches!(layer, Layer::Doubt(_)));
    let doubts =
        doubts.map(|layer| (Tree::Tagged(told(solver, std::slice::from_ref(layer)), Box::new(Tree::Null)), Tree::Null));
    let mut entries: Vec<_> = doubts.collect();
    for key in solver.keys(layers) {
        let value = marked(solver, deep + 1, |solver| solver.below(layers, key))?;
        entries.extend(value.map(|value| (Tree::Text(key.to_owned().into()), value)));
    }
    Ok(Some(Tree::Mapping(entries)))
}

/// What layers hang on, in their order.
fn told(solver: &Solver<'_>, layers: &[Layer]) -> String {
    let one = |layer: &Layer| match layer {
        Layer::Table(..) => String::new(),
        Layer::Doubt(variables) => format!("{variables:?}"),
        Layer::Outside(id, range) => format!("{:?}", solver.outside(*id, range)),
    };
    layers.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// What stands at a key or in a list, marked with the includes that may make it another.
fn marked<'g>(
    solver: &mut Solver<'g>,
    deep: usize,
    ask: impl FnOnce(&mut Solver<'g>) -> Result<Found, Stop>,
) -> Result<Option<Tree<'static>>, Stop> {
    let before = std::mem::take(&mut solver.includes);
    let head = ask(solver)?.head;
    let open = std::mem::replace(&mut solver.includes, before);
    let value = tree(solver, &head, deep)?;
    Ok(match value {
        value if open.is_empty() => value,
        Some(value @ Tree::Mapping(_)) => Some(value),
        value => Some(Tree::Tagged(format!("{open:?}"), Box::new(value.unwrap_or(Tree::Null)))),
    })
}

/// The keys of each mapping in their order.
fn sorted(tree: Tree<'static>) -> Tree<'static> {
    match tree {
        Tree::Mapping(mut entries) => {
            entries.sort_by(|(one, _), (other, _)| name(one).cmp(&name(other)));
            Tree::Mapping(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        other => other,
    }
}

/// What a key is sorted by; doubts stand first.
fn name<'t>(key: &'t Tree<'_>) -> Option<&'t str> {
    match key {
        Tree::Text(text) => Some(text),
        _ => None,
    }
}
