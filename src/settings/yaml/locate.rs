//! Where the parts of a YAML text stand, in bytes and lines.
//!
//! Promises: positions are those of the text as it is, aliases not followed; a text that this parser cannot follow to
//! its end has no positions at all.
//!
//! Deliberately absent: what a value means, and any change of the syntax tree.

use std::collections::HashMap;
use std::ops::Range;

use yaml_edit::{Mapping, MappingEntry, YamlFile, YamlKind, YamlNode};

use crate::settings::text::line_at;
use crate::settings::value::Step;
use crate::settings::yaml::plain;
use crate::settings::yaml::tree::{LIMIT, text};

/// The line, from 1, of the key at `path`, for messages. None if there is none, or the text cannot be followed.
pub fn line_of(source: &[u8], path: &[&str]) -> Option<u32> {
    let at_once = match path {
        [key] if source.len() <= LIMIT => plain::line_of(source, key),
        _ => None,
    };
    at_once.or_else(|| followed(source, path))
}

/// The same by the parser that says where parts stand.
fn followed(source: &[u8], path: &[&str]) -> Option<u32> {
    let text = text(source, LIMIT).ok()?;
    let (last, parents) = path.split_last()?;
    let mut mapping = top(&file(text)?)?;
    for parent in parents {
        mapping = mapping.find_entry_by_key(*parent)?.value_node()?.as_mapping()?.clone();
    }
    let key = Place::of(text, &mapping.find_entry_by_key(*last)?)?.key;
    line_at(text.as_bytes(), key.start)
}

/// The lines, from 1, of the parts at `paths`, for messages: the line of the last step's key or item, or of the nearest part
/// around it that can be followed to. None for an empty path and where nothing can be followed.
pub fn lines_of(source: &[u8], limit: usize, paths: &[&[Step]]) -> Vec<Option<u32>> {
    let mut starts = vec![None; paths.len()];
    let Ok(text) = text(source, limit) else { return starts };
    if let Some(top) = file(text).as_ref().and_then(top) {
        mark(&YamlNode::Mapping(top), paths.iter().copied().enumerate().collect(), &mut starts);
    }
    let breaks: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |start: u32| u32::try_from(breaks.partition_point(|at| *at < start as usize) + 1).ok();
    starts.into_iter().map(|start| start.and_then(line)).collect()
}

/// Where the last part begins that is there on the way of each path, by one walk over all: a look-up of each by itself would take
/// a hostile text's length squared.
fn mark(node: &YamlNode, wanted: Vec<(usize, &[Step])>, starts: &mut [Option<u32>]) {
    let mut groups: HashMap<&Step, Vec<(usize, &[Step])>> = HashMap::new();
    for (index, path) in wanted {
        if let Some((step, rest)) = path.split_first() {
            groups.entry(step).or_default().push((index, rest));
        }
    }
    let mut found = |step: &Step, start: Option<u32>, next: Option<YamlNode>| {
        let Some(group) = groups.remove(step) else { return };
        for (index, _) in &group {
            if let Some(there) = starts.get_mut(*index) {
                *there = start;
            }
        }
        if let Some(next) = next {
            mark(&next, group, starts);
        }
    };
    match node {
        YamlNode::Mapping(mapping) => {
            for entry in mapping.entries() {
                let Some(key) = entry.key_node() else { continue };
                let Some(name) = key.as_scalar().map(|name| name.as_string()) else { continue };
                found(&Step::Key(name), Some(key.byte_range().start), entry.value_node());
            }
        }
        YamlNode::Sequence(items) => {
            for (index, item) in items.values().enumerate() {
                found(&Step::Item(index), Some(item.byte_range().start), Some(item));
            }
        }
        YamlNode::Scalar(_) | YamlNode::Alias(_) | YamlNode::TaggedNode(_) => {}
    }
}

/// The syntax of the text, if it could be followed to the end.
pub(super) fn file(text: &str) -> Option<YamlFile> {
    let parsed = YamlFile::parse(text);
    let file = parsed.ok().then(|| parsed.tree())?;
    // What a lenient parser drops must not be mistaken for absent.
    (file.to_string() == text).then_some(file)
}

/// The mapping that the only document is.
pub(super) fn top(file: &YamlFile) -> Option<Mapping> {
    let mut documents = file.documents();
    let first = documents.next()?;
    documents.next().is_none().then(|| first.as_mapping()).flatten()
}

/// What kind of value an entry has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing after the colon.
    Bare,
    /// A plain or quoted scalar on the line of its key.
    Scalar,
    /// A collection, or a scalar over several lines.
    Large,
    /// With an anchor or a tag, or an alias.
    Marked,
}

/// Where one entry of a mapping stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The key, with its quotes.
    pub(super) key: Range<usize>,
    /// Just after the colon; the end of the key if there is no colon.
    pub(super) colon: usize,
    /// The value; empty, and just after the colon, if it is bare.
    pub(super) value: Range<usize>,
    /// The kind of the value.
    pub(super) kind: Kind,
}

impl Place {
    /// Finds the place of an entry.
    pub(super) fn of(text: &str, entry: &MappingEntry) -> Option<Place> {
        let key = range(&entry.key_node()?);
        let after = text.get(key.end..)?;
        let blank = after.len() - after.trim_start_matches([' ', '\t']).len();
        let has_colon = text.get(key.end + blank..)?.starts_with(':');
        let colon = if has_colon { key.end + blank + 1 } else { key.end };
        let node = entry.value_node();
        let value = node.as_ref().map(range).filter(|value| !value.is_empty());
        let Some(value) = value else {
            return Some(Place { key, colon, value: colon..colon, kind: Kind::Bare });
        };
        let gap = text.get(colon..value.start)?;
        let kind = match node.map(|node| node.kind())? {
            YamlKind::Alias | YamlKind::Tagged(_) => Kind::Marked,
            _ if gap.contains(['&', '!', '*']) => Kind::Marked,
            YamlKind::Scalar if has_colon && is_one_line(gap, text.get(value.clone())?) => Kind::Scalar,
            _ => Kind::Large,
        };
        Some(Place { key, colon, value, kind })
    }

    /// The end of what was written for this entry.
    pub(super) fn end(&self) -> usize {
        self.value.end
    }
}

/// The bytes of a node.
pub(super) fn range(node: &YamlNode) -> Range<usize> {
    let range = node.byte_range();
    range.start as usize..range.end as usize
}

/// Whether a scalar and the gap before it are on one line and have no comment between them.
fn is_one_line(gap: &str, value: &str) -> bool {
    let blank = gap.chars().all(|c| matches!(c, ' ' | '\t'));
    let quoted = value.starts_with(['\'', '"']);
    let plain = !value.starts_with(['|', '>']) && !value.contains(" #") && !value.contains("\t#");
    blank && !value.contains(['\n', '\r']) && (quoted || plain)
}

/// The comments of a text with their places, in order.
pub(super) fn comments(file: &YamlFile) -> Vec<(Range<usize>, String)> {
    let place = |range: Range<u32>| range.start as usize..range.end as usize;
    file.comments()
        .map(|comment| {
            let range = comment.text_range();
            (place(u32::from(range.start())..u32::from(range.end())), comment.text().to_owned())
        })
        .collect()
}
