//! The parser: from the text of `QUARRY_CONF` to [`Options`].

use super::output_path::PATH_LIMIT;
use super::table::{Kind, Range, Row, TABLE, Unit};
use super::{Options, Why};

/// Warnings given one by one. The rest is counted: a text that is wrong throughout, and it may be a megabyte long,
/// must not bury what the program itself has to say.
const WARNINGS: u64 = 8;

const _: () = assert!(TABLE.len() <= 64, "`parse` keeps one bit for each row in a u64");

/// Reads `key:value,key:value` and returns the options it sets, the others at their defaults.
///
/// Spaces around keys and values do not count, nor do empty items. Of a repeated key the last good value holds.
/// For everything that is not used, `warn` is called with the key as it stands in `text` and the reason: for the
/// first eight, then once more with [`Why::More`] and an empty key if there were more.
///
/// Cost: one pass over `text`, no allocation.
pub fn parse<'text>(text: &'text [u8], warn: &mut dyn FnMut(&[u8], Why)) -> Options<'text> {
    let mut options = Options::DEFAULT;
    let mut seen: u64 = 0;
    let mut ignored: u64 = 0;
    for item in text.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|item| !item.is_empty()) {
        let (key, value) = key_and_value(item);
        let why = match take(&mut options, key, value) {
            Ok(row) => {
                let bit = 1_u64.wrapping_shl(row);
                let before = seen;
                seen |= bit;
                if before & bit == 0 {
                    continue;
                }
                Why::Overridden
            }
            Err(why) => why,
        };
        ignored = ignored.saturating_add(1);
        if ignored <= WARNINGS {
            warn(key, why);
        }
    }
    if let Some(more @ 1..) = ignored.checked_sub(WARNINGS) {
        warn(b"", Why::More(more));
    }
    options
}

/// Splits an item at its first colon. Without one, all of it is the key.
fn key_and_value(item: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = item.splitn(2, |&byte| byte == b':').map(<[u8]>::trim_ascii);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// Stores `value` in the field that `key` names and returns the number of its row.
fn take<'text>(options: &mut Options<'text>, key: &[u8], value: &'text [u8]) -> Result<u32, Why> {
    let (index, row) = find(key).ok_or(Why::Unknown)?;
    if value.is_empty() {
        return Err(Why::Missing);
    }
    match row.kind {
        Kind::Choice { words, set, .. } => {
            let word = words.iter().position(|word| word.as_bytes() == value).ok_or(Why::NotOneOf(words))?;
            set(options, word);
        }
        Kind::Number { range, set, .. } => set(options, number(value, range)?),
        Kind::Path { set } => set(options, path(value)?),
    }
    Ok(index)
}

fn find(key: &[u8]) -> Option<(u32, &'static Row)> {
    (0..).zip(&TABLE).find(|(_, row)| row.name.as_bytes() == key)
}

/// Reads a number in `range`: decimal digits and, for bytes, a suffix.
fn number(value: &[u8], range: Range) -> Result<usize, Why> {
    let (digits, scale) = match (range.unit, value) {
        (Unit::Bytes, [digits @ .., b'K' | b'k']) => (digits, 1 << 10),
        (Unit::Bytes, [digits @ .., b'M' | b'm']) => (digits, 1 << 20),
        (Unit::Bytes, [digits @ .., b'G' | b'g']) => (digits, 1 << 30),
        (Unit::Bytes, [digits @ .., b'T' | b't']) => (digits, 1 << 40),
        (_, digits) => (digits, 1),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Why::NotANumber(range.unit));
    }
    digits
        .iter()
        .try_fold(0_usize, |sum, digit| sum.checked_mul(10)?.checked_add(usize::from(digit & 0xf)))
        .and_then(|count| count.checked_mul(scale))
        .filter(|&value| range.holds(value))
        .ok_or(Why::OutOfRange(range))
}

/// Checks that a path can be handed to the kernel.
fn path(value: &[u8]) -> Result<&[u8], Why> {
    if value.len() > PATH_LIMIT {
        return Err(Why::PathTooLong);
    }
    if value.contains(&0) {
        return Err(Why::NotAPath);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::{Options, PATH_LIMIT, Unit, Why, parse};
    use crate::options::{Cgroup, Foreign, Maintenance, Range, Stats, Thp};
    use std::string::{String, ToString};
    use std::vec::Vec;

    type Warnings = Vec<(String, Why)>;

    fn parsed(text: &str) -> (Options<'_>, Warnings) {
        let mut warnings = Vec::new();
        let mut warn = |key: &[u8], why| warnings.push((String::from_utf8_lossy(key).to_string(), why));
        (parse(text.as_bytes(), &mut warn), warnings)
    }

    fn quiet(text: &str) -> Options<'_> {
        let (options, warnings) = parsed(text);
        assert_eq!(warnings, []);
        options
    }

    /// Returns the one reason why `text`, which must change nothing, is ignored.
    fn refused(text: &str) -> Why {
        let (options, warnings) = parsed(text);
        assert_eq!(options, Options::DEFAULT);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        warnings[0].1
    }

    #[test]
    fn every_option_can_be_set() {
        let text = "stats:json,output:/tmp/q.%p,decay_ms:0,limit:2G,cgroup:ignore,thp:never,arena:1G,magazine_rounds:64,\
                    thread_cache:0,process_cache:1G,maintenance_thread:always,foreign:ignore,\
                    hardened:true,checked:true,quarantine:2M,junk:true,sample:1M";
        let expected = Options {
            stats: Stats::Json,
            output: b"/tmp/q.%p",
            decay_ms: 0,
            limit: 2 << 30,
            cgroup: Cgroup::Ignore,
            thp: Thp::Never,
            arena: 1 << 30,
            magazine_rounds: 64,
            thread_cache: 0,
            process_cache: 1 << 30,
            maintenance_thread: Maintenance::Always,
            foreign: Foreign::Ignore,
            hardened: true,
            checked: true,
            quarantine: 2 << 20,
            junk: true,
            sample: 1 << 20,
        };
        assert_eq!(quiet(text), expected);
        assert_eq!(quiet(&text.replace(':', " :\t").replace(',', " ,\n ")).stats, Stats::Json);
    }

    #[test]
    fn nothing_and_empty_items_are_the_default() {
        for text in ["", " ", ",,,", " , ,"] {
            assert_eq!(quiet(text), Options::DEFAULT);
        }
    }

    #[test]
    fn sizes_take_suffixes_in_either_case_and_plain_bytes() {
        for text in ["16M", "16m", "16384K", "16384k", "16777216", "000016M"] {
            assert_eq!(quiet(&["arena:", text].concat()).arena, 16 << 20);
        }
        assert_eq!(quiet("arena:16T").arena, 16 << 40);
        assert_eq!(quiet("arena:16t").arena, quiet("arena:16384g").arena);
        assert_eq!(quiet("arena:0").arena, 0);
    }

    #[test]
    fn path_keeps_its_colons_and_inner_spaces() {
        assert_eq!(quiet("output: a:b c ").output, b"a:b c");
        let longest = "x".repeat(PATH_LIMIT);
        assert_eq!(quiet(&["output:", &longest].concat()).output, longest.as_bytes());
        assert_eq!(refused(&["output:", &longest, "x"].concat()), Why::PathTooLong);
        assert_eq!(refused("output:a\0b"), Why::NotAPath);
    }

    #[test]
    fn each_fault_has_its_reason_and_keeps_the_default() {
        assert_eq!(refused("statistics:exit"), Why::Unknown);
        assert_eq!(refused("STATS:exit"), Why::Unknown);
        assert_eq!(refused("garbage"), Why::Unknown);
        assert_eq!(refused(":5"), Why::Unknown);
        for text in ["stats", "stats:", "stats: ", "output:"] {
            assert_eq!(refused(text), Why::Missing);
        }
        assert_eq!(refused("stats:Exit"), Why::NotOneOf(&["off", "exit", "json"]));
        for text in ["decay_ms:1K", "decay_ms:-1", "decay_ms:+1", "decay_ms:1.5", "decay_ms:1 0", "decay_ms:x"] {
            assert_eq!(refused(text), Why::NotANumber(Unit::Milliseconds));
        }
        for text in ["arena:M", "arena:1MM", "arena:1MiB", "arena:0x10", "arena:1P"] {
            assert_eq!(refused(text), Why::NotANumber(Unit::Bytes));
        }
        let rounds = Range { unit: Unit::Rounds, least: 1, most: 128, or_zero: false };
        for text in ["0", "129", "99999999999999999999999"] {
            assert_eq!(refused(&["magazine_rounds:", text].concat()), Why::OutOfRange(rounds));
        }
        for text in ["arena:1", "arena:16777215", "arena:16385G", "arena:18446744073709551615T"] {
            assert!(matches!(refused(text), Why::OutOfRange(range) if range.or_zero));
        }
    }

    #[test]
    fn repeated_key_the_last_good_value_wins() {
        let (options, warnings) = parsed("decay_ms:5,stats:exit,decay_ms:6,decay_ms:bad");
        assert_eq!((options.decay_ms, options.stats), (6, Stats::Exit));
        let expected = [("decay_ms", Why::Overridden), ("decay_ms", Why::NotANumber(Unit::Milliseconds))];
        assert_eq!(warnings, expected.map(|(key, why)| (key.to_string(), why)));
    }

    #[test]
    fn bad_value_before_a_good_one_does_not_count_as_repeated() {
        let (options, warnings) = parsed("decay_ms:bad,decay_ms:6");
        assert_eq!((options.decay_ms, warnings.len()), (6, 1));
    }

    #[test]
    fn warnings_end_after_eight_with_a_count_of_the_rest() {
        assert_eq!(parsed(&"x,".repeat(8)).1.len(), 8);
        for (faults, more) in [(9, 1), (1 << 19, (1 << 19) - 8)] {
            let text = ["x,".repeat(faults), "stats:exit".to_string()].concat();
            let (options, warnings) = parsed(&text);
            assert_eq!(options.stats, Stats::Exit, "what follows the faults is read");
            assert_eq!(warnings.len(), 9);
            assert_eq!(warnings.last(), Some(&(String::new(), Why::More(more))));
        }
    }
}
