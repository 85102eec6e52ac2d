//! Objects that stay constructed, against a box that is made each time.
//!
//! Bonwick's observation (USENIX Summer 1994, section 2): making an object often costs more than allocating it, and much of
//! what was made is still good when the object is freed. A lock is unlocked again, a list is empty again; so why take them
//! apart, only to make them anew? An object cache keeps free objects constructed. Bonwick measured 1.3 to 5.1 times the speed
//! for the objects of SunOS 5.4.
//!
//! The object here is a session: a lock and a table of lists. The program opens a number of sessions, uses each a
//! little, and closes them. Both ways run on the same library, so that only the construction differs. In Rust construction is
//! cheap where it is plain numbers; what costs is what an object owns, here the room of its lists.
//!
//! usage: cargo run --release --example constructed

use std::hint::black_box;
use std::sync::Mutex;
use std::time::Instant;

use quarry::{ObjectCache, Quarry};

#[global_allocator]
static HEAP: Quarry = Quarry;

/// Sessions that are open at the same time, and how often they are opened and closed.
const OPEN: usize = 50;
const ROUNDS: usize = 2_000;

struct Session<const LISTS: usize> {
    table: Mutex<[Vec<u64>; LISTS]>,
}

impl<const LISTS: usize> Session<LISTS> {
    /// Makes a session: every list with room for a few entries.
    fn new() -> Self {
        Session { table: Mutex::new(std::array::from_fn(|_| Vec::with_capacity(4))) }
    }

    /// Enters something into one of the lists and takes it out again: the session is as it was.
    fn work(&self, number: usize) {
        let mut table = self.table.lock().unwrap();
        let list = &mut table[number % LISTS];
        list.push(number as u64);
        black_box(list.pop());
    }
}

/// Returns the nanoseconds that `open_all_and_close` takes for one session.
fn time(mut open_all_and_close: impl FnMut(usize)) -> f64 {
    let begin = Instant::now();
    (0..ROUNDS).for_each(&mut open_all_and_close);
    begin.elapsed().as_nanos() as f64 / (ROUNDS * OPEN) as f64
}

fn compare<const LISTS: usize>() {
    let made = time(|round| {
        let open: Vec<_> = (0..OPEN).map(|_| Box::new(Session::<LISTS>::new())).collect();
        open.iter().for_each(|session| session.work(round));
    }); // the boxes are dropped: the sessions are taken apart and freed

    let cache = ObjectCache::new("session", Session::<LISTS>::new).expect("a cache");
    let kept = time(|round| {
        let open: Vec<_> = (0..OPEN).map(|_| cache.alloc().expect("memory")).collect();
        open.iter().for_each(|session| session.work(round));
    }); // the objects go back to the cache, as constructed as they came

    let bytes = size_of::<Session<LISTS>>();
    println!("{LISTS:8} {bytes:8} {made:13.0} ns {kept:13.0} ns   {:.1} times", made / kept);
}

fn main() {
    println!("{:>8} {:>8} {:>16} {:>16}", "lists", "bytes", "box and make", "object cache");
    compare::<1>();
    compare::<4>();
    compare::<16>();
    compare::<64>();
    compare::<256>();
}
