//! fork: the child gets a heap in a known state.
//!
//! Before the fork every lock is taken in the lock order, so that no other thread is inside a layer; afterwards the
//! parent and the child give them back in reverse. Handlers of other libraries may run in between and allocate: the
//! forking thread passes through the locks that it holds (`sync::lock::forking`). The child then adopts the magazines
//! of the threads it lost. Those stood at any instruction of their own, but inside no layer, so what they own is a
//! thread block in a state that `Block::drain_orphaned` can judge, and the objects of their programs.

use super::bytes;
use crate::arena::{areas, store};
use crate::base::Class;
use crate::buddy::system as buddy;
use crate::depot::depot_of;
use crate::os;
use crate::slab::{cache_of, object};
use crate::sync::lock;
use crate::thread::block::{Block, place_of};
use crate::thread::{own, registry, sweep, upkeep};

/// Registers the hooks.
pub fn register() {
    os::fork::register(prepare, release, child);
}

/// Takes every lock but the sweep, which `thread::sweep` says why, in the order of `sync::Rank`.
extern "C" fn prepare() {
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
    store::hold();
    bytes::hold();
    lock::forking();
}

/// Gives every lock back, in reverse.
extern "C" fn release() {
    lock::forked();
    // SAFETY: this thread, or the thread it is a copy of, took the lock in `prepare`; so for each below.
    unsafe { bytes::let_go() };
    // SAFETY: as above.
    unsafe { store::let_go() };
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
extern "C" fn child() {
    release();
    // SAFETY: the child has one thread, and it is here.
    unsafe { sweep::renew() };
    upkeep::renew();
    // SAFETY: as above, and it holds no lock.
    unsafe { registry::adopt_orphans() };
    // A callback that forks goes on in the child with the cache that it was called for.
    if !own().is_some_and(Block::is_in_call) && !sweep::is_here() {
        // SAFETY: as above, and it is in no call on a cache.
        unsafe { object::adopt_orphans(place_of) };
    }
}
