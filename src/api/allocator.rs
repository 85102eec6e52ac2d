//! The heap and caches as allocators of collections, through the trait of the crate allocator-api2.
//!
//! # Why no safe use is undefined
//!
//! `allocate` returns memory of at least the layout's size and alignment that nobody else has. It stays good until it
//! is deallocated, whatever becomes of the allocator: the heap has no end, and a cache with blocks out is not
//! destroyed. A layout without size gets its alignment as an address, which is never freed.

use core::alloc::Layout;
use core::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator};

use super::global::Quarry;
use super::raw_cache::RawCache;
use crate::heap;

/// Returns the memory of a layout without size.
pub(super) fn nothing(layout: Layout) -> NonNull<[u8]> {
    NonNull::slice_from_raw_parts(layout.dangling_ptr(), 0)
}

/// Returns `size` bytes at `object`, or the refusal that a null pointer is.
#[inline]
pub(super) fn bytes(object: *mut u8, size: usize) -> Result<NonNull<[u8]>, AllocError> {
    NonNull::new(object).map(|object| NonNull::slice_from_raw_parts(object, size)).ok_or(AllocError)
}

// SAFETY: `allocate_sized` returns memory of at least the layout's size and alignment that no other object overlaps
// until it is deallocated; all values of the type are the same allocator. Blocks are returned with exactly the size
// asked for, so a layout that fits one is the layout that it was allocated with, or last resized to (Z1 of
// `heap::sized`).
unsafe impl Allocator for Quarry {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout));
        }
        bytes(heap::allocate_sized(layout.size(), layout.align()), layout.size())
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout));
        }
        bytes(heap::allocate_zeroed_sized(layout.size(), layout.align()), layout.size())
    }

    #[inline]
    unsafe fn deallocate(&self, object: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: the caller's object with its layout, which he gives up.
            unsafe { heap::deallocate_sized(object, layout.size(), layout.align()) };
        }
    }

    #[inline]
    unsafe fn grow(&self, object: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's object with its layout.
        unsafe { resize(object, old, new) }
    }

    unsafe fn grow_zeroed(&self, object: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's object with its layout.
        let grown = unsafe { resize(object, old, new) }?;
        // SAFETY: the old size is at most the new, so the place is inside the object or just behind it.
        let gained = unsafe { grown.cast::<u8>().add(old.size()) };
        // SAFETY: what the object gained.
        unsafe { gained.write_bytes(0, new.size().saturating_sub(old.size())) };
        Ok(grown)
    }

    #[inline]
    unsafe fn shrink(&self, object: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's object with its layout.
        unsafe { resize(object, old, new) }
    }
}

/// Gives an object of the heap another layout.
///
/// # Safety
///
/// - `object` is the caller's, of layout `old`; after success he uses it at its new place only.
unsafe fn resize(object: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
    if old.size() != 0 && new.size() != 0 && old.align() == new.align() {
        // SAFETY: the caller's object with its layout.
        return bytes(unsafe { heap::reallocate_sized(object, old.size(), old.align(), new.size()) }, new.size());
    }
    let moved = Quarry.allocate(new)?;
    let kept = old.size().min(new.size());
    // SAFETY: both have the lesser of the two sizes, and a new object overlaps no other.
    unsafe { moved.cast().copy_from_nonoverlapping(object, kept) };
    // SAFETY: the caller's object, moved away from.
    unsafe { Quarry.deallocate(object, old) };
    Ok(moved)
}

// SAFETY: `alloc` returns a block of the cache's layout that nobody else has until it is freed, and layouts are served
// only if they fit one. A cache that is moved keeps its record, and one that is dropped with blocks out keeps them.
unsafe impl Allocator for RawCache {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout));
        }
        self.fits(layout)?;
        let block = self.alloc().ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(block, self.layout().size()))
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: the caller's block of this cache, which he gives up.
            unsafe { self.free(block) };
        }
    }

    unsafe fn grow(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if old.size() == 0 {
            return self.allocate(new);
        }
        self.fits(new)?;
        Ok(NonNull::slice_from_raw_parts(block, self.layout().size()))
    }

    unsafe fn grow_zeroed(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise is the callee's.
        let grown = unsafe { self.grow(block, old, new) }?;
        // SAFETY: `old.size()` is at most the block's.
        let gained = unsafe { grown.cast::<u8>().add(old.size()) };
        // SAFETY: the part of the block behind what the caller had.
        unsafe { gained.write_bytes(0, grown.len().saturating_sub(old.size())) };
        Ok(grown)
    }

    unsafe fn shrink(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if new.size() == 0 {
            // SAFETY: the caller's block with its layout.
            unsafe { self.deallocate(block, old) };
            return Ok(nothing(new));
        }
        self.fits(new)?;
        Ok(NonNull::slice_from_raw_parts(block, self.layout().size()))
    }
}

impl RawCache {
    /// Refuses a layout that does not fit a block.
    #[inline]
    fn fits(&self, layout: Layout) -> Result<(), AllocError> {
        let block = self.layout();
        if layout.size() <= block.size() && layout.align() <= block.align() { Ok(()) } else { Err(AllocError) }
    }
}
