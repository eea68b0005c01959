//! What stands somewhere in a document, as far as it has been followed: a word, a list, or the layers of what is an object or may be one.
//!
//! Promises: what is hidden by another layer and what may be is told apart. Deliberately absent: following.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use crate::settings::hocon::graph::Id;
use crate::settings::hocon::scan::Word;

/// From where one looks: which substitutions are being followed, and of which stacks only the lower layers are seen.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    following: Option<Rc<Link>>,
    hidden: Option<Rc<Link>>,
}

#[derive(Debug)]
struct Link {
    id: Id,
    layers: usize,
    next: Option<Rc<Link>>,
}

impl View {
    /// Whether this substitution is being followed.
    pub(super) fn follows(&self, id: Id) -> bool {
        find(&self.following, id).is_some()
    }

    /// How many layers of this stack are seen, where not all of them.
    pub(super) fn seen(&self, id: Id) -> Option<usize> {
        find(&self.hidden, id)
    }

    /// The view of what this substitution leads to.
    pub(super) fn following(&self, id: Id) -> Self {
        Self { following: linked(&self.following, id, 0), hidden: self.hidden.clone() }
    }

    /// The view from a layer of a stack on those below it.
    pub(super) fn below(&self, stack: Id, layers: usize) -> Self {
        Self { following: self.following.clone(), hidden: linked(&self.hidden, stack, layers) }
    }
}

fn find(mut link: &Option<Rc<Link>>, id: Id) -> Option<usize> {
    while let Some(inner) = link {
        if inner.id == id {
            return Some(inner.layers);
        }
        link = &inner.next;
    }
    None
}

fn linked(next: &Option<Rc<Link>>, id: Id, layers: usize) -> Option<Rc<Link>> {
    Some(Rc::new(Link { id, layers, next: next.clone() }))
}

/// One layer of something that is an object, or may be one.
#[derive(Debug, Clone)]
pub(super) enum Layer {
    Table(Id, View),
    /// What these includes of an object have, if anything.
    Outside(Id, Range<usize>),
    /// What hangs on these variables.
    Doubt(BTreeSet<String>),
}

/// What stands somewhere.
#[derive(Debug, Clone)]
pub(super) enum Head {
    Word(Word),
    List(Vec<(Id, View)>),
    /// The layers of an object, the first on top; of nothing, where none of them is a table.
    Layers(Vec<Layer>),
}

impl Head {
    pub(super) fn nothing() -> Self {
        Head::Layers(Vec::new())
    }

    pub(super) fn doubt(variables: BTreeSet<String>) -> Self {
        Head::Layers(vec![Layer::Doubt(variables)])
    }

    /// Whether it is surely something: an object that includes may add to is one, too.
    pub(super) fn is_there(&self) -> bool {
        match self {
            Head::Word(_) | Head::List(_) => true,
            Head::Layers(layers) => matches!(top(layers), Some(Layer::Table(..))),
        }
    }

    /// Whether nobody knows what it is.
    pub(super) fn is_doubt(&self) -> bool {
        match self {
            Head::Word(_) | Head::List(_) => false,
            Head::Layers(layers) => matches!(top(layers), Some(Layer::Doubt(_))),
        }
    }
}

/// The first layer that this document knows of.
fn top(layers: &[Layer]) -> Option<&Layer> {
    layers.iter().find(|layer| !matches!(layer, Layer::Outside(..)))
}

/// What stands somewhere, and where that is written.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) head: Head,
    pub(super) at: Option<usize>,
}

/// Layers put one below another until one of them hides the rest.
#[derive(Default)]
pub(super) struct Pile {
    pub(super) layers: Vec<Layer>,
    pub(super) at: Option<usize>,
    pub(super) end: Option<Head>,
}

impl Pile {
    /// Adds what is below; says whether something below that may matter.
    pub(super) fn add(&mut self, found: Found) -> bool {
        let solid = self.layers.iter().any(|layer| matches!(layer, Layer::Table(..)));
        match found.head {
            Head::Layers(layers) => {
                self.at = self.at.or(found.at);
                self.layers.extend(layers);
                return true;
            }
            _ if solid => {}
            // Whether it is hidden is not known.
            _ if self.layers.iter().any(|layer| matches!(layer, Layer::Doubt(_))) => {}
            head => {
                self.at = found.at;
                self.end = Some(head);
            }
        }
        false
    }
}
