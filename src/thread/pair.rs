//! The two magazines that a thread has of a class: how they are taken, put and exchanged.
//!
//! A signal handler that allocates may interrupt any of it. Where the hot cells change they change apart
//! (`os::tls::apart`): the handler is then served by the slabs. Between two such changes it meets magazines that agree,
//! as a callback of an object cache does, and may exchange them itself; so whoever puts one in its place looks whether
//! another is there.

use core::ptr::{self, NonNull};
use core::sync::atomic::{Ordering, compiler_fence};

use super::block::{Block, Pair, pop_from, push_to};
use super::magazines::{Obtained, Refusal, empty_out};
use crate::base::Class;
use crate::depot::magazine::peek_count;
use crate::depot::{MagazineRef, depot_of};
use crate::os::tls::apart;
use crate::sync::meter::modified;

impl Block {
    /// As `pop`, on the slow path: no signal handler comes between.
    pub fn pop_apart(&self, class: Class) -> Option<NonNull<u8>> {
        self.pair(class)?.pop().inspect(|_| self.meter.allocated())
    }

    /// As `push`, on the slow path: no signal handler comes between.
    pub fn push_apart(&self, class: Class, object: NonNull<u8>) -> bool {
        let done = self.pair(class).is_some_and(|pair| pair.push(object));
        if done {
            self.meter.freed();
        }
        done
    }
}

impl Pair<'_> {
    /// Moves the limit of the loaded magazine up to the capacity, as far as there is room; returns whether it moved.
    pub(super) fn extend(&self) -> bool {
        apart(|| {
            let Some(raw) = self.slot.loaded.get() else { return false };
            // SAFETY: the loaded magazine is this thread's; the reference is not kept.
            let magazine = unsafe { MagazineRef::from_raw(raw) };
            let (first, room) = (magazine.first_round().as_ptr(), magazine.room());
            let limit = first.wrapping_add(usize::from(self.slot.capacity.get()).min(room));
            let moved = limit > self.limit.get();
            if moved {
                self.limit.set(limit);
            }
            moved
        })
    }

    /// Moves the rounds of the loaded magazine, which has no room for the capacity, into one that has; returns whether
    /// it did.
    pub(super) fn enlarge(&self) -> bool {
        let Some(mut larger) = MagazineRef::new(self.class, usize::from(self.slot.capacity.get())) else {
            return false;
        };
        let Some(mut small) = self.unload() else {
            larger.dissolve();
            return false;
        };
        // The capacity began anew while this one was being filled: a callback reaped the cache.
        if small.count() > larger.room() {
            larger.dissolve();
            self.load(small);
            return false;
        }
        larger.take_top(&mut small, usize::MAX);
        self.load(larger);
        small.dissolve();
        true
    }

    /// Exchanges the loaded magazine, which is empty, with the previous one, which is not, and pops. Of two that differ
    /// in room the larger is loaded: a thread whose capacity grew would else change places with a small one for ever.
    pub(super) fn exchange(&self, mut previous: MagazineRef) -> Result<Obtained, Refusal> {
        match self.unload() {
            // It has rounds after all if a signal handler freed into it.
            Some(mut larger) if larger.count() == 0 && larger.room() > previous.room() => {
                larger.take_top(&mut previous, usize::MAX);
                self.put_previous(Some(previous));
                self.load_and_pop(larger)
            }
            empty => {
                self.put_previous(empty);
                self.load_and_pop(previous)
            }
        }
    }

    /// Makes `magazine` the loaded one: the hot cells point into it. There was none, unless a callback of the cache
    /// used the cache itself, or a signal handler came between: then that one goes to the slabs.
    pub(super) fn load(&self, magazine: MagazineRef) {
        let (other, ()) = self.swap_in(magazine, || ());
        self.put_away(other);
    }

    /// As `load`, and runs `then` before anybody else can use the magazine; what was loaded is for `put_away`.
    pub(super) fn swap_in<T>(&self, magazine: MagazineRef, then: impl FnOnce() -> T) -> (Option<MagazineRef>, T) {
        apart(|| {
            let other = self.take_loaded();
            let first = magazine.first_round().as_ptr();
            let count = magazine.count();
            // The capacity may have shrunk since the magazine was filled.
            let capacity = usize::from(self.slot.capacity.get()).min(magazine.room()).max(count);
            self.slot.loaded.set(Some(magazine.into_raw()));
            self.limit.set(first.wrapping_add(capacity));
            self.bottom.set(first);
            // The count last: see `drain_orphaned`.
            compiler_fence(Ordering::Release);
            self.top.set(first.wrapping_add(count));
            (other, then())
        })
    }

    /// Gives up a magazine that was in the place of another.
    pub(super) fn put_away(&self, other: Option<MagazineRef>) {
        other.into_iter().for_each(|other| empty_out(self.class, || Some(other)));
    }

    /// Loads `magazine` and pops its top round; both results are for `popped_of`.
    pub(super) fn swap_in_and_pop(&self, magazine: MagazineRef) -> (Option<MagazineRef>, Option<NonNull<u8>>) {
        // SAFETY: two cells of one class, of a block that is this thread's or held by it (T5).
        self.swap_in(magazine, || unsafe { pop_from(self.top, self.bottom) })
    }

    /// Returns what `swap_in_and_pop` popped; a refusal for want of memory if the magazine had no round.
    pub(super) fn popped_of(&self, loaded: (Option<MagazineRef>, Option<NonNull<u8>>)) -> Result<Obtained, Refusal> {
        self.put_away(loaded.0);
        Ok(Obtained { object: loaded.1.ok_or(Refusal::Memory)?, zero: false })
    }

    /// As `swap_in_and_pop`, where no lock is held.
    pub(super) fn load_and_pop(&self, magazine: MagazineRef) -> Result<Obtained, Refusal> {
        self.popped_of(self.swap_in_and_pop(magazine))
    }

    /// Leaves the previous magazine, which is full, with the depot, for an empty one if that has any; `Err` if it has no
    /// room, or somebody took the magazine meanwhile.
    pub(super) fn leave_previous(&self) -> Result<Option<MagazineRef>, ()> {
        let mut depot = depot_of(self.class).lock();
        let full = self.take_previous().ok_or(())?;
        depot.exchange_for_empty(full, self.class).map_err(|full| self.put_previous(Some(full)))
    }

    /// Returns whether there is a previous magazine. From any thread, of a size class (T7).
    pub(super) fn has_previous(&self) -> bool {
        // Relaxed: only spares the look.
        !self.slot.previous.load(Ordering::Relaxed).is_null()
    }

    /// Takes the loaded magazine out of the hot cells, its count made true again.
    pub(super) fn unload(&self) -> Option<MagazineRef> {
        apart(|| self.take_loaded())
    }

    fn take_loaded(&self) -> Option<MagazineRef> {
        let raw = self.slot.loaded.take()?;
        // From the first round on and not from `bottom`, which may hide some (`thread::sample`).
        let count = self.shown_in(raw);
        self.top.set(ptr::null_mut());
        self.bottom.set(ptr::null_mut());
        self.limit.set(ptr::null_mut());
        // SAFETY: the slot held the one reference, taken out above.
        let mut magazine = unsafe { MagazineRef::from_raw(raw) };
        magazine.set_count(count);
        // The count before the reference is kept anywhere: see `drain_orphaned`.
        compiler_fence(Ordering::Release);
        Some(magazine)
    }

    /// Returns whether the previous magazine has rounds. Others may take it, but only its thread changes it: what is
    /// there still, has as many as were seen.
    pub(super) fn previous_has_rounds(&self) -> bool {
        // Relaxed: the owner wrote it itself.
        NonNull::new(self.slot.previous.load(Ordering::Relaxed)).is_some_and(|raw| peek_count(raw) > 0)
    }

    /// Takes the previous magazine. From any thread, of a size class (T7).
    pub(super) fn take_previous(&self) -> Option<MagazineRef> {
        // Relaxed: spares the exchange where there is none; of those who may come, only the owner puts one there.
        if self.slot.previous.load(Ordering::Relaxed).is_null() {
            return None;
        }
        modified(1);
        // Acquire: sees the magazine's rounds and count. Pairs with the Release in `put_previous`.
        let raw = NonNull::new(self.slot.previous.swap(ptr::null_mut(), Ordering::Acquire))?;
        // SAFETY: the slot held the one reference, taken out by the exchange.
        Some(unsafe { MagazineRef::from_raw(raw) })
    }

    /// Keeps a magazine as the previous one. By the owner. There is none, unless a signal handler came between: then
    /// that one goes to the slabs.
    pub(super) fn put_previous(&self, magazine: Option<MagazineRef>) {
        let raw = magazine.map_or(ptr::null_mut(), |magazine| magazine.into_raw().as_ptr());
        let other = apart(|| {
            let other = self.take_previous();
            // Release: rounds and count are written. Pairs with the Acquire in `take_previous`.
            self.slot.previous.store(raw, Ordering::Release);
            other
        });
        self.put_away(other);
    }

    /// Pushes an object, undisturbed.
    pub(super) fn push(&self, object: NonNull<u8>) -> bool {
        // SAFETY: as in `load_and_pop`; the caller passes the object on.
        apart(|| unsafe { push_to(self.top, self.limit, object) })
    }

    /// Pops an object, undisturbed.
    pub(super) fn pop(&self) -> Option<NonNull<u8>> {
        // SAFETY: as in `load_and_pop`.
        apart(|| unsafe { pop_from(self.top, self.bottom) })
    }
}
