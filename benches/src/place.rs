//! Where things are: the workspace, the library, what is compiled, and programs in PATH.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The workspace on disk.
///
/// Holding a `Place` proves that `benches/loads` was there and that the folder for compiled programs exists.
pub struct Place {
    root: PathBuf,
    built: PathBuf,
}

impl Place {
    /// Finds the workspace from what cargo says at run time, or upwards from the current directory.
    pub fn find() -> Result<Place> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(folder) => PathBuf::from(folder),
            None => env::current_dir().context("no current directory")?,
        };
        let root = start
            .ancestors()
            .find(|folder| folder.join("benches/loads").is_dir())
            .with_context(|| {
                format!("no benches/loads in {} or above: run this inside the workspace", start.display())
            })?
            .to_path_buf();
        let built = target(&root).join("bench");
        std::fs::create_dir_all(&built).with_context(|| format!("cannot create {}", built.display()))?;
        Ok(Place { root, built })
    }

    /// Returns the workspace root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns a file below `benches/`.
    pub fn source(&self, name: &str) -> PathBuf {
        self.root.join("benches").join(name)
    }

    /// Returns the Quarry library: the one asked for, else `QUARRY_SO`, else the release build.
    pub fn library(&self, asked: Option<&Path>) -> Result<PathBuf> {
        let path = match (asked, env::var_os("QUARRY_SO")) {
            (Some(path), _) => path.to_path_buf(),
            (None, Some(path)) => PathBuf::from(path),
            (None, None) => target(&self.root).join("release/libquarry.so"),
        };
        match path.canonicalize() {
            Ok(path) => Ok(path),
            Err(_) => bail!(
                "no library at {}: build it first (`make build`), or name one with --library or QUARRY_SO",
                path.display()
            ),
        }
    }

    /// Returns the folder of the peers that were built here.
    pub fn peers(&self) -> PathBuf {
        target(&self.root).join("peers")
    }

    /// Compiles `benches/<source>`, C or C++, and returns the program.
    ///
    /// The four `-fno-builtin` flags keep the compiler from removing a malloc whose object it can follow to its
    /// free. Compiled anew each time: a tenth of a second, and never stale. Compiled aside and moved into place, so
    /// that a program that runs is never written to.
    pub fn compile(&self, source: &str, link: &[&str]) -> Result<PathBuf> {
        let path = self.source(source);
        let stem = path.file_stem().context("a source has a name")?;
        let aside = tempfile::tempdir_in(&self.built).context("no temporary folder")?;
        let fresh = aside.path().join(stem);
        let (compiler, standard) = match path.extension().and_then(OsStr::to_str) {
            Some("cpp") => (cxx_compiler(), "-std=gnu++17"),
            _ => (compiler(), "-std=gnu11"),
        };
        let output = Command::new(&compiler)
            .args(["-O2", standard, "-Wall", "-Wextra", "-pthread"])
            .args(["-fno-builtin-malloc", "-fno-builtin-calloc"])
            .args(["-fno-builtin-realloc", "-fno-builtin-free"])
            .arg(&path)
            .arg("-o")
            .arg(&fresh)
            .args(link)
            .env_remove("LD_PRELOAD")
            .output()
            .with_context(|| format!("cannot start the compiler `{compiler}`"))?;
        if !output.status.success() {
            bail!("{} does not compile:\n{}", path.display(), String::from_utf8_lossy(&output.stderr));
        }
        let program = self.built.join(stem);
        std::fs::rename(&fresh, &program).with_context(|| format!("cannot write {}", program.display()))?;
        Ok(program)
    }
}

/// Returns the folder that cargo builds into.
fn target(root: &Path) -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        // Relative names are cargo's: relative to where cargo was started, which make does in the root.
        Some(folder) => root.join(folder),
        None => root.join("target"),
    }
}

/// Returns the C compiler's name: `CC`, else `cc`.
pub fn compiler() -> String {
    env::var("CC").unwrap_or_else(|_| "cc".to_owned())
}

/// Returns the C++ compiler's name: `CXX`, else `c++`.
pub fn cxx_compiler() -> String {
    env::var("CXX").unwrap_or_else(|_| "c++".to_owned())
}

/// Finds a program as the shell would: by path if there is a slash in it, else in PATH.
pub fn program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| path.is_file());
    }
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_is_found_by_name_and_by_path() {
        let shell = program("sh").expect("sh is in PATH");
        assert_eq!(program(shell.to_str().unwrap()), Some(shell));
    }

    #[test]
    fn program_that_does_not_exist_is_none() {
        assert_eq!(program("no-such-program-anywhere"), None);
        assert_eq!(program("./no/such/program"), None);
    }
}
