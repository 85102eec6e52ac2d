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

use quarry::{Object, ObjectCache, Quarry, write_slabinfo};

#[global_allocator]
static HEAP: Quarry = Quarry;

const CLIENTS: usize = 4;
const REQUESTS: usize = 20_000;
const NUMBERS: usize = 100;

/// What a client sends: the type, then the numbers, each below `NUMBERS`. The answer is as many numbers.
const ECHO: u8 = 0;
const SORT: u8 = 1;

struct Echo([u8; NUMBERS]);

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
            client.read_exact(&mut echo.0).expect("a whole request");
            Request::Echo(echo)
        };
        queue.send((number, request)).expect("somebody answers");
    }
}

/// Answers a request; dropping it gives its object back.
fn answer(client: &mut UnixStream, request: Request<'_>) {
    match request {
        Request::Echo(echo) => client.write_all(&echo.0).expect("the client listens"),
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
        server.write_all(&[&[kind], &sent[..]].concat()).expect("the server listens");
        let mut received = [0; NUMBERS];
        server.read_exact(&mut received).expect("an answer");
        assert_eq!(received, if kind == ECHO { sent } else { std::array::from_fn(|at| at as u8) });
    }
}

fn main() {
    let caches = Caches {
        echoes: ObjectCache::new("echo", || Echo([0; NUMBERS])).expect("a cache"),
        sorts: ObjectCache::new("sort", || Sort { numbers: [0; NUMBERS], counts: vec![0; NUMBERS] }).expect("a cache"),
    };
    let mut answered = 0;
    thread::scope(|scope| {
        let (sender, queue) = mpsc::channel();
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            let (end, other) = UnixStream::pair().expect("a pair of sockets");
            clients.push(end.try_clone().expect("a second handle"));
            let (queue, caches) = (sender.clone(), &caches);
            scope.spawn(move || receive(number, end, caches, queue));
            scope.spawn(move || client(other));
        }
        drop(sender); // the queue ends when the last client has hung up
        for (number, request) in queue {
            answer(&mut clients[number], request);
            answered += 1;
        }
    });
    println!("{answered} requests answered; the caches at the end:");
    let mut text = String::new();
    write_slabinfo(&mut text).expect("room for the text");
    print!("{text}");
}
