//! A block as seen from any thread, for figures and for who asks what an address is: late by what its owner does, never
//! out of range.

use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use super::block::Block;
use crate::base::Class;
use crate::depot::MagazineRef;
use crate::depot::magazine::Round;

impl Block {
    /// Returns how many rounds of a class the block holds, as seen from any thread: late by what its owner is doing,
    /// never out of range.
    pub fn rounds_held(&self, class: Class) -> usize {
        let Some(pair) = self.pair(class) else { return 0 };
        let most = usize::from(class.shape().rounds);
        // SAFETY: cells are readable for the life of the process. Volatile, since the owner may be writing: the machine
        // writes a pointer whole, and the value is used as a number only, checked below.
        let (top, bottom) = unsafe { (pair.top.as_ptr().read_volatile(), pair.bottom.as_ptr().read_volatile()) };
        let rounds = top.addr().wrapping_sub(pair.first_seen(bottom).addr()) / size_of::<Round>();
        let loaded = if rounds <= most { rounds } else { 0 };
        // Acquire: pairs with the Release in `put_previous`. Magazines are never unmapped, so a stale reference still
        // reads a number.
        let previous = NonNull::new(pair.slot.previous.load(Ordering::Acquire)).map_or(0, |raw| {
            // SAFETY: read and let go; the owner's reference stays the one that counts.
            let count = unsafe { MagazineRef::from_raw(raw) }.count();
            count.min(most)
        });
        loaded + previous
    }

    /// Returns whether the block holds the object as a round of a class, as seen from any thread.
    pub fn holds(&self, class: Class, object: NonNull<u8>) -> bool {
        let Some(pair) = self.pair(class) else { return false };
        let most = usize::from(class.shape().rounds);
        // SAFETY: as in `rounds_held`.
        let (top, bottom) = unsafe { (pair.top.as_ptr().read_volatile(), pair.bottom.as_ptr().read_volatile()) };
        let first = pair.first_seen(bottom);
        let count = top.addr().wrapping_sub(first.addr()) / size_of::<Round>();
        if !first.is_null() && count <= most && sees(first, count, object) {
            return true;
        }
        // Acquire: as in `rounds_held`.
        let previous = NonNull::new(pair.slot.previous.load(Ordering::Acquire));
        previous.is_some_and(|raw| {
            // SAFETY: as in `rounds_held`.
            let magazine = unsafe { MagazineRef::from_raw(raw) };
            sees(magazine.first_round().as_ptr(), magazine.count().min(most), object)
        })
    }
}

/// Rounds of a magazine as seen from any thread: late by what its owner is doing.
fn sees(first: *mut Round, count: usize, object: NonNull<u8>) -> bool {
    // SAFETY: the caller's places are inside a magazine, whose memory stays readable for the life of the process;
    // volatile, since the owner may be writing, and compared only.
    (0..count).any(|at| unsafe { first.wrapping_add(at).cast::<usize>().read_volatile() } == object.addr().get())
}
