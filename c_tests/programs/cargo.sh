# cargo builds and tests a small crate without dependencies, offline, and runs its program.
# Why: cargo and the linker, and a Rust program that exchanges vectors, maps and strings between threads.
# (rustc brings an allocator of its own, which comes before any that is preloaded.)
# needs: cargo
mkdir -p crate/src && cd crate || exit 1
cat >Cargo.toml <<'END'
[package]
name = "small"
version = "0.1.0"
edition = "2021"

[workspace]
END
cat >src/main.rs <<'END'
use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc;
use std::thread;

fn count(seed: u64) -> BTreeMap<String, Vec<u64>> {
    let mut map = HashMap::new();
    for i in 0..40_000_u64 {
        map.entry(format!("key {}", (i * seed) % 701)).or_insert_with(Vec::new).push(i);
    }
    map.into_iter().collect()
}

fn main() {
    let (sender, receiver) = mpsc::channel();
    for seed in 1..=6 {
        let sender = sender.clone();
        thread::spawn(move || sender.send((seed, count(seed))).unwrap());
    }
    drop(sender);
    let mut all: Vec<_> = receiver.iter().collect();
    all.sort();
    for (seed, map) in all {
        println!("{seed} {} {}", map.len(), map.values().flatten().fold(0, |sum: u64, i| sum.wrapping_mul(31) + i));
    }
}

#[test]
fn each_number_is_counted_once() {
    assert_eq!(count(3).values().map(Vec::len).sum::<usize>(), 40_000);
}
END
export CARGO_TARGET_DIR=$TMPDIR/target
cargo build --quiet --offline --release && "$CARGO_TARGET_DIR/release/small"
cargo test --quiet --offline 2>&1 | grep '^test result' | sed 's/; finished in.*//'
