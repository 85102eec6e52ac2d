//! The names of size classes, as users see them: `size-16` … `size-4194304`. Those of the caches of bytes of SunOS and
//! early Linux (Bonwick 1994, §2).

use core::ffi::CStr;

use super::Class;
use super::class::{CLASS_COUNT, size_of_class};

/// Bytes of the longest name, `size-4194304`, with its terminator, rounded up.
const ROOM: usize = 16;

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler: an index out of range does not compile.
const fn name_of(class: usize) -> [u8; ROOM] {
    let mut digits = 1;
    let mut rest = size_of_class(class);
    while rest >= 10 {
        rest /= 10;
        digits += 1;
    }
    let mut name = [0; ROOM];
    let (head, mut at) = (b"size-", 0);
    while at < head.len() {
        name[at] = head[at];
        at += 1;
    }
    let mut rest = size_of_class(class);
    let mut end = head.len() + digits;
    while end > head.len() {
        end -= 1;
        name[end] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    name
}

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler: an index out of range does not compile.
static NAMES: [[u8; ROOM]; CLASS_COUNT] = {
    let mut names = [[0; ROOM]; CLASS_COUNT];
    let mut class = 1;
    while class < CLASS_COUNT {
        names[class] = name_of(class);
        class += 1;
    }
    names
};

/// Returns the name of a size class, empty for what is none; a constant.
pub fn size_class_name(class: Class) -> &'static CStr {
    NAMES.get(class.index()).and_then(|name| CStr::from_bytes_until_nul(name).ok()).unwrap_or(c"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_the_size() {
        for index in 1..CLASS_COUNT {
            let class = Class::from_index(index).unwrap();
            let name = size_class_name(class).to_str().unwrap();
            assert_eq!(name, std::format!("size-{}", class.size()));
        }
    }
}
