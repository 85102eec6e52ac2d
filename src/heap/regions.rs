//! Regions: memory areas of their own for the asking, contiguous in addresses alone (the `vmalloc` of Linux). They grow
//! by moving page tables. `free` and `reallocate` take them too: an area is an area, whoever asked for it.

use core::ptr::{self, NonNull};

use super::allocate::{clear, or_reap_memory};
use super::{direct, load};
use crate::arena::areas;
use crate::report::Misuse;
use crate::slab::tell;

/// Maps a region of at least `size` zero bytes, whole pages; size 0 gives a page. Null when the kernel refuses or
/// `size` is above `isize::MAX`. Cost: system calls.
pub fn allocate_region(size: usize) -> *mut u8 {
    // The fork hooks must be in place before the table of areas is used; an arena is not needed.
    load::load();
    or_reap_memory(|| direct::map_area(size, 1)).map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Changes the size of a region, keeping its bytes up to the lesser size; new ones are zero. It may move, and then page
/// tables move (mremap). Null where the kernel refuses; then the region is as it was. Stops the process for a pointer
/// that is no region.
///
/// # Safety
///
/// - `region` is the caller's; after a move nobody uses the old address.
pub unsafe fn resize_region(region: NonNull<u8>, size: usize) -> *mut u8 {
    let Some(before) = areas::length_of(region) else { stop(region) };
    let Some(moved) = or_reap_memory(|| direct::resize_area(region, size, 1)) else { return ptr::null_mut() };
    let after = areas::length_of(moved).unwrap_or(0);
    if size < before.min(after) {
        // What the last page holds behind the size would be met again by growing.
        // SAFETY: inside the region, `after` bytes long, of which the program gave up all behind `size`.
        unsafe { clear(moved.add(size), after - size) };
    }
    moved.as_ptr()
}

/// Frees a region; null does nothing. Stops the process for a pointer that is no region.
///
/// # Safety
///
/// - `region` is the caller's, and nobody uses it any more.
pub unsafe fn free_region(region: *mut u8) {
    if let Some(region) = NonNull::new(region)
        && !areas::free(region)
    {
        stop(region);
    }
}

/// Stops the process for a pointer at which no region starts.
#[cold]
fn stop(pointer: NonNull<u8>) -> ! {
    let misuse = match areas::misuse_of(pointer) {
        Misuse::ForeignPointer => Misuse::NotRegion,
        inside_or_freed => inside_or_freed,
    };
    tell::stop(misuse, pointer, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::limits::page_size;

    #[test]
    fn regions_grow_zero_and_shrink_keeping_their_bytes() {
        let page = page_size();
        let mut region = NonNull::new(allocate_region(100)).unwrap();
        let mut held = 0;
        // Growth and shrinking across and within pages: what is gained is zero, what is kept is as written.
        for size in [100, 3 * page, 3 * page + 1, 40, 41, page, 50 * page, 2 * page + 7, 3 * page, 1] {
            // SAFETY: the test's region, replaced where it moves.
            region = NonNull::new(unsafe { resize_region(region, size) }).unwrap();
            // SAFETY: a region of at least `size` bytes, all of them initialised by the kernel or by this test.
            let bytes = unsafe { core::slice::from_raw_parts_mut(region.as_ptr(), size) };
            assert!(bytes.iter().take(held).all(|&byte| byte == 5));
            assert!(bytes.iter().skip(held).all(|&byte| byte == 0));
            bytes.fill(5);
            held = size;
        }
        // SAFETY: the test's region, used no more.
        unsafe { free_region(region.as_ptr()) };
    }

    #[test]
    fn impossible_regions_are_refused_and_leave_the_old_one() {
        assert!(allocate_region(usize::MAX).is_null());
        assert!(allocate_region(isize::MAX as usize).is_null());
        let region = NonNull::new(allocate_region(0)).unwrap();
        for size in [usize::MAX, isize::MAX as usize + 1, 1 << 47] {
            // SAFETY: the test's region, which a refusal leaves as it was.
            assert!(unsafe { resize_region(region, size) }.is_null());
        }
        assert_eq!(areas::length_of(region), Some(page_size()));
        // SAFETY: the test's region, used no more.
        unsafe { free_region(region.as_ptr()) };
    }
}
