//! One cache of its own against a model: the set of objects somebody has.

use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::collections::BTreeSet;
use std::vec::Vec;

use proptest::prelude::*;

use super::cache::{Cache, Occupancy};
use super::record::unmark;
use crate::base::shape::set_object_shape;
use crate::base::{Class, GRANULE, OBJECT_CACHES, Shape};
use crate::buddy::system;
use crate::report::Misuse;

fn cache(class: Class) -> Cache {
    assert!(system::initialise());
    Cache::new(Some(class))
}

/// Returns a cache of an object cache's class, whose number no other test uses.
fn object_cache(number: usize, shape: Shape, constructs: bool, destructs: bool) -> Cache {
    let class = Class::of_object(number).unwrap();
    set_object_shape(number, shape);
    let mut cache = cache(class);
    cache.begin(class, constructs, destructs);
    cache
}

fn take(cache: &mut Cache, count: usize) -> Vec<NonNull<u8>> {
    let mut room = std::vec![MaybeUninit::uninit(); count];
    let mut zero = false;
    let done = cache.hand_out(&mut room, &mut zero);
    // SAFETY: the last `done` places were filled.
    room[count - done..].iter().rev().map(|place| unsafe { place.assume_init() }).collect()
}

fn class(size: usize) -> Class {
    Class::serving(size).unwrap()
}

#[test]
fn objects_come_lowest_address_first_and_never_twice() {
    let mut cache = cache(class(48));
    let objects = take(&mut cache, 3000);
    assert_eq!(objects.len(), 3000);
    assert!(objects[..1000].is_sorted());
    assert_eq!(objects.iter().collect::<BTreeSet<_>>().len(), 3000);
    cache.check().unwrap();
    for object in objects {
        cache.take_back(object).unwrap();
    }
    cache.check().unwrap();
    assert_eq!(cache.occupancy().live, 0);
    assert_eq!(cache.occupancy().empty, 1, "C2");
    cache.reap();
    assert_eq!(cache.occupancy().empty, 0);
}

#[test]
fn the_fullest_slab_is_used_first() {
    let mut cache = cache(class(8192));
    let per_slab = class(8192).shape().objects as usize;
    let objects = take(&mut cache, per_slab * 3);
    // One free object in the first slab, all but one in the second.
    cache.take_back(objects[0]).unwrap();
    for object in &objects[per_slab + 1..2 * per_slab] {
        cache.take_back(*object).unwrap();
    }
    assert_eq!(take(&mut cache, 1), [objects[0]]);
    cache.check().unwrap();
}

#[test]
fn misuse_is_told_apart() {
    let mut cache = cache(class(100));
    let object = take(&mut cache, 2)[0];
    let shifted = |by: usize| NonNull::new(object.as_ptr().wrapping_add(by)).unwrap();
    assert_eq!(cache.take_back(shifted(8)), Err(Misuse::InteriorPointer));
    assert_eq!(cache.take_back(shifted(class(100).size() * 5)), Err(Misuse::UnallocatedPointer));
    assert_eq!(cache.take_back(NonNull::from(&0u8)), Err(Misuse::ForeignPointer));
    assert_eq!(cache.take_back(object), Ok(()));
    assert_eq!(cache.take_back(object), Err(Misuse::DoubleFree));
    cache.check().unwrap();

    let mut runs = self::cache(class(100_000));
    let run = take(&mut runs, 1)[0];
    assert_eq!(runs.take_back(run), Ok(()));
    assert_eq!(runs.take_back(run), Err(Misuse::DoubleFree));
}

#[test]
fn objects_are_marked_until_they_are_constructed() {
    let mut cache = object_cache(OBJECT_CACHES - 2, Shape::of_slab(64).coloured(8), true, false);
    let marked = take(&mut cache, 5);
    assert!(marked.iter().all(|&place| unmark(place).1));
    // Two are constructed and come back, the constructor fails on the others.
    for &place in &marked[..2] {
        cache.take_back(unmark(place).0).unwrap();
    }
    for &place in &marked[2..] {
        cache.take_back_raw(place);
        cache.check().unwrap();
    }
    assert_eq!(cache.occupancy().live, 0);
    // Constructed objects first, then the raw ones, then new ones: each marked unless it is constructed.
    let again = take(&mut cache, 6);
    assert_eq!(again[..2], [unmark(marked[0]).0, unmark(marked[1]).0]);
    assert_eq!(again[2..5], marked[2..]);
    assert!(unmark(again[5]).1 && !marked.contains(&again[5]));
    for place in again {
        assert_eq!(cache.take_back(unmark(place).0), Ok(()));
        assert_eq!(cache.take_back(unmark(place).0), Err(Misuse::DoubleFree));
    }
    cache.check().unwrap();
    cache.reap();
    assert_eq!(cache.occupancy().empty, 0);
}

#[test]
fn condemned_slabs_wait_for_their_destructor_and_are_used_again_before() {
    let shape = Shape::of_slab(8192);
    let mut cache = object_cache(OBJECT_CACHES - 3, shape, false, true);
    let per_slab = usize::from(shape.objects);
    let give_back = |cache: &mut Cache, objects: Vec<NonNull<u8>>| {
        for object in objects {
            cache.take_back(object).unwrap();
        }
        cache.check().unwrap();
    };
    let objects = take(&mut cache, 3 * per_slab);
    give_back(&mut cache, objects);
    assert_eq!(cache.occupancy().empty, 3, "one held back, two condemned");
    let objects = take(&mut cache, 2 * per_slab);
    assert_eq!((cache.occupancy().empty, cache.occupancy().full), (1, 2), "no new slab is cut");
    give_back(&mut cache, objects);
    assert_eq!(cache.reap(), 0, "the one held back is condemned too");
    let mut destructed = 0;
    while let Some(mut slab) = cache.take_condemned() {
        let mut next = 0;
        // SAFETY: the slab is this test's until it is dissolved.
        while let Some((_, number)) = unsafe { slab.as_mut() }.unmake_from(next) {
            (destructed, next) = (destructed + 1, number + 1);
        }
        assert_eq!(cache.dissolve_settled(slab), shape.count().bytes());
    }
    assert_eq!(destructed, 3 * per_slab);
    assert_eq!(cache.occupancy(), Occupancy { handed_out: cache.occupancy().handed_out, ..Occupancy::default() });
}

#[test]
fn slabs_of_an_object_cache_take_turns_in_their_colours() {
    let shape = Shape::of_slab(1000).coloured(8);
    let mut cache = object_cache(OBJECT_CACHES - 4, shape, false, false);
    let slabs = 2 * usize::from(shape.colours);
    let objects = take(&mut cache, slabs * usize::from(shape.objects));
    let mut lines: Vec<usize> = objects
        .chunks(usize::from(shape.objects))
        .map(|slab| slab.iter().min().unwrap().addr().get() % GRANULE)
        .collect();
    lines.sort_unstable();
    lines.dedup();
    let expected: Vec<usize> = (0..usize::from(shape.colours)).map(|colour| colour * 64).collect();
    assert_eq!(lines, expected);
    for object in objects {
        cache.take_back(object).unwrap();
    }
    cache.reap();
}

#[test]
fn objects_of_other_caches_are_told() {
    let mut one = object_cache(OBJECT_CACHES - 5, Shape::of_slab(64), false, false);
    let mut other = object_cache(OBJECT_CACHES - 6, Shape::of_slab(64), false, false);
    let mut sizes = cache(class(64));
    let mut runs = cache(class(100_000));
    let objects = [&mut other, &mut sizes, &mut runs].map(|cache| take(cache, 1)[0]);
    for object in objects {
        assert_eq!(one.take_back(object), Err(Misuse::WrongCache));
    }
    assert_eq!(other.take_back(objects[0]), Ok(()));
    assert_eq!(sizes.take_back(objects[1]), Ok(()));
    assert_eq!(runs.take_back(objects[2]), Ok(()));
    for mut cache in [one, other, sizes] {
        cache.check().unwrap();
        cache.reap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Objects handed out are distinct, of the class, and counted; C1 to C3 and L1 to L5 hold after each step.
    #[test]
    fn random_steps_agree_with_a_model(
        size in prop_oneof![1..2000usize, 1..32_768usize, 32_769..1_000_000usize],
        steps in prop::collection::vec((any::<bool>(), 1..40usize, any::<usize>()), 1..80),
    ) {
        let class = class(size);
        let mut cache = cache(class);
        let mut live: Vec<NonNull<u8>> = Vec::new();
        for (taking, count, which) in steps {
            if taking {
                for object in take(&mut cache, count) {
                    let apart = |other: &NonNull<u8>| other.addr().get().abs_diff(object.addr().get()) >= class.size();
                    prop_assert!(live.iter().all(apart));
                    live.push(object);
                }
            } else {
                for _ in 0..count.min(live.len()) {
                    let at = which % live.len();
                    prop_assert_eq!(cache.take_back(live.swap_remove(at)), Ok(()));
                }
            }
            cache.check().unwrap();
            prop_assert_eq!(cache.occupancy().live, live.len());
        }
        for object in live {
            cache.take_back(object).unwrap();
        }
        cache.reap();
        prop_assert_eq!(cache.occupancy().full + cache.occupancy().partial, 0);
    }
}
