//! Bytes: malloc with a say in what happens when memory is short. Documented in `include/quarry.h`; the names are those
//! of Linux's `kmalloc`.

use core::ffi::{c_uint, c_void};
use core::ptr::{self, NonNull};

use super::convert::{self, or_refuse, refuse_argument};
use crate::heap::{self, Flags};

/// Allocates `size` bytes as `flags` say. Without flags: two instructions more than `malloc`.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_kmalloc(size: usize, flags: c_uint) -> *mut c_void {
    if flags == 0 { convert::allocate(size) } else { allocate_flagged(size, flags) }
}

/// `quarry_kmalloc` with the flag for zero bytes.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_kzalloc(size: usize, flags: c_uint) -> *mut c_void {
    allocate_flagged(size, flags | Flags::ZERO)
}

#[inline(never)]
extern "C" fn allocate_flagged(size: usize, flags: c_uint) -> *mut c_void {
    match Flags::new(flags) {
        Some(flags) => or_refuse(heap::allocate_with(size, flags)),
        None => refuse_argument(),
    }
}

/// `quarry_realloc` with flags.
///
/// # Safety
///
/// - As `realloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_krealloc(object: *mut c_void, size: usize, flags: c_uint) -> *mut c_void {
    let Some(flags) = Flags::new(flags) else { return refuse_argument() };
    let Some(old) = NonNull::new(object.cast::<u8>()) else { return or_refuse(heap::allocate_with(size, flags)) };
    if size == 0 {
        // SAFETY: the caller's promise is the callee's.
        unsafe { convert::free(object) };
        return ptr::null_mut();
    }
    // SAFETY: as above.
    or_refuse(unsafe { heap::reallocate_with(old, size, flags) })
}

/// `malloc_usable_size`.
///
/// # Safety
///
/// - As `malloc_usable_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_ksize(object: *mut c_void) -> usize {
    heap::usable_size(object.cast())
}

/// `free`.
///
/// # Safety
///
/// - As `free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_kfree(object: *mut c_void) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { convert::free(object) }
}

/// Sets what is called when an allocation that must not fail finds memory short.
///
/// # Safety
///
/// - The handler may be called with `arg` from any thread, in several at once, until another is set and all calls
///   returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_set_oom_handler(
    handler: Option<unsafe extern "C" fn(size: usize, arg: *mut c_void)>,
    arg: *mut c_void,
) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { heap::set_handler(handler, arg) }
}
