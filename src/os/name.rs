//! Names of memory areas in /proc/PID/maps and smaps: `[anon:quarry:arena]` (Linux 5.17, where it is configured so).

use core::ffi::CStr;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};

use super::errno;

/// What an area is for. Neighbours of one name stay one mapping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    /// The runs of an arena.
    Arena,
    /// Records.
    Metadata,
    /// An object or region of its own.
    Area,
}

impl Name {
    const fn text(self) -> &'static CStr {
        match self {
            Name::Arena => c"quarry:arena",
            Name::Metadata => c"quarry:metadata",
            Name::Area => c"quarry:area",
        }
    }
}

/// Whether the kernel said that it has no names.
static HAS_NONE: AtomicBool = AtomicBool::new(false);

/// Names `[start, start + length)`, whole pages that are mapped, if the kernel has names. Cost: a system call, or none
/// once the kernel said that it has no names.
pub fn name(start: NonNull<u8>, length: usize, name: Name) {
    // Relaxed: it spares a call.
    if length == 0 || HAS_NONE.load(Ordering::Relaxed) {
        return;
    }
    errno::preserved(|| {
        let text = name.text().as_ptr();
        // SAFETY: the text is terminated and constant; a name changes neither contents nor access, and what is not
        // mapped is passed over.
        let status = unsafe { libc::prctl(libc::PR_SET_VMA, libc::PR_SET_VMA_ANON_NAME, start.as_ptr(), length, text) };
        // EINVAL: not configured, or too old. Anything else, no memory for one, may pass.
        if status != 0 && errno::get() == libc::EINVAL {
            // Relaxed: as above.
            HAS_NONE.store(true, Ordering::Relaxed);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapping_has_its_name_where_the_kernel_has_names() {
        let page = super::super::limits::page_size();
        let start = super::super::area::map(3 * page, page, page).unwrap();
        name(start, 3 * page, Name::Area);
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        // Relaxed: this thread's own store, or none.
        let expected = !HAS_NONE.load(Ordering::Relaxed);
        assert_eq!(maps.contains("quarry:area"), expected);
        // SAFETY: the test's own mapping.
        unsafe { super::super::area::release(start, 3 * page) };
    }
}
