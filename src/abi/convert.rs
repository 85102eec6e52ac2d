//! The conversions, each once, inlined into every name that stands for it.
//!
//! No exported function calls another: in a shared library such a call goes through the dynamic symbol and may reach
//! another allocator's function of that name.

use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};

use crate::heap;
use crate::os::errno;
use crate::os::limits::page_size;

/// Refuses: NULL and errno = ENOMEM.
#[cold]
#[inline(never)]
extern "C" fn refuse() -> *mut c_void {
    errno::set(libc::ENOMEM);
    ptr::null_mut()
}

/// Refuses a bad argument: NULL and errno = EINVAL.
#[cold]
#[inline(never)]
pub extern "C" fn refuse_argument() -> *mut c_void {
    errno::set(libc::EINVAL);
    ptr::null_mut()
}

/// Passes an object on, or refuses where there is none.
#[inline(always)]
pub fn or_refuse(object: *mut u8) -> *mut c_void {
    if object.is_null() { refuse() } else { object.cast() }
}

/// malloc.
#[inline(always)]
pub fn allocate(size: usize) -> *mut c_void {
    match heap::allocate_hot(size) {
        Some(object) => object.as_ptr().cast(),
        None => allocate_slow(size),
    }
}

/// The miss of `allocate`; also decides errno.
#[cold]
#[inline(never)]
extern "C" fn allocate_slow(size: usize) -> *mut c_void {
    or_refuse(heap::allocate_slow(size))
}

/// calloc.
#[inline(always)]
pub fn allocate_zeroed(count: usize, size: usize) -> *mut c_void {
    let Some(bytes) = count.checked_mul(size) else { return refuse() };
    match heap::allocate_hot(bytes) {
        // SAFETY: the object has at least `bytes` bytes.
        Some(object) => unsafe { heap::clear(object, bytes) }.cast(),
        None => allocate_zeroed_slow(bytes),
    }
}

/// The miss of `allocate_zeroed`; also decides errno.
#[cold]
#[inline(never)]
extern "C" fn allocate_zeroed_slow(bytes: usize) -> *mut c_void {
    or_refuse(heap::allocate_zeroed_slow(bytes))
}

/// realloc, as glibc fills the standard's gaps: null allocates; size 0 frees and returns NULL.
///
/// # Safety
///
/// - `object` is null or came from this heap; unless NULL is returned for a size above 0, it is not used any more.
#[inline(always)]
pub unsafe fn reallocate(object: *mut c_void, size: usize) -> *mut c_void {
    let Some(old) = NonNull::new(object.cast::<u8>()) else { return allocate(size) };
    if size == 0 {
        // SAFETY: the caller's promise is the callee's.
        unsafe { heap::deallocate(old.as_ptr()) };
        return ptr::null_mut();
    }
    // SAFETY: as above.
    or_refuse(unsafe { heap::reallocate(old, size) })
}

/// reallocarray: NULL and ENOMEM if the product overflows.
///
/// # Safety
///
/// - As `reallocate`.
#[inline(always)]
pub unsafe fn reallocate_array(object: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: the caller's promise is the callee's.
        Some(bytes) => unsafe { reallocate(object, bytes) },
        None => refuse(),
    }
}

/// free.
///
/// # Safety
///
/// - `object` is null or came from this heap, and is not used any more.
#[inline(always)]
pub unsafe fn free(object: *mut c_void) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { heap::deallocate(object.cast()) }
}

/// free, told the size: it is checked as far as the object tells.
///
/// # Safety
///
/// - As `free`.
#[inline(always)]
pub unsafe fn free_told(object: *mut c_void, size: usize) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { heap::deallocate_told(object.cast(), size) }
}

/// memalign and aligned_alloc, as glibc has them: a bad alignment is rounded up to a power of two; above 2^62, NULL and
/// EINVAL.
#[inline(always)]
pub fn allocate_aligned(align: usize, size: usize) -> *mut c_void {
    match align.checked_next_power_of_two() {
        Some(align) if align <= 1 << 62 => or_refuse(heap::allocate_aligned(align, size)),
        _ => refuse_argument(),
    }
}

/// valloc.
#[inline(always)]
pub fn allocate_page_aligned(size: usize) -> *mut c_void {
    or_refuse(heap::allocate_aligned(page_size(), size))
}

/// pvalloc: the size rounded up to whole pages.
#[inline(always)]
pub fn allocate_pages(size: usize) -> *mut c_void {
    match size.max(1).checked_next_multiple_of(page_size()) {
        Some(bytes) => allocate_page_aligned(bytes),
        None => refuse(),
    }
}

/// posix_memalign: returns the error; errno and `*result` are left alone on failure.
///
/// # Safety
///
/// - `result` is valid for writing a pointer.
#[inline(always)]
pub unsafe fn allocate_aligned_into(result: *mut *mut c_void, align: usize, size: usize) -> c_int {
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
