//! What the driver prints, where whoever reads it may leave early: `quarry-bench … | head`.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use anyhow::{Context, Result};

/// Nobody reads standard output any more: the driver ends without a word.
#[derive(Debug)]
pub struct NobodyReads;

impl NobodyReads {
    /// What a shell makes of a program that a broken pipe ended: 128 and SIGPIPE.
    pub const CODE: u8 = 141;
}

impl Display for NobodyReads {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("nobody reads standard output")
    }
}

impl std::error::Error for NobodyReads {}

/// Prints `text` and a newline; fails with [`NobodyReads`] where `println!` would panic.
pub fn line(text: impl Display) -> Result<()> {
    line_to(&mut io::stdout().lock(), text)
}

fn line_to(out: &mut impl Write, text: impl Display) -> Result<()> {
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(NobodyReads.into()),
        written => written.context("cannot write to standard output"),
    }
}

/// Writes `text` to standard error. Where that fails there is nobody to tell.
pub fn aside(text: impl Display) {
    let _ = write!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails every write in one way.
    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn line_ends_with_a_newline() {
        let mut out = Vec::new();
        line_to(&mut out, 7).unwrap();
        assert_eq!(out, b"7\n");
    }

    /// A reader who left is no failure to report, a full disk is one.
    #[test]
    fn line_tells_a_reader_who_left_from_other_failures() {
        assert!(line_to(&mut Failing(ErrorKind::BrokenPipe), "x").unwrap_err().is::<NobodyReads>());
        assert!(!line_to(&mut Failing(ErrorKind::StorageFull), "x").unwrap_err().is::<NobodyReads>());
    }
}
