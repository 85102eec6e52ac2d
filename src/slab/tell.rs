//! What is told of a pointer that is misused: the records know its class, where its object starts, and whose it is.

use core::ptr::NonNull;

use super::cache::cache_of;
use super::object::{Name, object_of};
use super::record::Slab;
use crate::arena::{Arena, State, areas, registry};
use crate::base::{Class, GranuleIndex};
use crate::report::{self, Details, Misuse};

/// Stops the process for a pointer. `receiver` is the class that it was given to, if it was to any. The caller holds no
/// lock from that of the classes on.
#[cold]
#[inline(never)]
pub fn stop(misuse: Misuse, pointer: NonNull<u8>, receiver: Option<Class>) -> ! {
    let (class, start) = look(pointer, receiver);
    let name = |class: Option<Class>| class.and_then(object_of).map_or(Name::NONE, |cache| cache.name_in_use());
    let (of, given_to) = (name(class), name(receiver));
    let details = Details {
        class,
        start: start.map(|start| start.addr().get()),
        of: of.text(),
        given_to: if misuse == Misuse::WrongCache { given_to.text() } else { "" },
        ..Details::default()
    };
    report::stop_with(misuse, pointer.addr().get(), &details)
}

/// Returns the class of the object around a pointer, and where it starts. Where the records know no class, that of the
/// receiver, to which an address of an arena came by what they said before.
pub fn look(pointer: NonNull<u8>, receiver: Option<Class>) -> (Option<Class>, Option<NonNull<u8>>) {
    let address = pointer.addr().get();
    let Some((arena, granule)) = registry::locate(address) else {
        return (None, areas::containing(address).map(|(start, _)| start));
    };
    if let Some(class) = Slab::class_covering(arena, granule) {
        return (Some(class), start_in_slab(arena, granule, class, address));
    }
    let start = arena.start_around(granule);
    match arena.record(start).state() {
        State::Run { count } if granule.0 - start.0 < count.0 => {
            (arena.class_of(start).or(receiver), Some(arena.address_of(start)))
        }
        _ => (receiver, None),
    }
}

/// Returns where the object around an address in a slab of `class` starts, `None` between objects and where the slab is
/// gone.
fn start_in_slab(arena: Arena, granule: GranuleIndex, class: Class, address: usize) -> Option<NonNull<u8>> {
    let _slabs_stay = cache_of(class).lock();
    let mut slab = Slab::covering(arena, granule).filter(|_| Slab::class_covering(arena, granule) == Some(class))?;
    // SAFETY: a slab of this class that a granule points at is alive while the lock of the class is held.
    unsafe { slab.as_mut() }.object_around(address).map(|(object, _)| object)
}

/// Returns whether somebody has the object that starts at an address, in a slab of another class than `not`.
pub fn is_in_use_elsewhere(pointer: NonNull<u8>, not: Class) -> bool {
    let address = pointer.addr().get();
    let Some((arena, granule)) = registry::locate(address) else { return false };
    let Some(class) = Slab::class_covering(arena, granule).filter(|&class| class != not) else { return false };
    let _slabs_stay = cache_of(class).lock();
    let slab = Slab::covering(arena, granule).filter(|_| Slab::class_covering(arena, granule) == Some(class));
    // SAFETY: as in `start_in_slab`.
    slab.and_then(|mut slab| unsafe { slab.as_mut() }.object_around(address))
        .is_some_and(|(object, free)| object == pointer && !free)
}
