//! Switches: variables that say on or off.
//!
//! Promises: a value means one thing, and on only where somebody can only have meant this tool. Absent: reading a variable.

use crate::manifest::problem::Problems;
use crate::manifest::switches::{Variable, is_variable};
use crate::manifest::written::switches::{WrittenSwitches, WrittenVariable};

/// Longest value, characters.
const LONGEST: usize = 128;
/// Variables that are set for other reasons than to say yes to a tool.
const OTHERS: &[&str] =
    &["CI", "DO_NOT_TRACK", "HOME", "HOSTNAME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TZ", "USER"];

/// The variables of `switches`.
pub(super) fn variables(problems: &mut Problems, written: Option<&WrittenSwitches>) -> Vec<Variable> {
    let Some(WrittenSwitches { environment, layers, components, .. }) = written else { return Vec::new() };
    if environment.is_empty() && layers.is_empty() && components.is_empty() {
        problems.say("it lists neither environment, the variables of a tool, nor layers, the switches of somebody else's program");
    }
    problems.at("environment", |problems| {
        for (index, one) in environment.iter().enumerate() {
            let twice = environment.iter().take(index).any(|before| before.name == one.name);
            problems.at_item(index, |problems| variable(problems, one, twice));
        }
    });
    let all = environment.iter().cloned();
    all.map(|WrittenVariable { name, on, off }| Variable { name, on, off }).collect()
}

fn variable(problems: &mut Problems, one: &WrittenVariable, twice: bool) {
    let name = &one.name;
    if !is_variable(name) {
        problems.say_at(
            "name",
            format!("{name:?} is not the name of a variable: letters, digits and _, no digit first, 128 at most"),
        );
    }
    if twice {
        problems.say_at("name", format!("{name:?} stands twice"));
    }
    if one.off.is_empty() {
        problems.say(format!("{name} has no value that means off"));
    }
    if !one.on.is_empty() && (OTHERS.contains(&name.as_str()) || name.starts_with("TELEMETRY_")) {
        problems.say_at("on", format!("{name} is set for other reasons, so no value of it means on"));
    }
    for (key, values) in [("on", &one.on), ("off", &one.off)] {
        problems.at(key, |problems| {
            problems.once(values);
            for (index, value) in values.iter().enumerate() {
                problems.at_item(index, |problems| problems.plain(value, LONGEST));
            }
        });
    }
    for (index, value) in one.on.iter().enumerate() {
        let what = if value.is_empty() {
            "an empty value cannot mean on".to_owned()
        } else if one.off.contains(value) {
            format!("{name} means both on and off when it is {value:?}")
        } else {
            continue;
        };
        problems.at("on", |problems| problems.at_item(index, |problems| problems.say(what)));
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::tests::hold;

    #[test]
    fn problems_of_switches() {
        hold(&[
            (
                "name: ACME_TELEMETRY",
                "name: 1ST",
                &[
                    "line 11: switches.environment[0].name: \"1ST\" is not the name of a variable: letters, digits and _, no digit first, 128 at most",
                ],
            ),
            (
                "name: ACME_QUIET",
                "name: ACME_TELEMETRY",
                &["line 14: switches.environment[1].name: \"ACME_TELEMETRY\" stands twice"],
            ),
            (
                "      off: ['1']",
                "      off:",
                &["line 14: switches.environment[1]: ACME_QUIET has no value that means off"],
            ),
            (
                "off: [no, '0']",
                "off:\n        - no\n        - yes",
                &["line 12: switches.environment[0].on[0]: ACME_TELEMETRY means both on and off when it is \"yes\""],
            ),
            (
                "on: [yes, '1']",
                "on: [yes, '1',\n        '1']",
                &["line 13: switches.environment[0].on[2]: \"1\" stands twice"],
            ),
            (
                "on: [yes, '1']",
                "on: [yes, '']",
                &["line 12: switches.environment[0].on[1]: an empty value cannot mean on"],
            ),
            (
                "off: ['1']",
                "off: ['', \"\\x07\"]",
                &["line 15: switches.environment[1].off[1]: it has control characters"],
            ),
            (
                "name: ACME_TELEMETRY",
                "name: DO_NOT_TRACK",
                &[
                    "line 12: switches.environment[0].on: DO_NOT_TRACK is set for other reasons, so no value of it means on",
                ],
            ),
            ("name: ACME_QUIET", "name: DO_NOT_TRACK", &[]),
            (
                "name: ACME_TELEMETRY",
                "name: TELEMETRY_TOOL",
                &[
                    "line 12: switches.environment[0].on: TELEMETRY_TOOL is set for other reasons, so no value of it means on",
                ],
            ),
            (
                "    - name: ACME_TELEMETRY\n      on: [yes, '1']\n      off: [no, '0']\n    - name: ACME_QUIET\n      off: ['1']\n",
                "",
                &[
                    "line 9: switches: it lists neither environment, the variables of a tool, nor layers, the switches of somebody else's program",
                ],
            ),
        ]);
    }
}
