//! What is wrong with a manifest, gathered on a walk through it.
//!
//! Promises: a problem says where it is, down to the item of a list, and what is allowed there; lines are looked up once for all
//! of them. Absent: what is right (`parse`).

use std::collections::HashSet;
use std::fmt;

use crate::settings::value::Step;
use crate::settings::yaml::lines_of;

/// One thing that is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: keys from the root, an item of a list as `[0]` behind its key.
    pub path: Vec<String>,
    /// The line, where known.
    pub line: Option<u32>,
    /// What is wrong, and what is allowed.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.join("."))?;
        }
        f.write_str(&self.what)
    }
}

/// Problems as they are found, and where the walk is.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<(Vec<Step>, String)>,
    at: Vec<Step>,
}

impl Problems {
    /// A problem where the walk is.
    pub fn say(&mut self, what: impl Into<String>) {
        self.found.push((self.at.clone(), what.into()));
    }

    /// A problem at `key`.
    pub fn say_at(&mut self, key: &str, what: impl Into<String>) {
        self.at(key, |problems| problems.say(what));
    }

    /// Walks into the value of `key`.
    pub fn at<T>(&mut self, key: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.step(Step::Key(key.to_owned()), inside)
    }

    /// Walks into the item at `index`, from 0.
    pub fn at_item<T>(&mut self, index: usize, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.step(Step::Item(index), inside)
    }

    fn step<T>(&mut self, step: Step, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.at.push(step);
        let value = inside(self);
        self.at.pop();
        value
    }

    /// The value, or its error as a problem where the walk is.
    pub fn value<T, E: fmt::Display>(&mut self, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.say(error.to_string())).ok()
    }

    /// The value, or its error as a problem at `key`.
    pub fn value_at<T, E: fmt::Display>(&mut self, key: &str, result: Result<T, E>) -> Option<T> {
        self.at(key, |problems| problems.value(result))
    }

    /// What one of a closed list of words at `key` stands for.
    pub fn choice<T: Copy>(&mut self, key: &str, word: &str, choices: &[(&str, T)]) -> Option<T> {
        let found = choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.say_at(key, format!("{word:?} is not one of: {}", words.join(", ")));
        }
        found
    }

    /// A text for people at `key`.
    pub fn text(&mut self, key: &str, text: &str, longest: usize) -> String {
        self.at(key, |problems| {
            if text.trim().is_empty() {
                problems.say("it is empty");
            } else {
                problems.plain(text, longest);
            }
        });
        text.to_owned()
    }

    /// A text that may be printed, of at most so many characters.
    pub fn plain(&mut self, text: &str, longest: usize) {
        if text.chars().any(fools_a_terminal) {
            self.say("it has control characters");
        }
        if text.chars().count() > longest {
            self.say(format!("it has more than {longest} characters"));
        }
    }

    /// Every item once, each where it stands.
    pub fn once(&mut self, items: &[String]) {
        let mut before = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            if !before.insert(item) {
                self.at_item(index, |problems| problems.say(format!("{item:?} stands twice")));
            }
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them, without lines.
    #[must_use]
    pub fn list(self) -> Vec<Problem> {
        self.found.into_iter().map(|(steps, what)| Problem { path: shown(&steps), line: None, what }).collect()
    }

    /// All of them with their lines in `source`, in the order of lines.
    #[must_use]
    pub fn in_text(self, source: &[u8], limit: usize) -> Vec<Problem> {
        let paths: Vec<&[Step]> = self.found.iter().map(|(steps, _)| steps.as_slice()).collect();
        let lines = lines_of(source, limit, &paths);
        let mut all = self.list();
        for (problem, line) in all.iter_mut().zip(lines) {
            problem.line = line;
        }
        all.sort_by_key(|problem| problem.line.unwrap_or(u32::MAX));
        all
    }
}

/// Control characters, and those that turn the direction of what follows.
fn fools_a_terminal(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn shown(steps: &[Step]) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    for step in steps {
        match (step, path.last_mut()) {
            (Step::Key(key), _) => path.push(key.clone()),
            (Step::Item(index), Some(last)) => last.push_str(&format!("[{index}]")),
            (Step::Item(index), None) => path.push(format!("[{index}]")),
        }
    }
    path
}
