//! The buddy system of the process: all arenas behind one lock.

use core::ptr::NonNull;

use super::space::{Run, Space};
use super::spaces::Spaces;
use crate::arena::registry::{self, MAX_ARENAS};
use crate::arena::{Arena, Shortage, State, UNIT_GRANULES, growth};
use crate::base::{GranuleCount, GranuleIndex, Order, UNIT};
use crate::options::Thp;
use crate::os;
use crate::report::Broken;
use crate::sync::lock::{self, Brief};
use crate::sync::meter::LockFigures;
use crate::sync::{Lock, LockGuard, Rank};

/// The spaces of all arenas, in the order of the registry.
pub struct System {
    pub(super) spaces: Spaces,
    /// Bytes that the first arena may span; 0 chooses by the machine.
    first_size: usize,
    /// Bytes purged since the start, and calls that did it.
    purged: u64,
    purges: u64,
    /// Runs that hold one object beyond the classes, and their granules.
    direct: u64,
    direct_granules: u64,
}

pub(super) static SYSTEM: Lock<{ Rank::Buddy as u8 }, System> =
    Lock::new(System { spaces: Spaces::new(), first_size: 0, purged: 0, purges: 0, direct: 0, direct_granules: 0 });

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
/// What an arena spans at least where nothing limits address space. Its metadata is reserved at once, a thousandth of
/// it.
const USUAL_ARENA: usize = 64 << 30;

/// Sets how many bytes the first arena may span; has an effect only before the first is reserved.
pub fn set_first_size(bytes: usize) {
    SYSTEM.lock().first_size = bytes.next_multiple_of(UNIT);
}

/// Sets when huge pages are asked for.
pub fn set_thp(thp: Thp) {
    growth::set_thp(thp);
    for space in SYSTEM.lock().spaces.iter_mut() {
        space.follow_thp();
    }
}

/// Reserves the first arena if there is none; returns whether there is one now.
pub fn initialise() -> bool {
    let mut system = SYSTEM.lock();
    registry::get(0).is_some() || system.add_arena(GranuleCount(1), Order::ZERO).is_some()
}

/// Takes a run of `count` granules aligned to `align`, from the first arena that has room; reserves a further arena
/// when none has.
pub fn take(count: GranuleCount, align: Order) -> Option<Grant> {
    SYSTEM.lock().take(count, align)
}

/// As `take`, for a run that is one object beyond the classes: its record says so before anybody else sees it.
pub fn take_object(count: GranuleCount, align: Order) -> Option<(NonNull<u8>, bool)> {
    let mut system = SYSTEM.lock();
    let grant = system.take(count, align)?;
    system.hand_over(grant)
}

/// As `take_object`, for an alignment that can be done without (`Space::take_roomy`): reserves no further arena.
pub fn take_object_roomy(count: GranuleCount, align: Order) -> Option<(NonNull<u8>, bool)> {
    let mut system = SYSTEM.lock();
    let taken = |(arena, space): (usize, &mut Space)| Some(Grant { arena, run: space.take_roomy(count, align)? });
    let grant = system.spaces_within_limit().enumerate().find_map(taken)?;
    let grant = system.within_limit(grant)?;
    system.hand_over(grant)
}

/// The buddy system held for a moment by who does not enter the kernel (`sync::lock::briefly`).
pub struct AtHand(Brief<'static, { Rank::Buddy as u8 }, System>);

/// Takes the buddy system if nobody has it.
pub fn at_hand() -> Option<AtHand> {
    lock::briefly(&SYSTEM).map(AtHand)
}

impl AtHand {
    /// As `take`, from the free runs that there are.
    pub fn take(&mut self, count: GranuleCount, align: Order) -> Option<Grant> {
        let taken = |(arena, space): (usize, &mut Space)| Some(Grant { arena, run: space.take_at_hand(count, align)? });
        let grant = self.0.spaces_within_limit().enumerate().find_map(taken)?;
        self.0.within_limit(grant)
    }

    /// As `take_object`, from the free runs that there are.
    pub fn take_object(&mut self, count: GranuleCount, align: Order) -> Option<(NonNull<u8>, bool)> {
        let grant = self.take(count, align)?;
        self.0.hand_over(grant)
    }

    /// Grows the object beyond the classes at `start` in place, into free runs that there are; on `None` nothing has
    /// changed. Returns whether all bytes that it gains are zero.
    pub fn extend_object(
        &mut self,
        number: usize,
        arena: Arena,
        start: GranuleIndex,
        to: GranuleCount,
    ) -> Option<bool> {
        let State::Run { count } = arena.record(start).state() else { return None };
        let mut run = Run { start, count, zero: true };
        let mut grew = to > count && self.0.space_within_limit(number)?.extend_at_hand(&mut run, to);
        if grew && self.0.is_over_limit(0) {
            self.0.space(number)?.shrink(&mut run, count);
            grew = false;
        }
        grew.then(|| {
            arena.record(start).set(State::Run { count: to });
            self.0.direct_granules += u64::from(to.0 - count.0);
            run.zero
        })
    }

    /// Gives a run back that was taken just now.
    pub fn give(&mut self, grant: Grant) {
        if let Some(space) = self.0.space(grant.arena) {
            space.give(grant.run);
        }
    }
}

/// Gives back the object beyond the classes that starts at `start`; false if none does (it was freed meanwhile).
pub fn give_object(number: usize, arena: Arena, start: GranuleIndex) -> bool {
    give_object_as(number, arena, start, false)
}

/// As `give_object`; with `zero` every byte of it is known to be zero.
pub fn give_object_as(number: usize, arena: Arena, start: GranuleIndex, zero: bool) -> bool {
    let mut system = SYSTEM.lock();
    let State::Run { count } = arena.record(start).state() else { return false };
    arena.record(start).bury();
    system.direct -= 1;
    system.direct_granules -= u64::from(count.0);
    if let Some(space) = system.space(number) {
        space.give(Run { start, count, zero });
    }
    true
}

/// Resizes the run of an object in place from `from` to `to` granules; on `None` nothing has changed. Each size comes
/// with whether the object is beyond the classes at that size. Returns whether all bytes that the object gains are
/// zero.
pub fn resize_object(
    number: usize,
    arena: Arena,
    start: GranuleIndex,
    (from, from_direct): (GranuleCount, bool),
    (to, to_direct): (GranuleCount, bool),
) -> Option<bool> {
    let mut system = SYSTEM.lock();
    let space = system.space_within_limit(number)?;
    // Growing, `zero` is to speak of the gain alone, as if the object were zero; what shrinking gives back is not.
    let mut run = Run { start, count: from, zero: to > from };
    if to < from {
        space.shrink(&mut run, to);
    } else if to > from {
        if !space.extend(&mut run, to) {
            return None;
        }
        if system.is_over_limit(0) {
            system.space(number)?.shrink(&mut run, from);
            return None;
        }
    }
    arena.record(start).set(State::Run { count: to });
    let count = |is_direct: bool, count: GranuleCount| if is_direct { (1, u64::from(count.0)) } else { (0, 0) };
    let ((gone, gone_granules), (come, come_granules)) = (count(from_direct, from), count(to_direct, to));
    system.direct = system.direct + come - gone;
    system.direct_granules = system.direct_granules + come_granules - gone_granules;
    Some(run.zero)
}

/// Gives a run back.
pub fn give(grant: Grant) {
    if let Some(space) = SYSTEM.lock().space(grant.arena) {
        space.give(grant.run);
    }
}

/// Held by whoever purges. fork takes it, so that no run is out being purged in a child; and a refusal waits for it.
static PURGE: Lock<{ Rank::Purge as u8 }, ()> = Lock::new(());

/// Most bytes that are out being purged at a time: others cannot have them meanwhile. Half of it costs twice the calls;
/// whole runs, up to a gibibyte, had other threads refused while memory was there.
const PIECE: usize = 4 << 20;

/// Most refusals of the kernel in one purge.
const REFUSALS: usize = 8;

/// Purges dirty free runs, whole units first, until about `bytes` are gone or the kernel refused a few times. Returns
/// the bytes purged. Memory is asked for: units go in part too behind which huge pages are (`Space::take_dirty`).
///
/// The buddy's lock is not held during madvise: a piece that is being purged is in use for that time.
pub fn purge(bytes: usize) -> usize {
    let _purging = PURGE.lock();
    purge_held(bytes, true)
}

/// Waits until nobody purges, and keeps it so while the value lives: for a last try where memory is short.
pub fn hold_off_purge() -> LockGuard<'static, { Rank::Purge as u8 }, ()> {
    PURGE.lock()
}

/// As `purge`, by the holder of the lock.
fn purge_held(bytes: usize, all: bool) -> usize {
    let mut done = 0;
    // Pieces that the kernel refused (locked pages): kept out until the end, so that the search comes to others.
    let mut refused: [Option<Grant>; REFUSALS] = [const { None }; REFUSALS];
    let mut places = refused.iter_mut();
    // At most one turn per dirty piece: a purged piece is clean, and a refused one takes one of a few places.
    while done < bytes {
        let most = (bytes - done).next_multiple_of(UNIT).min(PIECE);
        let Some((grant, start, dirty)) = SYSTEM.lock().take_dirty(most, all) else { break };
        let length = grant.run.count.bytes();
        // SAFETY: the run is free memory below the frontier, and ours while it is taken out: nobody needs its contents.
        let purged = unsafe { os::area::purge(start, length) };
        if purged {
            let mut system = SYSTEM.lock();
            system.purged += dirty as u64;
            system.purges += 1;
            system.put_purged(grant, true);
            done += dirty;
            continue;
        }
        match places.next() {
            Some(place) => *place = Some(grant),
            None => {
                SYSTEM.lock().put_purged(grant, false);
                break;
            }
        }
    }
    for grant in refused.into_iter().flatten() {
        SYSTEM.lock().put_purged(grant, false);
    }
    done
}

/// As `purge`, of runs of at least `least` that no huge page stands behind in part; does nothing while another thread
/// purges.
pub fn purge_unless_busy(bytes: usize) -> usize {
    match PURGE.try_lock() {
        Some(_purging) => purge_held(bytes, false),
        None => 0,
    }
}

/// Returns whether huge pages are asked for behind any memory of an arena: then parts of units are not purged unless
/// memory is asked for.
pub fn asks_for_huge() -> bool {
    SYSTEM.lock().spaces.iter().any(|space| space.asks_for_huge())
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
    for space in system.spaces.iter() {
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

/// What the arena of a number holds.
#[derive(Clone, Copy)]
pub struct ArenaFigures {
    /// The arena.
    pub arena: Arena,
    /// Bytes of runs that are readable and writable.
    pub committed: usize,
    /// Bytes of them in free runs.
    pub free: usize,
    /// Bytes of metadata that are readable and writable.
    pub metadata: usize,
}

/// Returns what arena `number` holds, `None` past the last.
pub fn figures_of(number: usize) -> Option<ArenaFigures> {
    let mut system = SYSTEM.lock();
    let space = system.space(number)?;
    let (committed, metadata, _) = space.footprint();
    let free = GranuleCount(space.free_granules().0 as u32).bytes();
    Some(ArenaFigures { arena: space.arena(), committed, free, metadata })
}

/// Returns the number and bytes of runs that hold one object beyond the classes.
pub fn direct_runs() -> (u64, u64) {
    let system = SYSTEM.lock();
    (system.direct, system.direct_granules * crate::base::GRANULE as u64)
}

/// Returns the bytes of all arenas that the kernel backs with memory now, `None` where it does not tell. Holds the lock
/// for a system call per 2 MiB: for reports.
pub fn resident() -> Option<usize> {
    SYSTEM.lock().spaces.iter().try_fold(0, |sum, space| Some(sum + space.resident()?))
}

/// Returns how many free runs of an order there are in all arenas.
pub fn free_runs(order: usize) -> u64 {
    SYSTEM.lock().spaces.iter().map(|space| space.free_runs(order)).sum()
}

/// Returns how many free runs of an order there are in an arena, `None` if there is no such arena.
pub fn free_runs_of(arena: usize, order: usize) -> Option<u64> {
    SYSTEM.lock().space(arena).map(|space| space.free_runs(order))
}

/// Walks every arena (see `Space::check`). `slab(arena, granule)` tells how many granules the slab that starts there
/// spans.
pub fn check(slab: impl Fn(Arena, GranuleIndex) -> Option<GranuleCount>) -> Result<(), Broken> {
    let system = SYSTEM.lock();
    for space in system.spaces.iter() {
        let arena = space.arena();
        space.check(|start| match arena.record(start).state() {
            State::Run { count } => Some(count),
            State::Slab => slab(arena, start),
            State::Metadata => Some(GranuleCount(1)),
            _ => None,
        })?;
    }
    Ok(())
}

/// Returns what an instrumented build counted of the lock.
pub fn purge_lock_figures() -> Option<LockFigures> {
    lock::figures(&PURGE)
}

/// Takes the lock of purging, for fork.
pub fn hold_purge() {
    lock::hold(&PURGE);
}

/// Gives the lock of purging back, after fork.
///
/// # Safety
///
/// - As for `sync::lock::let_go`.
pub unsafe fn let_go_purge() {
    // SAFETY: the caller's promise is the callee's.
    unsafe { lock::let_go(&PURGE) };
}

/// Returns what an instrumented build counted of the lock.
pub fn lock_figures() -> Option<LockFigures> {
    lock::figures(&SYSTEM)
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
    /// Makes an object beyond the classes of a run; returns it and whether it is zero.
    fn hand_over(&mut self, Grant { arena, run }: Grant) -> Option<(NonNull<u8>, bool)> {
        let arena = registry::get(arena)?;
        arena.record(run.start).set(State::Run { count: run.count });
        self.direct += 1;
        self.direct_granules += u64::from(run.count.0);
        Some((arena.address_of(run.start), run.zero))
    }

    /// As `take_unlimited`, within the limit.
    fn take(&mut self, count: GranuleCount, align: Order) -> Option<Grant> {
        let grant = self.take_unlimited(count, align)?;
        self.within_limit(grant)
    }

    fn take_unlimited(&mut self, count: GranuleCount, align: Order) -> Option<Grant> {
        let mut refused = false;
        for (arena, space) in self.spaces_within_limit().enumerate() {
            match space.take(count, align) {
                Ok(run) => return Some(Grant { arena, run }),
                Err(Shortage::Full) => {}
                Err(Shortage::Refused) => refused = true,
            }
        }
        // Where the kernel refuses to commit, more address space would not help.
        let arena = if refused { None } else { self.add_arena(count, align) }?;
        let run = self.space(arena)?.take(count, align).ok()?;
        Some(Grant { arena, run })
    }

    pub(super) fn space(&mut self, arena: usize) -> Option<&mut Space> {
        self.spaces.get_mut(arena)
    }

    /// Reserves a further arena that can hold a run of `count` granules at `align`; returns its number.
    ///
    /// The first size tried is the usual one, or half of the process's limit on address space: the program needs room
    /// of its own for libraries, stacks and mappings. Where the kernel refuses, half as much is tried.
    #[cold]
    fn add_arena(&mut self, count: GranuleCount, align: Order) -> Option<usize> {
        // An arena is aligned to an eighth of it (`Arena::reserve`).
        let least = Order::fitting(count)?.granules().bytes().max(align.granules().bytes() * 8).max(LEAST_ARENA);
        if registry::all().count() >= MAX_ARENAS {
            return None;
        }
        // The option is for the first arena; a program that outgrows it is not held to it.
        let chosen = if registry::get(0).is_none() { self.first_size } else { 0 };
        let usual = match chosen {
            0 => USUAL_ARENA.max(os::limits::physical_memory().saturating_mul(2)).next_multiple_of(UNIT),
            chosen => chosen,
        };
        let mut size = os::limits::address_space().map_or(usual, |limit| (limit / 2).min(usual));
        let keep = self.spaces.iter().map(|space| space.footprint().2).sum();
        // At most 47 turns: the size halves down to `least`.
        while size >= least {
            match Arena::reserve(size.next_multiple_of(UNIT), keep) {
                Ok((arena, growth)) => {
                    // SAFETY: `&mut self` is only had under the lock of `SYSTEM`.
                    let index = unsafe { registry::add(arena) }?;
                    self.spaces.add(index, Space::new(arena, growth))?;
                    return Some(index);
                }
                Err(Shortage::Full) => size /= 2,
                Err(Shortage::Refused) => return None,
            }
        }
        None
    }

    fn put_purged(&mut self, grant: Grant, purged: bool) {
        if let Some(space) = self.space(grant.arena) {
            space.put_purged(grant.run, purged);
        }
    }

    /// Takes a piece to be purged out of the first arena that has a dirty run, of a whole unit if any has: the piece, its
    /// address, and how many bytes of it are dirty.
    fn take_dirty(&mut self, most: usize, all: bool) -> Option<(Grant, NonNull<u8>, usize)> {
        let most = GranuleCount::holding(most)?;
        let unit = Order::fitting(GranuleCount(UNIT_GRANULES))?;
        for from in [unit, Order::ZERO] {
            for (arena, space) in self.spaces.iter_mut().enumerate() {
                if let Some((run, touched)) = space.take_dirty(from, most, all) {
                    let start = space.arena().address_of(run.start);
                    return Some((Grant { arena, run }, start, GranuleCount(touched).bytes()));
                }
            }
        }
        None
    }
}
