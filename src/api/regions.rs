//! Regions as the memory of collections.
//!
//! # Why no safe use is undefined
//!
//! As of `api::allocator`: a region is nobody else's until it is deallocated. Blocks are returned with the size asked
//! for and not with their whole pages, so a collection never writes behind it, and what it gains is zero.

use core::alloc::Layout;
use core::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator};

use super::allocator::{bytes, nothing};
use crate::heap;
use crate::os::limits::page_size;

/// An allocator whose every allocation is a region of its own, so that a collection grows to gibibytes without being
/// copied.
///
/// ```
/// use allocator_api2::vec::Vec;
///
/// let mut samples: Vec<u64, quarry::Regions> = Vec::new_in(quarry::Regions);
/// (0..1 << 20).for_each(|sample| samples.push(sample));
/// assert_eq!(samples[1000], 1000);
/// ```
///
/// Layouts aligned beyond a page are refused. Thread safety: any thread. Cost: system calls for each allocation, growth
/// and deallocation; so it is for collections that are large.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Regions;

// SAFETY: a region has at least the layout's size, is aligned to a page, to which `fits` holds layouts, and is nobody
// else's until it is deallocated; all values of the type are the same allocator. It is resized as a region of the size
// that it had at last.
unsafe impl Allocator for Regions {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout));
        }
        fits(layout)?;
        bytes(heap::allocate_region(layout.size()), layout.size())
    }

    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.allocate(layout)
    }

    unsafe fn deallocate(&self, region: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: the caller's region, which he gives up.
            unsafe { heap::free_region(region.as_ptr()) };
        }
    }

    unsafe fn grow(&self, region: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if old.size() == 0 {
            return self.allocate(new);
        }
        fits(new)?;
        // SAFETY: the caller's region.
        bytes(unsafe { heap::resize_region(region, new.size()) }, new.size())
    }

    unsafe fn grow_zeroed(&self, region: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // What a region gains is zero.
        // SAFETY: the caller's promise is the callee's.
        unsafe { self.grow(region, old, new) }
    }

    unsafe fn shrink(&self, region: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if new.size() == 0 {
            // SAFETY: the caller's region with its layout.
            unsafe { self.deallocate(region, old) };
            return Ok(nothing(new));
        }
        fits(new)?;
        // SAFETY: the caller's region.
        bytes(unsafe { heap::resize_region(region, new.size()) }, new.size())
    }
}

/// Refuses a layout that pages do not align.
fn fits(layout: Layout) -> Result<(), AllocError> {
    if layout.align() <= page_size() { Ok(()) } else { Err(AllocError) }
}
