//! The path of the report, kept until the process ends.

use crate::report::write::{ByteBuffer, Writer};
use core::ffi::CStr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicU8, AtomicUsize};

/// Bytes of a path with its NUL: the kernel's PATH_MAX.
pub const PATH_ROOM: usize = 4096;

/// Bytes of a path without its NUL.
pub(super) const PATH_LIMIT: usize = PATH_ROOM - 1;

/// A path in which `%p` stands for the process, in memory of its own.
///
/// The report is written when the process ends, and by then the environment that named the path may be gone:
/// programs that set their own title write it over. `%p` is put in as late, so that a forked child reports under
/// its own number.
///
/// # Invariants
///
/// - **O1** `length <= PATH_LIMIT`, and `bytes[..length]` is what was kept last, unless a `keep` is under way.
pub struct OutputPath {
    bytes: [AtomicU8; PATH_ROOM],
    length: AtomicUsize,
}

impl OutputPath {
    /// Returns an empty path, which stands for standard error.
    pub const fn new() -> Self {
        OutputPath { bytes: [const { AtomicU8::new(0) }; PATH_ROOM], length: AtomicUsize::new(0) }
    }

    /// Keeps `path`, of which the parser lets through 4095 bytes at most; one that is longer is not kept. Meant to be
    /// called once, at load: a path that is read while another is kept may be a mixture of both.
    pub fn keep(&self, path: &[u8]) {
        if path.len() > PATH_LIMIT {
            return;
        }
        for (slot, byte) in self.bytes.iter().zip(path) {
            // Relaxed: published by the store of `length` below.
            slot.store(*byte, Relaxed);
        }
        // Release: the bytes stored above become visible with the length. Pairs with the Acquire in `expand`.
        self.length.store(path.len(), Release);
    }

    /// Writes the path into `room` with `process_id` for each `%p` and returns it.
    ///
    /// Returns `None` if the report goes to standard error: no path is kept, or it is too long once expanded.
    pub fn expand<'room>(&self, process_id: u64, room: &'room mut [u8; PATH_ROOM]) -> Option<&'room CStr> {
        room.fill(0);
        let mut buffer = ByteBuffer::new(room);
        let mut out = Writer::new(&mut buffer);
        // Acquire: the bytes are seen below. Pairs with the Release in `keep`.
        let length = self.length.load(Acquire);
        // Relaxed: see above.
        let mut bytes = self.bytes.iter().take(length).map(|byte| byte.load(Relaxed)).peekable();
        // At most `length` turns: each takes a byte.
        while let Some(byte) = bytes.next() {
            if byte == b'%' && bytes.next_if_eq(&b'p').is_some() {
                out.decimal(process_id);
            } else {
                out.raw(&[byte]);
            }
        }
        out.finish();
        // The room was cleared, so a NUL follows the path if there is place for one: a path that was cut has none.
        CStr::from_bytes_until_nul(room).ok().filter(|path| !path.is_empty())
    }
}

impl Default for OutputPath {
    fn default() -> Self {
        OutputPath::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{OutputPath, PATH_LIMIT, PATH_ROOM};
    use std::vec::Vec;

    fn expanded(path: &[u8]) -> Option<Vec<u8>> {
        let kept = OutputPath::new();
        kept.keep(path);
        let mut room = [b'x'; PATH_ROOM];
        kept.expand(42, &mut room).map(|path| path.to_bytes().to_vec())
    }

    #[test]
    fn percent_p_becomes_the_process_and_other_percents_stay() {
        for (path, whole) in [
            ("/tmp/a", "/tmp/a"),
            ("/tmp/a.%p", "/tmp/a.42"),
            ("%p%p", "4242"),
            ("%", "%"),
            ("%%p", "%42"),
            ("%d%P%", "%d%P%"),
        ] {
            assert_eq!(expanded(path.as_bytes()), Some(Vec::from(whole)));
        }
    }

    #[test]
    fn no_path_or_one_too_long_is_none() {
        assert_eq!(expanded(b""), None);
        assert_eq!(expanded(&[b'a'; PATH_LIMIT]), Some(Vec::from([b'a'; PATH_LIMIT])));
        assert_eq!(expanded(&[b'a'; PATH_ROOM]), None);
        // Two bytes become two, and the third digit of another process would be one too many.
        let mut path = [b'a'; PATH_LIMIT];
        path[PATH_LIMIT - 2..].copy_from_slice(b"%p");
        let kept = OutputPath::new();
        kept.keep(&path);
        assert!(kept.expand(42, &mut [0; PATH_ROOM]).is_some());
        assert_eq!(kept.expand(420, &mut [0; PATH_ROOM]), None);
    }
}
