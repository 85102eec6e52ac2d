//! One cache of its own against a model: the set of objects somebody has.

use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::BTreeSet;
use std::vec::Vec;

use proptest::prelude::*;

use super::cache::Cache;
use crate::base::Class;
use crate::buddy::system;
use crate::report::Misuse;

fn cache(class: Class, constructor: Option<fn(NonNull<u8>)>) -> Cache {
    assert!(system::initialise());
    Cache::new(class, constructor)
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
    let mut cache = cache(class(48), None);
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
    let mut cache = cache(class(8192), None);
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
    let mut cache = cache(class(100), None);
    let object = take(&mut cache, 2)[0];
    let shifted = |by: usize| NonNull::new(object.as_ptr().wrapping_add(by)).unwrap();
    assert_eq!(cache.take_back(shifted(8)), Err(Misuse::InteriorPointer));
    assert_eq!(cache.take_back(shifted(class(100).size() * 5)), Err(Misuse::UnallocatedPointer));
    assert_eq!(cache.take_back(NonNull::from(&0u8)), Err(Misuse::ForeignPointer));
    assert_eq!(cache.take_back(object), Ok(()));
    assert_eq!(cache.take_back(object), Err(Misuse::DoubleFree));
    cache.check().unwrap();

    let mut runs = self::cache(class(100_000), None);
    let run = take(&mut runs, 1)[0];
    assert_eq!(runs.take_back(run), Ok(()));
    assert_eq!(runs.take_back(run), Err(Misuse::DoubleFree));
}

#[test]
fn a_constructor_runs_once_per_object() {
    static CONSTRUCTED: AtomicUsize = AtomicUsize::new(0);
    fn construct(object: NonNull<u8>) {
        // SAFETY: an object of 64 bytes that nobody has yet.
        unsafe { object.cast::<u64>().write(0x5eed) };
        CONSTRUCTED.fetch_add(1, Ordering::Relaxed);
    }
    let mut cache = cache(class(64), Some(construct));
    for _ in 0..3 {
        let objects = take(&mut cache, 200);
        for object in objects {
            // SAFETY: the object is constructed and this test's.
            assert_eq!(unsafe { object.cast::<u64>().read() }, 0x5eed);
            cache.take_back(object).unwrap();
        }
    }
    assert_eq!(CONSTRUCTED.load(Ordering::Relaxed), 200);
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
        let mut cache = cache(class, None);
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
