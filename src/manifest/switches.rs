//! Switches of a tool: for a native tool, the variables that say on or off.
//!
//! Promises: a value means on or off only if the manifest lists it; every other value of a declared variable is a no.
//! Absent: guesses at what a value might mean.

use crate::host::env::Var;

/// A variable with the exact values that mean something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Values that mean on.
    pub on: Vec<String>,
    /// Values that mean off.
    pub off: Vec<String>,
}

/// What a variable says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It is not set.
    Nothing,
    /// A value declared as on.
    On,
    /// A value declared as off.
    Off,
    /// Any other value, also one that is not text.
    Undeclared,
}

impl Variable {
    /// What `value` of this variable says.
    #[must_use]
    pub fn said(&self, value: Var<'_>) -> Said {
        match value {
            Var::Unset => Said::Nothing,
            Var::NotText => Said::Undeclared,
            Var::Text(text) if self.off.iter().any(|off| off == text) => Said::Off,
            Var::Text(text) if self.on.iter().any(|on| on == text) => Said::On,
            Var::Text(_) => Said::Undeclared,
        }
    }
}

/// Whether `text` can be the name of a variable: letters, digits and `_`, not beginning with a digit.
#[must_use]
pub fn is_variable(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declared_values_mean_on() {
        let variable =
            Variable { name: "ACME".to_owned(), on: vec!["1".to_owned()], off: vec!["0".to_owned(), String::new()] };
        for (value, said) in [
            (Var::Unset, Said::Nothing),
            (Var::Text("1"), Said::On),
            (Var::Text("0"), Said::Off),
            (Var::Text(""), Said::Off),
            (Var::Text("true"), Said::Undeclared),
            (Var::Text("1 "), Said::Undeclared),
            (Var::NotText, Said::Undeclared),
        ] {
            assert_eq!(variable.said(value), said, "{value:?}");
        }
    }
}
