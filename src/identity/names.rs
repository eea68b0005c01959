//! Names of tools, events, fields, destinations and purposes.
//!
//! Promises: a name is lower-case ASCII, 64 characters at most, and safe as a file's name and at a terminal.
//! Absent: translation, aliases.

use std::fmt;

/// Longest name, characters.
pub const LONGEST: usize = 64;

/// A text that is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a name of {what}: it takes a lower-case letter or digit, then up to 63 of a-z 0-9 _ -{}", if *dots { " ." } else { "" })]
pub struct NameError {
    text: String,
    what: &'static str,
    dots: bool,
}

fn check(text: &str, what: &'static str, dots: bool) -> Result<String, NameError> {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let rest = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-' || (dots && b == b'.'));
    if first && rest && text.len() <= LONGEST {
        Ok(text.to_owned())
    } else {
        Err(NameError { text: text.chars().take(LONGEST).collect(), what, dots })
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, dots: $dots:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// Takes `text` if it is of the form.
            ///
            /// # Errors
            /// It is not.
            pub fn new(text: &str) -> Result<Self, NameError> {
                check(text, $what, $dots).map(Self)
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The name of a tool: also the name of its manifest's file and of its folder, `~/.NAME`.
    ToolName, "a tool", dots: false
);
name!(
    /// The name of an event, such as `command.finished`.
    EventName, "an event", dots: true
);
name!(
    /// The name of an event's field.
    FieldName, "a field", dots: true
);
name!(
    /// The name of a destination within a manifest.
    DestinationName, "a destination", dots: false
);
name!(
    /// What a field or an event is collected for, such as `product-improvement`.
    Purpose, "a purpose", dots: false
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_folder_or_fool_a_terminal() {
        for good in ["a", "tool", "0x", "a-b_c", &"x".repeat(64)] {
            assert_eq!(ToolName::new(good).expect("a name").as_str(), good);
        }
        for bad in ["", ".", "..", "a/b", "A", "-a", "_a", "a.b", "a b", "a\u{1b}", "ä", &"x".repeat(65)] {
            assert!(ToolName::new(bad).is_err(), "{bad:?}");
        }
        assert!(EventName::new("command.finished").is_ok());
    }
}
