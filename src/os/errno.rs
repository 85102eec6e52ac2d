//! errno: the only place that reads or writes it.

/// Sets errno. Only `abi` refuses, so only `abi` calls this.
pub fn set(value: i32) {
    // SAFETY: `__errno_location` returns the calling thread's errno, which lives as long as the thread.
    unsafe { *libc::__errno_location() = value };
}

/// Returns errno.
pub fn get() -> i32 {
    // SAFETY: as in `set`.
    unsafe { *libc::__errno_location() }
}

/// Runs `f` and leaves errno as it was: `free` must preserve it, and a served `malloc` has no reason to change it.
#[inline]
pub fn preserved<T>(f: impl FnOnce() -> T) -> T {
    let before = get();
    let result = f();
    set(before);
    result
}

/// Returns an address that no other living thread of the process has: that of its errno.
pub fn thread_address() -> usize {
    // SAFETY: as in `set`.
    unsafe { libc::__errno_location() }.addr()
}
