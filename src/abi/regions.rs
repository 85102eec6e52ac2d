//! Regions: memory areas of their own. Documented in `include/quarry.h`; the names are those of Linux's `vmalloc`.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

use super::convert::or_refuse;
use crate::heap;

/// Maps a region of at least `size` zero bytes.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_vmalloc(size: usize) -> *mut c_void {
    or_refuse(heap::allocate_region(size))
}

/// The same: a region's bytes are zero at first.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_vzalloc(size: usize) -> *mut c_void {
    or_refuse(heap::allocate_region(size))
}

/// Changes the size of a region without copying it; null allocates, size 0 frees.
///
/// # Safety
///
/// - As `realloc`, for a region.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_vrealloc(region: *mut c_void, size: usize) -> *mut c_void {
    let Some(old) = NonNull::new(region.cast::<u8>()) else { return or_refuse(heap::allocate_region(size)) };
    if size == 0 {
        // SAFETY: the caller's promise is the callee's.
        unsafe { heap::free_region(old.as_ptr()) };
        return ptr::null_mut();
    }
    // SAFETY: as above.
    or_refuse(unsafe { heap::resize_region(old, size) })
}

/// Frees a region; stops the process for a pointer that is none.
///
/// # Safety
///
/// - As `free`, for a region.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_vfree(region: *mut c_void) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { heap::free_region(region.cast()) }
}
