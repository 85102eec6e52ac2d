//! The thread block and the hot path: what `malloc` and `free` touch on a hit.

use core::cell::Cell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering, compiler_fence};

use crate::base::class::SMALL_CLASS;
use crate::base::{CLASS_COUNT, Class, GRANULE_SHIFT};
use crate::depot::Magazine;
use crate::depot::magazine::Round;
use crate::os::certificate::Certificate;
use crate::os::tls::UNBORN_WORDS;

/// Entries of the hot arrays: a multiple of a cache line of pointers.
const SLOTS: usize = CLASS_COUNT.next_multiple_of(8);

/// A thread's magazines.
///
/// The fields before `slots` are the hot path. A constant block of zeros stands in for it in threads that have none
/// (`os::tls`): every magazine empty, of capacity 0, and no address inside the arena, so that each call takes the slow
/// path by itself.
///
/// # Invariants
///
/// - **T1** For each class, `bottom <= top <= limit`, all null or all inside the rounds of the loaded magazine.
/// - **T2** Rounds from `bottom` to `top` are objects of the class that are free for the program (M2).
/// - **T3** `limit - bottom` is the magazine's capacity in this thread, at most `shape.rounds`.
/// - **T4** `frontier` is at most the first arena's frontier, so the map is readable below it (R2); `base` and `map` are that
///   arena's.
/// - **T5** Only the thread whose word points here touches the block, or a thread that holds its certificate, or the
///   child of a fork. Figures read `top` and `bottom` from outside and may be a little late.
#[repr(C, align(64))]
pub struct Block {
    base: Cell<usize>,
    frontier: Cell<usize>,
    map: Cell<*const u8>,
    /// The class for each small size. A copy per thread spares the hot path the address of a shared table.
    classes: [u8; SMALL_CLASS.len()],
    top: [Cell<*mut Round>; SLOTS],
    bottom: [Cell<*mut Round>; SLOTS],
    limit: [Cell<*mut Round>; SLOTS],
    /// The magazines behind the hot arrays, and what belongs to the slow path.
    pub(super) slots: [Slot; CLASS_COUNT],
    /// Bytes that this thread's magazines of run classes may hold, all together.
    pub(super) run_bytes: Cell<usize>,
    /// Slow calls since the last look at the clock.
    pub(super) slow_calls: Cell<u32>,
    /// Magazines filled from slabs and drained into them since the block was made, for the figures.
    pub(super) refills: Cell<u64>,
    pub(super) flushes: Cell<u64>,
    /// Whether a thread has used the block since it was last drained. Relaxed: it spares looks; the certificate decides.
    pub(super) in_use: AtomicBool,
    /// Held by the thread whose block this is, while it lives.
    pub(super) certificate: Certificate,
    /// The block that was made before this one. Constant.
    pub(super) next: Option<NonNull<Block>>,
}

/// The slow path's view of one class.
pub struct Slot {
    /// The magazine whose rounds the hot arrays point into.
    pub(super) loaded: Cell<Option<NonNull<Magazine>>>,
    /// The second magazine: between two depot visits lie at least as many operations as it has rounds.
    pub(super) previous: Cell<Option<NonNull<Magazine>>>,
    /// Rounds that the loaded magazine may hold in this thread.
    pub(super) capacity: Cell<u16>,
}

const _: () = assert!(size_of::<Slot>() == 24, "slots stay small: ten thousand threads have them");
const _: () = assert!(size_of::<Block>() <= crate::arena::store::LARGEST, "a block comes from the metadata store");
const _: () = assert!(
    core::mem::offset_of!(Block, slots) <= UNBORN_WORDS * size_of::<u64>(),
    "the constant block covers what the hot path reads"
);

impl Block {
    /// Pops an object of the class that serves `size` bytes, `None` if its loaded magazine is empty.
    ///
    /// Cost on a hit: five loads and a store.
    ///
    /// # Safety
    ///
    /// - `size <= SLAB_MAX`, and the calling thread's word points here.
    #[inline(always)]
    pub unsafe fn pop_size(&self, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: `(size + 15) >> 4 <= SLAB_MAX / 16`, the last index of the table.
        let class = unsafe { *self.classes.get_unchecked((size + 15) >> 4) };
        // SAFETY: the table holds class numbers, or zeros in the constant block; the rest is the caller's.
        unsafe { self.pop(usize::from(class)) }
    }

    /// Pops an object of `class`, `None` if the loaded magazine is empty. `index` is the class's number or 0, whose
    /// magazine is always empty.
    ///
    /// Cost on a hit: four loads and a store.
    ///
    /// # Safety
    ///
    /// - `index < CLASS_COUNT`, and the calling thread's word points here.
    #[inline(always)]
    pub unsafe fn pop(&self, index: usize) -> Option<NonNull<u8>> {
        // SAFETY: `index` is below CLASS_COUNT (caller), which is at most SLOTS.
        let (top, bottom) = unsafe { (self.top.get_unchecked(index), self.bottom.get_unchecked(index)) };
        let place = top.get();
        if place == bottom.get() {
            return None;
        }
        let place = place.wrapping_sub(1);
        top.set(place);
        // SAFETY: `bottom <= place < top` held, so the round is initialised (T2) and inside the magazine (T1).
        Some(unsafe { place.read().assume_init() })
    }

    /// Pushes an object of `class`; false if the loaded magazine is full.
    ///
    /// Cost on a hit: two loads and two stores.
    ///
    /// # Safety
    ///
    /// - `index < CLASS_COUNT`, and the calling thread's word points here; `object` is of that class and given up.
    #[inline(always)]
    pub unsafe fn push(&self, index: usize, object: NonNull<u8>) -> bool {
        // SAFETY: as in `pop`.
        let (top, limit) = unsafe { (self.top.get_unchecked(index), self.limit.get_unchecked(index)) };
        let place = top.get();
        if place == limit.get() {
            return false;
        }
        // SAFETY: `place < limit`, so it is a place of the loaded magazine (T1).
        unsafe { place.write(Round::new(object)) };
        // The round before the count, for the child of a fork that finds this thread in between (`drain_orphaned`).
        compiler_fence(Ordering::Release);
        top.set(place.wrapping_add(1));
        true
    }

    /// Returns the number of the class that the granule map shows for `address`; 0 for no magazine class, and for every
    /// address that this thread does not know to be in the first arena.
    ///
    /// Cost: four loads.
    #[inline(always)]
    pub fn class_index(&self, address: usize) -> Option<usize> {
        let granule = address.wrapping_sub(self.base.get()) >> GRANULE_SHIFT;
        if granule >= self.frontier.get() {
            return None;
        }
        // SAFETY: below the frontier the map is readable (T4); a byte race with `publish` can only concern an object that
        // the program frees while it is being made, and then shows the old class or the new.
        Some(usize::from(unsafe { self.map.get().add(granule).read() }))
    }

    /// Fills in what is the same for every thread. `block` is zeroed memory that becomes a block.
    ///
    /// # Safety
    ///
    /// - `block` is the caller's alone.
    pub(super) unsafe fn prepare(block: NonNull<Block>, next: Option<NonNull<Block>>) {
        // SAFETY: the caller's memory.
        unsafe { (&raw mut (*block.as_ptr()).next).write(next) };
        // SAFETY: as above.
        unsafe { (&raw mut (*block.as_ptr()).classes).write(SMALL_CLASS) };
    }

    /// Sets what the thread knows of the first arena (T4).
    pub(super) fn set_arena(&self, base: usize, frontier: usize, map: *const u8) {
        self.base.set(base);
        self.map.set(map);
        self.frontier.set(frontier);
    }

    /// Returns the first arena's frontier as this thread knows it.
    pub(super) fn frontier(&self) -> usize {
        self.frontier.get()
    }

    /// Returns the hot cells of a class: top, bottom, limit.
    pub(super) fn cells(&self, class: Class) -> (&Cell<*mut Round>, &Cell<*mut Round>, &Cell<*mut Round>) {
        let index = class.index();
        // SAFETY: `class.index() < CLASS_COUNT` by the type, and SLOTS is at least that.
        unsafe { (self.top.get_unchecked(index), self.bottom.get_unchecked(index), self.limit.get_unchecked(index)) }
    }

    /// Returns the slot of a class.
    pub(super) fn slot(&self, class: Class) -> &Slot {
        // SAFETY: `class.index() < CLASS_COUNT` by the type.
        unsafe { self.slots.get_unchecked(class.index()) }
    }

    /// Returns how many rounds the loaded magazine of a class holds, as seen from any thread: late by what its owner is
    /// doing, never out of range.
    pub(super) fn rounds_seen(&self, class: Class) -> usize {
        let (top, bottom, _) = self.cells(class);
        // SAFETY: cells are readable for the life of the process. Volatile, since the owner may be writing: the machine
        // writes a pointer whole, and the value is used as a number only, checked below.
        let (top, bottom) = unsafe { (top.as_ptr().read_volatile(), bottom.as_ptr().read_volatile()) };
        let rounds = top.addr().wrapping_sub(bottom.addr()) / size_of::<Round>();
        if rounds <= class.shape().rounds as usize { rounds } else { 0 }
    }
}
