//! What starts programs: units as systemd reads them, files of Compose, `docker run`, and what they tell a Java machine.
//!
//! Promises: systemd's verdicts are its own (`tests/interop/units.rs` makes them); what the machine obeys is what Java 17 does. Absent: both.

use crate::sandbox::units::{Verdicts, difference, names, path};

#[test]
fn units_are_read_as_systemd_reads_them() {
    let kept = std::fs::read_to_string(path("verdicts.json")).expect("verdicts");
    let verdicts: Verdicts = serde_json::from_str(&kept).expect("verdicts");
    assert_eq!(verdicts.keys().cloned().collect::<Vec<_>>(), names());
    let troubles: Vec<String> =
        verdicts.iter().filter_map(|(name, verdict)| difference(name, verdict.as_ref())).collect();
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    assert!(verdicts.values().flatten().map(|unit| unit.environment.len()).sum::<usize>() > 30);
}
