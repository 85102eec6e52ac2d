//! The lock under every interleaving: mounted over loom's atomics in place of `sync::prim`.

/// What the lock stands on here. `wait` and `wake_one` are the futex as the kernel defines it, so a lost wake-up is a
/// deadlock, which loom reports.
mod prim {
    use std::sync::OnceLock;

    use loom::sync::{Condvar, Mutex};

    pub use loom::hint::spin_loop;
    pub use loom::sync::atomic::Ordering;

    /// loom's atomics are made at run time, the lock's in a constant: made at first use.
    pub struct AtomicU32 {
        initial: u32,
        made: OnceLock<(loom::sync::atomic::AtomicU32, Mutex<()>, Condvar)>,
    }

    impl AtomicU32 {
        pub const fn new(initial: u32) -> AtomicU32 {
            AtomicU32 { initial, made: OnceLock::new() }
        }

        fn made(&self) -> &(loom::sync::atomic::AtomicU32, Mutex<()>, Condvar) {
            let make = || (loom::sync::atomic::AtomicU32::new(self.initial), Mutex::new(()), Condvar::new());
            self.made.get_or_init(make)
        }

        fn get(&self) -> &loom::sync::atomic::AtomicU32 {
            &self.made().0
        }

        pub fn load(&self, order: Ordering) -> u32 {
            self.get().load(order)
        }

        pub fn store(&self, value: u32, order: Ordering) {
            self.get().store(value, order)
        }

        pub fn swap(&self, value: u32, order: Ordering) -> u32 {
            self.get().swap(value, order)
        }

        pub fn compare_exchange(&self, from: u32, to: u32, good: Ordering, bad: Ordering) -> Result<u32, u32> {
            self.get().compare_exchange(from, to, good, bad)
        }

        pub fn compare_exchange_weak(&self, from: u32, to: u32, good: Ordering, bad: Ordering) -> Result<u32, u32> {
            self.get().compare_exchange_weak(from, to, good, bad)
        }
    }

    /// One turn: more only multiply the interleavings.
    pub const SPINS: u32 = 1;

    /// Nobody forks here.
    pub fn thread_address() -> usize {
        1
    }

    pub fn wait(word: &AtomicU32, expected: u32) {
        let (word, queue, sleepers) = word.made();
        let guard = queue.lock().unwrap();
        // Relaxed: the lock that asked looks again with Acquire.
        if word.load(Ordering::Relaxed) == expected {
            drop(sleepers.wait(guard).unwrap());
        }
    }

    /// No signals come here, and each thread takes one lock.
    pub fn ranks() -> usize {
        0
    }

    pub fn set_ranks(_ranks: usize) {}

    pub fn stop(line: &[u8]) -> ! {
        panic!("{}", String::from_utf8_lossy(line));
    }

    /// Time passes when others run.
    pub fn wait_a_moment(_word: &AtomicU32, _expected: u32) {
        loom::thread::yield_now();
    }

    pub fn wake_one(word: &AtomicU32) {
        let (_, queue, sleepers) = word.made();
        let _guard = queue.lock().unwrap();
        sleepers.notify_one();
    }
}

/// Nothing is counted here.
mod meter {
    pub struct LockFigures;

    #[derive(Clone, Copy)]
    pub struct Tries;

    impl Tries {
        pub const ONE: Tries = Tries;

        pub fn more(&mut self) {}
    }

    pub struct Meter;

    impl Meter {
        pub const NEW: Meter = Meter;

        pub fn taken(&self, _: Tries) {}

        pub fn releasing(&self, _: u64) {}

        pub fn figures(&self) -> Option<LockFigures> {
            None
        }
    }

    pub fn modified(_: u64) {}
}

#[allow(dead_code)] // One rank is enough here.
#[path = "../src/sync/rank.rs"]
mod rank;

#[allow(dead_code)] // What fork uses is not modelled.
#[path = "../src/sync/lock.rs"]
mod lock;

use lock::{Lock, briefly};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use rank::Rank;

/// A counter that only the lock makes safe: loom reports two threads that touch it without an order between them.
fn count_in_threads(threads: usize) {
    let shared = Arc::new(Lock::<{ Rank::Depot as u8 }, UnsafeCell<usize>>::new(UnsafeCell::new(0)));
    // Makes the atomic before anybody else can see it.
    drop(shared.lock());
    let workers: Vec<_> = (1..threads)
        .map(|_| {
            let shared = Arc::clone(&shared);
            loom::thread::spawn(move || {
                shared.lock().with_mut(|count| // SAFETY: the lock is held.
            unsafe { *count += 1 })
            })
        })
        .collect();
    shared.lock().with_mut(|count| // SAFETY: the lock is held.
            unsafe { *count += 1 });
    for worker in workers {
        worker.join().unwrap();
    }
    shared.lock().with(|count| assert_eq!(unsafe { *count }, threads));
}

#[test]
fn lock_excludes_and_publishes_under_every_interleaving_of_two() {
    loom::model(|| count_in_threads(2));
}

#[test]
fn lock_excludes_and_publishes_under_interleavings_of_three() {
    let mut model = loom::model::Builder::new();
    // Two switches away from a thread that could go on reach every state of a lock with one holder and two waiters.
    model.preemption_bound = Some(2);
    model.check(|| count_in_threads(3));
}

/// As `count_in_threads`, with a thread that takes the lock briefly, if at all, and wakes nobody.
fn count_beside_a_brief_holder(threads: usize) {
    let shared = Arc::new(Lock::<{ Rank::Depot as u8 }, UnsafeCell<usize>>::new(UnsafeCell::new(0)));
    drop(shared.lock());
    let brief = Arc::clone(&shared);
    let brief = loom::thread::spawn(move || match briefly(&brief) {
        Some(count) => {
            count.with_mut(|count| // SAFETY: the lock is held.
            unsafe { *count += 1 });
            1
        }
        None => 0,
    });
    let workers: Vec<_> = (1..threads)
        .map(|_| {
            let shared = Arc::clone(&shared);
            loom::thread::spawn(move || {
                shared.lock().with_mut(|count| // SAFETY: the lock is held.
            unsafe { *count += 1 })
            })
        })
        .collect();
    shared.lock().with_mut(|count| // SAFETY: the lock is held.
            unsafe { *count += 1 });
    for worker in workers {
        worker.join().unwrap();
    }
    let more = brief.join().unwrap();
    shared.lock().with(|count| assert_eq!(unsafe { *count }, threads + more));
}

#[test]
fn lock_survives_a_brief_holder_under_every_interleaving_of_two() {
    loom::model(|| count_beside_a_brief_holder(1));
}

#[test]
fn lock_survives_a_brief_holder_under_interleavings_of_three() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| count_beside_a_brief_holder(2));
}
