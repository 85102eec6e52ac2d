//! The Rust face: every level of the allocator as types that own what they hold.
//!
//! Nothing that is safe to call here can cause undefined behaviour: each file begins with the argument why. Memory that cannot
//! be had is a refusal, `None` or an error, and nothing has changed; misuse that safe code cannot commit stops the process, as
//! in C.

pub mod cache;
pub mod error;
pub mod global;
pub mod object;

pub use cache::{CacheBuilder, ObjectCache};
pub use error::CacheError;
pub use global::Quarry;
pub use object::Object;
