//! Which objects a thread's reallocations made larger last: an object that grew several times in a row will grow again.

use core::cell::Cell;
use core::ptr::NonNull;

/// Objects that a thread remembers. A program that grows more of them in turn than that is served as if each grew once.
/// Half loses loops over three or four buffers; double is four more comparisons in every reallocation that grows.
const REMEMBERED: usize = 4;

/// An object that grew: where it is, the size last asked for, and how often it grew without shrinking in between.
///
/// The object may have been freed meanwhile and another may be at its address, which then counts for one that grew. So
/// what is done with the count may be a waste but never wrong.
#[derive(Default)]
pub struct Grown {
    object: Cell<usize>,
    size: Cell<usize>,
    times: Cell<u32>,
}

/// The objects that a thread remembers. Zero bytes are a memory of none.
#[derive(Default)]
pub struct Growths {
    last: [Grown; REMEMBERED],
    next: Cell<usize>,
}

impl Growths {
    /// Returns what is remembered of an object.
    pub fn of(&self, object: NonNull<u8>) -> Option<&Grown> {
        self.last.iter().find(|grown| grown.object.get() == object.addr().get())
    }

    /// Counts that an object is about to grow to `size` bytes, in place of what was remembered longest if it is new.
    pub fn count(&self, object: NonNull<u8>, size: usize) -> Option<&Grown> {
        if let Some(grown) = self.of(object) {
            grown.resized(size);
            return Some(grown);
        }
        let next = self.next.get();
        self.next.set((next + 1) % REMEMBERED);
        let grown = self.last.get(next)?;
        grown.object.set(object.addr().get());
        grown.size.set(size);
        grown.times.set(1);
        Some(grown)
    }
}

impl Grown {
    /// Returns how often the object grew in a row.
    pub fn times(&self) -> u32 {
        self.times.get()
    }

    /// Counts that the object is resized to `size` bytes; returns whether it grows by that or stays as large as it is.
    pub fn resized(&self, size: usize) -> bool {
        let grows = size >= self.size.get();
        self.times.set(if grows { self.times.get().saturating_add(1) } else { 0 });
        self.size.set(size);
        grows
    }

    /// Remembers where the object is now.
    pub fn moved(&self, to: NonNull<u8>) {
        self.object.set(to.addr().get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(address: usize) -> NonNull<u8> {
        NonNull::new(core::ptr::without_provenance_mut(address)).unwrap()
    }

    #[test]
    fn growth_in_a_row_is_counted_across_moves_and_forgotten_by_shrinking() {
        let growths = Growths::default();
        assert!(growths.of(object(16)).is_none());
        for (times, size) in (1..).zip([100, 200, 300]) {
            let grown = growths.count(object(16 * size), size).unwrap();
            assert_eq!(grown.times(), times);
            grown.moved(object(16 * (size + 100)));
        }
        let grown = growths.of(object(16 * 400)).unwrap();
        assert!(!grown.resized(10));
        assert_eq!(grown.times(), 0);
        assert!(growths.of(object(16 * 300)).is_none());
    }

    #[test]
    fn the_last_few_are_remembered() {
        let growths = Growths::default();
        for number in 1..=REMEMBERED + 1 {
            growths.count(object(16 * number), 1);
        }
        assert!(growths.of(object(16)).is_none());
        assert!((2..=REMEMBERED + 1).all(|number| growths.of(object(16 * number)).is_some()));
    }
}
