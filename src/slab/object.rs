//! What an object cache has beyond its class: a name, callbacks, a life. Its slabs, magazines and depot are those of
//! its class, as for every class.
//!
//! Callbacks run with no lock held: they may allocate. Objects are cut under the lock of the class and constructed
//! after it (`construct`); empty slabs are condemned under the lock and destructed after it (`settle`).

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use super::cache::{Room, cache_of};
use super::record::{Slab, unmark};
use crate::arena::{State, registry};
use crate::base::class::use_objects;
use crate::base::shape::set_object_shape;
use crate::base::{Class, GranuleIndex, OBJECT_CACHES, Shape};
use crate::os::errno;
use crate::report::{self, Misuse};
use crate::sync::meter::{LockFigures, modified};
use crate::sync::{Lock, Rank, lock};

/// Makes an object of raw memory; returns 0, or another number if it cannot.
pub type Constructor = unsafe extern "C" fn(object: *mut c_void, arg: *mut c_void) -> c_int;
/// Undoes the constructor.
pub type Destructor = unsafe extern "C" fn(object: *mut c_void, arg: *mut c_void);
/// Gives back what can be spared.
pub type Reclaim = unsafe extern "C" fn(arg: *mut c_void);

/// What is called on behalf of a cache, and with what.
#[derive(Clone, Copy)]
pub struct Callbacks {
    /// Runs once on each object, when it is cut.
    pub constructor: Option<Constructor>,
    /// Runs once on each constructed object, before its slab goes back.
    pub destructor: Option<Destructor>,
    /// Runs when memory is short.
    pub reclaim: Option<Reclaim>,
    /// Passed to all three.
    pub arg: *mut c_void,
}

/// Bytes of a name with its terminator.
const NAME_ROOM: usize = 32;

/// The name of a cache: 1 to 31 printable ASCII characters without space, `"` and `\`, then zeros.
#[derive(Clone, Copy)]
pub struct Name([u8; NAME_ROOM]);

impl Name {
    /// The name of nothing.
    pub const NONE: Name = Name([0; NAME_ROOM]);

    /// Returns the name, or `None` if it has another length or other characters.
    pub fn new(text: &[u8]) -> Option<Name> {
        let fits = (1..NAME_ROOM).contains(&text.len());
        let plain = text.iter().all(|&byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        let mut name = [0; NAME_ROOM];
        name.get_mut(..text.len())?.copy_from_slice(text);
        (fits && plain).then_some(Name(name))
    }

    /// Returns the characters with the zeros behind them.
    pub fn bytes(&self) -> &[u8; NAME_ROOM] {
        &self.0
    }

    /// Returns the name as text.
    pub fn text(&self) -> &str {
        let length = self.0.iter().position(|&byte| byte == 0).unwrap_or(0);
        self.0.get(..length).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or("")
    }
}

/// | state    | meaning                                  | who may leave it | to                                |
/// |----------|------------------------------------------|------------------|-----------------------------------|
/// | `VACANT` | the number is nobody's                   | `reserve`        | `MAKING`                          |
/// | `MAKING` | name, callbacks and shape are being set  | its maker        | `LIVE`; in a forked child `VACANT` |
/// | `LIVE`   | in use                                   | who destroys it  | `DYING`                           |
/// | `DYING`  | no call may come any more                | who destroys it  | `LIVE` (objects are out), `VACANT` |
const VACANT: u32 = 0;
const MAKING: u32 = 1;
const LIVE: u32 = 2;
const DYING: u32 = 3;

/// An object cache: what a handle points at.
///
/// # Invariants
///
/// - **O1** `callbacks`, `name` and `size` change only while the state is `MAKING`, by the maker.
/// - **O2** `bank` and `cells` say where a thread block keeps the magazines of this cache; once it is dying, that there
///   are none. Of a number that was never used they say nothing: nobody has its handle.
#[repr(C, align(128))]
pub struct ObjectCache {
    bank: AtomicU32,
    cells: AtomicU32,
    state: AtomicU32,
    /// Calls in progress that may run the callbacks of this cache, and sweeps that are at it.
    calls: AtomicU32,
    /// When the number became vacant, in destructions; the longest vacant is used first, so that a handle kept too long
    /// is told for a while.
    vacant_since: AtomicU32,
    /// Bytes of an object as it was asked for.
    size: AtomicUsize,
    callbacks: UnsafeCell<Callbacks>,
    name: UnsafeCell<Name>,
}

// SAFETY: the cells are written by the maker alone, before anybody has the cache's handle (O1), and read by those who
// have it or, in `name`, under the directory's lock; what the callbacks' argument points at is shared by the program's
// word.
unsafe impl Sync for ObjectCache {}

static OBJECTS: [ObjectCache; OBJECT_CACHES] = [const {
    ObjectCache {
        bank: AtomicU32::new(0),
        cells: AtomicU32::new(0),
        state: AtomicU32::new(VACANT),
        calls: AtomicU32::new(0),
        vacant_since: AtomicU32::new(0),
        size: AtomicUsize::new(0),
        callbacks: UnsafeCell::new(Callbacks {
            constructor: None,
            destructor: None,
            reclaim: None,
            arg: core::ptr::null_mut(),
        }),
        name: UnsafeCell::new(Name([0; NAME_ROOM])),
    }
}; OBJECT_CACHES];

/// Guards which numbers are vacant: how many were ever used, and how many caches were destroyed.
static DIRECTORY: Lock<{ Rank::Objects as u8 }, Directory> = Lock::new(Directory { used: 0, destroyed: 0 });

struct Directory {
    used: usize,
    destroyed: u32,
}

/// Vacant numbers that wait while new ones are taken: a handle of a destroyed cache is told at least until this many
/// further caches were created.
const WAITING: usize = 16;

/// Returns the object cache of a class, in whatever state; `None` for a size class.
pub fn object_of(class: Class) -> Option<&'static ObjectCache> {
    OBJECTS.get(class.object()?)
}

/// Takes a vacant number and sets name, size, callbacks and shape. `None` if there are as many caches as may be. The
/// cache lives from `publish` on.
pub fn reserve(name: Name, size: usize, callbacks: Callbacks, shape: Shape) -> Option<&'static ObjectCache> {
    let (number, cache) = {
        let mut directory = DIRECTORY.lock();
        let found = directory.find_vacant()?;
        let cache = OBJECTS.get(found)?;
        // Relaxed, as all states: they are changed under the lock, or by the one who has the cache to himself; others
        // only look whether to leave it alone.
        cache.state.store(MAKING, Ordering::Relaxed);
        directory.used = directory.used.max(found + 1);
        // SAFETY: the state is MAKING, by this thread (O1); readers of the name come with the lock, which is held.
        unsafe { cache.name.get().write(name) };
        // Under the lock, so that a fork, which holds it, meets the same classes when it gives their locks back.
        use_objects(found + 1);
        (found, cache)
    };
    // SAFETY: as above, and callbacks are read only of a live cache or by who destroys it.
    unsafe { cache.callbacks.get().write(callbacks) };
    // Relaxed: read by those who have the handle.
    cache.size.store(size, Ordering::Relaxed);
    set_object_shape(number, shape);
    if let Some(class) = Class::of_object(number) {
        let mut slabs = cache_of(class).lock();
        slabs.begin(class, callbacks.constructor.is_some(), callbacks.destructor.is_some());
    }
    Some(cache)
}

impl Directory {
    /// Returns a number that is nobody's: the longest vacant if enough wait, else one never used.
    fn find_vacant(&self) -> Option<usize> {
        // Relaxed: under the lock, all of them.
        let state_of = |cache: &ObjectCache| cache.state.load(Ordering::Relaxed);
        let vacant = || OBJECTS.iter().take(self.used).enumerate().filter(|(_, cache)| state_of(cache) == VACANT);
        let unused = (self.used < OBJECT_CACHES).then_some(self.used);
        if let Some(unused) = unused.filter(|_| vacant().nth(WAITING - 1).is_none()) {
            return Some(unused);
        }
        let age = |cache: &ObjectCache| self.destroyed.wrapping_sub(cache.vacant_since.load(Ordering::Relaxed));
        vacant().max_by_key(|(_, cache)| age(cache)).map(|(number, _)| number)
    }
}

impl ObjectCache {
    /// Returns the number of this cache.
    fn number(&self) -> usize {
        (core::ptr::from_ref(self).addr() - OBJECTS.as_ptr().addr()) / size_of::<ObjectCache>()
    }

    /// Returns the class of this cache.
    pub fn class(&self) -> Class {
        // A cache is an element of OBJECTS, so it has a class; the other only serves the compiler.
        Class::of_object(self.number()).unwrap_or(Class::FIRST)
    }

    /// Returns where a thread block keeps the magazines of this cache: the number of the bank and the offset in it.
    #[inline(always)]
    pub fn place(&self) -> (usize, usize) {
        // Relaxed: whoever has the handle got it after `publish`.
        (self.bank.load(Ordering::Relaxed) as usize, self.cells.load(Ordering::Relaxed) as usize)
    }

    /// Lets a reserved or dying cache live, its magazines at `place` in thread blocks.
    pub fn publish(&self, (bank, cells): (u32, u32)) {
        // Relaxed: see `place`.
        self.cells.store(cells, Ordering::Relaxed);
        // Relaxed: as above.
        self.bank.store(bank, Ordering::Relaxed);
        // Release: name, callbacks and shape are set. Pairs with the Acquire in `is_live`, for those who come without a
        // handle.
        self.state.store(LIVE, Ordering::Release);
    }

    /// Ends the life of a cache: calls on it find no magazine from now on, at `place` in thread blocks. False if it is
    /// not live.
    pub fn doom(&self, (bank, cells): (u32, u32)) -> bool {
        let _directory = DIRECTORY.lock();
        if !self.is_live() {
            return false;
        }
        // Relaxed, all three: by the program's word no other call runs; this is for those that come all the same.
        self.state.store(DYING, Ordering::Relaxed);
        // Relaxed: as above.
        self.bank.store(bank, Ordering::Relaxed);
        // Relaxed: as above.
        self.cells.store(cells, Ordering::Relaxed);
        true
    }

    /// Gives the number of a dying cache, which has no slab left, up.
    pub fn vacate(&self) {
        let mut directory = DIRECTORY.lock();
        directory.destroyed = directory.destroyed.wrapping_add(1);
        // Relaxed: read under the lock.
        self.vacant_since.store(directory.destroyed, Ordering::Relaxed);
        // Relaxed: see `reserve`.
        self.state.store(VACANT, Ordering::Relaxed);
    }

    /// Returns whether calls may come.
    pub fn is_live(&self) -> bool {
        // Acquire: pairs with the Release in `publish`.
        self.state.load(Ordering::Acquire) == LIVE
    }

    /// Runs `call`, which may run callbacks of this cache.
    pub fn in_call<T>(&self, call: impl FnOnce() -> T) -> T {
        let Callbacks { constructor, destructor, reclaim, .. } = self.callbacks();
        if constructor.is_none() && destructor.is_none() && reclaim.is_none() {
            return call();
        }
        // Relaxed, both: a thread that destroys the cache looks for its own calls; by the program's word there are no
        // others.
        self.calls.fetch_add(1, Ordering::Relaxed);
        let result = call();
        // Relaxed: as above.
        self.calls.fetch_sub(1, Ordering::Relaxed);
        modified(2);
        result
    }

    /// Returns whether a call is in progress that may run callbacks of this cache.
    pub fn is_in_call(&self) -> bool {
        // Relaxed: as in `in_call`.
        self.calls.load(Ordering::Relaxed) > 0
    }

    /// Returns the bytes of an object as they were asked for.
    pub fn size(&self) -> usize {
        // Relaxed: set before anybody had the cache.
        self.size.load(Ordering::Relaxed)
    }

    /// Returns the name, empty if the cache is not one any more.
    pub fn name(&self) -> Name {
        let _directory = DIRECTORY.lock();
        // Relaxed: under the lock.
        if matches!(self.state.load(Ordering::Relaxed), LIVE | DYING) {
            // SAFETY: written only under the lock (`reserve`), which is held.
            return unsafe { self.name.get().read() };
        }
        Name::NONE
    }

    /// Returns the name of a cache that is in use, for a report: without the directory's lock, which the caller may not
    /// wait for.
    pub fn name_in_use(&self) -> Name {
        // Relaxed: whoever reports an object of the cache got it after the cache was published.
        match self.state.load(Ordering::Relaxed) {
            // SAFETY: plain bytes, not written while the cache lives (O1).
            LIVE | DYING => unsafe { self.name.get().read_volatile() },
            _ => Name::NONE,
        }
    }

    /// Returns the address of the name, terminated: it stays as it is while the cache lives.
    pub fn name_pointer(&self) -> NonNull<u8> {
        NonNull::from(&self.name).cast()
    }

    /// Returns the callbacks.
    pub fn callbacks(&self) -> Callbacks {
        // SAFETY: not written while anybody has the cache (O1).
        unsafe { self.callbacks.get().read() }
    }
}

/// Constructs the objects of `room` that `hand_out` marked, lowest address first, and takes the marks off. After a
/// constructor failed, the rest goes back raw. Returns how many objects are left, which fill the last places of `room`.
pub fn construct(class: Class, room: Room<'_>) -> usize {
    let Some(Callbacks { constructor: Some(constructor), arg, .. }) = object_of(class).map(ObjectCache::callbacks)
    else {
        return room.len();
    };
    let (mut failed, mut left, last) = (false, 0, room.len());
    for at in (0..last).rev() {
        let Some(place) = room.get(at) else { break };
        // SAFETY: `hand_out` filled every place of the room.
        let marked = unsafe { place.assume_init() };
        let (object, is_raw) = unmark(marked);
        if is_raw {
            // SAFETY: raw memory of an object that nobody else has; the callback is the program's word.
            let call = || unsafe { constructor(object.as_ptr().cast(), arg) };
            failed = failed || errno::preserved(call) != 0;
            if failed {
                cache_of(class).lock().take_back_raw(marked);
                continue;
            }
        }
        left += 1;
        if let Some(place) = room.get_mut(last - left) {
            *place = MaybeUninit::new(object);
        }
    }
    left
}

/// Destructs the objects of condemned slabs and gives those to the buddy. Returns their bytes. The caller may be in a
/// call on this cache, or has all caches to himself (`heap::objects`).
pub fn settle(class: Class) -> usize {
    let Some(Callbacks { destructor: Some(destructor), arg, .. }) = object_of(class).map(ObjectCache::callbacks) else {
        return 0;
    };
    let mut bytes = 0;
    // Each turn dissolves a slab.
    loop {
        let Some(mut slab) = cache_of(class).lock().take_condemned() else { return bytes };
        let mut next = 0;
        // At most one turn per object. The lock is for those who look into slabs from outside (`heap::owns`), which the
        // destructor may do: so it runs with neither the lock nor a reference to the record.
        loop {
            let found = {
                let _slabs = cache_of(class).lock();
                // Raw before its destructor runs, so that a child that loses this thread does not destruct it again.
                // SAFETY: a condemned slab is whose who took it; the lock of the class is held.
                unsafe { slab.as_mut() }.unmake_from(next)
            };
            let Some((object, number)) = found else { break };
            // A free that comes here leaves errno as it was, whatever the callback does.
            // SAFETY: nobody has an object of a condemned slab; the callback is the program's word.
            errno::preserved(|| unsafe { destructor(object.as_ptr().cast(), arg) });
            next = number + 1;
        }
        bytes += cache_of(class).lock().dissolve_settled(slab);
    }
}

/// Returns the lowest addresses of objects that somebody has, in order, in a room that is all zeros before. Cost: a
/// look at every granule of every arena; for reports.
pub fn first_in_use(class: Class, room: &mut [usize]) {
    let _slabs = cache_of(class).lock();
    for arena in registry::all() {
        for granule in (0..arena.frontier()).map(GranuleIndex) {
            if arena.record(granule).state() != State::Slab || Slab::class_covering(arena, granule) != Some(class) {
                continue;
            }
            let Some(mut slab) = Slab::covering(arena, granule) else { continue };
            // SAFETY: a slab of this class that a granule points at is alive while the lock of the class is held.
            let slab = unsafe { slab.as_mut() };
            if slab.spans_from(granule).is_none() {
                continue;
            }
            slab.for_each_used(|object| {
                // Insertion into a sorted list: the greatest falls out.
                let mut carried = object.addr().get();
                for slot in room.iter_mut() {
                    if carried != 0 && (*slot == 0 || *slot > carried) {
                        core::mem::swap(slot, &mut carried);
                    }
                }
            });
        }
    }
}

/// Stops the process: a call came on a cache that was destroyed.
#[cold]
#[inline(never)]
pub fn stop_destroyed(cache: &ObjectCache) -> ! {
    report::stop(Misuse::DestroyedCache, core::ptr::from_ref(cache).addr(), None)
}

/// In the child of a fork: numbers that a lost thread was making are vacant, caches that it was destroying live on, and
/// slabs whose objects it was destructing are condemned again. Objects that it was constructing are lost: they count as
/// live.
///
/// # Safety
///
/// - Called in the child, by its only thread, which is in no call on an object cache and holds no lock.
pub unsafe fn adopt_orphans(place_of: impl Fn(Class) -> (u32, u32)) {
    for class in Class::objects() {
        let Some(cache) = object_of(class) else { continue };
        // Relaxed: this is the only thread.
        match cache.state.load(Ordering::Relaxed) {
            // Relaxed: as above.
            MAKING => cache.state.store(VACANT, Ordering::Relaxed),
            DYING => cache.publish(place_of(class)),
            _ => {}
        }
        // Relaxed: as above. The calls were those of lost threads.
        cache.calls.store(0, Ordering::Relaxed);
        cache_of(class).lock().condemn_settling();
    }
}

/// Returns what an instrumented build counted of the lock.
pub fn lock_figures() -> Option<LockFigures> {
    lock::figures(&DIRECTORY)
}

/// Takes the directory's lock, for fork.
pub fn hold() {
    lock::hold(&DIRECTORY);
}

/// Gives the lock back, after fork.
///
/// # Safety
///
/// - As for `sync::lock::let_go`.
pub unsafe fn let_go() {
    // SAFETY: the caller's promise is the callee's.
    unsafe { lock::let_go(&DIRECTORY) };
}
