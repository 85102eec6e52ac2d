//! The loads: which programs run, with which sizes, and what of the allocator each one asks for.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::launch::Task;
use crate::place::{self, Place};
use crate::source::c_source;

/// A load written here: a program of `loads/` and its arguments.
struct Program {
    name: &'static str,
    source: &'static str,
    /// The first argument of the short form; the full form has `FULL` times as much.
    work: usize,
    /// The others; `T` stands for the number of threads.
    arguments: &'static str,
}

/// Work of the full form in units of the short form: some eight seconds instead of half of one, where the start no
/// longer counts.
const FULL: usize = 16;

/// Each takes 0.3 to 1 s in its short form on two cores of 2.6 GHz.
const PROGRAMS: &[Program] = &[
    // Small objects, one thread.
    program("churn", "churn", 10_000_000, "1 10000 16 1024"),
    program("batch-order", "batch", 3_000, "1 10000 64"),
    program("batch-reverse", "batch", 3_000, "2 10000 64"),
    program("batch-shuffled", "batch", 2_000, "3 10000 64"),
    // Several threads.
    program("churn-threads", "churn", 8_000_000, "T 10000 16 1024"),
    program("handoff-even", "handoff", 60_000, "T T 16 256"),
    program("handoff-two-to-one", "handoff", 60_000, "2 1 16 256"),
    program("server", "server", 40_000, "T 1000 8 1000 200"),
    program("births", "births", 10_000, "T 32"),
    // Large objects.
    program("grow-double", "grow", 10, "200 67108864 1"),
    program("grow-tenth", "grow", 10, "110 67108864 1"),
    program("grow-two", "grow", 8, "150 67108864 2"),
    program("zeroed", "zeroed", 60, "256 4194304 16"),
    program("large", "large", 800, "65536 33554432 16"),
];

const fn program(name: &'static str, source: &'static str, work: usize, arguments: &'static str) -> Program {
    Program { name, source, work, arguments }
}

/// Functions in the C source that the compiler gets in the short form,
const C_FUNCTIONS: usize = 150;
/// turns of `programs/words.py`, and rows of `programs/rows.sql`, in the short form.
const PYTHON_TURNS: usize = 30;
const SQL_ROWS: usize = 60_000;

/// A load ready to run.
pub struct Load {
    pub name: &'static str,
    pub task: Task,
}

/// What loads are made for.
pub struct Sizing<'a> {
    pub full: bool,
    pub threads: usize,
    /// Loads whose name contains one of these words, or all if there are none.
    pub filter: &'a [String],
    /// Where sources and objects may be written; must outlive the loads.
    pub scratch: &'a Path,
}

/// Compiles the chosen loads. The second list names real programs that are not installed here and were left out.
pub fn prepare(place: &Place, sizing: &Sizing<'_>) -> Result<(Vec<Load>, Vec<&'static str>)> {
    let scale = if sizing.full { FULL } else { 1 };
    let wanted = |name: &str| sizing.filter.is_empty() || sizing.filter.iter().any(|word| name.contains(word.as_str()));
    let mut loads = Vec::new();
    let mut missing = Vec::new();

    for program in PROGRAMS.iter().filter(|program| wanted(program.name)) {
        let file = place.compile(&format!("loads/{}.c", program.source), &[])?;
        let mut task = Task::new(file).argument((program.work * scale).to_string());
        task.arguments.extend(arguments(program.arguments, sizing.threads).map(Into::into));
        loads.push(Load { name: program.name, task });
    }
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
        loads.push(Load { name, task });
    }
    Ok((loads, missing))
}

/// Returns the arguments in `text`, with the number of threads for each `T`.
fn arguments(text: &str, threads: usize) -> impl Iterator<Item = String> {
    text.split(' ').map(move |word| match word {
        "T" => threads.to_string(),
        number => number.to_owned(),
    })
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
    use std::collections::BTreeSet;

    #[test]
    fn arguments_put_the_number_of_threads_in_place() {
        let words: Vec<String> = arguments("T 10000 T 16", 8).collect();
        assert_eq!(words, ["8", "10000", "8", "16"]);
    }

    /// A load that is no entry of the table is never measured, an entry without a file never runs.
    #[test]
    fn every_source_has_an_entry_and_every_entry_a_source() {
        let folder = Place::find().unwrap().source("loads");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".c").map(str::to_owned))
            .collect();
        let entries: BTreeSet<String> = PROGRAMS.iter().map(|program| program.source.to_owned()).collect();
        assert_eq!(files, entries);
    }

    #[test]
    fn filter_chooses_by_part_of_the_name() {
        let scratch = tempfile::tempdir().unwrap();
        let sizing = Sizing {
            full: false,
            threads: 2,
            filter: &["batch".to_owned(), "births".to_owned()],
            scratch: scratch.path(),
        };
        let (loads, missing) = prepare(&Place::find().unwrap(), &sizing).unwrap();
        let names: Vec<&str> = loads.iter().map(|load| load.name).collect();
        assert_eq!(names, ["batch-order", "batch-reverse", "batch-shuffled", "births"]);
        assert!(missing.is_empty());
    }
}
