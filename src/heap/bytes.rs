//! Bytes with a say in what happens when memory is short (the `kmalloc` of Linux). Without flags this is `allocate` and
//! `reallocate`; with flags it is the same memory, asked for in another way.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

use super::allocate::{clear, or_reap_memory};
use super::locate::{Place, good_size, locate, usable_size};
use super::reallocate::{Form, Resized, move_to, resize};
use super::{allocate, allocate_zeroed, at_hand, direct, load};
use crate::arena::areas;
use crate::base::UNIT;
use crate::report::{self, OutOfMemory};
use crate::sync::{Lock, Rank, lock};
use crate::thread::magazines::Obtained;

/// How an allocation is to go.
///
/// Holding a `Flags` proves that the bits are known ones, and that it does not ask both not to fail and not to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flags(u32);

impl Flags {
    /// All bytes are zero.
    pub const ZERO: u32 = 1;
    /// Never refused: whoever can make room is asked to.
    pub const NOFAIL: u32 = 2;
    /// Never waits and never enters the kernel; refused if no committed memory is at hand.
    pub const NOWAIT: u32 = 4;
    /// A hint: from 2 MiB on the object starts on a huge page.
    pub const HUGE: u32 = 8;

    /// Returns the flags with these bits, `None` for unknown ones and for a contradiction.
    pub const fn new(bits: u32) -> Option<Flags> {
        let both = Self::NOFAIL | Self::NOWAIT;
        if bits & !(Self::ZERO | both | Self::HUGE) == 0 && bits & both != both { Some(Flags(bits)) } else { None }
    }

    const fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }
}

/// Makes room when `size` bytes cannot be had, or does not return.
pub type Handler = unsafe extern "C" fn(size: usize, arg: *mut c_void);

/// The out-of-memory handler with its argument, which belong together.
struct Chosen(Option<Handler>, *mut c_void);

// SAFETY: the argument is passed on and never followed here; that threads may share what it points at is the program's
// word.
unsafe impl Send for Chosen {}

/// Held for a look, under which nothing else is taken: it shares the innermost rank.
static HANDLER: Lock<{ Rank::Store as u8 }, Chosen> = Lock::new(Chosen(None, ptr::null_mut()));

/// Sets the out-of-memory handler and its argument; `None` removes it.
///
/// # Safety
///
/// - The handler may be called with `arg` from any thread, in several at once, until another is set and all calls
///   returned.
pub unsafe fn set_handler(handler: Option<Handler>, arg: *mut c_void) {
    *HANDLER.lock() = Chosen(handler, arg);
}

/// Allocates `size` bytes as `flags` say; null when memory is short, unless they forbid it. Size 0 is served as 1.
///
/// With `ZERO` the object is zero to the end of its usable size, so that what it gains later in place is zero too.
pub fn allocate_with(size: usize, flags: Flags) -> *mut u8 {
    if flags.has(Flags::NOFAIL) { insist(size, || attempt(size, flags)) } else { attempt(size, flags) }
}

fn attempt(size: usize, flags: Flags) -> *mut u8 {
    if flags.has(Flags::NOWAIT) {
        attempt_at_hand(size, flags)
    } else if flags.has(Flags::HUGE) && size >= UNIT {
        obtain_huge(size).map_or(ptr::null_mut(), |obtained| obtained.object.as_ptr())
    } else if flags.has(Flags::ZERO) {
        allocate_zeroed(good_size(size))
    } else {
        allocate(size)
    }
}

fn attempt_at_hand(size: usize, flags: Flags) -> *mut u8 {
    let align = if flags.has(Flags::HUGE) && size >= UNIT { UNIT } else { 16 };
    // An alignment makes whole granules of it, as being beyond the classes does.
    let whole = if align > 16 { direct::good_size(size) } else { good_size(size) };
    match at_hand::obtain(size, align) {
        // SAFETY: the object has that many bytes.
        Some(Obtained { object, zero: false }) if flags.has(Flags::ZERO) => unsafe { clear(object, whole) },
        Some(Obtained { object, .. }) => object.as_ptr(),
        None => ptr::null_mut(),
    }
}

/// Returns an area of `size` bytes that starts on a huge page and asks for huge pages. The advice marks the area's
/// mapping alone, so an arena stays two mappings.
fn obtain_huge(size: usize) -> Option<Obtained> {
    load::load();
    let object = or_reap_memory(|| direct::map_area(size, UNIT))?;
    areas::advise_huge(object);
    Some(Obtained { object, zero: true })
}

/// Changes the size of an object as `reallocate` does; null as `allocate_with`, and then the object is as it was.
///
/// With `ZERO`, if every call on the object had it, bytes that it gains are zero: whatever lies behind `size` is
/// cleared where it is not known to be zero, since a later call may gain it in place.
///
/// # Safety
///
/// - As for `reallocate`.
pub unsafe fn reallocate_with(object: NonNull<u8>, size: usize, flags: Flags) -> *mut u8 {
    // SAFETY: the caller's promise is the callee's; after a null the object is as it was, so the attempt may be
    // repeated.
    let attempt = || unsafe { attempt_resize(object, size, flags) };
    if flags.has(Flags::NOFAIL) { insist(size, attempt) } else { attempt() }
}

/// # Safety
///
/// - As for `reallocate`.
unsafe fn attempt_resize(object: NonNull<u8>, size: usize, flags: Flags) -> *mut u8 {
    let resized = if flags.has(Flags::NOWAIT) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { at_hand::resize(object, size) }
    } else if flags.has(Flags::HUGE) && size >= UNIT {
        // SAFETY: the caller's promise is the callee's.
        unsafe { resize_huge(object, size) }
    } else {
        // SAFETY: as above.
        unsafe { resize(object, size, if flags.has(Flags::ZERO) { Form::Classed } else { Form::Any }) }
    };
    let Some(Resized { object, before, zero }) = resized else { return ptr::null_mut() };
    if flags.has(Flags::ZERO) && !zero {
        // Without waiting nothing shrinks, and what grows is in an arena, which is asked without a lock.
        let stays = flags.has(Flags::NOWAIT) && size <= before;
        let (kept, usable) = (before.min(size), if stays { before } else { usable_size(object.as_ptr()) });
        // SAFETY: the object has `usable` bytes, and the program none behind those it keeps.
        unsafe { clear(object.add(kept), usable - kept) };
    }
    object.as_ptr()
}

/// # Safety
///
/// - As for `reallocate`.
unsafe fn resize_huge(object: NonNull<u8>, size: usize) -> Option<Resized> {
    let before = usable_size(object.as_ptr());
    let is_huge = object.addr().get().is_multiple_of(UNIT) && matches!(locate(object), Ok(Place::Area { .. }));
    if !is_huge {
        // SAFETY: the caller's object of `before` usable bytes.
        return unsafe { move_to(object, before, size, || obtain_huge(size)) };
    }
    let object = or_reap_memory(|| direct::resize_area(object, size, UNIT))?;
    areas::advise_huge(object);
    Some(Resized { object, before, zero: size >= before })
}

/// Repeats an attempt at `size` bytes until it succeeds. Each reaps and runs the reclaim callbacks before it fails
/// (`or_reap`); then the out-of-memory handler runs. Stops the process if there is no handler, or for a size that can
/// never be had.
fn insist(size: usize, attempt: impl Fn() -> *mut u8) -> *mut u8 {
    // Ends with success or with the process; how often the handler is called is its own affair: it makes room or does
    // not return.
    loop {
        let object = attempt();
        if !object.is_null() {
            return object;
        }
        if size > isize::MAX as usize {
            report::stop_out_of_memory(size, OutOfMemory::NeverPossible);
        }
        let (handler, arg) = {
            let chosen = HANDLER.lock();
            (chosen.0, chosen.1)
        };
        match handler {
            // SAFETY: who set the handler promised that it may be called so; no lock is held.
            Some(handler) => unsafe { handler(size, arg) },
            None => report::stop_out_of_memory(size, OutOfMemory::NoHandler),
        }
    }
}

/// Takes the lock, for fork.
pub fn hold() {
    lock::hold(&HANDLER);
}

/// Gives the lock back, after fork.
///
/// # Safety
///
/// - As for `sync::lock::let_go`.
pub unsafe fn let_go() {
    // SAFETY: the caller's promise is the callee's.
    unsafe { lock::let_go(&HANDLER) };
}
