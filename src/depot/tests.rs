//! The depot against a model: how many full and empty magazines it holds.

use core::ptr::NonNull;
use std::vec::Vec;

use proptest::prelude::*;

use super::exchange::Depot;
use super::magazine::MagazineRef;
use crate::base::Class;

fn class() -> Class {
    Class::serving(20_000).unwrap()
}

fn full() -> MagazineRef {
    let mut magazine = MagazineRef::new(class(), 3).unwrap();
    // SAFETY: the first place of a magazine that is this test's alone.
    unsafe { magazine.first_round().write(core::mem::MaybeUninit::new(NonNull::dangling())) };
    magazine.set_count(1);
    magazine
}

fn discard(mut magazine: MagazineRef) {
    magazine.set_count(0);
    magazine.dissolve();
}

#[test]
fn what_an_interval_did_not_need_is_reaped_and_no_more() {
    let mut depot = Depot::new();
    for _ in 0..4 {
        assert!(depot.leave_full(full(), class()).is_ok());
    }
    depot.begin_interval();
    // Two are needed for a while, so two are not.
    for _ in 0..2 {
        let empty = MagazineRef::new(class(), 3).unwrap();
        discard(depot.exchange_for_full(empty, 3).ok().unwrap());
    }
    for _ in 0..2 {
        assert!(depot.leave_full(full(), class()).is_ok());
    }
    let mut reaped = Vec::new();
    while let Some(magazine) = depot.reap_full() {
        reaped.push(magazine);
    }
    assert_eq!(reaped.len(), 2);
    depot.check().unwrap();
    reaped.into_iter().for_each(discard);
}

#[test]
fn who_may_hold_few_gets_the_top_rounds_and_the_rest_stays() {
    let mut depot = Depot::new();
    let mut many = MagazineRef::new(class(), 60).unwrap();
    for at in 0..60 {
        let round = NonNull::new(core::ptr::without_provenance_mut(0x1000 + at)).unwrap();
        // SAFETY: the first 60 places of a magazine that is this test's alone.
        unsafe { many.first_round().add(at).write(core::mem::MaybeUninit::new(round)) };
    }
    many.set_count(60);
    assert!(depot.leave_full(many, class()).is_ok());
    let numbers = |magazine: &MagazineRef| magazine.rounds().iter().map(|r| r.addr().get()).collect::<Vec<_>>();
    // More than there is room for, and fewer.
    for (most, expected) in [(20, 0x1000 + 54..0x1000 + 60), (4, 0x1000 + 50..0x1000 + 54)] {
        let few = depot.exchange_for_full(MagazineRef::new(class(), 6).unwrap(), most).ok().unwrap();
        assert_eq!(numbers(&few), expected.collect::<Vec<_>>());
        depot.check().unwrap();
        discard(few);
    }
    assert_eq!(depot.figures().0, 50);
    let rest = depot.exchange_for_full(MagazineRef::new(class(), 6).unwrap(), 128).ok().unwrap();
    assert_eq!(numbers(&rest), (0x1000..0x1000 + 50).collect::<Vec<_>>());
    discard(rest);
    depot.take_empty().unwrap().dissolve();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Magazines are neither lost nor made, and D1 to D3 hold after each step.
    #[test]
    fn random_exchanges_agree_with_a_model(steps in prop::collection::vec(0..6u8, 1..200)) {
        let mut depot = Depot::new();
        let (mut fulls, mut empties) = (0usize, 0usize);
        for step in steps {
            match step {
                0 | 1 => match depot.exchange_for_empty(full(), class()) {
                    Ok(Some(empty)) => {
                        fulls += 1;
                        empties -= 1;
                        discard(empty);
                    }
                    Ok(None) => {
                        prop_assert_eq!(empties, 0);
                        fulls += 1;
                    }
                    Err(refused) => discard(refused),
                },
                2 | 3 => match depot.exchange_for_full(MagazineRef::new(class(), 3).unwrap(), 3) {
                    Ok(magazine) => {
                        prop_assert_eq!(magazine.count(), 1);
                        fulls -= 1;
                        empties += 1;
                        discard(magazine);
                    }
                    Err(empty) => {
                        prop_assert_eq!(fulls, 0);
                        discard(empty);
                    }
                },
                4 => depot.begin_interval(),
                _ => {
                    if let Some(magazine) = depot.reap_full() {
                        fulls -= 1;
                        discard(magazine);
                    }
                    if let Some(magazine) = depot.reap_empty() {
                        empties -= 1;
                        discard(magazine);
                    }
                }
            }
            depot.check().unwrap();
            prop_assert_eq!(depot.figures().0, fulls);
        }
        while let Ok(magazine) = depot.exchange_for_full(MagazineRef::new(class(), 3).unwrap(), 3) {
            discard(magazine);
        }
        while let Some(magazine) = depot.take_empty() {
            discard(magazine);
        }
    }
}
