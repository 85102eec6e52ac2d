//! `levels`: what the levels of `quarry.h` cost, against what a program would use in their place.
//!
//! The programs have one thread and wait for nobody, so a run's time is its CPU time, user and system: on a machine of its
//! own that is wall time, on a busy one it suffers less. Start and exit are in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use comfy_table::Table;
use serde::Serialize;

use crate::allocator::{self, Allocator};
use crate::figures::{Spread, ratio, rotation};
use crate::launch::{Launcher, Output, Task, Usage};
use crate::machine::Machine;
use crate::place::Place;
use crate::results;
use crate::say;
use crate::table::{self, duration};
use crate::topic::{self, Case, GROWTH, OBJECTS, PAGES, Topic};

/// A run that takes longer than this hangs.
const SECONDS: u32 = 60;

#[derive(Args)]
pub struct Options {
    /// Runs of each case on each side, interleaved
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// Only topics and cases whose name contains one of these words: objects, pages, growth, "order 10", …
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Also write every single run here
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Also write machine, runs and figures here
    #[arg(long)]
    json: Option<PathBuf>,
}

/// One run, with the columns of the CSV file.
#[derive(Clone, Serialize)]
struct Run<'a> {
    round: u32,
    case: &'a str,
    side: &'static str,
    turns: u64,
    wall_s: f64,
    cpu_s: f64,
    peak_rss_kib: u64,
    faults: u64,
    code: i32,
}

impl<'a> Run<'a> {
    fn new(round: u32, case: &'a Case, at: usize, usage: &Usage) -> Run<'a> {
        Run {
            round,
            case: &case.name,
            side: case.topic.sides[at].name,
            turns: case.work[at].turns,
            wall_s: usage.wall_seconds(),
            cpu_s: usage.cpu_seconds(),
            peak_rss_kib: usage.peak_rss_kib,
            faults: usage.minor_faults + usage.major_faults,
            code: usage.code(),
        }
    }
}

/// The figures of one case on one side over all rounds; times are of one turn, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Figures {
    cpu: Spread,
    wall: Spread,
    /// MiB.
    peak_rss: Spread,
}

impl Figures {
    /// Returns none if there are no runs or one of them failed: a crash must not count as a very fast run.
    fn of(runs: &[Run<'_>], case: &str, side: &str) -> Option<Figures> {
        let runs: Vec<&Run<'_>> = runs.iter().filter(|run| run.case == case && run.side == side).collect();
        if runs.iter().any(|run| run.code != 0) {
            return None;
        }
        let spread = |value: fn(&Run<'_>) -> f64| Spread::of(runs.iter().map(|run| value(run)));
        Some(Figures {
            cpu: spread(|run| run.cpu_s / run.turns as f64)?,
            wall: spread(|run| run.wall_s / run.turns as f64)?,
            peak_rss: spread(|run| run.peak_rss_kib as f64 / 1024.0)?,
        })
    }
}

/// Figures of one case, a place for each side, empty where it failed.
#[derive(Serialize)]
struct Line<'a> {
    topic: &'static str,
    case: &'a str,
    sides: BTreeMap<&'static str, Option<Figures>>,
}

impl<'a> Line<'a> {
    fn of(runs: &[Run<'_>], case: &'a Case) -> Line<'a> {
        let figures = |side: &topic::Side| (side.name, Figures::of(runs, &case.name, side.name));
        let sides = case.topic.sides.iter().map(figures).collect();
        Line { topic: case.topic.name, case: &case.name, sides }
    }

    /// Returns a figure of each side, in the topic's order.
    fn values<T>(&self, topic: &Topic, value: fn(&Figures) -> T) -> [Option<T>; 3] {
        [0, 1, 2].map(|at| self.sides.get(topic.sides[at].name)?.as_ref().map(value))
    }
}

/// Everything, as the JSON file has it.
#[derive(Serialize)]
struct All<'a> {
    machine: &'a Machine,
    library: &'a Path,
    rounds: u32,
    figures: &'a [Line<'a>],
    failures: &'a [String],
    runs: &'a [Run<'a>],
}

/// Measures the levels and prints them. Returns false if a run failed where Quarry was preloaded.
pub fn levels(options: &Options, place: &Place, library: Option<&Path>) -> Result<bool> {
    let mut cases = topic::cases();
    let wanted = |case: &Case| {
        let has = |word: &String| case.name.contains(word.as_str()) || case.topic.name.contains(word.as_str());
        options.only.is_empty() || options.only.iter().any(has)
    };
    cases.retain(wanted);
    if cases.is_empty() {
        bail!("no case has such a name");
    }
    let (quarry, glibc) = (allocator::quarry(place, library)?, allocator::glibc());
    let launcher = Launcher::build(place, SECONDS)?;
    let machine = Machine::read(place.root());
    let mut programs = BTreeMap::new();
    for topic in [&OBJECTS, &PAGES, &GROWTH] {
        if cases.iter().any(|case| case.topic.name == topic.name) {
            programs.insert(topic.name, place.compile(&format!("levels/{}", topic.source), &[])?);
        }
    }

    let measured = measure(&launcher, &programs, &cases, [&glibc, &quarry], options.rounds)?;
    let lines: Vec<Line<'_>> = cases.iter().map(|case| Line::of(&measured.runs, case)).collect();
    if let Some(path) = &options.csv {
        results::write_csv(path, &format!("{}rounds   {}\n", machine.text(), options.rounds), &measured.runs)?;
    }
    if let Some(path) = &options.json {
        let all = All {
            machine: &machine,
            library: quarry.library.as_deref().unwrap_or(Path::new("")),
            rounds: options.rounds,
            figures: &lines,
            failures: &measured.failures,
            runs: &measured.runs,
        };
        results::write_json(path, &all)?;
    }

    say::line(format_args!(
        "{}\nCPU time of a turn, medians of {} runs (and the least); the medians divided by the first column's\n",
        machine.text(),
        options.rounds
    ))?;
    for topic in [&OBJECTS, &PAGES, &GROWTH] {
        let lines: Vec<&Line<'_>> = lines.iter().filter(|line| line.topic == topic.name).collect();
        if lines.is_empty() {
            continue;
        }
        say::line(format_args!("{}\n\n{}\n", topic.what, times(topic, &lines)))?;
        if topic.memory {
            say::line(format_args!("peak RSS of the same, MiB\n\n{}\n", memory(topic, &lines)))?;
        }
    }
    for failure in &measured.failures {
        say::line(format_args!("failed: {failure}"))?;
    }
    Ok(measured.fine)
}

/// What the runs left.
struct Measured<'a> {
    runs: Vec<Run<'a>>,
    failures: Vec<String>,
    /// Whether nothing failed where Quarry was preloaded.
    fine: bool,
}

/// Runs everything: rounds outermost, the sides of a case directly after each other, and each first in turn. `on` is what
/// sides without and with Quarry run on. A side that fails does not run again.
fn measure<'a>(
    launcher: &Launcher,
    programs: &BTreeMap<&str, PathBuf>,
    cases: &'a [Case],
    on: [&Allocator; 2],
    rounds: u32,
) -> Result<Measured<'a>> {
    let mut measured = Measured { runs: Vec::new(), failures: Vec::new(), fine: true };
    for round in 0..rounds {
        for (number, case) in cases.iter().enumerate() {
            for at in rotation(case.topic.sides.len(), round as usize + number) {
                let side = &case.topic.sides[at];
                let failed = |run: &Run<'_>| run.code != 0 && run.case == case.name && run.side == side.name;
                let Some(program) = programs.get(case.topic.name).filter(|_| !measured.runs.iter().any(failed)) else {
                    continue;
                };
                let mut task = Task::new(program);
                task.arguments.extend(case.work[at].arguments.iter().map(Into::into));
                let (usage, said) = launcher.run(&task, on[usize::from(side.quarry)], Output::Discarded)?;
                if usage.code() != 0 {
                    measured.fine &= !side.quarry;
                    measured.failures.push(format!("{}, {}: {}: {}", case.name, side.name, usage.end(), said.trim()));
                }
                measured.runs.push(Run::new(round + 1, case, at, &usage));
            }
        }
    }
    Ok(measured)
}

/// Returns the times of a topic: a line for each case, a column for each side, and the ratios to the first.
fn times(topic: &Topic, lines: &[&Line<'_>]) -> Table {
    let [first, second, third] = [0, 1, 2].map(|at| topic.sides[at].name);
    let ratios = [second, third].map(|name| format!("{name} ÷ {first}"));
    let mut table = table::plain(&[topic.name, first, second, third, &ratios[0], &ratios[1]], 1);
    for line in lines {
        let cpu = line.values(topic, |figures| figures.cpu);
        let mut row = vec![line.case.to_owned()];
        row.extend(cpu.map(|cpu| match cpu {
            Some(cpu) => format!("{} ({})", duration(cpu.median), duration(cpu.min)),
            None => "-".to_owned(),
        }));
        let [first, second, third] = cpu.map(|cpu| cpu.map(|cpu| cpu.median));
        row.extend([second, third].map(|other| table::times(ratio_of(other, first))));
        table.add_row(row);
    }
    table
}

/// Returns the peak RSS of a topic, and the ratios to the first side.
fn memory(topic: &Topic, lines: &[&Line<'_>]) -> Table {
    let [first, second, third] = [0, 1, 2].map(|at| topic.sides[at].name);
    let ratios = [second, third].map(|name| format!("{name} ÷ {first}"));
    let mut table = table::plain(&[topic.name, first, second, third, &ratios[0], &ratios[1]], 1);
    for line in lines {
        let peaks = line.values(topic, |figures| figures.peak_rss.median);
        let mut row = vec![line.case.to_owned()];
        row.extend(peaks.map(|peak| peak.map_or_else(|| "-".to_owned(), |peak| format!("{peak:.1}"))));
        row.extend([peaks[1], peaks[2]].map(|other| table::times(ratio_of(other, peaks[0]))));
        table.add_row(row);
    }
    table
}

fn ratio_of(value: Option<f64>, base: Option<f64>) -> Option<f64> {
    ratio(value?, base?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(side: &'static str, turns: u64, cpu_s: f64, code: i32) -> Run<'static> {
        Run { round: 1, case: "one buffer", side, turns, wall_s: 1.0, cpu_s, peak_rss_kib: 2048, faults: 1, code }
    }

    fn case() -> Case {
        topic::cases().into_iter().find(|case| case.name == "one buffer").unwrap()
    }

    #[test]
    fn figures_are_medians_of_one_turn() {
        let runs = [run("vrealloc", 10, 3e-6, 0), run("vrealloc", 10, 1e-6, 0), run("vrealloc", 10, 2e-6, 0)];
        let figures = Figures::of(&runs, "one buffer", "vrealloc").unwrap();
        assert!((figures.cpu.median - 2e-7).abs() < 1e-12 && (figures.cpu.min - 1e-7).abs() < 1e-12);
        assert_eq!(figures.peak_rss.median, 2.0);
        assert_eq!(Figures::of(&runs, "one buffer", "quarry realloc"), None);
    }

    /// What failed shows as a dash and takes no other figure with it.
    #[test]
    fn tables_divide_by_the_first_side() {
        let runs = [
            run("vrealloc", 1, 0.5, 0),
            run("quarry realloc", 1, 1.0, 0),
            run("glibc realloc", 1, 0.1, 0),
            run("glibc realloc", 1, 0.1, 1),
        ];
        let case = case();
        let line = Line::of(&runs, &case);
        let text = times(&GROWTH, &[&line]).to_string();
        let rows: Vec<Vec<&str>> =
            text.lines().map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect();
        assert_eq!(rows[0][4], "quarry realloc ÷ vrealloc");
        assert_eq!(rows[2], ["one buffer", "500 ms (500 ms)", "1.00 s (1.00 s)", "-", "2.00", "-"]);
        assert!(memory(&GROWTH, &[&line]).to_string().contains(" 1.00 |"));
    }

    /// The programs themselves, on glibc: the sides that need no Quarry run, the others say why they do not.
    #[test]
    fn programs_do_their_work_and_name_what_is_missing() {
        let place = Place::find().unwrap();
        let launcher = Launcher::build(&place, 20).unwrap();
        let small = [
            ("objects.c", ["malloc session 100 32", "cache session 100 32"]),
            ("pages.c", ["mmap 3 2 100 2", "pages 3 2 100 2"]),
            ("growth.c", ["realloc 2 4096 65536 4096", "region 2 4096 65536 4096"]),
        ];
        for (source, [plain, own]) in small {
            let program = place.compile(&format!("levels/{source}"), &[]).unwrap();
            let run = |words: &str| {
                let mut task = Task::new(&program);
                task.arguments.extend(words.split(' ').map(Into::into));
                launcher.run(&task, &allocator::glibc(), Output::Discarded).unwrap()
            };
            assert_eq!(run(plain).0.code(), 0, "{source} {plain}");
            let (usage, said) = run(own);
            assert_eq!(usage.code(), 1, "{source} {own}");
            assert!(said.contains("not in what is preloaded"), "{said}");
        }
    }
}
