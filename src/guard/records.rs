//! The records of checked mode: a hash table from the address of an object to all that is known of it, in parts with a
//! lock each. A part also holds the quarantine of its freed objects.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::traces::Trace;
use crate::base::Class;
use crate::os::area;
use crate::os::guard::Guard;
use crate::os::limits::page_size;
use crate::sync::meter::LockFigures;
use crate::sync::{Lock, LockGuard, Rank, lock};

/// Parts. Half makes threads meet twice as often; each has a page at least.
const PARTS: usize = 64;
/// Records of a part at first.
const FIRST: usize = 64;
/// Objects that a free may put out of the quarantine: more than it puts in, so that it keeps its length.
pub const PUT_OUT: usize = 4;

/// What is known of an object. Zero bytes are a vacant place.
#[derive(Clone, Copy)]
pub struct Record {
    /// The address of the object; 0 for none.
    pub key: usize,
    /// The size that was asked for.
    pub size: usize,
    /// The class of an object in a slab; `None` for a large one.
    pub class: Option<Class>,
    /// Whether it is free, in the quarantine.
    pub freed: bool,
    /// Of a large object: whether it is an area of its own.
    pub is_area: bool,
    /// Of a large object: the guards before it, behind it, and over it once it is freed.
    pub guards: [Guard; 3],
    /// Of a large object: how far behind the start of its run it lies, and the whole pages that it has.
    pub front: usize,
    /// See `front`.
    pub body: usize,
    /// Where, and by which thread, it was allocated and freed.
    pub allocated: (Trace, u32),
    /// See `allocated`.
    pub freed_at: (Trace, u32),
    /// The record that was freed after it.
    next: usize,
}

impl Record {
    /// Returns a record of a live object.
    pub const fn new(key: usize, size: usize, class: Option<Class>, allocated: (Trace, u32)) -> Record {
        Record {
            key,
            size,
            class,
            freed: false,
            is_area: false,
            guards: [Guard::None; 3],
            front: 0,
            body: 0,
            allocated,
            freed_at: (Trace::NONE, 0),
            next: 0,
        }
    }

    /// Returns the bytes of its place: those of its class or its pages.
    pub fn room(&self) -> usize {
        self.class.map_or(self.body, Class::size)
    }
}

/// A part of the table.
///
/// # Invariants
///
/// - **Q1** `table` has `capacity` places, a power of two or 0, of which at most three quarters are taken; a record is
///   reached from the place of its key over taken places alone.
/// - **Q2** `oldest` to `newest`, linked through `next`, are the freed records; `bytes` is the sum of their room.
pub struct Part {
    table: Option<NonNull<Record>>,
    capacity: usize,
    count: usize,
    oldest: usize,
    newest: usize,
    bytes: usize,
}

// SAFETY: the table belongs to the part, not to a thread.
unsafe impl Send for Part {}

static RECORDS: [Lock<{ Rank::Records as u8 }, Part>; PARTS] =
    [const { Lock::new(Part { table: None, capacity: 0, count: 0, oldest: 0, newest: 0, bytes: 0 }) }; PARTS];

/// Bytes of freed objects that each part keeps.
static KEPT: AtomicUsize = AtomicUsize::new(0);

/// Sets the length of the quarantine.
pub fn set_quarantine(bytes: usize) {
    // Relaxed: a number that stands alone.
    KEPT.store(bytes / PARTS, Ordering::Relaxed);
}

fn hash(key: usize) -> usize {
    (key as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize
}

/// Takes the part in which an address is recorded.
pub fn part_of(key: usize) -> LockGuard<'static, { Rank::Records as u8 }, Part> {
    // The index is below PARTS; the first only serves the compiler.
    let [first, ..] = &RECORDS;
    RECORDS.get(hash(key) >> 58).unwrap_or(first).lock()
}

/// Returns the record of which `is_it` holds, from parts that nobody holds: for reports, which may come from a signal
/// handler. Cost: a look at every record.
pub fn search(is_it: impl Fn(&Record) -> bool) -> Option<Record> {
    RECORDS.iter().filter_map(Lock::try_lock).find_map(|part| part.all().find(|record| is_it(record)))
}

impl Part {
    fn place(&mut self, index: usize) -> Option<&mut Record> {
        // SAFETY: below the capacity (Q1), and `&mut self` stands for the lock of the part.
        Some(unsafe { self.table?.add(index & (self.capacity - 1)).as_mut() })
    }

    fn look(&self, index: usize) -> Option<&Record> {
        // SAFETY: as in `place`, for reading.
        Some(unsafe { self.table?.add(index & (self.capacity - 1)).as_ref() })
    }

    fn all(&self) -> impl Iterator<Item = Record> {
        (0..self.capacity).filter_map(|index| self.look(index).copied()).filter(|record| record.key != 0)
    }

    fn index_of(&self, key: usize) -> Option<usize> {
        let mut index = hash(key);
        // Ends at a vacant place: a quarter of them are (Q1).
        loop {
            match self.look(index)?.key {
                0 => return None,
                found if found == key => return Some(index & (self.capacity - 1)),
                _ => index = index.wrapping_add(1),
            }
        }
    }

    /// Returns the record of an address.
    pub fn find(&mut self, key: usize) -> Option<&mut Record> {
        self.place(self.index_of(key)?)
    }

    /// Adds a record; false when no memory can be had.
    pub fn insert(&mut self, record: Record) -> bool {
        if (self.count + 1) * 4 > self.capacity * 3 && !self.grow() {
            return false;
        }
        self.count += 1;
        self.put(record);
        true
    }

    fn put(&mut self, record: Record) {
        let mut index = hash(record.key);
        // Ends as above.
        while let Some(place) = self.place(index) {
            if place.key == 0 {
                *place = record;
                return;
            }
            index = index.wrapping_add(1);
        }
    }

    fn grow(&mut self) -> bool {
        let capacity = (self.capacity * 2).max(FIRST);
        let bytes = |capacity: usize| (capacity * size_of::<Record>()).next_multiple_of(page_size());
        let Some(new) = area::map(bytes(capacity), 1, page_size()) else { return false };
        let old = Part { table: self.table, capacity: self.capacity, ..*self };
        (self.table, self.capacity) = (Some(new.cast()), capacity);
        for record in old.all() {
            self.put(record);
        }
        if let Some(table) = old.table {
            // SAFETY: mapped here with that length; its records were copied.
            unsafe { area::release(table.cast(), bytes(old.capacity)) };
        }
        true
    }

    /// Removes a record.
    pub fn remove(&mut self, key: usize) {
        let Some(mut hole) = self.index_of(key) else { return };
        let mask = self.capacity - 1;
        let mut index = hole;
        self.count -= 1;
        // Moves records back over the hole while that brings them no farther from the place of their key than they may
        // be (Knuth, TAOCP 3, §6.4, Algorithm R). Ends at a vacant place.
        loop {
            index = (index + 1) & mask;
            let Some(record) = self.look(index).copied() else { return };
            if record.key == 0 {
                break;
            }
            let home = hash(record.key) & mask;
            if index.wrapping_sub(home) & mask >= index.wrapping_sub(hole) & mask {
                if let Some(place) = self.place(hole) {
                    *place = record;
                }
                hole = index;
            }
        }
        if let Some(place) = self.place(hole) {
            place.key = 0;
        }
    }

    /// Puts the record of an object that is freed into the quarantine, and writes those that leave it to `out`. Returns
    /// how many.
    pub fn retire(&mut self, key: usize, out: &mut [Record; PUT_OUT]) -> usize {
        let Some(record) = self.find(key) else { return 0 };
        record.next = 0;
        let room = record.room();
        let before = self.newest;
        match self.find(before) {
            Some(last) if before != 0 => last.next = key,
            _ => self.oldest = key,
        }
        self.newest = key;
        self.bytes += room;
        // Relaxed: a number that stands alone.
        let kept = KEPT.load(Ordering::Relaxed);
        let mut count = 0;
        // At most PUT_OUT turns. The newest stays.
        while self.bytes > kept && self.oldest != self.newest {
            let Some(slot) = out.get_mut(count) else { break };
            let Some(record) = self.find(self.oldest).map(|record| *record) else { break };
            *slot = record;
            count += 1;
            self.bytes -= record.room();
            self.oldest = record.next;
            self.remove(record.key);
        }
        count
    }
}

/// Returns what an instrumented build counted of the locks.
pub fn lock_figures() -> impl Iterator<Item = Option<LockFigures>> {
    RECORDS.iter().map(lock::figures)
}

/// Takes the locks, for fork.
pub fn hold() {
    RECORDS.iter().for_each(lock::hold);
}

/// Gives the locks back, after fork.
///
/// # Safety
///
/// - As for `sync::lock::let_go`.
pub unsafe fn let_go() {
    // SAFETY: the caller's promise is the callee's.
    RECORDS.iter().for_each(|part| unsafe { lock::let_go(part) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn part_agrees_with_a_map_through_growth_and_removal() {
        let mut part = Part { table: None, capacity: 0, count: 0, oldest: 0, newest: 0, bytes: 0 };
        let mut model = BTreeMap::new();
        let mut state = 1u64;
        for turn in 0..20_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let key = ((state % 1500) as usize + 1) * 16;
            if model.remove(&key).is_some() {
                part.remove(key);
            } else {
                assert!(part.insert(Record::new(key, turn, None, (Trace::NONE, 0))));
                model.insert(key, turn);
            }
            assert_eq!(part.find(key).map(|record| record.size), model.get(&key).copied());
            assert_eq!(part.count, model.len());
        }
        for key in (16..=1500 * 16).step_by(16) {
            assert_eq!(part.find(key).map(|record| record.size), model.get(&key).copied());
        }
    }

    #[test]
    fn quarantine_lets_go_in_order_once_it_is_full() {
        let mut part = Part { table: None, capacity: 0, count: 0, oldest: 0, newest: 0, bytes: 0 };
        let class = Class::serving(4096);
        let mut out = [Record::new(0, 0, None, (Trace::NONE, 0)); PUT_OUT];
        let mut left = std::vec::Vec::new();
        for key in (16..=1600).step_by(16) {
            assert!(part.insert(Record::new(key, 1, class, (Trace::NONE, 0))));
            let count = part.retire(key, &mut out);
            left.extend(out.iter().take(count).map(|record| record.key));
        }
        // Nothing but the newest is kept where nothing is to be.
        assert_eq!(left, (16..1600).step_by(16).collect::<std::vec::Vec<_>>());
        assert_eq!((part.count, part.bytes), (1, 4096));
    }
}
