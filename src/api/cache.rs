//! Object caches with a type: objects that stay constructed while they are free (Bonwick 1994, §2; Bonwick & Adams
//! 2001, §3).
//!
//! # Why no safe use is undefined
//!
//! - *`new`, `try_new`, `CacheBuilder`.* The constructor is called through a pointer to the factory, which lies in
//!   memory of the heap that is given back only after `heap::objects::destroy` said that no slab of the cache is left
//!   and no callback of it runs; where it says otherwise the factory stays for ever (K2). It is called by several
//!   threads at once, by threads other than the one that made it, and lastly dropped by another: it is `Send + Sync +
//!   'static`. Types without size, of more than 4 MiB, or aligned beyond 16 KiB are refused; others get places of their
//!   size and alignment. A panic in a callback ends the process, as in every `extern "C"` function, so none passes
//!   through the layers below.
//! - *`alloc`.* An object of a magazine was constructed when it was cut, since `construct` writes the value before it
//!   reports success, and objects of failed constructors go back raw. It is one thread's alone: magazines hold an
//!   object once, and move between threads under locks, or with the thread's block under its certificate. So a value
//!   may be made by one thread, used by another and dropped by a third: `T: Send`, asked for by whoever creates a
//!   cache, and `T: 'static`, since a cache that is forgotten keeps its objects, and drops them whenever memory is
//!   short.
//! - *`Object`.* It is the one way to its object (B1). It borrows the cache, so the cache is not destroyed meanwhile.
//!   What is written through it stays in the cache for whoever comes next; so neither it nor the cache is covariant in
//!   `T`: a reference that lives for a while must not get into a cache of `&'static str`.
//! - *Forgotten and leaked objects.* They are objects that somebody has: `destroy` counts them and refuses, their
//!   memory stays theirs. Nothing relies on `Object::drop` being called.
//! - *A constructor, a destructor or a reclaim closure that uses the cache it belongs to.* Callbacks run with no lock
//!   held, and no magazine that is being filled is one that the thread's cells point to; what a nested call loaded is
//!   given to the slabs (`thread::magazines`, `Pair::load`). Such a use may recurse for ever or wait for itself, which
//!   is no undefined behaviour.
//! - *A cache that is dropped within a callback of its own* is refused its destruction, and stays as it is with its
//!   factory.
//! - *`reap`, `name`, `info`, `destroy`.* They read and move what the layers below guard by locks.

use core::ffi::{c_int, c_void};
use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, needs_drop};
use core::ptr::NonNull;

use super::error::CacheError;
use super::object::Object;
use crate::heap::{self, objects};
use crate::slab::object::{Callbacks, Name, ObjectCache as Record};

/// A cache of objects that stay constructed while they are free.
///
/// The constructor runs once on each object, when it is cut from its slab, and `T` is dropped once, when the slab goes
/// back to the buddy system. In between the object is allocated and freed any number of times, at the cost of `malloc`
/// and `free`; whoever gives it back leaves it in the state in which the next one wants to find it.
///
/// ```
/// use quarry::ObjectCache;
///
/// struct Request { line: String, fields: Vec<(String, String)> }
///
/// let requests = ObjectCache::new("request", || Request {
///     line: String::with_capacity(256),
///     fields: Vec::with_capacity(16),
/// })?;
/// let mut request = requests.alloc().expect("memory");
/// request.line.push_str("GET / HTTP/1.1");
/// request.line.clear(); // given back as it was found, with its capacity
/// drop(request);
/// assert!(requests.alloc().expect("memory").line.capacity() >= 256);
/// # Ok::<(), quarry::CacheError>(())
/// ```
///
/// The closures and `T`'s `Drop` must not wait for a lock that is held across an allocation, or across the dropping of
/// a cache; if they panic, the process ends. Dropping the cache drops all its objects. If some were leaked or
/// forgotten, a line on standard error says so, and the cache stays, closures included; so it does where it is dropped
/// within a closure or a `Drop` of its own. Up to 1,024 caches may exist.
///
/// Thread safety: any thread, several at once; objects may be freed by other threads than allocated them.
///
/// An object does not outlive its cache:
///
/// ```
/// # let make = || quarry::ObjectCache::new("numbers", || 7_u64).unwrap();
/// let cache = make();
/// let object = cache.alloc();
/// drop(object);
/// drop(cache);
/// ```
/// ```compile_fail,E0505
/// # let make = || quarry::ObjectCache::new("numbers", || 7_u64).unwrap();
/// let cache = make();
/// let object = cache.alloc();
/// drop(cache);
/// drop(object);
/// ```
///
/// Objects move between threads, so their type must:
///
/// ```
/// let cache = quarry::ObjectCache::new("counts", || std::sync::Arc::new(0));
/// ```
/// ```compile_fail,E0277
/// let cache = quarry::ObjectCache::new("counts", || std::rc::Rc::new(0));
/// ```
///
/// The cache calls its constructor from any thread and for as long as it likes:
///
/// ```
/// let seed = 7;
/// let cache = quarry::ObjectCache::new("seeds", move || seed);
/// ```
/// ```compile_fail,E0373
/// let seed = 7;
/// let cache = quarry::ObjectCache::new("seeds", || seed);
/// ```
/// ```compile_fail,E0277
/// let seed = std::cell::Cell::new(7);
/// let cache = quarry::ObjectCache::new("seeds", move || seed.get());
/// ```
///
/// What lives for a while does not get into a cache of what lives for ever:
///
/// ```
/// # let cache = quarry::ObjectCache::new("words", || "always").unwrap();
/// fn give<'a>(mut object: quarry::Object<'_, &'a str>, word: &'a str) { *object = word; }
/// give(cache.alloc().unwrap(), "for ever");
/// ```
/// ```compile_fail,E0716
/// # let cache = quarry::ObjectCache::new("words", || "always").unwrap();
/// fn give<'a>(mut object: quarry::Object<'_, &'a str>, word: &'a str) { *object = word; }
/// give(cache.alloc().unwrap(), &String::from("for a while"));
/// ```
///
/// # Invariants
///
/// - **K1** `record` is a live object cache whose objects are `T`s, and it is this value's alone.
/// - **K2** `factory` is a value that only the callbacks of `record` use, and that `release` drops and frees.
pub struct ObjectCache<T> {
    record: &'static Record,
    factory: NonNull<u8>,
    release: unsafe fn(NonNull<u8>),
    /// Owns `T`s, and is invariant in `T` (module, `Object`).
    objects: PhantomData<*mut T>,
}

// SAFETY: what another thread gets with the cache is its objects and its factory. A cache is made only by
// `CacheBuilder::try_build`, which asks for a factory that is Send, and of T this bound asks the same; the record is
// shared by all threads anyhow.
unsafe impl<T: Send> Send for ObjectCache<T> {}

// SAFETY: several threads that share the cache call its constructor at once, for which `try_build` asks that the
// factory be Sync, and take `T`s by value out of it and put them into it, each of which one thread has at a time (B1),
// in magazines and depots that are locked or the thread's own. So `T` need be Send, not Sync.
unsafe impl<T: Send> Sync for ObjectCache<T> {}

/// What the callbacks of a cache share.
struct Factory<F, R> {
    constructor: F,
    reclaim: Option<R>,
}

impl<T: Send + 'static> ObjectCache<T> {
    /// Creates a cache whose objects are what `constructor` returns.
    ///
    /// - `name`: 1 to 31 printable ASCII characters other than space, `"` and `\`, for `slabinfo`; it need not be
    ///   unique.
    ///
    /// Errors: [`CacheError`]. Cost: a lock and an allocation; the first objects are made by the first `alloc`.
    /// Source: Bonwick 1994, §2, `kmem_cache_create`.
    pub fn new<F>(name: &str, constructor: F) -> Result<ObjectCache<T>, CacheError>
    where
        F: Fn() -> T + Send + Sync + 'static,
    {
        CacheBuilder::new(name).build(constructor)
    }

    /// As [`ObjectCache::new`], with a constructor that may fail: then the allocation for which it ran is refused,
    /// unless other objects were made before it failed, and nothing is lost.
    ///
    /// ```
    /// let files = quarry::ObjectCache::try_new("file", || std::fs::File::open("/dev/null").ok())?;
    /// assert!(files.alloc().is_some());
    /// # Ok::<(), quarry::CacheError>(())
    /// ```
    pub fn try_new<F>(name: &str, constructor: F) -> Result<ObjectCache<T>, CacheError>
    where
        F: Fn() -> Option<T> + Send + Sync + 'static,
    {
        CacheBuilder::new(name).try_build(constructor)
    }
}

impl<T> ObjectCache<T> {
    /// Allocates an object: constructed, or as it was given back. `None` when memory is short or the constructor fails.
    ///
    /// Thread safety: any thread. Cost: as `malloc`. Source: Bonwick 1994, §2, `kmem_cache_alloc`.
    #[inline]
    pub fn alloc(&self) -> Option<Object<'_, T>> {
        let object = objects::allocate(self.record)?;
        // SAFETY: a constructed object of this cache, which is the caller's alone, and the cache is borrowed as long.
        Some(unsafe { Object::new(self.record, object.cast()) })
    }

    /// Gives back what the cache can spare: objects in this thread's magazines and in the depot go to their slabs; the
    /// objects of empty slabs are dropped, and the slabs go to the buddy system. Returns the bytes of the slabs that
    /// went.
    ///
    /// Thread safety: any thread; magazines of other threads are left to them. Source: Bonwick 1994, §3.4,
    /// `kmem_cache_reap`.
    pub fn reap(&self) -> usize {
        objects::reap(self.record)
    }

    /// Destroys the cache: all its objects are dropped. If some were leaked or forgotten it is returned as it was, and
    /// a line on standard error says how many and where the first ones are; also, without the line, within a callback
    /// of its own. Dropping the cache does the same.
    ///
    /// ```
    /// let cache = quarry::ObjectCache::new("number", || 7).unwrap();
    /// let leaked = quarry::Object::into_raw(cache.alloc().unwrap());
    /// let cache = cache.destroy().unwrap_err();
    /// // SAFETY: taken out above, of this cache.
    /// drop(unsafe { quarry::Object::from_raw(&cache, leaked) });
    /// assert!(cache.destroy().is_ok());
    /// ```
    pub fn destroy(self) -> Result<(), ObjectCache<T>> {
        let cache = ManuallyDrop::new(self);
        if cache.destroy_in_place() { Ok(()) } else { Err(ManuallyDrop::into_inner(cache)) }
    }

    /// Destroys the cache unless that is refused; then nothing has changed. It is used no more after `true`.
    fn destroy_in_place(&self) -> bool {
        let destroyed = objects::destroy(self.record).is_ok();
        if destroyed {
            // SAFETY: the record is destroyed, so no callback runs or will run: the factory is this value's alone (K2).
            unsafe { (self.release)(self.factory) };
        }
        destroyed
    }

    /// Returns the record, for `Object` and the figures.
    pub(super) fn record(&self) -> &'static Record {
        self.record
    }
}

impl<T> Drop for ObjectCache<T> {
    fn drop(&mut self) {
        self.destroy_in_place();
    }
}

impl<T> fmt::Debug for ObjectCache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectCache").field("name", &self.record.name().text()).finish_non_exhaustive()
    }
}

/// How a cache is to be made, beyond name and constructor.
///
/// ```
/// use quarry::CacheBuilder;
/// use std::sync::Mutex;
///
/// static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
///
/// let buffers = CacheBuilder::new("buffer")
///     .reclaim(|| if let Ok(mut spare) = SPARE.try_lock() { spare.clear() })
///     .uncoloured()
///     .build(|| [0_u8; 1500])?;
/// assert_eq!(buffers.alloc().unwrap()[1499], 0);
/// # Ok::<(), quarry::CacheError>(())
/// ```
#[derive(Debug)]
pub struct CacheBuilder<'n, R = fn()> {
    name: &'n str,
    coloured: bool,
    reclaim: Option<R>,
}

impl<'n> CacheBuilder<'n> {
    /// Returns what makes a cache of this name, with colours and without a reclaim closure.
    pub fn new(name: &'n str) -> CacheBuilder<'n> {
        CacheBuilder { name, coloured: true, reclaim: None }
    }

    /// Has `reclaim` called when memory is short: it gives back what of the cache's objects and of other memory can be
    /// spared. It runs in any thread, in the middle of an allocation: what another thread may hold, it tries to lock.
    pub fn reclaim<R>(self, reclaim: R) -> CacheBuilder<'n, R>
    where
        R: Fn() + Send + Sync + 'static,
    {
        CacheBuilder { name: self.name, coloured: self.coloured, reclaim: Some(reclaim) }
    }
}

impl<R> CacheBuilder<'_, R> {
    /// Lets objects lie at the same offsets in every slab, instead of spreading them over the lines of the processor's
    /// cache (Bonwick 1994, §4).
    pub fn uncoloured(self) -> Self {
        CacheBuilder { coloured: false, ..self }
    }

    /// Creates the cache, as [`ObjectCache::new`].
    pub fn build<T, F>(self, constructor: F) -> Result<ObjectCache<T>, CacheError>
    where
        T: Send + 'static,
        F: Fn() -> T + Send + Sync + 'static,
        R: Fn() + Send + Sync + 'static,
    {
        self.try_build(move || Some(constructor()))
    }

    /// Creates the cache, as [`ObjectCache::try_new`].
    pub fn try_build<T, F>(self, constructor: F) -> Result<ObjectCache<T>, CacheError>
    where
        T: Send + 'static,
        F: Fn() -> Option<T> + Send + Sync + 'static,
        R: Fn() + Send + Sync + 'static,
    {
        let name = Name::new(self.name.as_bytes()).ok_or(CacheError::BadName)?;
        let reclaim = self.reclaim.is_some().then_some(reclaim::<F, R> as _);
        let factory = keep(Factory { constructor, reclaim: self.reclaim })?;
        let callbacks = Callbacks {
            constructor: Some(construct::<T, F, R>),
            destructor: needs_drop::<T>().then_some(destruct::<T> as _),
            reclaim,
            arg: factory.as_ptr().cast(),
        };
        match objects::create(name, size_of::<T>(), align_of::<T>(), callbacks, self.coloured) {
            Ok(record) => {
                let factory = factory.cast();
                Ok(ObjectCache { record, factory, release: release::<Factory<F, R>>, objects: PhantomData })
            }
            Err(refusal) => {
                // SAFETY: kept above, and nobody was told of it.
                unsafe { release::<Factory<F, R>>(factory.cast()) };
                Err(refusal.into())
            }
        }
    }
}

/// Moves a value into memory of the heap.
fn keep<V>(value: V) -> Result<NonNull<V>, CacheError> {
    if size_of::<V>() == 0 {
        core::mem::forget(value);
        return Ok(NonNull::dangling());
    }
    let place = NonNull::new(heap::allocate_sized(size_of::<V>(), align_of::<V>())).ok_or(CacheError::Memory)?.cast();
    // SAFETY: new memory of the size and alignment of `V`.
    unsafe { place.write(value) };
    Ok(place)
}

/// Drops what `keep` kept, and frees its memory.
///
/// # Safety
///
/// - `value` came from `keep::<V>`, and nobody uses it any more.
unsafe fn release<V>(value: NonNull<u8>) {
    // SAFETY: a `V` that is the caller's alone.
    unsafe { value.cast::<V>().drop_in_place() };
    if size_of::<V>() != 0 {
        // SAFETY: memory from `keep` with this layout.
        unsafe { heap::deallocate_sized(value, size_of::<V>(), align_of::<V>()) };
    }
}

/// The constructor of a cache's objects.
///
/// # Safety
///
/// - `object` is a free place for a `T`; `arg` is the `Factory<F, R>` of the cache.
unsafe extern "C" fn construct<T, F: Fn() -> Option<T>, R>(object: *mut c_void, arg: *mut c_void) -> c_int {
    // SAFETY: the caller's factory, which is shared and lives while callbacks run (K2).
    let factory = unsafe { &*arg.cast::<Factory<F, R>>() };
    let Some(value) = (factory.constructor)() else { return 1 };
    // SAFETY: the caller's place.
    unsafe { object.cast::<T>().write(value) };
    0
}

/// The destructor of a cache's objects.
///
/// # Safety
///
/// - `object` is a `T` that nobody uses any more.
unsafe extern "C" fn destruct<T>(object: *mut c_void, _arg: *mut c_void) {
    // SAFETY: the caller's object.
    unsafe { object.cast::<T>().drop_in_place() };
}

/// The reclaim callback of a cache.
///
/// # Safety
///
/// - `arg` is the `Factory<F, R>` of the cache.
unsafe extern "C" fn reclaim<F, R: Fn()>(arg: *mut c_void) {
    // SAFETY: the caller's factory, which is shared and lives while callbacks run (K2).
    let factory = unsafe { &*arg.cast::<Factory<F, R>>() };
    if let Some(reclaim) = &factory.reclaim {
        reclaim();
    }
}
