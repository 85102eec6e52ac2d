//! Allocation by size.

use core::ptr::{self, NonNull};

use super::{direct, load, reclaim};
use crate::base::Class;
use crate::base::class::SLAB_MAX;
use crate::buddy::{limit, system as buddy};
use crate::guard::{checked, pool};
use crate::os::tls::{self, Life};
use crate::slab::marks;
use crate::thread::magazines::{Obtained, Refusal, take_one};
use crate::thread::{current, current_or_born, own, pressure, sample, upkeep};

/// Allocates `size` bytes if the thread's loaded magazine has an object of the class; `None` is no refusal but a reason
/// to call `allocate_slow`.
///
/// Cost: 14 instructions with its return in `malloc` on x86-64, no lock, no loop, no call (`make hot`).
#[inline(always)]
pub fn allocate_hot(size: usize) -> Option<NonNull<u8>> {
    if size > SLAB_MAX {
        return None;
    }
    // SAFETY: the size was compared, and `current` is this thread's.
    unsafe { current().pop_size(size) }
}

/// The magazine is empty, the size has no slab class, or the thread has no block: null when memory is short.
#[cold]
#[inline(never)]
pub fn allocate_slow(size: usize) -> *mut u8 {
    if marks::are_kept()
        && let Some(Obtained { object, .. }) = obtain_marked(size)
    {
        return object.as_ptr();
    }
    obtain(size).map_or(ptr::null_mut(), |obtained| obtained.object.as_ptr())
}

/// As `allocate_slow`, for an object that has to have its class.
#[cold]
#[inline(never)]
pub(super) fn allocate_unsampled(size: usize) -> *mut u8 {
    if marks::are_kept()
        && let Some(Obtained { object, .. }) = obtain_marked(size)
    {
        return object.as_ptr();
    }
    obtain_unsampled(size).map_or(ptr::null_mut(), |obtained| obtained.object.as_ptr())
}

/// Allocates `size` bytes, contents undefined, aligned to 16. Null when memory is short or `size` is above
/// `isize::MAX`. Size 0 is served as 1.
#[inline]
pub fn allocate(size: usize) -> *mut u8 {
    match allocate_hot(size) {
        Some(object) => object.as_ptr(),
        None => allocate_slow(size),
    }
}

/// Returns an object from the thread's magazines of hardened mode, `None` where they have none.
#[inline]
fn obtain_marked(size: usize) -> Option<Obtained> {
    let class = Class::serving(size).filter(|class| class.is_slab_size() && !marks::is_checked())?;
    let block = own()?;
    upkeep::tick(block);
    block.pop_marked(class).inspect(|_| block.meter.allocated())
}

/// Returns an object of at least `size` bytes by the slow path.
pub(super) fn obtain(size: usize) -> Option<Obtained> {
    obtain_with_room(size, size)
}

/// As `obtain`, for `size` bytes of which `asked` were asked for: a sampled object has those alone.
pub(super) fn obtain_with_room(size: usize, asked: usize) -> Option<Obtained> {
    if sample::is_on()
        && let Some(sampled) = obtain_sampled(size, asked)
    {
        return Some(sampled);
    }
    obtain_unsampled(size)
}

/// As `obtain`, for an object that is known by its class and so has to have it (`heap::sized`).
pub(super) fn obtain_unsampled(size: usize) -> Option<Obtained> {
    load::ready()?;
    if marks::is_checked() {
        return obtain_checked(size, 16);
    }
    match Class::serving(size) {
        Some(class) => obtain_class(class),
        None => obtain_direct(size, 16),
    }
}

/// Returns an object between guards if a sample of its class is due.
#[cold]
fn obtain_sampled(size: usize, asked: usize) -> Option<Obtained> {
    let class = Class::serving(size)?;
    let block = own()?;
    if block.due(class) { pool::allocate(asked, block.draw() >> 63 == 1) } else { None }
}

/// Returns an object of checked mode.
pub(super) fn obtain_checked(size: usize, align: usize) -> Option<Obtained> {
    if size > ADDRESSES || align > ADDRESSES {
        return None;
    }
    or_reap(|| checked::allocate(size, align)).ok()
}

/// Addresses that a process has, with pages of four levels and of five.
const ADDRESSES: usize = 1 << 56;

/// Returns `size` bytes aligned to `align` past the classes.
pub(super) fn obtain_direct(size: usize, align: usize) -> Option<Obtained> {
    // Nothing is reaped for what no address space holds.
    if size > ADDRESSES || align > ADDRESSES {
        return None;
    }
    obtain_beyond(|| direct::allocate(size, align))
}

/// Returns what `attempt` gets past the classes.
pub(super) fn obtain_beyond(attempt: impl FnMut() -> Option<Obtained>) -> Option<Obtained> {
    load::ready()?;
    // A program of large objects alone comes to no magazine: the clock is looked at here.
    upkeep::look();
    let obtained = or_reap_memory(attempt);
    // The thread may have no block: that of large objects alone.
    obtained.inspect(|_| own().into_iter().for_each(|block| block.meter.allocated()))
}

/// Tries again where memory was short: once everything that magazines and depots keep has gone back to the buddy, and
/// what is being purged too; then once the reclaim callbacks of object caches have run, if there are any.
pub(super) fn or_reap<T>(attempt: impl FnMut() -> Result<T, Refusal>) -> Result<T, Refusal> {
    // A refill may call a constructor of the program's, or come to the sweep, which ranks before purging.
    or_reap_while(false, attempt)
}

/// As `or_reap`; with `hold` nobody purges during the second attempt either.
fn or_reap_while<T>(hold: bool, mut attempt: impl FnMut() -> Result<T, Refusal>) -> Result<T, Refusal> {
    let first = attempt();
    // From within a birth or a burial (`os::tls::BIRTH`) the registry is locked.
    if tls::life() == Life::Birth {
        return first;
    }
    if !matches!(first, Err(Refusal::Memory)) {
        // Before the program touches what it got.
        pressure::relieve(own());
        return first;
    }
    let mut again = || {
        if limit::limit().is_some() {
            // Dirty free memory counts: what cannot be used again for this goes back to the kernel.
            upkeep::trim(current_or_born(), 0);
        } else {
            upkeep::reap_all(current_or_born());
        }
        // What was being purged is free again then.
        let nobody_purges = buddy::hold_off_purge();
        let _held = hold.then_some(nobody_purges);
        attempt()
    };
    let second = again();
    if matches!(second, Err(Refusal::Memory)) && reclaim::run() { again() } else { second }
}

/// As `or_reap`, for what is refused for want of memory only.
pub(super) fn or_reap_memory<T>(mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    or_reap_while(true, || attempt().ok_or(Refusal::Memory)).ok()
}

/// Returns an object of `class` by the slow path. A run class comes here for every allocation, so its magazine is asked
/// first.
pub(super) fn obtain_class(class: Class) -> Option<Obtained> {
    load::ready()?;
    let Some(block) = current_or_born() else { return or_reap(|| take_one(class)).ok() };
    match block.pop_apart(class) {
        Some(object) => Some(Obtained { object, zero: false }),
        None => or_reap(|| block.refill(class)).ok().inspect(|_| block.meter.allocated()),
    }
}

/// Allocates `size` zero bytes; null as `allocate`.
///
/// Objects of run classes and above are cleared only where their memory is not known to be zero. Clearing goes through
/// the memset of libc by its name: the compiler would turn `malloc` and a clearing loop into a call of calloc, and this
/// is calloc.
#[inline]
pub fn allocate_zeroed(size: usize) -> *mut u8 {
    match allocate_hot(size) {
        // SAFETY: the object has at least `size` bytes.
        Some(object) => unsafe { clear(object, size) },
        None => allocate_zeroed_slow(size),
    }
}

/// As `allocate_slow`, for zero bytes.
#[cold]
#[inline(never)]
pub fn allocate_zeroed_slow(size: usize) -> *mut u8 {
    match obtain(size) {
        Some(Obtained { object, zero: true }) => object.as_ptr(),
        // SAFETY: the object has at least `size` bytes.
        Some(Obtained { object, zero: false }) => unsafe { clear(object, size) },
        None => ptr::null_mut(),
    }
}

/// Clears `size` bytes and returns their address, as memset does, so that the call can be the last instruction.
///
/// # Safety
///
/// - `object` is valid for writes of `size` bytes.
#[inline(always)]
pub unsafe fn clear(object: NonNull<u8>, size: usize) -> *mut u8 {
    // SAFETY: the caller's bytes.
    unsafe { libc::memset(object.as_ptr().cast(), 0, size) }.cast()
}
