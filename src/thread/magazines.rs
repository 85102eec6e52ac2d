//! The slow path: what happens when a loaded magazine is empty or full.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, compiler_fence};

use super::block::{Block, Pair, pop_from, push_to};
use super::upkeep;
use crate::base::Class;
use crate::depot::magazine::Round;
use crate::depot::{MagazineRef, depot_of};
use crate::report::{self, Misuse};
use crate::slab::cache_of;
use crate::slab::object::{construct, settle};

/// Rounds of a magazine in a thread that just begins to use a class. A thread that allocates three objects holds eight
/// and not a hundred; three slow calls later it may hold 64.
const FIRST_ROUNDS: usize = 8;

/// Most rounds in any magazine (option `magazine_rounds`).
static MOST_ROUNDS: AtomicUsize = AtomicUsize::new(crate::base::shape::ROUNDS_MAX);
/// Most bytes of run-class objects in one thread's magazines (option `thread_cache`).
static MOST_RUN_BYTES: AtomicUsize = AtomicUsize::new(8 << 20);

/// Sets the bounds on magazines; threads follow when their magazines next grow.
pub fn set_bounds(rounds: usize, run_bytes: usize) {
    // Relaxed: numbers that stand alone.
    MOST_ROUNDS.store(rounds, Ordering::Relaxed);
    MOST_RUN_BYTES.store(run_bytes, Ordering::Relaxed);
}

/// An object and whether it is known to be all zero bytes.
#[derive(Clone, Copy)]
pub struct Obtained {
    /// The object.
    pub object: NonNull<u8>,
    /// Whether every byte of it is zero.
    pub zero: bool,
}

/// Why no object can be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Memory is short.
    Memory,
    /// The constructor of the object cache failed.
    Constructor,
}

impl Block {
    /// The loaded magazine of `class` is empty: exchanges it with the previous one, then with the depot, then fills it
    /// from the slabs (Bonwick & Adams 2001, §3.1).
    #[cold]
    #[inline(never)]
    pub fn refill(&self, class: Class) -> Result<Obtained, Refusal> {
        // What a round of upkeep condemned of this class is destructed in a call on it.
        if upkeep::tick(self) {
            settle(class);
        }
        if class.is_run() {
            return take_one(class);
        }
        let Some(pair) = self.pair_or_made(class) else { return take_one(class) };
        let slot = pair.slot;
        // The previous magazine has rounds: the two change places.
        if let Some(previous) = pair.unload_previous() {
            if previous.count() > 0 {
                slot.previous.set(pair.unload().map(MagazineRef::into_raw));
                return pair.load_and_pop(previous);
            }
            slot.previous.set(Some(previous.into_raw()));
        }
        // The depot has a full magazine: it takes the empty one for it.
        let Some(empty) = pair.unload().or_else(|| empty_magazine(class)) else { return take_one(class) };
        // Not in a `match` on the call: the guard would live through the arms.
        let exchanged = depot_of(class).lock().exchange_for_full(empty);
        let empty = match exchanged {
            Ok(full) => {
                pair.grow();
                return pair.load_and_pop(full);
            }
            Err(empty) => empty,
        };
        // The slabs fill it.
        pair.grow();
        self.refills.add_one();
        let (magazine, failed) = fill(class, empty, usize::from(slot.capacity.get()));
        pair.load_and_pop(magazine).map_err(|_| if failed { Refusal::Constructor } else { Refusal::Memory })
    }

    /// The loaded magazine of `class` is full: makes room by growing it, by exchanging it with the previous one, with
    /// the depot, or by draining one into the slabs; then keeps `object`.
    #[cold]
    #[inline(never)]
    pub fn spill(&self, class: Class, object: NonNull<u8>) {
        if upkeep::tick(self) {
            settle(class);
        }
        let Some(pair) = self.pair_or_made(class) else { return give_one(class, object) };
        let slot = pair.slot;
        if class.is_run() {
            if slot.loaded.get().is_none()
                && self.may_hold_runs(class)
                && let Some(empty) = empty_magazine(class)
            {
                slot.capacity.set(class.shape().rounds);
                pair.load(empty);
            }
            if !pair.push(object) {
                give_one(class, object);
            }
            return;
        }
        if slot.loaded.get().is_some() && pair.grow() {
            pair.limit.set(pair.bottom.get().wrapping_add(usize::from(slot.capacity.get())));
            if pair.push(object) {
                return;
            }
        }
        let mut drained = false;
        // The previous magazine is empty: the two change places. With none, the depot or the store has one.
        let previous = pair.unload_previous();
        let empty = match previous {
            Some(previous) if previous.count() == 0 => Some(previous),
            None => empty_magazine(class),
            // Both are full: the depot takes the previous one, or it is drained.
            Some(previous) => {
                let exchanged = depot_of(class).lock().exchange_for_empty(previous, class);
                match exchanged {
                    Ok(Some(empty)) => Some(empty),
                    Ok(None) => MagazineRef::new(class),
                    Err(mut full) => {
                        self.flushes.add_one();
                        drain(class, &mut full);
                        drained = true;
                        Some(full)
                    }
                }
            }
        };
        let Some(empty) = empty else {
            give_one(class, object);
            return;
        };
        slot.previous.set(pair.unload().map(MagazineRef::into_raw));
        if slot.capacity.get() == 0 {
            pair.grow();
        }
        pair.load(empty);
        if !pair.push(object) {
            give_one(class, object);
        }
        // Last, since it may call the program.
        if drained {
            settle(class);
        }
    }

    /// Returns whether the thread may keep a magazine of a run class, and counts it if so.
    fn may_hold_runs(&self, class: Class) -> bool {
        let bytes = self.run_bytes.get() + class.size() * usize::from(class.shape().rounds);
        // Relaxed: a number that stands alone.
        let may = bytes <= MOST_RUN_BYTES.load(Ordering::Relaxed);
        if may {
            self.run_bytes.set(bytes);
        }
        may
    }

    /// Gives every round of `classes` back to the slabs. The caller owns the block, or of object caches holds the sweep
    /// (T5).
    pub fn drain(&self, classes: impl Iterator<Item = Class>) {
        for class in classes {
            let Some(pair) = self.pair(class) else { continue };
            for magazine in [pair.unload(), pair.unload_previous()] {
                let Some(mut magazine) = magazine else { continue };
                if magazine.count() > 0 {
                    drain(class, &mut magazine);
                }
                depot_of(class).lock().leave_empty(magazine);
            }
            pair.slot.capacity.set(0);
            if class.is_run() {
                self.run_bytes.set(0);
            }
        }
    }

    /// Gives back, in the child of a fork, what a thread had that the child lost. That thread stood at any instruction,
    /// so a magazine whose cells do not agree is left alone, and rounds that are free already are passed over: the leak
    /// is bounded by a magazine per class.
    pub(super) fn drain_orphaned(&self) {
        for class in Class::all() {
            let Some(Pair { top, bottom, limit, slot, .. }) = self.pair(class) else { continue };
            if let Some(raw) = slot.loaded.get() {
                // SAFETY: the lost thread's reference; this is the only thread left.
                let magazine = unsafe { MagazineRef::from_raw(raw) };
                let first = magazine.first_round().as_ptr();
                let last = first.wrapping_add(usize::from(class.shape().rounds));
                let whole = bottom.get() == first && bottom.get() <= top.get() && top.get() <= last;
                if whole {
                    let count = top.get().addr().wrapping_sub(first.addr()) / size_of::<Round>();
                    give_back_orphans(class, first, count);
                }
            }
            let previous = slot.previous.get();
            if let Some(raw) = previous.filter(|_| previous != slot.loaded.get()) {
                // SAFETY: as above.
                let magazine = unsafe { MagazineRef::from_raw(raw) };
                give_back_orphans(class, magazine.first_round().as_ptr(), magazine.count());
            }
            slot.loaded.set(None);
            slot.previous.set(None);
            slot.capacity.set(0);
            top.set(ptr::null_mut());
            bottom.set(ptr::null_mut());
            limit.set(ptr::null_mut());
        }
        self.run_bytes.set(0);
    }

    /// Returns how many rounds of a class the block holds, as seen from any thread: late by what its owner is doing,
    /// never out of range.
    pub fn rounds_held(&self, class: Class) -> usize {
        let Some(pair) = self.pair(class) else { return 0 };
        let most = usize::from(class.shape().rounds);
        // The owner may be writing: the values are used as numbers only, and checked.
        let (top, bottom) = (pair.top.get(), pair.bottom.get());
        let rounds = top.addr().wrapping_sub(bottom.addr()) / size_of::<Round>();
        let loaded = if rounds <= most { rounds } else { 0 };
        // SAFETY: cells are readable for the life of the process. Volatile, since the owner may be writing: the machine
        // writes a pointer whole. Magazines are never unmapped, so a stale reference still reads a number.
        let previous = unsafe { pair.slot.previous.as_ptr().read_volatile() }.map_or(0, |raw| {
            // SAFETY: read and let go; the owner's reference stays the one that counts.
            let count = unsafe { MagazineRef::from_raw(raw) }.count();
            count.min(most)
        });
        loaded + previous
    }

    /// Returns whether the block holds the object as a round of a class, as seen from any thread.
    pub fn holds(&self, class: Class, object: NonNull<u8>) -> bool {
        let Some(pair) = self.pair(class) else { return false };
        let most = usize::from(class.shape().rounds);
        let (top, bottom) = (pair.top.get(), pair.bottom.get());
        let count = top.addr().wrapping_sub(bottom.addr()) / size_of::<Round>();
        if !bottom.is_null() && count <= most && sees(bottom, count, object) {
            return true;
        }
        // SAFETY: as in `rounds_held`.
        let previous = unsafe { pair.slot.previous.as_ptr().read_volatile() };
        previous.is_some_and(|raw| {
            // SAFETY: as in `rounds_held`.
            let magazine = unsafe { MagazineRef::from_raw(raw) };
            sees(magazine.first_round().as_ptr(), magazine.count().min(most), object)
        })
    }
}

impl Pair<'_> {
    /// Doubles the capacity of the class in this thread up to the class's most; returns whether it grew.
    pub(super) fn grow(&self) -> bool {
        let before = usize::from(self.slot.capacity.get());
        // Relaxed: a number that stands alone.
        let most = usize::from(self.class.shape().rounds).min(MOST_ROUNDS.load(Ordering::Relaxed)).max(1);
        let after = (before * 2).max(FIRST_ROUNDS).min(most);
        self.slot.capacity.set(after as u16);
        after > before
    }

    /// Makes `magazine` the loaded one: the hot cells point into it. There was none, unless a callback of the cache
    /// used the cache itself: then that one goes to the slabs.
    pub(super) fn load(&self, magazine: MagazineRef) {
        if let Some(mut other) = self.unload() {
            drain(self.class, &mut other);
            depot_of(self.class).lock().leave_empty(other);
        }
        let first = magazine.first_round().as_ptr();
        let count = magazine.count();
        let capacity = usize::from(self.slot.capacity.get()).max(count);
        // A magazine from the depot may hold more than this thread's own grew to.
        self.slot.capacity.set(capacity as u16);
        self.slot.loaded.set(Some(magazine.into_raw()));
        self.limit.set(first.wrapping_add(capacity));
        self.bottom.set(first);
        // The count last: see `drain_orphaned`.
        compiler_fence(Ordering::Release);
        self.top.set(first.wrapping_add(count));
    }

    /// Loads `magazine` and pops its top round; a refusal for want of memory if it has none.
    pub(super) fn load_and_pop(&self, magazine: MagazineRef) -> Result<Obtained, Refusal> {
        self.load(magazine);
        // SAFETY: two cells of one class, of a block that is this thread's or held by it (T5).
        let object = unsafe { pop_from(self.top, self.bottom) }.ok_or(Refusal::Memory)?;
        Ok(Obtained { object, zero: false })
    }

    /// Takes the loaded magazine out of the hot cells, its count made true again.
    pub(super) fn unload(&self) -> Option<MagazineRef> {
        let raw = self.slot.loaded.take()?;
        let count = self.top.get().addr().wrapping_sub(self.bottom.get().addr()) / size_of::<Round>();
        self.top.set(ptr::null_mut());
        self.bottom.set(ptr::null_mut());
        self.limit.set(ptr::null_mut());
        // SAFETY: the slot held the one reference, taken out above.
        let mut magazine = unsafe { MagazineRef::from_raw(raw) };
        magazine.set_count(count);
        // The count before the reference is kept anywhere: see `drain_orphaned`.
        compiler_fence(Ordering::Release);
        Some(magazine)
    }

    pub(super) fn unload_previous(&self) -> Option<MagazineRef> {
        let raw = self.slot.previous.take()?;
        // SAFETY: the slot held the one reference, taken out above.
        Some(unsafe { MagazineRef::from_raw(raw) })
    }

    pub(super) fn push(&self, object: NonNull<u8>) -> bool {
        // SAFETY: as in `load_and_pop`; the caller passes the object on.
        unsafe { push_to(self.top, self.limit, object) }
    }
}

/// Rounds of a magazine as seen from any thread: late by what its owner is doing.
fn sees(first: *mut Round, count: usize, object: NonNull<u8>) -> bool {
    (0..count).any(|at| {
        // SAFETY: the caller's places are inside a magazine, aligned as pointers are, whose memory stays readable for
        // the life of the process.
        let round = unsafe { AtomicPtr::from_ptr(first.wrapping_add(at).cast::<*mut u8>()) };
        // Relaxed: it is compared only.
        round.load(Ordering::Relaxed) == object.as_ptr()
    })
}

/// Returns an empty magazine from the depot, or a new one.
fn empty_magazine(class: Class) -> Option<MagazineRef> {
    let empty = depot_of(class).lock().take_empty();
    empty.or_else(|| MagazineRef::new(class))
}

/// Fills an empty magazine with up to `count` objects from the slabs, lowest address on top, constructed; also returns
/// whether there were some and the constructor failed.
fn fill(class: Class, mut empty: MagazineRef, count: usize) -> (MagazineRef, bool) {
    let first = empty.first_round().as_ptr();
    // SAFETY: `count` is at most the class's rounds (T3), so the places are the magazine's own; nobody else has it.
    let room = unsafe { core::slice::from_raw_parts_mut(first, count) };
    let mut zero = false;
    let cut = cache_of(class).lock().hand_out(room, &mut zero);
    let filled = room.get_mut(count - cut..).map_or(0, |room| construct(class, room));
    if filled < count {
        room.copy_within(count - filled.., 0);
    }
    empty.set_count(filled);
    (empty, cut > 0)
}

/// Gives all rounds of a magazine back to the slabs; stops the process if one of them cannot have been handed out.
pub(super) fn drain(class: Class, full: &mut MagazineRef) {
    // Not in the condition: the guard would live through the stop.
    let taken = cache_of(class).lock().take_back_all(full.rounds());
    if let Err((object, misuse)) = taken {
        let told = cache_of(class).lock().class_of(object);
        report::stop(misuse, object.addr().get(), told);
    }
    full.set_count(0);
}

/// Gives `count` rounds from `first` back, passing over any that is not an object in use.
fn give_back_orphans(class: Class, first: *mut Round, count: usize) {
    let mut cache = cache_of(class).lock();
    for i in 0..count.min(class.shape().rounds as usize) {
        // SAFETY: the first `count` places of a magazine are initialised (M2).
        let object = unsafe { first.wrapping_add(i).read().assume_init() };
        let _ = cache.take_back(object);
    }
}

/// Takes one object from the slabs, past the magazines.
pub fn take_one(class: Class) -> Result<Obtained, Refusal> {
    let mut room = [Round::uninit()];
    let mut zero = false;
    let cut = cache_of(class).lock().hand_out(&mut room, &mut zero);
    if cut == 0 {
        return Err(Refusal::Memory);
    }
    if construct(class, &mut room) == 0 {
        return Err(Refusal::Constructor);
    }
    // SAFETY: `hand_out` initialised the one place, and `construct` left it.
    Ok(Obtained { object: unsafe { room[0].assume_init() }, zero })
}

/// Gives one object back to the slabs, past the magazines; stops the process if it cannot have been handed out.
pub fn give_one(class: Class, object: NonNull<u8>) {
    let misuse = {
        let mut cache = cache_of(class).lock();
        cache.take_back(object).err().map(|misuse| (misuse, cache.class_of(object)))
    };
    if let Some((misuse, told)) = misuse {
        stop_unless_given_back(misuse, told, object);
    }
    settle(class);
}

#[cold]
fn stop_unless_given_back(misuse: Misuse, told: Option<Class>, object: NonNull<u8>) -> ! {
    report::stop(misuse, object.addr().get(), told)
}
