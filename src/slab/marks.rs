//! Marks: a byte for every place where an object of a size class may start, out of line, that says whether the program
//! has the object. Hardened and checked mode keep them, so that each free is checked at once, without a lock and
//! without a look at the slab; without those modes there are none.
//!
//! | mark     | meaning                                                   | leaves on                     |
//! |----------|-----------------------------------------------------------|-------------------------------|
//! | `NONE`   | no object starts here, or its slab has no marks           | a slab is cut → `FRESH`       |
//! | `FRESH`  | free, contents unknown                                    | allocation → `HELD`           |
//! | `FILLED` | free, and its bytes are what free made them               | allocation → `HELD`           |
//! | `HELD`   | the program has the object                                | free → `FILLED` or `FRESH`    |
//!
//! The first arena has them, a sixteenth of its memory; objects of others, and of slabs that were cut before the mode
//! was entered or when no memory for marks could be had, are checked by the bitmaps of their slabs.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

use crate::arena::registry;
use crate::base::{Class, GRANULE, GranuleIndex};
use crate::os::area::Prefix;
use crate::os::limits::page_size;
use crate::sync::meter::LockFigures;
use crate::sync::{Lock, Rank, lock};

const NONE: u8 = 0;
const FRESH: u8 = 1;
const FILLED: u8 = 2;
const HELD: u8 = 3;

/// Bytes that share a mark: no two objects start in one, and every object of a size class starts at one.
const STEP: usize = 16;
/// The least that more marks are committed by.
const COMMIT: usize = 256 << 10;

/// What is checked beyond what every free checks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Mode {
    /// Nothing.
    Off = 0,
    /// Each free, at once.
    Hardened = 1,
    /// Everything.
    Checked = 2,
}

static MODE: AtomicU8 = AtomicU8::new(Mode::Off as u8);
/// What checked mode fills freed objects with.
static FILL: AtomicU8 = AtomicU8::new(0);

/// The marks: where they begin, and how many bytes of the first arena they stand for.
static FIRST: AtomicPtr<AtomicU8> = AtomicPtr::new(ptr::null_mut());
static BASE: AtomicUsize = AtomicUsize::new(0);
static COVERED: AtomicUsize = AtomicUsize::new(0);

/// Their memory.
static MEMORY: Lock<{ Rank::Records as u8 }, Option<Prefix>> = Lock::new(None);

/// Enters a mode, which is not left any more.
pub fn enter(mode: Mode, fill: u8) {
    // Relaxed, both: set at load, before the program has threads; one that comes late sees it a little later.
    FILL.store(fill, Ordering::Relaxed);
    // Relaxed: as above.
    MODE.store(mode as u8, Ordering::Relaxed);
}

/// Returns whether objects are marked.
#[inline]
pub fn are_kept() -> bool {
    // Relaxed: see `enter`.
    MODE.load(Ordering::Relaxed) != Mode::Off as u8
}

/// Returns whether checked mode is on.
#[inline]
pub fn is_checked() -> bool {
    // Relaxed: see `enter`.
    MODE.load(Ordering::Relaxed) == Mode::Checked as u8
}

/// Returns what checked mode fills freed objects with.
#[inline]
pub fn fill_byte() -> u8 {
    // Relaxed: see `enter`.
    FILL.load(Ordering::Relaxed)
}

/// Returns the mark of the place at an address, `None` where there are none.
#[inline]
fn mark_at(address: usize) -> Option<&'static AtomicU8> {
    // Acquire: the marks are there. Pairs with the Release in `commit`.
    let covered = COVERED.load(Ordering::Acquire);
    // Relaxed, both: written before `COVERED`.
    let offset = address.wrapping_sub(BASE.load(Ordering::Relaxed));
    if offset >= covered {
        return None;
    }
    // SAFETY: a mark for each step of the covered bytes is committed, for the life of the process.
    NonNull::new(FIRST.load(Ordering::Relaxed)).map(|first| unsafe { first.add(offset / STEP).as_ref() })
}

/// What the marks say of an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Said {
    /// The program has an object that starts there, and gave it up by this call.
    Released,
    /// The object that starts there is free.
    Free,
    /// Nothing.
    Nothing,
}

/// Marks an object as the program's; returns whether its bytes are known to be what free made them.
#[inline]
pub fn hold(object: NonNull<u8>) -> bool {
    let Some(mark) = mark_at(object.addr().get()) else { return false };
    // Relaxed, both: the object is the caller's alone, and the mark goes where it goes.
    let before = mark.load(Ordering::Relaxed);
    if before != NONE {
        // Relaxed: as above.
        mark.store(HELD, Ordering::Relaxed);
    }
    before == FILLED
}

/// Marks an object that the program gives up as free, with or without its bytes filled. Of two threads that free an
/// object at the same instant, one is told.
#[inline]
pub fn release(address: usize, filled: bool) -> Said {
    let Some(mark) = mark_at(address).filter(|_| address.is_multiple_of(STEP)) else { return Said::Nothing };
    // Relaxed: a look; the exchange decides.
    if mark.load(Ordering::Relaxed) == HELD {
        let after = if filled { FILLED } else { FRESH };
        // Relaxed, both: it decides between two frees; nothing is published by it.
        if mark.compare_exchange(HELD, after, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            return Said::Released;
        }
    }
    // Relaxed: a look.
    if mark.load(Ordering::Relaxed) == NONE { Said::Nothing } else { Said::Free }
}

/// Marks the objects of a slab that is cut at `base`, all free. The caller has the slab to himself.
pub(super) fn begin(class: Class, base: NonNull<u8>) {
    if !are_kept() || !class.is_slab_size() {
        return;
    }
    let (shape, start) = (class.shape(), base.addr().get());
    commit(start + shape.count().bytes());
    for index in 0..usize::from(shape.objects) {
        if let Some(mark) = mark_at(start + index * class.size()) {
            // Relaxed: nobody has the slab yet.
            mark.store(FRESH, Ordering::Relaxed);
        }
    }
}

/// Forgets the marks of a slab that is dissolved.
pub(super) fn end(class: Class, base: NonNull<u8>) {
    if !are_kept() || !class.is_slab_size() {
        return;
    }
    for index in 0..usize::from(class.shape().objects) {
        if let Some(mark) = mark_at(base.addr().get() + index * class.size()) {
            // Relaxed: nobody has an object of the slab.
            mark.store(NONE, Ordering::Relaxed);
        }
    }
}

/// Makes marks for the first arena up to an address, where it is in it and memory can be had.
fn commit(end: usize) {
    // Relaxed: a look; the lock decides.
    let Some(arena) = registry::get(0).filter(|arena| arena.holds(end - 1)) else { return };
    let bytes = end - arena.base();
    if bytes <= COVERED.load(Ordering::Relaxed) {
        return;
    }
    let mut memory = MEMORY.lock();
    if memory.is_none() {
        let size = (arena.granules().bytes() / STEP).next_multiple_of(page_size());
        *memory = Prefix::reserve(size, GRANULE);
        if let Some(prefix) = memory.as_ref() {
            // Relaxed, both: published by `COVERED`.
            BASE.store(arena.address_of(GranuleIndex(0)).addr().get(), Ordering::Relaxed);
            FIRST.store(prefix.start().cast().as_ptr(), Ordering::Relaxed);
        }
    }
    let Some(prefix) = memory.as_mut() else { return };
    let target = (bytes / STEP + 1).next_multiple_of(COMMIT).min(prefix.size());
    if prefix.commit_to(target) {
        // Release: the marks are committed, and zero. Pairs with the Acquire in `mark_at`.
        COVERED.store(prefix.committed() * STEP, Ordering::Release);
    }
}

/// Returns what an instrumented build counted of the lock.
pub fn lock_figures() -> Option<LockFigures> {
    lock::figures(&MEMORY)
}

/// Takes the lock, for fork.
pub fn hold_lock() {
    lock::hold(&MEMORY);
}

/// Gives the lock back, after fork.
///
/// # Safety
///
/// - As for `sync::lock::let_go`.
pub unsafe fn let_go_lock() {
    // SAFETY: the caller's promise is the callee's.
    unsafe { lock::let_go(&MEMORY) };
}
