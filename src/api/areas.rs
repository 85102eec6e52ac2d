//! What the library owns: its memory areas, and where an address belongs.
//!
//! # Why no safe use is undefined
//!
//! Everything is returned as numbers and as a name that is copied. Nothing is read through the pointer that is asked
//! about: records are looked at under their locks. Between two areas no lock is held, so the caller may allocate.
//!
//! One read is not synchronised in the language's terms: `owns` looks into the magazines of other threads, whose cells
//! are written by those threads without a lock, by volatile reads of whole words. What it reads may be late, so it is
//! checked against the bounds of a magazine, and never followed unless it lies in metadata, which is never unmapped.
//! At worst an object in such a magazine is told either way.

use core::ops::Range;

use super::info::CacheName;
use crate::heap::{self, Belonging};

pub use crate::heap::listing::Kind as AreaKind;
pub use crate::heap::owns::Condition as PlaceState;

/// A memory area: an interval of addresses that the library set aside.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Area {
    /// What it is for.
    pub kind: AreaKind,
    /// Its addresses.
    pub addresses: Range<usize>,
    /// Bytes of them that may be touched.
    pub committed: usize,
    /// Bytes of those in objects, slabs or records; the rest is free.
    pub in_use: usize,
}

/// Returns every memory area that the library owns, one after the other.
///
/// ```
/// let region = quarry::Region::new(1 << 20).expect("memory");
/// let area = quarry::areas().find(|area| area.addresses.contains(&region.as_ptr().addr())).unwrap();
/// assert_eq!((area.kind, area.committed), (quarry::AreaKind::Region, 1 << 20));
/// ```
///
/// Thread safety: any thread; areas that come or go meanwhile may be missed.
pub fn areas() -> impl Iterator<Item = Area> {
    heap::areas().map(|area| {
        let start = area.start.addr().get();
        let addresses = start..start + area.size;
        Area { kind: area.kind, addresses, committed: area.committed, in_use: area.in_use }
    })
}

/// Where an address belongs.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Place {
    /// What the area around it is for.
    pub kind: AreaKind,
    /// What the address is.
    pub state: PlaceState,
    /// Where the area starts.
    pub area: usize,
    /// The object that the address is in, free or in use.
    pub object: Option<Range<usize>>,
    /// The name of that object's size class or object cache.
    pub cache: Option<CacheName>,
}

/// Says where `pointer` belongs, whatever it is: nothing is read through it, so it may be wild. `None` if the address
/// is not the library's.
///
/// ```
/// let cache = quarry::ObjectCache::new("owned", || [0_u8; 50])?;
/// let object = cache.alloc().expect("memory");
/// let place = quarry::owns(&object[49]).unwrap();
/// assert_eq!(place.state, quarry::PlaceState::InUse);
/// assert_eq!(place.object.unwrap().start, object.as_ptr().addr());
/// assert_eq!(&*place.cache.unwrap(), "owned");
/// assert_eq!(quarry::owns(std::ptr::without_provenance::<u8>(64)), None);
/// # Ok::<(), quarry::CacheError>(())
/// ```
///
/// Thread safety: any thread; objects in the magazines of other threads that run meanwhile may be told either way.
/// Cost: a few comparisons; for an object of a cache a look at its slab, its depot and every thread; outside arenas a
/// walk over all areas.
pub fn owns<T: ?Sized>(pointer: *const T) -> Option<Place> {
    let Belonging { kind, condition, area, object, class } = heap::owns(pointer.addr())?;
    let object = object.map(|(start, size)| start.addr().get()..start.addr().get() + size);
    let cache = class.map(CacheName::of_class);
    Some(Place { kind, state: condition, area: area.addr().get(), object, cache })
}
