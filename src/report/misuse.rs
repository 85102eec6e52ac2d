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
