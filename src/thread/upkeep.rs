//! Upkeep: what is done now and then on slow paths, by whichever thread comes by, and by the maintenance thread where
//! there is one (`thread::maintenance`).
//!
//! | what lies unused in     | goes to    | when                                                              |
//! |-------------------------|------------|-------------------------------------------------------------------|
//! | own magazines           | the slabs  | their class had no slow call for an interval, at a later slow call |
//! | previous ones of others | the slabs  | their thread made no slow call for an interval                    |
//! | those of the dead       | the slabs  | a round comes by                                                  |
//! | depots                  | the slabs  | nobody needed it for an interval (the working set)                |
//! | empty slabs             | the buddy  | at once; the one held back when its cache was not asked for an interval |
//! | dirty runs              | the kernel | along the curve of `thread::decay`                                |

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::block::Block;
use super::magazines::{drain, stop_unless_taken};
use super::{decay, maintenance, pressure, registry, sweep};
use crate::base::Class;
use crate::buddy::system as buddy;
use crate::depot::depot_of;
use crate::os::clock;
use crate::slab::object::{object_of, settle};
use crate::slab::{cache_of, used_sizes};
use crate::sync::meter::modified;

/// Slow calls of a thread between two looks at the clock, which cost about 25 instructions each. Double lets twice as
/// much light activity pass before memory goes back.
const CALLS: u32 = 16;
/// Milliseconds between two rounds of upkeep.
pub(super) const PERIOD: u64 = 50;
/// Intervals of the working set in the decay time: memory passes through two of them on its way from a magazine to the
/// buddy, a quarter of the decay time. Bonwick & Adams take 15 s; half as many would double the detour.
const INTERVALS: u64 = 8;

/// When the last round was, in milliseconds of the coarse clock.
static LAST: AtomicU64 = AtomicU64::new(0);
/// How many rounds there were.
static ROUNDS: AtomicU32 = AtomicU32::new(0);
/// Whether a thread does a round now.
static RUNNING: AtomicBool = AtomicBool::new(false);
/// Milliseconds over which freed memory goes back (option `decay_ms`).
static DECAY: AtomicUsize = AtomicUsize::new(1000);

/// Sets the decay time in milliseconds; 0 purges at the next round.
pub fn set_decay(milliseconds: usize) {
    // Relaxed: a number that stands alone.
    DECAY.store(milliseconds, Ordering::Relaxed);
}

/// Returns how many rounds make an interval.
fn interval() -> u32 {
    // Relaxed: a number that stands alone.
    (DECAY.load(Ordering::Relaxed) as u64 / INTERVALS).div_ceil(PERIOD).max(1) as u32
}

/// Counts a slow call; every `CALLS` of them, looks whether a round is due, gives up what the thread has not used for
/// an interval, and returns true.
pub fn tick(block: &Block) -> bool {
    // Relaxed, both: the thread's own count, at which `registry::visit` looks.
    let calls = block.slow_calls.load(Ordering::Relaxed).wrapping_add(1);
    // Relaxed: as above.
    block.slow_calls.store(calls, Ordering::Relaxed);
    let due = calls.is_multiple_of(CALLS);
    if due {
        block.cut_short();
        look();
        // Relaxed: a count.
        let round = ROUNDS.load(Ordering::Relaxed);
        if round.wrapping_sub(block.swept.get()) >= interval() {
            block.swept.set(round);
            give_up_cold(block);
        }
    }
    due
}

/// Gives up what the thread has not used since this was last done.
#[cold]
fn give_up_cold(block: &Block) {
    block.give_up_cold(Class::sizes());
    // In a call on a cache its magazines may be out of their cells, and the sweep guards them (T5).
    if !block.is_in_call()
        && let Some(_sweep) = sweep::try_begin()
    {
        block.give_up_cold(Class::objects());
    }
}

/// Does a round of upkeep if one is due and no other thread does it.
#[cold]
#[inline(never)]
pub fn look() {
    let now = clock::coarse_milliseconds();
    // Relaxed: the clock only decides who does the round; what the round touches has locks of its own.
    let last = LAST.load(Ordering::Relaxed);
    if now.saturating_sub(last) < PERIOD {
        return;
    }
    modified(1);
    // Relaxed: as above.
    if LAST.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
        let busy = round(now);
        maintenance::poke(busy);
    }
}

/// As `look`, for the maintenance thread, which comes when a round is due. Returns whether there was anything to do.
pub(super) fn round_by_maintenance(now: u64) -> bool {
    // Relaxed: as in `look`.
    LAST.store(now, Ordering::Relaxed);
    round(now)
}

/// Does a round of upkeep unless another thread does one. Returns whether there was anything to do, or will be.
pub(super) fn round(now: u64) -> bool {
    modified(1);
    // Acquire: sees the curve as the last round left it. Pairs with the Release below.
    if RUNNING.swap(true, Ordering::Acquire) {
        return true;
    }
    modified(1);
    // Relaxed: a count.
    let ends = ROUNDS.fetch_add(1, Ordering::Relaxed).is_multiple_of(interval());
    let mut busy = registry::visit_some(ends);
    if ends {
        let holes = !buddy::asks_for_huge();
        for class in used_sizes() {
            busy |= reap(class, false) | (cache_of(class).lock().reap_cold(holes) > 0);
        }
        // Nothing of the program's is called here: it may hold any lock in a malloc or free.
        if let Some(_sweep) = sweep::try_begin() {
            for class in Class::objects() {
                busy |= reap(class, false);
            }
        }
    }
    // Relaxed: a number that stands alone.
    busy |= decay::step(now, pressure::quickened(DECAY.load(Ordering::Relaxed) as u64, now));
    // Release: pairs with the Acquire above.
    RUNNING.store(false, Ordering::Release);
    busy
}

/// In the child of a fork: the thread that did a round may be lost, and the maintenance thread is.
///
/// Called by the child's only thread.
pub fn renew() {
    maintenance::renew();
    // Relaxed: there is no other thread.
    RUNNING.store(false, Ordering::Relaxed);
}

/// Returns to the slabs what the depot of a class did not need since the last interval, or with `all` everything; then
/// begins a new interval. Returns whether the depot keeps full magazines, or kept some.
pub fn reap(class: Class, all: bool) -> bool {
    let depot = depot_of(class);
    if all {
        depot.lock().begin_interval();
    }
    // Each turn takes a magazine; `reap_full` ends with those that were unneeded when the interval began.
    let mut kept = false;
    loop {
        let mut locked = depot.lock();
        let Some(mut full) = locked.reap_full() else { break };
        let taken = drain(class, &mut full);
        drop(locked);
        stop_unless_taken(class, taken);
        full.dissolve();
        kept = true;
    }
    loop {
        let Some(empty) = depot.lock().reap_empty() else { break };
        empty.dissolve();
    }
    let mut depot = depot.lock();
    depot.begin_interval();
    kept || depot.figures().0 > 0
}

/// Returns everything that magazines and depots keep to the slabs, and empty slabs to the buddy: the caller's
/// magazines, those of dead threads, the previous ones of others, the depots. The rest of what others have follows at
/// their next slow calls. Destructs what goes of object caches.
#[cold]
pub fn reap_all(own: Option<&Block>) {
    if let Some(block) = own {
        block.drain(Class::sizes());
    }
    registry::visit_all();
    // Relaxed: a count. What others have not used since their last sweep is cold at their next tick.
    ROUNDS.fetch_add(interval(), Ordering::Relaxed);
    for class in used_sizes() {
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
    let purged = buddy::purge(dirty.saturating_sub(keep));
    let holes: usize = if keep == 0 { used_sizes().map(|class| cache_of(class).lock().purge_holes()).sum() } else { 0 };
    purged + holes
}
