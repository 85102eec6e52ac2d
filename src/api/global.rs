//! `Quarry` as a global allocator.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};

use crate::heap;

/// The heap as Rust's global allocator:
///
/// ```
/// #[global_allocator]
/// static HEAP: quarry::Quarry = quarry::Quarry;
///
/// let words: Vec<String> = (0..1000).map(|i| i.to_string()).collect();
/// assert_eq!(words[999], "999");
/// ```
///
/// Every layout is honoured, to any alignment that the kernel finds room for. A program that wants this allocator for
/// Rust alone, and libc's for C, depends on the crate with `default-features = false`: then the names of C stay as they
/// are. Another copy of the library may be preloaded into it; each frees what it allocated.
///
/// With the feature `allocator-api2` it is an `Allocator` too, so that single containers can use it.
///
/// Thread safety: any thread. Cost: allocating as `malloc`; freeing less than `free`, for the layout says the class and
/// the granule map is not read. Errors: a null pointer where memory is short, or where the layout asks for more than
/// there can be.
#[derive(Clone, Copy, Default, Debug)]
pub struct Quarry;

// SAFETY: `allocate_sized` returns null or memory of at least the layout's size and alignment that no other object
// overlaps until it is deallocated; `reallocate_sized` keeps the bytes and the alignment. Callers pass the layout of
// the object, which is what Z1 of `heap::sized` asks for. Nothing here unwinds.
unsafe impl GlobalAlloc for Quarry {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        heap::allocate_sized(layout.size(), layout.align())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        heap::allocate_zeroed_sized(layout.size(), layout.align())
    }

    #[inline]
    unsafe fn dealloc(&self, object: *mut u8, layout: Layout) {
        // SAFETY: the caller passes an object of this allocator, which is not null.
        let object = unsafe { NonNull::new_unchecked(object) };
        // SAFETY: the caller's object with its layout, which he gives up.
        unsafe { heap::deallocate_sized(object, layout.size(), layout.align()) };
    }

    #[inline]
    unsafe fn realloc(&self, object: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(object) = NonNull::new(object) else { return ptr::null_mut() };
        // SAFETY: the caller's object with its layout.
        unsafe { heap::reallocate_sized(object, layout.size(), layout.align(), size) }
    }
}
