//! The name of the machine's time zone, such as `Europe/Berlin`.
//!
//! Promises: what is given has the form of a name in the IANA database: an area of the list here with a place in it, or one of the
//! old names that stand alone. Anything else that `TZ` or a file may hold is no name. Absent: offsets, and reading the zones themselves.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::host::env::{Env, TZ, Var};
use crate::host::files;

/// Areas of the IANA database, with those of its file `backward`.
const AREAS: &[&str] = &[
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Etc",
    "Europe",
    "Indian",
    "Mexico",
    "Pacific",
    "US",
];
/// Names that stand alone.
const ALONE: &str = "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland \
    Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey \
    UCT UTC Universal W-SU WET Zulu";
/// Longest name, bytes: the longest there is has 32.
const LONGEST: usize = 40;
/// Largest `/etc/timezone`, bytes.
const LIMIT: usize = 256;
/// Where the C library looks without `TZ`.
const LOCALTIME: &str = "etc/localtime";

/// The time zone's name: of `TZ`, else of what `/etc/localtime` leads to, else of `/etc/timezone`; files lie below `root`.
#[must_use]
pub fn time_zone(env: &Env, root: &Path) -> Option<String> {
    match env.get(TZ) {
        // By POSIX an empty one means UTC.
        Var::Text("") => Some("UTC".to_owned()),
        Var::Text(text) => match text.strip_prefix(':').unwrap_or(text) {
            "/etc/localtime" => of_files(root),
            text => named(text),
        },
        Var::NotText => None,
        Var::Unset => of_files(root),
    }
}

fn of_files(root: &Path) -> Option<String> {
    match fs::read_link(root.join(LOCALTIME)) {
        Ok(target) => named(target.to_str()?),
        // Without that file the C library takes UTC (localtime(5)).
        Err(error) if error.kind() == ErrorKind::NotFound => of_debian(root).or_else(|| Some("UTC".to_owned())),
        Err(_) => of_debian(root),
    }
}

fn of_debian(root: &Path) -> Option<String> {
    let bytes = files::read(&root.join("etc/timezone"), LIMIT).ok()??;
    named(std::str::from_utf8(&bytes).ok()?.lines().next()?.trim())
}

/// The name that a text is, or that a path of the database ends in.
fn named(text: &str) -> Option<String> {
    let name = match text.split_once("zoneinfo/") {
        Some((_, name)) => name.strip_prefix("posix/").or_else(|| name.strip_prefix("right/")).unwrap_or(name),
        None => text,
    };
    is_name(name).then(|| name.to_owned())
}

fn is_name(name: &str) -> bool {
    let mut parts = name.split('/');
    let area = parts.next().unwrap_or_default();
    let places: Vec<&str> = parts.collect();
    match places.as_slice() {
        [] => ALONE.split_whitespace().any(|alone| alone == name),
        // Such as America/Argentina/Buenos_Aires.
        [_] | [_, _] => name.len() <= LONGEST && AREAS.contains(&area) && places.iter().all(|place| is_place(place)),
        [_, _, _, ..] => false,
    }
}

fn is_place(place: &str) -> bool {
    place.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
        && place.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn by_variable(value: &str) -> Option<String> {
        let nothing = tempfile::tempdir().expect("a temporary folder");
        time_zone(&Env::of([("TZ", value)]), nothing.path())
    }

    #[test]
    fn a_variable_gives_a_name_or_nothing() {
        for (value, expected) in [
            ("Europe/Berlin", Some("Europe/Berlin")),
            (":Europe/Berlin", Some("Europe/Berlin")),
            ("America/Argentina/Buenos_Aires", Some("America/Argentina/Buenos_Aires")),
            ("America/Port-au-Prince", Some("America/Port-au-Prince")),
            ("Etc/GMT+5", Some("Etc/GMT+5")),
            ("UTC", Some("UTC")),
            ("", Some("UTC")),
            (":/usr/share/zoneinfo/posix/Asia/Tokyo", Some("Asia/Tokyo")),
            // A rule is no name, and neither is what somebody wrote there.
            ("CET-1CEST,M3.5.0,M10.5.0/3", None),
            ("ada", None),
            ("Ada/Lovelace", None),
            ("Europe/", None),
            ("Europe/ada", None),
            ("Europe/Ada Lovelace", None),
            ("Europe/../../home/ada", None),
            ("Europe/A/B/C", None),
            ("Europe/Berlin\u{1b}[31m", None),
            ("/home/ada/zone", None),
        ] {
            assert_eq!(by_variable(value).as_deref(), expected, "{value:?}");
        }
        assert_eq!(by_variable(&format!("Europe/B{}", "e".repeat(40))), None);
    }

    #[test]
    fn files_give_it_where_no_variable_does() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let etc = root.path().join("etc");
        fs::create_dir(&etc).expect("a folder");
        let zone = |env: &[(&str, &str)]| time_zone(&Env::of(env.iter().copied()), root.path());
        assert_eq!(zone(&[]).as_deref(), Some("UTC"), "nothing is set up");
        fs::write(etc.join("timezone"), "Europe/Paris\n").expect("a file");
        assert_eq!(zone(&[]).as_deref(), Some("Europe/Paris"));
        symlink("/var/db/timezone/zoneinfo/Europe/Oslo", etc.join("localtime")).expect("a link");
        assert_eq!(zone(&[]).as_deref(), Some("Europe/Oslo"), "the link counts for more");
        assert_eq!(zone(&[("TZ", ":/etc/localtime")]).as_deref(), Some("Europe/Oslo"));
        assert_eq!(zone(&[("TZ", "XYZ3")]), None, "the variable counts, also where it names nothing");
        fs::remove_file(etc.join("localtime")).expect("gone");
        fs::write(etc.join("localtime"), "TZif").expect("a copy");
        assert_eq!(zone(&[]).as_deref(), Some("Europe/Paris"), "a copy has no name");
        fs::write(etc.join("timezone"), "ada's house\n").expect("a file");
        assert_eq!(zone(&[]), None);
    }
}
