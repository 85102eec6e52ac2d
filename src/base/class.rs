//! Size classes: which object size serves a request, and how slabs and magazines of that size are shaped.
//!
//! Classes 1 to 8 step by 16 bytes to 128; then eight classes per doubling to 32 KiB (slab classes); then whole
//! granules, eight per doubling, to 4 MiB (run classes: an object cache whose slab holds one object). Class 0 is
//! no class: the granule map shows it for memory that no magazine of a size serves. The classes behind the sizes are
//! those of object caches, each with a shape of its own (`shape`).
//!
//! Eight per doubling bound the loss inside objects at 12.5 %; four would lose up to 25 %, sixteen would double the
//! number of magazines that a thread fills for the same program.

use core::num::NonZeroU16;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::shape::{Shape, object_shape};
use super::unit::{GRANULE, GRANULE_SHIFT};

/// Classes by 16-byte steps: 16, 32 … 128.
const STEP_CLASSES: usize = 8;
/// Slab classes above 128 B: eight per doubling over eight doublings, 144 B … 32 KiB.
const SPACED_CLASSES: usize = 64;
/// The last slab class.
const LAST_SLAB: usize = STEP_CLASSES + SPACED_CLASSES;
/// Run classes of 3 … 16 granules, one per granule.
const UNIT_RUNS: usize = 14;
/// All run classes: those and eight per doubling to 256 granules.
const RUN_CLASSES: usize = UNIT_RUNS + 4 * 8;

/// One more than the last size class.
pub const CLASS_COUNT: usize = LAST_SLAB + RUN_CLASSES + 1;
/// Most object caches at a time.
pub const OBJECT_CACHES: usize = 1024;

/// The largest size of a slab class, in bytes.
pub const SLAB_MAX: usize = 32 << 10;
/// The largest size of a run class, in bytes.
pub const RUN_MAX: usize = 4 << 20;

/// What slabs, magazines and depots are kept by: a size class, or the class of an object cache.
///
/// Holding a `Class` proves `1 <= index < CLASS_COUNT + OBJECT_CACHES`; `object()` tells the two kinds apart, and of a
/// size class `index < CLASS_COUNT`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Class(NonZeroU16);

impl core::fmt::Debug for Class {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "C{}", self.0)
    }
}

pub(super) const fn size_of_class(class: usize) -> usize {
    if class <= STEP_CLASSES {
        class * 16
    } else if class <= LAST_SLAB {
        let k = class - STEP_CLASSES - 1;
        (128 << (k / 8)) / 8 * (9 + k % 8)
    } else {
        let k = class - LAST_SLAB - 1;
        let granules = if k < UNIT_RUNS {
            3 + k
        } else {
            let k = k - UNIT_RUNS;
            (16 << (k / 8)) / 8 * (9 + k % 8)
        };
        granules * GRANULE
    }
}

const fn shape_of_class(class: usize) -> Shape {
    let size = size_of_class(class);
    if class > LAST_SLAB {
        // Two rounds where they cost little, one where a run is large: the thread's byte budget bounds the sum.
        let rounds = if size <= 512 << 10 { 2 } else { 1 };
        return Shape::of_run((size / GRANULE) as u16, rounds);
    }
    Shape::of_slab(size)
}

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler: an index out of range does not compile.
const SHAPES: [Shape; CLASS_COUNT] = {
    let mut shapes = [Shape::NONE; CLASS_COUNT];
    let mut class = 1;
    while class < CLASS_COUNT {
        shapes[class] = shape_of_class(class);
        class += 1;
    }
    shapes
};

/// The class number for sizes up to `SLAB_MAX`, indexed by `(size + 15) / 16`; size 0 is served as 16.
#[allow(clippy::indexing_slicing)] // Evaluated by the compiler: an index out of range does not compile.
pub static SMALL_CLASS: [u8; SLAB_MAX / 16 + 1] = {
    let mut table = [1u8; SLAB_MAX / 16 + 1];
    let mut class = 1;
    let mut step = 1;
    while step < table.len() {
        while size_of_class(class) < step * 16 {
            class += 1;
        }
        table[step] = class as u8;
        step += 1;
    }
    table
};

const _: () = assert!(CLASS_COUNT <= u8::MAX as usize, "the granule map has one byte per granule");
const _: () = assert!(CLASS_COUNT + OBJECT_CACHES <= u16::MAX as usize, "a class is a number of 16 bits");
const _: () = assert!(size_of_class(LAST_SLAB) == SLAB_MAX, "the slab classes end at SLAB_MAX");
const _: () = assert!(size_of_class(CLASS_COUNT - 1) == RUN_MAX, "the run classes end at RUN_MAX");

/// One more than the greatest number that an object cache ever had.
static OBJECTS_USED: AtomicUsize = AtomicUsize::new(0);

/// Lets `Class::objects` reach the numbers below `count`.
pub fn use_objects(count: usize) {
    // Relaxed: a number that stands alone; whoever meets a cache that is only being made finds it empty.
    OBJECTS_USED.fetch_max(count, Relaxed);
}

impl Class {
    /// The smallest class: 16 bytes.
    pub const FIRST: Class = Class(NonZeroU16::MIN);

    /// Returns the class with this number, or `None` for 0 and past the last object cache's.
    pub const fn from_index(index: usize) -> Option<Class> {
        if index >= CLASS_COUNT + OBJECT_CACHES {
            return None;
        }
        match NonZeroU16::new(index as u16) {
            Some(number) => Some(Class(number)),
            None => None,
        }
    }

    /// Returns the class of object cache `number`, or `None` from `OBJECT_CACHES` on.
    pub const fn of_object(number: usize) -> Option<Class> {
        if number < OBJECT_CACHES { Class::from_index(CLASS_COUNT + number) } else { None }
    }

    /// Returns the size class that serves `size` bytes, or `None` above `RUN_MAX`.
    #[inline]
    #[allow(clippy::indexing_slicing)] // The index was compared.
    pub const fn serving(size: usize) -> Option<Class> {
        if size <= SLAB_MAX {
            let step = (size + 15) >> 4;
            return if step < SMALL_CLASS.len() { Class::from_index(SMALL_CLASS[step] as usize) } else { None };
        }
        if size > RUN_MAX {
            return None;
        }
        let granules = size.div_ceil(GRANULE);
        if granules <= 16 {
            return Class::from_index(LAST_SLAB + granules - 2);
        }
        // Eight classes per doubling: the three bits below the leading one, rounded up.
        let doubling = (usize::BITS - 1 - (granules - 1).leading_zeros()) as usize;
        let step = (granules - 1) >> (doubling - 3);
        Class::from_index(LAST_SLAB + UNIT_RUNS + (doubling - 4) * 8 + step - 7)
    }

    /// Returns the least class that serves `size` and whose objects are all aligned to `align`, a power of two of at
    /// most a granule; `None` if the request is above `RUN_MAX`.
    pub fn serving_aligned(size: usize, align: usize) -> Option<Class> {
        let mut class = Class::serving(size.max(align))?;
        // At most 16 turns: every eighth class is a power of two.
        while !class.size().is_multiple_of(align) {
            class = Class::from_index(class.index() + 1)?;
        }
        Some(class)
    }

    /// Returns the shape. Of an object cache's class: as it was last set.
    #[inline]
    pub fn shape(self) -> Shape {
        static TABLE: [Shape; CLASS_COUNT] = SHAPES;
        match TABLE.get(self.index()) {
            Some(&shape) => shape,
            None => object_shape(self.index() - CLASS_COUNT),
        }
    }

    /// Returns the object size in bytes.
    #[inline]
    pub fn size(self) -> usize {
        self.shape().size as usize
    }

    /// Returns whether an object of this class is a run of its own.
    #[inline]
    pub const fn is_run(self) -> bool {
        self.index() > LAST_SLAB && self.index() < CLASS_COUNT
    }

    /// Returns whether this is a size class whose objects share slabs.
    #[inline]
    pub const fn is_slab_size(self) -> bool {
        self.index() <= LAST_SLAB
    }

    /// Returns the number of the object cache whose class this is, `None` for a size class.
    #[inline]
    pub const fn object(self) -> Option<usize> {
        self.index().checked_sub(CLASS_COUNT)
    }

    /// Returns the number, `1 ..= CLASS_COUNT - 1` of a size class, above that of an object cache's.
    #[inline]
    pub const fn index(self) -> usize {
        self.0.get() as usize
    }

    /// Returns the number as the granule map stores it: 0 for the class of an object cache, whose objects `free` does
    /// not take.
    #[inline]
    pub const fn byte(self) -> u8 {
        if self.index() < CLASS_COUNT { self.index() as u8 } else { 0 }
    }

    /// Returns every size class in order.
    pub fn sizes() -> impl Iterator<Item = Class> {
        (1..CLASS_COUNT).filter_map(Class::from_index)
    }

    /// Returns the classes of all object caches there are or were.
    pub fn objects() -> impl Iterator<Item = Class> {
        // Relaxed: a number that stands alone.
        (0..OBJECTS_USED.load(Relaxed)).filter_map(Class::of_object)
    }

    /// Returns every class in order.
    pub fn all() -> impl Iterator<Item = Class> {
        Class::sizes().chain(Class::objects())
    }
}

const _: () = assert!(GRANULE_SHIFT >= 12, "granules are whole pages");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_served_by_the_least_class_that_holds_it() {
        for size in 0..=RUN_MAX {
            let class = Class::serving(size).unwrap();
            assert!(class.size() >= size.max(1), "{size}");
            if let Some(less) = Class::from_index(class.index() - 1) {
                assert!(less.size() < size, "{size} is served by {class:?} but {less:?} holds it");
            }
        }
        assert!(Class::serving(RUN_MAX + 1).is_none());
    }

    #[test]
    fn spacing_loses_at_most_an_eighth_or_a_granule() {
        for size in 129..=RUN_MAX {
            let lost = Class::serving(size).unwrap().size() - size;
            assert!(lost * 8 < size || (size > SLAB_MAX && lost < GRANULE), "{size}");
        }
    }

    #[test]
    fn slabs_hold_whole_objects_and_lose_at_most_a_sixteenth() {
        for class in Class::sizes().filter(|c| !c.is_run()) {
            let shape = class.shape();
            let bytes = shape.count().bytes();
            let used = shape.objects as usize * class.size();
            assert!(used <= bytes && (bytes - used) * 16 <= bytes, "{class:?}");
            assert!(shape.objects >= 4, "{class:?}");
            assert!(shape.granules <= 16, "{class:?}");
        }
    }

    #[test]
    fn reciprocal_divides_every_offset_exactly() {
        for class in Class::sizes().filter(|c| !c.is_run()) {
            let shape = class.shape();
            for offset in 0..shape.count().bytes() {
                let expected = (offset / class.size(), offset % class.size() == 0);
                assert_eq!(shape.object_at(offset), expected, "{class:?} {offset}");
            }
        }
    }

    #[test]
    fn aligned_class_is_a_multiple_of_the_alignment() {
        for shift in 0..=14 {
            for size in (0..=128 << 10).step_by(7) {
                let class = Class::serving_aligned(size, 1 << shift).unwrap();
                assert!(class.size() >= size && class.size().is_multiple_of(1 << shift));
            }
        }
    }
}
