//! What is found without a lock: the frontier of an arena, the registry of arenas, the granule map.
//!
//! Who reads is a thread of its own, begun after the writer: loom looks for other orders of two steps only from the later
//! one, and forgets a reader that comes before a writer which reads the word itself.

use loom::cell::UnsafeCell;
use loom::sync::Arc;

use crate::arena::{Arena, Growth, registry};
use crate::base::{Class, GranuleCount, GranuleIndex, UNIT};
use crate::sync::prim::{AtomicU32, Mutation, Ordering, leaves_out, model};

/// A small arena, unmapped at the end of the execution.
pub struct Mapped(pub Arena);

impl Mapped {
    pub fn reserve() -> (Mapped, Growth) {
        let (arena, growth) = Arena::reserve(UNIT, UNIT).ok().unwrap();
        (Mapped(arena), growth)
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        let start = self.0.metadata();
        let length = self.0.base() - start.addr().get() + self.0.granules().bytes();
        // SAFETY: metadata and runs of an arena that nobody uses any more.
        assert_eq!(unsafe { libc::munmap(start.as_ptr().cast(), length) }, 0);
    }
}

/// Something that must be there for whoever sees what was published.
pub struct Witness(UnsafeCell<bool>);

impl Witness {
    pub fn new() -> Witness {
        Witness(UnsafeCell::new(false))
    }

    pub fn write(&self) {
        // SAFETY: by the claim of the model nobody reads yet.
        self.0.with_mut(|done| unsafe { *done = true });
    }

    pub fn read(&self) {
        // SAFETY: by the claim of the model nobody writes any more.
        assert!(self.0.with(|done| unsafe { *done }), "what was published is there");
    }
}

/// Who sees the frontier sees what was committed below it, and may read its metadata.
fn grow_and_look() {
    let (mapped, mut growth) = Mapped::reserve();
    let arena = mapped.0;
    assert_eq!(arena.frontier(), 0);
    assert!(arena.holds(arena.base()));
    let committed = Arc::new(Witness::new());
    let grower = {
        let committed = Arc::clone(&committed);
        loom::thread::spawn(move || {
            if !leaves_out() {
                committed.write();
            }
            growth.grow(GranuleCount(1)).unwrap();
            if leaves_out() {
                committed.write();
            }
        })
    };
    let reader = loom::thread::spawn(move || {
        let seen = arena.frontier();
        if seen > 0 {
            committed.read();
            assert_eq!(arena.class_of(GranuleIndex(seen - 1)), None, "the map below the frontier is readable");
            assert!(arena.granule_of(arena.base()).is_some(), "R3: the frontier only grows");
            assert!(arena.holds(arena.base()));
        }
        seen
    });
    grower.join().unwrap();
    assert!(arena.frontier() >= reader.join().unwrap().max(1));
}

/// Who finds an arena in the registry finds all of it.
fn add_and_find() {
    let (mapped, _growth) = Mapped::reserve();
    let arena = mapped.0;
    let written = Arc::new(Witness::new());
    assert!(registry::get(0).is_none());
    let adder = {
        let written = Arc::clone(&written);
        loom::thread::spawn(move || {
            written.write();
            // SAFETY: nobody else adds one.
            assert_eq!(unsafe { registry::add(arena) }, Some(0));
        })
    };
    let finder = loom::thread::spawn(move || {
        if let Some(found) = registry::get(0) {
            written.read();
            assert_eq!(found.base(), arena.base());
            assert_eq!(registry::all().count(), 1);
        }
    });
    adder.join().unwrap();
    finder.join().unwrap();
    assert_eq!(registry::get(0).map(|found| found.base()), Some(arena.base()));
}

/// The bytes of the granule map are Relaxed: a pointer reaches another thread through the program's own
/// synchronisation, here a word that is released and acquired, and with it the class of its granule.
fn publish_and_hand_over() {
    let (mapped, mut growth) = Mapped::reserve();
    growth.grow(GranuleCount(1)).unwrap();
    let arena = mapped.0;
    let (granule, class) = (GranuleIndex(3), Class::serving(48).unwrap());
    let handed = Arc::new(AtomicU32::new(0));
    assert_eq!((handed.load(Ordering::Relaxed), arena.class_of(granule)), (0, None));
    let maker = {
        let handed = Arc::clone(&handed);
        loom::thread::spawn(move || {
            if !leaves_out() {
                arena.publish(granule, GranuleCount(1), class);
            }
            // Release: the program hands the pointer over. Pairs with the Acquire below.
            handed.store(1, Ordering::Release);
            if leaves_out() {
                arena.publish(granule, GranuleCount(1), class);
            }
        })
    };
    let taker = loom::thread::spawn(move || {
        // Without the hand-over, a look shows the old class or the new.
        assert!(arena.class_of(granule).is_none_or(|shown| shown == class));
        // Acquire: pairs with the Release above.
        if handed.load(Ordering::Acquire) == 1 {
            assert_eq!(arena.class_of(granule), Some(class), "R4");
        }
    });
    maker.join().unwrap();
    taker.join().unwrap();
}

#[test]
fn frontier_is_seen_with_what_is_committed_below_it() {
    model(None, Mutation::None, grow_and_look);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn frontier_that_is_not_acquired_is_noticed() {
    model(None, Mutation::Acquire, grow_and_look);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn frontier_that_is_not_released_is_noticed() {
    model(None, Mutation::Release, grow_and_look);
}

#[test]
#[should_panic]
fn frontier_that_moves_before_the_commit_is_noticed() {
    model(None, Mutation::Step, grow_and_look);
}

#[test]
fn arena_in_the_registry_is_whole() {
    model(None, Mutation::None, add_and_find);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn registry_that_acquires_nothing_is_noticed() {
    model(None, Mutation::Acquire, add_and_find);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn registry_that_releases_nothing_is_noticed() {
    model(None, Mutation::Release, add_and_find);
}

#[test]
fn class_of_a_granule_comes_with_the_pointer() {
    model(None, Mutation::None, publish_and_hand_over);
}

#[test]
#[should_panic(expected = "R4")]
fn class_that_is_shown_after_the_hand_over_is_noticed() {
    model(None, Mutation::Step, publish_and_hand_over);
}

#[test]
#[should_panic(expected = "R4")]
fn hand_over_that_orders_nothing_is_noticed() {
    model(None, Mutation::Release, publish_and_hand_over);
}
