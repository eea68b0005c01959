//! Files of Docker Compose: what each service is started with.
//!
//! Promises: what Compose puts in from its environment (`${X}`, a name without a value) is never taken for plain text; `$$` is one sign; merge
//! keys are followed; a file that is not YAML is an error.
//!
//! Deliberately absent: files that are included or extended (they are named), profiles, what is in the image.

use crate::settings::docker::assign;
use crate::settings::launch::{At, Given, Launch, Variable, VariableFile, Word};
use crate::settings::tree::Tree;
use crate::settings::value::{ReadError, ReadErrorKind, Step};
use crate::settings::words;
use crate::settings::yaml;
use crate::settings::yaml::several::whole;

/// Deepest chain of merge keys that is followed.
const MERGES: usize = 8;

/// Every service of `source`, in the order of the text.
pub fn launches(source: &[u8]) -> Result<Vec<Launch>, ReadError> {
    let tree = whole(source, yaml::LIMIT)?;
    let services = match tree.own("services") {
        Some(Tree::Mapping(services)) => services,
        Some(Tree::Null) | None => return Ok(Vec::new()),
        Some(_) => return Err(ReadErrorKind::Shape.at(yaml::line_of(source, &["services"]))),
    };
    let mut reader = Reader { ways: Vec::new() };
    let mut found = Vec::new();
    for (name, service) in services {
        if let (Tree::Text(name), Tree::Mapping(_)) = (name, service) {
            let way = vec![Step::Key("services".to_owned()), Step::Key(name.to_string())];
            found.push(reader.service(name, service, way));
        }
    }
    let ways: Vec<&[Step]> = reader.ways.iter().map(Vec::as_slice).collect();
    let lines = yaml::lines_of(source, yaml::LIMIT, &ways);
    let line = |at: &mut At| {
        let way = at.line.and_then(|number| usize::try_from(number).ok());
        at.line = way.and_then(|way| lines.get(way).copied().flatten());
    };
    for launch in &mut found {
        line(&mut launch.at);
        launch.words.iter_mut().for_each(|word| line(&mut word.at));
        launch.variables.iter_mut().for_each(|variable| line(&mut variable.at));
        launch.files.iter_mut().for_each(|file| line(&mut file.at));
    }
    Ok(found)
}

/// A way into the text, and what stands there.
type Found<'t> = (Vec<Step>, &'t Tree<'static>);

/// Reads services; lines are looked up at the end for all of them, and until then a place holds the number of its way.
struct Reader {
    ways: Vec<Vec<Step>>,
}

impl Reader {
    fn at(&mut self, way: Vec<Step>) -> At {
        let line = u32::try_from(self.ways.len()).ok();
        self.ways.push(way);
        At { file: 0, line }
    }

    fn service(&mut self, name: &str, service: &Tree<'static>, way: Vec<Step>) -> Launch {
        let all = |key: &str| under(service, key, &way, MERGES);
        let mut launch = Launch {
            service: Some(name.to_owned()),
            image: all("image").map(|(_, image)| text(image)),
            words: Vec::new(),
            begins: false,
            variables: Vec::new(),
            files: Vec::new(),
            at: self.at(way.clone()),
        };
        if let Some((way, extends)) = all("extends") {
            let file = under(extends, "file", &way, 0).map_or(Given::Unknown, |(_, file)| text(file));
            let at = self.at(way);
            launch.files.push(VariableFile { path: file, optional: false, wins: false, at });
            if all("command").is_none() {
                launch.words.push(Word { text: Given::Unknown, at });
            }
        }
        if let Some((way, files)) = all("env_file") {
            self.files(&mut launch.files, files, way);
        }
        if let Some((way, environment)) = all("environment") {
            self.variables(&mut launch.variables, environment, &way, MERGES);
        }
        if let Some((way, entrypoint)) = all("entrypoint") {
            let words = self.words(entrypoint, &way);
            launch.begins = !words.is_empty();
            launch.words.splice(0..0, words);
        }
        if let Some((way, command)) = all("command") {
            launch.words.extend(self.words(command, &way));
        }
        launch
    }

    fn files(&mut self, files: &mut Vec<VariableFile>, tree: &Tree<'static>, way: Vec<Step>) {
        match tree {
            Tree::Null => {}
            Tree::Sequence(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.files(files, item, onward(&way, Step::Item(number)));
                }
            }
            Tree::Mapping(_) => {
                let path = tree.own("path").map_or(Given::Unknown, text);
                let optional = tree.own("required") == Some(&Tree::Bool(false));
                files.push(VariableFile { path, optional, wins: false, at: self.at(way) });
            }
            other => files.push(VariableFile { path: text(other), optional: false, wins: false, at: self.at(way) }),
        }
    }

    fn variables(&mut self, variables: &mut Vec<Variable>, tree: &Tree<'static>, way: &[Step], merges: usize) {
        match tree {
            Tree::Mapping(entries) => {
                // What is merged is weaker than what stands here, and the first of several is the strongest.
                for (way, merged) in merged(tree, way).into_iter().rev().filter(|_| merges > 0) {
                    self.variables(variables, merged, &way, merges - 1);
                }
                for (key, value) in entries {
                    let Tree::Text(name) = key else { continue };
                    if name == "<<" {
                        continue;
                    }
                    let at = self.at(onward(way, Step::Key(name.to_string())));
                    let value = match value {
                        Tree::Null => Given::Follows { written: String::new(), of: vec![name.to_string()] },
                        value => text(value),
                    };
                    variables.retain(|known| known.name != *name);
                    variables.push(Variable { name: name.to_string(), value, at });
                }
            }
            Tree::Sequence(items) => {
                for (number, item) in items.iter().enumerate() {
                    let at = self.at(onward(way, Step::Item(number)));
                    assign(variables, &text(item), at);
                }
            }
            Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Tagged(..) => {}
        }
    }

    fn words(&mut self, tree: &Tree<'static>, way: &[Step]) -> Vec<Word> {
        match tree {
            Tree::Null => Vec::new(),
            Tree::Sequence(items) => {
                let word = |(number, item)| Word { text: text(item), at: self.at(onward(way, Step::Item(number))) };
                items.iter().enumerate().map(word).collect()
            }
            other => {
                let at = self.at(way.to_vec());
                split(&text(other)).into_iter().map(|text| Word { text, at }).collect()
            }
        }
    }
}

fn onward(way: &[Step], step: Step) -> Vec<Step> {
    way.iter().cloned().chain([step]).collect()
}

/// What a mapping takes over by its merge key, the strongest first.
fn merged<'t>(tree: &'t Tree<'static>, way: &[Step]) -> Vec<Found<'t>> {
    let way = onward(way, Step::Key("<<".to_owned()));
    match tree.own("<<") {
        Some(Tree::Sequence(items)) => {
            items.iter().enumerate().map(|(number, item)| (onward(&way, Step::Item(number)), item)).collect()
        }
        Some(other) => vec![(way, other)],
        None => Vec::new(),
    }
}

/// The value of a key, also one that is merged in.
fn under<'t>(tree: &'t Tree<'static>, key: &str, way: &[Step], merges: usize) -> Option<Found<'t>> {
    match tree.own(key) {
        Some(value) => Some((onward(way, Step::Key(key.to_owned())), value)),
        None if merges == 0 => None,
        None => merged(tree, way).into_iter().find_map(|(way, tree)| under(tree, key, &way, merges - 1)),
    }
}

/// A scalar as Compose hands it on.
fn text(tree: &Tree<'static>) -> Given {
    match tree {
        Tree::Text(text) => interpolated(text),
        Tree::Number(text) => Given::Set(text.to_string()),
        Tree::Bool(value) => Given::Set(value.to_string()),
        Tree::Null | Tree::Sequence(_) | Tree::Mapping(_) | Tree::Tagged(..) => Given::Unknown,
    }
}

/// A text in which `$X` and `${X…}` are put in, and `$$` is one sign.
fn interpolated(text: &str) -> Given {
    let (mut written, mut of, mut rest) = (String::new(), Vec::new(), text);
    while let Some((before, after)) = rest.split_once('$') {
        written.push_str(before);
        if let Some(behind) = after.strip_prefix('$') {
            written.push('$');
            rest = behind;
            continue;
        }
        let length = match after.strip_prefix('{') {
            Some(inner) => {
                let mut depth = 1_usize;
                let end = inner.find(|c| {
                    depth = if c == '{' { depth + 1 } else { depth - usize::from(c == '}') };
                    depth == 0
                });
                end.map_or(0, |end| end + 2)
            }
            None => {
                let name = |c: char| c == '_' || c.is_ascii_alphanumeric();
                let end = after.find(|c| !name(c)).unwrap_or(after.len());
                if after.starts_with(|c: char| c.is_ascii_digit()) { 0 } else { end }
            }
        };
        // Compose stops at what is none of these.
        let Some((part, behind)) = after.split_at_checked(length).filter(|_| length > 0) else {
            return Given::Unknown;
        };
        let part = format!("${part}");
        written.push_str(&part);
        of.push(part);
        rest = behind;
    }
    written.push_str(rest);
    Given::of(written, of)
}

/// The words of a command that is written as one text.
fn split(command: &Given) -> Vec<Given> {
    let (written, of) = match command {
        Given::Set(text) => (text, [].as_slice()),
        Given::Follows { written, of } => (written, of.as_slice()),
        Given::Unknown => return vec![Given::Unknown],
    };
    let Some(words) = words::shell(written) else { return vec![Given::Unknown] };
    let word = |word: words::ShellWord| {
        let inside = of.iter().filter(|part| word.text.contains(part.as_str())).cloned().collect();
        Given::of(word.text, inside)
    };
    words.into_iter().take_while(|word| !word.ends || word.text == "\n").filter(|word| !word.ends).map(word).collect()
}
