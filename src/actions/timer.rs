//! Timer: how a server flushes by its own clock, as units for systemd and as a line for cron.
//!
//! Promises: the texts run the same program on the same tool, home and manifest, whatever characters are in their names; the interval
//! and the jitter are the manifest's. Absent: installing them: who runs the server decides where they go.

use std::path::Path;

use crate::actions::context::{Context, Tool};
use crate::host::env::TELEMETRY_HOME;

/// Shortest interval of a timer, milliseconds: cron knows no shorter one, and a flush may take half of it.
const SHORTEST_MS: i64 = 60_000;

/// The texts of one tool's timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// Name of the service's unit.
    pub service_name: String,
    /// The service's unit.
    pub service: String,
    /// Name of the timer's unit.
    pub timer_name: String,
    /// The timer's unit.
    pub timer: String,
    /// The line for cron, which knows whole minutes, hours and days only.
    pub cron: String,
    /// Variables that may hold a yes, which a timer does not see unless it is given them.
    pub variables: Vec<String>,
}

/// The timer of `tool`, flushing with `program`; `minute` of an hour, and `hour` of a day, are drawn by who asks, so that servers do not
/// flush all at once where cron cannot draw them.
#[must_use]
pub fn timer(context: &Context, tool: &Tool, program: &Path, (hour, minute): (u64, u64)) -> Timer {
    let name = format!("telemetry-{}", tool.manifest.tool);
    let (interval, jitter) = (tool.manifest.schedule.timer_ms().max(SHORTEST_MS), tool.manifest.schedule.jitter_ms);
    let mut words =
        vec![program.display().to_string(), "--quiet".into(), "flush".into(), tool.manifest.tool.to_string()];
    if let (Some(manifest), Some(directory)) = (&context.manifest, &context.directory) {
        words.extend(["--manifest".into(), directory.join(manifest).display().to_string()]);
    }
    let home = context.env.text(TELEMETRY_HOME).map(|home| format!("{TELEMETRY_HOME}={home}"));
    let unit = |words: &[String]| words.iter().map(|word| for_systemd(word)).collect::<Vec<_>>().join(" ");
    let environment = home.iter().map(|home| format!("Environment={}\n", for_systemd(home))).collect::<String>();
    let yes = tool.manifest.variables.iter().filter(|variable| !variable.on.is_empty());
    Timer {
        service: format!(
            "[Unit]\nDescription=Send what waits of the telemetry of {tool}; nothing while it is off\n\
             Documentation=man:telemetry-flush(1)\n\n[Service]\nType=oneshot\n{environment}ExecStart={words}\n\
             # 3: not now, 4: partly done; the next run goes on.\nSuccessExitStatus=3 4\nTimeoutStartSec=90\nNice=10\n\
             NoNewPrivileges=yes\n",
            tool = tool.manifest.tool,
            words = unit(&words),
        ),
        timer: format!(
            "[Unit]\nDescription=When {name}.service runs\n\n[Timer]\nOnActiveSec={interval}\nOnUnitActiveSec={interval}\n\
             RandomizedDelaySec={jitter}\n\n[Install]\nWantedBy=timers.target\n",
            interval = seconds(interval),
            jitter = seconds(jitter),
        ),
        cron: format!(
            "{} {}",
            times(interval, hour, minute),
            home.into_iter().chain(words).map(|word| for_cron(&word)).collect::<Vec<_>>().join(" ")
        ),
        service_name: format!("{name}.service"),
        timer_name: format!("{name}.timer"),
        variables: yes.map(|variable| variable.name.clone()).collect(),
    }
}

fn seconds(ms: i64) -> String {
    format!("{}s", ms.div_euclid(1000))
}

/// Cron's five columns for an interval: every so many minutes, every so many hours, or once a day.
fn times(interval: i64, hour: u64, minute: u64) -> String {
    let minutes = interval.div_euclid(60_000).max(1);
    let hours = minutes.div_euclid(60);
    match (minutes, hours) {
        (1, _) => "* * * * *".to_owned(),
        (..60, _) => format!("*/{minutes} * * * *"),
        (_, 1) => format!("{minute} * * * *"),
        (_, ..24) => format!("{minute} */{hours} * * *"),
        (_, _) => format!("{minute} {hour} * * *"),
    }
}

/// A word of a unit's `ExecStart` or `Environment`: quoted, with what systemd would expand doubled.
fn for_systemd(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:+,@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '%' | '$' => quoted.extend([c, c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A word of a shell's line in a crontab, where `%` would end the line.
fn for_cron(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:+,@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    // An assignment's name stays bare, or it would be the name of a command.
    let (name, value) = word.split_once('=').filter(|(name, _)| *name == TELEMETRY_HOME).unwrap_or(("", word));
    let name = if name.is_empty() { String::new() } else { format!("{name}=") };
    format!("{name}'{}'", value.replace('\'', "'\\''")).replace('%', "\\%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cron_says_what_it_can() {
        for (minutes, wanted) in [
            (1, "* * * * *"),
            (15, "*/15 * * * *"),
            (60, "7 * * * *"),
            (90, "7 * * * *"),
            (360, "7 */6 * * *"),
            (1440, "7 5 * * *"),
            (10_080, "7 5 * * *"),
        ] {
            assert_eq!(times(minutes * 60_000, 5, 7), wanted, "{minutes}");
        }
    }

    #[test]
    fn words_are_quoted_where_they_have_to_be() {
        for (word, systemd, cron) in [
            ("/usr/bin/telemetry", "/usr/bin/telemetry", "/usr/bin/telemetry"),
            ("/a b", "\"/a b\"", "'/a b'"),
            ("50%$x", "\"50%%$$x\"", "'50\\%$x'"),
            ("it's", "\"it's\"", "'it'\\''s'"),
            ("a\"\\", "\"a\\\"\\\\\"", "'a\"\\'"),
            ("", "\"\"", "''"),
            ("TELEMETRY_HOME=/a b", "\"TELEMETRY_HOME=/a b\"", "TELEMETRY_HOME='/a b'"),
        ] {
            assert_eq!((for_systemd(word), for_cron(word)), (systemd.to_owned(), cron.to_owned()), "{word}");
        }
    }
}
