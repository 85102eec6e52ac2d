//! The registry of thread blocks: birth, inheritance, burial, and the child of a fork.
//!
//! | a block is | its certificate                    | who may take it, to                        |
//! |------------|------------------------------------|--------------------------------------------|
//! | alive      | held by a living thread            | nobody; the thread's death makes it dead   |
//! | dead       | marked by the kernel               | a new thread, which inherits it; upkeep, which drains it |
//! | vacant     | held by nobody                     | a new thread                               |
//!
//! Blocks are never freed. A new thread looks at a few blocks for a dead or vacant one before a new one is made, so
//! there are at most a little more of them than there were threads alive at once.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::block::Block;
use crate::arena::{registry as arenas, store};
use crate::base::Class;
use crate::os::running::thread_id;
use crate::os::tls::{self, Life, apart};
use crate::slab::marks;
use crate::sync::meter::{LockFigures, modified};
use crate::sync::{Lock, LockGuard, Rank, lock};

/// Blocks that a birth looks at, and that a round of upkeep looks at. With n living threads the dead ones that wait are
/// at most about n divided by this.
const LOOKS: usize = 16;

/// Blocks that the last round of an interval looks at: about 0.1 ms of them.
const LOOKS_AT_IDLE: usize = 1024;

/// All blocks, newest first, linked through `next`.
struct Registry {
    newest: Option<NonNull<Block>>,
    /// Where the next look begins; `None` is the newest.
    cursor: Option<NonNull<Block>>,
    blocks: u64,
    born: u64,
}

// SAFETY: blocks live as long as the process; what is inside them is guarded by their certificates (T5).
unsafe impl Send for Registry {}

static REGISTRY: Lock<{ Rank::Threads as u8 }, Registry> =
    Lock::new(Registry { newest: None, cursor: None, blocks: 0, born: 0 });

/// Births in this process: those before a fork do not count in the child.
static BIRTHS: AtomicUsize = AtomicUsize::new(0);

/// Returns how many threads of this process were born to us.
pub fn births() -> usize {
    // Relaxed: a number that stands alone, here and where it changes.
    BIRTHS.load(Relaxed)
}

/// Returns the calling thread's block: its own, or the constant one of the unborn.
#[inline(always)]
pub fn current() -> &'static Block {
    // SAFETY: the word points at the constant block, which covers what the hot path reads, or at a block that lives as
    // long as the process.
    unsafe { &*tls::get().cast::<Block>() }
}

/// Returns the calling thread's own block, making or inheriting one if it has none. `None` when no metadata can be had,
/// or from within its birth: then the thread is served by the slabs directly.
#[inline]
pub fn current_or_born() -> Option<&'static Block> {
    match tls::life() {
        Life::Block => Some(current()),
        Life::Unborn => birth(),
        Life::Birth => None,
    }
}

/// Returns the kernel's number of the calling thread. Cost: a system call, once for a thread with a block.
pub fn own_id() -> u32 {
    let Some(block) = own() else { return thread_id() as u32 };
    if block.id.get() == 0 {
        block.id.set(thread_id() as u32);
    }
    block.id.get()
}

/// Returns the calling thread's own block if it has one.
pub fn own() -> Option<&'static Block> {
    if tls::life() == Life::Block { Some(current()) } else { None }
}

/// The first slow call of a thread: finds it a block.
#[cold]
#[inline(never)]
fn birth() -> Option<&'static Block> {
    tls::set_constant(&tls::BIRTH);
    lock::born();
    let found = {
        let mut registry = REGISTRY.lock();
        let block = registry.find_dead().or_else(|| registry.make());
        registry.born += u64::from(block.is_some());
        block
    };
    let Some(block) = found else {
        tls::set_constant(&tls::UNBORN);
        return None;
    };
    // SAFETY: the block lives as long as the process, and this thread holds its certificate.
    let block: &'static Block = unsafe { &*block.as_ptr() };
    // Relaxed, here and below: it spares looks; the certificate decides, and orders what is in the block.
    block.in_use.store(true, Relaxed);
    BIRTHS.fetch_add(1, Relaxed);
    // The thread before this one may have ended in a callback.
    block.calls.set(0);
    block.id.set(0);
    see_arena(block);
    tls::set(core::ptr::from_ref(block).cast_mut().cast());
    Some(block)
}

/// Tells a block how far the first arena is committed now; returns whether that is news.
pub fn see_arena(block: &Block) -> bool {
    if marks::is_checked() {
        return false;
    }
    let Some(arena) = arenas::get(0) else { return false };
    let frontier = arena.frontier() as usize;
    let news = frontier != block.frontier();
    if news {
        block.set_arena(arena.base(), frontier, arena.map().as_ptr().cast::<u8>());
    }
    news
}

impl Registry {
    /// Takes a block whose thread is dead, or that has none, among the next `LOOKS`. The caller holds its certificate.
    fn find_dead(&mut self) -> Option<NonNull<Block>> {
        for _ in 0..LOOKS {
            let block = self.cursor.or(self.newest)?;
            // SAFETY: listed blocks live as long as the process; the certificate is made to be shared.
            let shared = unsafe { block.as_ref() };
            self.cursor = shared.next;
            modified(1);
            if shared.certificate.take() {
                return Some(block);
            }
        }
        None
    }

    /// Makes a block and lists it. The caller holds its certificate.
    fn make(&mut self) -> Option<NonNull<Block>> {
        let memory = store::allocate(size_of::<Block>())?;
        // SAFETY: new memory of that size, aligned to a line.
        unsafe { memory.write_bytes(0, size_of::<Block>()) };
        let block = memory.cast::<Block>();
        // SAFETY: the block is new; nobody else has it.
        unsafe { Block::prepare(block, self.newest) };
        // SAFETY: as above; zero bytes are a block with no magazines: null pointers, zero numbers, `None`, false, and a
        // mutex that `renew` initialises.
        let shared = unsafe { block.as_ref() };
        shared.begin_allowance();
        // SAFETY: as above.
        unsafe { shared.certificate.renew() };
        modified(1);
        if !shared.certificate.take() {
            return None;
        }
        self.newest = Some(block);
        self.blocks += 1;
        Some(block)
    }
}

/// Calls `f` for every block. Holds the registry's lock.
pub fn for_each(mut f: impl FnMut(&Block)) {
    let registry = REGISTRY.lock();
    let mut next = registry.newest;
    // One turn per block.
    while let Some(block) = next {
        // SAFETY: listed blocks live as long as the process.
        let block = unsafe { block.as_ref() };
        f(block);
        next = block.next;
    }
}

/// Drains the magazines of dead threads among the next `looks` blocks; with `idle`, takes the previous magazines of those
/// that made no slow call since they were last looked at, and of all others too if `idle` says so. Returns whether a
/// thread was dead or not idle.
///
/// libc is asked about certificates `apart`, here and below: where a tracer wraps its mutexes and allocates, those calls
/// are served past the caller's block, so that none of them comes to the registry, which is locked.
fn visit(mut registry: LockGuard<'_, { Rank::Threads as u8 }, Registry>, looks: usize, idle: Idle) -> bool {
    let mut busy = false;
    for _ in 0..looks.min(registry.blocks as usize) {
        let Some(block) = registry.cursor.or(registry.newest) else { break };
        // SAFETY: listed blocks live as long as the process.
        let block = unsafe { block.as_ref() };
        registry.cursor = block.next;
        // Relaxed: as in `birth`.
        if !block.in_use.load(Relaxed) {
            continue;
        }
        modified(1);
        if apart(|| block.certificate.take()) {
            block.drain(Class::all());
            block.shrink_allowance();
            // Relaxed: as in `birth`; before the certificate goes, so that an heir's mark is not taken off.
            block.in_use.store(false, Relaxed);
            modified(1);
            apart(|| block.certificate.give_up());
            busy = true;
            continue;
        }
        if idle == Idle::Leave {
            continue;
        }
        // Relaxed: a number that stands alone; its owner may be writing.
        let calls = block.slow_calls.load(Relaxed);
        // Relaxed: a number that stands alone, under the registry's lock.
        let is_idle = block.seen_calls.swap(calls, Relaxed) == calls;
        busy |= !is_idle;
        if is_idle || idle == Idle::TakeFromAll {
            block.take_from_idle();
        }
    }
    busy
}

/// What a visit does with the blocks of living threads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Idle {
    Leave,
    Take,
    TakeFromAll,
}

/// Drains the magazines of all dead threads, and takes the previous magazines of the living.
pub fn visit_all() {
    visit(REGISTRY.lock(), usize::MAX, Idle::TakeFromAll);
}

/// Drains the magazines of dead threads among the next few blocks, unless the registry is busy; at the end of an
/// interval, looks at more and takes what idle threads need not keep. Returns whether any was dead or not idle.
pub fn visit_some(interval_ends: bool) -> bool {
    let Some(registry) = REGISTRY.try_lock() else { return true };
    if interval_ends { visit(registry, LOOKS_AT_IDLE, Idle::Take) } else { visit(registry, LOOKS, Idle::Leave) }
}

/// Gives the rounds of an object cache that any thread holds back to the slabs. The caller holds the sweep, and no
/// thread uses the cache.
pub fn withdraw(class: Class) {
    for_each(|block| block.drain(core::iter::once(class)));
}

/// Returns whether a thread that has a block is alive.
pub fn any_alive() -> bool {
    census().0 > 0
}

/// Returns how many threads have a block and are alive, and how many ever had one.
pub fn census() -> (u64, u64) {
    let mut alive = 0;
    for_each(|block| {
        // Relaxed: as in `birth`.
        if !block.in_use.load(Relaxed) {
        } else if apart(|| block.certificate.take()) {
            apart(|| block.certificate.give_up());
        } else {
            alive += 1;
        }
    });
    (alive, REGISTRY.lock().born)
}

/// Returns how many magazines threads filled from slabs and drained into them since the start.
pub fn refills_and_flushes() -> (u64, u64) {
    let (mut refills, mut flushes) = (0, 0);
    for_each(|block| {
        refills += block.refills.get();
        flushes += block.flushes.get();
    });
    (refills, flushes)
}

/// In the child of a fork: every block but the caller's lost its thread. Their magazines are drained and their
/// certificates made anew; so is the caller's, whose thread has another id now.
///
/// # Safety
///
/// - Called once, in the child, by its only thread, which holds no lock but those of `heap::fork`, all given up.
pub unsafe fn adopt_orphans() {
    let own = tls::get().cast::<Block>();
    // Relaxed: a count, in a process of one thread.
    BIRTHS.store(usize::from(tls::life() == Life::Block), Relaxed);
    let registry = REGISTRY.lock();
    let mut next = registry.newest;
    // One turn per block.
    while let Some(block) = next {
        // SAFETY: listed blocks live as long as the process.
        let shared = unsafe { block.as_ref() };
        if block.as_ptr() == own {
            // Where this thread took it in the child already (born in a fork handler), it leaves this thread's list
            // first.
            apart(|| shared.certificate.give_up());
        }
        // SAFETY: the child's only thread is here.
        apart(|| unsafe { shared.certificate.renew() });
        // Relaxed, both: the child has one thread.
        if block.as_ptr() == own {
            shared.id.set(0);
            apart(|| shared.certificate.take());
        } else if shared.in_use.load(Relaxed) {
            shared.drain_orphaned();
            shared.in_use.store(false, Relaxed);
        }
        next = shared.next;
    }
}

/// Returns what an instrumented build counted of the lock.
pub fn lock_figures() -> Option<LockFigures> {
    lock::figures(&REGISTRY)
}

/// Takes the lock, for fork.
pub fn hold() {
    lock::hold(&REGISTRY);
}

/// Gives the lock back, after fork.
///
/// # Safety
///
/// - As for `sync::lock::let_go`.
pub unsafe fn let_go() {
    // SAFETY: the caller's promise is the callee's.
    unsafe { lock::let_go(&REGISTRY) };
}
