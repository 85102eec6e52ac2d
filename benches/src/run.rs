//! `run`: one real program on glibc and on Quarry in turn, side by side, and Quarry's own figures of one more run.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::allocator::{self, Allocator};
use crate::figures::{Spread, ratio, rotation};
use crate::launch::{Launcher, Output, Task, Usage};
use crate::place::{self, Place};
use crate::program;
use crate::report::Reports;
use crate::say;
use crate::table;
use crate::tuning::QUARRY_CONF;

/// A program that runs longer than this is stopped.
const SECONDS: u32 = 3600;

/// Functions in the source that the compiler gets: about two seconds and 100 MiB of work.
const C_FUNCTIONS: usize = 500;

/// What `--help` says about options of allocators.
pub const TUNING_HELP: &str = "\
Options of allocators in the environment (GLIBC_TUNABLES, MALLOC_*, MIMALLOC_*,
TCMALLOC_*) are cleared. QUARRY_CONF holds for the runs on Quarry, so that options
can be tried on a program; its `stats` and `output` do not, since the last run
reports by itself.";

#[derive(Args)]
pub struct Options {
    /// Measured runs on each allocator, interleaved
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// The program and its arguments [default: the C compiler on a large generated source]
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Runs, compares and prints. Returns the program's own exit status where both agree on one that is not zero, and 1
/// where they differ.
pub fn run(options: &Options, place: &Place, library: Option<&Path>) -> Result<u8> {
    let allocators = [allocator::glibc(), allocator::quarry(place, library)?];
    let scratch = tempfile::tempdir().context("no temporary folder")?;
    let launcher = Launcher::build(place, SECONDS)?;
    let (task, object) = match options.command.split_first() {
        Some((name, arguments)) => (task(name, arguments)?, None),
        None => {
            let compiler = place::compiler();
            let task = program::compile_task(&compiler, "-O1", C_FUNCTIONS, scratch.path())?;
            (task, Some(scratch.path().join("large.o")))
        }
    };
    let own = without_reports(&env::var_os(QUARRY_CONF).unwrap_or_default());
    let mut tasks = [task.clone(), task.clone()];
    say::line(format_args!("program  {}", words(&task)))?;
    if !own.is_empty() {
        tasks[1] = task.clone().variable(QUARRY_CONF, &own);
        say::line(format_args!("options  {} (on {})", own.display(), allocators[1].name))?;
    }
    say::line("")?;

    let mut usages: [Vec<Usage>; 2] = Default::default();
    let mut objects: Vec<Vec<u8>> = Vec::new();
    for round in 0..options.rounds as usize {
        for at in rotation(allocators.len(), round) {
            if let Some(object) = &object {
                // What the run before left must not pass for this one's; before the first run there is nothing.
                let _ = std::fs::remove_file(object);
            }
            let (usage, said) = launcher.run(&tasks[at], &allocators[at], Output::Discarded)?;
            if usage.code() != 0 && usages[at].is_empty() {
                say::line(format_args!("on {}: {}\n{}", allocators[at].name, usage.end(), said.trim_end()))?;
            }
            usages[at].push(usage);
            if let (Some(object), 0) = (&object, usage.code()) {
                objects.push(std::fs::read(object).context("the compiler left no object file")?);
            }
        }
    }

    say::line(side_by_side(&allocators, &usages)?)?;
    let codes = usages.iter().flatten().map(Usage::code);
    let code = agreed(codes).context("the program did not end the same way in all runs")?;
    if code != 0 {
        say::line(format_args!("the program ended with status {code} on both"))?;
        return Ok(u8::try_from(code).unwrap_or(1));
    }
    if agreed(objects).is_none() && object.is_some() {
        bail!("the object files of the runs differ");
    }
    say::line(format_args!(
        "same exit status{} in all {} runs\n",
        if object.is_some() { " and same object file" } else { "" },
        2 * options.rounds
    ))?;
    say::line(own_figures(&launcher, &task, &own, &allocators[1], scratch.path())?)?;
    Ok(0)
}

/// Makes a task of a command line, or says that there is no such program.
fn task(name: &OsString, arguments: &[OsString]) -> Result<Task> {
    let text = name.to_string_lossy();
    let Some(program) = place::program(&text) else {
        bail!("command not found: {text}");
    };
    let mut task = Task::new(program);
    task.arguments = arguments.to_vec();
    Ok(task)
}

/// Returns the command line as one would read it.
fn words(task: &Task) -> String {
    let mut words = vec![task.program.to_string_lossy().into_owned()];
    words.extend(task.arguments.iter().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Returns the value that all have, or `None` if there is none or they differ.
fn agreed<T: PartialEq>(values: impl IntoIterator<Item = T>) -> Option<T> {
    let mut values = values.into_iter();
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// Returns the table: a line for each allocator, and the second in terms of the first.
fn side_by_side(allocators: &[Allocator; 2], usages: &[Vec<Usage>; 2]) -> Result<String> {
    let header = ["allocator", "time s", "min", "max", "CPU s", "peak RSS MiB", "faults"];
    let mut table = table::plain(&header, 1);
    let mut medians = Vec::new();
    for (allocator, runs) in allocators.iter().zip(usages) {
        let spread = |value: fn(&Usage) -> f64| Spread::of(runs.iter().map(value)).context("no run was measured");
        let wall = spread(Usage::wall_seconds)?;
        let peak = spread(Usage::peak_rss_mib)?.median;
        table.add_row([
            allocator.name.clone(),
            format!("{:.3}", wall.median),
            format!("{:.3}", wall.min),
            format!("{:.3}", wall.max),
            format!("{:.3}", spread(Usage::cpu_seconds)?.median),
            format!("{peak:.1}"),
            format!("{:.0}", spread(|usage| usage.minor_faults as f64)?.median),
        ]);
        medians.push((wall.median, peak));
    }
    let [(base_wall, base_peak), (wall, peak)] = medians[..] else {
        bail!("two allocators are compared");
    };
    table.add_row([
        format!("{}/{}", allocators[1].name, allocators[0].name),
        table::times(ratio(wall, base_wall)),
        String::new(),
        String::new(),
        String::new(),
        table::times(ratio(peak, base_peak)),
        String::new(),
    ]);
    Ok(format!("{table}\n(medians; peak RSS of the largest process)\n"))
}

/// Runs the program once more with `stats:json`, its output shown, and returns the figures of the process with the
/// most memory.
fn own_figures(launcher: &Launcher, task: &Task, own: &OsStr, quarry: &Allocator, scratch: &Path) -> Result<String> {
    let folder = scratch.join("figures");
    std::fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut options = own.to_owned();
    if !own.is_empty() {
        options.push(",");
    }
    options.push("stats:json,output:");
    options.push(&folder);
    options.push("/%p");
    let (usage, _) = launcher.run(&task.clone().variable(QUARRY_CONF, options), quarry, Output::Shown)?;
    // Before the verdict: a program whose reader has left ends otherwise, and then so does this line.
    say::line("")?;
    if usage.code() != 0 {
        bail!("with figures asked for, the program ended otherwise: {}", usage.end());
    }
    Reports::read(&folder)?.text()
}

/// Returns the user's options for Quarry without `stats` and `output`: measured runs report nothing, and the run that
/// does has its own.
fn without_reports(options: &OsStr) -> OsString {
    let kept = options.as_bytes().split(|&byte| byte == b',').filter(|item| {
        let key = item.split(|&byte| byte == b':').next().unwrap_or_default().trim_ascii();
        !matches!(key, b"" | b"stats" | b"output")
    });
    OsString::from_vec(kept.collect::<Vec<_>>().join(&b','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreed_is_none_when_one_differs() {
        assert_eq!(agreed([3, 3, 3]), Some(3));
        assert_eq!(agreed([0, 0, 134]), None);
        assert_eq!(agreed::<i32>([]), None);
    }

    #[test]
    fn task_of_a_command_that_does_not_exist_names_it() {
        let name = OsString::from("no-such-program-anywhere");
        let error = task(&name, &[]).err().unwrap();
        assert_eq!(error.to_string(), "command not found: no-such-program-anywhere");
    }

    /// A key given twice costs a warning, and the program's output would not be its own.
    #[test]
    fn without_reports_keeps_all_other_options() {
        let kept = |text: &str| without_reports(OsStr::new(text)).into_string().unwrap();
        assert_eq!(kept("stats:exit"), "");
        assert_eq!(kept("decay_ms:0,stats:json,output:/tmp/%p,arena:1G"), "decay_ms:0,arena:1G");
        assert_eq!(kept(" stats : exit , decay_ms:0,,stats"), " decay_ms:0");
        assert_eq!(kept("stats_x:1,no-colon"), "stats_x:1,no-colon");
        assert_eq!(kept(""), "");
    }
}
