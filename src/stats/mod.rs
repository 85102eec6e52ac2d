//! What the heap holds at one moment, as text, JSON and XML.
//!
//! The heap shows itself through [`Figures`], one row at a time, so that no snapshot of all classes ever lies on a
//! thread's stack or has to be allocated. The rows are read one after the other while other threads go on: each is
//! right by itself, their sum may be off by what moved in between.
//!
//! The three formats share the names of the facts (`Totals::facts`, `ClassFigures::facts`), which are part of
//! the interface: a name keeps its meaning as long as the format's version is 1.

mod buddyinfo;
mod instrument;
mod json;
mod slabinfo;
mod text;
mod xml;

pub use buddyinfo::{write as write_buddyinfo, write_json as write_buddyinfo_json};
pub use instrument::{Instrument, RankFigures};
pub use json::write as write_json;
pub use slabinfo::{write as write_slabinfo, write_json as write_slabinfo_json};
pub use text::write as write_text;
pub use xml::write as write_xml;

use crate::base::{CLASS_COUNT, GRANULE, ORDER_COUNT};

/// A heap that can be asked what it holds. Nothing that is asked may allocate.
pub trait Figures {
    /// Returns the figures of the heap as a whole.
    fn totals(&self) -> Totals;

    /// Returns the figures of the class with this number, or `None` if no class has it. It is asked for numbers
    /// below [`CLASS_COUNT`].
    fn class(&self, index: usize) -> Option<ClassFigures>;

    /// Returns how many runs of `order` are free. It is asked for orders below [`ORDER_COUNT`].
    fn free_runs(&self, order: usize) -> u64;

    /// Returns how many runs of `order` are free in arena `arena`, `None` from the number of arenas on.
    fn free_runs_of(&self, arena: usize, order: usize) -> Option<u64>;

    /// Returns object cache number `index`, `None` if there is none now. It is asked for numbers below `OBJECT_CACHES`.
    fn object_cache(&self, index: usize) -> Option<CacheFigures>;

    /// Returns what an instrumented build counted, `None` in any other.
    fn instrument(&self) -> Option<Instrument>;

    /// Returns the allocations and frees of the threads of a block, newest block first, `None` from the number of
    /// blocks on and in a build that counts none.
    fn calls_of_block(&self, index: usize) -> Option<(u64, u64)>;
}

/// An object cache: its name, and what its class holds.
#[derive(Clone, Copy)]
pub struct CacheFigures {
    /// The name: ASCII, zeros behind it.
    pub name: [u8; 32],
    /// Its class. `object_bytes` is the distance of two objects.
    pub class: ClassFigures,
    /// Most rounds in a magazine.
    pub rounds: u64,
}

/// The heap as a whole. Names that end in `_bytes` are sizes; the others count.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Totals {
    /// The process the figures belong to; a forked child reports its own.
    pub process_id: u64,
    /// Address space of all arenas.
    pub reserved_bytes: u64,
    /// The part of it that may be touched.
    pub committed_bytes: u64,
    /// The part of it that the kernel backs with memory now, where that could be learnt.
    pub resident_bytes: Option<u64>,
    /// The allocator's own records: slabs, runs, magazines, thread blocks.
    pub metadata_bytes: u64,
    /// Runs that hold slabs and objects. `committed_bytes` is this with `dirty_bytes`, `retained_bytes` and
    /// `metadata_bytes`.
    pub active_bytes: u64,
    /// Free runs that were not used since they were committed or purged: the kernel backs none of it.
    pub retained_bytes: u64,
    /// What the option `limit` is on: active runs, dirty ones, metadata and areas. The kernel backs no more than this, but
    /// for the rest of huge pages.
    pub used_bytes: u64,
    /// Objects the program holds, each at the size of its class.
    pub live_bytes: u64,
    /// Objects the program holds.
    pub live_objects: u64,
    /// Free objects in the magazines of threads.
    pub magazine_bytes: u64,
    /// Free objects in the magazines of the depot.
    pub depot_bytes: u64,
    /// Free runs that were in use since they were last purged; the kernel backs what of them was touched.
    pub dirty_bytes: u64,
    /// Runs that the kernel was told it may take back, since the start.
    pub purged_bytes: u64,
    /// Memory areas of their own, one for each request too large for an arena.
    pub areas: u64,
    /// Bytes of these areas; `reserved_bytes` does not include them.
    pub area_bytes: u64,
    /// Arenas.
    pub arenas: u64,
    /// Threads that have a thread block now.
    pub threads_alive: u64,
    /// Threads that ever had one.
    pub threads_born: u64,
    /// Magazines filled from slabs.
    pub refills: u64,
    /// Magazines emptied into slabs.
    pub flushes: u64,
    /// Magazines exchanged with the depot.
    pub exchanges: u64,
    /// Times that memory was given back to the kernel.
    pub purges: u64,
}

impl Totals {
    /// Returns each fact with its name in JSON and XML. `None` is a fact that could not be learnt.
    const fn facts(&self) -> [(&'static str, Option<u64>); 23] {
        [
            ("process_id", Some(self.process_id)),
            ("reserved_bytes", Some(self.reserved_bytes)),
            ("committed_bytes", Some(self.committed_bytes)),
            ("resident_bytes", self.resident_bytes),
            ("metadata_bytes", Some(self.metadata_bytes)),
            ("active_bytes", Some(self.active_bytes)),
            ("retained_bytes", Some(self.retained_bytes)),
            ("used_bytes", Some(self.used_bytes)),
            ("live_bytes", Some(self.live_bytes)),
            ("live_objects", Some(self.live_objects)),
            ("magazine_bytes", Some(self.magazine_bytes)),
            ("depot_bytes", Some(self.depot_bytes)),
            ("dirty_bytes", Some(self.dirty_bytes)),
            ("purged_bytes", Some(self.purged_bytes)),
            ("areas", Some(self.areas)),
            ("area_bytes", Some(self.area_bytes)),
            ("arenas", Some(self.arenas)),
            ("threads_alive", Some(self.threads_alive)),
            ("threads_born", Some(self.threads_born)),
            ("refills", Some(self.refills)),
            ("flushes", Some(self.flushes)),
            ("exchanges", Some(self.exchanges)),
            ("purges", Some(self.purges)),
        ]
    }
}

/// One size class. Names that end in `_bytes` are sizes, those that begin with `slabs_` count slabs, the others
/// count objects.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct ClassFigures {
    /// Size of an object.
    pub object_bytes: u64,
    /// Size of a slab.
    pub slab_bytes: u64,
    /// Objects in a slab.
    pub objects_per_slab: u64,
    /// Objects the program holds.
    pub live: u64,
    /// Free objects in the magazines of threads.
    pub in_magazines: u64,
    /// Free objects in the magazines of the depot.
    pub in_depot: u64,
    /// Objects that all slabs of the class have room for.
    pub capacity: u64,
    /// Slabs that have handed out every object.
    pub slabs_full: u64,
    /// Slabs that have handed out some.
    pub slabs_partial: u64,
    /// Slabs that have handed out none and are held back.
    pub slabs_empty: u64,
    /// Allocations since the start, counted when a magazine is exchanged: those out of a thread's present
    /// magazines are not in it yet.
    pub counted: u64,
}

impl ClassFigures {
    /// Returns each fact with its name in JSON and XML.
    const fn facts(&self) -> [(&'static str, u64); 11] {
        [
            ("object_bytes", self.object_bytes),
            ("slab_bytes", self.slab_bytes),
            ("live", self.live),
            ("in_magazines", self.in_magazines),
            ("in_depot", self.in_depot),
            ("capacity", self.capacity),
            ("slabs_full", self.slabs_full),
            ("slabs_partial", self.slabs_partial),
            ("slabs_empty", self.slabs_empty),
            ("counted", self.counted),
            ("active_bytes", self.slab_bytes.saturating_mul(self.slabs())),
        ]
    }

    /// Returns the slabs of the class.
    const fn slabs(&self) -> u64 {
        self.slabs_full.saturating_add(self.slabs_partial).saturating_add(self.slabs_empty)
    }

    /// Tells whether the class has slabs or ever had. The others are left out of every format.
    pub const fn in_use(&self) -> bool {
        self.capacity != 0 || self.counted != 0
    }
}

/// The free runs of one order, of which there is at least one.
struct FreeRuns {
    order: usize,
    run_bytes: u64,
    count: u64,
}

/// Returns the size classes in use, smallest objects first.
fn classes(figures: &dyn Figures) -> impl Iterator<Item = ClassFigures> {
    (0..CLASS_COUNT).filter_map(|index| figures.class(index)).filter(ClassFigures::in_use)
}

/// Returns the free runs, smallest first, without the orders that have none.
fn free_runs(figures: &dyn Figures) -> impl Iterator<Item = FreeRuns> {
    core::iter::successors(Some(GRANULE as u64), |bytes| bytes.checked_mul(2))
        .take(ORDER_COUNT)
        .enumerate()
        .map(|(order, run_bytes)| FreeRuns { order, run_bytes, count: figures.free_runs(order) })
        .filter(|runs| runs.count != 0)
}

#[cfg(test)]
mod fake;
