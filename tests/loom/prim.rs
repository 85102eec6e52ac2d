//! The seam for the models, in place of `src/sync/prim.rs`: atomics that are loom's while a model runs.
//!
//! An atomic here is laid out as the real one, so it may lie in a static, in a mapping or in a byte of the granule map.
//! loom's counterpart is found by its address and made at its first use in an execution, with the value that the memory
//! has; the memory itself is not written, so each execution begins as the first did. Outside models the memory is what
//! counts. What several threads use must be used once before they begin: loom complains of a birth that is not ordered
//! before every use ("mut accesses").
//!
//! `wait` and `wake_one` are the futex as the kernel defines it, so a lost wake-up is a deadlock, which loom reports.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use loom::sync::Condvar;

pub use loom::sync::atomic::Ordering;

/// None: loom lets a thread that spins wait until the others cannot go on, so no waiter would come to sleep.
pub const SPINS: u32 = 0;

/// loom runs all threads of a model on one thread of the system, which holds the locks of all of them.
pub const CHECKS_ORDER: bool = false;

pub fn spin_loop() {
    if is_model() {
        loom::hint::spin_loop();
    }
}

/// How the code under a model is broken, to see that the model notices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mutation {
    /// Not at all.
    None,
    /// Every Acquire is Relaxed.
    Acquire,
    /// Every Release is Relaxed.
    Release,
    /// Nobody is woken.
    Wake,
    /// What the model itself leaves out: a lock, or an order of two steps.
    Step,
}

thread_local! {
    /// One for all threads of a model.
    static MUTATION: Cell<Option<Mutation>> = const { Cell::new(None) };
}

/// Models share statics of the code, so one runs at a time.
static ONE: Mutex<()> = Mutex::new(());

/// Returns whether a model runs here and goes on: what unwinds a failed one must not come to loom again.
fn is_model() -> bool {
    MUTATION.get().is_some() && !std::thread::panicking()
}

/// Returns whether the model is to leave out its step.
pub fn leaves_out() -> bool {
    MUTATION.get() == Some(Mutation::Step)
}

fn weakened(order: Ordering) -> Ordering {
    match (MUTATION.get(), order) {
        (Some(Mutation::Acquire), Ordering::Acquire) | (Some(Mutation::Release), Ordering::Release) => {
            Ordering::Relaxed
        }
        _ => order,
    }
}

/// Ends the model when its thread leaves it, by a panic too.
struct Over<'a>(#[allow(dead_code)] MutexGuard<'a, ()>);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        MUTATION.set(None);
        forget();
    }
}

/// Runs `execution` under every interleaving with at most `preemptions` switches away from a thread that could go on,
/// the code broken as `mutation` says.
pub fn model(preemptions: Option<usize>, mutation: Mutation, execution: impl Fn() + Sync + Send + 'static) {
    let _over = Over(ONE.lock().unwrap_or_else(PoisonError::into_inner));
    MUTATION.set(Some(mutation));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.max_branches = 20_000;
    builder.check(move || {
        forget();
        // Used once before the threads begin.
        if let Some(loaded) = LOADED.get() {
            loaded.load(Ordering::Relaxed);
        }
        execution();
    });
}

/// The word that says whether the heap was loaded, which nobody but `heap/load.rs` can name.
static LOADED: OnceLock<&'static AtomicBool> = OnceLock::new();

/// Whether the word that is swapped is that one, and not in a model: the constructor of `heap/load.rs` ran before `main`.
/// It finds the word set, so that each execution loads for itself.
fn is_constructor(word: &AtomicBool) -> bool {
    // SAFETY: outside models a word is swapped in that constructor alone, and that one is a static.
    !is_model() && LOADED.set(unsafe { &*core::ptr::from_ref(word) }).is_ok()
}

/// Defines an atomic of `$width` that is loom's in a model.
macro_rules! atomics {
    ($($name:ident: $value:ty),*) => {
        $(
            #[repr(transparent)]
            pub struct $name(core::sync::atomic::$name);

            impl $name {
                pub const fn new(value: $value) -> $name {
                    $name(core::sync::atomic::$name::new(value))
                }

                /// Runs `modelled` on loom's counterpart, or `plain` on the memory.
                fn either<T>(
                    &self,
                    modelled: impl FnOnce(&loom::sync::atomic::$name) -> T,
                    plain: impl FnOnce(&core::sync::atomic::$name) -> T,
                ) -> T {
                    if !is_model() {
                        return plain(&self.0);
                    }
                    let made = TABLES.with_borrow_mut(|tables| {
                        let make = || Rc::new(loom::sync::atomic::$name::new(self.0.load(Ordering::Relaxed)));
                        Rc::clone(tables.$name.entry(core::ptr::from_ref(self).addr()).or_insert_with(make))
                    });
                    modelled(&made)
                }

                pub fn load(&self, order: Ordering) -> $value {
                    let order = weakened(order);
                    self.either(|atomic| atomic.load(order), |atomic| atomic.load(order))
                }

                pub fn store(&self, value: $value, order: Ordering) {
                    let order = weakened(order);
                    self.either(|atomic| atomic.store(value, order), |atomic| atomic.store(value, order))
                }

                #[allow(dead_code)] // Not every width is used in every way.
                pub fn swap(&self, value: $value, order: Ordering) -> $value {
                    let order = weakened(order);
                    if let Some(set) = self.found_by_constructor() {
                        return set;
                    }
                    self.either(|atomic| atomic.swap(value, order), |atomic| atomic.swap(value, order))
                }

                #[allow(dead_code)] // As above.
                pub fn compare_exchange(
                    &self,
                    from: $value,
                    to: $value,
                    good: Ordering,
                    bad: Ordering,
                ) -> Result<$value, $value> {
                    let good = weakened(good);
                    self.either(
                        |atomic| atomic.compare_exchange(from, to, good, bad),
                        |atomic| atomic.compare_exchange(from, to, good, bad),
                    )
                }

                #[allow(dead_code)] // As above.
                pub fn compare_exchange_weak(
                    &self,
                    from: $value,
                    to: $value,
                    good: Ordering,
                    bad: Ordering,
                ) -> Result<$value, $value> {
                    self.compare_exchange(from, to, good, bad)
                }
            }
        )*

        /// loom's counterparts in this execution, by address.
        #[derive(Default)]
        #[allow(non_snake_case)]
        struct Tables {
            $($name: HashMap<usize, Rc<loom::sync::atomic::$name>>,)*
            sleepers: HashMap<usize, Rc<(loom::sync::Mutex<()>, Condvar)>>,
        }
    };
}

atomics! { AtomicBool: bool, AtomicU8: u8, AtomicU32: u32, AtomicU64: u64, AtomicUsize: usize }

/// What a swap finds before `main`.
trait Constructed<T> {
    fn found_by_constructor(&self) -> Option<T> {
        None
    }
}

impl Constructed<bool> for AtomicBool {
    fn found_by_constructor(&self) -> Option<bool> {
        is_constructor(self).then_some(true)
    }
}

impl Constructed<u8> for AtomicU8 {}
impl Constructed<u32> for AtomicU32 {}
impl Constructed<u64> for AtomicU64 {}
impl Constructed<usize> for AtomicUsize {}

thread_local! {
    static TABLES: RefCell<Tables> = RefCell::default();
}

/// Forgets the counterparts: another execution begins.
fn forget() {
    // Taken out first: what is dropped may come here.
    drop(TABLES.take());
}

/// Nobody forks here, but for what `threads.rs` models by itself.
pub fn thread_address() -> usize {
    1
}

fn sleepers_of(word: &AtomicU32) -> Rc<(loom::sync::Mutex<()>, Condvar)> {
    TABLES.with_borrow_mut(|tables| {
        let make = || Rc::new((loom::sync::Mutex::new(()), Condvar::new()));
        Rc::clone(tables.sleepers.entry(core::ptr::from_ref(word).addr()).or_insert_with(make))
    })
}

pub fn wait(word: &AtomicU32, expected: u32) {
    if !is_model() {
        return std::thread::yield_now();
    }
    let place = sleepers_of(word);
    let (queue, sleepers) = &*place;
    let guard = queue.lock().unwrap();
    // Relaxed: the lock that asked looks again with Acquire.
    if word.load(Ordering::Relaxed) == expected {
        drop(sleepers.wait(guard).unwrap());
    }
}

/// No signals come here, and the model has its own check of the order.
pub fn ranks() -> usize {
    0
}

pub fn set_ranks(_ranks: usize) {}

pub fn stop(line: &[u8]) -> ! {
    panic!("{}", String::from_utf8_lossy(line));
}

/// Time passes when others run.
pub fn wait_a_moment(_word: &AtomicU32, _expected: u32) {
    if !is_model() {
        return std::thread::yield_now();
    }
    loom::thread::yield_now();
}

pub fn wake_one(word: &AtomicU32) {
    if !is_model() || MUTATION.get() == Some(Mutation::Wake) {
        return;
    }
    let place = sleepers_of(word);
    let (queue, sleepers) = &*place;
    let _guard = queue.lock().unwrap();
    sleepers.notify_one();
}
