//! A JSON Schema to hold a value against.
//!
//! Promises: formats and contents count, not only types; nothing is fetched. Absent: the schemas (`tests/fixtures/schemas`).

use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// A schema among the fixtures, ready to hold something against.
pub(crate) struct Schema {
    all: Schemas,
    own: SchemaIndex,
}

impl Schema {
    /// The one in this file of `tests/fixtures/schemas`.
    #[track_caller]
    pub(crate) fn named(name: &str) -> Schema {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schemas").join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Schema::of(serde_json::from_str(&text).expect("JSON"))
    }

    /// This one.
    #[track_caller]
    pub(crate) fn of(schema: Value) -> Schema {
        // An address that nothing is at: it is given, not fetched.
        let place = "https://schemas.invalid/one.json";
        let (mut all, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        compiler.enable_content_assertions();
        compiler.add_resource(place, schema).expect("a place");
        let own = compiler.compile(place, &mut all).unwrap_or_else(|error| panic!("{error:#}"));
        Schema { all, own }
    }

    /// What is wrong with a value; nothing when it holds.
    pub(crate) fn wrong(&self, value: &Value) -> Option<String> {
        self.all.validate(value, self.own).err().map(|error| format!("{error:#}"))
    }
}
