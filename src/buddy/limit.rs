//! The limit on the heap's memory (option `limit`).

use core::sync::atomic::{AtomicUsize, Ordering};

use super::space::Space;
use super::system::{Grant, SYSTEM, System};
use crate::arena::{areas, store};
use crate::base::GranuleCount;

/// Bytes that the heap may have in use, 0 for no limit.
static LIMIT: AtomicUsize = AtomicUsize::new(0);

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
        self.spaces.iter().flatten().map(of).sum::<usize>() + store::committed() + areas::bytes()
    }

    /// Returns whether the heap would have too much in use with `more` bytes.
    pub(super) fn is_over_limit(&self, more: usize) -> bool {
        limit().is_some_and(|limit| self.used().saturating_add(more) > limit)
    }

    /// Gives a run back that is more than the limit allows.
    pub(super) fn within_limit(&mut self, grant: Grant) -> Option<Grant> {
        if !self.is_over_limit(0) {
            return Some(grant);
        }
        self.space(grant.arena)?.give(grant.run);
        None
    }
}
