//! Deallocation.

use core::ptr::NonNull;

use super::direct;
use super::locate::{Place, locate};
use crate::base::Class;
use crate::guard;
use crate::report::Misuse;
use crate::slab::{marks, tell};
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
    if guard::free(object, None) {
        return count_direct();
    }
    if marks::are_kept()
        && let Some(block) = own()
        && let Some(class) = block.class_index(object.addr().get()).and_then(Class::from_index)
        && class.is_slab_size()
        && block.free_marked(class, object)
    {
        block.meter.freed();
        return;
    }
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
        Err(wrong) => wrong.stop_unless_ignored(object),
    }
}

/// As `deallocate`, told the size that was asked for. On a miss, so in hardened and checked mode always, stops the
/// process where the object cannot have it.
///
/// # Safety
///
/// - As for `deallocate`.
#[inline]
pub unsafe fn deallocate_told(object: *mut u8, size: usize) {
    let block = current();
    if let Some(index) = block.class_index(object.addr()) {
        // SAFETY: null is no address of an arena, so it did not come here.
        let object = unsafe { NonNull::new_unchecked(object) };
        // SAFETY: as in `deallocate`.
        if unsafe { block.push(index, object) } {
            return;
        }
    }
    check_size(object, size);
    deallocate_slow(object);
}

/// Stops the process if there is an object and it has fewer bytes than `size`.
#[cold]
#[inline(never)]
fn check_size(object: *mut u8, size: usize) {
    let Some(object) = NonNull::new(object) else { return };
    match guard::size_of(object) {
        Some(asked) if asked == size => {}
        // Does not return.
        Some(_) => drop(guard::free(object, Some((size, Misuse::WrongSize)))),
        None => {
            if locate(object).is_ok_and(|place| size > place.size()) {
                tell::stop(Misuse::WrongSize, object, None);
            }
        }
    }
}

/// Counts a free past the magazines, in an instrumented build; a thread without a block counts nothing.
fn count_direct() {
    if let Some(block) = own() {
        block.meter.freed();
    }
}
