//! Quarry
#![no_std]
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc, missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

#[cfg(any(test, not(target_arch = "x86_64"), quarry_portable_tls))]
extern crate std;

pub mod abi;
pub mod api;
pub(crate) mod arena;
pub(crate) mod base;
pub(crate) mod buddy;
pub(crate) mod depot;
pub(crate) mod heap;
#[doc(hidden)]
pub mod options;
pub(crate) mod os;
#[doc(hidden)]
pub mod report;
pub(crate) mod slab;
pub(crate) mod stats;
pub(crate) mod sync;
pub(crate) mod thread;

pub use api::Quarry;
