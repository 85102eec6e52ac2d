//! The buddy system: runs of granules, split and coalesced, with exact trimming, placement by address, and purge by
//! whole units.
//!
//! Knowlton 1965; Knuth, *The Art of Computer Programming* 1, §2.5. Two additions: an allocation of n granules gives
//! the tail of its power of two back at once, and among free runs of an order the one at the lowest address is taken,
//! so that low units are the fullest and whole ones come free above. Records are out of line: free memory is never
//! written.

mod huge;
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
