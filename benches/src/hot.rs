//! `hot`: how many instructions one call of malloc, free and their kin, of an object cache, of pages executes on a hit,
//! counted one by one by `hot.c`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::allocator::{self, Allocator};
use crate::place::Place;
use crate::say;
use crate::table;
use crate::tuning;

/// The functions that `hot.c` counts, in the order of the tables' columns: a table for the family, one for what only
/// Quarry has. `kmalloc` has no flags, pages are of order 0.
const FAMILY: [&str; 7] = ["malloc", "free", "calloc", "free_sized", "new", "delete", "delete_sized"];
const LEVELS: [&str; 6] = ["cache_alloc", "cache_free", "kmalloc", "kfree", "alloc_pages", "free_pages"];

/// Instructions that Quarry's hits may take, the return included. The best peers take 14 and 17 (rpmalloc, snmalloc); an
/// object cache may have two more, to find its magazines.
const BUDGET: [(&str, u32); 4] = [("malloc", 14), ("free", 16), ("cache_alloc", 16), ("cache_free", 18)];

#[derive(Args)]
pub struct Options {
    /// As for `bench`
    #[arg(long, value_delimiter = ',', default_value = "glibc,quarry")]
    allocators: Vec<String>,
    /// Bytes of the objects
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    size: u32,
    /// Calls of each function that are counted
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    calls: u32,
    /// Also print the instructions that a hit of this function executed, in order
    #[arg(long, value_parser = functions())]
    show: Option<String>,
    /// End with status 1 if Quarry is over its budget
    #[arg(long)]
    check: bool,
}

/// One call, as `hot.c` prints it.
#[derive(Clone, Debug, PartialEq)]
struct Call {
    count: u32,
    /// The file that holds the function.
    module: PathBuf,
    /// Address in `module` of each instruction executed, none for those of other files.
    path: Vec<Option<u64>>,
}

/// The calls of each function.
type Calls = BTreeMap<String, Vec<Call>>;

/// Returns the names of all functions.
fn functions() -> Vec<&'static str> {
    FAMILY.into_iter().chain(LEVELS).collect()
}

/// Counts and prints. Returns false if Quarry is over its budget and `--check` asks for that.
pub fn hot(options: &Options, place: &Place, library: Option<&Path>) -> Result<bool> {
    let allocators = allocator::choose(&options.allocators, place, library)?;
    let counter = place.compile("hot.c", &[])?;
    let mut all = Vec::new();
    let mut verdicts = Vec::new();
    let mut listings = Vec::new();

    for allocator in &allocators {
        let calls = count(&counter, allocator, options)?;
        let typical = |function: &str| calls.get(function).and_then(|calls| typical(calls));
        if allocator.name == "quarry" {
            for (function, budget) in BUDGET {
                let call = typical(function).with_context(|| format!("no {function} counted"))?;
                verdicts.push((function, call.count, budget));
            }
        }
        if let Some(call) = options.show.as_deref().and_then(typical) {
            listings.push((allocator.name.as_str(), listing(call)?));
        }
        all.push((allocator.name.as_str(), calls));
    }

    say::line(format_args!(
        "instructions from entry to return, objects of {} bytes, median of {} calls (and the most, where they \
         differ)\n",
        options.size, options.calls
    ))?;
    let tables: Vec<String> = [&FAMILY[..], &LEVELS].into_iter().filter_map(|names| table(names, &all)).collect();
    say::line(tables.join("\n\n"))?;
    for (name, listing) in listings {
        say::line(format_args!("\n{} of {name}:\n{listing}", options.show.as_deref().unwrap_or_default()))?;
    }
    let kept = verdicts.iter().all(|(_, count, budget)| count <= budget);
    for (function, count, budget) in &verdicts {
        let verdict = if count <= budget { "kept" } else { "exceeded" };
        say::line(format_args!("quarry {function}: {count}, budget {budget}: {verdict}"))?;
    }
    Ok(kept || !options.check)
}

/// Runs the counter on one allocator. Returns the calls of each function that exists there.
fn count(counter: &Path, allocator: &Allocator, options: &Options) -> Result<Calls> {
    let mut command = Command::new(counter);
    tuning::clear(&mut command);
    let output = command
        .arg(allocator.library.clone().unwrap_or_default())
        .arg(options.size.to_string())
        .arg(options.calls.to_string())
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", counter.display()))?;
    if !output.status.success() {
        bail!("counting on {}: {} {}", allocator.name, output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    let mut calls = Calls::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (function, call) = parse(line).with_context(|| format!("the counter said: {line}"))?;
        calls.entry(function).or_default().push(call);
    }
    Ok(calls)
}

/// Reads `NAME COUNT MODULE OFFSET…`.
fn parse(line: &str) -> Option<(String, Call)> {
    let mut words = line.split(' ');
    let function = words.next()?.to_owned();
    let count = words.next()?.parse().ok()?;
    let module = PathBuf::from(words.next()?);
    let path = words
        .map(|word| match word {
            "+" => Some(None),
            offset => u64::from_str_radix(offset, 16).ok().map(Some),
        })
        .collect::<Option<Vec<_>>>()?;
    let call = Call { count, module, path };
    Some((function, call))
}

/// Returns the call of median length: the hit, as long as most calls are one.
fn typical(calls: &[Call]) -> Option<&Call> {
    let mut sorted: Vec<&Call> = calls.iter().collect();
    sorted.sort_by_key(|call| call.count);
    sorted.get(sorted.len() / 2).copied()
}

/// Returns a column for each of the functions, a line for each allocator that has any of them; none if nobody has.
fn table(functions: &[&str], all: &[(&str, Calls)]) -> Option<String> {
    let header: Vec<&str> = ["allocator"].iter().chain(functions).copied().collect();
    let mut table = table::plain(&header, 1);
    for (name, calls) in all.iter().filter(|(_, calls)| functions.iter().any(|function| calls.contains_key(*function)))
    {
        let cells = functions.iter().map(|function| cell(calls.get(*function)));
        table.add_row([(*name).to_owned()].into_iter().chain(cells));
    }
    (!table.is_empty()).then(|| table.to_string())
}

fn cell(calls: Option<&Vec<Call>>) -> String {
    let Some((calls, median)) = calls.and_then(|calls| Some((calls, typical(calls)?.count))) else {
        return "-".to_owned();
    };
    match calls.iter().map(|call| call.count).max() {
        Some(most) if most != median => format!("{median} ({most})"),
        _ => median.to_string(),
    }
}

/// Returns the instructions of a call in the order of execution, in the words of objdump.
fn listing(call: &Call) -> Result<String> {
    let output = Command::new("objdump")
        .args(["-d", "--no-show-raw-insn"])
        .arg(&call.module)
        .output()
        .context("cannot start objdump")?;
    if !output.status.success() {
        bail!("objdump: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let known = instructions(&text);
    let lines = call.path.iter().map(|address| match address {
        Some(address) => {
            let instruction = known.get(address).copied().unwrap_or("?");
            format!("{address:8x}  {instruction}\n")
        }
        None => "          (another file)\n".to_owned(),
    });
    Ok(lines.collect())
}

/// Reads what `objdump -d` prints: `  <address>:\t<instruction>` on each line that holds one.
fn instructions(listing: &str) -> BTreeMap<u64, &str> {
    listing
        .lines()
        .filter_map(|line| {
            let (address, instruction) = line.split_once(":\t")?;
            let address = u64::from_str_radix(address.trim(), 16).ok()?;
            Some((address, instruction.trim()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(count: u32) -> Call {
        Call { count, module: "/x.so".into(), path: Vec::new() }
    }

    #[test]
    fn parse_reads_addresses_and_foreign_instructions() {
        let (function, call) = parse("free 3 /x/lib.so 1f0 + 1f8").unwrap();
        assert_eq!(function, "free");
        assert_eq!((call.count, call.module), (3, PathBuf::from("/x/lib.so")));
        assert_eq!(call.path, [Some(0x1f0), None, Some(0x1f8)]);
    }

    #[test]
    fn parse_of_something_else_is_none() {
        assert_eq!(parse("free"), None);
        assert_eq!(parse("free three /x"), None);
        assert_eq!(parse("free 3 /x zz"), None);
    }

    /// One refill among many hits is shown beside the hit and does not hide it.
    #[test]
    fn cell_shows_the_hit_and_the_longest_call() {
        let calls = vec![call(13), call(900), call(13)];
        assert_eq!(cell(Some(&calls)), "13 (900)");
        assert_eq!(cell(Some(&vec![call(13)])), "13");
        assert_eq!(cell(None), "-");
    }

    /// What only Quarry has is a table of its own, without lines of dashes.
    #[test]
    fn table_leaves_out_who_has_none_of_its_functions() {
        let calls = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), vec![call(13)])).collect::<Calls>();
        let all = [("glibc", calls(&["malloc"])), ("quarry", calls(&["malloc", "kfree"]))];
        let text = table(&LEVELS, &all).unwrap();
        assert!(text.contains("| quarry ") && text.contains(" 13 |") && !text.contains("glibc"), "{text}");
        assert_eq!(table(&FAMILY, &all).unwrap().lines().count(), 4);
        assert_eq!(table(&LEVELS, &all[..1]), None);
    }

    #[test]
    fn instructions_are_found_by_address() {
        let text = "0000000000001000 <malloc>:\n    1000:\tmov    %rdi,%rax\n    1003:\tret    \n";
        let known = instructions(text);
        assert_eq!(known.get(&0x1000), Some(&"mov    %rdi,%rax"));
        assert_eq!(known.get(&0x1003), Some(&"ret"));
        assert_eq!(known.len(), 2);
    }

    /// The counter itself: what libc's malloc takes on a hit is more than a jump and far less than a system call path.
    #[test]
    fn counter_counts_the_same_hit_each_time() {
        let place = Place::find().unwrap();
        let counter = place.compile("hot.c", &[]).unwrap();
        let options = Options { allocators: Vec::new(), size: 64, calls: 10, show: None, check: false };
        let calls = count(&counter, &allocator::glibc(), &options).unwrap();
        let counts: Vec<u32> = calls["malloc"].iter().map(|call| call.count).collect();
        assert_eq!(counts.len(), 10);
        assert!((5..500).contains(&counts[0]), "{counts:?}");
        assert!(counts.iter().all(|&count| count == counts[0]), "{counts:?}");
        assert_eq!(calls["malloc"][0].path.len(), counts[0] as usize);
    }
}
