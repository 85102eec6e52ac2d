//! `count`: instructions per malloc and free, counted by callgrind on the loops of `count.c`. They depend on the
//! machine's kind of processor at most (libc chooses its memcpy), not on its speed or on who else is at work.
//!
//! callgrind, other than memcheck, leaves malloc in its place. That the allocator's own code was counted is proved for
//! each figure: what was preloaded must have run, and libc's malloc must not. A peer may fail to start there (snmalloc
//! reserves 256 GiB, more than valgrind has) and is left out.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::allocator::{self, Allocator};
use crate::callgrind::Profile;
use crate::machine;
use crate::place::{self, Place};
use crate::say;
use crate::table;
use crate::tuning;

/// A loop of `count.c`: its name, what a turn is, and how many turns are counted. Those are a multiple of the loop's
/// batch, and enough that what happens once in a thousand turns counts.
struct Loop {
    name: &'static str,
    what: &'static str,
    turns: u64,
}

const LOOPS: [Loop; 8] = [
    Loop { name: "pair", what: "malloc and free of 48 B, at once", turns: 100_000 },
    Loop { name: "window", what: "malloc and free of 16 to 1,000 B, 32 live", turns: 100_000 },
    Loop { name: "refill", what: "10,000 mallocs of 64 B, then as many frees, per pair", turns: 100_000 },
    Loop { name: "remote", what: "the same by a thousand, freed by another thread", turns: 100_000 },
    Loop { name: "large", what: "malloc and free of 64 KiB", turns: 20_000 },
    Loop { name: "huge", what: "malloc and free of 1 MiB", turns: 5_000 },
    Loop { name: "calloc", what: "calloc and free of 256 B", turns: 100_000 },
    Loop { name: "realloc", what: "growth by doubling from 16 B to 1 MiB, per chain", turns: 200 },
];

/// Instructions that Quarry may take for a turn of `pair`, the loop and the calls included. The best peers take 51
/// (rpmalloc 2) and 52 (mimalloc 3).
const BUDGET: (&str, f64) = ("pair", 47.0);

/// libc's own functions, which must not run under another allocator.
const OF_LIBC: [&str; 4] = ["malloc", "free", "calloc", "realloc"];

#[derive(Args)]
pub struct Options {
    /// As for `bench`
    #[arg(long, value_delimiter = ',', default_value = "glibc,quarry")]
    allocators: Vec<String>,
    /// Only loops of these names
    #[arg(long, value_delimiter = ',', value_parser = LOOPS.map(|counted| counted.name))]
    loops: Vec<String>,
    /// End with status 1 if Quarry is over its budget or fails
    #[arg(long)]
    check: bool,
}

/// Instructions of one turn.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Turn {
    all: f64,
    /// In the allocator.
    own: f64,
}

/// Counts and prints. Returns false if `--check` is asked for and a loop failed on Quarry or it is over its budget.
pub fn count(options: &Options, place: &Place, library: Option<&Path>) -> Result<bool> {
    if place::program("valgrind").is_none() {
        bail!("valgrind is not installed; `make deps` gets it");
    }
    let allocators = allocator::choose(&options.allocators, place, library)?;
    let program = place.compile("count.c", &[])?;
    let chosen: Vec<&Loop> = LOOPS
        .iter()
        .filter(|counted| options.loops.is_empty() || options.loops.iter().any(|name| name == counted.name))
        .collect();
    let pairs: Vec<(&Allocator, &Loop)> =
        allocators.iter().flat_map(|allocator| chosen.iter().map(move |counted| (allocator, *counted))).collect();
    let turns = in_parallel(&pairs, |(allocator, counted)| turn(&program, allocator, counted));

    let header: Vec<&str> = ["allocator"].into_iter().chain(chosen.iter().map(|counted| counted.name)).collect();
    let mut all = table::plain(&header, 1);
    let mut own = table::plain(&header, 1);
    // By allocator and reason: who cannot start under valgrind fails every loop alike.
    let mut failures: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut kept = true;
    let mut verdicts = Vec::new();
    for (allocator, turns) in allocators.iter().zip(turns.chunks(chosen.len())) {
        let row = |value: fn(&Turn) -> f64| {
            let cell = |turn: &Result<Turn>| turn.as_ref().map_or_else(|_| "-".to_owned(), |turn| number(value(turn)));
            [allocator.name.clone()].into_iter().chain(turns.iter().map(cell)).collect::<Vec<String>>()
        };
        all.add_row(row(|turn| turn.all));
        own.add_row(row(|turn| turn.own));
        for (counted, turn) in chosen.iter().zip(turns) {
            match turn {
                Ok(turn) if allocator.own && counted.name == BUDGET.0 => {
                    let fine = turn.all <= BUDGET.1;
                    let verdict = if fine { "kept" } else { "exceeded" };
                    verdicts.push(format!(
                        "{} {}: {:.1}, budget {}: {verdict}",
                        allocator.name, BUDGET.0, turn.all, BUDGET.1
                    ));
                    kept &= fine;
                }
                Ok(_) => {}
                Err(error) => {
                    kept &= !allocator.own;
                    failures.entry(format!("{}: {error:#}", allocator.name)).or_default().push(counted.name);
                }
            }
        }
    }

    say::line(format_args!("versions {}\n", allocator::versions(&allocators)))?;
    for counted in chosen {
        say::line(format_args!("{:<8} {}", counted.name, counted.what))?;
    }
    say::line(format_args!("\ninstructions of one turn, loop and calls included\n\n{all}\n"))?;
    say::line(format_args!("of these in the allocator (all of libc for glibc)\n\n{own}\n"))?;
    for (failure, loops) in &failures {
        say::line(format_args!("left out: {failure} ({})", loops.join(", ")))?;
    }
    for verdict in verdicts {
        say::line(verdict)?;
    }
    Ok(kept || !options.check)
}

fn number(value: f64) -> String {
    if value < 1000.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

/// Does `work` for each item, on all cores at once: counts, other than times, do not suffer. Results are in order.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..machine::cores() {
            scope.spawn(|| {
                loop {
                    // Relaxed: it only deals numbers out; results go through the mutex.
                    let at = next.fetch_add(1, Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let result = work(item);
                    results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Counts one turn of a loop: the difference of two runs, of as many turns and of twice as many.
fn turn(program: &Path, allocator: &Allocator, counted: &Loop) -> Result<Turn> {
    let once = profile(program, allocator, counted.name, counted.turns)?;
    let twice = profile(program, allocator, counted.name, 2 * counted.turns)?;
    let served_by_libc = allocator.library.is_none();
    let per_turn = |wanted: &dyn Fn(&str, &str) -> bool| {
        (twice.sum(wanted) as f64 - once.sum(wanted) as f64) / counted.turns as f64
    };
    let all = per_turn(&|_, _| true);
    let own = per_turn(&|object, _| match Owner::of(object, program) {
        Owner::Program => false,
        Owner::Libc => served_by_libc,
        Owner::Preloaded => !served_by_libc,
    });
    // A malloc and a free of less than two instructions each did not run.
    if own < 4.0 {
        bail!("{own:.1} instructions of a turn are the allocator's: something else serves");
    }
    let libc_malloc =
        |object: &str, function: &str| Owner::of(object, program) == Owner::Libc && OF_LIBC.contains(&function);
    if !served_by_libc && per_turn(&libc_malloc) > 0.0 {
        bail!("libc's malloc runs, too");
    }
    Ok(Turn { all, own })
}

/// Whose code a file is.
#[derive(Debug, PartialEq)]
enum Owner {
    Program,
    /// The dynamic loader among it.
    Libc,
    /// Everything else: nothing but what was preloaded brings it in, be it several libraries (tbbmalloc), be it a
    /// section that callgrind ascribes to no file (tcmalloc).
    Preloaded,
}

impl Owner {
    fn of(object: &str, program: &Path) -> Owner {
        let file = object.rsplit('/').next().unwrap_or(object);
        if Path::new(object) == program {
            Owner::Program
        } else if ["libc.so", "libc-", "ld-linux"].iter().any(|start| file.starts_with(start)) {
            Owner::Libc
        } else {
            Owner::Preloaded
        }
    }
}

/// Runs a loop under callgrind.
fn profile(program: &Path, allocator: &Allocator, name: &str, turns: u64) -> Result<Profile> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let file = folder.path().join("out");
    let mut command = Command::new("valgrind");
    tuning::clear(&mut command);
    command
        .args(["--quiet", "--tool=callgrind", "--compress-strings=no", "--compress-pos=no"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(program)
        .args([name, &turns.to_string()])
        .stdin(Stdio::null());
    if let Some(library) = &allocator.library {
        command.env("LD_PRELOAD", library);
    }
    let output = command.output().context("cannot start valgrind")?;
    if !output.status.success() {
        bail!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = std::fs::read_to_string(&file).context("callgrind left no file")?;
    Profile::read(&text).context("callgrind wrote something else")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_their_items() {
        let items: Vec<u64> = (0..100).collect();
        assert_eq!(in_parallel(&items, |item| item * 2), (0..200).step_by(2).collect::<Vec<u64>>());
    }

    #[test]
    fn owner_is_known_by_the_file() {
        let owner = |object| Owner::of(object, Path::new("/x/count"));
        assert_eq!(owner("/x/count"), Owner::Program);
        for object in ["/usr/lib/x86_64-linux-gnu/libc.so.6", "/lib/libc-2.31.so", "/lib64/ld-linux-x86-64.so.2"] {
            assert_eq!(owner(object), Owner::Libc);
        }
        for object in ["/x/libquarry.so", "/usr/lib/libcairo.so.2", "???"] {
            assert_eq!(owner(object), Owner::Preloaded);
        }
    }

    /// Batches that do not fit would be counted in part.
    #[test]
    fn turns_are_whole_batches() {
        for counted in LOOPS.iter().filter(|counted| ["refill", "remote"].contains(&counted.name)) {
            assert_eq!(counted.turns % 10_000, 0);
        }
    }

    #[test]
    fn turn_of_glibc_is_counted_in_libc() {
        if place::program("valgrind").is_none() {
            return;
        }
        let program = Place::find().unwrap().compile("count.c", &[]).unwrap();
        let counted = Loop { name: "pair", what: "", turns: 1000 };
        let turn = turn(&program, &allocator::glibc(), &counted).unwrap();
        assert!(turn.own > 20.0 && turn.all > turn.own && turn.all < 500.0, "{turn:?}");
    }
}
