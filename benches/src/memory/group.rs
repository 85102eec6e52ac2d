//! A cgroup with a limit of memory, made for one run and removed after it.

use std::fs;
use std::path::{Path, PathBuf};

/// The controller of version 1, and where all are together in version 2.
const VERSION_1: &str = "/sys/fs/cgroup/memory";
const VERSION_2: &str = "/sys/fs/cgroup";

/// A group that exists as long as this value; nothing may be running in it at the end.
pub struct Group {
    folder: PathBuf,
}

impl Group {
    /// Makes a group that may use so many bytes; none where this process may not.
    pub fn new(bytes: u64) -> Option<Group> {
        Group::below(Path::new(VERSION_1), "memory.limit_in_bytes", bytes)
            .or_else(|| Group::below(Path::new(VERSION_2), "memory.max", bytes))
    }

    fn below(root: &Path, limit: &str, bytes: u64) -> Option<Group> {
        let folder = root.join(format!("quarry-bench-{}", std::process::id()));
        // A folder without the file of the limit is no group with this controller.
        fs::create_dir(&folder).ok()?;
        let group = Group { folder };
        let file = group.folder.join(limit);
        (file.is_file() && fs::write(&file, bytes.to_string()).is_ok()).then_some(group)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Group {
    /// The kernel takes the folder away only when it has done with the last process.
    fn drop(&mut self) {
        for _ in 0..100 {
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_without_the_controller_is_no_group_and_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        assert!(Group::below(root.path(), "memory.max", 1 << 20).is_none());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    /// Where groups can be made, the limit is in force and the group goes away.
    #[test]
    fn group_goes_away_with_its_value() {
        let Some(group) = Group::new(64 << 20) else { return };
        let folder = group.folder().to_path_buf();
        assert!(folder.join("cgroup.procs").is_file());
        drop(group);
        assert!(!folder.exists());
    }
}
