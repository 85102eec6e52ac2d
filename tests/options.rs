//! The options: what the README says of them, and what no text may do to their parser.

use proptest::prelude::*;
use quarry::options::{Options, Why, Writer, parse, table_markdown, write_warning};

fn written(write: impl FnOnce(&mut Writer<'_>)) -> String {
    let mut text = Vec::new();
    let mut sink = |bytes: &[u8]| text.extend_from_slice(bytes);
    let mut out = Writer::new(&mut sink);
    write(&mut out);
    out.finish();
    String::from_utf8_lossy(&text).into_owned()
}

/// Returns what `text` sets and the keys that were ignored.
fn parsed(text: &[u8]) -> (Options<'_>, Vec<(Vec<u8>, Why)>) {
    let mut warnings = Vec::new();
    let options = parse(text, &mut |key, why| warnings.push((key.to_vec(), why)));
    (options, warnings)
}

#[test]
fn readme_shows_the_table_of_options() {
    const BEGIN: &str = "<!-- options:begin -->\n";
    const END: &str = "<!-- options:end -->";
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"))
        .expect("README.md stands at the root");
    let (_, rest) = readme.split_once(BEGIN).expect("README.md has the mark where the table begins");
    let (shown, _) = rest.split_once(END).expect("README.md has the mark where the table ends");
    let table = written(table_markdown);
    assert!(shown.trim() == table.trim(), "README.md, between the marks, should read:\n\n{table}");
}

/// Text made of what the parser looks at, so that it comes near to sense often.
fn near_sense() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("stats"),
        Just("output"),
        Just("decay_ms"),
        Just("arena"),
        Just("magazine_rounds"),
        Just("thread_cache"),
        Just("limit"),
        Just("exit"),
        Just("json"),
        Just("off"),
        Just("16M"),
        Just("0"),
        Just("1"),
        Just("128"),
        Just("129"),
        Just("99999999999999999999"),
        Just("K"),
        Just("G"),
        Just("%p"),
        Just(" "),
        Just(":"),
        Just(":"),
        Just(":"),
        Just(","),
        Just(","),
        Just("\0"),
        Just("-"),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
}

/// Asserts what holds for every text.
fn check_any(text: &[u8]) -> Result<(), TestCaseError> {
    let (options, warnings) = parsed(text);
    prop_assert!(options.decay_ms <= 600_000);
    prop_assert!(options.arena == 0 || (16 << 20..=16 << 40).contains(&options.arena));
    prop_assert!((1..=128).contains(&options.magazine_rounds));
    prop_assert!(options.thread_cache <= 1 << 30);
    prop_assert!(options.limit <= 16 << 40);
    prop_assert!(options.output.len() <= 4095 && !options.output.contains(&0) && !options.output.contains(&b','));

    prop_assert!(warnings.len() <= 9);
    for (index, (key, why)) in warnings.iter().enumerate() {
        prop_assert_eq!(index == 8, matches!(why, Why::More(_)));
        let line = written(|out| write_warning(key, *why, out));
        prop_assert!(line.starts_with("quarry: ") && line.ends_with(" ignored\n") && line.len() <= 100);
        prop_assert!(line.trim_end_matches('\n').bytes().all(|byte| matches!(byte, b' '..=b'~')));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// No text makes the parser panic, leave a range, or warn more than nine times.
    #[test]
    fn any_bytes_give_values_in_range(text in prop::collection::vec(any::<u8>(), 0..2000)) {
        check_any(&text)?;
    }

    /// The same for text that nearly makes sense.
    #[test]
    fn near_sense_gives_values_in_range(text in near_sense()) {
        check_any(&text)?;
    }

    /// Keys that do not exist change nothing, and each costs one warning.
    #[test]
    fn unknown_keys_keep_the_defaults(keys in prop::collection::vec("x[a-z]{0,40}(:[a-z0-9]{0,9})?", 0..20)) {
        let text = keys.join(",");
        let (options, warnings) = parsed(text.as_bytes());
        prop_assert_eq!(options, Options::DEFAULT);
        prop_assert_eq!(warnings.len(), keys.len().min(9));
    }

    /// Good values are taken whatever stands around them.
    #[test]
    fn good_values_are_taken_amid_garbage(
        decay_ms in 0..=600_000_usize,
        rounds in 1..=128_usize,
        arena in 16..=(16_usize << 20),
        garbage in "[x:; ]{0,50}",
    ) {
        let text =
            format!("{garbage},decay_ms:{decay_ms},{garbage}, magazine_rounds : {rounds} ,{garbage},arena:{arena}M");
        let (options, _) = parsed(text.as_bytes());
        prop_assert_eq!(options, Options { decay_ms, magazine_rounds: rounds, arena: arena << 20, ..Options::DEFAULT });
    }
}
