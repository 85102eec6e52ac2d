//! The record of a granule: what the run that starts here (or the slab that covers it) is. 16 bytes, out of line.

use crate::sync::prim::{AtomicU64, Ordering::Relaxed};
use core::ptr::NonNull;

use crate::base::{GranuleCount, Order};

/// What a granule is.
///
/// | state    | meaning                                       | who may change it           | to            |
/// |----------|-----------------------------------------------|-----------------------------|---------------|
/// | `None`   | inside a run, or not committed                | whoever owns the run        | any           |
/// | `Free`   | first granule of a free buddy run             | the holder of the buddy lock | `None`       |
/// | `Run`    | first granule of a run that holds one object  | the owner of the object     | `None`        |
/// | `Slab`   | any granule of a slab                         | the holder of the class's slab lock | `None` |
/// | `Metadata` | a granule that became records for good      | nobody                      | never         |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// No run starts here.
    None,
    /// A free run of this order; on the list of dirty runs or of clean ones.
    Free {
        /// The order of the run.
        order: Order,
        /// Whether any granule of it was used since it was last purged.
        dirty: bool,
    },
    /// A run that holds one object.
    Run {
        /// Its length.
        count: GranuleCount,
    },
    /// Part of a slab.
    Slab,
    /// Part of the metadata store: it was donated when the kernel refused to commit more.
    Metadata,
}

/// The record. Zero bytes are `State::None`.
///
/// Its words are atomic because a lookup of a wild pointer may read a record that its owner is changing; every access
/// is `Relaxed`: whoever acts on a record owns the run, and ownership passes through a lock or through the program's
/// own hand-over of the pointer.
#[repr(C, align(16))]
pub struct Record {
    head: AtomicU64,
    link: AtomicU64,
}

const _: () = assert!(size_of::<Record>() == 16, "a record is a thousandth of its granule");

const FREE: u64 = 1;
const RUN: u64 = 2;
const SLAB: u64 = 3;
const METADATA: u64 = 4;
const DIRTY: u64 = 1 << 16;
/// An object that started here was freed. Kept while the granule is free, so that a second free is told from a wild
/// pointer; gone when the granule is the start of a run or part of a slab again.
const TOMB: u64 = 1 << 17;

impl Record {
    /// Returns the state.
    #[inline]
    pub fn state(&self) -> State {
        // Relaxed: see the type.
        let head = self.head.load(Relaxed);
        match head & 0xff {
            FREE => match Order::new((head >> 8 & 0xff) as u32) {
                Some(order) => State::Free { order, dirty: head & DIRTY != 0 },
                None => State::None,
            },
            RUN => State::Run { count: GranuleCount((head >> 32) as u32) },
            SLAB => State::Slab,
            METADATA => State::Metadata,
            _ => State::None,
        }
    }

    /// Sets the state.
    #[inline]
    pub fn set(&self, state: State) {
        // Relaxed: see the type.
        let tomb = self.head.load(Relaxed) & TOMB;
        let head = match state {
            State::None => tomb,
            State::Free { order, dirty } => {
                let dirty = if dirty { DIRTY } else { 0 };
                FREE | (order.index() as u64) << 8 | dirty | tomb
            }
            State::Run { count } => RUN | u64::from(count.0) << 32,
            State::Slab => SLAB,
            State::Metadata => METADATA,
        };
        // Relaxed: see the type.
        self.head.store(head, Relaxed);
    }

    /// Marks the granule as free after an object that started here.
    #[inline]
    pub fn bury(&self) {
        // Relaxed: see the type.
        self.head.store(TOMB, Relaxed);
    }

    /// Returns whether an object that started here was freed.
    #[inline]
    pub fn is_tomb(&self) -> bool {
        // Relaxed: see the type.
        self.head.load(Relaxed) & TOMB != 0
    }

    /// Returns the slab record that a granule of a slab belongs to.
    #[inline]
    pub fn slab(&self) -> Option<NonNull<u8>> {
        // Relaxed: see the type. The link says by itself what it is, since the state may have changed in between.
        let link = self.link.load(Relaxed);
        if link & SLAB_LINK == 0 {
            return None;
        }
        NonNull::new(core::ptr::with_exposed_provenance_mut((link & !SLAB_LINK) as usize))
    }

    /// Makes this granule part of the slab whose record is at `slab`.
    #[inline]
    pub fn set_slab(&self, slab: NonNull<u8>) {
        // Relaxed: see the type.
        self.link.store(slab.as_ptr().expose_provenance() as u64 | SLAB_LINK, Relaxed);
        self.set(State::Slab);
    }
}

/// Bit 0 of a link to a slab record, which is aligned to a line.
const SLAB_LINK: u64 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_survive_packing() {
        let record = Record { head: AtomicU64::new(0), link: AtomicU64::new(0) };
        assert_eq!(record.state(), State::None);
        for k in 0..=16 {
            for dirty in [false, true] {
                let state = State::Free { order: Order::new(k).unwrap(), dirty };
                record.set(state);
                assert_eq!(record.state(), state);
            }
        }
        let state = State::Run { count: GranuleCount(65_536) };
        record.set(state);
        assert_eq!(record.state(), state);
        record.set(State::Metadata);
        assert_eq!(record.state(), State::Metadata);
        record.bury();
        assert_eq!(record.state(), State::None);
        record.set(State::Free { order: Order::ZERO, dirty: true });
        record.set(State::None);
        assert!(record.is_tomb());
        record.set(state);
        assert!(!record.is_tomb());
    }
}
