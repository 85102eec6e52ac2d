//! The sweep: the right to handle the object caches of others, which one thread has at a time. Whoever destroys a
//! cache, reaps all of them, or calls their reclaim callbacks has it, so that none of them meets a cache half
//! destroyed.
//!
//! It is held while callbacks of the program run, which may allocate, and so come here again: the thread that has it
//! already is told so instead of waiting for itself. For the same reason fork does not wait for it; the child takes it
//! from the threads that it lost (`renew`).

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::os::errno::thread_address;
use crate::sync::meter::LockFigures;
use crate::sync::{Lock, LockGuard, Rank, lock};

static SWEEP: Lock<{ Rank::Sweep as u8 }, ()> = Lock::new(());

/// The thread that has the sweep, by the address of its errno; 0 for none.
static HOLDER: AtomicUsize = AtomicUsize::new(0);

/// Having the sweep.
pub struct Sweep {
    // Dropped after the holder is forgotten (`Drop`).
    _guard: LockGuard<'static, { Rank::Sweep as u8 }, ()>,
}

impl Drop for Sweep {
    fn drop(&mut self) {
        // Relaxed: a thread only ever looks for its own address here.
        HOLDER.store(0, Relaxed);
    }
}

/// Returns whether the calling thread has the sweep: it is in a callback.
pub fn is_here() -> bool {
    // Relaxed: as in `drop`.
    HOLDER.load(Relaxed) == thread_address()
}

/// Waits for the sweep; `None` if this thread has it already, or is between the handlers of a fork.
pub fn begin() -> Option<Sweep> {
    if is_here() || lock::is_forking_here() {
        return None;
    }
    Some(held(SWEEP.lock()))
}

/// Takes the sweep unless somebody has it, or this thread is between the handlers of a fork.
pub fn try_begin() -> Option<Sweep> {
    if is_here() || lock::is_forking_here() {
        return None;
    }
    SWEEP.try_lock().map(held)
}

fn held(guard: LockGuard<'static, { Rank::Sweep as u8 }, ()>) -> Sweep {
    // Relaxed: as in `drop`.
    HOLDER.store(thread_address(), Relaxed);
    Sweep { _guard: guard }
}

/// Returns what an instrumented build counted of the lock.
pub fn lock_figures() -> Option<LockFigures> {
    lock::figures(&SWEEP)
}

/// In the child of a fork: takes the sweep from a thread that the child lost.
///
/// # Safety
///
/// - Called in the child, by its only thread.
pub unsafe fn renew() {
    if is_here() || SWEEP.try_lock().is_some() {
        return;
    }
    // Relaxed: as in `drop`.
    HOLDER.store(0, Relaxed);
    // SAFETY: the lock is held by a thread that is not in this process, and nobody else waits for it here.
    unsafe { lock::let_go(&SWEEP) };
}
