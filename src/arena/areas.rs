//! Memory areas that stand alone: one mapping per object, for what no arena can hold and for regions. They grow by
//! mremap.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::store;
use crate::os::area;
use crate::os::limits::page_size;
use crate::os::name::{Name, name};
use crate::report::Misuse;
use crate::sync::meter::LockFigures;
use crate::sync::{Lock, Rank, lock};

/// Buckets of the table. A process may have some 65,000 mappings (vm.max_map_count), so a chain has 32 areas at the
/// very most; half of this would double that, double take 16 KiB more of every process that has a few regions.
const BUCKETS: usize = 1 << BUCKET_BITS;
const BUCKET_BITS: u32 = 11;

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

/// Returns the length of an area of at least `size` bytes: whole pages. `None` above `isize::MAX`.
fn length_for(size: usize) -> Option<usize> {
    size.max(1).checked_next_multiple_of(page_size()).filter(|&length| length <= isize::MAX as usize)
}

/// Maps an area of at least `size` zero bytes aligned to `align`, a power of two. `None` on overflow or where the
/// kernel refuses. Cost: a system call or three.
pub fn allocate(size: usize, align: usize) -> Option<NonNull<u8>> {
    let length = length_for(size)?;
    let record = store::allocate(size_of::<Area>())?.cast::<Area>();
    let Some(start) = area::map(length, align, page_size()) else {
        // SAFETY: allocated above, used by nobody.
        unsafe { store::give_back(record.cast(), size_of::<Area>()) };
        return None;
    };
    name(start, length, Name::Area);
    // SAFETY: new memory of a record's size.
    unsafe { record.write(Area { next: None, start, length }) };
    TABLE.lock().insert(record);
    Some(start)
}

/// Most areas that `adopt` lets there be: a process may have some 65,000 mappings, and most are the program's.
const MOST_ADOPTED: usize = 1024;

/// Makes an area of at least `size` bytes out of the first `length` bytes at `from`, which are fewer and whole pages:
/// page tables move, bytes are not copied. `from` reads as zero afterwards. On `None` it holds what it held.
///
/// # Safety
///
/// - As for `os::area::move_out`, but that on `None` the addresses go on being used.
pub unsafe fn adopt(from: NonNull<u8>, length: usize, size: usize) -> Option<NonNull<u8>> {
    let whole = length_for(size)?;
    if figures().0 >= MOST_ADOPTED {
        return None;
    }
    let record = store::allocate(size_of::<Area>())?.cast::<Area>();
    // SAFETY: the caller's interval.
    let start = unsafe { area::move_out(from, length) }.and_then(|moved| {
        // SAFETY: the mapping just made; nobody else has its address.
        unsafe { area::remap(moved, length, whole) }.or_else(|| {
            // SAFETY: both have that many bytes, and a mapping overlaps no other.
            unsafe { from.copy_from_nonoverlapping(moved, length) };
            // SAFETY: as above.
            unsafe { area::release(moved, length) };
            None
        })
    });
    let Some(start) = start else {
        // SAFETY: allocated above, used by nobody.
        unsafe { store::give_back(record.cast(), size_of::<Area>()) };
        return None;
    };
    name(start, whole, Name::Area);
    // SAFETY: new memory of a record's size.
    unsafe { record.write(Area { next: None, start, length: whole }) };
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

/// Changes the size of the area that starts at `start`; it may move, to an address aligned to `align`, a power of two
/// to which `start` is aligned. `None` where there is none or the kernel refuses; then nothing has changed. Bytes are
/// not copied.
pub fn resize(start: NonNull<u8>, size: usize, align: usize) -> Option<NonNull<u8>> {
    let length = length_for(size)?;
    let mut record = TABLE.lock().remove(start)?;
    // SAFETY: the record left the table with the lock, so it is this thread's alone.
    let area = unsafe { record.as_mut() };
    let moved = if length == area.length {
        Some(start)
    } else if align <= page_size() {
        // SAFETY: the mapping is the record's (A1); the caller owns its object and uses what is returned.
        unsafe { area::remap(start, area.length, length) }
    } else {
        // SAFETY: as above; the caller's start is aligned.
        unsafe { area::remap_aligned(start, area.length, length, align) }
    };
    if let Some(moved) = moved {
        area.start = moved;
        area.length = length;
    }
    TABLE.lock().insert(record);
    moved
}

/// Asks for huge pages in the area that starts at `start`.
pub fn advise_huge(start: NonNull<u8>) {
    if let Some(length) = length_of(start) {
        // SAFETY: the mapping is the area's (A1), whose owner calls.
        unsafe { area::advise_huge(start, length) };
    }
}

/// Returns the length of the area that starts at `start`.
pub fn length_of(start: NonNull<u8>) -> Option<usize> {
    TABLE.lock().bucket(bucket_of(start)).find(|&(at, _)| at == start).map(|(_, length)| length)
}

/// As `length_of`, without waiting for the lock: `None` if somebody holds it.
pub fn length_at_hand(start: NonNull<u8>) -> Option<Option<usize>> {
    let table = lock::briefly(&TABLE)?;
    Some(table.bucket(bucket_of(start)).find(|&(at, _)| at == start).map(|(_, length)| length))
}

/// Returns start and length of the area that `address` is in. Cost: a walk over all areas, unless one starts there.
pub fn containing(address: usize) -> Option<(NonNull<u8>, usize)> {
    TABLE.lock().containing(address)
}

/// Where a walk over the areas stands: in a bucket, behind the areas that start up to `last`.
#[derive(Clone, Copy, Default)]
pub struct Cursor {
    bucket: usize,
    last: usize,
}

/// Returns start and length of the next area of a walk, and moves the cursor behind it. The lock is held for a look
/// only, so the areas may change between two calls: what is there all the while is met once. Cost: a walk over a
/// bucket.
pub fn next(cursor: &mut Cursor) -> Option<(NonNull<u8>, usize)> {
    let table = TABLE.lock();
    // At most one turn per bucket.
    while cursor.bucket < BUCKETS {
        let behind = table.bucket(cursor.bucket).filter(|(start, _)| start.addr().get() > cursor.last);
        if let Some(found) = behind.min_by_key(|(start, _)| *start) {
            cursor.last = found.0.addr().get();
            return Some(found);
        }
        *cursor = Cursor { bucket: cursor.bucket + 1, last: 0 };
    }
    None
}

/// Tells what is wrong with a pointer that no area starts at. Cost: a walk over all areas; for reports.
pub fn misuse_of(pointer: NonNull<u8>) -> Misuse {
    let address = pointer.addr().get();
    let table = TABLE.lock();
    if table.containing(address).is_some() {
        return Misuse::InteriorPointer;
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

/// The bytes of all areas, as the holder of the lock left them last, for who holds a lock of a lower rank or must not
/// wait.
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// Returns the bytes of all areas, without the lock.
pub fn bytes() -> usize {
    // Relaxed: a number that stands alone.
    BYTES.load(Ordering::Relaxed)
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
    (page ^ page >> BUCKET_BITS ^ page >> (2 * BUCKET_BITS)) % BUCKETS
}

impl Table {
    /// Returns start and length of each area in a bucket.
    fn bucket(&self, index: usize) -> impl Iterator<Item = (NonNull<u8>, usize)> {
        let mut next = self.buckets.get(index).copied().flatten();
        // One turn per record of the bucket.
        core::iter::from_fn(move || {
            // SAFETY: listed records are alive, and `&self` stands for the lock.
            let area = unsafe { next?.as_ref() };
            next = area.next;
            Some((area.start, area.length))
        })
    }

    fn containing(&self, address: usize) -> Option<(NonNull<u8>, usize)> {
        let holds = |&(start, length): &(NonNull<u8>, usize)| address.wrapping_sub(start.addr().get()) < length;
        (0..BUCKETS).find_map(|index| self.bucket(index).find(holds))
    }

    fn insert(&mut self, mut record: NonNull<Area>) {
        // SAFETY: the caller passes a record that is its own.
        let area = unsafe { record.as_mut() };
        if let Some(bucket) = self.buckets.get_mut(bucket_of(area.start)) {
            area.next = *bucket;
            *bucket = Some(record);
            self.count += 1;
            self.bytes += area.length;
            // Relaxed: a number that stands alone.
            BYTES.store(self.bytes, Ordering::Relaxed);
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
                // Relaxed: as above.
                BYTES.store(self.bytes, Ordering::Relaxed);
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
        let moved = resize(start, 50 << 20, 1).unwrap();
        assert_eq!(length_of(moved), Some(50 << 20));
        // SAFETY: the first 100,000 bytes were written above, and the rest is mapped.
        let bytes = unsafe { core::slice::from_raw_parts(moved.as_ptr(), 50 << 20) };
        assert!(bytes[..100_000].iter().all(|&b| b == 7) && bytes[100_000..].iter().all(|&b| b == 0));
        // SAFETY: inside the area.
        assert_eq!(misuse_of(unsafe { moved.add(12_345) }), Misuse::InteriorPointer);
        assert_eq!(containing(moved.addr().get() + 12_345), Some((moved, 50 << 20)));
        assert!(free(moved));
        assert!(!free(moved));
        assert_eq!(misuse_of(moved), Misuse::DoubleFree);
    }

    #[test]
    fn areas_that_must_move_stay_aligned() {
        let align = 1 << 21;
        let mut start = allocate(align, align).unwrap();
        // SAFETY: the area has that many bytes.
        unsafe { start.write_bytes(7, align) };
        let mut size = align;
        for _ in 0..5 {
            // Another area stands in the way of growth, more often than not.
            let other = allocate(size, align).unwrap();
            size *= 2;
            start = resize(start, size, align).unwrap();
            assert!(start.addr().get().is_multiple_of(align));
            assert!(free(other));
        }
        // SAFETY: the first part was written above, and the rest is mapped.
        let bytes = unsafe { core::slice::from_raw_parts(start.as_ptr(), size) };
        assert!(bytes[..align].iter().all(|&b| b == 7) && bytes[align..].iter().all(|&b| b == 0));
        assert!(free(start));
    }

    #[test]
    fn a_walk_meets_every_area_once_whatever_comes_and_goes() {
        let page = page_size();
        let mine: std::vec::Vec<_> = (1..200).map(|pages| (allocate(pages * page, 1).unwrap(), pages * page)).collect();
        let mut met = std::vec::Vec::new();
        let mut cursor = Cursor::default();
        while let Some(area) = next(&mut cursor) {
            met.push(area);
            let passing = allocate(page, 1).unwrap();
            assert!(free(passing));
        }
        for area in &mine {
            assert_eq!(met.iter().filter(|&other| other == area).count(), 1);
        }
        for (start, _) in mine {
            assert!(free(start));
        }
    }
}
