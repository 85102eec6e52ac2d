//! `Quarry` as a global allocator.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;

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
/// Thread safety: any thread. Cost: as `malloc` and `free`.
#[derive(Clone, Copy, Default, Debug)]
pub struct Quarry;

// SAFETY: `allocate_aligned` returns null or memory of at least the layout's size and alignment that no other object
// overlaps until it is deallocated; `reallocate` keeps the bytes; nothing here unwinds.
unsafe impl GlobalAlloc for Quarry {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        heap::allocate_aligned(layout.align(), layout.size())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        heap::allocate_zeroed_aligned(layout.align(), layout.size())
    }

    #[inline]
    unsafe fn dealloc(&self, object: *mut u8, _layout: Layout) {
        // SAFETY: the caller passes an object of this allocator that it gives up.
        unsafe { heap::deallocate(object) }
    }

    #[inline]
    unsafe fn realloc(&self, object: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.align() <= 16 {
            return match NonNull::new(object) {
                // SAFETY: the caller passes an object of this allocator.
                Some(object) => unsafe { heap::reallocate(object, size) },
                None => core::ptr::null_mut(),
            };
        }
        let moved = heap::allocate_aligned(layout.align(), size);
        if !moved.is_null() {
            // SAFETY: both have the lesser of the two sizes, and a new object overlaps no other.
            unsafe { core::ptr::copy_nonoverlapping(object, moved, layout.size().min(size)) };
            // SAFETY: the caller's object, moved away from.
            unsafe { heap::deallocate(object) };
        }
        moved
    }
}
