//! The table of real programs: what each needs, and its task.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::launch::Task;
use crate::place::{self, Place};
use crate::source::c_source;

/// A program that is not written here.
pub struct Program {
    pub name: &'static str,
    /// The commands that must be installed, of which the first is measured. `cc` and `c++` stand for the compilers.
    pub needs: &'static [&'static str],
    /// Returns the task, with its input written to the scratch folder.
    pub task: fn(&Setting<'_>) -> Result<Task>,
}

/// What a task is made for.
pub struct Setting<'a> {
    pub full: bool,
    pub place: &'a Place,
    /// Where inputs and outputs may be written; must outlive the task.
    pub scratch: &'a Path,
}

pub const PROGRAMS: &[Program] = &[
    Program {
        name: "cc",
        needs: &["cc"],
        task: |setting| compile_task(&place::compiler(), setting.sized(60, 800), setting.scratch),
    },
    Program { name: "python3", needs: &["python3"], task: python_task },
    Program { name: "start", needs: &["sh", "true"], task: start_task },
    Program { name: "sqlite3", needs: &["sqlite3"], task: sql_task },
];

impl Program {
    /// Returns the first command that is not installed.
    pub fn missing(&self) -> Option<&'static str> {
        let there = |command: &str| match command {
            "cc" => place::program(&place::compiler()).is_some(),
            "c++" => place::program(&place::cxx_compiler()).is_some(),
            command => place::program(command).is_some(),
        };
        self.needs.iter().copied().find(|command| !there(command))
    }
}

impl Setting<'_> {
    /// Returns how much there is to do in this form.
    fn sized(&self, short: usize, full: usize) -> usize {
        if self.full { full } else { short }
    }
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

/// Returns the interpreter counting and sorting words, all of its objects from malloc.
fn python_task(setting: &Setting<'_>) -> Result<Task> {
    Ok(Task::new(interpreter("python3")?)
        .argument(setting.place.source("programs/words.py"))
        .argument(setting.sized(10, 160).to_string())
        .variable("PYTHONMALLOC", "malloc"))
}

/// Returns a shell that starts `true` over and over: what preloading costs programs that do nothing else.
fn start_task(setting: &Setting<'_>) -> Result<Task> {
    let count = setting.sized(150, 2000);
    let program = place::program("true").context("`true` is in PATH")?;
    let script =
        format!("turn=0; while [ $turn -lt {count} ]; do {} || exit; turn=$((turn + 1)); done", program.display());
    Ok(Task::new("sh").argument("-c").argument(script))
}

/// Returns the database at work in memory on as many rows.
fn sql_task(setting: &Setting<'_>) -> Result<Task> {
    let script = setting.place.source("programs/rows.sql");
    let text = std::fs::read_to_string(&script)
        .with_context(|| format!("cannot read {}", script.display()))?
        .replace("ROWS", &setting.sized(30_000, 400_000).to_string());
    std::fs::write(setting.scratch.join("rows.sql"), text).context("cannot write rows.sql")?;
    let mut task = Task::new("sqlite3").argument(":memory:").argument(".read rows.sql");
    task.folder = Some(setting.scratch.to_path_buf());
    Ok(task)
}
