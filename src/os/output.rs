//! Text out: raw writes that need neither stdio nor memory.

use core::ffi::CStr;

use super::errno;

/// Writes all of `bytes` to `fd`. Errors end the attempt: there is nobody to tell.
///
/// The system call is made directly, because libc's `write` is a cancellation point and a thread that is cancelled
/// inside the allocator would leave with a lock held.
pub fn write(fd: i32, bytes: &[u8]) {
    let mut rest = bytes;
    errno::preserved(|| {
        // Each turn writes at least one byte or ends, but for interruptions.
        while !rest.is_empty() {
            // SAFETY: `rest` is readable for its length.
            let done = unsafe { libc::syscall(libc::SYS_write, fd, rest.as_ptr(), rest.len()) };
            match usize::try_from(done) {
                Ok(done) if done > 0 => rest = rest.get(done..).unwrap_or(&[]),
                _ if done < 0 && errno::get() == libc::EINTR => {}
                _ => return,
            }
        }
    });
}

/// Copies standard error to a high descriptor that programs do not close by number; -1, which swallows all text, if it
/// is closed.
pub fn keep_standard_error() -> i32 {
    // A low limit on descriptors refuses the first.
    for least in [900, 100, 10] {
        // SAFETY: plain descriptor duplication.
        let copy = errno::preserved(|| unsafe { libc::fcntl(2, libc::F_DUPFD_CLOEXEC, least) });
        if copy >= 0 {
            return copy;
        }
    }
    -1
}

/// Opens `path` to append to, creating it for the user alone.
pub fn open(path: &CStr) -> Option<i32> {
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC;
    // SAFETY: a terminated path that lives for the call.
    let fd = errno::preserved(|| unsafe { libc::open(path.as_ptr(), flags, 0o600) });
    if fd >= 0 { Some(fd) } else { None }
}

/// Closes what `open` opened.
pub fn close(fd: i32) {
    // SAFETY: the caller owns the descriptor.
    errno::preserved(|| unsafe { libc::close(fd) });
}
