//! The library's calls, each with what it promises of errno.

use std::ffi::c_void;

use quarry::abi::{bytes, gnu, iso, pages, posix, quarry as names, regions};

/// What errno is before each call: no error's number.
const UNTOUCHED: i32 = 4242;

fn errno() -> *mut i32 {
    // SAFETY: returns the calling thread's errno.
    unsafe { libc::__errno_location() }
}

/// Runs a call that must leave errno alone.
pub fn quiet<T>(call: impl FnOnce() -> T) -> T {
    // SAFETY: the calling thread's errno.
    unsafe { errno().write(UNTOUCHED) };
    let result = call();
    // SAFETY: as above.
    assert_eq!(unsafe { errno().read() }, UNTOUCHED, "errno was changed");
    result
}

/// Runs a call that returns an object, or NULL with errno set to `error`.
pub fn refusing(error: i32, call: impl FnOnce() -> *mut c_void) -> Option<*mut u8> {
    // SAFETY: the calling thread's errno.
    unsafe { errno().write(UNTOUCHED) };
    let object = call();
    // SAFETY: as above.
    let after = unsafe { errno().read() };
    assert_eq!(after, if object.is_null() { error } else { UNTOUCHED }, "errno of {object:p}");
    (!object.is_null()).then_some(object.cast())
}

/// Runs a call that is served, or refused for want of memory.
pub fn served(call: impl FnOnce() -> *mut c_void) -> Option<*mut u8> {
    refusing(libc::ENOMEM, call)
}

/// Allocates `size` bytes by one of the functions that take nothing else.
pub fn malloc(which: usize, size: usize) -> Option<*mut u8> {
    served(|| match which % 5 {
        0 | 1 => iso::malloc(size),
        2 => names::quarry_malloc(size),
        // SAFETY: NULL allocates.
        3 => unsafe { iso::realloc(std::ptr::null_mut(), size) },
        _ => bytes::quarry_kmalloc(size, 0),
    })
}

/// Allocates zero bytes.
pub fn calloc(which: usize, count: usize, size: usize) -> Option<*mut u8> {
    served(|| if which.is_multiple_of(2) { iso::calloc(count, size) } else { names::quarry_calloc(count, size) })
}

/// Allocates at an alignment, by one of the functions that take one.
pub fn aligned(which: usize, align: usize, size: usize) -> Option<*mut u8> {
    match which % 4 {
        0 => served(|| iso::aligned_alloc(align, size)),
        1 => served(|| posix::memalign(align, size)),
        2 => served(|| names::quarry_aligned_alloc(align, size)),
        _ => {
            let mut object = std::ptr::null_mut();
            // SAFETY: room for a pointer.
            let error = quiet(|| unsafe { posix::posix_memalign(&mut object, align, size) });
            let expected = if align < size_of::<usize>() { libc::EINVAL } else { libc::ENOMEM };
            assert!(error == 0 || error == expected, "posix_memalign returned {error}");
            assert_eq!(error != 0, object.is_null(), "a refusal leaves the result alone");
            (error == 0).then_some(object.cast())
        }
    }
}

/// Allocates at a page, as many bytes as asked or whole pages.
pub fn at_page(which: usize, size: usize) -> Option<*mut u8> {
    served(|| if which.is_multiple_of(2) { posix::valloc(size) } else { posix::pvalloc(size) })
}

/// Frees an object that any function of the family may free.
///
/// # Safety
///
/// - The object is the caller's, who gives it up; `asked` bytes were asked for.
pub unsafe fn free(which: usize, object: *mut u8, asked: usize) {
    let object = object.cast();
    // SAFETY: the caller's promise, for each.
    quiet(|| unsafe {
        match which % 8 {
            0..=2 => iso::free(object),
            3 => names::quarry_free(object),
            4 => iso::free_sized(object, asked),
            5 => iso::free_aligned_sized(object, 16, asked),
            6 => gnu::cfree(object),
            _ => bytes::quarry_kfree(object),
        }
    });
}

/// Changes the size of an object; size 0 frees it and gives `None`.
///
/// # Safety
///
/// - The object is the caller's; it is as it was if a size above 0 gives `None`.
pub unsafe fn realloc(which: usize, object: *mut u8, size: usize) -> Option<*mut u8> {
    let object = object.cast();
    let call = || match which % 4 {
        // SAFETY: the caller's promise, for each.
        0 | 1 => unsafe { iso::realloc(object, size) },
        // SAFETY: as above.
        2 => unsafe { names::quarry_realloc(object, size) },
        // SAFETY: as above.
        _ => unsafe { posix::reallocarray(object, size, 1) },
    };
    if size == 0 {
        assert!(quiet(call).is_null(), "size 0 frees");
        return None;
    }
    served(call)
}

/// Allocates pages of an order, zero ones or any.
pub fn pages(zeroed: bool, order: u32) -> Option<*mut u8> {
    let error = if order > pages::quarry_max_order() { libc::EINVAL } else { libc::ENOMEM };
    refusing(error, || if zeroed { pages::quarry_get_zeroed_pages(order) } else { pages::quarry_alloc_pages(order) })
}

/// Returns how many bytes of an object may be used.
pub fn usable(object: *mut u8) -> usize {
    // SAFETY: an object of the program, as for the other.
    let (one, other) =
        quiet(|| unsafe { (gnu::malloc_usable_size(object.cast()), bytes::quarry_ksize(object.cast())) });
    assert_eq!(one, other, "two names, one size");
    one
}

/// Maps a region.
pub fn region(which: usize, size: usize) -> Option<*mut u8> {
    served(|| if which.is_multiple_of(2) { regions::quarry_vmalloc(size) } else { regions::quarry_vzalloc(size) })
}
