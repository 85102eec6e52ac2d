//! The futex calls that a lock needs, and a thread that sleeps.

use core::sync::atomic::AtomicU32;

use super::errno;
use super::fault::{self, Call};

/// Milliseconds after which a waiter looks again although nobody woke it: who was woken may be in a signal handler that
/// waits for the others.
const LOOK_AGAIN: u64 = 20;

/// Sleeps until woken while `word` is `expected`; may return early, so callers look again.
pub fn wait(word: &AtomicU32, expected: u32) {
    wait_at_most(word, expected, LOOK_AGAIN);
}

/// Nanoseconds of `wait_a_moment`: longer than a lock is held by who does not wake others. Half makes a waiter look
/// twice as often while such a holder is preempted, double makes it late by as much.
const MOMENT: i64 = 50_000;

/// Sleeps for a moment while `word` is `expected`: for what nobody wakes.
pub fn wait_a_moment(word: &AtomicU32, expected: u32) {
    let moment = libc::timespec { tv_sec: 0, tv_nsec: MOMENT };
    // SAFETY: the time lives for the call.
    unsafe { sleep(word, expected, &moment) };
}

/// Sleeps until woken while `word` is `expected`, at most so many milliseconds; may return early.
pub fn wait_at_most(word: &AtomicU32, expected: u32, milliseconds: u64) {
    let timeout = libc::timespec {
        tv_sec: (milliseconds / 1000) as libc::time_t,
        tv_nsec: (milliseconds % 1000 * 1_000_000) as libc::c_long,
    };
    // SAFETY: the time lives for the call.
    unsafe { sleep(word, expected, &timeout) };
}

/// # Safety
///
/// - `timeout` is null or readable.
unsafe fn sleep(word: &AtomicU32, expected: u32, timeout: *const libc::timespec) {
    if fault::trip(Call::Wait) {
        return;
    }
    let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word outlives the call, which borrows it; the timeout is the caller's.
    errno::preserved(|| unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, expected, timeout) });
}

/// Wakes one sleeper of `word`.
pub fn wake_one(word: &AtomicU32) {
    // SAFETY: the kernel only uses the address as a key.
    errno::preserved(|| unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1)
    });
}
