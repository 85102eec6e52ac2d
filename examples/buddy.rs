//! The buddy system, step by step: which free runs are split when pages are allocated, and how they coalesce again.
//!
//! Memory is kept in free runs of 2^k units, each aligned to its size. To serve a request, the smallest run that is large enough
//! is halved until it fits; the halves that are left over stay free, one of each order on the way. The two halves of a run are
//! buddies: their addresses differ in one bit, so each finds the other by an exclusive or. When a run is freed whose buddy is
//! free too, the two become one run again, and so on upwards.
//! (Knowlton, CACM 1965; Knuth, The Art of Computer Programming 1, 2.5, algorithms R and S.)
//!
//! In the tables, a column is an order and a number counts free runs; a step shows only what it changed.
//!
//! usage: cargo run --release --example buddy

use std::ptr;

use quarry::{ArenaInfo, Pages, PlaceState, buddyinfo, owns};

/// Orders that the tables show. The unit is a granule of 16 KiB, order 2 in pages of 4 KiB.
const SHOWN: usize = 11;

/// The free runs of each order, over all arenas.
fn free_runs() -> [i64; SHOWN] {
    let mut sum = [0; SHOWN];
    for arena in buddyinfo() {
        sum.iter_mut().zip(arena.free_runs).for_each(|(sum, count)| *sum += count as i64);
    }
    sum
}

/// Shows what each step does to the free runs.
struct Table {
    before: [i64; SHOWN],
}

impl Table {
    /// Begins a table with all the runs that are free.
    fn begin() -> Table {
        print!("{:34}", "");
        for kib in (0..SHOWN).map(|order| ArenaInfo::GRANULE >> 10 << order) {
            if kib < 1024 { print!("{kib:4}K") } else { print!("{:4}M", kib / 1024) }
        }
        let before = free_runs();
        print!("\n{:34}", "free at first");
        before.iter().for_each(|count| if *count == 0 { print!("    .") } else { print!("{count:5}") });
        println!();
        Table { before }
    }

    fn show(&mut self, step: &str) {
        let now = free_runs();
        print!("{step:34}");
        for (now, before) in now.iter().zip(self.before) {
            if *now == before { print!("    .") } else { print!("{:+5}", now - before) }
        }
        println!();
        self.before = now;
    }
}

/// Says where a run and its buddy lie, and whether the buddy is free.
fn show_buddy(name: &str, run: &Pages) {
    let buddy = run.as_ptr().addr() ^ run.len();
    let place = owns(ptr::without_provenance::<u8>(buddy));
    let state = if place.is_some_and(|place| place.state == PlaceState::Free) { "free" } else { "in use" };
    println!("  {name} is at {:p}; its buddy is at {buddy:#x} and {state}.", run.as_ptr());
}

fn allocate(order: u32) -> Pages {
    Pages::zeroed(order).expect("memory")
}

/// Takes all free runs below `order` and keeps them, so that a small request has to split a large run.
fn take_smaller(order: u32) {
    let unit = (ArenaInfo::GRANULE / Pages::page_size()).ilog2();
    for (order, count) in (unit..order).zip(free_runs()) {
        (0..count).for_each(|_| _ = Pages::leak(allocate(order)));
    }
}

fn main() {
    // Printing allocates its buffer with the first line of the table; from then on only the steps allocate.
    drop(allocate(10)); // so that there is a run of 4 MiB
    take_smaller(10);

    let mut table = Table::begin();
    let a = allocate(4);
    table.show("A: allocate 64 KiB, order 4");
    let b = allocate(4);
    table.show("B: allocate 64 KiB, order 4");
    show_buddy("A", &a);
    let c = allocate(6);
    table.show("C: allocate 256 KiB, order 6");
    show_buddy("C", &c);

    drop(a);
    table.show("free A, whose buddy is in use");
    drop(b);
    table.show("free B, whose buddy is free");
    drop(c);
    table.show("free C: all is one run again");
}
