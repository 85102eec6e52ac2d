//! glibc's extensions: usable size, figures, trim, tuning, and its internal names.

use core::ffi::{c_int, c_void};

use super::convert;
use crate::heap::{self, Heap};
use crate::os::errno;
use crate::report::write::{Descriptor, Writer};
use crate::stats::{self, Figures};

/// Returns how many bytes the object may use: stable, at least what was asked, writable to the last.
///
/// # Safety
///
/// - `object` is null or came from this heap.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn malloc_usable_size(object: *mut c_void) -> usize {
    heap::usable_size(object.cast())
}

/// The malloc_good_size of macOS: the usable size that `malloc(size)` would give.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn malloc_good_size(size: usize) -> usize {
    heap::good_size(size)
}

/// The cfree of SunOS: `free`.
///
/// # Safety
///
/// - As `free`.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn cfree(object: *mut c_void) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { convert::free(object) }
}

/// Gives memory back to the kernel, keeping `pad` bytes of what could go; returns 1 if any went, else 0.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn malloc_trim(pad: usize) -> c_int {
    c_int::from(heap::trim(pad) > 0)
}

/// Prints the heap's figures on standard error.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn malloc_stats() {
    let mut sink = Descriptor(2);
    let mut out = Writer::new(&mut sink);
    stats::write_text(&Heap, &mut out);
    out.finish();
}

/// Writes the heap's figures to `stream` as XML. `options` must be 0, else -1 and EINVAL.
///
/// # Safety
///
/// - `stream` is open for writing.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn malloc_info(options: c_int, stream: *mut libc::FILE) -> c_int {
    if options != 0 {
        errno::set(libc::EINVAL);
        return -1;
    }
    let mut sink = |bytes: &[u8]| {
        // SAFETY: the caller's open stream; `bytes` is readable for its length.
        unsafe { libc::fwrite(bytes.as_ptr().cast(), 1, bytes.len(), stream) };
    };
    let mut out = Writer::new(&mut sink);
    stats::write_xml(&Heap, &mut out);
    out.finish();
    0
}

/// glibc's `struct mallinfo2`.
#[repr(C)]
pub struct Mallinfo2 {
    /// Bytes that are readable and writable in arenas.
    arena: usize,
    ordblks: usize,
    smblks: usize,
    /// Memory areas of their own: number and bytes.
    hblks: usize,
    hblkhd: usize,
    usmblks: usize,
    /// Bytes in free objects that magazines hold; glibc has fast bins.
    fsmblks: usize,
    /// Bytes in objects that the program holds.
    uordblks: usize,
    /// The rest of `arena`.
    fordblks: usize,
    /// Bytes that malloc_trim could give back.
    keepcost: usize,
}

/// glibc's `struct mallinfo`: the same in ints.
#[repr(C)]
pub struct Mallinfo {
    fields: [c_int; 10],
}

/// Returns the heap's figures; what has no meaning here is 0.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn mallinfo2() -> Mallinfo2 {
    figures()
}

/// As `mallinfo2`; what does not fit an int is INT_MAX.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn mallinfo() -> Mallinfo {
    let m = figures();
    let wide =
        [m.arena, m.ordblks, m.smblks, m.hblks, m.hblkhd, m.usmblks, m.fsmblks, m.uordblks, m.fordblks, m.keepcost];
    Mallinfo { fields: wide.map(|value| c_int::try_from(value).unwrap_or(c_int::MAX)) }
}

fn figures() -> Mallinfo2 {
    let totals = Heap.totals();
    let arena = totals.committed_bytes as usize;
    let areas = totals.area_bytes as usize;
    let live = totals.live_bytes as usize - areas.min(totals.live_bytes as usize);
    Mallinfo2 {
        arena,
        ordblks: 0,
        smblks: 0,
        hblks: totals.areas as usize,
        hblkhd: areas,
        usmblks: 0,
        fsmblks: (totals.magazine_bytes + totals.depot_bytes) as usize,
        uordblks: live,
        fordblks: arena.saturating_sub(live),
        keepcost: totals.dirty_bytes as usize,
    }
}

/// Honours what has a meaning here and refuses the rest: 1 or 0.
///
/// M_PERTURB 0 asks for what is so; M_ARENA_MAX and M_ARENA_TEST bound glibc's arenas, of which there are none to
/// exceed the bound.
#[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
pub extern "C" fn mallopt(parameter: c_int, value: c_int) -> c_int {
    const M_PERTURB: c_int = -6;
    const M_ARENA_TEST: c_int = -7;
    const M_ARENA_MAX: c_int = -8;
    c_int::from(match parameter {
        M_PERTURB => value == 0,
        M_ARENA_TEST | M_ARENA_MAX => value >= 0,
        _ => false,
    })
}

/// Defines glibc's internal names: the same functions, for programs that call them past any interposer.
macro_rules! internal_names {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? => $target:path;)*) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// - As the function it stands for.
        #[cfg_attr(all(feature = "preload", not(test)), unsafe(no_mangle))]
        pub unsafe extern "C" fn $name($($argument: $type),*) $(-> $result)? {
            #[allow(unused_unsafe)] // Some of the functions are safe.
            // SAFETY: the caller's promise is the callee's.
            unsafe { $target($($argument),*) }
        }
    )*};
}

internal_names! {
    /// `malloc`.
    __libc_malloc(size: usize) -> *mut c_void => convert::allocate;
    /// `calloc`.
    __libc_calloc(count: usize, size: usize) -> *mut c_void => convert::allocate_zeroed;
    /// `realloc`.
    __libc_realloc(object: *mut c_void, size: usize) -> *mut c_void => convert::reallocate;
    /// `free`.
    __libc_free(object: *mut c_void) => convert::free;
    /// `free`.
    __libc_cfree(object: *mut c_void) => convert::free;
    /// `memalign`.
    __libc_memalign(align: usize, size: usize) -> *mut c_void => convert::allocate_aligned;
    /// `valloc`.
    __libc_valloc(size: usize) -> *mut c_void => convert::allocate_page_aligned;
    /// `pvalloc`.
    __libc_pvalloc(size: usize) -> *mut c_void => convert::allocate_pages;
    /// `posix_memalign`.
    __posix_memalign(result: *mut *mut c_void, align: usize, size: usize) -> c_int => convert::allocate_aligned_into;
}
