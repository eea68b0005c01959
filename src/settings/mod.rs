//! HOW FILES ARE KEPT: read a value at a key, change it, keep every other byte.
//!
//! One file a format. Nothing here knows where a file lies or what its keys mean, and nothing here touches the disk.

pub mod dotenv;
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
mod text;
#[cfg(feature = "foreign")]
pub mod toml;
mod tree;
pub mod value;
pub mod yaml;
