//! Where an address belongs: the slow path's answer for `free`, `realloc` and `malloc_usable_size`.

use core::ptr::NonNull;

use crate::arena::{Arena, State, areas, registry};
use crate::base::{Class, GranuleCount, GranuleIndex};
use crate::report::{self, Misuse};
use crate::thread::current;

/// What starts at an address.
pub enum Place {
    /// An object of a magazine class (for slab classes: an address in such a slab; whether an object starts there is seen
    /// when the magazine is drained).
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

/// Returns what starts at `object`, or what misuse it is to say that something does. Nothing is dereferenced.
pub fn locate(object: NonNull<u8>) -> Result<Place, Misuse> {
    let address = object.addr().get();
    // At most MAX_ARENAS turns, nearly always one.
    for (number, arena) in registry::all().enumerate() {
        let Some(granule) = arena.granule_of(address) else { continue };
        if let Some(class) = arena.class_of(granule) {
            return if class.is_run() && arena.address_of(granule) != object {
                Err(Misuse::InteriorPointer)
            } else {
                Ok(Place::Class(class))
            };
        }
        return match arena.record(granule).state() {
            State::Run { count } if arena.address_of(granule) == object => {
                Ok(Place::Run { arena: (arena, number), start: granule, count })
            }
            State::Run { .. } => Err(Misuse::InteriorPointer),
            _ => Err(misuse_inside(arena, granule)),
        };
    }
    match areas::length_of(object) {
        Some(length) => Ok(Place::Area { length }),
        None if areas::containing(address).is_some() => Err(Misuse::InteriorPointer),
        None => Err(Misuse::ForeignPointer),
    }
}

/// Tells an address inside a run that is in use from one in free memory, by the next record before it.
#[cold]
fn misuse_inside(arena: Arena, granule: GranuleIndex) -> Misuse {
    let mut at = granule.0;
    // At most one turn per granule of the largest run: the way to the record of whatever covers the granule.
    while at > 0 && arena.record(GranuleIndex(at)).state() == State::None {
        at -= 1;
    }
    match arena.record(GranuleIndex(at)).state() {
        State::Run { count } if granule.0 < at + count.0 => Misuse::InteriorPointer,
        // An object that was here was freed: its run was dissolved and is free as a whole.
        State::Free { dirty: true, .. } => Misuse::DoubleFree,
        _ => Misuse::UnallocatedPointer,
    }
}

/// Returns how many bytes an object may use: the size of its class, its run or its area. Stable, and writable to the last
/// byte. 0 for null; stops the process for a pointer that is not an object of ours.
pub fn usable_size(object: *mut u8) -> usize {
    let Some(object) = NonNull::new(object) else { return 0 };
    if let Some(class) = current().class_index(object.addr().get()).and_then(Class::from_index) {
        return class.size();
    }
    match locate(object) {
        Ok(Place::Class(class)) => class.size(),
        Ok(Place::Run { count, .. }) => count.bytes(),
        Ok(Place::Area { length }) => length,
        Err(misuse) => report::stop(misuse, object.addr().get(), None),
    }
}
