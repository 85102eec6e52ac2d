//! Real threads that take turns: whoever has the baton goes on with the program, the others wait. So calls come from
//! several threads, in an order that the case alone decides.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};

/// What a turn ended with.
pub enum Turn {
    /// The thread of this number goes on.
    To(usize),
    /// The thread of this number ends, and the main one goes on.
    End(usize),
    /// The program is over.
    Over,
}

/// Something that goes on wherever it is told to.
pub trait Baton: Send + 'static {
    /// Goes on in the calling thread until another's turn comes.
    fn go_on(&mut self) -> Turn;
}

struct Worker<B> {
    there: Sender<Box<B>>,
    back: Receiver<(Box<B>, Turn)>,
    thread: JoinHandle<()>,
}

/// Threads: number 0 is the calling one.
pub const THREADS: usize = 4;

/// The threads but the calling one, started when their turn first comes.
struct Crew<B>([Option<Worker<B>>; THREADS - 1]);

impl<B: Baton> Crew<B> {
    fn on(&mut self, number: usize, mut baton: Box<B>) -> (Box<B>, Turn) {
        let Some(at) = number.checked_sub(1) else {
            let turn = baton.go_on();
            return (baton, turn);
        };
        let worker = self.0[at].get_or_insert_with(Worker::start);
        worker.there.send(baton).expect("the thread waits");
        worker.back.recv().expect("the thread went on without a panic")
    }

    fn end(&mut self, number: usize) {
        let worker = number.checked_sub(1).and_then(|at| self.0[at].take());
        if let Some(Worker { there, thread, .. }) = worker {
            drop(there);
            thread.join().expect("the thread ended without a panic");
        }
    }
}

impl<B: Baton> Worker<B> {
    fn start() -> Worker<B> {
        let (there, arrivals) = channel::<Box<B>>();
        let (returns, back) = channel();
        let thread = spawn(move || {
            for mut baton in arrivals {
                let turn = baton.go_on();
                // The other end waits for it, unless it panicked.
                let _ = returns.send((baton, turn));
            }
        });
        Worker { there, back, thread }
    }
}

/// Runs a program to its end and returns it; every thread but the calling one has ended then.
pub fn run<B: Baton>(program: B) -> Box<B> {
    let mut crew = Crew([const { None }; THREADS - 1]);
    let (mut baton, mut number) = (Box::new(program), 0);
    loop {
        let turn;
        (baton, turn) = crew.on(number, baton);
        match turn {
            Turn::To(next) => number = next % THREADS,
            Turn::End(ended) => {
                crew.end(ended % THREADS);
                number = 0;
            }
            Turn::Over => break,
        }
    }
    (1..THREADS).for_each(|number| crew.end(number));
    baton
}
