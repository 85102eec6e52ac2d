//! A cache of blocks without a type.
//!
//! # Why no safe use is undefined
//!
//! A `RawCache` alone has its record (R1). `alloc` returns a pointer that nobody else has to memory that stays until it
//! is freed; `free` is unsafe. A cache that is dropped while blocks are out is not destroyed, so they stay good. `reap`
//! and `layout` touch what the layers below guard by locks.

use core::alloc::Layout;
use core::fmt;
use core::ptr::{self, NonNull};

use super::error::CacheError;
use crate::heap::objects;
use crate::slab::object::{Callbacks, Name, ObjectCache as Record};

/// A cache of blocks of one layout, their contents undefined: for what has one size and no constructed state.
///
/// With the feature `allocator-api2` it is an `Allocator` for every layout that fits a block, so that the boxes and
/// nodes of one collection come from slabs of their own:
///
/// ```
/// use std::alloc::Layout;
///
/// let nodes = quarry::RawCache::new("node", Layout::new::<[u64; 5]>())?;
/// let node = nodes.alloc().expect("memory");
/// // SAFETY: a block of this cache, used no more.
/// unsafe { nodes.free(node) };
/// # Ok::<(), quarry::CacheError>(())
/// ```
///
/// Dropping the cache while blocks are out leaves it as it is, with a line on standard error.
///
/// Thread safety: any thread, several at once; blocks may be freed by other threads than allocated them. Cost: as
/// `malloc` and `free`. Source: Bonwick 1994, §2.
///
/// # Invariants
///
/// - **R1** `record` is a live object cache of blocks of at least `layout`, and it is this value's alone.
pub struct RawCache {
    record: &'static Record,
    layout: Layout,
}

impl RawCache {
    /// Creates a cache of blocks of this layout: 1 byte to 4 MiB, aligned to at most 16 KiB.
    ///
    /// - `name`: as of [`ObjectCache::new`](crate::ObjectCache::new).
    ///
    /// Errors: [`CacheError`].
    pub fn new(name: &str, layout: Layout) -> Result<RawCache, CacheError> {
        let name = Name::new(name.as_bytes()).ok_or(CacheError::BadName)?;
        let callbacks = Callbacks { constructor: None, destructor: None, reclaim: None, arg: ptr::null_mut() };
        let record = objects::create(name, layout.size(), layout.align(), callbacks, true)?;
        Ok(RawCache { record, layout })
    }

    /// Returns the layout of a block.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Allocates a block, contents undefined. `None` when memory is short.
    #[inline]
    pub fn alloc(&self) -> Option<NonNull<u8>> {
        objects::allocate(self.record)
    }

    /// Frees a block.
    ///
    /// # Safety
    ///
    /// - `block` came from [`RawCache::alloc`] of this cache, and nobody uses it any more.
    #[inline]
    pub unsafe fn free(&self, block: NonNull<u8>) {
        // SAFETY: the caller's block of this cache (R1).
        unsafe { objects::deallocate(self.record, block) };
    }

    /// Gives back what the cache can spare, as [`ObjectCache::reap`](crate::ObjectCache::reap). Returns bytes.
    pub fn reap(&self) -> usize {
        objects::reap(self.record)
    }

    /// Returns the record, for the figures.
    pub(super) fn record(&self) -> &'static Record {
        self.record
    }
}

impl Drop for RawCache {
    fn drop(&mut self) {
        // Refused where blocks are out; then they stay good.
        let _ = objects::destroy(self.record);
    }
}

impl fmt::Debug for RawCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.record.name();
        f.debug_struct("RawCache").field("name", &name.text()).field("layout", &self.layout).finish()
    }
}
