//! Pages, owned.
//!
//! # Why no safe use is undefined
//!
//! A `Pages` alone has its run, of exactly its length (P1), and frees it once with the order that it was allocated
//! with. Bytes that nobody wrote are `MaybeUninit`, which safe code cannot read; `zeroed` gives bytes only of pages
//! that the heap cleared or that are new from the kernel, `fill` after it wrote every one. `leak` forgets the owner, so
//! the run is never freed.

use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use crate::heap;
use crate::os::limits::page_size;

/// 2^order kernel pages, contiguous and aligned to their size; freed when this is dropped. As bytes if they were
/// zeroed, as `MaybeUninit` bytes else.
///
/// ```
/// let mut ring = quarry::Pages::zeroed(4).expect("memory");
/// assert_eq!(ring.len(), 16 * quarry::Pages::page_size());
/// assert!(ring.as_ptr().addr().is_multiple_of(ring.len()));
/// ring[100] = 7;
///
/// let scratch = quarry::Pages::uninit(0).expect("memory");
/// assert!(scratch.fill(0xff).iter().all(|&byte| byte == 0xff));
/// ```
///
/// Thread safety: it may go to other threads and be shared, as a box of bytes may. Cost: orders below a granule (16
/// KiB) as `malloc`; the others are cut from the arena under one lock. Source: Knowlton 1965; Knuth, TAOCP 1, §2.5; the
/// page allocator of Linux.
///
/// # Invariants
///
/// - **P1** `start` is what the heap allocated as 2^`order` pages, and it is this value's alone; its bytes are valid
///   `B`s, which is `u8` or `MaybeUninit<u8>`.
pub struct Pages<B = u8> {
    start: NonNull<B>,
    order: u32,
    bytes: PhantomData<B>,
}

// SAFETY: the run is this value's alone (P1), of plain bytes, and any thread may free it.
unsafe impl<B: Send> Send for Pages<B> {}

// SAFETY: shared pages give shared access to plain bytes, and to nothing else.
unsafe impl<B: Sync> Sync for Pages<B> {}

impl Pages {
    /// The largest order: 2^18 pages, a gibibyte where the page has 4 KiB.
    pub const MAX_ORDER: u32 = heap::PAGES_MAX_ORDER;

    /// Returns the bytes of a page: the kernel's smallest on this architecture.
    pub fn page_size() -> usize {
        page_size()
    }

    /// Allocates 2^`order` pages, all bytes zero; memory that is known to be zero is not cleared again. `None` when
    /// memory is short or `order` is above [`Pages::MAX_ORDER`].
    pub fn zeroed(order: u32) -> Option<Pages> {
        let start = NonNull::new(heap::allocate_zeroed_pages(order))?;
        Some(Pages { start, order, bytes: PhantomData })
    }

    /// Allocates 2^`order` pages, contents undefined. `None` as [`Pages::zeroed`].
    ///
    /// What was never written is not to be read:
    ///
    /// ```
    /// let pages = quarry::Pages::zeroed(0).unwrap();
    /// let byte: u8 = pages[0];
    /// ```
    /// ```compile_fail,E0308
    /// let pages = quarry::Pages::uninit(0).unwrap();
    /// let byte: u8 = pages[0];
    /// ```
    pub fn uninit(order: u32) -> Option<Pages<MaybeUninit<u8>>> {
        let start = match heap::allocate_pages_hot(order) {
            Some(start) => start,
            None => NonNull::new(heap::allocate_pages(order))?,
        };
        Some(Pages { start: start.cast(), order, bytes: PhantomData })
    }
}

impl Pages<MaybeUninit<u8>> {
    /// Writes `byte` to every byte.
    pub fn fill(mut self, byte: u8) -> Pages {
        self.iter_mut().for_each(|place| *place = MaybeUninit::new(byte));
        // SAFETY: every byte was just written.
        unsafe { self.assume_init() }
    }

    /// Says that every byte was written.
    ///
    /// # Safety
    ///
    /// - Every byte was written.
    pub unsafe fn assume_init(self) -> Pages {
        let pages = ManuallyDrop::new(self);
        Pages { start: pages.start.cast(), order: pages.order, bytes: PhantomData }
    }
}

impl<B> Pages<B> {
    /// Returns the order: there are 2^order pages.
    pub fn order(&self) -> u32 {
        self.order
    }

    /// Lets the pages go without freeing them.
    pub fn leak(pages: Pages<B>) -> &'static mut [B] {
        let pages = ManuallyDrop::new(pages);
        // SAFETY: the run is this value's alone (P1), which is forgotten: nobody frees it.
        unsafe { NonNull::slice_from_raw_parts(pages.start, page_size() << pages.order).as_mut() }
    }
}

impl<B> Drop for Pages<B> {
    fn drop(&mut self) {
        // SAFETY: allocated with this order (P1), used no more.
        unsafe { heap::free_pages(self.start.cast().as_ptr(), self.order) };
    }
}

impl<B> Deref for Pages<B> {
    type Target = [B];

    fn deref(&self) -> &[B] {
        // SAFETY: the run has that many bytes, valid `B`s, and is borrowed with this value (P1).
        unsafe { NonNull::slice_from_raw_parts(self.start, page_size() << self.order).as_ref() }
    }
}

impl<B> DerefMut for Pages<B> {
    fn deref_mut(&mut self) -> &mut [B] {
        // SAFETY: as in `deref`.
        unsafe { NonNull::slice_from_raw_parts(self.start, page_size() << self.order).as_mut() }
    }
}

impl<B> fmt::Debug for Pages<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("start", &self.start).field("order", &self.order).finish()
    }
}
