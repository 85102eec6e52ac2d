//! The free runs of each arena by order, as /proc/buddyinfo has those of each zone.

use super::Figures;
use crate::base::{GRANULE, ORDER_COUNT};
use crate::report::write::Writer;

/// Calls `row` with each arena's number.
fn for_each(figures: &dyn Figures, mut row: impl FnMut(usize)) {
    // Ends at the number of arenas.
    for arena in (0..).take_while(|&arena| figures.free_runs_of(arena, 0).is_some()) {
        row(arena);
    }
}

/// Writes a line per arena: its number, then how many runs are free of order 0 (16 KiB), 1, and so on to 16 (1 GiB).
pub fn write(figures: &dyn Figures, out: &mut Writer<'_>) {
    for_each(figures, |arena| {
        out.text("arena ").right(arena as u64, 2).text(", free runs");
        for order in 0..ORDER_COUNT {
            out.text(" ").right(figures.free_runs_of(arena, order).unwrap_or(0), 6);
        }
        out.text("\n");
    });
}

/// Writes the same as one JSON object on a line.
pub fn write_json(figures: &dyn Figures, out: &mut Writer<'_>) {
    out.text("{\"version\":1,\"order_0_bytes\":").decimal(GRANULE as u64).text(",\"arenas\":[");
    for_each(figures, |arena| {
        out.text(if arena == 0 { "" } else { "," }).text("{\"arena\":").decimal(arena as u64).text(",\"free_runs\":[");
        for order in 0..ORDER_COUNT {
            out.text(if order == 0 { "" } else { "," });
            out.decimal(figures.free_runs_of(arena, order).unwrap_or(0));
        }
        out.text("]}");
    });
    out.text("]}\n");
}

#[cfg(test)]
mod tests {
    use super::super::Figures;
    use super::super::fake::{EMPTY, SMALL, VAST, written};
    use std::vec::Vec;

    #[test]
    fn each_line_has_every_order_and_json_says_the_same() {
        for heap in [&EMPTY, &SMALL, &VAST] {
            let text = written(super::write, heap);
            let json: serde_json::Value = serde_json::from_str(&written(super::write_json, heap)).unwrap();
            assert_eq!(json["order_0_bytes"], 16384);
            for (arena, line) in text.lines().enumerate() {
                let counts: Vec<u64> = line.split_whitespace().skip(4).map(|word| word.parse().unwrap()).collect();
                let expected: Vec<u64> = (0..17).map(|order| heap.free_runs(order)).collect();
                assert_eq!(counts, expected, "{line}");
                let listed = json["arenas"][arena]["free_runs"].as_array().unwrap();
                assert!(listed.iter().map(|count| count.as_u64().unwrap()).eq(counts));
            }
            assert_eq!(text.lines().count(), json["arenas"].as_array().unwrap().len());
            assert_eq!(text.lines().count(), 1);
        }
    }
}
