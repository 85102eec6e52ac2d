//! The shadow heap: which objects there are, where, and what is in them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// How an object came to be, which decides how it may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Of malloc and its family.
    Plain,
    /// `quarry_kmalloc` with the flag for zero bytes in every call so far.
    Zeroed,
    /// Pages of an order.
    Pages(u32),
    /// Exactly the pages of a size.
    Exact(usize),
    /// A region.
    Region,
    /// Of the object cache of this number here.
    Cached(usize),
    /// Of Rust's `GlobalAlloc`, with the alignment of its layout.
    Layout(usize),
}

/// An object that the program has.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// Where it starts.
    pub start: *mut u8,
    /// Bytes that the program may use.
    pub usable: usize,
    /// Bytes that were asked for.
    pub asked: usize,
    /// How it came to be.
    pub kind: Kind,
    seed: u64,
}

/// Objects larger than this are written and read at places alone.
const WHOLE: usize = 16 << 10;

/// Returns the parts of `length` bytes that are written: all of them, or for large objects both ends and places
/// between.
fn parts(length: usize) -> impl Iterator<Item = Range<usize>> {
    const END: usize = 4096;
    const PLACES: usize = 16;
    let whole = length <= WHOLE;
    let ends = if whole { [0..length, 0..0] } else { [0..END, length - END..length] };
    let between = (0..if whole { 0 } else { PLACES }).map(move |place| {
        let at = END + (length - 3 * END) / PLACES * place;
        at..at + 64
    });
    ends.into_iter().chain(between)
}

/// Bytes in no order, twice the period of a pattern, so that a part of an object is one slice of them. Compared and copied
/// whole: a loop over bytes is most of a case when every branch is counted.
static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut period: Vec<u8> = Vec::with_capacity(2 * WHOLE);
    while period.len() < WHOLE {
        state = (state ^ state << 13).wrapping_mul(0xff51_afd7_ed55_8ccd) ^ state >> 29;
        period.extend(state.to_le_bytes());
    }
    period.extend_from_within(..);
    period
});

/// Returns what the object of this seed has in a part.
fn pattern(seed: u64, part: &Range<usize>) -> &'static [u8] {
    let from = (seed as usize + part.start) % WHOLE;
    &NOISE[from..from + part.len()]
}

impl Object {
    /// Writes the object's pattern into it.
    fn fill(&self) {
        for part in parts(self.usable) {
            let bytes = pattern(self.seed, &part);
            // SAFETY: the object is the program's, to the last usable byte.
            unsafe { self.start.add(part.start).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        }
    }

    /// Panics unless the first `kept` bytes at `start`, where they may have moved, are as they were written.
    fn verify(&self, start: *mut u8, kept: usize) {
        for part in parts(self.usable).map(|part| part.start.min(kept)..part.end.min(kept)) {
            // SAFETY: as in `fill`; at least `kept` bytes were moved.
            let found = unsafe { std::slice::from_raw_parts(start.add(part.start), part.len()) };
            assert!(found == pattern(self.seed, &part), "{part:?} of {self:?} at {start:p} changed");
        }
    }

    /// Panics unless the object is as it was written.
    pub fn verify_whole(&self) {
        self.verify(self.start, self.usable);
    }
}

/// Panics unless all bytes of a range are zero; of a very large one, both ends and places between.
pub fn assert_zero(start: *mut u8, range: Range<usize>) {
    const ZERO: [u8; WHOLE] = [0; WHOLE];
    let length = range.end.saturating_sub(range.start);
    let whole = if length <= 4 << 20 { 0..length } else { 0..0 };
    for part in std::iter::once(whole).chain(parts(length)) {
        // SAFETY: inside an object of the program.
        let found = unsafe { std::slice::from_raw_parts(start.add(range.start + part.start), part.len()) };
        let is_zero = found.chunks(WHOLE).all(|bytes| bytes == &ZERO[..bytes.len()]);
        assert!(is_zero, "{part:?} of {range:?} at {start:p} is not zero");
    }
}

/// The objects that the program has.
#[derive(Default)]
pub struct Shadow {
    objects: Vec<Object>,
    /// Where each starts and ends.
    places: BTreeMap<usize, usize>,
    bytes: usize,
    made: u64,
}

// SAFETY: the objects belong to whoever has the shadow, whichever thread that is.
unsafe impl Send for Shadow {}

impl Shadow {
    /// Returns how many objects there are.
    pub fn count(&self) -> usize {
        self.objects.len()
    }

    /// Returns the usable bytes of all objects.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the objects.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Takes in a new object: panics if it overlaps another, or has too little room; fills it.
    pub fn add(&mut self, start: *mut u8, usable: usize, asked: usize, kind: Kind) {
        assert!(usable >= asked, "{usable} bytes for {asked}");
        let (first, end) = (start.addr(), start.addr() + usable.max(1));
        if let Some((other, other_end)) = self.places.range(..end).next_back() {
            assert!(*other_end <= first, "{first:#x}..{end:#x} overlaps {other:#x}..{other_end:#x}");
        }
        self.places.insert(first, end);
        self.bytes += usable;
        self.made += 1;
        let object = Object { start, usable, asked, kind, seed: self.made.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 16 };
        object.fill();
        self.objects.push(object);
    }

    /// Takes an object out, chosen by any number, and verifies its contents. `None` if there is none.
    pub fn take(&mut self, choice: usize) -> Option<Object> {
        let at = choice.checked_rem(self.objects.len())?;
        Some(self.take_at(at))
    }

    /// As `take`, the first one from `choice` on that is as asked.
    pub fn take_such(&mut self, choice: usize, is_such: impl Fn(&Object) -> bool) -> Option<Object> {
        let count = self.objects.len();
        let at = (0..count).map(|turn| (choice + turn) % count).find(|&at| is_such(&self.objects[at]))?;
        Some(self.take_at(at))
    }

    fn take_at(&mut self, at: usize) -> Object {
        let object = self.objects.swap_remove(at);
        object.verify_whole();
        self.places.remove(&object.start.addr());
        self.bytes -= object.usable;
        object
    }

    /// Puts an object back that was taken, as it was: verifies that it is.
    pub fn put_back(&mut self, object: Object) {
        object.verify_whole();
        self.places.insert(object.start.addr(), object.start.addr() + object.usable.max(1));
        self.bytes += object.usable;
        self.objects.push(object);
    }

    /// As `add`, for an object that was resized from `old`, of which it keeps `kept` bytes.
    pub fn add_resized(&mut self, old: Object, start: *mut u8, usable: usize, asked: usize, kept: usize, kind: Kind) {
        old.verify(start, kept);
        self.add(start, usable, asked, kind);
    }
}
