//! Reasons are a closed list with stable codes.
//!
//! Promises: a reason that is not told of here does not compile. Absent: which rule gives which (`consent`).

use std::collections::BTreeSet;

use telemetry::consent::reason::{Effect, Reason};
use telemetry::host::clock::Timestamp;
use telemetry::identity::names::ToolName;

use crate::consent::DROPPING;

/// Every reason, found by going from each to the next: a new one does not compile before it stands here.
fn reasons() -> Vec<Reason> {
    let text = || "x".to_owned();
    let next = |reason: &Reason| match reason {
        Reason::PolicyTool => Some(Reason::PolicyPurpose(text())),
        Reason::PolicyPurpose(_) => Some(Reason::PolicyDestination(text())),
        Reason::PolicyDestination(_) => Some(Reason::PolicyUnreadable(text())),
        Reason::PolicyUnreadable(_) => Some(Reason::DoNotTrack),
        Reason::DoNotTrack => Some(Reason::VariableOff(text())),
        Reason::VariableOff(_) => Some(Reason::VariableUndeclared(text())),
        Reason::VariableUndeclared(_) => Some(Reason::VariableUnfit(text(), text())),
        Reason::VariableUnfit(..) => Some(Reason::Ci(text())),
        Reason::Ci(_) => Some(Reason::UserNo),
        Reason::UserNo => Some(Reason::UserUnknown(text())),
        Reason::UserUnknown(_) => Some(Reason::ToolNo),
        Reason::ToolNo => Some(Reason::ToolUnknown(text())),
        Reason::ToolUnknown(_) => Some(Reason::ProfileNo),
        Reason::ProfileNo => Some(Reason::ProfileOther),
        Reason::ProfileOther => Some(Reason::ProfileSilent),
        Reason::ProfileSilent => Some(Reason::ProfileUnreadable(text())),
        Reason::ProfileUnreadable(_) => Some(Reason::HomeOfAnother),
        Reason::HomeOfAnother => Some(Reason::HomeUnknown(text())),
        Reason::HomeUnknown(_) => Some(Reason::ProjectNoId),
        Reason::ProjectNoId => Some(Reason::ProjectUnreadable(text())),
        Reason::ProjectUnreadable(_) => Some(Reason::ProjectGone),
        Reason::ProjectGone => Some(Reason::NoticePending),
        Reason::NoticePending => Some(Reason::AgreementUnreadable(text())),
        Reason::AgreementUnreadable(_) => Some(Reason::AgreementEvent(text())),
        Reason::AgreementEvent(_) => Some(Reason::AgreementPurpose(text())),
        Reason::AgreementPurpose(_) => Some(Reason::AgreementDestination(text())),
        Reason::AgreementDestination(_) => Some(Reason::NotAsked),
        Reason::NotAsked => Some(Reason::Local),
        Reason::Local => Some(Reason::RecordedLocal),
        Reason::RecordedLocal => Some(Reason::BeforeYes(Timestamp::from_ms(0))),
        Reason::BeforeYes(_) => Some(Reason::NoHome),
        Reason::NoHome => None,
    };
    std::iter::successors(Some(Reason::PolicyTool), next).collect()
}

#[test]
fn reasons_have_stable_codes_a_sentence_and_what_changes_them() {
    let reasons = reasons();
    let codes: Vec<&str> = reasons.iter().map(Reason::code).collect();
    let complete = "policy.tool policy.purpose policy.destination policy.unreadable do-not-track.set variable.off \
        variable.undeclared variable.unfit ci.detected user.no user.unknown marker.no marker.unknown profile.no profile.not-true \
        profile.silent profile.unreadable home.of-another home.unknown project.no-id project.unreadable project.gone \
        notice.pending agreement.unreadable agreement.event agreement.purpose agreement.destination consent.not-asked \
        mode.local recorded.local recorded.before-yes home.missing";
    assert_eq!(codes.join(" "), complete, "scripts go by these: add, never change");
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "each is one reason's");
    let tool = ToolName::new("acme").expect("a name");
    let sentences: BTreeSet<String> = reasons.iter().map(Reason::sentence).collect();
    assert_eq!(sentences.len(), reasons.len(), "each says something else");
    for reason in &reasons {
        let (sentence, change) = (reason.sentence(), reason.change(&tool));
        assert!(!sentence.is_empty() && !sentence.ends_with('.') && !change.is_empty(), "{reason:?}");
        assert_eq!(reason.effect() == Effect::Drop, DROPPING.contains(&reason.code()), "{reason:?}");
    }
}
