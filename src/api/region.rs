//! A region, owned.
//!
//! # Why no safe use is undefined
//!
//! A `Region` alone has its mapping, at least `length` bytes of it, all initialised: the kernel gives zeros, and what
//! is behind `length` is kept zero (V1), so bytes that it gains are zero however it grew and shrank before. `resize`
//! borrows it mutably, so nobody refers to bytes that move or go. It is freed once, when it is dropped.

use core::fmt;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::error::OutOfMemory;
use crate::heap;

/// Bytes in a memory area of their own: zero at first, contiguous in addresses alone. A region grows by moving page
/// tables and not bytes; it is for what is large and long-lived.
///
/// ```
/// let mut log = quarry::Region::new(1 << 20).expect("memory");
/// log[..5].copy_from_slice(b"hello");
/// log.resize(1 << 30)?; // no byte is copied
/// assert_eq!(&log[..5], b"hello");
/// assert_eq!(log[(1 << 30) - 1], 0);
/// # Ok::<(), quarry::OutOfMemory>(())
/// ```
///
/// It does not change while its bytes are borrowed:
///
/// ```
/// let mut region = quarry::Region::new(100).unwrap();
/// let byte = region[0];
/// region.resize(200).unwrap();
/// assert_eq!(byte, 0);
/// ```
/// ```compile_fail,E0502
/// let mut region = quarry::Region::new(100).unwrap();
/// let byte = &region[0];
/// region.resize(200).unwrap();
/// assert_eq!(*byte, 0);
/// ```
///
/// Thread safety: it may go to other threads and be shared, as a box of bytes may. Cost: system calls. Source:
/// `vmalloc` of Linux; mremap(2).
///
/// # Invariants
///
/// - **V1** `start` is a region of the heap of at least `length` bytes, and it is this value's alone; bytes behind
///   `length` are zero.
pub struct Region {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: the mapping is this value's alone (V1), of plain bytes, and any thread may free it.
unsafe impl Send for Region {}

// SAFETY: a shared region gives shared access to plain bytes, and to nothing else.
unsafe impl Sync for Region {}

impl Region {
    /// Maps a region of `size` zero bytes. `None` when memory or address space is short, or `size` is above
    /// `isize::MAX`. The region takes whole pages, at least one.
    pub fn new(size: usize) -> Option<Region> {
        let start = NonNull::new(heap::allocate_region(size))?;
        Some(Region { start, length: size })
    }

    /// Changes the size, keeping the bytes up to the lesser size; new ones are zero. The region may move, and then its
    /// page tables do.
    ///
    /// Errors: [`OutOfMemory`] where the kernel refuses; then the region is as it was.
    pub fn resize(&mut self, size: usize) -> Result<(), OutOfMemory> {
        // SAFETY: this value's region, whose old address is used no more after a move.
        let moved = unsafe { heap::resize_region(self.start, size.max(1)) };
        self.start = NonNull::new(moved).ok_or(OutOfMemory)?;
        if size == 0 {
            // The region kept a byte, which is behind its length now (V1).
            // SAFETY: a region has at least a page.
            unsafe { self.start.write(0) };
        }
        self.length = size;
        Ok(())
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: this value's region (V1), used no more.
        unsafe { heap::free_region(self.start.as_ptr()) };
    }
}

impl Deref for Region {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the region has that many bytes, initialised, and is borrowed with this value (V1).
        unsafe { NonNull::slice_from_raw_parts(self.start, self.length).as_ref() }
    }
}

impl DerefMut for Region {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `deref`.
        unsafe { NonNull::slice_from_raw_parts(self.start, self.length).as_mut() }
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region").field("start", &self.start).field("length", &self.length).finish()
    }
}
