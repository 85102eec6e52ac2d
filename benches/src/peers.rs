//! `peers`: builds the peers that no distribution has in their newest form, from the C and C++ sources that their
//! crates carry, and says which peers there are.
//!
//! mimalloc and snmalloc are built by the CMake files of their projects, rpmalloc, whose crate has none, with the flags
//! of its own release build: a peer is measured as its authors would have it. rpmalloc is version 1.4; no crate carries
//! the second.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;

use crate::machine;
use crate::peer::{self, Origin};
use crate::place::{self, Place};
use crate::probe::Probe;
use crate::say;
use crate::table;

#[derive(Args)]
pub struct Options {
    /// Build again what is there
    #[arg(long)]
    again: bool,
}

/// How one peer is made.
struct Recipe {
    name: &'static str,
    /// The crate that carries the sources, pinned in `peers/Cargo.toml`.
    package: &'static str,
    /// The folder in the crate that is built.
    folder: &'static str,
    how: How,
    version: fn(&Source) -> Option<String>,
}

enum How {
    /// Options of the configuration, the target, and the file that comes out.
    Cmake(&'static [&'static str], &'static str, &'static str),
    /// Arguments of the C compiler, in the folder.
    Compiler(&'static [&'static str]),
}

/// A fetched crate.
struct Source {
    version: String,
    root: PathBuf,
}

const RECIPES: [Recipe; 3] = [
    Recipe {
        name: "mimalloc3",
        package: "libmimalloc-sys2",
        folder: "c_src/mimalloc3",
        how: How::Cmake(
            &["-DMI_BUILD_TESTS=OFF", "-DMI_BUILD_STATIC=OFF", "-DMI_BUILD_OBJECT=OFF"],
            "mimalloc",
            "libmimalloc.so",
        ),
        version: |source| mimalloc_version(&source.read("c_src/mimalloc3/include/mimalloc.h")?),
    },
    Recipe {
        name: "snmalloc",
        package: "snmalloc-sys",
        folder: "upstream",
        how: How::Cmake(&["-DSNMALLOC_BUILD_TESTING=OFF"], "snmallocshim", "libsnmallocshim.so"),
        // The crate is released with the library and bears its version.
        version: |source| Some(source.version.clone()),
    },
    Recipe {
        name: "rpmalloc",
        package: "rpmalloc-sys",
        folder: "rpmalloc/rpmalloc",
        how: How::Compiler(&[
            "-O3",
            "-funroll-loops",
            "-fstrict-aliasing",
            "-std=c11",
            "-D_GNU_SOURCE=1",
            "-DBUILD_RELEASE=1",
            "-DENABLE_OVERRIDE=1",
            "-DENABLE_PRELOAD=1",
            "-fPIC",
            "-shared",
            "-pthread",
            "rpmalloc.c",
        ]),
        version: |source| rpmalloc_version(&source.read("rpmalloc/CHANGELOG")?, &source.version),
    },
];

/// Builds what is missing or out of date and prints all peers. Returns false if one could not be built.
pub fn peers(options: &Options, place: &Place) -> Result<bool> {
    std::fs::create_dir_all(place.peers()).context("no folder for peers")?;
    let packages = Packages::fetch(&place.source("peers/Cargo.toml"))?;
    let probe = Probe::build(place)?;
    let mut fine = true;
    for recipe in &RECIPES {
        if let Err(error) = recipe.make(&packages, place, &probe, options.again) {
            say::aside(format_args!("quarry-bench: {} is left out: {error:#}\n", recipe.name));
            fine = false;
        }
    }

    let (found, missing) = peer::find(place);
    let mut table = table::plain(&["peer", "version", "library"], 3);
    for peer in &found {
        probe.is_quarry(&peer.library)?;
        table.add_row([peer.name.to_owned(), peer.version.clone(), peer.library.display().to_string()]);
    }
    say::line(format_args!("each serves malloc when it is preloaded:\n\n{table}"))?;
    for name in &missing {
        say::line(format_args!("missing: {name}"))?;
    }
    Ok(fine && missing.is_empty())
}

impl Recipe {
    /// Builds the library, unless it is there and was made from the same by the same.
    fn make(&self, packages: &Packages, place: &Place, probe: &Probe, again: bool) -> Result<()> {
        let source = packages.find(self.package)?;
        let (library, origin) = peer::built_files(place, self.name);
        let version = (self.version)(&source).with_context(|| format!("{} hides its version", self.package))?;
        let made = format!(
            "{} {}, {}, {}",
            self.package,
            source.version,
            self.how.text(),
            machine::first_line(Command::new(place::compiler()).arg("--version")).unwrap_or_else(machine::unknown)
        );
        let wanted = Origin { version, made };
        if !again && peer::origin(place, self.name).is_some_and(|there| there == wanted) {
            return Ok(());
        }
        say::aside(format_args!("building {} {} …\n", self.name, wanted.version));
        let aside = tempfile::tempdir_in(place.peers()).context("no temporary folder")?;
        let fresh = self.how.build(&source.root.join(self.folder), aside.path())?;
        if probe.is_quarry(&fresh)? {
            bail!("this is Quarry");
        }
        // The library last and by one step: what is at its place is whole, and is what stands beside it.
        let text = serde_json::to_string_pretty(&wanted)? + "\n";
        std::fs::write(&origin, text).with_context(|| format!("cannot write {}", origin.display()))?;
        std::fs::rename(&fresh, &library).with_context(|| format!("cannot write {}", library.display()))
    }
}

impl How {
    fn text(&self) -> String {
        match self {
            How::Cmake(options, target, _) => format!("cmake {} {target}", options.join(" ")),
            How::Compiler(arguments) => arguments.join(" "),
        }
    }

    /// Builds in `aside`, where nothing else is, from `folder`, which is only read. Returns the library.
    fn build(&self, folder: &Path, aside: &Path) -> Result<PathBuf> {
        match self {
            How::Cmake(options, target, file) => {
                let mut configure = Command::new("cmake");
                configure.arg("-S").arg(folder).arg("-B").arg(aside);
                run(configure.arg("-DCMAKE_BUILD_TYPE=Release").args(*options))?;
                run(Command::new("cmake").arg("--build").arg(aside).args(["--target", target, "--parallel", "2"]))?;
                let library = aside.join(file);
                library.canonicalize().with_context(|| format!("nothing was built at {}", library.display()))
            }
            How::Compiler(arguments) => {
                let library = aside.join("library.so");
                let mut compile = Command::new(place::compiler());
                run(compile.current_dir(folder).args(*arguments).arg("-o").arg(&library))?;
                Ok(library)
            }
        }
    }
}

/// Runs a step of a build. What it prints is shown only if it fails.
fn run(command: &mut Command) -> Result<()> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !output.status.success() {
        bail!(
            "{:?} failed:\n{}{}",
            command.get_program(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// What `cargo metadata` says about the crates of the pins.
#[derive(Deserialize)]
struct Packages {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

impl Packages {
    /// Has cargo download the crates, checked against the sums in the lock file, and asks where they are.
    fn fetch(manifest: &Path) -> Result<Packages> {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
            .arg(manifest)
            .stdin(Stdio::null())
            .output()
            .context("cannot start cargo")?;
        if !output.status.success() {
            bail!("cargo cannot fetch the sources of peers:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        serde_json::from_slice(&output.stdout).context("cargo metadata said something else")
    }

    fn find(&self, name: &str) -> Result<Source> {
        let package = self.packages.iter().find(|package| package.name == name);
        let package = package.with_context(|| format!("{name} is not pinned"))?;
        let root = package.manifest_path.parent().context("a manifest is in a folder")?;
        Ok(Source { version: package.version.clone(), root: root.to_path_buf() })
    }
}

impl Source {
    fn read(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(file)).ok()
    }
}

/// Reads `#define MI_MALLOC_VERSION 30600`: major, and two digits each of minor and patch.
fn mimalloc_version(header: &str) -> Option<String> {
    let line = header.lines().find(|line| line.starts_with("#define MI_MALLOC_VERSION"))?;
    let number: u32 = line.split_whitespace().nth(2)?.parse().ok()?;
    Some(format!("{}.{}.{}", number / 10_000, number / 100 % 100, number % 100))
}

/// Reads the release at the top of the change log, and the commit that the crate's version names.
fn rpmalloc_version(changes: &str, package: &str) -> Option<String> {
    let release = changes.lines().next()?.trim();
    Some(match package.split_once('+') {
        Some((_, commit)) => format!("{release} ({commit})"),
        None => release.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mimalloc_version_has_two_digits_a_part() {
        let header = "#pragma once\n#define MI_MALLOC_VERSION 30602   // major + 2 digits minor + 2 digits patch\n";
        assert_eq!(mimalloc_version(header).as_deref(), Some("3.6.2"));
        assert_eq!(mimalloc_version("#define MI_MALLOC_VERSION x\n"), None);
    }

    #[test]
    fn rpmalloc_version_names_the_commit() {
        assert_eq!(rpmalloc_version("1.4.3\n\nFixed", "0.2.3+b097fd0").as_deref(), Some("1.4.3 (b097fd0)"));
        assert_eq!(rpmalloc_version("1.4.3\n", "0.2.3").as_deref(), Some("1.4.3"));
        assert_eq!(rpmalloc_version("", "0.2.3"), None);
    }

    /// A peer that can be built and is not looked for, or the other way round, would silently not take part.
    #[test]
    fn every_recipe_is_looked_for() {
        assert_eq!(RECIPES.map(|recipe| recipe.name), peer::BUILT);
    }

    #[test]
    fn every_recipe_is_pinned() {
        let pins = std::fs::read_to_string(Place::find().unwrap().source("peers/Cargo.toml")).unwrap();
        for recipe in RECIPES {
            assert!(pins.contains(&format!("\n{} = \"=", recipe.package)), "{}", recipe.package);
        }
    }
}
