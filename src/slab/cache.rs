//! The object cache of a class: its slabs by occupancy. A run class is a cache whose slab holds one object and needs no
//! record but the granule's.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::record::{Returned, Slab};
use crate::arena::{Arena, State, registry};
use crate::base::{CLASS_COUNT, Class, GranuleIndex, Order};
use crate::buddy::Run;
use crate::buddy::system::{self, Grant};
use crate::report::{Broken, Misuse};
use crate::sync::{Lock, Rank};

/// Lists of partial slabs, by occupancy: list 0 holds the fullest eighth.
const PARTIAL_LISTS: usize = 8;
/// The list number of slabs that are on no list: full ones.
const FULL: u8 = PARTIAL_LISTS as u8;
/// The list number of the empty slab that is held back.
const EMPTY: u8 = FULL + 1;

/// The object cache of a class.
///
/// # Invariants
///
/// - **C1** A slab is on the partial list of its occupancy if it has free objects and used ones, on no list if it is full,
///   and is `empty` if all its objects are free.
/// - **C2** At most one empty slab is held back; further ones go to the buddy.
/// - **C3** `slabs` and `live` count the slabs and the objects that somebody has (magazines and depot included).
pub struct Cache {
    class: Class,
    /// Runs on each object when it is cut. Size classes have none.
    constructor: Option<fn(NonNull<u8>)>,
    partial: [Option<NonNull<Slab>>; PARTIAL_LISTS],
    empty: Option<NonNull<Slab>>,
    slabs: usize,
    full: usize,
    live: usize,
    handed_out: u64,
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
    /// Slabs held back empty.
    pub empty: usize,
    /// Objects that are with programs, magazines and the depot.
    pub live: usize,
    /// Objects handed to magazines since the start.
    pub handed_out: u64,
}

/// Returns the list for a slab of `objects` of which `used` are with somebody. A shape has at least one object, which the
/// compiler does not see, so a plain division would leave a path that panics.
fn partial_list(used: usize, objects: usize) -> usize {
    ((objects - used) * PARTIAL_LISTS).checked_div(objects).unwrap_or(0)
}

/// The lock of a cache.
pub type CacheLock = Lock<{ Rank::Slab as u8 }, Cache>;

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler: an index out of range does not compile.
static CACHES: [CacheLock; CLASS_COUNT] = {
    let mut caches = [const { Lock::new(Cache::new(Class::FIRST, None)) }; CLASS_COUNT];
    let mut index = 1;
    while index < CLASS_COUNT {
        if let Some(class) = Class::from_index(index) {
            caches[index] = Lock::new(Cache::new(class, None));
        }
        index += 1;
    }
    caches
};

/// Returns the object cache of a class.
#[inline]
pub fn cache_of(class: Class) -> &'static CacheLock {
    // `class.index()` is below CLASS_COUNT by the type; the first entry only serves the compiler.
    CACHES.get(class.index()).unwrap_or(&CACHES[0])
}

/// The places of a magazine that a refill may fill.
pub type Room<'a> = &'a mut [MaybeUninit<NonNull<u8>>];

impl Cache {
    /// Returns the empty cache of a class.
    pub const fn new(class: Class, constructor: Option<fn(NonNull<u8>)>) -> Cache {
        Cache {
            class,
            constructor,
            partial: [None; PARTIAL_LISTS],
            empty: None,
            slabs: 0,
            full: 0,
            live: 0,
            handed_out: 0,
        }
    }

    /// Hands out up to `room.len()` objects into the last places of `room`; returns how many. Fewer only when memory is
    /// short.
    ///
    /// Fullest slab first, lowest address first inside; then the empty slab held back, then a new one. `zero` is set if
    /// the object of a run class is known to be all zero bytes.
    pub fn hand_out(&mut self, room: Room<'_>, zero: &mut bool) -> usize {
        *zero = false;
        let done = if self.class.is_run() { self.hand_out_runs(room, zero) } else { self.hand_out_slabs(room) };
        self.live += done;
        self.handed_out += done as u64;
        done
    }

    fn hand_out_slabs(&mut self, room: Room<'_>) -> usize {
        let mut done = 0;
        // Each turn takes at least one object from a slab or ends.
        while done < room.len() {
            let Some(mut slab) = self.best_slab() else { break };
            let left = room.len() - done;
            let Some(rest) = room.get_mut(..left) else { break };
            // SAFETY: listed slabs are alive, and `&mut self` stands for the lock of the class.
            done += unsafe { slab.as_mut() }.hand_out(rest, self.constructor);
            self.file(slab);
        }
        done
    }

    /// Returns the slab to take from next: fullest partial, held back, or newly cut.
    fn best_slab(&mut self) -> Option<NonNull<Slab>> {
        if let Some(slab) = self.partial.iter().copied().flatten().next() {
            return Some(slab);
        }
        if let Some(slab) = self.empty {
            return Some(slab);
        }
        let slab = Slab::cut(self.class)?;
        self.slabs += 1;
        self.full += 1;
        // SAFETY: the slab is new and alive; no one else has it.
        unsafe { (*slab.as_ptr()).list = FULL };
        Some(slab)
    }

    fn hand_out_runs(&mut self, room: Room<'_>, zero: &mut bool) -> usize {
        let mut done = 0;
        for place in room.iter_mut().rev() {
            let Some(grant) = system::take(self.class.shape().count(), Order::ZERO) else { break };
            let Some(arena) = registry::get(grant.arena) else { break };
            let Run { start, count, zero: is_zero } = grant.run;
            arena.record(start).set(State::Run { count });
            arena.publish(start, crate::base::GranuleCount(1), self.class);
            let object = arena.address_of(start);
            if let Some(construct) = self.constructor {
                construct(object);
            }
            place.write(object);
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
        let (arena, granule) = registry::locate(address).ok_or(Misuse::ForeignPointer)?;
        if self.class.is_run() {
            return self.take_back_run(arena, granule, address);
        }
        let mut slab = Slab::covering(arena, granule).ok_or(Misuse::DoubleFree)?;
        // SAFETY: a slab record that a granule points at is alive while the lock of its class is held; if the class is
        // another's, only its constant class is read.
        if unsafe { slab.as_ref() }.class() != self.class {
            return Err(Misuse::DoubleFree);
        }
        // SAFETY: as above, and `&mut self` stands for the lock of this class.
        if let Returned::Refused(misuse) = unsafe { slab.as_mut() }.take_back(address) {
            return Err(misuse);
        }
        self.live -= 1;
        self.file(slab);
        Ok(())
    }

    fn take_back_run(&mut self, arena: Arena, granule: GranuleIndex, address: usize) -> Result<(), Misuse> {
        let count = match arena.record(granule).state() {
            State::Run { count } if arena.class_of(granule) == Some(self.class) => count,
            _ => return Err(Misuse::DoubleFree),
        };
        if arena.address_of(granule).addr().get() != address {
            return Err(Misuse::InteriorPointer);
        }
        arena.unpublish(granule, crate::base::GranuleCount(1));
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
                self.slabs -= 1;
                // SAFETY: the slab is empty and was taken off its list; nobody else has it.
                unsafe { Slab::dissolve(slab) };
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

    /// Gives the empty slab that is held back to the buddy. Returns its bytes.
    pub fn reap(&mut self) -> usize {
        let Some(slab) = self.empty.take() else { return 0 };
        self.slabs -= 1;
        // SAFETY: it was held back empty and is off its list now.
        unsafe { Slab::dissolve(slab) };
        self.class.shape().count().bytes()
    }

    /// Returns what the cache holds.
    pub fn occupancy(&self) -> Occupancy {
        let empty = usize::from(self.empty.is_some());
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
        Broken::unless(self.slabs == self.full + partial + usize::from(self.empty.is_some()), "C3")
    }
}
