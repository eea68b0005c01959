//! Reading what stands at many places at once, and how many items a sequence has.
//!
//! Promises: the same bounds as for one place; a key that stands twice anywhere is an error.
//!
//! Deliberately absent: merge keys (`<<`): what is merged stands elsewhere, and is found there.

use crate::settings::tree::{self, Tree};
use crate::settings::value::{ReadError, Scalar, Step};
use crate::settings::yaml::locate::lines_of;
use crate::settings::yaml::tree::{Duplicates, parse, text};

/// What stands at a path of which a step may be `*`, each with the line of its key or item. What is not there gives nothing.
pub fn gathered(source: &[u8], limit: usize, path: &[&str]) -> Result<Vec<(Scalar, Option<u32>)>, ReadError> {
    let found = tree::gathered(&parse(text(source, limit)?, Duplicates::Refused)?, path)?;
    let ways: Vec<&[Step]> = found.iter().map(|(_, way)| way.as_slice()).collect();
    let lines = lines_of(source, limit, &ways);
    Ok(found.into_iter().map(|(scalar, _)| scalar).zip(lines).collect())
}

/// The whole text as a tree, for a reader of one language in YAML. Merge keys stay as they are written.
pub(crate) fn whole(source: &[u8], limit: usize) -> Result<Tree<'static>, ReadError> {
    parse(text(source, limit)?, Duplicates::Refused)
}

/// How many items the sequence at `path` has; none where there is no sequence, or the text cannot be read.
pub fn length(source: &[u8], limit: usize, path: &[&str]) -> Option<usize> {
    let tree = parse(text(source, limit).ok()?, Duplicates::Refused).ok()?;
    tree::length(&tree, path)
}

#[cfg(test)]
mod tests {
    use crate::settings::value::{EditError, Refusal, Scalar, Value};
    use crate::settings::yaml::{LIMIT, fields, remove, set};

    const PROJECT: &str = "\
# our project
version: 1
default_environment: dev   # not prod
project_id: 0ac4  # ours
send_anonymous_usage_stats: true
env:
  SOME_NAME: 'x: y'
environments:
- name: dev
  config: &dev
    send_anonymous_usage_stats: false
    plugins: {extractors: [{name: tap-a, config: {k: \"v\"}}]}
- name: prod
  config:
    <<: *dev
    send_anonymous_usage_stats: no
plugins:
  extractors:
  - name: tap-a # c
    select: ['*.*', '!b.c']
";

    fn gathered(source: &[u8], path: &[&str]) -> Vec<(Scalar, Option<u32>)> {
        super::gathered(source, LIMIT, path).expect("readable")
    }

    #[test]
    fn many_values_are_gathered_with_their_lines() {
        let source = PROJECT.as_bytes();
        let dead = gathered(source, &["environments", "*", "config", "send_anonymous_usage_stats"]);
        assert_eq!(dead, [(Scalar::Bool(false), Some(11)), (Scalar::Text("no".into()), Some(16))]);
        let names = gathered(source, &["plugins", "*", "*", "name"]);
        assert_eq!(names, [(Scalar::Text("tap-a".into()), Some(19))]);
        assert_eq!(gathered(source, &["environments", "name"]), []);
        assert_eq!(super::length(source, LIMIT, &["environments"]), Some(2));
        assert_eq!(super::length(source, LIMIT, &["env"]), None);
        assert!(super::gathered(b"a: [", LIMIT, &["a", "*"]).is_err());
        assert!(super::gathered(b"a: 1\na: 2\n", LIMIT, &["a"]).is_err());
    }

    #[test]
    fn files_of_other_programs_are_changed_in_one_line() {
        for source in [PROJECT.to_owned(), PROJECT.replace('\n', "\r\n"), format!("\u{feff}{PROJECT}")] {
            let once = |from: &str, to: &str| source.replacen(from, to, 1).into_bytes();
            let off = Value::Bool(false);
            let set = |path: &[&str], value| set(source.as_bytes(), path, value);
            let end = if source.contains('\r') { "\r\n" } else { "\n" };
            let switch = "\nsend_anonymous_usage_stats: true";
            assert_eq!(
                set(&["send_anonymous_usage_stats"], &off),
                Ok(once(switch, "\nsend_anonymous_usage_stats: false"))
            );
            let added = format!("'x: y'{end}  MELTANO_X: 'false'");
            assert_eq!(set(&["env", "MELTANO_X"], &Value::Text("false")), Ok(once("'x: y'", &added)));
            let line = format!("project_id: 0ac4  # ours{end}");
            assert_eq!(remove(source.as_bytes(), &["project_id"]), Ok(once(&line, "")));
            for refused in [set(&["environments", "name"], &off), remove(source.as_bytes(), &["environments"])] {
                let Err(EditError::Refused { why, by_hand, .. }) = refused else { panic!("{refused:?}") };
                assert!(matches!(why, Refusal::NotAMapping | Refusal::NotAScalar) && !by_hand.is_empty(), "{why:?}");
            }
        }
        let profile = b"{user_id: 0123, anonymous_tracking: true} # made by hand\n";
        let quiet = set(profile, &["anonymous_tracking"], &Value::Bool(false)).expect("changed");
        assert_eq!(quiet, b"{user_id: 0123, anonymous_tracking: false} # made by hand\n");
        let nobody = set(&quiet, &["telemetry", "id"], &Value::Text("")).expect("changed");
        assert_eq!(nobody, b"{user_id: 0123, anonymous_tracking: false, telemetry: {id: ''}} # made by hand\n");
        assert!(fields(&nobody, LIMIT, &[]).is_ok());
    }
}
