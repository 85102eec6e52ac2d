//! `bench`: every load on every allocator, round after round, and what came out.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use crate::allocator::{self, Allocator};
use crate::figures::rotation;
use crate::launch::{Launcher, Output, Usage};
use crate::load::{self, Load, Sizing};
use crate::machine::{self, Machine};
use crate::place::Place;
use crate::say;
use crate::summary::{self, Cell, Mean, Row};

/// Fewer rounds than this give no median worth printing.
const ROUNDS_LEAST: u32 = 5;
const ROUNDS_RANGE: std::ops::RangeInclusive<i64> = ROUNDS_LEAST as i64..=1000;

/// A run of the short form that takes longer than this hangs.
const SECONDS_SHORT: u32 = 60;
const SECONDS_FULL: u32 = 900;

#[derive(Args)]
pub struct Options {
    /// About half a second per run (the default)
    #[arg(long, conflicts_with = "full")]
    short: bool,
    /// Sixteen times the work per run
    #[arg(long)]
    full: bool,
    /// Runs of each load on each allocator, at least 5
    #[arg(long, default_value_t = ROUNDS_LEAST, value_parser = clap::value_parser!(u32).range(ROUNDS_RANGE))]
    rounds: u32,
    /// glibc, quarry, jemalloc, mimalloc, tcmalloc, PATH or NAME=PATH of a library, or all that are installed
    #[arg(long, value_delimiter = ',', default_value = "glibc,quarry")]
    allocators: Vec<String>,
    /// Only loads whose name contains one of these words
    #[arg(long, value_delimiter = ',')]
    loads: Vec<String>,
    /// Threads of the loads that have several [default: one per core, at least 2]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
    /// Also write every single run here
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Also write machine, runs and figures here
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report<'a> {
    machine: &'a Machine,
    form: &'a str,
    rounds: u32,
    threads: usize,
    base: &'a str,
    cells: &'a [Cell],
    means: &'a [Mean],
    failures: &'a [String],
    runs: &'a [Row<'a>],
}

/// Runs the benches and prints them. Returns false if a run failed.
pub fn bench(options: &Options, place: &Place, library: Option<&Path>) -> Result<bool> {
    let allocators = allocator::choose(&options.allocators, place, library)?;
    let threads = options.threads.map_or_else(|| machine::cores().max(2), |threads| threads as usize);
    let scratch = tempfile::tempdir().context("no temporary folder")?;
    let sizing = Sizing { full: options.full, threads, filter: &options.loads, scratch: scratch.path() };
    let (loads, missing) = load::prepare(place, &sizing)?;
    if loads.is_empty() {
        bail!(
            "no load to run{}",
            match missing[..] {
                [] => " has such a name".to_owned(),
                _ => format!(": not installed: {}", missing.join(", ")),
            }
        );
    }
    let seconds = if options.full { SECONDS_FULL } else { SECONDS_SHORT };
    let launcher = Launcher::build(place, seconds)?;
    let machine = Machine::read(place.root());
    let form = if options.full { "full" } else { "short" };
    say::line(format_args!("{}form     {form}, {} rounds, {threads} threads\n", machine.text(), options.rounds))?;
    for name in missing {
        say::line(format_args!("left out: {name} (not installed)"))?;
    }

    let (rows, failures) = measure(&launcher, &loads, &allocators, options.rounds)?;
    let base = summary::base_of(&allocators);
    let names: Vec<&str> = loads.iter().map(|load| load.name).collect();
    let cells = summary::cells(&rows, &names, &allocators, base);
    let means = summary::means(&cells, &allocators);
    // Files first: whoever reads the tables may have left.
    if let Some(path) = &options.csv {
        let mut writer = csv::Writer::from_path(path).with_context(|| format!("cannot write {path:?}"))?;
        for row in &rows {
            writer.serialize(row)?;
        }
        writer.flush()?;
    }
    if let Some(path) = &options.json {
        let report = Report {
            machine: &machine,
            form,
            rounds: options.rounds,
            threads,
            base,
            cells: &cells,
            means: &means,
            failures: &failures,
            runs: &rows,
        };
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {path:?}"))?;
    }

    say::line(format_args!(
        "medians of {} runs; peak RSS of the largest process\n\n{}\n",
        options.rounds,
        summary::cell_table(&cells, base)
    ))?;
    for failure in &failures {
        say::line(format_args!("failed: {failure}"))?;
    }
    say::line(summary::mean_table(&means, base))?;
    Ok(failures.is_empty())
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
    let shown = std::io::stderr().is_terminal();

    for round in 0..rounds {
        for (number, load) in loads.iter().enumerate() {
            for at in rotation(allocators.len(), round as usize + number) {
                let allocator = &allocators[at];
                if failed.contains(&(number, at)) {
                    continue;
                }
                if shown {
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
                rows.push(Row::new(round + 1, load.name, &allocator.name, &usage));
            }
        }
    }
    if shown {
        say::aside("\r\x1b[K");
    }
    Ok((rows, failures))
}

fn failure(load: &Load, allocator: &Allocator, usage: &Usage, said: &str) -> String {
    let last = said.trim().lines().next_back().unwrap_or_default();
    format!("{} on {}: {}: {last}", load.name, allocator.name, usage.end())
}
