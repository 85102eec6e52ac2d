//! What is mapped at an address: for unwinding, from the loader without its lock; for people, from the kernel.

use core::ffi::{c_char, c_void};

use super::errno;

/// What the loader knows of the module around an address (`struct dl_find_object` of glibc 2.35).
#[repr(C)]
struct Found {
    flags: u64,
    start: usize,
    end: usize,
    link_map: *const LinkMap,
    eh_frame_hdr: usize,
    reserved: [u64; 7],
}

/// The beginning of the loader's `struct link_map`.
#[repr(C)]
struct LinkMap {
    bias: usize,
    name: *const c_char,
}

/// A module: the program or a library.
#[derive(Clone, Copy)]
pub struct Module {
    /// Its first address.
    pub start: usize,
    /// The address behind its last.
    pub end: usize,
    /// The address of its `.eh_frame_hdr`; 0 if it has none.
    pub eh_frame_hdr: usize,
    /// Whether it is the program itself.
    pub is_program: bool,
}

/// Returns the module around a code address, `None` where there is none or the loader cannot tell. Takes no lock and
/// may be called from a signal handler (`_dl_find_object`, since glibc 2.35).
pub fn around(address: usize) -> Option<Module> {
    let find = find_object()?;
    let mut found =
        Found { flags: 0, start: 0, end: 0, link_map: core::ptr::null(), eh_frame_hdr: 0, reserved: [0; 7] };
    // SAFETY: glibc's function with room for its answer; any address may be asked for.
    let status = unsafe { find(address as *mut c_void, &raw mut found) };
    if status != 0 {
        return None;
    }
    // SAFETY: the loader's record of a module that is loaded: code of it is running.
    let name = if found.link_map.is_null() { core::ptr::null() } else { unsafe { (*found.link_map).name } };
    // SAFETY: a C string of the loader.
    let is_program = name.is_null() || unsafe { name.read() } == 0;
    Some(Module { start: found.start, end: found.end, eh_frame_hdr: found.eh_frame_hdr, is_program })
}

type Find = unsafe extern "C" fn(*mut c_void, *mut Found) -> i32;

/// Returns glibc's `_dl_find_object` where the process has it.
#[cfg(target_arch = "x86_64")]
fn find_object() -> Option<Find> {
    let address: *const c_void;
    // SAFETY: reads this library's own GOT entry of a symbol that may be missing; nothing else is touched.
    unsafe {
        core::arch::asm!(
            ".weak _dl_find_object",
            "mov {address}, qword ptr [rip + _dl_find_object@GOTPCREL]",
            address = out(reg) address,
            options(pure, readonly, nostack, preserves_flags),
        );
    }
    if address.is_null() {
        return None;
    }
    // SAFETY: a function of that type by its name (glibc manual, dynamic linker introspection).
    Some(unsafe { core::mem::transmute::<*const c_void, Find>(address) })
}

#[cfg(not(target_arch = "x86_64"))]
fn find_object() -> Option<Find> {
    None
}

/// Bytes of a line of the kernel's table that are kept: a path may be cut.
const LINE: usize = 512;

/// Calls `f` for each line of /proc/self/maps until it returns false. Allocates nothing; cost: system calls.
pub fn for_each_mapping(mut f: impl FnMut(&[u8]) -> bool) {
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    // SAFETY: a terminated path that lives for the call.
    let fd = errno::preserved(|| unsafe { libc::syscall(libc::SYS_open, c"/proc/self/maps".as_ptr(), flags) }) as i32;
    if fd < 0 {
        return;
    }
    let (mut line, mut length, mut go_on) = ([0u8; LINE], 0, true);
    let mut piece = [0u8; LINE];
    // Each turn reads at least one byte or ends.
    while go_on {
        // SAFETY: `piece` has room for that many bytes. The system call is made directly: libc's is a cancellation
        // point.
        let done = errno::preserved(|| unsafe { libc::syscall(libc::SYS_read, fd, piece.as_mut_ptr(), LINE) });
        let Some(read) = usize::try_from(done).ok().filter(|&done| done > 0) else { break };
        for &byte in piece.iter().take(read) {
            if byte == b'\n' {
                go_on = go_on && f(line.get(..length).unwrap_or(&[]));
                length = 0;
            } else if let Some(slot) = line.get_mut(length) {
                *slot = byte;
                length += 1;
            }
        }
    }
    super::output::close(fd);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_code_is_in_a_module_and_in_a_mapping() {
        let here = own_code_is_in_a_module_and_in_a_mapping as fn() as usize;
        let module = around(here).unwrap();
        assert!(module.start <= here && here < module.end && module.is_program && module.eh_frame_hdr != 0);
        assert!(around(1).is_none());
        let mut lines = 0;
        for_each_mapping(|line| {
            assert!(line.contains(&b'-'));
            lines += 1;
            lines < 5
        });
        assert_eq!(lines, 5);
    }
}
