//! The limit on the heap's memory (option `limit`), and the bound from which it keeps no free memory back.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::space::Space;
use super::system::{Grant, SYSTEM, System};
use crate::arena::{areas, store};
use crate::base::{GRANULE, GranuleCount};
use crate::sync::meter::modified;

/// Bytes that the heap may have in use, 0 for no limit.
static LIMIT: AtomicUsize = AtomicUsize::new(0);

/// Bytes from which the heap is to keep no free memory back, 0 for no such bound: of the memory that its control group may
/// use.
static BOUND: AtomicUsize = AtomicUsize::new(0);
/// What was in use when free memory last went back for the bound.
static LEFT: AtomicUsize = AtomicUsize::new(0);
/// Whether the heap came to exceed the bound since.
static PRESSED: AtomicBool = AtomicBool::new(false);

/// Sets the bound in bytes, 0 for none. What is in use beyond it now is a reason to give memory back once more.
pub fn set_bound(bytes: usize) {
    // Relaxed: numbers that stand alone.
    BOUND.store(bytes, Ordering::Relaxed);
    // Relaxed: as above.
    LEFT.store(0, Ordering::Relaxed);
}

/// Returns whether free memory is to go back since the heap exceeds the bound; true once, for one thread.
pub fn take_pressed() -> bool {
    // Relaxed: who gives memory back takes the locks of what it gives.
    if !PRESSED.load(Ordering::Relaxed) {
        return false;
    }
    modified(1);
    // Relaxed: as above.
    PRESSED.swap(false, Ordering::Relaxed)
}

/// Notes that free memory went back: there is no reason to do it again before a part of the bound more is in use.
pub fn note_relieved() {
    let used = SYSTEM.lock().used();
    // Relaxed: a number that stands alone.
    LEFT.store(used, Ordering::Relaxed);
}

/// Sets the limit in bytes; 0 lifts it.
pub fn set(bytes: usize) {
    // Relaxed: a number that stands alone.
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// Returns the limit in bytes, `None` if there is none.
pub fn limit() -> Option<usize> {
    // Relaxed: as above.
    Some(LIMIT.load(Ordering::Relaxed)).filter(|&limit| limit != 0)
}

/// Returns whether the limit allows `more` bytes.
pub fn allows(more: usize) -> bool {
    limit().is_none() || !SYSTEM.lock().is_over_limit(more)
}

impl System {
    /// Returns what the heap has in use, in bytes: runs that are taken, dirty free runs, metadata and areas.
    fn used(&self) -> usize {
        let of = |space: &Space| {
            let (committed, metadata, _) = space.footprint();
            let (free, dirty) = space.free_granules();
            committed + metadata + GranuleCount(dirty as u32).bytes() - GranuleCount(free as u32).bytes()
        };
        self.spaces.iter().map(of).sum::<usize>() + store::committed() + areas::bytes()
    }

    /// Returns whether the heap would have too much in use with `more` bytes.
    pub(super) fn is_over_limit(&self, more: usize) -> bool {
        limit().is_some_and(|limit| self.used().saturating_add(more) > limit)
    }

    /// Returns the spaces to take from, which know how much the limit has room for.
    pub(super) fn spaces_within_limit(&mut self) -> impl Iterator<Item = &mut Space> {
        let room = limit().map_or(usize::MAX, |limit| limit.saturating_sub(self.used()));
        let room = GranuleCount(u32::try_from(room / GRANULE).unwrap_or(u32::MAX));
        self.spaces.iter_mut().for_each(|space| space.set_room(room));
        self.spaces.iter_mut()
    }

    /// Returns the space of an arena to take from, as above.
    pub(super) fn space_within_limit(&mut self, arena: usize) -> Option<&mut Space> {
        self.spaces_within_limit().nth(arena)
    }

    /// Gives a run back that is more than the limit allows. What exceeds the bound is noted.
    pub(super) fn within_limit(&mut self, grant: Grant) -> Option<Grant> {
        // Relaxed: a number that stands alone.
        let bound = BOUND.load(Ordering::Relaxed);
        if bound != 0 {
            // Relaxed: as above.
            let left = LEFT.load(Ordering::Relaxed);
            if self.used() > bound.max(left.saturating_add(bound / 32)) {
                // Relaxed: as above.
                PRESSED.store(true, Ordering::Relaxed);
            }
        }
        if !self.is_over_limit(0) {
            return Some(grant);
        }
        self.space(grant.arena)?.give(grant.run);
        None
    }
}
