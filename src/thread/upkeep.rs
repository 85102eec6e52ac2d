//! Upkeep: what is done now and then on slow paths, by whichever thread comes by. No thread of our own.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::block::Block;
use super::{pressure, registry, sweep};
use crate::base::Class;
use crate::buddy::system as buddy;
use crate::depot::depot_of;
use crate::os::clock;
use crate::slab::cache_of;
use crate::slab::object::{object_of, settle};
use crate::sync::meter::modified;

/// Slow calls of a thread between two looks at the clock.
const CALLS: u32 = 64;
/// Milliseconds between two rounds of upkeep.
const PERIOD: u64 = 50;
/// Rounds of upkeep in an interval of the depots' working set: about a second. Bonwick & Adams take 15 s.
const INTERVAL: u64 = 20;

/// When the last round was, in milliseconds of the coarse clock.
static LAST: AtomicU64 = AtomicU64::new(0);
/// How many rounds there were.
static ROUNDS: AtomicU64 = AtomicU64::new(0);
/// Milliseconds over which freed memory goes back (option `decay_ms`).
static DECAY: AtomicUsize = AtomicUsize::new(1000);

/// Sets the decay time in milliseconds; 0 purges at the next round.
pub fn set_decay(milliseconds: usize) {
    // Relaxed: a number that stands alone.
    DECAY.store(milliseconds, Ordering::Relaxed);
}

/// Counts a slow call; every `CALLS` of them, looks whether a round is due, and returns true.
pub fn tick(block: &Block) -> bool {
    let calls = block.slow_calls.get().wrapping_add(1);
    block.slow_calls.set(calls);
    let due = calls.is_multiple_of(CALLS);
    if due {
        look();
    }
    due
}

/// Does a round of upkeep if one is due and no other thread does it.
#[cold]
#[inline(never)]
pub fn look() {
    let now = clock::coarse_milliseconds();
    // Relaxed: the clock only decides who does the round; what the round touches has locks of its own.
    let last = LAST.load(Ordering::Relaxed);
    let elapsed = now.saturating_sub(last);
    if elapsed < PERIOD {
        return;
    }
    modified(1);
    // Relaxed: as above.
    if LAST.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_err() {
        return;
    }
    modified(1);
    // Relaxed: a count.
    let round = ROUNDS.fetch_add(1, Ordering::Relaxed);
    // Relaxed: a number that stands alone.
    let decay = pressure::quickened(DECAY.load(Ordering::Relaxed) as u64, now);
    // After a pause of the program, what is dirty now may have been freed only just: a round purges a quarter at most,
    // or what a period asks for if that is more.
    buddy::decay(elapsed.min(PERIOD.max(decay / 4)), decay);
    registry::bury_some();
    if round.is_multiple_of(INTERVAL) {
        for class in Class::sizes() {
            reap(class, false);
        }
        // Nothing of the program's is called here: it may hold any lock in a malloc or free.
        if let Some(_sweep) = sweep::try_begin() {
            for class in Class::objects() {
                reap(class, false);
            }
        }
    }
}

/// Returns to the slabs what the depot of a class did not need since the last interval, or with `all` everything; then
/// begins a new interval.
pub fn reap(class: Class, all: bool) {
    let depot = depot_of(class);
    if all {
        depot.lock().begin_interval();
    }
    // Each turn takes a magazine; `reap_full` ends with those that were unneeded when the interval began.
    loop {
        let Some(mut full) = depot.lock().reap_full() else { break };
        super::magazines::drain(class, &mut full);
        full.dissolve();
    }
    loop {
        let Some(empty) = depot.lock().reap_empty() else { break };
        empty.dissolve();
    }
    depot.lock().begin_interval();
}

/// Returns everything that magazines and depots keep to the slabs, and empty slabs to the buddy: the caller's
/// magazines, those of dead threads, the depots. Destructs what goes of object caches.
#[cold]
pub fn reap_all(own: Option<&Block>) {
    if let Some(block) = own {
        block.drain(Class::sizes());
    }
    registry::bury_all();
    for class in Class::sizes() {
        reap(class, true);
        cache_of(class).lock().reap();
    }
    // From within a callback the rest is left to the sweep in progress.
    let Some(_sweep) = sweep::begin() else { return };
    if let Some(block) = own {
        block.drain(Class::objects());
    }
    for cache in Class::objects().filter_map(object_of).filter(|cache| cache.is_live()) {
        cache.in_call(|| reap_object(cache.class()));
    }
}

/// Gives back what the depot and the slabs of an object cache can spare; returns the bytes that went to the buddy. The
/// caller holds the sweep or is in a call on the cache.
pub fn reap_object(class: Class) -> usize {
    reap(class, true);
    let bytes = cache_of(class).lock().reap();
    bytes + settle(class)
}

/// Gives back everything that can be given back, now: what `reap_all` does, and the pages of every dirty run but the
/// last `keep` bytes. Returns the bytes purged.
pub fn trim(own: Option<&Block>, keep: usize) -> usize {
    reap_all(own);
    let dirty = buddy::footprint().dirty;
    buddy::purge(dirty.saturating_sub(keep), crate::base::Order::ZERO)
}
