//! Measures allocators side by side.
//!
//! - `peers`: builds the newest peers from the sources in their crates;
//! - `bench`: loads in C and C++ and real programs, time and peak RSS, ratios to the best peer and scores;
//! - `levels`: object caches, pages and regions against what a program would use in their place;
//! - `memory`: resident memory over time, what stays when a load has freed;
//! - `start`: what preloading costs a program that does nothing;
//! - `hot`: instructions of each hot function on a hit, counted one by one;
//! - `count`: instructions per malloc and free in loops, counted by callgrind;
//! - `locks`: read-modify-writes of shared words and lock takes per pair of malloc and free, counted by an instrumented build;
//! - `run`: one real program on glibc and on Quarry, with Quarry's own figures.
//!
//! Everything is measured from outside, by `launch.c`, so that all allocators are treated alike and none is linked
//! in here. A file may use only files to its left:
//!
//! ```text
//! figures, source, say, table, tuning, place, topic < machine, report, probe < peer < allocator < launch
//!   < catalogue, program < load < cell < score < tables, marks < plot < results
//!   < peers, bench, levels, memory, start, hot, callgrind, count, locks, run < main
//! ```

#![forbid(unsafe_code)]

mod allocator;
mod bench;
mod callgrind;
mod catalogue;
mod cell;
mod count;
mod figures;
mod hot;
mod launch;
mod levels;
mod load;
mod locks;
mod machine;
mod marks;
mod memory;
mod peer;
mod peers;
mod place;
mod plot;
mod probe;
mod program;
mod report;
mod results;
mod run;
mod say;
mod score;
mod source;
mod start;
mod table;
mod tables;
mod topic;
mod tuning;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use place::Place;
use say::NobodyReads;

#[derive(Parser)]
#[command(name = "quarry-bench", about, version)]
struct Arguments {
    /// The Quarry library to measure [default: QUARRY_SO, else target/release/libquarry.so]
    #[arg(long, global = true)]
    library: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the newest peers from the sources in their crates, and says which peers are here
    Peers(peers::Options),
    /// Runs loads on several allocators and compares time and peak RSS
    #[command(after_help = tuning::HELP)]
    Bench(bench::Options),
    /// Measures object caches, pages and regions against what a program would use in their place
    #[command(after_help = tuning::HELP)]
    Levels(levels::Options),
    /// Runs loads on several allocators and looks at their memory over time
    #[command(after_help = tuning::HELP)]
    Memory(memory::Options),
    /// Measures what preloading adds to the start of `true`
    #[command(after_help = tuning::HELP)]
    Start(start::Options),
    /// Counts the instructions of each hot function on a hit
    #[command(after_help = tuning::HELP)]
    Hot(hot::Options),
    /// Counts instructions per malloc and free in loops, by callgrind
    #[command(after_help = tuning::HELP)]
    Count(count::Options),
    /// Counts lock takes and shared read-modify-writes per pair of malloc and free, on a library with feature `instrument`
    Locks(locks::Options),
    /// Runs one program on glibc and on Quarry and compares them
    #[command(after_help = run::TUNING_HELP)]
    Run(run::Options),
}

/// Returns the status to end with; 1 where something measured was not as it must be.
fn dispatch(arguments: &Arguments) -> Result<u8> {
    let place = Place::find()?;
    let library = arguments.library.as_deref();
    let fine = match &arguments.command {
        Command::Peers(options) => peers::peers(options, &place)?,
        Command::Bench(options) => bench::bench(options, &place, library)?,
        Command::Levels(options) => levels::levels(options, &place, library)?,
        Command::Memory(options) => memory::memory(options, &place, library)?,
        Command::Start(options) => start::start(options, &place, library)?,
        Command::Hot(options) => hot::hot(options, &place, library)?,
        Command::Count(options) => count::count(options, &place, library)?,
        Command::Locks(options) => locks::locks(options, &place, library)?,
        Command::Run(options) => return run::run(options, &place, library),
    };
    Ok(u8::from(!fine))
}

fn main() -> ExitCode {
    match dispatch(&Arguments::parse()) {
        Ok(status) => ExitCode::from(status),
        Err(error) if error.is::<NobodyReads>() => ExitCode::from(NobodyReads::CODE),
        Err(error) => {
            say::aside(format_args!("quarry-bench: {error:#}\n"));
            ExitCode::FAILURE
        }
    }
}
