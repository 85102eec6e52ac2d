//! The allocators that can be compared, and how one asks for them.

use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::place::Place;

/// A name and what to preload for it; glibc needs nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocator {
    pub name: String,
    pub library: Option<PathBuf>,
}

/// Peers as distributions install them: a name and the sonames to look for, newest first.
const PEERS: [(&str, &[&str]); 3] = [
    ("jemalloc", &["libjemalloc.so.2"]),
    ("mimalloc", &["libmimalloc.so.3", "libmimalloc.so.2", "libmimalloc.so.2.0"]),
    ("tcmalloc", &["libtcmalloc_minimal.so.4"]),
];

/// What every comparison is made with.
pub const BASE: &str = "glibc";

/// Variables that set an allocator's options, and how names of whole families of them begin.
const TUNING: [&str; 2] = [QUARRY_CONF, "GLIBC_TUNABLES"];
const TUNING_FAMILIES: [&str; 3] = ["MALLOC_", "MIMALLOC_", "TCMALLOC_"];

/// Quarry's own options.
pub const QUARRY_CONF: &str = "QUARRY_CONF";

/// What `--help` says about them.
pub const TUNING_HELP: &str = "\
Options of allocators in the environment (QUARRY_CONF, GLIBC_TUNABLES, MALLOC_*,
MIMALLOC_*, TCMALLOC_*) are cleared for everything that is measured.";

/// Takes from `command` what the caller's environment says about allocators: what is preloaded, and options that would
/// turn a comparison of allocators into one of somebody's settings.
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

/// Returns plain libc.
pub fn glibc() -> Allocator {
    Allocator { name: BASE.to_owned(), library: None }
}

/// Returns Quarry, checked to be preloadable.
pub fn quarry(place: &Place, library: Option<&Path>) -> Result<Allocator> {
    checked(Allocator { name: "quarry".to_owned(), library: Some(place.library(library)?) })
}

/// Turns the list of `--allocators` into allocators: `glibc`, `quarry`, a peer's name, `PATH` or `NAME=PATH` of a
/// library, or `all`.
pub fn choose(asked: &[String], place: &Place, library: Option<&Path>) -> Result<Vec<Allocator>> {
    let installed = installed();
    let mut chosen: Vec<Allocator> = Vec::new();
    for name in asked {
        match name.as_str() {
            "all" => {
                chosen.push(glibc());
                chosen.push(quarry(place, library)?);
                for (peer, path) in &installed {
                    chosen.push(checked(named(peer, path))?);
                }
            }
            BASE => chosen.push(glibc()),
            "quarry" => chosen.push(quarry(place, library)?),
            path if path.contains('/') => {
                let (name, path) = name_and_path(path);
                let found =
                    Path::new(path).canonicalize().with_context(|| format!("no allocator library at {path}"))?;
                chosen.push(checked(named(&name, &found))?);
            }
            peer => match installed.iter().find(|(name, _)| name == peer) {
                Some((name, path)) => chosen.push(checked(named(name, path))?),
                None => bail!(
                    "unknown allocator `{peer}`: glibc, quarry, all, a path to a library, or one installed here ({})",
                    names(&installed)
                ),
            },
        }
    }
    let mut seen: Vec<String> = Vec::new();
    for allocator in &chosen {
        if seen.contains(&allocator.name) {
            bail!("two allocators are called `{}`: give one as NAME=PATH", allocator.name);
        }
        seen.push(allocator.name.clone());
    }
    Ok(chosen)
}

fn named(name: &str, path: &Path) -> Allocator {
    Allocator { name: name.to_owned(), library: Some(path.to_path_buf()) }
}

fn names(installed: &[(String, PathBuf)]) -> String {
    match installed {
        [] => "none".to_owned(),
        some => some.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
    }
}

/// Returns the allocator if ld.so really loads it. It only warns when it cannot, and the program then runs on glibc:
/// without this, a wrong library would be measured as level with glibc.
fn checked(allocator: Allocator) -> Result<Allocator> {
    let Some(library) = &allocator.library else {
        return Ok(allocator);
    };
    let mut command = Command::new("true");
    clear(&mut command);
    let output = command.env("LD_PRELOAD", library).stdin(Stdio::null()).output().context("cannot start `true`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || said.contains("cannot be preloaded") {
        bail!("`true` does not run with {} preloaded ({}): {}", library.display(), output.status, said.trim());
    }
    Ok(allocator)
}

/// Returns the peers that the loader's cache knows.
fn installed() -> Vec<(String, PathBuf)> {
    let cache = ["ldconfig", "/sbin/ldconfig"].iter().find_map(|program| {
        let output = Command::new(program).arg("-p").output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    });
    installed_in(&cache.unwrap_or_default())
}

/// Reads what `ldconfig -p` prints: `<soname> (<kind>) => <path>` on each line.
fn installed_in(cache: &str) -> Vec<(String, PathBuf)> {
    let find = |soname: &str| {
        cache.lines().find_map(|line| {
            let (entry, path) = line.split_once(" => ")?;
            let wanted = entry.split_whitespace().next()? == soname && entry.contains("x86-64");
            wanted.then(|| PathBuf::from(path.trim()))
        })
    };
    PEERS
        .iter()
        .filter_map(|(name, sonames)| {
            let path = sonames.iter().find_map(|soname| find(soname))?;
            Some(((*name).to_owned(), path))
        })
        .collect()
}

/// Reads `NAME=PATH` or `PATH`; without a name, a library is called as its file, less `lib` and all from `.so` on.
fn name_and_path(text: &str) -> (String, &str) {
    if let Some((name, path)) = text.split_once('=') {
        return (name.to_owned(), path);
    }
    let file = text.rsplit('/').next().unwrap_or(text);
    let stem = file.split_once(".so").map_or(file, |(stem, _)| stem);
    (stem.strip_prefix("lib").unwrap_or(stem).to_owned(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_without_a_name_is_called_as_its_file() {
        let name_of = |path| name_and_path(path).0;
        assert_eq!(name_of("/x/libsnmallocshim.so.0.7"), "snmallocshim");
        assert_eq!(name_of("./quarry.so"), "quarry");
    }

    /// Two builds of one library are told apart by the names they are given.
    #[test]
    fn path_with_a_name_keeps_both() {
        assert_eq!(name_and_path("before=/x/libquarry.so"), ("before".to_owned(), "/x/libquarry.so"));
    }

    #[test]
    fn installed_in_a_cache_finds_peers_of_this_architecture_only() {
        let cache = "\
3 libs found in cache `/etc/ld.so.cache'
\tlibjemalloc.so.2 (libc6,x86-64) => /lib/x/libjemalloc.so.2
\tlibjemalloc.so.2 (libc6) => /lib/i386/libjemalloc.so.2
\tlibmimalloc.so.2.0 (libc6,x86-64) => /lib/x/libmimalloc.so.2.0
\tlibtcmalloc_minimal.so.4 (libc6) => /lib/i386/libtcmalloc_minimal.so.4
";
        let found = installed_in(cache);
        assert_eq!(
            found,
            [
                ("jemalloc".to_owned(), "/lib/x/libjemalloc.so.2".into()),
                ("mimalloc".to_owned(), "/lib/x/libmimalloc.so.2.0".into()),
            ]
        );
    }

    #[test]
    fn is_tuning_knows_single_names_and_families() {
        for name in ["QUARRY_CONF", "GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_CONF", "MIMALLOC_VERBOSE"] {
            assert!(is_tuning(OsStr::new(name)), "{name}");
        }
        for name in ["QUARRY_SO", "GLIBC_TUNABLES_X", "PYTHONMALLOC", "MALLOC", "PATH"] {
            assert!(!is_tuning(OsStr::new(name)), "{name}");
        }
    }

    /// A file that is no library would otherwise be ignored by ld.so and measured as glibc.
    #[test]
    fn checked_refuses_what_cannot_be_preloaded() {
        let text = tempfile::NamedTempFile::new().unwrap();
        assert!(checked(named("text", text.path())).is_err());
        assert!(checked(glibc()).is_ok());
    }
}
