//! C++ [new.delete]: every `operator new` and `operator delete`, as the Itanium C++ ABI spells them.
//!
//! A program may replace any of these twenty functions, and the standard says which of them reach
//! which by default: replacing `operator new(size_t)` alone also changes `new[]` and the nothrow
//! forms. So only four functions here allocate or free, the *plain* ones; all others
//! call the form that the standard names, through the dynamic symbol, where the program's own may
//! stand. That holds preloaded, linked shared, and linked statically.
//!
//! | form                           | reaches                | how                            |
//! |--------------------------------|------------------------|--------------------------------|
//! | `new(n)`, `new(n, align)`      | the heap               | new handler, then `bad_alloc`  |
//! | `new[](…)`                     | `new(…)`               | jump                           |
//! | `new(…, nothrow)`              | `new(…)`               | call; what it throws is caught |
//! | `new[](…, nothrow)`            | `new[](…)`             | call; what it throws is caught |
//! | `delete(p)`, `delete(p, align)`| the heap               |                                |
//! | `delete[](p)`, …               | `delete(p)`, …         | jump                           |
//! | sized                          | the same without size  | jump                           |
//! | nothrow                        | the same without tag   | jump                           |
//!
//! Sizes given to `delete` are dropped: the granule map knows the class, and a `delete(p)` of the
//! program's own has no use for them.
//!
//! Allocation that fails runs the new handler until memory is found, and without a handler throws
//! `std::bad_alloc`. The C++ runtime is the program's: it is reached by weak references, so the
//! library needs none (`cxx/unwind.rs`).
//!
//! x86-64 only, for the assembly. On other machines this module is left out, and the operators of
//! the C++ runtime serve, which call `malloc` and `free`.

mod unwind;

use core::arch::naked_asm;
use core::ffi::c_void;

use crate::heap;
use unwind::{new_loop, new_or_null, new_or_throw, nothrow};

/// Allocates `size` bytes: `operator new(size_t)`.
///
/// A hit costs what a hit of `malloc` costs. A miss leaves by a jump, so this frame is gone before
/// a new handler or `bad_alloc` can unwind.
///
/// # Safety
///
/// Asks nothing of the caller.
#[cfg(not(debug_assertions))]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _Znwm(size: usize) -> *mut c_void {
    match heap::allocate_hot(size) {
        Some(object) => object.as_ptr().cast(),
        None => {
            // SAFETY: no instruction, only a hidden second name for this function, by which
            // `try_plain` tells it from a `_Znwm` of the program's. The name is defined once:
            // nobody calls this function in Rust, so it is never inlined.
            unsafe {
                core::arch::asm!(
                    ".globl quarry_own_new",
                    ".hidden quarry_own_new",
                    ".set quarry_own_new, _Znwm",
                    options(nomem, nostack, preserves_flags)
                );
            }
            // SAFETY: any size will do. The call has this function's argument and result and
            // nothing is left to drop after it, so optimised code makes it a jump: what unwinds
            // out of it meets no frame of Rust. Builds that might keep the frame use the other
            // definition.
            unsafe { new_or_throw(size) }
        }
    }
}

/// Allocates `size` bytes: `operator new(size_t)`, where the compiler may not turn a call in last
/// place into a jump.
///
/// # Safety
///
/// Asks nothing of the caller.
#[cfg(debug_assertions)]
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _Znwm(size: usize) -> *mut c_void {
    // SAFETY (of the assembly): a jump leaves registers and stack to a function of the same type.
    naked_asm!(
        ".cfi_startproc",
        ".globl quarry_own_new",
        ".hidden quarry_own_new",
        "quarry_own_new:",
        "jmp {new_or_throw}",
        ".cfi_endproc",
        new_or_throw = sym new_or_throw,
    )
}

/// Allocates `size` bytes aligned to `align`: `operator new(size_t, align_val_t)`.
///
/// An alignment that is not a power of two is rounded up to one, as `aligned_alloc` does.
///
/// # Safety
///
/// Asks nothing of the caller.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _ZnwmSt11align_val_t(size: usize, align: usize) -> *mut c_void {
    // SAFETY (of the assembly): the first two arguments of `new_loop` are ours, and the third goes
    // into a register that our caller does not expect to keep.
    naked_asm!(
        ".cfi_startproc",
        ".globl quarry_own_new_aligned",
        ".hidden quarry_own_new_aligned",
        "quarry_own_new_aligned:",
        "mov edx, 1",
        "jmp {new_loop}",
        ".cfi_endproc",
        new_loop = sym new_loop,
    )
}

/// Frees what a plain `new` or `new[]` returned: `operator delete(void *)`.
///
/// # Safety
///
/// - `object` is null or a live object of this library, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _ZdlPv(object: *mut c_void) {
    // SAFETY: the caller's promise is what `deallocate` asks.
    unsafe { heap::deallocate(object.cast()) }
}

/// Frees what an aligned `new` or `new[]` returned: `operator delete(void *, align_val_t)`.
///
/// # Safety
///
/// - `object` is null or a live object of this library, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _ZdlPvSt11align_val_t(object: *mut c_void, _align: usize) {
    // SAFETY: the caller's promise is what `deallocate` asks.
    unsafe { heap::deallocate(object.cast()) }
}

/// Defines `operator` forms that do nothing but reach another form through the dynamic symbol,
/// perhaps after moving an argument. `own` gives our definition a second, hidden name.
///
/// A macro, since the name that is exported must be written in the assembly too.
macro_rules! forward {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?
        => $target:literal $(, moving $instruction:literal)? $(, own $own:literal)?;)*) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// What the form that it reaches asks.
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name($($argument: $kind),*) $(-> $result)? {
            // SAFETY (of the assembly): the target takes the first arguments of this form, in the
            // registers where they are or are moved to, and has its result. It returns to our caller.
            naked_asm!(
                ".cfi_startproc",
                $(concat!(".globl ", $own), concat!(".hidden ", $own), concat!($own, ":"),)?
                $($instruction,)?
                concat!("jmp qword ptr [rip + ", $target, "@GOTPCREL]"),
                ".cfi_endproc",
            )
        }
    )*};
}

forward! {
    /// `operator new[](size_t)`
    _Znam(size: usize) -> *mut c_void => "_Znwm", own "quarry_own_new_array";
    /// `operator new[](size_t, align_val_t)`
    _ZnamSt11align_val_t(size: usize, align: usize) -> *mut c_void
        => "_ZnwmSt11align_val_t", own "quarry_own_new_array_aligned";

    /// `operator delete[](void *)`
    _ZdaPv(object: *mut c_void) => "_ZdlPv";
    /// `operator delete[](void *, align_val_t)`
    _ZdaPvSt11align_val_t(object: *mut c_void, align: usize) => "_ZdlPvSt11align_val_t";

    /// `operator delete(void *, size_t)`
    _ZdlPvm(object: *mut c_void, size: usize) => "_ZdlPv";
    /// `operator delete[](void *, size_t)`
    _ZdaPvm(object: *mut c_void, size: usize) => "_ZdaPv";
    /// `operator delete(void *, size_t, align_val_t)`
    _ZdlPvmSt11align_val_t(object: *mut c_void, size: usize, align: usize)
        => "_ZdlPvSt11align_val_t", moving "mov rsi, rdx";
    /// `operator delete[](void *, size_t, align_val_t)`
    _ZdaPvmSt11align_val_t(object: *mut c_void, size: usize, align: usize)
        => "_ZdaPvSt11align_val_t", moving "mov rsi, rdx";

    /// `operator delete(void *, nothrow_t const &)`
    _ZdlPvRKSt9nothrow_t(object: *mut c_void, tag: *const c_void) => "_ZdlPv";
    /// `operator delete[](void *, nothrow_t const &)`
    _ZdaPvRKSt9nothrow_t(object: *mut c_void, tag: *const c_void) => "_ZdaPv";
    /// `operator delete(void *, align_val_t, nothrow_t const &)`
    _ZdlPvSt11align_val_tRKSt9nothrow_t(object: *mut c_void, align: usize, tag: *const c_void)
        => "_ZdlPvSt11align_val_t";
    /// `operator delete[](void *, align_val_t, nothrow_t const &)`
    _ZdaPvSt11align_val_tRKSt9nothrow_t(object: *mut c_void, align: usize, tag: *const c_void)
        => "_ZdaPvSt11align_val_t";
}

/// `operator new(size_t, nothrow_t const &)`
///
/// # Safety
///
/// Asks nothing of the caller.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _ZnwmRKSt9nothrow_t(size: usize, tag: *const c_void) -> *mut c_void {
    // SAFETY (of the assembly): `rax` holds nothing yet, and `try_plain` takes the arguments as they are.
    naked_asm!(
        ".cfi_startproc",
        "mov rax, qword ptr [rip + _Znwm@GOTPCREL]",
        "jmp {try_plain}",
        ".cfi_endproc",
        try_plain = sym try_plain,
    )
}

/// `operator new[](size_t, nothrow_t const &)`
///
/// # Safety
///
/// Asks nothing of the caller.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _ZnamRKSt9nothrow_t(size: usize, tag: *const c_void) -> *mut c_void {
    // SAFETY (of the assembly): `rax` holds nothing yet, and `try_plain` takes the arguments as they are.
    naked_asm!(
        ".cfi_startproc",
        "mov rax, qword ptr [rip + _Znam@GOTPCREL]",
        "jmp {try_plain}",
        ".cfi_endproc",
        try_plain = sym try_plain,
    )
}

/// `operator new(size_t, align_val_t, nothrow_t const &)`
///
/// # Safety
///
/// Asks nothing of the caller.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _ZnwmSt11align_val_tRKSt9nothrow_t(
    size: usize,
    align: usize,
    tag: *const c_void,
) -> *mut c_void {
    // SAFETY (of the assembly): `rax` holds nothing yet, and `try_aligned` takes the arguments as they are.
    naked_asm!(
        ".cfi_startproc",
        "mov rax, qword ptr [rip + _ZnwmSt11align_val_t@GOTPCREL]",
        "jmp {try_aligned}",
        ".cfi_endproc",
        try_aligned = sym try_aligned,
    )
}

/// `operator new[](size_t, align_val_t, nothrow_t const &)`
///
/// # Safety
///
/// Asks nothing of the caller.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _ZnamSt11align_val_tRKSt9nothrow_t(
    size: usize,
    align: usize,
    tag: *const c_void,
) -> *mut c_void {
    // SAFETY (of the assembly): `rax` holds nothing yet, and `try_aligned` takes the arguments as they are.
    naked_asm!(
        ".cfi_startproc",
        "mov rax, qword ptr [rip + _ZnamSt11align_val_t@GOTPCREL]",
        "jmp {try_aligned}",
        ".cfi_endproc",
        try_aligned = sym try_aligned,
    )
}

/// Calls the `new(size)` or `new[](size)` whose address is in `rax`, and returns NULL if it throws.
///
/// Our own definitions are seen through: `new[]` is `new`, and `new` is the loop that does not
/// throw in the first place. So a program without a C++ runtime gets its NULL too.
#[unsafe(naked)]
unsafe extern "C" fn try_plain(size: usize) -> *mut c_void {
    // SAFETY (of the assembly): changes `rax`, `rcx` and `rsi` only, which a call may change and
    // which carry no argument here but the nothrow tag; `rsi` = 0 is `new_or_null`'s "no alignment".
    naked_asm!(
        ".cfi_startproc",
        "xor esi, esi",
        "lea rcx, [rip + quarry_own_new_array]",
        "cmp rax, rcx",
        "jne 2f",
        "mov rax, qword ptr [rip + _Znwm@GOTPCREL]",
        "2:",
        "lea rcx, [rip + quarry_own_new]",
        "cmp rax, rcx",
        "jne {nothrow}",
        "lea rax, [rip + {new_or_null}]",
        "jmp {nothrow}",
        ".cfi_endproc",
        nothrow = sym nothrow,
        new_or_null = sym new_or_null,
    )
}

/// Does for the aligned forms what [`try_plain`] does for the others.
#[unsafe(naked)]
unsafe extern "C" fn try_aligned(size: usize, align: usize) -> *mut c_void {
    // SAFETY (of the assembly): changes `rax` and `rcx` only, which a call may change.
    naked_asm!(
        ".cfi_startproc",
        "lea rcx, [rip + quarry_own_new_array_aligned]",
        "cmp rax, rcx",
        "jne 2f",
        "mov rax, qword ptr [rip + _ZnwmSt11align_val_t@GOTPCREL]",
        "2:",
        "lea rcx, [rip + quarry_own_new_aligned]",
        "cmp rax, rcx",
        "jne {nothrow}",
        "lea rax, [rip + {new_or_null}]",
        "jmp {nothrow}",
        ".cfi_endproc",
        nothrow = sym nothrow,
        new_or_null = sym new_or_null,
    )
}
