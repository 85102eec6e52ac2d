//! Checked mode: every object has a record, a canary behind it, and a time in quarantine after it.
//!
//! Small objects come from the slabs by the magazines of hardened mode, in random order; free fills them, and that they
//! are as free left them is looked at when they leave the quarantine and when they are handed out again.

use core::ptr::NonNull;

use super::records::{PUT_OUT, Part, Record, part_of, search};
use super::traces::{Trace, known};
use super::{Claim, broken_canary, first_other, large, write_canary};
use crate::base::{Class, GRANULE};
use crate::report::{self, Details, History, Misuse};
use crate::slab::{marks, tell};
use crate::thread::magazines::{Obtained, Refusal, give_one, take_one};
use crate::thread::{current_or_born, own_id};

/// Bytes of a canary at least.
const CANARY_LEAST: usize = 8;
/// What new objects are filled with where junk is asked for.
const JUNK: u8 = 0xa5;

/// Allocates an object of `size` bytes aligned to `align`, a power of two. Size 0 is served as 0: none may be used.
pub fn allocate(size: usize, align: usize) -> Result<Obtained, Refusal> {
    if size > isize::MAX as usize {
        return Err(Refusal::Memory);
    }
    let allocated = (Trace::here(), own_id());
    let class = if align <= GRANULE { Class::serving_aligned(size + CANARY_LEAST, align) } else { None };
    let (obtained, record) = match class.filter(|class| class.is_slab_size()) {
        Some(class) => {
            let obtained = obtain_small(class)?;
            (obtained, Record::new(obtained.object.addr().get(), size, Some(class), allocated))
        }
        None => {
            let (obtained, mut record) = large::obtain(size, align).ok_or(Refusal::Memory)?;
            record.allocated = allocated;
            (obtained, record)
        }
    };
    let Obtained { object, zero } = obtained;
    // SAFETY: between the object's bytes and the end of its place, which is this call's.
    unsafe { write_canary(object.add(size), large::canary(record.room(), size)) };
    let junk = marks::fill_byte() != 0;
    if junk && !(zero && record.class.is_none()) {
        // SAFETY: the object has that many bytes.
        unsafe { object.write_bytes(JUNK, size) };
    }
    if !part_of(record.key).insert(record) {
        give_back(&record, object);
        return Err(Refusal::Memory);
    }
    let zero = zero && !(junk && record.class.is_some());
    Ok(Obtained { object, zero })
}

/// Obtains an object of a slab class; stops the process if its bytes are not as free left them. `zero` says that they
/// were looked at.
fn obtain_small(class: Class) -> Result<Obtained, Refusal> {
    let obtained = match current_or_born() {
        Some(block) => block.refill(class)?,
        None => take_one(class)?,
    };
    if obtained.zero
        && let Some(at) = changed(obtained.object, class.size())
    {
        let start = Some(obtained.object.addr().get());
        report::stop_with(Misuse::WriteAfterFree, at, &Details { class: Some(class), start, ..Details::default() });
    }
    Ok(obtained)
}

/// Returns the first address of an object that does not hold what free filled it with.
fn changed(object: NonNull<u8>, size: usize) -> Option<usize> {
    // SAFETY: the object has that many bytes.
    unsafe { first_other(object, size, marks::fill_byte()) }
}

/// Stops the process, telling all that a record says.
#[cold]
#[inline(never)]
fn stop(misuse: Misuse, address: usize, record: &Record) -> ! {
    let (allocated, freed) = (record.allocated.0.frames(), record.freed_at.0.frames());
    report::stop_with(misuse, address, &details(record, known(&allocated), known(&freed)));
}

/// Returns what a record says, for a report.
pub(super) fn details<'a>(record: &Record, allocated: &'a [usize], freed: &'a [usize]) -> Details<'a> {
    let history = History {
        allocated,
        allocated_by: record.allocated.1,
        freed: if record.freed { freed } else { &[] },
        freed_by: record.freed_at.1,
        ..History::default()
    };
    Details { size: Some(record.size), start: Some(record.key), history, ..Details::default() }
}

/// Returns the size of a recorded object, `None` for one that is not; stops the process for a free one.
pub fn size_of(object: NonNull<u8>) -> Option<usize> {
    let address = object.addr().get();
    let found = part_of(address).find(address).map(|record| *record);
    match found {
        Some(record) if record.freed => stop(Misuse::DoubleFree, address, &record),
        Some(record) => Some(record.size),
        None => {
            stop_inside(object);
            None
        }
    }
}

/// Frees a recorded object; false for one that is not. Stops the process where it is misused.
pub fn free(object: NonNull<u8>, claim: Claim) -> bool {
    let address = object.addr().get();
    let freed_at = (Trace::here(), own_id());
    let mut out = [Record::new(0, 0, None, freed_at); PUT_OUT];
    // The lock is given back before anything is told.
    let outcome = {
        let mut part = part_of(address);
        take_in(&mut part, object, claim, freed_at, &mut out)
    };
    match outcome {
        Ok(count) => {
            for record in out.iter().take(count) {
                put_out(record);
            }
            true
        }
        Err(Some((misuse, at, record))) => stop(misuse, at, &record),
        Err(None) => {
            stop_inside(object);
            false
        }
    }
}

/// Takes an object into the quarantine, filled or under a guard. Tells what is wrong with it, or `None` if it has no
/// record.
fn take_in(
    part: &mut Part,
    object: NonNull<u8>,
    claim: Claim,
    freed_at: (Trace, u32),
    out: &mut [Record; PUT_OUT],
) -> Result<usize, Option<(Misuse, usize, Record)>> {
    let address = object.addr().get();
    let record = part.find(address).ok_or(None)?;
    if record.freed {
        return Err(Some((Misuse::DoubleFree, address, *record)));
    }
    if let Some((_, misuse)) = claim.filter(|&(size, _)| size != record.size) {
        return Err(Some((misuse, address, *record)));
    }
    // SAFETY: the object's place, which the program has, up to its end.
    let broken = unsafe { broken_canary(object.add(record.size), large::canary(record.room(), record.size)) };
    if let Some(at) = broken {
        return Err(Some((Misuse::Overflow, at, *record)));
    }
    (record.freed, record.freed_at) = (true, freed_at);
    match record.class {
        // SAFETY: the object has that many bytes, and the program gave it up.
        Some(class) => unsafe { object.write_bytes(marks::fill_byte(), class.size()) },
        // SAFETY: as above.
        None => record.guards[2] = unsafe { large::close(object, record) },
    }
    Ok(part.retire(address, out))
}

/// Gives back an object that left the quarantine; stops the process if its bytes are not as free left them.
fn put_out(record: &Record) {
    let Some(object) = NonNull::new(core::ptr::with_exposed_provenance_mut::<u8>(record.key)) else { return };
    if let Some(class) = record.class
        && let Some(at) = changed(object, class.size())
    {
        stop(Misuse::WriteAfterFree, at, record);
    }
    give_back(record, object);
}

/// Gives the memory of an object back that nobody has.
fn give_back(record: &Record, object: NonNull<u8>) {
    match record.class {
        Some(class) => match current_or_born() {
            Some(block) => block.spill(class, object),
            None => give_one(class, object),
        },
        // SAFETY: the record is in no table, so nobody else comes by.
        None => unsafe { large::give_back(object, record) },
    }
}

/// Stops the process for an address inside a recorded object, or between it and its guards.
fn stop_inside(pointer: NonNull<u8>) {
    let address = pointer.addr().get();
    let found = match tell::look(pointer, None) {
        (Some(_), Some(start)) => part_of(start.addr().get()).find(start.addr().get()).map(|record| *record),
        _ => around(address),
    };
    if let Some(record) = found {
        stop(Misuse::InteriorPointer, address, &record);
    }
}

/// Returns the record of the large object around an address, its guards included.
pub(super) fn around(address: usize) -> Option<Record> {
    search(|record| {
        record.class.is_none() && {
            let start = record.key - record.front;
            address.wrapping_sub(start) < record.front + record.body + crate::os::limits::page_size()
        }
    })
}
