//! What the heap holds, for `stats`; the heap walker; and trim.

use super::instrument;
use crate::arena::{areas, registry as arenas, store};
use crate::base::Class;
use crate::buddy::system as buddy;
use crate::depot::depot_of;
use crate::os::limits;
use crate::report::Broken;
use crate::slab::cache_of;
use crate::slab::object::object_of;
use crate::slab::record::Slab;
use crate::stats::{CacheFigures, ClassFigures, Figures, Instrument, Totals};
use crate::thread::{own, registry, upkeep};

/// The heap of the process, to be asked for its figures.
pub struct Heap;

/// Returns how many rounds of a class are in the magazines of threads.
fn rounds_in_threads(class: Class) -> usize {
    let mut sum = 0;
    registry::for_each(|block| sum += block.rounds_held(class));
    sum
}

/// Returns the bytes of arenas and metadata that the kernel backs with memory now.
fn resident() -> Option<u64> {
    Some((buddy::resident()? + store::resident()?) as u64)
}

impl Figures for Heap {
    fn totals(&self) -> Totals {
        let runs = buddy::footprint();
        let (store_committed, store_reserved) = store::footprint();
        let (area_count, area_bytes) = areas::figures();
        let (threads_alive, threads_born) = registry::census();
        let (refills, flushes) = registry::refills_and_flushes();
        let mut totals = Totals {
            process_id: limits::process_id(),
            reserved_bytes: (runs.reserved + store_reserved) as u64,
            committed_bytes: (runs.committed + runs.metadata + store_committed) as u64,
            resident_bytes: resident(),
            metadata_bytes: (runs.metadata + store_committed) as u64,
            active_bytes: (runs.committed - runs.free) as u64,
            retained_bytes: (runs.free - runs.dirty) as u64,
            used_bytes: (runs.committed - runs.free + runs.dirty + runs.metadata + store_committed + area_bytes) as u64,
            dirty_bytes: runs.dirty as u64,
            purged_bytes: runs.purged,
            purges: runs.purges,
            areas: area_count as u64,
            area_bytes: area_bytes as u64,
            arenas: arenas::all().count() as u64,
            threads_alive,
            threads_born,
            refills,
            flushes,
            ..Totals::default()
        };
        for class in Class::all() {
            let size = class.size() as u64;
            let row = of_class(class);
            totals.live_objects += row.live;
            totals.live_bytes += row.live * size;
            totals.magazine_bytes += row.in_magazines * size;
            totals.depot_bytes += row.in_depot * size;
            totals.exchanges += depot_of(class).lock().figures().1;
        }
        let (direct_count, direct_bytes) = buddy::direct_runs();
        totals.live_objects += direct_count + area_count as u64;
        totals.live_bytes += direct_bytes + area_bytes as u64;
        totals
    }

    fn class(&self, index: usize) -> Option<ClassFigures> {
        Class::from_index(index).filter(|class| class.object().is_none()).map(of_class)
    }

    fn free_runs(&self, order: usize) -> u64 {
        buddy::free_runs(order)
    }

    fn free_runs_of(&self, arena: usize, order: usize) -> Option<u64> {
        buddy::free_runs_of(arena, order)
    }

    fn object_cache(&self, index: usize) -> Option<CacheFigures> {
        let class = Class::of_object(index)?;
        let cache = object_of(class).filter(|cache| cache.is_live())?;
        let rounds = u64::from(class.shape().rounds);
        Some(CacheFigures { name: *cache.name().bytes(), class: of_class(class), rounds })
    }

    fn instrument(&self) -> Option<Instrument> {
        instrument::gather()
    }

    fn calls_of_block(&self, index: usize) -> Option<(u64, u64)> {
        instrument::calls_of_block(index)
    }
}

/// Returns the figures of a class.
fn of_class(class: Class) -> ClassFigures {
    let shape = class.shape();
    let in_magazines = rounds_in_threads(class);
    let in_depot = depot_of(class).lock().figures().0;
    let occupancy = cache_of(class).lock().occupancy();
    let slabs = occupancy.full + occupancy.partial + occupancy.empty;
    ClassFigures {
        object_bytes: u64::from(shape.size),
        slab_bytes: shape.count().bytes() as u64,
        objects_per_slab: u64::from(shape.objects),
        // Threads go on while these are read, so the difference may come out below zero for an instant.
        live: occupancy.live.saturating_sub(in_magazines + in_depot) as u64,
        in_magazines: in_magazines as u64,
        in_depot: in_depot as u64,
        capacity: slabs as u64 * u64::from(shape.objects),
        slabs_full: occupancy.full as u64,
        slabs_partial: occupancy.partial as u64,
        slabs_empty: occupancy.empty as u64,
        counted: occupancy.handed_out,
    }
}

/// Walks the whole heap and asserts the invariants of every layer. For tests and for `quarry_check`: exact while no
/// other thread allocates.
pub fn check() -> Result<(), Broken> {
    for class in Class::all() {
        depot_of(class).lock().check()?;
        cache_of(class).lock().check()?;
    }
    buddy::check(|arena, granule| {
        let slab = Slab::covering(arena, granule)?;
        // SAFETY: a slab that a granule points at is alive while nobody frees (see above).
        unsafe { slab.as_ref() }.spans_from(granule)
    })
}

/// Gives back everything that can be given back now, but for the last `keep` dirty bytes; returns the bytes purged.
pub fn trim(keep: usize) -> usize {
    upkeep::trim(own(), keep)
}
