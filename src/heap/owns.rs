//! Where an address belongs, whatever it is. Nothing is read through the pointer: an address is compared with intervals, and
//! records alone are looked at.

use core::ffi::CStr;
use core::ptr::NonNull;

use super::listing::Kind;
use crate::arena::{Arena, State, areas, registry as arenas, store};
use crate::base::{Class, GranuleIndex, size_class_name};
use crate::depot::depot_of;
use crate::slab::cache_of;
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
    /// The name of the object's class, empty without one.
    pub cache: &'static CStr,
}

impl Belonging {
    const fn plain(kind: Kind, condition: Condition, area: NonNull<u8>) -> Belonging {
        Belonging { kind, condition, area, object: None, cache: c"" }
    }
}

/// Returns where an address belongs, `None` if it is not the library's.
///
/// Objects that other threads allocate or free meanwhile may be told either way. Cost: a few comparisons; for an object of a
/// class a look into its slab, the depot of its class and the magazines of all threads; outside arenas a walk over all areas.
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
    let (start, length) = areas::containing(address)?;
    let plain = Belonging::plain(Kind::Region, Condition::InUse, start);
    Some(Belonging { object: Some((start, length)), ..plain })
}

fn inside_arena(arena: Arena, address: usize) -> Belonging {
    let base = arena.address_of(GranuleIndex(0));
    let plain = |condition| Belonging::plain(Kind::Arena, condition, base);
    let Some(granule) = arena.granule_of(address) else { return plain(Condition::Reserved) };
    let start = start_of_run(arena, granule);
    match arena.record(start).state() {
        State::Slab => inside_slab(arena, granule, address).unwrap_or(plain(Condition::Free)),
        State::Run { count } if granule.0 - start.0 < count.0 => {
            let object = arena.address_of(start);
            let class = arena.class_of(start);
            let free = class.is_some_and(|class| is_kept(class, object));
            Belonging {
                object: Some((object, count.bytes())),
                cache: class.map_or(c"", size_class_name),
                ..plain(if free { Condition::Free } else { Condition::InUse })
            }
        }
        State::Metadata if granule == start => plain(Condition::Metadata),
        _ => plain(Condition::Free),
    }
}

/// Returns the granule whose record says what covers `granule`: it, or the nearest before it that has one.
fn start_of_run(arena: Arena, granule: GranuleIndex) -> GranuleIndex {
    let mut at = granule.0;
    // At most one turn per granule of the largest run.
    while at > 0 && arena.record(GranuleIndex(at)).state() == State::None {
        at -= 1;
    }
    GranuleIndex(at)
}

/// Tells an address in a slab; `None` where there is none any more.
fn inside_slab(arena: Arena, granule: GranuleIndex, address: usize) -> Option<Belonging> {
    Slab::covering(arena, granule)?;
    let class = arena.class_of(granule)?;
    let area = arena.address_of(GranuleIndex(0));
    let (object, free) = {
        let _slabs_stay = cache_of(class).lock();
        let slab = Slab::covering(arena, granule).filter(|_| arena.class_of(granule) == Some(class))?;
        // SAFETY: a slab that a granule points at is alive while the lock of its class is held, and that is the class which the
        // map shows.
        unsafe { slab.as_ref() }.object_around(address)
    }
    .map_or((None, true), |(object, free)| (Some(object), free));
    let Some(object) = object else { return Some(Belonging::plain(Kind::Arena, Condition::Free, area)) };
    let free = free || is_kept(class, object);
    Some(Belonging {
        kind: Kind::Arena,
        condition: if free { Condition::Free } else { Condition::InUse },
        area,
        object: Some((object, class.size())),
        cache: size_class_name(class),
    })
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
