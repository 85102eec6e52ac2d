//! The table of what the levels of `quarry.h` are compared with: programs of `levels/`, and how much each has to do.

/// One way to do a topic's work: a column of its table.
pub struct Side {
    pub name: &'static str,
    /// The word by which the program knows it.
    word: &'static str,
    /// Whether the library under test is preloaded.
    pub quarry: bool,
}

/// A level and what a program would use in its place. The first side is Quarry's; the others are divided by it.
pub struct Topic {
    pub name: &'static str,
    pub what: &'static str,
    /// A file of `levels/`.
    pub source: &'static str,
    pub sides: [Side; 3],
    /// Whether peak RSS says something, too.
    pub memory: bool,
}

const fn side(name: &'static str, word: &'static str, quarry: bool) -> Side {
    Side { name, word, quarry }
}

pub const OBJECTS: Topic = Topic {
    name: "objects",
    what: "constructed objects, a pair: quarry_cache_alloc and quarry_cache_free, against malloc and construction, \
           destruction and free",
    source: "objects.c",
    sides: [side("cache", "cache", true), side("quarry malloc", "malloc", true), side("glibc malloc", "malloc", false)],
    memory: false,
};

pub const PAGES: Topic = Topic {
    name: "pages",
    what: "pages, a pair: quarry_alloc_pages and quarry_free_pages, against mmap and munmap, and glibc's aligned_alloc \
           and free",
    source: "pages.c",
    sides: [side("pages", "pages", true), side("mmap", "mmap", false), side("aligned_alloc", "aligned", false)],
    memory: false,
};

pub const GROWTH: Topic = Topic {
    name: "growth",
    what: "growth to 1 GiB in all by 16 MiB at a time, page faults included: quarry_vrealloc, against realloc",
    source: "growth.c",
    sides: [
        side("vrealloc", "region", true),
        side("quarry realloc", "realloc", true),
        side("glibc realloc", "realloc", false),
    ],
    memory: true,
};

/// A line of a topic's table.
pub struct Case {
    pub topic: &'static Topic,
    pub name: String,
    pub work: [Work; 3],
}

/// What one side of a case has to do.
pub struct Work {
    /// Arguments of the program.
    pub arguments: Vec<String>,
    /// The turns that a run's time is divided by.
    pub turns: u64,
}

/// Nanoseconds that a run should take. Start and exit, which are in it, are a thirtieth; at ten they would be a tenth, and
/// five rounds of sixty take longer than anybody waits.
const RUN: u64 = 30_000_000;

/// Nanoseconds of a turn on each side, found by trial on cores of an AMD EPYC: only what the numbers of turns come from.
type Guess = [u64; 3];

/// Objects of `objects.c`.
const KINDS: [(&str, Guess); 3] = [("plain", [5, 6, 9]), ("foo", [5, 18, 24]), ("session", [6, 45, 50])];

/// Objects held at a time.
const OBJECTS_LIVE: &str = "32";

/// Orders of pages, and the largest that are touched: 4 MiB. Beyond, faults are all that there is to see.
const ORDERS: [u64; 13] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 18];
const TOUCHED: u64 = 10;

/// Runs of pages held at a time.
const PAGES_LIVE: &str = "2";

/// Buffers that grow, and what each grows to.
const BUFFERS: [(&str, &str, &str); 2] = [("one buffer", "1", "1073741824"), ("two in turns", "2", "536870912")];
const GROWTH_FROM: &str = "1048576";
const GROWTH_STEP: &str = "16777216";

impl Case {
    fn new(topic: &'static Topic, name: String, work: impl Fn(usize, &str) -> Work) -> Case {
        let work = [0, 1, 2].map(|at| work(at, topic.sides[at].word));
        Case { topic, name, work }
    }
}

/// Returns all cases, topic by topic.
pub fn cases() -> Vec<Case> {
    let objects = KINDS.iter().map(|(kind, guess)| {
        Case::new(&OBJECTS, format!("object {kind}"), |at, side| {
            let turns = RUN / guess[at];
            Work { arguments: words(&[side, kind, &turns.to_string(), OBJECTS_LIVE]), turns }
        })
    });
    let untouched = ORDERS.iter().map(|&order| pages(order, false));
    let touched = ORDERS.iter().filter(|&&order| order <= TOUCHED).map(|&order| pages(order, true));
    let growth = BUFFERS.iter().map(|(name, count, to)| {
        Case::new(&GROWTH, (*name).to_owned(), |_, side| Work {
            arguments: words(&[side, count, GROWTH_FROM, to, GROWTH_STEP]),
            turns: 1,
        })
    });
    objects.chain(untouched).chain(touched).chain(growth).collect()
}

fn pages(order: u64, touched: bool) -> Case {
    let guess = guess(order, touched);
    let name = format!("order {order}{}", if touched { " touched" } else { "" });
    Case::new(&PAGES, name, |at, side| {
        let turns = (RUN / guess[at]).max(1);
        let touch = if touched { "2" } else { "1" };
        Work { arguments: words(&[side, &order.to_string(), touch, &turns.to_string(), PAGES_LIVE]), turns }
    })
}

/// A system call takes some microseconds and so does a page fault; glibc maps what is 128 KiB or more, the room to align
/// it included. Memory that came back resident
/// costs a write in each page.
fn guess(order: u64, touched: bool) -> Guess {
    let own = match order {
        0..=2 => 8,
        3..=10 => 80,
        _ => 80 + (1 << order) / 20,
    };
    let maps = order >= 4;
    let bare = [own, 5_000, if maps { 12_000 } else { 80 }];
    let each = [4, 2_400, if maps { 2_400 } else { 4 }];
    [0, 1, 2].map(|at| if touched { bare[at] + (each[at] << order) } else { bare[at] })
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;
    use std::collections::BTreeSet;

    /// A program that is in no topic is never measured, a topic without a program never runs.
    #[test]
    fn every_source_has_a_topic_and_every_topic_a_source() {
        let folder = Place::find().unwrap().source("levels");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".c"))
            .collect();
        let sources: BTreeSet<String> = cases().iter().map(|case| case.topic.source.to_owned()).collect();
        assert_eq!(files, sources);
    }

    /// Figures are kept by name.
    #[test]
    fn no_two_cases_have_one_name() {
        let cases = cases();
        let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names.len(), cases.len());
    }

    /// What the program is told to do is what its time is divided by.
    #[test]
    fn turns_are_those_in_the_arguments() {
        for case in cases() {
            for work in &case.work {
                let said = match case.topic.name {
                    "objects" => work.arguments[2].parse().unwrap(),
                    "pages" => work.arguments[3].parse().unwrap(),
                    _ => 1,
                };
                assert_eq!(work.turns, said, "{}", case.name);
                assert!(work.turns > 0, "{}", case.name);
            }
        }
    }

    #[test]
    fn quarry_is_the_first_side_and_glibc_among_the_others() {
        for topic in [&OBJECTS, &PAGES, &GROWTH] {
            assert!(topic.sides[0].quarry && topic.sides.iter().any(|side| !side.quarry), "{}", topic.name);
        }
    }
}
