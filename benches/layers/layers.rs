//! Layers one by one, so that a change can be judged in a minute: `make bench-layers`.
//!
//! Unit: nanoseconds for what the name says, an amount of it where the name has a number of objects. Private layers are
//! reached through `quarry::api::seam` (feature `bench`). The process itself runs on libc's malloc, so the heap measured is
//! this program's alone. A smaller figure here is no proof: `make bench` says whether programs notice.

use std::alloc::{GlobalAlloc, Layout};
use std::ffi::c_void;
use std::hint::black_box;
use std::ptr;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use quarry::Quarry;
use quarry::abi::caches::{quarry_cache_alloc, quarry_cache_create, quarry_cache_free};
use quarry::abi::quarry::{quarry_free, quarry_malloc, quarry_malloc_usable_size, quarry_realloc};
use quarry::api::seam::{self, Batch, Exchange};

/// Objects that fill both of a thread's magazines of small classes, so that a turn of so many meets the depot.
const TURNOVER: usize = 512;

/// Hits: what a program mostly pays.
fn hot(c: &mut Criterion) {
    let mut group = c.benchmark_group("hot");
    for size in [16, 64, 1024] {
        let layout = Layout::from_size_align(size, 8).unwrap();
        group.bench_function(BenchmarkId::new("rust pair", size), |b| {
            b.iter(|| {
                // SAFETY: the layout's size is not zero.
                let object = black_box(unsafe { Quarry.alloc(layout) });
                // SAFETY: just allocated with that layout.
                unsafe { Quarry.dealloc(object, layout) };
            });
        });
    }
    group.bench_function("c pair/64", |b| {
        b.iter(|| {
            let object = black_box(quarry_malloc(black_box(64)));
            // SAFETY: just allocated.
            unsafe { quarry_free(object) };
        });
    });
    group.finish();
}

/// A thread that allocates many and frees them: magazines change places and visit the depot.
fn magazine(c: &mut Criterion) {
    let mut group = c.benchmark_group("magazine");
    group.throughput(Throughput::Elements(TURNOVER as u64));
    for size in [64, 1024] {
        let mut objects = vec![ptr::null_mut(); TURNOVER];
        group.bench_function(BenchmarkId::new(format!("{TURNOVER} pairs"), size), |b| {
            b.iter(|| {
                objects.iter_mut().for_each(|object| *object = quarry_malloc(size));
                // SAFETY: allocated above, each freed once.
                objects.iter().for_each(|&object| unsafe { quarry_free(object) });
            });
        });
    }
    group.finish();
}

/// A full magazine for an empty one and back: two takes of the depot's lock. With several threads all on one depot, which is
/// the most that a lock can be asked for: the time is that of a turn of each.
fn depot(c: &mut Criterion) {
    let mut group = c.benchmark_group("depot");
    for threads in [1, 2, 4] {
        group.throughput(Throughput::Elements(2 * threads));
        group.bench_function(BenchmarkId::new("exchange and back", format!("{threads} threads")), |b| {
            b.iter_custom(|turns| exchange(threads as usize, turns));
        });
    }
    group.finish();
}

fn exchange(threads: usize, turns: u64) -> Duration {
    let barrier = Barrier::new(threads + 1);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut exchange = Exchange::new(64);
                barrier.wait();
                (0..turns).for_each(|_| exchange.turn());
                barrier.wait();
            });
        }
        barrier.wait();
        let start = Instant::now();
        barrier.wait();
        start.elapsed()
    })
}

/// A cache line that two threads write in turn, to the other core and back: what a lock costs at least when it moves. The least
/// of batches counts: in the others one of the two was not running.
fn line(c: &mut Criterion) {
    let mut group = c.benchmark_group("line");
    group.bench_function("there and back", |b| b.iter_custom(ping_pong));
    group.finish();
}

/// Turns of a batch, a few microseconds, and batches of which the least counts.
const BATCH: u64 = 32;
const BATCHES: u64 = 1000;

fn ping_pong(turns: u64) -> Duration {
    let word = AtomicU64::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0..BATCHES * BATCH {
                await_value(&word, 2 * turn + 1);
                // Release, and Acquire below: each turn hands the line over.
                word.store(2 * turn + 2, Ordering::Release);
            }
        });
        let batch = |batch: u64| {
            let start = Instant::now();
            for turn in batch * BATCH..(batch + 1) * BATCH {
                word.store(2 * turn + 1, Ordering::Release);
                await_value(&word, 2 * turn + 2);
            }
            start.elapsed()
        };
        let least = (0..BATCHES).map(batch).min().unwrap_or_default();
        least.mul_f64(turns as f64 / BATCH as f64)
    })
}

fn await_value(word: &AtomicU64, value: u64) {
    let mut looks = 0u32;
    while word.load(Ordering::Acquire) != value {
        std::hint::spin_loop();
        looks += 1;
        // The other thread may be waiting for this core.
        if looks.is_multiple_of(1 << 14) {
            std::thread::yield_now();
        }
    }
}

/// A magazine's objects from slabs, and back into them.
fn slab(c: &mut Criterion) {
    let mut group = c.benchmark_group("slab");
    for size in [64, 1024] {
        let mut batch = Batch::new(size);
        group.throughput(Throughput::Elements(batch.rounds() as u64));
        group.bench_function(BenchmarkId::new("refill", size), |b| {
            b.iter_custom(|turns| timed(turns, &mut batch, |batch| batch.refill(), |batch| batch.drain()));
        });
        batch.refill();
        group.bench_function(BenchmarkId::new("drain", size), |b| {
            b.iter_custom(|turns| timed(turns, &mut batch, |batch| batch.drain(), |batch| batch.refill()));
        });
        batch.drain();
    }
    group.finish();
}

/// Times `what` alone, `undo` after each; among it a reading of the clock, some 25 ns.
fn timed(turns: u64, batch: &mut Batch, what: impl Fn(&mut Batch), undo: impl Fn(&mut Batch)) -> Duration {
    let mut sum = Duration::ZERO;
    for _ in 0..turns {
        let start = Instant::now();
        what(batch);
        sum += start.elapsed();
        undo(batch);
    }
    sum
}

/// A run and back, by order; and one of five granules, whose tail is cut off and merged again.
fn buddy(c: &mut Criterion) {
    let mut group = c.benchmark_group("buddy");
    for order in [0, 3, 6, 9, 12] {
        group.bench_function(BenchmarkId::new("pair of order", order), |b| {
            b.iter(|| seam::give_run(black_box(seam::take_run(1 << order))));
        });
    }
    group.bench_function("pair of 5 granules", |b| {
        b.iter(|| seam::give_run(black_box(seam::take_run(5))));
    });
    group.finish();
}

/// What an address is: the granule map where it has a class, the run's record where it has none.
fn map(c: &mut Criterion) {
    let mut group = c.benchmark_group("map");
    for (name, size) in [("slab object", 100), ("run object", 1 << 20), ("run", 8 << 20)] {
        let object = quarry_malloc(size);
        group.bench_function(BenchmarkId::new("usable size", name), |b| {
            // SAFETY: the object is live.
            b.iter(|| unsafe { quarry_malloc_usable_size(black_box(object)) });
        });
        // SAFETY: not used any more.
        unsafe { quarry_free(object) };
    }
    group.finish();
}

fn realloc(c: &mut Criterion) {
    let mut group = c.benchmark_group("realloc");
    // There and back between two sizes of one class, of two classes, and of two run classes with room behind.
    for (name, less, more) in
        [("same class", 100, 110), ("moving", 100, 400), ("run in place", 1 << 20, (1 << 20) + (128 << 10))]
    {
        let mut object = quarry_malloc(less);
        group.bench_function(BenchmarkId::new("there and back", name), |b| {
            b.iter(|| object = resized(resized(object, more), less));
        });
        // SAFETY: not used any more.
        unsafe { quarry_free(object) };
    }
    group.bench_function("doubling/16 B to 1 MiB", |b| {
        b.iter(|| {
            let mut object = quarry_malloc(16);
            (5..=20).for_each(|shift| object = resized(object, 1 << shift));
            // SAFETY: not used any more.
            unsafe { quarry_free(object) };
        });
    });
    group.finish();
}

fn resized(object: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller gives the object up for the one returned.
    let object = unsafe { quarry_realloc(black_box(object), size) };
    assert!(!object.is_null());
    object
}

fn object_cache(c: &mut Criterion) {
    let mut group = c.benchmark_group("object cache");
    // SAFETY: a C string, and no callbacks.
    let cache = unsafe { quarry_cache_create(c"layers".as_ptr(), 200, 0, None, None, None, ptr::null_mut(), 0) };
    assert!(!cache.is_null());
    group.bench_function("pair/200", |b| {
        b.iter(|| {
            // SAFETY: the cache is live.
            let object = black_box(unsafe { quarry_cache_alloc(cache) });
            // SAFETY: just allocated from it.
            unsafe { quarry_cache_free(cache, object) };
        });
    });
    group.finish();
}

criterion_group! {
    name = layers;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .nresamples(10_000)
        .without_plots();
    targets = hot, magazine, depot, line, slab, buddy, map, realloc, object_cache
}
criterion_main!(layers);
