//! The Rust face.

pub mod global;

pub use global::Quarry;
