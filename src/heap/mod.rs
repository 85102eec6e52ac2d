//! The heap: allocate, deallocate, reallocate by size. Dispatch only; the work is done in the layers below.
//!
//! ```text
//! allocate_hot ─ hit: the thread's loaded magazine
//!   └─ allocate_slow ─┬─ slab and run classes ── thread::Block::refill
//!                     ├─ above 4 MiB ─────────── direct: the buddy, tail trimmed
//!                     └─ above 1 GiB ─────────── direct: a memory area of its own
//! deallocate ─── hit: granule map, the thread's loaded magazine
//!   └─ deallocate_slow ─┬─ a class ── thread::Block::spill
//!                       ├─ a run ──── the buddy
//!                       ├─ an area ── munmap
//!                       └─ nothing of ours ── report::stop
//! sized::deallocate_sized ─ hit: the class of the layout, the thread's loaded magazine
//!   └─ deallocate_sized_slow ── deallocate
//! objects::allocate_hot, objects::deallocate ─ hit: the thread's loaded magazine of the object cache
//!   └─ objects::allocate_slow, deallocate_slow ── thread::Block::refill, spill: as for a size class
//! ```

pub mod aligned;
pub mod allocate;
pub mod at_hand;
pub mod bytes;
pub mod deallocate;
pub mod direct;
pub mod figures;
pub mod fork;
pub mod instrument;
pub mod listing;
pub mod load;
pub mod locate;
pub mod modes;
pub mod objects;
pub mod owns;
pub mod pages;
pub mod reallocate;
pub mod reclaim;
pub mod regions;
pub mod sized;

#[cfg(test)]
mod tests;

pub use aligned::{allocate_aligned, allocate_zeroed_aligned};
pub use allocate::{allocate, allocate_hot, allocate_slow, allocate_zeroed, allocate_zeroed_slow, clear};
pub use bytes::{Flags, allocate_with, reallocate_with, set_handler};
pub use deallocate::{deallocate, deallocate_told};
pub use figures::{Heap, check, trim};
pub use listing::{AreaFigures, areas};
pub use locate::{good_size, usable_size};
pub use owns::{Belonging, name_of, owns};
pub use pages::{
    PAGES_MAX_ORDER, allocate_pages, allocate_pages_exact, allocate_pages_hot, allocate_zeroed_pages, free_pages,
    free_pages_exact,
};
pub use reallocate::reallocate;
pub use regions::{allocate_region, free_region, resize_region};
pub use sized::{allocate_sized, allocate_zeroed_sized, deallocate_sized, reallocate_sized};
