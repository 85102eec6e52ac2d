//! Misuse: a caller's error that was recognised. One line on standard error, then abort.

use super::write::{Descriptor, Writer};
use crate::base::Class;

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
        }
    }
}

/// Prints the line of `misuse` and aborts. Needs no memory and no lock; any thread may call it at any point.
#[cold]
#[inline(never)]
pub fn stop(misuse: Misuse, address: usize, class: Option<Class>) -> ! {
    let mut sink = Descriptor(2);
    let mut out = Writer::new(&mut sink);
    out.text("quarry: ").text(misuse.text()).text(": ").hex(address);
    match class {
        Some(class) => out.text(" (class ").decimal(class.size() as u64).text(" B)\n"),
        None => out.text(" (no class)\n"),
    };
    out.finish();
    // SAFETY: ends the process.
    unsafe { libc::abort() }
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
