//! The two futex calls that a lock needs.

use core::sync::atomic::AtomicU32;

use super::errno;

/// Sleeps until woken while `word` is `expected`; may return early, so callers look again.
pub fn wait(word: &AtomicU32, expected: u32) {
    // SAFETY: the word outlives the call, which borrows it, and a null timeout means none.
    errno::preserved(|| unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            expected,
            core::ptr::null::<libc::timespec>(),
        )
    });
}

/// Wakes one sleeper of `word`.
pub fn wake_one(word: &AtomicU32) {
    // SAFETY: the kernel only uses the address as a key.
    errno::preserved(|| unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1)
    });
}
