//! Concurrency under every interleaving: the real lock, magazines, depot, arena, registry of arenas and load, mounted
//! over loom's atomics in place of `sync::prim`.
//!
//! Each model has mutations beside it, which must make it fail: what is weakened there is what the model proves to be
//! needed. Two switches away from a thread that could go on (`preemptions`) reach what two or three threads can do to a
//! lock and to what it guards; models of two threads with few steps run without that bound.

// What is mounted has more than is modelled, and its own unit tests, which run outside models as ever.
#![allow(dead_code, unused_imports)]

#[path = "../../src/base/mod.rs"]
mod base;

#[path = "../../src/os/mod.rs"]
mod os;

/// The lock over the seam of the models.
#[path = "../../src/sync"]
mod sync {
    pub mod lock;
    pub mod meter;
    #[path = "../../tests/loom/prim.rs"]
    pub mod prim;
    pub mod rank;

    pub use lock::{Lock, LockGuard};
    pub use rank::Rank;
}

#[path = "../../src/report/mod.rs"]
mod report;

#[path = "../../src/options/mod.rs"]
mod options;

#[path = "../../src/arena/mod.rs"]
mod arena;

/// Magazines and the depot, without their unit tests.
#[path = "../../src/depot"]
mod depot {
    pub mod exchange;
    pub mod magazine;

    pub use magazine::MagazineRef;
}

mod exchange;
mod locks;
mod publication;
