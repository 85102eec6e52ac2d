//! Granules, orders and pages: the units in which memory is measured below the classes.

/// Bytes in the smallest page of any system that Quarry runs on; commits and purges are multiples of a granule,
/// so kernels with pages of 16 KiB are served by the same numbers.
pub const PAGE: usize = 4096;

/// `GRANULE == 1 << GRANULE_SHIFT`.
///
/// 16 KiB: the granule map of 1 MiB of heap is one cache line. At 8 KiB the map doubles and tails halve; at 32 KiB
/// a slab of a rarely used class holds twice as much that no other class can use.
pub const GRANULE_SHIFT: u32 = 14;

/// Bytes in a granule, the smallest run that the buddy system hands out.
pub const GRANULE: usize = 1 << GRANULE_SHIFT;

/// Bytes in a unit of placement and purging: the huge page of x86-64.
pub const UNIT: usize = 2 << 20;

/// The largest order: runs of 1 GiB.
pub const MAX_ORDER: u32 = 16;

/// How many orders there are, `0 ..= MAX_ORDER`.
pub const ORDER_COUNT: usize = MAX_ORDER as usize + 1;

const _: () = assert!(GRANULE << MAX_ORDER == 1 << 30, "the largest run is 1 GiB");
const _: () = assert!(UNIT.is_multiple_of(GRANULE), "a unit is whole granules");

/// The size of a buddy run: a run of order `k` spans `1 << k` granules.
///
/// Holding an `Order` proves `k <= MAX_ORDER`, so it may index a list array of `ORDER_COUNT`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Order(u32);

impl Order {
    /// One granule.
    pub const ZERO: Order = Order(0);

    /// Returns order `k`, or `None` above `MAX_ORDER`.
    pub const fn new(k: u32) -> Option<Order> {
        if k <= MAX_ORDER { Some(Order(k)) } else { None }
    }

    /// Returns the least order whose run holds `count` granules, or `None` if none does.
    pub const fn fitting(count: GranuleCount) -> Option<Order> {
        if count.0 <= 1 {
            return Some(Order(0));
        }
        Order::new(u32::BITS - (count.0 - 1).leading_zeros())
    }

    /// Returns the greatest order that is aligned at `start`, fits in `count` granules and is at most `most`:
    /// the first step of cutting any range into buddy runs. `count` is at least 1.
    pub const fn first_of_range(start: GranuleIndex, count: GranuleCount, most: Order) -> Order {
        let by_align = start.0.trailing_zeros();
        let by_count = u32::BITS - 1 - (count.0 | 1).leading_zeros();
        let k = if by_align < by_count { by_align } else { by_count };
        if k < most.0 { Order(k) } else { most }
    }

    /// Returns how many granules a run of this order spans.
    pub const fn granules(self) -> GranuleCount {
        GranuleCount(1 << self.0)
    }

    /// Returns the next greater order, or `None` at the greatest.
    pub const fn up(self) -> Option<Order> {
        Order::new(self.0 + 1)
    }

    /// Returns the next smaller order, or `None` at 0.
    #[cfg(test)]
    pub const fn down(self) -> Option<Order> {
        match self.0.checked_sub(1) {
            Some(k) => Some(Order(k)),
            None => None,
        }
    }

    /// Returns `k`, for indexing and display.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl core::fmt::Debug for Order {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "O{}", self.0)
    }
}

/// A number of granules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(transparent)]
pub struct GranuleCount(pub u32);

impl GranuleCount {
    /// Returns the least count that holds `bytes`, or `None` if it does not fit in 32 bits.
    pub const fn holding(bytes: usize) -> Option<GranuleCount> {
        let count = bytes.div_ceil(GRANULE);
        if count > u32::MAX as usize { None } else { Some(GranuleCount(count as u32)) }
    }

    /// Returns the size in bytes.
    pub const fn bytes(self) -> usize {
        (self.0 as usize) << GRANULE_SHIFT
    }
}

/// The place of a granule in its arena, counted from the arena's base.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(transparent)]
pub struct GranuleIndex(pub u32);

impl GranuleIndex {
    /// Returns the start of the run that would merge with a run of `order` that starts here (Knuth, TAOCP 1, §2.5).
    pub const fn buddy(self, order: Order) -> GranuleIndex {
        GranuleIndex(self.0 ^ order.granules().0)
    }

    /// Returns the granule `count` further on.
    pub const fn plus(self, count: GranuleCount) -> GranuleIndex {
        GranuleIndex(self.0 + count.0)
    }

    /// Returns the distance in bytes from the arena's base.
    pub const fn offset(self) -> usize {
        (self.0 as usize) << GRANULE_SHIFT
    }

    /// Returns the index as an array index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitting_order_is_the_least_that_holds() {
        for n in 1..=(1u32 << 16) {
            let order = Order::fitting(GranuleCount(n)).unwrap();
            assert!(order.granules().0 >= n);
            if let Some(less) = order.down() {
                assert!(less.granules().0 < n);
            }
        }
        assert_eq!(Order::fitting(GranuleCount((1 << 16) + 1)), None);
    }

    #[test]
    fn cutting_a_range_covers_it_with_aligned_runs() {
        let most = Order::new(MAX_ORDER).unwrap();
        for start in 0..70u32 {
            for count in 1..200u32 {
                let (mut at, mut left) = (start, count);
                while left > 0 {
                    let order = Order::first_of_range(GranuleIndex(at), GranuleCount(left), most);
                    assert_eq!(at % order.granules().0, 0);
                    assert!(order.granules().0 <= left);
                    at += order.granules().0;
                    left -= order.granules().0;
                }
                assert_eq!(at, start + count);
            }
        }
    }
}
