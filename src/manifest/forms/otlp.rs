//! Options of protocol `otlp`: what the service is called, and whether the operator's variables are followed.
//!
//! Promises: nothing is followed unless the manifest says so. Absent: reading variables (`manifest/follow.rs`).

use crate::manifest::forms::follow::Following;
use crate::manifest::problem::Problems;
use crate::manifest::written::destination::WrittenDestination;

/// Longest name of a service, characters: as people see it in a table.
const LONGEST_APP: usize = 100;

/// Options of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtlpForm {
    /// `service.name`; the tool's name without it.
    pub app: Option<String>,
    /// What the variables of OpenTelemetry say, where they are followed.
    pub follow: Option<Following>,
}

impl OtlpForm {
    /// Reads them.
    pub(crate) fn read(problems: &mut Problems, written: &WrittenDestination) -> Option<Self> {
        let app = written.app.as_deref().map(|app| problems.text("app", app, LONGEST_APP));
        let follow = match &written.follow {
            None => None,
            Some(word) => {
                if written.file.is_some() {
                    problems.say_at("follow", "it means nothing for a file");
                }
                Some(problems.choice("follow", word, &[("otel", ())]).map(|()| Following::default())?)
            }
        };
        Some(Self { app, follow })
    }

    /// They as texts, to be told from any others. What is followed changes the address, the headers and the packing, which are
    /// told from others anyway.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        self.app.iter().map(|app| format!("app {app}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse::tests::hold;

    #[test]
    fn problems_of_its_keys() {
        let web = "    protocol: json\n    method: PUT\n    headers: {X-Key: abc}\n    batch: single\n    document:\n      who: $user_id\n      what: [$event, $field.count, $fact.os]\n";
        let with = |keys: &str| -> &'static str { Box::leak(format!("    protocol: otlp\n{keys}").into_boxed_str()) };
        hold(&[
            (
                web,
                with("    app: Acme CLI\n    follow: otel\n    compression: gzip\n    names: {run: com.acme.run}\n"),
                &[],
            ),
            (
                web,
                with("    follow: env\n    app: ' '\n    batch: array\n    names: {beta: b}\n"),
                &[
                    "line 57: destinations.web.follow: \"env\" is not one of: otel",
                    "line 58: destinations.web.app: it is empty",
                    "line 59: destinations.web.batch: it means nothing for the protocol otlp",
                    "line 60: destinations.web.names.beta: no event of this name goes there",
                ],
            ),
            (
                "    file: events.jsonl\n    batch: lines\ndeletion:\n  - endpoint: https://t.acme.example/delete\n",
                "    url: https://o.example\n    protocol: otlp\n    follow: otel\ndeletion:\n  - event: disk\n",
                &["line 68: deletion[0].event: it follows variables, so that an order could go where no event went"],
            ),
            (
                "    file: events.jsonl\n    batch: lines\n",
                "    file: events.jsonl\n    protocol: otlp\n    follow: otel\n",
                &["line 66: destinations.disk.follow: it means nothing for a file"],
            ),
            (
                "batch: lines",
                "follow: otel\n    app: Acme",
                &[
                    "line 65: destinations.disk.follow: it means nothing for the protocol json",
                    "line 66: destinations.disk.app: it means nothing for the protocol json",
                ],
            ),
            (
                "    purpose: product\ndestinations:\n  web:\n    url: https://t.acme.example/v1\n    protocol: json\n    method: PUT\n    headers: {X-Key: abc}\n    batch: single\n    document:\n      who: $user_id\n      what: [$event, $field.count, $fact.os]\n",
                "    purpose: product\n    destinations: [web]\n    fields: {log.record.uid: {type: boolean, description: Id}}\ndestinations:\n  web:\n    url: https://t.acme.example/v1\n    protocol: otlp\n",
                &[
                    "line 54: events.beat.fields.log.record.uid: the protocol otlp, in which web is told, has this name for something else",
                ],
            ),
        ]);
    }
}
