//! The benches are in `layers.rs`; a package needs a target that is always built.
