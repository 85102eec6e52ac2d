//! What a heap walker says: each layer's `check` asserts its numbered invariants in their order.

/// The first invariant that a walker found broken, by its name in the layer's documentation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Broken(pub &'static str);

impl Broken {
    /// Returns `Err` of the invariant unless `holds`.
    #[inline]
    pub fn unless(holds: bool, invariant: &'static str) -> Result<(), Broken> {
        if holds { Ok(()) } else { Err(Broken(invariant)) }
    }
}
