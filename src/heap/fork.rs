//! fork: the child gets a heap in a known state.
//!
//! Before the fork every lock is taken in the lock order, so that no other thread is inside a layer; afterwards the
//! parent and the child give them back in reverse. Handlers of other libraries may run in between and allocate: the
//! forking thread passes through the locks that it holds (`sync::lock::forking`). The child then adopts the magazines
//! of the threads it lost. Those stood at any instruction of their own, but inside no layer, so what they own is a
//! thread block in a state that `Block::drain_orphaned` can judge, and the objects of their programs.
//!
//! A fork may begin where that cannot be done: in another library's fork handler, and in a signal handler that
//! interrupted the allocator. Both are told from the usual (`prepare`).

use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering::Relaxed;

use super::bytes;
use crate::arena::{areas, store};
use crate::base::Class;
use crate::buddy::system as buddy;
use crate::depot::depot_of;
use crate::guard::{pool, records};
use crate::os;
use crate::os::tls::{self, Life};
use crate::slab::{cache_of, marks, object};
use crate::sync::{Rank, lock};
use crate::thread::block::{Block, place_of};
use crate::thread::{own, registry, sweep, upkeep};

/// Forks that began between the handlers of another, by the thread that holds every lock: another library's handler
/// forked.
static NESTED: AtomicUsize = AtomicUsize::new(0);

/// Registers the hooks.
pub fn register() {
    os::fork::register(prepare, parent, child);
}

/// Whether a signal handler forks that interrupted this thread inside a layer: locks are held that it cannot wait for.
fn has_interrupted() -> bool {
    lock::holds_above::<{ Rank::Sweep as u8 }>() || tls::life() == Life::Birth
}

/// Takes every lock, unless this thread has them already or cannot wait for them.
extern "C" fn prepare() {
    if lock::is_forking_here() {
        // Relaxed: only the thread that forks comes here; the child has its copy.
        NESTED.store(NESTED.load(Relaxed) + 1, Relaxed);
    } else if !has_interrupted() {
        hold_all();
        lock::forking();
    }
}

/// Gives back what `prepare` took; returns whether it took anything.
fn release() -> bool {
    if !lock::is_forking_here() {
        return false;
    }
    // Relaxed: as in `prepare`.
    match NESTED.load(Relaxed).checked_sub(1) {
        Some(nested) => NESTED.store(nested, Relaxed),
        None => {
            lock::forked();
            release_all();
        }
    }
    true
}

extern "C" fn parent() {
    release();
}

/// Takes every lock but the sweep, which `thread::sweep` says why, in the order of `sync::Rank`.
fn hold_all() {
    buddy::hold_purge();
    object::hold();
    registry::hold();
    for class in Class::all() {
        lock::hold(depot_of(class));
    }
    for class in Class::all() {
        lock::hold(cache_of(class));
    }
    buddy::hold();
    areas::hold();
    records::hold();
    pool::hold();
    marks::hold_lock();
    store::hold();
    bytes::hold();
}

/// Gives every lock back, in reverse.
fn release_all() {
    // SAFETY: this thread, or the thread it is a copy of, took the lock in `hold_all`; so for each below.
    unsafe { bytes::let_go() };
    // SAFETY: as above.
    unsafe { store::let_go() };
    // SAFETY: as above.
    unsafe { marks::let_go_lock() };
    // SAFETY: as above.
    unsafe { pool::let_go() };
    // SAFETY: as above.
    unsafe { records::let_go() };
    // SAFETY: as above.
    unsafe { areas::let_go() };
    // SAFETY: as above.
    unsafe { buddy::let_go() };
    for class in Class::all() {
        // SAFETY: as above.
        unsafe { lock::let_go(cache_of(class)) };
    }
    for class in Class::all() {
        // SAFETY: as above.
        unsafe { lock::let_go(depot_of(class)) };
    }
    // SAFETY: as above.
    unsafe { registry::let_go() };
    // SAFETY: as above.
    unsafe { object::let_go() };
    // SAFETY: as above.
    unsafe { buddy::let_go_purge() };
}

/// The locks that the child inherits are held by its only thread, so they are given back as in the parent.
///
/// After a fork in a signal handler that had interrupted the allocator none was taken. The interrupted call goes on in
/// the child as in the parent, and what lost threads held in magazines is lost; if one of them held a lock, the first
/// call that needs it stops the process.
extern "C" fn child() {
    upkeep::renew();
    if !release() {
        lock::find_abandoned(hold_all);
        return;
    }
    // SAFETY: the child has one thread, and it is here.
    unsafe { sweep::renew() };
    // SAFETY: as above, and it holds no lock, or all of them and passes through.
    unsafe { registry::adopt_orphans() };
    // A callback that forks goes on in the child with the cache that it was called for.
    if !own().is_some_and(Block::is_in_call) && !sweep::is_here() {
        // SAFETY: as above, and it is in no call on a cache.
        unsafe { object::adopt_orphans(place_of) };
    }
}
