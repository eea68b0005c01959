//! Following: what stands at a key once substitutions are replaced, as the real library does it, and what that hangs on.
//!
//! Promises: steps and depth are bounded, whatever refers to whatever; what only the environment or an included text can say is doubt,
//! never a value.
//!
//! Deliberately absent: reading an included text.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::settings::hocon::graph::{Graph, Id, Node, ROOT};
use crate::settings::hocon::head::{Found, Head, Layer, Pile, View};
use crate::settings::hocon::scan::{Fault, Follow, Word};
use crate::settings::value::ReadErrorKind;

/// What is known of a variable of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It is set to this text.
    Set(String),
    /// It is not set.
    Unset,
    /// Nobody knows.
    Unknown,
}

/// Most steps of one question: each is a look at a part. Texts that refer to themselves in many ways have no end otherwise.
const STEPS: usize = 400_000;

/// Deepest way of one question through parts and what they refer to.
const CALLS: usize = 120;

/// Most bytes of texts that are put together in one question.
const BYTES: usize = 1 << 22;

/// Why there is no answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    /// This substitution leads to itself.
    Cycle(Id),
    /// There can be no answer.
    Fault(Fault),
}

impl Stop {
    pub(super) fn deep() -> Self {
        Stop::Fault(Fault::deep(0))
    }

    /// What is wrong, for a question that was asked of a part that stands there.
    pub(super) fn fault(self, at: usize) -> Fault {
        match self {
            // It is in what it leads to: the real library takes it for nothing there.
            Stop::Cycle(_) => Fault { at, kind: ReadErrorKind::TooOften },
            Stop::Fault(fault) => fault,
        }
    }
}

/// Follows substitutions through a document.
pub(super) struct Solver<'g> {
    pub(super) graph: &'g Graph,
    env: &'g dyn Fn(&str) -> Told,
    steps: usize,
    bytes: usize,
    calls: usize,
    /// The variables that were asked for.
    pub(super) variables: BTreeSet<String>,
    /// The includes that may have something to say.
    pub(super) includes: BTreeSet<usize>,
}

impl<'g> Solver<'g> {
    pub(super) fn new(graph: &'g Graph, env: &'g dyn Fn(&str) -> Told) -> Self {
        let (variables, includes) = (BTreeSet::new(), BTreeSet::new());
        Self { graph, env, steps: 0, bytes: 0, calls: 0, variables, includes }
    }

    fn at(&self, id: Id) -> usize {
        self.graph.parts.get(id).map_or(0, |part| part.at)
    }

    fn step(&mut self, id: Id) -> Result<(), Stop> {
        self.steps += 1;
        let kind = if self.calls > CALLS { ReadErrorKind::TooDeep } else { ReadErrorKind::TooOften };
        if self.calls > CALLS || self.steps > STEPS || self.bytes > BYTES {
            return Err(Stop::Fault(Fault { at: self.at(id), kind }));
        }
        Ok(())
    }

    /// The top of the document.
    pub(super) fn root(&self) -> Head {
        Head::Layers(vec![Layer::Table(ROOT, View::default())])
    }

    /// What stands below a key of an object.
    pub(super) fn below(&mut self, layers: &[Layer], key: &str) -> Result<Found, Stop> {
        let mut pile = Pile::default();
        for layer in layers {
            let (id, view) = match layer {
                Layer::Table(id, view) => (*id, view),
                other => {
                    pile.layers.push(other.clone());
                    continue;
                }
            };
            self.step(id)?;
            let Some(table) = self.graph.table(id) else { continue };
            let slot = table.slots.get(key);
            let since = slot.map_or(0, |slot| slot.seen)..table.includes.len();
            if !since.is_empty() {
                pile.layers.push(Layer::Outside(id, since));
            }
            if let Some(slot) = slot {
                let found = self.head(slot.id, view)?;
                if !pile.add(found) {
                    break;
                }
            }
        }
        self.whole(pile)
    }

    /// What a pile is, with a note of the includes that may still change it.
    fn whole(&mut self, pile: Pile) -> Result<Found, Stop> {
        let head = match pile.end {
            Some(head) => {
                self.note(&pile.layers);
                head
            }
            None => Head::Layers(pile.layers),
        };
        Ok(Found { head, at: pile.at })
    }

    /// These includes of an object.
    pub(super) fn outside(&self, id: Id, range: &Range<usize>) -> &'g [usize] {
        let graph = self.graph;
        graph.table(id).and_then(|table| table.includes.get(range.clone())).unwrap_or_default()
    }

    /// Notes the includes that layers speak of.
    pub(super) fn note(&mut self, layers: &[Layer]) {
        for layer in layers {
            if let Layer::Outside(id, range) = layer {
                self.includes.extend(self.outside(*id, range));
            }
        }
    }

    /// What a part is.
    pub(super) fn head(&mut self, id: Id, view: &View) -> Result<Found, Stop> {
        self.calls += 1;
        self.step(id)?;
        let at = Some(self.at(id));
        let graph = self.graph;
        let head = match graph.node(id) {
            None => Head::nothing(),
            Some(Node::Word(word)) => Head::Word(word.clone()),
            Some(Node::Table(_)) => Head::Layers(vec![Layer::Table(id, view.clone())]),
            Some(Node::List(items)) => {
                self.steps += items.len();
                Head::List(items.iter().map(|item| (*item, view.clone())).collect())
            }
            Some(Node::Outside(table, range)) => Head::Layers(vec![Layer::Outside(*table, range.clone())]),
            Some(Node::Follow(follow)) => self.follow(id, follow, view)?,
            Some(Node::Several(parts)) => self.several(id, parts, view)?,
            Some(Node::Stack(layers)) => {
                let found = self.stack(id, layers, view)?;
                self.calls -= 1;
                return Ok(found);
            }
        };
        self.calls -= 1;
        Ok(Found { head, at })
    }

    /// The layers of a stack that are seen from here, and from where each of them looks: what is followed sees what is below it only.
    pub(super) fn layers(&self, id: Id, layers: &[Id], view: &View) -> Vec<(Id, View)> {
        let seen = view.seen(id).unwrap_or(layers.len());
        let mut all: Vec<_> = layers
            .iter()
            .take(seen)
            .enumerate()
            .map(|(at, layer)| (*layer, self.from(id, at, seen, *layer, view)))
            .collect();
        all.reverse();
        all
    }

    fn from(&self, stack: Id, at: usize, seen: usize, layer: Id, view: &View) -> View {
        let follows = matches!(self.graph.node(layer), Some(Node::Follow(_) | Node::Several(_)));
        if !follows || seen == 1 {
            return view.clone();
        }
        view.below(stack, at)
    }

    fn stack(&mut self, id: Id, layers: &[Id], view: &View) -> Result<Found, Stop> {
        let mut pile = Pile::default();
        for (layer, view) in self.layers(id, layers, view) {
            let found = self.head(layer, &view)?;
            if !pile.add(found) {
                break;
            }
        }
        self.whole(pile)
    }

    /// What a substitution leads to.
    fn follow(&mut self, id: Id, follow: &Follow, view: &View) -> Result<Head, Stop> {
        if view.follows(id) {
            return Err(Stop::Cycle(id));
        }
        let (before, calls) = (std::mem::take(&mut self.includes), self.calls);
        let inner = view.following(id);
        let found = match self.way(&follow.path, &inner) {
            Err(Stop::Cycle(own)) if own == id && follow.optional => Ok(Head::nothing()),
            // Which of two is nothing hangs on the order in which the real library comes to them.
            Err(Stop::Cycle(other)) => {
                let kind = if other == id { ReadErrorKind::Unresolved } else { ReadErrorKind::TooOften };
                Err(Stop::Fault(Fault { at: self.at(id), kind }))
            }
            Ok(head) => self.or_told(id, follow, head),
            Err(stop) => Err(stop),
        };
        self.includes.extend(before);
        self.calls = calls;
        found
    }

    /// What was found, or else what the environment says.
    fn or_told(&mut self, id: Id, follow: &Follow, head: Head) -> Result<Head, Stop> {
        if head.is_there() || head.is_doubt() {
            return Ok(head);
        }
        let Head::Layers(mut layers) = head else { return Ok(head) };
        if let [name] = follow.path.as_slice() {
            self.variables.insert(name.clone());
            match (self.env)(name) {
                Told::Set(text) => {
                    self.note(&layers);
                    return Ok(Head::Word(Word::Quoted(text)));
                }
                Told::Unknown => layers.push(Layer::Doubt(BTreeSet::from([name.clone()]))),
                Told::Unset => {}
            }
        }
        let head = Head::Layers(layers);
        if follow.optional || head.is_doubt() {
            return Ok(head);
        }
        // What is included may have it, or have something else in place of this.
        match head {
            Head::Layers(mut layers) if !self.graph.includes.is_empty() => {
                layers.push(Layer::Doubt(BTreeSet::new()));
                Ok(Head::Layers(layers))
            }
            _ => Err(Stop::Fault(Fault { at: self.at(id), kind: ReadErrorKind::Unresolved })),
        }
    }

    /// What stands at the end of a path from the top.
    fn way(&mut self, path: &[String], view: &View) -> Result<Head, Stop> {
        let mut head = Head::Layers(vec![Layer::Table(ROOT, view.clone())]);
        for key in path {
            let Head::Layers(layers) = &head else { return Ok(Head::nothing()) };
            head = self.below(layers, key)?.head;
        }
        Ok(head)
    }

    /// Values side by side, those that are nothing left out.
    fn several(&mut self, id: Id, parts: &[Id], view: &View) -> Result<Head, Stop> {
        let (mut all, mut doubt): (Option<Head>, Option<BTreeSet<String>>) = (None, None);
        for part in parts {
            let head = self.head(*part, view)?.head;
            if let Head::Layers(layers) = &head {
                for layer in layers {
                    if let Layer::Doubt(variables) = layer {
                        doubt.get_or_insert_default().extend(variables.iter().cloned());
                    }
                }
                if !head.is_there() {
                    self.note(layers);
                    continue;
                }
            }
            all = Some(match all {
                None => head,
                Some(left) => self.joined(id, left, head)?,
            });
        }
        Ok(match doubt {
            Some(variables) => Head::doubt(variables),
            None => all.unwrap_or_else(Head::nothing),
        })
    }

    fn joined(&mut self, id: Id, left: Head, right: Head) -> Result<Head, Stop> {
        Ok(match (left, right) {
            (Head::Word(left), Head::Word(right)) => {
                self.bytes += left.text().len() + right.text().len();
                self.step(id)?;
                Head::Word(Word::Quoted([left.text(), right.text()].concat()))
            }
            (Head::List(mut left), Head::List(right)) => {
                self.steps += right.len();
                self.step(id)?;
                left.extend(right);
                Head::List(left)
            }
            (Head::Layers(left), Head::Layers(mut right)) => {
                right.extend(left);
                Head::Layers(right)
            }
            (left @ (Head::List(_) | Head::Layers(_)), Head::Word(Word::Bare(_))) => left,
            // An object whose keys are numbers would become a list; nobody writes that on purpose.
            _ => return Err(Stop::Fault(Fault { at: self.at(id), kind: ReadErrorKind::Shape })),
        })
    }

    /// The keys of an object.
    pub(super) fn keys(&mut self, layers: &[Layer]) -> BTreeSet<&'g str> {
        let graph = self.graph;
        let mut keys = BTreeSet::new();
        for layer in layers {
            if let Layer::Table(id, _) = layer {
                let slots = graph.table(*id).into_iter().flat_map(|table| table.slots.keys());
                keys.extend(slots.map(String::as_str));
            }
        }
        self.steps += keys.len();
        keys
    }

    /// Follows all that is in a part, as the real library does before it gives anything away.
    pub(super) fn force(&mut self, id: Id, view: &View) -> Result<(), Stop> {
        self.calls += 1;
        self.step(id)?;
        let graph = self.graph;
        match graph.node(id) {
            None | Some(Node::Word(_) | Node::Outside(..)) => {}
            Some(Node::Table(table)) => {
                table.slots.values().try_for_each(|slot| self.force(slot.id, view))?;
            }
            Some(Node::List(items)) => items.iter().try_for_each(|item| self.force(*item, view))?,
            Some(Node::Several(parts)) => {
                parts.iter().try_for_each(|part| self.force(*part, view))?;
                self.head(id, view)?;
            }
            Some(Node::Follow(_)) => match self.head(id, view)?.head {
                Head::Word(_) => {}
                Head::List(items) => items.iter().try_for_each(|(item, view)| self.force(*item, view))?,
                Head::Layers(layers) => {
                    for layer in &layers {
                        if let Layer::Table(id, view) = layer {
                            self.force(*id, view)?;
                        }
                    }
                }
            },
            // What is hidden is followed, too.
            Some(Node::Stack(layers)) => {
                self.layers(id, layers, view).iter().try_for_each(|(layer, view)| self.force(*layer, view))?;
            }
        }
        self.calls -= 1;
        Ok(())
    }
}
