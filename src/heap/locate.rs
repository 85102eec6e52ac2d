//! Where an address belongs: the slow path's answer for `free`, `realloc` and `malloc_usable_size`.

use core::ptr::NonNull;

use crate::arena::{Arena, State, areas, registry};
use crate::base::{Class, GranuleCount, GranuleIndex};
use crate::report::{self, Misuse};
use crate::slab::record::Slab;
use crate::thread::current;

/// What starts at an address.
#[derive(Clone, Copy)]
pub enum Place {
    /// An object of a magazine class (for slab classes: an address in such a slab; whether an object starts there is
    /// seen when the magazine is drained).
    Class(Class),
    /// A run that holds one object.
    Run {
        /// The arena and its number in the registry.
        arena: (Arena, usize),
        /// The run.
        start: GranuleIndex,
        /// Its length.
        count: GranuleCount,
    },
    /// A memory area of its own.
    Area {
        /// Its length in bytes.
        length: usize,
    },
}

impl Place {
    /// Returns the class of a magazine class.
    pub fn class(&self) -> Option<Class> {
        match *self {
            Place::Class(class) => Some(class),
            _ => None,
        }
    }

    /// Returns the bytes that the object may use.
    pub fn size(&self) -> usize {
        match *self {
            Place::Class(class) => class.size(),
            Place::Run { count, .. } => count.bytes(),
            Place::Area { length } => length,
        }
    }
}

/// Why nothing starts at an address.
pub struct Wrong {
    misuse: Misuse,
    class: Option<Class>,
}

impl Wrong {
    const fn new(misuse: Misuse) -> Wrong {
        Wrong { misuse, class: None }
    }

    /// Stops the process with the line for `object`.
    #[cold]
    pub fn stop(self, object: NonNull<u8>) -> ! {
        report::stop(self.misuse, object.addr().get(), self.class)
    }
}

/// Returns what starts at `object`, or what misuse it is to say that something does. Nothing is dereferenced.
pub fn locate(object: NonNull<u8>) -> Result<Place, Wrong> {
    let address = object.addr().get();
    // At most MAX_ARENAS turns, nearly always one.
    for (number, arena) in registry::all().enumerate() {
        if !arena.holds(address) {
            continue;
        }
        let Some(granule) = arena.granule_of(address) else { return Err(Wrong::new(Misuse::UnallocatedPointer)) };
        let is_start = arena.address_of(granule) == object;
        return match (arena.class_of(granule), arena.record(granule).state()) {
            (Some(class), _) if !class.is_run() || is_start => Ok(Place::Class(class)),
            (None, State::Run { count }) if is_start => {
                Ok(Place::Run { arena: (arena, number), start: granule, count })
            }
            // Objects of a cache are its functions' to free and to resize.
            (None, State::Slab) => {
                Err(Wrong { misuse: Misuse::WrongCache, class: Slab::class_covering(arena, granule) })
            }
            _ => Err(wrong_inside(arena, granule, is_start)),
        };
    }
    match areas::length_of(object) {
        Some(length) => Ok(Place::Area { length }),
        None => Err(Wrong::new(areas::misuse_of(object))),
    }
}

/// Tells an address inside a run that is in use from one in free memory.
#[cold]
fn wrong_inside(arena: Arena, granule: GranuleIndex, is_start: bool) -> Wrong {
    let mut at = granule.0;
    // At most one turn per granule of the largest run: the way to the record of whatever covers the granule.
    while at > 0 && arena.record(GranuleIndex(at)).state() == State::None {
        at -= 1;
    }
    match arena.record(GranuleIndex(at)).state() {
        State::Run { count } if granule.0 < at + count.0 => {
            Wrong { misuse: Misuse::InteriorPointer, class: arena.class_of(GranuleIndex(at)) }
        }
        _ if is_start && arena.record(granule).is_tomb() => Wrong::new(Misuse::DoubleFree),
        _ => Wrong::new(Misuse::UnallocatedPointer),
    }
}

/// Returns how many bytes an object may use: the size of its class, its run or its area. Stable, and writable to the
/// last byte. 0 for null; stops the process for a pointer that is not an object of ours.
pub fn usable_size(object: *mut u8) -> usize {
    let Some(object) = NonNull::new(object) else { return 0 };
    if let Some(class) = current().class_index(object.addr().get()).and_then(Class::from_index) {
        return class.size();
    }
    match locate(object) {
        Ok(place) => place.size(),
        // An object of a cache: not to be freed by its address alone, but it has a size.
        Err(Wrong { misuse: Misuse::WrongCache, class: Some(class) }) => class.size(),
        Err(wrong) => wrong.stop(object),
    }
}

/// Returns the usable size that `allocate(size)` would give.
pub fn good_size(size: usize) -> usize {
    Class::serving(size).map_or_else(|| super::direct::good_size(size), Class::size)
}
