//! POSIX and the functions that came from BSD and SVID.

use core::ffi::{c_int, c_void};

use super::convert;

/// POSIX.1-2017, posix_memalign: EINVAL for an alignment that is no power of two or no multiple of a pointer's size,
/// ENOMEM when memory is short; errno and `*result` are left alone on failure.
///
/// # Safety
///
/// - `result` is valid for writing a pointer.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn posix_memalign(result: *mut *mut c_void, align: usize, size: usize) -> c_int {
    // SAFETY: the caller's promise is the callee's.
    unsafe { convert::allocate_aligned_into(result, align, size) }
}

/// The memalign of SunOS, as glibc has it: a bad alignment is rounded up to a power of two; above 2^62, NULL and
/// EINVAL.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    convert::allocate_aligned(align, size)
}

/// The valloc of BSD: aligned to the kernel's page.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn valloc(size: usize) -> *mut c_void {
    convert::allocate_page_aligned(size)
}

/// The pvalloc of glibc: aligned to the kernel's page, the size rounded up to whole pages.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn pvalloc(size: usize) -> *mut c_void {
    convert::allocate_pages(size)
}

/// POSIX.1-2024, reallocarray: `realloc` of a product; NULL and ENOMEM if it overflows.
///
/// # Safety
///
/// - As `realloc`.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn reallocarray(object: *mut c_void, count: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller's promise is the callee's.
    unsafe { convert::reallocate_array(object, count, size) }
}
