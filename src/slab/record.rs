//! One slab: a run cut into objects of one class, its record out of line.

use core::ptr::NonNull;

use crate::arena::store;
use crate::arena::{Arena, State, registry};
use crate::base::{Class, GranuleCount, GranuleIndex, Order};
use crate::buddy::system::{self, Grant};
use crate::report::{Broken, Misuse};

/// The record of a slab, followed in its memory by the bitmap of free objects.
///
/// # Invariants
///
/// - **L1** The slab covers the granules `[start, start + shape.granules)` of `arena`; each of their records points here,
///   and the granule map shows `class` for each.
/// - **L2** Objects at and above `fresh` were never handed out, and their bits are clear.
/// - **L3** Below `fresh` a set bit is a free object, a clear one an object that somebody has.
/// - **L4** `used` is the number of clear bits below `fresh`.
/// - **L5** `next` and `previous` are the neighbours on the list that `list` names, in the cache of `class`.
#[repr(C)]
pub struct Slab {
    /// Neighbours on a list of the cache.
    pub next: Option<NonNull<Slab>>,
    /// Neighbours on a list of the cache.
    pub previous: Option<NonNull<Slab>>,
    base: NonNull<u8>,
    arena: u32,
    start: GranuleIndex,
    used: u16,
    fresh: u16,
    class: Class,
    /// The list of the cache on which the slab is, as `cache::List` numbers them.
    pub list: u8,
}

const _: () = assert!(size_of::<Slab>() <= store::LINE, "a record and the bitmap of 64 objects are two lines");

/// Offset of the bitmap from the record.
const BITMAP: usize = size_of::<Slab>().next_multiple_of(8);

/// What becomes of an object that is given back.
pub enum Returned {
    /// It is free now.
    Done,
    /// It cannot have been handed out.
    Refused(Misuse),
}

fn words(objects: usize) -> usize {
    objects.div_ceil(64)
}

/// Returns the bytes of a record with its bitmap.
fn record_bytes(class: Class) -> usize {
    BITMAP + words(class.shape().objects as usize) * 8
}

/// Returns memory for a record where the kernel refuses more metadata: a free granule becomes metadata for good.
#[cold]
fn record_from_heap(class: Class) -> Option<NonNull<u8>> {
    let grant = system::take(GranuleCount(1), Order::ZERO)?;
    let arena = registry::get(grant.arena)?;
    arena.record(grant.run.start).set(State::Metadata);
    // SAFETY: the run is given out, to nobody but the store.
    unsafe { store::donate(arena.address_of(grant.run.start)) };
    store::allocate(record_bytes(class))
}

impl Slab {
    /// Cuts a new slab of `class`. `None` when no run or no record can be had; then nothing has changed, but that a granule may
    /// have become metadata (`record_from_heap`).
    ///
    /// The caller holds the lock of the class.
    pub fn cut(class: Class) -> Option<NonNull<Slab>> {
        let shape = class.shape();
        let memory = store::allocate(record_bytes(class)).or_else(|| record_from_heap(class))?;
        let Some(grant) = system::take(shape.count(), Order::ZERO) else {
            // SAFETY: allocated above with the same size, used by nobody.
            unsafe { store::give_back(memory, record_bytes(class)) };
            return None;
        };
        let arena = registry::get(grant.arena)?;
        let slab = memory.cast::<Slab>();
        let record = Slab {
            next: None,
            previous: None,
            base: arena.address_of(grant.run.start),
            arena: grant.arena as u32,
            start: grant.run.start,
            used: 0,
            fresh: 0,
            class,
            list: 0,
        };
        // SAFETY: the memory is new, large enough (`record_bytes`) and aligned to a line.
        unsafe { slab.write(record) };
        // SAFETY: the bitmap follows the record in the same memory.
        unsafe { memory.add(BITMAP).write_bytes(0, words(shape.objects as usize) * 8) };
        for i in 0..shape.count().0 {
            arena.record(GranuleIndex(grant.run.start.0 + i)).set_slab(memory);
        }
        arena.publish(grant.run.start, shape.count(), class);
        Some(slab)
    }

    /// Returns the slab that covers a granule, or `None` if none does.
    pub fn covering(arena: Arena, granule: GranuleIndex) -> Option<NonNull<Slab>> {
        let record = arena.record(granule);
        if record.state() == State::Slab { record.slab().map(NonNull::cast) } else { None }
    }

    /// Returns the first granule of the slab that covers `granule`; the granule itself if none does. Cost: a record per
    /// granule on the way; the slab's own record is not read, so it may be on its way to the store.
    pub fn start_around(arena: Arena, granule: GranuleIndex) -> GranuleIndex {
        let slab = Slab::covering(arena, granule);
        let mut start = granule.0;
        // At most one turn per granule of a slab.
        while slab.is_some() && start > 0 && Slab::covering(arena, GranuleIndex(start - 1)) == slab {
            start -= 1;
        }
        GranuleIndex(start)
    }

    /// Dissolves an empty slab: its run goes back to the buddy, its record to the store.
    ///
    /// # Safety
    ///
    /// - The caller holds the lock of the class; the slab is empty, on no list, and is not used afterwards.
    pub unsafe fn dissolve(slab: NonNull<Slab>) {
        // SAFETY: the caller's slab is alive until the end of this function.
        let record = unsafe { slab.as_ref() };
        let (class, start) = (record.class, record.start);
        let count = class.shape().count();
        let index = record.arena as usize;
        let Some(arena) = registry::get(index) else { return };
        arena.unpublish(start, count);
        for i in 0..count.0 {
            arena.record(GranuleIndex(start.0 + i)).bury();
        }
        system::give(Grant { arena: index, run: crate::buddy::Run { start, count, zero: false } });
        // SAFETY: from `store::allocate` with the same size; nothing points at it any more.
        unsafe { store::give_back(slab.cast(), record_bytes(class)) };
    }

    /// Returns the class.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Returns how many granules the slab spans if it starts at `granule` (for the walker).
    pub fn spans_from(&self, granule: GranuleIndex) -> Option<GranuleCount> {
        if self.start == granule { Some(self.class.shape().count()) } else { None }
    }

    /// Returns how many objects somebody has.
    pub fn used(&self) -> usize {
        usize::from(self.used)
    }

    /// Returns how many objects the slab holds.
    pub fn objects(&self) -> usize {
        usize::from(self.class.shape().objects)
    }

    fn word(&mut self, index: usize) -> &mut u64 {
        debug_assert!(index < words(self.objects()));
        // SAFETY: `index` is below the words of the bitmap, which follows the record in its memory (`cut`); `&mut self`
        // stands for the class's lock.
        unsafe { NonNull::from(&mut *self).cast::<u8>().add(BITMAP + index * 8).cast::<u64>().as_mut() }
    }

    fn object(&self, index: usize) -> NonNull<u8> {
        // SAFETY: `index` is below `objects`, so the object lies inside the slab's run (L1).
        unsafe { self.base.add(index * self.class.size()) }
    }

    /// Hands out up to `room.len()` objects, lowest addresses first, writing them to the *end* of `room` in descending
    /// order, so that a stack over `room` pops them in ascending order. Calls `construct` on objects that were never
    /// handed out. Returns how many, which fill the last places of `room`.
    pub fn hand_out(
        &mut self,
        room: &mut [core::mem::MaybeUninit<NonNull<u8>>],
        construct: Option<fn(NonNull<u8>)>,
    ) -> usize {
        let mut places = room.iter_mut().rev();
        let mut taken = 0usize;
        let fresh = usize::from(self.fresh);
        // At most one turn per word and per object.
        'words: for index in 0..words(fresh) {
            let mut word = *self.word(index);
            while word != 0 {
                let Some(place) = places.next() else {
                    *self.word(index) = word;
                    break 'words;
                };
                let bit = word.trailing_zeros() as usize;
                word &= word - 1;
                place.write(self.object(index * 64 + bit));
                taken += 1;
            }
            *self.word(index) = word;
        }
        // At most `objects` turns.
        while usize::from(self.fresh) < self.objects() {
            let Some(place) = places.next() else { break };
            let object = self.object(usize::from(self.fresh));
            if let Some(construct) = construct {
                construct(object);
            }
            place.write(object);
            self.fresh += 1;
            taken += 1;
        }
        self.used += taken as u16;
        taken
    }

    /// Takes an object back.
    pub fn take_back(&mut self, object: usize) -> Returned {
        let (index, is_start) = self.class.shape().object_at(object - self.base.addr().get());
        if !is_start {
            return Returned::Refused(Misuse::InteriorPointer);
        }
        if index >= usize::from(self.fresh) {
            return Returned::Refused(Misuse::UnallocatedPointer);
        }
        let word = self.word(index / 64);
        let bit = 1u64 << (index % 64);
        if *word & bit != 0 {
            return Returned::Refused(Misuse::DoubleFree);
        }
        *word |= bit;
        self.used -= 1;
        Returned::Done
    }

    /// Returns the object that `address`, inside the slab, falls into, and whether it is free here; `None` in the tail behind
    /// the last.
    pub fn object_around(&self, address: usize) -> Option<(NonNull<u8>, bool)> {
        let (index, _) = self.class.shape().object_at(address - self.base.addr().get());
        if index >= self.objects() {
            return None;
        }
        // SAFETY: as in `word`; `&self` stands for the class's lock.
        let word = unsafe { NonNull::from(self).cast::<u8>().add(BITMAP + index / 64 * 8).cast::<u64>().read() };
        let free = index >= usize::from(self.fresh) || word >> (index % 64) & 1 == 1;
        Some((self.object(index), free))
    }

    /// Asserts L1 to L4.
    pub fn check(&mut self) -> Result<(), Broken> {
        let shape = self.class.shape();
        let Some(arena) = registry::get(self.arena as usize) else { return Err(Broken("L1")) };
        for i in 0..shape.count().0 {
            let granule = GranuleIndex(self.start.0 + i);
            let here = NonNull::from(&mut *self);
            Broken::unless(Slab::covering(arena, granule) == Some(here), "L1")?;
            Broken::unless(arena.class_of(granule) == Some(self.class), "L1")?;
        }
        let (objects, fresh) = (self.objects(), usize::from(self.fresh));
        let mut free = 0;
        for index in 0..objects {
            let set = *self.word(index / 64) >> (index % 64) & 1 == 1;
            Broken::unless(!set || index < fresh, "L2")?;
            free += usize::from(set);
        }
        Broken::unless(self.used() == fresh - free, "L4")
    }
}
