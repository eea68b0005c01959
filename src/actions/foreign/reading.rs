//! Reading one place of a foreign tool: a variable, a property of what starts it, a key of a file, a file inside another.
//!
//! Promises: what cannot be known is said with the reason, never taken for absent. Absent: finding files (`look`); the formats (`settings`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::actions::context::Context;
use crate::actions::foreign::found::{Content, Found};
use crate::actions::foreign::given::Given;
use crate::actions::foreign::inputs::{self, Over};
use crate::actions::foreign::launchers;
use crate::actions::foreign::places::LIMIT;
use crate::actions::foreign::texts;
use crate::host::env::Var;
use crate::host::files;
use crate::identity::profile::error_words;
use crate::manifest::foreign::Foreign;
use crate::manifest::foreign::files::{ForeignFile, Inside, Kept, Source};
use crate::manifest::foreign::layers::Layer;
use crate::manifest::foreign::truths::Seen;
use crate::settings::value::Scalar;

/// A file that stands inside another one.
#[must_use]
pub fn within(foreign: &Foreign, files: &[Found], file: &ForeignFile, inside: &Inside) -> Found {
    let outer = files.iter().find(|found| found.name == inside.file);
    let kept = foreign.file(&inside.file).map(|file| file.kept);
    let content = match (outer.map(|outer| &outer.content), kept) {
        (Some(Content::Bytes(bytes)), Some(kept)) => match texts::seen(kept, bytes, &inside.key) {
            Seen::Value(Scalar::Text(text)) if text.is_empty() => Content::Missing,
            Seen::Value(Scalar::Text(text)) if inside.base64 => {
                let packed: String = text.split_ascii_whitespace().collect();
                match STANDARD.decode(packed) {
                    Ok(bytes) if bytes.len() <= LIMIT => Content::Bytes(bytes),
                    Ok(_) | Err(_) => Content::Unseen("it is no base64".to_owned()),
                }
            }
            Seen::Value(Scalar::Text(text)) => Content::Bytes(text.into_bytes()),
            Seen::Missing | Seen::Empty | Seen::Absent | Seen::Under | Seen::Null => Content::Missing,
            Seen::Value(_) => Content::Unseen("what it is made of is not looked into".to_owned()),
            Seen::Broken(why) => Content::Unseen(why),
        },
        (Some(Content::Missing) | None, _) | (_, None) => Content::Missing,
        (Some(Content::Other | Content::Unreadable(_) | Content::Unseen(_)), Some(_)) => {
            Content::Unseen("what it stands in cannot be read".to_owned())
        }
    };
    Found { name: file.name.clone(), path: None, content }
}

/// A variable: what starts the program sets it, where that was pointed at.
fn variable(context: &Context, given: &Given, name: &str) -> Seen {
    if let Some(launcher) = &given.launcher {
        return launchers::variable(launcher, name);
    }
    match context.env.get(name) {
        Var::Unset => Seen::Absent,
        Var::Text(text) => Seen::Value(Scalar::Text(text.to_owned())),
        Var::NotText => Seen::Broken("it is not text".to_owned()),
    }
}

/// A property of the Java machine.
fn property(context: &Context, given: &Given, name: &str) -> Seen {
    match &given.launcher {
        Some(launcher) => launchers::property(launcher, name),
        None => launchers::property_here(&context.env, name),
    }
}

/// All that a source is read from.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The machine.
    pub context: &'a Context,
    /// What was pointed at.
    pub given: &'a Given,
    /// The manifest.
    pub foreign: &'a Foreign,
    /// The files as they were found.
    pub files: &'a [Found],
    /// Files as if they had these bytes already.
    pub over: &'a Over,
}

impl Reading<'_> {
    /// What stands at one place.
    #[must_use]
    pub fn at(&self, source: &Source) -> Seen {
        match source {
            Source::Variable(name) => variable(self.context, self.given, name),
            Source::Property(name) => property(self.context, self.given, name),
            Source::Key { file, key } => self.key(file, key),
        }
    }

    /// What stands at a layer. A key that hardly anybody writes is not taken to come out of a file that is included.
    #[must_use]
    pub fn of_layer(&self, layer: &Layer) -> Seen {
        if let (true, Source::Key { file, key }) = (layer.rare, &layer.source)
            && let Some(declared) = self.foreign.file(file).filter(|declared| declared.kept == Kept::Hocon)
            && let Some(Content::Bytes(bytes)) =
                self.files.iter().find(|found| found.name == *file).map(|one| &one.content)
            && texts::fault(declared.kept, bytes).is_none()
            && !texts::stands(declared.kept, bytes, key)
        {
            return Seen::Absent;
        }
        self.at(&layer.source)
    }

    fn key(&self, file: &str, key: &[String]) -> Seen {
        let found = |name: &str| self.files.iter().find(|found| found.name == name);
        let Some(declared) = self.foreign.file(file) else { return Seen::Missing };
        let outer = declared.inside.as_ref().map_or(file, |inside| &inside.file);
        if let Some(why) = self.overridden(outer) {
            return Seen::Broken(why);
        }
        let path = found(outer).and_then(|found| found.path.as_ref());
        let Some((_, bytes)) = self.over.iter().find(|(changed, _)| Some(changed) == path) else {
            return found(file).map_or(Seen::Missing, |found| self.referred(declared, found, key));
        };
        let content = bytes.clone().map_or(Content::Missing, Content::Bytes);
        let changed = Found { name: outer.to_owned(), path: None, content };
        match &declared.inside {
            None => self.referred(declared, &changed, key),
            Some(inside) => self.in_file(declared, &within(self.foreign, &[changed], declared, inside), key),
        }
    }

    /// Whether a file beside this one may say otherwise of the same block.
    fn overridden(&self, file: &str) -> Option<String> {
        let ends = &self.foreign.file(file)?.overridden;
        let (folder, block) = (self.given.folder()?, self.given.block.as_ref()?);
        if ends.is_empty() {
            return None;
        }
        let names = match files::list(folder) {
            Ok(names) => names,
            Err(_) => return Some("what stands beside it cannot be listed, and may say otherwise".to_owned()),
        };
        let names = names.iter().filter(|name| ends.iter().any(|end| name.ends_with(end.as_str())));
        let holds = |name: &&String| match files::read(&folder.join(name), LIMIT) {
            Ok(Some(bytes)) => bytes.windows(block.len().max(1)).any(|part| part == block.as_bytes()),
            Ok(None) => false,
            Err(_) => true,
        };
        let one = names.filter(|name| Some(name.as_str()) != self.own(file)).find(holds)?;
        Some(format!("{one} beside it may say otherwise"))
    }

    /// The name of a file that was pointed at.
    fn own(&self, file: &str) -> Option<&str> {
        self.given.path(file)?.file_name()?.to_str()
    }

    /// What stands at a key of a file, or what the variable has that stands there.
    fn referred(&self, declared: &ForeignFile, found: &Found, key: &[String]) -> Seen {
        let refers = match &found.content {
            Content::Bytes(bytes) => texts::refers(declared.kept, bytes, key),
            Content::Missing | Content::Other | Content::Unreadable(_) | Content::Unseen(_) => None,
        };
        let Some((name, contrary)) = refers else { return self.in_file(declared, found, key) };
        match inputs::value(self.context, (self.given, self.over), &name) {
            Seen::Value(Scalar::Bool(value)) if contrary => Seen::Value(Scalar::Bool(!value)),
            Seen::Broken(why) => Seen::Broken(why),
            _ if contrary => Seen::Broken(format!("it is the contrary of var.{name}, which is no boolean here")),
            seen => seen,
        }
    }

    fn in_file(&self, declared: &ForeignFile, found: &Found, key: &[String]) -> Seen {
        let launcher = self.given.launcher.as_ref();
        match &found.content {
            Content::Missing => Seen::Missing,
            Content::Bytes(bytes) if declared.kept == Kept::Hocon => {
                texts::in_hocon(bytes, key, &|name| launchers::told(launcher, name))
            }
            Content::Bytes(bytes) => texts::seen(declared.kept, bytes, key),
            Content::Other => Seen::Broken("it is no text of settings".to_owned()),
            Content::Unreadable(error) => Seen::Broken(error_words(error)),
            Content::Unseen(why) => Seen::Broken(why.clone()),
        }
    }
}
