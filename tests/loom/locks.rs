//! The lock: exclusive, publishing, waking.

use loom::cell::UnsafeCell;
use loom::sync::Arc;

use crate::sync::lock::briefly;
use crate::sync::prim::{Mutation, leaves_out, model};
use crate::sync::{Lock, Rank};

type Counter = Lock<{ Rank::Depot as u8 }, UnsafeCell<usize>>;

/// Counts up; the lock is held, or the model leaves it out.
fn count(counter: &Counter) {
    if leaves_out() {
        // SAFETY: none: that is what loom is to notice.
        return unsafe { &*counter.data_ptr() }.with_mut(|count| unsafe { *count += 1 });
    }
    // SAFETY: the lock is held.
    counter.lock().with_mut(|count| unsafe { *count += 1 });
}

/// A counter that only the lock makes safe: loom reports two threads that touch it without an order between them. With
/// `brief` there is a thread that takes the lock briefly, if at all, and wakes nobody.
fn count_in_threads(threads: usize, brief: bool) {
    let shared: Arc<Counter> = Arc::new(Lock::new(UnsafeCell::new(0)));
    drop(shared.lock());
    let briefly = brief.then(|| {
        let shared = Arc::clone(&shared);
        loom::thread::spawn(move || match briefly(&shared) {
            Some(held) => {
                // SAFETY: the lock is held.
                held.with_mut(|count| unsafe { *count += 1 });
                1
            }
            None => 0,
        })
    });
    let workers: Vec<_> = (1..threads)
        .map(|_| {
            let shared = Arc::clone(&shared);
            loom::thread::spawn(move || count(&shared))
        })
        .collect();
    count(&shared);
    for worker in workers {
        worker.join().unwrap();
    }
    let more = briefly.map_or(0, |thread| thread.join().unwrap());
    // SAFETY: the lock is held.
    shared.lock().with(|count| assert_eq!(unsafe { *count }, threads + more));
}

#[test]
fn lock_excludes_and_publishes_under_every_interleaving_of_two() {
    model(None, Mutation::None, || count_in_threads(2, false));
}

#[test]
fn lock_excludes_and_publishes_under_interleavings_of_three() {
    model(Some(2), Mutation::None, || count_in_threads(3, false));
}

#[test]
fn lock_survives_a_brief_holder_under_every_interleaving_of_two() {
    model(None, Mutation::None, || count_in_threads(1, true));
}

#[test]
fn lock_survives_a_brief_holder_under_interleavings_of_three() {
    model(Some(2), Mutation::None, || count_in_threads(2, true));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn lock_whose_taker_acquires_nothing_is_noticed() {
    model(None, Mutation::Acquire, || count_in_threads(2, false));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn lock_whose_holder_releases_nothing_is_noticed() {
    model(None, Mutation::Release, || count_in_threads(2, false));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn brief_holder_that_releases_nothing_is_noticed() {
    model(None, Mutation::Release, || count_in_threads(1, true));
}

#[test]
#[should_panic(expected = "Causality violation")]
fn lock_that_is_not_taken_is_noticed() {
    model(None, Mutation::Step, || count_in_threads(2, false));
}

/// In a process of its own: loom panics while it unwinds from a deadlock, and that ends the process.
#[test]
fn lock_that_wakes_nobody_is_noticed() {
    const INSIDE: &str = "QUARRY_LOOM_WAKES_NOBODY";
    if std::env::var_os(INSIDE).is_some() {
        return model(None, Mutation::Wake, || count_in_threads(2, false));
    }
    let test = std::env::current_exe().expect("this program has a path");
    let name = "locks::lock_that_wakes_nobody_is_noticed";
    let run = std::process::Command::new(test).args(["--exact", name, "--nocapture"]).env(INSIDE, "1").output();
    let run = run.expect("the test can be run again");
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success() && told.contains("deadlock"), "{told}");
}
