//! Private layers for `benches/layers`, behind the feature `bench`: no part of the interface, and nothing keeps it as
//! it is.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::base::shape::ROUNDS_MAX;
use crate::base::{Class, GranuleCount, Order};
use crate::buddy::system::{self, Grant};
use crate::depot::{MagazineRef, depot_of};
use crate::heap::load;
use crate::slab::cache_of;

/// Returns the class of a size, with an arena behind it.
fn class_of(size: usize) -> Class {
    let ready = load::ready();
    assert!(ready.is_some(), "there is an arena");
    Class::serving(size).unwrap_or(Class::FIRST)
}

/// As many objects of a class as a magazine has rounds, or none.
pub struct Batch {
    class: Class,
    room: [MaybeUninit<NonNull<u8>>; ROUNDS_MAX],
    count: usize,
}

impl Batch {
    /// Returns an empty batch of the class that serves `size`.
    pub fn new(size: usize) -> Batch {
        Batch { class: class_of(size), room: [MaybeUninit::uninit(); ROUNDS_MAX], count: 0 }
    }

    /// Returns how many objects it holds when it holds any.
    pub fn rounds(&self) -> usize {
        usize::from(self.class.shape().rounds)
    }

    /// Takes objects from the slabs, under the class's lock once.
    pub fn refill(&mut self) {
        let rounds = self.rounds();
        let Some(room) = self.room.get_mut(..rounds) else { return };
        self.count = cache_of(self.class).lock().hand_out(room, &mut false);
        assert!(self.count == rounds, "memory is not short");
    }

    /// Gives them back, under the class's lock once.
    pub fn drain(&mut self) {
        let mut cache = cache_of(self.class).lock();
        for place in self.room.iter().take(self.count) {
            // SAFETY: `refill` filled the first `count` places, and they are given back once.
            let taken = cache.take_back(unsafe { place.assume_init() });
            assert!(taken.is_ok(), "the objects are the cache's");
        }
        self.count = 0;
    }
}

/// A full magazine that is exchanged for an empty one and back.
pub struct Exchange {
    class: Class,
    full: Option<MagazineRef>,
}

impl Exchange {
    /// Returns one of the class that serves `size`.
    pub fn new(size: usize) -> Exchange {
        let class = class_of(size);
        let Some(mut magazine) = MagazineRef::new(class, ROUNDS_MAX) else { return Exchange { class, full: None } };
        let mut room = [MaybeUninit::uninit()];
        let count = cache_of(class).lock().hand_out(&mut room, &mut false);
        // SAFETY: the first place of a magazine that nobody else has.
        unsafe { magazine.first_round().write(room[0]) };
        magazine.set_count(count);
        Exchange { class, full: Some(magazine) }
    }

    /// Leaves the full magazine for an empty one, and that for a full one.
    pub fn turn(&mut self) {
        let Some(full) = self.full.take() else { return };
        let left = depot_of(self.class).lock().exchange_for_empty(full, self.class);
        let empty = match left {
            Ok(Some(empty)) => Some(empty),
            Ok(None) => MagazineRef::new(self.class, ROUNDS_MAX),
            // The depot holds its fill.
            Err(full) => {
                self.full = Some(full);
                return;
            }
        };
        let Some(empty) = empty else { return };
        let taken = depot_of(self.class).lock().exchange_for_full(empty, ROUNDS_MAX);
        match taken {
            Ok(full) => self.full = Some(full),
            Err(empty) => depot_of(self.class).lock().leave_empty(empty),
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let Some(full) = self.full.take() else { return };
        for &object in full.rounds() {
            let _ = cache_of(self.class).lock().take_back(object);
        }
        let mut empty = full;
        empty.set_count(0);
        empty.dissolve();
    }
}

/// A run of the buddy system.
pub struct TakenRun(Grant);

/// Takes a run of `granules`.
pub fn take_run(granules: u32) -> Option<TakenRun> {
    load::ready()?;
    system::take(GranuleCount(granules), Order::ZERO).map(TakenRun)
}

/// Gives it back.
pub fn give_run(run: Option<TakenRun>) {
    if let Some(TakenRun(grant)) = run {
        system::give(grant);
    }
}
