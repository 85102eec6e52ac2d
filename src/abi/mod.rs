//! The C face: one file per standard. A function here converts, calls, converts; it is total, and only this layer decides
//! errno.
//!
//! The bare names exist with the feature `preload` (the default); the `quarry_*` names always.

pub mod caches;
mod convert;
#[cfg(all(feature = "preload", not(test), target_arch = "x86_64"))]
pub mod cxx;
pub mod gnu;
pub mod iso;
pub mod posix;
pub mod quarry;
