//! Why an option is ignored, and the line that says so.

use super::output_path::PATH_LIMIT;
use super::table::{Range, Unit};
use crate::report::write::Writer;

/// Bytes of a key that a warning shows: twice the longest name there is, so that a slip of the pen stays readable.
const KEY_SHOWN: usize = 32;

/// Why an option, or an earlier value of it, is ignored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// No option has this key.
    Unknown,
    /// The key stands alone, or nothing follows its colon.
    Missing,
    /// The value is none of these words.
    NotOneOf(&'static [&'static str]),
    /// The value is not a number; of bytes, if it is to be a size.
    NotANumber(Unit),
    /// The value is a number outside this range.
    OutOfRange(Range),
    /// The path is longer than the kernel takes.
    PathTooLong,
    /// The path holds a NUL byte.
    NotAPath,
    /// The key came again with a good value, which holds.
    Overridden,
    /// There were this many more, which are not told one by one. Has no key.
    More(u64),
}

/// Writes the line that warns of an ignored option, with its newline:
/// `quarry: option '<key>': <why>; ignored`.
///
/// Of a long key the beginning is shown, and `?` for what is not printable ASCII: the text is the environment's,
/// the terminal may be another user's.
pub fn write_warning(key: &[u8], why: Why, out: &mut Writer<'_>) {
    if let Why::More(count) = why {
        out.text("quarry: ").decimal(count);
        out.text(if count == 1 { " more option" } else { " more options" }).text(" ignored\n");
        return;
    }
    out.text("quarry: option '");
    for byte in key.iter().take(KEY_SHOWN) {
        let shown = if matches!(byte, b' '..=b'~') { *byte } else { b'?' };
        out.raw(&[shown]);
    }
    if key.len() > KEY_SHOWN {
        out.text("...");
    }
    out.text("': ");
    write_why(why, out);
    out.text("; ignored\n");
}

fn write_why(why: Why, out: &mut Writer<'_>) {
    match why {
        Why::Unknown => out.text("unknown key"),
        Why::Missing => out.text("missing value"),
        Why::NotOneOf(words) => {
            out.text("not one of");
            for (index, word) in words.iter().enumerate() {
                out.text(if index == 0 { " " } else { ", " }).text(word);
            }
            out
        }
        Why::NotANumber(Unit::Bytes) => out.text("not a size"),
        Why::NotANumber(_) => out.text("not a number"),
        Why::OutOfRange(range) => {
            out.text("out of range ");
            range.write(out);
            out
        }
        Why::PathTooLong => out.text("longer than ").decimal(PATH_LIMIT as u64).text(" bytes"),
        Why::NotAPath => out.text("not a path"),
        Why::Overridden => out.text("overridden by a later value"),
        // Said by the caller, in a line of its own form.
        Why::More(_) => out,
    };
}

#[cfg(test)]
mod tests {
    use super::{Unit, Why, write_warning};
    use crate::options::parse;
    use crate::report::write::Writer;
    use std::string::String;
    use std::vec::Vec;

    fn warnings(text: &[u8]) -> String {
        let mut written = Vec::new();
        parse(text, &mut |key, why| {
            let mut sink = |bytes: &[u8]| written.extend_from_slice(bytes);
            let mut out = Writer::new(&mut sink);
            write_warning(key, why, &mut out);
            out.finish();
        });
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn each_reason_reads_exactly_so() {
        let text = "colour:red,stats,stats:on,decay_ms:soon,decay_ms:600001,arena:1G,arena:1K,arena:big,arena:2G";
        assert_eq!(
            warnings(text.as_bytes()),
            "\
quarry: option 'colour': unknown key; ignored
quarry: option 'stats': missing value; ignored
quarry: option 'stats': not one of off, exit, json; ignored
quarry: option 'decay_ms': not a number; ignored
quarry: option 'decay_ms': out of range 0..600000 milliseconds; ignored
quarry: option 'arena': out of range 16M..16T bytes or 0; ignored
quarry: option 'arena': not a size; ignored
quarry: option 'arena': overridden by a later value; ignored
"
        );
        assert_eq!(warnings(b"output:a\0b"), "quarry: option 'output': not a path; ignored\n");
        let long = ["output:", &"x".repeat(4096)].concat();
        assert_eq!(warnings(long.as_bytes()), "quarry: option 'output': longer than 4095 bytes; ignored\n");
    }

    #[test]
    fn rest_is_counted_in_one_line() {
        let lines = warnings("x,".repeat(9).as_bytes());
        assert_eq!(lines.lines().count(), 9);
        assert!(lines.ends_with("\nquarry: 1 more option ignored\n"));
        assert!(warnings("x,".repeat(10).as_bytes()).ends_with("\nquarry: 2 more options ignored\n"));
    }

    #[test]
    fn keys_are_cut_and_cleaned() {
        assert_eq!(warnings(b"a\x1b[1m\n\xff'b"), "quarry: option 'a?[1m??'b': unknown key; ignored\n");
        let shown = "k".repeat(32);
        assert!(warnings(shown.as_bytes()).contains(&["'", &shown, "'"].concat()));
        assert!(warnings([&shown, "k"].concat().as_bytes()).contains(&["'", &shown, "...'"].concat()));
    }

    #[test]
    fn a_number_of_anything_but_bytes_is_not_called_a_size() {
        let mut written = Vec::new();
        let mut sink = |bytes: &[u8]| written.extend_from_slice(bytes);
        let mut out = Writer::new(&mut sink);
        super::write_why(Why::NotANumber(Unit::Rounds), &mut out);
        out.finish();
        assert_eq!(written, b"not a number");
    }
}
