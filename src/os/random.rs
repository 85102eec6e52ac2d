//! Seeds from the kernel.

use super::errno;

/// Returns 64 random bits; where the kernel has none yet, the clock's. Cost: a system call.
pub fn seed() -> u64 {
    let mut bits = 0u64;
    // SAFETY: eight bytes to write to; without waiting. The call is direct: libc's is a cancellation point.
    let done = errno::preserved(|| unsafe {
        libc::syscall(libc::SYS_getrandom, &raw mut bits, size_of::<u64>(), libc::GRND_NONBLOCK)
    });
    if done == 8 { bits } else { super::clock::coarse_milliseconds().wrapping_mul(0x9e37_79b9_7f4a_7c15) }
}
