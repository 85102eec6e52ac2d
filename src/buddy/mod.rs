//! The buddy system: runs of granules, split and coalesced, with exact trimming, placement by fullest unit, and purge.
//!
//! Knowlton 1965; Knuth, *The Art of Computer Programming* 1, §2.5. Two additions: an allocation of n granules gives
//! the tail of its power of two back at once, and among free runs of an order the one in the most used 2 MiB unit is
//! taken, so that whole units come free. Records are out of line: free memory is never written.

mod interval;
pub mod limit;
pub mod space;
mod spaces;
pub mod system;

#[cfg(test)]
mod exhaustive;
#[cfg(test)]
mod tests;

pub use space::Run;
