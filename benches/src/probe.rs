//! Who serves malloc when a library is preloaded, as `probe.c` sees it from inside.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::tuning;

/// The functions that a library must serve, so that a program on it is a program on that allocator.
const SERVED: [&str; 6] = ["malloc", "free", "calloc", "realloc", "posix_memalign", "malloc_usable_size"];

/// The function that only Quarry has.
const OWN: &str = "quarry_malloc";

/// The compiled probe.
pub struct Probe {
    program: PathBuf,
}

/// Which file each function comes from.
struct Answer(Vec<(String, PathBuf)>);

impl Probe {
    pub fn build(place: &Place) -> Result<Probe> {
        Ok(Probe { program: place.compile("probe.c", &[])? })
    }

    /// Proves that `library`, preloaded, serves malloc and its kin. Returns whether it is a build of Quarry.
    ///
    /// A library that ld.so cannot load costs only a warning, and the program then runs on libc: without this, a wrong
    /// library would be measured as level with glibc.
    pub fn is_quarry(&self, library: &Path) -> Result<bool> {
        let mut command = Command::new(&self.program);
        tuning::clear(&mut command);
        let output =
            command.env("LD_PRELOAD", library).stdin(Stdio::null()).output().context("cannot start the probe")?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("no program runs with {} preloaded ({}): {}", library.display(), output.status, said.trim());
        }
        let answer = Answer::read(&String::from_utf8_lossy(&output.stdout));
        let library = library.canonicalize().with_context(|| format!("no library at {}", library.display()))?;
        if let Some(function) = SERVED.iter().find(|function| !answer.is_from(function, &library)) {
            bail!("{} does not serve {function}: {}", library.display(), said.trim());
        }
        Ok(answer.is_from(OWN, &library))
    }
}

impl Answer {
    /// Reads lines of `NAME FILE`.
    fn read(text: &str) -> Answer {
        let pair = |line: &str| line.split_once(' ').map(|(name, file)| (name.to_owned(), PathBuf::from(file)));
        Answer(text.lines().filter_map(pair).collect())
    }

    /// `library` without links in its path.
    fn is_from(&self, function: &str, library: &Path) -> bool {
        self.0.iter().any(|(name, file)| name == function && file.canonicalize().is_ok_and(|file| file == library))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is no library would otherwise be ignored by ld.so and measured as glibc.
    #[test]
    fn file_that_is_no_library_is_refused() {
        let probe = Probe::build(&Place::find().unwrap()).unwrap();
        assert!(probe.is_quarry(tempfile::NamedTempFile::new().unwrap().path()).is_err());
        assert!(probe.is_quarry(Path::new("/no/such/library.so")).is_err());
    }

    /// A library that loads but serves nothing would be measured as glibc, too.
    #[test]
    fn library_that_serves_nothing_is_refused() {
        let place = Place::find().unwrap();
        let probe = Probe::build(&place).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("idle.c");
        let library = folder.path().join("libidle.so");
        std::fs::write(&source, "int idle(void);\nint idle(void) { return 0; }\n").unwrap();
        let status = Command::new(crate::place::compiler())
            .args(["-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .status()
            .unwrap();
        assert!(status.success());
        let error = probe.is_quarry(&library).unwrap_err().to_string();
        assert!(error.contains("does not serve malloc"), "{error}");
    }

    #[test]
    fn answer_keeps_spaces_of_paths() {
        let answer = Answer::read("malloc /a b/lib.so\nfree /c\n");
        assert_eq!(answer.0[0], ("malloc".to_owned(), PathBuf::from("/a b/lib.so")));
        assert_eq!(answer.0.len(), 2);
    }
}
