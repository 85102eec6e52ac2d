//! What an instrumented build (feature `instrument`) counts of locks; in any other build the types here are empty and
//! their functions nothing.
//!
//! A lock's figures lie in the lock and are written by its holder alone, so counting adds no read-modify-write to what
//! is counted.

pub use counting::{Meter, Tries, modified, others};

/// What happened to a lock.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct LockFigures {
    /// Times it was taken.
    pub taken: u64,
    /// Times of these that it was not free at the first try.
    pub waited: u64,
    /// Read-modify-writes of its word: each try to take it, and each release but one that is a store (`lock::Brief`).
    pub read_modify_writes: u64,
    /// Nanoseconds it was held, among them two readings of the clock per take and the time its holder was not running.
    pub held_ns: u64,
}

#[cfg(feature = "instrument")]
mod counting {
    use super::LockFigures;
    use crate::os::clock::nanoseconds;
    use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// Tries to take a lock so far.
    #[derive(Clone, Copy)]
    pub struct Tries(u64);

    impl Tries {
        pub const ONE: Tries = Tries(1);

        /// Counts a further one.
        pub fn more(&mut self) {
            self.0 += 1;
        }
    }

    /// The figures of a lock. Atomic only so that they can be read by others; no two threads write at a time.
    pub struct Meter {
        taken: AtomicU64,
        waited: AtomicU64,
        read_modify_writes: AtomicU64,
        held_ns: AtomicU64,
        since: AtomicU64,
    }

    /// Adds to a number that only the caller writes.
    fn add(number: &AtomicU64, more: u64) {
        // Relaxed: the lock orders its holders; whoever reads from outside reads a statistic.
        number.store(number.load(Relaxed).wrapping_add(more), Relaxed);
    }

    impl Meter {
        #[allow(clippy::declare_interior_mutable_const)] // The initial value of each lock's own.
        pub const NEW: Meter = Meter {
            taken: AtomicU64::new(0),
            waited: AtomicU64::new(0),
            read_modify_writes: AtomicU64::new(0),
            held_ns: AtomicU64::new(0),
            since: AtomicU64::new(0),
        };

        /// Counts a take. The caller holds the lock.
        pub fn taken(&self, tries: Tries) {
            add(&self.taken, 1);
            add(&self.waited, u64::from(tries.0 > 1));
            add(&self.read_modify_writes, tries.0);
            // Relaxed: as in `add`.
            self.since.store(nanoseconds(), Relaxed);
        }

        /// Counts the release that follows, of so many read-modify-writes. The caller holds the lock.
        pub fn releasing(&self, count: u64) {
            add(&self.read_modify_writes, count);
            // Relaxed: as in `add`.
            add(&self.held_ns, nanoseconds().saturating_sub(self.since.load(Relaxed)));
        }

        /// Returns the figures.
        pub fn figures(&self) -> Option<LockFigures> {
            // Relaxed: statistics.
            Some(LockFigures {
                taken: self.taken.load(Relaxed),
                waited: self.waited.load(Relaxed),
                read_modify_writes: self.read_modify_writes.load(Relaxed),
                held_ns: self.held_ns.load(Relaxed),
            })
        }
    }

    /// Read-modify-writes of shared words other than locks.
    static OTHERS: AtomicU64 = AtomicU64::new(0);

    /// Counts read-modify-writes of shared words other than locks, among them a try to take a lock that was not free.
    pub fn modified(count: u64) {
        // Relaxed: a statistic. A read-modify-write itself: what is counted here happens a few times a second, or with
        // a thread's birth.
        OTHERS.fetch_add(count, Relaxed);
    }

    /// Returns how many were counted.
    pub fn others() -> u64 {
        // Relaxed: a statistic.
        OTHERS.load(Relaxed)
    }
}

#[cfg(not(feature = "instrument"))]
mod counting {
    use super::LockFigures;

    /// Tries to take a lock so far: not counted.
    #[derive(Clone, Copy)]
    pub struct Tries;

    impl Tries {
        pub const ONE: Tries = Tries;

        #[inline(always)]
        pub fn more(&mut self) {}
    }

    /// The figures of a lock: none.
    pub struct Meter;

    impl Meter {
        pub const NEW: Meter = Meter;

        #[inline(always)]
        pub fn taken(&self, _tries: Tries) {}

        #[inline(always)]
        pub fn releasing(&self, _count: u64) {}

        #[inline(always)]
        pub fn figures(&self) -> Option<LockFigures> {
            None
        }
    }

    const _: () = assert!(size_of::<Meter>() == 0 && size_of::<Tries>() == 0, "a lock stays a word");

    #[inline(always)]
    pub fn modified(_count: u64) {}

    #[inline(always)]
    pub fn others() -> u64 {
        0
    }
}
