//! The table of real programs and of their recorded traces: what each needs, how much it has to do, and its task.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::launch::Task;
use crate::place::{self, Place};
use crate::source::c_source;

/// A program that is not written here, or the trace of one.
pub struct Program {
    pub name: &'static str,
    /// The commands that must be installed. `cc` and `c++` stand for the compilers.
    pub needs: &'static [&'static str],
    /// How much there is to do, in the program's own unit: in the short form, some 0.3 s, and in the full one. A program
    /// that cannot be short has 0 there, and takes no part.
    pub work: (usize, usize),
    /// Returns the task, with its input written to the scratch folder.
    pub task: fn(&Setting<'_>, usize) -> Result<Task>,
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
        work: (30, 400),
        task: |setting, functions| compile_task(&place::compiler(), "-O2", functions, setting.scratch),
    },
    Program { name: "c++", needs: &["c++"], work: (1, 8), task: templates_task },
    Program { name: "python3", needs: &["python3"], work: (3, 40), task: python_task },
    Program { name: "node", needs: &["node"], work: (4, 50), task: node_task },
    Program { name: "lua", needs: &["lua5.4"], work: (10, 150), task: lua_task },
    Program { name: "gs", needs: &["gs"], work: (1, 6), task: pages_task },
    Program { name: "z3", needs: &["z3", "python3"], work: (0, 5), task: puzzle_task },
    Program { name: "xz", needs: &["xz", "python3"], work: (4, 32), task: xz_task },
    Program { name: "redis", needs: &["redis-server", "redis-benchmark"], work: (20_000, 300_000), task: redis_task },
    Program { name: "sqlite3", needs: &["sqlite3"], work: (30_000, 400_000), task: sql_task },
    // What programs asked of malloc, without the programs: the same calls by as many threads.
    Program {
        name: "trace-cc",
        needs: &["xz"],
        work: (40, 300),
        task: |setting, times| trace_task(setting, "cc", times),
    },
    Program {
        name: "trace-z3",
        needs: &["xz"],
        work: (10, 80),
        task: |setting, times| trace_task(setting, "z3", times),
    },
    Program {
        name: "trace-node",
        needs: &["xz"],
        work: (12, 100),
        task: |setting, times| trace_task(setting, "node", times),
    },
    Program { name: "start", needs: &["sh", "true"], work: (100, 2000), task: start_task },
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

    /// Returns the task, or `None` if there is none in this form.
    pub fn prepare(&self, setting: &Setting<'_>) -> Result<Option<Task>> {
        match (self.work, setting.full) {
            ((0, _), false) => Ok(None),
            ((work, _), false) | ((_, work), true) => {
                (self.task)(setting, work).map(Some).with_context(|| format!("cannot prepare {}", self.name))
            }
        }
    }
}

impl Setting<'_> {
    /// Returns `program` in the scratch folder: names of files in its arguments are those of what is written there.
    fn task(&self, program: impl Into<PathBuf>) -> Task {
        let mut task = Task::new(program);
        task.folder = Some(self.scratch.to_path_buf());
        task
    }

    /// Returns the path of an input that lies in `programs/`.
    fn input(&self, name: &str) -> PathBuf {
        self.place.source("programs").join(name)
    }

    /// Writes what `command` prints to the scratch folder as `name`.
    fn write_output(&self, command: &mut Command, name: &str) -> Result<()> {
        let file = File::create(self.scratch.join(name)).with_context(|| format!("cannot write {name}"))?;
        let status = command.env_remove("LD_PRELOAD").stdin(Stdio::null()).stdout(file).status();
        if !status.with_context(|| format!("cannot start {:?}", command.get_program()))?.success() {
            bail!("{command:?} failed");
        }
        Ok(())
    }
}

/// Returns the C compiler at work on a generated source of `functions` functions, optimising as `level` says; leaves
/// `large.o` in `scratch`.
pub fn compile_task(compiler: &str, level: &str, functions: usize, scratch: &Path) -> Result<Task> {
    let source = scratch.join("large.c");
    std::fs::write(&source, c_source(functions)).with_context(|| format!("cannot write {}", source.display()))?;
    let mut task = Task::new(compiler);
    // Relative names, so that the object file does not depend on the temporary folder's name.
    for word in [level, "-c", "large.c", "-o", "large.o"] {
        task = task.argument(word);
    }
    task.folder = Some(scratch.to_path_buf());
    Ok(task)
}

/// Returns the C++ compiler at work on templates `depth` levels deep.
fn templates_task(setting: &Setting<'_>, depth: usize) -> Result<Task> {
    let task = setting.task(place::cxx_compiler());
    Ok(task
        .argument("-std=gnu++17")
        .argument("-O2")
        .argument(format!("-DDEPTH={depth}"))
        .argument("-c")
        .argument(setting.input("templates.cpp"))
        .argument("-o")
        .argument("templates.o"))
}

/// Returns the interpreter at a mix of what Python programs do, all of its objects from malloc.
fn python_task(setting: &Setting<'_>, turns: usize) -> Result<Task> {
    let task = setting.task(interpreter("python3")?).argument(setting.input("mix.py")).argument(turns.to_string());
    Ok(task.variable("PYTHONMALLOC", "malloc"))
}

/// Returns the interpreter itself: what PATH has may be a shell script that chooses one, and would be measured with it.
pub fn interpreter(command: &str) -> Result<PathBuf> {
    let output = Command::new(command)
        .args(["-c", "import sys; print(sys.executable)"])
        .env_remove("LD_PRELOAD")
        .output()
        .with_context(|| format!("cannot start {command}"))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn node_task(setting: &Setting<'_>, turns: usize) -> Result<Task> {
    Ok(setting.task("node").argument(setting.input("mix.js")).argument(turns.to_string()))
}

fn lua_task(setting: &Setting<'_>, turns: usize) -> Result<Task> {
    Ok(setting.task("lua5.4").argument(setting.input("mix.lua")).argument(turns.to_string()))
}

/// Returns Ghostscript rendering `count` pages to nowhere, finer in the full form.
fn pages_task(setting: &Setting<'_>, count: usize) -> Result<Task> {
    let mut task = setting.task("gs");
    for word in ["-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=ppmraw", "-sOutputFile=/dev/null"] {
        task = task.argument(word);
    }
    let task = task.argument(if setting.full { "-r100" } else { "-r72" });
    Ok(task.argument(format!("-dPAGES={count}")).argument(setting.input("pages.ps")))
}

/// Returns the solver at a generated file.
fn puzzle_task(setting: &Setting<'_>, size: usize) -> Result<Task> {
    let mut generator = Command::new("python3");
    setting.write_output(generator.arg(setting.input("puzzle.py")).arg(size.to_string()), "puzzle.smt2")?;
    Ok(setting.task("z3").argument("puzzle.smt2"))
}

/// Returns the compressor, in two threads, at so many MiB of generated text.
fn xz_task(setting: &Setting<'_>, size: usize) -> Result<Task> {
    let mut generator = Command::new("python3");
    setting.write_output(generator.arg(setting.input("text.py")).arg(size.to_string()), "text")?;
    let mut task = setting.task("xz");
    for word in ["--keep", "--stdout", "-T2", "-1", "--block-size=1MiB", "text"] {
        task = task.argument(word);
    }
    Ok(task)
}

/// Returns a server under `requests` requests of its own benchmark: a program starts both, and preloads only the server.
fn redis_task(setting: &Setting<'_>, requests: usize) -> Result<Task> {
    let program = setting.place.compile("programs/redis.c", &[])?;
    Ok(setting.task(program).argument(requests.to_string()).argument("20"))
}

/// Returns the calls of a recorded program, so many times.
fn trace_task(setting: &Setting<'_>, name: &str, times: usize) -> Result<Task> {
    let file = format!("{name}.trace");
    let packed = setting.place.source("trace").join(format!("{file}.xz"));
    setting.write_output(Command::new("xz").arg("-dc").arg(packed), &file)?;
    let program = setting.place.compile("trace/replay.c", &[])?;
    Ok(setting.task(program).argument(times.to_string()).argument(file))
}

/// Returns the database at work in memory on as many rows.
fn sql_task(setting: &Setting<'_>, rows: usize) -> Result<Task> {
    let script = setting.input("rows.sql");
    let text = std::fs::read_to_string(&script)
        .with_context(|| format!("cannot read {}", script.display()))?
        .replace("ROWS", &rows.to_string());
    std::fs::write(setting.scratch.join("rows.sql"), text).context("cannot write rows.sql")?;
    Ok(setting.task("sqlite3").argument(":memory:").argument(".read rows.sql"))
}

/// Returns a shell that starts `true` over and over: what preloading costs programs that do nothing else.
fn start_task(setting: &Setting<'_>, count: usize) -> Result<Task> {
    let program = place::program("true").context("`true` is in PATH")?;
    let script =
        format!("turn=0; while [ $turn -lt {count} ]; do {} || exit; turn=$((turn + 1)); done", program.display());
    Ok(setting.task("sh").argument("-c").argument(script))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trace that is no entry of the table is never measured.
    #[test]
    fn every_trace_has_an_entry() {
        let folder = Place::find().unwrap().source("trace");
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            if let Some(name) = file.strip_suffix(".trace.xz") {
                assert!(PROGRAMS.iter().any(|program| program.name == format!("trace-{name}")), "{file}");
            }
        }
    }

    /// What is installed must be ready to run, input and all.
    #[test]
    fn every_program_that_is_here_can_be_prepared() {
        let place = Place::find().unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let setting = Setting { full: false, place: &place, scratch: scratch.path() };
        for program in PROGRAMS.iter().filter(|program| program.missing().is_none()) {
            let task = program.prepare(&setting).unwrap().unwrap_or_default();
            let inputs = task.arguments.iter().map(Path::new).filter(|path| path.starts_with(place.source("programs")));
            for input in inputs {
                assert!(input.is_file(), "{}: {}", program.name, input.display());
            }
        }
    }
}
