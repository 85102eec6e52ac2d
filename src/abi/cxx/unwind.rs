//! What of `operator new` an exception may pass through, in assembly.
//!
//! Compiled with `panic = "abort"`, a Rust frame between `throw` and the program would end the
//! process. So the loop over the new handler (which may throw), the throw of `bad_alloc` and the
//! catch in the nothrow forms are frames of our own, each with its call frame information, and
//! Rust is only called for what cannot unwind: [`attempt`], [`find_runtime`] and [`no_runtime`].
//!
//! The C++ runtime is reached by weak references, resolved when the program starts: null in a
//! program without one, and those of libstdc++ or libc++ in the others. An exception is made as a
//! compiler would make it, by the Itanium C++ ABI (exception handling, §2.4), since this part is
//! the same in both.
//!
//! A program without one may still open C++ libraries later, into a scope of their own. `bad_alloc`
//! is then thrown with the runtime that they brought ([`find_runtime`]); their new handler is not known here.

use core::arch::{global_asm, naked_asm};
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

use crate::heap;
use crate::os::output;

/// Allocates or runs the new handler until one of them ends it: an object, or `bad_alloc` thrown.
#[unsafe(naked)]
pub unsafe extern "C" fn new_or_throw(size: usize) -> *mut c_void {
    // SAFETY (of the assembly): sets the second and third argument, which the caller of a function
    // of one argument does not expect to keep.
    naked_asm!(
        ".cfi_startproc",
        "xor esi, esi",
        "mov edx, 1",
        "jmp {new_loop}",
        ".cfi_endproc",
        new_loop = sym new_loop,
    )
}

/// Allocates or runs the new handler until one of them ends it: an object, or NULL if there is no
/// handler. `align` 0 asks for no alignment in particular. A handler may still throw.
#[unsafe(naked)]
pub unsafe extern "C" fn new_or_null(size: usize, align: usize) -> *mut c_void {
    // SAFETY (of the assembly): as above.
    naked_asm!(
        ".cfi_startproc",
        "xor edx, edx",
        "jmp {new_loop}",
        ".cfi_endproc",
        new_loop = sym new_loop,
    )
}

/// The loop of [new.delete.single]/4. `throws` says how it ends without a handler: 1 throws
/// `bad_alloc`, 0 returns NULL.
///
/// Its progress is the handler's: the standard obliges it to find memory, to throw, to remove
/// itself or to end the program.
#[unsafe(naked)]
pub unsafe extern "C" fn new_loop(size: usize, align: usize, throws: u32) -> *mut c_void {
    // SAFETY (of the assembly): the three registers that the loop keeps its arguments in belong to the caller, and
    // are saved, described to the unwinder at each step, and restored on the way out. Three
    // words pushed leave the stack aligned to 16 at the calls. Weak addresses are tested before use.
    naked_asm!(
        ".cfi_startproc",
        "push rbx",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbx, -16",
        "push r12",
        ".cfi_def_cfa_offset 24",
        ".cfi_offset r12, -24",
        "push r13",
        ".cfi_def_cfa_offset 32",
        ".cfi_offset r13, -32",
        "mov rbx, rdi",
        "mov r12, rsi",
        "mov r13d, edx",
        "2:",
        "mov rdi, rbx",
        "mov rsi, r12",
        "call {attempt}",
        "test rax, rax",
        "jnz 4f",
        ".weak _ZSt15get_new_handlerv",
        "mov rax, qword ptr [rip + _ZSt15get_new_handlerv@GOTPCREL]",
        "test rax, rax",
        "jz 3f",
        "call rax",
        "test rax, rax",
        "jz 3f",
        "call rax",
        "jmp 2b",
        // Neither memory nor a handler. `rax` is 0.
        "3:",
        "test r13d, r13d",
        "jz 4f",
        "call {throw_bad_alloc}",
        "ud2",
        "4:",
        "pop r13",
        ".cfi_restore r13",
        ".cfi_def_cfa_offset 24",
        "pop r12",
        ".cfi_restore r12",
        ".cfi_def_cfa_offset 16",
        "pop rbx",
        ".cfi_restore rbx",
        ".cfi_def_cfa_offset 8",
        "ret",
        ".cfi_endproc",
        attempt = sym attempt,
        throw_bad_alloc = sym throw_bad_alloc,
    )
}

/// Throws `std::bad_alloc`, or stops the process if there is no C++ runtime.
///
/// The exception object is what `throw std::bad_alloc()` makes: one word, the address of the virtual functions, which
/// begin two words into their table (C++ ABI, §2.5.2).
#[unsafe(naked)]
unsafe extern "C" fn throw_bad_alloc() -> ! {
    // SAFETY (of the assembly): five words for a `Runtime` and two more align the stack to 16, and are described to the
    // unwinder. `find_runtime` fills the five or says no, and the two functions are called as the C++ ABI has them.
    naked_asm!(
        ".cfi_startproc",
        "sub rsp, 56",
        ".cfi_def_cfa_offset 64",
        "mov rdi, rsp",
        "call {find_runtime}",
        "test al, al",
        "jz 2f",
        "mov edi, 8",
        "call qword ptr [rsp + {allocate_exception}]",
        "mov rcx, qword ptr [rsp + {virtual_functions}]",
        "add rcx, 16",
        "mov qword ptr [rax], rcx",
        "mov rdi, rax",
        "mov rsi, qword ptr [rsp + {type_info}]",
        "mov rdx, qword ptr [rsp + {destructor}]",
        "call qword ptr [rsp + {throw}]",
        "ud2",
        "2:",
        "call {no_runtime}",
        "ud2",
        ".cfi_endproc",
        find_runtime = sym find_runtime,
        no_runtime = sym no_runtime,
        allocate_exception = const ALLOCATE_EXCEPTION * size_of::<usize>(),
        throw = const THROW * size_of::<usize>(),
        virtual_functions = const VIRTUAL_FUNCTIONS * size_of::<usize>(),
        type_info = const TYPE_INFO * size_of::<usize>(),
        destructor = const DESTRUCTOR * size_of::<usize>(),
    )
}

/// Calls the function whose address is in `rax` with `size` and `align`; returns what it returns,
/// or NULL if it throws.
#[unsafe(naked)]
pub unsafe extern "C" fn nothrow(size: usize, align: usize) -> *mut c_void {
    // SAFETY (of the assembly): one word reserved aligns the stack to 16 at the calls, and is
    // described to the unwinder. The table has one call site, the call, with one landing pad, which
    // catches everything; control gets there only from the C++ runtime's own personality routine,
    // so the runtime is there and its two functions are not null.
    naked_asm!(
        "2:",
        ".cfi_startproc",
        ".cfi_personality 0x9b, quarry_weak_personality",
        ".cfi_lsda 0x1b, quarry_nothrow_table",
        "sub rsp, 8",
        ".cfi_def_cfa_offset 16",
        "3:",
        "call rax",
        "4:",
        "add rsp, 8",
        ".cfi_def_cfa_offset 8",
        "ret",
        // The landing pad: `rax` is the exception, the stack as at the call.
        ".cfi_def_cfa_offset 16",
        "5:",
        ".weak __cxa_begin_catch",
        ".weak __cxa_end_catch",
        "mov rdi, rax",
        "call qword ptr [rip + __cxa_begin_catch@GOTPCREL]",
        "call qword ptr [rip + __cxa_end_catch@GOTPCREL]",
        "xor eax, eax",
        "add rsp, 8",
        ".cfi_def_cfa_offset 8",
        "ret",
        ".cfi_endproc",
        // The language-specific data area, as compilers write it.
        ".pushsection .gcc_except_table.quarry_nothrow, \"a\", @progbits",
        ".balign 4",
        "quarry_nothrow_table:",
        ".byte 0xff", // landing pads are relative to the function
        ".byte 0x9b", // types are indirect, relative, four bytes
        ".uleb128 9f - 6f",
        "6:",
        ".byte 0x01", // call sites are in ULEB128
        ".uleb128 8f - 7f",
        "7:",
        ".uleb128 3b - 2b", // from `call`,
        ".uleb128 4b - 3b", // as long as `call`,
        ".uleb128 5b - 2b", // lands there,
        ".uleb128 1",       // with the action at offset 0
        "8:",
        ".byte 1, 0", // type 1, and no further action
        ".balign 4",
        ".long 0", // type 1: anything
        "9:",
        ".popsection",
    )
}

/// What it takes to throw a `bad_alloc`: addresses in the C++ runtime.
type Runtime = [usize; 5];
const ALLOCATE_EXCEPTION: usize = 0;
const THROW: usize = 1;
const VIRTUAL_FUNCTIONS: usize = 2;
const TYPE_INFO: usize = 3;
const DESTRUCTOR: usize = 4;

/// The names of a [`Runtime`]'s members, in their order.
const RUNTIME_NAMES: [&CStr; 5] =
    [c"__cxa_allocate_exception", c"__cxa_throw", c"_ZTVSt9bad_alloc", c"_ZTISt9bad_alloc", c"_ZNSt9bad_allocD1Ev"];

/// Where the runtime's functions are if the program does not link to them: libstdc++, and what libc++ stands on.
const RUNTIME_LIBRARIES: [&CStr; 2] = [c"libstdc++.so.6", c"libc++abi.so.1"];

// Weak references as words, null where the program has no such symbol. The linker and the loader fill them.
global_asm!(
    ".pushsection .data.rel.ro.quarry_weak, \"aw\", @progbits",
    ".balign 8",
    ".weak __cxa_allocate_exception, __cxa_throw, _ZTVSt9bad_alloc, _ZTISt9bad_alloc, _ZNSt9bad_allocD1Ev",
    ".weak __gxx_personality_v0, dlopen, dlsym",
    ".globl quarry_weak_runtime, quarry_weak_personality, quarry_weak_dlopen, quarry_weak_dlsym",
    ".hidden quarry_weak_runtime, quarry_weak_personality, quarry_weak_dlopen, quarry_weak_dlsym",
    "quarry_weak_runtime:",
    ".quad __cxa_allocate_exception, __cxa_throw, _ZTVSt9bad_alloc, _ZTISt9bad_alloc, _ZNSt9bad_allocD1Ev",
    // Where the frame of `nothrow` has its personality routine. The unwinder passes the frame by if it is null.
    "quarry_weak_personality:",
    ".quad __gxx_personality_v0",
    "quarry_weak_dlopen:",
    ".quad dlopen",
    "quarry_weak_dlsym:",
    ".quad dlsym",
    ".popsection",
);

unsafe extern "C" {
    static quarry_weak_runtime: Runtime;
    static quarry_weak_dlopen: Option<unsafe extern "C" fn(*const c_char, c_int) -> *mut c_void>;
    static quarry_weak_dlsym: Option<unsafe extern "C" fn(*mut c_void, *const c_char) -> *mut c_void>;
}

/// Finds what it takes to throw: in the program, or else in a runtime that came with a library which the program opened
/// later, as interpreters in C do with extensions in C++. Returns whether it is all there.
extern "C" fn find_runtime(found: &mut Runtime) -> bool {
    let complete = |runtime: &Runtime| runtime.iter().all(|&address| address != 0);
    // SAFETY: five words that nobody writes after the loader.
    *found = unsafe { quarry_weak_runtime };
    if complete(found) {
        return true;
    }
    // SAFETY: a word that nobody writes after the loader, null or the address of libc's function of this type.
    let (Some(open), Some(symbol)) = (unsafe { quarry_weak_dlopen }, unsafe { quarry_weak_dlsym }) else {
        return false;
    };
    for library in RUNTIME_LIBRARIES {
        // SAFETY: the name is a C string. Nothing is loaded, so nothing of the library's runs. The handle
        // is never closed, so the library stays as long as what is thrown from it.
        let handle = unsafe { open(library.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD) };
        if !handle.is_null() {
            // SAFETY: the handle is open and the name is a C string.
            *found = RUNTIME_NAMES.map(|name| unsafe { symbol(handle, name.as_ptr()) }.addr());
            if complete(found) {
                return true;
            }
        }
    }
    false
}

/// Tries once; NULL if there is no memory. `align` 0 asks for no alignment in particular, and rounds up to 1.
extern "C" fn attempt(size: usize, align: usize) -> *mut c_void {
    match align.checked_next_power_of_two() {
        Some(align) => heap::allocate_aligned(align, size).cast(),
        None => ptr::null_mut(),
    }
}

/// There is nobody to throw `bad_alloc`: says so and stops the process.
extern "C" fn no_runtime() -> ! {
    output::write(2, b"quarry: out of memory in operator new and no C++ runtime to throw with\n");
    // SAFETY: asks nothing.
    unsafe { libc::abort() }
}
