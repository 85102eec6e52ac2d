//! What an instrumented build (feature `instrument`) counts in a thread block; in any other build the type is empty and
//! its functions nothing.

pub use counting::Meter;

/// Allocations and frees of a block's threads. A realloc that moves its object is one of each, one that does not is
/// neither.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct CallFigures {
    /// Objects handed to the program.
    pub allocations: u64,
    /// Objects taken back from it.
    pub frees: u64,
}

#[cfg(feature = "instrument")]
mod counting {
    use super::CallFigures;
    use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// The figures of the threads that had the block, one after the other. Zero bytes are one that counted nothing.
    /// Written by the block's thread alone (atomic only to be read by others), and never in the constant block, where
    /// no call hits.
    pub struct Meter {
        allocations: AtomicU64,
        frees: AtomicU64,
    }

    impl Meter {
        /// Counts an allocation.
        #[inline(always)]
        pub fn allocated(&self) {
            add_one(&self.allocations);
        }

        /// Counts a free.
        #[inline(always)]
        pub fn freed(&self) {
            add_one(&self.frees);
        }

        /// Returns the figures, from any thread: a little late.
        pub fn figures(&self) -> Option<CallFigures> {
            // Relaxed: statistics.
            let (allocations, frees) = (self.allocations.load(Relaxed), self.frees.load(Relaxed));
            Some(CallFigures { allocations, frees })
        }
    }

    /// Adds to a number that only the caller writes: a load and a store, no read-modify-write.
    #[inline(always)]
    fn add_one(number: &AtomicU64) {
        // Relaxed: a statistic.
        number.store(number.load(Relaxed).wrapping_add(1), Relaxed);
    }
}

#[cfg(not(feature = "instrument"))]
mod counting {
    use super::CallFigures;

    /// The figures of a thread block: none.
    pub struct Meter;

    impl Meter {
        #[inline(always)]
        pub fn allocated(&self) {}

        #[inline(always)]
        pub fn freed(&self) {}

        #[inline(always)]
        pub fn figures(&self) -> Option<CallFigures> {
            None
        }
    }

    const _: () = assert!(size_of::<Meter>() == 0, "a block is what it is without");
}
