//! Heaps made of constants, for the tests of the three formats.

use super::{CacheFigures, ClassFigures, Figures, Instrument, RankFigures, Totals};
use crate::base::{CLASS_COUNT, OBJECT_CACHES, ORDER_COUNT};
use crate::report::write::Writer;
use crate::sync::rank::{RANK_COUNT, Rank};
use std::string::String;
use std::vec::Vec;

/// A heap that answers from constants.
pub struct Fake {
    totals: Totals,
    /// All of its classes, in use or not.
    pub classes: &'static [ClassFigures],
    runs: [u64; ORDER_COUNT],
    caches: &'static [CacheFigures],
    counted: Option<(Instrument, &'static [(u64, u64)])>,
}

impl Figures for Fake {
    fn totals(&self) -> Totals {
        self.totals
    }

    fn class(&self, index: usize) -> Option<ClassFigures> {
        self.classes.get(index).copied()
    }

    fn free_runs(&self, order: usize) -> u64 {
        self.runs[order]
    }

    fn free_runs_of(&self, arena: usize, order: usize) -> Option<u64> {
        (arena == 0).then_some(self.runs[order])
    }

    fn object_cache(&self, index: usize) -> Option<CacheFigures> {
        self.caches.get(index).copied()
    }

    fn instrument(&self) -> Option<Instrument> {
        self.counted.map(|(counted, _)| counted)
    }

    fn calls_of_block(&self, index: usize) -> Option<(u64, u64)> {
        self.counted?.1.get(index).copied()
    }
}

/// Returns what one of the formats writes about `heap`.
pub fn written(write: fn(&dyn Figures, &mut Writer<'_>), heap: &Fake) -> String {
    let mut text = Vec::new();
    let mut sink = |bytes: &[u8]| text.extend_from_slice(bytes);
    let mut out = Writer::new(&mut sink);
    write(heap, &mut out);
    out.finish();
    String::from_utf8(text).unwrap()
}

const NO_TOTALS: Totals = Totals {
    process_id: 0,
    reserved_bytes: 0,
    committed_bytes: 0,
    resident_bytes: None,
    metadata_bytes: 0,
    active_bytes: 0,
    retained_bytes: 0,
    used_bytes: 0,
    live_bytes: 0,
    live_objects: 0,
    magazine_bytes: 0,
    depot_bytes: 0,
    dirty_bytes: 0,
    purged_bytes: 0,
    areas: 0,
    area_bytes: 0,
    arenas: 0,
    threads_alive: 0,
    threads_born: 0,
    refills: 0,
    flushes: 0,
    exchanges: 0,
    purges: 0,
};

const UNUSED: ClassFigures = ClassFigures {
    object_bytes: 32,
    slab_bytes: 16384,
    objects_per_slab: 1024,
    live: 0,
    in_magazines: 0,
    in_depot: 0,
    capacity: 0,
    slabs_full: 0,
    slabs_partial: 0,
    slabs_empty: 0,
    counted: 0,
};

/// A heap before its first allocation.
pub static EMPTY: Fake = EMPTY_PARTS;

const NO_LOCK: RankFigures = RankFigures { taken: 0, waited: 0, read_modify_writes: 0, held_ns: 0, most_taken: 0 };

/// An empty heap of an instrumented build with two blocks, in which two depots were used.
pub static COUNTED: Fake = Fake {
    counted: Some((
        Instrument {
            allocations: 1000,
            frees: 900,
            other_read_modify_writes: 3,
            ranks: {
                let mut ranks = [NO_LOCK; RANK_COUNT];
                ranks[Rank::Depot as usize - 1] =
                    RankFigures { taken: 10, waited: 2, read_modify_writes: 22, held_ns: 700, most_taken: 6 };
                ranks
            },
        },
        &[(400, 600), (600, 300)],
    )),
    ..EMPTY_PARTS
};

const EMPTY_PARTS: Fake =
    Fake { totals: NO_TOTALS, classes: &[UNUSED], runs: [0; ORDER_COUNT], caches: &[], counted: None };

/// A heap with one class in use, one that was, and one between them that never was.
pub static SMALL: Fake = Fake {
    totals: Totals {
        process_id: 4711,
        reserved_bytes: 64 << 30,
        committed_bytes: 2 << 20,
        resident_bytes: Some(52 << 10),
        metadata_bytes: 4 << 10,
        active_bytes: 16 << 10,
        retained_bytes: 1996 << 10,
        used_bytes: 52 << 10,
        live_bytes: 1536,
        live_objects: 30,
        magazine_bytes: 128,
        dirty_bytes: 32 << 10,
        areas: 1,
        area_bytes: 3 << 29,
        arenas: 1,
        threads_alive: 1,
        threads_born: 2,
        refills: 4,
        flushes: 5,
        exchanges: 3,
        ..NO_TOTALS
    },
    classes: &[
        ClassFigures {
            object_bytes: 16,
            live: 20,
            in_magazines: 8,
            capacity: 1024,
            slabs_partial: 1,
            counted: 60,
            ..UNUSED
        },
        UNUSED,
        ClassFigures { object_bytes: 40960, slab_bytes: 49152, counted: 7, ..UNUSED },
    ],
    runs: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 63],
    caches: &[CacheFigures {
        name: *b"sessions\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        class: ClassFigures {
            object_bytes: 192,
            slab_bytes: 8192,
            objects_per_slab: 42,
            live: 3,
            in_magazines: 80,
            in_depot: 1,
            capacity: 84,
            slabs_full: 2,
            counted: 90,
            ..UNUSED
        },
        rounds: 100,
    }],
    counted: None,
};

const LARGEST_CLASS: ClassFigures = ClassFigures {
    object_bytes: u64::MAX,
    slab_bytes: u64::MAX,
    objects_per_slab: u64::MAX,
    live: u64::MAX,
    in_magazines: u64::MAX,
    in_depot: u64::MAX,
    capacity: u64::MAX,
    slabs_full: u64::MAX / 4,
    slabs_partial: u64::MAX / 4,
    slabs_empty: u64::MAX / 4,
    counted: u64::MAX,
};

/// A heap in which every figure is as large as it can be written, with every class and every order in use.
pub static VAST: Fake = Fake {
    totals: Totals {
        process_id: u64::MAX,
        resident_bytes: Some(u64::MAX),
        live_bytes: u64::MAX,
        purges: u64::MAX,
        ..NO_TOTALS
    },
    classes: &[LARGEST_CLASS; CLASS_COUNT],
    runs: [u64::MAX; ORDER_COUNT],
    caches: &[CacheFigures { name: [b'x'; 32], class: LARGEST_CLASS, rounds: u64::MAX }; OBJECT_CACHES],
    counted: None,
};
