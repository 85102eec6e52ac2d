//! Free runs side by side: an allocation that no run holds may fit into several that are not each other's buddies.
//!
//! A buddy system finds a run by its order alone, so 5 MiB want a free run of 8 MiB, although what an object of 5 MiB
//! left behind is a run of 4 MiB and one of 1 MiB beside each other. What is looked for here is such an interval.

use super::space::{Run, Space};
use crate::arena::State;
use crate::base::class::RUN_MAX;
use crate::base::{GRANULE, GranuleCount, GranuleIndex, Order};

/// The shortest interval that is looked for, in granules: objects beyond the classes. Runs of classes keep what they
/// cut in magazines, and those that grow by realloc find room behind them where a whole run was taken: looked for from
/// 5 granules on, two buffers that grow in turn to 64 MiB took 248 MiB instead of 192, blocks of up to 32 MiB 254
/// instead of 288 (367 without any look).
const LEAST: u32 = (RUN_MAX / GRANULE) as u32 + 1;
/// Runs of an order around which is looked. The shortest interval of those found is taken, so more look better and cost
/// a cache miss or two each under the buddy lock.
const LOOKS: usize = 16;

impl Space {
    /// Returns the start of the shortest free interval that holds `count` granules, among those around the first runs
    /// of a cleanliness by address; `None` where none does.
    ///
    /// An interval of n granules contains a free run of at least a quarter of the least power of two that holds n:
    /// aligned runs of half of that size would otherwise not lie in it. So two orders are looked through. Cost: at most
    /// twice `LOOKS` runs and their neighbours.
    pub(super) fn find_interval(&self, dirty: bool, count: GranuleCount) -> Option<GranuleIndex> {
        if count.0 < LEAST {
            return None;
        }
        let order = Order::fitting(count)?.index() as u32;
        let mut best: Option<(u32, u32)> = None;
        for order in [order - 1, order - 2].into_iter().filter_map(Order::new) {
            for run in self.runs(order, dirty).take(LOOKS) {
                let (start, end) = self.interval_around(run, count);
                let length = end - start;
                if length >= count.0 && best.is_none_or(|(_, shortest)| length < shortest) {
                    best = Some((start, length));
                }
            }
        }
        best.map(|(start, _)| GranuleIndex(start))
    }

    /// Returns the free interval around a free run, as its first granule and the one behind it. Ends early once it is
    /// so long that it would be no good fit.
    fn interval_around(&self, run: GranuleIndex, count: GranuleCount) -> (u32, u32) {
        let (mut start, mut end) = (run.0, run.0);
        let enough = count.0.saturating_mul(4);
        // At most one turn per free run of the interval.
        while let Some(order) = self.free_at(end) {
            end += order.granules().0;
            if end - start >= enough {
                break;
            }
        }
        // At most one turn per free run of the interval.
        while let Some(order) = self.free_before(start) {
            start -= order.granules().0;
            if end - start >= enough {
                break;
            }
        }
        (start, end)
    }

    /// Returns the order of the free run that starts at `at`, if one does.
    fn free_at(&self, at: u32) -> Option<Order> {
        if at >= self.arena().frontier() {
            return None;
        }
        match self.arena().record(GranuleIndex(at)).state() {
            State::Free { order, .. } => Some(order),
            _ => None,
        }
    }

    /// Returns the order of the free run that ends before `at`, if one does: it starts its own length before, on a
    /// multiple of it (B2).
    fn free_before(&self, at: u32) -> Option<Order> {
        // At most ORDER_COUNT turns.
        (0..=at.trailing_zeros())
            .map_while(Order::new)
            .find(|&order| at.checked_sub(order.granules().0).is_some_and(|start| self.free_at(start) == Some(order)))
    }

    /// Takes the first `count` granules of the free interval that starts at `start`.
    pub(super) fn take_interval(&mut self, start: GranuleIndex, count: GranuleCount) -> Run {
        let end = start.0 + count.0;
        let mut run = Run { start, count, zero: true };
        let mut at = start.0;
        // At most one turn per free run of the interval; the last one gives its tail back.
        while at < end {
            let Some(order) = self.free_at(at) else {
                debug_assert!(false, "the interval is free");
                break;
            };
            let part = self.cut(GranuleIndex(at), GranuleCount(order.granules().0.min(end - at)));
            run.zero = run.zero && part.zero;
            at += part.count.0;
        }
        run
    }
}
