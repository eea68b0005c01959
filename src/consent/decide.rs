//! `decide`: from facts and a question to a decision. Pure.
//!
//! Every source is asked, in order; each answers no, no opinion or yes; any no wins; an error is a no; else, under opt-in
//! without a yes, no; else yes.
//!
//! Promises: what cannot be read as exactly a yes is never one; a [`Permit`] comes from here only, for one destination.
//! Absent: the clock, the disk, the environment.

use std::path::Path;

use crate::consent::agreement::{self, Agreement, How};
use crate::consent::answer::{Answer, Place, Question, Says, Withheld};
use crate::consent::facts::{Asked, DoNotTrack, Facts, Home};
use crate::consent::policy::Policy;
use crate::consent::reason::{Effect, Reason, Source};
use crate::identity::names::DestinationName;
use crate::identity::profile::{Profile, Tracking};
use crate::identity::project::Word;
use crate::manifest::declaration::{EVENT, FACT, ID, fact_key, field_key, id_key};
use crate::manifest::forms::follow::Against;
use crate::manifest::switches::Said;
use crate::manifest::tool::{CiRule, Consent};

/// A decision with everything that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    answers: Vec<Answer>,
    withheld: Withheld,
    local: bool,
    destination: Option<DestinationName>,
}

/// Leave to send to one destination, made by [`Decision::permit`] only.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    destination: DestinationName,
}

impl Permit {
    /// The destination that may be sent to.
    #[must_use]
    pub fn destination(&self) -> &DestinationName {
        &self.destination
    }
}

impl Decision {
    /// Whether the answer is yes. A local collection is a yes to recording and a no to every destination.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        self.reason().is_none()
    }

    /// Whether what is recorded now may never be sent.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.local
    }

    /// The answers of all sources, in order.
    #[must_use]
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// The answer that won, when it is no: the first no.
    #[must_use]
    pub fn deciding(&self) -> Option<&Answer> {
        self.answers.iter().find(|answer| matches!(answer.says, Says::No(_)))
    }

    /// Why the answer is no.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        self.reasons().next()
    }

    /// Every reason for a no, in the order of the sources.
    pub fn reasons(&self) -> impl Iterator<Item = &Reason> {
        self.answers.iter().filter_map(|answer| match &answer.says {
            Says::No(reason) => Some(reason),
            Says::NoOpinion | Says::Yes => None,
        })
    }

    /// What the no does to events that wait: of several, the strongest.
    #[must_use]
    pub fn effect(&self) -> Option<Effect> {
        self.reasons().map(Reason::effect).max()
    }

    /// The first reason for which events that wait are dropped.
    #[must_use]
    pub fn dropping(&self) -> Option<&Reason> {
        self.reasons().find(|reason| reason.effect() == Effect::Drop)
    }

    /// What is left out although the answer is yes.
    #[must_use]
    pub fn withheld(&self) -> &Withheld {
        &self.withheld
    }

    /// Leave to send, if the question named a destination and the answer is yes.
    #[must_use]
    pub fn permit(&self) -> Option<Permit> {
        let destination = self.destination.clone()?;
        self.is_yes().then_some(Permit { destination })
    }
}

/// Decides.
#[must_use]
pub fn decide(facts: &Facts, question: Question<'_>) -> Decision {
    let yes = Consenting::of(facts);
    let answers = Source::ALL
        .into_iter()
        .map(|source| {
            let (says, place) = match source {
                Source::Policy => (policy(facts, question), policy_place(facts)),
                Source::DoNotTrack => do_not_track(facts),
                Source::Variables => variables(facts, question),
                Source::Ci => ci(facts, question),
                Source::NoForAll => {
                    asked(&facts.no_for_all, &facts.shown.no_for_all, Reason::UserNo, Reason::UserUnknown)
                }
                Source::Marker => asked(&facts.marker, &facts.shown.marker, Reason::ToolNo, Reason::ToolUnknown),
                Source::Profile => profile(facts, question),
                Source::Project => project(facts),
                Source::Notice => notice(facts, question, yes),
                Source::Agreement => {
                    (agreement(facts, question), given(facts).and_then(|_| file(&facts.shown.agreement)))
                }
                Source::Consent => (consent(question, yes), None),
            };
            Answer { source, says, place }
        })
        .collect();
    let local = matches!(&facts.profile, Profile::Present(contents) if contents.local);
    let destination = question.destination.map(|destination| destination.name.clone());
    Decision { answers, withheld: withheld(facts, question), local, destination }
}

/// What amounts to a yes, and to having been told.
#[derive(Clone, Copy)]
struct Consenting {
    yes: bool,
    told: bool,
}

impl Consenting {
    fn of(facts: &Facts) -> Self {
        let variable = facts.variables.iter().any(|(_, said)| *said == Said::On);
        let how = given(facts).map(|agreement| agreement.how);
        Self {
            yes: variable || how == Some(How::Enable),
            told: variable || matches!(how, Some(How::Enable | How::Notice | How::Log)),
        }
    }
}

fn given(facts: &Facts) -> Option<&Agreement> {
    match &facts.agreement {
        agreement::State::Given(agreement) => Some(agreement),
        agreement::State::Absent | agreement::State::Unreadable(_) => None,
    }
}

fn file(path: &Path) -> Option<Place> {
    Some(Place::File(path.to_path_buf(), None))
}

fn policy(facts: &Facts, question: Question<'_>) -> Says {
    let allowed = match &facts.policy {
        Policy::Absent => return Says::NoOpinion,
        Policy::Unreadable { why, .. } => return Says::No(Reason::PolicyUnreadable(why.clone())),
        Policy::Allows(allowed) => allowed,
    };
    if !allowed.tool(question.manifest.tool.as_str()) {
        return Says::No(Reason::PolicyTool);
    }
    if let Some(event) = question.event.filter(|event| !allowed.purpose(event.purpose.as_str())) {
        return Says::No(Reason::PolicyPurpose(event.purpose.to_string()));
    }
    if let Some(destination) = question.destination {
        let (origin, address) = (destination.address.origin(), destination.address.shown());
        if !allowed.destination(&origin, &address) {
            return Says::No(Reason::PolicyDestination(address));
        }
    }
    Says::NoOpinion
}

fn policy_place(facts: &Facts) -> Option<Place> {
    match &facts.policy {
        Policy::Absent => None,
        Policy::Allows(_) => file(&facts.shown.policy),
        Policy::Unreadable { line, .. } => Some(Place::File(facts.shown.policy.clone(), *line)),
    }
}

fn do_not_track(facts: &Facts) -> (Says, Option<Place>) {
    let place = Some(Place::Variable(crate::host::env::DO_NOT_TRACK.to_owned()));
    match facts.do_not_track {
        DoNotTrack::Silent => (Says::NoOpinion, None),
        DoNotTrack::Set => (Says::No(Reason::DoNotTrack), place),
    }
}

fn variables(facts: &Facts, question: Question<'_>) -> (Says, Option<Place>) {
    let said = |wanted: &[Said]| facts.variables.iter().find(|(_, said)| wanted.contains(said));
    if let Some((name, said)) = said(&[Said::Off, Said::Undeclared]) {
        let name = name.clone();
        let place = Some(Place::Variable(name.clone()));
        let off = *said == Said::Off;
        return (Says::No(if off { Reason::VariableOff(name) } else { Reason::VariableUndeclared(name) }), place);
    }
    let following = question.destination.and_then(|destination| destination.form.speech.following());
    match following.and_then(|following| following.against.as_ref()) {
        Some(Against::Off(name)) => {
            let name = (*name).to_owned();
            return (Says::No(Reason::VariableOff(name.clone())), Some(Place::Variable(name)));
        }
        Some(Against::Unfit(name, why)) => {
            let name = (*name).to_owned();
            return (Says::No(Reason::VariableUnfit(name.clone(), why.clone())), Some(Place::Variable(name)));
        }
        None => {}
    }
    match said(&[Said::On]) {
        Some((name, _)) => (Says::Yes, Some(Place::Variable(name.clone()))),
        None => (Says::NoOpinion, None),
    }
}

fn ci(facts: &Facts, question: Question<'_>) -> (Says, Option<Place>) {
    match (facts.ci, question.manifest.ci) {
        (None, _) => (Says::NoOpinion, None),
        (Some(ci), CiRule::Tag) => (Says::NoOpinion, Some(Place::Variable(ci.variable.to_owned()))),
        (Some(ci), CiRule::No) => {
            (Says::No(Reason::Ci(ci.variable.to_owned())), Some(Place::Variable(ci.variable.to_owned())))
        }
    }
}

fn asked(asked: &Asked, path: &Path, there: Reason, unknown: impl FnOnce(String) -> Reason) -> (Says, Option<Place>) {
    match asked {
        Asked::Absent => (Says::NoOpinion, None),
        Asked::There => (Says::No(there), file(path)),
        Asked::Unknown(why) => (Says::No(unknown(why.clone())), file(path)),
    }
}

fn profile(facts: &Facts, question: Question<'_>) -> (Says, Option<Place>) {
    match &facts.home {
        Home::Ours => {}
        Home::OfAnother => return (Says::No(Reason::HomeOfAnother), file(&facts.shown.home)),
        Home::Unknown(why) => return (Says::No(Reason::HomeUnknown(why.clone())), file(&facts.shown.home)),
    }
    let at = |line| Some(Place::File(facts.shown.profile.clone(), line));
    let contents = match &facts.profile {
        Profile::Absent => return (Says::NoOpinion, None),
        Profile::Unreadable(unreadable) => {
            return (Says::No(Reason::ProfileUnreadable(unreadable.why.clone())), at(unreadable.line));
        }
        Profile::Present(contents) => contents,
    };
    match contents.tracking {
        Tracking::False(line) => (Says::No(Reason::ProfileNo), at(line)),
        Tracking::Other(line) => (Says::No(Reason::ProfileOther), at(line)),
        Tracking::Missing => (Says::No(Reason::ProfileSilent), at(None)),
        Tracking::True if contents.local && question.destination.is_some() => (Says::No(Reason::Local), at(None)),
        Tracking::True => (Says::NoOpinion, at(None)),
    }
}

fn project(facts: &Facts) -> (Says, Option<Place>) {
    let Some((project, word)) = &facts.project else { return (Says::NoOpinion, None) };
    let at = |line| Some(Place::File(project.config().to_path_buf(), line));
    match word {
        Word::Id(_) => (Says::NoOpinion, at(None)),
        Word::NoId(line) => (Says::No(Reason::ProjectNoId), at(*line)),
        Word::Unreadable { why, line } => (Says::No(Reason::ProjectUnreadable(why.clone())), at(*line)),
        Word::Gone => (Says::No(Reason::ProjectGone), at(None)),
    }
}

fn notice(facts: &Facts, question: Question<'_>, consenting: Consenting) -> (Says, Option<Place>) {
    match (&facts.agreement, question.manifest.consent) {
        (agreement::State::Unreadable(why), _) => {
            (Says::No(Reason::AgreementUnreadable(why.clone())), file(&facts.shown.agreement))
        }
        _ if consenting.told => (Says::NoOpinion, None),
        (_, Consent::OptIn) => (Says::No(Reason::NotAsked), None),
        (_, Consent::OptOut) => (Says::No(Reason::NoticePending), None),
    }
}

fn agreement(facts: &Facts, question: Question<'_>) -> Says {
    if let (Some(recorded), Some(withdrawn)) = (question.recorded, facts.withdrawn)
        && recorded < withdrawn
    {
        return Says::No(Reason::BeforeYes(withdrawn));
    }
    let Some(agreement) = given(facts) else { return Says::NoOpinion };
    let declaration = &agreement.declaration;
    if let Some(event) = question.event {
        if !declaration.covers(&field_key(event.name.as_str(), ""), EVENT) {
            return Says::No(Reason::AgreementEvent(event.name.to_string()));
        }
        if !declaration.purposes.contains(event.purpose.as_str()) {
            return Says::No(Reason::AgreementPurpose(event.purpose.to_string()));
        }
    }
    if let Some(destination) = question.destination {
        let address = destination.declared();
        if declaration.destinations.get(destination.name.as_str()) != Some(&address) {
            return Says::No(Reason::AgreementDestination(address));
        }
    }
    match question.recorded {
        Some(recorded) if recorded < agreement.since => Says::No(Reason::BeforeYes(agreement.since)),
        Some(_) | None => {
            if agreement.how == How::Enable {
                Says::Yes
            } else {
                Says::NoOpinion
            }
        }
    }
}

fn consent(question: Question<'_>, consenting: Consenting) -> Says {
    match question.manifest.consent {
        Consent::OptIn if !consenting.yes => Says::No(Reason::NotAsked),
        Consent::OptIn | Consent::OptOut => Says::NoOpinion,
    }
}

/// Fields, facts and ids that were not agreed to, or whose own purpose is not agreed to or not allowed.
fn withheld(facts: &Facts, question: Question<'_>) -> Withheld {
    let mut withheld = Withheld::default();
    let declaration = given(facts).map(|agreement| &agreement.declaration);
    let agreed = |key: &str, exactness: &str| declaration.is_none_or(|declaration| declaration.covers(key, exactness));
    let may = |purpose: &str| {
        let allowed = !matches!(&facts.policy, Policy::Allows(allowed) if !allowed.purpose(purpose));
        allowed && declaration.is_none_or(|declaration| declaration.purposes.contains(purpose))
    };
    if let Some(event) = question.event {
        for field in event.all_fields() {
            let purpose_ok = field.purpose.as_ref().is_none_or(|purpose| may(purpose.as_str()));
            if !purpose_ok || !agreed(&field_key(event.name.as_str(), field.name.as_str()), &field.kind.exactness()) {
                withheld.fields.push(field.name.clone());
            }
        }
    }
    withheld.facts.extend(question.manifest.facts.iter().filter(|fact| !agreed(&fact_key(fact.as_str()), FACT)));
    withheld.ids.extend(question.manifest.ids.iter().filter(|id| !agreed(&id_key(id.as_str()), ID)));
    withheld
}
