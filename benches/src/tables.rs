//! The results of a bench as tables: figures, ratios to the best peer, scores.

use comfy_table::Table;

use crate::cell::Cell;
use crate::figures::Spread;
use crate::score::{BEHIND, Best, Board, Line, Place, Score};
use crate::table::{plain, times};

/// Returns the figures of all loads, a line for each allocator.
pub fn figures(cells: &[Cell]) -> Table {
    let header =
        ["load", "allocator", "time s", "min", "max", "user s", "sys s", "peak RSS MiB", "min", "max", "faults"];
    let mut table = plain(&header, 2);
    for cell in cells {
        let [wall, wall_min, wall_max] = parts(&cell.wall, 3);
        let [rss, rss_min, rss_max] = parts(&cell.peak_rss, 1);
        table.add_row([
            cell.load.clone(),
            cell.allocator.clone(),
            wall,
            wall_min,
            wall_max,
            format!("{:.3}", cell.user.median),
            format!("{:.3}", cell.sys.median),
            rss,
            rss_min,
            rss_max,
            format!("{:.0}", cell.faults.median),
        ]);
    }
    table
}

fn parts(spread: &Spread, digits: usize) -> [String; 3] {
    [spread.median, spread.min, spread.max].map(|value| format!("{value:.digits$}"))
}

/// Returns the time of each load on each allocator, divided by the best peer's.
pub fn time_ratios(board: &Board) -> Table {
    ratios(board, "best s", 3, |line| line.fastest.as_ref(), |place| place.time)
}

/// Returns the peak RSS of each load on each allocator, divided by the lowest peer's.
pub fn rss_ratios(board: &Board) -> Table {
    ratios(board, "lowest MiB", 1, |line| line.smallest.as_ref(), |place| place.rss)
}

fn ratios(
    board: &Board,
    unit: &str,
    digits: usize,
    best: fn(&Line) -> Option<&Best>,
    value: fn(&Place) -> f64,
) -> Table {
    let names = board.allocators.iter().map(|allocator| allocator.name.as_str());
    let header: Vec<&str> = ["load", "best peer", unit].into_iter().chain(names).collect();
    let mut table = plain(&header, 2);
    for line in &board.lines {
        let mut row = vec![line.load.clone()];
        row.extend(match best(line) {
            Some(best) => [best.peer.clone(), format!("{:.digits$}", best.value)],
            None => ["-".to_owned(), "-".to_owned()],
        });
        row.extend(line.places.iter().map(|place| times(place.as_ref().map(value))));
        table.add_row(row);
    }
    table
}

/// Returns the scores: the last word of a bench.
pub fn scores(scores: &[Score]) -> Table {
    let behind = format!("above {BEHIND}");
    let mut table = plain(&["score", "time", "peak RSS", "first", &behind, "loads", "failed"], 1);
    for score in scores {
        table.add_row([
            score.allocator.clone(),
            score.time.map_or_else(|| "-".to_owned(), |time| format!("{time:.3}")),
            score.rss.map_or_else(|| "-".to_owned(), |rss| format!("{rss:.3}")),
            score.first.to_string(),
            score.behind.len().to_string(),
            score.loads.to_string(),
            score.failed.to_string(),
        ]);
    }
    table
}

/// Says what the columns of [`scores`] are.
pub const SCORES_ARE: &str = "\
Score: geometric mean over loads of an allocator's time divided by the best peer's time on that load, and of its
peak RSS divided by the lowest peer's; peers are all but Quarry. Below 1 is ahead of whichever peer is best.";

/// Says where a build of Quarry stands.
pub fn standing(score: &Score) -> String {
    let behind: Vec<String> = score.behind.iter().map(|(load, time)| format!("{load} {time:.2}")).collect();
    format!(
        "{}: first on {} of {} loads; above {BEHIND} on {}{}{}",
        score.allocator,
        score.first,
        score.loads,
        behind.len(),
        if behind.is_empty() { "" } else { ": " },
        behind.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::tests::{allocator, cell};

    fn board() -> Board {
        let allocators = [allocator("glibc", false), allocator("quarry", true)];
        let cells = [
            cell("a", "glibc", 2.0, 8.0),
            cell("a", "quarry", 1.0, 10.0),
            cell("b", "glibc", 1.0, 8.0),
            cell("b", "quarry", 1.5, 8.0),
            cell("c", "quarry", 1.5, 8.0),
        ];
        Board::of(&cells, &["a", "b", "c"], &allocators)
    }

    #[test]
    fn ratios_have_a_line_per_load_and_a_column_per_allocator() {
        let text = time_ratios(&board()).to_string();
        let lines: Vec<Vec<&str>> =
            text.lines().map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect();
        assert_eq!(lines[0], ["load", "best peer", "best s", "glibc", "quarry"]);
        assert_eq!(lines[2], ["a", "glibc", "2.000", "1.00", "0.50"]);
        assert_eq!(lines[4], ["c", "-", "-", "-", "-"]);
        assert!(rss_ratios(&board()).to_string().contains("1.25"));
    }

    #[test]
    fn standing_names_the_loads_behind() {
        let scores = board().scores();
        assert_eq!(standing(&scores[1]), "quarry: first on 1 of 2 loads; above 1.05 on 1: b 1.50");
    }
}
