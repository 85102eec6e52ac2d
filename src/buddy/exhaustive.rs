//! Every sequence of up to eight operations on a small arena, each step against a model: which granules are whose.
//!
//! An operation takes a run of any order that the arena can have, or gives any run that is out. Sequences that lead to
//! the same state are followed once: `Space` is a deterministic function of what `Space::snapshot` returns and of the
//! runs given out, so whatever one of them goes on to do, the other does too. Every state is reached by its own calls
//! from a whole arena, and every operation is tried in every state, so each step of each sequence is checked.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::vec::Vec;

use super::space::{Run, Space};
use crate::arena::Arena;
use crate::base::{GranuleCount, GranuleIndex, Order, UNIT};

/// Operations in the longest sequences.
const LENGTH: usize = 8;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Takes a run of this order.
    Take(u32),
    /// Gives the run that starts here.
    Give(u32),
}

/// An arena of which all but the first `1 << top` granules are held.
struct Small {
    space: Space,
    held: Vec<Run>,
    top: u32,
    /// The runs that are out beyond the held ones, by first granule.
    live: BTreeMap<u32, Run>,
}

fn order(k: u32) -> Order {
    Order::new(k).unwrap()
}

impl Small {
    fn new(top: u32) -> Small {
        let (arena, growth) = Arena::reserve(UNIT, 0).unwrap();
        let mut space = Space::new(arena, growth);
        let first = space.take(order(top).granules(), order(top)).unwrap();
        assert_eq!(first.start, GranuleIndex(0));
        // The rest of the unit, as one run of each order that is left.
        let held: Vec<Run> =
            (top..arena.most().index() as u32).map(|k| space.take(order(k).granules(), order(k)).unwrap()).collect();
        space.give(first);
        Small { space, held, top, live: BTreeMap::new() }
    }

    /// Returns whether the model has an aligned run of order `k` that nobody has.
    fn has_room(&self, k: u32) -> bool {
        let length = 1 << k;
        let free = |start: u32| {
            let apart = |run: &Run| run.start.0 + run.count.0 <= start || start + length <= run.start.0;
            self.live.values().all(apart)
        };
        (0..1 << self.top).step_by(length as usize).any(free)
    }

    /// Returns how many free runs of order `k` the model has: aligned, free, and not part of a larger one.
    fn free_runs(&self, k: u32) -> u64 {
        let taken = |start: u32, length: u32| {
            self.live.values().any(|run| start < run.start.0 + run.count.0 && run.start.0 < start + length)
        };
        let length = 1 << k;
        let whole = |&start: &u32| !taken(start, length) && (k == self.top || taken(start & !length, 2 * length));
        (0..1 << self.top).step_by(length as usize).filter(whole).count() as u64
    }

    /// Takes a step and checks what it returned against the model. Returns false for a refusal, after which nothing has
    /// changed.
    fn step(&mut self, step: Step) -> bool {
        match step {
            Step::Take(k) => match self.space.take(order(k).granules(), order(k)) {
                Ok(run) => {
                    assert!(self.has_room(k), "a run of order {k} overlaps another");
                    assert_eq!((run.count.0, run.start.0 % (1 << k)), (1 << k, 0), "the run is whole and aligned");
                    let (start, end) = (run.start.0, run.start.0 + run.count.0);
                    assert!(end <= 1 << self.top, "{run:?} is outside");
                    let before = self.live.range(..end).next_back().map_or(0, |(_, run)| run.start.0 + run.count.0);
                    assert!(before <= start, "{run:?} overlaps");
                    self.live.insert(start, run);
                    true
                }
                Err(_) => {
                    assert!(!self.has_room(k), "a run of order {k} was there");
                    false
                }
            },
            Step::Give(start) => {
                let mut run = self.live.remove(&start).unwrap();
                run.zero = false;
                self.space.give(run);
                true
            }
        }
    }

    /// Checks every free run against the model, and the invariants of the space.
    fn check(&self) {
        for k in 0..=self.top {
            assert_eq!(self.space.free_runs(k as usize), self.free_runs(k), "free runs of order {k}");
        }
        let held = |start| self.held.iter().find(|run| run.start == start).map(|run| run.count);
        let live = |start: GranuleIndex| self.live.get(&start.0).map(|run| run.count);
        self.space.check(|start| live(start).or_else(|| held(start))).unwrap();
    }

    /// Brings the arena into its first state: all free, coalesced and clean.
    fn reset(&mut self) {
        for run in core::mem::take(&mut self.live).into_values() {
            self.space.give(run);
        }
        while let Some((run, _)) = self.space.take_dirty(Order::ZERO, GranuleCount(1 << self.top), true) {
            self.space.put_purged(run, true);
        }
    }

    fn state(&self) -> (Vec<u32>, Vec<(u32, u32, bool)>) {
        let live = self.live.values().map(|run| (run.start.0, run.count.0, run.zero));
        (self.space.snapshot(), live.collect())
    }
}

/// Follows every sequence of up to `length` operations in an arena of `1 << top` granules; returns how many states and
/// steps there are.
fn follow_all(top: u32, length: usize) -> (usize, usize) {
    let mut small = Small::new(top);
    small.reset();
    small.check();
    let first = small.state();
    let mut known = HashSet::from([first.clone()]);
    let mut paths: Vec<Vec<Step>> = std::vec![Vec::new()];
    let mut steps = 0;
    let mut orders_seen = BTreeSet::new();
    for _ in 0..length {
        let mut longer = Vec::new();
        for path in paths {
            small.reset();
            assert_eq!(small.state(), first, "what was given back coalesces");
            path.iter().for_each(|&step| assert!(small.step(step)));
            let here = small.state();
            let gives: Vec<u32> = small.live.keys().copied().collect();
            let tries = (0..=top).map(Step::Take).chain(gives.into_iter().map(Step::Give));
            for step in tries.collect::<Vec<_>>() {
                if small.state() != here {
                    small.reset();
                    path.iter().for_each(|&step| assert!(small.step(step)));
                }
                steps += 1;
                let done = small.step(step);
                small.check();
                if !done {
                    assert_eq!(small.state(), here, "a refusal changes nothing");
                    continue;
                }
                if let Step::Take(k) = step {
                    orders_seen.insert(k);
                }
                if known.insert(small.state()) {
                    let mut next = path.clone();
                    next.push(step);
                    longer.push(next);
                }
            }
        }
        paths = longer;
    }
    assert_eq!(orders_seen.len() as u32, top + 1, "every order was taken");
    (known.len(), steps)
}

#[test]
fn every_sequence_of_eight_operations_on_up_to_sixteen_granules_agrees_with_the_model() {
    for top in 0..=4 {
        let (states, steps) = follow_all(top, LENGTH);
        std::println!("{} granules: {states} states, {steps} steps", 1 << top);
    }
}

#[test]
fn every_sequence_of_four_operations_on_up_to_a_unit_agrees_with_the_model() {
    for top in 5..=7 {
        let (states, steps) = follow_all(top, 4);
        std::println!("{} granules: {states} states, {steps} steps", 1 << top);
    }
}
