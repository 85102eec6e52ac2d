//! Magazines of two threads against a model: the set of objects that the program has.

use core::ptr::NonNull;
use std::alloc::{Layout, alloc_zeroed};
use std::vec::Vec;

use proptest::prelude::*;

use super::block::{Block, pop_from, push_to};
use super::upkeep::reap;
use crate::base::shape::set_object_shape;
use crate::base::{Class, OBJECT_CACHES, Shape};
use crate::buddy::system;
use crate::depot::depot_of;
use crate::depot::magazine::MagazineRef;
use crate::slab::cache::{Occupancy, cache_of};

/// Returns a class that no other test uses, for objects of `size` bytes.
fn class(size: usize) -> Class {
    class_of_cache(OBJECT_CACHES - 7, size)
}

/// Returns the class of the object cache of that number, which has objects of `size` bytes.
fn class_of_cache(number: usize, size: usize) -> Class {
    assert!(system::initialise());
    set_object_shape(number, Shape::of_slab(size));
    let class = Class::of_object(number).unwrap();
    cache_of(class).lock().begin(class, false, false);
    class
}

/// Returns a block that no thread has.
fn block() -> &'static Block {
    // SAFETY: a block has a size.
    let memory = NonNull::new(unsafe { alloc_zeroed(Layout::new::<Block>()) }).unwrap().cast::<Block>();
    // SAFETY: zeroed memory of a block, of this test's alone.
    unsafe { Block::prepare(memory, None) };
    // SAFETY: never freed: other blocks are not either.
    unsafe { memory.as_ref() }
}

/// malloc of the class: a hit, or the slow path. With `heir` the slow path at once, as the first call of a thread that
/// came to the block.
fn allocate(block: &Block, class: Class, heir: bool) -> NonNull<u8> {
    let hit = block.pair(class).filter(|_| !heir).and_then(|pair| {
        // SAFETY: two cells of one class; this thread has the block.
        unsafe { pop_from(pair.top, pair.bottom) }
    });
    hit.unwrap_or_else(|| block.refill(class).unwrap().object)
}

/// free of the class.
fn deallocate(block: &Block, class: Class, object: NonNull<u8>) {
    // SAFETY: as in `allocate`, of the class, and given up.
    let hit = block.pair(class).is_some_and(|pair| unsafe { push_to(pair.top, pair.limit, object) });
    if !hit {
        block.spill(class, object);
    }
}

/// Asserts T1 to T3, and that no round of the block is an object that the program has.
fn check(block: &Block, class: Class, live: &[NonNull<u8>]) -> Result<(), TestCaseError> {
    let Some(pair) = block.pair(class) else { return Ok(()) };
    let (top, bottom, limit) = (pair.top.get(), pair.bottom.get(), pair.limit.get());
    prop_assert!(bottom <= top && top <= limit, "T1");
    prop_assert_eq!(bottom.is_null(), pair.slot.loaded.get().is_none(), "T1");
    let capacity = (limit.addr() - bottom.addr()) / size_of::<usize>();
    prop_assert!(capacity <= usize::from(class.shape().rounds), "T3");
    if let Some(loaded) = pair.slot.loaded.get() {
        // SAFETY: the block's own; this reference is not kept.
        let loaded = unsafe { MagazineRef::from_raw(loaded) };
        prop_assert!(capacity <= loaded.room(), "T3");
        prop_assert_eq!(bottom, loaded.first_round().as_ptr(), "T1");
    }
    for &object in live {
        prop_assert!(!block.holds(class, object), "T2: the program has a round");
    }
    Ok(())
}

/// A callback that reaps its cache takes the capacity of the magazine that is being filled; a signal handler frees into
/// one that was empty. The rounds are still there.
#[test]
fn magazines_that_hold_more_than_their_capacity_lose_no_round() {
    let class = class_of_cache(OBJECT_CACHES - 9, 64);
    let block = block();
    let live = || cache_of(class).lock().occupancy().live;
    let mut objects: Vec<_> = (0..200).map(|_| allocate(block, class, false)).collect();
    let pair = block.pair(class).unwrap();
    let top = pair.unload().unwrap();
    assert!(top.count() > 6);
    block.drain(core::iter::once(class));
    pair.load(top);
    while pair.push(objects[objects.len() - 1]) {
        objects.pop();
    }
    let object = objects.pop().unwrap();
    block.spill(class, object);
    assert_eq!(live(), objects.len() + block.rounds_held(class));

    block.drain(core::iter::once(class));
    let mut previous = MagazineRef::new(class, 6).unwrap();
    let mut loaded = MagazineRef::new(class, 60).unwrap();
    for magazine in [&mut previous, &mut loaded] {
        // SAFETY: the first place of a magazine that is this test's alone.
        unsafe { magazine.first_round().write(core::mem::MaybeUninit::new(objects.pop().unwrap())) };
        magazine.set_count(1);
    }
    pair.load(loaded);
    objects.push(pair.exchange(previous).ok().unwrap().object);
    assert_eq!(live(), objects.len() + block.rounds_held(class));
    objects.into_iter().for_each(|object| deallocate(block, class, object));
    block.drain(core::iter::once(class));
    reap(class, true);
    assert_eq!(live(), 0);
}

/// Where no magazine can be had for runs, the thread comes to grow again, and holds nothing the more for it.
#[test]
fn runs_that_grow_twice_are_counted_once() {
    assert!(system::initialise());
    let class = Class::serving(100_000).unwrap();
    let block = block();
    block.allowance.set(8 << 20);
    let pair = block.pair(class).unwrap();
    assert!(block.grow_runs(&pair) && block.grow_runs(&pair));
    block.forgo(&pair);
    assert_eq!((block.held.get(), block.held_runs.get()), (0, 0), "T8");
}

#[derive(Clone, Debug)]
enum Step {
    Allocate { block: usize, count: usize, heir: bool },
    Free { block: usize, count: usize, which: usize },
    Drain { block: usize },
    Reap { all: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let blocks = 0..2usize;
    prop_oneof![
        4 => (blocks.clone(), 1..150usize, any::<bool>())
            .prop_map(|(block, count, heir)| Step::Allocate { block, count, heir }),
        4 => (blocks.clone(), 1..150usize, any::<usize>())
            .prop_map(|(block, count, which)| Step::Free { block, count, which }),
        1 => blocks.prop_map(|block| Step::Drain { block }),
        1 => any::<bool>().prop_map(|all| Step::Reap { all }),
    ]
}

proptest! {
    // A case that fails leaves its class as it is, so none is made smaller.
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 0, ..ProptestConfig::default() })]

    /// No object is handed out twice and none is lost: what the slabs miss is with the program, in a magazine or in the
    /// depot. D1 to D3 and T1 to T3 hold after each step.
    #[test]
    fn random_steps_of_two_threads_agree_with_a_model(
        size in prop_oneof![8..200usize, 8..9000usize, 9000..500_000usize],
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let class = class(size.next_multiple_of(8));
        let blocks = [block(), block()];
        let mut live: Vec<NonNull<u8>> = Vec::new();
        for step in steps {
            match step {
                Step::Allocate { block, count, heir } => {
                    for at in 0..if size > 9000 { count % 8 } else { count } {
                        let object = allocate(blocks[block], class, heir && at == 0);
                        let apart = |other: &NonNull<u8>| {
                            other.addr().get().abs_diff(object.addr().get()) >= class.size()
                        };
                        prop_assert!(live.iter().all(apart), "objects overlap");
                        live.push(object);
                    }
                }
                Step::Free { block, count, which } => {
                    for _ in 0..count.min(live.len()) {
                        let at = which % live.len();
                        deallocate(blocks[block], class, live.swap_remove(at));
                    }
                }
                Step::Drain { block } => blocks[block].drain(core::iter::once(class)),
                Step::Reap { all } => {
                    reap(class, all);
                }
            }
            depot_of(class).lock().check().unwrap();
            cache_of(class).lock().check().unwrap();
            let mut elsewhere = depot_of(class).lock().figures().0;
            for block in blocks {
                check(block, class, &live)?;
                elsewhere += block.rounds_held(class);
            }
            prop_assert_eq!(cache_of(class).lock().occupancy().live, live.len() + elsewhere, "an object is lost");
        }
        for object in live {
            deallocate(blocks[0], class, object);
        }
        for block in blocks {
            block.drain(core::iter::once(class));
        }
        reap(class, true);
        cache_of(class).lock().reap();
        let Occupancy { live, full, partial, empty, .. } = cache_of(class).lock().occupancy();
        prop_assert_eq!((live, full, partial, empty), (0, 0, 0, 0));
    }
}
