//! The lock among real threads; `tests/loom.rs` has it under every interleaving.

use super::{Lock, Rank};
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
