//! What the entries of a document make together: objects merged, later over earlier, with what cannot be merged yet kept in its order.
//!
//! Promises: the structure that the real library has before it resolves; time by the size of the text and the depth of its paths.
//!
//! Deliberately absent: following anything.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::settings::hocon::scan::{Fault, Follow, Word};
use crate::settings::hocon::syntax::{Entry, Expr, Field, Include, Kind, Object};
use crate::settings::value::ReadErrorKind;

/// The place of a part in its graph.
pub(super) type Id = usize;

/// The object at the top.
pub(super) const ROOT: Id = 0;

/// One key of an object.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) id: Id,
    /// How many of the object's includes stand before what decides here.
    pub(super) seen: usize,
}

/// An object: its keys, and the includes that stand in it.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) slots: BTreeMap<String, Slot>,
    pub(super) includes: Vec<usize>,
}

/// What a part is.
#[derive(Debug)]
pub(super) enum Node {
    Word(Word),
    Table(Table),
    List(Vec<Id>),
    Follow(Follow),
    /// Side by side, of which one at least is followed.
    Several(Vec<Id>),
    /// One over the other, the last on top: what is followed may be an object, or nothing.
    Stack(Vec<Id>),
    /// Whatever these includes of an object have for one of its keys.
    Outside(Id, Range<usize>),
}

/// A part of a document, and where it was written: its key, or the value itself in a list.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) node: Node,
    pub(super) at: usize,
}

/// A document.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) parts: Vec<Part>,
    pub(super) includes: Vec<Include>,
    /// The keys on the way to where entries are added.
    way: Vec<String>,
}

impl Graph {
    /// The graph of a document.
    pub(super) fn of(root: &Object) -> Result<Self, Fault> {
        let mut graph = Self::default();
        graph.add(Node::Table(Table::default()), 0);
        graph.enter(ROOT, root)?;
        Ok(graph)
    }

    fn add(&mut self, node: Node, at: usize) -> Id {
        self.parts.push(Part { node, at });
        self.parts.len() - 1
    }

    pub(super) fn node(&self, id: Id) -> Option<&Node> {
        self.parts.get(id).map(|part| &part.node)
    }

    pub(super) fn table(&self, id: Id) -> Option<&Table> {
        match self.node(id) {
            Some(Node::Table(table)) => Some(table),
            _ => None,
        }
    }

    fn table_mut(&mut self, id: Id) -> Option<&mut Table> {
        match self.parts.get_mut(id).map(|part| &mut part.node) {
            Some(Node::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// Adds the entries of an object, later over earlier.
    fn enter(&mut self, table: Id, object: &Object) -> Result<(), Fault> {
        for entry in &object.entries {
            match entry {
                Entry::Field(field) => self.field(table, field)?,
                Entry::Include(include, _) => {
                    let at = self.includes.len();
                    self.includes.push(include.clone());
                    self.table_mut(table).into_iter().for_each(|table| table.includes.push(at));
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, mut table: Id, field: &Field) -> Result<(), Fault> {
        let deep = self.way.len();
        let settled = field.value.settled && !field.append;
        let Some((last, parents)) = field.path.split_last() else { return Ok(()) };
        for key in parents {
            self.way.push(key.clone());
            table = self.object_at(table, key, field.key.start, settled);
        }
        self.way.push(last.clone());
        let at = field.key.start;
        match objects(&field.value).filter(|_| !field.append) {
            Some(objects) => {
                let inner = self.object_at(table, last, at, settled);
                for object in objects {
                    self.enter(inner, object)?;
                }
            }
            None => {
                let mut value = self.value(&field.value, at)?;
                if field.append {
                    let before = Follow { path: self.way.clone(), optional: true };
                    let (before, items) = (self.add(Node::Follow(before), at), self.add(Node::List(vec![value]), at));
                    value = self.add(Node::Several(vec![before, items]), at);
                }
                let existing = self.existing(table, last, at);
                let id = self.over(existing, value, at, settled);
                self.place(table, last, id);
            }
        }
        self.way.truncate(deep);
        Ok(())
    }

    /// What a key has so far, the includes since then on top.
    fn existing(&mut self, table: Id, key: &str, at: usize) -> Option<Id> {
        let inner = self.table(table)?;
        let count = inner.includes.len();
        let (id, seen) = inner.slots.get(key).map_or((None, 0), |slot| (Some(slot.id), slot.seen));
        if seen == count {
            return id;
        }
        let outside = self.add(Node::Outside(table, seen..count), at);
        Some(self.over(id, outside, at, false))
    }

    fn place(&mut self, table: Id, key: &str, id: Id) {
        let Some(table) = self.table_mut(table) else { return };
        let seen = table.includes.len();
        table.slots.insert(key.to_owned(), Slot { id, seen });
    }

    /// The object of a key, to which entries can be added: the one that is there or a new one on top of all that is.
    fn object_at(&mut self, table: Id, key: &str, at: usize, settled: bool) -> Id {
        let existing = self.existing(table, key, at);
        if let Some(id) = existing.filter(|id| self.table(*id).is_some()) {
            return id;
        }
        let new = self.add(Node::Table(Table::default()), at);
        let id = self.over(existing, new, at, settled);
        self.place(table, key, id);
        new
    }

    /// A new value over what was there. What is settled hides what cannot be merged with it; all else stays, for it is followed, too.
    fn over(&mut self, existing: Option<Id>, new: Id, at: usize, settled: bool) -> Id {
        let Some(old) = existing else { return new };
        let hides = match self.node(new) {
            Some(Node::Word(_)) => true,
            Some(Node::List(_)) => settled,
            Some(Node::Table(_)) => settled && matches!(self.node(old), Some(Node::Word(_) | Node::List(_))),
            _ => false,
        };
        if hides {
            return new;
        }
        if let Some(Node::Stack(layers)) = self.parts.get_mut(old).map(|part| &mut part.node) {
            layers.push(new);
            return old;
        }
        self.add(Node::Stack(vec![old, new]), at)
    }

    fn value(&mut self, expr: &Expr, at: usize) -> Result<Id, Fault> {
        let node = match &expr.kind {
            Kind::Word(word) => Node::Word(word.clone()),
            Kind::Follow(follow) => Node::Follow(follow.clone()),
            Kind::List(items) => {
                let items: Result<_, _> = items.iter().map(|item| self.value(item, item.range.start)).collect();
                Node::List(items?)
            }
            Kind::Object(object) => {
                let id = self.add(Node::Table(Table::default()), at);
                self.enter(id, object)?;
                return Ok(id);
            }
            Kind::Several(parts) => return self.several(parts, at),
        };
        Ok(self.add(node, at))
    }

    /// Values side by side, joined as far as they are known.
    fn several(&mut self, parts: &[Expr], at: usize) -> Result<Id, Fault> {
        let mut joined: Vec<Id> = Vec::new();
        for part in parts {
            let fault = Fault::syntax(part.range.start);
            let table = joined.last().copied().filter(|last| self.table(*last).is_some());
            if let (Kind::Object(object), Some(last)) = (&part.kind, table) {
                self.enter(last, object)?;
                continue;
            }
            let new = self.value(part, at)?;
            let Some(last) = joined.pop() else {
                joined.push(new);
                continue;
            };
            match (self.node(last), self.node(new)) {
                (Some(Node::Word(_)), Some(Node::Word(_))) | (Some(Node::List(_)), Some(Node::List(_))) => {
                    self.join(last, new);
                    joined.push(last);
                }
                // Text without quotes behind an object or a list is passed over, as the real library does.
                (Some(Node::Table(_) | Node::List(_)), Some(Node::Word(Word::Bare(_)))) => joined.push(last),
                (Some(Node::Table(_) | Node::List(_)), Some(Node::Word(_)))
                | (Some(Node::Word(_)), Some(Node::Table(_) | Node::List(_))) => return Err(fault),
                // One whose keys are numbers would become a list; nobody writes that on purpose.
                (Some(Node::Table(_)), Some(Node::List(_))) | (Some(Node::List(_)), Some(Node::Table(_))) => {
                    return Err(Fault { kind: ReadErrorKind::Shape, ..fault });
                }
                _ => joined.extend([last, new]),
            }
        }
        match joined.as_slice() {
            [only] => Ok(*only),
            _ => Ok(self.add(Node::Several(joined), at)),
        }
    }
}

impl Graph {
    /// Puts what the second part is behind what the first is: two words, or two lists.
    fn join(&mut self, last: Id, new: Id) {
        let more = self.parts.get_mut(new).map(|part| std::mem::replace(&mut part.node, Node::List(Vec::new())));
        let node = self.parts.get_mut(last).map(|part| &mut part.node);
        match (node, more) {
            (Some(Node::List(items)), Some(Node::List(more))) => items.extend(more),
            (Some(Node::Word(Word::Quoted(text))), Some(Node::Word(more))) => text.push_str(more.text()),
            (Some(Node::Word(word)), Some(Node::Word(more))) => {
                *word = Word::Quoted([word.text(), more.text()].concat())
            }
            _ => {}
        }
    }
}

/// The objects that a value is made of, if of nothing else.
fn objects(expr: &Expr) -> Option<Vec<&Object>> {
    match &expr.kind {
        Kind::Object(object) => Some(vec![object]),
        Kind::Several(parts) => parts
            .iter()
            .map(|part| match &part.kind {
                Kind::Object(object) => Some(object),
                _ => None,
            })
            .collect(),
        Kind::Word(_) | Kind::List(_) | Kind::Follow(_) => None,
    }
}
