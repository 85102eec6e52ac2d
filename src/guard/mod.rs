//! What catches more than a bad free: the objects of checked mode, each with a record and a canary, and objects that
//! are sampled and stand between guards. All that is known of them lies out of line.
//!
//! Their addresses have no class for the hot path: in checked mode threads do not know the arena, and sampled objects
//! lie outside it. So `free`, `realloc` and `malloc_usable_size` come to the slow path by themselves and ask here
//! first.

pub mod checked;
pub mod fault;
mod large;
pub mod pool;
pub mod records;
mod traces;

use core::ptr::NonNull;

use crate::report::Misuse;
use crate::slab::marks;

/// Bytes behind an object that are looked at when it is freed, if they are not used: up to the end of its place, but
/// not more. Double is seldom there, since classes are close; half is passed over by an index that is off by eight
/// words.
const CANARY_MOST: usize = 128;

/// The size that a caller says an object has, and what it is if it has another.
pub type Claim = Option<(usize, Misuse)>;

/// Returns the size that was asked for of an object that is recorded here, `None` for any other. Stops the process for
/// one that is free, and for an address inside one.
pub fn size_of(object: NonNull<u8>) -> Option<usize> {
    if pool::holds(object) {
        return Some(pool::size_of(object));
    }
    if marks::is_checked() { checked::size_of(object) } else { None }
}

/// Frees an object that is recorded here; false for any other. Stops the process where it is misused.
pub fn free(object: NonNull<u8>, claim: Claim) -> bool {
    if pool::holds(object) {
        pool::free(object, claim);
        return true;
    }
    marks::is_checked() && checked::free(object, claim)
}

/// The bytes of a canary: not zero, so that a string's end that is written too far shows.
const CANARY: u8 = 0xc5;

/// Writes a canary of `length` bytes.
///
/// # Safety
///
/// - The bytes are the caller's.
unsafe fn write_canary(from: NonNull<u8>, length: usize) {
    // SAFETY: the caller's bytes.
    unsafe { from.write_bytes(CANARY, length) };
}

/// Returns the first address of `length` bytes from `from` that does not hold what `write_canary` wrote.
///
/// # Safety
///
/// - The bytes are readable.
unsafe fn broken_canary(from: NonNull<u8>, length: usize) -> Option<usize> {
    // SAFETY: the caller's bytes.
    unsafe { first_other(from, length, CANARY) }
}

/// Returns the address of the first of `length` bytes from `from` that is not `byte`.
///
/// # Safety
///
/// - The bytes are readable.
unsafe fn first_other(from: NonNull<u8>, length: usize, byte: u8) -> Option<usize> {
    // Bytes are all the same if each equals the next: libc compares them by the vector.
    // SAFETY: the caller's bytes; so for those below.
    let first = if length == 0 { byte } else { unsafe { from.read() } };
    let rest = from.as_ptr().wrapping_add(1);
    // SAFETY: both ranges are inside the caller's bytes.
    let same =
        first == byte && (length < 2 || unsafe { libc::memcmp(from.as_ptr().cast(), rest.cast(), length - 1) } == 0);
    if same {
        return None;
    }
    // SAFETY: as above.
    let at = (0..length).find(|&at| unsafe { from.add(at).read() } != byte);
    // Another thread may have put the byte right in between; then the last place is told.
    Some(from.addr().get() + at.unwrap_or(length - 1))
}
