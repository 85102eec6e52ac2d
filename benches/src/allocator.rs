//! The allocators that can be compared, and how one asks for them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::machine;
use crate::peer::{self, Peer};
use crate::place::Place;
use crate::probe::Probe;

/// A name and what to preload for it; glibc needs nothing.
///
/// Holding one proves that the library, preloaded, serves malloc.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Allocator {
    pub name: String,
    pub library: Option<PathBuf>,
    pub version: String,
    /// Whether this is a build of Quarry; all others are its peers.
    pub own: bool,
}

/// What every program uses that preloads nothing.
pub const BASE: &str = "glibc";

const QUARRY: &str = "quarry";

/// Returns plain libc.
pub fn glibc() -> Allocator {
    let version = machine::glibc();
    let version = version.strip_prefix("glibc ").unwrap_or(&version).to_owned();
    Allocator { name: BASE.to_owned(), library: None, version, own: false }
}

/// Returns Quarry, checked to be preloadable.
pub fn quarry(place: &Place, library: Option<&Path>) -> Result<Allocator> {
    let library = place.library(library)?;
    if !Probe::build(place)?.is_quarry(&library)? {
        bail!("{} is no build of Quarry", library.display());
    }
    Ok(Allocator {
        name: QUARRY.to_owned(),
        library: Some(library),
        version: format!("commit {}", machine::commit(place.root())),
        own: true,
    })
}

/// Returns the peers that `all` would stand for and that are not here.
pub fn missing(asked: &[String], place: &Place) -> Vec<&'static str> {
    if asked.iter().any(|name| name == "all") { peer::find(place).1 } else { Vec::new() }
}

/// Turns the list of `--allocators` into allocators: `glibc`, `quarry`, a peer's name, `PATH` or `NAME=PATH` of a
/// library, or `all`.
pub fn choose(asked: &[String], place: &Place, library: Option<&Path>) -> Result<Vec<Allocator>> {
    let probe = Probe::build(place)?;
    let (peers, _) = peer::find(place);
    let mut chosen: Vec<Allocator> = Vec::new();
    for name in asked {
        match name.as_str() {
            "all" => {
                chosen.push(glibc());
                chosen.push(quarry(place, library)?);
                for peer in &peers {
                    chosen.push(checked(peer, &probe)?);
                }
            }
            BASE => chosen.push(glibc()),
            QUARRY => chosen.push(quarry(place, library)?),
            path if path.contains('/') => chosen.push(given(path, &probe)?),
            name => match peers.iter().find(|peer| peer.name == name) {
                Some(peer) => chosen.push(checked(peer, &probe)?),
                None => bail!(
                    "unknown allocator `{name}`: glibc, quarry, all, a path to a library, or one that is here ({}); \
                     `make bench-peers` gets the others",
                    names(&peers)
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

fn checked(peer: &Peer, probe: &Probe) -> Result<Allocator> {
    let own = probe.is_quarry(&peer.library)?;
    let (name, version) = (peer.name.to_owned(), peer.version.clone());
    Ok(Allocator { name, library: Some(peer.library.clone()), version, own })
}

/// Returns the library at `PATH` or `NAME=PATH`.
fn given(text: &str, probe: &Probe) -> Result<Allocator> {
    let (name, path) = name_and_path(text);
    let library = Path::new(path).canonicalize().with_context(|| format!("no allocator library at {path}"))?;
    let own = probe.is_quarry(&library)?;
    Ok(Allocator { name, version: library.display().to_string(), library: Some(library), own })
}

fn names(peers: &[Peer]) -> String {
    match peers {
        [] => "none".to_owned(),
        some => some.iter().map(|peer| peer.name).collect::<Vec<_>>().join(", "),
    }
}

/// Returns the line that stands above results: every allocator with its version.
pub fn versions(allocators: &[Allocator]) -> String {
    let version = |allocator: &Allocator| format!("{} {}", allocator.name, allocator.version);
    allocators.iter().map(version).collect::<Vec<_>>().join(", ")
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
    fn choose_refuses_two_of_one_name_and_names_it_does_not_know() {
        let place = Place::find().unwrap();
        let ask = |names: &[&str]| choose(&names.iter().map(|&name| name.into()).collect::<Vec<_>>(), &place, None);
        assert_eq!(ask(&["glibc"]).unwrap(), [glibc()]);
        assert!(ask(&["glibc", "glibc"]).unwrap_err().to_string().contains("two allocators"));
        assert!(ask(&["no-such-allocator"]).unwrap_err().to_string().contains("make bench-peers"));
    }
}
