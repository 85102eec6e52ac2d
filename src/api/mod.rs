//! The Rust face.

pub mod global;

#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod seam;

pub use global::Quarry;
