//! The laws of the source tree: imports only go down, unsafe code only where it is allowed, files of at most 500 lines,
//! at most two macros, and no unsafe block without its proof.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first. A file may use its own folder and folders to its left.
const LAYERS: [&str; 15] = [
    "base", "os", "sync", "report", "stats", "options", "arena", "buddy", "slab", "depot", "thread", "guard", "heap",
    "api", "abi",
];

/// The files that may hold unsafe code. Everything else is safe Rust.
const UNSAFE: &[&str] = &[
    "os/area.rs",
    "os/certificate.rs",
    "os/cgroup.rs",
    "os/clock.rs",
    "os/errno.rs",
    "os/fork.rs",
    "os/futex.rs",
    "os/guard.rs",
    "os/limits.rs",
    "os/modules.rs",
    "os/name.rs",
    "os/output.rs",
    "os/random.rs",
    "os/running.rs",
    "os/thread.rs",
    "os/tls.rs",
    "sync/lock.rs",
    "report/misuse.rs",
    "report/unwind.rs",
    "options/environment.rs",
    "arena/areas.rs",
    "arena/growth.rs",
    "arena/index.rs",
    "arena/mod.rs",
    "arena/registry.rs",
    "arena/store.rs",
    "buddy/space.rs",
    "buddy/spaces.rs",
    "buddy/system.rs",
    "buddy/tests.rs",
    "slab/cache.rs",
    "slab/emptied.rs",
    "slab/marks.rs",
    "slab/holes.rs",
    "slab/object.rs",
    "slab/record.rs",
    "slab/tell.rs",
    "slab/tests.rs",
    "depot/magazine.rs",
    "depot/tests.rs",
    "thread/at_hand.rs",
    "thread/block.rs",
    "thread/magazines.rs",
    "thread/marked.rs",
    "thread/pair.rs",
    "thread/registry.rs",
    "thread/sample.rs",
    "thread/sweep.rs",
    "thread/tests.rs",
    "thread/word.rs",
    "guard/checked.rs",
    "guard/fault.rs",
    "guard/large.rs",
    "guard/mod.rs",
    "guard/pool.rs",
    "guard/records.rs",
    "guard/traces.rs",
    "heap/aligned.rs",
    "heap/allocate.rs",
    "heap/at_hand.rs",
    "heap/bytes.rs",
    "heap/deallocate.rs",
    "heap/figures.rs",
    "heap/fork.rs",
    "heap/instrument.rs",
    "heap/listing.rs",
    "heap/load.rs",
    "heap/objects.rs",
    "heap/owns.rs",
    "heap/pages.rs",
    "heap/reallocate.rs",
    "heap/reclaim.rs",
    "heap/regions.rs",
    "heap/sized.rs",
    "heap/tests.rs",
    "api/allocator.rs",
    "api/cache.rs",
    "api/global.rs",
    "api/seam.rs",
    "api/object.rs",
    "api/pages.rs",
    "api/raw_cache.rs",
    "api/region.rs",
    "api/regions.rs",
    "abi/areas.rs",
    "abi/bytes.rs",
    "abi/caches.rs",
    "abi/convert.rs",
    "abi/cxx.rs",
    "abi/cxx/unwind.rs",
    "abi/faults.rs",
    "abi/gnu.rs",
    "abi/pages.rs",
    "abi/quarry.rs",
    "abi/regions.rs",
];

/// As above, for the two whose only unsafe code is the attribute and the pass-through of the C face.
const UNSAFE_FACE: [&str; 2] = ["abi/iso.rs", "abi/posix.rs"];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    assert!(found.len() > 50, "the walk finds the sources");
    found.into_iter().map(|(path, text)| (path.strip_prefix(&root).unwrap().to_owned(), text)).collect()
}

/// The text without comments, so that a word in prose is no code.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn layer_of(path: &Path) -> Option<usize> {
    let folder = path.components().next()?.as_os_str().to_str()?;
    LAYERS.iter().position(|&layer| layer == folder)
}

#[test]
fn imports_only_go_down() {
    for (path, text) in sources() {
        let Some(own) = layer_of(&path) else {
            assert_eq!(path, Path::new("lib.rs"), "a file outside the layers");
            continue;
        };
        let code = code(&text);
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let used = LAYERS.iter().position(|&layer| layer == name);
            let used = used.unwrap_or_else(|| panic!("{}: `crate::{name}` is no layer", path.display()));
            assert!(used <= own, "{}: {} uses {name}, which is above it", path.display(), LAYERS[own]);
        }
    }
}

#[test]
fn unsafe_code_is_only_where_it_is_allowed() {
    let allowed = |path: &Path| UNSAFE.iter().chain(&UNSAFE_FACE).any(|&file| Path::new(file) == path);
    let mut unused: Vec<&str> = UNSAFE.iter().chain(&UNSAFE_FACE).copied().collect();
    for (path, text) in sources() {
        let has = code(&text).lines().any(|line| {
            line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe")
                && !line.contains("deny(")
        });
        assert!(!has || allowed(&path), "{} holds unsafe code", path.display());
        if has {
            unused.retain(|&file| Path::new(file) != path);
        }
    }
    assert!(unused.is_empty(), "allowed unsafe code without need: {unused:?}");
}

#[test]
fn every_unsafe_block_has_its_proof() {
    for (path, text) in sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            if code.contains("unsafe {") || code.contains("unsafe impl") {
                let before = lines[number.saturating_sub(12)..=number].join("\n");
                assert!(before.contains("SAFETY:"), "{}:{}: no proof", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn files_have_at_most_500_lines() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 500, "{} is too long", path.display());
    }
}

#[test]
fn there_are_at_most_two_macros() {
    let macros: usize = sources().iter().map(|(_, text)| code(text).matches("macro_rules!").count()).sum();
    assert!(macros <= 2, "{macros} macros");
}

#[test]
fn nothing_below_abi_uses_std() {
    for (path, text) in sources() {
        let is_test = ["tests.rs", "fake.rs", "exhaustive.rs"].iter().any(|file| path.ends_with(file));
        let body = code(text.split("#[cfg(test)]").next().unwrap_or(""));
        let fallback = path == Path::new("os/tls.rs") || path == Path::new("lib.rs");
        let checked_in_tests = path == Path::new("sync/lock.rs") || path == Path::new("os/fault.rs");
        assert!(
            is_test || fallback || checked_in_tests || !body.contains("std::"),
            "{} uses std outside its tests",
            path.display()
        );
    }
}

/// The words that order an access to memory.
const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];

/// Lines above a use in which its reason stands: a call over several lines with its comment.
const REASON_LINES: usize = 7;

#[test]
fn every_ordering_names_its_partner_or_its_reason() {
    let (mut uses, mut wrong) = (0, Vec::new());
    for (path, text) in sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            let words = code.split(|c: char| !c.is_alphanumeric());
            let used: Vec<&str> = words.filter(|word| ORDERINGS.contains(word)).collect();
            if used.is_empty() || code.trim_start().starts_with("use ") || code.trim_start().starts_with("pub use ") {
                continue;
            }
            uses += 1;
            let comments: Vec<&str> = lines[number.saturating_sub(REASON_LINES)..=number]
                .iter()
                .filter_map(|line| line.split_once("//").map(|(_, comment)| comment))
                .collect();
            let reason = comments.join(" ");
            let refers =
                ["as in ", "As in ", "as above", "as below", "as all ", "see `", "see the type", "see the module"];
            // Of a whole file it is said once.
            let throughout = text.contains("Relaxed throughout") && used.iter().all(|&word| word == "Relaxed");
            let refers = throughout || refers.iter().any(|words| reason.contains(words));
            let place = format!("{}:{}: {}", path.display(), number + 1, line.trim());
            if !refers && !used.iter().any(|word| reason.contains(word)) {
                wrong.push(format!("{place}: says nothing of its order"));
            }
            // Relaxed has a reason; what publishes or sees has a partner too.
            if used.iter().any(|&word| word != "Relaxed") {
                let partner = reason.to_lowercase().contains("pairs with") || code.contains("compiler_fence");
                if !refers && !partner {
                    wrong.push(format!("{place}: names no partner"));
                }
            }
        }
    }
    assert!(uses > 100, "the walk finds the atomics");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
