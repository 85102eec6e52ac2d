//! Which thread runs, to people; and how far its stack reaches.

use super::errno::thread_address;

/// Returns the kernel's number of the calling thread: what `ps -L` and gettid(2) show.
pub fn thread_id() -> u64 {
    // SAFETY: no argument, no state.
    unsafe { libc::syscall(libc::SYS_gettid) as u64 }
}

/// The largest stack that is looked for.
const LARGEST: usize = 256 << 20;

/// Returns an address up to which the stack above `stack_pointer` is readable, `None` where that is not known: on a
/// stack that the program switched to.
///
/// libc puts a thread's own data behind the top of its stack, and the loader remembers where the first one ends.
pub fn stack_end(stack_pointer: usize) -> Option<usize> {
    let ends = [thread_address(), first_stack_end()];
    ends.into_iter().find(|&end| end > stack_pointer && end - stack_pointer < LARGEST)
}

/// Returns what the loader noted as the end of the first thread's stack; 0 where it is unknown.
#[cfg(target_arch = "x86_64")]
fn first_stack_end() -> usize {
    let address: *const usize;
    // SAFETY: reads this library's own GOT entry of a symbol that may be missing; nothing else is touched.
    unsafe {
        core::arch::asm!(
            ".weak __libc_stack_end",
            "mov {address}, qword ptr [rip + __libc_stack_end@GOTPCREL]",
            address = out(reg) address,
            options(pure, readonly, nostack, preserves_flags),
        );
    }
    if address.is_null() {
        return 0;
    }
    // SAFETY: the loader's variable, written before the program starts.
    unsafe { address.read() }
}

#[cfg(not(target_arch = "x86_64"))]
fn first_stack_end() -> usize {
    0
}
