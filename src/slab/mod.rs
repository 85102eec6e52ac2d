//! Slabs and object caches (Bonwick, USENIX Summer 1994): a run cut into equal objects, and per class the slabs that
//! are full, partial and empty.

pub mod cache;
mod emptied;
mod holes;
pub mod marks;
pub mod object;
pub mod record;
pub mod tell;

#[cfg(test)]
mod tests;

pub use cache::{cache_of, used_sizes};
