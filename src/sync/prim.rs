//! The seam for model checkers: what the lock stands on. `tests/loom.rs` mounts the lock over a `prim` of its own.

pub use crate::os::errno::thread_address;
pub use crate::os::futex::{wait, wait_a_moment, wake_one};
pub use crate::os::output::stop;
pub use crate::os::tls::{ranks, set_ranks};
pub use core::hint::spin_loop;
pub use core::sync::atomic::{AtomicU32, Ordering};

/// Turns before a waiter sleeps: about the length of a magazine exchange. Sleeping costs two system calls, so half of
/// this loses on exchanges and double burns a core where the holder was preempted.
pub const SPINS: u32 = 100;
