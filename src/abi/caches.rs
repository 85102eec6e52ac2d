//! Object caches. Documented in `include/quarry.h`.

use core::ffi::{CStr, c_char, c_int, c_uint, c_void};
use core::ptr::{self, NonNull};

use crate::heap::objects::{self, NotCreated, NotDestroyed};
use crate::os::errno;
use crate::slab::object::{Callbacks, Constructor, Destructor, Name, ObjectCache, Reclaim};

/// QUARRY_CACHE_NOCOLOUR.
const NO_COLOUR: c_uint = 1;

/// Refuses: NULL and errno.
#[cold]
#[inline(never)]
fn refuse<T>(error: c_int) -> *mut T {
    errno::set(error);
    ptr::null_mut()
}

/// Creates a cache.
///
/// # Safety
///
/// - `name` is a C string or null; the callbacks keep to the header's contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_cache_create(
    name: *const c_char,
    size: usize,
    align: usize,
    constructor: Option<Constructor>,
    destructor: Option<Destructor>,
    reclaim: Option<Reclaim>,
    arg: *mut c_void,
    flags: c_uint,
) -> *mut ObjectCache {
    if name.is_null() || flags & !NO_COLOUR != 0 {
        return refuse(libc::EINVAL);
    }
    // SAFETY: the caller's C string.
    let Some(name) = Name::new(unsafe { CStr::from_ptr(name) }.to_bytes()) else { return refuse(libc::EINVAL) };
    let callbacks = Callbacks { constructor, destructor, reclaim, arg };
    match objects::create(name, size, align, callbacks, flags & NO_COLOUR == 0) {
        Ok(cache) => ptr::from_ref(cache).cast_mut(),
        Err(NotCreated::BadShape) => refuse(libc::EINVAL),
        Err(NotCreated::TooMany) => refuse(libc::EAGAIN),
        Err(NotCreated::Memory) => refuse(libc::ENOMEM),
    }
}

/// Allocates a constructed object.
///
/// # Safety
///
/// - `cache` is a cache.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_cache_alloc(cache: *mut ObjectCache) -> *mut c_void {
    // SAFETY: the caller's cache; records of caches live as long as the process.
    match objects::allocate_hot(unsafe { &*cache }) {
        Some(object) => object.as_ptr().cast(),
        // SAFETY: as above.
        None => allocate_slow(unsafe { &*cache }),
    }
}

/// The miss of `quarry_cache_alloc`; also decides errno.
#[cold]
#[inline(never)]
extern "C" fn allocate_slow(cache: &ObjectCache) -> *mut c_void {
    match objects::allocate_slow(cache) {
        Some(object) => object.as_ptr().cast(),
        None => refuse(libc::ENOMEM),
    }
}

/// Frees an object.
///
/// # Safety
///
/// - `cache` is a cache, and `object` null or an object of it, constructed, that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_cache_free(cache: *mut ObjectCache, object: *mut c_void) {
    if let Some(object) = NonNull::new(object.cast()) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { objects::deallocate(&*cache, object) };
    }
}

/// Allocates `count` objects, all or none.
///
/// # Safety
///
/// - `cache` is a cache, and `objects` has room for `count` pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_cache_alloc_bulk(
    cache: *mut ObjectCache,
    count: usize,
    objects: *mut *mut c_void,
) -> usize {
    // SAFETY: the caller's cache; records of caches live as long as the process.
    let cache = unsafe { &*cache };
    for done in 0..count {
        let Some(object) = objects::allocate(cache) else {
            // SAFETY: the first `done` places hold objects of the cache, written below.
            unsafe { free_all(cache, done, objects) };
            errno::set(libc::ENOMEM);
            return 0;
        };
        // SAFETY: `done` is below `count`, for which the caller has room.
        unsafe { objects.add(done).write(object.as_ptr().cast()) };
    }
    count
}

/// Frees `count` objects.
///
/// # Safety
///
/// - As for `quarry_cache_free`, of each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_cache_free_bulk(cache: *mut ObjectCache, count: usize, objects: *const *mut c_void) {
    // SAFETY: the caller's promise is the callee's.
    unsafe { free_all(&*cache, count, objects) };
}

/// # Safety
///
/// - As for `quarry_cache_free_bulk`.
unsafe fn free_all(cache: &ObjectCache, count: usize, objects: *const *mut c_void) {
    for index in 0..count {
        // SAFETY: the caller's array.
        let object = unsafe { objects.add(index).read() };
        if let Some(object) = NonNull::new(object.cast()) {
            // SAFETY: the caller's promise is the callee's.
            unsafe { objects::deallocate(cache, object) };
        }
    }
}

/// Gives back what the cache can spare; returns the bytes of slabs that went to the buddy.
///
/// # Safety
///
/// - `cache` is a cache.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_cache_reap(cache: *mut ObjectCache) -> usize {
    // SAFETY: the caller's cache.
    objects::reap(unsafe { &*cache })
}

/// Destroys a cache: 0, or -1 and EBUSY.
///
/// # Safety
///
/// - `cache` is a cache on which no other call runs or will come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_cache_destroy(cache: *mut ObjectCache) -> c_int {
    // SAFETY: the caller's cache.
    match objects::destroy(unsafe { &*cache }) {
        Ok(()) => 0,
        Err(NotDestroyed::Live | NotDestroyed::InCallback) => {
            errno::set(libc::EBUSY);
            -1
        }
    }
}
