//! What changes in somebody else's file: where, which key, what stood there and what shall.
//!
//! Promises: of all that does not change only the key right before a change is shown, whatever the format: what stands beside it may be
//! anybody's secret. A comment that goes with a line is not shown, nor is the rest of a text that goes on over several lines. Values of
//! secret keys are masked, control characters escaped. Absent: the lines around a change; the file itself has them.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::actions::foreign::change::FileChange;
use crate::cli::diff::{Line, line, lines, script, shortest_script};
use crate::cli::secrets::{is_secret, masked};
use crate::cli::ui::clean;

/// What stands for all that is not shown.
const REST: &str = "…";

/// The key of what comes next.
static KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"["']?([A-Za-z0-9_.\-]+)["']?[ \t]*[:=][ \t]*["'\[]?$"#).ok());

/// All keys of a line.
static KEYS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"([A-Za-z0-9_.\-]+)["']?[ \t]*[:=]"#).ok());

/// A piece of a line and whether it changes.
type Piece<'a> = (&'a str, bool);

/// What changes in a file, in the form of a diff; empty where nothing does.
#[must_use]
pub fn of_file(file: &FileChange) -> String {
    let (before, after) = (file.texts.before.as_deref(), file.texts.after.as_deref());
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let (old_text, new_text) = (text(before), text(after));
    let (old, new) = (lines(&old_text), lines(&new_text));
    let (old_masked, new_masked) = (masked(&old, &file.secret), masked(&new, &file.secret));
    let mut out = Vec::new();
    let (mut old_at, mut new_at) = (0_usize, 0_usize);
    let script = script(&old, &new);
    for group in script.chunk_by(|a, b| is_same(a) == is_same(b)) {
        let of_old = group.iter().filter(|one| !matches!(one, Line::New(_))).count();
        let of_new = group.iter().filter(|one| !matches!(one, Line::Old(_))).count();
        let (old_end, new_end) = (old_at.saturating_add(of_old), new_at.saturating_add(of_new));
        if !group.iter().all(is_same) {
            out.push(format!("@@ -{} +{} @@", range(old_at, of_old), range(new_at, of_new)));
            let (old, new) = (old.get(old_at..old_end), new.get(new_at..new_end));
            let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
            let (old_pieces, new_pieces) = pieces(old, new);
            let masked = |all: &[String], at: usize| all.get(at..).unwrap_or_default().to_vec();
            out.extend(side('-', old, &old_pieces, &masked(&old_masked, old_at), &file.secret));
            out.extend(side('+', new, &new_pieces, &masked(&new_masked, new_at), &file.secret));
        }
        (old_at, new_at) = (old_end, new_end);
    }
    if out.is_empty() && before.is_some() == after.is_some() {
        return String::new();
    }
    let path = file.path.display().to_string();
    let name = |bytes: Option<&[u8]>| if bytes.is_some() { clean(&path) } else { "/dev/null".to_owned() };
    out.splice(0..0, [format!("--- {}", name(before)), format!("+++ {}", name(after))]);
    out.join("\n") + "\n"
}

fn is_same(one: &Line) -> bool {
    matches!(one, Line::Same(..))
}

/// Lines from this one on, as `diff` counts: where there are none, the one before.
fn range(at: usize, number: usize) -> String {
    match number {
        0 => format!("{at},0"),
        1 => at.saturating_add(1).to_string(),
        _ => format!("{},{number}", at.saturating_add(1)),
    }
}

/// The lines of either side in pieces, a line's in one list.
fn pieces<'a>(old: &[&'a str], new: &[&'a str]) -> (Vec<Vec<Piece<'a>>>, Vec<Vec<Piece<'a>>>) {
    let words = |lines: &[&'a str]| lines.iter().flat_map(|line| words(line)).collect::<Vec<&'a str>>();
    let (old_words, new_words) = (words(old), words(new));
    // Where nobody can tell what changed, nothing is shown of it.
    let script = shortest_script(&old_words, &new_words).unwrap_or_default();
    let (mut of_old, mut of_new) = (vec![false; old_words.len()], vec![false; new_words.len()]);
    for one in script {
        match one {
            Line::Same(..) => {}
            Line::Old(at) => of_old.get_mut(at).into_iter().for_each(|changes| *changes = true),
            Line::New(at) => of_new.get_mut(at).into_iter().for_each(|changes| *changes = true),
        }
    }
    (by_line(old_words, of_old), by_line(new_words, of_new))
}

fn by_line(words: Vec<&str>, changes: Vec<bool>) -> Vec<Vec<Piece<'_>>> {
    let all: Vec<Piece<'_>> = words.into_iter().zip(changes).collect();
    all.split_inclusive(|(word, _)| *word == "\n").map(<[Piece<'_>]>::to_vec).collect()
}

/// A word is a plain value or a name; all else is a character by itself.
fn words(line: &str) -> Vec<&str> {
    let of_word = |c: char| c.is_alphanumeric() || "_-.@+%".contains(c);
    let mut words = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = if of_word(first) { rest.find(|c| !of_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, after) = rest.split_at(length);
        words.push(word);
        rest = after;
    }
    words
}

fn side(mark: char, raw: &[&str], pieces: &[Vec<Piece<'_>>], masked: &[String], secret: &[Vec<String>]) -> Vec<String> {
    let (mut out, mut within) = (Vec::new(), false);
    for ((raw, pieces), masked) in raw.iter().zip(pieces).zip(masked) {
        let whole = pieces.iter().all(|(word, changes)| *changes || word.trim().is_empty());
        let masked = masked.trim_end_matches('\n');
        let shown = if within && whole {
            REST.to_owned()
        } else if masked.trim_start().trim_start_matches("- ").starts_with("***") {
            masked.to_owned()
        } else {
            of_line(pieces, secret)
        };
        within |= goes_on(raw);
        out.push(format!("{mark}{}", line(&shown)));
        if !raw.ends_with('\n') {
            out.push("\\ No newline at end of file".to_owned());
        }
    }
    out
}

/// Whether a text begins here that goes on in the lines below.
fn goes_on(line: &str) -> bool {
    let end = line.trim_end().trim_end_matches(['-', '+']);
    line.contains("<<")
        || line.contains("\"\"\"")
        || end.ends_with(['|', '>'])
        || !line.matches('"').count().is_multiple_of(2)
}

fn of_line(pieces: &[Piece<'_>], secret: &[Vec<String>]) -> String {
    // What stands between two changes.
    let (mut shown, mut beside, mut quote, mut before) = (String::new(), String::new(), None, String::new());
    for run in pieces.chunk_by(|a, b| a.1 == b.1) {
        let text: String = run.iter().map(|(word, _)| *word).collect();
        let text = text.trim_end_matches('\n');
        let own = last_is_secret(&before, secret);
        before.push_str(text);
        if text.is_empty() {
            continue;
        }
        if run.iter().any(|(_, changes)| !changes) {
            // What closes the value that was shown.
            let closing = text.chars().next().filter(|first| quote == Some(*first));
            shown.extend(closing);
            closing.and_then(|first| text.strip_prefix(first)).unwrap_or(text).clone_into(&mut beside);
            continue;
        }
        let key = key_before(&beside);
        let depth = beside.len().saturating_sub(beside.trim_start().len());
        let (blank, rest) = beside.split_at_checked(depth).unwrap_or(("", &beside));
        shown.push_str(blank);
        if rest.len() > key.trim_start().len() {
            shown.push_str(if key.is_empty() { REST } else { "… " });
        }
        shown.push_str(key.trim_start());
        quote = key.chars().last().filter(|last| matches!(last, '"' | '\''));
        shown.push_str(&if own { "***".to_owned() } else { change(text, secret) });
        beside.clear();
    }
    match beside.trim() {
        "" => shown + &beside,
        _ => shown + " " + REST,
    }
}

/// The key that what comes next is the value of, as it is written.
fn key_before(beside: &str) -> String {
    let found = KEY.as_ref().and_then(|key| key.find(beside));
    found.map_or_else(String::new, |found| found.as_str().to_owned())
}

/// Whether the last key so far is that of a secret: its value may have several words.
fn last_is_secret(before: &str, secret: &[Vec<String>]) -> bool {
    let Some(keys) = KEYS.as_ref() else { return true };
    let Some(name) = keys.captures_iter(before).last().and_then(|found| found.get(1)) else { return false };
    let named = |path: &Vec<String>| path.last().is_some_and(|key| key.eq_ignore_ascii_case(name.as_str()));
    is_secret(name.as_str()) || secret.iter().any(named)
}

/// What changes, without a comment.
fn change(text: &str, secret: &[Vec<String>]) -> String {
    let comment = [text.find('#'), text.find("//"), text.find("/*")].into_iter().flatten().min();
    let (shown, rest) = text.split_at_checked(comment.unwrap_or(text.len())).unwrap_or((text, ""));
    let shown = masked(&[shown], secret).concat();
    if rest.is_empty() { shown } else { format!("{shown}{REST}") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn of_a_change_its_key_and_its_values_are_shown() {
        let table = [
            ("a = 1\nb: \"x\"\nc\n", "a = 1\nb: \"y\"\nc\n", "@@ -2 +2 @@\n-b: \"x\"\n+b: \"y\"\n"),
            (
                "f { a = 1, b = x } z",
                "f { a = 2, b = x } z\n",
                "@@ -1 +1 @@\n-… a = 1 …\n\\ No newline at end of file\n+… a = 2 …\n",
            ),
            // A secret stays one, whichever of its words changes.
            ("token = \"p q\"\n", "token = \"p r\"\n", "@@ -1 +1 @@\n-…*** …\n+…*** …\n"),
            ("{token: p, n: 1}\n", "{token: r, n: 2}\n", "@@ -1 +1 @@\n-… token: ***… n: 1 …\n+… token: ***… n: 2 …\n"),
            ("mine:\n  - p\n", "mine:\n  - r\n", "@@ -2 +2 @@\n-  …p\n+  …r\n"),
            // The rest of a text, and a comment that goes with its line.
            ("id = <<E\np = 1\nE\nn = 1\n", "id = \"x\"\nn = 1\n", "@@ -1,3 +1 @@\n-id = <<E\n-…\n-…\n+id = \"x\"\n"),
            ("off = 1 # p\n", "", "@@ -1 +0,0 @@\n-off = 1 …\n"),
            ("", "off = 1\n", "@@ -0,0 +1 @@\n+off = 1\n"),
        ];
        for (before, after, wanted) in table {
            let file = FileChange::new(Path::new("/f"), Some(before.into()), Some(after.into()));
            assert_eq!(of_file(&file), format!("--- /f\n+++ /f\n{wanted}"), "{before}");
        }
        let many = |of: &str| (0..300).map(|n| format!("{of}{n} ")).collect::<String>();
        let file = FileChange::new(Path::new("/f"), Some(many("p").into()), Some(many("r").into()));
        assert!(!of_file(&file).contains("p1") && of_file(&file).contains("\n- …"), "{}", of_file(&file));
    }
}
