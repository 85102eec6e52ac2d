//! A server with one object cache per type of request.
//!
//! Requests of a type have one size and one life: read, queued, answered, gone. A cache for each type keeps what they own while
//! they are free (the counts of a `Sort` are allocated and cleared once, and serve thousands of requests), and shows by name in
//! the figures which type holds how much memory.
//!
//! A request is allocated by the thread that reads it and given back by the one that answers it: whole magazines of free
//! objects travel back through the cache's depot.
//!
//! usage: cargo run --release --example server

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;

use quarry::{Object, ObjectCache, Quarry, slabinfo};

#[global_allocator]
static HEAP: Quarry = Quarry;

const CLIENTS: usize = 4;
const REQUESTS: usize = 20_000;
const NUMBERS: usize = 100;

/// What a client sends: the type of the request, then the numbers, each below `NUMBERS`. The answer is as many numbers.
const ECHO: u8 = 0;
const SORT: u8 = 1;

struct Echo {
    numbers: [u8; NUMBERS],
}

struct Sort {
    numbers: [u8; NUMBERS],
    /// How often each number occurs: the object's from construction to destruction, all zero while it is free.
    counts: Vec<u32>,
}

struct Caches {
    echoes: ObjectCache<Echo>,
    sorts: ObjectCache<Sort>,
}

/// A request in the queue owns its object, and gives it back to its cache when it is dropped.
enum Request<'a> {
    Echo(Object<'a, Echo>),
    Sort(Object<'a, Sort>),
}

/// Reads the requests of a client until it hangs up, and queues each.
fn receive<'a>(number: usize, mut client: UnixStream, caches: &'a Caches, queue: mpsc::Sender<(usize, Request<'a>)>) {
    let mut kind = [0];
    while client.read_exact(&mut kind).is_ok() {
        let request = if kind[0] == SORT {
            let mut sort = caches.sorts.alloc().expect("memory");
            client.read_exact(&mut sort.numbers).expect("a whole request");
            Request::Sort(sort)
        } else {
            let mut echo = caches.echoes.alloc().expect("memory");
            client.read_exact(&mut echo.numbers).expect("a whole request");
            Request::Echo(echo)
        };
        queue.send((number, request)).expect("somebody answers");
    }
}

/// Answers a request; dropping it gives its object back.
fn answer(client: &mut UnixStream, request: Request<'_>) {
    match request {
        Request::Echo(echo) => client.write_all(&echo.numbers).expect("the client listens"),
        Request::Sort(mut sort) => {
            let Sort { numbers, counts } = &mut *sort;
            numbers.iter().for_each(|&number| counts[usize::from(number)] += 1);
            let mut places = numbers.iter_mut();
            for (number, count) in (0..).zip(counts) {
                // Down to zero again: the object goes back as it was constructed.
                places.by_ref().take(std::mem::take(count) as usize).for_each(|place| *place = number);
            }
            client.write_all(numbers).expect("the client listens");
        }
    }
}

fn client(mut server: UnixStream) {
    for turn in 0..REQUESTS {
        let kind = if turn % 2 == 0 { ECHO } else { SORT };
        let sent: [u8; NUMBERS] = std::array::from_fn(|at| ((turn + at * 37) % NUMBERS) as u8);
        let message: Vec<u8> = std::iter::once(kind).chain(sent).collect();
        server.write_all(&message).expect("the server listens");
        let mut received = [0; NUMBERS];
        server.read_exact(&mut received).expect("an answer");
        let sorted = std::array::from_fn(|at| at as u8);
        assert_eq!(received, if kind == ECHO { sent } else { sorted });
    }
}

fn main() {
    let echoes = ObjectCache::new("echo", || Echo { numbers: [0; NUMBERS] }).expect("a cache");
    let sorts = ObjectCache::new("sort", || Sort { numbers: [0; NUMBERS], counts: vec![0; NUMBERS] }).expect("a cache");
    let caches = Caches { echoes, sorts };
    let mut answered = 0;
    thread::scope(|scope| {
        let (sender, queue) = mpsc::channel();
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            let (end, other) = UnixStream::pair().expect("a pair of sockets");
            clients.push(end.try_clone().expect("a second handle"));
            let (sender, caches) = (sender.clone(), &caches);
            scope.spawn(move || receive(number, end, caches, sender));
            scope.spawn(move || client(other));
        }
        drop(sender); // the queue ends when the last client has hung up
        for (number, request) in queue {
            answer(&mut clients[number], request);
            answered += 1;
        }
    });
    println!("{answered} requests answered; the caches at the end:");
    for info in slabinfo().filter(|info| matches!(&*info.name, "echo" | "sort")) {
        println!(
            "{}: {} objects of {} bytes in {} slabs; {} active, {} in magazines of threads, {} in the depot",
            info.name,
            info.objects,
            info.object_size,
            info.slabs,
            info.active_objects,
            info.in_magazines,
            info.in_depot
        );
    }
}
