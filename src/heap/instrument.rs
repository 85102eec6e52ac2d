//! What an instrumented build counted, gathered from the layers. In any other build nothing here does anything.

use crate::arena::{areas, store};
use crate::base::Class;
use crate::buddy::system as buddy;
use crate::depot::depot_of;
use crate::guard::{pool, records};
use crate::slab::{cache_of, marks, object};
use crate::stats::{Instrument, RankFigures};
use crate::sync::lock;
use crate::sync::meter::{self, LockFigures};
use crate::sync::rank::{RANK_COUNT, Rank};
use crate::thread::meter::CallFigures;
use crate::thread::{registry, sweep};

/// Returns what was counted since the start; `None` in a build that counts nothing.
pub fn gather() -> Option<Instrument> {
    let mut ranks = [RankFigures::default(); RANK_COUNT];
    for (figures, (rank, _)) in ranks.iter_mut().zip(Rank::NAMES) {
        *figures = of_rank(rank)?;
    }
    let mut counted = Instrument { ranks, other_read_modify_writes: meter::others(), ..Instrument::default() };
    registry::for_each(|block| {
        let CallFigures { allocations, frees } = block.meter.figures().unwrap_or_default();
        counted.allocations += allocations;
        counted.frees += frees;
    });
    Some(counted)
}

/// Returns the figures of a rank's locks, in the places where `heap::fork` takes them.
fn of_rank(rank: Rank) -> Option<RankFigures> {
    match rank {
        Rank::Sweep => sum([sweep::lock_figures()]),
        Rank::Purge => sum([buddy::purge_lock_figures()]),
        Rank::Objects => sum([object::lock_figures()]),
        Rank::Threads => sum([registry::lock_figures()]),
        Rank::Depot => sum(Class::all().map(|class| lock::figures(depot_of(class)))),
        Rank::Slab => sum(Class::all().map(|class| lock::figures(cache_of(class)))),
        Rank::Buddy => sum([buddy::lock_figures()]),
        Rank::Areas => sum([areas::lock_figures()]),
        Rank::Records => sum(records::lock_figures().chain([pool::lock_figures(), marks::lock_figures()])),
        Rank::Store => sum([store::lock_figures()]),
    }
}

fn sum(locks: impl IntoIterator<Item = Option<LockFigures>>) -> Option<RankFigures> {
    let mut sum = RankFigures::default();
    for figures in locks {
        let LockFigures { taken, waited, read_modify_writes, held_ns } = figures?;
        sum.taken += taken;
        sum.waited += waited;
        sum.read_modify_writes += read_modify_writes;
        sum.held_ns += held_ns;
        sum.most_taken = sum.most_taken.max(taken);
    }
    Some(sum)
}

/// Returns the allocations and frees of the threads of block `index`, newest first.
pub fn calls_of_block(index: usize) -> Option<(u64, u64)> {
    let (mut at, mut found) = (0, None);
    registry::for_each(|block| {
        if at == index {
            found = block.meter.figures();
        }
        at += 1;
    });
    found.map(|CallFigures { allocations, frees }| (allocations, frees))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::{allocate, deallocate};

    #[test]
    fn calls_and_locks_are_counted_where_anything_is() {
        let before = gather();
        assert_eq!(before.is_some(), cfg!(feature = "instrument"));
        let Some(before) = before else { return };
        // Enough of them that magazines are exchanged, and one past the magazines.
        for size in [48; 1000].into_iter().chain([8 << 20]) {
            let object = allocate(size);
            assert!(!object.is_null());
            // SAFETY: just allocated, not used any more.
            unsafe { deallocate(object) };
        }
        let objects: std::vec::Vec<_> = (0..1000).map(|_| allocate(48)).collect();
        // SAFETY: as above.
        objects.into_iter().for_each(|object| unsafe { deallocate(object) });
        let after = gather().unwrap();
        assert!(after.allocations >= before.allocations + 2001 && after.frees >= before.frees + 2001);
        let slab = Rank::Slab as usize - 1;
        assert!(after.ranks[slab].taken > before.ranks[slab].taken);
        assert!(after.read_modify_writes() >= before.read_modify_writes() + 2);
        assert!(calls_of_block(0).is_some() && calls_of_block(usize::MAX).is_none());
    }
}
