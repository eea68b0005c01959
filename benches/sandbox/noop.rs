//! A program that does nothing, compiled on the spot as the release is: what any process costs.
//!
//! Promises: the compiler is the one that built us. Absent: our own code.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Compiles it into `folder`.
pub(crate) fn noop(folder: &Path) -> PathBuf {
    let program = folder.join("no-op");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let options = ["-C", "opt-level=s", "-C", "lto=fat", "-C", "panic=abort", "-C", "strip=symbols", "-o"];
    let mut child =
        Command::new(compiler).args(options).arg(&program).arg("-").stdin(Stdio::piped()).spawn().expect("rustc");
    child.stdin.take().expect("a pipe").write_all(b"fn main() {}").expect("its source");
    let status = child.wait().expect("its end");
    assert!(status.success(), "rustc: {status}");
    program
}
