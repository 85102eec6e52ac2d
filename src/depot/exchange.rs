//! The depot of a class: full magazines, empty magazines, and what of both nobody needed lately.

use core::ptr::NonNull;

use super::magazine::{MagazineList, MagazineRef};
use crate::base::{CLASS_COUNT, Class, OBJECT_CACHES};
use crate::report::Broken;
use crate::sync::{Lock, Rank};

/// Most bytes of objects in the full magazines of one depot: beyond that a magazine is drained into its slabs, where
/// the memory can serve other classes. Half doubles draining in producer/consumer loads with long queues.
const FULL_BYTES: usize = 1 << 20;
/// Full magazines that a depot may hold in any case: of object caches alone, whose objects may be of megabytes. Four of
/// them had sixteen caches of 4 MiB hold 465 MiB while nothing was live, one 281.
const FULL_LEAST: usize = 1;

/// The depot of a class.
///
/// # Invariants
///
/// - **D1** Every magazine on `full` has rounds; every one on `empty` has none.
/// - **D2** `rounds` is the sum of the rounds on `full`.
/// - **D3** `full_low` and `empty_low` are the least lengths of the lists since the last reaping: that many were not
///   needed for the whole interval (the working set; Bonwick & Adams 2001, §3).
pub struct Depot {
    full: MagazineList,
    empty: MagazineList,
    rounds: usize,
    full_low: usize,
    empty_low: usize,
    exchanges: u64,
}

/// The lock of a depot. Held for a list operation or two.
pub type DepotLock = Lock<{ Rank::Depot as u8 }, Depot>;

/// Depots of two classes on one cache line would have their threads wait for each other.
#[repr(align(64))]
struct Apart(DepotLock);

static DEPOTS: [Apart; CLASS_COUNT + OBJECT_CACHES] =
    [const { Apart(Lock::new(Depot::new())) }; CLASS_COUNT + OBJECT_CACHES];

/// Returns the depot of a class.
#[inline]
pub fn depot_of(class: Class) -> &'static DepotLock {
    // The number is below the count by the type; the first entry only serves the compiler.
    &DEPOTS.get(class.index()).unwrap_or(&DEPOTS[0]).0
}

impl Depot {
    /// Returns the empty depot.
    pub const fn new() -> Depot {
        Depot {
            full: MagazineList::new(),
            empty: MagazineList::new(),
            rounds: 0,
            full_low: 0,
            empty_low: 0,
            exchanges: 0,
        }
    }

    /// Takes a magazine with rounds, leaving the empty one in exchange; gives the empty one back if there is none.
    /// Where the full one has more than `most` rounds, those are moved into the empty one and the rest stays: a thread
    /// that may hold few gets no more because another held many.
    pub fn exchange_for_full(&mut self, mut empty: MagazineRef, most: usize) -> Result<MagazineRef, MagazineRef> {
        debug_assert!(empty.count() == 0, "D1");
        let Some(mut full) = self.full.pop() else { return Err(empty) };
        self.full_low = self.full_low.min(self.full.length());
        self.exchanges += 1;
        if full.count() > most {
            empty.take_top(&mut full, most);
            self.rounds -= empty.count();
            self.full.push(full);
            return Ok(empty);
        }
        self.rounds -= full.count();
        self.empty.push(empty);
        Ok(full)
    }

    /// Leaves a magazine with rounds and takes an empty one if there is any; gives the full one back if the depot holds
    /// as many as it may, and the caller drains it.
    pub fn exchange_for_empty(&mut self, full: MagazineRef, class: Class) -> Result<Option<MagazineRef>, MagazineRef> {
        self.leave_full(full, class)?;
        Ok(self.take_empty())
    }

    /// Leaves a magazine with rounds; gives it back if the depot holds as much as it may.
    pub fn leave_full(&mut self, full: MagazineRef, class: Class) -> Result<(), MagazineRef> {
        if self.full.length() >= FULL_LEAST && (self.rounds + full.count()) * class.size() > FULL_BYTES {
            return Err(full);
        }
        self.rounds += full.count();
        self.full.push(full);
        self.exchanges += 1;
        Ok(())
    }

    /// Takes an empty magazine.
    pub fn take_empty(&mut self) -> Option<MagazineRef> {
        let empty = self.empty.pop()?;
        self.empty_low = self.empty_low.min(self.empty.length());
        Some(empty)
    }

    /// Leaves an empty magazine.
    pub fn leave_empty(&mut self, empty: MagazineRef) {
        debug_assert!(empty.count() == 0, "D1");
        self.empty.push(empty);
    }

    /// Takes one full magazine that nobody needed since the last `begin_interval`, for the caller to drain.
    pub fn reap_full(&mut self) -> Option<MagazineRef> {
        self.full_low = self.full_low.checked_sub(1)?;
        let full = self.full.pop()?;
        self.rounds -= full.count();
        Some(full)
    }

    /// Takes one empty magazine that nobody needed since the last `begin_interval`, for the caller to dissolve.
    pub fn reap_empty(&mut self) -> Option<MagazineRef> {
        self.empty_low = self.empty_low.checked_sub(1)?;
        self.empty.pop()
    }

    /// Begins an interval of the working set: what is here now counts as unneeded until it is taken.
    pub fn begin_interval(&mut self) {
        self.full_low = self.full.length();
        self.empty_low = self.empty.length();
    }

    /// Returns the rounds of all full magazines, and the exchanges since the start.
    pub fn figures(&self) -> (usize, u64) {
        (self.rounds, self.exchanges)
    }

    /// Returns whether a full magazine holds the object. Cost: a look at every round.
    pub fn holds(&self, object: NonNull<u8>) -> bool {
        self.full.any(|magazine| magazine.rounds().contains(&object))
    }

    /// Asserts D1 to D3 by taking the lists apart and putting them together again.
    pub fn check(&mut self) -> Result<(), Broken> {
        let mut sum = 0;
        let mut turned = MagazineList::new();
        // At most one turn per magazine.
        while let Some(full) = self.full.pop() {
            sum += full.count();
            let holds = full.count() > 0;
            turned.push(full);
            Broken::unless(holds, "D1")?;
        }
        while let Some(full) = turned.pop() {
            self.full.push(full);
        }
        while let Some(empty) = self.empty.pop() {
            let holds = empty.count() == 0;
            turned.push(empty);
            Broken::unless(holds, "D1")?;
        }
        while let Some(empty) = turned.pop() {
            self.empty.push(empty);
        }
        Broken::unless(sum == self.rounds, "D2")?;
        Broken::unless(self.full_low <= self.full.length() && self.empty_low <= self.empty.length(), "D3")
    }
}

impl Default for Depot {
    fn default() -> Self {
        Depot::new()
    }
}
