//! Whether huge pages are worth it: what they would cost beside what is in use.
//!
//! Behind small pages, what a slab or a run has not been used for yet, and what rounding leaves behind objects, is
//! never touched and takes no memory. Behind huge pages it is resident. So before `thp:auto` asks for huge pages, the
//! kernel is asked how much of the units that objects of classes lie in is resident; clean free runs do not count.

use super::space::Space;
use crate::arena::{State, UNIT_GRANULES};
use crate::base::{GRANULE, GranuleCount, GranuleIndex, UNIT};

/// Units that are looked at, at most: a system call each, some microseconds. Half would leave a few objects to decide.
const SAMPLE: u32 = 32;
/// Units that must have something to say. Below that the heap is a few great objects, which may be used in part.
const LEAST: usize = 8;
/// The part of what is in use, as one over this, that may come to be resident in addition: 3 %.
const MOST_ADDED: usize = 33;

impl Space {
    /// Returns whether huge pages would have added less than 3 % to what is resident so far.
    pub(super) fn huge_would_add_little(&self) -> bool {
        let units = self.arena().frontier() / UNIT_GRANULES;
        let step = units.div_ceil(SAMPLE).max(1);
        let (mut used, mut resident, mut sampled) = (0, 0, 0);
        for unit in (0..units).step_by(step as usize) {
            let Some(clean) = self.clean_in(unit) else { continue };
            let Some(bytes) = self.resident_in(unit) else { return false };
            used += UNIT - clean.bytes();
            resident += bytes;
            sampled += 1;
        }
        sampled >= LEAST && used.saturating_sub(resident) <= used / MOST_ADDED
    }

    /// Returns how many granules of a unit are in clean free runs; `None` if no object of a class starts in it.
    fn clean_in(&self, unit: u32) -> Option<GranuleCount> {
        let arena = self.arena();
        let granules = (unit * UNIT_GRANULES..(unit + 1) * UNIT_GRANULES).map(GranuleIndex);
        granules.clone().find(|&granule| arena.class_of(granule).is_some())?;
        // A free run in a unit that is in use lies inside it (B2).
        let clean = |granule| match arena.record(granule).state() {
            State::Free { order, dirty: false } => order.granules().0,
            _ => 0,
        };
        Some(GranuleCount(granules.map(clean).sum()))
    }
}

const _: () = assert!(UNIT == UNIT_GRANULES as usize * GRANULE, "a unit is whole granules");
