//! The shape of a class: how its slabs and magazines are cut. Size classes have constant shapes; that of an object
//! cache is set when the cache is created.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::class::OBJECT_CACHES;
use super::unit::{GRANULE, GranuleCount};

/// Most rounds in any magazine, before the bound in bytes.
///
/// One depot visit per 128 operations. At 64 the depot is visited twice as often; at 256 a magazine takes 2 KiB and
/// a thread may hold twice the memory.
pub const ROUNDS_MAX: usize = 128;
/// Most bytes of objects in one magazine of a slab class.
const ROUNDS_BYTES: usize = 64 << 10;

/// The largest object that has company in its slab.
const SHARED_MAX: usize = 256 << 10;
/// A cache line: the least step between the places where the first objects of two slabs lie.
const LINE: usize = 64;
/// Different places for the first object of a slab that a shape makes room for (Bonwick 1994, §4.1, colouring), where
/// that costs at most a `COLOUR_COST`th of the slab. Eight lines spread what all objects touch first over an eighth of
/// a cache of 64 sets; more would cost memory, half leaves the objects of every fourth slab on the same line.
const COLOURS: usize = 8;
/// See `COLOURS`.
const COLOUR_COST: usize = 32;

/// The shape of a class: everything that slabs and magazines need to know of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Object size in bytes.
    pub size: u32,
    /// Objects in a slab; 1 for a run class.
    pub objects: u16,
    /// Granules in a slab.
    pub granules: u16,
    /// Most rounds in a magazine.
    pub rounds: u16,
    /// How many places the first object of a slab may have; 1 is the start of the slab for all.
    pub colours: u16,
    /// Bytes between two such places.
    pub colour_step: u16,
    /// `ceil(2^64 / size)`: `offset * reciprocal >> 64` is `offset / size` for all of both below 2^32.
    reciprocal: u64,
}

/// Returns the granules of a slab of `size`-byte objects: the fewest that hold 8 objects (4 above 8 KiB, 1 above
/// `SHARED_MAX`) and lose at most a sixteenth to the tail, and 32 KiB for objects up to 1 KiB so that slabs come and go
/// less often. At 64 KiB the last objects of a size hold on to more: resident over live is 1.20 instead of 1.14 where
/// sizes shift and objects die in groups; at 16 KiB it is 1.14 too, and a burst takes 4 % more instructions.
const fn slab_granules(size: usize) -> usize {
    let least = if size <= 1024 {
        2
    } else if size <= 8 << 10 {
        (size * 8).div_ceil(GRANULE)
    } else if size <= SHARED_MAX {
        (size * 4).div_ceil(GRANULE)
    } else {
        size.div_ceil(GRANULE)
    };
    let mut granules = least;
    // Ends: what is lost is below a granule more than a multiple of the size, and the slab grows.
    while (granules * GRANULE % size) * 16 > granules * GRANULE {
        granules += 1;
    }
    granules
}

impl Shape {
    /// The shape of no class.
    pub const NONE: Shape =
        Shape { size: 0, objects: 0, granules: 0, rounds: 0, colours: 1, colour_step: 0, reciprocal: 0 };

    /// Returns the shape of a run class: slabs of one object of `granules` granules.
    pub const fn of_run(granules: u16, rounds: u16) -> Shape {
        Shape { size: granules as u32 * GRANULE as u32, objects: 1, granules, rounds, ..Shape::NONE }
    }

    /// Returns the shape of slabs of `size`-byte objects (1 ..= 4 MiB) that begin at the start of the slab.
    pub const fn of_slab(size: usize) -> Shape {
        // What no caller asks for must not be a division that may panic: with it came the whole of std's reports.
        let size = if size == 0 { 1 } else { size };
        let granules = slab_granules(size);
        let by_bytes = ROUNDS_BYTES / size;
        let rounds = if by_bytes > ROUNDS_MAX {
            ROUNDS_MAX
        } else if by_bytes == 0 {
            1
        } else {
            by_bytes
        };
        Shape {
            size: size as u32,
            objects: (granules * GRANULE / size) as u16,
            granules: granules as u16,
            rounds: rounds as u16,
            reciprocal: if size == 1 { u64::MAX } else { (1u128 << 64).div_ceil(size as u128) as u64 },
            ..Shape::NONE
        }
    }

    /// Returns the shape with the first objects of its slabs spread over different places, `align` or a cache line
    /// apart: as many as the slab's tail allows, and `COLOURS` if that costs little. `align` is a power of two that
    /// divides the size.
    pub const fn coloured(self, align: usize) -> Shape {
        let step = if align > LINE { align } else { LINE };
        let bytes = self.granules as usize * GRANULE;
        let size = if self.size == 0 { 1 } else { self.size as usize };
        let fewer = bytes.saturating_sub((COLOURS - 1) * step) / size;
        let lost = (self.objects as usize - fewer) * size;
        let objects = if lost * COLOUR_COST <= bytes { fewer } else { self.objects as usize };
        // Within a granule, where a slab's record finds its start (`Slab::span`); more would be no use.
        let colours = (bytes - objects * size) / step + 1;
        let colours = if colours > GRANULE / step { GRANULE / step } else { colours };
        Shape { objects: objects as u16, colours: colours as u16, colour_step: step as u16, ..self }
    }

    /// Returns the object that `offset` (from the first object) falls into, and whether `offset` is its start.
    #[inline]
    pub const fn object_at(&self, offset: usize) -> (usize, bool) {
        let object = ((offset as u128 * self.reciprocal as u128) >> 64) as usize;
        (object, object.wrapping_mul(self.size as usize) == offset)
    }

    /// Returns the size of a slab.
    #[inline]
    pub const fn count(&self) -> GranuleCount {
        GranuleCount(self.granules as u32)
    }
}

/// A shape that can be set while others read it.
struct Words([AtomicU64; 3]);

static OBJECT_SHAPES: [Words; OBJECT_CACHES] = [const { Words([const { AtomicU64::new(0) }; 3]) }; OBJECT_CACHES];

/// Returns the shape of an object cache as it was last set; before that, one of size 0.
pub(super) fn object_shape(number: usize) -> Shape {
    let Some(Words([sizes, places, reciprocal])) = OBJECT_SHAPES.get(number) else { return Shape::NONE };
    // Relaxed: whoever has an object or a handle of the cache got it after the shape was set. Who passes by and finds a
    // cache that is only being made finds it empty.
    let (sizes, places, reciprocal) = (sizes.load(Relaxed), places.load(Relaxed), reciprocal.load(Relaxed));
    Shape {
        size: sizes as u32,
        objects: (sizes >> 32) as u16,
        granules: (sizes >> 48) as u16,
        rounds: places as u16,
        colours: (places >> 16) as u16,
        colour_step: (places >> 32) as u16,
        reciprocal,
    }
}

/// Sets the shape of an object cache that has no slab yet.
pub fn set_object_shape(number: usize, shape: Shape) {
    let Some(Words([sizes, places, reciprocal])) = OBJECT_SHAPES.get(number) else { return };
    let high = u64::from(shape.objects) << 32 | u64::from(shape.granules) << 48;
    // Relaxed: see `object_shape`.
    sizes.store(u64::from(shape.size) | high, Relaxed);
    let high = u64::from(shape.colours) << 16 | u64::from(shape.colour_step) << 32;
    places.store(u64::from(shape.rounds) | high, Relaxed);
    reciprocal.store(shape.reciprocal, Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Class;

    #[test]
    fn every_object_size_gives_slabs_that_hold_whole_objects_and_lose_little() {
        let sizes = (8..=70_000).step_by(8).chain((70_000..=4 << 20).step_by(4_104)).chain([4 << 20]);
        for size in sizes {
            for shape in [Shape::of_slab(size), Shape::of_slab(size).coloured(8)] {
                let bytes = shape.count().bytes();
                let used = usize::from(shape.objects) * size;
                let furthest = usize::from(shape.colours - 1) * usize::from(shape.colour_step);
                assert!(shape.objects >= 1 && shape.rounds >= 1, "{size}");
                assert!(used + furthest <= bytes && furthest < GRANULE, "{size}: {shape:?}");
                assert!((bytes - used) * 8 <= bytes, "{size}: {shape:?}");
                for object in [0, usize::from(shape.objects) - 1] {
                    assert_eq!(shape.object_at(object * size), (object, true), "{size}");
                    assert_eq!(shape.object_at(object * size + 1), (object, false), "{size}");
                    assert_eq!(shape.object_at(object * size + size - 1), (object, false), "{size}");
                }
            }
        }
    }

    #[test]
    fn colours_are_many_where_they_cost_little_and_keep_the_alignment() {
        for (size, align) in [(192, 8), (64, 64), (1024, 16), (1000, 8), (4096, 4096)] {
            let shape = Shape::of_slab(size).coloured(align);
            assert!(usize::from(shape.colour_step).is_multiple_of(align), "{size}");
            assert_eq!(shape.colours >= 8, align <= 64, "{size}: {shape:?}");
        }
    }

    #[test]
    fn shape_of_an_object_cache_is_what_was_set() {
        let number = OBJECT_CACHES - 1;
        let shape = Shape::of_slab(4_000_000).coloured(16);
        set_object_shape(number, shape);
        assert_eq!(Class::of_object(number).unwrap().shape(), shape);
        set_object_shape(number, Shape::NONE);
    }
}
