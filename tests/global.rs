//! `Quarry` as the global allocator, through nothing but its public face: layouts against a shadow.

use std::alloc::{GlobalAlloc, Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::thread;

use quarry::Quarry;

#[global_allocator]
static HEAP: Quarry = Quarry;

/// An object and what it should hold: the byte at `i` is `(i ^ seed) as u8` for some of the places.
struct Shadow {
    object: *mut u8,
    layout: Layout,
    seed: usize,
}

/// The places that are written and compared: all of a small object, of a large one both ends and some between.
fn places(size: usize) -> impl Iterator<Item = usize> {
    (0..size.min(64)).chain((64..size).step_by((size / 16).max(1))).chain(size.checked_sub(1))
}

impl Shadow {
    fn new(layout: Layout, seed: usize) -> Shadow {
        // SAFETY: sizes here are at least 1.
        let object = unsafe { if seed.is_multiple_of(3) { alloc_zeroed(layout) } else { alloc(layout) } };
        assert!(!object.is_null() && object.addr().is_multiple_of(layout.align()), "{layout:?}");
        if seed.is_multiple_of(3) {
            // SAFETY: within the object, which is all zero.
            assert!(places(layout.size()).all(|i| unsafe { object.add(i).read() } == 0), "{layout:?} is not zero");
        }
        let shadow = Shadow { object, layout, seed };
        shadow.fill();
        shadow
    }

    fn fill(&self) {
        // SAFETY: within the object.
        places(self.layout.size()).for_each(|i| unsafe { self.object.add(i).write((i ^ self.seed) as u8) });
    }

    fn assert_holds(&self, written: usize) {
        for i in places(written).filter(|&i| i < self.layout.size()) {
            // SAFETY: within the object.
            assert_eq!(unsafe { self.object.add(i).read() }, (i ^ self.seed) as u8, "byte {i} of {:?}", self.layout);
        }
    }

    fn resize(&mut self, size: usize) {
        let before = self.layout.size();
        // SAFETY: the object with its layout; sizes here are at least 1.
        self.object = unsafe { realloc(self.object, self.layout, size) };
        self.layout = Layout::from_size_align(size, self.layout.align()).unwrap();
        assert!(!self.object.is_null() && self.object.addr().is_multiple_of(self.layout.align()), "{:?}", self.layout);
        self.assert_holds(before);
        self.seed = self.seed.wrapping_mul(31).wrapping_add(size);
        self.fill();
    }
}

impl Drop for Shadow {
    fn drop(&mut self) {
        self.assert_holds(self.layout.size());
        // SAFETY: the object with its layout.
        unsafe { dealloc(self.object, self.layout) };
    }
}

/// A sequence that takes a turn at every bit.
fn scramble(state: &mut usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 20
}

#[test]
fn every_size_at_every_alignment_is_its_own_and_comes_back() {
    for shift in 0..=15 {
        let step = if shift % 5 == 4 { 1 } else { 17 };
        for size in (1..=40 << 10).step_by(step) {
            let layout = Layout::from_size_align(size, 1 << shift).unwrap();
            let (one, other) = (Shadow::new(layout, size), Shadow::new(layout, size + 1));
            assert!(one.object.addr().abs_diff(other.object.addr()) >= size);
        }
    }
}

#[test]
fn objects_keep_their_bytes_through_every_sequence_of_sizes() {
    for shift in 0..=21 {
        let mut state = 88 + shift;
        let mut live: Vec<Shadow> = Vec::new();
        for turn in 0..2_000 {
            let number = scramble(&mut state);
            // As many sizes between 2^k and 2^(k+1) for every k up to 8 MiB, the large ones seldom.
            let bits = if number.is_multiple_of(64) { 23 } else { 16 };
            let size = 1 + scramble(&mut state) % (1 << (scramble(&mut state) % (bits + 1)));
            match number % 4 {
                0 if live.len() < 50 => {
                    live.push(Shadow::new(Layout::from_size_align(size, 1 << shift).unwrap(), turn));
                }
                1 if !live.is_empty() => drop(live.swap_remove(number / 4 % live.len())),
                _ if !live.is_empty() => {
                    let at = number / 4 % live.len();
                    live[at].resize(size);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn objects_resized_and_freed_by_other_threads_keep_their_bytes() {
    struct Sent(Vec<Shadow>);
    // SAFETY: a shadow owns its object, and any thread may free it.
    unsafe impl Send for Sent {}
    let mut threads = Vec::new();
    for seed in 0..4 {
        let made =
            (1..2_000).map(|size| Shadow::new(Layout::from_size_align(size * 5, 8 << (size % 6)).unwrap(), seed));
        let sent = Sent(made.collect());
        threads.push(thread::spawn(move || {
            let Sent(shadows) = &mut { sent };
            shadows.iter_mut().enumerate().for_each(|(at, shadow)| shadow.resize(1 + at * 13 % 9_000));
        }));
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn alignments_beyond_a_gibibyte_are_honoured_or_refused() {
    for shift in 22..=62 {
        let layout = Layout::from_size_align(1 << 12, 1 << shift).unwrap();
        // SAFETY: a size above 0.
        let object = unsafe { Quarry.alloc(layout) };
        if object.is_null() {
            assert!(shift > 33, "an alignment of 2^{shift} was refused");
            continue;
        }
        assert!(object.addr().is_multiple_of(1 << shift));
        // SAFETY: the object with its layout.
        unsafe { object.write_bytes(7, 1 << 12) };
        // SAFETY: as above.
        let moved = unsafe { Quarry.realloc(object, layout, 1 << 15) };
        assert!(!moved.is_null() && moved.addr().is_multiple_of(1 << shift));
        // SAFETY: the last byte of those that were written.
        assert_eq!(unsafe { moved.add((1 << 12) - 1).read() }, 7);
        // SAFETY: the object with its layout.
        unsafe { Quarry.dealloc(moved, Layout::from_size_align(1 << 15, 1 << shift).unwrap()) };
    }
}

#[test]
fn more_than_there_can_be_is_refused_and_leaves_the_object() {
    let layout = Layout::from_size_align(100, 8).unwrap();
    let shadow = Shadow::new(layout, 5);
    // SAFETY: the object with its layout.
    assert!(unsafe { Quarry.realloc(shadow.object, layout, isize::MAX as usize - 7) }.is_null());
    // SAFETY: a size above 0.
    assert!(unsafe { Quarry.alloc(Layout::from_size_align(isize::MAX as usize - 7, 8).unwrap()) }.is_null());
    shadow.assert_holds(100);
}
