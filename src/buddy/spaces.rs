//! The spaces of all arenas, in the order of the registry.

use core::mem::MaybeUninit;

use super::space::Space;
use crate::arena::registry::MAX_ARENAS;

/// A list of spaces whose empty state is zero bytes: so it takes no room in the file, and no memory beyond the arenas
/// that there are. (`None` of an `Option<Space>` is not.)
///
/// # Invariants
///
/// - **E1** The first `count` places are initialised.
pub(super) struct Spaces {
    count: usize,
    places: [MaybeUninit<Space>; MAX_ARENAS],
}

impl Spaces {
    pub(super) const fn new() -> Spaces {
        Spaces { count: 0, places: [const { MaybeUninit::uninit() }; MAX_ARENAS] }
    }

    /// Adds a space as number `index`, which is the first that is vacant; `None` if it is not.
    pub(super) fn add(&mut self, index: usize, space: Space) -> Option<()> {
        let place = self.places.get_mut(index).filter(|_| index == self.count)?;
        place.write(space);
        self.count += 1;
        Some(())
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Space> {
        self.iter_mut().nth(index)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Space> {
        // SAFETY: initialised (E1).
        self.places.iter().take(self.count).map(|place| unsafe { place.assume_init_ref() })
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Space> {
        // SAFETY: initialised (E1).
        self.places.iter_mut().take(self.count).map(|place| unsafe { place.assume_init_mut() })
    }
}
