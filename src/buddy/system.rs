//! The buddy system of the process: all arenas behind one lock.

use super::space::{Run, Shortage, Space};
use crate::arena::registry::{self, MAX_ARENAS};
use crate::arena::{Arena, State};
use crate::base::{GranuleCount, GranuleIndex, Order, UNIT};
use crate::os;
use crate::report::Broken;
use crate::sync::{Lock, Rank, lock};

/// The spaces of all arenas, in the order of the registry.
pub struct System {
    spaces: [Option<Space>; MAX_ARENAS],
    /// Bytes to reserve for the first arena; 0 chooses by the machine.
    first_size: usize,
    /// Bytes purged since the start, and calls that did it.
    purged: u64,
    purges: u64,
    /// Runs that hold one object beyond the classes, and their granules.
    direct: u64,
    direct_granules: u64,
}

static SYSTEM: Lock<{ Rank::Buddy as u8 }, System> = Lock::new(System {
    spaces: [const { None }; MAX_ARENAS],
    first_size: 0,
    purged: 0,
    purges: 0,
    direct: 0,
    direct_granules: 0,
});

/// A run and the arena it lies in.
#[derive(Debug)]
pub struct Grant {
    /// Number of the arena in the registry.
    pub arena: usize,
    /// The run.
    pub run: Run,
}

/// The smallest arena worth having.
const LEAST_ARENA: usize = 8 << 20;
/// The first arena where nothing limits address space.
const USUAL_ARENA: usize = 64 << 30;

/// Sets the size of the first arena; has an effect only before it is reserved.
pub fn set_first_size(bytes: usize) {
    SYSTEM.lock().first_size = bytes.next_multiple_of(UNIT);
}

/// Reserves the first arena if there is none; returns whether there is one now.
pub fn initialise() -> bool {
    let mut system = SYSTEM.lock();
    registry::get(0).is_some() || system.add_arena(GranuleCount(1), Order::ZERO).is_some()
}

/// Takes a run of `count` granules aligned to `align`, from the first arena that has room; reserves a further arena when
/// none has.
pub fn take(count: GranuleCount, align: Order) -> Option<Grant> {
    let mut system = SYSTEM.lock();
    for (arena, space) in system.spaces.iter_mut().enumerate() {
        let Some(space) = space else { break };
        match space.take(count, align) {
            Ok(run) => return Some(Grant { arena, run }),
            Err(Shortage::Full) => {}
            // More address space would not help.
            Err(Shortage::Refused) => return None,
        }
    }
    let arena = system.add_arena(count, align)?;
    let run = system.space(arena)?.take(count, align).ok()?;
    Some(Grant { arena, run })
}

/// Gives a run back.
pub fn give(grant: Grant) {
    if let Some(space) = SYSTEM.lock().space(grant.arena) {
        space.give(grant.run);
    }
}

/// Grows a run in place to `count` granules; on `false` nothing has changed.
pub fn extend(grant: &mut Grant, count: GranuleCount) -> bool {
    SYSTEM.lock().space(grant.arena).is_some_and(|space| space.extend(&mut grant.run, count))
}

/// Gives the granules of a run behind the first `count` back.
pub fn shrink(grant: &mut Grant, count: GranuleCount) {
    if let Some(space) = SYSTEM.lock().space(grant.arena) {
        space.shrink(&mut grant.run, count);
    }
}

/// Purges dirty free runs of at least `least`, greatest and longest free first, until `bytes` are gone or the kernel
/// refuses. Returns the bytes purged.
///
/// The lock is not held during madvise: a run that is being purged is in use for that time.
pub fn purge(bytes: usize, least: Order) -> usize {
    let mut done = 0;
    // At most one turn per dirty run: a purged run is clean, and a refusal ends the loop.
    while done < bytes {
        let taken = SYSTEM.lock().take_dirty(least);
        let Some((grant, start, length)) = taken else { break };
        // SAFETY: the run is free memory below the frontier, and ours while it is taken out: nobody needs its contents.
        let purged = unsafe { os::area::purge(start, length) };
        let mut system = SYSTEM.lock();
        if purged {
            system.purged += length as u64;
            system.purges += 1;
        }
        if let Some(space) = system.space(grant.arena) {
            space.put_purged(grant.run, purged);
        }
        if !purged {
            break;
        }
        done += length;
    }
    done
}

/// The least runs that decay purges: 64 KiB. Below that a system call costs more than the pages are worth.
const LEAST_DECAYED: u32 = 2;
/// The least that a step of decay purges, so that the tail of the curve ends.
const LEAST_STEP: usize = 1 << 20;

/// Purges the share of the dirty memory that `elapsed` is of `decay` (milliseconds): a smooth curve, not a cliff.
pub fn decay(elapsed: u64, decay: u64) {
    let dirty = footprint().dirty;
    let share = if elapsed >= decay { dirty } else { (dirty as u64 * elapsed / decay) as usize };
    if let Some(least) = Order::new(LEAST_DECAYED) {
        purge(share.max(LEAST_STEP.min(dirty)), least);
    }
}

/// What the buddy system holds, summed over all arenas.
#[derive(Clone, Copy, Default)]
pub struct Footprint {
    /// Bytes of runs that are readable and writable.
    pub committed: usize,
    /// Bytes of per-granule metadata that are readable and writable.
    pub metadata: usize,
    /// Bytes of address space.
    pub reserved: usize,
    /// Bytes in free runs.
    pub free: usize,
    /// Bytes of those that were used since they were last purged.
    pub dirty: usize,
    /// Bytes purged since the start.
    pub purged: u64,
    /// Calls that purged them.
    pub purges: u64,
}

/// Returns what the buddy system holds.
pub fn footprint() -> Footprint {
    let system = SYSTEM.lock();
    let mut sum = Footprint { purged: system.purged, purges: system.purges, ..Footprint::default() };
    for space in system.spaces.iter().flatten() {
        let (committed, metadata, reserved) = space.footprint();
        let (free, dirty) = space.free_granules();
        sum.committed += committed;
        sum.metadata += metadata;
        sum.reserved += reserved;
        sum.free += GranuleCount(free as u32).bytes();
        sum.dirty += GranuleCount(dirty as u32).bytes();
    }
    sum
}

/// Counts a run that holds one object beyond the classes as come (`from` 0), gone (`to` 0) or resized.
pub fn count_direct(from: GranuleCount, to: GranuleCount) {
    let mut system = SYSTEM.lock();
    system.direct = system.direct + u64::from(to.0 > 0) - u64::from(from.0 > 0);
    system.direct_granules = system.direct_granules + u64::from(to.0) - u64::from(from.0);
}

/// Returns the number and bytes of runs that hold one object beyond the classes.
pub fn direct_runs() -> (u64, u64) {
    let system = SYSTEM.lock();
    (system.direct, system.direct_granules * crate::base::GRANULE as u64)
}

/// Returns how many free runs of an order there are in all arenas.
pub fn free_runs(order: usize) -> u64 {
    SYSTEM.lock().spaces.iter().flatten().map(|space| space.free_runs(order)).sum()
}

/// Walks every arena (see `Space::check`). `slab(arena, granule)` tells how many granules the slab that starts there
/// spans.
pub fn check(slab: impl Fn(Arena, GranuleIndex) -> Option<GranuleCount>) -> Result<(), Broken> {
    let system = SYSTEM.lock();
    for space in system.spaces.iter().flatten() {
        let arena = space.arena();
        space.check(|start| match arena.record(start).state() {
            State::Run { count } => Some(count),
            State::Slab => slab(arena, start),
            _ => None,
        })?;
    }
    Ok(())
}

/// Takes the lock, for fork.
pub fn hold() {
    lock::hold(&SYSTEM);
}

/// Gives the lock back, after fork.
///
/// # Safety
///
/// - As for `sync::lock::let_go`.
pub unsafe fn let_go() {
    // SAFETY: the caller's promise is the callee's.
    unsafe { lock::let_go(&SYSTEM) };
}

impl System {
    fn space(&mut self, arena: usize) -> Option<&mut Space> {
        self.spaces.get_mut(arena)?.as_mut()
    }

    /// Reserves a further arena that can hold a run of `count` granules at `align`; returns its number.
    ///
    /// The first size tried is the usual one, or half of the process's limit on address space: the program needs room of
    /// its own for libraries, stacks and mappings. Where the kernel refuses, half as much is tried.
    #[cold]
    fn add_arena(&mut self, count: GranuleCount, align: Order) -> Option<usize> {
        // An arena is aligned to an eighth of it (`Arena::reserve`).
        let least = Order::fitting(count)?.granules().bytes().max(align.granules().bytes() * 8).max(LEAST_ARENA);
        let usual = match self.first_size {
            0 => USUAL_ARENA.max(os::limits::physical_memory().saturating_mul(4)).next_multiple_of(UNIT),
            chosen => chosen,
        };
        let mut size = os::limits::address_space().map_or(usual, |limit| (limit / 2).min(usual));
        // At most 47 turns: the size halves down to `least`.
        while size >= least {
            if let Some((arena, growth)) = Arena::reserve(size.next_multiple_of(UNIT)) {
                // SAFETY: `&mut self` is only had under the lock of `SYSTEM`.
                let index = unsafe { registry::add(arena) }?;
                *self.spaces.get_mut(index)? = Some(Space::new(arena, growth));
                return Some(index);
            }
            size /= 2;
        }
        None
    }

    /// Takes a dirty run out of the first arena that has one of at least `least`.
    fn take_dirty(&mut self, least: Order) -> Option<(Grant, core::ptr::NonNull<u8>, usize)> {
        for (arena, space) in self.spaces.iter_mut().enumerate() {
            let Some(space) = space else { break };
            if let Some(run) = space.take_dirty(least) {
                let (start, length) = space.interval(&run);
                return Some((Grant { arena, run }, start, length));
            }
        }
        None
    }
}
