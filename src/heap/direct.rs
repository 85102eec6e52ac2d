//! What is larger than a class, or aligned beyond a granule: runs straight from the buddy, and memory areas of their
//! own.

use core::ptr::NonNull;

use crate::arena::{Arena, areas};
use crate::base::class::RUN_MAX;
use crate::base::{GRANULE, GranuleCount, GranuleIndex, MAX_ORDER, Order};
use crate::buddy::{limit, system};
use crate::report::Misuse;
use crate::slab::tell;
use crate::thread::magazines::Obtained;

/// The largest alignment served by the buddy, whose runs are aligned to their power of two: an alignment splits a run
/// of at least that size, so beyond this an area of its own wastes less.
const LARGEST_ALIGN: usize = 4 << 20;
/// The largest run.
pub(super) const LARGEST_RUN: usize = GRANULE << MAX_ORDER;

/// Returns the usable size of what `allocate(size, …)` gives: whole granules.
pub fn good_size(size: usize) -> usize {
    size.checked_next_multiple_of(GRANULE).unwrap_or(size)
}

/// Returns `size` bytes aligned to `align`, a power of two, as a run or an area. `None` when memory is short or `size`
/// is above `isize::MAX`.
pub fn allocate(size: usize, align: usize) -> Option<Obtained> {
    if size <= LARGEST_RUN
        && align <= LARGEST_ALIGN
        && let Some(obtained) = allocate_run(size, align)
    {
        return Some(obtained);
    }
    // Whole granules, so that the usable size does not depend on where there was room.
    let object = map_area(good_size(size), align)?;
    Some(Obtained { object, zero: true })
}

/// Least room, in sizes, that an object beyond the classes has to itself where it grows: address space, not memory. With
/// half of it five buffers that grow in turn to 64 MiB take a third more page faults.
const ROOM: usize = 16;

/// As `allocate`, for an object that has grown and may grow again: at the start of a free run many times as long, so
/// that two that grow side by side do not stand in each other's way; else of one as long as the next power of two.
pub fn allocate_to_grow(size: usize) -> Option<Obtained> {
    let whole = size.checked_next_power_of_two().filter(|_| size <= LARGEST_RUN);
    whole
        .and_then(|whole| allocate_roomy(size, whole * ROOM).or_else(|| allocate_roomy(size, whole)))
        .or_else(|| allocate(size, 16))
}

/// Returns `size` bytes at the start of a free run of `room` bytes, a power of two, if there is one.
fn allocate_roomy(size: usize, room: usize) -> Option<Obtained> {
    let count = GranuleCount::holding(size)?;
    let room = Order::fitting(GranuleCount::holding(room)?)?;
    let (object, zero) = system::take_object_roomy(count, room)?;
    Some(Obtained { object, zero })
}

/// Growths in a row after which an object gets room to double twice.
const MANY_IN_A_ROW: u32 = 6;

/// Returns the bytes that an object of `size` bytes gets that grew some `times` in a row and will grow again: room to
/// double, or after more growths to double twice. What the program does not touch of it needs no memory.
pub fn size_with_room(size: usize, times: u32) -> usize {
    let ahead = if times >= MANY_IN_A_ROW { 2 * size } else { size };
    size.max((ahead + 1).next_power_of_two().min(RUN_MAX))
}

/// As `allocate_to_grow`, with room (`size_with_room`), for sizes up to the largest class: as a run of no class, so that
/// it grows in place by whole granules, a quarter of what is free there.
pub fn allocate_with_room(size: usize, times: u32) -> Option<Obtained> {
    let room = size_with_room(size, times);
    allocate_roomy(room, room * 4).or_else(|| allocate_run(room, 1))
}

/// Returns whole pages, `size` bytes aligned to `align`, a power of two of whole pages, as a run or an area. A run
/// wherever an arena has one: what the alignment splits off serves others. `None` as `allocate`.
pub fn allocate_pages(size: usize, align: usize) -> Option<Obtained> {
    let run = if size <= LARGEST_RUN { allocate_run(size, align) } else { None };
    run.or_else(|| Some(Obtained { object: map_area(size, align)?, zero: true }))
}

/// Maps an area as `areas::allocate` does, within the limit.
pub(super) fn map_area(size: usize, align: usize) -> Option<NonNull<u8>> {
    let object = areas::allocate(size, align)?;
    if !limit::allows(0) {
        areas::free(object);
        return None;
    }
    Some(object)
}

/// Resizes an area as `areas::resize` does, within the limit.
pub(super) fn resize_area(object: NonNull<u8>, size: usize, align: usize) -> Option<NonNull<u8>> {
    let grows = size.saturating_sub(areas::length_of(object)?);
    if grows > 0 && !limit::allows(grows) {
        return None;
    }
    areas::resize(object, size, align)
}

fn allocate_run(size: usize, align: usize) -> Option<Obtained> {
    let count = GranuleCount::holding(size.max(1))?;
    let align = Order::fitting(GranuleCount::holding(align)?)?;
    let (object, zero) = system::take_object(count, align)?;
    Some(Obtained { object, zero })
}

/// As `allocate`, as a run, from what is at hand: does not wait and does not enter the kernel.
pub fn allocate_at_hand(size: usize, align: usize) -> Option<Obtained> {
    let count = GranuleCount::holding(size.max(1)).filter(|_| size <= LARGEST_RUN)?;
    let align = Order::fitting(GranuleCount::holding(align)?)?;
    let (object, zero) = system::at_hand()?.take_object(count, align)?;
    Some(Obtained { object, zero })
}

/// Frees a run that holds one object.
pub fn free_run(arena: Arena, number: usize, start: GranuleIndex) {
    if !system::give_object(number, arena, start) {
        tell::stop(Misuse::DoubleFree, arena.address_of(start), None);
    }
}

/// Frees a memory area of its own.
pub fn free_area(object: NonNull<u8>) {
    if !areas::free(object) {
        tell::stop(Misuse::DoubleFree, object, None);
    }
}
