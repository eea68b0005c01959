//! Git's own configuration: the values of a key, read as git reads them, without git.
//!
//! Promises: sections and subsections, quotes, escapes, comments and lines that go on are git's (`git-config`, "Syntax"); what
//! git refuses is refused here. Absent: editing, following `include` (it is said that there is one).

/// Most bytes of a file that is read.
pub const LIMIT: usize = 1 << 20;

/// One value.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The section, in lower case.
    pub section: String,
    /// The subsection as it is written; empty where there is none.
    pub sub: String,
    /// The key, in lower case.
    pub key: String,
    /// The value: a key alone means true, which is none here.
    pub value: Option<String>,
}

/// A text that git refuses, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: not git's form")]
pub struct GitError {
    /// The line, from 1.
    pub line: usize,
}

/// Reads all values, in their order.
///
/// # Errors
/// It is not text, or not of git's form.
pub fn read(source: &[u8]) -> Result<Vec<Entry>, GitError> {
    let text = std::str::from_utf8(source).map_err(|error| GitError {
        line: 1 + source.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count(),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut reader = Reader { rest: text.as_str(), line: 1 };
    let (mut entries, mut section) = (Vec::new(), None);
    loop {
        reader.blanks();
        let fail = GitError { line: reader.line };
        match reader.peek() {
            None => return Ok(entries),
            Some('#' | ';') => reader.comment(),
            Some('[') => section = Some(reader.section().ok_or(fail)?),
            Some(_) => {
                let (section, sub): &(String, String) = section.as_ref().ok_or(fail)?;
                let (key, value) = reader.entry().ok_or(fail)?;
                entries.push(Entry { section: section.clone(), sub: sub.clone(), key, value });
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let first = chars.next()?;
        self.rest = chars.as_str();
        self.line += usize::from(first == '\n');
        Some(first)
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.peek().filter(|c| wanted(*c)) {
            taken.push(c);
            self.next();
        }
        taken
    }

    fn blanks(&mut self) {
        self.take(char::is_whitespace);
    }

    fn comment(&mut self) {
        self.take(|c| c != '\n');
    }

    /// `[section]`, `[section "sub"]`, or the old `[section.sub]`.
    fn section(&mut self) -> Option<(String, String)> {
        self.next();
        let name = self.take(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.').to_ascii_lowercase();
        let blank = !self.take(|c| c == ' ' || c == '\t').is_empty();
        match self.next()? {
            ']' => Some(match name.split_once('.') {
                Some((section, sub)) => (section.to_owned(), sub.to_owned()),
                None => (name, String::new()),
            }),
            '"' if blank => {
                let mut sub = String::new();
                loop {
                    match self.next()? {
                        '"' => break,
                        '\\' => sub.push(self.next().filter(|c| *c != '\n')?),
                        '\n' => return None,
                        c => sub.push(c),
                    }
                }
                (self.next()? == ']').then_some((name, sub))
            }
            _ => None,
        }
    }

    fn entry(&mut self) -> Option<(String, Option<String>)> {
        let key = self.take(|c| c.is_ascii_alphanumeric() || c == '-').to_ascii_lowercase();
        if !key.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        self.take(|c| c == ' ' || c == '\t');
        match self.peek() {
            None | Some('\n') => Some((key, None)),
            Some('#' | ';') => {
                self.comment();
                Some((key, None))
            }
            Some('=') => {
                self.next();
                self.take(|c| c == ' ' || c == '\t');
                Some((key, Some(self.value()?)))
            }
            Some(_) => None,
        }
    }

    fn value(&mut self) -> Option<String> {
        // Blanks count once something follows them.
        let (mut value, mut blanks, mut quoted) = (String::new(), String::new(), false);
        loop {
            let c = match self.peek() {
                None | Some('\n') if quoted => return None,
                None | Some('\n') => return Some(value),
                Some('#' | ';') if !quoted => {
                    self.comment();
                    return Some(value);
                }
                Some(c) => c,
            };
            self.next();
            let plain = match c {
                ' ' | '\t' if !quoted => {
                    blanks.push(c);
                    continue;
                }
                '"' => {
                    quoted = !quoted;
                    value.push_str(&std::mem::take(&mut blanks));
                    continue;
                }
                '\\' => match self.next()? {
                    '\n' => continue,
                    't' => '\t',
                    'b' => '\u{8}',
                    'n' => '\n',
                    c @ ('\\' | '"') => c,
                    _ => return None,
                },
                c => c,
            };
            value.push_str(&std::mem::take(&mut blanks));
            value.push(plain);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(text: &str) -> Vec<(String, Option<String>)> {
        read(text.as_bytes())
            .expect(text)
            .into_iter()
            .map(|entry| (format!("{}|{}|{}", entry.section, entry.sub, entry.key), entry.value))
            .collect()
    }

    fn one(line: &str) -> Option<String> {
        urls(&format!("[remote \"origin\"]\n\t{line}\n")).pop().expect("a value").1
    }

    #[test]
    fn values_are_those_that_git_reads() {
        for (line, value) in [
            ("url = https://example.invalid/a.git", Some("https://example.invalid/a.git")),
            ("URL=a", Some("a")),
            ("url = a b  ", Some("a b")),
            ("url = a # mine", Some("a")),
            ("url = a;b", Some("a")),
            ("url = \"a # b \" ; c", Some("a # b ")),
            ("url = a\\\\b\\\"c", Some("a\\b\"c")),
            ("url = a\\\n  b", Some("a  b")),
            ("url =", Some("")),
            ("url", None),
            ("url = x \"\"", Some("x ")),
        ] {
            assert_eq!(one(line).as_deref(), value, "{line}");
        }
    }

    #[test]
    fn sections_are_those_that_git_reads() {
        let all = urls("# c\n[core]\r\n\tbare = false\r\n[Remote \"Or\\\"igin\"] url = a\n[branch.Main]\nremote=b\n");
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["core||bare", "remote|Or\"igin|url", "branch|main|remote"]);
        assert_eq!(all.first().and_then(|(_, value)| value.as_deref()), Some("false"));
    }

    #[test]
    fn what_git_refuses_is_refused_with_its_line() {
        for (text, line) in [
            ("url = a", 1),
            ("[a]\n[b", 2),
            ("[a]\n\nb c\n", 3),
            ("[a]\nb = \"c\n", 2),
            ("[a]\nb = c\\d\n", 2),
            ("[a \"b]\n", 1),
            ("[a]\n1 = 2", 2),
        ] {
            assert_eq!(read(text.as_bytes()).err(), Some(GitError { line }), "{text}");
        }
        assert!(read(b"[a]\nb = \xff").is_err());
        assert!(read(b"").expect("nothing").is_empty());
    }
}
