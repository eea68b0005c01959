//! WHO: names of what is declared, ids of who is meant, and the files in which a person and a project keep them.
//!
//! Promises: an id or a name that exists is of its form. Absent: any decision about what a file's answer means.

pub mod derived;
pub mod foreign_places;
pub mod hidden_times;
pub mod ids;
pub mod names;
pub mod places;
pub mod profile;
pub mod project;
pub mod remote;
pub mod shapes;
