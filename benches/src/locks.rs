//! `locks`: how often threads meet. Each threaded load runs on a library built with the feature `instrument`, which counts
//! lock takes by rank and every atomic read-modify-write of a shared word; printed is how many of them fall on a pair of
//! malloc and free. Unlike times, that says something about machines with more cores than this one.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use crate::allocator::{self, Allocator};
use crate::catalogue::ENTRIES;
use crate::launch::{Launcher, Output};
use crate::load::{self, Load, Sizing};
use crate::machine::Machine;
use crate::place::Place;
use crate::report::{Instrument, Reports};
use crate::results::create;
use crate::say;
use crate::table;
use crate::tuning::QUARRY_CONF;

/// Read-modify-writes of shared words that a pair of malloc and free may cost on any threaded load.
const BUDGET: f64 = 0.02;

/// Ranks in the lock order, as the report names them.
const RANKS: [&str; 9] = ["sweep", "purge", "objects", "threads", "depot", "slab", "buddy", "areas", "store"];

/// A run that takes longer hangs.
const SECONDS: u32 = 60;

#[derive(Args)]
pub struct Options {
    /// Only loads whose name contains one of these words
    #[arg(long, value_delimiter = ',')]
    loads: Vec<String>,
    /// Threads of the loads that take a number of them
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,16", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Vec<u32>,
    /// Runs of each load, of which the one with the median of read-modify-writes per pair is shown
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// The long form of the loads, 1 to 5 seconds each
    #[arg(long)]
    full: bool,
    /// Nanoseconds that a hold takes longer where the lines of the lock and of what it guards come from another core's cache,
    /// for the model of many cores
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(..=10_000))]
    far_ns: u32,
    /// Also write a line per load here
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Also write machine and counts here
    #[arg(long)]
    json: Option<PathBuf>,
    /// End with status 1 where a load is over the budget
    #[arg(long)]
    check: bool,
}

/// What a load counted.
#[derive(Serialize)]
struct Row {
    load: String,
    seconds: f64,
    cpu_seconds: f64,
    per_pair: f64,
    /// The highest of the rounds.
    per_pair_most: f64,
    #[serde(flatten)]
    counted: Instrument,
}

#[derive(Serialize)]
struct Results<'a> {
    machine: &'a Machine,
    version: &'a str,
    form: &'a str,
    rounds: u32,
    budget: f64,
    rows: &'a [Row],
}

/// Counts and prints. Returns false if a load is over the budget and `--check` asks for that.
pub fn locks(options: &Options, place: &Place, library: Option<&Path>) -> Result<bool> {
    let quarry = allocator::quarry(place, library)?;
    let scratch = tempfile::tempdir().context("no temporary folder")?;
    let loads = threaded_loads(options, place, scratch.path())?;
    let launcher = Launcher::build(place, SECONDS)?;
    let machine = Machine::read(place.root());
    let form = if options.full { "full" } else { "short" };
    let rows = loads
        .iter()
        .map(|load| row(&launcher, load, &quarry, options.rounds, scratch.path()))
        .collect::<Result<Vec<Row>>>()?;

    let origin = format!(
        "{}version  {}, feature instrument\nform     {form}, {} rounds\n",
        machine.text(),
        quarry.version,
        options.rounds
    );
    // Files first: whoever reads the tables may have left.
    if let Some(path) = &options.csv {
        write_csv(path, &origin, &rows)?;
    }
    if let Some(path) = &options.json {
        let version = &quarry.version;
        let results = Results { machine: &machine, version, form, rounds: options.rounds, budget: BUDGET, rows: &rows };
        let text = serde_json::to_string_pretty(&results)? + "\n";
        create(path)?.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    }
    say::line(format_args!(
        "{origin}\nper pair: atomic read-modify-writes of shared words (each try to take a lock and each release is one), \
         most of the rounds\nin brackets; lock takes by rank; of all takes, those that waited\n\n{}\n",
        per_pair(&rows)
    ))?;
    say::line(format_args!(
        "by rank, over all loads: takes, share that waited, share of the one lock taken most, mean time held\n\n{}\n",
        by_rank(&rows)
    ))?;
    say::line(format_args!(
        "model: cores at which the one lock of a rank that is taken most would be held all the time, if each core made as \
         many\npairs as a core here and each hold took {} ns more; at the most threads of each load\n\n{}\n",
        options.far_ns,
        saturation(&rows, f64::from(options.far_ns))
    ))?;
    let over: Vec<&str> = rows.iter().filter(|row| !row.is_kept()).map(|row| row.load.as_str()).collect();
    say::line(format_args!(
        "budget {BUDGET} read-modify-writes per pair: kept on {} of {}",
        rows.len() - over.len(),
        rows.len()
    ))?;
    if !over.is_empty() {
        say::line(format_args!("exceeded on {}", over.join(", ")))?;
    }
    Ok(over.is_empty() || !options.check)
}

/// Compiles the threaded loads whose name was asked for.
fn threaded_loads(options: &Options, place: &Place, scratch: &Path) -> Result<Vec<Load>> {
    let asked = |name: &str| options.loads.is_empty() || options.loads.iter().any(|word| name.contains(word.as_str()));
    let names: Vec<String> = ENTRIES
        .iter()
        .filter(|entry| entry.is_threaded())
        .flat_map(|entry| entry.loads(options.full, &options.threads))
        .map(|(name, _)| name)
        .filter(|name| asked(name))
        .collect();
    if names.is_empty() {
        bail!("no threaded load has such a name");
    }
    let sizing = Sizing { full: options.full, threads: &options.threads, filter: &names, scratch };
    let (mut loads, _) = load::prepare(place, &sizing)?;
    // The filter takes names that contain another's.
    loads.retain(|load| names.contains(&load.name));
    Ok(loads)
}

fn row(launcher: &Launcher, load: &Load, quarry: &Allocator, rounds: u32, scratch: &Path) -> Result<Row> {
    let mut runs = (0..rounds).map(|_| run(launcher, load, quarry, scratch)).collect::<Result<Vec<Row>>>()?;
    runs.sort_by(|a, b| a.per_pair.total_cmp(&b.per_pair));
    let most = runs.last().map_or(0.0, |run| run.per_pair);
    let median = runs.swap_remove(runs.len() / 2);
    Ok(Row { per_pair_most: most, ..median })
}

fn run(launcher: &Launcher, load: &Load, quarry: &Allocator, scratch: &Path) -> Result<Row> {
    let folder = tempfile::tempdir_in(scratch).context("no temporary folder")?;
    let options = format!("stats:json,output:{}/%p", folder.path().display());
    let (usage, said) = launcher.run(&load.task.clone().variable(QUARRY_CONF, options), quarry, Output::Discarded)?;
    if usage.code() != 0 {
        bail!("{}: {}: {}", load.name, usage.end(), said.trim());
    }
    let Some(counted) = Reports::read(folder.path())?.instrument() else {
        bail!("the library counts nothing: build it with `--features instrument` (`make bench-locks` does)");
    };
    let per_pair = ratio(counted.read_modify_writes, counted.pairs());
    Ok(Row {
        load: load.name.clone(),
        seconds: usage.wall_seconds(),
        cpu_seconds: usage.cpu_seconds(),
        per_pair,
        per_pair_most: per_pair,
        counted,
    })
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Instrument {
    /// Returns the pairs of malloc and free; what was allocated and never freed is half of one.
    fn pairs(&self) -> u64 {
        self.allocations.midpoint(self.frees)
    }

    fn sum(&self, value: fn(&crate::report::Locks) -> u64) -> u64 {
        self.locks.values().map(value).sum()
    }
}

impl Row {
    fn is_kept(&self) -> bool {
        self.per_pair <= BUDGET
    }

    fn taken_per_pair(&self, rank: &str) -> f64 {
        ratio(self.counted.locks.get(rank).map_or(0, |locks| locks.taken), self.counted.pairs())
    }

    /// Pairs in a second of one core.
    fn pairs_per_second(&self) -> f64 {
        self.counted.pairs() as f64 / self.cpu_seconds.max(1e-3)
    }

    /// Returns from how many cores on the most taken lock of a rank is held all the time, if all of them do this load.
    fn cores_held_by(&self, rank: &str, relatives: &[&Row], far_ns: f64) -> Option<f64> {
        let most = self.counted.locks.get(rank)?.most_taken;
        let held = |row: &&Row| {
            row.counted.locks.get(rank).filter(|locks| locks.taken > 0).map(|locks| ratio(locks.held_ns, locks.taken))
        };
        let held_ns = relatives.iter().filter_map(held).min_by(f64::total_cmp)? + far_ns;
        let takes_per_second = self.pairs_per_second() * ratio(most, self.counted.pairs());
        (most > 0).then(|| 1e9 / (takes_per_second * held_ns))
    }

    fn waited_share(&self) -> f64 {
        ratio(self.counted.sum(|locks| locks.waited), self.counted.sum(|locks| locks.taken))
    }
}

/// Returns a small number to three digits that count.
fn small(value: f64) -> String {
    if value == 0.0 {
        "-".to_owned()
    } else if value >= 0.1 {
        format!("{value:.2}")
    } else if value >= 0.0001 {
        format!("{value:.4}")
    } else {
        format!("{value:.0e}")
    }
}

fn percent(share: f64) -> String {
    if share == 0.0 { "-".to_owned() } else { format!("{:.2} %", share * 100.0) }
}

fn per_pair(rows: &[Row]) -> comfy_table::Table {
    let used: Vec<&str> =
        RANKS.into_iter().filter(|rank| rows.iter().any(|row| row.taken_per_pair(rank) >= 0.0001)).collect();
    let mut header = vec!["load", "pairs", "rmw", "(most)"];
    header.extend(&used);
    header.extend(["waited", "budget"]);
    let mut table = table::plain(&header, 1);
    for row in rows {
        let mut cells = vec![
            row.load.clone(),
            row.counted.pairs().to_string(),
            small(row.per_pair),
            format!("({})", small(row.per_pair_most)),
        ];
        cells.extend(used.iter().map(|rank| small(row.taken_per_pair(rank))));
        cells.push(percent(row.waited_share()));
        cells.push(if row.is_kept() { "kept" } else { "exceeded" }.to_owned());
        table.add_row(cells);
    }
    table
}

fn by_rank(rows: &[Row]) -> comfy_table::Table {
    let mut table = table::plain(&["rank", "taken", "waited", "most taken", "held ns"], 1);
    for rank in RANKS {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for locks in rows.iter().filter_map(|row| row.counted.locks.get(rank)) {
            let parts =
                [("taken", locks.taken), ("waited", locks.waited), ("most", locks.most_taken), ("ns", locks.held_ns)];
            for (name, value) in parts {
                *sums.entry(name).or_default() += value;
            }
        }
        let sum = |name: &str| sums.get(name).copied().unwrap_or_default();
        if sum("taken") == 0 {
            continue;
        }
        table.add_row([
            rank.to_owned(),
            sum("taken").to_string(),
            percent(ratio(sum("waited"), sum("taken"))),
            percent(ratio(sum("most"), sum("taken"))),
            format!("{:.0}", ratio(sum("ns"), sum("taken"))),
        ]);
    }
    table
}

/// A load at several numbers of threads: the name before the number.
fn family(load: &str) -> &str {
    load.split('/').next().unwrap_or(load)
}

/// Returns the model of many cores: a lock that is taken `t` times a second per core and held for `h` seconds is held all the
/// time from 1 / (t h) cores on.
///
/// The rate is that of a CPU second here, at the most threads; the hold is the shortest mean of the load at any number of
/// threads, since a holder that is not running, as happens on two cores, would count.
fn saturation(rows: &[Row], far_ns: f64) -> comfy_table::Table {
    let shown: Vec<&str> =
        RANKS.into_iter().filter(|rank| rows.iter().any(|row| row.taken_per_pair(rank) >= 0.0001)).collect();
    let mut header = vec!["load", "pairs/s a core"];
    header.extend(&shown);
    header.push("first");
    let mut table = table::plain(&header, 1);
    for (at, row) in rows.iter().enumerate() {
        // The last of its family has the most threads.
        if rows.get(at + 1).is_some_and(|next| family(&next.load) == family(&row.load)) {
            continue;
        }
        let relatives: Vec<&Row> = rows.iter().filter(|other| family(&other.load) == family(&row.load)).collect();
        let cores: Vec<Option<f64>> = shown.iter().map(|rank| row.cores_held_by(rank, &relatives, far_ns)).collect();
        let mut cells = vec![row.load.clone(), format!("{:.2e}", row.pairs_per_second())];
        cells.extend(cores.iter().map(|cores| cores.map_or_else(|| "-".to_owned(), |cores| format!("{cores:.0}"))));
        let first = shown.iter().zip(&cores).filter_map(|(rank, cores)| Some((rank, (*cores)?)));
        cells.push(first.min_by(|a, b| a.1.total_cmp(&b.1)).map_or_else(String::new, |(rank, _)| (*rank).to_owned()));
        table.add_row(cells);
    }
    table
}

/// Writes a line per load; what was measured stands above the header, in lines that begin with `#`.
fn write_csv(path: &Path, origin: &str, rows: &[Row]) -> Result<()> {
    let mut file = create(path)?;
    for line in origin.lines() {
        writeln!(file, "# {line}").with_context(|| format!("cannot write {}", path.display()))?;
    }
    let mut writer = csv::Writer::from_writer(file);
    let mut header = [
        "load",
        "seconds",
        "cpu_seconds",
        "allocations",
        "frees",
        "rmw",
        "rmw_others",
        "rmw_per_pair",
        "rmw_per_pair_most",
    ]
    .map(str::to_owned)
    .to_vec();
    for rank in RANKS {
        header.extend(["taken", "waited", "held_ns", "most_taken"].map(|fact| format!("{rank}_{fact}")));
    }
    writer.write_record(header)?;
    for row in rows {
        let counted = &row.counted;
        let mut cells = vec![
            row.load.clone(),
            format!("{:.3}", row.seconds),
            format!("{:.3}", row.cpu_seconds),
            counted.allocations.to_string(),
            counted.frees.to_string(),
            counted.read_modify_writes.to_string(),
            counted.other_read_modify_writes.to_string(),
            format!("{:.6}", row.per_pair),
            format!("{:.6}", row.per_pair_most),
        ];
        for rank in RANKS {
            let facts = counted.locks.get(rank).map_or([0; 4], |l| [l.taken, l.waited, l.held_ns, l.most_taken]);
            cells.extend(facts.map(|fact| fact.to_string()));
        }
        writer.write_record(cells)?;
    }
    writer.flush().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Locks;

    fn example() -> Row {
        let depot = Locks { taken: 10, waited: 1, read_modify_writes: 21, held_ns: 900, most_taken: 9 };
        let counted = Instrument {
            allocations: 1100,
            frees: 900,
            read_modify_writes: 22,
            other_read_modify_writes: 1,
            locks: [("depot".to_owned(), depot)].into(),
        };
        let per_pair = ratio(counted.read_modify_writes, counted.pairs());
        Row { load: "server/2".to_owned(), seconds: 0.25, cpu_seconds: 0.5, per_pair, per_pair_most: 0.03, counted }
    }

    #[test]
    fn tables_show_what_falls_on_a_pair() {
        let row = example();
        assert!(!row.is_kept());
        let table = per_pair(&[row]).to_string();
        for part in [" 1000 |", " 0.0220 |", "(0.0300)", " 0.0100 |", "10.00 %", "exceeded"] {
            assert!(table.contains(part), "{part} in\n{table}");
        }
        let table = by_rank(&[example()]).to_string();
        assert!(table.contains("| depot |    10 | 10.00 % |    90.00 % |      90 |"), "{table}");
        assert!(!table.contains("buddy"), "ranks that were never taken are left out");
    }

    /// 2,000 pairs a second and core, of which each thousand takes the lock nine times: 18 takes of 90 and 910 ns, which is
    /// 18 µs of each second.
    #[test]
    fn cores_are_those_whose_holds_fill_the_second() {
        let row = example();
        let cores = row.cores_held_by("depot", &[&row], 910.0).unwrap();
        assert!((cores - 1e6 / 18.0).abs() < 1.0, "{cores}");
        assert!(saturation(&[row], 910.0).to_string().contains("| 55556 | depot |"));
    }

    #[test]
    fn csv_has_a_column_for_every_rank() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks.csv");
        write_csv(&path, "machine x\n", &[example()]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "# machine x");
        assert_eq!(lines[1].split(',').count(), 9 + 4 * RANKS.len());
        assert!(lines[2].starts_with("server/2,0.250,0.500,1100,900,22,1,0.022000,0.030000,"), "{text}");
    }

    #[test]
    fn loads_are_the_threaded_ones_that_were_asked_for() {
        let options = Options {
            loads: vec!["handoff".to_owned()],
            threads: vec![1, 16],
            rounds: 1,
            full: false,
            far_ns: 200,
            csv: None,
            json: None,
            check: false,
        };
        let scratch = tempfile::tempdir().unwrap();
        let loads = threaded_loads(&options, &Place::find().unwrap(), scratch.path()).unwrap();
        let names: Vec<&str> = loads.iter().map(|load| load.name.as_str()).collect();
        assert_eq!(names, ["handoff-even/1", "handoff-even/16", "handoff-two-to-one"]);
    }
}
