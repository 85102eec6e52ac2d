//! The heap against a shadow: sizes, alignments, contents, faults.

use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::base::GRANULE;
use crate::base::class::{RUN_MAX, SLAB_MAX};
use crate::os::fault::{self, Plan};

/// Fills an object with a pattern that depends on its place and a seed.
fn fill(object: *mut u8, size: usize, seed: usize) {
    for i in (0..size).step_by((size / 64).max(1)) {
        // SAFETY: within the object.
        unsafe { object.add(i).write((i ^ seed) as u8) };
    }
}

/// Asserts the pattern of `fill` for the first `size` bytes of an object filled at `filled` bytes.
fn assert_holds(object: *mut u8, size: usize, filled: usize, seed: usize) {
    for i in (0..size.min(filled)).step_by((filled / 64).max(1)) {
        // SAFETY: within the object.
        assert_eq!(unsafe { object.add(i).read() }, (i ^ seed) as u8, "byte {i} of {filled}");
    }
}

fn free(object: *mut u8) {
    // SAFETY: the tests free what they allocated, once.
    unsafe { deallocate(object) };
}

#[test]
fn every_size_is_aligned_usable_to_its_end_and_disjoint_from_its_neighbour() {
    for size in 0..=128 << 10 {
        let (a, b) = (allocate(size), allocate(size));
        assert!(!a.is_null() && !b.is_null() && a.addr().is_multiple_of(16));
        let usable = usable_size(a);
        assert!(usable >= size && usable == good_size(size));
        assert!(a.addr().abs_diff(b.addr()) >= usable, "objects of {size} overlap");
        // SAFETY: usable size is writable to its last byte.
        unsafe { a.add(usable - 1).write(1) };
        free(a);
        free(b);
    }
}

#[test]
fn every_size_to_128_kib_at_every_alignment_to_64_kib_is_aligned_and_usable_to_its_ends() {
    for shift in 0..=16 {
        let align = 1usize << shift;
        for size in 0..=128 << 10 {
            let object = allocate_aligned(align, size);
            assert!(!object.is_null() && object.addr().is_multiple_of(align), "{size} at {align}");
            let usable = usable_size(object);
            assert!(usable >= size, "{size} at {align}");
            // SAFETY: the first and the last usable byte.
            unsafe { object.write(1) };
            // SAFETY: as above.
            unsafe { object.add(usable - 1).write(1) };
            free(object);
        }
    }
}

#[test]
fn alignments_to_a_gibibyte_hold() {
    for shift in 17..=30 {
        let object = allocate_aligned(1 << shift, 100);
        assert!(!object.is_null() && object.addr().is_multiple_of(1 << shift), "2^{shift}");
        fill(object, 100, shift);
        free(object);
    }
}

#[test]
fn zeroed_memory_is_zero_after_it_was_used() {
    for size in [1, 100, 1000, 30_000, 40_000, 200_000, 3 << 20, 5 << 20, 40 << 20] {
        for _ in 0..3 {
            let object = allocate_zeroed(size);
            // SAFETY: the object has `size` bytes.
            let bytes = unsafe { core::slice::from_raw_parts_mut(object, size) };
            assert!(bytes.iter().all(|&byte| byte == 0), "{size}");
            bytes.fill(0xff);
            free(object);
        }
    }
}

#[test]
fn reallocation_keeps_contents_across_every_kind_of_place() {
    let sizes =
        [1, 16, 17, 500, 5_000, SLAB_MAX, SLAB_MAX + 1, 100_000, 1 << 20, RUN_MAX, RUN_MAX + 1, 20 << 20, 70 << 20];
    for &from in &sizes {
        for &to in &sizes {
            let object = allocate(from);
            fill(object, from, to);
            // SAFETY: an object of this heap.
            let moved = unsafe { reallocate(core::ptr::NonNull::new(object).unwrap(), to) };
            assert!(!moved.is_null() && usable_size(moved) >= to);
            assert_holds(moved, to, from, to);
            free(moved);
        }
    }
}

#[test]
fn reallocation_to_an_impossible_size_leaves_the_object() {
    for from in [100, 100_000, 1 << 20, 5 << 20, 2 << 30] {
        let object = allocate(from);
        fill(object, from, 1);
        for to in [(1usize << 46) - GRANULE, (1 << 46) - 1, 1 << 46, isize::MAX as usize, usize::MAX] {
            // SAFETY: an object of this heap, which a refusal leaves as it was.
            assert!(unsafe { reallocate(core::ptr::NonNull::new(object).unwrap(), to) }.is_null(), "{from} to {to}");
        }
        assert!(usable_size(object) < 2 * from + 64);
        assert_holds(object, from, from, 1);
        free(object);
    }
}

#[test]
fn impossible_sizes_are_refused() {
    for size in [isize::MAX as usize + 1, usize::MAX, usize::MAX - 4095, isize::MAX as usize] {
        assert!(allocate(size).is_null());
        assert!(allocate_zeroed(size).is_null());
        assert!(allocate_aligned(4096, size).is_null());
    }
}

#[test]
fn refusals_at_every_call_to_the_kernel_lose_nothing() {
    // Every call from the n-th on, and the n-th alone.
    for count in [u32::MAX, 1] {
        let last = (0..400).find(|&first| !loses_nothing(Plan { call: None, first, count }));
        assert!(last.is_some_and(|last| last > 0), "the load is refused something, and has an end");
    }
}

/// Runs a load of refusals; returns whether there was one.
fn loses_nothing(plan: Plan) -> bool {
    let sizes = [24, 300, 5_000, 40_000, 600_000, 3 << 20, 30 << 20, 2 << 30];
    let mut live = Vec::with_capacity(4000);
    fault::arm(plan);
    for turn in 0..48usize {
        let size = sizes[turn % sizes.len()];
        let object = if turn % 3 == 0 { allocate_zeroed(size) } else { allocate(size) };
        if !object.is_null() {
            fill(object, size, turn);
            live.push((object, size, turn));
        }
        if turn % 24 == 23 {
            trim(0);
        }
        if turn % 5 == 4
            && let Some((object, size, seed)) = live.pop()
        {
            // SAFETY: an object of this heap, replaced in the list if it moves.
            let moved = unsafe { reallocate(core::ptr::NonNull::new(object).unwrap(), size * 2) };
            if moved.is_null() {
                live.push((object, size, seed));
            } else {
                assert_holds(moved, size, size, seed);
                free(moved);
            }
        }
        if live.len() > 24 {
            let (object, size, seed) = live.swap_remove(turn % live.len());
            assert_holds(object, size, size, seed);
            free(object);
        }
    }
    let tripped = fault::disarm() > 0;
    for (object, size, seed) in live {
        assert_holds(object, size, size, seed);
        free(object);
    }
    let after = allocate(100_000);
    assert!(!after.is_null(), "memory is back");
    free(after);
    tripped
}

#[derive(Clone, Debug)]
enum Step {
    Allocate(usize),
    Zeroed(usize),
    Aligned(u32, usize),
    Reallocate(usize, usize),
    Free(usize),
    Trim,
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 0..1024usize, 4 => 0..SLAB_MAX, 2 => SLAB_MAX..RUN_MAX, 1 => RUN_MAX..16 << 20]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => size().prop_map(Step::Allocate),
        2 => size().prop_map(Step::Zeroed),
        2 => (0..22u32, size()).prop_map(|(shift, size)| Step::Aligned(shift, size)),
        3 => (any::<usize>(), size()).prop_map(|(which, size)| Step::Reallocate(which, size)),
        8 => any::<usize>().prop_map(Step::Free),
        1 => Just(Step::Trim),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whatever the sequence, objects are disjoint and keep their contents. The tests of this file run beside each
    /// other, so the walkers run where nothing else does: in the tests of the layers, and in `c_tests/conform`.
    #[test]
    fn random_steps_agree_with_a_shadow(steps in prop::collection::vec(step(), 1..300)) {
        let mut live: Vec<(*mut u8, usize, usize)> = Vec::new();
        for (seed, step) in steps.into_iter().enumerate() {
            match step {
                Step::Allocate(size) | Step::Zeroed(size) | Step::Aligned(_, size) => {
                    let object = match step {
                        Step::Zeroed(_) => allocate_zeroed(size),
                        Step::Aligned(shift, _) => allocate_aligned(1 << shift, size),
                        _ => allocate(size),
                    };
                    prop_assert!(!object.is_null());
                    for &(other, other_size, _) in &live {
                        let apart = object.addr() + size <= other.addr() || other.addr() + other_size <= object.addr();
                        prop_assert!(apart || size == 0 || other_size == 0);
                    }
                    fill(object, size, seed);
                    live.push((object, size, seed));
                }
                Step::Reallocate(which, size) if !live.is_empty() => {
                    let at = which % live.len();
                    let (object, old, old_seed) = live.swap_remove(at);
                    // SAFETY: an object of this heap.
                    let moved = unsafe { reallocate(core::ptr::NonNull::new(object).unwrap(), size) };
                    prop_assert!(!moved.is_null());
                    assert_holds(moved, size, old, old_seed);
                    fill(moved, size, seed);
                    live.push((moved, size, seed));
                }
                Step::Free(which) if !live.is_empty() => {
                    let (object, size, seed) = live.swap_remove(which % live.len());
                    assert_holds(object, size, size, seed);
                    free(object);
                }
                Step::Trim => { trim(0); }
                _ => {}
            }
        }
        for (object, size, seed) in live {
            assert_holds(object, size, size, seed);
            free(object);
        }
    }
}

#[test]
fn threads_hand_objects_on_and_die() {
    for _ in 0..20 {
        let (sender, receiver) = std::sync::mpsc::channel::<Vec<(usize, usize)>>();
        let producers: Vec<_> = (0..4)
            .map(|seed| {
                let sender = sender.clone();
                std::thread::spawn(move || {
                    let objects = (0..500).map(|i| {
                        let size = (i * 37 + seed * 11) % 5000;
                        let object = allocate(size);
                        fill(object, size, size);
                        (object.expose_provenance(), size)
                    });
                    sender.send(objects.collect()).unwrap();
                })
            })
            .collect();
        drop(sender);
        for objects in receiver {
            for (object, size) in objects {
                let object = core::ptr::with_exposed_provenance_mut(object);
                assert_holds(object, size, size, size);
                free(object);
            }
        }
        for producer in producers {
            producer.join().unwrap();
        }
    }
}
