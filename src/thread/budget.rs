//! How much a thread may hold: capacities that start small and grow with traffic, within an allowance in bytes that
//! does the same, within a bound per thread and one for the process.
//!
//! A class's capacity doubles at each exchange with the depot or the slabs, if the thread's allowance has room. The
//! allowance begins at `FIRST_ALLOWANCE` and grows by an eighth when room was wanting and `CREDIT` slow calls have
//! passed since it last did: so it follows the traffic of the thread, and a burst of a thousand objects does not
//! earn it a megabyte. What goes cold gives both back (`Block::give_up_cold`).
//!
//! Why the loaded magazines are bounded and not taken: pop and push are plain loads and stores of their thread, so
//! nobody else can take a loaded magazine unless that thread is known to stand outside those few instructions, and
//! nothing that is true of a sleeping thread says so: a signal handler may have interrupted them and sleep. What
//! another may take without a word to the owner is the previous magazine (T7). The allowance counts both, so half of
//! it is what a thread that sleeps keeps at most.
//!
//! Magazines of object caches are bounded by their shape alone: whoever has the sweep resets their capacities in any
//! thread, and `held` is their thread's.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::block::{Block, Pair};
use crate::base::Class;
use crate::base::shape::ROUNDS_MAX;
use crate::os::tls::apart;

/// Most rounds of a magazine in a thread that just begins to use a class: a cache line of them with the header.
const FIRST_ROUNDS: usize = 6;
/// Most bytes of objects in such a magazine, but for one object.
const FIRST_BYTES: usize = 1 << 10;
/// What any thread may hold, without a claim on the process's budget. A quarter of it has threads that live for a few
/// objects of thirty classes take four fifths of these from the slabs one by one, and keeps 28 KiB instead of 44 in a
/// thread that used a mebibyte once; half as much again keeps 60.
const FIRST_ALLOWANCE: usize = 64 << 10;
/// Slow calls between two steps of the allowance. At an eighth per step it comes from its first to eight
/// mebibytes in 2,700 slow calls, less than a millisecond. Half lets a burst of two thousand objects earn twice as many steps.
const CREDIT: u32 = 64;
/// A class of slabs may hold a quarter of what of the allowance nobody holds: n classes that want more than there is
/// come to an equal share each, allowance / (n + 4), whoever came first (the dynamic thresholds of Choudhury & Hahne
/// 1998). First come, first served left large classes of a program of fifty with nothing.
const SHARE: usize = 4;
/// What slabs may take of an allowance at most; the rest is for runs, so that pairs of a run of up to 4 MiB need not go
/// to the buddy.
const MOST_FOR_SLABS: usize = 2 << 20;

/// Most rounds in any magazine (option `magazine_rounds`).
static MOST_ROUNDS: AtomicUsize = AtomicUsize::new(ROUNDS_MAX);
/// Most bytes of a thread's allowance (option `thread_cache`).
static MOST_IN_THREAD: AtomicUsize = AtomicUsize::new(8 << 20);
/// Most bytes of all allowances beyond the first (option `process_cache`).
static MOST_IN_PROCESS: AtomicUsize = AtomicUsize::new(64 << 20);
/// The bytes of all allowances beyond the first.
static CLAIMED: AtomicUsize = AtomicUsize::new(0);

/// Sets the bounds on magazines; threads follow when their magazines next grow.
pub fn set_bounds(rounds: usize, in_thread: usize, in_process: usize) {
    // Relaxed throughout: numbers that stand alone.
    MOST_ROUNDS.store(rounds, Relaxed);
    MOST_IN_THREAD.store(in_thread, Relaxed);
    MOST_IN_PROCESS.store(in_process, Relaxed);
}

/// Returns the capacity that follows `before`: what a magazine of twice the cache lines has room for, or of larger
/// objects just twice as many, so that magazines begin and end where slabs of a power of two do.
fn next_capacity(class: Class, before: usize) -> usize {
    let shape = class.shape();
    let most = usize::from(shape.rounds).min(MOST_ROUNDS.load(Relaxed)).max(1);
    if before == 0 {
        let by_bytes = FIRST_BYTES.checked_div(shape.size as usize).unwrap_or(0);
        by_bytes.clamp(1, FIRST_ROUNDS).min(most)
    } else if shape.size as usize * FIRST_ROUNDS > FIRST_BYTES {
        most.min(2 * before)
    } else if most <= 2 * before + 4 {
        most
    } else {
        2 * before + 2
    }
}

impl Block {
    /// Raises the capacity of a slab class or object cache in this thread; returns whether it grew.
    #[inline]
    pub(super) fn grow(&self, pair: &Pair<'_>) -> bool {
        !pair.slot.grown.get() && apart(|| self.raise(pair))
    }

    fn raise(&self, pair: &Pair<'_>) -> bool {
        let before = usize::from(pair.slot.capacity.get());
        let after = next_capacity(pair.class, before);
        if after <= before {
            pair.slot.grown.set(true);
            return false;
        }
        if pair.class.object().is_none() {
            let size = pair.class.size();
            let held_slabs = self.held.get() - self.held_runs.get();
            let free = self.allowance.get().min(MOST_FOR_SLABS).saturating_sub(held_slabs);
            if 2 * after * size * SHARE > free {
                self.earn();
                return false;
            }
            self.held.set(self.held.get() + 2 * (after - before) * size);
        }
        pair.slot.capacity.set(after as u16);
        true
    }

    /// Lets the thread keep runs of a class, one or as many as the class's magazines have rounds; returns whether it
    /// may.
    pub(super) fn grow_runs(&self, pair: &Pair<'_>) -> bool {
        apart(|| self.raise_runs(pair))
    }

    fn raise_runs(&self, pair: &Pair<'_>) -> bool {
        // It has a capacity already if no magazine could be had for it.
        self.lower(pair);
        let most = usize::from(pair.class.shape().rounds).min(MOST_ROUNDS.load(Relaxed)).max(1);
        for rounds in [most, 1] {
            let bytes = rounds * pair.class.size();
            let (held, held_runs) = (self.held.get() + bytes, self.held_runs.get() + bytes);
            if held <= self.allowance.get() {
                self.held.set(held);
                self.held_runs.set(held_runs);
                pair.slot.capacity.set(rounds as u16);
                return true;
            }
        }
        self.earn();
        false
    }

    /// Sets the capacity of a class to nothing.
    pub(super) fn forgo(&self, pair: &Pair<'_>) {
        apart(|| self.lower(pair));
    }

    fn lower(&self, pair: &Pair<'_>) {
        pair.slot.grown.set(false);
        let capacity = usize::from(pair.slot.capacity.replace(0));
        if pair.class.object().is_some() {
            return;
        }
        let bytes = capacity * pair.class.size();
        if pair.class.is_run() {
            self.held_runs.set(self.held_runs.get() - bytes);
            self.held.set(self.held.get() - bytes);
        } else {
            self.held.set(self.held.get() - 2 * bytes);
        }
    }

    /// Raises the allowance, if the thread made enough slow calls since that was last done and the process has room.
    fn earn(&self) {
        let calls = self.slow_calls.load(Relaxed);
        if calls.wrapping_sub(self.grown_at.get()) < CREDIT {
            return;
        }
        self.grown_at.set(calls);
        let before = self.allowance.get();
        let step = (before / 8).min(MOST_IN_THREAD.load(Relaxed).saturating_sub(before));
        if step == 0 {
            return;
        }
        if CLAIMED.fetch_add(step, Relaxed) + step > MOST_IN_PROCESS.load(Relaxed) {
            CLAIMED.fetch_sub(step, Relaxed);
        } else {
            self.allowance.set(before + step);
        }
    }

    /// Gives a new block its first allowance.
    pub(super) fn begin_allowance(&self) {
        self.allowance.set(FIRST_ALLOWANCE.min(MOST_IN_THREAD.load(Relaxed)));
    }

    /// Gives back what of the allowance is more than twice of what the thread holds.
    pub(super) fn shrink_allowance(&self) {
        apart(|| {
            let before = self.allowance.get();
            let after = before.min((2 * self.held.get()).max(FIRST_ALLOWANCE));
            if after < before {
                self.allowance.set(after);
                CLAIMED.fetch_sub(before - after, Relaxed);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_start_small_and_fill_whole_lines_up_to_the_most() {
        for class in Class::sizes().filter(|class| !class.is_run()) {
            let most = usize::from(class.shape().rounds);
            let mut capacity = next_capacity(class, 0);
            assert!((1..=6).contains(&capacity) && (capacity == 1 || capacity * class.size() <= FIRST_BYTES));
            while capacity < most {
                let next = next_capacity(class, capacity);
                assert!(next > capacity && next <= most, "{class:?}");
                capacity = next;
            }
            assert_eq!(next_capacity(class, most), most);
        }
        let small = Class::FIRST;
        let capacities: std::vec::Vec<_> =
            core::iter::successors(Some(0), |&c| (c < 128).then(|| next_capacity(small, c))).collect();
        assert_eq!(capacities, [0, 6, 14, 30, 62, 128]);
    }
}
