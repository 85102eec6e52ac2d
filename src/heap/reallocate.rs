//! Reallocation: in place where the class or the neighbour allows, by page tables for areas, by copy otherwise.

use core::ptr::{self, NonNull};

use super::allocate::{clear, obtain, obtain_beyond, obtain_with_room};
use super::locate::{Place, locate};
use super::{allocate_hot, deallocate, direct};
use crate::arena::{Arena, State, areas, registry};
use crate::base::class::{RUN_MAX, SLAB_MAX};
use crate::base::{Class, GranuleCount, GranuleIndex, PAGE};
use crate::buddy::{limit, system};
use crate::guard;
use crate::slab::cache_of;
use crate::thread::growth::Grown;
use crate::thread::magazines::Obtained;
use crate::thread::{current, own};

/// What became of an object.
pub(super) struct Resized {
    /// Where it is.
    pub object: NonNull<u8>,
    /// Its usable size before.
    pub before: usize,
    /// Whether all of it behind the lesser of `before` and the size asked for is known to be zero.
    pub zero: bool,
}

/// What an object may become.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A run of no class too, with room to grow, where it grew several times in a row.
    Any,
    /// An object of the class that serves its size, unless it may stay where it is.
    Classed,
}

/// Growths in a row after which an object gets room to grow. Fewer would give room to what is read line by line and
/// then kept; a string that doubles is known after 512 bytes.
const IN_A_ROW: u32 = 3;
/// The least size at which an object is remembered to have grown.
const REMEMBERED_FROM: usize = 512;
/// The least size of an object with room: below a page the room would be memory.
const ROOM_FROM: usize = PAGE;
/// The least object whose pages move instead of its bytes. They leave the arena, and the next object there has to fault
/// its own in: two buffers that grow in turn to 64 MiB took five times as long with 1 MiB here as with 16 MiB, and five
/// buffers a third longer with 16 MiB than with 64 MiB. Below, growth rarely moves (`direct::allocate_to_grow`).
const PAGES_FROM: usize = 64 << 20;
const _: () = assert!(PAGES_FROM > RUN_MAX, "`move_pages` knows runs of no class alone");

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
    if let Some(class) = current().class_index(object.addr().get()).and_then(Class::from_index).filter(|c| !c.is_run())
    {
        let before = class.size();
        if size <= before && size > before / 2 {
            return object.as_ptr();
        }
        // From class to class while it is small: no second look at what it is.
        if size > before
            && size <= REMEMBERED_FROM
            && let Some(moved) = allocate_hot(size_to_step(before, size))
        {
            // SAFETY: both have that many bytes, and a new object overlaps no other.
            unsafe { ptr::copy_nonoverlapping(object.as_ptr(), moved.as_ptr(), before) };
            // SAFETY: the caller's object, not used any more.
            unsafe { deallocate(object.as_ptr()) };
            return moved.as_ptr();
        }
    }
    // SAFETY: the caller's promise is the callee's.
    unsafe { resize(object, size, Form::Any) }.map_or(ptr::null_mut(), |resized| resized.object.as_ptr())
}

/// As `reallocate`, in a form, and tells what is known of the bytes that the object gained.
///
/// # Safety
///
/// - As for `reallocate`.
pub(super) unsafe fn resize(object: NonNull<u8>, size: usize, form: Form) -> Option<Resized> {
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
    // SAFETY: the caller's object, which is in its place.
    if let Some(resized) = unsafe { resize_here(object, place, size, form) } {
        return Some(resized);
    }
    let before = place.size();
    if size <= before {
        // SAFETY: the caller's object of `before` usable bytes.
        return unsafe { move_to(object, before, size, || obtain_any(size, size)) };
    }
    // SAFETY: as above.
    let grown = unsafe { grow(object, place, size, form) };
    if grown.is_some() || limit::limit().is_none() {
        return grown;
    }
    // The limit had no room for a second object beside this one, but everything that can be went back meanwhile.
    // SAFETY: the caller's object, which is as it was.
    unsafe { resize_here(object, place, size, form) }.or_else(|| {
        // SAFETY: as above.
        let moved = unsafe { move_pages(object, place, size) }?;
        Some(Resized { object: moved, before, zero: true })
    })
}

/// Resizes an object without another beside it: where it is, or an area by page tables. On `None` nothing has changed.
///
/// # Safety
///
/// - As for `reallocate`; `place` is the object's.
unsafe fn resize_here(object: NonNull<u8>, place: Place, size: usize, form: Form) -> Option<Resized> {
    let before = place.size();
    match place {
        Place::Class(class) if !class.is_run() => {
            let fits = size <= before;
            if fits && (size > before / 2 || Class::serving(size) == Some(class)) {
                return Some(Resized { object, before, zero: false });
            }
        }
        Place::Class(class) => {
            if let Some(zero) = resize_run_object(object, class, size) {
                return Some(Resized { object, before, zero });
            }
        }
        Place::Run { arena, start, count } => {
            if let Some(zero) = resize_run(object, (arena, start, count), size, form) {
                return Some(Resized { object, before, zero });
            }
        }
        Place::Area { length } => {
            let stays = size > length / 2 || size > RUN_MAX;
            // What grows an area is new to the kernel; what it keeps is not known.
            let kept = direct::good_size(size);
            if let Some(moved) = if stays { direct::resize_area(object, kept, 1) } else { None } {
                if size < length {
                    // Where the area is a region, `quarry_vrealloc` gains what lies here, as zero bytes.
                    // SAFETY: between the new size and the new length, both inside the area, which is the caller's.
                    unsafe { clear(moved.add(size), kept - size) };
                }
                return Some(Resized { object: moved, before: length, zero: size >= length });
            }
        }
    }
    None
}

/// Moves an object that cannot grow where it is.
///
/// # Safety
///
/// - As for `reallocate`; `place` is the object's.
unsafe fn grow(object: NonNull<u8>, place: Place, size: usize, form: Form) -> Option<Resized> {
    let before = place.size();
    // SAFETY: the caller's object, which is in its place.
    if let Some(moved) = unsafe { move_pages(object, place, size) } {
        return Some(Resized { object: moved, before, zero: true });
    }
    let grown = match own() {
        Some(block) if size > REMEMBERED_FROM => block.growths.count(object, size),
        _ => None,
    };
    let moved = match grown {
        Some(grown) if form == Form::Any && grown.times() >= IN_A_ROW && (ROOM_FROM..=RUN_MAX).contains(&size) => {
            // SAFETY: the caller's object of `before` usable bytes.
            unsafe {
                move_to(object, before, size, || obtain_beyond(|| direct::allocate_with_room(size, grown.times())))
            }
        }
        _ if size > RUN_MAX => {
            // SAFETY: as above.
            unsafe { move_to(object, before, size, || obtain_beyond(|| direct::allocate_to_grow(size))) }
        }
        _ => {
            let step = if form == Form::Any { size_to_step(before, size) } else { size };
            // SAFETY: as above.
            unsafe { move_to(object, before, size, || obtain_any(step, size)) }
        }
    };
    moved.inspect(|resized| grown.into_iter().for_each(|grown| grown.moved(resized.object)))
}

/// Returns the size to serve where an object of `before` bytes grows to `size`: the next power of two at least. What
/// grows by a little will grow by a little again; class by class it would move eight times per doubling, and leave
/// partial slabs in every class behind.
fn size_to_step(before: usize, size: usize) -> usize {
    size.max((before + 1).next_power_of_two().min(RUN_MAX))
}

/// Makes an area of its own of an object of the arena that is large enough, moving its pages instead of its bytes; on
/// `None` it is as it was.
///
/// # Safety
///
/// - As for `grow`.
unsafe fn move_pages(object: NonNull<u8>, place: Place, size: usize) -> Option<NonNull<u8>> {
    // What is large enough has no class.
    let Place::Run { arena: (arena, number), start, count } = place else { return None };
    if count.bytes() < PAGES_FROM || !limit::allows(size - count.bytes()) {
        return None;
    }
    // SAFETY: the run is committed memory of the caller's object.
    let moved = unsafe { areas::adopt(object, count.bytes(), direct::good_size(size)) }?;
    let given = system::give_object_as(number, arena, start, true);
    debug_assert!(given, "the run was the object's");
    Some(moved)
}

/// Resizes a run of no class in place. Returns whether what it gained is known to be zero; on `None` nothing has
/// changed.
fn resize_run(
    object: NonNull<u8>,
    ((arena, number), start, count): ((Arena, usize), GranuleIndex, GranuleCount),
    size: usize,
    form: Form,
) -> Option<bool> {
    let to = GranuleCount::holding(size.max(1))?;
    let resize_to = |to| system::resize_object(number, arena, start, (count, true), (to, true));
    if form == Form::Classed {
        // A run that shrinks to a class moves there; one that stays beyond them gives its tail back.
        return if size > RUN_MAX || to == count { resize_to(to) } else { None };
    }
    let growths = own().map(|block| &block.growths);
    if size > count.bytes() {
        let times = growths.and_then(|growths| growths.count(object, size)).map_or(0, Grown::times);
        let room = GranuleCount::holding(direct::size_with_room(size, times)).filter(|&room| room > to);
        return room.and_then(resize_to).or_else(|| resize_to(to));
    }
    // It grows into the room that it was given, or it shrinks: then the tail goes back, or it moves to a slab.
    let grows = growths.and_then(|growths| growths.of(object)).is_some_and(|grown| grown.resized(size));
    if grows && size < RUN_MAX || to == count {
        return Some(false);
    }
    if size > SLAB_MAX { resize_to(to) } else { None }
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
    let (arena, number, start) = locate_run(object)?;
    let zero = system::resize_object(number, arena, start, (class.shape().count(), false), (count, to.is_none()))?;
    leave_class(arena, start, class);
    if let Some(to) = to {
        arena.publish(start, GranuleCount(1), to);
        cache_of(to).lock().recount_run(1);
    }
    debug_assert!(matches!(arena.record(start).state(), State::Run { .. }));
    Some(zero)
}

/// Takes a run that is an object of `class` out of the class.
fn leave_class(arena: Arena, start: GranuleIndex, class: Class) {
    cache_of(class).lock().recount_run(-1);
    arena.unpublish(start, GranuleCount(1));
}

/// Returns the arena of a run, its number, and the run's first granule.
fn locate_run(object: NonNull<u8>) -> Option<(Arena, usize, GranuleIndex)> {
    let (arena, start) = registry::locate(object.addr().get())?;
    let number = registry::all().take_while(|other| other.base() != arena.base()).count();
    Some((arena, number, start))
}

/// Obtains `size` bytes, of which `asked` were asked for, as `allocate` does.
fn obtain_any(size: usize, asked: usize) -> Option<Obtained> {
    match allocate_hot(size) {
        Some(object) => Some(Obtained { object, zero: false }),
        None => obtain_with_room(size, asked),
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
