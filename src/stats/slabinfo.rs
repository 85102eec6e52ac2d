//! The caches as slabinfo(5) has them: one line per size class and object cache in use, in the columns of its version
//! 2.1 and two more, the objects that lie in the magazines of threads and of the depot.

use super::{CacheFigures, ClassFigures, Figures};
use crate::base::{CLASS_COUNT, Class, OBJECT_CACHES, PAGE};
use crate::report::write::Writer;

/// Columns of a name.
const NAME: usize = 24;

/// Calls `row` for every size class in use and every object cache, with its name, figures and most rounds in a
/// magazine.
fn for_each(figures: &dyn Figures, mut row: impl FnMut(&dyn Fn(&mut Writer<'_>), &ClassFigures, u64)) {
    for index in 0..CLASS_COUNT {
        let Some(class) = figures.class(index).filter(ClassFigures::in_use) else { continue };
        let rounds = Class::from_index(index).map_or(0, |class| u64::from(class.shape().rounds));
        let bytes = class.object_bytes;
        row(&|out| _ = out.text("size-").decimal(bytes), &class, rounds);
    }
    for index in 0..OBJECT_CACHES {
        let Some(CacheFigures { name, class, rounds }) = figures.object_cache(index) else { continue };
        let length = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
        row(&|out| _ = out.raw(name.get(..length).unwrap_or_default()), &class, rounds);
    }
}

/// Returns the columns behind the name, in the order in which they are written, with their names in JSON.
fn columns(class: &ClassFigures, rounds: u64) -> [(&'static str, u64); 11] {
    let slabs_in_use = class.slabs_full + class.slabs_partial;
    let slabs = slabs_in_use + class.slabs_empty;
    [
        ("active_objects", class.live),
        ("objects", class.capacity),
        ("object_bytes", class.object_bytes),
        ("objects_per_slab", class.objects_per_slab),
        ("pages_per_slab", class.slab_bytes / PAGE as u64),
        ("magazine_rounds", rounds),
        ("slabs_in_use", slabs_in_use),
        ("slabs", slabs),
        ("in_magazines", class.in_magazines),
        ("in_depot", class.in_depot),
        ("counted", class.counted),
    ]
}

/// Writes the caches as lines.
pub fn write(figures: &dyn Figures, out: &mut Writer<'_>) {
    out.text("slabinfo - version: 2.1\n");
    out.left("# name", NAME).text("<active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>");
    out.text(" : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>");
    out.text(" : magazines <threads> <depot>\n");
    for_each(figures, |name, class, rounds| {
        let mut length = 0;
        let mut count = |bytes: &[u8]| length += bytes.len();
        let mut measure = Writer::new(&mut count);
        name(&mut measure);
        measure.finish();
        name(out);
        out.left("", NAME.saturating_sub(length + 1));
        let [active, all, size, per_slab, pages, rounds, in_use, slabs, threads, depot, _] =
            columns(class, rounds).map(|(_, value)| value);
        out.text(" ").right(active, 8).text(" ").right(all, 8).text(" ").right(size, 8).text(" ").right(per_slab, 5);
        out.text(" ").right(pages, 5).text(" : tunables ").right(rounds, 4).text(" ").right(rounds, 4).text("    0");
        out.text(" : slabdata ").right(in_use, 6).text(" ").right(slabs, 6).text("      0");
        out.text(" : magazines ").right(threads, 6).text(" ").right(depot, 6).text("\n");
    });
}

/// Writes the caches as one JSON object on a line.
pub fn write_json(figures: &dyn Figures, out: &mut Writer<'_>) {
    out.text("{\"version\":1,\"caches\":[");
    let mut first = true;
    for_each(figures, |name, class, rounds| {
        out.text(if first { "{\"name\":\"" } else { ",{\"name\":\"" });
        first = false;
        name(out);
        out.text("\"");
        for (name, value) in columns(class, rounds) {
            out.text(",\"").text(name).text("\":").decimal(value);
        }
        out.text("}");
    });
    out.text("]}\n");
}

#[cfg(test)]
mod tests {
    use super::super::fake::{EMPTY, SMALL, VAST, written};
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn small_heap_reads_exactly_so() {
        let text = written(super::write, &SMALL);
        let rows: Vec<Vec<&str>> = text.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
        let row = |words: &str| words.split(' ').map(String::from).collect::<Vec<_>>();
        let of_16 = "size-16 20 1024 16 1024 4 : tunables 0 0 0 : slabdata 1 1 0 : magazines 8 0";
        assert_eq!(rows[0], row(of_16));
        assert_eq!(rows[2], row("sessions 3 84 192 42 2 : tunables 100 100 0 : slabdata 2 2 0 : magazines 80 1"));
        assert!(text.starts_with("slabinfo - version: 2.1\n# name "));
    }

    #[test]
    fn every_heap_gives_json_that_parses_and_says_the_same_as_the_lines() {
        for heap in [&EMPTY, &SMALL, &VAST] {
            let text = written(super::write, heap);
            let json = written(super::write_json, heap);
            let value: serde_json::Value = serde_json::from_str(&json).unwrap();
            let caches = value["caches"].as_array().unwrap();
            assert_eq!(caches.len(), text.lines().count() - 2);
            for (line, cache) in text.lines().skip(2).zip(caches) {
                let words: Vec<&str> = line.split_whitespace().collect();
                assert_eq!(words[0], cache["name"].as_str().unwrap());
                for (at, name) in [(1, "active_objects"), (2, "objects"), (3, "object_bytes"), (14, "slabs")] {
                    assert_eq!(words[at].parse::<u64>().unwrap(), cache[name].as_u64().unwrap(), "{name} in {line}");
                }
            }
        }
    }
}
