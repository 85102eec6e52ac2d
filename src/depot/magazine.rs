//! A magazine: a bounded stack of objects of one class.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::arena::store;
use crate::base::Class;

/// The header of a magazine; its rounds follow in the same memory.
///
/// An array and not a list through the objects: a pop does not wait for the object's cache line, and nothing is written
/// into free memory.
#[repr(C)]
pub struct Magazine {
    next: Option<NonNull<Magazine>>,
    count: u32,
    class: Class,
}

/// A magazine that belongs to whoever holds the value: not `Copy`.
///
/// # Invariants
///
/// - **M1** `count <= shape.rounds` of the class.
/// - **M2** `rounds[..count]` are objects of the class that are free for the program and in no other magazine. While a
///   thread has the magazine loaded, its block holds the count and this one is stale.
#[derive(PartialEq, Eq)]
#[repr(transparent)]
pub struct MagazineRef(NonNull<Magazine>);

// SAFETY: a magazine is reached only through its one `MagazineRef`, wherever that goes.
unsafe impl Send for MagazineRef {}

/// Offset of the rounds from the header.
const ROUNDS: usize = size_of::<Magazine>();

/// One round: an object.
pub type Round = MaybeUninit<NonNull<u8>>;

fn bytes_of(class: Class) -> usize {
    ROUNDS + class.shape().rounds as usize * size_of::<Round>()
}

impl MagazineRef {
    /// Returns an empty magazine of `class`, `None` when no metadata can be had.
    pub fn new(class: Class) -> Option<MagazineRef> {
        store::allocate_spare(bytes_of(class)).map(|memory| MagazineRef::made_of(memory, class))
    }

    /// As `new`, from what is at hand: does not wait and does not enter the kernel.
    pub fn at_hand(class: Class) -> Option<MagazineRef> {
        store::allocate_at_hand(bytes_of(class)).map(|memory| MagazineRef::made_of(memory, class))
    }

    /// Makes an empty magazine of new memory that has `bytes_of(class)`.
    fn made_of(memory: NonNull<u8>, class: Class) -> MagazineRef {
        let magazine = memory.cast::<Magazine>();
        // SAFETY: new memory, large enough and aligned to a line.
        unsafe { magazine.write(Magazine { next: None, count: 0, class }) };
        MagazineRef(magazine)
    }

    /// Gives the memory of an empty magazine back to the store.
    pub fn dissolve(self) {
        debug_assert!(self.count() == 0, "M2: rounds would be lost");
        let bytes = bytes_of(self.header().class);
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
        self.header().count as usize
    }

    /// Sets how many rounds it holds: the caller filled or emptied places through `first_round`.
    pub fn set_count(&mut self, count: usize) {
        debug_assert!(count <= self.header().class.shape().rounds as usize, "M1");
        self.header_mut().count = count as u32;
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
