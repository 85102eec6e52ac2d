//! The results of a bench as files: every run as CSV, everything as JSON, plots as SVG, and the page for people.

use std::fmt::Write;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::allocator;
use crate::cell::{Cell, Row};
use crate::machine::Machine;
use crate::plot::{self, Quantity};
use crate::score::{Board, Score};
use crate::tables;

#[derive(Serialize)]
pub struct Results<'a> {
    pub machine: &'a Machine,
    pub form: &'a str,
    pub rounds: u32,
    pub threads: &'a [u32],
    pub minutes: f64,
    pub board: &'a Board,
    pub scores: &'a [Score],
    pub cells: &'a [Cell],
    pub failures: &'a [String],
    pub runs: &'a [Row<'a>],
}

impl Results<'_> {
    /// Returns what was measured and on what, line by line.
    fn origin(&self) -> String {
        let threads: Vec<String> = self.threads.iter().map(u32::to_string).collect();
        format!(
            "{}versions {}\nform     {}, {} rounds, threads {}, {:.0} minutes\n",
            self.machine.text(),
            allocator::versions(&self.board.allocators),
            self.form,
            self.rounds,
            threads.join(" "),
            self.minutes
        )
    }

    /// Writes every run.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        write_csv(path, &self.origin(), self.runs)
    }

    pub fn write_json(&self, path: &Path) -> Result<()> {
        write_json(path, self)
    }

    /// Writes the plot of times to `path`, and that of peak RSS beside it: `x.svg`, `x-rss.svg`.
    pub fn write_plots(&self, path: &Path) -> Result<()> {
        let stem = path.file_stem().context("the plot needs a name")?.to_string_lossy();
        let beside = path.with_file_name(format!("{stem}-rss.svg"));
        let origin = self.origin();
        let plots = [(path, Quantity::Time), (beside.as_path(), Quantity::Rss)];
        for (path, quantity) in plots {
            let text = plot::svg(self.board, self.scores, quantity, &origin)?;
            create(path)?.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    pub fn write_markdown(&self, path: &Path) -> Result<()> {
        create(path)?.write_all(self.markdown()?.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
    }

    fn markdown(&self) -> Result<String> {
        let mut text = String::new();
        write!(
            text,
            "# The last full run\n\nWritten by `make bench-full`; the end says how to repeat it.\n\n\
             ```text\n{}```\n\n## Score\n\n{}\n\n{}\n\n",
            self.origin(),
            tables::SCORES_ARE,
            tables::scores(self.scores)
        )?;
        for (score, allocator) in self.scores.iter().zip(&self.board.allocators) {
            if allocator.own {
                writeln!(text, "{}.\n", tables::standing(score))?;
            }
        }
        write!(
            text,
            "## Time\n\nMedian wall time divided by the best peer's. A name with a number is a load on so many \
             threads.\n\n{}\n\n![time by load, divided by the best peer's](results.svg)\n\n## Peak RSS\n\nMedian peak \
             RSS of the largest process, divided by the lowest peer's.\n\n{}\n\n![peak RSS by load, divided by the \
             lowest peer's](results-rss.svg)\n\n",
            tables::time_ratios(self.board),
            tables::rss_ratios(self.board)
        )?;
        if !self.failures.is_empty() {
            text.push_str("## Failed\n\nLoads that did not end well on an allocator count in none of its means.\n\n");
            for failure in self.failures {
                writeln!(text, "- {failure}")?;
            }
            text.push('\n');
        }
        write!(
            text,
            "## Figures\n\n{}\n\n## How to repeat it\n\n```sh\nmake bench-peers    # the peers, as they are named \
             above\nmake bench-full     # hours; writes this page\n```\n\n`make bench` runs the short form in under ten \
             minutes. Single runs are in `target/bench/full.csv`, all of it in\n`target/bench/full.json`. Nothing else \
             should run on the machine: the load average above says how well that was kept.\n",
            tables::figures(self.cells)
        )?;
        Ok(text)
    }
}

/// Writes a line for each of `runs`; what was measured, `origin`, stands above the header, in lines that begin with `#`.
pub fn write_csv(path: &Path, origin: &str, runs: &[impl Serialize]) -> Result<()> {
    let mut file = create(path)?;
    for line in origin.lines() {
        writeln!(file, "# {line}").with_context(|| format!("cannot write {}", path.display()))?;
    }
    let mut writer = csv::Writer::from_writer(file);
    for run in runs {
        writer.serialize(run)?;
    }
    writer.flush().with_context(|| format!("cannot write {}", path.display()))
}

/// Writes `all` as people can read it, too.
pub fn write_json(path: &Path, all: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(all)? + "\n";
    create(path)?.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

/// Creates a file and the folders it lies in.
pub fn create(path: &Path) -> Result<std::fs::File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;
    use crate::score::tests::{allocator, cell};

    fn with_results(then: impl FnOnce(&Results<'_>)) {
        let allocators = [allocator("glibc", false), allocator("quarry", true)];
        let cells = [cell("a/2", "glibc", 2.0, 8.0), cell("a/2", "quarry", 1.0, 10.0)];
        let board = Board::of(&cells, &["a/2"], &allocators);
        let scores = board.scores();
        let machine = Machine::read(Place::find().unwrap().root());
        let failures = ["b on glibc: killed: out of time: ".to_owned()];
        then(&Results {
            machine: &machine,
            form: "full",
            rounds: 5,
            threads: &[1, 2],
            minutes: 1.0,
            board: &board,
            scores: &scores,
            cells: &cells,
            failures: &failures,
            runs: &[],
        });
    }

    /// A figure without what it was measured on means nothing.
    #[test]
    fn every_file_says_what_was_measured() {
        with_results(|results| {
            let folder = tempfile::tempdir().unwrap();
            let file = |name: &str| folder.path().join(name);
            results.write_csv(&file("runs.csv")).unwrap();
            results.write_json(&file("all.json")).unwrap();
            results.write_plots(&file("new/plot.svg")).unwrap();
            results.write_markdown(&file("page.md")).unwrap();
            for name in ["runs.csv", "all.json", "new/plot.svg", "new/plot-rss.svg", "page.md"] {
                let text = std::fs::read_to_string(file(name)).unwrap();
                for word in [results.machine.kernel.as_str(), results.machine.commit.as_str(), "glibc"] {
                    assert!(text.contains(word), "{word} in {name}");
                }
            }
        });
    }

    #[test]
    fn page_has_scores_ratios_and_failures() {
        with_results(|results| {
            let page = results.markdown().unwrap();
            for part in ["| quarry | 0.500 |", "| a/2  | glibc     |", "quarry: first on 1 of 1 loads", "- b on glibc"]
            {
                assert!(page.contains(part), "{part} in\n{page}");
            }
        });
    }
}
