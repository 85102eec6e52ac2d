//! Threads: the thread block with its loaded and previous magazines, the registry of blocks, and upkeep.
//!
//! ```text
//! pop ──── hit: the loaded magazine has a round
//!   └─ refill ── previous magazine ── depot ── slabs (or the buddy, for run classes)
//! push ─── hit: the loaded magazine has room
//!   └─ spill ─── grow ── previous magazine ── depot ── slabs
//! ```
//!
//! Nothing in this module or below calls malloc. libc's mutexes, on which certificates stand, do not either; where a
//! tracer wraps them and its wrapper does, the call is served: see `os::tls::BIRTH` and `registry::visit_some`.

pub mod at_hand;
pub mod block;
pub mod budget;
mod decay;
pub mod growth;
pub mod magazines;
pub mod maintenance;
pub mod marked;
pub mod meter;
mod pair;
pub mod pressure;
pub mod random;
pub mod registry;
pub mod sample;
pub mod sweep;
pub mod upkeep;
mod word;

#[cfg(test)]
mod tests;

pub use registry::{current, current_or_born, own, own_id};
