//! The metadata store: where slab records, magazines, thread blocks and area records live.
//!
//! A reservation of its own, handed out from the front, with a list per size of what came back; a further one when it
//! is used up. Free records are linked through themselves: they are ours, unlike free objects, into which nothing is
//! ever written.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::base::GRANULE;
use crate::os::area::Prefix;
use crate::os::name::Name;
use crate::sync::meter::LockFigures;
use crate::sync::{Lock, Rank, lock};

/// Records are multiples of a cache line, so that no two share one.
pub const LINE: usize = 64;
/// Most bytes that a record may have.
pub const LARGEST: usize = 8 << 10;
/// Bytes of the first commit and of each later one at least.
const LEAST_COMMIT: usize = 64 << 10;
/// Bytes reserved at first. Each further reservation, made when one is used up, doubles what there is.
const RESERVATION: usize = 16 << 20;
/// The smallest reservation worth having when address space is short.
const LEAST_RESERVATION: usize = 1 << 20;

const _: () = assert!(GRANULE.is_multiple_of(LARGEST), "a donated granule is whole records");

/// The store's state.
///
/// # Invariants
///
/// - **S1** `next <= prefix.committed()`, and what lies behind `next` was never handed out, so it is zero.
/// - **S2** `free[k]` lists records of `(k + 1) * LINE` bytes that came back, linked through their first word.
/// - **S3** `newest` lists every reservation by the record in its first line, that of `prefix` first; none is ever
///   released.
/// - **S4** The `used` of a reservation is the bytes of records in it that somebody has, its own first line included.
struct Store {
    prefix: Option<Prefix>,
    newest: Option<NonNull<Reservation>>,
    next: usize,
    free: [Option<NonNull<FreeRecord>>; LARGEST / LINE],
    committed: usize,
    reserved: usize,
    /// Calls of `allocate_spare` that are still served from the lists alone, after a refusal.
    wait: u32,
}

/// How many calls of `allocate_spare` a refusal of the kernel stands for: each attempt is a system call.
const REFUSAL_WAIT: u32 = 1024;

struct FreeRecord {
    next: Option<NonNull<FreeRecord>>,
}

/// The first line of a reservation.
struct Reservation {
    older: Option<NonNull<Reservation>>,
    size: usize,
    committed: usize,
    used: usize,
}

const _: () = assert!(size_of::<Reservation>() <= LINE, "the record of a reservation is its first line");

// SAFETY: the listed records are owned by the store (S2), not by a thread.
unsafe impl Send for Store {}

static STORE: Lock<{ Rank::Store as u8 }, Store> = Lock::new(Store {
    prefix: None,
    newest: None,
    next: 0,
    free: [None; LARGEST / LINE],
    committed: 0,
    reserved: 0,
    wait: 0,
});

/// The committed bytes, as the holder of the lock left them last.
static COMMITTED: AtomicUsize = AtomicUsize::new(0);

/// Returns the committed bytes, without the lock.
pub fn committed() -> usize {
    // Relaxed: a number that stands alone.
    COMMITTED.load(Ordering::Relaxed)
}

/// Returns memory for a record of `bytes` (1 ..= `LARGEST`), aligned to a cache line, contents undefined. `None` when
/// no metadata can be had.
pub fn allocate(bytes: usize) -> Option<NonNull<u8>> {
    STORE.lock().allocate(bytes)
}

/// As `allocate`, for what can be done without: does not ask the kernel while it refuses.
pub fn allocate_spare(bytes: usize) -> Option<NonNull<u8>> {
    let mut store = STORE.lock();
    if let Some(wait) = store.wait.checked_sub(1) {
        store.wait = wait;
        return store.split_for(bytes.div_ceil(LINE));
    }
    store.allocate(bytes)
}

/// As `allocate`, from what is at hand: does not wait for the lock and does not enter the kernel.
pub fn allocate_at_hand(bytes: usize) -> Option<NonNull<u8>> {
    let mut store = lock::briefly(&STORE)?;
    store.at_hand(bytes).or_else(|| store.split_for(bytes.div_ceil(LINE)))
}

/// Takes a record back.
///
/// # Safety
///
/// - `record` came from `allocate(bytes)` with the same `bytes`, and nobody uses it any more.
pub unsafe fn give_back(record: NonNull<u8>, bytes: usize) {
    let mut store = STORE.lock();
    let Some(slot) = store.free.get_mut(bytes.div_ceil(LINE) - 1) else { return };
    let record = record.cast::<FreeRecord>();
    // SAFETY: the caller gives the record up; it is at least a line long and aligned to one.
    unsafe { record.write(FreeRecord { next: *slot }) };
    *slot = Some(record);
    store.count(record, -(bytes.next_multiple_of(LINE) as isize));
}

/// Gives the store a granule of heap to make records of, for when the kernel refuses to commit more metadata while free
/// runs remain.
///
/// # Safety
///
/// - `start` is a granule that nobody else uses, now or later.
pub unsafe fn donate(start: NonNull<u8>) {
    for offset in (0..GRANULE).step_by(LARGEST) {
        // SAFETY: the caller's granule; each piece is a record of the largest size.
        unsafe { give_back(start.add(offset), LARGEST) };
    }
    STORE.lock().count_committed(GRANULE);
}

/// Returns the bytes of the reservation in use that the kernel backs with memory now, `None` where it does not tell.
/// Those used up before are counted whole.
pub fn resident() -> Option<usize> {
    let store = STORE.lock();
    let Some(prefix) = store.prefix.as_ref() else { return Some(0) };
    Some(prefix.resident()? + store.committed.saturating_sub(prefix.committed()))
}

/// What a reservation of the store is.
#[derive(Clone, Copy)]
pub struct ReservationFigures {
    /// Its address.
    pub start: NonNull<u8>,
    /// Bytes of address space.
    pub size: usize,
    /// Bytes of them that are readable and writable.
    pub committed: usize,
    /// Bytes of those in records that somebody has.
    pub used: usize,
}

/// Returns the reservation that was made before the one at `newer`, or the newest for `None`.
///
/// # Safety
///
/// - `newer` is the start of a reservation that this function returned.
pub unsafe fn reservation_before(newer: Option<NonNull<u8>>) -> Option<ReservationFigures> {
    let store = STORE.lock();
    let record = match newer {
        // SAFETY: the caller's reservation, which is never released (S3); its record changes under the lock alone.
        Some(newer) => unsafe { newer.cast::<Reservation>().as_ref() }.older,
        None => store.newest,
    }?;
    Some(figures_of(record))
}

/// Returns the reservation that `address` is in.
pub fn reservation_around(address: usize) -> Option<ReservationFigures> {
    STORE.lock().reservation_around(address).map(figures_of)
}

/// The caller holds the lock, and the record is listed.
fn figures_of(record: NonNull<Reservation>) -> ReservationFigures {
    // SAFETY: listed reservations are never released (S3); their records change under the lock alone.
    let &Reservation { size, committed, used, .. } = unsafe { record.as_ref() };
    ReservationFigures { start: record.cast(), size, committed, used }
}

/// Returns the bytes committed and reserved.
pub fn footprint() -> (usize, usize) {
    let store = STORE.lock();
    (store.committed, store.reserved)
}

/// Returns what an instrumented build counted of the lock.
pub fn lock_figures() -> Option<LockFigures> {
    lock::figures(&STORE)
}

/// Takes the lock, for fork.
pub fn hold() {
    lock::hold(&STORE);
}

/// Gives the lock back, after fork.
///
/// # Safety
///
/// - As for `sync::lock::let_go`.
pub unsafe fn let_go() {
    // SAFETY: the caller's promise is the callee's.
    unsafe { lock::let_go(&STORE) };
}

/// Reserves `size` bytes with a granule before and behind that is never committed: no overflow of a neighbouring mapping
/// reaches records.
fn reserve_between_guards(size: usize) -> Option<[Prefix; 3]> {
    let mut whole = Prefix::reserve(size + 2 * GRANULE, GRANULE)?;
    let before = whole.split_to(GRANULE);
    let records = whole.split_to(size);
    Some([before, records, whole])
}

impl Store {
    fn allocate(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        if let Some(record) = self.at_hand(bytes) {
            return Some(record);
        }
        let lines = bytes.div_ceil(LINE);
        let length = lines * LINE;
        self.free.get(lines.checked_sub(1)?)?;
        let full = self.prefix.as_ref().is_none_or(|prefix| self.next + length > prefix.size());
        if (full && self.reserve_more().is_none()) || !self.commit_for(length) {
            self.wait = REFUSAL_WAIT;
            return self.split_for(lines);
        }
        self.at_hand(bytes)
    }

    /// Returns a record from a list, or from behind those handed out if so much is committed.
    fn at_hand(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let lines = bytes.div_ceil(LINE);
        let length = lines * LINE;
        let slot = self.free.get_mut(lines.checked_sub(1)?)?;
        let record = if let Some(record) = *slot {
            // SAFETY: a listed record is readable and ours (S2).
            *slot = unsafe { record.as_ref().next };
            record
        } else {
            let prefix = self.prefix.as_ref().filter(|prefix| self.next + length <= prefix.committed())?;
            // SAFETY: `next + length <= committed`, so the sum stays inside the reservation (S1).
            let record = unsafe { prefix.start().add(self.next) }.cast();
            self.next += length;
            record
        };
        self.count(record, length as isize);
        Some(record.cast())
    }

    /// Counts bytes that were committed.
    fn count_committed(&mut self, bytes: usize) {
        self.committed += bytes;
        // Relaxed: a number that stands alone.
        COMMITTED.store(self.committed, Ordering::Relaxed);
    }

    /// Counts a record in or out of the reservation that it is in (S4); donated granules are in none.
    fn count(&mut self, record: NonNull<FreeRecord>, bytes: isize) {
        if let Some(mut reservation) = self.reservation_around(record.addr().get()) {
            // SAFETY: listed reservations are never released (S3), and `&mut self` stands for the lock.
            let reservation = unsafe { reservation.as_mut() };
            reservation.used = reservation.used.wrapping_add_signed(bytes);
        }
    }

    /// Returns the reservation that `address` is in. Nearly always the newest; each doubles what there is, so there are
    /// few.
    fn reservation_around(&self, address: usize) -> Option<NonNull<Reservation>> {
        let mut next = self.newest;
        // One turn per reservation.
        while let Some(record) = next {
            // SAFETY: listed reservations are never released (S3), and `&self` stands for the lock.
            let &Reservation { older, size, .. } = unsafe { record.as_ref() };
            if address.wrapping_sub(record.addr().get()) < size {
                return next;
            }
            next = older;
        }
        None
    }

    /// Cuts a larger record that came back: the last resort when no more can be committed.
    fn split_for(&mut self, lines: usize) -> Option<NonNull<u8>> {
        let larger = (lines..self.free.len()).find(|&slot| self.free.get(slot).copied().flatten().is_some())?;
        let whole = self.free.get(larger).copied().flatten()?;
        // SAFETY: a listed record is readable and ours (S2).
        *self.free.get_mut(larger)? = unsafe { whole.as_ref().next };
        let rest = self.free.get_mut(larger - lines)?;
        // SAFETY: the record has `larger + 1` lines, more than `lines`.
        let tail = unsafe { whole.cast::<u8>().add(lines * LINE) }.cast::<FreeRecord>();
        // SAFETY: the tail is at least a line of a record that is ours.
        unsafe { tail.write(FreeRecord { next: *rest }) };
        *rest = Some(tail);
        self.count(whole, (lines * LINE) as isize);
        Some(whole.cast())
    }

    /// Commits so that `length` bytes fit behind `next`; false where the kernel has no more.
    fn commit_for(&mut self, length: usize) -> bool {
        let Some(prefix) = self.prefix.as_mut() else { return false };
        let need = self.next + length;
        let before = prefix.committed();
        if need <= before {
            return true;
        }
        let step = (before / 4).max(LEAST_COMMIT).next_multiple_of(LEAST_COMMIT);
        let wanted = need.max(before + step).next_multiple_of(LEAST_COMMIT).min(prefix.size());
        let done = prefix.commit_to(wanted) || prefix.commit_to(need.next_multiple_of(GRANULE).min(prefix.size()));
        let committed = prefix.committed();
        self.count_committed(committed - before);
        if let Some(mut newest) = self.newest {
            // SAFETY: the first line of the reservation in use (S3), and `&mut self` stands for the lock.
            unsafe { newest.as_mut() }.committed = committed;
        }
        done && need <= committed
    }

    /// Begins a further reservation; what was left of the last is given up.
    fn reserve_more(&mut self) -> Option<()> {
        let mut size = self.reserved.max(RESERVATION);
        // At most as many turns as `size` has bits: the size halves down to LEAST_RESERVATION.
        let [mut before, mut prefix, mut behind] = loop {
            if let Some(parts) = reserve_between_guards(size) {
                break parts;
            }
            if size <= LEAST_RESERVATION {
                return None;
            }
            size = (size / 2).next_multiple_of(LEAST_RESERVATION);
        };
        if !prefix.commit_to(LEAST_COMMIT) && !prefix.commit_to(GRANULE) {
            for part in [&mut before, &mut prefix, &mut behind] {
                part.shorten_to(0);
            }
            return None;
        }
        prefix.name(Name::Metadata);
        let (size, committed) = (prefix.size(), prefix.committed());
        let record = prefix.start().cast::<Reservation>();
        // SAFETY: the first line of a reservation that is new and committed so far.
        unsafe { record.write(Reservation { older: self.newest, size, committed, used: LINE }) };
        self.newest = Some(record);
        self.count_committed(committed);
        self.reserved += size;
        self.next = LINE;
        self.prefix = Some(prefix);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_disjoint_aligned_and_come_back() {
        let mut records = std::vec::Vec::new();
        for bytes in [1, 64, 65, 1100, LARGEST] {
            let record = allocate(bytes).unwrap();
            assert!(record.addr().get().is_multiple_of(LINE));
            // SAFETY: the record has room for `bytes`.
            unsafe { record.write_bytes(0xa5, bytes) };
            records.push((record, bytes));
        }
        for &(record, bytes) in &records {
            // SAFETY: readable for `bytes`, as written above.
            let contents = unsafe { core::slice::from_raw_parts(record.as_ptr(), bytes) };
            assert!(contents.iter().all(|&byte| byte == 0xa5));
            // SAFETY: from `allocate(bytes)`, used no more.
            unsafe { give_back(record, bytes) };
        }
        assert!(allocate(LARGEST + 1).is_none());
        assert!(allocate(0).is_none());
        // When nothing more can be committed, a larger record is cut.
        let mut store = STORE.lock();
        let whole = store.split_for(2).unwrap();
        let part = store.split_for(2).unwrap();
        assert!(whole.addr().get().abs_diff(part.addr().get()) >= 2 * LINE);
    }

    #[test]
    fn every_record_is_in_a_reservation_that_counts_it() {
        let record = allocate(LARGEST).unwrap();
        let around = reservation_around(record.addr().get()).unwrap();
        assert!(around.used >= LINE + LARGEST && around.used <= around.committed && around.committed <= around.size);
        let mut newer = None;
        let mut found = 0;
        // SAFETY: each start is one that the function returned.
        while let Some(reservation) = unsafe { reservation_before(newer) } {
            found += usize::from(reservation.start == around.start);
            newer = Some(reservation.start);
        }
        assert_eq!(found, 1);
        // SAFETY: from `allocate` with the same size, used no more.
        unsafe { give_back(record, LARGEST) };
        assert!(reservation_around(&raw const around as usize).is_none());
    }
}
