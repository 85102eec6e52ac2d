//! The seam for model checkers: what the lock stands on. `tests/loom.rs` mounts the lock over a `prim` of its own.

pub use crate::os::futex::{wait, wake_one};
pub use core::hint::spin_loop;
pub use core::sync::atomic::{AtomicU32, Ordering};
