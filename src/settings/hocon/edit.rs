//! Editing: one key is set or removed, and every other byte stays.
//!
//! Promises: the new text says surely what was asked for, whatever the environment and the included texts say, and every other key is
//! what it was, whatever they say; otherwise the edit is refused with words on what to do by hand.
//!
//! Deliberately absent: replacing an object, or a list by anything but an empty one.

use std::collections::BTreeSet;

use crate::settings::edit::{Change, first_exact};
use crate::settings::hocon::graph::{Graph, Node};
use crate::settings::hocon::head::{Found, Head, Layer};
use crate::settings::hocon::look::{Document, LIMIT, line_of, nobody};
use crate::settings::hocon::scan::Word;
use crate::settings::hocon::solve::{Solver, Stop, Told};
use crate::settings::hocon::ways::{ways_to_remove, ways_to_set};
use crate::settings::text::quoted;
use crate::settings::tree::{Tree, pruned, with, without};
use crate::settings::value::{EditError, Field, ReadError, Refusal, Value};

/// `source` with the key at `path` set to `value`.
///
/// Missing and null parents are created. If the value is surely there already, the source comes back as it is.
pub fn set(source: &[u8], path: &[&str], value: &Value<'_>) -> Result<Vec<u8>, EditError> {
    let change = Change::set(path, value, quoted);
    let new = change.made(|spelled| {
        let leaf = Tree::from(*value);
        let document = followed(source)?;
        let looked = document.look(path, &nobody)?;
        let old = Wholes::of(&document).ok_or(Refusal::Entangled)?;
        let there = old.unknown.as_ref().and_then(|tree| path.iter().try_fold(tree, |part, key| part.own(key)));
        match (&looked.field, there) {
            (Field::UnderOther, _) => return Err(Refusal::NotAMapping.into()),
            (_, Some(Tree::Mapping(_))) => return Err(Refusal::NotAScalar.into()),
            (_, Some(Tree::Sequence(_))) if *value != Value::EmptyList => return Err(Refusal::NotAScalar.into()),
            (_, Some(there)) if *there == leaf => return Ok(source.to_vec()),
            _ => {}
        }
        let wanted = old.map(|tree| {
            let gone = without(tree, path, true);
            with(gone.as_ref().unwrap_or(tree), path, &leaf).ok().map(sorted)
        });
        let sure = |new: &Document<'_>| {
            new.look(path, &nobody).is_ok_and(|looked| {
                let sure = !looked.unknown && looked.includes.is_empty();
                sure && looked.field == Field::Present(leaf.scalar())
            })
        };
        let ways = ways_to_set(&document, path, spelled);
        first_exact(source, document.text, ways, LIMIT, |new, _| {
            followed(new).is_ok_and(|new| sure(&new) && Wholes::of(&new).is_some_and(|new| new.is(&wanted)))
        })
    });
    new.map_err(|stop| change.told(stop, || line_of(source, path)))
}

/// `source` without the key at `path`, wherever it stands; the source as it is if the key is not there.
///
/// A comment on the key's own line goes with it. An object that is left without keys stays, unless nothing but the key made it.
pub fn remove(source: &[u8], path: &[&str]) -> Result<Vec<u8>, EditError> {
    let change = Change::remove(path);
    let new = change.made(|_| {
        let document = followed(source)?;
        if !matches!(document.look(path, &nobody)?.field, Field::Present(_)) {
            return Ok(source.to_vec());
        }
        let old = Wholes::of(&document).ok_or(Refusal::Entangled)?;
        let gone = |tree: &Tree<'static>| pruned(tree, path).map(sorted).or_else(|| Some(tree.clone()));
        let mut wanted =
            vec![old.map(|tree| without(tree, path, true).map(sorted).or_else(|| Some(tree.clone()))), old.map(gone)];
        // What made a parent an object is gone, and the null that stood there before it is back.
        let null = |parent: &[&str]| old.map(|tree| with(&gone(tree)?, parent, &Tree::Null).ok().map(sorted));
        wanted.extend((1..path.len()).filter_map(|end| path.get(..end)).map(null));
        let absent = |new: &Document<'_>| {
            let field = new.look(path, &nobody).map(|looked| looked.field);
            matches!(field, Ok(Field::Absent | Field::UnderNull))
        };
        let is = |new: Wholes<'_>| wanted.iter().any(|wanted| new.is(wanted));
        let ways = ways_to_remove(&document, path);
        first_exact(source, document.text, ways, LIMIT, |new, _| {
            followed(new).is_ok_and(|new| absent(&new) && Wholes::of(&new).is_some_and(is))
        })
    });
    new.map_err(|stop| change.told(stop, || line_of(source, path)))
}

/// The document of a text in which all can be followed.
fn followed(source: &[u8]) -> Result<Document<'_>, ReadError> {
    let document = Document::of(source, LIMIT)?;
    document.follows(&nobody)?;
    Ok(document)
}

/// What a document says as a whole: where nothing is known of the environment, where all of it is set, and where only what must be is.
/// None where it says nothing then.
#[derive(Debug)]
struct Wholes<'w> {
    unknown: Option<Tree<'w>>,
    full: Option<Tree<'w>>,
    bare: Option<Tree<'w>>,
}

impl<'w> Wholes<'w> {
    fn of(document: &Document<'_>) -> Option<Self> {
        let graph = &document.graph;
        let required: BTreeSet<&str> = graph.parts.iter().filter_map(|part| required(&part.node)).collect();
        let full = |name: &str| Told::Set(format!("\u{1}{name}"));
        let bare = |name: &str| if required.contains(name) { full(name) } else { Told::Unset };
        let unknown = Some(whole(graph, &nobody)?);
        Some(Self { unknown, full: whole(graph, &full), bare: whole(graph, &bare) })
    }

    fn map<'n>(&self, change: impl Fn(&Tree<'w>) -> Option<Tree<'n>>) -> Wholes<'n> {
        let change = |tree: &Option<Tree<'w>>| tree.as_ref().and_then(&change);
        Wholes { unknown: change(&self.unknown), full: change(&self.full), bare: change(&self.bare) }
    }

    /// Whether this is what was wanted, where something was.
    fn is(&self, wanted: &Wholes<'_>) -> bool {
        let same = |new: &Option<Tree<'_>>, wanted: &Option<Tree<'_>>| wanted.is_none() || new == wanted;
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
fn sorted(tree: Tree<'_>) -> Tree<'_> {
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
