//! Salt: the installation's own secret, so that nobody else can try likely values against a pseudonym.
//!
//! Promises: looking makes none; of many makers one makes it; what does not read as a salt is none, and is left as it is. Absent: what
//! is made with it (`payload/pseudonym`).

use crate::actions::context::Tool;
use crate::host::files::{self, FileError, PRIVATE_FILE};
use crate::host::{random, writes};

/// The installation's salt, made when it is first needed.
///
/// # Errors
/// It cannot be read or made.
pub fn ensure(tool: &Tool) -> Result<String, FileError> {
    let path = tool.places.salt();
    if let Some(salt) = read(tool)? {
        return Ok(salt);
    }
    writes::private_folder(tool.places.telemetry())?;
    writes::create_durable(&path, random::salt().as_bytes(), PRIVATE_FILE)?;
    let broken = || FileError::system(&path, std::io::Error::other("it does not hold a salt"));
    read(tool)?.ok_or_else(broken)
}

/// The installation's salt, if there is one.
///
/// # Errors
/// It cannot be read.
pub fn read(tool: &Tool) -> Result<Option<String>, FileError> {
    let text = files::read(&tool.places.salt(), 256)?.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(text
        .map(|text| text.trim().to_owned())
        .filter(|text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())))
}
