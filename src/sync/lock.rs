//! A futex mutex behind `lock_api`, with its rank in its type.
//!
//! Not `parking_lot::Mutex`: its contended path allocates its hash table and thread data through malloc, and its table
//! of parked threads does not survive fork.

use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::AtomicUsize;

use lock_api::RawMutex;

use super::meter::{LockFigures, Meter, Tries, modified};
use super::prim::{AtomicU32, Ordering, SPINS, spin_loop, thread_address, wait, wait_a_moment, wake_one};
use super::rank::Rank;

/// | state       | meaning                        | who may leave it              |
/// |-------------|--------------------------------|-------------------------------|
/// | `FREE`      | nobody holds the lock          | any thread, to `HELD`         |
/// | `HELD`      | held, nobody sleeps            | the holder to `FREE`, a waiter to `CONTENDED` |
/// | `CONTENDED` | held, somebody may sleep       | the holder, to `FREE`, waking one |
/// | `BRIEF`     | held by who wakes nobody       | the holder, to `FREE`         |
const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;
const BRIEF: u32 = 3;

/// The raw lock of rank `RANK`.
pub struct RawLock<const RANK: u8> {
    state: AtomicU32,
    /// Written by the holder alone; empty but in an instrumented build.
    meter: Meter,
}

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
    let forking = FORKING.load(core::sync::atomic::Ordering::Relaxed);
    forking != 0 && forking == thread_address()
}

/// Takes a lock and keeps it beyond the function: `fork` holds every lock while the process is copied.
pub fn hold<const RANK: u8, T>(lock: &Lock<RANK, T>) {
    core::mem::forget(lock.lock());
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
    // Acquire: as in `lock`. Relaxed on failure: nothing is read then.
    let taken = raw.state.compare_exchange(FREE, BRIEF, Ordering::Acquire, Ordering::Relaxed).is_ok();
    if !taken {
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
        let mut tries = Tries::ONE;
        // Acquire: sees what the last holder wrote. Pairs with the Release in `unlock`. Relaxed on failure: nothing is
        // read then.
        if self.state.compare_exchange_weak(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_err() {
            tries = self.lock_slow();
        }
        self.meter.taken(tries);
        Held(PhantomData)
    }

    #[inline]
    fn try_lock(&self) -> Option<Held> {
        // Acquire: as in `lock`.
        let taken = self.state.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok();
        if !taken {
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
            return;
        }
        self.meter.releasing(1);
        // Release: what this holder wrote becomes visible with FREE. Pairs with the Acquire in `lock` and `lock_slow`.
        if self.state.swap(FREE, Ordering::Release) == CONTENDED {
            self.wake_slow();
        }
    }

    fn is_locked(&self) -> bool {
        // Relaxed: a snapshot that publishes nothing.
        self.state.load(Ordering::Relaxed) != FREE
    }
}

impl<const RANK: u8> RawLock<RANK> {
    /// Somebody holds the lock: spin a little, then sleep until woken. Returns how often it was tried.
    #[cold]
    #[inline(never)]
    fn lock_slow(&self) -> Tries {
        let mut tries = Tries::ONE;
        if is_forking_here() {
            return tries;
        }
        // At most SPINS turns.
        for _ in 0..SPINS {
            tries.more();
            // Acquire: as in `lock`.
            if self.state.compare_exchange_weak(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                return tries;
            }
            spin_loop();
        }
        // Progress: each turn takes the lock, sleeps until its holder leaves, or found the state changed by another.
        loop {
            // Relaxed: only chooses what to try.
            let seen = self.state.load(Ordering::Relaxed);
            if seen == BRIEF {
                // This holder wakes nobody.
                wait_a_moment(&self.state, BRIEF);
                continue;
            }
            // CONTENDED is kept when taking, because another sleeper may remain.
            // Acquire: as in `lock`.
            tries.more();
            match self.state.compare_exchange(seen, CONTENDED, Ordering::Acquire, Ordering::Relaxed) {
                Ok(FREE) => break,
                Ok(_) => wait(&self.state, CONTENDED),
                Err(_) => {}
            }
        }
        tries
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
const RANKS: usize = 10;
const _: () = assert!((Rank::Store as usize) < RANKS, "the order check counts every rank");
