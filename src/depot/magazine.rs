//! A magazine: a bounded stack of objects of one class.

use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU16, Ordering};

use crate::arena::store::{self, LINE};
use crate::base::Class;

/// The header of a magazine; its rounds follow in the same memory.
///
/// An array and not a list through the objects: a pop does not wait for the object's cache line, and nothing is written
/// into free memory. Magazines of a class differ in their room: one of 6 rounds is a cache line, and most threads of a
/// program of many need no more of most classes.
#[repr(C)]
pub struct Magazine {
    next: Option<NonNull<Magazine>>,
    /// Atomic for figures, which read it from outside; Relaxed, since they check it.
    count: AtomicU16,
    room: u16,
    class: Class,
}

/// A magazine that belongs to whoever holds the value: not `Copy`.
///
/// # Invariants
///
/// - **M1** `count <= room`, the places that the memory has; `room` is constant.
/// - **M2** `rounds[..count]` are objects of the class that are free for the program and in no other magazine. While a
///   thread has the magazine loaded, its block holds the count and this one is stale.
#[derive(PartialEq, Eq)]
#[repr(transparent)]
pub struct MagazineRef(NonNull<Magazine>);

// SAFETY: a magazine is reached only through its one `MagazineRef`, wherever that goes.
unsafe impl Send for MagazineRef {}

/// Offset of the rounds from the header.
const ROUNDS: usize = size_of::<Magazine>();
const _: () = assert!(ROUNDS == 16, "the smallest magazine is a line");

/// One round: an object.
pub type Round = MaybeUninit<NonNull<u8>>;

/// Returns the places of the smallest magazine that holds `rounds`: its memory is whole cache lines.
pub fn places_for(rounds: usize) -> usize {
    (bytes_of(rounds).next_multiple_of(LINE) - ROUNDS) / size_of::<Round>()
}

fn bytes_of(room: usize) -> usize {
    ROUNDS + room * size_of::<Round>()
}

impl MagazineRef {
    /// Returns an empty magazine of `class` with room for at least `rounds`; `None` when no metadata can be had.
    pub fn new(class: Class, rounds: usize) -> Option<MagazineRef> {
        let room = places_for(rounds);
        store::allocate_spare(bytes_of(room)).map(|memory| MagazineRef::made_of(memory, class, room))
    }

    /// As `new`, from what is at hand: does not wait and does not enter the kernel.
    pub fn at_hand(class: Class, rounds: usize) -> Option<MagazineRef> {
        let room = places_for(rounds);
        store::allocate_at_hand(bytes_of(room)).map(|memory| MagazineRef::made_of(memory, class, room))
    }

    /// Makes an empty magazine of new memory that has `bytes_of(room)`.
    fn made_of(memory: NonNull<u8>, class: Class, room: usize) -> MagazineRef {
        let magazine = memory.cast::<Magazine>();
        // SAFETY: new memory, large enough and aligned to a line.
        unsafe { magazine.write(Magazine { next: None, count: AtomicU16::new(0), room: room as u16, class }) };
        MagazineRef(magazine)
    }

    /// Gives the memory of an empty magazine back to the store.
    pub fn dissolve(self) {
        debug_assert!(self.count() == 0, "M2: rounds would be lost");
        let bytes = bytes_of(self.room());
        // SAFETY: from `store::allocate` with the same size; the only reference ends here.
        unsafe { store::give_back(self.0.cast(), bytes) };
    }

    fn header(&self) -> &Magazine {
        // SAFETY: the magazine is alive while its reference is.
        unsafe { self.0.as_ref() }
    }

    fn header_mut(&mut self) -> &mut Magazine {
        // SAFETY: as above, and the reference is the only one.
        unsafe { self.0.as_mut() }
    }

    /// Returns how many rounds it holds.
    pub fn count(&self) -> usize {
        // Relaxed: the owner's own number; others take it for a figure.
        usize::from(self.header().count.load(Ordering::Relaxed))
    }

    /// Returns how many rounds it has places for.
    pub fn room(&self) -> usize {
        self.header().room as usize
    }

    /// Sets how many rounds it holds: the caller filled or emptied places through `first_round`.
    pub fn set_count(&mut self, count: usize) {
        debug_assert!(count <= self.room(), "M1");
        // Relaxed: as in `count`.
        self.header().count.store(count as u16, Ordering::Relaxed);
    }

    /// Takes the top `most` rounds of `full`, or as many as there is room for; this magazine is empty.
    pub fn take_top(&mut self, full: &mut MagazineRef, most: usize) {
        debug_assert!(self.count() == 0, "M2: rounds would be lost");
        let taken = most.min(self.room()).min(full.count());
        let kept = full.count() - taken;
        // SAFETY: `kept + taken` is the count of `full`, so these are rounds of it (M2).
        let top = unsafe { full.first_round().add(kept) };
        // SAFETY: as above; `taken` is at most the room here, and the two magazines are different memory.
        unsafe { top.copy_to_nonoverlapping(self.first_round(), taken) };
        full.set_count(kept);
        self.set_count(taken);
    }

    /// Returns the address of the first place.
    pub fn first_round(&self) -> NonNull<Round> {
        // SAFETY: the rounds follow the header in the same memory.
        unsafe { self.0.cast::<u8>().add(ROUNDS).cast() }
    }

    /// Returns the rounds.
    pub fn rounds(&self) -> &[NonNull<u8>] {
        // SAFETY: the first `count` places are initialised (M2); `MaybeUninit<T>` has the layout of `T`.
        unsafe { core::slice::from_raw_parts(self.first_round().cast::<NonNull<u8>>().as_ptr(), self.count()) }
    }

    /// Gives the reference up for its address, for a thread block or a list to keep.
    pub fn into_raw(self) -> NonNull<Magazine> {
        self.0
    }

    /// Takes the reference back.
    ///
    /// # Safety
    ///
    /// - `raw` came from `into_raw`, and this is the only time it is taken back.
    pub unsafe fn from_raw(raw: NonNull<Magazine>) -> MagazineRef {
        MagazineRef(raw)
    }
}

/// Returns how many rounds the magazine at `raw` has, for who does not have it: a number that may be late or another
/// record's, checked by nobody. Magazines are never unmapped.
pub fn peek_count(raw: NonNull<Magazine>) -> usize {
    // SAFETY: memory of the store is never unmapped, and the field is inside the record.
    // Relaxed: a number, late by what its owner is doing.
    usize::from(unsafe { &(*raw.as_ptr()).count }.load(Ordering::Relaxed))
}

/// A list of magazines, last in first out.
#[derive(Default)]
pub struct MagazineList {
    head: Option<NonNull<Magazine>>,
    length: usize,
}

// SAFETY: the list owns its magazines (see `MagazineRef`).
unsafe impl Send for MagazineList {}

impl MagazineList {
    /// Returns the empty list.
    pub const fn new() -> MagazineList {
        MagazineList { head: None, length: 0 }
    }

    /// Returns how many magazines are listed.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Returns whether any magazine of the list is as asked.
    pub fn any(&self, mut asked: impl FnMut(&MagazineRef) -> bool) -> bool {
        let mut next = self.head;
        // One turn per magazine.
        while let Some(raw) = next {
            // SAFETY: the list owns the magazine and is borrowed; this reference is not kept.
            let magazine = unsafe { MagazineRef::from_raw(raw) };
            if asked(&magazine) {
                return true;
            }
            next = magazine.header().next;
        }
        false
    }

    /// Adds a magazine.
    pub fn push(&mut self, mut magazine: MagazineRef) {
        magazine.header_mut().next = self.head;
        self.head = Some(magazine.into_raw());
        self.length += 1;
    }

    /// Takes the magazine that was added last.
    pub fn pop(&mut self) -> Option<MagazineRef> {
        // SAFETY: the list owns it, and takes it back once: the head moves on.
        let magazine = unsafe { MagazineRef::from_raw(self.head?) };
        self.head = magazine.header().next;
        self.length -= 1;
        Some(magazine)
    }
}
