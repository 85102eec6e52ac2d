//! Large objects of checked mode: runs and areas with a guard page before and behind.
//!
//! ```text
//! | front: the alignment, a page at least | object … canary | guard |
//!                              guard page ┘
//! ```

use core::ptr::NonNull;

use super::CANARY_MOST;
use super::records::Record;
use super::traces::Trace;
use crate::arena::{areas, registry};
use crate::base::{GRANULE, GranuleCount, MAX_ORDER, Order};
use crate::buddy::system;
use crate::os::limits::page_size;
use crate::os::{area, guard};
use crate::thread::magazines::Obtained;

/// The largest run.
const LARGEST_RUN: usize = GRANULE << MAX_ORDER;

/// Obtains a large object of `size` bytes aligned to `align`, a power of two, between guards; with its record. `None`
/// when memory is short.
pub fn obtain(size: usize, align: usize) -> Option<(Obtained, Record)> {
    let page = page_size();
    let front = align.max(page);
    let body = size.max(1).checked_next_multiple_of(page)?;
    let whole = front.checked_add(body)?.checked_add(page)?;
    let run = if whole <= LARGEST_RUN { take_run(whole, front) } else { None };
    let (start, zero, is_area) = match run {
        Some((start, zero)) => (start, zero, false),
        None => (areas::allocate(whole, front)?, true, true),
    };
    // SAFETY: inside the run or the area, `whole` bytes long; so for the two below.
    let object = unsafe { start.add(front) };
    // SAFETY: as above.
    let before = unsafe { guard::install(object.sub(page), page) };
    // SAFETY: as above.
    let behind = unsafe { guard::install(object.add(body), page) };
    let mut record = Record::new(object.addr().get(), size, None, (Trace::NONE, 0));
    (record.front, record.body, record.is_area) = (front, body, is_area);
    record.guards = [before, behind, guard::Guard::None];
    Some((Obtained { object, zero }, record))
}

fn take_run(whole: usize, align: usize) -> Option<(NonNull<u8>, bool)> {
    system::take_object(GranuleCount::holding(whole)?, Order::fitting(GranuleCount::holding(align)?)?)
}

/// Returns the bytes of the canary behind an object.
pub fn canary(room: usize, size: usize) -> usize {
    (room - size).min(CANARY_MOST)
}

/// Puts a guard over an object that is freed, whose memory goes; returns it.
///
/// # Safety
///
/// - Nobody uses the object any more.
pub unsafe fn close(object: NonNull<u8>, record: &Record) -> guard::Guard {
    // SAFETY: whole pages of the object, which nobody uses.
    let over = unsafe { guard::install(object, record.body) };
    if over == guard::Guard::None {
        // SAFETY: as above.
        unsafe { area::purge(object, record.body) };
    }
    over
}

/// Gives back the memory of an object that leaves the quarantine.
///
/// # Safety
///
/// - The record is in the table no more, and nobody uses the object.
pub unsafe fn give_back(object: NonNull<u8>, record: &Record) {
    let page = page_size();
    let [before, behind, over] = record.guards;
    // SAFETY: inside the run or the area, as `obtain` laid it out; so for those below.
    unsafe { guard::remove(object.sub(page), page, before) };
    // SAFETY: as above.
    unsafe { guard::remove(object.add(record.body), page, behind) };
    // SAFETY: as above.
    unsafe { guard::remove(object, record.body, over) };
    // SAFETY: as above.
    let start = unsafe { object.sub(record.front) };
    if record.is_area {
        areas::free(start);
    } else if let Some((arena, granule)) = registry::locate(start.addr().get()) {
        let number = registry::all().take_while(|other| other.base() != arena.base()).count();
        system::give_object(number, arena, granule);
    }
}
