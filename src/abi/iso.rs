//! ISO C: C11 §7.22.3 and the sized frees of C23 §7.24.3.

use core::ffi::c_void;
use core::ptr::NonNull;

use super::{or_refuse, posix};
use crate::heap;

/// C11 7.22.3.4. Size 0 gives a unique pointer; above PTRDIFF_MAX, NULL and ENOMEM.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    match heap::allocate_hot(size) {
        Some(object) => object.as_ptr().cast(),
        None => malloc_slow(size),
    }
}

/// The miss of `malloc`; also decides errno.
#[cold]
#[inline(never)]
extern "C" fn malloc_slow(size: usize) -> *mut c_void {
    or_refuse(heap::allocate_slow(size))
}

/// C11 7.22.3.3. Null does nothing; errno is preserved.
///
/// # Safety
///
/// - `object` is null or came from this heap, and is not used any more.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn free(object: *mut c_void) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { heap::deallocate(object.cast()) }
}

/// C11 7.22.3.2. A product that overflows gives NULL and ENOMEM.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(bytes) = count.checked_mul(size) else { return super::refuse() };
    match heap::allocate_hot(bytes) {
        // SAFETY: the object has at least `bytes` bytes.
        Some(object) => unsafe { heap::clear(object, bytes) }.cast(),
        None => calloc_slow(bytes),
    }
}

/// The miss of `calloc`; also decides errno.
#[cold]
#[inline(never)]
extern "C" fn calloc_slow(bytes: usize) -> *mut c_void {
    or_refuse(heap::allocate_zeroed_slow(bytes))
}

/// C11 7.22.3.5, as glibc fills its gaps: null allocates; size 0 frees and returns NULL.
///
/// # Safety
///
/// - As `free`, unless NULL is returned for a size above 0: then the object is as it was.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn realloc(object: *mut c_void, size: usize) -> *mut c_void {
    let Some(old) = NonNull::new(object.cast::<u8>()) else { return malloc(size) };
    if size == 0 {
        // SAFETY: the caller's promise is the callee's.
        unsafe { heap::deallocate(old.as_ptr()) };
        return core::ptr::null_mut();
    }
    // SAFETY: as above.
    or_refuse(unsafe { heap::reallocate(old, size) })
}

/// C11 7.22.3.1, with glibc's leniency: any size, and a bad alignment is rounded up to a power of two.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    posix::memalign(align, size)
}

/// C23 7.24.3.4: `free`, told the size. The granule map knows it already, so the size is not needed.
///
/// # Safety
///
/// - As `free`.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn free_sized(object: *mut c_void, _size: usize) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { heap::deallocate(object.cast()) }
}

/// C23 7.24.3.5: `free`, told the alignment and the size.
///
/// # Safety
///
/// - As `free`.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn free_aligned_sized(object: *mut c_void, _align: usize, _size: usize) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { heap::deallocate(object.cast()) }
}
