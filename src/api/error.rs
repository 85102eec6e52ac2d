//! Refusals as errors.

use core::fmt;

use crate::heap::objects::NotCreated;

/// Why a cache cannot be created. Nothing has changed then, and the constructor was dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CacheError {
    /// The name has no character, more than 31, or others than printable ASCII without space, `"` and `\`.
    BadName,
    /// The type has no size, more than 4 MiB, or an alignment above 16 KiB.
    BadLayout,
    /// There are 1,024 caches.
    TooMany,
    /// Memory is short.
    Memory,
}

impl From<NotCreated> for CacheError {
    fn from(refusal: NotCreated) -> CacheError {
        match refusal {
            NotCreated::BadShape => CacheError::BadLayout,
            NotCreated::TooMany => CacheError::TooMany,
            NotCreated::Memory => CacheError::Memory,
        }
    }
}

impl fmt::Display for CacheError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CacheError::BadName => "the name of the cache is not 1 to 31 printable characters",
            CacheError::BadLayout => "objects of this size or alignment have no cache",
            CacheError::TooMany => "there are as many caches as there may be",
            CacheError::Memory => "memory is short",
        })
    }
}

impl core::error::Error for CacheError {}

/// Memory or address space is short. Nothing has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory is short")
    }
}

impl core::error::Error for OutOfMemory {}
