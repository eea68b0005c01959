//! Facts: what events carry about the machine and the installation.
//!
//! Promises: only what is asked for is gathered, so that a manifest without a fact pays nothing for it; what is not known is left out;
//! the host's name goes into a salted digest and nowhere else. Absent: the network; consent (`track` asks for what is agreed to).

use crate::actions::context::{Context, Tool};
use crate::actions::{salt, seen};
use crate::host::clock::Timestamp;
use crate::host::cloud::{self, Cloud};
use crate::host::facts::{self, Ci};
use crate::host::files::FileError;
use crate::host::time_zone;
use crate::manifest::events::Algorithm;
use crate::manifest::tool::Fact;
use crate::manifest::values;
use crate::payload::event::shortened;
use crate::payload::pseudonym::pseudonym;

/// Most runtimes that one tool names: a program in two languages has two.
const MOST_RUNTIMES: usize = 8;

/// What the tool's author tells, and this run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    /// The tool's version.
    pub version: Option<&'a str>,
    /// Its runtimes, joined.
    pub runtimes: Option<&'a str>,
    /// The CI it runs in.
    pub ci: Option<Ci>,
}

/// Why runtimes are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    /// Not a name and a version.
    #[error("{0:?} is not a runtime such as python/3.12.1: a name of a-z 0-9 _ -, a slash, a version")]
    Form(String),
    /// One name with two versions.
    #[error("the runtime {0} was given twice")]
    Twice(String),
    /// More than anybody needs.
    #[error("{0} runtimes were given, and at most {MOST_RUNTIMES} are told")]
    Many(usize),
}

/// Runtimes as one text: by name, with a space between, such as `node/22.1.0 python/3.12.1`; `None` of none.
///
/// # Errors
/// One is not of the form, stands twice, or there are too many.
pub fn runtimes<T: AsRef<str>>(given: &[T]) -> Result<Option<String>, RuntimeError> {
    let mut all = Vec::with_capacity(given.len());
    for text in given.iter().map(AsRef::as_ref) {
        all.push(values::runtime(text).ok_or_else(|| RuntimeError::Form(shortened(text)))?);
    }
    if all.len() > MOST_RUNTIMES {
        return Err(RuntimeError::Many(all.len()));
    }
    all.sort_unstable();
    let same = |pair: &&[(&str, &str)]| matches!(pair, [(one, _), (other, _)] if one == other);
    if let Some([(name, _), ..]) = all.windows(2).find(same) {
        return Err(RuntimeError::Twice((*name).to_owned()));
    }
    let all: Vec<String> = all.into_iter().map(|(name, version)| format!("{name}/{version}")).collect();
    Ok((!all.is_empty()).then(|| all.join(" ")))
}

/// Gathers `wanted`, in this order; what is needed for that, the salt and the day the tool was first seen, is made.
///
/// # Errors
/// What the installation keeps cannot be read or written.
pub fn gather(
    context: &Context,
    tool: &Tool,
    wanted: &[Fact],
    told: Told<'_>,
    now: Timestamp,
) -> Result<Vec<(Fact, String)>, FileError> {
    let today = now.date();
    let first = match wanted.iter().any(|fact| matches!(fact, Fact::FirstSeen | Fact::InitialVersion)) {
        true => seen::first(&tool.places, &today, told.version)?,
        false => None,
    };
    let machine = Machine::of(context, wanted);
    let mut gathered = Vec::with_capacity(wanted.len());
    for fact in wanted {
        let value = match fact {
            Fact::HostName => host_digest(&salt::ensure(tool)?),
            Fact::Runtime => told.runtimes.map(str::to_owned),
            Fact::Version => told.version.map(str::to_owned),
            Fact::InitialVersion => first.as_ref().and_then(|first| first.version().map(str::to_owned)),
            Fact::FirstSeen => first.as_ref().map(|first| first.day().to_owned()),
            Fact::LastSeen => Some(seen::last(&tool.places, &today)?),
            Fact::Ci => told.ci.map(|ci| ci.name.to_owned()),
            fact => machine.fact(*fact),
        };
        gathered.extend(value.map(|value| (*fact, value)));
    }
    Ok(gathered)
}

/// The facts as a preview shows them where nothing waits: the machine's own, and examples of the rest. Nothing is made; without a salt
/// it is not the host's name that is digested.
#[must_use]
pub fn example(context: &Context, tool: &Tool, salt: Option<&str>, now: Timestamp) -> Vec<(Fact, String)> {
    let wanted = &tool.manifest.facts;
    let machine = Machine::of(context, wanted);
    let mut shown = Vec::with_capacity(wanted.len());
    for fact in wanted {
        let value = match fact {
            Fact::HostName => match salt {
                Some(salt) => host_digest(salt),
                None => Some(pseudonym(Algorithm::Sha256, Some(&"0".repeat(64)), "example-host")),
            },
            Fact::Runtime => Some("example/0.0.0".to_owned()),
            Fact::Version | Fact::InitialVersion => Some("0.0.0".to_owned()),
            Fact::FirstSeen | Fact::LastSeen => Some(now.date()),
            Fact::Ci => None,
            fact => machine.fact(*fact),
        };
        shown.extend(value.map(|value| (*fact, value)));
    }
    shown
}

fn host_digest(salt: &str) -> Option<String> {
    facts::host_name().map(|name| pseudonym(Algorithm::Sha256, Some(salt), name.to_hash()))
}

/// Where facts of the machine alone come from.
struct Machine<'a> {
    context: &'a Context,
    /// Asked for once: it is two facts.
    cloud: Option<Cloud>,
}

impl<'a> Machine<'a> {
    fn of(context: &'a Context, wanted: &[Fact]) -> Self {
        let asked = wanted.iter().any(|fact| matches!(fact, Fact::Cloud | Fact::Region));
        let cloud = if asked { cloud::cloud(&context.env, context.paths.root()) } else { None };
        Self { context, cloud }
    }

    /// A fact of the machine alone; `None` where it is not known, and for all others.
    fn fact(&self, fact: Fact) -> Option<String> {
        match fact {
            Fact::Os => Some(facts::os().to_owned()),
            Fact::OsRelease => Some(facts::os_release()),
            Fact::Arch => Some(facts::arch().to_owned()),
            Fact::CpuCount => facts::cpu_count().map(|count| count.to_string()),
            Fact::MemoryGib => facts::memory_gib(self.context.paths.root()).map(|gib| gib.to_string()),
            Fact::TimeZone => time_zone::time_zone(&self.context.env, self.context.paths.root()),
            Fact::Cloud => self.cloud.as_ref().map(|cloud| cloud.name.to_owned()),
            Fact::Region => self.cloud.as_ref().and_then(|cloud| cloud.region.clone()),
            Fact::HostName
            | Fact::Runtime
            | Fact::Version
            | Fact::InitialVersion
            | Fact::FirstSeen
            | Fact::LastSeen
            | Fact::Ci => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_are_joined_by_name() {
        assert_eq!(runtimes(&[] as &[&str]), Ok(None));
        assert_eq!(runtimes(&["python/3.12.1"]).as_ref().map(Option::as_deref), Ok(Some("python/3.12.1")));
        let (one, other) = (runtimes(&["python/3.12.1", "node/v22.1.0"]), runtimes(&["node/v22.1.0", "python/3.12.1"]));
        assert_eq!(one, Ok(Some("node/v22.1.0 python/3.12.1".to_owned())));
        assert_eq!(one, other, "in whatever order they come");
        let long = format!("p{}/1", "y".repeat(32));
        for bad in [
            "",
            "python",
            "python/",
            "/3.12",
            "Python/3.12",
            "python/3.12/1",
            "3py/1",
            "py thon/3",
            "python/latest",
            &long,
        ] {
            assert!(matches!(runtimes(&["node/1", bad]), Err(RuntimeError::Form(_))), "{bad:?}");
        }
        assert_eq!(runtimes(&["node/1", "python/3", "node/2"]), Err(RuntimeError::Twice("node".to_owned())));
        assert_eq!(runtimes(&["node/1", "node/1"]), Err(RuntimeError::Twice("node".to_owned())));
        let many: Vec<String> = (0..9).map(|n| format!("r{n}/1")).collect();
        assert_eq!(runtimes(&many), Err(RuntimeError::Many(9)));
        assert!(runtimes(&many[..8]).is_ok());
        let endless = runtimes(&["x".repeat(100_000)]).expect_err("refused").to_string();
        assert!(endless.len() < 200, "{} bytes", endless.len());
    }
}
