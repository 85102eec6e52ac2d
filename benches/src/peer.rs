//! The peers: the allocators that a user would otherwise pick, and where they are on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::machine;
use crate::place::Place;

/// A peer that distributions package: its name and the sonames to look for, newest first.
const PACKAGED: [(&str, &[&str]); 4] = [
    ("jemalloc", &["libjemalloc.so.2"]),
    ("mimalloc2", &["libmimalloc.so.2", "libmimalloc.so.2.0"]),
    ("tcmalloc", &["libtcmalloc_minimal.so.4"]),
    ("tbbmalloc", &["libtbbmalloc_proxy.so.2"]),
];

/// The peers that `quarry-bench peers` builds.
pub const BUILT: [&str; 3] = ["mimalloc3", "snmalloc", "rpmalloc"];

/// A peer that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    pub name: &'static str,
    pub library: PathBuf,
    pub version: String,
}

/// What stands beside a library that was built here.
#[derive(Deserialize, PartialEq, Serialize)]
pub struct Origin {
    /// The version, as the peer's own sources have it.
    pub version: String,
    /// What it was made from and with; made again when this changes.
    pub made: String,
}

/// Returns the file of a peer that is built here, and that of its [`Origin`].
pub fn built_files(place: &Place, name: &str) -> (PathBuf, PathBuf) {
    let folder = place.peers();
    (folder.join(format!("lib{name}.so")), folder.join(format!("{name}.json")))
}

/// Returns what stands beside the library of `name`, if there is one.
pub fn origin(place: &Place, name: &str) -> Option<Origin> {
    let (library, origin) = built_files(place, name);
    library.is_file().then_some(())?;
    serde_json::from_str(&std::fs::read_to_string(origin).ok()?).ok()
}

/// Returns the peers that are there, and the names of those that are not.
pub fn find(place: &Place) -> (Vec<Peer>, Vec<&'static str>) {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    let cache = loader_cache();
    for (name, sonames) in PACKAGED {
        match in_cache(&cache, sonames) {
            Some(library) => {
                let version = package_version(&library).unwrap_or_else(machine::unknown);
                found.push(Peer { name, library, version });
            }
            None => missing.push(name),
        }
    }
    for name in BUILT {
        match origin(place, name) {
            Some(Origin { version, .. }) => {
                found.push(Peer { name, library: built_files(place, name).0, version });
            }
            None => missing.push(name),
        }
    }
    (found, missing)
}

/// Returns what the loader knows, as `ldconfig -p` prints it.
fn loader_cache() -> String {
    let cache = ["ldconfig", "/sbin/ldconfig"].iter().find_map(|program| {
        let output = Command::new(program).arg("-p").output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    });
    cache.unwrap_or_default()
}

/// Finds the first of `sonames` among lines of `<soname> (<kind>) => <path>`.
fn in_cache(cache: &str, sonames: &[&str]) -> Option<PathBuf> {
    let find = |soname: &str| {
        cache.lines().find_map(|line| {
            let (entry, path) = line.split_once(" => ")?;
            let wanted = entry.split_whitespace().next()? == soname && entry.contains("x86-64");
            wanted.then(|| PathBuf::from(path.trim()))
        })
    };
    sonames.iter().find_map(|soname| find(soname))
}

/// Returns the version of the Debian package that holds `library`.
fn package_version(library: &Path) -> Option<String> {
    let library = library.canonicalize().ok()?;
    let owner = machine::first_line(Command::new("dpkg-query").arg("--search").arg(library))?;
    let (package, _) = owner.split_once(": ")?;
    machine::first_line(Command::new("dpkg-query").args(["--show", "--showformat=${Version}\n", package]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_cache_finds_libraries_of_this_architecture_in_the_order_asked() {
        let cache = "\
3 libs found in cache `/etc/ld.so.cache'
\tlibjemalloc.so.2 (libc6) => /lib/i386/libjemalloc.so.2
\tlibjemalloc.so.2 (libc6,x86-64) => /lib/x/libjemalloc.so.2
\tlibmimalloc.so.2.0 (libc6,x86-64) => /lib/x/libmimalloc.so.2.0
\tlibmimalloc.so.2 (libc6,x86-64) => /lib/x/libmimalloc.so.2
\tlibtcmalloc_minimal.so.4 (libc6) => /lib/i386/libtcmalloc_minimal.so.4
";
        assert_eq!(in_cache(cache, &["libjemalloc.so.2"]), Some("/lib/x/libjemalloc.so.2".into()));
        let mimalloc = ["libmimalloc.so.2", "libmimalloc.so.2.0"];
        assert_eq!(in_cache(cache, &mimalloc), Some("/lib/x/libmimalloc.so.2".into()));
        assert_eq!(in_cache(cache, &["libtcmalloc_minimal.so.4"]), None);
    }

    #[test]
    fn each_peer_is_either_there_or_missing() {
        let (found, missing) = find(&Place::find().unwrap());
        assert_eq!(found.len() + missing.len(), PACKAGED.len() + BUILT.len());
        assert!(found.iter().all(|peer| peer.library.is_file() && !peer.version.is_empty()));
    }
}
