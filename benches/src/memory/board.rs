//! How allocators stand in memory: each load in terms of the lowest peer there, and the geometric mean over all loads.

use serde::Serialize;

use crate::allocator::Allocator;
use crate::figures::{Spread, geometric_mean, ratio};
use crate::memory::trace::Trace;

/// One run; it has no trace if it failed.
#[derive(Serialize)]
pub struct Run<'a> {
    pub round: u32,
    pub load: &'a str,
    pub allocator: &'a str,
    pub code: i32,
    pub trace: Option<Trace>,
}

/// A named amount, the median over the rounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    pub name: String,
    pub value: f64,
    pub unit: String,
}

/// One load on one allocator over all rounds; amounts of memory in MiB.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    pub peak: Spread,
    pub end: Spread,
    /// Seconds.
    pub wall: Spread,
    /// The most memory areas that any round had.
    pub areas: Option<u32>,
    pub marks: Vec<Named>,
    pub figures: Vec<Named>,
}

/// One load.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    pub load: &'a str,
    /// The peer that has the least, and how much, in MiB; none if no peer finished the load.
    pub lowest_peak: Option<(String, f64)>,
    pub lowest_end: Option<(String, f64)>,
    /// In the order of the allocators; none where the load failed.
    pub cells: Vec<Option<Cell>>,
}

/// One allocator over all loads: geometric means of its ratios to the lowest peer.
#[derive(Debug, PartialEq, Serialize)]
pub struct Score {
    pub allocator: String,
    pub peak: Option<f64>,
    pub end: Option<f64>,
    pub loads: usize,
    pub failed: usize,
}

#[derive(Serialize)]
pub struct Board<'a> {
    pub allocators: &'a [Allocator],
    pub lines: Vec<Line<'a>>,
}

const MIB: f64 = 1024.0;

impl Cell {
    /// Returns none if there are no runs or one of them failed.
    fn of(traces: &[Option<&Trace>]) -> Option<Cell> {
        let traces: Vec<&Trace> = traces.iter().copied().collect::<Option<_>>()?;
        let first = traces.first()?;
        let spread = |value: fn(&Trace) -> f64| Spread::of(traces.iter().map(|trace| value(trace)));
        let over_rounds = |value: &dyn Fn(&Trace) -> Option<f64>| {
            Spread::of(traces.iter().filter_map(|trace| value(trace))).map_or(0.0, |spread| spread.median)
        };
        let mark = |at: usize| over_rounds(&|trace| Some(trace.marks.get(at)?.rss_kib as f64 / MIB));
        let figure = |at: usize| over_rounds(&|trace| Some(trace.figures.get(at)?.value));
        let named = |name: &str, value: f64, unit: &str| Named { name: name.to_owned(), value, unit: unit.to_owned() };
        Some(Cell {
            peak: spread(|trace| trace.peak_rss_kib as f64 / MIB)?,
            end: spread(|trace| trace.final_rss_kib as f64 / MIB)?,
            wall: spread(|trace| trace.wall_s)?,
            areas: traces.iter().filter_map(|trace| trace.areas).max(),
            marks: (0..).zip(&first.marks).map(|(at, known)| named(&known.name, mark(at), "MiB")).collect(),
            figures: (0..).zip(&first.figures).map(|(at, known)| named(&known.name, figure(at), &known.unit)).collect(),
        })
    }
}

impl<'a> Line<'a> {
    fn of(runs: &[Run<'_>], load: &'a str, allocators: &[Allocator]) -> Line<'a> {
        let cell = |allocator: &Allocator| {
            let own = runs.iter().filter(|run| run.load == load && run.allocator == allocator.name);
            Cell::of(&own.map(|run| run.trace.as_ref()).collect::<Vec<_>>())
        };
        let cells: Vec<Option<Cell>> = allocators.iter().map(cell).collect();
        let lowest = |value: fn(&Cell) -> f64| {
            let peers = allocators.iter().zip(&cells).filter(|(allocator, _)| !allocator.own);
            peers
                .filter_map(|(allocator, cell)| Some((allocator.name.clone(), value(cell.as_ref()?))))
                .min_by(|left, right| left.1.total_cmp(&right.1))
        };
        Line { load, lowest_peak: lowest(|cell| cell.peak.median), lowest_end: lowest(|cell| cell.end.median), cells }
    }

    /// Returns the ratio of an allocator's peak to the lowest peer's.
    pub fn peak(&self, at: usize) -> Option<f64> {
        ratio(self.cells[at].as_ref()?.peak.median, self.lowest_peak.as_ref()?.1)
    }

    /// Returns the same of what stays.
    pub fn end(&self, at: usize) -> Option<f64> {
        ratio(self.cells[at].as_ref()?.end.median, self.lowest_end.as_ref()?.1)
    }
}

impl<'a> Board<'a> {
    pub fn of(runs: &[Run<'_>], loads: &[&'a str], allocators: &'a [Allocator]) -> Board<'a> {
        Board { allocators, lines: loads.iter().map(|load| Line::of(runs, load, allocators)).collect() }
    }

    /// Returns the scores, in the order of the allocators.
    pub fn scores(&self) -> Vec<Score> {
        (0..self.allocators.len()).map(|at| self.score(at)).collect()
    }

    fn score(&self, at: usize) -> Score {
        let mean = |value: fn(&Line<'_>, usize) -> Option<f64>| {
            geometric_mean(&self.lines.iter().filter_map(|line| value(line, at)).collect::<Vec<f64>>())
        };
        Score {
            allocator: self.allocators[at].name.clone(),
            peak: mean(|line, at| line.peak(at)),
            end: mean(|line, at| line.end(at)),
            loads: self.lines.iter().filter(|line| line.cells[at].is_some()).count(),
            failed: self.lines.iter().filter(|line| line.cells[at].is_none()).count(),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::memory::trace::tests::trace;
    use crate::score::tests::allocator;

    pub fn run(load: &'static str, allocator: &'static str, round: u32, kib: Option<(u64, u64)>) -> Run<'static> {
        let trace = kib.map(|(peak, end)| trace(peak, end));
        Run { round, load, allocator, code: i32::from(trace.is_none()), trace }
    }

    pub fn allocators() -> Vec<Allocator> {
        vec![allocator("glibc", false), allocator("quarry", true), allocator("other", false)]
    }

    #[test]
    fn score_is_the_mean_of_ratios_to_the_lowest_peer() {
        let runs = [
            run("a", "glibc", 1, Some((4096, 4096))),
            run("a", "quarry", 1, Some((2048, 1024))),
            run("a", "other", 1, Some((8192, 2048))),
            run("b", "glibc", 1, Some((1024, 1024))),
            run("b", "quarry", 1, Some((2048, 2048))),
            run("b", "other", 1, None),
        ];
        let all = allocators();
        let board = Board::of(&runs, &["a", "b"], &all);
        assert_eq!(board.lines[0].lowest_peak, Some(("glibc".to_owned(), 4.0)));
        assert_eq!(board.lines[0].lowest_end, Some(("other".to_owned(), 2.0)));
        let scores = board.scores();
        let near = |value: Option<f64>, wanted: f64| (value.unwrap() - wanted).abs() < 1e-9;
        assert!(near(scores[1].peak, 1.0) && near(scores[1].end, 1.0), "{scores:?}");
        assert!(near(scores[2].peak, 2.0) && scores[2].failed == 1 && scores[2].loads == 1);
    }

    /// A run that was killed was not a small one.
    #[test]
    fn load_that_failed_in_one_round_has_no_cell() {
        let runs = [run("a", "glibc", 1, Some((4096, 1024))), run("a", "glibc", 2, None)];
        let all = allocators();
        let board = Board::of(&runs, &["a"], &all);
        assert_eq!(board.lines[0].cells, [None, None, None]);
    }

    #[test]
    fn cells_are_medians_over_rounds() {
        let runs = [(1, 1024), (2, 9216), (3, 2048)].map(|(round, end)| run("a", "glibc", round, Some((10240, end))));
        let all = allocators();
        let cell = Board::of(&runs, &["a"], &all).lines.remove(0).cells.remove(0).unwrap();
        assert_eq!((cell.peak.median, cell.end.median, cell.areas), (10.0, 2.0, Some(3)));
        assert_eq!((cell.marks[0].name.as_str(), cell.marks[0].value), ("end", 2.0));
        assert_eq!((cell.figures[0].name.as_str(), cell.figures[0].value), ("kept", 1.5));
    }
}
