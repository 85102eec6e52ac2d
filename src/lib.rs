//! # Quarry: a malloc for Linux
//!
//! This page is the theory of the program: read it, then any file, and you can say where that file stands. Code cites
//! its sections as (§n).
//!
//! ## 1 What this is
//!
//! One library that serves `malloc` and its family to a whole process, preloaded or linked. It lays out one **arena**
//! in address space, lets a **buddy system** hand out runs of it, cuts runs into **slabs** of equal objects, and gives
//! every thread **magazines** of ready objects with a **depot** behind them. One law rules the design:
//!
//! > The hot path knows only magazines. Every other feature works by choosing what the magazine holds.
//!
//! A `malloc` that hits finds its thread's block, turns the size into a class and pops a pointer; a `free` that hits
//! reads one byte of the granule map and pushes a pointer. No lock, no atomic read-modify-write, no loop, no
//! statistics, no test of an option or of initialisation, no touch of the object. Whatever else must happen, happens
//! when a magazine runs empty or full: a thread without a block has magazines of capacity 0, so its first call finds
//! the slow path by itself; rounds are counted when magazines change hands; a large object has class 0 in the map,
//! whose magazine is always full.
//!
//! ## 2 Words
//!
//! *Memory area*: an interval of legal addresses, one mapping. *Arena*: the reserved range. *Granule*: 16 KiB, the
//! smallest run. *Run*: consecutive granules given out as one; a *free run* of *order* k is 2^k of them, aligned; its
//! *buddy* is the run it merges with. *Unit*: 2 MiB, a huge page. *Slab*: a run cut into *objects* of one *class*: a
//! *size class*, or the class of an object cache. *Cache*: the slabs of a class. *Object cache*: a class of the
//! program's own, whose objects stay *constructed* while they are free; an object cut and not constructed yet, or whose
//! constructor failed, is *raw*. *Colour*: how far into its slab the first object lies. A slab is *condemned* while it
//! is empty and its objects wait for their destructor. *Sweep*: handling the object caches of others. *Magazine*: a
//! bounded stack of objects; a *round* is its entry. *Depot*: the full and empty magazines of a class. *Loaded* and
//! *previous*: a thread's two magazines of a class; *capacity*: the rounds that either may hold there; *allowance*: the
//! bytes that all capacities of a thread may come to. A class is *cold* in a thread that made no slow call for it for
//! an *interval*, an eighth of the decay time. *Block* (thread block): a thread's magazines; *bank*: those of 64 object
//! caches. *Granule map*: one byte per granule, the class of what starts or lies there. To the kernel we say
//! *reserve*, *commit*, *purge*, *release*. To *publish* is to enter a class in the granule map; to *reap* is to give
//! back what lay unused. *Mark*: a byte that says whether the program has an object. *Record* (of an object), *canary*,
//! *quarantine*: what checked mode knows of an object, writes behind it, and keeps it in once it is free. *Guard*:
//! pages that no access passes. *Sample*: an object that is put between guards; a *hidden* round lies behind the next
//! sample. To *refuse* is to return NULL; to *stop* is to print a line and abort. *Page* alone is the kernel's page.
//!
//! ## 3 Layers
//!
//! A file uses only its own folder and folders to its left; `tests/architecture.rs` holds the code to it.
//!
//! ```text
//! base < os < sync < report < stats < options < arena < buddy < slab < depot < thread < guard < heap < api < abi
//! ```
//!
//! `base` numbers with units, size classes · `os` what asks the kernel or libc · `sync` the lock and the lock order ·
//! `report` misuse, text · `stats` figures as text, JSON, XML · `options` what a user may set · `arena` the reserved
//! range, its map and records, the metadata store, memory areas of their own · `buddy` runs · `slab` slabs and object
//! caches, marks · `depot` magazines and their exchange · `thread` the thread block, birth, inheritance, upkeep,
//! sampling · `guard` the objects of checked mode, objects between guards · `heap`
//! dispatch by size, fork, load · `api` the Rust face · `abi` the C face.
//!
//! A **size class is an object cache without a constructor, and a run class is an object cache whose slab holds one
//! object**, so magazines, depots, slabs, reaping and figures exist once, and a `Class` is a number for either
//! (`base::class`):
//!
//! | request            | served by                          | behind it        |
//! |--------------------|------------------------------------|------------------|
//! | 0 … 32 KiB         | 72 slab classes: 16-byte steps to 128 B, then eight per doubling | slab → run |
//! | … 4 MiB            | 46 run classes of whole granules   | buddy, trimmed   |
//! | … 1 GiB            | the buddy                          | arena            |
//! | more, or arena full, or a region | its own memory area  | mmap, mremap     |
//! | pages of an order   | to a granule the slab class of that size; beyond, the buddy | slab → run, or arena |
//! | an object cache's   | a class of its own, 8 B … 4 MiB   | slab → run       |
//!
//! ## 4 Life of a malloc
//!
//! `abi::iso::malloc` → `heap::allocate_hot` → `thread::Block::pop_size`: 14 instructions with the return on a hit
//! (`make hot`). On a miss `heap::allocate_slow` → `heap::load::ready` (the first call reserves the arena and reads the
//! options) → `thread::current_or_born` → `Block::refill`: the previous magazine if it has rounds; else the depot
//! exchanges the empty one for a full one; else the slabs fill it, fullest slab first, lowest address first. An empty
//! cache cuts a new slab from a run of the buddy; the buddy commits more of the arena when no run is left. When memory
//! is short, everything that magazines and depots keep is reaped once before the request is refused.
//!
//! A thread begins with a capacity of six small objects or one large, in a magazine of a cache line, and doubles it at
//! each exchange with the depot or the slabs as long as its allowance has room; of one that is short, classes that want
//! more get equal shares. The allowance begins at 64 KiB and grows by an eighth whenever room was wanting and 64 slow
//! calls have passed, up to 8 MiB (option `thread_cache`) and 64 MiB in all threads (`process_cache`): so traffic earns
//! it, and a thread that used a megabyte once keeps less than 64 KiB (`thread::budget`). A full magazine that holds
//! more than the thread may is split at the depot.
//!
//! Run classes skip depot and previous magazine: a thread keeps one or two of each in what slabs leave of its
//! allowance, which is little in one that just begins. `calloc` clears what is not known to be zero: a run is, if no granule of it was used
//! since it was committed or purged.
//!
//! An object cache is allocated from in the same way (`heap::objects`): its handle says where a thread's block has its
//! magazines, in a bank that is made when the thread first uses one of its caches. Objects that a refill cuts are
//! handed out marked, and constructed when the lock of the class is given back, since a constructor may allocate; one
//! whose constructor fails goes back raw. `free` does not take them: the granule map shows 0 for their slabs, so they
//! come to the slow path, which tells what they are.
//!
//! Other levels are other ways to the same places. Pages (`heap::pages`) are slab objects up to a granule, since slabs
//! start on granules and so align a power of two by themselves, and runs aligned to their size beyond. Regions
//! (`heap::regions`) are memory areas of their own. Bytes with flags (`heap::bytes`) are `malloc`'s, but for what
//! happens when memory is short: not to fail is to try again after the program's handler made room; not to wait
//! (`heap::at_hand`) is to take what is in the thread's magazines, and in depot, slabs and free runs where their locks
//! are free, each held for a moment and given back without a call to the kernel, so that who waits for it looks again
//! by itself (`sync::lock::briefly`). So any of them frees what another allocated. `heap::listing` walks the areas,
//! `heap::owns` says what an address is; both look at records alone.
//!
//! ## 5 Life of a free
//!
//! `abi::iso::free` → `heap::deallocate` → `Block::class_index`, `Block::push`: 16 instructions with the return on a
//! hit. The object goes to the *freeing* thread's magazine, whoever allocated it. On a miss `Block::spill`: the
//! magazine grows; or the empty previous one takes its place; or the depot takes a full one for an empty one; or, if
//! the depot holds its fill, a magazine is drained into the slabs. So producers meet consumers once per magazine, at
//! the depot.
//!
//! Rust's `dealloc` knows the layout, so it computes the class where `free` reads the map (`heap::sized`): 16
//! instructions with the return, 10 where the layout is a constant. For that an object of a layout must be of the
//! layout's class all its life, so its reallocation moves an object that shrinks into another class, where C's may
//! leave it.
//!
//! Draining is where misuse shows: an object whose bit is set already was freed twice, one that is no multiple of the
//! size is no object, one in another cache's slab was freed into the wrong one. Runs and areas are checked at once.
//! Addresses outside the arena fail one subtract-and-compare and are looked up, never dereferenced.
//!
//! Modes change when things are checked, by what magazines hold (SECURITY.md has what is caught). *Hardened*: the
//! loaded magazines stay empty and of capacity 0, so both calls come to the slow path, which serves from the previous
//! magazine alone and marks each object as it goes out and comes back (`slab::marks`, `thread::marked`). *Checked*: the
//! same, and threads do not know the arena, so every pointer that comes back is looked up in the records of `guard`.
//! *Sampling*: a magazine shows the rounds up to the next sample and hides the rest (`thread::sample`); a sampled
//! object lies in a pool outside the arena, so that its free comes to the slow path, which asks `guard` first.
//!
//! What realloc makes larger gets room (`heap::reallocate`): while it is small the next power of two; from a page on,
//! if it grew several times in a row (`thread::growth`), a run of no class with untouched room to double in; beyond 4
//! MiB the start of a free run of many times its size. From 64 MiB on, where the run behind it is taken, its pages
//! move to an area of its own: the arena stays one mapping, and reads as zero where they were.
//!
//! A slab of an object cache that comes empty is condemned if it has a destructor: used again before a new one is cut,
//! or destructed when no lock is held. Destructors run in calls on their own cache, in trimming and when memory is
//! short, never in another malloc or free, whose caller may hold any lock of the program's. Trimming, shortage and the
//! destruction of a cache take the sweep first (`thread::sweep`); shortage also calls the reclaim callbacks before it
//! refuses.
//!
//! ## 6 Life of a page
//!
//! | state     | meaning                                  | next                                             |
//! |-----------|------------------------------------------|--------------------------------------------------|
//! | spanned   | metadata set aside, the addresses free   | reserved, while nobody else took them            |
//! | reserved  | inaccessible, costs address space alone  | committed, when the buddy has no run left        |
//! | clean     | committed, in a free run, reads as zero  | used                                             |
//! | used      | in a slab, an object or metadata         | dirty, when its run is given back                |
//! | dirty     | in a free run, still resident            | used again (preferred), or clean by purging      |
//!
//! An arena may span 64 GiB or more (less where address space is limited), of which it reserves 64 MiB at first and
//! then twice what it has: a program that limits its own address space with setrlimit finds most of it unused. If other
//! mappings are in the way, a further arena is begun. Commits grow one read-write prefix, an eighth at a time, so an
//! arena's runs are two mappings however large they get, three with huge pages. Nothing is ever written into free memory: no headers, no links, no
//! boundary tags; records, bitmaps and magazines live in the arena's metadata and the metadata store.
//!
//! Memory goes back in steps, by whichever thread comes by with a slow call, every 50 ms at most (`thread::upkeep`).
//! What a thread has of classes that are cold goes to the slabs at a later slow call of its own; the previous magazines
//! of a thread that makes none, and all of a dead one, are taken by others; the depot's, and the empty slab that a
//! cache holds back, when nobody needed them for an interval (the working set, Bonwick & Adams 2001, §3.4). What a
//! sleeping thread has *loaded* is its own: pop and push are plain loads and stores, and nothing that another can know
//! of a thread says that it stands outside them; the allowance bounds it (`thread::budget`). Free runs that are dirty
//! are purged by MADV_DONTNEED, never munmap, along a smooth curve that comes to nothing after a second (option
//! `decay_ms`; `thread::decay`). A program that idles makes no slow calls: for it there is the maintenance thread, if
//! it is asked for (`thread::maintenance`). `quarry_purge` and `malloc_trim(0)` do all of it at once.
//!
//! A limit (option `limit`, `buddy::limit`) is on used, dirty and metadata together, areas included: what would exceed
//! it is refused, once everything has been reaped and purged and the reclaim callbacks ran. A heap of 64 MiB or more
//! looks at its control group now and then (`thread::pressure`, `os::cgroup`): near the group's limit the decay time is
//! a quarter or a sixteenth, and from three quarters of the limit on free memory goes back before the program touches
//! what it got.
//!
//! Arenas, metadata and areas have names for /proc/PID/smaps where the kernel has names (`os::name`), each its own from
//! its first reservation, so that nothing is split by them.
//!
//! A free run that serves n granules is cut to n; the tail goes back as smaller runs. Dirty runs are taken before clean
//! ones, whatever their order, since their pages are there; then the least order that holds n; then the lowest address
//! (`arena::index` finds it in a few looks). So what is used gathers in low units, which become the fullest, and whole
//! units come free above them. Purging goes the other way: whole units first, from the highest address down, since
//! those are used again last; parts of units when nothing else is dirty.
//!
//! Huge pages (option `thp`) stand behind the units from one address of an arena on, if any: below it the kernel is
//! asked to use small pages alone. `auto` draws that line at the frontier once 512 MiB are committed and a sample of
//! the units in use (`buddy::huge`) shows that huge pages would make less than 3 % more resident. Above the line a unit
//! is purged whole or not at all, so no huge page is broken while the rest of it is in use, and khugepaged has nothing
//! to fill: it joins only what has a page present, and a purged unit has none. When memory is asked for
//! (`malloc_trim`), parts of units above the line go too; then the line is given up, and the kernel is asked for small
//! pages everywhere. What is a huge page already stays one.
//!
//! ## 7 Threads: birth, death, fork
//!
//! A thread is born to us at its first slow call. It takes a block and locks the block's *certificate of life*, a
//! robust mutex. When the thread ends, the kernel marks the mutex; the next thread to be born takes block and
//! certificate over, magazines and all, and upkeep drains blocks that wait too long. There is no exit hook:
//! `__cxa_thread_atexit_impl` takes the loader's lock, so a library whose constructor starts and joins a thread would
//! deadlock in that thread's first malloc (seen with glibc 2.36); a pthread key is one of the program's 1,024; both run
//! before the last free of their thread. See `os/certificate.rs` and `thread/registry.rs`.
//!
//! Before a fork every lock is taken in the lock order; parent and child give them back. In between the forking thread
//! passes through them, for the fork handlers of other libraries that allocate. The child renews the certificates and
//! drains the blocks of the threads it lost. Such a thread stood at any instruction of its hot path, and the kernel
//! copies its memory as it stood at that instruction; so a magazine is drained only if its cells agree, and rounds that
//! are free already are passed over (`heap/fork.rs`, `thread/magazines.rs`). Rounds change hands under a lock, so that a
//! fork, which holds all, finds them on one side. A fork in a signal handler that interrupted the allocator takes no
//! lock: the child goes on with the call, and stops by a line at a lock that a lost thread held.
//!
//! ## 8 Lock order
//!
//! `sync/rank.rs` is the order: sweep, purging, numbers of object caches, registry of threads, depots, slabs, buddy,
//! areas, records of guarded objects, store. Tests assert it at every take, fork walks it, but for the sweep, which is
//! held while callbacks of the program run and may be waited for without end; the child takes it from the threads it
//! lost. No other lock is held across a callback. Purging and the records are held across madvise, and a class's lock
//! while holes of its slabs are purged; the buddy's is held across the mprotect that commits. Nothing below `abi` calls
//! malloc, so no thread is inside a layer twice.
//!
//! ## 9 Atomics
//!
//! | what                          | written by             | read by            | ordering  | publishes              |
//! |-------------------------------|------------------------|--------------------|-----------|------------------------|
//! | a lock's state                | taker, holder, waiters | all                | Acq / Rel | what the lock guards   |
//! | frontier of an arena          | who has the buddy lock | all                | Rel / Acq | metadata below it      |
//! | reserved part of an arena     | who has the buddy lock | all                | Relaxed   | nothing (c)            |
//! | count of arenas               | who has the buddy lock | all                | Rel / Acq | the arena's slot       |
//! | the forking thread            | itself                 | all                | Relaxed   | nothing (b)            |
//! | whether a block is in use     | thread, who drains it  | upkeep             | Relaxed   | nothing (d)            |
//! | map bytes, granule records    | owner of the run       | all                | Relaxed   | nothing (a)            |
//! | state of an object cache      | maker, who destroys it | who sweeps         | Rel / Acq | name, callbacks, shape |
//! | place of its magazines, shape | the same               | its users          | Relaxed   | nothing (a)            |
//! | bank of a block               | its thread             | who sweeps, counts | Rel / Acq | the zeroed bank        |
//! | a block's previous magazine   | its thread             | who takes it       | Rel / Acq | its rounds and count   |
//! | whether a round of upkeep runs| who does it            | who would          | Acq / Rel | the curve of decay     |
//! | the thread that has the sweep | itself                 | all                | Relaxed   | nothing (b)            |
//! | kept report path              | the loading thread     | the exiting thread | Rel / Acq | its bytes              |
//! | figures of a lock, of a block | its holder; its thread | who reports        | Relaxed   | nothing (e)            |
//! | top, bottom of a magazine     | its thread             | it; figures, late  | Relaxed   | nothing                |
//! | bound, and whether it was met | upkeep; buddy lock     | who allocates      | Relaxed   | nothing                |
//! | options, upkeep clock, stats  | anyone                 | anyone             | Relaxed   | nothing                |
//! | sum of allowances, used sizes | anyone                 | anyone             | Relaxed   | nothing                |
//! | length of the marks           | who has their lock     | all                | Rel / Acq | the marks, committed   |
//! | a mark                        | who has the object     | who frees it       | Relaxed   | nothing; two frees (f) |
//! | table of stacks, a stack      | who needs it first     | all                | Rel / Acq | the table, its frames  |
//! | rule of a code address        | who finds it           | all                | Relaxed   | nothing (g)            |
//!
//! Rel / Acq: written with Release, read with Acquire; a lock is taken with Acquire and let go with Release. (a) A
//! pointer or a handle reaches another thread through the program's own synchronisation. (b) A thread looks for itself
//! alone. (c) It only says whose an address is. (d) The certificate decides. (e) Only with the feature `instrument`.
//! (f) An exchange decides between them. (g) Its two words prove each other (`report::unwind`).
//!
//! A block's cells are not atomic: only its thread touches them, or whoever took its certificate. The words that
//! figures read from outside (`thread::word`), and the count of a magazine, are written atomically and Relaxed, read so
//! from outside, where the range is checked, and as plain memory by their thread. The rounds of a magazine that changes
//! hands are plain memory: `owns` may look at them, and compares what it reads. The one that anyone may exchange for
//! null is the previous magazine (T7).
//!
//! The feature `instrument` counts lock takes, waits and read-modify-writes by rank, and calls per block, for the
//! reports (`sync::meter`, `thread::meter`). Its hooks are types that are empty in any other build; no counter is
//! shared between writers, so what is counted is what happens without it.
//!
//! ## 10 How we fail
//!
//! *Refusal* (no memory, bad alignment): `None` up to `abi`, which returns NULL and sets errno; nothing has changed, at
//! whichever call to the kernel it happened. *Misuse*: `report::stop_with` prints `quarry: <text>: <pointer> (class
//! <size> B, object <start>, of cache '<name>', given to cache '<name>', thread <id>)`, as far as that is known, the
//! stacks where they are kept, and aborts. An allocation that takes no refusal stops with `quarry: out of memory:
//! <size> bytes, …`. *Our bug*: assertions in debug builds, and the heap walkers (`check`) that assert the numbered
//! invariants of each layer.
//!
//! ## 11 What we do not do
//!
//! No thread of our own unless it is asked for, no signal handler unless guards are; no file opened unless a report is
//! asked for, but the control group's by a heap of 64 MiB or more. No size follows the number of processors. No malloc from a signal
//! handler that interrupted malloc is promised (as POSIX): on the slow path it is served or stopped by a line
//! (`sync/lock.rs`, `thread/pair.rs`); on a hit it corrupts, if it uses the same class, between the load of a
//! magazine's top and the store, four instructions in malloc and five in free, or frees into the class before malloc's
//! last read.
//!
//! ## 12 Sources
//!
//! Knowlton, *A Fast Storage Allocator*, CACM 1965 · Knuth, *The Art of Computer Programming* 1, §2.5 · Bonwick, *The
//! Slab Allocator*, USENIX Summer 1994 · Bonwick & Adams, *Magazines and Vmem*, USENIX 2001 · POSIX.1-2017 (robust
//! mutexes) · set_robust_list(2) · DWARF 5, §6.4 (call frame information) · Knuth, TAOCP 3, §6.4 (deletion from open
//! tables).
#![no_std]
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc, missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)
)]

#[cfg(any(test, not(target_arch = "x86_64"), quarry_portable_tls))]
extern crate std;

mod base;

mod os;

mod sync;

mod report;

mod stats;

// Public for the test that compares the README's table with the code's.
#[doc(hidden)]
pub mod options;

mod arena;

mod buddy;

mod slab;

mod depot;

mod thread;

mod guard;

mod heap;

/// The Rust in the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub mod api;

pub mod abi;

#[cfg(quarry_race)]
#[doc(hidden)]
pub use os::certificate::race::thread_ends;

#[cfg(feature = "allocator-api2")]
pub use api::Regions;
pub use api::{
    Area, AreaKind, ArenaInfo, CacheBuilder, CacheError, CacheInfo, CacheName, Object, ObjectCache, OutOfMemory, Pages,
    Place, PlaceState, Quarry, RawCache, Region, areas, buddyinfo, owns, purge, slabinfo, write_buddyinfo,
    write_buddyinfo_json, write_slabinfo, write_slabinfo_json,
};
