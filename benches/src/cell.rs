//! What is made of the runs of a bench first: the figures of each load on each allocator.

use serde::Serialize;

use crate::figures::Spread;
use crate::launch::Usage;

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
    major_faults: u64,
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
            major_faults: usage.major_faults,
        }
    }
}

/// The figures of one load on one allocator over all rounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    pub load: String,
    pub allocator: String,
    /// Seconds.
    pub wall: Spread,
    /// Seconds, of all cores together.
    pub user: Spread,
    pub sys: Spread,
    /// MiB.
    pub peak_rss: Spread,
    /// Page faults, minor and major.
    pub faults: Spread,
}

impl Cell {
    /// Makes figures of the runs of `load` on `allocator`; none if one of the runs failed: a crash must not count as a
    /// very fast run.
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
            user: spread(|row| row.user_s)?,
            sys: spread(|row| row.sys_s)?,
            peak_rss: spread(|row| row.peak_rss_kib as f64 / 1024.0)?,
            faults: spread(|row| (row.minor_faults + row.major_faults) as f64)?,
        })
    }
}

/// Makes figures of runs, loads in order, allocators in order within each. A load that failed on an allocator has no
/// figures there.
pub fn cells(rows: &[Row<'_>], loads: &[&str], allocators: &[&str]) -> Vec<Cell> {
    let pairs = loads.iter().flat_map(|load| allocators.iter().map(move |allocator| (load, allocator)));
    pairs.filter_map(|(load, allocator)| Cell::of(rows, load, allocator)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            major_faults: 1,
        }
    }

    #[test]
    fn cells_are_medians_of_their_own_runs() {
        let rows = [
            run("a", "glibc", 2.0, 0),
            run("a", "other", 1.0, 0),
            run("b", "other", 9.0, 0),
            run("a", "other", 3.0, 0),
            run("a", "glibc", 8.0, 0),
            run("a", "other", 1.0, 0),
        ];
        let cells = cells(&rows, &["a", "b"], &["glibc", "other"]);
        let names: Vec<(&str, &str)> = cells.iter().map(|cell| (cell.load.as_str(), cell.allocator.as_str())).collect();
        assert_eq!(names, [("a", "glibc"), ("a", "other"), ("b", "other")]);
        assert_eq!(cells[0].wall.median, 5.0);
        assert_eq!((cells[1].wall.min, cells[1].wall.median, cells[1].wall.max), (1.0, 1.0, 3.0));
        assert_eq!((cells[1].peak_rss.median, cells[1].faults.median), (2.0, 11.0));
    }

    #[test]
    fn load_that_failed_once_has_no_figures() {
        let rows = [run("a", "glibc", 2.0, 0), run("a", "glibc", 0.001, 134), run("b", "glibc", 2.0, 0)];
        let cells = cells(&rows, &["a", "b"], &["glibc"]);
        assert_eq!(cells.len(), 1);
        assert_eq!(cells[0].load, "b");
    }
}
