//! A component's switches bound to one block of a file: the block's label takes its place in every key.
//!
//! Promises: a key without that place is what it was. Absent: finding blocks (`pointed`).

use crate::manifest::foreign::Foreign;
use crate::manifest::foreign::components::BLOCK;
use crate::manifest::foreign::files::Source;
use crate::manifest::foreign::ids::IdSource;
use crate::manifest::foreign::requests::Filled;

/// `foreign` with `label` in the place of the block.
#[must_use]
pub fn bound(mut foreign: Foreign, label: &str) -> Foreign {
    foreign.layers.iter_mut().for_each(|layer| source(&mut layer.source, label));
    foreign.dead.iter_mut().for_each(|dead| source(&mut dead.source, label));
    foreign.tells.iter_mut().flat_map(|tell| &mut tell.from).for_each(|from| source(from, label));
    foreign.mirrors.iter_mut().for_each(|mirror| key(&mut mirror.key, label));
    foreign.files.iter_mut().filter_map(|file| file.inside.as_mut()).for_each(|inside| key(&mut inside.key, label));
    for id in &mut foreign.ids {
        if let IdSource::Key { key: keys, .. } = &mut id.source {
            key(keys, label);
        }
    }
    for version in &mut foreign.version {
        if let crate::manifest::foreign::VersionSource::Key { key: keys, .. } = version {
            key(keys, label);
        }
    }
    for request in &mut foreign.requests {
        filled(&mut request.address, label);
        request.headers.iter_mut().for_each(|(_, header)| filled(header, label));
        filled(&mut request.body, label);
    }
    foreign
}

fn key(keys: &mut [String], label: &str) {
    keys.iter_mut().filter(|key| *key == BLOCK).for_each(|key| label.clone_into(key));
}

fn source(source: &mut Source, label: &str) {
    match source {
        Source::Key { key: keys, .. } => key(keys, label),
        Source::Variable(_) | Source::Property(_) => {}
    }
}

fn filled(one: &mut Filled, label: &str) {
    match one {
        Filled::Setting(place) => source(place, label),
        Filled::Raw { key: keys, .. } => key(keys, label),
        Filled::List(all) | Filled::First(all) | Filled::Join(all) | Filled::Flag { any: all, .. } => {
            all.iter_mut().for_each(|one| filled(one, label));
        }
        Filled::Case { of, is } => {
            filled(of, label);
            is.iter_mut().for_each(|(_, one)| filled(one, label));
        }
        Filled::Map(pairs) => pairs.iter_mut().for_each(|(_, one)| filled(one, label)),
        Filled::IsUuid { of: one, .. }
        | Filled::Digest(_, one)
        | Filled::Base64 { of: one, .. }
        | Filled::Guess { value: one, .. }
        | Filled::Secret(one)
        | Filled::In { value: one, .. } => filled(one, label),
        Filled::Null
        | Filled::Nothing
        | Filled::Given(_)
        | Filled::Bool(_)
        | Filled::Number(_)
        | Filled::Text(_)
        | Filled::Version
        | Filled::Id(_)
        | Filled::Fact(_)
        | Filled::Winner { .. }
        | Filled::Unknown(_) => {}
    }
}
