//! Allocation with an alignment.

use core::ptr;

use super::allocate::{clear, obtain_checked, obtain_class, obtain_direct};
use super::{allocate, allocate_zeroed, load};
use crate::base::{Class, GRANULE};
use crate::slab::marks;
use crate::thread::magazines::Obtained;

/// Allocates `size` bytes aligned to `align`, a power of two. Null when memory is short or a size above `isize::MAX`
/// would be needed.
///
/// Up to a granule the alignment is a matter of choosing the class: slabs start on granules, so all objects of a class
/// whose size is a multiple of the alignment are aligned. Beyond it, of the buddy, whose runs are aligned to their
/// power of two; beyond 4 MiB, of a memory area of its own.
pub fn allocate_aligned(align: usize, size: usize) -> *mut u8 {
    if align <= 16 {
        return allocate(size);
    }
    obtain(align, size).map_or(ptr::null_mut(), |obtained| obtained.object.as_ptr())
}

/// As `allocate_aligned`, for zero bytes.
pub fn allocate_zeroed_aligned(align: usize, size: usize) -> *mut u8 {
    if align <= 16 {
        return allocate_zeroed(size);
    }
    match obtain(align, size) {
        Some(Obtained { object, zero: true }) => object.as_ptr(),
        // SAFETY: the object has at least `size` bytes.
        Some(Obtained { object, zero: false }) => unsafe { clear(object, size) },
        None => ptr::null_mut(),
    }
}

fn obtain(align: usize, size: usize) -> Option<Obtained> {
    load::ready()?;
    if marks::is_checked() {
        return obtain_checked(size, align);
    }
    if align <= GRANULE
        && let Some(class) = Class::serving_aligned(size, align)
    {
        return obtain_class(class);
    }
    obtain_direct(size, align)
}
