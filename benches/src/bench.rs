//! `bench`: every load on every allocator, round after round, and what came out.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::allocator::{self, Allocator};
use crate::cell::{self, Row};
use crate::figures::rotation;
use crate::launch::{Launcher, Output, Usage};
use crate::load::{self, Load, Sizing};
use crate::machine::{self, Machine};
use crate::place::Place;
use crate::results::Results;
use crate::say;
use crate::score::Board;
use crate::tables;

/// Fewer rounds than this give no median worth printing.
const ROUNDS_LEAST: u32 = 5;
const ROUNDS_RANGE: std::ops::RangeInclusive<i64> = ROUNDS_LEAST as i64..=1000;

/// A run that takes longer than this hangs, or is on an allocator that is out of its depth: of the short form some
/// eighty times what it should, of the full form a hundred.
const SECONDS_SHORT: u32 = 20;
const SECONDS_FULL: u32 = 300;

/// Threads of the full form.
const THREADS_FULL: [u32; 4] = [1, 2, 4, 16];

#[derive(Args)]
pub struct Options {
    /// About a quarter of a second per run (the default)
    #[arg(long, conflicts_with = "full")]
    short: bool,
    /// 1 to 5 seconds per run
    #[arg(long)]
    full: bool,
    /// Runs of each load on each allocator, at least 5
    #[arg(long, default_value_t = ROUNDS_LEAST, value_parser = clap::value_parser!(u32).range(ROUNDS_RANGE))]
    rounds: u32,
    /// glibc, quarry, a peer (`quarry-bench peers` lists them), PATH or NAME=PATH of a library, or all that are here
    #[arg(long, value_delimiter = ',', default_value = "glibc,quarry")]
    allocators: Vec<String>,
    /// Only loads whose name contains one of these words
    #[arg(long, value_delimiter = ',')]
    loads: Vec<String>,
    /// Threads of the loads that take a number of them [default: one per core, at least 2; with --full 1,2,4,16]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Vec<u32>,
    /// Also write every single run here
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Also write machine, runs, figures and scores here
    #[arg(long)]
    json: Option<PathBuf>,
    /// Also plot the ratios to the best peer here
    #[arg(long)]
    svg: Option<PathBuf>,
    /// Also write benches/RESULTS.md and its plots
    #[arg(long, requires = "full")]
    write_results: bool,
}

/// Runs the benches and prints them. Returns false if a load failed on Quarry; what fails on a peer is told, and counts
/// in none of its means.
pub fn bench(options: &Options, place: &Place, library: Option<&Path>) -> Result<bool> {
    let allocators = allocator::choose(&options.allocators, place, library)?;
    let threads = match (&options.threads[..], options.full) {
        ([], true) => THREADS_FULL.to_vec(),
        ([], false) => vec![u32::try_from(machine::cores())?.max(2)],
        (threads, _) => threads.to_vec(),
    };
    let scratch = tempfile::tempdir().context("no temporary folder")?;
    let sizing = Sizing { full: options.full, threads: &threads, filter: &options.loads, scratch: scratch.path() };
    let (loads, missing) = load::prepare(place, &sizing)?;
    if loads.is_empty() {
        bail!(
            "no load to run{}",
            match missing[..] {
                [] => " has such a name".to_owned(),
                _ => format!(": {}", missing.join(", ")),
            }
        );
    }
    let seconds = if options.full { SECONDS_FULL } else { SECONDS_SHORT };
    let launcher = Launcher::build(place, seconds)?;
    let machine = Machine::read(place.root());
    let form = if options.full { "full" } else { "short" };
    say::line(format_args!(
        "{}versions {}\nform     {form}, {} loads, {} rounds\n",
        machine.text(),
        allocator::versions(&allocators),
        loads.len(),
        options.rounds
    ))?;
    for name in allocator::missing(&options.allocators, place) {
        say::line(format_args!("left out: {name} (not here; `make bench-peers` gets it)"))?;
    }
    for name in missing {
        say::line(format_args!("left out: {name}"))?;
    }

    let start = Instant::now();
    let (rows, failures) = measure(&launcher, &loads, &allocators, options.rounds)?;
    let load_names: Vec<&str> = loads.iter().map(|load| load.name.as_str()).collect();
    let allocator_names: Vec<&str> = allocators.iter().map(|allocator| allocator.name.as_str()).collect();
    let cells = cell::cells(&rows, &load_names, &allocator_names);
    let board = Board::of(&cells, &load_names, &allocators);
    let scores = board.scores();
    let results = Results {
        machine: &machine,
        form,
        rounds: options.rounds,
        threads: &threads,
        minutes: start.elapsed().as_secs_f64() / 60.0,
        board: &board,
        scores: &scores,
        cells: &cells,
        failures: &failures,
        runs: &rows,
    };
    // Files first: whoever reads the tables may have left.
    if let Some(path) = &options.csv {
        results.write_csv(path)?;
    }
    if let Some(path) = &options.json {
        results.write_json(path)?;
    }
    if let Some(path) = &options.svg {
        results.write_plots(path)?;
    }
    if options.write_results {
        results.write_markdown(&place.source("RESULTS.md"))?;
        results.write_plots(&place.source("results.svg"))?;
    }

    say::line(format_args!(
        "medians of {} runs; peak RSS of the largest process\n\n{}\n",
        options.rounds,
        tables::figures(&cells)
    ))?;
    say::line(format_args!("time divided by the best peer's\n\n{}\n", tables::time_ratios(&board)))?;
    say::line(format_args!("peak RSS divided by the lowest peer's\n\n{}\n", tables::rss_ratios(&board)))?;
    for failure in &failures {
        say::line(format_args!("failed: {failure}"))?;
    }
    say::line(format_args!("{}\n\n{}", tables::SCORES_ARE, tables::scores(&scores)))?;
    for (score, allocator) in scores.iter().zip(&allocators) {
        if allocator.own {
            say::line(tables::standing(score))?;
        }
    }
    Ok(!scores.iter().zip(&allocators).any(|(score, allocator)| allocator.own && score.failed > 0))
}

/// Runs everything: rounds outermost, so that a slow minute of the machine falls on all loads and allocators alike;
/// the allocators of one load directly after each other, and each first in turn. A load that fails on an allocator
/// does not run there again.
fn measure<'a>(
    launcher: &Launcher,
    loads: &'a [Load],
    allocators: &'a [Allocator],
    rounds: u32,
) -> Result<(Vec<Row<'a>>, Vec<String>)> {
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    let mut failed = BTreeSet::new();
    let terminal = std::io::stderr().is_terminal();
    let start = Instant::now();

    for round in 0..rounds {
        for (number, load) in loads.iter().enumerate() {
            for at in rotation(allocators.len(), round as usize + number) {
                let allocator = &allocators[at];
                if failed.contains(&(number, at)) {
                    continue;
                }
                if terminal {
                    say::aside(format_args!(
                        "\r\x1b[Kround {}/{rounds}: {} on {}",
                        round + 1,
                        load.name,
                        allocator.name
                    ));
                }
                let (usage, said) = launcher.run(&load.task, allocator, Output::Discarded)?;
                if usage.code() != 0 {
                    failed.insert((number, at));
                    failures.push(failure(load, allocator, &usage, &said));
                }
                rows.push(Row::new(round + 1, &load.name, &allocator.name, &usage));
            }
        }
        if !terminal {
            say::aside(format_args!("round {}/{rounds} done after {} s\n", round + 1, start.elapsed().as_secs()));
        }
    }
    if terminal {
        say::aside("\r\x1b[K");
    }
    Ok((rows, failures))
}

fn failure(load: &Load, allocator: &Allocator, usage: &Usage, said: &str) -> String {
    let last = said.trim().lines().next_back().unwrap_or_default();
    format!("{} on {}: {}: {last}", load.name, allocator.name, usage.end())
}
