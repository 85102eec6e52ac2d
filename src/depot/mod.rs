//! Magazines and the depot (Bonwick & Adams, USENIX 2001): the only place where threads meet, once per magazine.

pub mod exchange;
pub mod magazine;

#[cfg(test)]
mod tests;

pub use exchange::depot_of;
pub use magazine::{Magazine, MagazineRef};
