//! A futex mutex behind `lock_api`, with its rank in its type.
//!
//! Not `parking_lot::Mutex`: its contended path allocates its hash table and thread data through malloc, and its table
//! of parked threads does not survive fork.
//!
//! A signal handler may interrupt a thread anywhere, also while it holds a lock, and allocate. As long as what it takes
//! is of a higher rank than all that the thread holds, nothing is amiss: it is as if the thread itself had called. What
//! is not would wait for itself or find an unfinished change, so it stops the process by a line. For that each thread
//! knows the ranks it holds (`os::tls::ranks`); a rank is marked before the lock is tried and unmarked after it is let
//! go, and not marked while the thread sleeps for it.

use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, AtomicUsize};

use lock_api::RawMutex;

use super::meter::{LockFigures, Meter, Tries, modified};
use super::prim::{AtomicU32, Ordering, SPINS, spin_loop, thread_address, wait, wait_a_moment, wake_one};
use super::prim::{ranks, set_ranks, stop};
use super::rank::Rank;

/// | state       | meaning                        | who may leave it              |
/// |-------------|--------------------------------|-------------------------------|
/// | `FREE`      | nobody holds the lock          | any thread, to `HELD`         |
/// | `HELD`      | held, nobody sleeps            | the holder to `FREE`, a waiter to `CONTENDED` |
/// | `CONTENDED` | held, somebody may sleep       | the holder, to `FREE`, waking one |
/// | `BRIEF`     | held by who wakes nobody       | the holder, to `FREE`         |
/// | `GONE`      | in a forked child, held by a thread that it has not | nobody   |
const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;
const BRIEF: u32 = 3;
const GONE: u32 = 4;

/// The raw lock of rank `RANK`.
pub struct RawLock<const RANK: u8> {
    state: AtomicU32,
    /// Written by the holder alone; empty but in an instrumented build.
    meter: Meter,
}

/// In the word of the ranks that a thread holds, the first bit of those that it passes through while it forks.
const PASSED: u32 = 16;

/// A signal handler's call would wait for the thread that it interrupted, or find its change unfinished.
const INTERRUPTED: &[u8] = b"quarry: called from a signal handler that interrupted the allocator\n";
/// In a child whose parent forked in such a handler: the lock was held by another thread, which the child has not.
const LOST: &[u8] = b"quarry: forked by a signal handler that interrupted the allocator, among other threads in it\n";

/// Whether locks are held by threads that this process has not.
static ABANDONED: AtomicBool = AtomicBool::new(false);

/// In such a child, the thread that forked, by the address of its errno, until another is born to us: nobody can hold
/// what it would wait for. 0 in any other process.
static ALONE: AtomicUsize = AtomicUsize::new(0);

/// Ranks of which `find_abandoned` has still to see the lock that its thread holds, and `FINDING`; 0 outside of it.
static UNSEEN: AtomicUsize = AtomicUsize::new(0);
const FINDING: usize = 1 << 31;

/// What holding a [`Lock`] looks like.
pub type LockGuard<'a, const RANK: u8, T> = lock_api::MutexGuard<'a, RawLock<RANK>, T>;

/// What the holder of a lock has. Not `Send`: the thread that took the lock gives it back, for the rank check.
pub struct Held(PhantomData<*mut ()>);

/// The thread that holds every lock for a fork, by the address of its errno; 0 for none.
///
/// Between our fork handlers those of other libraries run, and they may allocate. That thread passes through every lock
/// as if it took it: it holds them all, so what they guard is its own.
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// Lets the calling thread, which holds every lock, pass through them until `forked`.
pub fn forking() {
    // Relaxed, and so below: a thread only ever looks for its own address here.
    FORKING.store(thread_address(), core::sync::atomic::Ordering::Relaxed);
}

/// Ends what `forking` began, before the locks are given back.
pub fn forked() {
    FORKING.store(0, core::sync::atomic::Ordering::Relaxed);
}

/// Returns whether the calling thread is forking: it passes through the locks that `hold` took, and must not take
/// others, which it would not give back.
#[inline]
pub fn is_forking_here() -> bool {
    // Relaxed: as in `forking`.
    let forking = FORKING.load(core::sync::atomic::Ordering::Relaxed);
    forking != 0 && forking == thread_address()
}

/// Returns whether the calling thread holds a lock of a rank above `RANK`, or is about to.
pub fn holds_above<const RANK: u8>() -> bool {
    ranks() >> RANK >> 1 != 0
}

/// In the child of a fork that took no lock: finds out whether any of those that `walk` passes to `hold` is held by a
/// thread that the child has not. The one thread that it has holds at most one lock of a rank.
pub fn find_abandoned(walk: impl FnOnce()) {
    // Relaxed, here and in `hold`: this is the only thread.
    ALONE.store(thread_address(), core::sync::atomic::Ordering::Relaxed);
    // Relaxed: as above.
    UNSEEN.store(FINDING | ranks(), core::sync::atomic::Ordering::Relaxed);
    walk();
    // Relaxed: as above.
    UNSEEN.store(0, core::sync::atomic::Ordering::Relaxed);
}

/// Says that the calling thread is born.
pub fn born() {
    // Relaxed: between two threads of which the one has started the other.
    let alone = ALONE.load(core::sync::atomic::Ordering::Relaxed);
    if alone != 0 && alone != thread_address() {
        // Relaxed: as above.
        ALONE.store(0, core::sync::atomic::Ordering::Relaxed);
    }
}

/// Returns whether a lock that is held may be one that nobody gives back.
fn is_abandoned() -> bool {
    // Relaxed, both: set in the child of a fork before its only thread comes to a lock.
    let alone = ALONE.load(core::sync::atomic::Ordering::Relaxed);
    alone != 0 || ABANDONED.load(core::sync::atomic::Ordering::Relaxed)
}

/// Takes a lock and keeps it beyond the function: `fork` holds every lock while the process is copied, those of one rank
/// side by side. Within `find_abandoned` it only looks.
pub fn hold<const RANK: u8, T>(lock: &Lock<RANK, T>) {
    // Relaxed: as in `find_abandoned`.
    let unseen = UNSEEN.load(core::sync::atomic::Ordering::Relaxed);
    if unseen != 0 {
        if lock.is_locked() && unseen >> RANK & 1 == 0 {
            // Relaxed: as above.
            ABANDONED.store(true, core::sync::atomic::Ordering::Relaxed);
            // The handler may have interrupted a wait for this lock, which begins anew if the state is as it was.
            // SAFETY: the raw lock is not given back. Relaxed: as above.
            unsafe { lock.raw() }.state.store(GONE, Ordering::Relaxed);
        } else if lock.is_locked() {
            // Relaxed: as above.
            UNSEEN.store(unseen & !(1 << RANK), core::sync::atomic::Ordering::Relaxed);
        }
        return;
    }
    order::taking(RANK);
    // SAFETY: the raw lock is taken here and given back by `let_go`.
    let _kept = unsafe { lock.raw() }.take(ranks() | 1 << RANK);
}

/// Gives back what `hold` took.
///
/// # Safety
///
/// - The calling thread took the lock by `hold`, or is the copy of the thread that did, in the child of a fork.
pub unsafe fn let_go<const RANK: u8, T>(lock: &Lock<RANK, T>) {
    // SAFETY: the caller holds the lock, and `Held` carries nothing but that fact.
    unsafe { lock.raw().unlock(Held(PhantomData)) };
}

/// A lock held by a thread that does not enter the kernel, not even to wake those who wait: they look again by
/// themselves, and so it is held for a moment only.
pub struct Brief<'a, const RANK: u8, T> {
    lock: &'a Lock<RANK, T>,
    // Not `Send`: see `Held`.
    _held: Held,
}

/// Takes a lock if it is free, and without ever entering the kernel gives it back. `None` if somebody holds it.
pub fn briefly<const RANK: u8, T>(lock: &Lock<RANK, T>) -> Option<Brief<'_, RANK, T>> {
    // SAFETY: the raw lock is not given back but by who took it here (`Brief::drop`).
    let raw = unsafe { lock.raw() };
    let held = ranks();
    if held >> RANK != 0 {
        return None;
    }
    set_ranks(held | 1 << RANK);
    // Acquire: as in `lock`. Relaxed on failure: nothing is read then.
    let taken = raw.state.compare_exchange(FREE, BRIEF, Ordering::Acquire, Ordering::Relaxed).is_ok();
    if !taken {
        set_ranks(held);
        modified(1);
    }
    taken.then(|| {
        order::taking(RANK);
        raw.meter.taken(Tries::ONE);
        Brief { lock, _held: Held(PhantomData) }
    })
}

impl<const RANK: u8, T> Deref for Brief<'_, RANK, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the lock is held, so nobody else has what it guards.
        unsafe { &*self.lock.data_ptr() }
    }
}

impl<const RANK: u8, T> DerefMut for Brief<'_, RANK, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock is held, so nobody else has what it guards.
        unsafe { &mut *self.lock.data_ptr() }
    }
}

impl<const RANK: u8, T> Drop for Brief<'_, RANK, T> {
    fn drop(&mut self) {
        order::released(RANK);
        // SAFETY: as in `briefly`.
        let raw = unsafe { self.lock.raw() };
        raw.meter.releasing(0);
        // Release: what this holder wrote becomes visible with FREE. Pairs with the Acquire in `lock`, `lock_slow` and
        // `briefly`. Nobody changes the state from BRIEF but its holder.
        raw.state.store(FREE, Ordering::Release);
        set_ranks(ranks() & !(1 << RANK));
    }
}

/// Returns what an instrumented build counted of a lock; `None` in any other build.
pub fn figures<const RANK: u8, T>(lock: &Lock<RANK, T>) -> Option<LockFigures> {
    // SAFETY: the raw lock is read, neither taken nor given back.
    unsafe { lock.raw() }.meter.figures()
}

/// A lock of rank `RANK` around a `T`.
pub type Lock<const RANK: u8, T> = lock_api::Mutex<RawLock<RANK>, T>;

// SAFETY: `lock` and `try_lock` return only after a transition from FREE made by this thread alone (compare-exchange),
// and only the holder leads back to FREE, so the lock is exclusive; Acquire on the way in pairs with
// Release on the way out.
unsafe impl<const RANK: u8> RawMutex for RawLock<RANK> {
    #[allow(clippy::declare_interior_mutable_const)] // lock_api asks for the initial value in this form.
    const INIT: Self = RawLock { state: AtomicU32::new(FREE), meter: Meter::NEW };

    type Guard = Held;

    #[inline]
    fn lock(&self) -> Held {
        order::taking(RANK);
        let held = ranks();
        if held >> RANK != 0 {
            self.pass_or_stop(held);
            self.meter.taken(Tries::ONE);
            return Held(PhantomData);
        }
        self.take(held)
    }

    #[inline]
    fn try_lock(&self) -> Option<Held> {
        let held = ranks();
        if held >> RANK != 0 {
            return None;
        }
        set_ranks(held | 1 << RANK);
        // Acquire: as in `lock`.
        let taken = self.state.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok();
        if !taken {
            set_ranks(held);
            modified(1);
        }
        taken.then(|| {
            order::taking(RANK);
            self.meter.taken(Tries::ONE);
            Held(PhantomData)
        })
    }

    #[inline]
    unsafe fn unlock(&self, _held: Held) {
        order::released(RANK);
        if is_forking_here() {
            set_ranks(ranks() & !(1 << PASSED << RANK));
            return;
        }
        self.meter.releasing(1);
        // Release: what this holder wrote becomes visible with FREE. Pairs with the Acquire in `lock` and `lock_slow`.
        if self.state.swap(FREE, Ordering::Release) == CONTENDED {
            self.wake_slow();
        }
        set_ranks(ranks() & !(1 << RANK));
    }

    fn is_locked(&self) -> bool {
        // Relaxed: a snapshot that publishes nothing.
        self.state.load(Ordering::Relaxed) != FREE
    }
}

impl<const RANK: u8> RawLock<RANK> {
    /// Takes the lock, for a thread that holds the ranks `held`: its own may be among them for `hold` alone.
    #[inline]
    fn take(&self, held: usize) -> Held {
        let mut tries = Tries::ONE;
        set_ranks(held | 1 << RANK);
        // Acquire: sees what the last holder wrote. Pairs with the Release in `unlock`. Relaxed on failure: nothing is
        // read then.
        if self.state.compare_exchange_weak(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_err() {
            tries = self.lock_slow(held);
        }
        self.meter.taken(tries);
        Held(PhantomData)
    }

    /// The thread holds this rank or a higher one. It forks and holds every lock, so it passes through; or a signal
    /// handler interrupted it, and the process stops. So it does when a handler interrupts what passes through.
    #[cold]
    #[inline(never)]
    fn pass_or_stop(&self, held: usize) {
        if !is_forking_here() || held >> PASSED >> RANK != 0 {
            stop(INTERRUPTED);
        }
        set_ranks(held | 1 << PASSED << RANK);
    }

    /// Somebody holds the lock: spin a little, then sleep until woken. Returns how often it was tried. `held` are the
    /// ranks that the thread holds already.
    #[cold]
    #[inline(never)]
    fn lock_slow(&self, held: usize) -> Tries {
        let mut tries = Tries::ONE;
        // At most SPINS turns.
        for _ in 0..SPINS {
            set_ranks(held);
            spin_loop();
            tries.more();
            set_ranks(held | 1 << RANK);
            // Acquire: as in `lock`.
            if self.state.compare_exchange_weak(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                return tries;
            }
        }
        // Progress: each turn takes the lock, sleeps until its holder leaves, or found the state changed by another.
        loop {
            set_ranks(held);
            if is_abandoned() {
                stop(LOST);
            }
            // Relaxed: only chooses what to try.
            let seen = self.state.load(Ordering::Relaxed);
            if seen == BRIEF {
                // This holder wakes nobody.
                wait_a_moment(&self.state, BRIEF);
                continue;
            }
            tries.more();
            set_ranks(held | 1 << RANK);
            // CONTENDED is kept when taking, because another sleeper may remain.
            // Acquire: as in `lock`.
            match self.state.compare_exchange(seen, CONTENDED, Ordering::Acquire, Ordering::Relaxed) {
                Ok(FREE) => return tries,
                Ok(_) => {
                    set_ranks(held);
                    wait(&self.state, CONTENDED);
                }
                Err(_) => {}
            }
        }
    }

    /// The lock was left while somebody may sleep on it.
    #[cold]
    #[inline(never)]
    fn wake_slow(&self) {
        wake_one(&self.state);
    }
}

/// The check of the lock order: a bit per held rank and thread, in debug builds.
#[cfg(all(debug_assertions, test))]
mod order {
    use super::RANKS;
    use crate::sync::prim::CHECKS_ORDER;
    use std::cell::Cell;

    std::thread_local! {
        static HELD: Cell<[u16; RANKS]> = const { Cell::new([0; RANKS]) };
    }

    pub fn taking(rank: u8) {
        HELD.with(|cell| {
            let mut held = cell.get();
            let above = held.iter().skip(usize::from(rank) + 1).any(|&count| count > 0);
            assert!(!above || !CHECKS_ORDER, "rank {rank} is taken under a greater one: {held:?}");
            held[usize::from(rank)] += 1;
            cell.set(held);
        });
    }

    pub fn released(rank: u8) {
        HELD.with(|cell| {
            let mut held = cell.get();
            held[usize::from(rank)] -= 1;
            cell.set(held);
        });
    }
}

#[cfg(not(all(debug_assertions, test)))]
mod order {
    #[inline(always)]
    pub fn taking(_rank: u8) {}
    #[inline(always)]
    pub fn released(_rank: u8) {}
}

/// Ranks that the order check counts.
const RANKS: usize = super::rank::RANK_COUNT + 1;
const _: () = assert!((Rank::Store as usize) < RANKS, "the order check counts every rank");
