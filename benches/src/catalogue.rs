//! The table of the loads written here: programs of `loads/`, and how much each has to do.

/// A load: a program and its arguments.
pub struct Entry {
    pub name: &'static str,
    /// A file of `loads/`.
    pub source: &'static str,
    /// Arguments of the short form, a quarter of a second on two cores of 2.6 GHz. `T` stands for the number of
    /// threads: an entry with one is as many loads as there are numbers.
    pub short: &'static str,
    /// Arguments of the full form, 1 to 5 s, where the start no longer counts.
    pub full: &'static str,
    /// The numbers of threads that mean something, from the least to the most.
    pub threads: (u32, u32),
}

pub const ENTRIES: &[Entry] = &[
    // Small objects, one thread.
    entry("numbers", "numbers.c", "300000 1", "5000000 1"),
    entry("minimise", "minimise.c", "300 1", "3500 1"),
    entry("bodies", "bodies.c", "4 20000", "60 20000"),
    entry("simple-few", "simple.c", "10000000 1 25", "120000000 1 25"),
    entry("simple-many", "simple.c", "2000000 1 1600", "80000000 1 1600"),
    entry("churn", "churn.c", "5000000 1 10000 16 1024", "40000000 1 10000 16 1024"),
    entry("batch-order", "batch.c", "1500 1 10000 64", "24000 1 10000 64"),
    entry("batch-reverse", "batch.c", "1500 2 10000 64", "24000 2 10000 64"),
    entry("batch-shuffled", "batch.c", "1000 3 10000 64", "16000 3 10000 64"),
    entry("wide", "wide.c", "300000 128 16 64", "6000000 2048 16 64"),
    // Several threads, each by itself.
    entry("churn-threads", "churn.c", "5000000 T 10000 16 1024", "50000000 T 10000 16 1024").from(2),
    entry("skewed", "skewed.c", "15000000 T 1024", "120000000 T 1024"),
    entry("sweep", "sweep.c", "12000000 T 1", "200000000 T 1"),
    entry("objects", "objects.cpp", "700000 T", "10000000 T"),
    entry("births", "births.c", "2500 T 32", "40000 T 32"),
    // Several threads that pass objects on.
    entry("sweep-others", "sweep.c", "8000000 T 2", "200000000 T 2").from(2),
    entry("handoff-even", "handoff.c", "40000 T T 16 256", "600000 T T 16 256"),
    entry("handoff-two-to-one", "handoff.c", "30000 2 1 16 256", "600000 2 1 16 256"),
    entry("server", "server.c", "6000000 T 1000 8 1000 400", "60000000 T 1000 8 1000 4000"),
    entry("relay", "relay.c", "400000 T 16", "6000000 T 16"),
    entry("migrate", "migrate.c", "1500000 T 20", "25000000 T 100"),
    entry("trees", "trees.c", "700000 T 20000", "12000000 T 20000"),
    entry("crossing", "crossing.c", "1000000 T 16000", "25000000 T 16000"),
    entry("thrash", "sharing.c", "60000 T 1 8 1000", "500000 T 1 8 1000"),
    entry("scratch", "sharing.c", "60000 T 2 8 1000", "500000 T 2 8 1000"),
    // realloc, calloc, alignment.
    entry("append", "append.c", "3000000 T 1000 4096", "60000000 T 1000 4096").up_to(2),
    entry("aligned", "aligned.c", "5000000 T 1000", "60000000 T 1000").up_to(2),
    entry("grow-double", "grow.c", "4 200 67108864 1", "80 200 67108864 1"),
    entry("grow-tenth", "grow.c", "2 110 67108864 1", "80 110 67108864 1"),
    entry("grow-two", "grow.c", "2 150 67108864 2", "50 150 67108864 2"),
    entry("zeroed", "zeroed.c", "25 256 4194304 16", "300 256 4194304 16"),
    // Much memory.
    entry("large", "large.c", "170 65536 33554432 16", "4000 65536 33554432 16"),
    entry("burst-small", "burst.c", "1 1 256 16 2048", "5 1 1024 16 2048"),
    entry("burst-mixed", "burst.c", "1 2 256 64 65536", "8 2 1024 64 65536"),
];

const fn entry(name: &'static str, source: &'static str, short: &'static str, full: &'static str) -> Entry {
    Entry { name, source, short, full, threads: (1, u32::MAX) }
}

impl Entry {
    /// Fewer threads would be another load.
    const fn from(mut self, least: u32) -> Entry {
        self.threads.0 = least;
        self
    }

    /// More threads would say nothing more.
    const fn up_to(mut self, most: u32) -> Entry {
        self.threads.1 = most;
        self
    }

    /// Returns whether its program takes a number of threads, here or in another entry.
    pub fn is_threaded(&self) -> bool {
        ENTRIES.iter().any(|entry| entry.source == self.source && entry.short.split(' ').any(|word| word == "T"))
    }

    /// Returns the loads that this entry stands for in a form: a name and arguments each.
    ///
    /// A load whose arguments name the number of threads carries it in its name: `server/4`.
    pub fn loads(&self, full: bool, threads: &[u32]) -> Vec<(String, Vec<String>)> {
        let words: Vec<&str> = (if full { self.full } else { self.short }).split(' ').collect();
        if !words.contains(&"T") {
            return vec![(self.name.to_owned(), words.iter().map(|&word| word.to_owned()).collect())];
        }
        let with = |threads: &u32| {
            let number = threads.to_string();
            let word = |&word: &&str| if word == "T" { number.clone() } else { word.to_owned() };
            (format!("{}/{threads}", self.name), words.iter().map(word).collect())
        };
        let (least, most) = self.threads;
        threads.iter().filter(|threads| (least..=most).contains(threads)).map(with).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;
    use std::collections::BTreeSet;

    const EXAMPLE: Entry = entry("a", "a.c", "1 T 16 T", "100 T 16 T");

    #[test]
    fn entry_with_threads_is_a_load_for_each_number() {
        let loads = EXAMPLE.loads(false, &[1, 16]);
        let names: Vec<&str> = loads.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a/1", "a/16"]);
        assert_eq!(loads[1].1, ["1", "16", "16", "16"]);
        assert_eq!(EXAMPLE.loads(true, &[2])[0].1, ["100", "2", "16", "2"]);
    }

    #[test]
    fn entry_without_threads_is_one_load_whatever_the_numbers() {
        let entry = entry("b", "b.c", "1 8", "7 8");
        assert_eq!(entry.loads(true, &[1, 2, 4]), [("b".to_owned(), vec!["7".to_owned(), "8".to_owned()])]);
    }

    #[test]
    fn entry_leaves_out_numbers_that_mean_nothing() {
        let names = |entry: Entry| -> Vec<String> {
            entry.loads(true, &[1, 2, 4, 16]).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(entry("a", "a.c", "T", "T").from(2)), ["a/2", "a/4", "a/16"]);
        assert_eq!(names(entry("a", "a.c", "T", "T").up_to(2)), ["a/1", "a/2"]);
    }

    /// A load that is no entry of the table is never measured, an entry without a file never runs.
    #[test]
    fn every_source_has_an_entry_and_every_entry_a_source() {
        let folder = Place::find().unwrap().source("loads");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".c") || name.ends_with(".cpp"))
            .collect();
        let entries: BTreeSet<String> = ENTRIES.iter().map(|entry| entry.source.to_owned()).collect();
        assert_eq!(files, entries);
    }

    #[test]
    fn programs_that_take_threads_are_threaded_in_every_entry() {
        let threaded = |name: &str| ENTRIES.iter().find(|entry| entry.name == name).unwrap().is_threaded();
        assert!(threaded("server") && threaded("handoff-two-to-one") && threaded("churn"));
        assert!(!threaded("simple-few") && !threaded("large"));
    }

    /// Figures are kept by name.
    #[test]
    fn no_two_loads_have_one_name() {
        let names: BTreeSet<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), ENTRIES.len());
    }

    /// The forms of one load differ in how much there is to do, not in what.
    #[test]
    fn both_forms_have_as_many_arguments() {
        for entry in ENTRIES {
            let count = |text: &str| text.split(' ').count();
            assert_eq!(count(entry.short), count(entry.full), "{}", entry.name);
        }
    }
}
