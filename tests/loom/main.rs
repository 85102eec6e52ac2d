//! Concurrency under every interleaving: the real lock, magazines, depot, arena, registry of arenas and load, mounted
//! over loom's atomics in place of `sync::prim`.
//!
//! Each model has mutations beside it, which must make it fail: what is weakened there is what the model proves to be
//! needed. Two switches away from a thread that could go on (`preemptions`) reach what two or three threads can do to a
//! lock and to what it guards; models of two threads with few steps run without that bound.

// What is mounted has more than is modelled, and its own unit tests, which run outside models as ever.
#![allow(dead_code, unused_imports, clippy::drop_non_drop, clippy::reversed_empty_ranges)]

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

/// What the load sets, without effect here, and the first arena, made as `buddy::system::initialise` makes it.
mod buddy {
    pub mod limit {
        pub fn set(_: usize) {}
    }

    pub mod system {
        pub use crate::once::initialise;

        use crate::options::Thp;

        pub fn set_first_size(_: usize) {}

        pub fn set_thp(_: Thp) {}
    }
}

mod stats {
    use crate::heap::figures::Heap;
    use crate::report::write::Writer;

    pub fn write_json(_: &Heap, _: &mut Writer<'_>) {}

    pub fn write_text(_: &Heap, _: &mut Writer<'_>) {}
}

mod thread {
    pub mod budget {
        pub fn set_bounds(_: usize, _: usize, _: usize) {}
    }

    pub mod maintenance {
        pub fn set_when(_: u8) {}
    }

    pub mod pressure {
        pub fn follow(_: bool) {}
    }

    pub mod upkeep {
        pub fn set_decay(_: usize) {}
    }
}

/// The load, without what it is called from.
#[path = "../../src/heap"]
mod heap {
    pub mod figures {
        pub struct Heap;
    }

    pub mod fork {
        pub use crate::once::register;
    }

    pub mod load;

    pub mod modes {
        use crate::options::Options;

        pub fn enter(_: &Options<'_>) {}
    }
}

mod exchange;
mod fork;
mod locks;
mod once;
mod publication;
mod threads;
