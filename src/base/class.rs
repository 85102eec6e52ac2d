//! Size classes: which object size serves a request, and how slabs and magazines of that size are shaped.
//!
//! Classes 1 to 8 step by 16 bytes to 128; then eight classes per doubling to 32 KiB (slab classes); then whole
//! granules, eight per doubling, to 4 MiB (run classes: an object cache whose slab holds one object). Class 0 is
//! no class: the granule map shows it for memory that no magazine serves.
//!
//! Eight per doubling bound the loss inside objects at 12.5 %; four would lose up to 25 %, sixteen would double the
//! number of magazines that a thread fills for the same program.

use super::unit::{GRANULE, GRANULE_SHIFT, GranuleCount};

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

/// One more than the last class.
pub const CLASS_COUNT: usize = LAST_SLAB + RUN_CLASSES + 1;

/// The largest size of a slab class, in bytes.
pub const SLAB_MAX: usize = 32 << 10;
/// The largest size of a run class, in bytes.
pub const RUN_MAX: usize = 4 << 20;

/// Most rounds in any magazine, before the bound in bytes.
///
/// One depot visit per 128 operations. At 64 the depot is visited twice as often; at 256 a magazine takes 2 KiB and
/// a thread may hold twice the memory.
pub const ROUNDS_MAX: usize = 128;
/// Most bytes of objects in one magazine of a slab class.
const ROUNDS_BYTES: usize = 64 << 10;

/// A size class.
///
/// Holding a `Class` proves `1 <= index < CLASS_COUNT`, so it may index any array of `CLASS_COUNT`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Class(u8);

impl core::fmt::Debug for Class {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "C{}", self.0)
    }
}

/// The shape of a class: everything that follows from its number.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Object size in bytes.
    pub size: u32,
    /// Objects in a slab; 1 for a run class.
    pub objects: u16,
    /// Granules in a slab.
    pub granules: u16,
    /// Most rounds in a magazine.
    pub rounds: u16,
    /// `ceil(2^32 / size)`: `offset * reciprocal >> 32` is `offset / size` for every offset inside a slab.
    reciprocal: u32,
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

/// Returns the granules of a slab of `size`-byte objects: the fewest that hold 8 objects (2 above 8 KiB) and lose at
/// most a sixteenth to the tail, and 64 KiB for objects up to 1 KiB so that slabs come and go less often.
const fn slab_granules(size: usize) -> usize {
    let least = if size <= 1024 {
        4
    } else if size <= 8 << 10 {
        (size * 8).div_ceil(GRANULE)
    } else {
        (size * 4).div_ceil(GRANULE)
    };
    let mut granules = least;
    while (granules * GRANULE % size) * 16 > granules * GRANULE {
        granules += 1;
    }
    granules
}

const fn shape_of_class(class: usize) -> Shape {
    if class == 0 {
        return Shape { size: 0, objects: 0, granules: 0, rounds: 0, reciprocal: 0 };
    }
    let size = size_of_class(class);
    if class > LAST_SLAB {
        // Two rounds where they cost little, one where a run is large: the thread's byte budget bounds the sum.
        let rounds = if size <= 512 << 10 { 2 } else { 1 };
        return Shape { size: size as u32, objects: 1, granules: (size / GRANULE) as u16, rounds, reciprocal: 0 };
    }
    let granules = slab_granules(size);
    let by_bytes = ROUNDS_BYTES / size;
    let rounds = if by_bytes > ROUNDS_MAX { ROUNDS_MAX } else { by_bytes };
    Shape {
        size: size as u32,
        objects: (granules * GRANULE / size) as u16,
        granules: granules as u16,
        rounds: rounds as u16,
        reciprocal: (1u64 << 32).div_ceil(size as u64) as u32,
    }
}

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler: an index out of range does not compile.
const SHAPES: [Shape; CLASS_COUNT] = {
    let mut shapes = [shape_of_class(0); CLASS_COUNT];
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
const _: () = assert!(size_of_class(LAST_SLAB) == SLAB_MAX, "the slab classes end at SLAB_MAX");
const _: () = assert!(size_of_class(CLASS_COUNT - 1) == RUN_MAX, "the run classes end at RUN_MAX");

impl Class {
    /// The smallest class: 16 bytes.
    pub const FIRST: Class = Class(1);

    /// Returns the class with this number, or `None` for 0 and past the last.
    pub const fn from_index(index: usize) -> Option<Class> {
        if index >= 1 && index < CLASS_COUNT { Some(Class(index as u8)) } else { None }
    }

    /// Returns the class that serves `size` bytes, or `None` above `RUN_MAX`.
    #[inline]
    #[allow(clippy::indexing_slicing)] // The index was compared.
    pub const fn serving(size: usize) -> Option<Class> {
        if size <= SLAB_MAX {
            let step = (size + 15) >> 4;
            return if step < SMALL_CLASS.len() { Some(Class(SMALL_CLASS[step])) } else { None };
        }
        if size > RUN_MAX {
            return None;
        }
        let granules = size.div_ceil(GRANULE);
        if granules <= 16 {
            return Some(Class((LAST_SLAB + granules - 2) as u8));
        }
        // Eight classes per doubling: the three bits below the leading one, rounded up.
        let doubling = (usize::BITS - 1 - (granules - 1).leading_zeros()) as usize;
        let step = (granules - 1) >> (doubling - 3);
        Some(Class((LAST_SLAB + UNIT_RUNS + (doubling - 4) * 8 + step - 7) as u8))
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

    /// Returns the shape.
    #[inline]
    pub fn shape(self) -> &'static Shape {
        static TABLE: [Shape; CLASS_COUNT] = SHAPES;
        TABLE.get(self.index()).unwrap_or(&TABLE[0])
    }

    /// Returns the object size in bytes.
    #[inline]
    pub fn size(self) -> usize {
        self.shape().size as usize
    }

    /// Returns whether an object of this class is a run of its own.
    #[inline]
    pub const fn is_run(self) -> bool {
        self.0 as usize > LAST_SLAB
    }

    /// Returns the number, `1 ..= CLASS_COUNT - 1`.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Returns the number as the granule map stores it.
    #[inline]
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// Returns every class in order.
    pub fn all() -> impl Iterator<Item = Class> {
        (1..CLASS_COUNT).filter_map(Class::from_index)
    }
}

impl Shape {
    /// Returns the object that `offset` (inside the slab) falls into, and whether `offset` is its start.
    #[inline]
    pub const fn object_at(&self, offset: usize) -> (usize, bool) {
        let object = ((offset as u64).wrapping_mul(self.reciprocal as u64) >> 32) as usize;
        (object, object * self.size as usize == offset)
    }

    /// Returns the size of a slab.
    #[inline]
    pub const fn count(&self) -> GranuleCount {
        GranuleCount(self.granules as u32)
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
        for class in Class::all().filter(|c| !c.is_run()) {
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
        for class in Class::all().filter(|c| !c.is_run()) {
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
