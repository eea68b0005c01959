//! A walk over a text, for readers that are made of patterns.
//!
//! Promises: a place is always one between two characters; nothing moves backwards by itself.
//!
//! Deliberately absent: knowledge of any reader.

/// A text with all its line ends as `\n`, and where its bytes come from.
pub(super) struct Normal<'t> {
    pub(super) text: std::borrow::Cow<'t, str>,
    /// For each byte, and for the end, its place in the source; none where nothing was changed.
    places: Option<Vec<usize>>,
}

impl<'t> Normal<'t> {
    /// `\r\n` and a lone `\r` as `\n`.
    pub(super) fn new(source: &'t str) -> Self {
        if !source.contains('\r') {
            return Self { text: source.into(), places: None };
        }
        let (mut text, mut places) = (String::with_capacity(source.len()), Vec::with_capacity(source.len() + 1));
        let mut before = ' ';
        for (at, c) in source.char_indices() {
            match (before, c) {
                ('\r', '\n') => {}
                (_, '\r') => {
                    text.push('\n');
                    places.push(at);
                }
                _ => {
                    text.push(c);
                    places.extend(at..at + c.len_utf8());
                }
            }
            before = c;
        }
        places.push(source.len());
        Self { text: text.into(), places: Some(places) }
    }

    /// The place in the source of a place in the text.
    pub(super) fn source(&self, at: usize) -> usize {
        match &self.places {
            None => at,
            Some(places) => places.get(at).or(places.last()).copied().unwrap_or(at),
        }
    }
}

/// The character at a place.
pub(super) fn at(text: &str, place: usize) -> Option<char> {
    text.get(place..)?.chars().next()
}

/// The first place from `place` on whose character does not fit.
pub(super) fn skip(text: &str, place: usize, fits: impl Fn(char) -> bool) -> usize {
    let rest = text.get(place..).unwrap_or_default();
    place + rest.find(|c| !fits(c)).unwrap_or(rest.len())
}

/// What stands between two places.
pub(super) fn between(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}
