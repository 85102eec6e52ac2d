//! Runs every case of the corpus: what fuzzing found once stays found.

use std::path::Path;

/// Calls `run` with every case of a target; fails if there is none.
fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("the corpus is there") {
        let path = entry.expect("the folder can be read").path();
        let case = std::fs::read(&path).expect("the case can be read");
        // Shown if the case fails.
        println!("{}", path.display());
        run(&case);
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}

#[test]
fn every_case_of_the_heap_holds() {
    replay("heap", quarry_fuzz::heap::run);
}

#[test]
fn every_case_of_the_options_holds() {
    replay("options", quarry_fuzz::options::run);
}
