//! Pages as a ring buffer: one thread writes bytes, another reads them, and neither waits for a lock.
//!
//! A ring wants memory whose size is a power of two, so that a position that only ever grows becomes an offset with one `and`.
//! The buddy system gives just that: 2^order pages, and aligned to their size besides, so that the ring fills whole pages and
//! cache lines and shares none with anything else.
//!
//! One writer and one reader need no lock: each moves only its own position, which it stores with release order and the other
//! loads with acquire order, so that whoever sees the position sees what was stored before it.
//!
//! usage: cargo run --release --example ring

use std::sync::atomic::{AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use std::thread;
use std::time::Instant;

use quarry::Pages;

const MESSAGE: usize = 1000;
const TOTAL: usize = 64_000 * MESSAGE;

/// A position on a cache line of its own: the writer's and the reader's processor do not take it from each other.
#[derive(Default)]
#[repr(align(64))]
struct Position(AtomicUsize);

struct Ring {
    start: *mut u8,
    size: usize,       // a power of two
    written: Position, // bytes ever written
    read: Position,    // bytes ever read; `written - read` of them are in the ring
    _pages: Pages,     // what `start` points to
}

// SAFETY: there is one writer and one reader (`split`). The writer touches bytes that were read or never written, the reader
// bytes that were written and not read; each learns of the other's position by acquire, so no byte is touched by both at once.
unsafe impl Sync for Ring {}

struct Writer<'a>(&'a Ring);
struct Reader<'a>(&'a Ring);

impl Ring {
    fn new(order: u32) -> Option<Ring> {
        let mut pages = Pages::zeroed(order)?;
        let (start, size) = (pages.as_mut_ptr(), pages.len());
        Some(Ring { start, size, written: Position::default(), read: Position::default(), _pages: pages })
    }

    /// Returns the two ends; the mutable borrow lets there be only one of each.
    fn split(&mut self) -> (Writer<'_>, Reader<'_>) {
        (Writer(self), Reader(self))
    }

    /// Returns where the `count` bytes from position `at` on lie: two pieces where the ring ends in between.
    fn pieces(&self, at: usize, count: usize) -> [(*mut u8, usize); 2] {
        let offset = at & (self.size - 1);
        let first = count.min(self.size - offset);
        [(self.start.wrapping_add(offset), first), (self.start, count - first)]
    }
}

impl Writer<'_> {
    fn write(&mut self, message: &[u8]) {
        let Ring { written, read, size, .. } = self.0;
        let at = written.0.load(Relaxed); // nobody else moves it
        // Acquire: the reader is done with the bytes that it has passed, so they may be written over.
        while at + message.len() - read.0.load(Acquire) > *size {
            thread::yield_now(); // full
        }
        let mut from = message.as_ptr();
        for (piece, count) in self.0.pieces(at, message.len()) {
            // SAFETY: bytes of the ring that the reader has passed, and as many of the message.
            unsafe { piece.copy_from_nonoverlapping(from, count) };
            from = from.wrapping_add(count);
        }
        written.0.store(at + message.len(), Release);
    }
}

impl Reader<'_> {
    fn read(&mut self, message: &mut [u8]) {
        let Ring { written, read, .. } = self.0;
        let at = read.0.load(Relaxed); // nobody else moves it
        // Acquire: the bytes before this position are written.
        while written.0.load(Acquire) - at < message.len() {
            thread::yield_now(); // empty
        }
        let mut to = message.as_mut_ptr();
        for (piece, count) in self.0.pieces(at, message.len()) {
            // SAFETY: bytes of the ring that are written, and room for as many in the message.
            unsafe { piece.copy_to_nonoverlapping(to, count) };
            to = to.wrapping_add(count);
        }
        read.0.store(at + message.len(), Release);
    }
}

fn main() {
    let mut ring = Ring::new(4).expect("memory");
    let (kib, is_aligned) = (ring.size >> 10, ring.start.addr().is_multiple_of(ring.size));
    println!("A ring of {kib} KiB at {:p}, which is a multiple of {kib} KiB: {is_aligned}.", ring.start);

    let ((mut writer, mut reader), begin) = (ring.split(), Instant::now());
    thread::scope(|scope| {
        scope.spawn(move || {
            for at in (0..TOTAL).step_by(MESSAGE) {
                let message: [u8; MESSAGE] = std::array::from_fn(|i| ((at + i) % 251) as u8);
                writer.write(&message);
            }
        });
        let mut message = [0; MESSAGE];
        for at in (0..TOTAL).step_by(MESSAGE) {
            reader.read(&mut message);
            assert!(message.iter().zip(at..).all(|(&byte, position)| usize::from(byte) == position % 251));
        }
    });
    let speed = TOTAL as f64 / begin.elapsed().as_secs_f64() / f64::from(1 << 20);
    println!(
        "{TOTAL} bytes went through it in messages of {MESSAGE}, {speed:.0} MiB/s, all of them as they were sent."
    );
}
