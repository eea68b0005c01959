//! What systemd lays over a unit: the drop-ins of its own name, of the names by which it is linked, of its template, of the beginnings of its
//! name up to a dash, and of every service.
//!
//! Promises: what is laid over and cannot be read is an error. Absent: what stands in them (`settings::unit`).

use std::path::{Path, PathBuf};

use crate::actions::foreign::places::LIMIT;
use crate::host::{files, standing};

/// Where systemd looks for units, and for what is laid over them: the last wins.
const UNITS: [&str; 4] =
    ["/lib/systemd/system", "/usr/lib/systemd/system", "/run/systemd/system", "/etc/systemd/system"];

/// The texts of what is laid over a unit, in the order in which they count: those beside it, and for one of this machine's in the other
/// places of units.
///
/// # Errors
/// One of them cannot be read.
pub fn drop_ins(path: &Path, name: &str) -> Result<Vec<Vec<u8>>, String> {
    let beside = path.parent().unwrap_or(Path::new("/"));
    let mut places: Vec<PathBuf> = Vec::new();
    if UNITS.iter().any(|place| beside == Path::new(place)) {
        places.extend(UNITS.iter().map(PathBuf::from));
    } else {
        places.push(beside.to_path_buf());
    }
    let real = standing::real(path);
    let elsewhere =
        real.as_deref().and_then(Path::parent).filter(|folder| standing::real(beside).as_deref() != Some(*folder));
    // What a link leads to is weaker than what lies beside the link.
    places.splice(0..0, elsewhere.map(Path::to_path_buf));
    let mut names = vec![name.to_owned()];
    names.extend(real.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()));
    let mut found: Vec<(String, usize, usize, PathBuf)> = Vec::new();
    for (place, folder) in places.iter().enumerate().filter(|(_, folder)| files::is_folder(folder)) {
        for entry in files::list(folder).map_err(|error| error.to_string())? {
            let Some(of) = entry.strip_suffix(".d") else { continue };
            if is_instance(name, of) {
                return Err(format!("{entry} beside it lies over one of its instances, which were not pointed at"));
            }
            let alias = || real.is_some() && standing::real(&folder.join(of)) == real;
            let nearest = names.iter().filter_map(|name| nearness(name, of)).max();
            let Some(nearness) = nearest.or_else(|| alias().then_some(usize::MAX)) else { continue };
            let folder = folder.join(&entry);
            if !files::is_folder(&folder) {
                continue;
            }
            let all = files::list(&folder).map_err(|error| error.to_string())?;
            let all = all.into_iter().filter(|name| name.ends_with(".conf"));
            found.extend(all.map(|name| (name.clone(), nearness, place, folder.join(name))));
        }
    }
    // By their names, wherever they lie; of one name the nearest to the unit's has it, and of several such the last place.
    found.sort();
    let mut all = Vec::new();
    for (at, (name, _, _, file)) in found.iter().enumerate() {
        if found.get(at.saturating_add(1)).is_some_and(|(next, ..)| next == name) {
            continue;
        }
        match files::read(file, LIMIT) {
            Ok(bytes) => all.extend(bytes),
            Err(error) => return Err(format!("{} lies over it and cannot be read: {error}", file.display())),
        }
    }
    Ok(all)
}

/// Whether the folder `of`.d is one of an instance of the template of this name.
fn is_instance(name: &str, of: &str) -> bool {
    let begin = name.strip_suffix(".service").filter(|begin| begin.ends_with('@'));
    begin.is_some_and(|begin| of != name && of.starts_with(begin) && of.ends_with(".service"))
}

/// How near the folder `of`.d is to a unit of this name, where what lies in it counts for it.
fn nearness(name: &str, of: &str) -> Option<usize> {
    if name == of {
        return Some(usize::MAX);
    }
    let unit = name.strip_suffix(".service")?;
    if of == "service" {
        return Some(0);
    }
    let begin = of.strip_suffix(".service")?;
    let template = begin.ends_with('@') && begin.len() > 1;
    ((template || begin.ends_with('-')) && unit.starts_with(begin)).then_some(begin.len())
}
