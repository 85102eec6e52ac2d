//! The thread block and the hot path: what `malloc` and `free` touch on a hit.

use core::cell::Cell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering, compiler_fence};

use super::growth::Growths;
use super::meter::Meter;
use super::word::{Count, Word};
use crate::arena::store;
use crate::base::class::SMALL_CLASS;
use crate::base::{CLASS_COUNT, Class, GRANULE_SHIFT, OBJECT_CACHES};
use crate::depot::Magazine;
use crate::depot::magazine::Round;
use crate::os::certificate::Certificate;
use crate::os::tls::UNBORN_WORDS;

/// Entries of the hot arrays: a multiple of a cache line of pointers.
const SLOTS: usize = CLASS_COUNT.next_multiple_of(8);

/// Object caches whose magazines a thread keeps in one bank. Half leaves a program of a hundred caches with two lookups
/// of memory more per thread; double makes a thread that uses one cache hold 6 KiB.
const BANK: usize = 64;
/// Banks for all object caches.
const BANKS: usize = OBJECT_CACHES.div_ceil(BANK);

/// A thread's magazines.
///
/// The fields before `slots` are the hot path. A constant block of zeros stands in for it in threads that have none
/// (`os::tls`): every magazine empty, of capacity 0, and no address inside the arena, so that each call takes the slow
/// path by itself.
///
/// # Invariants
///
/// - **T1** For each class, `bottom <= top <= limit`, all null or all inside the rounds of the loaded magazine.
///   `bottom` is its first round, but where rounds are hidden (`thread::sample`).
/// - **T2** Rounds from the first to `top` are objects of the class that are free for the program (M2).
/// - **T3** `limit` minus the first is at most the room of the loaded magazine (M1) and the class's `shape.rounds`.
/// - **T4** `frontier` is at most the first arena's frontier, so the map is readable below it (R2); `base` and `map`
///   are that arena's.
/// - **T5** Only the thread whose word points here touches the block, or a thread that holds its certificate, or the
///   child of a fork. The cells of an object cache's class are touched by their thread in calls on that cache, and by
///   whoever holds the sweep (`thread::sweep`); those of a dead thread are drained under the registry's lock, which
///   `registry::withdraw` holds too. Figures read `top` and `bottom` from outside and may be a little late.
/// - **T6** A bank is null or lives as long as the process; the last one is always null.
/// - **T7** The one exception to T5: anyone may take the `previous` magazine of a size class, by exchanging the pointer
///   for null. Whoever got a magazine by that exchange has the only reference to it; only the thread puts one back.
/// - **T8** `held` is the sum of what the capacities of size classes let the thread hold, `held_runs` the part of run
///   classes (`thread::budget`).
#[repr(C, align(64))]
pub struct Block {
    base: Cell<usize>,
    frontier: Cell<usize>,
    map: Cell<*const u8>,
    banks: [AtomicPtr<Bank>; BANKS + 1],
    /// The class for each small size. A copy per thread spares the hot path the address of a shared table.
    classes: [u8; SMALL_CLASS.len()],
    top: [Word<Round>; SLOTS],
    bottom: [Word<Round>; SLOTS],
    limit: [Cell<*mut Round>; SLOTS],
    /// The magazines behind the hot arrays, and what belongs to the slow path.
    pub(super) slots: [Slot; CLASS_COUNT],
    /// Bytes that this thread's magazines may hold at their capacities, and those of run classes among them.
    pub(super) held: Cell<usize>,
    pub(super) held_runs: Cell<usize>,
    /// Bytes that `held` may grow to.
    pub(super) allowance: Cell<usize>,
    /// Slow calls, ever, and how many there were when the allowance last grew.
    pub(super) slow_calls: AtomicU32,
    pub(super) grown_at: Cell<u32>,
    /// The round of upkeep in which the thread last gave up its cold magazines.
    pub(super) swept: Cell<u32>,
    /// What upkeep saw of `slow_calls` when it last came by; written under the registry's lock. Relaxed.
    pub(super) seen_calls: AtomicU32,
    /// Magazines filled from slabs and drained into them since the block was made, for the figures.
    pub(super) refills: Count,
    pub(super) flushes: Count,
    /// The state of the thread's random numbers; 0 until the first is drawn.
    pub(super) random: Cell<u32>,
    /// The kernel's number of the thread; 0 until it is asked for.
    pub(super) id: Cell<u32>,
    /// Calls on object caches that the thread is in: callbacks run in them.
    pub(super) calls: Cell<u32>,
    /// When its magazines were last cut short, in milliseconds of the coarse clock, the last 16 bits (`thread::sample`).
    pub(super) cut: Cell<u16>,
    /// Whether a thread has used the block since it was last drained. Relaxed: it spares looks; the certificate
    /// decides.
    pub(super) in_use: AtomicBool,
    /// Held by the thread whose block this is, while it lives.
    pub(super) certificate: Certificate,
    /// The block that was made before this one. Constant.
    pub(super) next: Option<NonNull<Block>>,
    /// Which objects grew last.
    pub growths: Growths,
    /// What an instrumented build counts; empty in any other.
    pub meter: Meter,
}

/// Where a thread keeps the magazines of an object cache's class: the same cells as of a size class, side by side.
#[repr(C)]
struct Cells {
    top: Word<Round>,
    bottom: Word<Round>,
    limit: Cell<*mut Round>,
}

/// A thread's magazines of `BANK` object caches.
#[repr(C, align(64))]
struct Bank {
    cells: [Cells; BANK],
    slots: [Slot; BANK],
}

/// Where `Block` has no magazines for any object cache: the place of those that were destroyed.
pub const NOWHERE: (u32, u32) = (BANKS as u32, 0);

/// Returns where a thread block keeps the magazines of a class: the number of the bank and the offset in it.
pub fn place_of(class: Class) -> (u32, u32) {
    match class.object() {
        Some(number) => ((number / BANK) as u32, (number % BANK * size_of::<Cells>()) as u32),
        None => NOWHERE,
    }
}

/// The magazines of one class in one thread.
pub(super) struct Pair<'a> {
    pub(super) class: Class,
    pub(super) top: &'a Word<Round>,
    pub(super) bottom: &'a Word<Round>,
    pub(super) limit: &'a Cell<*mut Round>,
    pub(super) slot: &'a Slot,
}

/// The slow path's view of one class.
pub struct Slot {
    /// The magazine whose rounds the hot arrays point into.
    pub(super) loaded: Cell<Option<NonNull<Magazine>>>,
    /// The second magazine: between two depot visits lie at least as many operations as it has rounds. Null or a
    /// magazine that nobody else has (T7).
    pub(super) previous: AtomicPtr<Magazine>,
    /// Rounds that either may hold in this thread.
    pub(super) capacity: Cell<u16>,
    /// Whether the capacity is the class's most.
    pub(super) grown: Cell<bool>,
    /// Whether the class had a slow call since its thread last gave up cold magazines.
    pub(super) warm: Cell<bool>,
}

const _: () = assert!(size_of::<Slot>() == 24, "slots stay small: ten thousand threads have them");
const _: () = assert!(size_of::<Block>() <= crate::arena::store::LARGEST, "a block comes from the metadata store");
const _: () = assert!(size_of::<Bank>() <= crate::arena::store::LARGEST, "so does a bank");
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
        // SAFETY: two cells of one class of this thread.
        unsafe { pop_from(top, bottom) }.inspect(|_| self.meter.allocated())
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
        // SAFETY: two cells of one class of this thread.
        let done = unsafe { push_to(top, limit, object) };
        if done {
            self.meter.freed();
        }
        done
    }

    /// Pushes an object of the class that serves `size` bytes; false if the loaded magazine is full.
    ///
    /// Cost on a hit: three loads and two stores.
    ///
    /// # Safety
    ///
    /// - As for `pop_size`; `object` is of that class and given up.
    #[inline(always)]
    pub unsafe fn push_size(&self, size: usize, object: NonNull<u8>) -> bool {
        // SAFETY: as in `pop_size`.
        let class = unsafe { *self.classes.get_unchecked((size + 15) >> 4) };
        // SAFETY: the table holds class numbers, or zeros in the constant block, whose magazine is always full; the
        // rest is the caller's.
        unsafe { self.push(usize::from(class), object) }
    }

    /// Pops an object of the object cache whose magazines are at `place` (`place_of`); `None` if the loaded magazine is
    /// empty.
    ///
    /// Cost on a hit: six loads and a store.
    ///
    /// # Safety
    ///
    /// - `place` came from `place_of` or is `NOWHERE`, and the calling thread's word points here.
    #[inline(always)]
    pub unsafe fn pop_object(&self, place: (usize, usize)) -> Option<NonNull<u8>> {
        // SAFETY: the caller's place.
        let cells = unsafe { self.cells_at(place) }?;
        // SAFETY: two cells of one class of this thread.
        unsafe { pop_from(&cells.top, &cells.bottom) }.inspect(|_| self.meter.allocated())
    }

    /// Pushes an object of the object cache whose magazines are at `place`; false if the loaded magazine is full.
    ///
    /// Cost on a hit: five loads and two stores.
    ///
    /// # Safety
    ///
    /// - As for `pop_object`; `object` is given up.
    #[inline(always)]
    pub unsafe fn push_object(&self, place: (usize, usize), object: NonNull<u8>) -> bool {
        // SAFETY: the caller's place.
        let Some(cells) = (unsafe { self.cells_at(place) }) else { return false };
        // SAFETY: two cells of one class of this thread.
        let done = unsafe { push_to(&cells.top, &cells.limit, object) };
        if done {
            self.meter.freed();
        }
        done
    }

    /// Runs `call`, a call on an object cache that may run callbacks.
    pub fn in_call<T>(&self, call: impl FnOnce() -> T) -> T {
        self.calls.set(self.calls.get().wrapping_add(1));
        let result = call();
        self.calls.set(self.calls.get().wrapping_sub(1));
        result
    }

    /// Returns whether the thread is in a call on an object cache: who asks is a callback.
    pub fn is_in_call(&self) -> bool {
        self.calls.get() > 0
    }

    /// Returns the cells at a place, `None` where the thread has no bank yet.
    ///
    /// # Safety
    ///
    /// - As for `pop_object`.
    #[inline(always)]
    unsafe fn cells_at(&self, (bank, offset): (usize, usize)) -> Option<&Cells> {
        // SAFETY: the number of a bank is at most BANKS, the last entry's (`place_of`, `NOWHERE`).
        // Relaxed: the thread reads what it wrote itself.
        let bank = unsafe { self.banks.get_unchecked(bank) }.load(Ordering::Relaxed);
        // SAFETY: a bank lives as long as the process (T6), and the offset is that of one of its cells.
        NonNull::new(bank).map(|bank| unsafe { bank.cast::<Cells>().byte_add(offset).as_ref() })
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
        // SAFETY: below the frontier the map is readable (T4); a byte race with `publish` can only concern an object
        // that the program frees while it is being made, and then shows the old class or the new.
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

    /// Returns the magazines of a class, `None` for an object cache's class of which the block has no bank. From any
    /// thread.
    pub(super) fn pair(&self, class: Class) -> Option<Pair<'_>> {
        if let Some(number) = class.object() {
            // Acquire: pairs with the Release in `pair_or_made`, for those who come from outside.
            let bank = self.banks.get(number / BANK)?.load(Ordering::Acquire);
            // SAFETY: a bank lives as long as the process (T6).
            let bank = unsafe { NonNull::new(bank)?.as_ref() };
            let (cells, slot) = (bank.cells.get(number % BANK)?, bank.slots.get(number % BANK)?);
            return Some(Pair { class, top: &cells.top, bottom: &cells.bottom, limit: &cells.limit, slot });
        }
        let index = class.index();
        let (top, bottom, limit) = (self.top.get(index)?, self.bottom.get(index)?, self.limit.get(index)?);
        Some(Pair { class, top, bottom, limit, slot: self.slots.get(index)? })
    }

    /// As `pair`, for the block's own thread, which makes a bank where there is none. `None` when no metadata can be
    /// had.
    pub(super) fn pair_or_made(&self, class: Class) -> Option<Pair<'_>> {
        if let Some(pair) = self.pair(class) {
            return Some(pair);
        }
        let bank = self.banks.get(class.object()? / BANK)?;
        let memory = store::allocate_spare(size_of::<Bank>())?;
        // SAFETY: new memory of that size, aligned to a line; zero bytes are a bank without magazines.
        unsafe { memory.write_bytes(0, size_of::<Bank>()) };
        // Release: the bank is zero. Pairs with the Acquire in `pair`.
        bank.store(memory.cast().as_ptr(), Ordering::Release);
        self.pair(class)
    }
}

/// Pops from the magazine between two cells.
///
/// # Safety
///
/// - The cells are the top and bottom of one class, of the calling thread.
#[inline(always)]
pub(super) unsafe fn pop_from(top: &Word<Round>, bottom: &Word<Round>) -> Option<NonNull<u8>> {
    // SAFETY: the caller's own word.
    let place = unsafe { top.own() };
    // SAFETY: as above.
    if place == unsafe { bottom.own() } {
        return None;
    }
    let place = place.wrapping_sub(1);
    top.set(place);
    // SAFETY: `bottom <= place < top` held, so the round is initialised (T2) and inside the magazine (T1).
    Some(unsafe { place.read().assume_init() })
}

/// Pushes to the magazine between two cells; false if it is full.
///
/// # Safety
///
/// - The cells are the top and limit of one class, of the calling thread; `object` is of that class and given up.
#[inline(always)]
pub(super) unsafe fn push_to(top: &Word<Round>, limit: &Cell<*mut Round>, object: NonNull<u8>) -> bool {
    // SAFETY: the caller's own word.
    let place = unsafe { top.own() };
    if place == limit.get() {
        return false;
    }
    // SAFETY: `place < limit`, so it is a place of the loaded magazine (T1), aligned as a pointer is.
    let round = unsafe { AtomicPtr::from_ptr(place.cast::<*mut u8>()) };
    // Relaxed: others only compare what they read (`Block::holds`).
    round.store(object.as_ptr(), Ordering::Relaxed);
    // The round before the count, for the child of a fork that finds this thread in between (`drain_orphaned`).
    // Release, for the compiler alone: the kernel copies memory at one instant.
    compiler_fence(Ordering::Release);
    top.set(place.wrapping_add(1));
    true
}
