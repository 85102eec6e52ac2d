//! Allocation that never waits and never enters the kernel: from what is committed and nobody holds at the moment. A
//! refusal says no more than that; nothing is reaped for it.

use core::ptr::{self, NonNull};

use super::direct;
use super::locate::{Place, locate};
use super::reallocate::Resized;
use crate::arena::{areas, registry};
use crate::base::{Class, GranuleCount};
use crate::buddy::system;
use crate::guard::{self, checked};
use crate::slab::marks;
use crate::thread::magazines::Obtained;
use crate::thread::{at_hand, own};

/// Returns an object of at least `size` bytes, aligned to 16, or to `align` if that is more: then of whole granules.
pub fn obtain(size: usize, align: usize) -> Option<Obtained> {
    if marks::is_checked() {
        return checked::allocate(size, align).ok();
    }
    match Class::serving(size).filter(|_| align <= 16) {
        Some(class) => at_hand::obtain(own(), class),
        None => direct::allocate_at_hand(size, align),
    }
}

/// Changes the size of an object as `reallocate` does. It moves only where it can be put away into this thread's
/// magazines, and an object beyond the classes grows in place alone; else `None`, and nothing has changed. What shrinks
/// stays where it is.
///
/// # Safety
///
/// - As for `reallocate`.
pub(super) unsafe fn resize(object: NonNull<u8>, size: usize) -> Option<Resized> {
    if let Some(before) = guard::size_of(object) {
        // A guarded object stays as long as it is, and moving it is not for who may not wait.
        return (size <= before).then_some(Resized { object, before, zero: false });
    }
    let place = place_of(object)?;
    let before = place.size();
    if size <= before {
        return Some(Resized { object, before, zero: false });
    }
    match place {
        Place::Class(class) => {
            let block = own().filter(|block| block.make_room_at_hand(class))?;
            // Larger than the class, so its magazine keeps the room.
            let Obtained { object: moved, zero } = obtain(size, 16)?;
            // SAFETY: both have that many bytes, and a new object overlaps no other.
            unsafe { ptr::copy_nonoverlapping(object.as_ptr(), moved.as_ptr(), before) };
            let kept = block.push_apart(class, object);
            debug_assert!(kept, "there was room");
            Some(Resized { object: moved, before, zero })
        }
        Place::Run { arena: (arena, number), start, .. } => {
            let to = GranuleCount::holding(size)?;
            let zero = system::at_hand()?.extend_object(number, arena, start, to)?;
            Some(Resized { object, before, zero })
        }
        Place::Area { .. } => None,
    }
}

/// Returns what starts at `object`, `None` if it may be an area and the table is not at hand. Stops the process for a
/// pointer that is not an object of ours.
fn place_of(object: NonNull<u8>) -> Option<Place> {
    let is_in_arena = registry::all().any(|arena| arena.holds(object.addr().get()));
    if !is_in_arena && let Some(length) = areas::length_at_hand(object)? {
        return Some(Place::Area { length });
    }
    match locate(object) {
        Ok(place) => Some(place),
        Err(wrong) => wrong.stop(object),
    }
}
