//! Settings of allocators in the caller's environment, which would turn a comparison of allocators into one of
//! somebody's settings.

use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

/// Quarry's own options.
pub const QUARRY_CONF: &str = "QUARRY_CONF";

/// Variables that set an allocator's options, and how names of whole families of them begin.
const TUNING: [&str; 2] = [QUARRY_CONF, "GLIBC_TUNABLES"];
const TUNING_FAMILIES: [&str; 4] = ["MALLOC_", "MIMALLOC_", "TCMALLOC_", "TBB_MALLOC_"];

/// What `--help` says about them.
pub const HELP: &str = "\
Options of allocators in the environment (QUARRY_CONF, GLIBC_TUNABLES, MALLOC_*,
MIMALLOC_*, TCMALLOC_*, TBB_MALLOC_*) are cleared for everything that is measured.";

/// Takes from `command` what the caller's environment says about allocators: what is preloaded, and options.
pub fn clear(command: &mut Command) {
    command.env_remove("LD_PRELOAD");
    for (name, _) in env::vars_os().filter(|(name, _)| is_tuning(name)) {
        command.env_remove(name);
    }
}

fn is_tuning(name: &OsStr) -> bool {
    let begins = |family: &str| name.as_bytes().starts_with(family.as_bytes());
    TUNING.iter().any(|known| name == *known) || TUNING_FAMILIES.iter().any(|family| begins(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_tuning_knows_single_names_and_families() {
        for name in ["QUARRY_CONF", "GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_CONF", "MIMALLOC_VERBOSE"] {
            assert!(is_tuning(OsStr::new(name)), "{name}");
        }
        for name in ["QUARRY_SO", "GLIBC_TUNABLES_X", "PYTHONMALLOC", "MALLOC", "PATH"] {
            assert!(!is_tuning(OsStr::new(name)), "{name}");
        }
    }
}
