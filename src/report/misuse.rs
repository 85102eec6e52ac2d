//! Misuse: a caller's error that was recognised. One line on standard error, then abort.

use super::stack;
use super::write::{Descriptor, Writer};
use crate::base::Class;
use crate::os::running::thread_id;

/// A caller's error that Quarry detects. Each text is asserted verbatim in `c_tests/misuse/`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misuse {
    /// The object is free already: its bit in the slab, or its run, says so.
    DoubleFree,
    /// The address was never Quarry's.
    ForeignPointer,
    /// The address is inside an object and not its start.
    InteriorPointer,
    /// The address is Quarry's, in memory that holds no object now.
    UnallocatedPointer,
    /// Pages are given back as another order or size than they were allocated as.
    WrongOrder,
    /// The object is none that `quarry_vmalloc` makes.
    NotRegion,
    /// The object belongs to another object cache, or to none.
    WrongCache,
    /// The object cache was destroyed.
    DestroyedCache,
    /// An object is freed as of another size than it has.
    WrongSize,
    /// Bytes behind the object are not as they were left: the program wrote there.
    Overflow,
    /// A free object is not as it was left: the program wrote there.
    WriteAfterFree,
    /// An address behind an object was touched, where a guard lies.
    TouchBehind,
    /// An address before an object was touched, where a guard lies.
    TouchBefore,
    /// A free object was touched, where a guard lies.
    TouchAfterFree,
}

impl Misuse {
    /// Returns the text of the catalogue.
    pub const fn text(self) -> &'static str {
        match self {
            Misuse::DoubleFree => "double free",
            Misuse::ForeignPointer => "foreign pointer",
            Misuse::InteriorPointer => "interior pointer",
            Misuse::UnallocatedPointer => "unallocated pointer",
            Misuse::WrongOrder => "wrong order",
            Misuse::NotRegion => "not a region",
            Misuse::WrongCache => "wrong cache",
            Misuse::DestroyedCache => "destroyed cache",
            Misuse::WrongSize => "wrong size",
            Misuse::Overflow => "overflow",
            Misuse::WriteAfterFree => "write after free",
            Misuse::TouchBehind => "touch behind the object",
            Misuse::TouchBefore => "touch before the object",
            Misuse::TouchAfterFree => "touch after free",
        }
    }
}

/// What is known beside the misuse and the pointer.
#[derive(Clone, Copy, Default)]
pub struct Details<'a> {
    /// The class of the object.
    pub class: Option<Class>,
    /// Its size where it has no class, or one that was asked for and is known.
    pub size: Option<usize>,
    /// Where the object starts; told if it is not the pointer.
    pub start: Option<usize>,
    /// The object cache that the object is of; empty for none.
    pub of: &'a str,
    /// The object cache that the object was given to; empty for none.
    pub given_to: &'a str,
    /// Where the object was allocated and freed.
    pub history: History<'a>,
}

/// Who had an object: stacks, and the threads that they are of. Empty where nothing is kept.
#[derive(Clone, Copy, Default)]
pub struct History<'a> {
    /// The stack of the access, if the pointer is an address that was touched.
    pub touched: &'a [usize],
    /// The stack of the allocation.
    pub allocated: &'a [usize],
    /// The thread of the allocation.
    pub allocated_by: u32,
    /// The stack of the free.
    pub freed: &'a [usize],
    /// The thread of the free.
    pub freed_by: u32,
}

/// Prints the line of `misuse` and aborts. Needs no memory and no lock; any thread may call it at any point.
#[cold]
#[inline(never)]
pub fn stop(misuse: Misuse, address: usize, class: Option<Class>) -> ! {
    stop_with(misuse, address, &Details { class, ..Details::default() })
}

/// As `stop`, with all that is known. Where stacks are known they follow the line, a frame in each line.
#[cold]
#[inline(never)]
pub fn stop_with(misuse: Misuse, address: usize, details: &Details<'_>) -> ! {
    print(misuse, address, details);
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}

/// Prints the line of `misuse` and the stacks that are known.
#[cold]
pub fn print(misuse: Misuse, address: usize, details: &Details<'_>) {
    let mut sink = Descriptor(2);
    let mut out = Writer::new(&mut sink);
    out.text("quarry: ").text(misuse.text()).text(": ").hex(address);
    match (details.size, details.class) {
        (Some(size), _) => out.text(" (size ").decimal(size as u64).text(" B"),
        (None, Some(class)) => out.text(" (class ").decimal(class.size() as u64).text(" B"),
        (None, None) => out.text(" (no class"),
    };
    if let Some(start) = details.start.filter(|&start| start != address) {
        out.text(", object ").hex(start);
    }
    for (relation, name) in [(", of cache '", details.of), (", given to cache '", details.given_to)] {
        if !name.is_empty() {
            out.text(relation).text(name).text("'");
        }
    }
    out.text(", thread ").decimal(thread_id()).text(")\n");
    let History { touched, allocated, allocated_by, freed, freed_by } = details.history;
    for (what, thread, frames) in
        [("touched", 0, touched), ("allocated", allocated_by, allocated), ("freed", freed_by, freed)]
    {
        stack::write(what, thread, frames, &mut out);
    }
    out.finish();
}

/// Why memory that must be had cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutOfMemory {
    /// The program set no handler that could make room.
    NoHandler,
    /// No object may have so many bytes.
    NeverPossible,
}

/// Prints the line for `size` bytes that cannot be had, to a caller that takes no refusal, and aborts.
#[cold]
#[inline(never)]
pub fn stop_out_of_memory(size: usize, why: OutOfMemory) -> ! {
    let mut sink = Descriptor(2);
    let mut out = Writer::new(&mut sink);
    out.text("quarry: out of memory: ").decimal(size as u64).text(match why {
        OutOfMemory::NoHandler => " bytes, and no handler\n",
        OutOfMemory::NeverPossible => " bytes, more than an object may have\n",
    });
    out.finish();
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}
