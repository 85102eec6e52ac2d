//! The magazines of hardened and checked mode: the loaded one is left empty and of capacity 0, so that every call comes
//! to the slow path, and the previous one serves alone. An object leaves it from a random place and is marked
//! (`slab::marks`) as it goes out and comes back.
//!
//! Objects of run classes and of object caches, which have no marks, come from their cache and go back to it one by
//! one: its records show a bad free at once.

use core::ptr::NonNull;
use core::sync::atomic::Ordering::Relaxed;

use super::block::Block;
use super::magazines::{
    Obtained, Refusal, emptied, empty_magazine, fill, fitting, give_free, give_one, stop, take_one,
};
use crate::base::Class;
use crate::depot::{MagazineRef, depot_of};
use crate::os::tls::apart;
use crate::report::Misuse;
use crate::slab::marks::{self, Said};

/// The largest object that hardened mode clears when it is freed. Double costs buffers of a page and more what reading
/// them costs; half leaves strings and small records of a page's length readable.
const CLEARED: usize = 1024;

impl Block {
    /// Takes an object of a size class at random from the previous magazine, `None` if that is empty: what most
    /// allocations come to. Returns it with whether its bytes
    /// are what free made them: zero, unless checked mode fills with junk, whose business that is.
    #[inline]
    pub fn pop_marked(&self, class: Class) -> Option<Obtained> {
        apart(|| self.pop_marked_apart(class))
    }

    #[inline(always)]
    fn pop_marked_apart(&self, class: Class) -> Option<Obtained> {
        let slot = self.slots.get(class.index())?;
        // Relaxed: the thread reads what it wrote itself; nobody else takes the magazine where objects are marked.
        // SAFETY: the slot holds the one reference, which is looked at and stays there.
        let mut magazine = unsafe { MagazineRef::from_raw(NonNull::new(slot.previous.load(Relaxed))?) };
        let object = self.take_round(&magazine)?;
        magazine.set_count(magazine.count() - 1);
        Some(Obtained { object, zero: marks::hold(object) })
    }

    /// Puts an object of a size class into the previous magazine; false if there is none or it is full.
    #[inline]
    fn push_marked(&self, class: Class, object: NonNull<u8>) -> bool {
        apart(|| self.push_marked_apart(class, object))
    }

    #[inline(always)]
    fn push_marked_apart(&self, class: Class, object: NonNull<u8>) -> bool {
        let Some(slot) = self.slots.get(class.index()) else { return false };
        // Relaxed: as in `pop_marked`.
        let Some(raw) = NonNull::new(slot.previous.load(Relaxed)) else { return false };
        // SAFETY: as in `pop_marked`.
        let mut magazine = unsafe { MagazineRef::from_raw(raw) };
        let count = magazine.count();
        if count >= usize::from(slot.capacity.get()).min(magazine.room()) {
            return false;
        }
        // SAFETY: the count is below the room (M1): the place is the magazine's,
        // which is this thread's.
        unsafe { magazine.first_round().add(count).write(core::mem::MaybeUninit::new(object)) };
        magazine.set_count(count + 1);
        true
    }

    /// Takes an object, at random from the previous magazine.
    pub(super) fn take_marked(&self, class: Class) -> Result<Obtained, Refusal> {
        if !class.is_slab_size() {
            return take_one(class);
        }
        let Some(pair) = self.pair(class) else { return take_one(class) };
        let magazine = match pair.take_previous() {
            Some(magazine) if magazine.count() > 0 => magazine,
            other => {
                self.grow(&pair);
                let capacity = usize::from(pair.slot.capacity.get());
                if capacity == 0 {
                    pair.put_previous(other);
                    return take_one(class);
                }
                let Some(empty) = other.or_else(|| empty_magazine(class, capacity)) else { return take_one(class) };
                let exchanged = depot_of(class).lock().exchange_for_full(empty, capacity);
                match exchanged {
                    Ok(full) => full,
                    Err(empty) => {
                        self.refills.add_one();
                        fill(class, fitting(empty, class, capacity), capacity, |full| full).0
                    }
                }
            }
        };
        pair.put_previous(Some(magazine));
        self.pop_marked(class).ok_or(Refusal::Memory)
    }

    /// Exchanges a random round with the last one and returns it; the caller lowers the count.
    fn take_round(&self, magazine: &MagazineRef) -> Option<NonNull<u8>> {
        let last = magazine.count().checked_sub(1)?;
        let chosen = self.draw_below(last + 1);
        let first = magazine.first_round().as_ptr();
        // SAFETY: both places are below the count, so they are initialised (M2), and the magazine is this thread's.
        unsafe { first.add(chosen).swap(first.add(last)) };
        // SAFETY: as above.
        Some(unsafe { first.add(last).read().assume_init() })
    }

    /// Frees an object as the marks have it; stops the process where they say that it is free. False if they say
    /// nothing.
    ///
    /// Small objects are cleared; in checked mode the caller filled the object, whatever its size.
    pub fn free_marked(&self, class: Class, object: NonNull<u8>) -> bool {
        let clears = class.size() <= CLEARED;
        match marks::release(object.addr().get(), clears || marks::is_checked()) {
            Said::Released => {}
            Said::Free => stop(Misuse::DoubleFree, class, object),
            Said::Nothing => return false,
        }
        if clears && !marks::is_checked() {
            // SAFETY: the object has that many bytes and nobody else has it: the mark was changed by this call.
            unsafe { object.write_bytes(0, class.size()) };
        }
        if !self.push_marked(class, object) {
            self.keep(class, object);
        }
        true
    }

    /// Keeps an object that the program gives up; stops the process if it has not got it.
    pub(super) fn keep_marked(&self, class: Class, object: NonNull<u8>) {
        if !class.is_slab_size() || !self.free_marked(class, object) {
            give_one(class, object);
        }
    }

    /// Puts an object that nobody has into a magazine: the previous one was full, or there was none.
    #[cold]
    #[inline(never)]
    fn keep(&self, class: Class, object: NonNull<u8>) {
        let Some(pair) = self.pair(class) else { return give_free(class, object) };
        if self.grow(&pair) && self.push_marked(class, object) {
            return;
        }
        let capacity = usize::from(pair.slot.capacity.get());
        if capacity == 0 {
            return give_free(class, object);
        }
        let magazine = match pair.take_previous() {
            Some(small) if small.count() < capacity => Some(small),
            Some(full) => {
                let exchanged = depot_of(class).lock().exchange_for_empty(full, class);
                match exchanged {
                    Ok(Some(empty)) => Some(empty),
                    Ok(None) => MagazineRef::new(class, capacity),
                    Err(full) => {
                        self.flushes.add_one();
                        emptied(class, || Some(full))
                    }
                }
            }
            None => empty_magazine(class, capacity),
        };
        pair.put_previous(magazine.map(|magazine| fitting(magazine, class, capacity)));
        if !self.push_marked(class, object) {
            give_free(class, object);
        }
    }

    /// Gives up what the thread got before the mode was entered, and what it knows of the first arena if `blind`: then
    /// not even the class of an object is told without the records.
    pub fn begin_marked(&self, blind: bool) {
        self.drain(Class::sizes());
        if blind {
            self.set_arena(0, 0, core::ptr::null());
        }
    }
}
