//! Options of protocol `sentry`: where and under which key envelopes are taken, which events are errors, and what a session tells.
//!
//! Promises: a name that Sentry would not take is a problem. Absent: DSNs (`dsn`), whether
//! the events and fields that are named exist (`parse/sentry.rs`).

use crate::identity::names::{EventName, FieldName};
use crate::manifest::forms::wrap::Allowance;
use crate::manifest::problem::Problems;
use crate::manifest::template::{Reference, Word, word};
use crate::manifest::written::destination::{WrittenDestination, WrittenError, WrittenSession};

/// Longest name of an application, environment or error's type, characters: what Sentry keeps of an environment; a release, which has
/// a version beside the name, may have 200.
const LONGEST: usize = 64;
/// Longest message that a manifest itself gives, characters: as much as a text of a field.
const LONGEST_MESSAGE: usize = 256;

/// Options of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentryForm {
    /// The public key of the DSN; none for a file.
    pub key: Option<String>,
    /// The application's name in a release; `None` is the tool's.
    pub app: Option<String>,
    /// The environment that everything is said to come from.
    pub environment: Option<String>,
    /// Events that are errors.
    pub errors: Vec<ErrorForm>,
    /// What sessions tell; an event that is no error is a session, in here or not.
    pub sessions: Vec<SessionForm>,
    /// Whether the receiver is told how many events were lost.
    pub reports: bool,
    /// Whether it may keep the address that a request comes from.
    pub ip: bool,
    /// Whether it may count persons: sessions carry the user id.
    pub profiles: bool,
}

/// An event that is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorForm {
    /// The event.
    pub event: EventName,
    /// Its type; `None` is the event's name.
    pub kind: Option<Saying>,
    /// Its message.
    pub message: Option<Saying>,
}

/// An event that is a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionForm {
    /// The event.
    pub event: EventName,
    /// The field that says how long it took.
    pub duration: Option<FieldName>,
    /// The field that says how it ended.
    pub status: Option<FieldName>,
    /// What values of that field mean, where they are no words of ours.
    pub means: Vec<(String, Ended)>,
    /// The field that counts errors.
    pub errors: Option<FieldName>,
}

/// What is said of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saying {
    /// This text.
    Text(String),
    /// The value of this field.
    Field(FieldName),
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// As it should.
    Exited,
    /// By itself, after an error.
    Errored,
    /// The program broke.
    Crashed,
    /// From outside.
    Abnormal,
}

impl Ended {
    /// The words in a manifest.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("exited", Self::Exited),
        ("errored", Self::Errored),
        ("crashed", Self::Crashed),
        ("abnormal", Self::Abnormal),
    ];

    /// The word in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exited => "exited",
            Self::Errored => "errored",
            Self::Crashed => "crashed",
            Self::Abnormal => "abnormal",
        }
    }
}

impl SentryForm {
    /// Reads them.
    pub(crate) fn read(problems: &mut Problems, written: &WrittenDestination) -> Option<Self> {
        // A DSN that is none is told where the address is made from it.
        let key = written.dsn.as_ref().and_then(|dsn| dsn.parts().ok()).map(|(_, key)| key);
        let allows = |allowance: Allowance| written.allow.iter().any(|word| word == allowance.as_str());
        let app = written.app.as_deref().map(|app| label(problems, "app", app));
        let environment = written.environment.as_deref().map(|text| label(problems, "environment", text));
        let errors = problems.at("errors", |problems| {
            let all = written.errors.iter();
            all.filter_map(|(event, one)| problems.at(event, |problems| error(problems, event, one))).collect()
        });
        let sessions = problems.at("sessions", |problems| {
            let all = written.sessions.iter();
            all.filter_map(|(event, one)| problems.at(event, |problems| session(problems, event, one))).collect()
        });
        let reports = written.reports.unwrap_or(false);
        let (ip, profiles) = (allows(Allowance::Ip), allows(Allowance::Profiles));
        Some(Self { key, app, environment, errors, sessions, reports, ip, profiles })
    }

    /// They as texts, to be told from any others.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let named = |name: &str, text: &Option<String>| text.as_ref().map(|text| format!("{name} {text}"));
        let mut parts: Vec<String> = named("key", &self.key).into_iter().collect();
        parts.extend(named("app", &self.app));
        parts.extend(named("environment", &self.environment));
        for one in &self.errors {
            // Each text by itself: a text may have blanks.
            parts.extend([format!("error {}", one.event), saying(&one.kind), saying(&one.message)]);
        }
        let field = |field: &Option<FieldName>| field.as_ref().map_or("-", FieldName::as_str).to_owned();
        for one in &self.sessions {
            let (duration, status, errors) = (field(&one.duration), field(&one.status), field(&one.errors));
            parts.push(format!("session {} {duration} {status} {errors}", one.event));
            parts.extend(one.means.iter().map(|(value, ended)| format!("means {} {value}", ended.as_str())));
        }
        parts.extend(self.reports.then(|| "reports".to_owned()));
        parts
    }

    /// What makes an error of the event of this name, where it is one.
    #[must_use]
    pub fn error(&self, event: &str) -> Option<&ErrorForm> {
        self.errors.iter().find(|one| one.event.as_str() == event)
    }

    /// What a session of this name tells beside that it was.
    #[must_use]
    pub fn session(&self, event: &str) -> Option<&SessionForm> {
        self.sessions.iter().find(|one| one.event.as_str() == event)
    }
}

fn saying(said: &Option<Saying>) -> String {
    match said {
        None => "-".to_owned(),
        Some(Saying::Text(text)) => format!("={text}"),
        Some(Saying::Field(field)) => format!("${field}"),
    }
}

/// A name as releases and environments have them.
fn label(problems: &mut Problems, key: &str, text: &str) -> String {
    let strange = text.contains(['/', '\\', '@']) || text.chars().any(char::is_whitespace);
    if strange || matches!(text, "." | ".." | "None") {
        problems.say_at(key, "Sentry takes no name with a blank, /, \\ or @, and not the names . .. None");
    }
    problems.text(key, text, LONGEST)
}

fn error(problems: &mut Problems, event: &str, written: &WrittenError) -> Option<ErrorForm> {
    let event = problems.value(EventName::new(event));
    let kind = written.kind.as_deref().and_then(|text| said(problems, "type", text, LONGEST));
    let message = written.message.as_deref().and_then(|text| said(problems, "message", text, LONGEST_MESSAGE));
    Some(ErrorForm { event: event?, kind, message })
}

fn said(problems: &mut Problems, key: &str, text: &str, longest: usize) -> Option<Saying> {
    match word(text) {
        Word::Plain(plain) => Some(Saying::Text(problems.text(key, plain, longest))),
        Word::Reference(Reference::Field(field)) => problems.value_at(key, FieldName::new(field)).map(Saying::Field),
        Word::Reference(_) | Word::Unknown => {
            problems.say_at(key, format!("{text:?} is no text and no $field.NAME (write $$ for a dollar sign)"));
            None
        }
    }
}

fn session(problems: &mut Problems, event: &str, written: &WrittenSession) -> Option<SessionForm> {
    let event = problems.value(EventName::new(event));
    let duration = field(problems, "duration", written.duration.as_deref());
    let status = field(problems, "status", written.status.as_deref());
    let errors = field(problems, "errors", written.errors.as_deref());
    let means = problems.at("means", |problems| {
        let mean =
            |(value, means): (&str, &String)| Some((value.to_owned(), problems.choice(value, means, &Ended::WORDS)?));
        written.means.iter().filter_map(mean).collect()
    });
    Some(SessionForm { event: event?, duration, status, means, errors })
}

fn field(problems: &mut Problems, key: &str, text: Option<&str>) -> Option<FieldName> {
    match word(text?) {
        Word::Reference(Reference::Field(field)) => problems.value_at(key, FieldName::new(field)),
        Word::Plain(_) | Word::Reference(_) | Word::Unknown => {
            problems.say_at(key, format!("{:?} is no $field.NAME", text.unwrap_or_default()));
            None
        }
    }
}
