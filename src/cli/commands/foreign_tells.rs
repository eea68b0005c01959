//! What is told of a foreign tool beside its switch: where it sends, how often, and where that stands.
//!
//! Promises: what cannot be read is said to be not known. Absent: printing.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::actions::foreign::look::Looked;
use crate::cli::commands::foreign_words::{place, shown};
use crate::manifest::foreign::components::Tell;
use crate::manifest::foreign::truths::Seen;

/// One of them.
#[derive(PartialEq, Serialize)]
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) place: Option<String>,
    pub(crate) why: Option<String>,
}

/// Each by its name, in a line; one reason is told once.
pub(crate) fn lines(settings: &[Setting]) -> Vec<(&str, String)> {
    let mut whys = BTreeSet::new();
    let mut said = |one: &'_ Setting| {
        let place = one.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        match (&one.value, &one.why) {
            (Some(value), _) => format!("{value}{place}"),
            (None, Some(why)) if whys.insert(why.clone()) => format!("not known: {why}"),
            (None, _) => "not known".to_owned(),
        }
    };
    settings.iter().map(|one| (one.name.as_str(), said(one))).collect()
}

/// What is told beside the switch.
pub(crate) fn tells(looked: &Looked) -> Vec<Setting> {
    let may = looked.foreign.tells.iter().filter(|tell| looked.installed.may_be_in(&tell.versions));
    let one = |tell: &Tell| {
        let there = tell.from.iter().map(|source| (source, looked.at(source)));
        let mut there = there.filter(|(_, seen)| seen.is_there() || matches!(seen, Seen::Broken(_)));
        let (value, place, why) = match there.next() {
            Some((source, Seen::Broken(why))) => (None, Some(place(looked, source)), Some(why)),
            Some((source, seen)) => (shown(&seen), Some(place(looked, source)), None),
            None => (tell.usual.clone(), None, None),
        };
        // What stands somewhere holds in every version.
        let open = place.is_none() && looked.installed.version.is_none() && !tell.versions.is_all();
        let value = value.map(|value| if open { format!("{value} ({})", tell.versions) } else { value });
        (value.is_some() || why.is_some()).then(|| Setting { name: tell.name.clone(), value, place, why })
    };
    let mut all: Vec<Setting> = may.filter_map(one).collect();
    all.dedup();
    all
}
