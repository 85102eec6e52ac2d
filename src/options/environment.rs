//! The environment, read without libc: `getenv` may take locks, and a program may bring a `getenv` of its own that
//! allocates. The first `malloc` can come before libc's constructors have run, when nothing but the raw array is
//! to be relied on.

use core::ffi::{CStr, c_char};

/// The variable, with the sign that ends its name.
const PREFIX: &[u8] = b"QUARRY_CONF=";

/// Returns the value of `QUARRY_CONF`, or `None` if it is not set. Where it is set twice the first counts, as
/// with `getenv`.
///
/// # Safety
///
/// - `environ` is null, or points to an array of pointers that ends with a null pointer.
/// - Every other pointer of the array points to a string that ends with a NUL byte.
/// - Array and strings are not written to during the call, and the strings not during `'a`.
pub unsafe fn from_environment<'a>(environ: *const *const c_char) -> Option<&'a [u8]> {
    if environ.is_null() {
        return None;
    }
    let mut place = environ;
    // Ends at the array's null pointer, at the latest.
    loop {
        // SAFETY: `place` began at the array's first pointer and moves by one only past pointers that are not
        // null, so it is at or before the null pointer that ends the array (first clause).
        let entry = unsafe { place.read() };
        if entry.is_null() {
            return None;
        }
        // SAFETY: `entry` is not null, so it points to a string that ends with a NUL byte (second clause), which
        // nobody writes to while the result lives (third clause).
        let entry = unsafe { CStr::from_ptr(entry) };
        if let Some(value) = entry.to_bytes().strip_prefix(PREFIX) {
            return Some(value);
        }
        // SAFETY: the pointer at `place` is not null, so at least the null pointer follows it in the array.
        place = unsafe { place.add(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::from_environment;
    use core::ffi::CStr;
    use std::vec::Vec;

    fn found(entries: &[&'static CStr]) -> Option<&'static [u8]> {
        let mut environ: Vec<_> = entries.iter().map(|entry| entry.as_ptr()).collect();
        environ.push(core::ptr::null());
        // SAFETY: the array ends with the null pointer just pushed, its other pointers are those of C strings,
        // and these are constants, which nobody ever writes to.
        unsafe { from_environment(environ.as_ptr()) }
    }

    #[test]
    fn value_of_the_first_match_is_found_wherever_it_stands() {
        assert_eq!(found(&[c"QUARRY_CONF=stats:exit"]), Some(&b"stats:exit"[..]));
        assert_eq!(found(&[c"A=1", c"", c"QUARRY_CONF=a=b", c"QUARRY_CONF=c"]), Some(&b"a=b"[..]));
        assert_eq!(found(&[c"QUARRY_CONF="]), Some(&b""[..]));
    }

    #[test]
    fn names_that_only_resemble_it_do_not_count() {
        assert_eq!(found(&[c"QUARRY_CONF", c"QUARRY_CONFIG=1", c"XQUARRY_CONF=1", c"quarry_conf=1"]), None);
    }

    #[test]
    fn empty_or_missing_environment_has_no_value() {
        assert_eq!(found(&[]), None);
        // SAFETY: a null pointer is the first clause's other case.
        assert_eq!(unsafe { from_environment(core::ptr::null()) }, None);
    }
}
