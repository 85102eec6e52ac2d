//! One slab: a run cut into objects of one class, its record out of line.

use core::num::NonZeroUsize;
use core::ptr::NonNull;

use super::marks;
use crate::arena::store;
use crate::arena::{Arena, State, registry};
use crate::base::{Class, GRANULE, GranuleCount, GranuleIndex, Order};
use crate::buddy::system::{self, Grant};
use crate::report::{Broken, Misuse};

/// The record of a slab, followed in its memory by the bitmap of free objects, and for the class of an object cache by
/// a second one of raw objects.
///
/// # Invariants
///
/// - **L1** The slab covers the granules `[start, start + shape.granules)` of `arena`; each of their records points
///   here, and the granule map shows `class` for each (0 for the class of an object cache). `base` is where its first
///   object lies: at its start, or a colour further on.
/// - **L2** Objects at and above `fresh` were never handed out, and their bits are clear.
/// - **L3** Below `fresh` a set bit is a free object, a clear one an object that somebody has. An object is free or
///   raw, not both: a raw one is free too, but its constructor failed.
/// - **L4** `used` is the number of objects below `fresh` that are neither free nor raw.
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

/// Marks the address of an object that is handed out and not constructed yet: bit 0, which no object's address has.
const RAW: usize = 1;

/// Returns the object at a place that `hand_out` filled, and whether it is still to be constructed.
pub fn unmark(place: NonNull<u8>) -> (NonNull<u8>, bool) {
    let address = place.addr().get();
    let object = place.map_addr(|address| NonZeroUsize::new(address.get() & !RAW).unwrap_or(address));
    (object, address & RAW != 0)
}

fn words(objects: usize) -> usize {
    objects.div_ceil(64)
}

/// Returns the bytes of a record with its bitmaps.
fn record_bytes(class: Class) -> usize {
    let bitmaps = if class.object().is_some() { 2 } else { 1 };
    BITMAP + bitmaps * words(class.shape().objects as usize) * 8
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
    /// Cuts a new slab of `class`, its first object at place `colour` of those that the shape has. `None` when no run
    /// or no record can be had; then nothing has changed, but that a granule may have become metadata
    /// (`record_from_heap`).
    ///
    /// The caller holds the lock of the class.
    pub fn cut(class: Class, colour: u16) -> Option<NonNull<Slab>> {
        let memory = store::allocate(record_bytes(class)).or_else(|| record_from_heap(class))?;
        let Some(grant) = system::take(class.shape().count(), Order::ZERO) else {
            // SAFETY: allocated above with the same size, used by nobody.
            unsafe { store::give_back(memory, record_bytes(class)) };
            return None;
        };
        Slab::cut_from(class, colour, memory, grant)
    }

    /// As `cut`, from what is at hand: does not wait for a lock and does not enter the kernel.
    pub fn cut_at_hand(class: Class, colour: u16) -> Option<NonNull<Slab>> {
        let mut buddy = system::at_hand()?;
        let grant = buddy.take(class.shape().count(), Order::ZERO)?;
        let Some(memory) = store::allocate_at_hand(record_bytes(class)) else {
            buddy.give(grant);
            return None;
        };
        drop(buddy);
        Slab::cut_from(class, colour, memory, grant)
    }

    /// Makes a slab of a run, its record of `memory`.
    fn cut_from(class: Class, colour: u16, memory: NonNull<u8>, grant: Grant) -> Option<NonNull<Slab>> {
        let shape = class.shape();
        let arena = registry::get(grant.arena)?;
        let slab = memory.cast::<Slab>();
        let offset = usize::from(colour % shape.colours.max(1)) * usize::from(shape.colour_step);
        let record = Slab {
            next: None,
            previous: None,
            // SAFETY: every place that the shape has lies inside the run (`Shape::coloured`).
            base: unsafe { arena.address_of(grant.run.start).add(offset) },
            arena: grant.arena as u32,
            start: grant.run.start,
            used: 0,
            fresh: 0,
            class,
            list: 0,
        };
        // SAFETY: the memory is new, large enough (`record_bytes`) and aligned to a line.
        unsafe { slab.write(record) };
        // SAFETY: the bitmaps follow the record in the same memory.
        unsafe { memory.add(BITMAP).write_bytes(0, record_bytes(class) - BITMAP) };
        for i in 0..shape.count().0 {
            arena.record(GranuleIndex(grant.run.start.0 + i)).set_slab(memory);
        }
        // SAFETY: as above.
        marks::begin(class, unsafe { slab.as_ref() }.base);
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
        marks::end(class, record.base);
        for i in 0..count.0 {
            arena.record(GranuleIndex(start.0 + i)).bury();
        }
        system::give(Grant { arena: index, run: crate::buddy::Run { start, count, zero: false } });
        // SAFETY: from `store::allocate` with the same size; nothing points at it any more.
        unsafe { store::give_back(slab.cast(), record_bytes(class)) };
    }

    /// Returns the class of the slab that covers a granule, for callers that hold no lock: right if the slab is alive
    /// throughout, else any class or none.
    pub fn class_covering(arena: Arena, granule: GranuleIndex) -> Option<Class> {
        let slab = Slab::covering(arena, granule)?;
        // SAFETY: memory of the store is never unmapped, and the field is inside the record. Volatile, as a number:
        // another thread may be writing another record there.
        let number = unsafe { (&raw const (*slab.as_ptr()).class).cast::<u16>().read_volatile() };
        Class::from_index(usize::from(number))
    }

    /// Returns the addresses of its run.
    pub fn span(&self) -> core::ops::Range<usize> {
        // The first object lies less than a granule into the run (`Shape::coloured`).
        let start = self.base.addr().get() & !(GRANULE - 1);
        start..start + self.class.shape().count().bytes()
    }

    /// Returns how many granules the slab spans if it starts at `granule` (for the walker).
    pub fn spans_from(&self, granule: GranuleIndex) -> Option<GranuleCount> {
        if self.start == granule { Some(self.class.shape().count()) } else { None }
    }

    /// Returns its class.
    pub(super) fn class(&self) -> Class {
        self.class
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
        debug_assert!(index * 8 < record_bytes(self.class) - BITMAP);
        // SAFETY: `index` is below the words of the bitmaps, which follow the record in its memory (`cut`); `&mut self`
        // stands for the class's lock.
        unsafe { NonNull::from(&mut *self).cast::<u8>().add(BITMAP + index * 8).cast::<u64>().as_mut() }
    }

    /// Returns the word of the bitmap of raw objects that has the bit of object `index`; 0 where there is no such
    /// bitmap.
    fn raw_word(&mut self, index: usize) -> Option<&mut u64> {
        self.class.object()?;
        let first = words(self.objects());
        Some(self.word(first + index / 64))
    }

    fn is_set(&mut self, index: usize) -> bool {
        *self.word(index / 64) >> (index % 64) & 1 == 1
    }

    fn is_raw(&mut self, index: usize) -> bool {
        self.raw_word(index).is_some_and(|word| *word >> (index % 64) & 1 == 1)
    }

    fn object(&self, index: usize) -> NonNull<u8> {
        // SAFETY: `index` is below `objects`, so the object lies inside the slab's run (L1).
        unsafe { self.base.add(index * self.class.size()) }
    }

    /// Hands out up to `room.len()` objects, lowest addresses first, writing them to the *end* of `room` in descending
    /// order, so that a stack over `room` pops them in ascending order. Constructed objects come first. With
    /// `constructs`, the others are marked as such (`unmark`): the caller constructs them, or takes the mark off and
    /// gives them back by `take_back_raw`. Returns how many, which fill the last places of `room`.
    pub fn hand_out(&mut self, room: &mut [core::mem::MaybeUninit<NonNull<u8>>], constructs: bool) -> usize {
        let mut places = room.iter_mut().rev();
        let mut taken = 0usize;
        let fresh = usize::from(self.fresh);
        let mark = if constructs { RAW } else { 0 };
        // Free objects, then raw ones, of which only a class that constructs has any.
        let bitmaps = if constructs { 2 } else { 1 };
        'bits: for bitmap in 0..bitmaps {
            let mark = mark * bitmap;
            let first = bitmap * words(self.objects());
            // At most one turn per word and per object.
            for index in 0..words(fresh) {
                let mut word = *self.word(first + index);
                while word != 0 {
                    let Some(place) = places.next() else {
                        *self.word(first + index) = word;
                        break 'bits;
                    };
                    let bit = word.trailing_zeros() as usize;
                    word &= word - 1;
                    place.write(self.object(index * 64 + bit).map_addr(|address| address | mark));
                    taken += 1;
                }
                *self.word(first + index) = word;
            }
        }
        // At most `objects` turns.
        while usize::from(self.fresh) < self.objects() {
            let Some(place) = places.next() else { break };
            place.write(self.object(usize::from(self.fresh)).map_addr(|address| address | mark));
            self.fresh += 1;
            taken += 1;
        }
        self.used += taken as u16;
        taken
    }

    /// Returns the number of the object at `address`, which somebody has; else what misuse it is to say so.
    fn object_in_use(&mut self, address: usize) -> Result<usize, Misuse> {
        let offset = address.wrapping_sub(self.base.addr().get());
        let (index, is_start) = self.class.shape().object_at(offset);
        if !is_start || index >= self.objects() {
            return Err(Misuse::InteriorPointer);
        }
        if index >= usize::from(self.fresh) {
            return Err(Misuse::UnallocatedPointer);
        }
        if self.is_set(index) || self.is_raw(index) { Err(Misuse::DoubleFree) } else { Ok(index) }
    }

    /// Takes an object back.
    pub fn take_back(&mut self, object: usize) -> Result<(), Misuse> {
        let index = self.object_in_use(object)?;
        *self.word(index / 64) |= 1u64 << (index % 64);
        self.used -= 1;
        Ok(())
    }

    /// Takes an object back whose constructor failed.
    pub fn take_back_raw(&mut self, object: usize) -> Result<(), Misuse> {
        let index = self.object_in_use(object)?;
        if let Some(word) = self.raw_word(index) {
            *word |= 1u64 << (index % 64);
            self.used -= 1;
        }
        Ok(())
    }

    /// Returns the first object from number `from` on that was constructed and is free, and its number. It is raw from
    /// now on: the caller destructs it.
    pub fn unmake_from(&mut self, from: usize) -> Option<(NonNull<u8>, usize)> {
        let index = (from..usize::from(self.fresh)).find(|&index| self.is_set(index))?;
        *self.word(index / 64) &= !(1u64 << (index % 64));
        if let Some(word) = self.raw_word(index) {
            *word |= 1u64 << (index % 64);
        }
        Some((self.object(index), index))
    }

    /// Calls `f` for every object that somebody has, lowest address first.
    pub fn for_each_used(&mut self, mut f: impl FnMut(NonNull<u8>)) {
        for index in 0..usize::from(self.fresh) {
            if !self.is_set(index) && !self.is_raw(index) {
                f(self.object(index));
            }
        }
    }

    /// Returns the object that `address`, inside the slab, falls into, and whether it is free here; `None` in the
    /// colour before the first and in the tail behind the last.
    pub fn object_around(&mut self, address: usize) -> Option<(NonNull<u8>, bool)> {
        let offset = address.checked_sub(self.base.addr().get())?;
        let (index, _) = self.class.shape().object_at(offset);
        if index >= self.objects() {
            return None;
        }
        let free = index >= usize::from(self.fresh) || self.is_set(index) || self.is_raw(index);
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
            let shown = if self.class.object().is_some() { None } else { Some(self.class) };
            Broken::unless(arena.class_of(granule) == shown, "L1")?;
        }
        let (objects, fresh) = (self.objects(), usize::from(self.fresh));
        let mut free = 0;
        for index in 0..objects {
            let (set, raw) = (self.is_set(index), self.is_raw(index));
            Broken::unless(!(set || raw) || index < fresh, "L2")?;
            Broken::unless(!(set && raw), "L3")?;
            free += usize::from(set || raw);
        }
        Broken::unless(self.used() == fresh - free, "L4")
    }
}
