//! An object of a cache, owned.
//!
//! # Why no safe use is undefined
//!
//! An `Object` is made of a constructed object that nobody else has (B1), and it alone gives the object back, once,
//! when it is dropped. `deref` and `deref_mut` lend it as a box lends what it holds. `leak` and `into_raw` forget the
//! `Object`, after which the memory stays the object's: the cache cannot be destroyed. `from_raw` is unsafe.

use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::cache::ObjectCache;
use crate::heap::objects;
use crate::slab::object::ObjectCache as Record;

/// An object of an [`ObjectCache`], which goes back to it when this is dropped: still constructed, its `Drop` not run.
///
/// ```
/// let cache = quarry::ObjectCache::new("buffer", || Vec::<u8>::with_capacity(100))?;
/// let mut buffer = cache.alloc().expect("memory");
/// buffer.extend_from_slice(b"what the next user of the object would find");
/// buffer.clear();
/// # Ok::<(), quarry::CacheError>(())
/// ```
///
/// Thread safety: it may go to another thread if `T` may, and be shared if `T` may. Cost of dropping it: as `free`.
///
/// # Invariants
///
/// - **B1** `object` is a constructed object of the cache behind `record`, and this value has it alone.
pub struct Object<'a, T> {
    object: NonNull<T>,
    record: &'static Record,
    /// Borrows the cache, and the object in it like a mutable reference: invariant in `T`.
    borrow: PhantomData<&'a mut T>,
}

// SAFETY: an object is a `T` that this value has alone (B1), so to send it is to send a `T`, now and to whoever takes
// it out of the cache later; giving it back touches the magazines of the thread that does.
unsafe impl<T: Send> Send for Object<'_, T> {}

// SAFETY: sharing an `Object` gives shared access to its `T` and to nothing else.
unsafe impl<T: Sync> Sync for Object<'_, T> {}

impl<'a, T> Object<'a, T> {
    /// # Safety
    ///
    /// - `object` is a constructed object of the cache behind `record`, it is passed on alone, and the cache is not
    ///   destroyed for `'a`.
    #[inline]
    pub(super) unsafe fn new(record: &'static Record, object: NonNull<T>) -> Object<'a, T> {
        Object { object, record, borrow: PhantomData }
    }

    /// Lets the object go without giving it back: it lives as long as the cache, which then cannot be destroyed.
    ///
    /// ```
    /// let cache = quarry::ObjectCache::new("leaked", || 7)?;
    /// let number: &mut i32 = quarry::Object::leak(cache.alloc().expect("memory"));
    /// *number += 1;
    /// # Ok::<(), quarry::CacheError>(())
    /// ```
    pub fn leak(object: Object<'a, T>) -> &'a mut T {
        let mut object = Object::into_raw(object);
        // SAFETY: an object that was this value's alone (B1) and now is the reference's; the cache is borrowed for
        // `'a`.
        unsafe { object.as_mut() }
    }

    /// Lets the object go as a pointer, for [`Object::from_raw`].
    pub fn into_raw(object: Object<'a, T>) -> NonNull<T> {
        ManuallyDrop::new(object).object
    }

    /// Takes an object in again.
    ///
    /// # Safety
    ///
    /// - `object` came from [`Object::into_raw`] or [`Object::leak`] of an object of `cache`, is in use nowhere else,
    ///   and was not taken in again already.
    pub unsafe fn from_raw(cache: &'a ObjectCache<T>, object: NonNull<T>) -> Object<'a, T> {
        // SAFETY: the caller's object; the cache is borrowed for `'a`.
        unsafe { Object::new(cache.record(), object) }
    }
}

impl<T> Drop for Object<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this value's object (B1), which is given up here; that it is in its constructed state is what a `T`
        // is.
        unsafe { objects::deallocate(self.record, self.object.cast()) };
    }
}

impl<T> Deref for Object<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a constructed object that this value has alone (B1) and that is borrowed with it.
        unsafe { self.object.as_ref() }
    }
}

impl<T> DerefMut for Object<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`.
        unsafe { self.object.as_mut() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Object<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
