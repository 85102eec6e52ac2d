//! Pressure: near the limit of the process's control group, freed memory goes back sooner, and from three
//! quarters of it on before the program gets more.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use super::block::Block;
use super::upkeep;
use crate::base::Class;
use crate::buddy::{limit, system as buddy};
use crate::os::cgroup::{self, Memory};
use crate::slab::cache_of;

/// The least heap that looks at its control group: a small one opens no file.
const LEAST_HEAP: usize = 64 << 20;
/// Milliseconds between two looks where there is a limit, and where there is none: each is about ten files.
const PERIOD: u64 = 1000;
const PERIOD_WITHOUT: u64 = 30_000;

/// Whether to look at all (option `cgroup`).
static FOLLOWS: AtomicBool = AtomicBool::new(true);
/// When the next look is due, in milliseconds of the coarse clock.
static NEXT: AtomicU64 = AtomicU64::new(0);
/// How much sooner memory goes back, as of the last look; 0 before the first.
static FACTOR: AtomicU32 = AtomicU32::new(0);

/// Sets whether the control group is followed.
pub fn follow(follows: bool) {
    // Relaxed: a number that stands alone.
    FOLLOWS.store(follows, Ordering::Relaxed);
}

/// Returns how much sooner memory is to go back. What the group uses has file pages in it, which the kernel gives up
/// first, so a full group is a reason to hurry and not to purge at once.
fn factor(memory: Option<Memory>) -> u32 {
    match memory {
        Some(Memory { limit, used }) if used >= limit - limit / 8 => 16,
        Some(Memory { limit, used }) if used >= limit - limit / 4 => 4,
        _ => 1,
    }
}

/// Returns the decay time that is in force at `now` where `decay` is asked for, both in milliseconds. Looks at the control
/// group now and then; for rounds of upkeep.
pub fn quickened(decay: u64, now: u64) -> u64 {
    // Relaxed: these are numbers that stand alone; two threads that look at once find the same.
    if FOLLOWS.load(Ordering::Relaxed)
        && now >= NEXT.load(Ordering::Relaxed)
        && buddy::footprint().committed >= LEAST_HEAP
    {
        let memory = cgroup::memory();
        // Relaxed: as above.
        NEXT.store(now + if memory.is_some() { PERIOD } else { PERIOD_WITHOUT }, Ordering::Relaxed);
        // Relaxed: as above.
        FACTOR.store(factor(memory), Ordering::Relaxed);
        limit::set_bound(memory.map_or(0, |memory| memory.limit - memory.limit / 4));
    }
    // Relaxed: as above.
    decay / u64::from(FACTOR.load(Ordering::Relaxed).max(1))
}

/// Gives free memory back if the heap came to have more in use than three quarters of what its group may use: what
/// magazines and depots of size classes keep, empty slabs, dirty runs. Nothing of the program's is called.
#[inline]
pub fn relieve(own: Option<&Block>) {
    if limit::take_pressed() {
        relieve_now(own);
    }
}

#[cold]
fn relieve_now(own: Option<&Block>) {
    if let Some(block) = own {
        block.drain(Class::sizes());
    }
    for class in Class::sizes() {
        upkeep::reap(class, true);
        cache_of(class).lock().reap();
    }
    buddy::purge(buddy::footprint().dirty);
    limit::note_relieved();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_goes_back_sooner_the_nearer_the_limit_is() {
        let at = |used| factor(Some(Memory { limit: 800, used }));
        assert_eq!([at(0), at(599), at(600), at(699), at(700), at(900)], [1, 1, 4, 4, 16, 16]);
        assert_eq!(factor(None), 1);
        assert_eq!(factor(Some(Memory { limit: 0, used: 0 })), 16);
    }

    #[test]
    fn small_heaps_and_programs_that_say_so_keep_their_decay() {
        follow(false);
        assert_eq!(quickened(1000, u64::MAX), 1000);
        follow(true);
    }
}
