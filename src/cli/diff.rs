//! What changes in a file of our own, as `diff -u` shows it; of others' files `changed` shows less.
//!
//! Promises: values of secret keys are masked, control characters escaped, lines that nobody could read cut short. Absent: a minimal
//! diff of texts that differ in very many places: then all between the first and the last difference is shown.

use crate::cli::secrets::masked;
use crate::cli::ui::clean;

/// Lines around a change.
const CONTEXT: usize = 3;
/// Differences that are looked for line by line; files of settings are changed in a few.
const MOST: usize = 200;
/// Longest line that is shown whole, characters: a queue is one line of up to megabytes.
const LONGEST: usize = 400;

/// A line of a diff: its mark, and its number in either text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Same(usize, usize),
    Old(usize),
    New(usize),
}

/// The diff of a file; nothing stands for a file that is not there. Empty where nothing differs.
#[must_use]
pub fn unified(path: &str, before: Option<&[u8]>, after: Option<&[u8]>, secret: &[Vec<String>]) -> String {
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let (before_text, after_text) = (text(before), text(after));
    let (old, new) = (lines(&before_text), lines(&after_text));
    let (old_shown, new_shown) = (masked(&old, secret), masked(&new, secret));
    let script = script(&old, &new);
    let show = |mark: char, shown: Option<&String>| format!("{mark}{}", line(shown.map_or("", String::as_str)));
    let name = |bytes: Option<&[u8]>| if bytes.is_some() { clean(path) } else { "/dev/null".to_owned() };
    let mut out = Vec::new();
    for hunk in hunks(&script) {
        out.push(head(hunk));
        for one in hunk {
            let (shown, raw) = match *one {
                Line::Same(old_at, _) => (show(' ', old_shown.get(old_at)), old.get(old_at)),
                Line::Old(at) => (show('-', old_shown.get(at)), old.get(at)),
                Line::New(at) => (show('+', new_shown.get(at)), new.get(at)),
            };
            out.push(shown);
            if raw.is_some_and(|raw| !raw.ends_with('\n')) {
                out.push("\\ No newline at end of file".to_owned());
            }
        }
    }
    if out.is_empty() && before.is_some() == after.is_some() {
        return String::new();
    }
    out.splice(0..0, [format!("--- {}", name(before)), format!("+++ {}", name(after))]);
    out.join("\n")
}

pub(super) fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

pub(super) fn line(text: &str) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let length = text.chars().count();
    if length <= LONGEST {
        return clean(text);
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{}… ({} more characters)", clean(&start), length.saturating_sub(LONGEST))
}

fn head(hunk: &[Line]) -> String {
    let (mut old, mut new) = ((None, 0_usize), (None, 0_usize));
    let count = |side: &mut (Option<usize>, usize), at: usize| {
        side.0.get_or_insert(at);
        side.1 = side.1.saturating_add(1);
    };
    for one in hunk {
        match *one {
            Line::Same(a, b) => {
                count(&mut old, a);
                count(&mut new, b);
            }
            Line::Old(a) => count(&mut old, a),
            Line::New(b) => count(&mut new, b),
        }
    }
    let range = |(first, number): (Option<usize>, usize)| match (first, number) {
        (Some(first), 1) => first.saturating_add(1).to_string(),
        (Some(first), number) => format!("{},{number}", first.saturating_add(1)),
        (None, _) => "0,0".to_owned(),
    };
    format!("@@ -{} +{} @@", range(old), range(new))
}

/// Changes with the lines around them, those close together as one.
fn hunks(script: &[Line]) -> Vec<&[Line]> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (at, _) in script.iter().enumerate().filter(|(_, one)| !matches!(one, Line::Same(..))) {
        let (from, to) = (at.saturating_sub(CONTEXT), at.saturating_add(CONTEXT + 1).min(script.len()));
        match ranges.last_mut() {
            Some(last) if last.1 >= from => last.1 = to,
            Some(_) | None => ranges.push((from, to)),
        }
    }
    ranges.into_iter().filter_map(|(from, to)| script.get(from..to)).collect()
}

/// How one text becomes the other, line by line; in the middle all of one for all of the other where they differ in very many places.
pub(super) fn script(old: &[&str], new: &[&str]) -> Vec<Line> {
    let whole = |a: usize, b: usize| Some((0..a).map(Line::Old).chain((0..b).map(Line::New)).collect());
    framed(old, new, |a, b| shortest(a, b).or_else(|| whole(a.len(), b.len()))).unwrap_or_default()
}

/// The same in the fewest differences; `None` where there are too many.
pub(super) fn shortest_script(old: &[&str], new: &[&str]) -> Option<Vec<Line>> {
    framed(old, new, shortest)
}

/// What both begin and end with, and between that what `middle` finds.
fn framed(old: &[&str], new: &[&str], middle: impl Fn(&[&str], &[&str]) -> Option<Vec<Line>>) -> Option<Vec<Line>> {
    let front = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()).saturating_sub(front);
    let back = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (old_end, new_end) = (old.len().saturating_sub(back), new.len().saturating_sub(back));
    let (a, b) = (old.get(front..old_end).unwrap_or_default(), new.get(front..new_end).unwrap_or_default());
    let middle = middle(a, b)?;
    let moved = |one: Line| match one {
        Line::Same(x, y) => Line::Same(x.saturating_add(front), y.saturating_add(front)),
        Line::Old(x) => Line::Old(x.saturating_add(front)),
        Line::New(y) => Line::New(y.saturating_add(front)),
    };
    let same = (0..front).map(|at| Line::Same(at, at));
    let tail = (0..back).map(|at| Line::Same(old_end.saturating_add(at), new_end.saturating_add(at)));
    Some(same.chain(middle.into_iter().map(moved)).chain(tail).collect())
}

/// The shortest way from one to the other (Myers); `None` where it has too many differences.
fn shortest(a: &[&str], b: &[&str]) -> Option<Vec<Line>> {
    // How far each diagonal reaches: of `k` (new lines less old ones, from -d to d) at `k + d`, by the number of differences `d`.
    let mut trace: Vec<Vec<usize>> = Vec::new();
    let reach = |trace: &[Vec<usize>], d: usize, k: isize| -> Option<usize> {
        trace.get(d)?.get(usize::try_from(k.checked_add(isize::try_from(d).ok()?)?).ok()?).copied()
    };
    // A diagonal counts the old lines; the new ones are that much more.
    let other = |x: usize, k: isize| usize::try_from(isize::try_from(x).ok()?.checked_add(k)?).ok();
    // From where diagonal `k` is reached with one difference more: by an old line (from `k + 1`) or a new one (from `k - 1`).
    let step = |trace: &[Vec<usize>], d: usize, k: isize| -> (usize, isize) {
        let before = d.saturating_sub(1);
        let by_old = reach(trace, before, k.saturating_add(1)).map(|x| x.saturating_add(1));
        let by_new = reach(trace, before, k.saturating_sub(1));
        match (by_old, by_new) {
            (Some(x), Some(y)) if x > y => (x, k.saturating_add(1)),
            (_, Some(y)) => (y, k.saturating_sub(1)),
            (Some(x), None) => (x, k.saturating_add(1)),
            (None, None) => (0, 0),
        }
    };
    let whole = isize::try_from(b.len()).ok()?.checked_sub(isize::try_from(a.len()).ok()?)?;
    for d in 0..=MOST {
        let (mut row, signed) = (Vec::new(), isize::try_from(d).ok()?);
        for k in -signed..=signed {
            let (mut x, _) = if d == 0 { (0, 0) } else { step(&trace, d, k) };
            while let (Some(old), Some(new)) = (a.get(x), other(x, k).and_then(|y| b.get(y))) {
                if old != new {
                    break;
                }
                x = x.saturating_add(1);
            }
            row.push(x.min(a.len()));
        }
        trace.push(row);
        if reach(&trace, d, whole) == Some(a.len()) {
            return Some(walk(d, whole, a.len(), &|d, k| step(&trace, d, k), &other));
        }
    }
    None
}

/// The way back from the end, put the right way round.
fn walk(
    mut d: usize,
    mut k: isize,
    mut x: usize,
    step: &dyn Fn(usize, isize) -> (usize, isize),
    other: &dyn Fn(usize, isize) -> Option<usize>,
) -> Vec<Line> {
    let mut lines = Vec::new();
    loop {
        let (start, from) = if d == 0 { (0, 0) } else { step(d, k) };
        while x > start {
            x = x.saturating_sub(1);
            lines.push(Line::Same(x, other(x, k).unwrap_or_default()));
        }
        if d == 0 {
            break;
        }
        if from > k {
            x = x.saturating_sub(1);
            lines.push(Line::Old(x));
        } else {
            lines.push(Line::New(other(x, k).unwrap_or_default().saturating_sub(1)));
        }
        (d, k) = (d.saturating_sub(1), from);
    }
    lines.reverse();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> String {
        unified("f", Some(before.as_bytes()), Some(after.as_bytes()), &[])
    }

    #[test]
    fn a_change_is_shown_with_three_lines_around_it() {
        let before: String = (1..=9).map(|n| format!("{n}\n")).collect();
        let after = before.replace("5\n", "five\n");
        let wanted = "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8";
        assert_eq!(shown(&before, &after), wanted);
        assert_eq!(shown(&before, &before), "");
        assert_eq!(shown("a", "a\n"), "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a");
        assert_eq!(unified("f", None, Some(b"a\n"), &[]), "--- /dev/null\n+++ f\n@@ -0,0 +1 @@\n+a");
        assert_eq!(unified("f", Some(b"a\n"), None, &[]), "--- f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a");
        assert_eq!(unified("f", None, Some(b""), &[]), "--- /dev/null\n+++ f");
        assert_eq!(shown("a\r\n", "b\u{1b}[31m\n"), "--- f\n+++ f\n@@ -1 +1 @@\n-a\\u{d}\n+b\\u{1b}[31m");
    }

    #[test]
    fn a_diff_tells_both_texts_and_no_more_than_it_must() {
        // What stands in it is one text, and the other; whatever the lines.
        let all = [
            "",
            "a\n",
            "b\n",
            "a\nb\n",
            "b\na\n",
            "a\nb\na\nb\nc\n",
            "c\na\na\n",
            "x\na\nb\ny\nb\na\n",
            "b\nb\na\nc\n",
        ];
        for old in all {
            for new in all {
                let (a, b) = (lines(old), lines(new));
                let script = script(&a, &b);
                let side = |side: fn(&Line) -> Option<(bool, usize)>| -> String {
                    script.iter().filter_map(side).map(|(of_old, at)| if of_old { a[at] } else { b[at] }).collect()
                };
                assert_eq!(
                    side(|one| match one {
                        Line::Same(x, _) | Line::Old(x) => Some((true, *x)),
                        Line::New(_) => None,
                    }),
                    old
                );
                assert_eq!(
                    side(|one| match one {
                        Line::Same(_, y) | Line::New(y) => Some((false, *y)),
                        Line::Old(_) => None,
                    }),
                    new
                );
                let mut table = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
                for (x, one) in a.iter().enumerate() {
                    for (y, other) in b.iter().enumerate() {
                        table[x + 1][y + 1] =
                            if one == other { table[x][y] + 1 } else { table[x][y + 1].max(table[x + 1][y]) };
                    }
                }
                let same = script.iter().filter(|one| matches!(one, Line::Same(..))).count();
                assert_eq!(same, table[a.len()][b.len()], "{old:?} {new:?}: {script:?}");
            }
        }
    }

    #[test]
    fn long_lines_and_many_differences_are_bounded() {
        let long = shown("", &"x".repeat(1_000_000));
        assert!(long.contains("(999600 more characters)") && long.len() < 1000);
        let (before, after): (Vec<_>, Vec<_>) = (0..5000).map(|n| (format!("a{n}\n"), format!("b{n}\n"))).unzip();
        assert_eq!(shown(&before.concat(), &after.concat()).lines().count(), 10_003);
    }
}
