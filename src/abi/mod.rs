//! The C face: one file per standard, and one per level of `quarry_*`. A function here converts, calls, converts; it is
//! total, and only this layer decides errno.
//!
//! The bare names exist with the feature `preload` (the default); the `quarry_*` names always.

pub mod areas;
pub mod bytes;
pub mod caches;
mod convert;
#[cfg(all(feature = "preload", not(test), target_arch = "x86_64"))]
pub mod cxx;
#[cfg(all(feature = "faults", not(test)))]
pub mod faults;
pub mod gnu;
pub mod iso;
pub mod pages;
pub mod posix;
pub mod quarry;
pub mod regions;
