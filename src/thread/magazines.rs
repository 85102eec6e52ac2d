//! The slow path: what happens when a loaded magazine is empty or full.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};

use super::block::{Block, Pair};
use super::{maintenance, sample, upkeep};
use crate::arena::store::LINE;
use crate::base::Class;
use crate::depot::magazine::{Round, peek_count};
use crate::depot::{MagazineRef, depot_of};
use crate::report::Misuse;
use crate::slab::cache_of;
use crate::slab::marks::{self, Said};
use crate::slab::object::{construct, settle};
use crate::slab::tell;

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
            maintenance::start_if_wanted(self);
            settle(class);
        }
        let Some(pair) = self.pair_or_made(class) else { return take_one(class) };
        pair.slot.warm.set(true);
        if class.is_run() {
            return take_one(class);
        }
        if marks::are_kept() {
            return self.take_marked(class);
        }
        // A sample was due, of a caller that takes none: the hidden rounds are given back.
        self.reveal(&pair, 1);
        // Not empty after all: the block was a dead thread's until now, or a callback freed into it.
        if let Some(object) = pair.pop() {
            return Ok(Obtained { object, zero: false });
        }
        let obtained = self.exchange_or_fill(class, &pair);
        if sample::is_on() && class.is_slab_size() {
            self.hide(&pair, 0);
        }
        obtained
    }

    /// Loads a magazine with rounds and pops: the previous one, the depot's, or one filled from the slabs.
    fn exchange_or_fill(&self, class: Class, pair: &Pair<'_>) -> Result<Obtained, Refusal> {
        // The previous magazine has rounds: the two change places.
        if pair.previous_has_rounds()
            && let Some(previous) = pair.take_previous()
        {
            return pair.exchange(previous);
        }
        self.grow(pair);
        let capacity = usize::from(pair.slot.capacity.get());
        if capacity == 0 {
            return take_one(class);
        }
        // The depot has a full magazine: it takes the empty one for it.
        let empty = pair.unload().or_else(|| empty_magazine(class, capacity));
        let Some(empty) = empty else { return take_one(class) };
        // A signal handler freed into it.
        if empty.count() > 0 {
            return pair.load_and_pop(empty);
        }
        // Not in a `match` on the call: the guard would live through the arms.
        let exchanged =
            depot_of(class).lock().exchange_for_full(empty, capacity).map(|full| pair.swap_in_and_pop(full));
        let empty = match exchanged {
            Ok(loaded) => return pair.popped_of(loaded),
            Err(empty) => fitting(empty, class, capacity),
        };
        // The slabs fill it.
        self.refills.add_one();
        let (loaded, failed) = fill(class, empty, capacity, |full| pair.swap_in_and_pop(full));
        pair.popped_of(loaded).map_err(|_| if failed { Refusal::Constructor } else { Refusal::Memory })
    }

    /// The loaded magazine of `class` is full: makes room by growing it, by exchanging it with the previous one, with
    /// the depot, or by draining one into the slabs; then keeps `object`.
    #[cold]
    #[inline(never)]
    pub fn spill(&self, class: Class, object: NonNull<u8>) {
        if upkeep::tick(self) {
            settle(class);
        }
        if marks::are_kept() {
            return self.keep_marked(class, object);
        }
        let Some(pair) = self.pair_or_made(class) else { return give_one(class, object) };
        let slot = pair.slot;
        slot.warm.set(true);
        if class.is_run() {
            if slot.loaded.get().is_none()
                && self.grow_runs(&pair)
                && let Some(empty) = empty_magazine(class, usize::from(slot.capacity.get()))
            {
                pair.load(empty);
            }
            if !pair.push(object) {
                give_one(class, object);
            }
            return;
        }
        if self.grow(&pair) && (pair.extend() || pair.enlarge()) && pair.push(object) {
            return;
        }
        let capacity = usize::from(slot.capacity.get());
        if capacity == 0 {
            return give_one(class, object);
        }
        let mut drained = false;
        // The previous magazine is empty: the two change places. With none, the depot or the store has one.
        let empty = match pair.take_previous() {
            Some(previous) if previous.count() == 0 => Some(previous),
            None => empty_magazine(class, capacity),
            // Both are full: the depot takes the previous one, or it is drained.
            full => {
                pair.put_previous(full);
                match pair.leave_previous() {
                    Ok(Some(empty)) => Some(empty),
                    Ok(None) => MagazineRef::new(class, capacity),
                    Err(()) => {
                        self.flushes.add_one();
                        drained = true;
                        emptied(class, || pair.take_previous()).or_else(|| empty_magazine(class, capacity))
                    }
                }
            }
        };
        let Some(empty) = empty else {
            give_one(class, object);
            return;
        };
        let empty = fitting(empty, class, capacity);
        if slot.loaded.get().is_none() && class.size() < LINE {
            // The first that the thread frees of the class, so another allocated it, beside its own.
            load_under_fresh(&pair, empty, object, capacity);
        } else {
            pair.put_previous(pair.unload());
            pair.load(empty);
            if !pair.push(object) {
                give_one(class, object);
            }
        }
        // Last, since it may call the program.
        if drained {
            settle(class);
        }
    }

    /// Gives every round of `classes` back to the slabs. The caller owns the block, or of object caches holds the sweep
    /// (T5).
    pub fn drain(&self, classes: impl Iterator<Item = Class>) {
        for class in classes {
            let Some(pair) = self.pair(class) else { continue };
            if pair.slot.loaded.get().is_some() {
                empty_out(class, || pair.unload());
            }
            if pair.has_previous() {
                empty_out(class, || pair.take_previous());
            }
            self.forgo(&pair);
        }
    }

    /// Gives up what the thread holds of classes that had no slow call since this was last done: their rounds go to the
    /// slabs, their bytes back to the allowance, and what of that is not needed to the process. A class whose calls all
    /// hit is among them, and begins anew.
    #[cold]
    #[inline(never)]
    pub(super) fn give_up_cold(&self, classes: impl Iterator<Item = Class>) {
        for class in classes {
            let Some(pair) = self.pair(class) else { continue };
            if !pair.slot.warm.replace(false) && pair.slot.capacity.get() > 0 {
                self.drain(core::iter::once(class));
            }
        }
        self.shrink_allowance();
    }

    /// Takes the previous magazines of all size classes and gives their rounds back to the slabs. From any thread (T7);
    /// the loaded ones are their thread's alone.
    pub(super) fn take_from_idle(&self) {
        // Where objects are marked their thread works in it (`thread::marked`).
        if marks::are_kept() {
            return;
        }
        for class in Class::sizes().filter(|class| !class.is_run()) {
            if let Some(pair) = self.pair(class).filter(|pair| pair.has_previous()) {
                empty_out(class, || pair.take_previous());
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
                let last = first.wrapping_add(magazine.room());
                let whole = first <= bottom.get() && bottom.get() <= top.get() && top.get() <= last;
                if whole {
                    let count = top.get().addr().wrapping_sub(first.addr()) / size_of::<Round>();
                    give_back_orphans(class, first, count);
                }
            }
            // Relaxed: the child has one thread.
            let previous = NonNull::new(slot.previous.load(Ordering::Relaxed));
            if let Some(raw) = previous.filter(|_| previous != slot.loaded.get()) {
                // SAFETY: as above.
                let magazine = unsafe { MagazineRef::from_raw(raw) };
                give_back_orphans(class, magazine.first_round().as_ptr(), magazine.count().min(magazine.room()));
            }
            slot.loaded.set(None);
            // Relaxed: this is the only thread.
            slot.previous.store(ptr::null_mut(), Ordering::Relaxed);
            slot.capacity.set(0);
            slot.grown.set(false);
            top.set(ptr::null_mut());
            bottom.set(ptr::null_mut());
            limit.set(ptr::null_mut());
        }
        self.held.set(0);
        self.held_runs.set(0);
        self.shrink_allowance();
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
        // Acquire: pairs with the Release in `put_previous`.
        let previous = NonNull::new(pair.slot.previous.load(Ordering::Acquire)).map_or(0, peek_count).min(most);
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
        // Acquire: as in `rounds_held`.
        let previous = NonNull::new(pair.slot.previous.load(Ordering::Acquire));
        previous.is_some_and(|raw| {
            // SAFETY: as in `rounds_held`.
            let magazine = unsafe { MagazineRef::from_raw(raw) };
            sees(magazine.first_round().as_ptr(), magazine.count().min(most), object)
        })
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

/// Returns an empty magazine from the depot, or a new one with room for `rounds`.
pub(super) fn empty_magazine(class: Class, rounds: usize) -> Option<MagazineRef> {
    let empty = depot_of(class).lock().take_empty();
    empty.or_else(|| MagazineRef::new(class, rounds))
}

/// Returns an empty magazine with room for `rounds` for one that may be too small; that one where no metadata can be
/// had.
pub(super) fn fitting(empty: MagazineRef, class: Class, rounds: usize) -> MagazineRef {
    larger_than(empty, class, rounds).unwrap_or_else(|empty| empty)
}

/// Returns a new magazine with room for `rounds` and the rounds of `small`, which is dissolved, or `small` where no
/// metadata can be had or it has that room.
pub(super) fn larger_than(mut small: MagazineRef, class: Class, rounds: usize) -> Result<MagazineRef, MagazineRef> {
    let new = if rounds > small.room() { MagazineRef::new(class, rounds) } else { None };
    let Some(mut larger) = new else { return Err(small) };
    larger.take_top(&mut small, usize::MAX);
    small.dissolve();
    Ok(larger)
}

/// Takes a magazine out of its place and gives its rounds back to the slabs; returns it, empty.
///
/// It is taken under the lock of the class, here and wherever rounds change hands under a lock: a fork, which holds all
/// locks, finds them in the one place or in the other.
pub(super) fn emptied(class: Class, take: impl FnOnce() -> Option<MagazineRef>) -> Option<MagazineRef> {
    let mut cache = cache_of(class).lock();
    let mut magazine = take()?;
    let taken = cache.take_back_all(magazine.rounds());
    magazine.set_count(0);
    drop(cache);
    stop_unless_taken(class, taken);
    Some(magazine)
}

/// As `emptied`, and leaves the magazine with the depot.
pub(super) fn empty_out(class: Class, take: impl FnOnce() -> Option<MagazineRef>) {
    if let Some(empty) = emptied(class, take) {
        depot_of(class).lock().leave_empty(empty);
    }
}

/// Fills an empty magazine with up to `count` objects from the slabs, lowest address on top, constructed, and passes it
/// to `place`: under the lock of the class, if there is nothing to be constructed. Also returns whether there were some
/// and the constructor failed.
pub(super) fn fill<T>(
    class: Class,
    mut empty: MagazineRef,
    count: usize,
    place: impl FnOnce(MagazineRef) -> T,
) -> (T, bool) {
    let first = empty.first_round().as_ptr();
    let count = count.min(empty.room());
    // SAFETY: `count` is at most the room (M1), so the places are the magazine's own; nobody else has it.
    let room = unsafe { core::slice::from_raw_parts_mut(first, count) };
    let mut zero = false;
    let mut cache = cache_of(class).lock();
    let cut = cache.hand_out(room, &mut zero);
    let guard = if class.object().is_some() {
        drop(cache);
        None
    } else {
        Some(cache)
    };
    let filled = room.get_mut(count - cut..).map_or(0, |room| construct(class, room));
    if filled < count {
        room.copy_within(count - filled.., 0);
    }
    empty.set_count(filled);
    let placed = place(empty);
    drop(guard);
    (placed, cut > 0)
}

/// Loads a magazine with an object that is free and, on top of it, the first of a thread from the slabs, which lie
/// together, `most` in all: so the thread writes on cache lines of its own, not again and again on one that it shares
/// with whoever has the object's neighbours (passive false sharing; Berger et al., Hoard, ASPLOS 2000, §2).
fn load_under_fresh(pair: &Pair<'_>, empty: MagazineRef, object: NonNull<u8>, most: usize) {
    let others = empty.room().min(most).saturating_sub(1);
    let (loaded, _) = fill(pair.class, empty, others, |mut magazine| {
        let (first, count) = (magazine.first_round(), magazine.count());
        // SAFETY: `count` is below the magazine's room, so both places are its own; nobody else has it.
        unsafe { first.add(count).write(first.read()) };
        // SAFETY: as above.
        unsafe { first.write(Round::new(object)) };
        magazine.set_count(count + 1);
        pair.swap_in(magazine, || ())
    });
    pair.put_away(loaded.0);
}

/// Gives all rounds of a magazine back to the slabs, all but one if that cannot have been handed out, which is for
/// `stop_unless_taken`.
pub(super) fn drain(class: Class, full: &mut MagazineRef) -> Result<(), (NonNull<u8>, Misuse)> {
    let taken = cache_of(class).lock().take_back_all(full.rounds());
    full.set_count(0);
    taken
}

/// Stops the process if an object that was given back cannot have been handed out. With no lock held: what the process
/// does at its end may allocate.
pub(super) fn stop_unless_taken(class: Class, taken: Result<(), (NonNull<u8>, Misuse)>) {
    if let Err((object, misuse)) = taken {
        stop(misuse, class, object);
    }
}

/// Gives `count` rounds from `first` back, passing over any that is not an object in use.
fn give_back_orphans(class: Class, first: *mut Round, count: usize) {
    let mut cache = cache_of(class).lock();
    for i in 0..count {
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
    let object = unsafe { room[0].assume_init() };
    if marks::are_kept() && class.is_slab_size() {
        marks::hold(object);
    }
    Ok(Obtained { object, zero })
}

/// Gives one object back to the slabs, past the magazines; stops the process if it cannot have been handed out.
pub fn give_one(class: Class, object: NonNull<u8>) {
    if marks::are_kept() && class.is_slab_size() && marks::release(object.addr().get(), false) == Said::Free {
        stop(Misuse::DoubleFree, class, object);
    }
    give_free(class, object);
}

/// As `give_one`, for an object that no program has any more.
pub(super) fn give_free(class: Class, object: NonNull<u8>) {
    let taken = cache_of(class).lock().take_back(object);
    if let Err(misuse) = taken {
        stop(misuse, class, object);
    }
    settle(class);
}

/// Stops the process for an object that a magazine of `class` got and that cannot have been handed out as such.
#[cold]
#[inline(never)]
pub(super) fn stop(misuse: Misuse, class: Class, object: NonNull<u8>) -> ! {
    // What `free` put there is of the class that the granule map showed. An object that is in use, of another size,
    // came by the size that the program told (`heap::sized`).
    let misuse = match misuse {
        Misuse::DoubleFree if class.is_slab_size() && tell::is_in_use_elsewhere(object, class) => Misuse::WrongSize,
        other => other,
    };
    tell::stop(misuse, object, Some(class))
}
