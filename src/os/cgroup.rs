//! The memory that the process's control group may use, and uses (cgroups(7); version 1 and version 2).
//!
//! Nothing is kept between two looks: a limit may change, and a process may be moved. Files are read into buffers of
//! fixed size; what does not fit is taken for absent.

use super::errno;

/// Most bytes of a path, its end included.
const PATH: usize = 512;
/// Most bytes of a line of /proc/self/mountinfo or /proc/self/cgroup.
const LINE: usize = 1024;
/// Limits from here on are none: version 1 has no word for it.
const NO_LIMIT: usize = 1 << 60;
/// Most groups from the process's own up to the mount.
const DEPTH: usize = 32;

/// What a control group may use and uses, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Memory {
    /// The limit; reclaim begins there, or the process is killed.
    pub limit: usize,
    /// What the group uses, file pages included.
    pub used: usize,
}

/// Reads from an offset of the file at a path (terminated by zero) into a buffer; the bytes read, `None` where it cannot
/// be read.
pub type Read<'a> = &'a mut dyn FnMut(&[u8], usize, &mut [u8]) -> Option<usize>;

/// Returns the tightest limit on memory that the process is under, and what the group that has it uses. `None` where
/// there is none or it cannot be learnt. Cost: three system calls for each file, two files for each level.
pub fn memory() -> Option<Memory> {
    memory_from(&mut read_file)
}

fn read_file(path: &[u8], offset: usize, buffer: &mut [u8]) -> Option<usize> {
    debug_assert!(path.last() == Some(&0));
    errno::preserved(|| {
        let flags = libc::O_RDONLY | libc::O_CLOEXEC;
        // Directly: libc's open is a cancellation point.
        // SAFETY: a terminated path.
        let file = unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags) };
        if file < 0 {
            return None;
        }
        // SAFETY: the buffer is writable for its length.
        let got = unsafe { libc::syscall(libc::SYS_pread64, file, buffer.as_mut_ptr(), buffer.len(), offset) };
        // SAFETY: the descriptor opened above.
        unsafe { libc::syscall(libc::SYS_close, file) };
        usize::try_from(got).ok()
    })
}

/// A path under construction, terminated by zero.
struct Path {
    bytes: [u8; PATH],
    length: usize,
}

impl Path {
    const fn new() -> Path {
        Path { bytes: [0; PATH], length: 0 }
    }

    /// Appends a part; `None` if there is no room.
    fn push(&mut self, part: &[u8]) -> Option<()> {
        let end = self.length + part.len();
        // Below the last byte, which stays zero.
        self.bytes.get_mut(self.length..end).filter(|_| end < PATH)?.copy_from_slice(part);
        self.length = end;
        Some(())
    }

    fn cut(&mut self, length: usize) {
        self.bytes.iter_mut().skip(length).take(self.length - length).for_each(|byte| *byte = 0);
        self.length = length;
    }

    /// Reads the number in the file `name` below this directory; `None` for `max` and for what is no limit.
    fn number(&mut self, name: &[u8], read: Read<'_>) -> Option<usize> {
        let length = self.length;
        let mut digits = [0; 32];
        let done = self.push(name).and_then(|()| read(self.bytes.get(..=self.length)?, 0, &mut digits));
        self.cut(length);
        let text = digits.get(..done?)?.trim_ascii();
        if text.is_empty() {
            return None;
        }
        let step = |sum: usize, &byte: &u8| match byte {
            b'0'..=b'9' => sum.checked_mul(10)?.checked_add(usize::from(byte & 0xf)),
            _ => None,
        };
        text.iter().try_fold(0, step).filter(|&number| number < NO_LIMIT)
    }
}

/// Calls `each` with every line of a file until it returns something. Lines that are too long are passed over.
fn find_line<T>(path: &[u8], read: Read<'_>, mut each: impl FnMut(&[u8]) -> Option<T>) -> Option<T> {
    let mut buffer = [0; LINE];
    let (mut offset, mut whole) = (0, true);
    // Each turn moves on by a line or by a buffer.
    loop {
        let got = read(path, offset, &mut buffer).filter(|&got| got > 0)?;
        let mut rest = buffer.get(..got)?;
        let mut moved = 0;
        // One turn per line that ends in the buffer.
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            if whole && let Some(found) = rest.get(..end).and_then(&mut each) {
                return Some(found);
            }
            whole = true;
            rest = rest.get(end + 1..)?;
            moved += end + 1;
        }
        // What fills a buffer has no end in it.
        whole &= moved > 0;
        offset += if moved > 0 { moved } else { got };
    }
}

fn has_word(list: &[u8], word: &[u8]) -> bool {
    list.split(|&byte| byte == b',').any(|item| item == word)
}

/// As `memory`, through `read`.
fn memory_from(read: Read<'_>) -> Option<Memory> {
    // Version 1 where the memory controller is mounted so, else version 2.
    [true, false].into_iter().find_map(|first| memory_of_version(first, read))
}

fn memory_of_version(first: bool, read: Read<'_>) -> Option<Memory> {
    let mut group = Path::new();
    // 5:memory:/group, or 0::/group
    find_line(b"/proc/self/cgroup\0", read, |line| {
        let mut parts = line.splitn(3, |&byte| byte == b':');
        let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let fits = if first { has_word(controllers, b"memory") } else { number == b"0" && controllers.is_empty() };
        if fits { group.push(path) } else { None }
    })?;
    let mut path = Path::new();
    let mut root = 0;
    // 36 35 98:0 /root /mount/point options … - cgroup source memory
    find_line(b"/proc/self/mountinfo\0", read, |line| {
        let mut fields = line.split(|&byte| byte == b' ');
        let (mount_root, point) = (fields.nth(3)?, fields.next()?);
        let mut kind = fields.skip_while(|&field| field != b"-").skip(1);
        let (name, _, options) = (kind.next()?, kind.next()?, kind.next()?);
        let fits = if first { name == b"cgroup" && has_word(options, b"memory") } else { name == b"cgroup2" };
        if !fits {
            return None;
        }
        path.push(point)?;
        root = path.length;
        let own = group.bytes.get(..group.length)?;
        // In a container the mount may begin at a group below the one that the path counts from.
        let below = if mount_root == b"/" { own } else { own.strip_prefix(mount_root).unwrap_or(b"") };
        path.push(below)
    })?;
    tightest(path, root, first, read)
}

/// Returns the tightest limit from the group at `path` up to the mount, whose path has `root` bytes.
fn tightest(mut path: Path, root: usize, first: bool, read: Read<'_>) -> Option<Memory> {
    let mut found: Option<Memory> = None;
    for _ in 0..DEPTH {
        while path.length > root && path.bytes.get(path.length - 1) == Some(&b'/') {
            path.cut(path.length - 1);
        }
        let limit = if first {
            path.number(b"/memory.limit_in_bytes", read)
        } else {
            let (high, max) = (path.number(b"/memory.high", read), path.number(b"/memory.max", read));
            high.into_iter().chain(max).min()
        };
        let usage: &[u8] = if first { b"/memory.usage_in_bytes" } else { b"/memory.current" };
        // Of equal limits the outer one has more users.
        if let Some(limit) = limit.filter(|&limit| found.is_none_or(|found| limit <= found.limit))
            && let Some(used) = path.number(usage, read)
        {
            found = Some(Memory { limit, used });
        }
        if path.length <= root {
            break;
        }
        let up = path.bytes.get(root..path.length)?.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        path.cut(root + up);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    /// Returns what is learnt of a system with these files.
    fn learnt(files: &[(&str, &str)]) -> Option<Memory> {
        memory_from(&mut |path, offset, buffer| {
            let path = String::from_utf8(path.strip_suffix(b"\0").unwrap().to_vec()).unwrap();
            let text = files.iter().find(|(name, _)| *name == path)?.1.as_bytes();
            let rest = text.get(offset..).unwrap_or(&[]);
            let got = rest.len().min(buffer.len());
            buffer[..got].copy_from_slice(&rest[..got]);
            Some(got)
        })
    }

    const SECOND: (&str, &str) = (
        "/proc/self/mountinfo",
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n",
    );

    #[test]
    fn second_version_the_tightest_of_all_levels_counts() {
        let own = ("/proc/self/cgroup", "0::/a/b\n");
        let max = ("/sys/fs/cgroup/a/b/memory.max", "max\n");
        let high = ("/sys/fs/cgroup/a/b/memory.high", "3000\n");
        let current = ("/sys/fs/cgroup/a/b/memory.current", "10\n");
        assert_eq!(learnt(&[own, SECOND, max, current]), None);
        assert_eq!(learnt(&[own, SECOND, max, high, current]), Some(Memory { limit: 3000, used: 10 }));
        let outer = ("/sys/fs/cgroup/a/memory.max", "2000\n");
        let outer_current = ("/sys/fs/cgroup/a/memory.current", "1900\n");
        let files = [own, SECOND, max, high, current, outer, outer_current];
        assert_eq!(learnt(&files), Some(Memory { limit: 2000, used: 1900 }));
    }

    #[test]
    fn first_version_and_mounts_below_a_group_are_understood() {
        let own = ("/proc/self/cgroup", "7:cpu,cpuacct:/x\n6:memory:/docker/abc/job\n0::/y\n");
        let mounts = (
            "/proc/self/mountinfo",
            "40 30 0:33 /docker/abc /sys/fs/cgroup/memory rw master:9 - cgroup cgroup rw,memory\n",
        );
        let limit = ("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712\n");
        let outer = ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n");
        let usage = ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
        assert_eq!(learnt(&[own, mounts, limit, outer, usage]), Some(Memory { limit: 256 << 20, used: 1 }));
    }

    #[test]
    fn long_lines_are_passed_over_and_nonsense_is_nothing() {
        let long = ["9:long:/".into(), "x".repeat(5000), "\n0::/\n".into()].concat();
        let high = ("/sys/fs/cgroup/memory.high", "5\n");
        let current = ("/sys/fs/cgroup/memory.current", "4\n");
        assert_eq!(learnt(&[("/proc/self/cgroup", &long), SECOND, high, current]), Some(Memory { limit: 5, used: 4 }));
        assert_eq!(learnt(&[]), None);
        assert_eq!(learnt(&[("/proc/self/cgroup", "0::/"), SECOND, high, current]), None, "no end of line");
        for text in ["", "\n", "-5", "5x", "99999999999999999999999"] {
            let high = ("/sys/fs/cgroup/memory.high", text);
            assert_eq!(learnt(&[("/proc/self/cgroup", "0::/\n"), SECOND, high, current]), None, "{text}");
        }
        let deep: Vec<u8> = b"0::".iter().copied().chain([b'/', b'x'].repeat(400)).chain([b'\n']).collect();
        assert_eq!(learnt(&[("/proc/self/cgroup", std::str::from_utf8(&deep).unwrap()), SECOND, high, current]), None);
    }

    #[test]
    fn the_machine_is_understood_or_has_no_limit() {
        if let Some(Memory { limit, used }) = memory() {
            assert!(limit < NO_LIMIT && used < NO_LIMIT);
        }
    }
}
