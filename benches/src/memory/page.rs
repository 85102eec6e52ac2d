//! The results of the memory loads as tables, and the part of `MEMORY.md` that a run writes.

use std::fmt::Write;

use anyhow::{Context, Result};
use comfy_table::Table;

use crate::memory::board::{Board, Cell, Line, Named, Score};
use crate::memory::catalogue::ENTRIES;
use crate::table::{plain, times};

/// What stands around the part of the page that a run writes.
const BEGIN: &str = "<!-- results:begin -->";
const END: &str = "<!-- results:end -->";

/// Says what the columns of [`scores`] are.
pub const SCORES_ARE: &str = "\
Score: geometric mean over loads of an allocator's peak RSS divided by the lowest peer's on that load, and likewise of
what is resident at the end, when what was freed has been freed; peers are all but Quarry. Below 1 is less than any peer.";

pub fn scores(scores: &[Score]) -> Table {
    let mut table = plain(&["score", "peak RSS", "end RSS", "loads", "failed"], 1);
    let mean = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    for score in scores {
        let [loads, failed] = [score.loads, score.failed].map(|count| count.to_string());
        table.add_row([score.allocator.clone(), mean(score.peak), mean(score.end), loads, failed]);
    }
    table
}

/// Returns the peak of each load on each allocator, divided by the lowest peer's.
pub fn peaks(board: &Board<'_>) -> Table {
    ratios(board, |line| line.lowest_peak.as_ref(), |line, at| line.peak(at))
}

/// Returns what stays of each load on each allocator, divided by the lowest peer's.
pub fn ends(board: &Board<'_>) -> Table {
    ratios(board, |line| line.lowest_end.as_ref(), |line, at| line.end(at))
}

fn ratios(
    board: &Board<'_>,
    lowest: for<'a> fn(&'a Line<'_>) -> Option<&'a (String, f64)>,
    value: fn(&Line<'_>, usize) -> Option<f64>,
) -> Table {
    let names = board.allocators.iter().map(|allocator| allocator.name.as_str());
    let header: Vec<&str> = ["load", "lowest peer", "MiB"].into_iter().chain(names).collect();
    let mut table = plain(&header, 2);
    for line in &board.lines {
        let (peer, mib) = match lowest(line) {
            Some((peer, mib)) => (peer.clone(), format!("{mib:.1}")),
            None => ("-".to_owned(), "-".to_owned()),
        };
        let mut row = vec![line.load.to_owned(), peer, mib];
        row.extend((0..board.allocators.len()).map(|at| times(value(line, at))));
        table.add_row(row);
    }
    table
}

/// Returns one load: a line for each allocator, with every mark and figure that the load has.
pub fn load(board: &Board<'_>, line: &Line<'_>) -> Table {
    let known: Vec<&Cell> = line.cells.iter().flatten().collect();
    let marks = names(&known, |cell| &cell.marks);
    let figures = names(&known, |cell| &cell.figures);
    let mut header: Vec<String> = ["allocator", "peak"].map(str::to_owned).to_vec();
    header.extend(marks.iter().map(|(name, _)| name.clone()));
    header.extend(figures.iter().map(|(name, unit)| format!("{name} ({unit})")));
    header.extend(["areas", "s"].map(str::to_owned));
    let mut table = plain(&header.iter().map(String::as_str).collect::<Vec<_>>(), 1);
    for (allocator, cell) in board.allocators.iter().zip(&line.cells) {
        let mut row = vec![allocator.name.clone()];
        match cell {
            None => {
                row.push("failed".to_owned());
                row.resize(header.len(), "-".to_owned());
            }
            Some(cell) => {
                row.push(format!("{:.1}", cell.peak.median));
                row.extend(marks.iter().map(|(name, _)| value(&cell.marks, name)));
                row.extend(figures.iter().map(|(name, _)| value(&cell.figures, name)));
                row.push(cell.areas.map_or_else(|| "-".to_owned(), |areas| areas.to_string()));
                row.push(format!("{:.1}", cell.wall.median));
            }
        }
        table.add_row(row);
    }
    table
}

/// Returns the names, with their units, that any of the cells has, in the order in which they first come.
fn names(cells: &[&Cell], part: fn(&Cell) -> &Vec<Named>) -> Vec<(String, String)> {
    let mut names: Vec<(String, String)> = Vec::new();
    for named in cells.iter().flat_map(|cell| part(cell)) {
        if !names.iter().any(|(name, _)| *name == named.name) {
            names.push((named.name.clone(), named.unit.clone()));
        }
    }
    names
}

fn value(all: &[Named], name: &str) -> String {
    all.iter().find(|named| named.name == name).map_or_else(|| "-".to_owned(), |named| format!("{:.1}", named.value))
}

/// Returns the part of the page that a run writes. Plots lie in the folder `plots` beside the page.
pub fn results(origin: &str, board: &Board<'_>, all_scores: &[Score], failures: &[String]) -> Result<String> {
    let mut text = String::new();
    write!(
        text,
        "```text\n{origin}```\n\n{SCORES_ARE}\n\n{}\n\nPeak RSS divided by the lowest peer's:\n\n{}\n\n\
         RSS at the end divided by the lowest peer's:\n\n{}\n\n",
        scores(all_scores),
        peaks(board),
        ends(board)
    )?;
    for failure in failures {
        writeln!(text, "- failed: {failure}")?;
    }
    for line in &board.lines {
        let what = ENTRIES.iter().find(|entry| entry.name == line.load).map_or("", |entry| entry.what);
        write!(
            text,
            "\n### {}\n\n{what} MiB where no unit stands.\n\n{}\n\n![{}: RSS over time](memory-plots/{}.svg)\n",
            line.load,
            load(board, line),
            line.load,
            line.load
        )?;
    }
    Ok(text)
}

/// Puts `results` in the place of those that `page` has.
pub fn replaced(page: &str, results: &str) -> Result<String> {
    let (before, rest) = page.split_once(BEGIN).with_context(|| format!("the page has no line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("the page has no line {END}"))?;
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", results.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::board::tests::{allocators, run};
    use crate::place::Place;

    #[test]
    fn results_have_scores_ratios_and_every_load() {
        let runs = [
            run("pair", "glibc", 1, Some((8192, 1024))),
            run("pair", "quarry", 1, Some((4096, 2048))),
            run("pair", "other", 1, None),
        ];
        let all = allocators();
        let board = Board::of(&runs, &["pair"], &all);
        let text = results("commit 1\n", &board, &board.scores(), &["pair on other: killed".to_owned()]).unwrap();
        for part in [
            "| quarry |    0.500 |   2.000 |",
            "| pair | glibc       | 8.0 |  1.00 |",
            "- failed: pair on other",
            "One thread allocates",
            "| allocator |   peak | end | kept (MiB) | areas |   s |",
            "memory-plots/pair.svg",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn replaced_leaves_the_rest_of_the_page_as_it_was() {
        let page = format!("# a\n{BEGIN}\nold\n{END}\nb\n");
        let once = replaced(&page, "new\n").unwrap();
        assert_eq!(once, format!("# a\n{BEGIN}\n\nnew\n\n{END}\nb\n"));
        assert_eq!(replaced(&once, "new\n").unwrap(), once);
        assert!(replaced("# a\n", "new").is_err());
    }

    /// The page must have a place for results, and a word on every load.
    #[test]
    fn page_has_a_place_for_results() {
        let page = std::fs::read_to_string(Place::find().unwrap().source("MEMORY.md")).unwrap();
        assert!(replaced(&page, "new").is_ok());
    }
}
