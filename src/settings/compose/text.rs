//! Texts of Compose: what is put in from its environment, and the words of a command.
//!
//! Promises: `$$` is one sign; what Compose would stop at is unknown. Absent: the environment.

use crate::settings::launch::Given;
use crate::settings::tree::Tree;
use crate::settings::words;

/// A scalar as Compose hands it on.
pub(super) fn text(tree: &Tree<'static>) -> Given {
    match tree {
        Tree::Text(text) => interpolated(text),
        Tree::Number(text) => Given::Set(text.to_string()),
        Tree::Bool(value) => Given::Set(value.to_string()),
        Tree::Null | Tree::Sequence(_) | Tree::Mapping(_) | Tree::Tagged(..) => Given::Unknown,
    }
}

/// A text in which `$X` and `${X…}` are put in, and `$$` is one sign.
fn interpolated(text: &str) -> Given {
    let (mut written, mut of, mut rest) = (String::new(), Vec::new(), text);
    while let Some((before, after)) = rest.split_once('$') {
        written.push_str(before);
        if let Some(behind) = after.strip_prefix('$') {
            written.push('$');
            rest = behind;
            continue;
        }
        let length = match after.strip_prefix('{') {
            Some(inner) => {
                let mut depth = 1_usize;
                let end = inner.find(|c| {
                    depth = if c == '{' { depth + 1 } else { depth - usize::from(c == '}') };
                    depth == 0
                });
                end.map_or(0, |end| end + 2)
            }
            None => {
                let name = |c: char| c == '_' || c.is_ascii_alphanumeric();
                let end = after.find(|c| !name(c)).unwrap_or(after.len());
                if after.starts_with(|c: char| c.is_ascii_digit()) { 0 } else { end }
            }
        };
        // Compose stops at what is none of these.
        let Some((part, behind)) = after.split_at_checked(length).filter(|_| length > 0) else {
            return Given::Unknown;
        };
        let part = format!("${part}");
        written.push_str(&part);
        of.push(part);
        rest = behind;
    }
    written.push_str(rest);
    Given::of(written, of)
}

/// The words of a command that is written as one text.
pub(super) fn split(command: &Given) -> Vec<Given> {
    let (written, of) = match command {
        Given::Set(text) => (text, [].as_slice()),
        Given::Follows { written, of } => (written, of.as_slice()),
        Given::Unknown => return vec![Given::Unknown],
    };
    let Some(words) = words::shell(written) else { return vec![Given::Unknown] };
    let word = |word: words::ShellWord| {
        let inside = of.iter().filter(|part| word.text.contains(part.as_str())).cloned().collect();
        Given::of(word.text, inside)
    };
    words.into_iter().take_while(|word| !word.ends || word.text == "\n").filter(|word| !word.ends).map(word).collect()
}
