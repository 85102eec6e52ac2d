//! Where an address belongs, whatever it is. Nothing is read through the pointer: an address is compared with
//! intervals, and records alone are looked at.

use core::ffi::c_char;
use core::ptr::NonNull;

use super::listing::Kind;
use crate::arena::{Arena, State, areas, registry as arenas, store};
use crate::base::{Class, GranuleIndex, size_class_name};
use crate::depot::depot_of;
use crate::guard::pool;
use crate::slab::cache_of;
use crate::slab::object::object_of;
use crate::slab::record::Slab;
use crate::thread::registry as threads;

/// What an address is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// Inside an object that the program has.
    InUse = 1,
    /// Inside a free object or free memory.
    Free = 2,
    /// Inside a record, or between records.
    Metadata = 3,
    /// Address space set aside.
    Reserved = 4,
}

/// Where an address belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Belonging {
    /// What the area is for.
    pub kind: Kind,
    /// What the address is.
    pub condition: Condition,
    /// Where the area starts.
    pub area: NonNull<u8>,
    /// The object around the address, free or in use: its start and its bytes.
    pub object: Option<(NonNull<u8>, usize)>,
    /// The class of the object, if it has one.
    pub class: Option<Class>,
}

/// Returns the name of a class, terminated: of a size class a constant, of an object cache one that stays as it is
/// while the cache lives.
pub fn name_of(class: Class) -> NonNull<c_char> {
    match object_of(class) {
        Some(cache) => cache.name_pointer().cast(),
        None => NonNull::from(size_class_name(class)).cast(),
    }
}

impl Belonging {
    const fn plain(kind: Kind, condition: Condition, area: NonNull<u8>) -> Belonging {
        Belonging { kind, condition, area, object: None, class: None }
    }
}

/// Returns where an address belongs, `None` if it is not the library's.
///
/// Objects that other threads allocate or free meanwhile may be told either way. Cost: a few comparisons; for an object
/// of a class a look into its slab, the depot of its class and the magazines of all threads; outside arenas a walk over
/// all areas.
pub fn owns(address: usize) -> Option<Belonging> {
    // At most MAX_ARENAS turns, nearly always one.
    for arena in arenas::all() {
        let metadata = arena.metadata();
        if address.wrapping_sub(metadata.addr().get()) < arena.base() - metadata.addr().get() {
            return Some(Belonging::plain(Kind::Metadata, Condition::Metadata, metadata));
        }
        if arena.holds(address) {
            return Some(inside_arena(arena, address));
        }
    }
    if let Some(reservation) = store::reservation_around(address) {
        let committed = address - reservation.start.addr().get() < reservation.committed;
        let condition = if committed { Condition::Metadata } else { Condition::Reserved };
        return Some(Belonging::plain(Kind::Metadata, condition, reservation.start));
    }
    if let Some((start, size, live)) = pool::around(address) {
        let condition = if live { Condition::InUse } else { Condition::Free };
        return Some(Belonging { object: Some((start, size)), ..Belonging::plain(Kind::Region, condition, start) });
    }
    let (start, length) = areas::containing(address)?;
    let plain = Belonging::plain(Kind::Region, Condition::InUse, start);
    Some(Belonging { object: Some((start, length)), ..plain })
}

fn inside_arena(arena: Arena, address: usize) -> Belonging {
    let base = arena.address_of(GranuleIndex(0));
    let plain = |condition| Belonging::plain(Kind::Arena, condition, base);
    let Some(granule) = arena.granule_of(address) else { return plain(Condition::Reserved) };
    let start = arena.start_around(granule);
    let (object, size, class, free) = match arena.record(start).state() {
        State::Slab => match inside_slab(arena, granule, address) {
            Some((object, class, free)) => (object, class.size(), Some(class), free),
            None => return plain(Condition::Free),
        },
        State::Run { count } if granule.0 - start.0 < count.0 => {
            (arena.address_of(start), count.bytes(), arena.class_of(start), false)
        }
        State::Metadata if granule == start => return plain(Condition::Metadata),
        _ => return plain(Condition::Free),
    };
    let free = free || class.is_some_and(|class| is_kept(class, object));
    let condition = if free { Condition::Free } else { Condition::InUse };
    Belonging { object: Some((object, size)), class, ..plain(condition) }
}

/// Returns the object around an address in a slab, its class, and whether it is free in the slab; `None` between
/// objects, and where there is no slab any more.
fn inside_slab(arena: Arena, granule: GranuleIndex, address: usize) -> Option<(NonNull<u8>, Class, bool)> {
    let class = Slab::class_covering(arena, granule)?;
    let _slabs_stay = cache_of(class).lock();
    let mut slab = Slab::covering(arena, granule).filter(|_| Slab::class_covering(arena, granule) == Some(class))?;
    // SAFETY: a slab of this class that a granule points at is alive while the lock of the class is held.
    let (object, free) = unsafe { slab.as_mut() }.object_around(address)?;
    Some((object, class, free))
}

/// Returns whether a depot or a thread keeps the object: it is free for the program.
fn is_kept(class: Class, object: NonNull<u8>) -> bool {
    if depot_of(class).lock().holds(object) {
        return true;
    }
    let mut found = false;
    threads::for_each(|block| found = found || block.holds(class, object));
    found
}
