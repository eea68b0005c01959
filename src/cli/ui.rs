//! Printing: the only place where anything reaches stdout or stderr.
//!
//! Promises: a closed pipe is no error; control characters of other people's files reach no terminal; tables fit the width and
//! read well without colour. Absent: colour beyond bold and dim at a terminal.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::actions::export::document::ExportError;
use crate::host::env::{COLUMNS, Env, NO_COLOR, Var};
use crate::host::hidden::is_hidden;

/// Width where nothing says one.
const USUAL_WIDTH: u16 = 80;
/// Widest that a table is made: longer lines are hard to follow.
const WIDEST: u16 = 140;

/// Where words go.
#[derive(Debug)]
pub struct Ui {
    quiet: bool,
    colour: bool,
    width: u16,
    /// Whether stderr is a terminal, so that a notice there is seen by somebody.
    talks_to_person: bool,
    /// Whether both ends are terminals, so that a question can be asked and answered.
    can_ask: bool,
    /// The home with a slash, which people read as `~/`.
    home: Option<String>,
}

impl Ui {
    /// For this process.
    #[must_use]
    pub fn new(env: &Env, quiet: bool) -> Self {
        let stdout = io::stdout().is_terminal();
        let stderr = io::stderr().is_terminal();
        let width = if stdout { terminal_width() } else { None };
        let named = env.text(COLUMNS).and_then(|text| text.parse().ok());
        Self {
            quiet,
            colour: stdout && env.get(NO_COLOR) == Var::Unset,
            width: width.or(named).unwrap_or(USUAL_WIDTH).clamp(40, WIDEST),
            talks_to_person: stderr,
            can_ask: stderr && io::stdin().is_terminal(),
            home: None,
        }
    }

    /// The same, for who lives in this home: paths in tables and in talk begin with `~/`.
    #[must_use]
    pub fn at_home(self, home: &Path) -> Self {
        let home = home.to_str().filter(|home| home.len() > 1).map(|home| format!("{}/", home.trim_end_matches('/')));
        Self { home, ..self }
    }

    /// A text with paths in the home shortened.
    #[must_use]
    pub fn short(&self, text: &str) -> String {
        match &self.home {
            Some(home) => text.replace(home.as_str(), "~/"),
            None => text.to_owned(),
        }
    }

    /// Whether somebody can read stderr.
    #[must_use]
    pub const fn talks_to_person(&self) -> bool {
        self.talks_to_person
    }

    /// Whether a question can be asked.
    #[must_use]
    pub const fn can_ask(&self) -> bool {
        self.can_ask
    }

    /// Data, to stdout, with a newline.
    ///
    /// # Errors
    /// It cannot be written; a closed pipe is no error.
    pub fn data(&self, text: &str) -> io::Result<()> {
        self.raw(format!("{text}\n").as_bytes())
    }

    /// Bytes to stdout, as they are.
    ///
    /// # Errors
    /// They cannot be written; a closed pipe is no error.
    pub fn raw(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        whole(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// Data to stdout as `write` makes it, piece by piece; `None` when nobody reads any more, which is no error.
    ///
    /// # Errors
    /// What `write` fails with, but for a closed pipe.
    pub fn stream<T>(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<T, ExportError>,
    ) -> Result<Option<T>, ExportError> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match write(&mut out) {
            Err(ExportError::Out(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
            written => written.map(Some),
        }
    }

    /// Talk, to stderr, unless quiet.
    pub fn talk(&self, text: &str) {
        if !self.quiet {
            self.warn(&self.short(text));
        }
    }

    /// What has to be said also when quiet, to stderr. A closed stderr is nobody's trouble.
    pub fn warn(&self, text: &str) {
        writeln!(io::stderr().lock(), "{}", clean(text)).ok();
    }

    /// A table: rows of cells under a head.
    #[must_use]
    pub fn table(&self, head: &[&str], rows: Vec<Vec<String>>) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(self.width);
        table.set_header(head);
        for row in rows {
            table.add_row(row.into_iter().map(|cell| clean(&self.short(&cell))));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        self.unbroken(&mut table);
        let text = table.to_string();
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// Leaves each column its longest word, such as an address, where all of them fit.
    fn unbroken(&self, table: &mut Table) {
        let longest = |cell: Option<&Cell>| {
            let text = cell.map(Cell::content).unwrap_or_default();
            text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0)
        };
        let columns = table.column_count();
        let mut words = vec![0; columns];
        for row in table.row_iter().chain(table.header()) {
            let cells: Vec<&Cell> = row.cell_iter().collect();
            for (at, word) in words.iter_mut().enumerate() {
                *word = (*word).max(longest(cells.get(at).copied()));
            }
        }
        // Behind each are two spaces.
        let widths: Vec<u16> =
            words.iter().map(|word| u16::try_from(word.saturating_add(2)).unwrap_or(u16::MAX)).collect();
        if widths.iter().fold(0_u16, |sum, width| sum.saturating_add(*width)) <= self.width {
            for (column, width) in table.column_iter_mut().zip(widths) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
            }
        }
    }

    /// Pairs of a name and what it is, one a line, aligned.
    #[must_use]
    pub fn pairs(&self, pairs: &[(&str, String)]) -> String {
        self.pairs_around(pairs, &[])
    }

    /// The same; what stands in `whole`, such as a command that is to be pasted, is never broken.
    #[must_use]
    pub fn pairs_around(&self, pairs: &[(&str, String)], whole: &[String]) -> String {
        let whole: Vec<String> = whole.iter().map(|one| clean(&self.short(one))).collect();
        let widest = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let room = usize::from(self.width).saturating_sub(widest.saturating_add(2)).max(20);
        let mut text = String::new();
        for (name, value) in pairs {
            let mut name = *name;
            for line in fold_around(&clean(&self.short(value)), room, &whole) {
                writeln!(text, "{}{line}", self.dim(&format!("{name:widest$}  "))).ok();
                name = "";
            }
        }
        text.trim_end().to_owned()
    }

    /// Whether a line fits.
    #[must_use]
    pub fn fits(&self, line: &str) -> bool {
        line.chars().count() <= usize::from(self.width)
    }

    /// Prose in lines that fit, with paths in the home shortened; what stands in `whole`, such as a path, is never broken.
    #[must_use]
    pub fn prose(&self, text: &str, whole: &[String]) -> String {
        let whole: Vec<String> = whole.iter().map(|one| clean(&self.short(one))).collect();
        fold_around(&clean(&self.short(text)), usize::from(self.width), &whole).join("\n")
    }

    /// A text in bold, at a terminal.
    #[must_use]
    pub fn bold(&self, text: &str) -> String {
        self.style("1", text)
    }

    /// A text that steps back, at a terminal.
    #[must_use]
    pub fn dim(&self, text: &str) -> String {
        self.style("2", text)
    }

    fn style(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn terminal_width() -> Option<u16> {
    rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col).filter(|width| *width > 0)
}

fn whole(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// A text with control characters made visible, and what could reorder a line taken apart.
#[must_use]
pub fn clean(text: &str) -> String {
    if text.chars().any(|c| c != '\n' && is_hidden(c)) {
        text.chars()
            .map(|c| if c != '\n' && is_hidden(c) { c.escape_unicode().to_string() } else { c.to_string() })
            .collect()
    } else {
        text.to_owned()
    }
}

/// Lines of at most `width` characters, broken at spaces where there are any, and never within what is `whole`.
fn fold_around(text: &str, width: usize, whole: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        for word in words(line, whole) {
            if !current.is_empty() && current.chars().count().saturating_add(word.chars().count()) >= width {
                lines.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// The words between spaces; what is whole is one, with what is joined to it.
fn words<'l>(line: &'l str, whole: &[String]) -> Vec<&'l str> {
    let within = |at: usize| {
        let spans =
            |one: &&String| line.match_indices(one.as_str()).any(|(from, it)| (from..from + it.len()).contains(&at));
        whole.iter().filter(|one| !one.is_empty()).any(|one| spans(&one))
    };
    let mut words = Vec::new();
    let mut from = 0;
    for (at, _) in line.match_indices(' ').filter(|(at, _)| !within(*at)) {
        words.push(line.get(from..at).unwrap_or_default());
        from = at.saturating_add(1);
    }
    words.push(line.get(from..).unwrap_or_default());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ui() -> Ui {
        Ui { quiet: false, colour: false, width: 60, talks_to_person: false, can_ask: false, home: None }
    }

    #[test]
    fn control_characters_reach_no_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\u{7}\u{202e}c\nd"), "a\\u{1b}[31mb\\u{7}\\u{202e}c\nd");
        assert!(!ui().table(&["A"], vec![vec!["\u{1b}]0;x\u{7}".to_owned()]]).contains('\u{1b}'));
    }

    #[test]
    fn tables_fit_the_width() {
        let rows = vec![vec!["tool".to_owned(), "word ".repeat(40)]];
        assert!(ui().table(&["TOOL", "WHY"], rows).lines().all(|line| line.chars().count() <= 60));
        let address = "https://acme.example/forget/me".to_owned();
        let rows = vec![vec!["word ".repeat(20), address.clone(), "word ".repeat(20)]];
        let table = ui().table(&["A", "WHERE", "B"], rows);
        assert!(table.contains(&address) && table.lines().all(|line| line.chars().count() <= 60), "{table}");
        let pairs = ui().pairs(&[("name", "word ".repeat(40))]);
        assert!(pairs.lines().all(|line| line.chars().count() <= 60), "{pairs}");
        let path = format!("/a {}b", "long ".repeat(20));
        let prose =
            ui().prose(&format!("{} {path}: {}", "word ".repeat(11), "word ".repeat(40)), std::slice::from_ref(&path));
        assert!(prose.lines().any(|line| line == format!("{path}:")), "{prose}");
        assert!(prose.lines().filter(|line| !line.contains(&path)).all(|line| line.chars().count() <= 60), "{prose}");
    }
}
