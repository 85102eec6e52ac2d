//! Threads that use every level at once and free each other's objects. Run plainly it looks at contents; `make race` runs
//! it with ThreadSanitizer, which looks at the order of every two accesses.
//!
//! What passes from thread to thread does so through atomics of this file, since std is not instrumented. No figures are
//! asked for meanwhile: they read other threads' cells by design (`thread/block.rs`, T5).

use std::alloc::{GlobalAlloc, Layout};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::thread::{scope, spawn};

use quarry::{ObjectCache, Pages, Quarry, Region};

const THREADS: usize = 4;
/// Turns of a thread.
const TURNS: usize = 3000;
/// Objects in flight between threads.
const SLOTS: usize = 256;

/// Ends a thread's part: a race detector does not see how the kernel marks the dead (`os/certificate.rs`). With
/// `RACE_BLIND` it is not told either, so it must complain: that is how `make race` knows that it would.
fn end() {
    #[cfg(quarry_race)]
    if std::env::var_os("RACE_BLIND").is_none() {
        quarry::thread_ends();
    }
}

/// What is handed over: the first word of an object says how large it is.
static IN_FLIGHT: [AtomicPtr<usize>; SLOTS] = [const { AtomicPtr::new(null_mut()) }; SLOTS];

/// Numbers in no order.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// A size: small ones often, runs and beyond seldom.
    fn size(&mut self) -> usize {
        let most = match self.below(100) {
            0 => 6 << 20,
            1..=4 => 300 << 10,
            5..=20 => 20 << 10,
            _ => 500,
        };
        size_of::<usize>() + self.below(most)
    }
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 16).expect("a layout")
}

/// Makes an object, both ends written.
fn make(size: usize) -> *mut usize {
    // SAFETY: the layout has a size.
    let object = unsafe { Quarry.alloc(layout(size)) };
    assert!(!object.is_null());
    // SAFETY: the first word and the last byte of the object.
    unsafe {
        object.add(size - 1).write(size as u8);
        object.cast::<usize>().write(size);
    }
    object.cast()
}

/// Frees an object that another thread may have made.
fn unmake(object: *mut usize) {
    if object.is_null() {
        return;
    }
    // SAFETY: handed over by who made it.
    let size = unsafe { object.read() };
    // SAFETY: the last byte of the object.
    let last = unsafe { object.cast::<u8>().add(size - 1).read() };
    assert!(size <= size_of::<usize>() || last == size as u8, "an object of {size} bytes has {last}");
    // SAFETY: nobody else has it any more.
    unsafe { Quarry.dealloc(object.cast(), layout(size)) };
}

/// One thread's work.
fn work(seed: usize, cache: &ObjectCache<[u64; 12]>) {
    let mut numbers = Numbers((seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    for turn in 0..TURNS {
        let slot = &IN_FLIGHT[numbers.below(SLOTS)];
        // AcqRel: what is in the object comes and goes with its pointer. Pairs with the same swap elsewhere.
        unmake(slot.swap(make(numbers.size()), Ordering::AcqRel));
        match numbers.below(16) {
            0..=3 => {
                let mut object = cache.alloc().expect("memory");
                object[0] += 1;
                object[0] -= 1;
            }
            4 => {
                let mut pages = Pages::uninit(numbers.below(5) as u32).expect("memory");
                pages[0].write(1);
            }
            5 if turn % 8 == 0 => {
                let mut region = Region::new(numbers.size()).expect("memory");
                region[0] = 1;
            }
            6 if turn % 256 == 0 => {
                let own = ObjectCache::new("own", || [7_u8; 40]).expect("memory");
                drop(own.alloc());
            }
            7 if turn % 128 == 0 => {
                quarry::abi::gnu::malloc_trim(0);
            }
            _ => {}
        }
    }
}

#[test]
fn threads_use_every_level_at_once() {
    let cache = ObjectCache::new("shared", || [0_u64; 12]).expect("memory");
    for round in 0..2 {
        scope(|scope| {
            for thread in 0..THREADS {
                let cache = &cache;
                scope.spawn(move || {
                    work(round * THREADS + thread, cache);
                    end();
                });
            }
        });
    }
    for slot in &IN_FLIGHT {
        unmake(slot.swap(null_mut(), Ordering::AcqRel));
    }
    // The thread of this test used the heap too, and its block goes to another test's.
    drop(cache);
    end();
}

#[test]
fn threads_come_and_go_while_others_allocate() {
    static LIVE: AtomicUsize = AtomicUsize::new(0);
    let thread = |seed: usize| {
        spawn(move || {
            let mut numbers = Numbers(seed as u64 + 1);
            let objects: Vec<_> = (0..200).map(|_| make(numbers.size() % 2000 + size_of::<usize>())).collect();
            objects.into_iter().for_each(unmake);
            LIVE.fetch_add(1, Ordering::Relaxed);
            end();
        })
    };
    for round in 0..40 {
        let born: Vec<_> = (0..3).map(|number| thread(round * 3 + number)).collect();
        born.into_iter().for_each(|thread| thread.join().expect("no panic"));
    }
    assert_eq!(LIVE.load(Ordering::Relaxed), 120);
    end();
}
