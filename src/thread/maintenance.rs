//! The maintenance thread (option `maintenance_thread`): upkeep while the program idles.
//!
//! A library that starts threads behind the back of its program breaks `unshare` and `setns`, which want one thread
//! alone, and sandboxes that forbid `clone`. So the thread is off unless asked for; with `true` it is started when the
//! program has a second thread of its own, and has shown by that what it may and does not want to do; with `always`
//! for a program of one thread too. It is started by an allocation (`os::thread::start` says why not by a free), in a
//! forked child anew by the same rules.
//!
//! | sleep   | the thread                                      | leaves it                                          |
//! |---------|-------------------------------------------------|----------------------------------------------------|
//! | `SHORT` | does a round every `PERIOD`                     | when nothing was to do for two intervals           |
//! | `LONG`  | sleeps twice as long each time, up to `LONGEST` | woken by who finds work in a round, or by finding it |
//!
//! It ends when no thread of the program is left that was born to us: then it may be the last one, and libc ends the
//! process with the last thread.

use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};

use super::block::Block;
use super::{registry, upkeep};
use crate::os::{clock, futex, thread};
use crate::sync::lock;

/// When to start the thread, as the option numbers it.
const NEVER: u8 = 0;
const WITH_OTHERS: u8 = 1;

/// Rounds with nothing to do before sleeps grow: two intervals of the working set at the default decay time.
const QUIET: u32 = 6;
/// The longest sleep, in milliseconds. So long may the process outlive its last other thread where that does not call
/// `exit`; half wakes an idle process twice as often.
const LONGEST: u64 = 3_200;

const SHORT: u32 = 0;
const LONG: u32 = 1;

static WHEN: AtomicU8 = AtomicU8::new(NEVER);
static STARTED: AtomicBool = AtomicBool::new(false);
/// How the thread sleeps. Relaxed throughout: it decides how long, and nothing is published by it.
static SLEEP: AtomicU32 = AtomicU32::new(SHORT);

/// Sets when the thread is to be started: 0 never, 1 when the program has a second thread, 2 in any case.
pub fn set_when(when: u8) {
    // Relaxed: a number that stands alone.
    WHEN.store(when, Relaxed);
}

/// Starts the thread if it is wanted and does not run. Called at the start of an allocation's slow path.
pub(super) fn start_if_wanted(block: &Block) {
    // Relaxed: numbers that stand alone; the exchange below lets one thread through.
    let when = WHEN.load(Relaxed);
    if when != NEVER && !STARTED.load(Relaxed) {
        start_slow(block, when);
    }
}

#[cold]
fn start_slow(block: &Block, when: u8) {
    let alone = registry::births() < 2;
    if (when == WITH_OTHERS && alone) || block.is_in_call() || lock::is_forking_here() {
        return;
    }
    // Where it cannot be started now it will not be tried again: the reason is a limit or a filter.
    if !STARTED.swap(true, Relaxed) {
        thread::start(run);
    }
}

/// In the child of a fork: there is no such thread here.
pub fn renew() {
    STARTED.store(false, Relaxed);
    SLEEP.store(SHORT, Relaxed);
}

/// Called by who did a round: wakes the thread from a long sleep if there is work.
pub(super) fn poke(busy: bool) {
    if busy && SLEEP.load(Relaxed) == LONG && SLEEP.swap(SHORT, Relaxed) == LONG {
        futex::wake_one(&SLEEP);
    }
}

extern "C" fn run(_: *mut c_void) -> *mut c_void {
    // It holds locks without a block: in the child of a fork in a handler, who waits for them does not wait in vain.
    lock::born();
    thread::set_name(c"quarry");
    let (mut sleep, mut quiet) = (upkeep::PERIOD, 0u32);
    // Ends with the process, or when the program's threads are gone.
    loop {
        if upkeep::round_by_maintenance(clock::coarse_milliseconds()) {
            (sleep, quiet) = (upkeep::PERIOD, 0);
        } else {
            quiet = quiet.saturating_add(1);
            if quiet > QUIET {
                sleep = (sleep * 2).min(LONGEST);
                if !registry::any_alive() {
                    // Before the end, so that a thread born later starts another.
                    STARTED.store(false, Relaxed);
                    return ptr::null_mut();
                }
            }
        }
        let how = if sleep > upkeep::PERIOD { LONG } else { SHORT };
        SLEEP.store(how, Relaxed);
        futex::wait_at_most(&SLEEP, how, sleep);
        if how == LONG && SLEEP.load(Relaxed) == SHORT {
            (sleep, quiet) = (upkeep::PERIOD, 0);
        }
    }
}
