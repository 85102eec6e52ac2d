//! What is done once (`heap/load.rs`): whoever comes first makes the arena and registers the fork hooks, and nobody goes
//! on without an arena.

use core::cell::RefCell;

use std::rc::Rc;

use crate::arena::{Arena, registry};
use crate::heap::load;
use crate::publication::{Mapped, Witness};
use crate::sync::prim::{AtomicU32, Mutation, Ordering, leaves_out, model};
use crate::sync::{Lock, Rank};

/// The buddy's lock; what it guards is in the registry of arenas.
static SYSTEM: Lock<{ Rank::Buddy as u8 }, ()> = Lock::new(());
/// How often the fork hooks were registered.
static REGISTERED: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// The arena of this execution, and what must be there for whoever has it.
    static FIRST: RefCell<Option<(Arena, Rc<Witness>)>> = const { RefCell::new(None) };
}

fn first() -> (Arena, Rc<Witness>) {
    FIRST.with_borrow(|first| first.clone()).expect("the execution has an arena")
}

/// As the one in `src/buddy/system.rs`.
pub fn initialise() -> bool {
    let guard = (!leaves_out()).then(|| SYSTEM.lock());
    let done = registry::get(0).is_some() || {
        let (arena, witness) = first();
        witness.write();
        // SAFETY: the lock is held, unless the model leaves it out.
        unsafe { registry::add(arena) }.is_some()
    };
    drop(guard);
    done
}

pub fn register() {
    // Relaxed, both: by the claim of the model one thread comes here.
    REGISTERED.store(REGISTERED.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// A thread's first allocation, and its second.
fn allocate() {
    for _ in 0..2 {
        assert!(load::ready().is_some());
        let (arena, witness) = first();
        let found = registry::get(0).expect("there is an arena once the heap is ready");
        assert_eq!(found.base(), arena.base());
        witness.read();
    }
}

fn load_in_two_threads() {
    let (mapped, _growth) = Mapped::reserve();
    FIRST.set(Some((mapped.0, Rc::new(Witness::new()))));
    // Made before the threads begin.
    assert!(registry::get(0).is_none());
    assert_eq!(REGISTERED.load(Ordering::Relaxed), 0);
    drop(SYSTEM.lock());
    let threads = [(); 2].map(|()| loom::thread::spawn(allocate));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(registry::all().count(), 1, "one arena");
    assert_eq!(REGISTERED.load(Ordering::Relaxed), 1, "the hooks are registered once");
    FIRST.set(None);
}

#[test]
fn the_arena_here_is_made_as_the_real_one_is() {
    let real = include_str!("../../src/buddy/system.rs");
    let (_, body) = real.split_once("pub fn initialise() -> bool {\n").expect("it is there");
    let body: Vec<&str> = body.lines().take(3).map(str::trim).collect();
    let expected = [
        "let mut system = SYSTEM.lock();",
        "registry::get(0).is_some() || system.add_arena(GranuleCount(1), Order::ZERO).is_some()",
        "}",
    ];
    assert_eq!(body, expected, "the model's `initialise` has to follow");
}

#[test]
fn first_calls_of_two_threads_make_one_arena() {
    model(Some(3), Mutation::None, load_in_two_threads);
}

#[test]
#[should_panic]
fn first_calls_without_the_lock_are_noticed() {
    model(Some(3), Mutation::Step, load_in_two_threads);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn first_calls_that_acquire_nothing_are_noticed() {
    model(Some(3), Mutation::Acquire, load_in_two_threads);
}
