//! The built-in catalog, compiled into one indexed form, `catalog/compiled`, which is committed and compared by a test: a
//! first line `telemetry-catalog 1`, then a line `NAME OFFSET LENGTH` for every tool in order of names, with ` -` behind it where it is only
//! found in files that a person points at, and `NAME OFFSET LENGTH TOOL` for another name of a tool; an empty line, and the manifests as JSON, one after the other; an offset counts bytes from the end of the
//! empty line.
//!
//! Promises: one tool is found without parsing the rest; a torn catalog has less in it and nothing else. Absent: files of the user's
//! (`catalog`).

use std::collections::BTreeMap;

use crate::identity::names::ToolName;
use crate::manifest::parse;
use crate::manifest::problem::Problem;
use crate::manifest::tool::Manifest;
use crate::manifest::written::{self, Written};

static COMPILED: &[u8] = include_bytes!("catalog/compiled");
const HEAD: &str = "telemetry-catalog 1\n";
/// Behind the line of a tool that is only found in files that a person points at.
const POINTED: &str = "-";
/// The sources of the built-in catalog, by name.
pub const SOURCES: &[(&str, &str)] = &[
    ("grouparoo", include_str!("catalog/grouparoo.yml")),
    ("meltano", include_str!("catalog/meltano.yml")),
    ("piperider", include_str!("catalog/piperider.yml")),
    ("snowplow", include_str!("catalog/snowplow.yml")),
    ("tool", include_str!("catalog/tool.yml")),
    ("zincobserve", include_str!("catalog/zincobserve.yml")),
];

/// The built-in manifest of `tool`.
#[must_use]
pub fn built_in(tool: &ToolName) -> Option<Manifest> {
    look_up(COMPILED, tool.as_str())
}

/// The tools that are built in, in order, each by its own name.
pub(crate) fn names() -> impl Iterator<Item = ToolName> {
    index(COMPILED).filter(|line| line.own).filter_map(|line| ToolName::new(line.name).ok())
}

/// Whether a built-in tool is only found in files that a person points at: nobody has to look whether it is here.
#[must_use]
pub fn is_pointed_at(tool: &ToolName) -> bool {
    index(COMPILED).any(|line| line.pointed && line.name == tool.as_str())
}

/// The manifest of `tool` in a compiled catalog; the others are not parsed.
fn look_up(catalog: &[u8], tool: &str) -> Option<Manifest> {
    let json = index(catalog).find(|line| line.name == tool)?.json;
    let written: Written = serde_json::from_slice(json).ok()?;
    parse::check(&written).ok()
}

/// A line of a compiled catalog.
struct Line<'c> {
    name: &'c str,
    /// Whether it is the tool's own name, not another one.
    own: bool,
    /// Whether nothing of it is found but by pointing at files.
    pointed: bool,
    json: &'c [u8],
}

/// The lines of a compiled catalog.
fn index(catalog: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let text = catalog.strip_prefix(HEAD.as_bytes()).unwrap_or_default();
    let end = text.windows(2).position(|pair| pair == b"\n\n").unwrap_or(text.len());
    let (lines, rest) = text.split_at_checked(end).unwrap_or_default();
    let bodies = rest.strip_prefix(b"\n\n").unwrap_or_default();
    std::str::from_utf8(lines).unwrap_or_default().lines().filter_map(move |line| {
        let mut words = line.split(' ');
        let name = words.next()?;
        let start: usize = words.next()?.parse().ok()?;
        let length: usize = words.next()?.parse().ok()?;
        let more = words.next();
        let (own, pointed) = (more.is_none_or(|word| word == POINTED), more == Some(POINTED));
        Some(Line { name, own, pointed, json: bodies.get(start..start.checked_add(length)?)? })
    })
}

/// Compiles the sources of a catalog into its indexed form.
///
/// # Errors
/// The problems of the first source that is not a valid manifest of its name.
pub fn compile(sources: &[(&str, &str)]) -> Result<Vec<u8>, Vec<Problem>> {
    let mut sorted = sources.to_vec();
    sorted.sort_unstable();
    let (mut lines, mut bodies) = (BTreeMap::new(), String::new());
    for (name, source) in sorted {
        let problem = |what: String| vec![Problem { path: vec![name.to_owned()], line: None, what }];
        let manifest = parse::manifest(source.as_bytes())?;
        if manifest.tool.as_str() != name {
            return Err(problem(format!("it declares the tool {}", manifest.tool)));
        }
        let written = written::read(source.as_bytes()).map_err(|problem| vec![problem])?;
        let json = serde_json::to_string(&written).map_err(|error| problem(error.to_string()))?;
        let place = format!("{} {}", bodies.len(), json.len());
        for also in manifest.foreign.iter().flat_map(|foreign| &foreign.also) {
            lines.insert(also.to_string(), format!("{also} {place} {name}\n"));
        }
        let family = manifest.foreign.as_ref().is_some_and(|foreign| foreign.is_family());
        let pointed = if family { format!(" {POINTED}") } else { String::new() };
        lines.insert(name.to_owned(), format!("{name} {place}{pointed}\n"));
        bodies.push_str(&json);
    }
    let head: String = std::iter::once(HEAD.to_owned()).chain(lines.into_values()).collect();
    Ok(format!("{head}\n{bodies}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(tool: &str) -> ToolName {
        ToolName::new(tool).expect("a name")
    }

    fn text(tool: &str, title: &str) -> String {
        format!(
            "manifest: 1\ntool: {tool}\ntitle: {title}\nconsent: opt-in\n\
             switches: {{environment: [{{name: A, off: ['0']}}]}}\n...\n"
        )
    }

    #[test]
    fn what_is_built_in_is_its_source() {
        for (tool, source) in SOURCES {
            let parsed = parse::manifest(source.as_bytes()).expect("valid");
            let built_in = built_in(&name(tool)).expect("built in");
            assert_eq!(format!("{built_in:?}"), format!("{parsed:?}"), "{tool}");
        }
        assert_eq!(index(COMPILED).filter(|line| line.own).count(), SOURCES.len());
    }

    #[test]
    fn another_name_leads_to_the_same_tool() {
        let found = built_in(&name("openobserve")).expect("another name").tool;
        assert_eq!(found, name("zincobserve"));
        assert!(names().all(|own| own != name("openobserve")), "listed once");
    }

    #[test]
    fn one_tool_is_found_without_parsing_the_rest() {
        let body = |tool: usize| {
            let source = text(&format!("t{tool:03}"), "One of many");
            serde_json::to_string(&written::read(source.as_bytes()).expect("valid")).expect("JSON")
        };
        let (mut head, mut bodies) = (HEAD.to_owned(), String::new());
        for tool in 0..150 {
            let body = if tool == 77 { body(tool) } else { "\n\n{not JSON\n\n".to_owned() };
            head.push_str(&format!("t{tool:03} {} {}\n", bodies.len(), body.len()));
            bodies.push_str(&body);
        }
        let catalog = format!("{head}\n{bodies}");
        assert_eq!(index(catalog.as_bytes()).count(), 150);
        assert_eq!(look_up(catalog.as_bytes(), "t077").expect("found").tool, name("t077"));
        for tool in ["t076", "t078", "t150", "t07", ""] {
            assert!(look_up(catalog.as_bytes(), tool).is_none(), "{tool}");
        }
    }

    #[test]
    fn a_torn_catalog_has_less_in_it_and_nothing_else() {
        let compiled = compile(&[("a", &text("a", "A")), ("b", &text("b", "B"))]).expect("compiled");
        for end in 0..compiled.len() {
            let cut = &compiled[..end];
            assert!(index(cut).count() < 2 && look_up(cut, "b").is_none(), "cut at {end}");
        }
        for head in ["telemetry-catalog 2\n", "", "telemetry-catalog 1\na 9 18446744073709551615\n\nx"] {
            assert_eq!(index(head.as_bytes()).count(), 0, "{head:?}");
        }
    }

    #[test]
    fn a_source_that_is_no_manifest_of_its_name_is_not_compiled() {
        let said = |tool, source: &str| compile(&[(tool, source)]).expect_err("refused")[0].to_string();
        assert_eq!(said("a", &text("b", "B")), "a: it declares the tool b");
        assert_eq!(said("a", "manifest: 1\n"), "line 1: missing key `tool`");
    }
}
