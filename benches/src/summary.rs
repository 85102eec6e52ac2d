//! What is made of the runs of a bench: figures of each load on each allocator, ratios, geometric means, and their
//! tables.

use comfy_table::Table;
use serde::Serialize;

use crate::allocator::{Allocator, BASE};
use crate::figures::{Spread, geometric_mean, ratio};
use crate::launch::Usage;
use crate::table::{plain, times};

/// One run, with the columns of the CSV file; these stay as they are, so that files of years can be compared.
#[derive(Serialize)]
pub struct Row<'a> {
    round: u32,
    load: &'a str,
    allocator: &'a str,
    wall_s: f64,
    user_s: f64,
    sys_s: f64,
    peak_rss_kib: u64,
    minor_faults: u64,
    code: i32,
}

impl<'a> Row<'a> {
    pub fn new(round: u32, load: &'a str, allocator: &'a str, usage: &Usage) -> Row<'a> {
        Row {
            round,
            load,
            allocator,
            wall_s: usage.wall_seconds(),
            user_s: usage.user_us as f64 / 1e6,
            sys_s: usage.sys_us as f64 / 1e6,
            peak_rss_kib: usage.peak_rss_kib,
            minor_faults: usage.minor_faults,
            code: usage.code(),
        }
    }
}

/// The figures of one load on one allocator over all rounds.
#[derive(Clone, Serialize)]
pub struct Cell {
    load: String,
    allocator: String,
    /// Seconds.
    wall: Spread,
    /// Seconds, of all cores together.
    cpu: Spread,
    /// MiB.
    peak_rss: Spread,
    minor_faults: Spread,
    /// Medians divided by the base's; none if the base failed.
    ratios: Option<Ratios>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Ratios {
    wall: f64,
    cpu: f64,
    peak_rss: f64,
}

/// The geometric means of one allocator's ratios over all loads that it and the base finished.
#[derive(Serialize)]
pub struct Mean {
    allocator: String,
    loads: usize,
    ratios: Option<Ratios>,
}

impl Cell {
    /// Makes figures of the runs of `load` on `allocator`, without ratios; none if one of the runs failed.
    fn of(rows: &[Row<'_>], load: &str, allocator: &str) -> Option<Cell> {
        let runs: Vec<&Row<'_>> = rows.iter().filter(|row| row.load == load && row.allocator == allocator).collect();
        if runs.iter().any(|row| row.code != 0) {
            return None;
        }
        let spread = |value: fn(&Row<'_>) -> f64| Spread::of(runs.iter().map(|row| value(row)));
        Some(Cell {
            load: load.to_owned(),
            allocator: allocator.to_owned(),
            wall: spread(|row| row.wall_s)?,
            cpu: spread(|row| row.user_s + row.sys_s)?,
            peak_rss: spread(|row| row.peak_rss_kib as f64 / 1024.0)?,
            minor_faults: spread(|row| row.minor_faults as f64)?,
            ratios: None,
        })
    }

    fn ratios_to(&self, base: &Cell) -> Option<Ratios> {
        Some(Ratios {
            wall: ratio(self.wall.median, base.wall.median)?,
            cpu: ratio(self.cpu.median, base.cpu.median)?,
            peak_rss: ratio(self.peak_rss.median, base.peak_rss.median)?,
        })
    }
}

/// Returns whom ratios are to: glibc, or the first allocator if glibc does not take part.
pub fn base_of(allocators: &[Allocator]) -> &str {
    match allocators.iter().find(|allocator| allocator.name == BASE) {
        Some(glibc) => &glibc.name,
        None => &allocators[0].name,
    }
}

/// Makes figures of runs, loads in order, allocators in order within each. A load that failed on an allocator has no
/// figures there.
pub fn cells(rows: &[Row<'_>], loads: &[&str], allocators: &[Allocator], base: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    for load in loads {
        let base = Cell::of(rows, load, base);
        for allocator in allocators {
            if let Some(mut cell) = Cell::of(rows, load, &allocator.name) {
                cell.ratios = base.as_ref().and_then(|base| cell.ratios_to(base));
                cells.push(cell);
            }
        }
    }
    cells
}

/// Makes the means of cells, in the order of the allocators.
pub fn means(cells: &[Cell], allocators: &[Allocator]) -> Vec<Mean> {
    let mean_of = |allocator: &Allocator| {
        let ratios: Vec<Ratios> =
            cells.iter().filter(|cell| cell.allocator == allocator.name).filter_map(|cell| cell.ratios).collect();
        let mean = |value: fn(&Ratios) -> f64| geometric_mean(&ratios.iter().map(value).collect::<Vec<f64>>());
        Mean {
            allocator: allocator.name.clone(),
            loads: ratios.len(),
            ratios: mean(|ratios| ratios.wall).and_then(|wall| {
                Some(Ratios { wall, cpu: mean(|ratios| ratios.cpu)?, peak_rss: mean(|ratios| ratios.peak_rss)? })
            }),
        }
    };
    allocators.iter().map(mean_of).collect()
}

/// Returns the figures of all loads, a line for each allocator.
pub fn cell_table(cells: &[Cell], base: &str) -> Table {
    let [time_ratio, cpu_ratio, peak_ratio] = ["time", "CPU", "RSS"].map(|of| format!("{of}/{base}"));
    let mut table = plain(
        &[
            "load",
            "allocator",
            "time s",
            "min",
            "max",
            &time_ratio,
            "CPU s",
            &cpu_ratio,
            "peak RSS MiB",
            "min",
            "max",
            &peak_ratio,
            "faults",
        ],
        2,
    );
    for cell in cells {
        table.add_row([
            cell.load.clone(),
            cell.allocator.clone(),
            format!("{:.3}", cell.wall.median),
            format!("{:.3}", cell.wall.min),
            format!("{:.3}", cell.wall.max),
            times(cell.ratios.map(|ratios| ratios.wall)),
            format!("{:.3}", cell.cpu.median),
            times(cell.ratios.map(|ratios| ratios.cpu)),
            format!("{:.1}", cell.peak_rss.median),
            format!("{:.1}", cell.peak_rss.min),
            format!("{:.1}", cell.peak_rss.max),
            times(cell.ratios.map(|ratios| ratios.peak_rss)),
            format!("{:.0}", cell.minor_faults.median),
        ]);
    }
    table
}

/// Returns the geometric means, the last word of a bench.
pub fn mean_table(means: &[Mean], base: &str) -> Table {
    let [time_ratio, cpu_ratio, peak_ratio] = ["time", "CPU", "RSS"].map(|of| format!("{of}/{base}"));
    let mut table = plain(&["geometric mean", &time_ratio, &cpu_ratio, &peak_ratio, "loads"], 1);
    for mean in means {
        table.add_row([
            mean.allocator.clone(),
            times(mean.ratios.map(|ratios| ratios.wall)),
            times(mean.ratios.map(|ratios| ratios.cpu)),
            times(mean.ratios.map(|ratios| ratios.peak_rss)),
            mean.loads.to_string(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocator::glibc;

    fn other() -> Allocator {
        Allocator { name: "other".to_owned(), library: Some("/lib/other.so".into()) }
    }

    fn run<'a>(load: &'a str, allocator: &'a str, wall_s: f64, code: i32) -> Row<'a> {
        Row {
            round: 1,
            load,
            allocator,
            wall_s,
            user_s: wall_s,
            sys_s: 0.0,
            peak_rss_kib: 2048,
            minor_faults: 10,
            code,
        }
    }

    #[test]
    fn cells_divide_medians_by_the_bases() {
        let rows = [
            run("a", "glibc", 2.0, 0),
            run("a", "other", 1.0, 0),
            run("a", "glibc", 2.0, 0),
            run("a", "other", 3.0, 0),
            run("a", "glibc", 8.0, 0),
            run("a", "other", 1.0, 0),
        ];
        let cells = cells(&rows, &["a"], &[glibc(), other()], "glibc");
        let ratios: Vec<f64> = cells.iter().map(|cell| cell.ratios.unwrap().wall).collect();
        assert_eq!(ratios, [1.0, 0.5]);
        assert_eq!(cells[1].peak_rss.median, 2.0);
    }

    /// A crash must not count as a very fast run.
    #[test]
    fn failed_load_counts_in_no_mean() {
        let rows = [
            run("a", "glibc", 2.0, 0),
            run("a", "other", 0.001, 134),
            run("b", "glibc", 2.0, 0),
            run("b", "other", 4.0, 0),
        ];
        let allocators = [glibc(), other()];
        let cells = cells(&rows, &["a", "b"], &allocators, "glibc");
        assert_eq!(cells.len(), 3);
        let means = means(&cells, &allocators);
        assert_eq!((means[0].loads, means[1].loads), (2, 1));
        assert!((means[1].ratios.unwrap().wall - 2.0).abs() < 1e-12);
    }

    #[test]
    fn base_is_glibc_wherever_it_stands_else_the_first() {
        assert_eq!(base_of(&[other(), glibc()]), "glibc");
        assert_eq!(base_of(&[other()]), "other");
    }
}
