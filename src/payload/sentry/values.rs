//! What errors and sessions are both made from.
//!
//! Promises: what is withheld has no value. Absent: shapes.

use crate::manifest::events::Value;
use crate::manifest::forms::sentry::SentryForm;
use crate::manifest::tool::Fact;
use crate::payload::said::{Said, tree};

/// `app@version`, or the application alone.
pub(super) fn release(form: &SentryForm, said: Said<'_>) -> String {
    let app = form.app.as_deref().unwrap_or(said.manifest.tool.as_str());
    said.fact(Fact::Version).map_or_else(|| app.to_owned(), |version| format!("{app}@{version}"))
}

/// The value of one field.
pub(super) fn field_of<'a>(said: Said<'a>, name: &str) -> Option<&'a Value> {
    said.fields().find(|(there, _)| *there == name).map(|(_, value)| value)
}

/// Likewise, where it is a whole number.
pub(super) fn whole(said: Said<'_>, name: &str) -> Option<i64> {
    match field_of(said, name)? {
        Value::Integer(number) => Some(*number),
        Value::Bool(_) | Value::Number(_) | Value::Text(_) => None,
    }
}

/// A value as a text.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Bool(_) | Value::Integer(_) | Value::Number(_) => tree(value).to_string(),
    }
}

/// A system by the name that Sentry's own libraries give it: under another it would be a second one there.
pub(super) fn system(os: &str) -> &str {
    match os {
        "linux" => "Linux",
        "macos" => "macOS",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_has_the_name_that_sentry_gives_it() {
        for (ours, theirs) in [("linux", "Linux"), ("macos", "macOS"), ("freebsd", "freebsd"), ("", "")] {
            assert_eq!(system(ours), theirs);
        }
    }
}
