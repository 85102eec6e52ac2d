//! The bytes of a case, read from front to back.

use std::collections::VecDeque;

/// A case that is being read.
pub struct Input(VecDeque<u8>);

impl Input {
    /// Begins at the first byte.
    pub fn new(bytes: &[u8]) -> Input {
        Input(bytes.iter().copied().collect())
    }

    /// Returns the next byte, `None` at the end.
    pub fn more(&mut self) -> Option<u8> {
        self.0.pop_front()
    }

    /// Returns the next byte, 0 at the end: what an operation lacks.
    pub fn byte(&mut self) -> usize {
        usize::from(self.more().unwrap_or(0))
    }

    /// Returns the next two bytes as a number.
    pub fn pair(&mut self) -> usize {
        self.byte() | self.byte() << 8
    }

    /// Returns a size: small ones often, those around powers of two and granules, large ones, impossible ones seldom. Between 40 MiB
    /// and 1 GiB there are none: clearing them takes longer than all else.
    pub fn size(&mut self) -> usize {
        const GRANULE: usize = 16 << 10;
        let (kind, value) = (self.byte() % 16, self.byte());
        match kind {
            0..=5 => value,
            6..=8 => value << 4 | self.byte() & 15,
            9 | 10 => value << 8 | self.byte(),
            11 => ((1 << (value % 24)) + self.byte() % 5).saturating_sub(2),
            12 => (value * GRANULE + self.byte() % 33).saturating_sub(16),
            13 => value * (64 << 10) + self.byte(),
            14 => (value % 40) * (1 << 20) + self.pair(),
            _ => match value % 8 {
                0 => usize::MAX - self.byte(),
                1 => isize::MAX as usize - self.pair(),
                2 => isize::MAX as usize + self.byte(),
                3 => 1 << (40 + self.byte() % 23),
                _ => (1 << 30) + 4096 + self.pair() * 4096,
            },
        }
    }

    /// Returns an alignment: a power of two, to 8 MiB.
    pub fn align(&mut self) -> usize {
        let value = self.byte();
        1 << if value < 224 { value % 15 } else { value % 24 }
    }
}
