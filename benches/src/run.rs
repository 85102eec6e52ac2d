//! `run`: one real program on glibc and on Quarry in turn, side by side, and Quarry's own figures of one more run.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::allocator::{self, Allocator};
use crate::figures::{Spread, ratio, rotation};
use crate::launch::{Launcher, Output, Task, Usage};
use crate::load;
use crate::place::{self, Place};
use crate::table;

/// A program that runs longer than this is stopped.
const SECONDS: u32 = 3600;

/// Functions in the source that the compiler gets: about two seconds and 100 MiB of work.
const C_FUNCTIONS: usize = 500;

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
            let task = load::compile_task(&compiler, C_FUNCTIONS, scratch.path())?;
            (task, Some(scratch.path().join("large.o")))
        }
    };
    println!("program  {}\n", words(&task));

    let mut usages: [Vec<Usage>; 2] = Default::default();
    let mut objects: Vec<Vec<u8>> = Vec::new();
    for round in 0..options.rounds as usize {
        for at in rotation(allocators.len(), round) {
            if let Some(object) = &object {
                // What the run before left must not pass for this one's; before the first run there is nothing.
                let _ = std::fs::remove_file(object);
            }
            let (usage, said) = launcher.run(&task, &allocators[at], Output::Discarded)?;
            if usage.code() != 0 && usages[at].is_empty() {
                println!("on {}: {}\n{}", allocators[at].name, usage.end(), said.trim_end());
            }
            usages[at].push(usage);
            if let (Some(object), 0) = (&object, usage.code()) {
                objects.push(std::fs::read(object).context("the compiler left no object file")?);
            }
        }
    }

    println!("{}", side_by_side(&allocators, &usages)?);
    let codes = usages.iter().flatten().map(Usage::code);
    let code = agreed(codes).context("the program did not end the same way in all runs")?;
    if code != 0 {
        println!("the program ended with status {code} on both");
        return Ok(u8::try_from(code).unwrap_or(1));
    }
    if agreed(objects).is_none() && object.is_some() {
        bail!("the object files of the runs differ");
    }
    println!(
        "same exit status{} in all {} runs\n",
        if object.is_some() { " and same object file" } else { "" },
        2 * options.rounds
    );
    println!("{}", own_figures(&launcher, &task, &allocators[1], scratch.path())?);
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

/// Runs the program once more with `stats:exit`, its output shown, and returns the report of the process with the
/// most memory.
fn own_figures(launcher: &Launcher, task: &Task, quarry: &Allocator, scratch: &Path) -> Result<String> {
    let folder = scratch.join("figures");
    std::fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let asked = format!("stats:exit,output:{}/%p", folder.display());
    // The user's own options first; of a key given twice the last counts.
    let options = match env::var("QUARRY_CONF") {
        Ok(own) if !own.is_empty() => format!("{own},{asked}"),
        _ => asked,
    };
    let task = task.clone().variable("QUARRY_CONF", options);
    let (usage, said) = launcher.run(&task, quarry, Output::Shown)?;
    eprint!("{said}");
    if usage.code() != 0 {
        bail!("with figures asked for, the program ended otherwise: {}", usage.end());
    }

    let mut reports = Vec::new();
    for entry in std::fs::read_dir(&folder).context("cannot list the reports")? {
        let entry = entry.context("cannot list the reports")?;
        let text = std::fs::read_to_string(entry.path()).context("cannot read a report")?;
        reports.push((entry.file_name().to_string_lossy().into_owned(), text));
    }
    let count = reports.len();
    match reports.into_iter().max_by_key(|(_, text)| memory(text)) {
        Some((process, text)) => {
            Ok(format!("Quarry's own figures: process {process}, the one with the most memory of {count}\n\n{text}"))
        }
        None => bail!("no process of the program wrote Quarry's figures"),
    }
}

/// Orders reports by memory: what the heap ever committed (that never shrinks), then what was resident at the end.
fn memory(report: &str) -> (u64, u64) {
    (total(report, "committed"), total(report, "resident"))
}

/// Reads a total, in KiB, from its line `<name> <number> <unit> …`; 0 if there is none.
fn total(report: &str, name: &str) -> u64 {
    let value = report.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let (key, number, unit) = (words.next()?, words.next()?, words.next()?);
        let number: f64 = number.parse().ok().filter(|_| key == name)?;
        let power = ["B", "KiB", "MiB", "GiB", "TiB"].iter().position(|known| *known == unit)?;
        Some(number * 1024f64.powi(i32::try_from(power).ok()? - 1))
    });
    // A float above u64's range saturates, which is as good as any other order of impossible sizes.
    value.unwrap_or(0.0) as u64
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

    /// Committed decides, whatever the unit; resident only between equals.
    #[test]
    fn memory_reads_totals_with_their_units() {
        let small = "quarry: memory of process 7\n  resident  900.0 KiB  now\n  committed  2.0 MiB  may be touched\n";
        let large = "  resident  1.0 KiB  now\n  committed  0.5 GiB  may be touched\n";
        assert_eq!(memory(small), (2048, 900));
        assert_eq!(memory(large), (512 << 10, 1));
        assert!(memory(large) > memory(small));
        assert_eq!(memory("nothing of the kind\n"), (0, 0));
    }
}
