//! Reading: what stands at a path once all is followed, where that is written, and what outside of the document it hangs on.
//!
//! Promises: a document that the real library refuses is an error, and so is one of which it would not resolve all; what only a variable or
//! an include can say is never a plain value; size, depth and steps are bounded.
//!
//! Deliberately absent: reading what is included, the layers that a program puts over a document.

use std::collections::BTreeSet;

use crate::settings::hocon::graph::{Graph, ROOT};
use crate::settings::hocon::head::{Found, Head, View};
use crate::settings::hocon::scan::Word;
use crate::settings::hocon::solve::{Solver, Stop, Told};
use crate::settings::hocon::syntax::{Include, Object, parsed};
use crate::settings::text::{decoded, line_at};
use crate::settings::value::{EVERY, Field, Fields, MOST, ReadError, ReadErrorKind, Root, Scalar};

/// Largest file that is read, in bytes: a settings file is some pages, and each value takes some hundred bytes of memory.
pub const LIMIT: usize = 256 * 1024;

/// What stands at a path, and what that hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// What stands there as far as this document and the variables that are known say; of what the environment says it is a text, as in
    /// the real library. Something else where it is not known.
    pub field: Field,
    /// The line, from 1, of the key that decides.
    pub line: Option<u32>,
    /// The variables of the environment that it follows, or would follow if they were set.
    pub variables: Vec<String>,
    /// Whether what it follows is not known.
    pub unknown: bool,
    /// The includes whose texts could still make it another.
    pub includes: Vec<Include>,
}

/// A text, its syntax and what that makes.
pub(super) struct Document<'s> {
    pub(super) text: &'s str,
    pub(super) root: Object,
    pub(super) graph: Graph,
}

impl<'s> Document<'s> {
    pub(super) fn of(source: &'s [u8], limit: usize) -> Result<Self, ReadError> {
        let text = decoded(source, limit)?;
        let root = parsed(text).map_err(|fault| fault.of(text))?;
        let graph = Graph::of(&root).map_err(|fault| fault.of(text))?;
        Ok(Self { text, root, graph })
    }

    pub(super) fn error(&self, stop: Stop) -> ReadError {
        stop.fault(0).of(self.text)
    }

    fn line(&self, at: Option<usize>) -> Option<u32> {
        line_at(self.text.as_bytes(), at?)
    }

    /// Whether all can be followed.
    pub(super) fn follows(&self, env: &dyn Fn(&str) -> Told) -> Result<(), ReadError> {
        Solver::new(&self.graph, env).force(ROOT, &View::default()).map_err(|stop| self.error(stop))
    }

    pub(super) fn look(&self, path: &[&str], env: &dyn Fn(&str) -> Told) -> Result<Looked, ReadError> {
        let mut solver = Solver::new(&self.graph, env);
        let mut looked =
            Looked { field: Field::Absent, line: None, variables: Vec::new(), unknown: false, includes: Vec::new() };
        let (mut head, mut at) = (solver.root(), None);
        let mut under = None;
        for key in path {
            match &head {
                Head::Layers(layers) => {
                    // What is asked on the way to an object says nothing of its keys.
                    if head.is_there() {
                        solver.variables.clear();
                    }
                    let found = solver.below(layers, key).map_err(|stop| self.error(stop))?;
                    (head, at) = (found.head, found.at.or(at));
                }
                Head::Word(Word::Null) => under = Some(Field::UnderNull),
                Head::Word(_) | Head::List(_) => under = Some(Field::UnderOther),
            }
            if under.is_some() {
                break;
            }
        }
        looked.unknown = head.is_doubt() && !head.is_there();
        if let Head::Layers(layers) = &head {
            solver.note(layers);
        }
        let present = looked.unknown || head.is_there();
        looked.field = match under {
            Some(field) => field,
            None if present => Field::Present(scalar(&head)),
            None => Field::Absent,
        };
        looked.line = self.line(at.filter(|_| present));
        looked.variables = solver.variables.into_iter().collect();
        looked.includes = solver.includes.iter().filter_map(|at| self.graph.includes.get(*at).cloned()).collect();
        Ok(looked)
    }
}

pub(super) fn scalar(head: &Head) -> Scalar {
    match head {
        Head::Word(Word::Null) => Scalar::Null,
        Head::Word(Word::Bool(value)) => Scalar::Bool(*value),
        Head::Word(Word::Number(text)) => Scalar::Number(text.clone()),
        Head::Word(Word::Quoted(text) | Word::Bare(text)) => Scalar::Text(text.clone()),
        Head::List(_) | Head::Layers(_) => Scalar::Other,
    }
}

/// What stands at `path`, and what that hangs on, with `env` for the environment.
///
/// # Errors
/// The real library refuses the text, or something in it that is followed leads nowhere.
pub fn look(source: &[u8], path: &[&str], env: &dyn Fn(&str) -> Told) -> Result<Looked, ReadError> {
    let document = Document::of(source, LIMIT)?;
    document.follows(env)?;
    document.look(path, env)
}

/// The includes of a document, in their order, those in objects among them.
pub fn includes(source: &[u8]) -> Result<Vec<Include>, ReadError> {
    Ok(Document::of(source, LIMIT)?.graph.includes)
}

/// Nothing is known of the environment.
pub(super) fn nobody(_: &str) -> Told {
    Told::Unknown
}

/// Reads `source`, at most `limit` bytes, and returns what stands at each of the `wanted` paths; what hangs on a variable or could come
/// from an include is something else, never absent and never a plain value.
pub fn fields(source: &[u8], limit: usize, wanted: &[&[&str]]) -> Result<Fields, ReadError> {
    let document = Document::of(source, limit)?;
    document.follows(&nobody)?;
    let root = if document.root.entries.is_empty() { Root::Empty } else { Root::Mapping };
    let field = |path: &&[&str]| {
        let looked = document.look(path, &nobody)?;
        let sure = !looked.unknown && looked.includes.is_empty();
        Ok(if sure || path.is_empty() { looked.field } else { Field::Present(Scalar::Other) })
    };
    let values: Result<_, ReadError> = wanted.iter().map(field).collect();
    Ok(Fields::new(root, values?))
}

/// The line, from 1, of the key that decides at `path`. None if there is none, or the text cannot be read.
pub fn line_of(source: &[u8], path: &[&str]) -> Option<u32> {
    Document::of(source, LIMIT).ok()?.look(path, &nobody).ok()?.line
}

/// What stands at a path of which a step may be [`EVERY`], in the order of the text, each with the line of its key or item. What is not
/// there gives nothing.
pub fn gathered(source: &[u8], limit: usize, path: &[&str]) -> Result<Vec<(Scalar, Option<u32>)>, ReadError> {
    let document = Document::of(source, limit)?;
    document.follows(&nobody)?;
    let mut solver = Solver::new(&document.graph, &nobody);
    let found = every(&mut solver, path).map_err(|stop| document.error(stop))?;
    let found = found.ok_or(ReadErrorKind::TooOften.at(None))?;
    Ok(found.iter().map(|found| (scalar(&found.head), document.line(found.at))).collect())
}

/// What stands at a path with such steps; none if that is too much. What includes may change is doubt.
fn every(solver: &mut Solver<'_>, path: &[&str]) -> Result<Option<Vec<Found>>, Stop> {
    let mut parts = vec![Found { head: solver.root(), at: None }];
    for step in path {
        let mut next = Vec::new();
        for Found { head, .. } in &parts {
            match head {
                Head::Layers(layers) if *step == EVERY => {
                    let mut all = Vec::new();
                    for key in solver.keys(layers) {
                        all.push(sure(solver, |solver| solver.below(layers, key))?);
                    }
                    all.sort_by_key(|found| found.at);
                    next.extend(all);
                }
                Head::Layers(layers) => next.push(sure(solver, |solver| solver.below(layers, step))?),
                Head::List(items) if *step == EVERY => {
                    for (item, view) in items {
                        next.push(sure(solver, |solver| solver.head(*item, view))?);
                    }
                }
                Head::List(_) | Head::Word(_) => {}
            }
            next.retain(|found| !matches!(&found.head, Head::Layers(layers) if layers.is_empty()));
            if next.len() > MOST {
                return Ok(None);
            }
        }
        parts = next;
    }
    Ok(Some(parts))
}

/// An answer, or doubt where includes may make it another.
fn sure<'g>(solver: &mut Solver<'g>, ask: impl FnOnce(&mut Solver<'g>) -> Result<Found, Stop>) -> Result<Found, Stop> {
    solver.includes.clear();
    let mut found = ask(solver)?;
    if !solver.includes.is_empty() {
        found.head = Head::doubt(BTreeSet::new());
    }
    Ok(found)
}

/// How many items the list at `path` has; none where there is no list, or it is not known, or the text cannot be read.
pub fn length(source: &[u8], limit: usize, path: &[&str]) -> Option<usize> {
    let document = Document::of(source, limit).ok()?;
    document.follows(&nobody).ok()?;
    let mut solver = Solver::new(&document.graph, &nobody);
    let mut found = every(&mut solver, path).ok()??;
    let Head::List(items) = found.pop()?.head else { return None };
    let mut count = 0;
    for (item, view) in items {
        match sure(&mut solver, |solver| solver.head(item, &view)).ok()?.head {
            head if head.is_there() => count += 1,
            Head::Layers(layers) if layers.is_empty() => {}
            _ => return None,
        }
    }
    Some(count)
}
