//! Guards: pages that no access passes. Where the kernel has guard regions (Linux 6.13) they cost page table entries
//! alone; elsewhere each splits a mapping, of which a process may have some 65,000, so there are only so many.

use core::ffi::c_void;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use super::errno;

/// MADV_GUARD_INSTALL and MADV_GUARD_REMOVE, which libc does not name yet.
const INSTALL: i32 = 102;
const REMOVE: i32 = 103;

/// Guards by mprotect that may stand at a time: each makes two mappings more. An eighth of what a process may have.
const MOST_SPLIT: usize = 4096;

/// Whether the kernel refused a guard region for want of the call itself.
static WITHOUT: AtomicBool = AtomicBool::new(false);
/// Guards by mprotect that stand.
static SPLIT: AtomicUsize = AtomicUsize::new(0);

/// What stands before or behind an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Guard {
    /// Nothing: the kernel refused, or there are enough.
    None = 0,
    /// A guard region.
    Region,
    /// Pages without permissions.
    Split,
}

/// Makes `[start, start + length)`, whole pages, a guard; what they held is gone where one stands.
///
/// # Safety
///
/// - The pages are committed memory of ours whose contents nobody needs.
pub unsafe fn install(start: NonNull<u8>, length: usize) -> Guard {
    let at = start.as_ptr().cast::<c_void>();
    // Relaxed, here and below: numbers that stand alone.
    if !WITHOUT.load(Relaxed) {
        // SAFETY: the caller's pages.
        let done = errno::preserved(|| {
            // SAFETY: as above.
            let status = unsafe { libc::madvise(at, length, INSTALL) };
            if status == 0 { Ok(()) } else { Err(errno::get()) }
        });
        match done {
            Ok(()) => return Guard::Region,
            Err(_) => WITHOUT.store(true, Relaxed),
        }
    }
    // Relaxed: as above; so for those below.
    if SPLIT.fetch_add(1, Relaxed) >= MOST_SPLIT {
        // Relaxed: as above.
        SPLIT.fetch_sub(1, Relaxed);
        return Guard::None;
    }
    // SAFETY: the caller's pages.
    errno::preserved(|| unsafe { libc::madvise(at, length, libc::MADV_DONTNEED) });
    // SAFETY: as above.
    if errno::preserved(|| unsafe { libc::mprotect(at, length, libc::PROT_NONE) }) == 0 {
        return Guard::Split;
    }
    SPLIT.fetch_sub(1, Relaxed);
    Guard::None
}

/// Takes a guard away: the pages read as zero, but where none stood.
///
/// # Safety
///
/// - `install` returned `guard` for the same pages.
pub unsafe fn remove(start: NonNull<u8>, length: usize, guard: Guard) {
    let at = start.as_ptr().cast::<c_void>();
    match guard {
        Guard::None => {}
        // SAFETY: the caller's pages.
        Guard::Region => {
            // SAFETY: as above.
            errno::preserved(|| unsafe { libc::madvise(at, length, REMOVE) });
        }
        Guard::Split => {
            // SAFETY: as above.
            errno::preserved(|| unsafe { libc::mprotect(at, length, libc::PROT_READ | libc::PROT_WRITE) });
            SPLIT.fetch_sub(1, Relaxed);
        }
    }
}
