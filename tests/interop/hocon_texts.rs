//! HOCON texts made at random, the same ones for the same seed.
//!
//! Promises: every form of the language comes up, side by side with every other; most texts are ones that the real library reads.

/// A source of numbers that anybody can have again.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `sides`.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % sides as u64).expect("small")
    }

    pub(crate) fn of<'l>(&mut self, all: &[&'l str]) -> &'l str {
        all[self.below(all.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "t",
    "on",
    "a.b",
    "t.on",
    "b.c",
    "\"x y\"",
    "x y",
    "\"a\"",
    "a.b.c",
    "t.\"a\".b",
    "\"a.b\"",
    "2",
    "c.1",
    "\"\"",
    "true",
];

const WORDS: &[&str] = &[
    "1",
    "-2.50",
    "1e3",
    "007",
    "true",
    "false",
    "null",
    "yes",
    "\"q\"",
    "\"\"",
    "foo",
    "foo bar",
    "truex",
    "x.y",
    "0x1f",
    "10 s",
    "\"true\"",
    "\"\"\"t\"q\n#}\"\"\"",
    "\"\\n\\u00e9}\"",
    "é",
    "-",
    "a/b",
    ".5",
    "99999999999999999999",
    "1.",
    "a  b 1",
    "\"a\"b\"c\"",
    "null x",
];

const PATHS: &[&str] = &[
    "a", "b", "c", "t", "a.b", "t.on", "b.c", "a.b.c", "\"x y\"", "on", "c.1", "nope", "SET", "UNSET", "ON", "a.nope",
];

const GAPS: &[&str] =
    &["\n", "\n", "\n", "\n", ", ", ",", ",\n", "\n,", " # c }\n", " // \"c\n", "\r\n", " \n\n\t", "\u{a0}\n"];

const INCLUDES: &[&str] = &[
    "include \"inc\"",
    "include file(\"inc.conf\")",
    "include required( file( \"inc.conf\" ) )",
    "include\n\"x\"",
    "include classpath(\"inc.conf\")",
    "include file( \"none.conf\" )",
];

/// A text.
pub(crate) fn text(dice: &mut Dice) -> String {
    let mut text = String::new();
    text.push_str(if dice.chance(5) { "\u{feff}" } else { "" });
    text.push_str(if dice.chance(10) { "# first {\n" } else { "" });
    if dice.chance(30) {
        object(dice, &mut text, 3);
        text.push_str(if dice.chance(50) { "\n" } else { "" });
    } else {
        entries(dice, &mut text, 3);
    }
    if dice.chance(8) {
        spoil(dice, &mut text);
    }
    if dice.chance(8) { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text }
}

/// One character more or less.
fn spoil(dice: &mut Dice, text: &mut String) {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    if places.is_empty() {
        return;
    }
    let at = places[dice.below(places.len())];
    if dice.chance(50) {
        text.remove(at);
    } else {
        text.insert_str(at, dice.of(&["{", "}", "[", "]", ",", "=", ":", "\"", "$", "+", "\n", "#", " ", "\\", "."]));
    }
}

fn object(dice: &mut Dice, text: &mut String, deep: usize) {
    text.push('{');
    text.push_str(dice.of(&["", " ", "\n", "\n  ", " # {\n"]));
    entries(dice, text, deep);
    text.push_str(dice.of(&["", " ", "\n"]));
    text.push('}');
}

fn entries(dice: &mut Dice, text: &mut String, deep: usize) {
    let count = dice.below(5);
    for at in 0..count {
        if dice.chance(3) {
            text.push_str(dice.of(INCLUDES));
        } else {
            entry(dice, text, deep);
        }
        if at + 1 < count || dice.chance(40) {
            text.push_str(dice.of(GAPS));
            text.push_str(dice.of(&["", "", " ", "  "]));
        }
    }
}

fn entry(dice: &mut Dice, text: &mut String, deep: usize) {
    text.push_str(dice.of(KEYS));
    if dice.chance(25) && deep > 0 {
        text.push_str(dice.of(&["", " ", " = ", ":", "\n= "]));
        return object(dice, text, deep - 1);
    }
    text.push_str(dice.of(&[" = ", " = ", ": ", "=", ":", "\t:\n", " += "]));
    value(dice, text, deep);
}

fn value(dice: &mut Dice, text: &mut String, deep: usize) {
    let parts = if dice.chance(25) { 2 + dice.below(2) } else { 1 };
    for at in 0..parts {
        text.push_str(if at > 0 { dice.of(&[" ", "", "  "]) } else { "" });
        match dice.below(10) {
            0..=4 => text.push_str(dice.of(WORDS)),
            5 | 6 => {
                text.push_str(dice.of(&["${?", "${?", "${", "${ "]));
                text.push_str(dice.of(PATHS));
                text.push('}');
            }
            7 | 8 if deep > 0 => object(dice, text, deep - 1),
            _ if deep > 0 => list(dice, text, deep - 1),
            _ => text.push('5'),
        }
    }
}

fn list(dice: &mut Dice, text: &mut String, deep: usize) {
    text.push('[');
    let count = dice.below(4);
    for at in 0..count {
        value(dice, text, deep);
        text.push_str(if at + 1 < count { dice.of(&[", ", ",", "\n", ",\n"]) } else { dice.of(&["", ",", " ", "\n"]) });
    }
    text.push(']');
}
