//! Reallocation: in place where the class or the neighbour allows, by page tables for areas, by copy otherwise.

use core::ptr::{self, NonNull};

use super::locate::{Place, locate};
use super::{allocate, deallocate};
use crate::arena::{State, areas, registry};
use crate::base::class::{RUN_MAX, SLAB_MAX};
use crate::base::{Class, GranuleCount};
use crate::buddy::system;
use crate::slab::cache_of;
use crate::thread::current;

/// Changes the size of an object, keeping its bytes up to the lesser size; it may move. Null when memory is short; then
/// the object is as it was. Stops the process for a pointer that is not an object of ours.
///
/// The same class returns the same pointer at the cost of `malloc_usable_size`; a smaller slab class moves the object
/// only if half of it would be wasted.
///
/// # Safety
///
/// - `object` came from this heap and is the caller's; after a move nobody uses the old address.
pub unsafe fn reallocate(object: NonNull<u8>, size: usize) -> *mut u8 {
    let known = current().class_index(object.addr().get()).and_then(Class::from_index);
    let place = match known {
        Some(class) if !class.is_run() => Ok(Place::Class(class)),
        _ => locate(object),
    };
    let place = match place {
        Ok(place) => place,
        Err(wrong) => wrong.stop(object),
    };
    let old_size = match place {
        Place::Class(class) if !class.is_run() => {
            let fits = size <= class.size();
            if fits && (size > class.size() / 2 || Class::serving(size) == Some(class)) {
                return object.as_ptr();
            }
            class.size()
        }
        Place::Class(class) => {
            if resize_run_object(object, class, size) {
                return object.as_ptr();
            }
            class.size()
        }
        Place::Run { arena: (arena, number), start, count } => {
            // A run that shrinks to a class moves there; one that stays beyond them gives its tail back.
            if let Some(to) = GranuleCount::holding(size).filter(|&to| size > RUN_MAX || to == count)
                && system::resize_object(number, arena, start, (count, true), (to, true))
            {
                return object.as_ptr();
            }
            count.bytes()
        }
        Place::Area { length } => {
            let stays = size > length / 2 || size > RUN_MAX;
            if let Some(moved) = if stays { areas::resize(object, size) } else { None } {
                return moved.as_ptr();
            }
            length
        }
    };
    // SAFETY: the caller's object of `old_size` usable bytes.
    unsafe { reallocate_by_copy(object, old_size, size) }
}

/// Changes the class of a run object in place: shrinking gives the tail back, growing takes free runs behind it. On
/// `false` nothing has changed.
fn resize_run_object(object: NonNull<u8>, class: Class, size: usize) -> bool {
    if size <= SLAB_MAX {
        return false;
    }
    let to = match Class::serving(size) {
        Some(to) if to == class => return true,
        Some(to) => Some(to),
        None => None,
    };
    let Some(count) = to.map(|to| to.shape().count()).or_else(|| GranuleCount::holding(size)) else { return false };
    let Some((arena, start)) = registry::locate(object.addr().get()) else { return false };
    let number = registry::all().take_while(|other| other.base() != arena.base()).count();
    if !system::resize_object(number, arena, start, (class.shape().count(), false), (count, to.is_none())) {
        return false;
    }
    cache_of(class).lock().recount_run(-1);
    match to {
        Some(to) => {
            arena.publish(start, GranuleCount(1), to);
            cache_of(to).lock().recount_run(1);
        }
        None => arena.unpublish(start, GranuleCount(1)),
    }
    debug_assert!(matches!(arena.record(start).state(), State::Run { .. }));
    true
}

/// Allocates anew, copies, and frees the old object. Null leaves it as it was; an object that was only to become smaller
/// stays where it is instead.
///
/// # Safety
///
/// - As for `reallocate`; `old_size` is the object's usable size.
unsafe fn reallocate_by_copy(object: NonNull<u8>, old_size: usize, size: usize) -> *mut u8 {
    let moved = allocate(size);
    if !moved.is_null() {
        // SAFETY: both have the lesser of the two sizes, and a new object overlaps no other.
        unsafe { ptr::copy_nonoverlapping(object.as_ptr(), moved, old_size.min(size)) };
        // SAFETY: the caller's object, not used any more.
        unsafe { deallocate(object.as_ptr()) };
        return moved;
    }
    if size <= old_size { object.as_ptr() } else { moved }
}
