//! Texts split into words: as `java` splits its variables, and as a shell splits a line without expanding anything.
//!
//! Promises: a text that the real one refuses is none. Deliberately absent: expansion; whoever needs it sees the signs in the words.

/// The words of a variable such as `JAVA_TOOL_OPTIONS`: blanks part them, quotes of both kinds hold together and go, and nothing is escaped.
/// None where a quote stays open: the machine does not start.
#[must_use]
pub fn java(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}') => words.extend(word.take()),
            None if matches!(c, '"' | '\'') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// A word of a shell's line, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellWord {
    /// Its text, without quotes.
    pub text: String,
    /// What a shell replaces in it, as written.
    pub of: Vec<String>,
    /// Where it begins, in bytes.
    pub at: usize,
    /// Whether it is a sign that ends a command: `;`, `&`, `|`, `(`, `)`, `<`, `>` or a line break.
    pub ends: bool,
}

/// The words of a text in a shell's grammar, comments left out. None where a quote stays open.
#[must_use]
pub fn shell(text: &str) -> Option<Vec<ShellWord>> {
    let (mut words, mut word) = (Vec::new(), None::<ShellWord>);
    let mut chars = text.char_indices().peekable();
    let mut quote = None;
    while let Some((at, c)) = chars.next() {
        let fresh = || ShellWord { text: String::new(), of: Vec::new(), at, ends: false };
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), c) => word.get_or_insert_with(fresh).text.push(c),
            (_, '\\') => {
                let next = chars.next().map(|(_, next)| next);
                let kept = quote.is_some() && !matches!(next, Some('$' | '`' | '"' | '\\' | '\n'));
                // A line that goes on.
                if next == Some('\n') {
                    continue;
                }
                let word = word.get_or_insert_with(fresh);
                word.text.extend(kept.then_some('\\'));
                word.text.extend(next);
            }
            (_, '$' | '`') => {
                let end = replaced(text.get(at..).unwrap_or_default());
                let part = text.get(at..at + end).unwrap_or_default();
                let word = word.get_or_insert_with(fresh);
                word.text.push_str(part);
                word.of.extend((end > 1).then(|| part.to_owned()));
                while chars.next_if(|(next, _)| *next < at + end).is_some() {}
            }
            (Some(_), c) => word.get_or_insert_with(fresh).text.push(c),
            (None, '\'' | '"') => {
                word.get_or_insert_with(fresh);
                quote = Some(c);
            }
            (None, ' ' | '\t' | '\r') => words.extend(word.take()),
            (None, '#') if word.is_none() => while chars.next_if(|(_, next)| *next != '\n').is_some() {},
            (None, '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>') => {
                words.extend(word.take());
                words.push(ShellWord { text: c.to_string(), of: Vec::new(), at, ends: true });
            }
            (None, c) => word.get_or_insert_with(fresh).text.push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// How many bytes of a text that begins with `$` or a backquote are replaced; 1 where it is only that sign.
fn replaced(text: &str) -> usize {
    let close = |open: char, close: char| {
        let mut depth = 0_usize;
        for (at, c) in text.char_indices() {
            depth += usize::from(c == open);
            if c == close {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + c.len_utf8();
                }
            }
        }
        text.len()
    };
    let rest = text.get(1..).unwrap_or_default();
    match rest.chars().next() {
        _ if text.starts_with('`') => rest.find('`').map_or(text.len(), |end| end + 2),
        Some('{') => close('{', '}'),
        Some('(') => close('(', ')'),
        Some(c) if c == '_' || c.is_ascii_alphabetic() => {
            1 + rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len())
        }
        Some(c) if c.is_ascii_digit() || matches!(c, '@' | '*' | '#' | '?' | '-' | '$' | '!') => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::words::{java, shell};

    #[test]
    fn the_words_are_those_of_java() {
        let table: [(&str, Option<&[&str]>); 12] = [
            ("", Some(&[])),
            ("-Dk=1\n\t-Da=2", Some(&["-Dk=1", "-Da=2"])),
            ("-Dk=\"x y\"", Some(&["-Dk=x y"])),
            ("\"-Dk=x y\"", Some(&["-Dk=x y"])),
            ("-Da='p \"q\" r'", Some(&["-Da=p \"q\" r"])),
            ("-Da=a\\b", Some(&["-Da=a\\b"])),
            ("-Da=a\\ b", Some(&["-Da=a\\", "b"])),
            ("-Da=$X", Some(&["-Da=$X"])),
            ("''", Some(&[""])),
            ("-Da=\"", None),
            ("'", None),
            ("-Da=\"it's\"", Some(&["-Da=it's"])),
        ];
        for (text, wanted) in table {
            assert_eq!(
                java(text).as_ref().map(|words| words.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
                wanted,
                "{text}"
            );
        }
    }

    #[test]
    fn the_words_are_those_of_a_shell() {
        let table: [(&str, Option<&[&str]>); 13] = [
            ("a  'b c' \"d e\"f # g", Some(&["a", "b c", "d ef"])),
            ("a\\ b \\\n c", Some(&["a b", "c"])),
            ("'a\\' \"\\\\ \\$x \\q\"", Some(&["a\\", "\\ $x \\q"])),
            ("a$X-${Y:-'z q'}", Some(&["a$X-${Y:-'z q'}"])),
            ("\"$(get one)\" `x y`", Some(&["$(get one)", "`x y`"])),
            ("a#b '' \"\"", Some(&["a#b", "", ""])),
            ("a;b&&c", Some(&["a", ";", "b", "&", "&", "c"])),
            ("a\nb", Some(&["a", "\n", "b"])),
            ("$ a$", Some(&["$", "a$"])),
            ("'a", None),
            ("\"a'", None),
            ("# it's\na", Some(&["\n", "a"])),
            ("\"a 'b'\"", Some(&["a 'b'"])),
        ];
        for (text, wanted) in table {
            let words = shell(text).map(|words| words.into_iter().map(|word| word.text).collect::<Vec<_>>());
            assert_eq!(
                words.as_ref().map(|words| words.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
                wanted,
                "{text}"
            );
        }
        let words = shell("a '$X' \"${Y}$Z\" \\$V").expect("words");
        assert_eq!(words.iter().map(|word| word.of.len()).collect::<Vec<_>>(), [0, 0, 2, 0]);
        assert_eq!(words.iter().map(|word| word.at).collect::<Vec<_>>(), [0, 2, 7, 16]);
    }
}
