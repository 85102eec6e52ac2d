//! Memory areas that stand alone: one mapping per object, for what no arena can hold. They grow by mremap.

use core::ptr::NonNull;

use super::store;
use crate::base::GRANULE;
use crate::os::area;
use crate::os::limits::page_size;
use crate::report::Misuse;
use crate::sync::meter::LockFigures;
use crate::sync::{Lock, Rank, lock};

/// Buckets of the table. Areas are above a gibibyte each, or the last resort of a full address space, so chains are
/// short.
const BUCKETS: usize = 256;

/// The record of an area.
struct Area {
    next: Option<NonNull<Area>>,
    start: NonNull<u8>,
    length: usize,
}

/// The areas, by the page they start at.
///
/// # Invariants
///
/// - **A1** Each record stands for one mapping of `length` bytes at `start`, made here, in use by one object.
/// - **A2** A record is in the bucket of its start.
/// - **A3** `count` and `bytes` are the number of records and the sum of their lengths.
struct Table {
    buckets: [Option<NonNull<Area>>; BUCKETS],
    count: usize,
    bytes: usize,
    /// Where the last areas that were released started, for telling a double free from a foreign pointer.
    released: [usize; RELEASED],
    next_released: usize,
}

/// How many released areas are remembered.
const RELEASED: usize = 64;

// SAFETY: the records belong to the table, not to a thread.
unsafe impl Send for Table {}

static TABLE: Lock<{ Rank::Areas as u8 }, Table> =
    Lock::new(Table { buckets: [None; BUCKETS], count: 0, bytes: 0, released: [0; RELEASED], next_released: 0 });

/// Maps an area of at least `size` zero bytes aligned to `align`, a power of two. `None` on overflow or where the kernel
/// refuses. Cost: a system call or three.
pub fn allocate(size: usize, align: usize) -> Option<NonNull<u8>> {
    let length = size.max(1).checked_next_multiple_of(GRANULE)?;
    if length > isize::MAX as usize {
        return None;
    }
    let record = store::allocate(size_of::<Area>())?.cast::<Area>();
    let Some(start) = area::map(length, align, page_size()) else {
        // SAFETY: allocated above, used by nobody.
        unsafe { store::give_back(record.cast(), size_of::<Area>()) };
        return None;
    };
    // SAFETY: new memory of a record's size.
    unsafe { record.write(Area { next: None, start, length }) };
    TABLE.lock().insert(record);
    Some(start)
}

/// Releases the area that starts at `start`; false if there is none.
pub fn free(start: NonNull<u8>) -> bool {
    let record = {
        let mut table = TABLE.lock();
        let Some(record) = table.remove(start) else { return false };
        let next = table.next_released % RELEASED;
        if let Some(slot) = table.released.get_mut(next) {
            *slot = start.addr().get();
        }
        table.next_released = next + 1;
        record
    };
    // SAFETY: the record left the table with the lock, so it is this thread's alone.
    let length = unsafe { record.as_ref() }.length;
    // SAFETY: the mapping is the record's (A1), and its object was just freed.
    unsafe { area::release(start, length) };
    // SAFETY: from `store::allocate` with the same size.
    unsafe { store::give_back(record.cast(), size_of::<Area>()) };
    true
}

/// Changes the size of the area that starts at `start`; it may move. `None` where there is none or the kernel refuses;
/// then nothing has changed. Bytes are not copied.
pub fn resize(start: NonNull<u8>, size: usize) -> Option<NonNull<u8>> {
    let length = size.max(1).checked_next_multiple_of(GRANULE)?;
    let mut record = TABLE.lock().remove(start)?;
    // SAFETY: the record left the table with the lock, so it is this thread's alone.
    let area = unsafe { record.as_mut() };
    // SAFETY: the mapping is the record's (A1); the caller owns its object and uses what is returned.
    let moved = if length == area.length { Some(start) } else { unsafe { area::remap(start, area.length, length) } };
    if let Some(moved) = moved {
        area.start = moved;
        area.length = length;
    }
    TABLE.lock().insert(record);
    moved
}

/// Returns the length of the area that starts at `start`.
pub fn length_of(start: NonNull<u8>) -> Option<usize> {
    let table = TABLE.lock();
    let mut next = *table.buckets.get(bucket_of(start))?;
    // One turn per record of the bucket.
    while let Some(record) = next {
        // SAFETY: listed records are alive, and the lock is held.
        let area = unsafe { record.as_ref() };
        if area.start == start {
            return Some(area.length);
        }
        next = area.next;
    }
    None
}

/// Tells what is wrong with a pointer that no area starts at. Cost: a walk over all areas; for reports.
pub fn misuse_of(pointer: NonNull<u8>) -> Misuse {
    let address = pointer.addr().get();
    let table = TABLE.lock();
    for bucket in &table.buckets {
        let mut next = *bucket;
        // One turn per record of the bucket.
        while let Some(record) = next {
            // SAFETY: listed records are alive, and the lock is held.
            let area = unsafe { record.as_ref() };
            if address.wrapping_sub(area.start.addr().get()) < area.length {
                return Misuse::InteriorPointer;
            }
            next = area.next;
        }
    }
    if table.released.contains(&address) { Misuse::DoubleFree } else { Misuse::ForeignPointer }
}

/// Returns the number of areas and their bytes.
pub fn figures() -> (usize, usize) {
    let table = TABLE.lock();
    (table.count, table.bytes)
}

/// Returns what an instrumented build counted of the lock.
pub fn lock_figures() -> Option<LockFigures> {
    lock::figures(&TABLE)
}

/// Takes the lock, for fork.
pub fn hold() {
    lock::hold(&TABLE);
}

/// Gives the lock back, after fork.
///
/// # Safety
///
/// - As for `sync::lock::let_go`.
pub unsafe fn let_go() {
    // SAFETY: the caller's promise is the callee's.
    unsafe { lock::let_go(&TABLE) };
}

fn bucket_of(start: NonNull<u8>) -> usize {
    let page = start.addr().get() >> 12;
    (page ^ page >> 8 ^ page >> 16) % BUCKETS
}

impl Table {
    fn insert(&mut self, mut record: NonNull<Area>) {
        // SAFETY: the caller passes a record that is its own.
        let area = unsafe { record.as_mut() };
        if let Some(bucket) = self.buckets.get_mut(bucket_of(area.start)) {
            area.next = *bucket;
            *bucket = Some(record);
            self.count += 1;
            self.bytes += area.length;
        }
    }

    fn remove(&mut self, start: NonNull<u8>) -> Option<NonNull<Area>> {
        let mut link: &mut Option<NonNull<Area>> = self.buckets.get_mut(bucket_of(start))?;
        // One turn per record of the bucket.
        loop {
            let mut record = (*link)?;
            // SAFETY: listed records are alive, and the lock is held.
            let area = unsafe { record.as_mut() };
            if area.start == start {
                *link = area.next;
                self.count -= 1;
                self.bytes -= area.length;
                return Some(record);
            }
            link = &mut area.next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_aligned_grow_keeping_their_bytes_and_are_found() {
        let start = allocate(100_000, 1 << 21).unwrap();
        assert!(start.addr().get().is_multiple_of(1 << 21));
        // SAFETY: the area has 100,000 bytes.
        unsafe { start.write_bytes(7, 100_000) };
        let moved = resize(start, 50 << 20).unwrap();
        assert_eq!(length_of(moved), Some(50 << 20));
        // SAFETY: the first 100,000 bytes were written above, and the rest is mapped.
        let bytes = unsafe { core::slice::from_raw_parts(moved.as_ptr(), 50 << 20) };
        assert!(bytes[..100_000].iter().all(|&b| b == 7) && bytes[100_000..].iter().all(|&b| b == 0));
        // SAFETY: inside the area.
        assert_eq!(misuse_of(unsafe { moved.add(12_345) }), Misuse::InteriorPointer);
        assert!(free(moved));
        assert!(!free(moved));
        assert_eq!(misuse_of(moved), Misuse::DoubleFree);
    }
}
