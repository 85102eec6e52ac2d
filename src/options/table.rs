//! The table of options, the only list of them.

use super::output_path::PATH_LIMIT;
use super::{Cgroup, Foreign, Maintenance, Options, Stats, Thp};
use crate::report::write::Writer;

/// One option.
pub(super) struct Row {
    /// The key in `QUARRY_CONF`.
    pub name: &'static str,
    /// What values it takes, and where they go.
    pub kind: Kind,
    /// One sentence that says what it does.
    pub sentence: &'static str,
    /// How far a user may rely on it.
    pub stability: Stability,
}

/// What values an option takes, its default, and the field they are stored in.
pub(super) enum Kind {
    /// One of some words; `default` and the second argument of `set` are places in `words`.
    Choice { words: &'static [&'static str], default: usize, set: fn(&mut Options<'_>, usize) },
    /// A number.
    Number { range: Range, default: usize, set: fn(&mut Options<'_>, usize) },
    /// A file's path; the default is none.
    Path { set: for<'text> fn(&mut Options<'text>, &'text [u8]) },
}

/// How far a user may rely on an option.
pub(super) enum Stability {
    /// It keeps its name and meaning until the next major version.
    Stable,
    /// It tunes what is inside, and changes when that does.
    Evolving,
}

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Bytes; such a number may end in K, M, G or T, which are powers of 1024.
    Bytes,
    /// Milliseconds.
    Milliseconds,
    /// Rounds of a magazine.
    Rounds,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Unit::Bytes => "bytes",
            Unit::Milliseconds => "milliseconds",
            Unit::Rounds => "rounds",
        }
    }
}

/// The numbers that an option takes: `least..=most`, and 0 besides if `or_zero`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// What the number counts.
    pub unit: Unit,
    /// The least.
    pub least: usize,
    /// The most.
    pub most: usize,
    /// Whether 0 is taken too, as a word for something that is no number.
    pub or_zero: bool,
}

impl Range {
    /// Tells whether `value` may be taken.
    pub(super) const fn holds(&self, value: usize) -> bool {
        (value == 0 && self.or_zero) || (self.least <= value && value <= self.most)
    }

    /// Writes the range with its unit: `16M..16T bytes or 0`.
    pub(super) fn write(&self, out: &mut Writer<'_>) {
        write_number(self.unit, self.least, out);
        out.text("..");
        write_number(self.unit, self.most, out);
        out.text(" ").text(self.unit.name());
        if self.or_zero {
            out.text(" or 0");
        }
    }
}

/// The words of an option that is off or on.
const NO_YES: [&str; 2] = ["false", "true"];

/// The options, in the order in which a user is likely to want them.
pub(super) static TABLE: [Row; 17] = [
    Row {
        name: "stats",
        kind: Kind::Choice {
            words: &Stats::WORDS,
            default: Options::DEFAULT.stats as usize,
            set: |options, word| options.stats = Stats::from_word(word),
        },
        sentence: "Reports what the heap held when the process ends: `exit` as text, `json` as one JSON object.",
        stability: Stability::Stable,
    },
    Row {
        name: "output",
        kind: Kind::Path { set: set_output },
        sentence: "The file that the report is written to; `%p` stands for the process number.",
        stability: Stability::Stable,
    },
    Row {
        name: "decay_ms",
        kind: Kind::Number {
            range: Range { unit: Unit::Milliseconds, least: 0, most: 600_000, or_zero: false },
            default: Options::DEFAULT.decay_ms,
            set: |options, value| options.decay_ms = value,
        },
        sentence: "The time over which freed memory goes back to the kernel; 0 means at once.",
        stability: Stability::Stable,
    },
    Row {
        name: "limit",
        kind: Kind::Number {
            range: Range { unit: Unit::Bytes, least: 1 << 20, most: 16 << 40, or_zero: true },
            default: Options::DEFAULT.limit,
            set: |options, value| options.limit = value,
        },
        sentence: "The memory that the heap may have in use, its records and what was freed but not given back included; \
                   what would exceed it is refused once all that can be has gone back; 0 means no limit.",
        stability: Stability::Stable,
    },
    Row {
        name: "cgroup",
        kind: Kind::Choice {
            words: &Cgroup::WORDS,
            default: Options::DEFAULT.cgroup as usize,
            set: |options, word| options.cgroup = Cgroup::from_word(word),
        },
        sentence: "Whether a heap of 64 MiB or more looks at the memory limit of its control group, near which freed memory \
                   goes back sooner.",
        stability: Stability::Stable,
    },
    Row {
        name: "maintenance_thread",
        kind: Kind::Choice {
            words: &Maintenance::WORDS,
            default: Options::DEFAULT.maintenance_thread as usize,
            set: |options, word| options.maintenance_thread = Maintenance::from_word(word),
        },
        sentence: "A thread that gives memory back while the program idles, started when the program has a second \
                   thread, or `always`.",
        stability: Stability::Stable,
    },
    Row {
        name: "thp",
        kind: Kind::Choice {
            words: &Thp::WORDS,
            default: Options::DEFAULT.thp as usize,
            set: |options, word| options.thp = Thp::from_word(word),
        },
        sentence: "When huge pages are asked for: `auto` once the heap is large, `never`, or `always`.",
        stability: Stability::Stable,
    },
    Row {
        name: "arena",
        kind: Kind::Number {
            range: Range { unit: Unit::Bytes, least: 16 << 20, most: 16 << 40, or_zero: true },
            default: Options::DEFAULT.arena,
            set: |options, value| options.arena = value,
        },
        sentence: "The address space that the first arena may come to span; 0 fits it to the memory of the machine.",
        stability: Stability::Evolving,
    },
    Row {
        name: "magazine_rounds",
        kind: Kind::Number {
            range: Range { unit: Unit::Rounds, least: 1, most: 128, or_zero: false },
            default: Options::DEFAULT.magazine_rounds,
            set: |options, value| options.magazine_rounds = value,
        },
        sentence: "The most free objects that a thread's magazine holds.",
        stability: Stability::Evolving,
    },
    Row {
        name: "thread_cache",
        kind: Kind::Number {
            range: Range { unit: Unit::Bytes, least: 0, most: 1 << 30, or_zero: false },
            default: Options::DEFAULT.thread_cache,
            set: |options, value| options.thread_cache = value,
        },
        sentence: "The most memory that a thread holds in magazines.",
        stability: Stability::Evolving,
    },
    Row {
        name: "process_cache",
        kind: Kind::Number {
            range: Range { unit: Unit::Bytes, least: 0, most: 1 << 40, or_zero: false },
            default: Options::DEFAULT.process_cache,
            set: |options, value| options.process_cache = value,
        },
        sentence: "The most memory that all threads hold in magazines beyond the first 64 KiB of each.",
        stability: Stability::Evolving,
    },
    Row {
        name: "foreign",
        kind: Kind::Choice {
            words: &Foreign::WORDS,
            default: Options::DEFAULT.foreign as usize,
            set: |options, word| options.foreign = Foreign::from_word(word),
        },
        sentence: "What `free` does with a pointer that was never Quarry's: `stop`s the program, or `ignore`s it.",
        stability: Stability::Stable,
    },
    Row {
        name: "hardened",
        kind: Kind::Choice {
            words: &NO_YES,
            default: Options::DEFAULT.hardened as usize,
            set: |options, word| options.hardened = word == 1,
        },
        sentence: "For production: finds each bad free at once, clears small objects when they are freed, hands out in random order.",
        stability: Stability::Stable,
    },
    Row {
        name: "checked",
        kind: Kind::Choice {
            words: &NO_YES,
            default: Options::DEFAULT.checked as usize,
            set: |options, word| options.checked = word == 1,
        },
        sentence: "For tests: finds overflows and writes after free too, and tells where objects were allocated and freed.",
        stability: Stability::Stable,
    },
    Row {
        name: "quarantine",
        kind: Kind::Number {
            range: Range { unit: Unit::Bytes, least: 0, most: 64 << 30, or_zero: false },
            default: Options::DEFAULT.quarantine,
            set: |options, value| options.quarantine = value,
        },
        sentence: "The freed memory that checked mode keeps from being used again.",
        stability: Stability::Evolving,
    },
    Row {
        name: "junk",
        kind: Kind::Choice {
            words: &NO_YES,
            default: Options::DEFAULT.junk as usize,
            set: |options, word| options.junk = word == 1,
        },
        sentence: "In checked mode, fills new objects with 0xa5 and freed ones with 0x5a.",
        stability: Stability::Evolving,
    },
    Row {
        name: "sample",
        kind: Kind::Number {
            range: Range { unit: Unit::Bytes, least: 4 << 10, most: 1 << 40, or_zero: true },
            default: Options::DEFAULT.sample,
            set: |options, value| options.sample = value,
        },
        sentence: "Puts an object between guards for so many bytes allocated, on average; 16M costs about nothing, 0 is off.",
        stability: Stability::Stable,
    },
];

/// Named because the path's lifetime ties both arguments together, which a closure's signature is not inferred to.
fn set_output<'text>(options: &mut Options<'text>, path: &'text [u8]) {
    options.output = path;
}

/// Writes the table as Markdown, for the README.
pub fn table_markdown(out: &mut Writer<'_>) {
    out.text("| option | values | default | what it does | stability |\n|---|---|---|---|---|\n");
    for row in &TABLE {
        out.text("| `").text(row.name).text("` | ");
        write_values(&row.kind, out);
        out.text(" | ");
        write_default(&row.kind, out);
        out.text(" | ").text(row.sentence).text(" | ");
        out.text(match row.stability {
            Stability::Stable => "stable",
            Stability::Evolving => "evolving",
        });
        out.text(" |\n");
    }
}

fn write_values(kind: &Kind, out: &mut Writer<'_>) {
    match kind {
        Kind::Choice { words, .. } => {
            for (index, word) in words.iter().enumerate() {
                out.text(if index == 0 { "`" } else { ", `" }).text(word).text("`");
            }
        }
        Kind::Number { range, .. } => range.write(out),
        Kind::Path { .. } => {
            out.text("a path of at most ").decimal(PATH_LIMIT as u64).text(" bytes, without a comma");
        }
    }
}

fn write_default(kind: &Kind, out: &mut Writer<'_>) {
    match *kind {
        Kind::Choice { words, default, .. } => {
            out.text("`").text(words.get(default).copied().unwrap_or_default()).text("`");
        }
        Kind::Number { range, default, .. } => write_number(range.unit, default, out),
        Kind::Path { .. } => {
            out.text("standard error");
        }
    }
}

/// Writes a number as it is typed: bytes with the largest suffix that leaves no remainder.
fn write_number(unit: Unit, value: usize, out: &mut Writer<'_>) {
    let (scale, suffix) = match unit {
        Unit::Bytes if value != 0 => match value.trailing_zeros() {
            40.. => (40, "T"),
            30.. => (30, "G"),
            20.. => (20, "M"),
            10.. => (10, "K"),
            _ => (0, ""),
        },
        _ => (0, ""),
    };
    out.decimal(value.wrapping_shr(scale) as u64).text(suffix);
}

#[cfg(test)]
mod tests {
    use super::{Kind, TABLE};
    use crate::options::{Maintenance, Options, Stats, Thp, parse};
    use crate::report::write::Writer;
    use std::vec::Vec;

    /// Returns `name:default` as a user would type it.
    fn default_as_typed(row: &super::Row) -> Vec<u8> {
        let mut text = Vec::from(row.name.as_bytes());
        text.push(b':');
        let mut sink = |bytes: &[u8]| text.extend_from_slice(bytes);
        let mut out = Writer::new(&mut sink);
        super::write_default(&row.kind, &mut out);
        out.finish();
        text.retain(|&byte| byte != b'`');
        text
    }

    #[test]
    fn each_default_as_printed_parses_to_the_default() {
        for row in TABLE.iter().filter(|row| !matches!(row.kind, Kind::Path { .. })) {
            let typed = default_as_typed(row);
            assert_eq!(parse(&typed, &mut |key, why| panic!("{key:?} {why:?}")), Options::DEFAULT);
        }
    }

    #[test]
    fn each_default_is_in_range_and_each_end_is_taken() {
        for row in &TABLE {
            if let Kind::Number { range, default, .. } = row.kind {
                assert!(range.holds(default) && range.holds(range.least) && range.holds(range.most));
                assert!(!range.holds(range.most + 1));
            }
        }
    }

    #[test]
    fn names_differ_and_sentences_fit_a_table() {
        for (index, row) in TABLE.iter().enumerate() {
            assert!(TABLE.iter().take(index).all(|earlier| earlier.name != row.name));
            assert!(row.sentence.ends_with('.') && !row.sentence.contains('|'));
        }
    }

    #[test]
    fn words_of_stats_stand_in_the_order_of_its_variants() {
        for (index, stats) in [Stats::Off, Stats::Exit, Stats::Json].into_iter().enumerate() {
            assert_eq!(stats as usize, index);
            assert_eq!(Stats::from_word(index), stats);
        }
    }

    #[test]
    fn words_of_maintenance_stand_in_the_order_of_its_variants() {
        for (index, when) in [Maintenance::False, Maintenance::True, Maintenance::Always].into_iter().enumerate() {
            assert_eq!(when as usize, index);
            assert_eq!(Maintenance::from_word(index), when);
        }
    }

    #[test]
    fn words_of_thp_stand_in_the_order_of_its_variants() {
        for (index, thp) in [Thp::Auto, Thp::Never, Thp::Always].into_iter().enumerate() {
            assert_eq!(thp as usize, index);
            assert_eq!(Thp::from_word(index), thp);
        }
    }
}
