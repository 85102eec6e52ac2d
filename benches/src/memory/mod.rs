//! `memory`: resident memory over time under loads that fill, free, shift and sleep, on every allocator.
//!
//! A file may use only files to its left: `group, trace < catalogue, board < curves, page < mod`.

mod board;
mod catalogue;
mod curves;
mod group;
mod page;
mod trace;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use crate::allocator::{self, Allocator};
use crate::figures::rotation;
use crate::launch::Launcher;
use crate::machine::Machine;
use crate::place::Place;
use crate::results;
use crate::say;

use board::{Board, Run, Score};
use catalogue::Load;
use trace::{Sample, Trace};

/// A run that takes longer than this hangs, or is on an allocator that is out of its depth.
const SECONDS_SHORT: u32 = 60;
const SECONDS_FULL: u32 = 900;

/// Rounds of a form: memory hardly differs from one to the next.
const ROUNDS_SHORT: u32 = 1;
const ROUNDS_FULL: u32 = 3;

#[derive(Args)]
pub struct Options {
    /// 1 to 5 seconds per run (the default)
    #[arg(long, conflicts_with = "full")]
    short: bool,
    /// The sizes that the figures are promised for; up to a minute per run; who takes half of the machine's memory is killed
    #[arg(long)]
    full: bool,
    /// Runs of each load on each allocator [default: 1, with --full 3]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: Option<u32>,
    /// Milliseconds between two looks at a program
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    interval: u32,
    /// As for `bench`
    #[arg(long, value_delimiter = ',', default_value = "glibc,quarry")]
    allocators: Vec<String>,
    /// Only loads whose name contains one of these words
    #[arg(long, value_delimiter = ',')]
    loads: Vec<String>,
    /// Also write every run here, and every sample beside it
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Also write machine, runs, samples, figures and scores here
    #[arg(long)]
    json: Option<PathBuf>,
    /// Also plot RSS over time, one file for each load, into this folder
    #[arg(long)]
    svg: Option<PathBuf>,
    /// Also write the results into benches/MEMORY.md and their plots beside it
    #[arg(long)]
    write_results: bool,
}

/// A run, with the columns of the CSV file.
#[derive(Serialize)]
struct Row<'a> {
    round: u32,
    load: &'a str,
    allocator: &'a str,
    wall_s: Option<f64>,
    peak_rss_kib: Option<u64>,
    end_rss_kib: Option<u64>,
    areas: Option<u32>,
    code: i32,
}

/// A sample, likewise.
#[derive(Serialize)]
struct SampleRow<'a> {
    round: u32,
    load: &'a str,
    allocator: &'a str,
    at_s: f64,
    rss_kib: u64,
    areas: Option<u32>,
}

/// Everything, as the JSON file has it.
#[derive(Serialize)]
struct All<'a> {
    machine: &'a Machine,
    form: &'a str,
    rounds: u32,
    board: &'a Board<'a>,
    scores: &'a [Score],
    failures: &'a [String],
    runs: &'a [Run<'a>],
}

/// Runs the memory loads and prints them. Returns false if a load failed on Quarry.
pub fn memory(options: &Options, place: &Place, library: Option<&Path>) -> Result<bool> {
    let allocators = allocator::choose(&options.allocators, place, library)?;
    let scratch = tempfile::tempdir().context("no temporary folder")?;
    let (loads, missing) = catalogue::prepare(place, options.full, &options.loads, scratch.path())?;
    if loads.is_empty() {
        bail!("no load to run has such a name");
    }
    let (form, rounds, seconds) = match options.full {
        true => ("full", ROUNDS_FULL, SECONDS_FULL),
        false => ("short", ROUNDS_SHORT, SECONDS_SHORT),
    };
    let rounds = options.rounds.unwrap_or(rounds);
    let launcher = Launcher::build(place, seconds)?;
    let machine = Machine::read(place.root());
    // A machine whose memory nobody could read has at least this.
    let most_mib = (machine.memory_mib / 2).max(1024);
    let left_out = allocator::missing(&options.allocators, place);
    for name in &left_out {
        say::line(format_args!("left out: {name} (not here; `make bench-peers` gets it)"))?;
    }
    for name in missing {
        say::line(format_args!("left out: {name}"))?;
    }

    let start = Instant::now();
    let (runs, failures) = measure(&launcher, &loads, &allocators, rounds, options.interval, most_mib)?;
    let origin = format!(
        "{}versions {}\nform     {form}, {} loads, {rounds} rounds, {:.0} minutes\n",
        machine.text(),
        allocator::versions(&allocators),
        loads.len(),
        start.elapsed().as_secs_f64() / 60.0
    );
    let names: Vec<&str> = loads.iter().map(|load| load.entry.name).collect();
    let board = Board::of(&runs, &names, &allocators);
    let scores = board.scores();
    // Files first: whoever reads the tables may have left.
    if let Some(path) = &options.csv {
        write_csv(path, &origin, &runs)?;
    }
    if let Some(path) = &options.json {
        let (board, scores) = (&board, &scores[..]);
        let all = All { machine: &machine, form, rounds, board, scores, failures: &failures, runs: &runs };
        results::write_json(path, &all)?;
    }
    if let Some(folder) = &options.svg {
        write_plots(folder, &origin, &board, &runs)?;
    }
    if options.write_results {
        let path = place.source("MEMORY.md");
        let page = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let page = page::replaced(&page, &page::results(&origin, &board, &scores, &failures)?)?;
        results::create(&path)?
            .write_all(page.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
        write_plots(&place.source("memory-plots"), &origin, &board, &runs)?;
    }

    say::line(format_args!("{origin}"))?;
    for line in &board.lines {
        say::line(format_args!("{}, MiB\n\n{}\n", line.load, page::load(&board, line)))?;
    }
    say::line(format_args!("peak RSS divided by the lowest peer's\n\n{}\n", page::peaks(&board)))?;
    say::line(format_args!("RSS at the end divided by the lowest peer's\n\n{}\n", page::ends(&board)))?;
    for failure in &failures {
        say::line(format_args!("failed: {failure}"))?;
    }
    say::line(format_args!("{}\n\n{}", page::SCORES_ARE, page::scores(&scores)))?;
    Ok(!scores.iter().zip(&allocators).any(|(score, allocator)| allocator.own && score.failed > 0))
}

/// Runs everything: rounds outermost, the allocators of one load directly after each other, each first in turn. A load that
/// fails on an allocator does not run there again.
fn measure<'a>(
    launcher: &Launcher,
    loads: &'a [Load],
    allocators: &'a [Allocator],
    rounds: u32,
    interval_ms: u32,
    most_mib: u64,
) -> Result<(Vec<Run<'a>>, Vec<String>)> {
    let (mut runs, mut failures, mut failed) = (Vec::new(), Vec::new(), BTreeSet::new());
    for round in 0..rounds {
        for (number, load) in loads.iter().enumerate() {
            let name = load.entry.name;
            let start = Instant::now();
            for at in rotation(allocators.len(), round as usize + number) {
                let allocator = &allocators[at];
                if failed.contains(&(number, at)) {
                    continue;
                }
                let (task, group) = load.task();
                let watched = launcher.watch(&task, allocator, interval_ms, most_mib)?;
                drop(group);
                let code = watched.usage.code();
                let trace = if code == 0 {
                    Some(Trace::of(&watched).with_context(|| format!("{name} on {}", allocator.name))?)
                } else {
                    failed.insert((number, at));
                    let last = watched.said.trim().lines().next_back().unwrap_or_default();
                    let came_to = trace::last_mark(&watched).map_or_else(String::new, |mark| format!(" after {mark}"));
                    failures.push(format!("{name} on {}: {}{came_to}: {last}", allocator.name, watched.usage.end()));
                    None
                };
                runs.push(Run { round: round + 1, load: name, allocator: &allocator.name, code, trace });
            }
            let took = start.elapsed().as_secs_f64();
            say::aside(format_args!("round {}/{rounds}: {name} on all in {took:.1} s\n", round + 1));
        }
    }
    Ok((runs, failures))
}

/// Writes a line for each run to `path`, and one for each sample beside it: `x.csv`, `x-samples.csv`.
fn write_csv(path: &Path, origin: &str, runs: &[Run<'_>]) -> Result<()> {
    let row = |run: &Run<'_>| -> (Option<f64>, Option<u64>, Option<u64>, Option<u32>) {
        let trace = run.trace.as_ref();
        let kib = |value: fn(&Trace) -> u64| trace.map(value);
        let areas = trace.and_then(|trace| trace.areas);
        (trace.map(|trace| trace.wall_s), kib(|trace| trace.peak_rss_kib), kib(|trace| trace.final_rss_kib), areas)
    };
    let rows: Vec<Row<'_>> = runs
        .iter()
        .map(|run| {
            let (wall_s, peak_rss_kib, end_rss_kib, areas) = row(run);
            let Run { round, load, allocator, code, .. } = *run;
            Row { round, load, allocator, wall_s, peak_rss_kib, end_rss_kib, areas, code }
        })
        .collect();
    results::write_csv(path, origin, &rows)?;
    let stem = path.file_stem().context("the file needs a name")?.to_string_lossy();
    let samples =
        runs.iter().flat_map(|run| run.trace.iter().flat_map(|trace| &trace.samples).map(move |sample| (run, sample)));
    let rows: Vec<SampleRow<'_>> = samples
        .map(|(run, &Sample { at, rss_kib, areas })| {
            let Run { round, load, allocator, .. } = *run;
            SampleRow { round, load, allocator, at_s: at, rss_kib, areas }
        })
        .collect();
    results::write_csv(&path.with_file_name(format!("{stem}-samples.csv")), origin, &rows)
}

/// Writes the plot of each load, of its first round.
fn write_plots(folder: &Path, origin: &str, board: &Board<'_>, runs: &[Run<'_>]) -> Result<()> {
    for line in &board.lines {
        let first = |allocator: &Allocator| {
            let own = runs.iter().find(|run| run.load == line.load && run.allocator == allocator.name)?;
            own.trace.as_ref()
        };
        let traces: Vec<Option<&Trace>> = board.allocators.iter().map(first).collect();
        let path = folder.join(format!("{}.svg", line.load));
        let text = curves::svg(line.load, board.allocators, &traces, origin)?;
        results::create(&path)?
            .write_all(text.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use board::tests::{allocators, run};

    /// A figure without what it was measured on means nothing, and a failed run leaves a line, too.
    #[test]
    fn files_say_what_was_measured_and_have_every_run() {
        let runs = [run("pair", "glibc", 1, Some((8192, 1024))), run("pair", "other", 1, None)];
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        write_csv(&folder.path().join("memory.csv"), "commit 123\n", &runs).unwrap();
        assert_eq!(
            read("memory.csv").lines().collect::<Vec<_>>(),
            [
                "# commit 123",
                "round,load,allocator,wall_s,peak_rss_kib,end_rss_kib,areas,code",
                "1,pair,glibc,1.0,8192,1024,3,0",
                "1,pair,other,,,,,1",
            ]
        );
        assert_eq!(read("memory-samples.csv").lines().nth(2), Some("1,pair,glibc,0.0,8192,3"));
        let all = allocators();
        write_plots(folder.path(), "commit 123\n", &Board::of(&runs, &["pair"], &all), &runs).unwrap();
        assert!(read("pair.svg").contains("commit 123"));
    }
}
