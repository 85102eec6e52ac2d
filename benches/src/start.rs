//! `start`: what preloading costs a program that does nothing, in milliseconds of wall time.
//!
//! From before the spawn until the wait has returned: ld.so maps and relocates the library, constructors run, the
//! first calls of malloc set the heap up, and the exit takes it down.

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;

use crate::allocator::{self, BASE};
use crate::figures::{Spread, rotation};
use crate::launch::{Launcher, Output, Task};
use crate::machine::Machine;
use crate::place::Place;
use crate::say;
use crate::table;

/// What Quarry may add to the start of a program, in milliseconds: a fifth of what `true` takes as it is, so that a
/// shell script of many small programs does not feel it.
const TARGET_MS: f64 = 0.15;

const SECONDS: u32 = 20;

#[derive(Args)]
pub struct Options {
    /// Runs on each allocator, interleaved
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(5..))]
    runs: u32,
    /// As for `bench`
    #[arg(long, value_delimiter = ',', default_value = "glibc,quarry")]
    allocators: Vec<String>,
}

/// Measures the start and prints it. Returns false if a run failed; a missed target is printed, but a time is no test.
pub fn start(options: &Options, place: &Place, library: Option<&Path>) -> Result<bool> {
    let allocators = allocator::choose(&options.allocators, place, library)?;
    let launcher = Launcher::build(place, SECONDS)?;
    let task = Task::new("true");
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); allocators.len()];

    // One run more than asked for: the first brings files into the page cache and is thrown away.
    for run in 0..=options.runs as usize {
        for at in rotation(allocators.len(), run) {
            let (usage, said) = launcher.run(&task, &allocators[at], Output::Discarded)?;
            if usage.code() != 0 {
                bail!("`true` on {}: {} {said}", allocators[at].name, usage.end());
            }
            if run > 0 {
                times[at].push(usage.wall_seconds() * 1e3);
            }
        }
    }

    let spreads: Vec<Spread> = times.into_iter().filter_map(Spread::of).collect();
    let base = allocators.iter().position(|allocator| allocator.name == BASE).unwrap_or(0);
    let added = |at: usize| spreads[at].median - spreads[base].median;
    let against = format!("median - {}", allocators[base].name);
    let mut table = table::plain(&["allocator", "median ms", "min", "max", &against], 1);
    for (at, spread) in spreads.iter().enumerate() {
        table.add_row([
            allocators[at].name.clone(),
            format!("{:.3}", spread.median),
            format!("{:.3}", spread.min),
            format!("{:.3}", spread.max),
            format!("{:+.3}", added(at)),
        ]);
    }
    let machine = Machine::read(place.root()).text();
    say::line(format_args!("{machine}\n`true`, {} interleaved runs on each\n\n{table}", options.runs))?;
    if let Some(at) = allocators.iter().position(|allocator| allocator.name == "quarry") {
        say::line(format_args!(
            "quarry adds {:+.3} ms; target under {TARGET_MS} ms: {}",
            added(at),
            if added(at) < TARGET_MS { "met" } else { "missed" }
        ))?;
    }
    Ok(true)
}
