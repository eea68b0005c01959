//! What has to change in a foreign tool's files so that its telemetry is off, or on: worked out in memory and weighed again.
//!
//! Promises: a mirror follows what will hold, a queue is emptied with the no, a key is written only where it does not say so already; what
//! would keep the program from starting is refused; what still overrides is named. Absent: writing (`switch`).

use std::path::PathBuf;

use crate::actions::foreign::change::{Change, FileChange, Mode};
use crate::actions::foreign::edits;
use crate::actions::foreign::found::Content;
use crate::actions::foreign::inputs::Place;
use crate::actions::foreign::journal;
use crate::actions::foreign::kept::Texts;
use crate::actions::foreign::look::Looked;
use crate::actions::foreign::overrides::{Override, any_line, overrides};
use crate::actions::foreign::texts;
use crate::consent::effective::{Effective, State};
use crate::host::files::{self, FileError, SHARED_FILE};
use crate::identity::names::ToolName;
use crate::manifest::foreign::files::{Begin, ForeignFile, Kept, Source};
use crate::manifest::foreign::layers::{Layer, New, Only, Scope, Write};
use crate::manifest::foreign::truths::{Literal, Seen, Word};
use crate::manifest::versions::Versions;
use crate::settings::value::EditError;

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Telemetry on, or off.
    pub on: bool,
    /// Whose files are changed for it.
    pub scope: Scope,
}

impl Wish {
    const fn word(self) -> Word {
        if self.on { Word::On } else { Word::Off }
    }

    /// The state that is wanted.
    #[must_use]
    pub const fn state(self) -> State {
        if self.on { State::On } else { State::Off }
    }
}

/// Why nothing can be worked out.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A file that has to change cannot be read.
    #[error("nothing was changed: {0}")]
    Unreadable(FileError),
    /// A file that has to change cannot be changed with care.
    #[error("nothing was changed: {}: the file {source}", path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EditError,
    },
    /// What has to change together with the switch cannot be read.
    #[error("nothing was changed: {}, which has to change together with the switch, cannot be read: {why}", path.display())]
    Mirror {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// With the change the program would not start.
    #[error("nothing was changed: with this change {0} would not start any more")]
    WouldCrash(ToolName),
    /// No file to change is found from here.
    #[error("nothing was changed: {tool} has no file here that this could be written in ({why})")]
    Nowhere {
        /// The tool.
        tool: ToolName,
        /// Why, in words.
        why: &'static str,
        /// What to put into the shell instead, where a variable does it.
        line: Option<String>,
    },
}

/// A change that is worked out.
#[derive(Debug)]
pub struct Plan {
    /// What is wanted.
    pub wish: Wish,
    /// The files; none where all says so already.
    pub change: Change,
    /// What holds now.
    pub before: State,
    /// What will hold.
    pub after: Effective,
    /// What still says something else.
    pub overrides: Vec<Override>,
}

/// A file that may change.
struct Text {
    name: String,
    path: PathBuf,
    begin: Begin,
    texts: Texts,
    queue: bool,
    locked: bool,
}

struct Work<'l> {
    looked: &'l Looked,
    wish: Wish,
    texts: Vec<Text>,
    /// Some file has no place here.
    nowhere: bool,
}

/// Works out what has to change.
///
/// # Errors
/// A file cannot be changed, or nothing can.
pub fn plan(looked: &Looked, tool: &ToolName, wish: Wish) -> Result<Plan, PlanError> {
    let mut work = Work { looked, wish, texts: Vec::new(), nowhere: false };
    let mut writable = false;
    for (index, layer, write) in work.writes() {
        if wish.on && wish.scope == Scope::User && work.committed_no_below(index) {
            // A yes of one's own does not go over a no that a project shares.
            writable = true;
            continue;
        }
        writable |= work.layer(layer, write, write.only)?;
    }
    // What would have to be made, only where what is there does not suffice.
    if !writable || work.weighed().state != wish.state() {
        let made = work.writes().filter(|(_, _, write)| write.only == Only::Else);
        // Of several the last, where nothing tells them apart.
        if let Some((_, layer, write)) = made.max_by_key(|(_, layer, _)| work.depth(layer)) {
            writable |= work.layer(layer, write, Only::Always)?;
        }
    }
    let after = work.weighed();
    if after.state == State::Crash && looked.effective.state != State::Crash {
        return Err(PlanError::WouldCrash(tool.clone()));
    }
    if !writable && after.state != wish.state() {
        let line =
            overrides(looked, &after, wish.word()).into_iter().find_map(|one| one.shell_line().map(str::to_owned));
        let line = line.or_else(|| any_line(looked, wish.word()));
        let why = match (looked.given.component.is_some(), work.nowhere) {
            (true, true) if !looked.given.texts.is_empty() => "its settings are base64 in what starts it: make it anew",
            (true, _) => "nothing that was given is a file of its settings",
            (false, true) => "no project of it at or above the working directory",
            (false, false) => "none is its user's own",
        };
        return Err(PlanError::Nowhere { tool: tool.clone(), why, line });
    }
    work.mirrors(after.state)?;
    if !wish.on {
        work.queues()?;
    }
    let after = work.weighed();
    let overrides = if after.state == wish.state() { Vec::new() } else { overrides(looked, &after, wish.word()) };
    let files = work.files();
    let change = if wish.on { Change::yes(tool.clone(), files) } else { Change::no(tool.clone(), files) };
    Ok(Plan { wish, change, before: looked.effective.state, after, overrides })
}

impl<'l> Work<'l> {
    /// What may be written for the wish, in the tool's order.
    fn writes(&self) -> impl Iterator<Item = (usize, &'l Layer, &'l Write)> + use<'l> {
        let (wish, installed) = (self.wish, &self.looked.installed);
        let all = self.looked.foreign.layers.iter().enumerate();
        let written = all.filter_map(|(at, layer)| Some((at, layer, layer.write.as_ref()?)));
        written.filter(move |(_, layer, write)| write.scope == wish.scope && installed.may_be_in(&layer.versions))
    }

    /// How many of a layer's keys stand in its file already.
    fn depth(&self, layer: &Layer) -> usize {
        let Source::Key { file, key } = &layer.source else { return 0 };
        let (Some(bytes), Some(declared)) = (self.looked.bytes(file), self.looked.foreign.file(file)) else { return 0 };
        let there = |length: &usize| key.get(..*length).is_some_and(|keys| texts::stands(declared.kept, bytes, keys));
        (1..=key.len()).take_while(there).count()
    }

    /// Whether it counts in the version that is installed; in one that is not known all may.
    fn is_asked(&self, versions: &Versions) -> bool {
        self.looked.installed.may_be_in(versions)
    }

    /// Whether a shared file of the project says no where only layers above this one could overrule it.
    fn committed_no_below(&self, index: usize) -> bool {
        let below = self.looked.foreign.layers.iter().skip(index.saturating_add(1));
        let mut asked = below.filter(|layer| self.is_asked(&layer.versions));
        asked.any(|layer| {
            let Source::Key { file, .. } = &layer.source else { return false };
            let committed = self.looked.foreign.file(file).is_some_and(|file| file.committed);
            committed && layer.truth.said(&self.looked.at(&layer.source)).is_ok_and(|word| word == Word::Off)
        })
    }

    /// The text of a file, which may have another name as well; `None` where it has no place here.
    fn text(&mut self, name: &str) -> Result<Option<(usize, Kept)>, PlanError> {
        let (Some(declared), Some(found)) = (self.looked.foreign.file(name), self.looked.file(name)) else {
            return Ok(None);
        };
        let kept = declared.kept;
        let Some(path) = &found.path else {
            self.nowhere = true;
            return Ok(None);
        };
        if let Some(at) = self.texts.iter().position(|text| text.path == *path) {
            return Ok(Some((at, kept)));
        }
        let before = match &found.content {
            Content::Missing => None,
            Content::Bytes(bytes) => Some(bytes.clone()),
            Content::Other | Content::Unreadable(_) | Content::Unseen(_) => {
                files::read(path, journal::LIMIT).map_err(PlanError::Unreadable)?
            }
        };
        let texts = Texts { after: before.clone(), before };
        let (name, begin) = (name.to_owned(), declared.begin);
        self.texts.push(Text { name, path: path.clone(), begin, texts, queue: false, locked: false });
        Ok(Some((self.texts.len().saturating_sub(1), kept)))
    }

    fn seen(&self, at: usize, kept: Kept, key: &[String]) -> Seen {
        let text = self.texts.get(at).and_then(|text| text.texts.after.as_deref());
        text.map_or(Seen::Missing, |bytes| texts::seen(kept, bytes, key))
    }

    /// Writes one layer; `false` where there is no place for it.
    fn layer(&mut self, layer: &Layer, write: &Write, only: Only) -> Result<bool, PlanError> {
        if let Some((place, contrary)) = self.looked.elsewhere(&layer.source) {
            return self.input(layer, write, &place, contrary);
        }
        let Source::Key { file, key } = &layer.source else { return Ok(false) };
        let Some((at, kept)) = self.text(file)? else { return Ok(false) };
        let seen = self.seen(at, kept, key);
        let absent = !matches!(seen, Seen::Value(_) | Seen::Broken(_));
        match only {
            Only::There | Only::Else if !seen.is_there() => return Ok(false),
            Only::Absent if !absent => return Ok(true),
            Only::Always | Only::There | Only::Absent | Only::Else => {}
        }
        let says = layer.truth.said(&seen).ok();
        let (new, wanted) = (if self.wish.on { &write.on } else { &write.off }, self.wish.word());
        // A no is written down also where nothing means no; what is on already needs no yes, where nothing says no.
        let same = matches!(new, Some(New::Value(value)) if layer.truth.is_said(&seen, value));
        let spoken = (says == Some(wanted) || same) && matches!(seen, Seen::Value(_));
        let needless = self.wish.on && self.looked.effective.state == State::On && says != Some(Word::Off);
        match new {
            None => return Ok(false),
            Some(_) if only != Only::Absent && (spoken || needless) => {}
            Some(New::Value(value)) => self.set(at, kept, key, value)?,
            // An id that is there is kept; one that says no gives way to a fresh one.
            Some(New::Fresh(form)) if only == Only::Absent || (self.wish.on && says == Some(Word::Off)) => {
                self.set(at, kept, key, &Literal::Text(edits::fresh(form)))?;
            }
            Some(New::Fresh(_)) => {}
            Some(New::Removed) => {
                let source = self.source(at);
                let after = edits::remove(kept, &source, key);
                self.keep(at, after)?;
            }
        }
        Ok(true)
    }

    /// Writes a layer whose value is a variable's: there, where that one has its value.
    fn input(&mut self, layer: &Layer, write: &Write, place: &Place, contrary: bool) -> Result<bool, PlanError> {
        let seen = self.looked.at(&layer.source);
        let says = layer.truth.said(&seen).ok();
        let (new, wanted) = (if self.wish.on { &write.on } else { &write.off }, self.wish.word());
        let needless = self.wish.on && self.looked.effective.state == State::On && says != Some(Word::Off);
        let Some(New::Value(value)) = new else { return Ok(false) };
        if says == Some(wanted) || needless || layer.truth.is_said(&seen, value) {
            return Ok(true);
        }
        let value = match value {
            Literal::Bool(value) => Literal::Bool(*value != contrary),
            Literal::Number(_) | Literal::Text(_) if contrary => return Ok(false),
            Literal::Number(_) | Literal::Text(_) => value.clone(),
        };
        let at = match self.texts.iter().position(|text| text.path == place.path) {
            Some(at) => at,
            None => {
                let before = files::read(&place.path, journal::LIMIT).map_err(PlanError::Unreadable)?;
                let texts = Texts { after: before.clone(), before };
                let (name, path, begin) = (String::new(), place.path.clone(), Begin::Given);
                self.texts.push(Text { name, path, begin, texts, queue: false, locked: false });
                self.texts.len().saturating_sub(1)
            }
        };
        self.set(at, place.kept, &place.key, &value)?;
        Ok(true)
    }

    fn source(&self, at: usize) -> Vec<u8> {
        self.texts.get(at).and_then(|text| text.texts.after.clone()).unwrap_or_default()
    }

    fn set(&mut self, at: usize, kept: Kept, key: &[String], value: &Literal) -> Result<(), PlanError> {
        let source = self.source(at);
        let after = edits::set(kept, &source, key, value);
        self.keep(at, after)
    }

    fn keep(&mut self, at: usize, after: Result<Vec<u8>, EditError>) -> Result<(), PlanError> {
        let Some(text) = self.texts.get_mut(at) else { return Ok(()) };
        text.texts.after = Some(after.map_err(|source| PlanError::Edit { path: text.path.clone(), source })?);
        Ok(())
    }

    /// What the tool remembers is made what it will find, where it is there.
    fn mirrors(&mut self, state: State) -> Result<(), PlanError> {
        for mirror in &self.looked.foreign.mirrors {
            let value = match state {
                State::On => &mirror.on,
                State::Off => &mirror.off,
                // Once it can be read again, what was wished for holds.
                State::Crash | State::Unknown if !self.wish.on => &mirror.off,
                State::Crash | State::Unknown => continue,
            };
            if !self.is_asked(&mirror.versions) {
                continue;
            }
            let Some((at, kept)) = self.text(&mirror.file)? else { continue };
            let seen = self.seen(at, kept, &mirror.key);
            if let (Seen::Broken(why), Some(path)) =
                (&seen, self.looked.file(&mirror.file).and_then(|file| file.path.clone()))
            {
                return Err(PlanError::Mirror { path, why: why.clone() });
            }
            if seen.is_there() && seen.text() != Some(edits::text(value)) {
                self.set(at, kept, &mirror.key, value)?;
            }
        }
        Ok(())
    }

    fn queues(&mut self) -> Result<(), PlanError> {
        for queue in &self.looked.foreign.queues {
            let Some((at, kept)) = self.text(&queue.file)? else { continue };
            let Some(text) = self.texts.get_mut(at) else { continue };
            let Some(before) = &text.texts.before else { continue };
            // What has no such list is no queue, unless it cannot be read: its program may read it.
            let events = texts::length(kept, before, &queue.key);
            if events.map_or_else(|| !texts::has_keys(kept, before), |events| events > 0) {
                text.texts.after = Some(queue.empty.clone().into_bytes());
                (text.queue, text.locked) = (true, queue.locked);
            }
        }
        Ok(())
    }

    /// What would hold with the texts as they are now.
    fn weighed(&self) -> Effective {
        let settings = self.texts.iter().filter(|text| !text.queue && text.texts.before != text.texts.after);
        let over: Vec<(PathBuf, Option<Vec<u8>>)> =
            settings.map(|text| (text.path.clone(), text.texts.after.clone())).collect();
        self.looked.weighed_with(&over)
    }

    /// The files that change, those under their program's lock last.
    fn files(self) -> Vec<FileChange> {
        let looked = self.looked;
        let mut texts: Vec<Text> =
            self.texts.into_iter().filter(|text| text.texts.before != text.texts.after).collect();
        texts.sort_by_key(|text| text.queue);
        let one = |text: Text| {
            let declared = looked.foreign.file(&text.name);
            let secret = declared.map(|file| file.secret.clone()).unwrap_or_default();
            let mode = mode(&text, declared);
            let file = FileChange::new(&text.path, text.texts.before, text.texts.after).with_mode(mode);
            let file = file.with_secret(secret);
            if text.locked { file.in_place() } else { file }
        };
        texts.into_iter().map(one).collect()
    }
}

/// The person's own file with a secret in it becomes private; a new one is, but for those of a project.
fn mode(text: &Text, declared: Option<&ForeignFile>) -> Mode {
    let own = matches!(text.begin, Begin::Home | Begin::Config);
    let secret = |key: &Vec<String>| {
        let kept = declared.map(|file| file.kept);
        let bytes = text.texts.before.as_deref();
        kept.zip(bytes).is_some_and(|(kept, bytes)| texts::seen(kept, bytes, key).is_there())
    };
    match (own, text.texts.before.is_some()) {
        (true, true) if declared.is_some_and(|file| file.secret.iter().any(secret)) => Mode::Private,
        (true, _) | (false, true) => Mode::Kept,
        (false, false) => Mode::Exactly(SHARED_FILE),
    }
}
