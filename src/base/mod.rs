//! Numbers with units and the size classes: pure functions and const tables, no unsafe code.

#![forbid(unsafe_code)]

pub mod class;
pub mod name;
pub mod shape;
pub mod unit;

pub use class::{CLASS_COUNT, Class, OBJECT_CACHES};
pub use name::size_class_name;
pub use shape::Shape;
pub use unit::{GRANULE, GRANULE_SHIFT, GranuleCount, GranuleIndex, MAX_ORDER, ORDER_COUNT, Order, PAGE, UNIT};
