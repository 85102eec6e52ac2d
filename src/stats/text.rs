//! Statistics for a person: `malloc_stats` and the summary at exit.
//!
//! Totals first, one line each; then a table of the classes in use and one of the free runs. No line is longer
//! than 100 columns unless a count outgrows its column, which then pushes the rest of its line.

use super::{Figures, Totals, classes, free_runs, instrument};
use crate::report::write::Writer;

/// Columns of a total's name, and of its amount.
const NAME: usize = 13;
const AMOUNT: usize = 11;

/// The columns of the class table: name and width, where one column of the width keeps neighbours apart.
const COLUMNS: [(&str, usize); 10] = [
    ("object", 10),
    ("slab", 9),
    ("live", 11),
    ("magazines", 11),
    ("depot", 10),
    ("capacity", 11),
    ("full", 8),
    ("partial", 8),
    ("empty", 7),
    ("counted", 14),
];

/// Writes the statistics as text that ends with a newline.
pub fn write(figures: &dyn Figures, out: &mut Writer<'_>) {
    // First: what follows takes locks.
    let counted = figures.instrument();
    write_totals(&figures.totals(), out);
    write_classes(figures, out);
    write_free_runs(figures, out);
    instrument::write_text(counted.as_ref(), out);
}

fn write_totals(totals: &Totals, out: &mut Writer<'_>) {
    out.text("quarry: memory of process ").decimal(totals.process_id).text("\n");

    amount("live", totals.live_bytes, out).text("in ");
    counted(totals.live_objects, "object", out).text("\n");
    amount("magazines", totals.magazine_bytes, out).text("free objects held by threads\n");
    amount("depot", totals.depot_bytes, out).text("free objects between threads\n");
    amount("active", totals.active_bytes, out).text("runs of slabs and objects\n");
    amount("dirty", totals.dirty_bytes, out).text("free runs used since they were last purged\n");
    amount("retained", totals.retained_bytes, out).text("free runs that need no memory\n");
    amount("metadata", totals.metadata_bytes, out).text("the allocator's own records\n");
    if let Some(resident) = totals.resident_bytes {
        amount("resident", resident, out).text("backed by the kernel now\n");
    }
    amount("committed", totals.committed_bytes, out).text("may be touched\n");
    amount("reserved", totals.reserved_bytes, out).text("of address space in ");
    counted(totals.arenas, "arena", out).text("\n");
    amount("areas", totals.area_bytes, out).text("in ");
    counted(totals.areas, "memory area", out).text(" for large requests\n");
    amount("purged", totals.purged_bytes, out).text("given up in ");
    counted(totals.purges, "purge", out).text("\n");

    number("threads", totals.threads_alive, out).text("alive of ").decimal(totals.threads_born).text(" born\n");
    number("exchanges", totals.exchanges, out).text("of magazines with the depot\n");
    number("refills", totals.refills, out).text("of magazines from slabs\n");
    number("flushes", totals.flushes, out).text("of magazines to slabs\n");
}

fn write_classes(figures: &dyn Figures, out: &mut Writer<'_>) {
    let mut rows = classes(figures).peekable();
    if rows.peek().is_none() {
        return;
    }
    out.text("\nclasses in use: sizes in bytes, counts of objects; full, partial and empty count slabs\n");
    for (name, width) in COLUMNS {
        out.text(" ").right_text(name, width.saturating_sub(1));
    }
    out.text("\n");
    for row in rows {
        for ((_, value), (_, width)) in row.facts().into_iter().zip(COLUMNS) {
            out.text(" ").right(value, width.saturating_sub(1));
        }
        out.text("\n");
    }
}

fn write_free_runs(figures: &dyn Figures, out: &mut Writer<'_>) {
    let mut rows = free_runs(figures).peekable();
    if rows.peek().is_none() {
        return;
    }
    out.text("\nfree runs\n");
    for row in rows {
        out.right_size(row.run_bytes, AMOUNT).text("  ").decimal(row.count).text("\n");
    }
}

/// Begins the line of a total in bytes.
fn amount<'w, 'a>(name: &str, bytes: u64, out: &'w mut Writer<'a>) -> &'w mut Writer<'a> {
    out.text("  ").left(name, NAME).right_size(bytes, AMOUNT).text("  ")
}

/// Begins the line of a total that is a count.
fn number<'w, 'a>(name: &str, count: u64, out: &'w mut Writer<'a>) -> &'w mut Writer<'a> {
    out.text("  ").left(name, NAME).right(count, AMOUNT).text("  ")
}

/// Writes a count and what it counts, with an s unless it is one.
fn counted<'w, 'a>(count: u64, what: &str, out: &'w mut Writer<'a>) -> &'w mut Writer<'a> {
    out.decimal(count).text(" ").text(what).text(if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::super::fake::{EMPTY, SMALL, VAST, written};

    #[test]
    fn small_heap_reads_exactly_so() {
        assert_eq!(
            written(super::write, &SMALL),
            "\
quarry: memory of process 4711
  live             1.5 KiB  in 30 objects
  magazines          128 B  free objects held by threads
  depot                0 B  free objects between threads
  active          16.0 KiB  runs of slabs and objects
  dirty           32.0 KiB  free runs used since they were last purged
  retained         1.9 MiB  free runs that need no memory
  metadata         4.0 KiB  the allocator's own records
  resident        52.0 KiB  backed by the kernel now
  committed        2.0 MiB  may be touched
  reserved        64.0 GiB  of address space in 1 arena
  areas            1.5 GiB  in 1 memory area for large requests
  purged               0 B  given up in 0 purges
  threads                1  alive of 2 born
  exchanges              3  of magazines with the depot
  refills                4  of magazines from slabs
  flushes                5  of magazines to slabs

classes in use: sizes in bytes, counts of objects; full, partial and empty count slabs
    object     slab       live  magazines     depot   capacity    full partial  empty       counted
        16    16384         20          8         0       1024       0       1      0            60
     40960    49152          0          0         0          0       0       0      0             7

free runs
   16.0 KiB  1
    1.0 GiB  63
"
        );
    }

    #[test]
    fn empty_heap_has_no_tables_and_leaves_out_what_is_unknown() {
        let text = written(super::write, &EMPTY);
        assert_eq!(text.lines().count(), 16);
        assert!(!text.contains("resident "), "residence is unknown");
        assert!(text.ends_with("of magazines to slabs\n"));
    }

    #[test]
    fn lines_fit_100_columns() {
        for line in written(super::write, &SMALL).lines() {
            assert!(line.len() <= 100, "{line}");
        }
    }

    #[test]
    fn counts_too_wide_for_their_column_stay_apart() {
        let text = written(super::write, &VAST);
        let row = text.lines().find(|line| line.trim_start().starts_with("18446744073709551615")).unwrap();
        assert_eq!(row.split_whitespace().count(), super::COLUMNS.len());
    }
}
