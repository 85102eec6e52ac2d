//! The Rust face: every level of the allocator as types that own what they hold.
//!
//! Nothing that is safe to call here can cause undefined behaviour: each file begins with the argument why. Memory that
//! cannot be had is a refusal, `None` or an error, and nothing has changed; misuse that safe code cannot commit stops
//! the process, as in C.

#[cfg(feature = "allocator-api2")]
mod allocator;
pub mod areas;
pub mod cache;
pub mod error;
pub mod global;
pub mod info;
pub mod object;
pub mod pages;
mod purge;
pub mod raw_cache;
pub mod region;
#[cfg(feature = "allocator-api2")]
pub mod regions;

#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod seam;

pub use areas::{Area, AreaKind, Place, PlaceState, areas, owns};
pub use cache::{CacheBuilder, ObjectCache};
pub use error::{CacheError, OutOfMemory};
pub use global::Quarry;
pub use info::{
    ArenaInfo, CacheInfo, CacheName, buddyinfo, slabinfo, write_buddyinfo, write_buddyinfo_json, write_slabinfo,
    write_slabinfo_json,
};
pub use object::Object;
pub use pages::Pages;
pub use purge::purge;
pub use raw_cache::RawCache;
pub use region::Region;
#[cfg(feature = "allocator-api2")]
pub use regions::Regions;
