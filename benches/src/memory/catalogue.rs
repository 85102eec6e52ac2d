//! The table of the memory loads: programs of `memory/`, and how much each has to do.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::launch::Task;
use crate::memory::group::Group;
use crate::place::{self, Place};
use crate::program;

/// A load: a program and its arguments.
pub struct Entry {
    pub name: &'static str,
    /// A file below `benches/`, to be compiled, or a script of Python.
    pub source: &'static str,
    /// Arguments of the short form, 1 to 5 s. `G` stands for a cgroup with the limit that the next argument names in MiB, or
    /// `-` where none can be made.
    pub short: &'static str,
    /// Arguments of the full form, the sizes that the figures are promised for.
    pub full: &'static str,
    /// Options of allocators that the load is about.
    pub environment: &'static [(&'static str, &'static str)],
    /// A program that must be installed.
    pub needs: Option<&'static str>,
    /// What it is, in a sentence.
    pub what: &'static str,
}

/// The two allocators that have a thread of their own, told to use it.
const MAINTAINED: &[(&str, &str)] =
    &[("QUARRY_CONF", "maintenance_thread:true"), ("MALLOC_CONF", "background_thread:true")];

pub const ENTRIES: &[Entry] = &[
    Entry {
        what: "8 threads allocate 16 B to 1 MiB, each doubling of size as many bytes, free it all and sleep; 1.5 s of light \
               activity by the main thread (end); `malloc_trim(0)` (trimmed).",
        ..entry("free-all", "memory/free_all.c", "512 8 16 1048576 1", "4096 8 16 1048576 1")
    },
    Entry {
        what: "The same, but nobody makes a call for 1.5 s; Quarry runs with `maintenance_thread:true` and jemalloc with \
               `background_thread:true`.",
        environment: MAINTAINED,
        ..entry("free-all-idle", "memory/free_all.c", "512 8 16 1048576 2", "4096 8 16 1048576 2")
    },
    Entry {
        what: "Threads that live, each having allocated and freed 1 MiB of 64 B to 64 KiB once, eight at a time; then they \
               sleep.",
        ..entry("idle-threads", "memory/idle_threads.c", "500 1024 64 65536", "10000 1024 64 65536")
    },
    Entry {
        what: "The same with one block of 1 MiB.",
        ..entry("idle-threads-block", "memory/idle_threads.c", "500 1024 1048576 1048576", "10000 1024 1048576 1048576")
    },
    Entry {
        what: "Threads born and dead, eight alive at a time, each leaving one object to a later one.",
        ..entry("threads-born", "memory/born.c", "20000 8 64 16 4096", "100000 8 64 16 4096")
    },
    Entry {
        what: "One thread allocates 16 B to 4 KiB, another frees, 4 MiB at most between them.",
        ..entry("pair", "memory/pair.c", "2000 16 4096 1", "60000 16 4096 1")
    },
    Entry {
        what: "The same with sizes that shift through eight windows of 16 B to 64 KiB in each quarter of the time.",
        ..entry("pair-shifting", "memory/pair.c", "2000 16 65536 8", "60000 16 65536 8")
    },
    Entry {
        what: "redis-server gets keys with values of 16 to 400 B (filled) and loses 90 % of them, in no order.",
        needs: Some("redis-server"),
        ..entry("redis", "memory/keys.c", "300000 90", "1000000 90")
    },
    Entry {
        what: "A Python program builds a large structure and drops it, ten times; all of its objects come from malloc.",
        environment: &[("PYTHONMALLOC", "malloc")],
        needs: Some("python3"),
        ..entry("python", "memory/drops.py", "20000 10", "150000 10")
    },
    Entry {
        what: "A program in a cgroup of 256 MiB (RLIMIT_AS where none can be made) that uses 100 MiB of other sizes in each of \
               eight phases, and frees it all; who keeps it is killed.",
        ..entry("limited", "memory/limited.c", "G 256 100", "G 256 100")
    },
    Entry {
        what: "A server: sessions, requests, a cache, logs, settings, over 32 hours of its time (64 in the full form), busier at \
               noon.",
        ..entry("sessions", "memory/sessions.c", "32 2 1", "64 2 2")
    },
    Entry {
        what: "A constant amount of live memory whose sizes shift in every phase, objects dying at random: resident over live.",
        ..entry("shift-random", "memory/shift.c", "1 16 6 1", "1 64 10 1")
    },
    Entry {
        what: "The same, objects dying with the request that they belong to.",
        ..entry("shift-groups", "memory/shift.c", "2 16 6 1", "2 64 10 1")
    },
    Entry {
        what: "A program that holds 100 MiB after it held 150: its core dump (the length of the file, and without holes), \
               metadata, what is resident above what it holds.",
        ..entry("hundred", "memory/hundred.c", "100", "100")
    },
];

const fn entry(name: &'static str, source: &'static str, short: &'static str, full: &'static str) -> Entry {
    Entry { name, source, short, full, environment: &[], needs: None, what: "" }
}

impl Entry {
    fn words(&self, full: bool) -> Vec<&'static str> {
        (if full { self.full } else { self.short }).split(' ').collect()
    }

    /// Returns the bytes that the load's cgroup may use, if it wants one.
    fn limit(words: &[&str]) -> Option<u64> {
        let at = words.iter().position(|&word| word == "G")?;
        Some(words.get(at + 1)?.parse::<u64>().ok()? << 20)
    }
}

/// A load ready to run.
pub struct Load {
    pub entry: &'static Entry,
    task: Task,
    limit: Option<u64>,
}

impl Load {
    /// Returns the task, and the group that must live as long as it runs.
    pub fn task(&self) -> (Task, Option<Group>) {
        let group = self.limit.and_then(Group::new);
        let mut task = self.task.clone();
        let folder = group.as_ref().map_or_else(|| OsString::from("-"), |group| group.folder().into());
        for argument in task.arguments.iter_mut().filter(|argument| *argument == "G") {
            argument.clone_from(&folder);
        }
        (task, group)
    }
}

/// Compiles the loads whose name contains one of `filter`, or all if there are none. The second list names those that
/// cannot run here, and why.
pub fn prepare(place: &Place, full: bool, filter: &[String], scratch: &Path) -> Result<(Vec<Load>, Vec<String>)> {
    let wanted = |entry: &&Entry| filter.is_empty() || filter.iter().any(|word| entry.name.contains(word.as_str()));
    let mut compiled: BTreeMap<&str, PathBuf> = BTreeMap::new();
    let (mut loads, mut missing) = (Vec::new(), Vec::new());
    for entry in ENTRIES.iter().filter(wanted) {
        if let Some(command) = entry.needs.filter(|command| place::program(command).is_none()) {
            missing.push(format!("{} ({command} is not installed)", entry.name));
            continue;
        }
        let mut task = if entry.source.ends_with(".py") {
            Task::new(program::interpreter("python3")?).argument(place.source(entry.source))
        } else {
            let program = match compiled.get(entry.source) {
                Some(program) => program.clone(),
                None => {
                    place.compile(entry.source, &["-lm"]).with_context(|| format!("cannot prepare {}", entry.name))?
                }
            };
            compiled.insert(entry.source, program.clone());
            Task::new(program)
        };
        let words = entry.words(full);
        task.arguments.extend(words.iter().map(Into::into));
        for (name, value) in entry.environment {
            task = task.variable(name, value);
        }
        task.folder = Some(scratch.to_path_buf());
        loads.push(Load { entry, task, limit: Entry::limit(&words) });
    }
    Ok((loads, missing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocator;
    use crate::launch::Launcher;
    use crate::memory::trace::Trace;
    use std::collections::BTreeSet;

    /// A load that is no entry of the table is never measured, an entry without a file never runs.
    #[test]
    fn every_source_has_an_entry_and_every_entry_a_source() {
        let place = Place::find().unwrap();
        let files: BTreeSet<String> = std::fs::read_dir(place.source("memory"))
            .unwrap()
            .map(|entry| format!("memory/{}", entry.unwrap().file_name().into_string().unwrap()))
            .filter(|name| name.ends_with(".c") || name.ends_with(".py"))
            .collect();
        let entries: BTreeSet<String> = ENTRIES.iter().map(|entry| entry.source.to_owned()).collect();
        assert!(files.is_subset(&entries), "{files:?}");
        assert!(entries.iter().all(|source| place.source(source).is_file()), "{entries:?}");
    }

    /// Compiled programs lie in one folder, by the name of their source.
    #[test]
    fn no_program_has_the_name_of_another() {
        let place = Place::find().unwrap();
        let stem = |path: &Path| path.file_stem().unwrap().to_owned();
        let own: BTreeSet<_> =
            ENTRIES.iter().map(|entry| entry.source).filter(|source| source.starts_with("memory/")).collect();
        for folder in ["", "loads", "levels", "programs", "trace"] {
            for file in std::fs::read_dir(place.source(folder)).unwrap() {
                let file = file.unwrap().path();
                assert!(own.iter().all(|source| stem(Path::new(source)) != stem(&file)), "{}", file.display());
            }
        }
    }

    #[test]
    fn entries_have_a_name_of_their_own_a_sentence_and_as_many_arguments_in_both_forms() {
        let names: BTreeSet<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), ENTRIES.len());
        for entry in ENTRIES {
            assert!(entry.what.ends_with('.'), "{}", entry.name);
            assert_eq!(entry.words(false).len(), entry.words(true).len(), "{}", entry.name);
        }
    }

    #[test]
    fn limit_is_the_argument_after_the_group() {
        assert_eq!(Entry::limit(&["G", "256", "160"]), Some(256 << 20));
        assert_eq!(Entry::limit(&["256", "160"]), None);
    }

    /// Each program, small, on glibc: it says what it holds and ends well.
    #[test]
    fn loads_mark_their_end() {
        let small = [
            ("memory/free_all.c", "8 2 16 65536 1"),
            ("memory/idle_threads.c", "10 64 64 4096"),
            ("memory/born.c", "64 4 8 16 256"),
            ("memory/pair.c", "200 16 4096 2"),
            ("memory/limited.c", "- 2048 16"),
            ("memory/sessions.c", "16 2 1"),
            ("memory/hundred.c", "8"),
        ];
        let place = Place::find().unwrap();
        let launcher = Launcher::build(&place, 60).unwrap();
        for (source, words) in small {
            let mut task = Task::new(place.compile(source, &["-lm"]).unwrap());
            task.arguments.extend(words.split(' ').map(Into::into));
            let watched = launcher.watch(&task, &allocator::glibc(), 5, 4096).unwrap();
            assert_eq!(watched.usage.code(), 0, "{source}: {}", watched.said);
            let trace = Trace::of(&watched).unwrap();
            assert!(trace.marks.len() > 1 && trace.peak_rss_kib >= trace.final_rss_kib / 2, "{source}: {trace:?}");
        }
    }
}
