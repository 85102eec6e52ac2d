//! Pages: runs of kernel pages by order. Documented in `include/quarry.h`; the names are those of Linux's page
//! allocator.

use core::ffi::{c_uint, c_void};

use super::convert::{or_refuse, refuse_argument};
use crate::heap;

/// Returns the largest order.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_max_order() -> c_uint {
    heap::PAGES_MAX_ORDER
}

/// Allocates 2^order pages aligned to their size.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_alloc_pages(order: c_uint) -> *mut c_void {
    match heap::allocate_pages_hot(order) {
        Some(object) => object.as_ptr().cast(),
        None => allocate_slow(order),
    }
}

/// The miss of `quarry_alloc_pages`; also decides errno.
#[cold]
#[inline(never)]
extern "C" fn allocate_slow(order: c_uint) -> *mut c_void {
    if order > heap::PAGES_MAX_ORDER { refuse_argument() } else { or_refuse(heap::allocate_pages(order)) }
}

/// As `quarry_alloc_pages`, all bytes zero.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_get_zeroed_pages(order: c_uint) -> *mut c_void {
    if order > heap::PAGES_MAX_ORDER { refuse_argument() } else { or_refuse(heap::allocate_zeroed_pages(order)) }
}

/// Allocates the fewest whole pages that hold `size` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_alloc_pages_exact(size: usize) -> *mut c_void {
    or_refuse(heap::allocate_pages_exact(size))
}

/// Frees 2^order pages; stops the process for another order than theirs.
///
/// # Safety
///
/// - `pages` is null or came from this heap with this order, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_free_pages(pages: *mut c_void, order: c_uint) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { heap::free_pages(pages.cast(), order) }
}

/// Frees what `quarry_alloc_pages_exact(size)` returned.
///
/// # Safety
///
/// - `pages` is null or came from this heap with this size, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_free_pages_exact(pages: *mut c_void, size: usize) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { heap::free_pages_exact(pages.cast(), size) }
}
