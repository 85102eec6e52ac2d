//! Birth, death, inheritance and burial of threads: a shadow of `thread/registry.rs` over the real lock, step for step.
//!
//! The kernel's part is the certificate: a word that the dying thread marks after its last step, which is what the robust
//! list does (`os/certificate.rs`). What is in a block is loom's cell, so two threads that touch it without an order
//! between them are noticed; every round must be drained once, whoever drains it.

use loom::cell::UnsafeCell;
use loom::sync::Arc;

use crate::sync::prim::{AtomicBool, AtomicU32, Mutation, Ordering, leaves_out, model};
use crate::sync::{Lock, Rank};

const VACANT: u32 = 0;
const HELD: u32 = 1;
const DEAD: u32 = 2;

/// pthread_mutex_trylock, pthread_mutex_unlock, and the kernel's walk of the robust list.
struct Certificate(AtomicU32);

impl Certificate {
    fn take(&self) -> bool {
        // Acquire, both: trylock; what the last holder wrote is visible.
        [VACANT, DEAD]
            .into_iter()
            .any(|from| self.0.compare_exchange(from, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok())
    }

    fn give_up(&self) {
        // Release: unlock.
        self.0.store(VACANT, Ordering::Release);
    }

    fn mark_dead(&self) {
        // Release: the kernel's exchange, after the thread's last instruction.
        self.0.store(DEAD, Ordering::Release);
    }
}

struct Block {
    certificate: Certificate,
    in_use: AtomicBool,
    /// What is in the magazines.
    rounds: UnsafeCell<Vec<usize>>,
}

/// Blocks there may be: one more would be made, which a test of so few threads never needs.
const BLOCKS: usize = 2;

struct Shared {
    registry: Lock<{ Rank::Threads as u8 }, ()>,
    blocks: [Block; BLOCKS],
    slabs: Lock<{ Rank::Slab as u8 }, UnsafeCell<Vec<usize>>>,
}

impl Shared {
    fn new() -> Arc<Shared> {
        let blocks = core::array::from_fn(|_| Block {
            certificate: Certificate(AtomicU32::new(VACANT)),
            in_use: AtomicBool::new(false),
            rounds: UnsafeCell::new(Vec::new()),
        });
        let shared =
            Arc::new(Shared { registry: Lock::new(()), blocks, slabs: Lock::new(UnsafeCell::new(Vec::new())) });
        // Made before the threads begin.
        drop(shared.registry.lock());
        drop(shared.slabs.lock());
        for block in &shared.blocks {
            assert!(block.certificate.take());
            block.certificate.give_up();
            assert!(!block.in_use.load(Ordering::Relaxed));
        }
        shared
    }

    /// `registry::birth`.
    fn birth(&self) -> &Block {
        let registry = self.registry.lock();
        let found = self.blocks.iter().find(|block| block.certificate.take());
        drop(registry);
        let block = found.expect("there are as many blocks as threads");
        // Relaxed: as in the code, it spares looks; the certificate decides.
        block.in_use.store(true, Ordering::Relaxed);
        block
    }

    /// A thread: is born, frees an object, dies.
    fn live(&self, object: usize) {
        let block = self.birth();
        // SAFETY: the block is this thread's (T5).
        block.rounds.with_mut(|rounds| unsafe { (*rounds).push(object) });
        block.certificate.mark_dead();
    }

    /// `registry::visit`.
    fn bury(&self) {
        let _registry = self.registry.lock();
        for block in &self.blocks {
            // Relaxed: as in `birth`.
            if !block.in_use.load(Ordering::Relaxed) {
                continue;
            }
            // Left out, the living are drained too.
            if leaves_out() || block.certificate.take() {
                // SAFETY: the certificate is this thread's now (T5).
                let drained = block.rounds.with_mut(|rounds| unsafe { core::mem::take(&mut *rounds) });
                // SAFETY: the lock is held.
                self.slabs.lock().with_mut(|slabs| unsafe { (*slabs).extend(drained) });
                // Relaxed: as in `birth`; before the certificate goes, so that an heir's mark is not taken off.
                block.in_use.store(false, Ordering::Relaxed);
                block.certificate.give_up();
            }
        }
    }
}

/// Two threads come and go while a third buries.
fn come_and_go() {
    let shared = Shared::new();
    let threads = [1, 2].map(|object| {
        let shared = Arc::clone(&shared);
        loom::thread::spawn(move || shared.live(object))
    });
    shared.bury();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    shared.bury();
    // SAFETY: the lock is held.
    let mut drained = shared.slabs.lock().with(|slabs| unsafe { (*slabs).clone() });
    drained.sort_unstable();
    assert_eq!(drained, [1, 2], "what the dead left is drained once");
}

#[test]
fn what_dead_threads_left_is_inherited_or_drained_once() {
    model(Some(2), Mutation::None, come_and_go);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn draining_without_the_certificate_is_noticed() {
    model(Some(2), Mutation::Step, come_and_go);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn certificate_that_acquires_nothing_is_noticed() {
    model(Some(2), Mutation::Acquire, come_and_go);
}
