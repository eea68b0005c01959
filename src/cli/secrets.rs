//! Secrets in the lines of somebody else's file, masked before they are shown.
//!
//! Promises: what stands for a key that a manifest calls secret, or whose name says so, is never shown, in whatever format and over
//! however many lines; nor is what stands before the `@` of an address. Masking too much is no trouble. Absent: secrets that no name tells.

use std::sync::LazyLock;

use regex_lite::Regex;

/// What is shown instead.
const MASK: &str = "***";
/// Parts of names of keys whose values are secrets.
const PARTS: &[&str] = &[
    "token",
    "secret",
    "passw",
    "passphrase",
    "pwd",
    "credential",
    "private",
    "apikey",
    "dsn",
    "authorization",
    "cookie",
];

/// A key and what parts it from its value, in YAML, JSON, TOML, INI and dotenv.
static KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(["']?)([A-Za-z0-9_.\-]+)["']?[ \t]*[:=][ \t]*"#).ok());
/// Who logs in, and how, in an address.
static LOGIN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"://[^/\s@"']*@"#).ok());

/// What goes on from one line to the next.
#[derive(Clone, Copy)]
enum Within {
    /// Lines that are further in than this belong to a secret.
    Block(usize),
    /// A secret in these quotes that are still open.
    Quotes(char),
}

/// The lines with secrets masked; as many as came.
#[must_use]
pub fn masked(lines: &[&str], secret: &[Vec<String>]) -> Vec<String> {
    let named = |name: &str| secret.iter().any(|path| path.last().is_some_and(|key| key.eq_ignore_ascii_case(name)));
    let mut within = None;
    lines
        .iter()
        .map(|line| {
            let end = if line.ends_with('\n') { "\n" } else { "" };
            let text = line.trim_end_matches(['\n', '\r']);
            let indent = text.chars().take_while(|c| *c == ' ' || *c == '\t').count();
            let start: String = text.chars().take(indent).collect();
            match within {
                Some(Within::Block(of)) if indent > of || text.trim().is_empty() => {
                    return format!("{start}{}{end}", if text.trim().is_empty() { "" } else { MASK });
                }
                // A list may stand as far out as its key.
                Some(Within::Block(of)) if indent == of && text.trim_start().starts_with("- ") => {
                    return format!("{start}- {MASK}{end}");
                }
                Some(Within::Quotes(quote)) => {
                    within = if text.contains(quote) { None } else { within };
                    return format!("{MASK}{end}");
                }
                Some(Within::Block(_)) | None => within = None,
            }
            let (shown, next) = one(&without_logins(text), indent, &named);
            within = next;
            // A line end that is not the usual one is to be seen.
            let odd = if line.ends_with("\r\n") { "\r" } else { "" };
            format!("{shown}{odd}{end}")
        })
        .collect()
}

/// Whether the name of a key says that its value is a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words = || name.split(['_', '-', '.']);
    words().any(|word| matches!(word, "key" | "auth"))
        || PARTS.iter().any(|part| name.contains(part))
        || name.ends_with("key")
}

fn one(text: &str, indent: usize, named: &dyn Fn(&str) -> bool) -> (String, Option<Within>) {
    let Some(keys) = KEY.as_ref() else { return (MASK.to_owned(), None) };
    let (mut shown, mut rest, mut within, mut flow) = (String::new(), text, None, false);
    while let Some(found) = keys.captures(rest) {
        let (Some(whole), Some(name)) = (found.get(0), found.get(2)) else { break };
        let (before, value) = rest.split_at(whole.end());
        flow |= before.contains(['{', '[']);
        shown.push_str(before);
        rest = value;
        // What goes on over several lines in quotes may be a key in itself.
        if let Some(quote @ ('"' | '\'')) = value.chars().next()
            && let (length, Some(next)) = value_length(value, indent, flow)
            && length == value.len()
            && !is_secret(name.as_str())
            && !named(name.as_str())
        {
            shown.push(quote);
            shown.push_str(MASK);
            return (shown, Some(next));
        }
        if is_secret(name.as_str()) || named(name.as_str()) {
            let (length, next) = value_length(value, indent, flow);
            let (_, after) = value.split_at(length);
            if length > 0 {
                shown.push_str(MASK);
            }
            within = next.or(within);
            rest = after;
        }
    }
    shown.push_str(rest);
    (shown, within)
}

/// How much of the line is the value, and how it goes on.
fn value_length(value: &str, indent: usize, flow: bool) -> (usize, Option<Within>) {
    match value.chars().next() {
        None => (0, Some(Within::Block(indent))),
        Some(quote @ ('"' | '\'')) => {
            let mut escaped = false;
            for (at, c) in value.char_indices().skip(1) {
                if c == quote && !escaped {
                    return (at.saturating_add(1), None);
                }
                escaped = c == '\\' && !escaped && quote == '"';
            }
            (value.len(), Some(Within::Quotes(quote)))
        }
        Some('|' | '>' | '[' | '{' | '&' | '!' | '#') => (value.len(), Some(Within::Block(indent))),
        Some(_) if flow => (value.find([',', '}', ']']).unwrap_or(value.len()), None),
        // A plain value of YAML may go on further in.
        Some(_) => (value.len(), Some(Within::Block(indent))),
    }
}

/// The text without who logs in, and how, in its addresses.
#[must_use]
pub fn without_logins(text: &str) -> String {
    match LOGIN.as_ref() {
        Some(login) => login.replace_all(text, "://***@").into_owned(),
        None => MASK.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_in_every_format() {
        let table = [
            ("api_token: abc # mine\nuser_id: x\n", "api_token: ***\nuser_id: x\n"),
            (
                "{\"client_id\": \"a\", \"api_key\": \"b\\\"c\", \"n\": 1}",
                "{\"client_id\": \"a\", \"api_key\": ***, \"n\": 1}",
            ),
            ("export API_TOKEN='abc'\nA=1", "export API_TOKEN=***\nA=1"),
            ("{password: abc, n: 1}", "{password: ***, n: 1}"),
            ("password = \"abc\"\nn = 1\n", "password = ***\nn = 1\n"),
            ("secret: |\n  one\n\n  two\nn: 1\n", "secret: ***\n  ***\n\n  ***\nn: 1\n"),
            ("keys:\n- a\ntokens:\n- abc\n- def\nn: 1\n", "keys:\n- a\ntokens:\n- ***\n- ***\nn: 1\n"),
            ("\"secret\":\n  \"abc\",\n\"n\": 1", "\"secret\":\n  ***\n\"n\": 1"),
            ("SECRET=\"one\ntwo\nthree\"\nN=1", "SECRET=***\n***\n***\nN=1"),
            ("DATABASE_URL=postgres://ada:pass@host/db", "DATABASE_URL=postgres://***@host/db"),
            ("password: one\n  two\nn: 1", "password: ***\n  ***\nn: 1"),
            ("a: 1\r\ntoken: x\r\n", "a: 1\r\ntoken: ***\r\n"),
            ("author: ada\nkeyboard: de\nmonkey_id: 1\n", "author: ada\nkeyboard: de\nmonkey_id: 1\n"),
            ("mine: abc\n", "mine: ***\n"),
            ("- {name: a, key: b}\n", "- {name: a, key: ***}\n"),
        ];
        for (text, wanted) in table {
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            assert_eq!(masked(&lines, &[vec!["of".to_owned(), "mine".to_owned()]]).concat(), wanted, "{text}");
        }
    }
}
