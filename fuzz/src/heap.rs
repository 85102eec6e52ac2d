//! A program of allocations over several threads, read off the bytes of a case, against the shadow heap.
//!
//! After each call the shadow knows what the library must have done: no object overlaps another, each has its size and
//! alignment, what was written is still there when the object is taken up again, what was asked to be zero is. At the
//! end everything is freed, the heap walker runs, and not a byte is left.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};

use std::alloc::{GlobalAlloc, Layout};

use quarry::abi::{bytes, caches, gnu, pages, quarry as names, regions};
use quarry::{PlaceState, Quarry, owns};

use crate::calls;
use crate::input::Input;
use crate::shadow::{Kind, Object, Shadow, assert_zero};
use crate::threads::{self, Baton, THREADS, Turn};

const PAGE: usize = 4096;
/// Objects that a program may have at a time, and usable bytes in them.
const MOST_OBJECTS: usize = 3000;
const MOST_BYTES: usize = 6 << 30;
/// Bytes of large objects, which take long to clear and to copy, that a program may ask for in its life.
const MOST_WORK: usize = 8 << 20;
/// What is large here.
const LARGE: usize = 64 << 10;
/// Requests of up to this size must be served: memory is not short.
const SERVED: usize = 48 << 20;

/// Object caches that a program may have at a time.
const CACHES: usize = 4;

/// Runs the case.
pub fn run(case: &[u8]) {
    // A byte in a large object would cost the clearing of a huge page.
    // SAFETY: changes what the kernel backs memory with, not what it holds.
    unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0) };
    let before = live_bytes();
    let mut program = threads::run(Program::new(case));
    program.end();
    drop(program);
    // Some dirty memory stays, to be used again by the next case: faults are most of the time.
    gnu::malloc_trim(8 << 20);
    assert_eq!(names::quarry_check(), 0, "the heap walker finds the heap broken");
    if !has_the_frame() {
        assert_eq!(live_bytes(), before, "bytes are left");
    }
}

/// Returns whether the frame's own allocations are in the heap: the library was built to take the names of C.
fn has_the_frame() -> bool {
    owns(&*Box::new(0u8)).is_some()
}

/// Returns the bytes that the program has, of arenas and areas, as mallinfo2 tells.
fn live_bytes() -> usize {
    const HBLKHD: usize = 4;
    const UORDBLKS: usize = 7;
    // SAFETY: the struct of glibc is ten numbers.
    let fields: [usize; 10] = unsafe { std::mem::transmute(calls::quiet(|| gnu::mallinfo2())) };
    fields[HBLKHD] + fields[UORDBLKS]
}

/// What the callbacks of a cache count and look at.
struct Counts {
    constructed: AtomicI64,
    size: AtomicUsize,
    /// How many of the next constructors fail.
    failing: AtomicUsize,
}

static COUNTS: [Counts; CACHES] =
    [const { Counts { constructed: AtomicI64::new(0), size: AtomicUsize::new(0), failing: AtomicUsize::new(0) } };
        CACHES];

/// Bytes that a constructor writes.
const STATE: usize = 32;
/// What it writes.
const CONSTRUCTED: u8 = 0xc5;

fn counts(arg: *mut c_void) -> &'static Counts {
    &COUNTS[arg.addr() - 1]
}

extern "C" fn construct(object: *mut c_void, arg: *mut c_void) -> c_int {
    let counts = counts(arg);
    // Relaxed, all: one thread runs at a time.
    if counts.failing.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
        return 1;
    }
    counts.constructed.fetch_add(1, Relaxed);
    // SAFETY: the object's own bytes.
    unsafe { object.cast::<u8>().write_bytes(CONSTRUCTED, STATE.min(counts.size.load(Relaxed))) };
    0
}

extern "C" fn destruct(object: *mut c_void, arg: *mut c_void) {
    let counts = counts(arg);
    assert_constructed(object.cast(), counts.size.load(Relaxed));
    assert!(counts.constructed.fetch_sub(1, Relaxed) > 0, "more are destructed than were constructed");
    // SAFETY: the object's own bytes, which nobody looks at any more.
    unsafe { object.cast::<u8>().write_bytes(0xdd, counts.size.load(Relaxed)) };
}

fn assert_constructed(object: *mut u8, size: usize) {
    for at in 0..STATE.min(size) {
        // SAFETY: inside the object.
        assert_eq!(unsafe { object.add(at).read() }, CONSTRUCTED, "the state of {object:p} at {at}");
    }
}

/// An object cache of the program.
#[derive(Clone, Copy)]
struct Cache {
    handle: *mut c_void,
    size: usize,
    align: usize,
    constructs: bool,
}

/// The program that a case is.
struct Program {
    input: Input,
    shadow: Shadow,
    caches: [Option<Cache>; CACHES],
    work: usize,
}

// SAFETY: the caches' handles may be used from any thread; so may the rest.
unsafe impl Send for Program {}

impl Baton for Program {
    fn go_on(&mut self) -> Turn {
        // At most one turn per byte of the case.
        loop {
            let Some(operation) = self.input.more() else { return Turn::Over };
            match operation % 32 {
                0 | 1 => return Turn::To(usize::from(operation >> 5) % THREADS),
                2 => return Turn::End(usize::from(operation >> 5) % THREADS),
                operation => self.step(operation),
            }
        }
    }
}

impl Program {
    fn new(case: &[u8]) -> Program {
        Program { input: Input::new(case), shadow: Shadow::default(), caches: [None; CACHES], work: 0 }
    }

    fn step(&mut self, operation: u8) {
        match operation {
            3..=5 => self.malloc(),
            6 => self.calloc(),
            7 | 8 => self.realloc(),
            9 => self.aligned(),
            10..=12 => self.free(),
            13 => self.pages(),
            14 => self.exact_pages(),
            15 => self.region(),
            16 => self.kmalloc(),
            17 => self.krealloc(),
            18 | 19 => self.burst(),
            20 | 21 => self.free_some(),
            22 => self.make_cache(),
            23 => self.end_cache(),
            24 | 25 => self.cache_objects(),
            26 => self.cache_free_bulk(),
            27 => self.layout(),
            28 => self.resize_layout(),
            29 => self.ask(),
            30 => self.give_back(),
            _ => self.verify(),
        }
    }

    /// Returns a size that the program may still ask for: an impossible one, or one within bounds.
    fn size(&mut self) -> Option<usize> {
        let size = self.input.size();
        let room = self.shadow.count() < MOST_OBJECTS && self.shadow.bytes() + size.min(MOST_BYTES) < MOST_BYTES;
        if size > LARGE && size <= SERVED {
            self.work += size;
        }
        let affordable = size <= LARGE || size > SERVED || self.work < MOST_WORK;
        (affordable && (room || size > MOST_BYTES)).then_some(size)
    }

    /// Takes an object in that a call returned for `asked` bytes; a refusal must have a reason.
    fn take_in(&mut self, object: Option<*mut u8>, asked: usize, align: usize, kind: Kind) {
        let Some(start) = object else {
            assert!(asked.saturating_add(align) > SERVED, "{asked} bytes at {align} were refused");
            return;
        };
        assert!(asked <= isize::MAX as usize, "{asked} bytes cannot be had");
        assert!(start.addr().is_multiple_of(align.max(16)), "{start:p} is not aligned to {align}");
        self.shadow.add(start, calls::usable(start), asked, kind);
    }

    fn malloc(&mut self) {
        let which = self.input.byte();
        let Some(size) = self.size() else { return };
        let object = calls::malloc(which, size);
        if let Some(object) = object {
            assert_eq!(calls::usable(object), gnu::malloc_good_size(size), "the good size of {size}");
        }
        self.take_in(object, size, 16, Kind::Plain);
    }

    fn calloc(&mut self) {
        let which = self.input.byte();
        let Some(size) = self.size() else { return };
        // A second factor that may overflow the product.
        let count = if which >= 250 { usize::MAX / size.max(2) + 2 } else { [1, 1, 1, 3][which / 2 % 4] };
        let bytes = count.checked_mul(size);
        let object = calls::calloc(which, count, size);
        match bytes {
            None => assert!(object.is_none(), "the product overflows"),
            Some(bytes) => {
                if let Some(object) = object {
                    assert_zero(object, 0..bytes);
                }
                self.take_in(object, bytes, 16, Kind::Plain);
            }
        }
    }

    fn aligned(&mut self) {
        let (which, align) = (self.input.byte(), self.input.align());
        let Some(size) = self.size() else { return };
        if align > LARGE {
            self.work += align;
            if self.work > MOST_WORK {
                return;
            }
        }
        if which >= 224 {
            let object = calls::at_page(which, size);
            return self.take_in(object, size, PAGE, Kind::Plain);
        }
        let object = calls::aligned(which, align, size);
        // posix_memalign refuses less than a pointer.
        let refused = which % 4 == 3 && align < size_of::<usize>();
        assert!(!refused || object.is_none(), "an alignment of {align} is none");
        if !refused {
            self.take_in(object, size, align, Kind::Plain);
        }
    }

    fn free(&mut self) {
        let (which, choice) = (self.input.byte(), self.input.pair());
        let Some(object) = self.shadow.take(choice) else { return };
        self.free_object(which, object);
        if !has_the_frame() {
            let state = owns(object.start).map(|place| place.state);
            assert_ne!(state, Some(PlaceState::InUse), "{object:?} is in use after it was freed");
        }
    }

    /// Frees an object as its kind allows.
    fn free_object(&mut self, which: usize, object: Object) {
        let start = object.start;
        match object.kind {
            // SAFETY: the object is the program's and was taken out of the shadow; so for all of them.
            Kind::Pages(order) if which < 192 => {
                calls::quiet(|| unsafe { pages::quarry_free_pages(start.cast(), order) })
            }
            Kind::Exact(size) if which < 192 => {
                // SAFETY: as above.
                calls::quiet(|| unsafe { pages::quarry_free_pages_exact(start.cast(), size) });
            }
            // SAFETY: as above.
            Kind::Region if which < 192 => calls::quiet(|| unsafe { regions::quarry_vfree(start.cast()) }),
            Kind::Cached(number) => {
                let cache = self.caches[number].expect("an object of a cache that is there");
                restore(start, cache);
                // SAFETY: as above, in its constructed state.
                calls::quiet(|| unsafe { caches::quarry_cache_free(cache.handle.cast(), start.cast()) });
            }
            Kind::Layout(align) => {
                let layout = Layout::from_size_align(object.asked, align).expect("it was a layout before");
                // SAFETY: as above, with its layout.
                unsafe { Quarry.dealloc(start, layout) };
            }
            // SAFETY: as above.
            _ => unsafe { calls::free(which, start, object.asked) },
        }
    }

    fn realloc(&mut self) {
        let (which, choice) = (self.input.byte(), self.input.pair());
        let Some(size) = self.size() else { return };
        let is_such = |object: &Object| !matches!(object.kind, Kind::Cached(_) | Kind::Layout(_));
        let Some(old) = self.shadow.take_such(choice, is_such) else { return };
        let by_region = old.kind == Kind::Region && which < 128;
        let moved = if by_region && size > 0 {
            // SAFETY: the object is a region of the program.
            calls::served(|| unsafe { regions::quarry_vrealloc(old.start.cast(), size) })
        } else {
            // SAFETY: the object is the program's.
            unsafe { calls::realloc(which, old.start, size) }
        };
        let Some(start) = moved else {
            if size > 0 {
                assert!(size > SERVED, "{size} bytes were refused");
                self.shadow.put_back(old);
            }
            return;
        };
        let usable = calls::usable(start);
        if by_region {
            assert_zero(start, old.usable.min(usable)..usable);
        }
        let kind = if by_region { Kind::Region } else { Kind::Plain };
        self.shadow.add_resized(old, start, usable, size, old.usable.min(size), kind);
    }

    fn pages(&mut self) {
        let (which, order) = (self.input.byte(), self.input.byte() as u32);
        let order = if order < 240 { order % 8 } else { order % 32 };
        let bytes = PAGE << order;
        // Beyond 64 MiB clearing takes longer than all else.
        if order <= pages::quarry_max_order() && (bytes > 64 << 20 || self.work > MOST_WORK) {
            return;
        }
        self.work += if bytes > LARGE { bytes } else { 0 };
        let zeroed = which % 2 == 1;
        let object = calls::pages(zeroed, order);
        if let Some(object) = object.filter(|_| zeroed) {
            assert_zero(object, 0..bytes);
        }
        self.take_in(object, bytes, bytes, Kind::Pages(order));
    }

    fn exact_pages(&mut self) {
        let Some(size) = self.size() else { return };
        let object = calls::served(|| pages::quarry_alloc_pages_exact(size));
        let natural = if size.is_power_of_two() && size <= 1 << 30 { size } else { PAGE };
        self.take_in(object, size, natural.max(PAGE), Kind::Exact(size));
    }

    fn region(&mut self) {
        let which = self.input.byte();
        let Some(size) = self.size() else { return };
        let object = calls::region(which, size);
        if let Some(object) = object {
            assert_zero(object, 0..calls::usable(object));
        }
        self.take_in(object, size, PAGE, Kind::Region);
    }

    fn kmalloc(&mut self) {
        const ZERO: u32 = 1;
        const NOFAIL: u32 = 2;
        const NOWAIT: u32 = 4;
        let flags = self.input.byte() as u32 % 16;
        let Some(size) = self.size() else { return };
        let contradicts = flags & (NOFAIL | NOWAIT) == NOFAIL | NOWAIT;
        if contradicts {
            return assert!(calls::refusing(libc::EINVAL, || bytes::quarry_kmalloc(size, flags)).is_none());
        }
        // Not to fail is to stop where memory cannot be had.
        let flags = if size > SERVED { flags & !NOFAIL } else { flags };
        let object = calls::served(|| bytes::quarry_kmalloc(size, flags));
        if object.is_none() && flags & NOWAIT != 0 {
            return;
        }
        let kind = if flags & ZERO != 0 { Kind::Zeroed } else { Kind::Plain };
        if let Some(object) = object.filter(|_| kind == Kind::Zeroed) {
            assert_zero(object, 0..calls::usable(object));
        }
        self.take_in(object, size, 16, kind);
    }

    fn krealloc(&mut self) {
        const ZERO: u32 = 1;
        const NOWAIT: u32 = 4;
        let flags = self.input.byte() as u32 & (ZERO | NOWAIT | 8);
        let choice = self.input.pair();
        let Some(size) = self.size() else { return };
        // With flags, areas of gibibytes would be copied and cleared.
        let whole = flags & !NOWAIT == 0;
        if !whole && size > SERVED && size < MOST_BYTES {
            return;
        }
        let is_such = |object: &Object| {
            matches!(object.kind, Kind::Plain | Kind::Zeroed | Kind::Region) && (whole || object.usable <= SERVED)
        };
        let Some(old) = self.shadow.take_such(choice, is_such) else { return };
        // SAFETY: the object is the program's.
        let call = || unsafe { bytes::quarry_krealloc(old.start.cast(), size, flags) };
        if size == 0 {
            return assert!(calls::quiet(call).is_null(), "size 0 frees");
        }
        let Some(start) = calls::served(call) else {
            assert!(size > SERVED || flags & NOWAIT != 0, "{size} bytes were refused");
            return self.shadow.put_back(old);
        };
        let usable = calls::usable(start);
        let is_zeroed = old.kind == Kind::Zeroed && flags & ZERO != 0;
        let kept = old.usable.min(size);
        if is_zeroed {
            assert_zero(start, kept..usable);
        }
        let kind = if is_zeroed { Kind::Zeroed } else { Kind::Plain };
        self.shadow.add_resized(old, start, usable, size, kept, kind);
    }

    /// Many objects of a size.
    fn burst(&mut self) {
        let (which, count) = (self.input.byte(), self.input.byte());
        let size = self.input.size();
        let size = if size > LARGE { size % 2048 } else { size };
        let most = (MOST_OBJECTS - self.shadow.count().min(MOST_OBJECTS)).min((512 << 10) / size.max(1));
        for _ in 0..count.min(most) {
            let object = calls::malloc(which, size);
            self.take_in(object, size, 16, Kind::Plain);
        }
    }

    /// Many frees in the order of a stride.
    fn free_some(&mut self) {
        let (which, count, stride) = (self.input.byte(), self.input.byte(), self.input.byte());
        let mut choice = self.input.pair();
        for _ in 0..count {
            let Some(object) = self.shadow.take(choice) else { return };
            self.free_object(which, object);
            choice = choice.wrapping_add(stride).wrapping_sub(1);
        }
    }

    fn make_cache(&mut self) {
        let (what, number) = (self.input.byte(), self.input.byte() % CACHES);
        let (size, align) = (self.input.size(), self.input.align());
        if self.caches[number].is_some() || (size > LARGE && size <= 4 << 20 && self.work > MOST_WORK) {
            return;
        }
        let bad = size == 0 || size > 4 << 20 || align > 16 << 10 || what == 255;
        let (constructs, destructs) = (what % 2 == 1, what % 4 == 3);
        let counts = &COUNTS[number];
        // Relaxed, all: as in `construct`.
        counts.size.store(size, Relaxed);
        counts.constructed.store(0, Relaxed);
        counts.failing.store(0, Relaxed);
        let name = if what == 255 { c"not a name" } else { c"fuzzed" };
        let call = || {
            // SAFETY: a C string, and callbacks that keep to the contract.
            let handle = unsafe {
                caches::quarry_cache_create(
                    name.as_ptr(),
                    size,
                    align,
                    if constructs { Some(construct) } else { None },
                    if destructs { Some(destruct) } else { None },
                    None,
                    std::ptr::without_provenance_mut(number + 1),
                    (what / 4 % 2) as u32,
                )
            };
            handle.cast()
        };
        let handle = calls::refusing(if bad { libc::EINVAL } else { libc::ENOMEM }, call);
        assert_eq!(handle.is_none(), bad, "a cache of {size} bytes at {align}");
        self.caches[number] = handle.map(|handle| Cache { handle: handle.cast(), size, align, constructs });
    }

    /// Frees all objects of a cache, then destroys it.
    fn end_cache(&mut self) {
        let number = self.input.byte() % CACHES;
        self.destroy_cache(number);
    }

    fn destroy_cache(&mut self, number: usize) {
        let Some(cache) = self.caches[number] else { return };
        while let Some(object) = self.shadow.take_such(0, |object| object.kind == Kind::Cached(number)) {
            self.free_object(0, object);
        }
        // SAFETY: the program's cache, on which no other call runs.
        let result = calls::quiet(|| unsafe { caches::quarry_cache_destroy(cache.handle.cast()) });
        assert_eq!(result, 0, "no object is out");
        self.caches[number] = None;
        let left = COUNTS[number].constructed.load(Relaxed);
        assert!(left >= 0, "more were destructed than constructed");
    }

    /// Allocates objects of a cache, one by one or in bulk.
    fn cache_objects(&mut self) {
        let (what, number, count) = (self.input.byte(), self.input.byte() % CACHES, self.input.byte());
        let Some(cache) = self.caches[number] else { return };
        let count = if cache.size > 4096 { count % 8 } else { count };
        if self.shadow.count() + count > MOST_OBJECTS || (cache.size > LARGE && self.work > MOST_WORK) {
            return;
        }
        self.work += if cache.size > LARGE { cache.size * count } else { 0 };
        let failing = what.saturating_sub(240);
        COUNTS[number].failing.store(failing, Relaxed);
        let mut room = vec![null_mut(); count];
        let done = if what % 2 == 0 {
            let place = room.as_mut_ptr();
            // SAFETY: the program's cache, and room for so many.
            let call = || unsafe { caches::quarry_cache_alloc_bulk(cache.handle.cast(), count, place) };
            if failing == 0 || !cache.constructs { calls::quiet(call) } else { call() }
        } else {
            // SAFETY: the program's cache.
            let one = || unsafe { caches::quarry_cache_alloc(cache.handle.cast()) };
            let mut done = 0;
            while done < count {
                let Some(object) = calls::served(one) else { break };
                room[done] = object.cast();
                done += 1;
            }
            done
        };
        // A constructor that failed is none that fails later.
        COUNTS[number].failing.store(0, Relaxed);
        assert!(done == count || (failing > 0 && cache.constructs), "{done} of {count} objects");
        for &object in &room[..done] {
            let start: *mut u8 = object.cast();
            assert!(start.addr().is_multiple_of(cache.align.max(8)), "{start:p} is not aligned to {}", cache.align);
            if cache.constructs {
                assert_constructed(start, cache.size);
            }
            self.shadow.add(start, cache.size, cache.size, Kind::Cached(number));
        }
    }

    fn cache_free_bulk(&mut self) {
        let (number, count, choice) = (self.input.byte() % CACHES, self.input.byte(), self.input.pair());
        let Some(cache) = self.caches[number] else { return };
        let mut room: Vec<*mut c_void> = Vec::new();
        while room.len() < count {
            let Some(object) = self.shadow.take_such(choice, |object| object.kind == Kind::Cached(number)) else {
                break;
            };
            restore(object.start, cache);
            room.push(object.start.cast());
        }
        // SAFETY: objects of the program's cache, in their constructed state.
        calls::quiet(|| unsafe { caches::quarry_cache_free_bulk(cache.handle.cast(), room.len(), room.as_ptr()) });
    }

    fn layout(&mut self) {
        let (which, align) = (self.input.byte(), self.input.align());
        let Some(size) = self.size().filter(|&size| size <= SERVED) else { return };
        self.work += if align > LARGE { align } else { 0 };
        if self.work > MOST_WORK {
            return;
        }
        let Ok(layout) = Layout::from_size_align(size.max(1), align) else { return };
        let zeroed = which % 2 == 1;
        // SAFETY: the layout has a size.
        let start = unsafe { if zeroed { Quarry.alloc_zeroed(layout) } else { Quarry.alloc(layout) } };
        assert!(!start.is_null(), "{layout:?} was refused");
        assert!(start.addr().is_multiple_of(align), "{start:p} is not as {layout:?} says");
        if zeroed {
            assert_zero(start, 0..layout.size());
        }
        self.shadow.add(start, layout.size(), layout.size(), Kind::Layout(align));
    }

    fn resize_layout(&mut self) {
        let choice = self.input.pair();
        let Some(size) = self.size().filter(|&size| size <= SERVED) else { return };
        let Some(old) = self.shadow.take_such(choice, |object| matches!(object.kind, Kind::Layout(_))) else { return };
        let Kind::Layout(align) = old.kind else { return };
        let layout = Layout::from_size_align(old.asked, align).expect("it was a layout before");
        let size = size.max(1);
        // SAFETY: the program's object with its layout.
        let start = unsafe { Quarry.realloc(old.start, layout, size) };
        assert!(!start.is_null(), "{size} bytes were refused");
        assert!(start.addr().is_multiple_of(align), "{start:p} lost its alignment to {align}");
        self.shadow.add_resized(old, start, size, size, old.asked.min(size), old.kind);
    }

    /// Asks what the library owns.
    fn ask(&mut self) {
        let (choice, offset) = (self.input.pair(), self.input.pair());
        if let Some(at) = choice.checked_rem(self.shadow.count()) {
            let object = self.shadow.objects()[at];
            let inside = object.start.wrapping_add(offset % object.usable.max(1));
            let place = calls::quiet(|| owns(inside)).expect("the library owns its objects");
            assert_eq!(place.state, PlaceState::InUse, "{object:?}");
            let around = place.object.expect("an object is around");
            assert_eq!(around.start, object.start.addr(), "{object:?}");
            assert!(around.end >= object.start.addr() + object.usable, "{object:?} in {around:?}");
        }
        // Anything may be asked about.
        let wild = choice << 30 ^ offset << 12;
        let _ = calls::quiet(|| owns(std::ptr::without_provenance::<u8>(wild)));
    }

    /// Gives memory back: of all, or of a cache.
    fn give_back(&mut self) {
        let what = self.input.byte();
        match self.caches[what % CACHES] {
            Some(cache) if what >= 64 => {
                // SAFETY: the program's cache.
                calls::quiet(|| unsafe { caches::quarry_cache_reap(cache.handle.cast()) });
            }
            _ => {
                calls::quiet(|| gnu::malloc_trim(what << 12));
            }
        }
    }

    /// Looks at everything.
    fn verify(&mut self) {
        self.shadow.objects().iter().for_each(Object::verify_whole);
        assert_eq!(calls::quiet(|| names::quarry_check()), 0, "the heap walker finds the heap broken");
    }

    /// Frees what is left.
    fn end(&mut self) {
        while let Some(object) = self.shadow.take(0) {
            self.free_object(0, object);
        }
        (0..CACHES).for_each(|number| self.destroy_cache(number));
    }
}

/// Puts an object of a cache into its constructed state.
fn restore(object: *mut u8, cache: Cache) {
    if cache.constructs {
        // SAFETY: the object is the program's.
        unsafe { object.write_bytes(CONSTRUCTED, STATE.min(cache.size)) };
    }
}
