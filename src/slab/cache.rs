//! The cache of a class: its slabs by occupancy. A run class is a cache whose slab holds one object and needs no record
//! but the granule's; the class of an object cache may have objects to construct and to destruct, which callers do with
//! the lock given back (`object`).

use core::mem::MaybeUninit;
use core::ops::Range;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::record::{Slab, unmark};
use crate::arena::{Arena, State, registry};
use crate::base::{CLASS_COUNT, Class, GranuleCount, GranuleIndex, OBJECT_CACHES, Order};
use crate::buddy::Run;
use crate::buddy::system::{self, Grant};
use crate::report::{Broken, Misuse};
use crate::sync::{Lock, Rank};

/// Lists of partial slabs, by occupancy, the fullest first.
const PARTIAL_LISTS: usize = EIGHTHS + HALVINGS;
/// Lists for occupancies above an eighth, an eighth each.
const EIGHTHS: usize = 7;
/// Lists below, each for half the occupancy of the one before. Were those slabs on one list, a class that came out of
/// use would spread what is still asked of it over all of them: 119 objects held 57 slabs.
const HALVINGS: usize = 7;
/// The list number of slabs that are on no list: full ones.
const FULL: u8 = PARTIAL_LISTS as u8;
/// The list number of the empty slab that is held back.
const EMPTY: u8 = FULL + 1;
/// The list number of empty slabs whose objects are to be destructed.
pub(super) const CONDEMNED: u8 = EMPTY + 1;

/// The cache of a class.
///
/// # Invariants
///
/// - **C1** A slab is on the partial list of its occupancy if it has free objects and used ones, on no list if it is
///   full, and is `empty`, condemned or settling if all its objects are free.
/// - **C2** At most one empty slab is held back; further ones go to the buddy, or where `destructs` to `condemned`
///   first.
/// - **C3** `slabs` and `live` count the slabs and the objects that somebody has (magazines and depot included).
///
/// Zero bytes are the cache of a class to be set (`begin`).
pub struct Cache {
    class: Option<Class>,
    /// Whether objects are constructed when they are cut: then they are handed out marked (`Slab::hand_out`).
    constructs: bool,
    /// Whether objects are destructed before their slab is dissolved.
    pub(super) destructs: bool,
    /// The place of the first object in the next slab (Bonwick 1994, slab colouring).
    colour: u16,
    pub(super) partial: [Option<NonNull<Slab>>; PARTIAL_LISTS],
    pub(super) empty: Option<NonNull<Slab>>,
    /// Linked through `next`, newest first.
    pub(super) condemned: Option<NonNull<Slab>>,
    /// Slabs whose objects are being destructed, linked in the same way.
    pub(super) settling: Option<NonNull<Slab>>,
    /// How many slabs are on these two lists.
    pub(super) emptied: usize,
    pub(super) slabs: usize,
    full: usize,
    pub(super) live: usize,
    pub(super) handed_out: u64,
    /// What `handed_out` was when `reap_cold` last came by.
    pub(super) seen: u64,
    /// `handed_out` and `live` when holes were last purged.
    pub(super) purged_at: (u64, usize),
}

// SAFETY: the listed slab records belong to the cache, not to a thread; they are reached through its lock.
unsafe impl Send for Cache {}

/// What a cache holds.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Occupancy {
    /// Slabs: all objects with somebody, some, none.
    pub full: usize,
    /// Slabs with free objects and used ones.
    pub partial: usize,
    /// Slabs that are empty: held back, or to be destructed.
    pub empty: usize,
    /// Objects that are with programs, magazines and the depot.
    pub live: usize,
    /// Objects handed to magazines since the start.
    pub handed_out: u64,
}

/// Returns the list for a slab of `objects` of which `used` are with somebody, at least one. A shape has at least one
/// object, which the compiler does not see, so a plain division would leave a path that panics.
fn partial_list(used: usize, objects: usize) -> usize {
    let eighth = ((objects - used) * (EIGHTHS + 1)).checked_div(objects).unwrap_or(0);
    if eighth < EIGHTHS {
        return eighth;
    }
    let halvings = (objects / (EIGHTHS + 1)).checked_div(used).and_then(usize::checked_ilog2).unwrap_or(0);
    EIGHTHS + (halvings as usize).min(HALVINGS - 1)
}

/// The lock of a cache.
pub type CacheLock = Lock<{ Rank::Slab as u8 }, Cache>;

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler: an index out of range does not compile.
static CACHES: [CacheLock; CLASS_COUNT] = {
    let mut caches = [const { Lock::new(Cache::new(None)) }; CLASS_COUNT];
    let mut index = 1;
    while index < CLASS_COUNT {
        caches[index] = Lock::new(Cache::new(Class::from_index(index)));
        index += 1;
    }
    caches
};

/// Of zero bytes, so that they take no room in the file.
static OBJECT_CACHE_SLABS: [CacheLock; OBJECT_CACHES] = [const { Lock::new(Cache::new(None)) }; OBJECT_CACHES];

/// Returns the cache of a class.
#[inline]
pub fn cache_of(class: Class) -> &'static CacheLock {
    // The number is in one of the two by the type; the first entry only serves the compiler.
    match CACHES.get(class.index()) {
        Some(cache) => cache,
        None => OBJECT_CACHE_SLABS.get(class.index() - CLASS_COUNT).unwrap_or(&CACHES[0]),
    }
}

/// A bit for each size class that ever had a slab.
static USED: [AtomicU64; CLASS_COUNT.div_ceil(64)] = [const { AtomicU64::new(0) }; CLASS_COUNT.div_ceil(64)];

/// Returns the size classes that ever had a slab. Upkeep goes through these alone: to look at the caches and depots of
/// all would touch ten pages in a program that uses three.
pub fn used_sizes() -> impl Iterator<Item = Class> {
    Class::sizes().filter(|class| {
        // Relaxed: a class that is missed for a moment has nothing to reap.
        let bits = USED.get(class.index() / 64).map_or(0, |word| word.load(Relaxed));
        bits >> (class.index() % 64) & 1 == 1
    })
}

/// Remembers that a class has a slab.
fn note_used(class: Class) {
    let bit = 1 << (class.index() % 64);
    // Relaxed, both: see `used_sizes`.
    if let Some(word) = USED.get(class.index() / 64)
        && word.load(Relaxed) & bit == 0
    {
        word.fetch_or(bit, Relaxed);
    }
}

/// The places of a magazine that a refill may fill.
pub type Room<'a> = &'a mut [MaybeUninit<NonNull<u8>>];

impl Cache {
    /// Returns the empty cache of a class without callbacks.
    pub const fn new(class: Option<Class>) -> Cache {
        Cache {
            class,
            constructs: false,
            destructs: false,
            colour: 0,
            partial: [None; PARTIAL_LISTS],
            empty: None,
            condemned: None,
            settling: None,
            emptied: 0,
            slabs: 0,
            full: 0,
            live: 0,
            handed_out: 0,
            seen: 0,
            purged_at: (0, 0),
        }
    }

    /// Begins an object cache's cache anew; it has no slab.
    pub fn begin(&mut self, class: Class, constructs: bool, destructs: bool) {
        debug_assert!(self.slabs == 0, "slabs of the object cache before would be lost");
        *self = Cache { constructs, destructs, ..Cache::new(Some(class)) };
    }

    pub(super) fn class(&self) -> Class {
        self.class.unwrap_or(Class::FIRST)
    }

    /// Hands out up to `room.len()` objects into the last places of `room`; returns how many. Fewer only when memory is
    /// short.
    ///
    /// Fullest slab first, lowest address first inside; then the empty slab held back, then one that was to be
    /// destructed, then a new one. `zero` is set if the object of a run class is known to be all zero bytes. A class
    /// that constructs hands out marked places (`Slab::hand_out`).
    pub fn hand_out(&mut self, room: Room<'_>, zero: &mut bool) -> usize {
        self.hand_out_of(room, zero, Slab::cut, |count| system::take(count, Order::ZERO))
    }

    /// As `hand_out`, from what is at hand: does not wait for another lock and does not enter the kernel.
    pub fn hand_out_at_hand(&mut self, room: Room<'_>, zero: &mut bool) -> usize {
        self.hand_out_of(room, zero, Slab::cut_at_hand, |count| system::at_hand()?.take(count, Order::ZERO))
    }

    /// Hands out, getting new slabs from `cut` and new runs from `take`.
    fn hand_out_of(
        &mut self,
        room: Room<'_>,
        zero: &mut bool,
        cut: fn(Class, u16) -> Option<NonNull<Slab>>,
        take: fn(GranuleCount) -> Option<Grant>,
    ) -> usize {
        *zero = false;
        let is_run = self.class().is_run();
        let done = if is_run { self.hand_out_runs(room, zero, take) } else { self.hand_out_slabs(room, cut) };
        self.live += done;
        self.handed_out += done as u64;
        done
    }

    fn hand_out_slabs(&mut self, room: Room<'_>, cut: fn(Class, u16) -> Option<NonNull<Slab>>) -> usize {
        let mut done = 0;
        // Each turn takes at least one object from a slab or ends.
        while done < room.len() {
            let Some(mut slab) = self.best_slab(cut) else { break };
            let left = room.len() - done;
            let Some(rest) = room.get_mut(..left) else { break };
            // SAFETY: listed slabs are alive, and `&mut self` stands for the lock of the class.
            done += unsafe { slab.as_mut() }.hand_out(rest, self.constructs);
            self.file(slab);
        }
        done
    }

    /// Returns the slab to take from next: fullest partial, held back, condemned, or newly cut.
    fn best_slab(&mut self, cut: fn(Class, u16) -> Option<NonNull<Slab>>) -> Option<NonNull<Slab>> {
        if let Some(slab) = self.partial.iter().copied().flatten().next() {
            return Some(slab);
        }
        if let Some(slab) = self.empty {
            return Some(slab);
        }
        let slab = match self.pop_condemned() {
            Some(slab) => slab,
            None => {
                let slab = cut(self.class(), self.colour)?;
                note_used(self.class());
                self.colour = self.colour.wrapping_add(1);
                self.slabs += 1;
                slab
            }
        };
        self.full += 1;
        // SAFETY: the slab is alive and on no list; no one else has it.
        unsafe { (*slab.as_ptr()).list = FULL };
        Some(slab)
    }

    fn hand_out_runs(&mut self, room: Room<'_>, zero: &mut bool, take: fn(GranuleCount) -> Option<Grant>) -> usize {
        note_used(self.class());
        let mut done = 0;
        for place in room.iter_mut().rev() {
            let Some(grant) = take(self.class().shape().count()) else { break };
            let Some(arena) = registry::get(grant.arena) else { break };
            let Run { start, count, zero: is_zero } = grant.run;
            arena.record(start).set(State::Run { count });
            arena.publish(start, GranuleCount(1), self.class());
            place.write(arena.address_of(start));
            *zero = is_zero;
            done += 1;
        }
        self.slabs += done;
        self.full += done;
        done
    }

    /// Takes an object back; tells what is wrong if it cannot have been handed out by this cache.
    pub fn take_back(&mut self, object: NonNull<u8>) -> Result<(), Misuse> {
        let address = object.addr().get();
        if self.class().is_run() {
            let (arena, granule) = registry::locate(address).ok_or(Misuse::ForeignPointer)?;
            return self.take_back_run(arena, granule, address);
        }
        let mut slab = self.slab_of(address)?;
        // SAFETY: the slab is this cache's, and `&mut self` stands for the lock of its class.
        unsafe { slab.as_mut() }.take_back(address)?;
        self.live -= 1;
        self.file(slab);
        Ok(())
    }

    /// Takes all of `objects` back, in order, up to the first that cannot have been handed out by this cache. The slab
    /// of one is looked at first for the next: what was handed out together often comes back together.
    pub fn take_back_all(&mut self, objects: &[NonNull<u8>]) -> Result<(), (NonNull<u8>, Misuse)> {
        if self.class().is_run() {
            return objects.iter().try_for_each(|&object| self.take_back(object).map_err(|misuse| (object, misuse)));
        }
        let mut last: Option<(NonNull<Slab>, Range<usize>)> = None;
        for &object in objects {
            let address = object.addr().get();
            let mut slab = match &last {
                Some((slab, span)) if span.contains(&address) => *slab,
                _ => {
                    if let Some((slab, _)) = last.take() {
                        self.file(slab);
                    }
                    let slab = self.slab_of(address).map_err(|misuse| (object, misuse))?;
                    // SAFETY: the slab is this cache's, and `&mut self` stands for the lock of its class.
                    last = Some((slab, unsafe { slab.as_ref() }.span()));
                    slab
                }
            };
            // SAFETY: as above.
            unsafe { slab.as_mut() }.take_back(address).map_err(|misuse| (object, misuse))?;
            self.live -= 1;
        }
        if let Some((slab, _)) = last {
            self.file(slab);
        }
        Ok(())
    }

    /// Takes a marked place of `hand_out` back, whose object was not constructed.
    pub fn take_back_raw(&mut self, place: NonNull<u8>) {
        let address = unmark(place).0.addr().get();
        let Ok(mut slab) = self.slab_of(address) else { return };
        // SAFETY: as in `take_back`.
        if unsafe { slab.as_mut() }.take_back_raw(address).is_ok() {
            self.live -= 1;
            self.file(slab);
        }
    }

    /// Returns the slab of this cache that covers an address.
    fn slab_of(&self, address: usize) -> Result<NonNull<Slab>, Misuse> {
        let (arena, granule) = registry::locate(address).ok_or(Misuse::ForeignPointer)?;
        // An object of a size class came to this magazine by the granule map, so the slab was this class's then. One of
        // an object cache came by the program's word.
        let others = if self.class().object().is_some() { Misuse::WrongCache } else { Misuse::DoubleFree };
        let slab = match (Slab::covering(arena, granule), arena.record(granule).state()) {
            (Some(slab), _) => slab,
            (None, State::Run { .. }) => return Err(others),
            (None, _) if arena.record(granule).is_tomb() => return Err(Misuse::DoubleFree),
            (None, _) => return Err(Misuse::UnallocatedPointer),
        };
        // A slab record that a granule points at is alive while the lock of its class is held; if the class is
        // another's, the record may be anything.
        if Slab::class_covering(arena, granule) == Some(self.class()) { Ok(slab) } else { Err(others) }
    }

    fn take_back_run(&mut self, arena: Arena, granule: GranuleIndex, address: usize) -> Result<(), Misuse> {
        let count = match arena.record(granule).state() {
            State::Run { count } if arena.class_of(granule) == self.class => count,
            _ => return Err(Misuse::DoubleFree),
        };
        if arena.address_of(granule).addr().get() != address {
            return Err(Misuse::InteriorPointer);
        }
        arena.unpublish(granule, GranuleCount(1));
        arena.record(granule).bury();
        let index = registry::all().take_while(|other| other.base() != arena.base()).count();
        system::give(Grant { arena: index, run: Run { start: granule, count, zero: false } });
        self.slabs -= 1;
        self.full -= 1;
        self.live -= 1;
        Ok(())
    }

    /// Counts a run object out of this cache (`delta` -1) or into it (+1): it changed its class in place.
    pub fn recount_run(&mut self, delta: isize) {
        self.slabs = self.slabs.wrapping_add_signed(delta);
        self.full = self.full.wrapping_add_signed(delta);
        self.live = self.live.wrapping_add_signed(delta);
    }

    /// Puts a slab whose occupancy changed on the list where it belongs (C1), or dissolves it (C2).
    fn file(&mut self, mut slab: NonNull<Slab>) {
        // SAFETY: the slab is alive and `&mut self` stands for the lock of the class.
        let record = unsafe { slab.as_mut() };
        let (used, objects) = (record.used(), record.objects());
        let list = if used == objects {
            FULL
        } else if used == 0 {
            EMPTY
        } else {
            partial_list(used, objects) as u8
        };
        if list == record.list {
            return;
        }
        self.unfile(slab);
        match list {
            FULL => self.full += 1,
            EMPTY if self.empty.is_none() => self.empty = Some(slab),
            EMPTY => {
                self.let_go(slab);
                return;
            }
            _ => self.push(slab, list),
        }
        // SAFETY: as above.
        unsafe { slab.as_mut() }.list = list;
    }

    fn push(&mut self, mut slab: NonNull<Slab>, list: u8) {
        let Some(head) = self.partial.get_mut(usize::from(list)) else { return };
        if let Some(mut next) = *head {
            // SAFETY: listed slabs are alive (L5), and `&mut self` stands for the lock.
            unsafe { next.as_mut() }.previous = Some(slab);
        }
        // SAFETY: as in `file`.
        let record = unsafe { slab.as_mut() };
        record.next = *head;
        record.previous = None;
        *head = Some(slab);
    }

    /// Takes a slab off whatever list it is on.
    fn unfile(&mut self, slab: NonNull<Slab>) {
        // SAFETY: as in `file`; the borrow ends before the neighbours are touched.
        let (list, next, previous) = unsafe {
            let record = slab.as_ref();
            (record.list, record.next, record.previous)
        };
        match list {
            FULL => self.full -= 1,
            EMPTY => self.empty = None,
            _ => {
                if let Some(mut next) = next {
                    // SAFETY: a neighbour on the list is alive (L5).
                    unsafe { next.as_mut() }.previous = previous;
                }
                match previous {
                    // SAFETY: as above.
                    Some(mut previous) => unsafe { previous.as_mut() }.next = next,
                    None => {
                        if let Some(head) = self.partial.get_mut(usize::from(list)) {
                            *head = next;
                        }
                    }
                }
            }
        }
    }

    /// Returns what the cache holds.
    pub fn occupancy(&self) -> Occupancy {
        let empty = usize::from(self.empty.is_some()) + self.emptied;
        Occupancy {
            full: self.full,
            partial: self.slabs - self.full - empty,
            empty,
            live: self.live,
            handed_out: self.handed_out,
        }
    }

    /// Walks the lists and asserts C1 to C3 and the invariants of each slab on a list.
    pub fn check(&self) -> Result<(), Broken> {
        let mut partial = 0;
        for (list, &head) in self.partial.iter().enumerate() {
            let (mut next, mut previous) = (head, None);
            // At most one turn per slab: a longer list fails C3.
            while let Some(mut slab) = next {
                // SAFETY: listed slabs are alive (L5), and `&self` stands for the lock.
                let record = unsafe { slab.as_mut() };
                record.check()?;
                let wanted = partial_list(record.used(), record.objects());
                Broken::unless(wanted == list && usize::from(record.list) == list && record.used() > 0, "C1")?;
                Broken::unless(record.previous == previous, "L5")?;
                partial += 1;
                Broken::unless(partial <= self.slabs, "C3")?;
                (next, previous) = (record.next, Some(slab));
            }
        }
        if let Some(mut slab) = self.empty {
            // SAFETY: as above.
            let record = unsafe { slab.as_mut() };
            record.check()?;
            Broken::unless(record.used() == 0 && record.list == EMPTY, "C1")?;
        }
        let mut emptied = 0;
        for head in [self.condemned, self.settling] {
            let mut next = head;
            // At most one turn per slab, as above.
            while let Some(slab) = next {
                // SAFETY: as above.
                let record = unsafe { slab.as_ref() };
                Broken::unless(self.destructs && record.used() == 0 && record.list == CONDEMNED, "C1")?;
                emptied += 1;
                Broken::unless(emptied <= self.slabs, "C3")?;
                next = record.next;
            }
        }
        let empty = usize::from(self.empty.is_some()) + emptied;
        Broken::unless(self.slabs == self.full + partial + empty && emptied == self.emptied, "C3")
    }
}
