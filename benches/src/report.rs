//! Quarry's own figures, as `stats:json` writes them at the end of each process, and their tables.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use comfy_table::Table;
use serde::{Deserialize, Serialize};

use crate::table::{plain, size};

/// The version of the form in which the names below have their meaning.
const VERSION: u64 = 1;

/// Classes shown. The rest holds little; all of them would fill two screens.
const CLASSES_SHOWN: usize = 20;

/// What one process reported.
#[derive(Debug, Deserialize)]
pub struct Report {
    version: u64,
    totals: Totals,
    classes: Vec<Class>,
    instrument: Option<Instrument>,
}

/// What a build with the feature `instrument` counts besides.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Instrument {
    pub allocations: u64,
    pub frees: u64,
    /// Atomic read-modify-writes of shared words, those of locks among them.
    pub read_modify_writes: u64,
    pub other_read_modify_writes: u64,
    /// By rank.
    pub locks: BTreeMap<String, Locks>,
}

/// The locks of a rank.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Locks {
    pub taken: u64,
    pub waited: u64,
    pub read_modify_writes: u64,
    pub held_ns: u64,
    /// Takes of the lock that was taken most.
    pub most_taken: u64,
}

#[derive(Debug, Deserialize)]
struct Totals {
    process_id: u64,
    reserved_bytes: u64,
    committed_bytes: u64,
    /// None where the process could not learn it.
    resident_bytes: Option<u64>,
    metadata_bytes: u64,
    live_bytes: u64,
    live_objects: u64,
    magazine_bytes: u64,
    depot_bytes: u64,
    dirty_bytes: u64,
    purged_bytes: u64,
    areas: u64,
    area_bytes: u64,
    arenas: u64,
    threads_alive: u64,
    threads_born: u64,
    refills: u64,
    flushes: u64,
    exchanges: u64,
    purges: u64,
}

#[derive(Debug, Deserialize)]
struct Class {
    object_bytes: u64,
    live: u64,
    in_magazines: u64,
    in_depot: u64,
    slabs_full: u64,
    slabs_partial: u64,
    slabs_empty: u64,
}

/// The reports of a program's processes.
#[derive(Debug, Default)]
pub struct Reports {
    whole: Vec<Report>,
    /// Reports of processes that ended, or were still at it, in the middle of writing.
    cut_short: usize,
}

impl Reports {
    /// Reads every file in `folder`.
    pub fn read(folder: &Path) -> Result<Reports> {
        let mut reports = Reports::default();
        for entry in std::fs::read_dir(folder).context("cannot list the reports")? {
            let path = entry.context("cannot list the reports")?.path();
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            reports.add(&text)?;
        }
        Ok(reports)
    }

    /// Adds the reports in `text`, one on each line: two processes that bore the same number share a file.
    fn add(&mut self, text: &str) -> Result<()> {
        for line in text.lines() {
            match serde_json::from_str::<Report>(line) {
                Ok(report) if report.version == VERSION => self.whole.push(report),
                Ok(report) => bail!("Quarry's report has version {}, known here is {VERSION}", report.version),
                Err(error) if error.is_eof() => self.cut_short += 1,
                Err(error) => return Err(error).with_context(|| format!("Quarry's report: {line}")),
            }
        }
        Ok(())
    }

    /// Returns what the process with the most calls counted; `None` if none of them is of an instrumented build.
    pub fn instrument(self) -> Option<Instrument> {
        self.whole.into_iter().filter_map(|report| report.instrument).max_by_key(|counted| counted.allocations)
    }

    /// Returns the text on the process with the most memory.
    pub fn text(&self) -> Result<String> {
        let Some(report) = self.whole.iter().max_by_key(|report| report.memory()) else {
            bail!("no process of the program wrote Quarry's figures");
        };
        let cut_short = match self.cut_short {
            0 => String::new(),
            count => format!(" ({count} more did not finish writing)"),
        };
        Ok(format!(
            "Quarry's own figures: process {}, the one with the most memory of {}{cut_short}\n\n{}\n\n{}",
            report.totals.process_id,
            self.whole.len(),
            report.totals.table(),
            report.classes_text()
        ))
    }
}

impl Report {
    /// Orders reports by memory: what the heap ever committed (that never shrinks) with its areas, then what was
    /// resident at the end.
    fn memory(&self) -> (u64, Option<u64>) {
        (self.totals.committed_bytes.saturating_add(self.totals.area_bytes), self.totals.resident_bytes)
    }

    /// Returns the table of the classes that hold the most bytes, and a line about the rest.
    fn classes_text(&self) -> String {
        let mut classes: Vec<&Class> = self.classes.iter().collect();
        classes.sort_by_key(|class| (std::cmp::Reverse(class.held_bytes()), class.object_bytes));
        let header = ["object B", "live", "in magazines", "in depot", "held", "slabs full", "partial", "empty"];
        let mut table = plain(&header, 0);
        for class in classes.iter().take(CLASSES_SHOWN) {
            table.add_row([
                class.object_bytes.to_string(),
                class.live.to_string(),
                class.in_magazines.to_string(),
                class.in_depot.to_string(),
                size(class.held_bytes()),
                class.slabs_full.to_string(),
                class.slabs_partial.to_string(),
                class.slabs_empty.to_string(),
            ]);
        }
        match classes.len().saturating_sub(CLASSES_SHOWN) {
            0 => format!("{table}"),
            more => format!(
                "{table}\nand {more} more {} that hold less; QUARRY_CONF=stats:exit with Quarry preloaded shows all",
                if more == 1 { "class" } else { "classes" }
            ),
        }
    }
}

impl Totals {
    fn table(&self) -> Table {
        let resident = self.resident_bytes.map_or_else(|| "-".to_owned(), size);
        let rows = [
            ("live", format!("objects with the program: {}", self.live_objects), size(self.live_bytes)),
            ("magazines", "free objects held by threads".to_owned(), size(self.magazine_bytes)),
            ("depot", "free objects between threads".to_owned(), size(self.depot_bytes)),
            ("dirty", "free runs used since they were last purged".to_owned(), size(self.dirty_bytes)),
            ("metadata", "the allocator's own records".to_owned(), size(self.metadata_bytes)),
            ("committed", "may be touched".to_owned(), size(self.committed_bytes)),
            ("reserved", format!("address space of arenas: {}", self.arenas), size(self.reserved_bytes)),
            ("resident", "backed by the kernel at the end".to_owned(), resident),
            ("areas", format!("large requests with an area of their own: {}", self.areas), size(self.area_bytes)),
            ("purged", format!("given up to the kernel, times: {}", self.purges), size(self.purged_bytes)),
            (
                "threads",
                format!("alive at the end, of all born: {}", self.threads_born),
                self.threads_alive.to_string(),
            ),
            ("refills", "magazines filled from slabs".to_owned(), self.refills.to_string()),
            ("flushes", "magazines emptied into slabs".to_owned(), self.flushes.to_string()),
            ("exchanges", "magazines exchanged with the depot".to_owned(), self.exchanges.to_string()),
        ];
        let mut table = plain(&["total", "what it is", "amount"], 2);
        for (name, what, amount) in rows {
            table.add_row([name.to_owned(), what, amount]);
        }
        table
    }
}

impl Class {
    /// Bytes of the objects that the program, magazines and the depot hold.
    fn held_bytes(&self) -> u64 {
        let objects = self.live.saturating_add(self.in_magazines).saturating_add(self.in_depot);
        objects.saturating_mul(self.object_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a line as Quarry writes it, with one class for each pair of object size and live objects.
    fn line(process: u64, committed: u64, resident: &str, classes: &[(u64, u64)]) -> String {
        let classes: Vec<String> = classes
            .iter()
            .map(|(object, live)| {
                format!(
                    "{{\"object_bytes\":{object},\"slab_bytes\":65536,\"live\":{live},\"in_magazines\":1,\
                     \"in_depot\":2,\"capacity\":4096,\"slabs_full\":0,\"slabs_partial\":1,\"slabs_empty\":0,\
                     \"counted\":56}}"
                )
            })
            .collect();
        format!(
            "{{\"version\":1,\"totals\":{{\"process_id\":{process},\"reserved_bytes\":102111313920,\
             \"committed_bytes\":{committed},\"resident_bytes\":{resident},\"metadata_bytes\":344064,\
             \"live_bytes\":36480,\"live_objects\":156,\"magazine_bytes\":173568,\"depot_bytes\":0,\"dirty_bytes\":0,\
             \"purged_bytes\":0,\"areas\":0,\"area_bytes\":0,\"arenas\":1,\"threads_alive\":1,\"threads_born\":3,\
             \"refills\":29,\"flushes\":4,\"exchanges\":5,\"purges\":0}},\"classes\":[{}],\"free_runs\":[]}}\n",
            classes.join(",")
        )
    }

    fn reports(text: &str) -> Reports {
        let mut reports = Reports::default();
        reports.add(text).unwrap();
        reports
    }

    /// Returns the cells of each line of a table in `text`, without spaces.
    fn cells(text: &str) -> Vec<Vec<&str>> {
        let lines = text.lines().filter(|line| line.starts_with('|'));
        lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
    }

    #[test]
    fn text_shows_totals_and_classes() {
        let text = reports(&line(7, 2 << 20, "2588672", &[(16, 40)])).text().unwrap();
        assert!(text.starts_with("Quarry's own figures: process 7, the one with the most memory of 1\n"));
        let cells = cells(&text);
        let amount = |name: &str| cells.iter().find(|row| row[0] == name).map(|row| row[2]);
        assert_eq!(amount("live"), Some("35.6 KiB"));
        assert_eq!(amount("committed"), Some("2.0 MiB"));
        assert_eq!(amount("resident"), Some("2.5 MiB"));
        assert_eq!(amount("threads"), Some("1"));
        assert_eq!(amount("exchanges"), Some("5"));
        assert_eq!(cells.last().unwrap()[..], ["16", "40", "1", "2", "688 B", "0", "1", "0"]);
        assert!(!text.contains("more class"));
    }

    #[test]
    fn resident_that_is_unknown_is_a_dash() {
        let text = reports(&line(7, 1, "null", &[])).text().unwrap();
        assert!(cells(&text).iter().any(|row| row[0] == "resident" && row[2] == "-"));
    }

    /// Committed decides; resident only between equals, and any that is known beats none.
    #[test]
    fn process_with_the_most_memory_is_shown() {
        let lines = [line(1, 10, "900", &[]), line(2, 20, "null", &[]), line(3, 20, "1", &[])].concat();
        assert!(reports(&lines).text().unwrap().contains("process 3, the one with the most memory of 3"));
    }

    /// Many small objects can hold more than a few large ones: bytes order the classes, not sizes or counts.
    #[test]
    fn classes_stand_in_order_of_bytes_held_and_the_rest_is_counted() {
        let mut classes: Vec<(u64, u64)> = (1..=22).map(|class| (class * 16, 10)).collect();
        classes[0].1 = 10_000;
        let text = reports(&line(1, 1, "1", &classes)).text().unwrap();
        let cells = cells(&text);
        let header = cells.iter().position(|row| row[0] == "object B").unwrap();
        let sizes: Vec<&str> = cells[header + 2..].iter().map(|row| row[0]).collect();
        assert_eq!(sizes.len(), CLASSES_SHOWN);
        assert_eq!(sizes[..3], ["16", "352", "336"]);
        assert!(
            text.ends_with("and 2 more classes that hold less; QUARRY_CONF=stats:exit with Quarry preloaded shows all")
        );
    }

    /// An orphan may still be writing while its report is read.
    #[test]
    fn report_cut_short_is_counted_and_left_out() {
        let whole = line(1, 1, "1", &[]);
        let text = reports(&format!("{whole}{}", &whole[..100])).text().unwrap();
        assert!(text.contains("of 1 (1 more did not finish writing)"), "{text}");
        assert!(reports(&whole[..100]).text().is_err());
    }

    #[test]
    fn report_in_another_form_is_an_error() {
        let mut reports = Reports::default();
        assert!(reports.add(&line(1, 1, "1", &[]).replace("\"version\":1", "\"version\":2")).is_err());
        assert!(reports.add("quarry: memory of process 7\n").is_err());
    }
}
