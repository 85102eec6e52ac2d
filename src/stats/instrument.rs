//! What an instrumented build counts, as text and as the object `instrument` of the JSON report; no other build has it.

use super::Figures;
use super::json::{comma_unless_first, write_object};
use crate::report::write::Writer;
use crate::sync::rank::{RANK_COUNT, Rank};

/// What an instrumented build counted, gathered before the report asks for anything else, which takes locks itself.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Instrument {
    /// Objects handed to the program by threads that had a block; a realloc that moves is an allocation and a free.
    pub allocations: u64,
    /// Objects taken back.
    pub frees: u64,
    /// Atomic read-modify-writes of shared words that are no locks of ours, and tries to take a lock that were given
    /// up.
    pub other_read_modify_writes: u64,
    /// The locks of each rank, in the order of `Rank::NAMES`.
    pub ranks: [RankFigures; RANK_COUNT],
}

/// The locks of a rank.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct RankFigures {
    /// Times one was taken.
    pub taken: u64,
    /// Times of these that it was not free at the first try.
    pub waited: u64,
    /// Read-modify-writes: tries and releases.
    pub read_modify_writes: u64,
    /// Nanoseconds that one was held.
    pub held_ns: u64,
    /// Takes of the lock that was taken most.
    pub most_taken: u64,
}

impl Instrument {
    /// Returns all read-modify-writes of shared words.
    pub fn read_modify_writes(&self) -> u64 {
        self.ranks.iter().map(|rank| rank.read_modify_writes).sum::<u64>() + self.other_read_modify_writes
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, &RankFigures)> {
        Rank::NAMES.iter().map(|(_, name)| *name).zip(&self.ranks)
    }
}

/// Writes `,"instrument":{…}` if anything was counted.
pub(super) fn write_json(counted: Option<&Instrument>, figures: &dyn Figures, out: &mut Writer<'_>) {
    let Some(counted) = counted else { return };
    out.text(",\"instrument\":{\"allocations\":").decimal(counted.allocations);
    out.text(",\"frees\":").decimal(counted.frees);
    out.text(",\"read_modify_writes\":").decimal(counted.read_modify_writes());
    out.text(",\"other_read_modify_writes\":").decimal(counted.other_read_modify_writes);
    out.text(",\"locks\":{");
    for (index, (name, rank)) in counted.named().enumerate() {
        comma_unless_first(index, out);
        out.text("\"").text(name).text("\":");
        let facts = [
            ("taken", rank.taken),
            ("waited", rank.waited),
            ("read_modify_writes", rank.read_modify_writes),
            ("held_ns", rank.held_ns),
            ("most_taken", rank.most_taken),
        ];
        write_object(facts.map(|(name, value)| (name, Some(value))), out);
    }
    out.text("},\"blocks\":[");
    // One turn per block.
    for index in 0.. {
        let Some((allocations, frees)) = figures.calls_of_block(index) else { break };
        comma_unless_first(index, out);
        write_object([("allocations", Some(allocations)), ("frees", Some(frees))], out);
    }
    out.text("]}");
}

/// Writes the table if anything was counted.
pub(super) fn write_text(counted: Option<&Instrument>, out: &mut Writer<'_>) {
    let Some(counted) = counted else { return };
    out.text("\ncounted: ").decimal(counted.allocations).text(" allocations, ").decimal(counted.frees);
    out.text(" frees, ").decimal(counted.read_modify_writes()).text(" read-modify-writes of shared words\n");
    out.text("  lock           taken      waited         rmws       held ns   most taken\n");
    for (name, rank) in counted.named() {
        out.text("  ").left(name, 8).right(rank.taken, 12).right(rank.waited, 12);
        out.right(rank.read_modify_writes, 13).right(rank.held_ns, 14).right(rank.most_taken, 13).text("\n");
    }
    out.text("  others").right(counted.other_read_modify_writes, 39).text("\n");
}

#[cfg(test)]
mod tests {
    use super::super::fake::{COUNTED, EMPTY, written};
    use serde_json::Value;

    #[test]
    fn build_that_counts_nothing_reports_nothing() {
        assert!(!written(super::super::write_json, &EMPTY).contains("instrument"));
        assert!(!written(super::super::write_text, &EMPTY).contains("counted: "));
    }

    #[test]
    fn counts_parse_back() {
        let value: Value = serde_json::from_str(&written(super::super::write_json, &COUNTED)).unwrap();
        let counted = &value["instrument"];
        assert_eq!(counted["allocations"], 1000);
        assert_eq!(counted["read_modify_writes"], 25, "those of locks and the others");
        assert_eq!(counted["locks"]["depot"]["waited"], 2);
        assert_eq!(counted["locks"].as_object().unwrap().len(), super::RANK_COUNT);
        assert_eq!(counted["blocks"][1]["frees"], 300);
        assert_eq!(counted["blocks"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn text_reads_exactly_so() {
        let text = written(super::super::write_text, &COUNTED);
        let from = text.find("\ncounted").unwrap();
        let lines: Vec<&str> = text[from..].lines().filter(|line| !line.ends_with(" 0")).collect();
        assert_eq!(
            lines,
            [
                "",
                "counted: 1000 allocations, 900 frees, 25 read-modify-writes of shared words",
                "  lock           taken      waited         rmws       held ns   most taken",
                "  depot             10           2           22           700            6",
                "  others                                      3",
            ]
        );
    }

    use std::vec::Vec;
}
