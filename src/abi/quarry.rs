//! The `quarry_*` names: the same functions beside whatever allocator has the bare ones. Documented in
//! `include/quarry.h`.

use core::ffi::{c_char, c_int, c_void};

use super::convert;
use crate::heap::{self, Heap};
use crate::report::write::Writer;
use crate::stats::{self, Figures};

/// Returns the version, as in Cargo.toml; a constant C string.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_version() -> *const c_char {
    const VERSION: &core::ffi::CStr =
        match core::ffi::CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    VERSION.as_ptr()
}

/// Walks the heap and asserts its invariants: 0 if it is sound, else 1 and a line on standard error that names the
/// first one broken. Exact while no other thread allocates.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_check() -> c_int {
    match heap::check() {
        Ok(()) => 0,
        Err(broken) => {
            broken.print();
            1
        }
    }
}

/// Gives back everything that can be given back, now, and returns the bytes of it: `malloc_trim(0)` with a figure.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_purge() -> usize {
    heap::trim(0)
}

/// Writes one of the reports to `stream`; 0, or -1 if that failed.
///
/// # Safety
///
/// - `stream` is open.
unsafe fn write_to(stream: *mut libc::FILE, write: fn(&dyn Figures, &mut Writer<'_>)) -> c_int {
    let mut done = true;
    let mut sink = |bytes: &[u8]| {
        // SAFETY: the caller's stream; `bytes` is readable for its length.
        done = done && unsafe { libc::fwrite(bytes.as_ptr().cast(), 1, bytes.len(), stream) } == bytes.len();
    };
    let mut out = Writer::new(&mut sink);
    write(&Heap, &mut out);
    out.finish();
    if done { 0 } else { -1 }
}

/// Writes a line per size class and object cache in use.
///
/// # Safety
///
/// - `stream` is open for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_slabinfo(stream: *mut libc::FILE) -> c_int {
    // SAFETY: the caller's stream.
    unsafe { write_to(stream, stats::write_slabinfo) }
}

/// As `quarry_slabinfo`, as JSON.
///
/// # Safety
///
/// - `stream` is open for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_slabinfo_json(stream: *mut libc::FILE) -> c_int {
    // SAFETY: the caller's stream.
    unsafe { write_to(stream, stats::write_slabinfo_json) }
}

/// Writes the free runs of each arena by order.
///
/// # Safety
///
/// - `stream` is open for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_buddyinfo(stream: *mut libc::FILE) -> c_int {
    // SAFETY: the caller's stream.
    unsafe { write_to(stream, stats::write_buddyinfo) }
}

/// As `quarry_buddyinfo`, as JSON.
///
/// # Safety
///
/// - `stream` is open for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_buddyinfo_json(stream: *mut libc::FILE) -> c_int {
    // SAFETY: the caller's stream.
    unsafe { write_to(stream, stats::write_buddyinfo_json) }
}

/// `malloc`.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_malloc(size: usize) -> *mut c_void {
    convert::allocate(size)
}

/// `calloc`.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_calloc(count: usize, size: usize) -> *mut c_void {
    convert::allocate_zeroed(count, size)
}

/// `realloc`.
///
/// # Safety
///
/// - As `realloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_realloc(object: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's promise is the callee's.
    unsafe { convert::reallocate(object, size) }
}

/// `free`.
///
/// # Safety
///
/// - As `free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_free(object: *mut c_void) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { convert::free(object) }
}

/// `aligned_alloc`.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_aligned_alloc(align: usize, size: usize) -> *mut c_void {
    convert::allocate_aligned(align, size)
}

/// `malloc_usable_size`.
///
/// # Safety
///
/// - As `malloc_usable_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_malloc_usable_size(object: *mut c_void) -> usize {
    heap::usable_size(object.cast())
}
