//! How Quarry speaks when something is wrong: the catalogue of misuse, the line it prints, the stop, and the result
//! type of the heap walkers.

pub mod misuse;
pub mod walk;
pub mod write;

pub use misuse::{Misuse, OutOfMemory, stop, stop_out_of_memory};
pub use walk::Broken;
