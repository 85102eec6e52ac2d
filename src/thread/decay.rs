//! Decay: how much dirty memory may stay for how long. What was freed at one time goes back to the kernel along a
//! smooth curve over `decay_ms`: little at first, when it may be used again, most in the middle, all of it by the end.
//!
//! The curve is 1 - (3x^2 - 2x^3) of the age x in decay times. Ages are counted in epochs; the dirty memory that is new
//! in an epoch enters the youngest, so what is used and freed again and again stays, and is not purged at each pause.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use crate::buddy::system as buddy;

/// Epochs in the decay time: at the default a round each. Half makes steps of 15 % in the middle of the curve.
const EPOCHS: usize = 20;
/// Most epochs that pass in one step: after a pause of the program what is dirty may have been freed only just, and a
/// purge of everything would hold up the call that it happens in.
const MOST_PASSED: u64 = EPOCHS as u64 / 4;
/// What may stay of the bytes in an epoch, by its age, in parts of `SCALE`.
#[allow(clippy::indexing_slicing)] // Evaluated by the compiler: an index out of range does not compile.
const STAYS: [usize; EPOCHS] = {
    let mut stays = [0; EPOCHS];
    let mut age = 0;
    while age < EPOCHS {
        stays[age] = SCALE - (3 * age * age * EPOCHS - 2 * age * age * age);
        age += 1;
    }
    stays
};
const SCALE: usize = EPOCHS * EPOCHS * EPOCHS;

/// What is known of the age of dirty memory. Relaxed throughout: `upkeep::round` lets one thread here at a time, and
/// publishes what it wrote.
struct Curve {
    /// The bytes that became dirty in each epoch, youngest first.
    fresh: [AtomicUsize; EPOCHS],
    /// When the youngest epoch began, in milliseconds of the coarse clock.
    began: AtomicU64,
    /// The dirty bytes that the last step left.
    left: AtomicUsize,
}

static CURVE: Curve = Curve::new();

/// Purges what may not stay any longer, whole units first. Returns whether there is dirty memory that a later step
/// will purge, or this one did.
pub(super) fn step(now: u64, decay: u64) -> bool {
    let dirty = buddy::footprint().dirty;
    let may_stay = if decay == 0 { 0 } else { CURVE.age(now, decay, dirty.saturating_sub(CURVE.left.load(Relaxed))) };
    let over = dirty.saturating_sub(may_stay);
    // Runs below 64 KiB too, last: left alone they held a tenth of what was live where sizes shift.
    let purged = if over > 0 { buddy::purge_unless_busy(over) } else { 0 };
    CURVE.left.store(dirty.saturating_sub(purged), Relaxed);
    purged > 0 || may_stay > 0
}

impl Curve {
    const fn new() -> Curve {
        Curve { fresh: [const { AtomicUsize::new(0) }; EPOCHS], began: AtomicU64::new(0), left: AtomicUsize::new(0) }
    }

    /// Lets the epochs pass up to `now`, and `fresh` bytes into the youngest; returns how many bytes may stay.
    fn age(&self, now: u64, decay: u64, fresh: usize) -> usize {
        let length = (decay / EPOCHS as u64).max(1);
        let passed = now.saturating_sub(self.began.load(Relaxed)) / length;
        if passed > MOST_PASSED {
            self.began.store(now, Relaxed);
        } else {
            self.began.fetch_add(passed * length, Relaxed);
        }
        let passed = passed.min(MOST_PASSED) as usize;
        let mut sum = 0;
        for (at, epoch) in self.fresh.iter().enumerate().rev() {
            let bytes = match at.checked_sub(passed).and_then(|from| self.fresh.get(from)) {
                Some(from) => from.load(Relaxed),
                None => 0,
            };
            let bytes = if at == 0 { bytes.saturating_add(fresh) } else { bytes };
            epoch.store(bytes, Relaxed);
            let stays = STAYS.get(at).copied().unwrap_or(0);
            // The division loses less than two pages of bytes.
            sum += bytes / SCALE * stays;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was freed at once goes little by little, and all of it by the end; what was freed later stays longer.
    #[test]
    fn dirty_bytes_go_along_a_smooth_curve_and_all_of_them_go() {
        const BYTES: usize = 1 << 30;
        let (decay, length) = (1000, 50);
        let mut now = 1_000_000;
        let curve = Curve::new();
        let age = |now, decay, fresh| curve.age(now, decay, fresh);
        age(now, decay, 0);
        let mut before = age(now, decay, BYTES);
        assert!(before > BYTES - SCALE);
        for _ in 1..EPOCHS {
            now += length;
            let after = age(now, decay, 0);
            assert!(after < before && before - after < BYTES / 12, "{before} {after}");
            before = after;
        }
        assert!(before < BYTES / 100);
        assert_eq!(age(now + length / 2, decay, BYTES), BYTES / SCALE * SCALE + before);
        now += length;
        assert!(age(now, decay, 0) < BYTES);
        // A pause lets a quarter of the curve pass and no more.
        let after = age(now + 100 * decay, decay, 0);
        assert!(after > BYTES * 3 / 4 && after < BYTES * 4 / 5, "{after}");
    }
}
