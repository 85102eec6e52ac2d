//! The lock among real threads; `tests/loom.rs` has it under every interleaving.

use super::{Lock, Rank, lock};
use std::sync::Arc;
use std::vec::Vec;

#[test]
fn lock_excludes_and_publishes() {
    let lock = Arc::new(Lock::<{ Rank::Depot as u8 }, u64>::new(0));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let lock = Arc::clone(&lock);
            std::thread::spawn(move || {
                for _ in 0..20_000 {
                    *lock.lock() += 1;
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(*lock.lock(), 80_000);
}

#[test]
#[should_panic(expected = "is taken under a greater one")]
fn lock_of_a_lower_rank_cannot_be_taken_under_a_higher_one() {
    let outer = Lock::<{ Rank::Depot as u8 }, ()>::new(());
    let inner = Lock::<{ Rank::Store as u8 }, ()>::new(());
    let _inner = inner.lock();
    let _outer = outer.lock();
}

#[test]
fn takes_waits_and_modifications_are_counted_where_anything_is() {
    let lock = Lock::<{ Rank::Depot as u8 }, ()>::new(());
    drop(lock.lock());
    drop(lock.try_lock());
    let held = lock.lock();
    std::thread::scope(|scope| {
        scope.spawn(|| drop(lock.lock()));
        // Long enough for the other to find the lock held, most times; it holds either way.
        std::thread::sleep(std::time::Duration::from_millis(20));
        drop(held);
    });
    let counted = lock::figures(&lock);
    assert_eq!(counted.is_some(), cfg!(feature = "instrument"));
    let Some(counted) = counted else { return };
    assert_eq!(counted.taken, 4);
    assert!(counted.waited <= 1);
    assert!(counted.read_modify_writes >= 8 + counted.waited, "a try and a release each: {counted:?}");
    assert!(counted.held_ns >= 20_000_000, "{counted:?}");
}

#[test]
fn brief_takes_are_counted_with_a_release_that_is_a_store() {
    let lock = Lock::<{ Rank::Depot as u8 }, ()>::new(());
    drop(lock::briefly(&lock));
    let Some(counted) = lock::figures(&lock) else { return };
    assert_eq!((counted.taken, counted.waited, counted.read_modify_writes), (1, 0, 1));
}
