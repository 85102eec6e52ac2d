//! Pages, regions and what is whose, through the public face.

use std::alloc::{Layout, alloc, dealloc};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::thread;

use quarry::{AreaKind, ObjectCache, OutOfMemory, Pages, PlaceState, Quarry, Region, areas, owns};
use static_assertions::{assert_impl_all, assert_not_impl_any};

#[global_allocator]
static HEAP: Quarry = Quarry;

assert_impl_all!(Pages: Send, Sync);
assert_impl_all!(Pages<MaybeUninit<u8>>: Send, Sync);
assert_not_impl_any!(Pages: Clone, Copy);
assert_impl_all!(Region: Send, Sync);
assert_not_impl_any!(Region: Clone, Copy);

/// Returns whether every byte is `value`, by a comparison of memory, which is fast without optimisation too.
fn all(bytes: &[u8], value: u8) -> bool {
    bytes.first().is_none_or(|&first| first == value && bytes[1..] == bytes[..bytes.len() - 1])
}

#[test]
fn pages_of_every_order_are_aligned_to_their_size_and_zero() {
    for order in 0..=Pages::MAX_ORDER {
        for _ in 0..2 {
            let mut pages = Pages::zeroed(order).unwrap();
            assert_eq!((pages.len(), pages.order()), (Pages::page_size() << order, order));
            assert!(pages.as_ptr().addr().is_multiple_of(pages.len()));
            if order < 12 {
                assert!(all(&pages, 0));
                pages.fill(0xff);
            }
            let last = pages.len() - 1;
            (pages[0], pages[last]) = (1, 2);
        }
    }
    assert!(Pages::zeroed(Pages::MAX_ORDER + 1).is_none() && Pages::uninit(u32::MAX).is_none());
}

#[test]
fn pages_that_were_not_zeroed_become_bytes_once_they_are_written() {
    let pages = Pages::uninit(3).unwrap().fill(7);
    assert!(all(&pages, 7) && pages.len() == Pages::page_size() << 3);
    let mut scratch = Pages::uninit(1).unwrap();
    scratch.iter_mut().for_each(|byte| _ = byte.write(9));
    // SAFETY: every byte was written.
    assert!(all(&unsafe { scratch.assume_init() }, 9));
    drop(Pages::uninit(0));
}

#[test]
fn pages_are_written_by_several_threads_and_freed_by_another() {
    let mut pages = Pages::zeroed(6).unwrap();
    let part = pages.len() / 4;
    thread::scope(|scope| {
        for (value, part) in (1..).zip(pages.chunks_mut(part)) {
            scope.spawn(move || part.fill(value));
        }
    });
    thread::spawn(move || assert!(all(&pages[..part], 1) && all(&pages[3 * part..], 4))).join().unwrap();
    let shared: &'static [AtomicU8] = {
        let leaked = Pages::leak(Pages::zeroed(0).unwrap());
        // SAFETY: an `AtomicU8` is laid out as a byte, and these are borrowed mutably for ever.
        unsafe { &*(&raw mut *leaked as *mut [AtomicU8]) }
    };
    thread::scope(|scope| _ = scope.spawn(|| shared[5].store(5, Relaxed)));
    assert_eq!(shared[5].load(Relaxed), 5);
}

#[test]
fn regions_keep_what_they_hold_and_gain_zeros() {
    let mut region = Region::new(100).unwrap();
    let mut held = 0;
    let page = Pages::page_size();
    for size in [100, 0, 1, 100, 0, 3 * page, 3 * page + 1, 40, 41, 0, page, 50 * page, 2 * page + 7, 3 * page, 1] {
        region.resize(size).unwrap();
        assert_eq!(region.len(), size);
        assert!(all(&region[..held.min(size)], 5) && all(&region[held.min(size)..], 0), "{held} to {size}");
        region.fill(5);
        held = size;
    }
    assert_eq!(region.resize(usize::MAX), Err(OutOfMemory));
    assert_eq!(region.resize(1 << 47), Err(OutOfMemory));
    assert_eq!(&region[..], [5]);
    assert!(Region::new(usize::MAX).is_none() && Region::new(isize::MAX as usize).is_none());
    let empty = Region::new(0).unwrap();
    assert!(empty.is_empty());
    thread::spawn(move || drop(region)).join().unwrap();
}

#[test]
fn a_region_grows_to_a_gibibyte_without_being_copied() {
    let mut region = Region::new(64 << 20).unwrap();
    region.fill(3);
    let faults = || {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        stat.rsplit(')').next().unwrap().split_whitespace().nth(7).unwrap().parse::<u64>().unwrap()
    };
    let before = faults();
    for size in [128, 256, 512, 1024] {
        region.resize(size << 20).unwrap();
    }
    let pages = (faults() - before) as usize;
    assert!(pages < 4_000, "{pages} pages were touched; a copy of 64 MiB touches 16,384");
    assert!(region[..64 << 20].iter().step_by(4096).all(|&byte| byte == 3) && region[(1 << 30) - 1] == 0);
}

#[test]
fn areas_are_disjoint_and_hold_what_was_allocated() {
    let layout = Layout::new::<[u8; 100]>();
    // SAFETY: a size above 0.
    let object = unsafe { alloc(layout) };
    let region = Region::new(5 << 20).unwrap();
    let mut all: Vec<_> = areas().collect();
    all.sort_by_key(|area| area.addresses.start);
    assert!(all.is_sorted_by(|one, next| one.addresses.end <= next.addresses.start));
    assert!(all.iter().all(|area| area.in_use <= area.committed && area.committed <= area.addresses.len()));
    let around = |address| all.iter().find(|area| area.addresses.contains(&address)).map(|area| area.kind);
    assert_eq!(around(object.addr()), Some(AreaKind::Arena));
    assert_eq!(around(region.as_ptr().addr()), Some(AreaKind::Region));
    assert!(all.iter().any(|area| area.kind == AreaKind::Metadata));
    // SAFETY: allocated above, used no more.
    unsafe { dealloc(object, layout) };
}

#[test]
fn owns_tells_objects_of_every_kind_and_what_is_none() {
    let cache = ObjectCache::new("owned", || [0_u8; 200]).unwrap();
    let object = cache.alloc().unwrap();
    let place = owns(&object[150]).unwrap();
    let start = object.as_ptr().addr();
    assert_eq!((place.kind, place.state, place.object), (AreaKind::Arena, PlaceState::InUse, Some(start..start + 200)));
    assert_eq!(place.cache.unwrap().as_str(), "owned");
    let inside = &raw const object[150];
    drop(object);
    assert_eq!(owns(inside).unwrap().state, PlaceState::Free);

    let boxed = Box::new([1_u8; 300]);
    let place = owns(&*boxed).unwrap();
    assert_eq!((place.state, place.cache.unwrap().as_str()), (PlaceState::InUse, "size-320"));
    let region = Region::new(1 << 20).unwrap();
    assert_eq!(owns(&raw const region[77]).unwrap().kind, AreaKind::Region);
    let arena = areas().find(|area| area.kind == AreaKind::Arena).unwrap();
    let end = std::ptr::without_provenance::<u8>(arena.addresses.end - 1);
    assert!(owns(end).is_none_or(|place| place.object.is_none()));
    for wild in [0, 1, 64, usize::MAX, 1 << 63, (&raw const HEAP).addr()] {
        assert_eq!(owns(std::ptr::without_provenance::<u8>(wild)), None);
    }
}

#[test]
fn destructors_and_reclaim_closures_may_ask_for_everything() {
    struct Asking;
    impl Drop for Asking {
        fn drop(&mut self) {
            let place = owns(self);
            assert!(place.is_some_and(|place| place.state == PlaceState::Free));
            assert!(areas().count() > 0 && quarry::slabinfo().count() > 0 && quarry::buddyinfo().count() > 0);
            quarry::write_slabinfo(&mut String::new()).unwrap();
        }
    }
    let asking = quarry::CacheBuilder::new("asking").reclaim(|| quarry::write_slabinfo(&mut String::new()).unwrap());
    let cache = asking.build(|| (Asking, 7_u8)).unwrap();
    drop((0..200).map(|_| cache.alloc().unwrap()).collect::<Vec<_>>());
    assert!(cache.reap() > 0);
    drop(cache.alloc());
    assert!(Region::new(1 << 47).is_none(), "more than there is, so memory is short");
    drop(cache);
}
