//! The table of the loads written here: programs of `loads/`, and how much each has to do.

/// A load: a program and its arguments.
pub struct Entry {
    pub name: &'static str,
    /// A file of `loads/`.
    pub source: &'static str,
    /// Arguments of the short form, about a quarter of a second on two cores of 2.6 GHz; none if the load has no such
    /// form. `T` stands for the number of threads: an entry with one is as many loads as there are numbers.
    pub short: Option<&'static str>,
    /// Arguments of the full form, 1 to 5 s, where the start no longer counts.
    pub full: &'static str,
}

pub const ENTRIES: &[Entry] = &[
    // Small objects, one thread.
    entry("churn", "churn.c", "5000000 1 10000 16 1024", "40000000 1 10000 16 1024"),
    entry("batch-order", "batch.c", "1500 1 10000 64", "24000 1 10000 64"),
    entry("batch-reverse", "batch.c", "1500 2 10000 64", "24000 2 10000 64"),
    entry("batch-shuffled", "batch.c", "1000 3 10000 64", "16000 3 10000 64"),
    // Several threads.
    entry("churn-threads", "churn.c", "3000000 T 10000 16 1024", "24000000 T 10000 16 1024"),
    entry("handoff-even", "handoff.c", "30000 T T 16 256", "300000 T T 16 256"),
    entry("handoff-two-to-one", "handoff.c", "30000 2 1 16 256", "300000 2 1 16 256"),
    entry("server", "server.c", "15000 T 1000 8 1000 200", "150000 T 1000 8 1000 200"),
    entry("births", "births.c", "4000 T 32", "40000 T 32"),
    // Large objects.
    entry("grow-double", "grow.c", "10 200 67108864 1", "80 200 67108864 1"),
    entry("grow-tenth", "grow.c", "8 110 67108864 1", "80 110 67108864 1"),
    entry("grow-two", "grow.c", "5 150 67108864 2", "50 150 67108864 2"),
    entry("zeroed", "zeroed.c", "30 256 4194304 16", "300 256 4194304 16"),
    entry("large", "large.c", "400 65536 33554432 16", "4000 65536 33554432 16"),
];

const fn entry(name: &'static str, source: &'static str, short: &'static str, full: &'static str) -> Entry {
    Entry { name, source, short: Some(short), full }
}

impl Entry {
    /// Returns the loads that this entry stands for in a form: a name and arguments each, none if it has no such form.
    ///
    /// A load whose arguments name the number of threads carries it in its name: `server/4`.
    pub fn loads(&self, full: bool, threads: &[u32]) -> Vec<(String, Vec<String>)> {
        let Some(arguments) = (if full { Some(self.full) } else { self.short }) else {
            return Vec::new();
        };
        let words: Vec<&str> = arguments.split(' ').collect();
        if !words.contains(&"T") {
            return vec![(self.name.to_owned(), words.iter().map(|&word| word.to_owned()).collect())];
        }
        let with = |threads: &u32| {
            let number = threads.to_string();
            let word = |&word: &&str| if word == "T" { number.clone() } else { word.to_owned() };
            (format!("{}/{threads}", self.name), words.iter().map(word).collect())
        };
        threads.iter().map(with).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;
    use std::collections::BTreeSet;

    const EXAMPLE: Entry = Entry { name: "a", source: "a.c", short: Some("1 T 16 T"), full: "100 T 16 T" };

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
        let entry = Entry { name: "b", source: "b.c", short: None, full: "7 8" };
        assert_eq!(entry.loads(true, &[1, 2, 4]), [("b".to_owned(), vec!["7".to_owned(), "8".to_owned()])]);
        assert_eq!(entry.loads(false, &[1, 2, 4]), []);
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
            assert!(entry.short.is_none_or(|short| count(short) == count(entry.full)), "{}", entry.name);
        }
    }
}
