//! Giving memory back now.
//!
//! # Why no safe use is undefined
//!
//! What goes back is free: magazines, depots and slabs hold objects that nobody has, and nobody has the pages of a free
//! run. Destructors of object caches run, of objects that are free, as whenever memory is short.

use crate::heap;

/// Gives back to the kernel everything that can be given back, now; returns how many bytes went.
///
/// What other threads have loaded is theirs until their next slow call. Destructors of object caches run, so no lock
/// that one of them waits for may be held. Cost: all free memory that was used since the last time, about 50 ns per
/// page.
pub fn purge() -> usize {
    heap::trim(0)
}

#[cfg(test)]
mod tests {
    use super::purge;
    use crate::api::Pages;

    #[test]
    fn freed_memory_is_purged_and_counted() {
        drop(Pages::uninit(13).unwrap().fill(1));
        assert!(purge() > 0);
    }
}
