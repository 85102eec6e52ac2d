//! How allocators stand: each load in terms of the best peer there, and the geometric mean of that over all loads.

use serde::Serialize;

use crate::allocator::Allocator;
use crate::cell::Cell;
use crate::figures::{geometric_mean, ratio};

/// A load that takes this much more time than on the best peer counts as one that is behind.
pub const BEHIND: f64 = 1.05;

/// Every load on every allocator, in terms of the best peer.
#[derive(Serialize)]
pub struct Board {
    pub allocators: Vec<Allocator>,
    pub lines: Vec<Line>,
}

/// One load.
#[derive(Serialize)]
pub struct Line {
    pub load: String,
    /// The peer with the least time, and that in seconds; none if no peer finished the load.
    pub fastest: Option<Best>,
    /// The peer with the least memory, and that in MiB.
    pub smallest: Option<Best>,
    /// In the order of the allocators; none where the load failed or no peer finished it.
    pub places: Vec<Option<Place>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Best {
    pub peer: String,
    pub value: f64,
}

/// One load on one allocator, medians divided by the best peer's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Place {
    pub time: f64,
    pub rss: f64,
}

/// One allocator over all loads.
#[derive(Debug, PartialEq, Serialize)]
pub struct Score {
    pub allocator: String,
    /// Geometric means over the loads that it finished; none if there are none.
    pub time: Option<f64>,
    pub rss: Option<f64>,
    /// Loads on which no allocator took less time.
    pub first: usize,
    /// Loads that take more than [`BEHIND`] times the best peer's time, with that ratio, the worst first.
    pub behind: Vec<(String, f64)>,
    pub loads: usize,
    /// Loads that have a place for others and none for this one.
    pub failed: usize,
}

impl Board {
    pub fn of(cells: &[Cell], loads: &[&str], allocators: &[Allocator]) -> Board {
        let lines = loads.iter().map(|load| Line::of(cells, load, allocators)).collect();
        Board { allocators: allocators.to_vec(), lines }
    }

    /// Returns the scores, in the order of the allocators.
    pub fn scores(&self) -> Vec<Score> {
        (0..self.allocators.len()).map(|at| self.score(at)).collect()
    }

    fn score(&self, at: usize) -> Score {
        let places: Vec<Place> = self.lines.iter().filter_map(|line| line.places[at]).collect();
        let mean = |value: fn(&Place) -> f64| geometric_mean(&places.iter().map(value).collect::<Vec<f64>>());
        let time = |line: &Line| Some((line.load.clone(), line.places[at]?.time));
        let mut behind: Vec<(String, f64)> = self.lines.iter().filter_map(time).collect();
        behind.retain(|(_, time)| *time > BEHIND);
        behind.sort_by(|(_, left), (_, right)| right.total_cmp(left));
        Score {
            allocator: self.allocators[at].name.clone(),
            time: mean(|place| place.time),
            rss: mean(|place| place.rss),
            first: self.lines.iter().filter(|line| line.is_first(at)).count(),
            behind,
            loads: places.len(),
            failed: self.lines.iter().filter(|line| line.fastest.is_some()).count() - places.len(),
        }
    }
}

impl Line {
    fn of(cells: &[Cell], load: &str, allocators: &[Allocator]) -> Line {
        let find =
            |allocator: &Allocator| cells.iter().find(|cell| cell.load == load && cell.allocator == allocator.name);
        let best = |value: fn(&Cell) -> f64| {
            let peers = allocators.iter().filter(|allocator| !allocator.own);
            let cell = peers.filter_map(find).min_by(|left, right| value(left).total_cmp(&value(right)))?;
            Some(Best { peer: cell.allocator.clone(), value: value(cell) })
        };
        let fastest = best(|cell| cell.wall.median);
        let smallest = best(|cell| cell.peak_rss.median);
        let place = |allocator: &Allocator| {
            let cell = find(allocator)?;
            let time = ratio(cell.wall.median, fastest.as_ref()?.value)?;
            let rss = ratio(cell.peak_rss.median, smallest.as_ref()?.value)?;
            Some(Place { time, rss })
        };
        let places = allocators.iter().map(place).collect();
        Line { load: load.to_owned(), fastest, smallest, places }
    }

    fn is_first(&self, at: usize) -> bool {
        let least = self.places.iter().flatten().map(|place| place.time).min_by(f64::total_cmp);
        self.places[at].is_some_and(|place| Some(place.time) == least)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::figures::Spread;

    pub fn allocator(name: &str, own: bool) -> Allocator {
        Allocator { name: name.to_owned(), library: None, version: "1".to_owned(), own }
    }

    pub fn cell(load: &str, allocator: &str, wall: f64, peak_rss: f64) -> Cell {
        let always = |value: f64| Spread::of([value]).unwrap();
        Cell {
            load: load.to_owned(),
            allocator: allocator.to_owned(),
            wall: always(wall),
            user: always(wall),
            sys: always(0.0),
            peak_rss: always(peak_rss),
            faults: always(1.0),
        }
    }

    fn three() -> Vec<Allocator> {
        vec![allocator("glibc", false), allocator("quarry", true), allocator("other", false)]
    }

    fn near(value: Option<f64>, wanted: f64) -> bool {
        value.is_some_and(|value| (value - wanted).abs() < 1e-9)
    }

    /// The best peer is found load by load, and Quarry, which is no peer, can be below 1.
    #[test]
    fn score_is_the_mean_of_ratios_to_the_best_peer_of_each_load() {
        let cells = [
            cell("a", "glibc", 4.0, 10.0),
            cell("a", "quarry", 1.0, 20.0),
            cell("a", "other", 2.0, 40.0),
            cell("b", "glibc", 1.0, 10.0),
            cell("b", "quarry", 2.0, 20.0),
            cell("b", "other", 8.0, 5.0),
        ];
        let board = Board::of(&cells, &["a", "b"], &three());
        assert_eq!(board.lines[0].fastest, Some(Best { peer: "other".to_owned(), value: 2.0 }));
        assert_eq!(board.lines[1].smallest, Some(Best { peer: "other".to_owned(), value: 5.0 }));
        let [glibc, quarry, other] = &board.scores()[..] else { panic!() };
        assert!(near(glibc.time, 2f64.sqrt()) && near(quarry.time, 1.0) && near(other.time, 8f64.sqrt()));
        assert!(near(quarry.rss, 8f64.sqrt()));
        assert_eq!((glibc.first, quarry.first, other.first), (1, 1, 0));
        assert_eq!(quarry.behind, [("b".to_owned(), 2.0)]);
    }

    /// Two builds of Quarry are compared with peers, never with each other.
    #[test]
    fn other_builds_of_quarry_are_no_peers() {
        let allocators = [allocator("glibc", false), allocator("quarry", true), allocator("before", true)];
        let cells = [cell("a", "glibc", 4.0, 10.0), cell("a", "quarry", 1.0, 10.0), cell("a", "before", 2.0, 10.0)];
        let scores = Board::of(&cells, &["a"], &allocators).scores();
        assert!(near(scores[1].time, 0.25) && near(scores[2].time, 0.5));
    }

    /// Failing on a load must neither help nor harm a mean, but it is told.
    #[test]
    fn failed_load_counts_in_no_mean() {
        let cells = [
            cell("a", "glibc", 4.0, 10.0),
            cell("a", "quarry", 2.0, 10.0),
            cell("b", "glibc", 4.0, 10.0),
            cell("c", "quarry", 4.0, 10.0),
        ];
        let scores = Board::of(&cells, &["a", "b", "c"], &three()).scores();
        assert!(near(scores[1].time, 0.5));
        assert_eq!((scores[0].loads, scores[0].failed), (2, 0));
        // Load c failed on all peers: there is nothing to compare with.
        assert_eq!((scores[1].loads, scores[1].failed), (1, 1));
        assert_eq!((scores[2].loads, scores[2].failed, scores[2].time), (0, 2, None));
    }

    #[test]
    fn loads_behind_are_more_than_the_margin_and_the_worst_first() {
        let cells = [
            cell("a", "glibc", 1.0, 1.0),
            cell("a", "quarry", 1.05, 1.0),
            cell("b", "glibc", 1.0, 1.0),
            cell("b", "quarry", 1.06, 1.0),
            cell("c", "glibc", 1.0, 1.0),
            cell("c", "quarry", 3.0, 1.0),
        ];
        let scores = Board::of(&cells, &["a", "b", "c"], &three()).scores();
        assert_eq!(scores[1].behind, [("c".to_owned(), 3.0), ("b".to_owned(), 1.06)]);
    }

    #[test]
    fn equals_are_both_first() {
        let cells = [cell("a", "glibc", 1.0, 1.0), cell("a", "quarry", 1.0, 1.0)];
        let scores = Board::of(&cells, &["a"], &three()).scores();
        assert_eq!((scores[0].first, scores[1].first, scores[2].first), (1, 1, 0));
    }
}
