//! Object caches (Bonwick 1994; Bonwick & Adams 2001): created, used, reaped, destroyed. What they do is done by the
//! layers that serve every class.

use core::ptr::NonNull;

use super::allocate::or_reap;
use super::load;
use crate::base::class::RUN_MAX;
use crate::base::{GRANULE, Shape};
use crate::depot::depot_of;
use crate::report::write::{Descriptor, Writer};
use crate::slab::cache::{Occupancy, cache_of};
use crate::slab::object::{self, Callbacks, Name, ObjectCache, first_in_use, stop_destroyed};
use crate::thread::block::{NOWHERE, place_of};
use crate::thread::magazines::{give_one, take_one};
use crate::thread::{current, current_or_born, own, registry, sweep, upkeep};

/// The largest object.
pub const LARGEST: usize = RUN_MAX;
/// The largest alignment: slabs start on granules.
pub const LARGEST_ALIGN: usize = GRANULE;
/// The least alignment, and the step of sizes.
const LEAST_ALIGN: usize = 8;
/// Addresses that a refused destruction tells.
const TOLD: usize = 3;

/// Why a cache cannot be created.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotCreated {
    /// The size is 0 or above `LARGEST`, or the alignment is no power of two or above `LARGEST_ALIGN`.
    BadShape,
    /// There are `OBJECT_CACHES` of them.
    TooMany,
    /// No memory for the first arena.
    Memory,
}

/// Why a cache cannot be destroyed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotDestroyed {
    /// Objects are out; a line on standard error says how many and where the first ones are.
    Live,
    /// The caller is in a callback of this cache, or between the handlers of a fork.
    InCallback,
}

/// Creates a cache of objects of `size` bytes aligned to `align` (0: to 8, and to 16 from 16 bytes on).
pub fn create(
    name: Name,
    size: usize,
    align: usize,
    callbacks: Callbacks,
    coloured: bool,
) -> Result<&'static ObjectCache, NotCreated> {
    let usual = if size < 16 { LEAST_ALIGN } else { 16 };
    let align = if align == 0 { usual } else { align };
    if size == 0 || size > LARGEST || !align.is_power_of_two() || align > LARGEST_ALIGN {
        return Err(NotCreated::BadShape);
    }
    let align = align.max(LEAST_ALIGN);
    load::ready().ok_or(NotCreated::Memory)?;
    let shape = Shape::of_slab(size.next_multiple_of(align));
    let shape = if coloured { shape.coloured(align) } else { shape };
    let cache = object::reserve(name, size, callbacks, shape).ok_or(NotCreated::TooMany)?;
    cache.publish(place_of(cache.class()));
    Ok(cache)
}

/// Allocates an object if the thread's loaded magazine has one; `None` is no refusal but a reason to call
/// `allocate_slow`.
///
/// Cost: as `heap::allocate_hot`, no lock, no loop, no call (`make hot`).
#[inline(always)]
pub fn allocate_hot(cache: &ObjectCache) -> Option<NonNull<u8>> {
    // SAFETY: a cache's place is one of `place_of` or `NOWHERE`, and `current` is this thread's block.
    unsafe { current().pop_object(cache.place()) }
}

/// The magazine is empty, or the thread has no magazines for this cache: `None` when memory is short or the constructor
/// fails.
#[cold]
#[inline(never)]
pub fn allocate_slow(cache: &ObjectCache) -> Option<NonNull<u8>> {
    if !cache.is_live() {
        stop_destroyed(cache);
    }
    let class = cache.class();
    let obtained = cache.in_call(|| match current_or_born() {
        Some(block) => block.in_call(|| or_reap(|| block.refill(class))),
        None => or_reap(|| take_one(class)),
    });
    let object = obtained.ok().map(|obtained| obtained.object);
    object.inspect(|_| own().into_iter().for_each(|block| block.meter.allocated()))
}

/// Allocates a constructed object; `None` when memory is short or the constructor fails.
#[inline]
pub fn allocate(cache: &ObjectCache) -> Option<NonNull<u8>> {
    allocate_hot(cache).or_else(|| allocate_slow(cache))
}

/// Frees an object into its cache. Stops the process where it cannot be the cache's: at the latest when the magazine is
/// drained.
///
/// Cost on a hit: as `heap::deallocate`. The object is not touched.
///
/// # Safety
///
/// - `object` came from `cache`, is in its constructed state, and nobody uses it any more.
#[inline(always)]
pub unsafe fn deallocate(cache: &ObjectCache, object: NonNull<u8>) {
    // SAFETY: as in `allocate_hot`; the object is the caller's to give up.
    if !unsafe { current().push_object(cache.place(), object) } {
        deallocate_slow(cache, object);
    }
}

/// The magazine is full, or the thread has no magazines for this cache.
#[cold]
#[inline(never)]
fn deallocate_slow(cache: &ObjectCache, object: NonNull<u8>) {
    if !cache.is_live() {
        stop_destroyed(cache);
    }
    cache.in_call(|| match current_or_born() {
        Some(block) => {
            block.in_call(|| block.spill(cache.class(), object));
            block.meter.freed();
        }
        None => give_one(cache.class(), object),
    });
}

/// Gives back what the cache can spare: the caller's magazines and the depot's, and empty slabs to the buddy. Returns
/// the bytes of the slabs.
pub fn reap(cache: &ObjectCache) -> usize {
    if !cache.is_live() {
        stop_destroyed(cache);
    }
    let class = cache.class();
    let Some(block) = own() else { return cache.in_call(|| upkeep::reap_object(class)) };
    cache.in_call(|| {
        block.in_call(|| {
            block.drain(core::iter::once(class));
            upkeep::reap_object(class)
        })
    })
}

/// Destroys a cache: all its objects are destructed, its slabs go to the buddy.
pub fn destroy(cache: &ObjectCache) -> Result<(), NotDestroyed> {
    // The sweep keeps others off. This thread may have it: a callback of one cache destroys another.
    let _sweep = if sweep::is_here() { None } else { Some(sweep::begin().ok_or(NotDestroyed::InCallback)?) };
    if cache.is_in_call() {
        return Err(NotDestroyed::InCallback);
    }
    if !cache.doom(NOWHERE) {
        stop_destroyed(cache);
    }
    let class = cache.class();
    registry::withdraw(class);
    upkeep::reap_object(class);
    let Occupancy { live, full, partial, empty, .. } = cache_of(class).lock().occupancy();
    if live > 0 {
        tell_live(cache, live);
    }
    if live + full + partial + empty > 0 {
        cache.publish(place_of(class));
        // Without live objects a slab is being destructed: by a callback that goes on in the child of a fork.
        return Err(if live > 0 { NotDestroyed::Live } else { NotDestroyed::InCallback });
    }
    debug_assert!(depot_of(class).lock().figures().0 == 0, "the depot was reaped");
    cache.vacate();
    Ok(())
}

/// Says how many objects of a cache are out, and where the first ones are.
#[cold]
fn tell_live(cache: &ObjectCache, live: usize) {
    let mut first = [0; TOLD];
    first_in_use(cache.class(), &mut first);
    let name = cache.name();
    let mut sink = Descriptor(2);
    let mut out = Writer::new(&mut sink);
    out.text("quarry: cache '").text(name.text()).text("' cannot be destroyed: ").decimal(live as u64);
    out.text(if live == 1 { " object is live, at" } else { " objects are live, the first at" });
    for (index, &address) in first.iter().filter(|&&address| address != 0).enumerate() {
        out.text(if index == 0 { " " } else { ", " }).hex(address);
    }
    out.text("\n");
    out.finish();
}
