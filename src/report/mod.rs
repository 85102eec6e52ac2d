//! How Quarry speaks when something is wrong: the catalogue of misuse, the line it prints, the stop, and the result
//! type of the heap walkers.

pub mod misuse;
pub mod stack;
pub mod unwind;
pub mod walk;
pub mod write;

pub use misuse::{Details, History, Misuse, OutOfMemory, stop, stop_out_of_memory, stop_with};
pub use walk::Broken;
