//! The loads made ready to run: those of the catalogue compiled, real programs found and given their input.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::catalogue::ENTRIES;
use crate::launch::Task;
use crate::place::{self, Place};
use crate::source::c_source;

/// Work of real programs in the full form in units of the short form.
const FULL: usize = 8;

/// Functions in the C source that the compiler gets in the short form,
const C_FUNCTIONS: usize = 100;
/// turns of `programs/words.py`, and rows of `programs/rows.sql`, in the short form.
const PYTHON_TURNS: usize = 20;
const SQL_ROWS: usize = 30_000;

/// A load ready to run.
pub struct Load {
    pub name: String,
    pub task: Task,
}

/// What loads are made for.
pub struct Sizing<'a> {
    pub full: bool,
    /// Numbers of threads of the loads that take one.
    pub threads: &'a [u32],
    /// Loads whose name contains one of these words, or all if there are none.
    pub filter: &'a [String],
    /// Where sources and objects may be written; must outlive the loads.
    pub scratch: &'a Path,
}

/// Compiles the chosen loads. The second list names real programs that are not installed here and were left out.
pub fn prepare(place: &Place, sizing: &Sizing<'_>) -> Result<(Vec<Load>, Vec<&'static str>)> {
    let wanted = |name: &str| sizing.filter.is_empty() || sizing.filter.iter().any(|word| name.contains(word.as_str()));
    let mut loads = Vec::new();
    let mut missing = Vec::new();

    for entry in ENTRIES {
        let mut chosen = entry.loads(sizing.full, sizing.threads);
        chosen.retain(|(name, _)| wanted(name));
        if chosen.is_empty() {
            continue;
        }
        let file = place.compile(&format!("loads/{}", entry.source), &[])?;
        for (name, arguments) in chosen {
            let mut task = Task::new(&file);
            task.arguments.extend(arguments.into_iter().map(Into::into));
            loads.push(Load { name, task });
        }
    }
    let scale = if sizing.full { FULL } else { 1 };
    let real = [("cc", place::compiler()), ("python3", "python3".to_owned()), ("sqlite3", "sqlite3".to_owned())];
    for (name, command) in real.iter().filter(|(name, _)| wanted(name)) {
        if place::program(command).is_none() {
            missing.push(*name);
            continue;
        }
        let task = match *name {
            "cc" => compile_task(command, C_FUNCTIONS * scale, sizing.scratch)?,
            "python3" => Task::new(interpreter(command)?)
                .argument(place.source("programs/words.py"))
                .argument((PYTHON_TURNS * scale).to_string())
                .variable("PYTHONMALLOC", "malloc"),
            _ => sql_task(command, SQL_ROWS * scale, place, sizing.scratch)?,
        };
        loads.push(Load { name: (*name).to_owned(), task });
    }
    Ok((loads, missing))
}

/// Returns the C compiler at work on a generated source of `functions` functions; leaves `large.o` in `scratch`.
pub fn compile_task(compiler: &str, functions: usize, scratch: &Path) -> Result<Task> {
    let source = scratch.join("large.c");
    std::fs::write(&source, c_source(functions)).with_context(|| format!("cannot write {}", source.display()))?;
    let mut task = Task::new(compiler);
    // Relative names, so that the object file does not depend on the temporary folder's name.
    for word in ["-O1", "-c", "large.c", "-o", "large.o"] {
        task = task.argument(word);
    }
    task.folder = Some(scratch.to_path_buf());
    Ok(task)
}

/// Returns the interpreter itself: what PATH has may be a shell script that chooses one, and would be measured with it.
fn interpreter(command: &str) -> Result<PathBuf> {
    let output = Command::new(command)
        .args(["-c", "import sys; print(sys.executable)"])
        .env_remove("LD_PRELOAD")
        .output()
        .with_context(|| format!("cannot start {command}"))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn sql_task(command: &str, rows: usize, place: &Place, scratch: &Path) -> Result<Task> {
    let script = place.source("programs/rows.sql");
    let text = std::fs::read_to_string(&script)
        .with_context(|| format!("cannot read {}", script.display()))?
        .replace("ROWS", &rows.to_string());
    std::fs::write(scratch.join("rows.sql"), text).context("cannot write rows.sql")?;
    let mut task = Task::new(command).argument(":memory:").argument(".read rows.sql");
    task.folder = Some(scratch.to_path_buf());
    Ok(task)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_chooses_by_part_of_the_name() {
        let scratch = tempfile::tempdir().unwrap();
        let sizing = Sizing {
            full: false,
            threads: &[1, 2],
            filter: &["batch".to_owned(), "births/2".to_owned()],
            scratch: scratch.path(),
        };
        let (loads, missing) = prepare(&Place::find().unwrap(), &sizing).unwrap();
        let names: Vec<&str> = loads.iter().map(|load| load.name.as_str()).collect();
        assert_eq!(names, ["batch-order", "batch-reverse", "batch-shuffled", "births/2"]);
        assert!(missing.is_empty());
    }
}
