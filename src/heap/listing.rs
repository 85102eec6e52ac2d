//! Every memory area that the library owns, one after the other.

use core::ptr::NonNull;

use crate::arena::{areas, store};
use crate::buddy::system as buddy;

/// What an area is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The runs of an arena.
    Arena = 1,
    /// Records: of an arena, or a reservation of the metadata store.
    Metadata = 2,
    /// An area of its own.
    Region = 3,
}

/// A memory area: an interval of addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AreaFigures {
    /// What it is for.
    pub kind: Kind,
    /// Its first address.
    pub start: NonNull<u8>,
    /// Bytes of address space.
    pub size: usize,
    /// Bytes of them that are readable and writable.
    pub committed: usize,
    /// Bytes of those in objects, slabs or records.
    pub in_use: usize,
}

/// A walk over the areas: those of the arenas, their metadata, the metadata store, regions.
#[derive(Clone, Copy)]
enum Walk {
    Arenas(usize),
    Metadata(usize),
    Store(Option<NonNull<u8>>),
    Regions(areas::Cursor),
}

/// Returns every memory area that the library owns. No lock is held between two of them, so areas that come or go
/// meanwhile may be missed.
pub fn areas() -> impl Iterator<Item = AreaFigures> {
    let mut walk = Walk::Arenas(0);
    core::iter::from_fn(move || {
        // At most one turn per kind, and one per arena.
        loop {
            let (found, next) = step(walk);
            walk = next?;
            if found.is_some() {
                return found;
            }
        }
    })
}

/// Takes a step of a walk: what was found, if anything, and where to go on; `None` at the end.
fn step(walk: Walk) -> (Option<AreaFigures>, Option<Walk>) {
    match walk {
        Walk::Arenas(number) => match buddy::figures_of(number) {
            Some(figures) => (Some(runs_of(figures)), Some(Walk::Arenas(number + 1))),
            None => (None, Some(Walk::Metadata(0))),
        },
        Walk::Metadata(number) => match buddy::figures_of(number) {
            Some(figures) => (Some(metadata_of(figures)), Some(Walk::Metadata(number + 1))),
            None => (None, Some(Walk::Store(None))),
        },
        // SAFETY: the cursor is the start of the reservation that was found last.
        Walk::Store(newer) => match unsafe { store::reservation_before(newer) } {
            Some(store::ReservationFigures { start, size, committed, used }) => {
                let found = AreaFigures { kind: Kind::Metadata, start, size, committed, in_use: used };
                (Some(found), Some(Walk::Store(Some(start))))
            }
            None => (None, Some(Walk::Regions(areas::Cursor::default()))),
        },
        Walk::Regions(mut cursor) => match areas::next(&mut cursor) {
            Some((start, size)) => {
                let found = AreaFigures { kind: Kind::Region, start, size, committed: size, in_use: size };
                (Some(found), Some(Walk::Regions(cursor)))
            }
            None => (None, None),
        },
    }
}

fn runs_of(figures: buddy::ArenaFigures) -> AreaFigures {
    AreaFigures {
        kind: Kind::Arena,
        start: figures.arena.address_of(crate::base::GranuleIndex(0)),
        size: figures.arena.reserved(),
        committed: figures.committed,
        in_use: figures.committed - figures.free,
    }
}

fn metadata_of(figures: buddy::ArenaFigures) -> AreaFigures {
    let arena = figures.arena;
    AreaFigures {
        kind: Kind::Metadata,
        start: arena.metadata(),
        size: arena.base() - arena.metadata().addr().get(),
        committed: figures.metadata,
        in_use: figures.metadata,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::regions::{allocate_region, free_region};
    use crate::heap::{allocate, deallocate};

    #[test]
    fn areas_are_disjoint_and_hold_what_was_allocated() {
        let object = allocate(100);
        let region = allocate_region(1 << 20);
        let all: std::vec::Vec<_> = areas().collect();
        for area in &all {
            assert!(area.in_use <= area.committed && area.committed <= area.size, "{area:?}");
        }
        let around = |address: usize| {
            let holds = |area: &&AreaFigures| address.wrapping_sub(area.start.addr().get()) < area.size;
            let mut found = all.iter().filter(holds);
            let first = found.next().map(|area| area.kind);
            assert!(found.next().is_none(), "two areas overlap");
            first
        };
        assert_eq!(around(object.addr()), Some(Kind::Arena));
        assert_eq!(around(region.addr()), Some(Kind::Region));
        assert!(all.iter().filter(|area| area.kind == Kind::Metadata).count() >= 2);
        // SAFETY: allocated above, used no more.
        unsafe { deallocate(object) };
        // SAFETY: as above.
        unsafe { free_region(region) };
    }
}
