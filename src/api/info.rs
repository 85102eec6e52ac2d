//! What caches and buddy systems hold, as values and as text.
//!
//! # Why no safe use is undefined
//!
//! Everything here is copied out of records under their locks, or read as numbers; nothing refers to a record
//! afterwards. Between two rows, and while the caller's `Write` runs, no lock is held, so it may allocate.
//!
//! One read is not synchronised in the language's terms: how many rounds the magazines of other threads hold is read
//! from cells that those threads write without a lock, by volatile reads of whole words. What is read may be late, so
//! it is checked against the bounds of a magazine, and never followed unless it lies in metadata, which is never
//! unmapped. At worst a number is that of a moment ago, or leaves a magazine out.

use core::fmt;
use core::ops::Deref;

use super::cache::ObjectCache;
use super::raw_cache::RawCache;
use crate::base::{Class, GRANULE, OBJECT_CACHES, ORDER_COUNT, PAGE, size_class_name};
use crate::heap::Heap;
use crate::report::write::Writer;
use crate::slab::object::{ObjectCache as Record, object_of};
use crate::stats::{self, CacheFigures, ClassFigures, Figures};

/// The name of a size class (`size-16`) or of an object cache: text of up to 31 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CacheName([u8; 32]);

impl CacheName {
    /// Copies the name of a class.
    pub(super) fn of_class(class: Class) -> CacheName {
        if let Some(cache) = object_of(class) {
            return CacheName(*cache.name().bytes());
        }
        let mut name = CacheName([0; 32]);
        name.0.iter_mut().zip(size_class_name(class).to_bytes()).for_each(|(place, &byte)| *place = byte);
        name
    }

    /// Returns the name as text; empty for a cache that was destroyed.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|&byte| byte == 0).unwrap_or(self.0.len());
        self.0.get(..length).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or("")
    }
}

impl Deref for CacheName {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for CacheName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for CacheName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

/// What a size class or an object cache holds. Exact while no other thread allocates; else each number is right by
/// itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CacheInfo {
    /// Its name.
    pub name: CacheName,
    /// Objects that the program has.
    pub active_objects: u64,
    /// Objects that all slabs have room for.
    pub objects: u64,
    /// Bytes from one object to the next.
    pub object_size: u64,
    /// Objects in a slab.
    pub objects_per_slab: u64,
    /// Pages in a slab.
    pub pages_per_slab: u64,
    /// Slabs of which somebody has objects: the program, magazines or the depot.
    pub slabs_in_use: u64,
    /// All slabs.
    pub slabs: u64,
    /// Free objects in the magazines of threads.
    pub in_magazines: u64,
    /// Free objects in the depot.
    pub in_depot: u64,
}

impl CacheInfo {
    fn new(name: CacheName, class: &ClassFigures) -> CacheInfo {
        let slabs_in_use = class.slabs_full + class.slabs_partial;
        CacheInfo {
            name,
            active_objects: class.live,
            objects: class.capacity,
            object_size: class.object_bytes,
            objects_per_slab: class.objects_per_slab,
            pages_per_slab: class.slab_bytes / PAGE as u64,
            slabs_in_use,
            slabs: slabs_in_use + class.slabs_empty,
            in_magazines: class.in_magazines,
            in_depot: class.in_depot,
        }
    }
}

fn of_object_cache(number: usize) -> Option<CacheInfo> {
    let CacheFigures { name, class, .. } = Heap.object_cache(number)?;
    Some(CacheInfo::new(CacheName(name), &class))
}

/// Returns what an object cache holds. One that a value owns lives, so it has figures.
fn of_record(record: &Record) -> CacheInfo {
    let found = record.class().object().and_then(of_object_cache);
    found.unwrap_or_else(|| CacheInfo::new(CacheName(*record.name().bytes()), &ClassFigures::default()))
}

impl<T> ObjectCache<T> {
    /// Returns what the cache holds, its name included.
    ///
    /// ```
    /// let cache = quarry::ObjectCache::new("session", || [0_u64; 12])?;
    /// let session = cache.alloc();
    /// let info = cache.info();
    /// assert_eq!((&*info.name, info.active_objects, info.object_size), ("session", 1, 96));
    /// # Ok::<(), quarry::CacheError>(())
    /// ```
    ///
    /// Thread safety: any thread. Cost: a look at every thread.
    pub fn info(&self) -> CacheInfo {
        of_record(self.record())
    }

    /// Returns the name that the cache was given.
    pub fn name(&self) -> CacheName {
        CacheName(*self.record().name().bytes())
    }
}

impl RawCache {
    /// Returns what the cache holds, as [`ObjectCache::info`].
    pub fn info(&self) -> CacheInfo {
        of_record(self.record())
    }

    /// Returns the name that the cache was given.
    pub fn name(&self) -> CacheName {
        CacheName(*self.record().name().bytes())
    }
}

/// Returns what every size class in use and every object cache holds, one after the other.
///
/// ```
/// let cache = quarry::ObjectCache::new("listed", || 7_u64)?;
/// assert!(quarry::slabinfo().any(|info| &*info.name == "listed"));
/// # Ok::<(), quarry::CacheError>(())
/// ```
///
/// Thread safety: any thread; caches that come or go meanwhile may be missed. Source: Bonwick 1994, §5; slabinfo(5).
pub fn slabinfo() -> impl Iterator<Item = CacheInfo> {
    let sizes = Class::sizes().filter_map(|class| {
        let figures = Heap.class(class.index()).filter(ClassFigures::in_use)?;
        Some(CacheInfo::new(CacheName::of_class(class), &figures))
    });
    sizes.chain((0..OBJECT_CACHES).filter_map(of_object_cache))
}

/// The free runs of an arena's buddy system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ArenaInfo {
    /// The arena's number.
    pub arena: usize,
    /// How many runs of each order are free; order 0 is a granule.
    pub free_runs: [u64; ORDER_COUNT],
}

impl ArenaInfo {
    /// Bytes of a run of order 0.
    pub const GRANULE: usize = GRANULE;

    /// Returns the bytes of all free runs.
    pub fn free_bytes(&self) -> u64 {
        self.free_runs.iter().rev().fold(0, |sum, count| sum * 2 + count) * GRANULE as u64
    }
}

/// Returns the free runs of every arena.
///
/// ```
/// let held = vec![0_u8; 100];
/// # let cache = quarry::ObjectCache::new("first", || 7).unwrap();
/// assert!(quarry::buddyinfo().count() > 0);
/// assert!(quarry::buddyinfo().all(|arena| arena.free_runs.len() == 17));
/// ```
///
/// Thread safety: any thread. Source: Knowlton 1965; Knuth, TAOCP 1, §2.5.
pub fn buddyinfo() -> impl Iterator<Item = ArenaInfo> {
    // Ends at the number of arenas.
    (0..).map_while(|arena| {
        Heap.free_runs_of(arena, 0)?;
        let free_runs = core::array::from_fn(|order| Heap.free_runs_of(arena, order).unwrap_or(0));
        Some(ArenaInfo { arena, free_runs })
    })
}

/// Writes what `slabinfo` returns as lines in the columns of slabinfo(5), and the objects in magazines and depot behind
/// them.
///
/// ```
/// let mut text = String::new();
/// quarry::write_slabinfo(&mut text)?;
/// assert!(text.starts_with("slabinfo - version: 2.1\n"));
/// # Ok::<(), std::fmt::Error>(())
/// ```
///
/// Errors: that of `out`, after which nothing more is written to it. Thread safety: any thread.
pub fn write_slabinfo(out: &mut dyn fmt::Write) -> fmt::Result {
    written(stats::write_slabinfo, out)
}

/// Writes the same as one JSON object on a line.
pub fn write_slabinfo_json(out: &mut dyn fmt::Write) -> fmt::Result {
    written(stats::write_slabinfo_json, out)
}

/// Writes what `buddyinfo` returns, a line per arena.
///
/// Errors: that of `out`, after which nothing more is written to it. Thread safety: any thread.
pub fn write_buddyinfo(out: &mut dyn fmt::Write) -> fmt::Result {
    written(stats::write_buddyinfo, out)
}

/// Writes the same as one JSON object on a line.
pub fn write_buddyinfo_json(out: &mut dyn fmt::Write) -> fmt::Result {
    written(stats::write_buddyinfo_json, out)
}

/// Lends a format a sink that writes to `out` until that fails.
fn written(write: fn(&dyn Figures, &mut Writer<'_>), out: &mut dyn fmt::Write) -> fmt::Result {
    let mut result = Ok(());
    // The formats are ASCII, so any piece of them is text.
    let mut sink = |bytes: &[u8]| {
        result = result.and_then(|()| out.write_str(core::str::from_utf8(bytes).map_err(|_| fmt::Error)?));
    };
    let mut writer = Writer::new(&mut sink);
    write(&Heap, &mut writer);
    writer.finish();
    result
}
