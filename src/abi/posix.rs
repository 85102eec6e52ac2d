//! POSIX and the functions that came from BSD and SVID.

use core::ffi::{c_int, c_void};

use super::{iso, or_refuse, refuse};
use crate::heap;
use crate::os::errno;
use crate::os::limits::page_size;

/// POSIX.1-2017, posix_memalign: EINVAL for an alignment that is no power of two or no multiple of a pointer's size,
/// ENOMEM when memory is short; errno and `*result` are left alone on failure.
///
/// # Safety
///
/// - `result` is valid for writing a pointer.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn posix_memalign(result: *mut *mut c_void, align: usize, size: usize) -> c_int {
    if !align.is_power_of_two() || !align.is_multiple_of(size_of::<*mut c_void>()) {
        return libc::EINVAL;
    }
    let object = heap::allocate_aligned(align, size);
    if object.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller's pointer.
    unsafe { result.write(object.cast()) };
    0
}

/// The memalign of SunOS, as glibc has it: a bad alignment is rounded up to a power of two; above 2^62, NULL and EINVAL.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    match align.checked_next_power_of_two() {
        Some(align) if align <= 1 << 62 => or_refuse(heap::allocate_aligned(align, size)),
        _ => {
            errno::set(libc::EINVAL);
            core::ptr::null_mut()
        }
    }
}

/// The valloc of BSD: aligned to the kernel's page.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn valloc(size: usize) -> *mut c_void {
    or_refuse(heap::allocate_aligned(page_size(), size))
}

/// The pvalloc of glibc: aligned to the kernel's page, the size rounded up to whole pages.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn pvalloc(size: usize) -> *mut c_void {
    match size.max(1).checked_next_multiple_of(page_size()) {
        Some(bytes) => or_refuse(heap::allocate_aligned(page_size(), bytes)),
        None => refuse(),
    }
}

/// POSIX.1-2024, reallocarray: `realloc` of a product; NULL and ENOMEM if it overflows.
///
/// # Safety
///
/// - As `realloc`.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn reallocarray(object: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: the caller's promise is the callee's.
        Some(bytes) => unsafe { iso::realloc(object, bytes) },
        None => refuse(),
    }
}
