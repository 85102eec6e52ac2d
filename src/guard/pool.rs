//! The pool of sampled objects: slots between guards, each opened for one object and closed when it is freed, the
//! longest closed used next. An access that leaves the object, or comes after it, meets a guard.
//!
//! ```text
//! | guard | slot: eight pages, open where the object is | guard | slot … | guard |
//! ```

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::{CANARY_MOST, Claim, broken_canary, write_canary};
use crate::base::class::SLAB_MAX;
use crate::os::area;
use crate::os::guard::{self, Guard};
use crate::os::limits::page_size;
use crate::os::running::thread_id;
use crate::report::misuse::print;
use crate::report::stack::{FRAMES, Stack};
use crate::report::{self, Details, History, Misuse};
use crate::sync::meter::LockFigures;
use crate::sync::{Lock, Rank, lock};
use crate::thread::magazines::Obtained;

/// Slots: a program that keeps so many sampled objects is sampled no more until it frees some. Half halves the time for
/// which a freed one is watched; double takes 70 KiB more of a process that samples.
const SLOTS: usize = 256;
/// The largest object that is sampled: what magazines serve.
pub const LARGEST: usize = SLAB_MAX;

/// What is known of a slot's last object.
#[derive(Clone, Copy)]
struct Slot {
    start: usize,
    size: usize,
    live: bool,
    used: bool,
    allocated: Stack,
    allocated_by: u32,
    freed: Stack,
    freed_by: u32,
}

impl Slot {
    const NONE: Slot = Slot {
        start: 0,
        size: 0,
        live: false,
        used: false,
        allocated: Stack::EMPTY,
        allocated_by: 0,
        freed: Stack::EMPTY,
        freed_by: 0,
    };

    /// Returns what is told of the object, for a report.
    fn details<'a>(&'a self, touched: &'a [usize]) -> Details<'a> {
        let history = History {
            touched,
            allocated: self.allocated.frames(),
            allocated_by: self.allocated_by,
            freed: if self.live { &[] } else { self.freed.frames() },
            freed_by: self.freed_by,
        };
        Details { size: Some(self.size), start: Some(self.start), history, ..Details::default() }
    }
}

/// The slots.
///
/// # Invariants
///
/// - **P1** `first` is null or a mapping of `bytes()` of which all is guarded but the pages of live objects.
/// - **P2** `free[..]` from `oldest` on, `count` of them around the ring, are the slots without a live object, the
///   longest closed first.
struct Pool {
    first: Option<NonNull<u8>>,
    kind: Guard,
    slots: [Slot; SLOTS],
    free: [u16; SLOTS],
    oldest: usize,
    count: usize,
}

// SAFETY: the mapping belongs to the pool, not to a thread.
unsafe impl Send for Pool {}

static POOL: Lock<{ Rank::Records as u8 }, Pool> = Lock::new(Pool {
    first: None,
    kind: Guard::None,
    slots: [Slot::NONE; SLOTS],
    free: [0; SLOTS],
    oldest: 0,
    count: 0,
});

/// Where the mapping begins; 0 while there is none.
static FIRST: AtomicUsize = AtomicUsize::new(0);

/// Bytes from a slot to the next: its guard and its pages.
fn stride() -> usize {
    LARGEST.next_multiple_of(page_size()) + page_size()
}

fn bytes() -> usize {
    SLOTS * stride() + page_size()
}

/// Maps the pool, once; false where the kernel refuses it or its guards.
pub fn initialise() -> bool {
    let mut pool = POOL.lock();
    if pool.first.is_some() {
        return true;
    }
    let Some(first) = area::map(bytes(), page_size(), page_size()) else { return false };
    // SAFETY: mapped just now, whole pages, of no use to anybody yet.
    pool.kind = unsafe { guard::install(first, bytes()) };
    if pool.kind == Guard::None {
        // SAFETY: mapped above, known to nobody.
        unsafe { area::release(first, bytes()) };
        return false;
    }
    for (index, slot) in pool.free.iter_mut().enumerate() {
        *slot = index as u16;
    }
    (pool.first, pool.count) = (Some(first), SLOTS);
    // Relaxed: an address is compared with it; whoever has one of the pool's got it later.
    FIRST.store(first.addr().get(), Ordering::Relaxed);
    true
}

/// Returns whether an address is in the pool.
#[inline]
pub fn holds(address: NonNull<u8>) -> bool {
    // Relaxed: see `initialise`.
    let first = FIRST.load(Ordering::Relaxed);
    first != 0 && address.addr().get().wrapping_sub(first) < bytes()
}

/// Allocates an object of `size` bytes in a slot of its own, at its left or its right end as `right` says. `None` where
/// all slots are in use, or it does not fit.
pub fn allocate(size: usize, right: bool) -> Option<Obtained> {
    if size > LARGEST {
        return None;
    }
    let allocated = Stack::here();
    let page = page_size();
    let open = size.max(1).next_multiple_of(page);
    let mut pool = POOL.lock();
    let first = pool.first?;
    let left = pool.count.checked_sub(1)?;
    let index = usize::from(*pool.free.get(pool.oldest % SLOTS)?);
    (pool.oldest, pool.count) = (pool.oldest + 1, left);
    let from = index * stride() + page + if right { stride() - page - open } else { 0 };
    // SAFETY: the slot's pages inside the mapping (P1).
    let pages = unsafe { first.add(from) };
    // SAFETY: they are guarded, in the pool's kind, and nobody has them.
    unsafe { guard::remove(pages, open, pool.kind) };
    let offset = if right { open - size.max(1).next_multiple_of(16) } else { 0 };
    // SAFETY: inside the open pages.
    let object = unsafe { pages.add(offset) };
    // SAFETY: as above: what lies between the object and the guard behind it, or less.
    unsafe { write_canary(object.add(size), (open - offset - size).min(CANARY_MOST)) };
    let slot = pool.slots.get_mut(index)?;
    let (start, allocated_by) = (object.addr().get(), thread_id() as u32);
    *slot = Slot { start, size, live: true, used: true, allocated, allocated_by, ..Slot::NONE };
    Some(Obtained { object, zero: true })
}

impl Pool {
    /// Returns the number of the slot around an address; a guard belongs to the slot before it, but for its last half.
    fn around(&self, address: usize) -> Option<usize> {
        let first = self.first?.addr().get();
        let (index, within) = (address.checked_sub(first)? / stride(), (address - first) % stride());
        let index = if within < page_size() / 2 { index.checked_sub(1)? } else { index };
        (index < SLOTS).then_some(index)
    }

    /// Returns the slot whose object starts at an address and is live; else what is wrong, and the number of the slot
    /// if it had an object.
    fn live(&mut self, address: usize) -> Result<(usize, &mut Slot), (Misuse, Option<usize>)> {
        let Some(index) = self.around(address) else { return Err((Misuse::UnallocatedPointer, None)) };
        let Some(slot) = self.slots.get_mut(index).filter(|slot| slot.used) else {
            return Err((Misuse::UnallocatedPointer, None));
        };
        if !slot.live {
            let misuse = if slot.start == address { Misuse::DoubleFree } else { Misuse::UnallocatedPointer };
            return Err((misuse, Some(index)));
        }
        if slot.start == address { Ok((index, slot)) } else { Err((Misuse::InteriorPointer, Some(index))) }
    }

    /// Closes the slot of an object that is freed, if nothing is wrong with it.
    fn close(&mut self, object: NonNull<u8>, claim: Claim, freed: Stack) -> Result<(), (Misuse, usize, Option<usize>)> {
        let address = object.addr().get();
        let kind = self.kind;
        let (index, slot) = self.live(address).map_err(|(misuse, index)| (misuse, address, index))?;
        if let Some((_, misuse)) = claim.filter(|&(size, _)| size != slot.size) {
            return Err((misuse, address, Some(index)));
        }
        let page = page_size();
        let end = (address + slot.size.max(1)).next_multiple_of(page);
        // SAFETY: between the object and the end of its pages, which are open while it lives (P1).
        let broken = unsafe { broken_canary(object.add(slot.size), (end - address - slot.size).min(CANARY_MOST)) };
        if let Some(at) = broken {
            return Err((Misuse::Overflow, at, Some(index)));
        }
        (slot.live, slot.freed, slot.freed_by) = (false, freed, thread_id() as u32);
        let before = address % page;
        // SAFETY: the pages of the object, which the program gave up.
        let closed = unsafe { guard::install(object.sub(before), end - (address - before)) };
        debug_assert!(closed == kind || closed == Guard::None, "kinds do not change");
        let newest = (self.oldest + self.count) % SLOTS;
        // A slot that could not be closed is used no more.
        if closed != Guard::None
            && let Some(place) = self.free.get_mut(newest)
        {
            *place = index as u16;
            self.count += 1;
        }
        Ok(())
    }
}

/// Frees an object of the pool; stops the process where it is misused.
pub fn free(object: NonNull<u8>, claim: Claim) {
    let freed = Stack::here();
    // The lock is given back before anything is told.
    let closed = POOL.lock().close(object, claim, freed);
    if let Err((misuse, at, index)) = closed {
        stop(misuse, at, index);
    }
}

/// Stops the process, telling what is known of a slot.
#[cold]
#[inline(never)]
fn stop(misuse: Misuse, address: usize, index: Option<usize>) -> ! {
    let slot = index.and_then(|index| POOL.lock().slots.get(index).copied()).unwrap_or(Slot::NONE);
    report::stop_with(misuse, address, &slot.details(&[]))
}

/// Returns the size of an object of the pool; stops the process where it is misused.
pub fn size_of(object: NonNull<u8>) -> usize {
    let found = POOL.lock().live(object.addr().get()).map(|(_, slot)| slot.size);
    match found {
        Ok(size) => size,
        Err((misuse, index)) => stop(misuse, object.addr().get(), index),
    }
}

/// Returns start and size of the object whose slot an address is in, and whether it is live.
pub fn around(address: usize) -> Option<(NonNull<u8>, usize, bool)> {
    let pool = POOL.lock();
    let slot = pool.slots.get(pool.around(address)?).filter(|slot| slot.used)?;
    let start = NonNull::new(core::ptr::with_exposed_provenance_mut(slot.start))?;
    Some((start, slot.size, slot.live && address.wrapping_sub(slot.start) < slot.size))
}

/// Prints what is known of an address that was touched; false if it is not the pool's. May run in a signal handler.
pub fn tell(address: usize, touched: &[usize]) -> bool {
    // Relaxed: see `initialise`.
    let first = FIRST.load(Ordering::Relaxed);
    if first == 0 || address.wrapping_sub(first) >= bytes() {
        return false;
    }
    let Some(slot) = POOL.try_lock().and_then(|pool| pool.slots.get(pool.around(address)?).copied()) else {
        return false;
    };
    let misuse = if !slot.live {
        Misuse::TouchAfterFree
    } else if address < slot.start {
        Misuse::TouchBefore
    } else {
        Misuse::TouchBehind
    };
    print(misuse, address, &slot.details(touched));
    true
}

const _: () = assert!(FRAMES <= 16, "the slots' records are 64 KiB");

/// Returns what an instrumented build counted of the lock.
pub fn lock_figures() -> Option<LockFigures> {
    lock::figures(&POOL)
}

/// Takes the lock, for fork.
pub fn hold() {
    lock::hold(&POOL);
}

/// Gives the lock back, after fork.
///
/// # Safety
///
/// - As for `sync::lock::let_go`.
pub unsafe fn let_go() {
    // SAFETY: the caller's promise is the callee's.
    unsafe { lock::let_go(&POOL) };
}
