//! Sampling: one object for so many bytes allocated, on average, without a step on the hot path. When a magazine is
//! loaded, the number of objects to the next sample is drawn, and rounds beyond it are *hidden*: the magazine runs dry
//! there, its rest below `bottom`. The slow path learns by `due` that a sample is to be taken, and gives the rest back.
//!
//! The distance is geometric, so it has no memory: it is drawn anew at each loading, for each class by itself, and what
//! was left of the one before need not be kept. What leaves a magazine and comes back is not counted: a class whose
//! objects only go back and forth never runs dry. So now and then, when the thread comes by the slow path for whatever
//! class, its magazines are *cut short*, as many as the time that went by makes likely. A thread that has no slow call
//! at all is not sampled.
//!
//! Figures, which see a block from outside, count hidden rounds with the program's objects.
//!
//! Whoever asks `due` is told of a sample: `heap::allocate::obtain`, which knows the size.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::block::{Block, Pair};
use crate::base::Class;
use crate::depot::magazine::Round;
use crate::depot::{Magazine, MagazineRef};
use crate::os::clock;

/// What a busy thread allocates in a millisecond, for what cannot be counted. Half or double halves or doubles the
/// samples of objects that go back and forth.
const BYTES_PER_MS: usize = 1 << 20;
/// Milliseconds between two cuts of a thread: at less the cost of a sample, some microseconds, is felt.
const LEAST_MS: u16 = 10;
/// What a thread that slept is counted for at most.
const MOST_MS: u16 = 50;

/// Bytes from sample to sample on average; 0 for none.
static DISTANCE: AtomicUsize = AtomicUsize::new(0);

/// Has a sample taken for so many bytes, on average.
pub fn set_distance(bytes: usize) {
    // Relaxed: a number that stands alone.
    DISTANCE.store(bytes, Ordering::Relaxed);
}

/// Returns whether samples are taken.
#[inline]
pub fn is_on() -> bool {
    // Relaxed: a number that stands alone.
    DISTANCE.load(Ordering::Relaxed) != 0
}

/// Returns the binary logarithm of `value`, at least 1, in 65,536ths: by the parabola through the ends of each
/// doubling, which is off by less than a hundredth.
fn log2(value: u64) -> u64 {
    let whole = u64::from(value.ilog2());
    let fraction = (value << (63 - whole) << 1) >> 48;
    let bend = fraction * (65_536 - fraction) / 65_536 * 22_550 / 65_536;
    (whole << 16) + fraction + bend
}

impl Block {
    /// Draws how many objects of a class come before the next sample: exponential in bytes, so -ln(u) times the
    /// distance, u even in (0, 1].
    fn draw_distance(&self, class: Class) -> usize {
        // Relaxed: a number that stands alone.
        let distance = DISTANCE.load(Ordering::Relaxed);
        // 48 bits, and their logarithm below 48: ln is 45,426 / 65,536 of it.
        let bits = (self.draw() >> 16) + 1;
        let nats = ((48 << 16) - log2(bits).min(48 << 16)) as u128 * 45_426 / 65_536;
        let bytes = (nats * distance as u128) >> 16;
        usize::try_from(bytes / class.size().max(1) as u128).unwrap_or(usize::MAX)
    }

    /// Returns whether a sample of a class is due: its magazine is dry with rounds hidden. Gives them back, as far as
    /// the next distance goes.
    pub fn due(&self, class: Class) -> bool {
        is_on() && class.is_slab_size() && self.pair(class).is_some_and(|pair| self.reveal(&pair, 0))
    }

    /// Gives hidden rounds of a dry magazine back, as far as the next distance goes and `least` of them at least. False
    /// if none are hidden.
    pub(super) fn reveal(&self, pair: &Pair<'_>, least: usize) -> bool {
        let hidden = pair.top.get() == pair.bottom.get() && pair.hidden() > 0;
        if hidden {
            self.hide(pair, least);
        }
        hidden
    }

    /// Hides the rounds of a loaded magazine that lie beyond the distance to the next sample, but for `least`.
    pub(super) fn hide(&self, pair: &Pair<'_>, least: usize) {
        let Some(first) = pair.first_round() else { return };
        let count = pair.shown_and_hidden();
        let shown = count.min(self.draw_distance(pair.class).max(least));
        pair.bottom.set(first.wrapping_add(count - shown));
    }

    /// At a look at the clock: cuts short the magazines of which a sample would have been due by now if the thread had
    /// allocated `BYTES_PER_MS`, the same in each class.
    pub(super) fn cut_short(&self) {
        if !is_on() {
            return;
        }
        let now = clock::coarse_milliseconds() as u16;
        let elapsed = now.wrapping_sub(self.cut.get()).min(MOST_MS);
        if elapsed < LEAST_MS {
            return;
        }
        self.cut.set(now);
        let loaded = || {
            let classes = Class::sizes().take_while(|class| class.is_slab_size());
            classes.filter_map(|class| self.pair(class)).filter(|pair| pair.first_round().is_some())
        };
        let bytes = elapsed as usize * BYTES_PER_MS / loaded().count().max(1);
        for pair in loaded() {
            if self.draw_distance(pair.class) < bytes / pair.class.size().max(1) {
                pair.bottom.set(pair.top.get());
            }
        }
    }
}

impl Pair<'_> {
    /// Returns the first place of the loaded magazine.
    fn first_round(&self) -> Option<*mut Round> {
        self.slot.loaded.get().map(first_round_of)
    }

    /// Returns how many rounds the loaded magazine holds, shown and hidden.
    pub(super) fn shown_and_hidden(&self) -> usize {
        self.slot.loaded.get().map_or(0, |raw| self.shown_in(raw))
    }

    /// As `shown_and_hidden`, of the magazine that the hot cells point into.
    pub(super) fn shown_in(&self, raw: NonNull<Magazine>) -> usize {
        self.top.get().addr().wrapping_sub(first_round_of(raw).addr()) / size_of::<Round>()
    }

    /// Returns how many rounds of the loaded magazine are hidden.
    fn hidden(&self) -> usize {
        let first = self.first_round().map_or(self.bottom.get().addr(), |first| first.addr());
        self.bottom.get().addr().wrapping_sub(first) / size_of::<Round>()
    }
}

/// Returns the first place of a magazine.
fn first_round_of(raw: NonNull<Magazine>) -> *mut Round {
    // SAFETY: looked at and let go; the reference that counts stays where it is. Magazines are never unmapped.
    unsafe { MagazineRef::from_raw(raw) }.first_round().as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buddy::system;
    use crate::thread::current_or_born;

    #[test]
    fn logarithm_is_near() {
        for value in (1..100_000u64).chain((1..48).map(|shift| (1 << shift) + 12_345 % (1 << shift))) {
            let exact = (value as f64).log2();
            assert!((log2(value) as f64 / 65_536.0 - exact).abs() < 0.01, "{value}");
        }
    }

    #[test]
    fn distances_are_the_mean_on_average() {
        assert!(system::initialise());
        let block = current_or_born().unwrap();
        set_distance(1 << 20);
        for size in [16, 256, 4096] {
            let class = Class::serving(size).unwrap();
            let sum: usize = (0..20_000).map(|_| block.draw_distance(class)).sum();
            let mean = sum as f64 / 20_000.0 * class.size() as f64 / (1 << 20) as f64;
            // Four standard deviations of the mean, and what cutting to whole objects takes.
            assert!((0.95..1.05).contains(&mean), "{size}: {mean}");
        }
        set_distance(0);
    }
}
