//! Object caches with a type, through the public face: life of the objects, threads, refusals, uses that are not meant.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, OnceLock, RwLock, RwLockReadGuard, Weak};
use std::thread;

use quarry::{CacheBuilder, CacheError, Object, ObjectCache, Quarry};
use static_assertions::{assert_impl_all, assert_not_impl_any};

assert_impl_all!(ObjectCache<Vec<u8>>: Send, Sync);
assert_impl_all!(ObjectCache<Cell<u8>>: Send, Sync);
assert_not_impl_any!(ObjectCache<Rc<u8>>: Send, Sync);
assert_not_impl_any!(ObjectCache<MutexGuard<'static, u8>>: Send, Sync);
assert_impl_all!(Object<'static, Vec<u8>>: Send, Sync);
assert_impl_all!(Object<'static, Cell<u8>>: Send);
assert_not_impl_any!(Object<'static, Cell<u8>>: Sync);
assert_not_impl_any!(Object<'static, Rc<u8>>: Send, Sync);
assert_impl_all!(Object<'static, MutexGuard<'static, u8>>: Sync);
assert_not_impl_any!(Object<'static, MutexGuard<'static, u8>>: Send);
assert_not_impl_any!(Object<'static, u8>: Clone, Copy);
assert_not_impl_any!(ObjectCache<u8>: Clone, Copy);

/// The test that takes all caches there are runs alone.
static ROOM: RwLock<()> = RwLock::new(());

fn with_room() -> RwLockReadGuard<'static, ()> {
    ROOM.read().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Makes memory short: everything is reaped and the reclaim closures run.
fn run_short() {
    let layout = Layout::from_size_align(1 << 47, 8).unwrap();
    // SAFETY: a size above 0.
    assert!(unsafe { Quarry.alloc(layout) }.is_null());
}

/// A value that counts how many of its kind live.
struct Counted {
    alive: &'static AtomicUsize,
    value: usize,
}

impl Counted {
    fn new(alive: &'static AtomicUsize) -> Counted {
        alive.fetch_add(1, Relaxed);
        Counted { alive, value: 7 }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        assert!(self.alive.fetch_sub(1, Relaxed) > 0);
    }
}

#[test]
fn objects_are_constructed_once_and_dropped_when_their_slab_goes() {
    let _room = with_room();
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let cache = ObjectCache::new("counted", || {
        MADE.fetch_add(1, Relaxed);
        Counted::new(&ALIVE)
    })
    .unwrap();
    assert_eq!(MADE.load(Relaxed), 0, "objects are made when they are asked for");
    for _ in 0..50 {
        let several: Vec<_> = (0..100).map(|_| cache.alloc().unwrap()).collect();
        assert!(several.iter().all(|object| object.value == 7));
    }
    assert!((100..300).contains(&MADE.load(Relaxed)), "objects are used again");
    assert_eq!(ALIVE.load(Relaxed), MADE.load(Relaxed), "a free object stays constructed");
    assert!(cache.reap() > 0);
    assert_eq!(ALIVE.load(Relaxed), 0, "reaped slabs drop their objects");
    cache.alloc().unwrap().value = 8;
    drop(cache);
    assert_eq!(ALIVE.load(Relaxed), 0, "a cache that is dropped drops its objects");
}

#[test]
fn an_object_is_found_as_it_was_given_back() {
    let _room = with_room();
    let cache = ObjectCache::new("text", String::new).unwrap();
    cache.alloc().unwrap().push_str("kept");
    assert_eq!(*cache.alloc().unwrap(), "kept");
}

#[test]
fn every_layout_has_places_of_its_size_and_alignment_or_is_refused() {
    let _room = with_room();
    #[repr(align(1024))]
    #[derive(Clone)]
    struct Aligned([u8; 3000]);
    #[repr(align(16384))]
    struct Granule(#[expect(unused)] u8);
    #[repr(align(32768))]
    struct Beyond(#[expect(unused)] u8);

    let cache = ObjectCache::new("aligned", || Aligned([3; 3000])).unwrap();
    let objects: Vec<_> = (0..40).map(|_| cache.alloc().unwrap()).collect();
    assert!(objects.iter().all(|object| (&raw const **object).addr().is_multiple_of(1024) && object.0 == [3; 3000]));
    let cache = ObjectCache::new("granule", || Granule(1)).unwrap();
    assert!((&raw const *cache.alloc().unwrap()).addr().is_multiple_of(16384));
    let cache = ObjectCache::new("byte", || 9_u8).unwrap();
    let bytes: Vec<_> = (0..1000).map(|_| cache.alloc().unwrap()).collect();
    assert!(bytes.iter().all(|byte| **byte == 9));
    let cache = ObjectCache::new("largest", || [5_u8; 4 << 20]);
    drop(cache.unwrap());

    assert_eq!(ObjectCache::new("nothing", || ()).unwrap_err(), CacheError::BadLayout);
    assert_eq!(ObjectCache::new("too-large", || [0_u8; (4 << 20) + 1]).unwrap_err(), CacheError::BadLayout);
    assert_eq!(ObjectCache::new("beyond", || Beyond(1)).unwrap_err(), CacheError::BadLayout);
}

#[test]
fn names_are_checked_and_refusals_drop_the_constructor() {
    let _room = with_room();
    let held = Arc::new(());
    for name in
        ["", "with space", "quo\"te", "back\\slash", "thirty-two-characters-are-too-many", "\u{fc}mlaut", "nul\0"]
    {
        let held = held.clone();
        let refused = ObjectCache::new(name, move || held.clone());
        assert_eq!(refused.unwrap_err(), CacheError::BadName, "{name:?}");
    }
    let other = held.clone();
    assert!(ObjectCache::new("refused", move || assert!(Arc::strong_count(&other) > 0)).is_err());
    assert_eq!(Arc::strong_count(&held), 1);
    assert!(ObjectCache::new("exactly-31-characters-are-fine!", || 1).is_ok());
    let (one, other) = (ObjectCache::new("twice", || 1).unwrap(), ObjectCache::new("twice", || 2).unwrap());
    assert_eq!((*one.alloc().unwrap(), *other.alloc().unwrap()), (1, 2));
}

#[test]
fn a_cache_drops_its_closures_with_it() {
    let _room = with_room();
    let held = Arc::new(());
    let (one, other) = (held.clone(), held.clone());
    let cache = CacheBuilder::new("closures").reclaim(move || drop(one.clone())).build(move || other.clone()).unwrap();
    let object = cache.alloc().unwrap();
    assert!(Arc::strong_count(&held) >= 4);
    drop(object);
    drop(cache);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn objects_travel_between_threads_through_the_depot() {
    let _room = with_room();
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    let cache = ObjectCache::new("traveller", || Box::new(Counted::new(&ALIVE))).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel::<Object<'_, Box<Counted>>>();
    let (receiver, received) = (Mutex::new(receiver), AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..2 {
            let (sender, cache) = (sender.clone(), &cache);
            scope.spawn(move || {
                for turn in 0..20_000 {
                    let mut object = cache.alloc().unwrap();
                    object.value = number * 100_000 + turn;
                    sender.send(object).unwrap();
                }
            });
        }
        drop(sender);
        for _ in 0..2 {
            scope.spawn(|| {
                // Not in a `while let` on the call: the guard would live through the loop.
                loop {
                    let Ok(object) = receiver.lock().unwrap().recv() else { break };
                    if received.fetch_add(1, Relaxed).is_multiple_of(512) {
                        cache.reap();
                    }
                    assert!(object.value % 100_000 < 20_000);
                }
            });
        }
    });
    assert_eq!(received.load(Relaxed), 40_000);
    drop(receiver);
    assert!(cache.destroy().is_ok());
    assert_eq!(ALIVE.load(Relaxed), 0);
}

#[test]
fn objects_of_threads_that_ended_are_found_when_the_cache_is_dropped() {
    let _room = with_room();
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    let cache = Arc::new(ObjectCache::new("mortal", || Counted::new(&ALIVE)).unwrap());
    for _ in 0..10 {
        let cache = cache.clone();
        thread::spawn(move || (0..50).for_each(|_| drop(cache.alloc().unwrap()))).join().unwrap();
    }
    drop(Arc::into_inner(cache).unwrap());
    assert_eq!(ALIVE.load(Relaxed), 0);
}

#[test]
fn a_failing_constructor_refuses_and_loses_nothing() {
    let _room = with_room();
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    static LEFT: AtomicUsize = AtomicUsize::new(100);
    let cache = ObjectCache::try_new("failing", || {
        LEFT.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).ok().map(|_| Counted::new(&ALIVE))
    })
    .unwrap();
    let objects: Vec<_> = std::iter::from_fn(|| cache.alloc()).take(1_000).collect();
    assert_eq!(objects.len(), 100);
    LEFT.store(10, Relaxed);
    let more: Vec<_> = std::iter::from_fn(|| cache.alloc()).take(1_000).collect();
    assert_eq!(more.len(), 10);
    drop((objects, more));
    assert_eq!(ALIVE.load(Relaxed), 110);
    assert!(cache.destroy().is_ok());
    assert_eq!(ALIVE.load(Relaxed), 0);
}

#[test]
fn forgotten_objects_keep_their_cache_and_stay_good() {
    let _room = with_room();
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    let held = Arc::new(());
    let inside = held.clone();
    let cache = ObjectCache::new("forgotten", move || (inside.clone(), Counted::new(&ALIVE))).unwrap();
    let leaked = Object::into_raw(cache.alloc().unwrap());
    std::mem::forget(cache.alloc().unwrap());
    drop(cache);
    run_short();
    // SAFETY: the object was let go and not given back, so it lives as long as its cache, which could not be destroyed.
    assert_eq!(unsafe { leaked.as_ref() }.1.value, 7);
    assert!(Arc::strong_count(&held) >= 3, "the closure and the objects that are out stay");
    assert_eq!(ALIVE.load(Relaxed), Arc::strong_count(&held) - 2);
}

#[test]
fn leaked_objects_can_be_taken_in_again() {
    let _room = with_room();
    let cache = ObjectCache::new("leaked", || String::from("x")).unwrap();
    let text = Object::leak(cache.alloc().unwrap());
    text.push('y');
    let text = std::ptr::NonNull::from(text);
    let cache = cache.destroy().unwrap_err();
    assert_eq!(format!("{cache:?}"), "ObjectCache { name: \"leaked\", .. }");
    // SAFETY: leaked above, of this cache, used no more.
    let text = unsafe { Object::from_raw(&cache, text) };
    assert_eq!(format!("{text:?}"), "\"xy\"");
    drop(text);
    assert!(cache.destroy().is_ok());
}

#[test]
fn a_constructor_may_use_its_own_cache() {
    let _room = with_room();
    static CACHE: OnceLock<ObjectCache<Counted>> = OnceLock::new();
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static DEPTH: Cell<usize> = const { Cell::new(0) });
    let cache = CACHE.get_or_init(|| {
        ObjectCache::new("nested", || {
            let depth = DEPTH.get();
            if depth < 3 && ALIVE.load(Relaxed) < 5_000 {
                DEPTH.set(depth + 1);
                let cache = CACHE.get().unwrap();
                let (one, other) = (cache.alloc().unwrap(), cache.alloc().unwrap());
                assert_ne!(&raw const *one, &raw const *other);
                if depth == 2 {
                    cache.reap();
                }
                DEPTH.set(depth);
            }
            Counted::new(&ALIVE)
        })
        .unwrap()
    });
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..30 {
                    let several: Vec<_> = (0..300).map(|_| cache.alloc().unwrap()).collect();
                    let mut places: Vec<_> = several.iter().map(|object| (&raw const **object).addr()).collect();
                    places.sort_unstable();
                    places.dedup();
                    assert_eq!(places.len(), 300);
                    drop(several);
                    cache.reap();
                }
            });
        }
    });
}

#[test]
fn a_destructor_may_use_its_own_cache() {
    let _room = with_room();
    struct Node {
        cache: Weak<ObjectCache<Node>>,
        uses: bool,
    }
    impl Drop for Node {
        fn drop(&mut self) {
            if let Some(cache) = self.cache.upgrade().filter(|_| self.uses) {
                let mut other = cache.alloc().unwrap();
                other.uses = false;
                cache.reap();
            }
        }
    }
    let cache = Arc::new_cyclic(|cache: &Weak<ObjectCache<Node>>| {
        let cache = cache.clone();
        ObjectCache::new("cyclic", move || Node { cache: cache.clone(), uses: true }).unwrap()
    });
    for _ in 0..20 {
        drop((0..500).map(|_| cache.alloc().unwrap()).collect::<Vec<_>>());
        cache.reap();
        run_short();
    }
    assert!(Arc::into_inner(cache).unwrap().destroy().is_ok());
}

#[test]
fn reclaim_closures_run_when_memory_is_short() {
    let _room = with_room();
    static SPARE: Mutex<Vec<Object<'static, Counted>>> = Mutex::new(Vec::new());
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    let build =
        CacheBuilder::new("spared").uncoloured().reclaim(|| SPARE.try_lock().map_or((), |mut spare| spare.clear()));
    let cache: &'static ObjectCache<Counted> = Box::leak(Box::new(build.build(|| Counted::new(&ALIVE)).unwrap()));
    SPARE.lock().unwrap().extend((0..10).map(|_| cache.alloc().unwrap()));
    run_short();
    assert!(SPARE.lock().unwrap().is_empty());
    assert_eq!(ALIVE.load(Relaxed), 0, "what the closure gave back was dropped");
}

#[test]
fn a_cache_that_is_dropped_within_a_callback_of_its_own_stays() {
    let _room = with_room();
    static VICTIM: Mutex<Option<ObjectCache<Arc<()>>>> = Mutex::new(None);
    let held = Arc::new(());
    let inside = held.clone();
    let build =
        CacheBuilder::new("victim").reclaim(|| drop(VICTIM.try_lock().ok().and_then(|mut victim| victim.take())));
    let victim = build.build(move || inside.clone()).unwrap();
    drop(victim.alloc().unwrap());
    *VICTIM.lock().unwrap() = Some(victim);
    run_short();
    assert!(VICTIM.lock().unwrap().is_none());
    assert!(Arc::strong_count(&held) >= 2, "the closure stays with the cache");
}

#[test]
fn objects_may_own_caches() {
    let _room = with_room();
    for turn in 0..60 {
        let build = || ObjectCache::new("inner", || [0_u64; 4]).unwrap();
        let outer = ObjectCache::new("outer", build).unwrap();
        for inner in [outer.alloc().unwrap(), outer.alloc().unwrap()] {
            assert_eq!(inner.alloc().unwrap()[3], 0);
        }
        if turn % 2 == 0 {
            outer.reap();
        }
        assert!(outer.destroy().is_ok());
    }
    assert!(quarry::slabinfo().all(|cache| cache.name.as_str() != "inner"), "none is left");
}

#[test]
fn caches_come_and_go_in_many_threads_while_memory_is_short() {
    let _room = with_room();
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    let (start, running) = (Barrier::new(4), AtomicUsize::new(3));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                start.wait();
                for turn in 0..60 {
                    let cache = ObjectCache::new("passing", || (Counted::new(&ALIVE), [0_u8; 100])).unwrap();
                    drop((0..turn).map(|_| cache.alloc().unwrap()).collect::<Vec<_>>());
                    assert!(cache.destroy().is_ok());
                }
                running.fetch_sub(1, Relaxed);
            });
        }
        start.wait();
        while running.load(Relaxed) > 0 {
            run_short();
        }
    });
    assert_eq!(ALIVE.load(Relaxed), 0);
}

#[test]
fn a_constructor_that_panics_ends_the_process() {
    const ROLE: &str = "QUARRY_TEST_PANIC";
    if std::env::var_os(ROLE).is_some() {
        let cache = ObjectCache::new("panicking", || -> u64 { panic!("the constructor's own words") }).unwrap();
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(cache.alloc())));
        return;
    }
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_constructor_that_panics_ends_the_process", "--nocapture"]).env(ROLE, "1");
    let output = command.output().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(6), "SIGABRT");
    assert!(String::from_utf8_lossy(&output.stderr).contains("the constructor's own words"));
}

#[test]
fn as_many_caches_as_there_may_be_and_no_more() {
    let _room = ROOM.write().unwrap_or_else(|poisoned| poisoned.into_inner());
    let caches: Vec<_> = std::iter::from_fn(|| ObjectCache::new("many", || 1_u32).ok()).take(2_000).collect();
    assert!((1_000..=1_024).contains(&caches.len()));
    assert_eq!(ObjectCache::new("one-too-many", || 1_u32).unwrap_err(), CacheError::TooMany);
    assert!(caches.iter().all(|cache| *cache.alloc().unwrap() == 1));
    drop(caches);
    assert!(ObjectCache::new("again", || 1_u32).is_ok());
}
