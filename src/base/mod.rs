//! Numbers with units and the size classes: pure functions and const tables, no unsafe code.

#![forbid(unsafe_code)]

pub mod class;
pub mod name;
pub mod unit;

pub use class::{CLASS_COUNT, Class};
pub use name::size_class_name;
pub use unit::{GRANULE, GRANULE_SHIFT, GranuleCount, GranuleIndex, MAX_ORDER, ORDER_COUNT, Order, PAGE, UNIT};
