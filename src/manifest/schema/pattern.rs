//! Patterns that other programs read as we do.
//!
//! A manifest's patterns are read by `regex-lite`, a schema's by whatever its reader is written in: Java in Snowplow's pipeline, ECMAScript
//! by the standard's word.
//!
//! Promises: a pattern that is given means the same in all three, or lets more through in some. Absent: translation; what is not in
//! the common part is not given.

/// The pattern with which a schema holds a whole text; `None` where another program could read it in another way.
#[must_use]
pub fn whole(source: &str) -> Option<String> {
    is_common(source).then(|| format!("^(?:{source})$"))
}

/// Whether all three read it alike: plain ASCII, groups without names and flags, classes without classes and operations in them.
fn is_common(source: &str) -> bool {
    // Escapes of a letter that are not listed are a class, an anchor or an error somewhere.
    const LETTERS: &str = "dDwWsntr";
    let mut characters = source.chars().peekable();
    let mut class: Option<usize> = None;
    let mut negated = false;
    while let Some(character) = characters.next() {
        let (next, in_class) = (characters.peek().copied(), class.is_some());
        match character {
            '\\' => match characters.next() {
                // ECMAScript knows more white space: what is none of it may be less.
                Some('s') if negated => return false,
                Some(escaped) if escaped.is_ascii_alphanumeric() && !LETTERS.contains(escaped) => return false,
                // ECMAScript with its flag `u` takes an escape of nothing but what needs one.
                Some(escaped) if escaped.is_ascii_punctuation() && !r"^$\.*+?()[]{}|/".contains(escaped) => {
                    if !(in_class && escaped == '-') {
                        return false;
                    }
                }
                Some(escaped) if escaped.is_ascii_alphanumeric() || escaped.is_ascii_punctuation() => {}
                Some(_) | None => return false,
            },
            '[' if in_class => return false,
            '[' => class = Some(0),
            ']' if class == Some(0) => return false,
            ']' if !in_class => return false,
            ']' => (class, negated) = (None, false),
            // The others know more ends of lines, which it does not match.
            '.' if !in_class => return false,
            '{' if !in_class && next == Some(',') => return false,
            '&' | '~' | '-' if in_class && next == Some(character) => return false,
            '(' if !in_class && next == Some('?') => {
                let mut ahead = characters.clone();
                if (ahead.next(), ahead.next()) != (Some('?'), Some(':')) {
                    return false;
                }
            }
            '^' if class == Some(0) && !negated => {
                negated = true;
                continue;
            }
            other if !other.is_ascii() || other.is_ascii_control() => return false,
            _ => {}
        }
        if in_class {
            class = class.map(|count| count.saturating_add(1));
        }
    }
    class.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_read_in_another_way_is_not_given() {
        for common in [
            "[a-z ]*",
            "E[0-9]{3}",
            r"\d+\.\d+",
            "(?:a|b)+",
            "a|b",
            r"[\w.\s-]+",
            r"[^/\]]{1,9}",
            "(a)?",
            r"\(\)",
            r"[a\-z]",
            "x{2,}",
        ] {
            assert_eq!(whole(common), Some(format!("^(?:{common})$")), "{common}");
        }
        for other in [
            "(?i)a",
            "(?P<n>a)",
            "(?<n>a)",
            "[[:alpha:]]",
            "[a[b]]",
            "[a&&b]",
            "[a--b]",
            "[a~~b]",
            r"\Aa\z",
            r"\x{41}",
            r"\u0041",
            r"\bword",
            r"\pL",
            "ä",
            r"[^\s]",
            r"\S",
            "a.b",
            "a{,3}",
            "[]a]",
            "[^]a]",
            r"a\-b",
            r"a\",
            "[a",
            "a]",
            r"\@",
            r"\v",
        ] {
            assert_eq!(whole(other), None, "{other}");
        }
    }
}
