//! fork while another thread is anywhere on its hot or slow path: what the child finds in that thread's cells.
//!
//! A shadow of `push_to`, `pop_from`, `Pair::load`, `Pair::unload` and `Block::drain_orphaned` (`thread/block.rs`,
//! `thread/pair.rs`, `thread/magazines.rs`): each of their stores is a step of its own, in the order of the code, and
//! the fork comes before or after any of them. It copies memory as it stands at one instant, so the cells are plain and
//! read in one piece; the forking thread holds the depot's lock, so the other is not inside the depot.

use core::cell::{Cell, RefCell};

use loom::sync::Arc;

use crate::sync::lock::{self, hold};
use crate::sync::prim::{AtomicU32, Mutation, Ordering, leaves_out, model};
use crate::sync::{Lock, Rank};

/// Rounds of a magazine, and objects there are.
const ROUNDS: usize = 2;
const OBJECTS: usize = 4;
/// A null pointer, below every place.
const NULL: usize = 0;

/// A magazine: its places begin at `first`, so that pointers of two magazines differ.
#[derive(Clone)]
struct Magazine {
    first: usize,
    count: usize,
    rounds: [Option<usize>; ROUNDS],
}

/// A thread's cells for one class.
#[derive(Clone)]
struct Cells {
    loaded: Option<usize>,
    top: usize,
    bottom: usize,
    limit: usize,
    magazines: [Magazine; 2],
}

/// Who has an object: nobody but the slabs, a magazine or depot (free for the program), or the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Has {
    Heap,
    Program,
}

struct Victim {
    cells: RefCell<Cells>,
    objects: [Cell<Has>; OBJECTS],
    step: AtomicU32,
    depot: Lock<{ Rank::Depot as u8 }, RefCell<Vec<usize>>>,
}

// SAFETY: loom runs the threads of a model on one of the system, one at a time, and nothing is borrowed across a step.
unsafe impl Sync for Victim {}
// SAFETY: as above.
unsafe impl Send for Victim {}

impl Victim {
    /// One store: the fork may come before it.
    fn store(&self, write: impl FnOnce(&mut Cells)) {
        // Relaxed: only gives the model a place to switch.
        self.step.store(0, Ordering::Relaxed);
        write(&mut self.cells.borrow_mut());
    }

    fn cells(&self) -> Cells {
        self.cells.borrow().clone()
    }

    /// `push_to`: the round before the count.
    fn push(&self, object: usize) -> bool {
        let Cells { top, limit, loaded, .. } = self.cells();
        if top == limit {
            return false;
        }
        let at = loaded.unwrap();
        // The program gave the object up when it called free.
        self.objects[object].set(Has::Heap);
        let round = |cells: &mut Cells| cells.magazines[at].rounds[top - cells.magazines[at].first] = Some(object);
        let count = |cells: &mut Cells| cells.top = top + 1;
        if leaves_out() {
            self.store(count);
            self.store(round);
        } else {
            self.store(round);
            self.store(count);
        }
        true
    }

    /// `pop_from`.
    fn pop(&self) -> Option<usize> {
        let Cells { top, bottom, loaded, .. } = self.cells();
        if top == bottom {
            return None;
        }
        self.store(|cells| cells.top = top - 1);
        let at = loaded.unwrap();
        let object = self.cells().magazines[at].rounds[top - 1 - self.cells().magazines[at].first].unwrap();
        // The program has it when malloc returns.
        self.objects[object].set(Has::Program);
        Some(object)
    }

    /// `Pair::unload`.
    fn unload(&self) -> Option<usize> {
        let at = self.cells().loaded?;
        self.store(|cells| cells.loaded = None);
        let Cells { top, bottom, .. } = self.cells();
        self.store(|cells| cells.top = NULL);
        self.store(|cells| cells.bottom = NULL);
        self.store(|cells| cells.limit = NULL);
        self.store(|cells| cells.magazines[at].count = top - bottom);
        Some(at)
    }

    /// `Pair::load`: the count last.
    fn load(&self, at: usize) {
        let Magazine { first, count, .. } = self.cells().magazines[at].clone();
        self.store(|cells| cells.loaded = Some(at));
        self.store(|cells| cells.limit = first + ROUNDS);
        self.store(|cells| cells.bottom = first);
        self.store(|cells| cells.top = first + count);
    }

    /// Frees and allocates, and changes magazines at the depot in between.
    fn run(&self) {
        let object = self.pop().unwrap();
        assert!(self.push(object));
        let full = self.unload().unwrap();
        {
            // The depot takes it for another.
            let depot = self.depot.lock();
            depot.borrow_mut().push(full);
        }
        self.load(1 - full);
        while self.pop().is_some() {}
    }

    /// The child: judges the cells as `drain_orphaned` does.
    fn fork(&self) {
        hold(&self.depot);
        let (cells, objects) = (self.cells(), self.objects.each_ref().map(Cell::get));
        let in_depot: Vec<usize> = {
            // SAFETY: the lock is held.
            let depot = unsafe { &*self.depot.data_ptr() }.borrow();
            depot
                .iter()
                .flat_map(|&at| cells.magazines[at].rounds[..cells.magazines[at].count].to_vec())
                .flatten()
                .collect()
        };
        // SAFETY: held above, by this thread.
        unsafe { lock::let_go(&self.depot) };
        let Some(at) = cells.loaded else { return };
        let magazine = &cells.magazines[at];
        let (first, last) = (magazine.first, magazine.first + ROUNDS);
        let whole = cells.bottom == first && cells.bottom <= cells.top && cells.top <= last;
        let count = if whole { cells.top - first } else { 0 };
        for round in &magazine.rounds[..count] {
            let object = round.expect("a counted round is written");
            assert_eq!(objects[object], Has::Heap, "an object of the program is given back");
            assert!(!in_depot.contains(&object), "an object is in the depot and in a magazine");
        }
    }
}

fn fork_anywhere() {
    let magazine = |first: usize, objects: [usize; ROUNDS]| Magazine { first, count: 2, rounds: objects.map(Some) };
    let mut magazines = [magazine(10, [0, 1]), magazine(20, [2, 3])];
    // The loaded one has room for what is freed.
    magazines[0].count = 1;
    magazines[0].rounds[1] = None;
    let cells = Cells { loaded: Some(0), top: 11, bottom: 10, limit: 12, magazines };
    let victim = Arc::new(Victim {
        cells: RefCell::new(cells),
        objects: [Has::Heap, Has::Program, Has::Heap, Has::Heap].map(Cell::new),
        step: AtomicU32::new(0),
        depot: Lock::new(RefCell::new(Vec::new())),
    });
    drop(victim.depot.lock());
    victim.step.store(0, Ordering::Relaxed);
    let thread = {
        let victim = Arc::clone(&victim);
        loom::thread::spawn(move || {
            // Object 1 is the program's.
            assert!(victim.push(1));
            victim.run();
        })
    };
    let forker = {
        let victim = Arc::clone(&victim);
        loom::thread::spawn(move || {
            // A step, so that the fork comes between any two of the other's.
            victim.step.store(0, Ordering::Relaxed);
            victim.fork();
        })
    };
    thread.join().unwrap();
    forker.join().unwrap();
}

#[test]
fn child_gives_back_what_is_free_and_nothing_else() {
    model(Some(2), Mutation::None, fork_anywhere);
}

#[test]
#[should_panic(expected = "a counted round is written")]
fn count_before_the_round_is_noticed() {
    model(Some(2), Mutation::Step, fork_anywhere);
}
