//! The metadata store: where slab records, magazines, thread blocks and area records live.
//!
//! A reservation of its own, handed out from the front, with a list per size of what came back. Free records are linked
//! through themselves: they are ours, unlike free objects, into which nothing is ever written.

use core::ptr::NonNull;

use crate::base::GRANULE;
use crate::os::area::Prefix;
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
struct Store {
    prefix: Option<Prefix>,
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

// SAFETY: the listed records are owned by the store (S2), not by a thread.
unsafe impl Send for Store {}

static STORE: Lock<{ Rank::Store as u8 }, Store> =
    Lock::new(Store { prefix: None, next: 0, free: [None; LARGEST / LINE], committed: 0, reserved: 0, wait: 0 });

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
    STORE.lock().committed += GRANULE;
}

/// Returns the bytes of the reservation in use that the kernel backs with memory now, `None` where it does not tell. Those
/// used up before are counted whole.
pub fn resident() -> Option<usize> {
    let store = STORE.lock();
    let Some(prefix) = store.prefix.as_ref() else { return Some(0) };
    Some(prefix.resident()? + store.committed.saturating_sub(prefix.committed()))
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

impl Store {
    fn allocate(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let lines = bytes.div_ceil(LINE);
        let slot = self.free.get_mut(lines.checked_sub(1)?)?;
        if let Some(record) = *slot {
            // SAFETY: a listed record is readable and ours (S2).
            *slot = unsafe { record.as_ref().next };
            return Some(record.cast());
        }
        let length = lines * LINE;
        let full = self.prefix.as_ref().is_none_or(|prefix| self.next + length > prefix.size());
        if (full && self.reserve_more().is_none()) || !self.commit_for(length) {
            self.wait = REFUSAL_WAIT;
            return self.split_for(lines);
        }
        let start = self.prefix.as_ref()?.start();
        // SAFETY: `next + length <= committed`, so the sum stays inside the reservation (S1).
        let record = unsafe { start.add(self.next) };
        self.next += length;
        Some(record)
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
        self.committed += prefix.committed() - before;
        done && need <= prefix.committed()
    }

    /// Begins a further reservation; what was left of the last is given up.
    fn reserve_more(&mut self) -> Option<()> {
        let mut size = self.reserved.max(RESERVATION);
        // At most as many turns as `size` has bits: the size halves down to LEAST_RESERVATION.
        let prefix = loop {
            if let Some(prefix) = Prefix::reserve(size, GRANULE) {
                break prefix;
            }
            if size <= LEAST_RESERVATION {
                return None;
            }
            size = (size / 2).next_multiple_of(LEAST_RESERVATION);
        };
        self.reserved += prefix.size();
        self.next = 0;
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
}
