//! Reclaim callbacks: what object caches offer to do when memory is short.

/// Calls the reclaim callbacks of all object caches; returns whether there was any.
pub fn run() -> bool {
    false
}
