//! What the operator's variables say of a destination that follows them.
//!
//! Promises: a header's value is never kept here, only the variable in which it stands. Absent: which variables there are and how
//! they are read (`manifest/follow.rs`).

/// What was followed; nothing where no variable names an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Following {
    /// What speaks against sending there at all.
    pub against: Option<Against>,
    /// The variable in which the values of the address's headers stand.
    pub secrets: Option<&'static str>,
    /// How long an answer is waited for, milliseconds.
    pub patience_ms: Option<u64>,
}

/// A variable that speaks against sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// This one says off.
    Off(&'static str),
    /// This one has a value that cannot be followed, for this reason.
    Unfit(&'static str, String),
}

/// What stands in a header's place wherever it is shown or kept: the name of the variable that has the value.
#[must_use]
pub fn reference(variable: &str) -> String {
    format!("${variable}")
}
