//! Text out: raw writes that need neither stdio nor memory.

use core::ffi::CStr;
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicI32, AtomicU8, AtomicU64};

use super::errno;
use super::fault::{self, Call};

/// Writes all of `bytes` to `fd`. Errors end the attempt: there is nobody to tell.
///
/// The system call is made directly, because libc's `write` is a cancellation point and a thread that is cancelled
/// inside the allocator would leave with a lock held.
pub fn write(fd: i32, bytes: &[u8]) {
    let mut rest = bytes;
    if fault::trip(Call::Write) {
        return;
    }
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

/// Writes a line to standard error and aborts. Needs no memory and no lock.
#[cold]
pub fn stop(line: &[u8]) -> ! {
    write(2, line);
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}

/// Standard error as it was at load, to be found again at exit although the program may have closed it, closed every
/// descriptor, or given its number to a file of its own.
pub struct StandardError {
    copy: AtomicI32,
    /// Device and inode: what a descriptor must lead to before anything is written there.
    device: AtomicU64,
    inode: AtomicU64,
    /// The path that it had, terminated; for the case that no descriptor is left.
    path: [AtomicU8; PATH],
}

/// Longest path that is kept, with its end.
const PATH: usize = 256;

/// Returns device and inode of what a descriptor leads to, and whether that can be opened again by its path without
/// waiting for anybody: a file or a terminal.
fn look(fd: i32) -> Option<((u64, u64), bool)> {
    // SAFETY: `stat` is plain numbers, for which zero bytes are a value.
    let mut stat: libc::stat = unsafe { core::mem::zeroed() };
    // SAFETY: `stat` is there to write to.
    let status = errno::preserved(|| unsafe { libc::fstat(fd, &mut stat) });
    let kind = stat.st_mode & libc::S_IFMT;
    let lasts = kind == libc::S_IFREG || kind == libc::S_IFCHR;
    if status == 0 { Some(((stat.st_dev, stat.st_ino), lasts)) } else { None }
}

fn identity(fd: i32) -> Option<(u64, u64)> {
    look(fd).map(|(identity, _)| identity)
}

impl StandardError {
    /// Returns one that leads nowhere.
    pub const fn new() -> StandardError {
        StandardError {
            copy: AtomicI32::new(-1),
            device: AtomicU64::new(0),
            inode: AtomicU64::new(0),
            path: [const { AtomicU8::new(0) }; PATH],
        }
    }

    /// Remembers descriptor 2 and, with `copy`, copies it to a number that programs do not close one by one. If it is
    /// closed, nothing is remembered. Called once, at load.
    pub fn keep(&self, copy: bool) {
        let Some(((device, inode), lasts)) = look(2) else { return };
        // Relaxed, here and below: read by the exit handler, long after.
        self.device.store(device, Relaxed);
        self.inode.store(inode, Relaxed);
        // A low limit on descriptors refuses the first.
        for least in [900, 100, 10].into_iter().filter(|_| copy) {
            // SAFETY: plain descriptor duplication.
            let fd = errno::preserved(|| unsafe { libc::fcntl(2, libc::F_DUPFD_CLOEXEC, least) });
            if fd >= 0 {
                // Relaxed: as above.
                self.copy.store(fd, Relaxed);
                break;
            }
        }
        if !lasts {
            return;
        }
        let mut path = [0u8; PATH];
        // SAFETY: a terminated path and room for all but the end of the answer.
        let length = errno::preserved(|| unsafe {
            libc::readlink(c"/proc/self/fd/2".as_ptr(), path.as_mut_ptr().cast(), PATH - 1)
        });
        // A path that fills the room may have been cut.
        if usize::try_from(length).is_ok_and(|length| length < PATH - 1) {
            for (slot, byte) in self.path.iter().zip(path) {
                // Relaxed: as above.
                slot.store(byte, Relaxed);
            }
        }
    }

    /// Returns a descriptor that leads where standard error led: the copy, number 2, or the path opened again; -1,
    /// which swallows all text, if none does.
    pub fn find(&self) -> i32 {
        // Relaxed, here and below: as in `keep`.
        let known = Some((self.device.load(Relaxed), self.inode.load(Relaxed)));
        let copy = self.copy.load(Relaxed);
        if let Some(fd) = [copy, 2].into_iter().find(|&fd| identity(fd) == known) {
            return fd;
        }
        let mut path = [0u8; PATH];
        for (byte, slot) in path.iter_mut().zip(&self.path) {
            // Relaxed: as above.
            *byte = slot.load(Relaxed);
        }
        let Some(path) = CStr::from_bytes_until_nul(&path).ok().filter(|path| path.to_bytes().starts_with(b"/")) else {
            return -1;
        };
        let flags = libc::O_WRONLY | libc::O_APPEND | libc::O_CLOEXEC | libc::O_NOCTTY;
        // SAFETY: a terminated path that lives for the call.
        let fd = errno::preserved(|| unsafe { libc::open(path.as_ptr(), flags) });
        if identity(fd) == known { fd } else { -1 }
    }
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
