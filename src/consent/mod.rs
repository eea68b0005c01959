//! MAY WE: one pure function from facts to a decision.
//!
//! Promises: any no wins; an error is a no; a [`decide::Permit`] is made here and nowhere else. Absent: reading anything.

pub mod agreement;
pub mod answer;
pub mod decide;
pub mod effective;
pub mod facts;
pub mod policy;
pub mod reason;
