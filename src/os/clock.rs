//! Time, read on slow paths only.

use super::errno;
use super::fault::{self, Call};

/// Returns milliseconds on the coarse monotonic clock: one vDSO read, good to a timer tick.
pub fn coarse_milliseconds() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    if fault::trip(Call::Clock) {
        return 0;
    }
    // SAFETY: `now` is a timespec to write to. On failure it stays zero, and time seems to stand still.
    errno::preserved(|| unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &mut now) });
    (now.tv_sec as u64).wrapping_mul(1000).wrapping_add(now.tv_nsec as u64 / 1_000_000)
}

/// Returns nanoseconds on the monotonic clock: one vDSO read, some 20 ns. For instrumented builds.
#[cfg(feature = "instrument")]
pub fn nanoseconds() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: as above.
    errno::preserved(|| unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) });
    (now.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(now.tv_nsec as u64)
}
