//! Memory areas: reserve, commit, purge, release, and the mremap of areas that stand alone.
//!
//! Reserving goes through `mmap-rs`, whose handle is given up at once: an arena is never unmapped. The rest is by
//! address. The crate's `merge`, which would keep one handle per protection, reads /proc/self/maps through a buffered
//! reader, and that allocates; its `split_to` has a path that panics.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

use mmap_rs::{MmapFlags, MmapOptions};

use super::errno;
use super::fault::{self, Call};
use super::name::{self, Name};

/// A reserved interval of addresses of which a prefix has been committed. The reservation can be shortened and, while
/// nobody else took the addresses behind it, lengthened again.
///
/// # Invariants
///
/// - **A1** `[start, start + size)` was reserved by this process and is never released but by `shorten_to`.
/// - **A2** `[start, start + committed)` is readable and writable, the rest is inaccessible.
pub struct Prefix {
    start: NonNull<u8>,
    committed: usize,
    size: usize,
}

// SAFETY: a `Prefix` is an interval of addresses that the whole process owns (A1), not memory of one thread, and
// every change takes `&mut self`.
unsafe impl Send for Prefix {}

/// Maps `size` inaccessible bytes, not charged; at `at` if that is not 0 and the addresses are free. `None` where the
/// kernel refuses or has another place only.
fn map_none(size: usize, at: usize) -> Option<*mut u8> {
    if fault::trip(Call::Reserve) {
        return None;
    }
    errno::preserved(|| {
        let mut options = MmapOptions::new(size).ok()?.with_flags(MmapFlags::NO_RESERVE);
        if at != 0 {
            options = options.with_address(at);
        }
        let mut mapping = options.map_none().ok()?;
        if at != 0 && mapping.start() != at {
            return None;
        }
        let start = mapping.as_mut_ptr();
        core::mem::forget(mapping);
        Some(start)
    })
}

impl Prefix {
    /// Reserves `size` bytes aligned to `align`, a power of two, both whole pages: inaccessible and not charged. `None`
    /// where the kernel refuses.
    ///
    /// What the alignment costs at both ends is released again, so that a process with a limit on its address space
    /// is charged for `size` only.
    pub fn reserve(size: usize, align: usize) -> Option<Prefix> {
        let at = map_none(size.checked_add(align)?, 0)?;
        let skip = at.addr().wrapping_neg() & (align - 1);
        let start = NonNull::new(at.wrapping_add(skip))?;
        // Should the kernel refuse, both ends stay reserved, which costs address space alone.
        // SAFETY: the head of the mapping just made; nobody has its address.
        unsafe { unmap(at, skip) };
        // SAFETY: the tail of it, behind the `size` bytes that are kept.
        unsafe { unmap(start.as_ptr().wrapping_add(size), align - skip) };
        Some(Prefix { start, committed: 0, size })
    }

    /// Releases what lies behind the first `size` bytes, unless the kernel refuses; nothing of it is committed.
    pub fn shorten_to(&mut self, size: usize) {
        debug_assert!(self.committed <= size);
        if size < self.size {
            // SAFETY: the tail of the reservation (A1), inaccessible (A2), so nobody uses it.
            if unsafe { unmap(self.start.as_ptr().wrapping_add(size), self.size - size) } {
                self.size = size;
            }
        }
    }

    /// Reserves on to `size` bytes where the addresses behind the reservation are free; on `false` nothing has changed.
    pub fn lengthen_to(&mut self, size: usize) -> bool {
        if size <= self.size {
            return true;
        }
        let end = self.start.addr().get() + self.size;
        let done = map_none(size - self.size, end).is_some();
        if done {
            self.size = size;
        }
        done
    }

    /// Cuts the first `size` bytes off as a reservation of their own; `size` is below the size and whole pages, and
    /// nothing is committed yet.
    pub fn split_to(&mut self, size: usize) -> Prefix {
        debug_assert!(self.committed == 0 && size < self.size);
        let head = Prefix { start: self.start, committed: 0, size };
        // SAFETY: `size` is below `self.size`, so the sum stays inside the reservation (A1).
        self.start = unsafe { self.start.add(size) };
        self.size -= size;
        head
    }

    /// Makes at least the first `target` bytes readable and writable; on refusal nothing has changed.
    ///
    /// Cost: one mprotect if `target` is above what is committed, nothing otherwise. The kernel joins the new part
    /// with the committed one, so the mapping count stays at two.
    pub fn commit_to(&mut self, target: usize) -> bool {
        if target <= self.committed {
            return true;
        }
        if target > self.size || fault::trip(Call::Commit) {
            return false;
        }
        let from = self.start.as_ptr().wrapping_add(self.committed);
        let length = target - self.committed;
        // SAFETY: the interval is inside the reservation (A1) and inaccessible so far (A2), so nothing refers to it
        // whose permissions could be taken away.
        let status = errno::preserved(|| unsafe {
            libc::mprotect(from.cast::<c_void>(), length, libc::PROT_READ | libc::PROT_WRITE)
        });
        if status == 0 {
            self.committed = target;
        }
        status == 0
    }

    /// Asks for huge pages behind the bytes from `from` on, committed or not, or for small ones alone; a hint, which
    /// kernels without huge pages do not take. Parts of different advice are mappings of their own.
    pub fn advise_huge(&self, from: usize, wanted: bool) {
        let advice = if wanted { libc::MADV_HUGEPAGE } else { libc::MADV_NOHUGEPAGE };
        let Some(length @ 1..) = self.size.checked_sub(from) else { return };
        let at = self.start.as_ptr().wrapping_add(from).cast::<c_void>();
        // SAFETY: the interval is inside the reservation (A1); the advice changes no contents.
        errno::preserved(|| unsafe { libc::madvise(at, length, advice) });
    }

    /// Returns how many of the committed bytes the kernel backs with memory now, `None` where it does not tell.
    pub fn resident(&self) -> Option<usize> {
        resident(self.start, self.committed)
    }

    /// As `resident`, of the `length` bytes from `from` on.
    pub fn resident_in(&self, from: usize, length: usize) -> Option<usize> {
        let length = self.committed.checked_sub(from)?.min(length);
        // SAFETY: `from` is at most `committed`, so the sum stays inside the reservation (A1).
        resident(unsafe { self.start.add(from) }, length)
    }

    /// Names the reservation.
    pub fn name(&self, name: Name) {
        name::name(self.start, self.size, name);
    }

    /// Returns the first address.
    pub fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Returns how many bytes from the start are readable and writable.
    pub fn committed(&self) -> usize {
        self.committed
    }

    /// Returns how many bytes are reserved.
    pub fn size(&self) -> usize {
        self.size
    }
}

/// Gives the pages of `[start, start + length)` back; they read as zero afterwards. Returns whether the kernel did it:
/// locked pages and system-call filters refuse, which loses nothing.
///
/// # Safety
///
/// - The interval is whole pages, committed, and holds nothing that is needed.
pub unsafe fn purge(start: NonNull<u8>, length: usize) -> bool {
    if fault::trip(Call::Purge) {
        return false;
    }
    // SAFETY: the caller's interval is committed memory of this process whose contents nobody needs.
    errno::preserved(|| unsafe { libc::madvise(start.as_ptr().cast::<c_void>(), length, libc::MADV_DONTNEED) }) == 0
}

/// Returns how many bytes of `[start, start + length)` the kernel backs with memory now, `None` where it does not tell.
/// Cost: a system call per 2 MiB.
pub fn resident(start: NonNull<u8>, length: usize) -> Option<usize> {
    const PAGES: usize = 512;
    if fault::trip(Call::Resident) {
        return None;
    }
    let page = super::limits::page_size();
    let mut sum = 0;
    let mut at = 0;
    // One turn per 512 pages.
    while at < length {
        let span = (length - at).min(PAGES * page);
        let mut pages = [0u8; PAGES];
        let from = start.as_ptr().wrapping_add(at).cast::<c_void>();
        // SAFETY: `pages` has a byte for each page of the span; the kernel checks the addresses.
        if errno::preserved(|| unsafe { libc::mincore(from, span, pages.as_mut_ptr()) }) != 0 {
            return None;
        }
        sum += pages.iter().filter(|&&byte| byte & 1 == 1).count() * page;
        at += span;
    }
    Some(sum)
}

/// Maps a memory area of its own: `length` zero bytes aligned to `align` (a power of two), whole pages.
pub fn map(length: usize, align: usize, page: usize) -> Option<NonNull<u8>> {
    if fault::trip(Call::Map) {
        return None;
    }
    let slack = if align > page { align } else { 0 };
    let whole = length.checked_add(slack)?;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    errno::preserved(|| {
        // SAFETY: a new private mapping at an address of the kernel's choice touches nothing that exists.
        let at = unsafe { libc::mmap(ptr::null_mut(), whole, protection, flags, -1, 0) };
        if at == libc::MAP_FAILED {
            return None;
        }
        let at = at.cast::<u8>();
        let skip = at.addr().wrapping_neg() & (align.max(page) - 1);
        let start = NonNull::new(at.wrapping_add(skip))?;
        // SAFETY: the head of the mapping just made; nobody has its address.
        unsafe { unmap(at, skip) };
        // SAFETY: the tail of it, behind the `length` bytes that are returned.
        unsafe { unmap(start.as_ptr().wrapping_add(length), slack - skip) };
        Some(start)
    })
}

/// Asks for huge pages behind `[start, start + length)`; a hint, which the kernel may not follow.
///
/// # Safety
///
/// - The interval is a mapping of ours of its own: the hint splits a mapping that it shares with others.
pub unsafe fn advise_huge(start: NonNull<u8>, length: usize) {
    if fault::trip(Call::Advise) {
        return;
    }
    // SAFETY: the caller's interval; the advice changes no contents.
    errno::preserved(|| unsafe { libc::madvise(start.as_ptr().cast::<c_void>(), length, libc::MADV_HUGEPAGE) });
}

/// Unmaps `length` bytes, nothing if that is 0; returns whether they are gone.
///
/// # Safety
///
/// - The interval is a mapping of ours, or part of one, that nobody uses.
unsafe fn unmap(start: *mut u8, length: usize) -> bool {
    if length == 0 {
        return true;
    }
    // SAFETY: the caller gives the interval up.
    !fault::trip(Call::Unmap) && errno::preserved(|| unsafe { libc::munmap(start.cast::<c_void>(), length) }) == 0
}

/// Releases a memory area of its own.
///
/// # Safety
///
/// - `[start, start + length)` came from `map` or `remap`, whole, and nobody uses it any more.
pub unsafe fn release(start: NonNull<u8>, length: usize) {
    errno::preserved(|| {
        // SAFETY: the caller gives up exactly one mapping of ours.
        if !unsafe { unmap(start.as_ptr(), length) } {
            // The kernel may refuse to split a mapping that it joined with a neighbour: the pages go all the same.
            // SAFETY: as above.
            unsafe { libc::madvise(start.as_ptr().cast::<c_void>(), length, libc::MADV_DONTNEED) };
        }
    });
}

/// Grows or shrinks a memory area, moving it where it must: page tables move, bytes are not copied. `None` leaves the
/// area as it was.
///
/// # Safety
///
/// - `[start, start + from)` came from `map` or `remap`, whole; after a move nobody uses the old addresses.
pub unsafe fn remap(start: NonNull<u8>, from: usize, to: usize) -> Option<NonNull<u8>> {
    // SAFETY: the caller's promise is the callee's; the new place is of the kernel's choice.
    unsafe { mremap(start, from, to, libc::MREMAP_MAYMOVE, ptr::null_mut()) }
}

/// As `remap`, to a place aligned to `align`, a power of two, where the area has to move.
///
/// # Safety
///
/// - As for `remap`; `start` is aligned to `align`.
pub unsafe fn remap_aligned(start: NonNull<u8>, from: usize, to: usize, align: usize) -> Option<NonNull<u8>> {
    // SAFETY: the caller's interval is one mapping of ours, and it stays where it is.
    if let Some(same) = unsafe { mremap(start, from, to, 0, ptr::null_mut()) } {
        return Some(same);
    }
    // A reservation finds the place; the area then takes its addresses.
    let place = Prefix::reserve(to, align)?;
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    // A kernel that refuses may have unmapped the reservation first, and another thread may have its addresses by now:
    // what is left of it stays, which costs address space alone.
    // SAFETY: as above; the new place is the reservation, which nobody but this function knows.
    unsafe { mremap(start, from, to, flags, place.start().as_ptr()) }
}

/// Returns whether the page at `start` is locked in memory, or the kernel is too old to tell (before 5.4).
///
/// # Safety
///
/// - The page is readable and writable, in a private mapping of ours.
pub unsafe fn is_locked(start: NonNull<u8>) -> bool {
    // Advice that locked memory does not take, and that changes nothing else.
    // SAFETY: the caller's page; the advice changes no contents.
    let status = errno::preserved(|| unsafe {
        libc::madvise(start.as_ptr().cast::<c_void>(), super::limits::page_size(), libc::MADV_COLD)
    });
    status != 0
}

/// Moves the pages of `[start, start + length)` to an area of its own; what was there reads as zero afterwards and stays
/// one mapping with what is around it. `None` where the kernel cannot (before 5.7), and where the memory is locked: it
/// would unlock all of it.
///
/// # Safety
///
/// - The interval is whole pages, readable and writable, of a private mapping of ours; nobody uses its addresses for
///   what they held.
pub unsafe fn move_out(start: NonNull<u8>, length: usize) -> Option<NonNull<u8>> {
    // SAFETY: the caller's interval.
    if unsafe { is_locked(start) } {
        return None;
    }
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_DONTUNMAP;
    // SAFETY: the caller's interval is in a mapping of ours and stays mapped; the new place is of the kernel's choice.
    unsafe { mremap(start, length, length, flags, ptr::null_mut()) }
}

/// # Safety
///
/// - As for `remap` or `move_out`; a fixed place is the caller's alone.
unsafe fn mremap(start: NonNull<u8>, from: usize, to: usize, flags: i32, place: *mut u8) -> Option<NonNull<u8>> {
    if fault::trip(Call::Remap) {
        return None;
    }
    errno::preserved(|| {
        let place = place.cast::<c_void>();
        // SAFETY: the caller's interval is one mapping of ours, and so is the place, or it is the kernel's choice.
        let at = unsafe { libc::mremap(start.as_ptr().cast::<c_void>(), from, to, flags, place) };
        if at == libc::MAP_FAILED { None } else { NonNull::new(at.cast::<u8>()) }
    })
}
