//! Arenas: the reserved ranges, their granule maps and records, their registry; and the metadata store.
//!
//! An arena is one reservation: metadata first, then a guard, then the runs.
//!
//! ```text
//! | header | granule map | records      | touched bits | index of free runs | guard | granules …             |
//!   page     1 B each      16 B each      1 bit each     34 B / MiB                   16 KiB each, base aligned
//! ```
//!
//! Each part is committed as a growing prefix, in step with the runs. The metadata is reserved for all granules that
//! the arena may *span*; of the granules only a first part is, and more as they are needed, where nobody else took the
//! addresses: a program that sets a limit on its own address space finds most of it unused.

pub mod areas;
pub mod growth;
pub mod index;
pub mod record;
pub mod registry;
pub mod store;

use crate::sync::prim::{AtomicU8, AtomicU32, Ordering};
use core::ptr::NonNull;

pub use growth::{Growth, Shortage};
pub use index::Index;
pub use record::{Record, State};

use crate::base::{Class, GRANULE, GRANULE_SHIFT, GranuleCount, GranuleIndex, Order, UNIT};

/// Granules in a unit.
pub const UNIT_GRANULES: u32 = (UNIT / GRANULE) as u32;

/// What of an arena changes: in its first page, for every copy of the handle to see.
pub struct Header {
    /// Granules that are committed.
    frontier: AtomicU32,
    /// Granules that are reserved.
    reserved: AtomicU32,
}

/// A range of granules with its metadata. A small handle: copies speak of the same arena.
///
/// # Invariants
///
/// - **R1** The reservation lives as long as the process.
/// - **R2** For every granule below the frontier, its map byte, record, touched bit and part of the index are
///   committed.
/// - **R3** The frontier and the reserved part only grow.
/// - **R4** A map byte is the class of the object that starts at the granule (run classes) or of the slab that covers
///   it (slab classes), and 0 otherwise.
#[derive(Clone, Copy)]
pub struct Arena {
    base: NonNull<u8>,
    granules: GranuleCount,
    most: Order,
    aligned: Order,
    header: &'static Header,
    map: NonNull<AtomicU8>,
    records: NonNull<Record>,
    touched: NonNull<u64>,
}

// SAFETY: the handle is addresses of process-wide memory (R1); what they point at is atomic, or reached only through
// functions whose callers hold the buddy lock.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Arena {
    /// Returns the address of the first granule.
    #[inline]
    pub fn base(&self) -> usize {
        self.base.addr().get()
    }

    /// Returns how many granules the arena may span.
    pub fn granules(&self) -> GranuleCount {
        self.granules
    }

    /// Returns the greatest order of a run here.
    pub fn most(&self) -> Order {
        self.most
    }

    /// Returns the greatest order whose runs are naturally aligned here: the base is aligned to it.
    pub fn aligned(&self) -> Order {
        self.aligned
    }

    /// Returns whether `address` is in the reserved range, committed or not. What the arena may come to span beyond it
    /// may be anybody's.
    #[inline]
    pub fn holds(&self, address: usize) -> bool {
        // Relaxed: whoever has a pointer into the range got it after the range grew.
        let reserved = self.header.reserved.load(Ordering::Relaxed);
        address.wrapping_sub(self.base()) >> GRANULE_SHIFT < reserved as usize
    }

    /// Returns the bytes of runs that are reserved.
    pub fn reserved(&self) -> usize {
        // Relaxed: as in `holds`.
        GranuleCount(self.header.reserved.load(Ordering::Relaxed)).bytes()
    }

    /// Returns the address of the metadata, which ends with its guard at the base.
    pub fn metadata(&self) -> NonNull<u8> {
        NonNull::from(self.header).cast()
    }

    /// Returns how many granules are committed.
    #[inline]
    pub fn frontier(&self) -> u32 {
        // Acquire: the metadata below the frontier is committed. Pairs with the Release in `Growth`.
        self.header.frontier.load(Ordering::Acquire)
    }

    /// Returns the granule map, one byte per granule, readable below the frontier (R2).
    pub fn map(&self) -> NonNull<AtomicU8> {
        self.map
    }

    /// Returns the granule that `address` falls into, or `None` outside the committed part.
    #[inline]
    pub fn granule_of(&self, address: usize) -> Option<GranuleIndex> {
        let index = address.wrapping_sub(self.base()) >> GRANULE_SHIFT;
        if index < self.frontier() as usize { Some(GranuleIndex(index as u32)) } else { None }
    }

    /// Returns the address of a granule.
    #[inline]
    pub fn address_of(&self, index: GranuleIndex) -> NonNull<u8> {
        debug_assert!(index.0 <= self.granules.0);
        // SAFETY: the index is a granule of ours or the first behind them, so the sum stays inside the reservation
        // (R1).
        unsafe { self.base.add(index.offset()) }
    }

    /// Returns the record of a granule below the frontier.
    #[inline]
    pub fn record(&self, index: GranuleIndex) -> &'static Record {
        debug_assert!(index.0 < self.frontier());
        // SAFETY: below the frontier records are committed (R2) for the life of the process (R1), zeroed by the kernel
        // and changed through atomics alone.
        unsafe { self.records.add(index.index()).as_ref() }
    }

    /// Returns the map byte of a granule below the frontier.
    #[inline]
    fn byte(&self, index: GranuleIndex) -> &'static AtomicU8 {
        debug_assert!(index.0 < self.frontier());
        // SAFETY: below the frontier the map is committed (R2) for the life of the process (R1).
        unsafe { self.map.add(index.index()).as_ref() }
    }

    /// Returns the class that the granule map shows, `None` for 0.
    #[inline]
    pub fn class_of(&self, index: GranuleIndex) -> Option<Class> {
        // Relaxed: whoever holds a pointer into the granule got it after the byte was written, through a lock or
        // through the program's own hand-over.
        Class::from_index(usize::from(self.byte(index).load(Ordering::Relaxed)))
    }

    /// Shows `class` for `count` granules from `start`: their objects are served by magazines from now on (R4).
    #[inline]
    pub fn publish(&self, start: GranuleIndex, count: GranuleCount, class: Class) {
        for i in 0..count.0 {
            // Relaxed: as in `class_of`.
            self.byte(GranuleIndex(start.0 + i)).store(class.byte(), Ordering::Relaxed);
        }
    }

    /// Shows no class for `count` granules from `start`.
    #[inline]
    pub fn unpublish(&self, start: GranuleIndex, count: GranuleCount) {
        for i in 0..count.0 {
            // Relaxed: as in `class_of`.
            self.byte(GranuleIndex(start.0 + i)).store(0, Ordering::Relaxed);
        }
    }

    /// Calls `word(index, mask)` for each 64-granule word that `[start, start + count)` meets.
    fn touched_words(start: GranuleIndex, count: GranuleCount, mut word: impl FnMut(usize, u64)) {
        let (mut at, end) = (start.0, start.0 + count.0);
        // At most count / 64 + 2 turns.
        while at < end {
            let low = at % 64;
            let span = (64 - low).min(end - at);
            let mask = if span == 64 { u64::MAX } else { ((1u64 << span) - 1) << low };
            word((at / 64) as usize, mask);
            at += span;
        }
    }

    /// Returns how many of the granules were used since they were committed or last purged.
    ///
    /// # Safety
    ///
    /// - The caller holds the buddy lock (or owns the arena alone); the granules are below the frontier.
    pub unsafe fn touched(&self, start: GranuleIndex, count: GranuleCount) -> u32 {
        let mut sum = 0;
        Self::touched_words(start, count, |index, mask| {
            // SAFETY: below the frontier (R2), and the buddy lock excludes writers.
            sum += unsafe { self.touched.add(index).read() & mask }.count_ones();
        });
        sum
    }

    /// Returns the last of the granules that was used since it was committed or last purged.
    ///
    /// # Safety
    ///
    /// - As for `touched`.
    pub unsafe fn last_touched(&self, start: GranuleIndex, count: GranuleCount) -> Option<GranuleIndex> {
        let mut last = None;
        Self::touched_words(start, count, |index, mask| {
            // SAFETY: below the frontier (R2), and the buddy lock excludes writers.
            let word = unsafe { self.touched.add(index).read() } & mask;
            if word != 0 {
                last = Some(GranuleIndex(index as u32 * 64 + 63 - word.leading_zeros()));
            }
        });
        last
    }

    /// Marks granules as used, or as clean after a purge; returns how many marks changed.
    ///
    /// # Safety
    ///
    /// - As for `touched`.
    pub unsafe fn mark(&self, start: GranuleIndex, count: GranuleCount, used: bool) -> u32 {
        let mut changed = 0;
        Self::touched_words(start, count, |index, mask| {
            // SAFETY: below the frontier (R2), and the buddy lock excludes others.
            let word = unsafe { self.touched.add(index).as_mut() };
            let after = if used { *word | mask } else { *word & !mask };
            changed += (*word ^ after).count_ones();
            *word = after;
        });
        changed
    }
}
