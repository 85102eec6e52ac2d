//! The loads made ready to run: those of the catalogue compiled, real programs given their input.

use std::path::Path;

use anyhow::Result;

use crate::catalogue::ENTRIES;
use crate::launch::Task;
use crate::place::Place;
use crate::program::{PROGRAMS, Setting};

/// A load ready to run.
pub struct Load {
    pub name: String,
    pub task: Task,
}

/// What loads are made for.
pub struct Sizing<'a> {
    pub full: bool,
    /// Numbers of threads of the loads that take one.
    pub threads: &'a [u32],
    /// Loads whose name contains one of these words, or all if there are none.
    pub filter: &'a [String],
    /// Where sources and objects may be written; must outlive the loads.
    pub scratch: &'a Path,
}

/// Compiles the chosen loads. The second list names those that cannot run here, and why.
pub fn prepare(place: &Place, sizing: &Sizing<'_>) -> Result<(Vec<Load>, Vec<String>)> {
    let wanted = |name: &str| sizing.filter.is_empty() || sizing.filter.iter().any(|word| name.contains(word.as_str()));
    let mut loads = Vec::new();
    let mut missing = Vec::new();

    for entry in ENTRIES {
        let mut chosen = entry.loads(sizing.full, sizing.threads);
        chosen.retain(|(name, _)| wanted(name));
        if chosen.is_empty() {
            continue;
        }
        let file = place.compile(&format!("loads/{}", entry.source), &[])?;
        for (name, arguments) in chosen {
            let mut task = Task::new(&file);
            task.arguments.extend(arguments.into_iter().map(Into::into));
            loads.push(Load { name, task });
        }
    }
    let setting = Setting { full: sizing.full, place, scratch: sizing.scratch };
    for program in PROGRAMS.iter().filter(|program| wanted(program.name)) {
        match program.missing() {
            Some(command) => missing.push(format!("{} ({command} is not installed)", program.name)),
            None => {
                let task = program.prepare(&setting)?;
                loads.extend(task.map(|task| Load { name: program.name.to_owned(), task }));
            }
        }
    }
    Ok((loads, missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_chooses_by_part_of_the_name() {
        let scratch = tempfile::tempdir().unwrap();
        let sizing = Sizing {
            full: false,
            threads: &[1, 2],
            filter: &["batch".to_owned(), "births/2".to_owned()],
            scratch: scratch.path(),
        };
        let (loads, missing) = prepare(&Place::find().unwrap(), &sizing).unwrap();
        let names: Vec<&str> = loads.iter().map(|load| load.name.as_str()).collect();
        assert_eq!(names, ["batch-order", "batch-reverse", "batch-shuffled", "births/2"]);
        assert!(missing.is_empty());
    }
}
