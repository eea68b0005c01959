//! What is generated is committed, and is what the program makes: `GENERATE=1 cargo test generated` writes it.

use std::fs;
use std::path::{Path, PathBuf};

use telemetry::cli::generate;
use telemetry::manifest::built_in;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a folder's files with what they have to be, or writes them.
fn compare(folder: &str, expected: &[(String, Vec<u8>)]) {
    let folder = root().join(folder);
    if std::env::var_os("GENERATE").is_some() {
        fs::create_dir_all(&folder).expect("the folder");
        for (name, bytes) in expected {
            fs::write(folder.join(name), bytes).expect("written");
        }
    }
    let mut names: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    names.sort();
    let mut wanted: Vec<PathBuf> = expected.iter().map(|(name, _)| folder.join(name)).collect();
    wanted.sort();
    assert_eq!(names, wanted, "the files of {}", folder.display());
    for (name, bytes) in expected {
        let there = fs::read(folder.join(name)).expect("a file");
        assert!(there == *bytes, "{name} is not what the program makes: GENERATE=1 cargo test generated");
    }
}

#[test]
fn completions_are_what_the_program_makes() {
    let expected: Vec<_> =
        generate::SHELLS.iter().map(|(shell, name)| ((*name).to_owned(), generate::completions(*shell))).collect();
    compare("completions", &expected);
}

#[test]
fn man_pages_are_what_the_program_makes() {
    compare("man", &generate::man_pages().expect("pages"));
}

#[test]
fn the_compiled_catalog_is_what_its_sources_make() {
    let expected = built_in::compile(built_in::SOURCES).expect("valid manifests");
    let path = root().join("src/manifest/catalog/compiled");
    if std::env::var_os("GENERATE").is_some() {
        fs::write(&path, &expected).expect("written");
    }
    assert!(fs::read(&path).expect("a file") == expected, "GENERATE=1 cargo test generated");
}
