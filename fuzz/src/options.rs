//! Any text is options: values within their ranges, and what is wrong is told in whole lines.

use quarry::options::{Options, Why, Writer, parse, write_warning};

/// Reads `text` as `QUARRY_CONF` and holds the result to what `options` promises.
pub fn run(text: &[u8]) {
    let mut warnings = Vec::new();
    let options = parse(text, &mut |key, why| warnings.push((key.to_vec(), why)));
    assert!(warnings.len() <= 9, "eight warnings and a count");
    for (at, (key, why)) in warnings.iter().enumerate() {
        let is_count = matches!(why, Why::More(_));
        assert_eq!(is_count, at == 8, "the count comes last");
        assert!(is_count || text.windows(key.len().max(1)).any(|part| part == &key[..]) || key.is_empty());
        told(key, *why);
    }
    // The same text means the same, and so does what is left when a separator is added.
    assert_eq!(parse(text, &mut |_, _| {}), options);
    let longer = [b", ,", text, b" ,"].concat();
    assert_eq!(parse(&longer, &mut |_, _| {}), options);
    if warnings.is_empty() {
        // Without a warning every item was used: each key once, so the order does not matter.
        let mut items: Vec<&[u8]> = text.split(|&byte| byte == b',').collect();
        items.reverse();
        let turned = items.join(&b","[..]);
        assert_eq!(parse(&turned, &mut |key, _| panic!("{key:?} is wrong only when turned")), options);
    }
    if text.iter().all(|byte| b", \t\n\x0c\r".contains(byte)) {
        assert_eq!(options, Options::DEFAULT);
    }
}

/// A warning is one printable line, however wild the key.
fn told(key: &[u8], why: Why) {
    let mut line = Vec::new();
    let mut sink = |bytes: &[u8]| line.extend_from_slice(bytes);
    let mut out = Writer::new(&mut sink);
    write_warning(key, why, &mut out);
    out.finish();
    let text = line.strip_suffix(b"\n").expect("a line ends");
    assert!(text.starts_with(b"quarry: "), "{}", line.escape_ascii());
    assert!(text.iter().all(|byte| (b' '..=b'~').contains(byte)), "{}", line.escape_ascii());
    assert!(line.len() < 1024, "a line is short");
}
