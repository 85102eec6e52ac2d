//! The lock, the lock order, and the one seam through which model checkers see atomics.

pub mod lock;
pub mod meter;
pub mod prim;
pub mod rank;

#[cfg(test)]
mod tests;

pub use lock::{Lock, LockGuard};
pub use rank::Rank;
