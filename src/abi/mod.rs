//! The C face: one file per standard. A function here converts, calls, converts; it is total, and only this layer decides
//! errno.
//!
//! The bare names exist with the feature `preload` (the default); the `quarry_*` names always.

#[cfg(all(feature = "preload", not(test), target_arch = "x86_64"))]
pub mod cxx;
pub mod gnu;
pub mod iso;
pub mod posix;
pub mod quarry;

use core::ffi::c_void;
use core::ptr;

use crate::os::errno;

/// Refuses: NULL and errno = ENOMEM.
#[cold]
#[inline(never)]
extern "C" fn refuse() -> *mut c_void {
    errno::set(libc::ENOMEM);
    ptr::null_mut()
}

/// Passes an object on, or refuses where there is none.
#[inline]
fn or_refuse(object: *mut u8) -> *mut c_void {
    if object.is_null() { refuse() } else { object.cast() }
}
