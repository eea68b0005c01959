//! What starts a program: its words, the variables it is given, and what these say to a Java machine. Made by [`unit`](crate::settings::unit),
//! [`compose`](crate::settings::compose) and [`docker`](crate::settings::docker).
//!
//! Promises: what is only known where the program is started (a variable of a shell, a unit's instance, another file) is never taken for a
//! plain value, and what might be said there is named wherever it could decide.
//!
//! Deliberately absent: running anything, reading the files that are named, the programs within an image.

use crate::settings::words;

/// Where something stands: in which of the given files, and on which line, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The file, from 0, in the order given.
    pub file: usize,
    /// The line; none where it is not known.
    pub line: Option<u32>,
}

/// A text that a launcher gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// This text.
    Set(String),
    /// What it is, is known where the program is started.
    Follows {
        /// As it is written there, as far as it is a text.
        written: String,
        /// The parts of it that are replaced, as written: `${X}`, `$X`, `%i`; a name where all of it is taken from there.
        of: Vec<String>,
    },
    /// Something that the launcher's own program would not take.
    Unknown,
}

impl Given {
    /// The text, where it is a plain one.
    #[must_use]
    pub fn set(&self) -> Option<&str> {
        match self {
            Given::Set(text) => Some(text),
            Given::Follows { .. } | Given::Unknown => None,
        }
    }

    /// A text of which these parts are replaced.
    pub(super) fn of(written: String, of: Vec<String>) -> Self {
        if of.is_empty() { Given::Set(written) } else { Given::Follows { written, of } }
    }

    /// The part of it behind `from`, and the whole before; none where the sign between is in a part that is replaced.
    pub(super) fn split(&self, sign: char) -> Option<(String, Given)> {
        let cut = |text: &str| text.split_once(sign).map(|(key, value)| (key.to_owned(), value.to_owned()));
        match self {
            Given::Set(text) => cut(text).map(|(key, value)| (key, Given::Set(value))),
            Given::Follows { written, of } => {
                let (key, value) = cut(written)?;
                let known = of.iter().all(|part| !key.contains(part.as_str()) && value.contains(part.as_str()));
                known.then(|| (key, Given::Follows { written: value, of: of.clone() }))
            }
            Given::Unknown => None,
        }
    }

    /// The text, or as much of it as is written.
    pub(super) fn written(&self) -> &str {
        match self {
            Given::Set(text) | Given::Follows { written: text, .. } => text,
            Given::Unknown => "",
        }
    }
}

/// A variable that the program is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Given,
    /// Where it is given.
    pub at: At,
}

/// Another file that gives variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableFile {
    /// Its name.
    pub path: Given,
    /// Whether it may be missing.
    pub optional: bool,
    /// Whether it wins over the launcher's own variables.
    pub wins: bool,
    /// Where it is named.
    pub at: At,
}

/// A word of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: Given,
    /// Where it stands.
    pub at: At,
}

/// Something of the disk that a program sees at another place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it lies; a name without any `/` is no path.
    pub source: Given,
    /// Where the program sees it.
    pub target: String,
}

/// How what a program sees of the disk differs from what lies there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight {
    /// The folder in which it is started.
    pub folder: Option<Given>,
    /// What is put where; of two at one place the later counts.
    pub mounts: Vec<Mount>,
    /// By what else it sees other files than those here.
    pub by: Option<String>,
}

/// What starts one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The name of the service, where the file gives one.
    pub service: Option<String>,
    /// The image in which the program lies, where there is one.
    pub image: Option<Given>,
    /// The command line. It begins with the program, unless the image says which it is: see `begins`.
    pub words: Vec<Word>,
    /// Whether the first word is the program.
    pub begins: bool,
    /// The variables, each name once.
    pub variables: Vec<Variable>,
    /// Other files that give variables.
    pub files: Vec<VariableFile>,
    /// What it sees of the disk.
    pub sight: Sight,
    /// Where it begins.
    pub at: At,
}

/// Where a property of a Java machine is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In this variable.
    Variable(String),
    /// On the command line of `java`.
    Java,
    /// On the command line of another program, or of one that the image names: whether it is handed on to `java` is not to be seen.
    Program,
    /// In one of [`Launch::files`], by its place there.
    File(usize),
}

/// Something that sets a property, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Its name; none where any may be set.
    pub key: Option<String>,
    /// Its value.
    pub value: Given,
    /// In what it is set.
    pub place: Place,
    /// Where that stands.
    pub at: At,
}

/// What a Java machine is told, the weakest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Properties(Vec<Property>);

impl Properties {
    /// All of it.
    #[must_use]
    pub fn all(&self) -> &[Property] {
        &self.0
    }

    /// What wins for `key`, and what is stronger and may set it or not.
    #[must_use]
    pub fn of(&self, key: &str) -> (Option<&Property>, Vec<&Property>) {
        let mut open = Vec::new();
        for property in self.0.iter().rev() {
            match &property.key {
                Some(known) if known == key => return (Some(property), open),
                Some(_) => {}
                None => open.push(property),
            }
        }
        (None, open)
    }
}

/// The variables that Java's own programs read, by what they win over. What stands on the command line wins over those below 3, and any
/// other name is one that start scripts put there, before what they were given themselves.
const READ_BY_JAVA: [(&str, u8); 3] = [("JAVA_TOOL_OPTIONS", 0), ("JDK_JAVA_OPTIONS", 1), ("_JAVA_OPTIONS", 4)];
const BY_A_SCRIPT: u8 = 2;
const COMMAND_LINE: u8 = 3;

/// Options of `java` whose value is the next word.
const WITH_A_VALUE: [&str; 15] = [
    "-cp",
    "-classpath",
    "--class-path",
    "-p",
    "--module-path",
    "--upgrade-module-path",
    "--add-modules",
    "--add-reads",
    "--add-exports",
    "--add-opens",
    "--limit-modules",
    "--patch-module",
    "--enable-native-access",
    "--describe-module",
    "--source",
];

impl Launch {
    /// The variable of this name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// Whether the program is `java` itself; none where the image names it.
    #[must_use]
    pub fn is_java(&self) -> Option<bool> {
        let program = self.words.first().filter(|_| self.begins)?.text.written();
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
        Some(matches!(name, "java" | "java.exe" | "javaw.exe"))
    }

    /// What a Java machine is told by the command line and by the variables of these names. A name that `java` itself does not know is one of
    /// start scripts, and is passed over where `java` is started without one.
    #[must_use]
    pub fn properties(&self, names: &[&str]) -> Properties {
        let mut all: Vec<(u8, Property)> = Vec::new();
        for name in names {
            let strength = READ_BY_JAVA.iter().find(|(known, _)| known == name).map_or(BY_A_SCRIPT, |(_, by)| *by);
            if strength != BY_A_SCRIPT || self.is_java() != Some(true) {
                all.extend(self.by_variable(name).into_iter().map(|property| (strength, property)));
            }
        }
        all.extend(self.by_words().into_iter().map(|property| (COMMAND_LINE, property)));
        // Stable: what stands later wins.
        all.sort_by_key(|(strength, _)| *strength);
        Properties(all.into_iter().map(|(_, property)| property).collect())
    }

    /// What is set through one variable: by the launcher, and by files that may give it, too.
    fn by_variable(&self, name: &str) -> Vec<Property> {
        let mut all = Vec::new();
        if let Some(variable) = self.variable(name) {
            let place = Place::Variable(name.to_owned());
            all.extend(in_a_variable(&variable.value).into_iter().map(|(key, value)| Property {
                key,
                value,
                place: place.clone(),
                at: variable.at,
            }));
        }
        // The variable comes from one of them as a whole, so the weaker one says nothing where both give it.
        let file = |(at, file): (usize, &VariableFile)| Property {
            key: None,
            value: file.path.clone(),
            place: Place::File(at),
            at: file.at,
        };
        let stronger = |file: &VariableFile| file.wins || self.variable(name).is_none();
        all.extend(self.files.iter().enumerate().filter(|(_, file)| stronger(file)).map(file));
        all
    }

    /// What is set on the command line.
    fn by_words(&self) -> Vec<Property> {
        let (java, mut all) = (self.is_java(), Vec::new());
        let place = if java == Some(true) { Place::Java } else { Place::Program };
        let mut words = self.words.iter().skip(usize::from(self.begins));
        while let Some(word) = words.next() {
            let written = word.text.written();
            if java != Some(true) && written == "--" {
                break;
            }
            let bare = if java == Some(true) { written } else { written.strip_prefix("-J").unwrap_or(written) };
            let found = match &word.text {
                text if bare.starts_with("-D") => Some(property(text, written.len() - bare.len())),
                Given::Follows { .. } | Given::Unknown => Some((None, word.text.clone())),
                Given::Set(text) => names_a_file(text).then(|| (None, word.text.clone())),
            };
            all.extend(found.map(|(key, value)| Property { key, value, place: place.clone(), at: word.at }));
            if java != Some(true) {
                continue;
            }
            match written {
                // What follows is the program's, not the machine's.
                "-jar" | "-m" | "--module" => break,
                _ if WITH_A_VALUE.contains(&written) => {
                    words.next();
                }
                _ if !written.starts_with(['-', '@']) && word.text.set().is_some() => break,
                _ => {}
            }
        }
        all
    }
}

/// Whether an option names a file with more of them.
fn names_a_file(option: &str) -> bool {
    option.starts_with('@') || option.starts_with("-XX:VMOptionsFile=") || option.starts_with("-XX:Flags=")
}

/// What `-Dkey=value` sets, behind some bytes; any key where it is not known which.
fn property(word: &Given, skip: usize) -> (Option<String>, Given) {
    match word.split('=') {
        Some((key, value)) => (key.get(skip + 2..).map(str::to_owned), value),
        None => match word {
            Given::Set(text) => (text.get(skip + 2..).map(str::to_owned), Given::Set(String::new())),
            Given::Follows { .. } | Given::Unknown => (None, word.clone()),
        },
    }
}

/// What the words of a variable set.
fn in_a_variable(value: &Given) -> Vec<(Option<String>, Given)> {
    let parts: &[String] = match value {
        Given::Set(_) => &[],
        Given::Follows { of, .. } => of,
        Given::Unknown => return vec![(None, Given::Unknown)],
    };
    let Some(words) = words::java(value.written()) else { return vec![(None, value.clone())] };
    let mut all = Vec::new();
    for word in words {
        let inside: Vec<String> = parts.iter().filter(|part| word.contains(part.as_str())).cloned().collect();
        let follows = !inside.is_empty();
        let word = Given::of(word, inside);
        if word.written().starts_with("-D") {
            let found = property(&word, 0);
            // What is put in may bring words of its own.
            let more = follows && found.0.is_some();
            all.push(found);
            all.extend(more.then_some((None, word)));
        } else if follows || names_a_file(word.written()) {
            all.push((None, word));
        }
    }
    // A part with blanks in it stands in no single word.
    let seen = |part: &String| all.iter().any(|(_, value)| value.written().contains(part.as_str()));
    if !parts.iter().all(seen) {
        all.push((None, value.clone()));
    }
    all
}
