//! Magazines at the depot: objects pass from thread to thread with what was written into them, none is lost and none is
//! there twice. The same for a magazine that is taken from an idle thread.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use loom::cell::UnsafeCell;
use loom::sync::Arc;

use crate::base::Class;
use crate::depot::MagazineRef;
use crate::depot::exchange::{Depot, DepotLock};
use crate::sync::Lock;
use crate::sync::prim::{AtomicUsize, Mutation, Ordering, leaves_out, model};

/// Objects of the model: loom reports two threads that touch one without an order between them.
const OBJECTS: usize = 3;

struct Shared {
    depot: DepotLock,
    objects: [UnsafeCell<usize>; OBJECTS],
}

impl Shared {
    fn new() -> Arc<Shared> {
        let objects = core::array::from_fn(|_| UnsafeCell::new(0));
        let shared = Arc::new(Shared { depot: Lock::new(Depot::new()), objects });
        // The locks of depot and store, before others use them.
        drop(shared.depot.lock());
        empty().dissolve();
        shared
    }

    /// Does something at the depot under its lock, which the model may leave out.
    fn at_depot<T>(&self, visit: impl FnOnce(&mut Depot) -> T) -> T {
        if leaves_out() {
            // SAFETY: none: that is what loom is to notice.
            return visit(unsafe { &mut *self.depot.data_ptr() });
        }
        visit(&mut self.depot.lock())
    }

    /// Uses an object, as the program does that has it.
    fn use_object(&self, object: usize) {
        // SAFETY: by the claim of the model this thread has the object.
        self.objects[object].with_mut(|uses| unsafe { *uses += 1 });
    }
}

fn class() -> Class {
    Class::serving(20_000).unwrap()
}

/// An address that stands for an object.
fn address_of(object: usize) -> NonNull<u8> {
    NonNull::new(core::ptr::without_provenance_mut((object + 1) * 16)).unwrap()
}

fn empty() -> MagazineRef {
    MagazineRef::new(class(), 3).unwrap()
}

/// A magazine with one round.
fn holding(object: usize) -> MagazineRef {
    let mut magazine = empty();
    // SAFETY: the first place of a magazine that is this thread's alone.
    unsafe { magazine.first_round().write(MaybeUninit::new(address_of(object))) };
    magazine.set_count(1);
    magazine
}

/// Returns the object in a magazine.
fn round_of(magazine: &MagazineRef) -> usize {
    assert_eq!(magazine.count(), 1);
    magazine.rounds()[0].addr().get() / 16 - 1
}

/// Takes the round out of a magazine; returns the object.
fn emptied(mut magazine: MagazineRef) -> usize {
    let object = round_of(&magazine);
    magazine.set_count(0);
    magazine.dissolve();
    object
}

/// Frees an object: its magazine goes to the depot for an empty one, as in `Block::spill`.
fn give(shared: &Shared, object: usize) {
    // First, and last: the lock of the store, taken between the object's use and the depot's lock, would order both
    // threads too.
    let magazine = holding(object);
    shared.use_object(object);
    match shared.at_depot(|depot| depot.exchange_for_empty(magazine, class())) {
        Ok(Some(empty)) => empty.dissolve(),
        Ok(None) => {}
        Err(_) => panic!("the depot has room"),
    }
}

/// Allocates an object if the depot has one: an empty magazine goes there for a full one, as in `Block::refill`.
fn get(shared: &Shared) -> Option<usize> {
    let magazine = empty();
    match shared.at_depot(|depot| depot.exchange_for_full(magazine, 3)) {
        Ok(full) => {
            shared.use_object(round_of(&full));
            Some(emptied(full))
        }
        Err(empty) => {
            empty.dissolve();
            None
        }
    }
}

/// Takes apart what the depot holds at the end; returns the objects.
fn rest(shared: &Shared) -> Vec<usize> {
    let mut depot = shared.depot.lock();
    depot.check().unwrap_or_else(|_| panic!("D1 to D3 hold"));
    depot.begin_interval();
    let mut found = Vec::new();
    while let Some(full) = depot.reap_full() {
        found.push(emptied(full));
    }
    while let Some(empty) = depot.reap_empty() {
        empty.dissolve();
    }
    assert_eq!(depot.figures().0, 0, "D2");
    found
}

/// One thread frees, one allocates, and one reaps what nobody needed.
fn pass_objects(givers: usize, reap: bool) {
    let shared = Shared::new();
    let giving: Vec<_> = (0..givers)
        .map(|object| {
            let shared = Arc::clone(&shared);
            loom::thread::spawn(move || give(&shared, object))
        })
        .collect();
    let reaping = reap.then(|| {
        let shared = Arc::clone(&shared);
        loom::thread::spawn(move || {
            shared.at_depot(Depot::begin_interval);
            let reaped = shared.at_depot(Depot::reap_full)?;
            shared.use_object(round_of(&reaped));
            Some(emptied(reaped))
        })
    });
    let mut found: Vec<usize> = get(&shared).into_iter().collect();
    giving.into_iter().for_each(|thread| thread.join().unwrap());
    found.extend(reaping.and_then(|thread| thread.join().unwrap()));
    found.extend(rest(&shared));
    found.sort_unstable();
    assert_eq!(found, (0..givers).collect::<Vec<_>>(), "each object once");
}

/// As `model`, once the metadata store has what the magazines take: so that no execution differs from the first.
fn model_of_magazines(mutation: Mutation, execution: impl Fn() + Sync + Send + 'static) {
    let magazines: Vec<_> = (0..8).map(|_| empty()).collect();
    magazines.into_iter().for_each(MagazineRef::dissolve);
    model(Some(2), mutation, execution);
}

#[test]
fn objects_pass_from_one_thread_to_another() {
    model_of_magazines(Mutation::None, || pass_objects(1, false));
}

#[test]
fn objects_of_two_threads_are_neither_lost_nor_doubled() {
    model_of_magazines(Mutation::None, || pass_objects(2, false));
}

#[test]
fn objects_are_allocated_or_reaped_but_not_both() {
    model_of_magazines(Mutation::None, || pass_objects(1, true));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn exchange_that_acquires_nothing_is_noticed() {
    model_of_magazines(Mutation::Acquire, || pass_objects(1, false));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn exchange_that_releases_nothing_is_noticed() {
    model_of_magazines(Mutation::Release, || pass_objects(1, false));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn exchange_without_the_lock_is_noticed() {
    model_of_magazines(Mutation::Step, || pass_objects(1, false));
}

/// The previous magazine of a thread, which others may take while it is idle (T7): a shadow of `Pair::take_previous` and
/// `Pair::put_previous`, with the real magazines in it.
struct Previous(AtomicUsize);

impl Previous {
    fn put(&self, magazine: MagazineRef) {
        // Release: rounds and count are written. Pairs with the Acquire in `take`.
        self.0.store(magazine.into_raw().as_ptr().expose_provenance(), Ordering::Release);
    }

    fn take(&self) -> Option<MagazineRef> {
        // Relaxed: spares the exchange where there is none.
        let seen = self.0.load(Ordering::Relaxed);
        if seen == 0 {
            return None;
        }
        let taken = if leaves_out() {
            // Two steps in place of one.
            self.0.store(0, Ordering::Release);
            seen
        } else {
            // Acquire: pairs with the Release in `put`.
            self.0.swap(0, Ordering::Acquire)
        };
        let raw = NonNull::new(core::ptr::with_exposed_provenance_mut(taken))?;
        // SAFETY: the word held the one reference.
        Some(unsafe { MagazineRef::from_raw(raw) })
    }
}

/// A thread puts its magazine aside and comes back for it, while two others, who think it idle, take what they find.
fn take_from_the_idle() {
    let shared = Arc::new((Shared::new(), Previous(AtomicUsize::new(0))));
    assert!(shared.1.take().is_none());
    shared.1.put(empty());
    shared.1.take().expect("it was put there").dissolve();
    let found = |shared: &(Arc<Shared>, Previous)| {
        let magazine = shared.1.take()?;
        let object = round_of(&magazine);
        shared.0.use_object(object);
        Some((object, magazine))
    };
    // Made here, and dissolved at the end: the lock of the store would order the threads.
    let magazine = holding(0);
    let owner = {
        let shared = Arc::clone(&shared);
        loom::thread::spawn(move || {
            shared.0.use_object(0);
            shared.1.put(magazine);
            found(&shared)
        })
    };
    let takers = [(); 2].map(|()| {
        let shared = Arc::clone(&shared);
        loom::thread::spawn(move || found(&shared))
    });
    let mut all: Vec<_> = owner.join().unwrap().into_iter().collect();
    for taker in takers {
        all.extend(taker.join().unwrap());
    }
    assert_eq!(all.len(), 1, "one of them has it");
    for (_, magazine) in all {
        emptied(magazine);
    }
}

#[test]
fn previous_magazine_here_is_handed_over_as_the_real_one_is() {
    let real = include_str!("../../src/thread/pair.rs");
    for step in ["previous.swap(ptr::null_mut(), Ordering::Acquire)", "previous.store(raw, Ordering::Release)"] {
        assert!(real.contains(step), "the model's `Previous` has to follow: {step}");
    }
}

#[test]
fn previous_magazine_of_an_idle_thread_is_taken_once() {
    model_of_magazines(Mutation::None, take_from_the_idle);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn previous_magazine_that_is_not_acquired_is_noticed() {
    model_of_magazines(Mutation::Acquire, take_from_the_idle);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn previous_magazine_that_is_not_released_is_noticed() {
    model_of_magazines(Mutation::Release, take_from_the_idle);
}

#[test]
#[should_panic]
fn previous_magazine_taken_in_two_steps_is_noticed() {
    model_of_magazines(Mutation::Step, take_from_the_idle);
}
