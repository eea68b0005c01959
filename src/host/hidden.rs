//! Characters that a terminal obeys, hides or reorders, wherever a text comes from.
//!
//! Promises: one list for all that is printed. Absent: printing.

/// Whether a terminal would do anything else with it than show it; a line's end among them.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text of a JSON document with such characters escaped in its strings: for every reader the same document. JSON itself escapes
/// only those below the blank.
#[must_use]
pub fn in_json(text: String) -> String {
    let odd = |c: char| !c.is_ascii_control() && is_hidden(c) || c == '\u{7f}';
    if !text.chars().any(odd) {
        return text;
    }
    // Outside of its strings a document has none of them, and all of them have four digits.
    text.chars().map(|c| if odd(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_the_same_and_shows_nothing_hidden() {
        let value =
            serde_json::json!({"a\u{9b}": ["é\u{202e}x\u{7f}\u{1b}\n", "plain"], "\u{feff}": "\u{61c}\u{10ffff}"});
        for text in [value.to_string(), serde_json::to_string_pretty(&value).expect("JSON")] {
            let shown = in_json(text);
            assert!(!shown.chars().any(|c| c != '\n' && is_hidden(c)), "{shown:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), value);
        }
    }
}
