//! What a start says of the component that it starts: which one it is, and which file it reads.
//!
//! Promises: a file that is known where the program is started only, or that only the program sees, is not known, never absent. Absent:
//! reading what starts programs (`launchers`).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::actions::foreign::given::{Given, Start};
use crate::actions::foreign::launchers;
use crate::actions::foreign::places::LIMIT;
use crate::actions::foreign::sight::{self, Lies, lies};
use crate::actions::foreign::texts;
use crate::host::files;
use crate::manifest::foreign::Component;
use crate::manifest::foreign::components::Started;
use crate::manifest::foreign::truths::Seen;
use crate::settings::launch::{Given as Text, Word};

/// As Java decodes it: what is missing at the end may be.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a start names as the component's file.
pub enum Named {
    /// Its path, as the program sees it.
    Path(String),
    /// The file itself.
    Itself(Vec<u8>),
    /// It cannot be told: why.
    Unknown(String),
}

/// The component that is started.
#[must_use]
pub fn starts_of<'f>(components: &[&'f Component], start: &Start) -> Option<&'f Component> {
    components.iter().copied().find(|component| way(component, start).is_some())
}

/// The way in which a component is started.
#[must_use]
pub fn way<'f>(component: &'f Component, start: &Start) -> Option<&'f Started> {
    component.started.iter().find(|started| {
        let image = start.image.as_deref().is_some_and(|image| {
            started.images.iter().any(|begin| image.starts_with(begin.as_str()) || image.contains(&format!("/{begin}")))
        });
        let mut words = start.launcher.launch.words.iter().filter_map(|word| word.text.set());
        image || words.any(|word| started.programs.iter().any(|program| word.contains(program.as_str())))
    })
}

/// What starts a component whose file was not pointed at: it is looked for where a unit names it.
#[must_use]
pub fn alone(component: &Component, start: &Start, names: Option<Named>) -> Given {
    let mut given =
        Given { component: Some(component.name.clone()), launcher: Some(start.launcher.clone()), ..Given::default() };
    let Some(file) = way(component, start).and_then(|way| way.file.clone()) else { return given };
    match names {
        None => {}
        Some(Named::Unknown(why)) => given.unseen.push((file, why)),
        Some(Named::Itself(bytes)) => given.texts.push((file, bytes)),
        // It may be the settings themselves, in a form that is not read.
        Some(Named::Path(path)) if path.len() > 256 || !path.contains(['/', '.']) => {
            given.unseen.push((file, "what it is given in place of a file is not looked into".to_owned()));
        }
        Some(Named::Path(path)) if let Lies::At(at) = lies(start, &path) => {
            // What is not on this machine is on the one where it runs, or it does not run.
            match files::exists(&at) {
                Ok(false) => {
                    let why = format!("{} is not on this machine: name a copy here as well", at.display());
                    given.unseen.push((file, why));
                }
                Ok(true) | Err(_) => given.paths.push((file, at)),
            }
        }
        Some(Named::Path(path)) => {
            given.unseen.push((file, format!("{path} is a file that only the program sees: name it here as well")));
        }
    }
    given
}

/// What a start names as the component's file; nothing where it names none.
#[must_use]
pub fn names(component: &Component, started: &Started, start: &Start) -> Option<Named> {
    let words = &start.launcher.launch.words;
    let path = |path: &str| match itself(component, started, path) {
        Some(bytes) => Named::Itself(bytes),
        None => Named::Path(path.to_owned()),
    };
    if let Some(why) = sight::hidden(&start.launcher).filter(|_| started.file.is_some()) {
        return Some(Named::Unknown(why));
    }
    if let Some(named) = by_option(started, words) {
        return Some(named.map_or_else(|why| Named::Unknown(why.to_owned()), path));
    }
    if !started.options.is_empty() && launchers::is_open(&start.launcher) {
        return Some(Named::Unknown("which file it reads is known where it is started".to_owned()));
    }
    match launchers::variable(&start.launcher, started.variable.as_ref()?) {
        Seen::Broken(why) => Some(Named::Unknown(why)),
        seen => match seen.text().filter(|path| !path.is_empty()) {
            Some(path) => Some(Named::Path(path)),
            None => of_another_name(component, started, start).map(Named::Unknown),
        },
    }
}

/// The value of the last of its options, or why it cannot be told.
fn by_option<'w>(started: &Started, words: &'w [Word]) -> Option<Result<&'w str, &'static str>> {
    let (mut last, mut words) = (None, words.iter());
    while let Some(word) = words.next() {
        let text = match &word.text {
            Text::Set(text) => text,
            // More options may be put in.
            Text::Follows { written, of } if last.is_some() && of.iter().any(|part| written.starts_with(part)) => {
                last = Some(Err("what follows its option may be another one, known where it is started"));
                continue;
            }
            Text::Follows { .. } | Text::Unknown => continue,
        };
        for option in &started.options {
            let Some(rest) = text.strip_prefix(option.as_str()) else { continue };
            if rest.is_empty() {
                let next = words.next().and_then(|next| next.text.set());
                last = Some(next.ok_or("what follows its option is known where it is started"));
            } else if let Some(value) = rest.strip_prefix('=') {
                last = Some(Ok(value));
            } else if option.len() == 2 && rest.starts_with(['/', '.']) {
                // A letter and its value in one word.
                last = Some(Ok(rest));
            } else {
                continue;
            }
            break;
        }
    }
    last
}

/// Whether a variable names a file that the program reads under another of its names.
fn of_another_name(component: &Component, started: &Started, start: &Start) -> Option<String> {
    let mut others = component.started.iter().filter_map(|one| one.variable.as_ref());
    let set = |name: &&String| {
        Some(*name) != started.variable.as_ref() && launchers::variable(&start.launcher, name) != Seen::Absent
    };
    let name = others.find(set)?;
    Some(format!("{name} names one, which some of its versions read and others do not"))
}

/// The file itself, where it stands in base64 in the place of its path: what decodes and can be read is taken for it before a path is.
fn itself(component: &Component, started: &Started, text: &str) -> Option<Vec<u8>> {
    let file = component.foreign.file(started.file.as_deref().filter(|_| started.base64)?)?;
    let bytes = BASE64.decode(text).ok().filter(|bytes| bytes.len() <= LIMIT)?;
    (!bytes.is_empty() && texts::fault(file.kept, &bytes).is_none()).then_some(bytes)
}
