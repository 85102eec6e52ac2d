//! Reallocation: in place where the class or the neighbour allows, by page tables for areas, by copy otherwise.

use core::ptr::{self, NonNull};

use super::allocate::{clear, obtain, obtain_beyond};
use super::locate::{Place, locate};
use super::{allocate_hot, deallocate, direct};
use crate::arena::{State, areas, registry};
use crate::base::class::{RUN_MAX, SLAB_MAX};
use crate::base::{Class, GranuleCount};
use crate::buddy::system;
use crate::guard;
use crate::slab::cache_of;
use crate::thread::current;
use crate::thread::magazines::Obtained;

/// What became of an object.
pub(super) struct Resized {
    /// Where it is.
    pub object: NonNull<u8>,
    /// Its usable size before.
    pub before: usize,
    /// Whether all of it behind the lesser of `before` and the size asked for is known to be zero.
    pub zero: bool,
}

/// Changes the size of an object, keeping its bytes up to the lesser size; it may move. Null when memory is short; then
/// the object is as it was. Stops the process for a pointer that is not an object of ours.
///
/// The same class returns the same pointer at the cost of `malloc_usable_size`; a smaller slab class moves the object
/// only if half of it would be wasted.
///
/// # Safety
///
/// - `object` came from this heap and is the caller's; after a move nobody uses the old address.
#[inline]
pub unsafe fn reallocate(object: NonNull<u8>, size: usize) -> *mut u8 {
    // SAFETY: the caller's promise is the callee's.
    unsafe { resize(object, size) }.map_or(ptr::null_mut(), |resized| resized.object.as_ptr())
}

/// As `reallocate`, and tells what is known of the bytes that the object gained.
///
/// # Safety
///
/// - As for `reallocate`.
pub(super) unsafe fn resize(object: NonNull<u8>, size: usize) -> Option<Resized> {
    let known = current().class_index(object.addr().get()).and_then(Class::from_index);
    if known.is_none()
        && let Some(before) = guard::size_of(object)
    {
        // What its neighbours are is not for it to take, and a pointer from before is to be found out.
        // SAFETY: the caller's object of `before` usable bytes.
        return unsafe { move_to(object, before, size, || obtain(size)) };
    }
    let place = match known {
        Some(class) if !class.is_run() => Ok(Place::Class(class)),
        _ => locate(object),
    };
    let place = match place {
        Ok(place) => place,
        Err(wrong) => {
            wrong.stop_unless_ignored(object);
            return None;
        }
    };
    let before = match place {
        Place::Class(class) if !class.is_run() => {
            let fits = size <= class.size();
            if fits && (size > class.size() / 2 || Class::serving(size) == Some(class)) {
                return Some(Resized { object, before: class.size(), zero: false });
            }
            class.size()
        }
        Place::Class(class) => {
            if let Some(zero) = resize_run_object(object, class, size) {
                return Some(Resized { object, before: class.size(), zero });
            }
            class.size()
        }
        Place::Run { arena: (arena, number), start, count } => {
            // A run that shrinks to a class moves there; one that stays beyond them gives its tail back.
            if let Some(to) = GranuleCount::holding(size).filter(|&to| size > RUN_MAX || to == count)
                && let Some(zero) = system::resize_object(number, arena, start, (count, true), (to, true))
            {
                return Some(Resized { object, before: count.bytes(), zero });
            }
            count.bytes()
        }
        Place::Area { length } => {
            let stays = size > length / 2 || size > RUN_MAX;
            // What grows an area is new to the kernel; what it keeps is not known.
            let kept = direct::good_size(size);
            if let Some(moved) = if stays { areas::resize(object, kept, 1) } else { None } {
                if size < length {
                    // Where the area is a region, `quarry_vrealloc` gains what lies here, as zero bytes.
                    // SAFETY: between the new size and the new length, both inside the area, which is the caller's.
                    unsafe { clear(moved.add(size), kept - size) };
                }
                return Some(Resized { object: moved, before: length, zero: size >= length });
            }
            length
        }
    };
    // SAFETY: the caller's object of `before` usable bytes.
    unsafe { move_to(object, before, size, || if size > before { obtain_to_grow(size) } else { obtain_any(size) }) }
}

/// Changes the class of a run object in place: shrinking gives the tail back, growing takes free runs behind it.
/// Returns whether what it gained is known to be zero; on `None` nothing has changed.
fn resize_run_object(object: NonNull<u8>, class: Class, size: usize) -> Option<bool> {
    if size <= SLAB_MAX {
        return None;
    }
    let to = match Class::serving(size) {
        Some(to) if to == class => return Some(false),
        Some(to) => Some(to),
        None => None,
    };
    let count = to.map(|to| to.shape().count()).or_else(|| GranuleCount::holding(size))?;
    let (arena, start) = registry::locate(object.addr().get())?;
    let number = registry::all().take_while(|other| other.base() != arena.base()).count();
    let zero = system::resize_object(number, arena, start, (class.shape().count(), false), (count, to.is_none()))?;
    cache_of(class).lock().recount_run(-1);
    match to {
        Some(to) => {
            arena.publish(start, GranuleCount(1), to);
            cache_of(to).lock().recount_run(1);
        }
        None => arena.unpublish(start, GranuleCount(1)),
    }
    debug_assert!(matches!(arena.record(start).state(), State::Run { .. }));
    Some(zero)
}

/// As `obtain_any`, for an object that grows.
fn obtain_to_grow(size: usize) -> Option<Obtained> {
    if size <= RUN_MAX { obtain_any(size) } else { obtain_beyond(|| direct::allocate_to_grow(size)) }
}

/// Obtains `size` bytes as `allocate` does.
fn obtain_any(size: usize) -> Option<Obtained> {
    match allocate_hot(size) {
        Some(object) => Some(Obtained { object, zero: false }),
        None => obtain(size),
    }
}

/// Allocates anew, copies, and frees the old object. `None` leaves it as it was; an object that was only to become
/// smaller stays where it is instead.
///
/// # Safety
///
/// - As for `reallocate`; `before` is the object's usable size, and `anew` returns an object of at least `size` bytes.
pub(super) unsafe fn move_to(
    object: NonNull<u8>,
    before: usize,
    size: usize,
    anew: impl FnOnce() -> Option<Obtained>,
) -> Option<Resized> {
    let Some(Obtained { object: moved, zero }) = anew() else {
        return (size <= before).then_some(Resized { object, before, zero: false });
    };
    // SAFETY: both have the lesser of the two sizes, and a new object overlaps no other.
    unsafe { ptr::copy_nonoverlapping(object.as_ptr(), moved.as_ptr(), before.min(size)) };
    // SAFETY: the caller's object, not used any more.
    unsafe { deallocate(object.as_ptr()) };
    Some(Resized { object: moved, before, zero })
}
