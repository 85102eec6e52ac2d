//! Deallocation.

use core::ptr::NonNull;

use super::direct;
use super::locate::{Place, locate};
use crate::thread::magazines::give_one;
use crate::thread::registry::see_arena;
use crate::thread::{current, current_or_born, own, upkeep};

/// Frees an object; null does nothing. Stops the process where the pointer is recognised as none of ours.
///
/// Cost on a hit: 16 instructions with its return in `free` on x86-64, no lock, no loop, no call (`make hot`). The
/// object is not touched.
///
/// # Safety
///
/// - `object` is null or came from this heap, and nobody uses it any more.
#[inline(always)]
pub unsafe fn deallocate(object: *mut u8) {
    let block = current();
    if let Some(class) = block.class_index(object.addr()) {
        // SAFETY: null is no address of an arena, so it did not come here.
        let object = unsafe { NonNull::new_unchecked(object) };
        // SAFETY: the granule map holds class numbers and 0, whose magazine is always full; the block is this thread's
        // and the object the caller's to give up.
        if unsafe { block.push(class, object) } {
            return;
        }
    }
    deallocate_slow(object);
}

/// The magazine is full, the object has no magazine class, the thread has no block or does not know the arena this far.
#[cold]
#[inline(never)]
fn deallocate_slow(object: *mut u8) {
    let Some(object) = NonNull::new(object) else { return };
    match locate(object) {
        Ok(Place::Class(class)) => {
            let Some(block) = current_or_born() else { return give_one(class, object) };
            see_arena(block);
            if !block.push_apart(class, object) {
                block.spill(class, object);
                block.meter.freed();
            }
        }
        Ok(Place::Run { arena: (arena, number), start, .. }) => {
            direct::free_run(arena, number, start);
            count_direct();
            upkeep::look();
        }
        Ok(Place::Area { .. }) => {
            direct::free_area(object);
            count_direct();
        }
        Err(wrong) => wrong.stop(object),
    }
}

/// Counts a free past the magazines, in an instrumented build; a thread without a block counts nothing.
fn count_direct() {
    if let Some(block) = own() {
        block.meter.freed();
    }
}
