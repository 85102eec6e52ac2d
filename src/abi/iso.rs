//! ISO C: C11 §7.22.3 and the sized frees of C23 §7.24.3.

use core::ffi::c_void;

use super::convert;

/// C11 7.22.3.4. Size 0 gives a unique pointer; above PTRDIFF_MAX, NULL and ENOMEM.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    convert::allocate(size)
}

/// C11 7.22.3.3. Null does nothing; errno is preserved.
///
/// # Safety
///
/// - `object` is null or came from this heap, and is not used any more.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn free(object: *mut c_void) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { convert::free(object) }
}

/// C11 7.22.3.2. A product that overflows gives NULL and ENOMEM.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    convert::allocate_zeroed(count, size)
}

/// C11 7.22.3.5, as glibc fills its gaps: null allocates; size 0 frees and returns NULL.
///
/// # Safety
///
/// - As `free`, unless NULL is returned for a size above 0: then the object is as it was.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn realloc(object: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's promise is the callee's.
    unsafe { convert::reallocate(object, size) }
}

/// C11 7.22.3.1, with glibc's leniency: any size, and a bad alignment is rounded up to a power of two.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    convert::allocate_aligned(align, size)
}

/// C23 7.24.3.4: `free`, told the size. The granule map knows it already; more than it says is misuse.
///
/// # Safety
///
/// - As `free`.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn free_sized(object: *mut c_void, size: usize) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { convert::free_told(object, size) }
}

/// C23 7.24.3.5: `free`, told the alignment and the size.
///
/// # Safety
///
/// - As `free`.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn free_aligned_sized(object: *mut c_void, _align: usize, size: usize) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { convert::free_told(object, size) }
}
