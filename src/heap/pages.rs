//! Pages: runs of kernel pages aligned to their size (Knowlton 1965; the page allocator of Linux). Up to a granule they
//! are objects of the slab class of that size, which slabs align by themselves; beyond it runs of the buddy.
//!
//! What was allocated as pages may be freed as bytes and the other way round: pages are known by their size alone,
//! which the granule map, the run's record or the area's says.

use core::ptr::{self, NonNull};

use super::allocate::{clear, obtain_beyond, obtain_checked, obtain_class};
use super::locate::{Place, locate};
use super::{deallocate, direct, load};
use crate::arena::registry;
use crate::base::class::SMALL_CLASS;
use crate::base::{Class, GRANULE, GranuleCount, PAGE};
use crate::guard;
use crate::os::limits::page_size;
use crate::report::Misuse;
use crate::slab::record::Slab;
use crate::slab::{marks, tell};
use crate::thread::current;
use crate::thread::magazines::Obtained;

/// The largest order: 2^18 pages, a gibibyte where the page has 4 KiB.
pub const PAGES_MAX_ORDER: u32 = 18;

/// Powers of two from the smallest page that there is to a granule: what slab classes serve.
const SLAB_SIZES: usize = (GRANULE / PAGE).ilog2() as usize + 1;

/// The class numbers of those sizes.
#[allow(clippy::indexing_slicing)] // Evaluated by the compiler: an index out of range does not compile.
static SLAB_CLASSES: [u8; SLAB_SIZES] = {
    let mut classes = [0; SLAB_SIZES];
    let mut k = 0;
    while k < SLAB_SIZES {
        classes[k] = SMALL_CLASS[(PAGE << k) >> 4];
        k += 1;
    }
    classes
};

/// Returns the number of the slab class that serves an order, `None` where the buddy does.
#[inline(always)]
fn slab_class(order: u32) -> Option<usize> {
    let k = order.checked_add(page_size().trailing_zeros() - PAGE.trailing_zeros())?;
    SLAB_CLASSES.get(k as usize).copied().map(usize::from)
}

/// Returns the bytes of an order, `None` above the largest.
fn bytes_of(order: u32) -> Option<usize> {
    if order <= PAGES_MAX_ORDER { page_size().checked_shl(order) } else { None }
}

/// Allocates 2^`order` pages if the thread's loaded magazine has them; `None` is no refusal but a reason to call
/// `allocate_pages`.
///
/// Cost: 14 instructions with its return in `quarry_alloc_pages` on x86-64, as `malloc`.
#[inline(always)]
pub fn allocate_pages_hot(order: u32) -> Option<NonNull<u8>> {
    let class = slab_class(order)?;
    // SAFETY: the table holds class numbers; the block is this thread's.
    unsafe { current().pop(class) }
}

/// Allocates 2^`order` pages aligned to their size, contents undefined. Null when memory is short; an order above
/// `PAGES_MAX_ORDER` is never served.
pub fn allocate_pages(order: u32) -> *mut u8 {
    bytes_of(order).and_then(|bytes| obtain(bytes, bytes)).map_or(ptr::null_mut(), |obtained| obtained.object.as_ptr())
}

/// As `allocate_pages`, all bytes zero. What is known to be zero is not cleared.
pub fn allocate_zeroed_pages(order: u32) -> *mut u8 {
    let Some(bytes) = bytes_of(order) else { return ptr::null_mut() };
    match obtain(bytes, bytes) {
        Some(Obtained { object, zero: true }) => object.as_ptr(),
        // SAFETY: the run has `bytes` bytes.
        Some(Obtained { object, zero: false }) => unsafe { clear(object, bytes) },
        None => ptr::null_mut(),
    }
}

/// Returns the whole pages that hold `size` bytes, in bytes; `None` above `isize::MAX`.
fn whole_pages(size: usize) -> Option<usize> {
    size.max(1).checked_next_multiple_of(page_size()).filter(|&bytes| bytes <= isize::MAX as usize)
}

/// Allocates the whole pages that hold `size` bytes, contents undefined: aligned to a page, and to `size` if that is a
/// power of two of at most a gibibyte. Null when memory is short or `size` is above `isize::MAX`.
pub fn allocate_pages_exact(size: usize) -> *mut u8 {
    let natural = size.is_power_of_two() && size <= direct::LARGEST_RUN;
    let align = if natural { size.max(page_size()) } else { page_size() };
    whole_pages(size)
        .and_then(|bytes| obtain(bytes, align))
        .map_or(ptr::null_mut(), |obtained| obtained.object.as_ptr())
}

/// Returns `bytes`, whole pages, aligned to `align`: a page, or `bytes` if that is a power of two.
fn obtain(bytes: usize, align: usize) -> Option<Obtained> {
    load::ready()?;
    if marks::is_checked() {
        return obtain_checked(bytes, align);
    }
    if bytes <= GRANULE
        && let Some(class) = Class::serving_aligned(bytes, page_size())
    {
        // The class has exactly this size: up to a granule every multiple of a page is a class's. Slabs start on
        // granules, so each object starts on a multiple of its size.
        return obtain_class(class);
    }
    obtain_beyond(|| direct::allocate_pages(bytes, align))
}

/// Frees 2^`order` pages; null does nothing. Stops the process where the address or the order is recognised as wrong.
///
/// Cost on a hit: about ten instructions more than `deallocate` (27 on x86-64), which compare the order.
///
/// # Safety
///
/// - `pages` is null or came from this heap with this order, and nobody uses it any more.
#[inline(always)]
pub unsafe fn free_pages(pages: *mut u8, order: u32) {
    let block = current();
    if let Some(class) = slab_class(order)
        && block.class_index(pages.addr()) == Some(class)
        && pages.addr() & ((page_size() << order) - 1) == 0
    {
        // SAFETY: null is no address of an arena, so it did not come here.
        let object = unsafe { NonNull::new_unchecked(pages) };
        // SAFETY: a class's number; the block is this thread's and the object the caller's to give up.
        if unsafe { block.push(class, object) } {
            return;
        }
    }
    // SAFETY: the caller's promise is the callee's.
    unsafe { free_order_slow(pages, order) };
}

/// As for `deallocate_slow`; or the order is that of a run, or wrong.
///
/// # Safety
///
/// - As for `free_pages`.
#[cold]
#[inline(never)]
unsafe fn free_order_slow(pages: *mut u8, order: u32) {
    if let Some(pages) = NonNull::new(pages) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { free_whole(pages, bytes_of(order)) };
    }
}

/// Frees what `allocate_pages_exact(size)` returned; null does nothing. Stops the process as `free_pages`; a wrong size
/// is recognised if it makes another number of pages (up to a granule, and of areas) or of granules (of runs).
///
/// # Safety
///
/// - `pages` is null or came from this heap with this size, and nobody uses it any more.
pub unsafe fn free_pages_exact(pages: *mut u8, size: usize) {
    if let Some(pages) = NonNull::new(pages) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { free_whole(pages, whole_pages(size)) };
    }
}

/// Frees an object of exactly `bytes` (`None` is no size that pages can have), or stops the process.
///
/// # Safety
///
/// - As for `deallocate`.
unsafe fn free_whole(object: NonNull<u8>, bytes: Option<usize>) {
    if guard::free(object, Some((bytes.unwrap_or(usize::MAX), Misuse::WrongOrder))) {
        return;
    }
    let place = match locate(object) {
        Ok(place) => place,
        Err(wrong) => wrong.stop(object),
    };
    // A run is whole granules: the pages that it has beyond its size lie in the last.
    let fits = |bytes: usize| match place {
        Place::Class(class) => class.size() == bytes,
        Place::Run { count, .. } => bytes > GRANULE && GranuleCount::holding(bytes) == Some(count),
        Place::Area { length } => length == bytes,
    };
    let is_inside = place.class().is_some_and(|class| !starts_object(object, class));
    if is_inside || !bytes.is_some_and(fits) {
        let misuse = if is_inside { Misuse::InteriorPointer } else { Misuse::WrongOrder };
        tell::stop(misuse, object, place.class());
    }
    // SAFETY: the caller's object, which it gives up.
    unsafe { deallocate(object.as_ptr()) };
}

/// Returns whether an object of `class` starts at an address in a slab of that class, or in a run of its own.
fn starts_object(address: NonNull<u8>, class: Class) -> bool {
    if class.is_run() {
        // `locate` finds run classes at their start only.
        return true;
    }
    let Some((arena, granule)) = registry::locate(address.addr().get()) else { return false };
    let base = arena.address_of(Slab::start_around(arena, granule)).addr().get();
    class.shape().object_at(address.addr().get() - base).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::{allocate, usable_size};
    use std::vec::Vec;

    fn pages(object: *mut u8, bytes: usize, align: usize) {
        assert!(!object.is_null() && object.addr().is_multiple_of(align), "{bytes} bytes at {object:?}");
        assert!(usable_size(object) >= bytes);
        // SAFETY: the first and the last byte of the pages.
        unsafe { object.write(1) };
        // SAFETY: as above.
        unsafe { object.add(bytes - 1).write(1) };
    }

    #[test]
    fn every_order_is_aligned_to_its_size_and_comes_back() {
        for order in 0..=PAGES_MAX_ORDER {
            let bytes = page_size() << order;
            let several: Vec<_> = (0..3).map(|_| allocate_pages(order)).collect();
            for &run in &several {
                pages(run, bytes, bytes);
            }
            for run in several {
                // SAFETY: allocated with this order, used no more.
                unsafe { free_pages(run, order) };
            }
            let zeroed = allocate_zeroed_pages(order);
            pages(zeroed, bytes, bytes);
            // SAFETY: allocated with this order, used no more.
            unsafe { free_pages(zeroed, order) };
        }
        assert!(allocate_pages(PAGES_MAX_ORDER + 1).is_null());
        assert!(allocate_pages(u32::MAX).is_null());
        assert!(allocate_zeroed_pages(64).is_null());
    }

    #[test]
    fn zeroed_pages_are_zero_after_they_were_used() {
        for order in 0..10 {
            let bytes = page_size() << order;
            for _ in 0..3 {
                let run = allocate_zeroed_pages(order);
                // SAFETY: the run has `bytes` bytes.
                let contents = unsafe { core::slice::from_raw_parts_mut(run, bytes) };
                assert!(contents.iter().all(|&byte| byte == 0));
                contents.fill(0xff);
                // SAFETY: allocated with this order, used no more.
                unsafe { free_pages(run, order) };
            }
        }
    }

    #[test]
    fn exact_pages_hold_every_size_and_are_aligned_to_powers_of_two() {
        for size in (0..300_000).step_by(1009).chain((0..=31).map(|shift| 1 << shift)) {
            let run = allocate_pages_exact(size);
            let natural = size.is_power_of_two() && size <= 1 << 30;
            pages(run, size.max(1), if natural { size.max(page_size()) } else { page_size() });
            assert!(usable_size(run) - size.max(1) < GRANULE);
            // SAFETY: allocated with this size, used no more.
            unsafe { free_pages_exact(run, size) };
        }
        for size in [usize::MAX, isize::MAX as usize + 1, isize::MAX as usize] {
            assert!(allocate_pages_exact(size).is_null());
        }
    }

    #[test]
    fn pages_and_bytes_free_each_other() {
        for order in 0..=PAGES_MAX_ORDER {
            // SAFETY: each is allocated once and freed once, with its size.
            unsafe { deallocate(allocate_pages(order)) };
            // SAFETY: as above.
            unsafe { free_pages(allocate(page_size() << order), order) };
        }
    }
}
