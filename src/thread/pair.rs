//! The two magazines that a thread has of a class: how they are taken, put and exchanged.
//!
//! A signal handler that allocates may interrupt any of it. Where the hot cells change they change apart
//! (`os::tls::apart`): the handler is then served by the slabs. Between two such changes it meets magazines that agree,
//! as a callback of an object cache does, and may exchange them itself; so whoever puts one in its place looks whether
//! another is there.

use core::ptr::{self, NonNull};
use core::sync::atomic::{Ordering, compiler_fence};

use super::block::{Block, Pair, pop_from, push_to};
use super::magazines::{Obtained, Refusal, empty_out, larger_than};
use crate::base::Class;
use crate::depot::MagazineRef;
use crate::depot::magazine::{Round, peek_count};
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
            let room = unsafe { MagazineRef::from_raw(raw) }.room();
            let limit = self.bottom.get().wrapping_add(usize::from(self.slot.capacity.get()).min(room));
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
        let Some(small) = self.unload() else { return false };
        let larger = larger_than(small, self.class, usize::from(self.slot.capacity.get()));
        let (magazine, done) = match larger {
            Ok(larger) => (larger, true),
            Err(small) => (small, false),
        };
        self.load(magazine);
        done
    }

    /// Exchanges the loaded magazine, which is empty, with the previous one, which is not, and pops. Of two that differ
    /// in room the larger is loaded: a thread whose capacity grew would else change places with a small one for ever.
    pub(super) fn exchange(&self, mut previous: MagazineRef) -> Result<Obtained, Refusal> {
        match self.unload() {
            Some(mut larger) if larger.room() > previous.room() => {
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
        self.load_then(magazine, || ());
    }

    /// As `load`, and runs `then` before anybody else can use the magazine.
    fn load_then<T>(&self, magazine: MagazineRef, then: impl FnOnce() -> T) -> T {
        let (other, result) = apart(|| {
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
        });
        other.into_iter().for_each(|other| empty_out(self.class, other));
        result
    }

    /// Loads `magazine` and pops its top round; a refusal for want of memory if it has none.
    pub(super) fn load_and_pop(&self, magazine: MagazineRef) -> Result<Obtained, Refusal> {
        // SAFETY: two cells of one class, of a block that is this thread's or held by it (T5).
        let popped = self.load_then(magazine, || unsafe { pop_from(self.top, self.bottom) });
        Ok(Obtained { object: popped.ok_or(Refusal::Memory)?, zero: false })
    }

    /// Takes the loaded magazine out of the hot cells, its count made true again.
    pub(super) fn unload(&self) -> Option<MagazineRef> {
        apart(|| self.take_loaded())
    }

    fn take_loaded(&self) -> Option<MagazineRef> {
        let raw = self.slot.loaded.take()?;
        let count = self.top.get().addr().wrapping_sub(self.bottom.get().addr()) / size_of::<Round>();
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
        other.into_iter().for_each(|other| empty_out(self.class, other));
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
