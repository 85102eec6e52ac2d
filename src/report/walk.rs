//! What a heap walker says: each layer's `check` asserts its numbered invariants in their order.

use super::write::{Descriptor, Writer};

/// The first invariant that a walker found broken, by its name in the layer's documentation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Broken(pub &'static str);

impl Broken {
    /// Prints the line that names it.
    pub fn print(self) {
        let mut sink = Descriptor(2);
        let mut out = Writer::new(&mut sink);
        out.text("quarry: invariant ").text(self.0).text(" is broken\n");
        out.finish();
    }

    /// Returns `Err` of the invariant unless `holds`.
    #[inline]
    pub fn unless(holds: bool, invariant: &'static str) -> Result<(), Broken> {
        if holds { Ok(()) } else { Err(Broken(invariant)) }
    }
}
