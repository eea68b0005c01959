//! HOW FILES ARE KEPT: read a value at a key, change it, keep every other byte.
//!
//! One file a format. Nothing here knows where a file lies or what its keys mean, and nothing here touches the disk.

#[cfg(feature = "foreign")]
pub mod compose;
#[cfg(feature = "foreign")]
pub mod docker;
pub mod dotenv;
mod edit;
#[cfg(feature = "foreign")]
pub mod format;
pub mod git;
#[cfg(feature = "foreign")]
pub mod hcl;
#[cfg(feature = "foreign")]
pub mod hocon;
#[cfg(feature = "foreign")]
pub mod ini;
#[cfg(feature = "foreign")]
pub mod json;
#[cfg(feature = "foreign")]
pub mod launch;
#[cfg(test)]
#[cfg(feature = "foreign")]
mod promises;
mod text;
#[cfg(feature = "foreign")]
pub mod toml;
mod tree;
#[cfg(feature = "foreign")]
pub mod unit;
pub mod value;
#[cfg(feature = "foreign")]
pub mod words;
pub mod yaml;
