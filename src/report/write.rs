//! Text without allocation and without `core::fmt`.
//!
//! A [`Writer`] collects text in a small buffer and hands it to a [`Sink`] whenever the buffer is full. Reports run
//! inside `malloc`, in exit handlers and on the smallest stacks a thread may have, and `core::fmt` would bring its
//! tables and its panics with it, so numbers are spelled here by hand. Writing cannot fail: what a sink cannot
//! deliver is lost, because a report that cannot be written has nowhere to say so.

use crate::os::output;

/// Bytes a [`Writer`] collects before it calls its sink: a summary of some twenty lines takes about three calls of
/// write(2). A thread's stack may be as small as 16 KiB, so twice this would be felt; half doubles the calls.
const BUFFER: usize = 512;

/// Receives the text of a [`Writer`] in pieces, in order.
pub trait Sink {
    /// Takes the next piece. Failure to deliver it is the sink's own affair.
    fn take(&mut self, bytes: &[u8]);
}

/// Any function over bytes is a sink: the C face lends one that calls `fwrite`.
impl<F: FnMut(&[u8])> Sink for F {
    fn take(&mut self, bytes: &[u8]) {
        self(bytes);
    }
}

/// A sink that writes to a file descriptor.
pub struct Descriptor(
    /// The descriptor, for instance 2. One that is closed swallows the text.
    pub i32,
);

impl Sink for Descriptor {
    fn take(&mut self, bytes: &[u8]) {
        output::write(self.0, bytes);
    }
}

/// A sink that fills memory of the caller's and drops what does not fit.
pub struct ByteBuffer<'a> {
    room: &'a mut [u8],
    used: usize,
}

impl<'a> ByteBuffer<'a> {
    /// Returns an empty buffer that may fill all of `room`.
    pub fn new(room: &'a mut [u8]) -> Self {
        ByteBuffer { room, used: 0 }
    }

    /// Returns the text so far. If it is as long as the room, more may have been dropped.
    pub fn written(&self) -> &[u8] {
        self.room.get(..self.used).unwrap_or_default()
    }
}

impl Sink for ByteBuffer<'_> {
    fn take(&mut self, bytes: &[u8]) {
        let free = self.room.get_mut(self.used..).unwrap_or_default();
        let count = free.len().min(bytes.len());
        for (slot, byte) in free.iter_mut().zip(bytes) {
            *slot = *byte;
        }
        self.used = self.used.saturating_add(count);
    }
}

/// Writes text, numbers and columns to a sink through a buffer on the stack.
///
/// Methods return the writer, so that a line of text reads as a line of code. [`Writer::finish`] must be called:
/// nothing is handed over on drop.
///
/// # Invariants
///
/// - **W1** `used <= BUFFER`, and `buffer[..used]` is the text that the sink has not seen.
pub struct Writer<'a> {
    sink: &'a mut dyn Sink,
    buffer: [u8; BUFFER],
    used: usize,
}

impl<'a> Writer<'a> {
    /// Returns a writer over `sink` that holds no text yet.
    pub fn new(sink: &'a mut dyn Sink) -> Self {
        Writer { sink, buffer: [0; BUFFER], used: 0 }
    }

    /// Writes `text`.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.raw(text.as_bytes())
    }

    /// Writes `bytes` as they are.
    // Not inlined, as below: all text ends here, and with the loop in each of a hundred places the formatters took
    // 90 KiB of code, three times what they take now.
    #[inline(never)]
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        for &byte in bytes {
            if self.used == BUFFER {
                self.flush();
            }
            if let Some(slot) = self.buffer.get_mut(self.used) {
                *slot = byte;
                self.used = self.used.saturating_add(1);
            }
        }
        self
    }

    /// Writes `value` in decimal.
    pub fn decimal(&mut self, value: u64) -> &mut Self {
        self.raw(Numeral::decimal(value).text())
    }

    /// Writes `value` in hexadecimal after `0x`, without leading zeros, as C's `%p` does.
    pub fn hex(&mut self, value: usize) -> &mut Self {
        self.raw(Numeral::hex(value).text())
    }

    /// Writes `bytes` for human eyes: `12 B`, `1.5 KiB`, `15.9 EiB`. The decimal is cut, not rounded, so that
    /// no size reads as 1024.0 of its unit.
    pub fn size(&mut self, bytes: u64) -> &mut Self {
        self.raw(Numeral::size(bytes).text())
    }

    /// Writes `text`, filled up with spaces behind it to `width` columns. Longer text is written whole.
    pub fn left(&mut self, text: &str, width: usize) -> &mut Self {
        self.text(text).spaces(text.len(), width)
    }

    /// Writes `text` after as many spaces as it takes to end at `width` columns. Longer text is written whole.
    pub fn right_text(&mut self, text: &str, width: usize) -> &mut Self {
        self.spaces(text.len(), width).text(text)
    }

    /// Writes `value` as [`Writer::decimal`] does, right-aligned in `width` columns.
    pub fn right(&mut self, value: u64, width: usize) -> &mut Self {
        self.right_numeral(&Numeral::decimal(value), width)
    }

    /// Writes `bytes` as [`Writer::size`] does, right-aligned in `width` columns.
    pub fn right_size(&mut self, bytes: u64, width: usize) -> &mut Self {
        self.right_numeral(&Numeral::size(bytes), width)
    }

    /// Hands the rest of the text to the sink.
    pub fn finish(mut self) {
        self.flush();
    }

    #[inline(never)]
    fn right_numeral(&mut self, numeral: &Numeral, width: usize) -> &mut Self {
        self.spaces(numeral.text().len(), width).raw(numeral.text())
    }

    /// Writes the spaces that `from` columns lack to `width`.
    fn spaces(&mut self, from: usize, width: usize) -> &mut Self {
        for _ in from..width {
            self.raw(b" ");
        }
        self
    }

    fn flush(&mut self) {
        let pending = self.buffer.get(..self.used).unwrap_or_default();
        if !pending.is_empty() {
            self.sink.take(pending);
        }
        self.used = 0;
    }
}

/// Columns of the longest numeral: 2^64 - 1 in decimal. In hexadecimal it has 18, a size at most 10.
const NUMERAL: usize = 20;

/// One number as text, built from its end because division yields the last digit first.
///
/// # Invariants
///
/// - **N1** `start <= NUMERAL`, and `bytes[start..]` is the text.
struct Numeral {
    bytes: [u8; NUMERAL],
    start: usize,
}

impl Numeral {
    const EMPTY: Numeral = Numeral { bytes: [0; NUMERAL], start: NUMERAL };

    #[inline(never)]
    fn decimal(value: u64) -> Numeral {
        let mut numeral = Numeral::EMPTY;
        numeral.before_decimal(value);
        numeral
    }

    fn hex(value: usize) -> Numeral {
        let mut numeral = Numeral::EMPTY;
        let mut rest = value;
        // At most 16 turns: each drops four of the 64 bits.
        loop {
            let digit = (rest & 0xf) as u8;
            numeral.before(if digit < 10 { b'0'.wrapping_add(digit) } else { (b'a' - 10).wrapping_add(digit) });
            rest >>= 4;
            if rest == 0 {
                break;
            }
        }
        numeral.before_text("0x");
        numeral
    }

    #[inline(never)]
    fn size(bytes: u64) -> Numeral {
        const UNITS: [(&str, u32); 6] =
            [(" EiB", 60), (" PiB", 50), (" TiB", 40), (" GiB", 30), (" MiB", 20), (" KiB", 10)];
        let mut numeral = Numeral::EMPTY;
        for (unit, shift) in UNITS {
            let whole = bytes.wrapping_shr(shift);
            if whole != 0 {
                let rest = bytes ^ whole.wrapping_shl(shift);
                // Does not wrap: `rest` is below 2^60, and ten times that is below 2^64.
                let tenths = rest.wrapping_mul(10).wrapping_shr(shift);
                numeral.before_text(unit);
                numeral.before_decimal(tenths);
                numeral.before(b'.');
                numeral.before_decimal(whole);
                return numeral;
            }
        }
        numeral.before_text(" B");
        numeral.before_decimal(bytes);
        numeral
    }

    fn before_decimal(&mut self, value: u64) {
        let mut rest = value;
        // At most 20 turns: each drops one of the digits.
        loop {
            self.before(b'0'.wrapping_add((rest % 10) as u8));
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
    }

    fn before_text(&mut self, text: &str) {
        for &byte in text.as_bytes().iter().rev() {
            self.before(byte);
        }
    }

    fn before(&mut self, byte: u8) {
        let start = self.start.saturating_sub(1);
        if let Some(slot) = self.bytes.get_mut(start) {
            *slot = byte;
            self.start = start;
        }
    }

    fn text(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{BUFFER, ByteBuffer, Writer};
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn written(write: impl for<'w, 'a> FnOnce(&'w mut Writer<'a>) -> &'w mut Writer<'a>) -> String {
        let mut text = Vec::new();
        let mut sink = |bytes: &[u8]| text.extend_from_slice(bytes);
        let mut out = Writer::new(&mut sink);
        write(&mut out);
        out.finish();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn decimal_and_hex_agree_with_the_standard_library_at_every_power() {
        for shift in 0..64 {
            for value in [(1_u64 << shift) - 1, 1 << shift, u64::MAX >> shift, 10_u64.pow(shift % 20)] {
                assert_eq!(written(|out| out.decimal(value)), value.to_string());
                assert_eq!(written(|out| out.hex(value as usize)), std::format!("{value:#x}"));
            }
        }
    }

    #[test]
    fn size_is_cut_to_one_decimal_and_never_reads_1024() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (1 << 20, "1.0 MiB"),
            (3 << 29, "1.5 GiB"),
            (64 << 30, "64.0 GiB"),
            (1 << 40, "1.0 TiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(written(|out| out.size(bytes)), text);
        }
    }

    #[test]
    fn columns_are_filled_and_never_cut() {
        let line = written(|out| {
            out.left("ab", 4).right(7, 3).right_text("cd", 3).right_size(2048, 8).text("|");
            out.left("abc", 2).right(123, 2).right_text("de", 1).right_size(2048, 1)
        });
        assert_eq!(line, "ab    7 cd 2.0 KiB|abc123de2.0 KiB");
    }

    #[test]
    fn text_of_any_length_reaches_the_sink_whole_and_in_order() {
        for length in [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 5 * BUFFER + 3] {
            let text: String = (0..length).map(|index| char::from(b'a' + (index % 26) as u8)).collect();
            assert_eq!(written(|out| out.text(&text)), text);
        }
    }

    #[test]
    fn sink_sees_full_buffers_and_no_empty_piece() {
        let mut pieces = Vec::new();
        let mut sink = |bytes: &[u8]| pieces.push(bytes.len());
        let mut out = Writer::new(&mut sink);
        out.raw(&[b'x'; 2 * BUFFER]).text("");
        out.finish();
        assert_eq!(pieces, [BUFFER, BUFFER]);

        let mut calls = 0;
        Writer::new(&mut |_: &[u8]| calls += 1).finish();
        assert_eq!(calls, 0);
    }

    #[test]
    fn byte_buffer_keeps_the_beginning() {
        let mut room = [0; 5];
        let mut buffer = ByteBuffer::new(&mut room);
        let mut out = Writer::new(&mut buffer);
        out.text("quarry").decimal(1);
        out.finish();
        assert_eq!(buffer.written(), b"quarr");
    }
}
