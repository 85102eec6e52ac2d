//! The free runs of one arena against a model: who owns each granule.

use std::collections::BTreeMap;
use std::vec::Vec;

use proptest::prelude::*;

use super::space::{Run, Space};
use crate::arena::{Arena, UNIT_GRANULES, growth};
use crate::base::{Class, GranuleCount, Order, UNIT};
use crate::options::Thp;
use crate::os::fault::{self, Call, Plan};

const SMALL_ARENA: usize = 64 << 20;

fn space() -> Space {
    let (arena, growth) = Arena::reserve(SMALL_ARENA, 0).unwrap();
    Space::new(arena, growth)
}

/// The runs given out, by first granule.
#[derive(Default)]
struct Model {
    runs: BTreeMap<u32, Run>,
}

impl Model {
    fn insert(&mut self, run: Run) {
        let (start, end) = (run.start.0, run.start.0 + run.count.0);
        if let Some((_, before)) = self.runs.range(..end).next_back() {
            assert!(before.start.0 + before.count.0 <= start, "{run:?} overlaps {before:?}");
        }
        self.runs.insert(start, run);
    }

    fn remove(&mut self, which: usize) -> Option<Run> {
        let start = *self.runs.keys().nth(which % self.runs.len().max(1))?;
        self.runs.remove(&start)
    }

    fn check(&self, space: &Space) {
        space.check(|start| self.runs.get(&start.0).map(|run| run.count)).unwrap();
    }
}

#[test]
fn free_of_everything_restores_the_largest_runs() {
    let mut space = space();
    let runs: Vec<Run> = (1..=40).map(|n| space.take(GranuleCount(n), Order::ZERO).unwrap()).collect();
    for run in runs {
        space.give(run);
    }
    space.check(|_| None).unwrap();
    let frontier = space.arena().frontier();
    let runs: u64 = (0..crate::base::ORDER_COUNT).map(|order| space.free_runs(order)).sum();
    assert_eq!(runs, u64::from(frontier.count_ones()), "all of the frontier's {frontier} granules are in whole runs");
}

#[test]
fn what_a_run_leaves_behind_serves_its_length_again() {
    for count in [257, 320, 513, 1500] {
        let mut space = space();
        let first = space.take(GranuleCount(count), Order::ZERO).unwrap();
        let start = first.start;
        // Whatever lies behind it, up to the next power of two, is in use, so what is free again is several runs.
        let behind = (count..count.next_power_of_two()).map(|_| space.take(GranuleCount(1), Order::ZERO).unwrap());
        let behind: Vec<Run> = behind.collect();
        space.give(Run { zero: false, ..first });
        let again = space.take(GranuleCount(count), Order::ZERO).unwrap();
        assert_eq!(again.start, start, "{count} granules");
        for run in behind.into_iter().chain([again]) {
            space.give(run);
        }
        space.check(|_| None).unwrap();
    }
}

#[test]
fn a_run_is_cut_to_the_granule_and_its_tail_is_free() {
    let mut space = space();
    let run = space.take(GranuleCount(129), Order::ZERO).unwrap();
    assert_eq!(space.free_granules().0, u64::from(space.arena().frontier()) - 129);
    // The tail of 127 granules is one free run of each order from 0 to 6.
    let frontier = space.arena().frontier();
    let tails: Vec<Run> =
        (0..7).map(|k| space.take(Order::new(k).unwrap().granules(), Order::new(k).unwrap()).unwrap()).collect();
    assert!(tails.iter().all(|tail| tail.start > run.start && tail.start.0 < run.start.0 + 256));
    assert_eq!(space.arena().frontier(), frontier);
    space.give(run);
    tails.into_iter().for_each(|tail| space.give(tail));
    space.check(|_| None).unwrap();
}

#[test]
fn fresh_runs_are_zero_used_ones_are_not_and_purged_ones_are_again() {
    let mut space = space();
    let mut run = space.take(GranuleCount(4), Order::ZERO).unwrap();
    assert!(run.zero);
    run.zero = false;
    space.give(run);
    let run = space.take(GranuleCount(4), Order::ZERO).unwrap();
    assert!(!run.zero);
    space.give(run);
    let (dirty, touched) = space.take_dirty(Order::ZERO, GranuleCount(64), true).unwrap();
    assert_eq!(touched, 4);
    space.put_purged(dirty, true);
    assert_eq!(space.free_granules().1, 0);
    assert!(space.take(GranuleCount(4), Order::ZERO).unwrap().zero);
}

#[test]
fn a_full_arena_and_a_refused_commit_change_nothing() {
    let mut space = space();
    let mut runs = Vec::new();
    while let Ok(run) = space.take(GranuleCount(100), Order::ZERO) {
        runs.push(run);
    }
    let model = Model { runs: runs.into_iter().map(|run| (run.start.0, run)).collect() };
    model.check(&space);
    assert!(model.runs.len() * 100 > SMALL_ARENA / crate::base::GRANULE * 3 / 4);

    // Four parts of metadata and the runs themselves: each commit can be refused.
    for n in 0..5 {
        let mut space = self::space();
        fault::arm(Plan { call: Some(Call::Commit), first: n, count: u32::MAX });
        assert!(space.take(GranuleCount(1), Order::ZERO).is_err());
        assert!(fault::disarm() > 0);
        space.check(|_| None).unwrap();
        assert_eq!(space.arena().frontier(), 0);
        assert!(space.take(GranuleCount(1), Order::ZERO).is_ok());
        assert_eq!(space.arena().frontier() as usize, UNIT / crate::base::GRANULE);
    }
}

#[test]
fn a_large_dirty_run_is_purged_piece_by_piece_and_whole_again() {
    let mut space = space();
    let mut run = space.take(GranuleCount(1024), Order::ZERO).unwrap();
    run.zero = false;
    space.give(run);
    for left in (0..16).rev() {
        let (piece, touched) = space.take_dirty(Order::ZERO, GranuleCount(64), true).unwrap();
        assert_eq!(touched, 64);
        space.put_purged(piece, true);
        assert_eq!(space.free_granules().1, left * 64);
        space.check(|_| None).unwrap();
    }
    assert!(space.take_dirty(Order::ZERO, GranuleCount(64), true).is_none());
}

/// Dirty before clean, then the least order, then the lowest address.
#[test]
fn what_is_dirty_is_taken_first_and_the_lowest_of_it() {
    let mut space = space();
    let mut runs: Vec<Run> = (0..256).map(|_| space.take(GranuleCount(1), Order::ZERO).unwrap()).collect();
    assert!(runs.iter().enumerate().all(|(at, run)| run.start.0 as usize == at), "fresh memory is taken in order");
    for at in [200, 70, 31, 130] {
        let run = runs.remove(runs.iter().position(|run| run.start.0 == at).unwrap());
        space.give(Run { zero: false, ..run });
    }
    for at in [31, 70, 130, 200] {
        let run = space.take(GranuleCount(1), Order::ZERO).unwrap();
        assert_eq!((run.start.0, run.zero), (at, false));
        runs.push(run);
    }
    // A clean run of the order that is asked for stays, since a greater dirty one is there.
    let clean = space.take(Order::new(8).unwrap().granules(), Order::new(8).unwrap()).unwrap();
    let clean_at = clean.start;
    space.give(clean);
    for run in runs {
        space.give(Run { zero: false, ..run });
    }
    let run = space.take(Order::new(7).unwrap().granules(), Order::ZERO).unwrap();
    assert!(run.start < clean_at && !run.zero);
    space.give(run);
    space.check(|_| None).unwrap();
}

/// Takes granules until all of the frontier's are taken.
fn take_all(space: &mut Space) -> Vec<Run> {
    let frontier = space.arena().frontier();
    let mut runs = Vec::new();
    while space.free_granules().0 > 0 {
        runs.push(space.take(GranuleCount(1), Order::ZERO).unwrap());
    }
    assert_eq!(space.arena().frontier(), frontier);
    runs
}

/// Purges until nothing is left, 64 granules at a time; returns where the pieces began.
fn purge_all(space: &mut Space, least: Order, all: bool) -> Vec<u32> {
    let mut starts = Vec::new();
    while let Some((run, _)) = space.take_dirty(least, GranuleCount(UNIT_GRANULES), all) {
        starts.push(run.start.0);
        space.put_purged(run, true);
    }
    starts
}

/// Of three dirty units the middle one is partly in use: the others go first, the highest of them before.
#[test]
fn whole_units_are_purged_before_parts_and_parts_are_left_where_huge_pages_are() {
    for thp in [Thp::Never, Thp::Always] {
        growth::set_thp(thp);
        let mut space = space();
        growth::set_thp(Thp::Auto);
        let order = Order::new(9).unwrap();
        let first = space.take(order.granules(), order).unwrap();
        space.give(first);
        let mut runs = take_all(&mut space);
        let used = runs.remove(UNIT_GRANULES as usize + 5);
        let rest = runs.split_off(3 * UNIT_GRANULES as usize - 1);
        for run in runs {
            space.give(Run { zero: false, ..run });
        }
        let (two, zero) = (Order::new(2).unwrap(), 0);
        let unit = UNIT_GRANULES;
        let mut starts = purge_all(&mut space, two, false);
        let parts = starts.split_off(2);
        assert_eq!(starts, [2 * unit, zero], "{thp:?}");
        if thp == Thp::Always {
            assert_eq!((parts.len(), space.free_granules().1), (0, u64::from(unit) - 1), "its unit is in use");
            // Memory is asked for: it goes too, and no more huge pages are asked for.
            assert_eq!(purge_all(&mut space, Order::ZERO, true).len(), 7);
            assert!(!space.has_huge());
        } else {
            // All but the lone granules beside the one in use.
            assert_eq!(space.free_granules().1, 3, "{parts:?}");
            assert!(parts.iter().all(|&start| start >= unit && start < 2 * unit));
        }
        for run in rest.into_iter().chain([used]) {
            space.give(run);
        }
        space.check(|_| None).unwrap();
    }
}

/// Every granule of ten units is an object of a class. Touched throughout, they would take no more behind huge pages;
/// touched in part they would, unless the rest is free.
#[test]
fn huge_pages_are_worth_it_where_what_is_in_use_is_resident() {
    let class = Class::serving(crate::base::GRANULE).unwrap();
    for (touched, free, expected) in [(64, false, true), (63, false, true), (60, false, false), (32, true, true)] {
        let mut space = space();
        let order = Order::new(11).unwrap();
        let whole = space.take(order.granules(), Order::ZERO).unwrap();
        space.give(whole);
        let mut runs = Vec::new();
        for run in take_all(&mut space) {
            if run.start.0 % 64 < touched {
                // SAFETY: the run is ours, a granule long.
                unsafe { space.arena().address_of(run.start).write_bytes(1, crate::base::GRANULE) };
            } else if free {
                space.give(run);
                continue;
            }
            space.arena().publish(run.start, run.count, class);
            runs.push(run);
        }
        assert_eq!(space.huge_would_add_little(), expected, "{touched} of 64");
        for run in runs {
            space.arena().unpublish(run.start, run.count);
            space.give(Run { zero: false, ..run });
        }
        space.check(|_| None).unwrap();
        assert!(!space.huge_would_add_little(), "nothing is in use");
    }
}

#[test]
fn growth_beyond_all_numbers_is_refused() {
    let mut space = space();
    let mut run = space.take(GranuleCount(4), Order::ZERO).unwrap();
    for count in [u32::MAX, u32::MAX - 1, u32::MAX / 2, SMALL_ARENA as u32] {
        assert!(!space.extend(&mut run, GranuleCount(count)));
        assert_eq!(run.count, GranuleCount(4));
    }
}

/// An arena's metadata serves it to its last granule, whatever its size and the alignment that this asks for.
#[test]
fn arenas_of_odd_sizes_can_be_used_to_their_ends() {
    for units in [8, 9, 31, 33, 63, 65, 127, 255] {
        let (arena, growth) = Arena::reserve(units * UNIT, 0).unwrap();
        let mut space = Space::new(arena, growth);
        assert_eq!(arena.granules().bytes(), units * UNIT);
        let mut runs = Vec::new();
        while let Ok(run) = space.take(GranuleCount(64), Order::ZERO) {
            runs.push(run);
        }
        // A larger one may find the addresses behind it taken by another test.
        if units * UNIT <= 64 << 20 {
            assert_eq!(arena.frontier(), arena.granules().0);
        }
        let model = Model { runs: runs.into_iter().map(|run| (run.start.0, run)).collect() };
        model.check(&space);
        for run in model.runs.into_values() {
            space.give(run);
        }
        space.check(|_| None).unwrap();
    }
}

#[derive(Clone, Debug)]
enum Step {
    Take(u32, u32),
    Give(usize),
    Extend(usize, u32),
    Shrink(usize, u32),
    Purge,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (prop_oneof![1..20u32, 1..400u32], 0..9u32).prop_map(|(count, align)| Step::Take(count, align)),
        4 => any::<usize>().prop_map(Step::Give),
        2 => (any::<usize>(), 1..300u32).prop_map(|(which, more)| Step::Extend(which, more)),
        2 => (any::<usize>(), 1..300u32).prop_map(|(which, count)| Step::Shrink(which, count)),
        1 => Just(Step::Purge),
    ]
}

fn run_steps(space: &mut Space, steps: Vec<Step>) {
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Take(count, align) => {
                let align = Order::new(align).unwrap();
                if let Ok(mut run) = space.take(GranuleCount(count), align) {
                    assert_eq!((run.count.0, run.start.0 % align.granules().0), (count, 0));
                    run.zero = false;
                    model.insert(run);
                }
            }
            Step::Give(which) => {
                if let Some(run) = model.remove(which) {
                    space.give(run);
                }
            }
            Step::Extend(which, more) => {
                if let Some(mut run) = model.remove(which) {
                    let wanted = GranuleCount(run.count.0 + more);
                    let before = run.count;
                    let grew = space.extend(&mut run, wanted);
                    assert_eq!(run.count, if grew { wanted } else { before });
                    model.insert(run);
                }
            }
            Step::Shrink(which, count) => {
                if let Some(mut run) = model.remove(which) {
                    let count = GranuleCount(count.min(run.count.0));
                    if count < run.count {
                        space.shrink(&mut run, count);
                    }
                    model.insert(run);
                }
            }
            Step::Purge => {
                if let Some((run, touched)) = space.take_dirty(Order::ZERO, GranuleCount(64), true) {
                    assert!(touched > 0);
                    space.put_purged(run, true);
                }
            }
        }
        model.check(space);
    }
    for (_, run) in std::mem::take(&mut model.runs) {
        space.give(run);
    }
    model.check(space);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Runs never overlap, whatever is taken, given back, grown, shrunk and purged; B1 to B5 hold after each step.
    #[test]
    fn random_steps_agree_with_a_model(steps in prop::collection::vec(step(), 1..120)) {
        run_steps(&mut space(), steps);
    }
}
