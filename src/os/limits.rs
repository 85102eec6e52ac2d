//! What this process may use: memory, address space, pages, privilege.

use super::errno;
use super::fault::{self, Call};

/// Returns the size of the kernel's page in bytes; a constant where the architecture has one page size only.
#[inline]
pub fn page_size() -> usize {
    if cfg!(target_arch = "x86_64") {
        return crate::base::PAGE;
    }
    // SAFETY: reads the auxiliary vector; no state changes.
    let size = unsafe { libc::getauxval(libc::AT_PAGESZ) } as usize;
    if size.is_power_of_two() { size } else { crate::base::PAGE }
}

/// Returns the physical memory of the machine in bytes, 0 if unknown.
pub fn physical_memory() -> usize {
    if fault::trip(Call::Limits) {
        return 0;
    }
    // SAFETY: `sysinfo` is plain numbers, for which zero bytes are a value.
    let mut info: libc::sysinfo = unsafe { core::mem::zeroed() };
    // SAFETY: `info` is a sysinfo to write to.
    let status = errno::preserved(|| unsafe { libc::sysinfo(&mut info) });
    if status == 0 { (info.totalram as usize).saturating_mul(info.mem_unit as usize) } else { 0 }
}

/// Returns the limit on this process's address space in bytes, `None` if there is none.
pub fn address_space() -> Option<usize> {
    if fault::trip(Call::Limits) {
        return None;
    }
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: `limit` is an rlimit to write to.
    let status = errno::preserved(|| unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) });
    if status != 0 || limit.rlim_cur == libc::RLIM_INFINITY { None } else { Some(limit.rlim_cur as usize) }
}

/// Returns whether the program runs with more privilege than its caller (set-user-ID), so that the environment is not
/// to be believed.
pub fn is_privileged() -> bool {
    // SAFETY: reads the auxiliary vector; no state changes.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Returns the process id.
pub fn process_id() -> u64 {
    // SAFETY: no argument, no state.
    unsafe { libc::getpid() as u64 }
}
