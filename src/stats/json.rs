//! Statistics as one JSON object (RFC 8259) on one line, so that reports appended to a file make a file of lines.
//! Each goes out in several writes: processes that end at the same moment need a file each.
//!
//! `version` is 1 as long as no name changes its meaning; names may be added. A fact that could not be learnt is
//! `null`. All numbers are whole and below 2^64: a reader that keeps numbers as doubles rounds those above 2^53.

use super::{Figures, classes, free_runs, instrument};
use crate::report::write::Writer;

/// Writes the statistics as a JSON object that ends with a newline.
pub fn write(figures: &dyn Figures, out: &mut Writer<'_>) {
    // First: what follows takes locks.
    let counted = figures.instrument();
    out.text("{\"version\":1,\"totals\":");
    write_object(figures.totals().facts(), out);

    out.text(",\"classes\":[");
    for (index, class) in classes(figures).enumerate() {
        comma_unless_first(index, out);
        write_object(class.facts().map(|(name, value)| (name, Some(value))), out);
    }

    out.text("],\"free_runs\":[");
    for (index, runs) in free_runs(figures).enumerate() {
        comma_unless_first(index, out);
        let facts = [("order", runs.order as u64), ("run_bytes", runs.run_bytes), ("count", runs.count)];
        write_object(facts.map(|(name, value)| (name, Some(value))), out);
    }
    out.text("]");
    instrument::write_json(counted.as_ref(), figures, out);
    out.text("}\n");
}

/// Writes the facts as an object. Their names need no escapes: they are names of Rust fields.
pub(super) fn write_object<const COUNT: usize>(facts: [(&'static str, Option<u64>); COUNT], out: &mut Writer<'_>) {
    out.text("{");
    for (index, (name, value)) in facts.into_iter().enumerate() {
        comma_unless_first(index, out);
        out.text("\"").text(name).text("\":");
        match value {
            Some(value) => out.decimal(value),
            None => out.text("null"),
        };
    }
    out.text("}");
}

/// Writes the comma that stands before every item but the first.
pub(super) fn comma_unless_first(index: usize, out: &mut Writer<'_>) {
    if index != 0 {
        out.text(",");
    }
}

#[cfg(test)]
mod tests {
    use super::super::Figures;
    use super::super::fake::{EMPTY, SMALL, VAST, written};
    use serde_json::Value;

    #[test]
    fn small_heap_reads_exactly_so() {
        assert_eq!(
            written(super::write, &SMALL),
            "\
{\"version\":1,\"totals\":{\"process_id\":4711,\"reserved_bytes\":68719476736,\"committed_bytes\":2097152,\
\"resident_bytes\":53248,\"metadata_bytes\":4096,\"active_bytes\":16384,\"retained_bytes\":2043904,\"used_bytes\":53248,\"live_bytes\":1536,\"live_objects\":30,\"magazine_bytes\":128,\
\"depot_bytes\":0,\"dirty_bytes\":32768,\"purged_bytes\":0,\"areas\":1,\"area_bytes\":1610612736,\"arenas\":1,\
\"threads_alive\":1,\"threads_born\":2,\"refills\":4,\"flushes\":5,\"exchanges\":3,\"purges\":0},\"classes\":[\
{\"object_bytes\":16,\"slab_bytes\":16384,\"live\":20,\"in_magazines\":8,\"in_depot\":0,\"capacity\":1024,\
\"slabs_full\":0,\"slabs_partial\":1,\"slabs_empty\":0,\"counted\":60,\"active_bytes\":16384},\
{\"object_bytes\":40960,\"slab_bytes\":49152,\"live\":0,\"in_magazines\":0,\"in_depot\":0,\"capacity\":0,\
\"slabs_full\":0,\"slabs_partial\":0,\"slabs_empty\":0,\"counted\":7,\"active_bytes\":0}],\"free_runs\":[\
{\"order\":0,\"run_bytes\":16384,\"count\":1},{\"order\":16,\"run_bytes\":1073741824,\"count\":63}]}\n"
        );
    }

    #[test]
    fn every_heap_gives_one_line_that_parses_back_to_its_figures() {
        for heap in [&EMPTY, &SMALL, &VAST] {
            let text = written(super::write, heap);
            assert_eq!(text.find('\n'), Some(text.len() - 1), "one line");
            let value: Value = serde_json::from_str(&text).unwrap();
            let totals = heap.totals();
            assert_eq!(value["version"], 1);
            assert_eq!(value["totals"]["live_bytes"], totals.live_bytes);
            assert_eq!(value["totals"]["resident_bytes"].as_u64(), totals.resident_bytes);
            for class in value["classes"].as_array().unwrap() {
                assert!(
                    heap.classes
                        .iter()
                        .any(|row| class["object_bytes"] == row.object_bytes && class["counted"] == row.counted)
                );
            }
            for runs in value["free_runs"].as_array().unwrap() {
                let order = runs["order"].as_u64().unwrap();
                assert_eq!(runs["count"], heap.free_runs(order as usize));
                assert_eq!(runs["run_bytes"], 16384_u64 << order);
            }
        }
    }
}
