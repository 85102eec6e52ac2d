//! The seam for model checkers: the atomics that publish something, and what the lock stands on. `tests/loom` mounts the
//! lock, the depot, the arena and the load over a `prim` of its own.

pub use crate::os::errno::thread_address;
pub use crate::os::futex::{wait, wait_a_moment, wake_one};
pub use crate::os::output::stop;
pub use crate::os::tls::{ranks, set_ranks};
pub use core::hint::spin_loop;
pub use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Whether the lock order is checked, in builds that check it: by thread.
#[cfg(all(debug_assertions, test))]
pub const CHECKS_ORDER: bool = true;

/// Turns before a waiter sleeps: about the length of a magazine exchange. Sleeping costs two system calls, so half of
/// this loses on exchanges and double burns a core where the holder was preempted.
pub const SPINS: u32 = 100;
