//! The registry of arenas: found from any address without a lock.

use crate::sync::prim::{AtomicUsize, Ordering};
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

use super::Arena;
use crate::base::GranuleIndex;

/// Most arenas. A further one is made when the one before reached its span or found its addresses taken; each may span
/// 64 GiB where the process may.
pub const MAX_ARENAS: usize = 32;

/// The arenas in the order in which they were reserved.
///
/// # Invariants
///
/// - **G1** The first `COUNT` slots are initialised and never change again.
struct Slots(UnsafeCell<[MaybeUninit<Arena>; MAX_ARENAS]>);

// SAFETY: slots below COUNT are read-only (G1); the one at COUNT is written only by `add`, whose callers hold the buddy
// lock.
unsafe impl Sync for Slots {}

static SLOTS: Slots = Slots(UnsafeCell::new([MaybeUninit::uninit(); MAX_ARENAS]));
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Adds an arena; returns its number, or `None` when there are `MAX_ARENAS`.
///
/// # Safety
///
/// - The caller holds the buddy lock.
pub unsafe fn add(arena: Arena) -> Option<usize> {
    // Relaxed: only the holder of the buddy lock writes it.
    let index = COUNT.load(Ordering::Relaxed);
    if index >= MAX_ARENAS {
        return None;
    }
    // SAFETY: the slot at COUNT belongs to the holder of the buddy lock; nobody reads it before COUNT grows (G1).
    unsafe { SLOTS.0.get().cast::<MaybeUninit<Arena>>().add(index).write(MaybeUninit::new(arena)) };
    // Release: the slot is written. Pairs with the Acquire in `get`.
    COUNT.store(index + 1, Ordering::Release);
    Some(index)
}

/// Returns arena number `index`.
#[inline]
pub fn get(index: usize) -> Option<Arena> {
    // Acquire: pairs with the Release in `add`.
    if index >= COUNT.load(Ordering::Acquire) {
        return None;
    }
    // SAFETY: below COUNT, which is at most MAX_ARENAS, slots are initialised and constant (G1).
    Some(unsafe { SLOTS.0.get().cast::<Arena>().add(index).read() })
}

/// Returns every arena.
pub fn all() -> impl Iterator<Item = Arena> {
    (0..MAX_ARENAS).map_while(get)
}

/// Returns the arena and granule that `address` falls into.
#[inline]
pub fn locate(address: usize) -> Option<(Arena, GranuleIndex)> {
    // At most MAX_ARENAS turns, nearly always one.
    all().find_map(|arena| Some((arena, arena.granule_of(address)?)))
}
