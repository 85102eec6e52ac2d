//! Shortage: the reclaim callbacks of object caches.

use crate::base::Class;
use crate::os::errno;
use crate::slab::object::object_of;
use crate::thread::sweep;

/// Calls the reclaim callback of every cache that has one, in the order in which the caches were numbered. Returns
/// whether there was any; false also from within a callback, which is not called by itself.
///
/// The caller holds no lock: callbacks allocate and free. What they free is in magazines and slabs afterwards, so the
/// caller reaps before he tries again.
#[cold]
pub fn run() -> bool {
    // A thread in a callback, and a cache that is being destroyed, have the sweep.
    let Some(_sweep) = sweep::begin() else { return false };
    let mut any = false;
    for cache in Class::objects().filter_map(object_of).filter(|cache| cache.is_live()) {
        let callbacks = cache.callbacks();
        if let Some(reclaim) = callbacks.reclaim {
            any = true;
            // SAFETY: the cache lives while the sweep is held; the callback is the program's word.
            errno::preserved(|| cache.in_call(|| unsafe { reclaim(callbacks.arg) }));
        }
    }
    any
}
