//! Allocation by layout: the caller knows size and alignment at the end as he did at the beginning, so the class is
//! computed where `deallocate` looks it up. Sizes are at least 1.
//!
//! # Invariants
//!
//! - **Z1** An object that was allocated here with a layout, or resized to it, is of the class that `class_of` gives
//!   for the layout, where that is one; else it is a run or an area that `locate` finds. So `reallocate`, which may
//!   leave an object that shrinks in its class, does not do for objects of this module.

use core::ptr::{self, NonNull};

use super::locate::{Place, locate, usable_size};
use super::reallocate::{Form, resize};
use super::{allocate, allocate_aligned, allocate_zeroed, allocate_zeroed_aligned, deallocate};
use crate::base::class::SLAB_MAX;
use crate::base::{Class, GRANULE, PAGE};
use crate::thread::current;

/// The alignment of every object.
const USUAL_ALIGN: usize = 16;

/// Rounds `size` up to `align`, a power of two; callers pass layouts, whose rounded size is at most `isize::MAX`.
#[inline(always)]
const fn round_up(size: usize, align: usize) -> usize {
    let mask = align.wrapping_sub(1);
    size.wrapping_add(mask) & !mask
}

/// Returns the class of objects of a layout: that of the size rounded up to the alignment. `None` beyond the classes.
///
/// All objects of that class have the alignment. Where the distance of classes is at least the alignment, each of them
/// is a multiple of it; where it is less, a multiple of the alignment is a multiple of the distance, so it is a class.
#[inline]
pub fn class_of(size: usize, align: usize) -> Option<Class> {
    if align <= GRANULE { Class::serving(round_up(size, align)) } else { None }
}

/// Allocates an object of a layout, contents undefined; null when memory is short.
///
/// Cost on a hit: that of `allocate_hot`, and a comparison.
#[inline]
pub fn allocate_sized(size: usize, align: usize) -> *mut u8 {
    if align <= USUAL_ALIGN { allocate(size) } else { allocate_overaligned(size, align) }
}

#[inline(never)]
fn allocate_overaligned(size: usize, align: usize) -> *mut u8 {
    match class_of(size, align) {
        Some(_) => allocate(round_up(size, align)),
        None => allocate_aligned(align, size),
    }
}

/// As `allocate_sized`, for zero bytes.
#[inline]
pub fn allocate_zeroed_sized(size: usize, align: usize) -> *mut u8 {
    if align <= USUAL_ALIGN { allocate_zeroed(size) } else { allocate_zeroed_overaligned(size, align) }
}

#[inline(never)]
fn allocate_zeroed_overaligned(size: usize, align: usize) -> *mut u8 {
    match class_of(size, align) {
        Some(_) => allocate_zeroed(round_up(size, align)),
        None => allocate_zeroed_aligned(align, size),
    }
}

/// Frees an object of a layout.
///
/// Cost on a hit: that of `pop_size` with a store more; the granule map is not read, and the object is not touched.
///
/// # Safety
///
/// - `object` was allocated in this module with this layout, or resized to it, and nobody uses it any more.
#[inline(always)]
pub unsafe fn deallocate_sized(object: NonNull<u8>, size: usize, align: usize) {
    // SAFETY: the size was compared and `current` is this thread's block; the object is of that class (Z1) and given
    // up.
    if align <= USUAL_ALIGN && size <= SLAB_MAX && unsafe { current().push_size(size, object) } {
        return;
    }
    // SAFETY: the caller's promise is the callee's.
    unsafe { deallocate_sized_slow(object, size, align) };
}

/// The magazine is full, the thread has no block, the layout has another alignment or no slab class.
///
/// # Safety
///
/// - As for `deallocate_sized`.
#[cold]
#[inline(never)]
unsafe fn deallocate_sized_slow(object: NonNull<u8>, size: usize, align: usize) {
    if align > USUAL_ALIGN && align <= GRANULE {
        let rounded = round_up(size, align);
        // SAFETY: as in `deallocate_sized`.
        if rounded <= SLAB_MAX && unsafe { current().push_size(rounded, object) } {
            return;
        }
    }
    // SAFETY: the caller's object.
    unsafe { deallocate(object.as_ptr()) };
}

/// Changes the size of an object of a layout to `to`, keeping its bytes up to the lesser size and its alignment; it may
/// move. Null when memory is short; then the object is as it was.
///
/// It stays where it is if its class does; what is beyond slab classes grows and shrinks as `reallocate` has it grow
/// and shrink.
///
/// # Safety
///
/// - As for `deallocate_sized`, but for the end of the use: after a move nobody uses the old address.
pub unsafe fn reallocate_sized(object: NonNull<u8>, size: usize, align: usize, to: usize) -> *mut u8 {
    let (old, new) = (class_of(size, align), class_of(to, align));
    if old.is_some() && old == new {
        return object.as_ptr();
    }
    let beyond_slabs = |class: Option<Class>| class.is_none_or(Class::is_run);
    // A move of `reallocate` keeps the alignment of pages, that of every run and area. It leaves an area an area, and a
    // run of no class one: where the new layout has a class, only an object of a class may go that way.
    if align <= PAGE && beyond_slabs(old) && beyond_slabs(new) && (new.is_none() || old.is_some()) {
        // SAFETY: the caller's object.
        let moved = unsafe { resize(object, to, Form::Classed) };
        let moved = moved.map_or(ptr::null_mut(), |resized| resized.object.as_ptr());
        // Refused memory for a smaller object, `reallocate` lets it stay in its class.
        return if moved == object.as_ptr() && !is_of(object, new) { ptr::null_mut() } else { moved };
    }
    if new.is_none() && old.is_none() {
        let usable = usable_size(object.as_ptr());
        if to <= usable && to > usable / 2 {
            return object.as_ptr();
        }
    }
    let moved = allocate_sized(to, align);
    if !moved.is_null() {
        // SAFETY: both have the lesser of the two sizes, and a new object overlaps no other.
        unsafe { ptr::copy_nonoverlapping(object.as_ptr(), moved, size.min(to)) };
        // SAFETY: the caller's object, moved away from.
        unsafe { deallocate_sized(object, size, align) };
    }
    moved
}

/// Returns whether an object is of a class, or with `None` of no class (Z1).
fn is_of(object: NonNull<u8>, class: Option<Class>) -> bool {
    match locate(object) {
        Ok(Place::Class(found)) => class == Some(found),
        Ok(_) => class.is_none(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::class::RUN_MAX;
    use crate::heap::{allocate_region, free_region};
    use crate::os::fault::{self, Plan};

    #[test]
    fn class_of_a_layout_is_the_least_that_has_its_size_and_alignment() {
        for shift in 0..=14 {
            let align = 1usize << shift;
            for size in (1..=RUN_MAX + (64 << 10)).step_by(if shift == 0 { 61 } else { align.min(1009) }) {
                assert_eq!(class_of(size, align), Class::serving_aligned(size, align), "{size} at {align}");
            }
        }
        assert!(class_of(1, 2 * GRANULE).is_none());
    }

    fn is_aligned_and_of_its_class(object: *mut u8, size: usize, align: usize) -> NonNull<u8> {
        let found = NonNull::new(object).unwrap();
        assert!(object.addr().is_multiple_of(align), "{size} at {align}");
        assert!(is_of(found, class_of(size, align)), "{size} at {align} has another class");
        assert!(usable_size(object) >= size);
        found
    }

    #[test]
    fn objects_of_every_layout_are_of_its_class_before_and_after_they_are_resized() {
        let sizes =
            [1, 17, 100, 130, 4096, 20_000, 32 << 10, 33 << 10, 100_000, 3 << 20, RUN_MAX, RUN_MAX + 1, 7 << 20];
        for shift in 0..=22 {
            let align = 1usize << shift;
            for from in sizes {
                for to in sizes {
                    let object = is_aligned_and_of_its_class(allocate_sized(from, align), from, align);
                    let least = from.min(to);
                    // SAFETY: the first and the last byte of the object that it keeps.
                    unsafe { object.write(1) };
                    // SAFETY: as above.
                    unsafe { object.add(least - 1).write(7) };
                    // SAFETY: the test's object.
                    let moved = unsafe { reallocate_sized(object, from, align, to) };
                    let moved = is_aligned_and_of_its_class(moved, to, align);
                    // SAFETY: a byte of the object, written before the move.
                    assert_eq!(unsafe { moved.add(least - 1).read() }, 7, "{from} to {to} at {align}");
                    // SAFETY: the test's object, used no more.
                    unsafe { deallocate_sized(moved, to, align) };
                }
            }
        }
    }

    #[test]
    fn areas_beyond_every_run_are_aligned_to_more_than_a_page() {
        const BYTES: usize = (1 << 30) + 1;
        for align in [PAGE, 2 * PAGE, GRANULE, 2 * GRANULE] {
            for shift in 1..5 {
                // The kernel maps downwards: an odd number of pages moves what follows off the greater alignments.
                let between = allocate_region(BYTES + shift * PAGE);
                let object = is_aligned_and_of_its_class(allocate_sized(BYTES, align), BYTES, align);
                let zeroed = is_aligned_and_of_its_class(allocate_zeroed_sized(BYTES, align), BYTES, align);
                // SAFETY: the test's object.
                let moved = unsafe { reallocate_sized(object, BYTES, align, BYTES + 1) };
                let moved = is_aligned_and_of_its_class(moved, BYTES + 1, align);
                // SAFETY: the test's objects, used no more.
                unsafe { deallocate_sized(moved, BYTES + 1, align) };
                // SAFETY: as above.
                unsafe { deallocate_sized(zeroed, BYTES, align) };
                // SAFETY: as above.
                unsafe { free_region(between) };
            }
        }
    }

    #[test]
    fn resizing_that_is_refused_leaves_the_object_in_the_class_of_its_old_layout() {
        for (from, to) in [(3 << 20, 40 << 10), (40 << 10, 3 << 20), (6 << 20, 1 << 20), (1 << 20, 100), (100, 6 << 20)]
        {
            for nth in 0..40 {
                let object = is_aligned_and_of_its_class(allocate_sized(from, 16), from, 16);
                fault::arm(Plan::from(nth));
                // SAFETY: the test's object.
                let moved = unsafe { reallocate_sized(object, from, 16, to) };
                let failed = fault::disarm() > 0;
                let (kept, size) = if moved.is_null() { (object.as_ptr(), from) } else { (moved, to) };
                let kept = is_aligned_and_of_its_class(kept, size, 16);
                // SAFETY: the test's object, used no more.
                unsafe { deallocate_sized(kept, size, 16) };
                if !failed {
                    break;
                }
            }
        }
    }
}
