//! Where the free runs of an arena start: for each order and cleanliness a set of granules, ordered by address. The run
//! at the lowest address, or the highest, is found in a few looks however many there are.
//!
//! Bits out of line, in the arena's metadata, so that free memory is not touched. A *block* stands for 64 MiB: for
//! each cleanliness a bit for each place where a run of an order may start, and above the orders of many places a word
//! that says which of their words have bits. Above the blocks a *summary* per order and cleanliness: 64 words, whose
//! bits stand for a block each (a few in arenas beyond 256 GiB), and one word above those.

use core::ptr::NonNull;

use crate::base::{GranuleIndex, ORDER_COUNT, Order};

/// Granules of a block.
const BLOCK_SHIFT: u32 = 12;
/// Orders whose places in a block fill words of their own: 64 words of order 0 … one word of order 6.
const WIDE: u32 = 7;
/// Words of those orders: order k begins at `127 - (127 >> k)` rounded to its words.
const WIDE_WORDS: usize = 127;
/// The word that holds the places of orders 7 to 12.
const NARROW: usize = WIDE_WORDS;
/// The word that holds the places of greater orders, which start with a block.
const GREAT: usize = NARROW + 1;
/// The words that tell which words of order 0, and of orders 1 to 6, have bits.
const FILLED: usize = GREAT + 1;
/// Words of a block for one cleanliness.
const HALF: usize = (FILLED + 2).next_multiple_of(8);
/// Words of a block.
const BLOCK: usize = 2 * HALF;
/// Sets: an order and a cleanliness each.
const SETS: usize = 2 * ORDER_COUNT;
/// Words of a set's summary, below the one on top.
const SUMMARY: usize = 64;
/// Words before the first block. Those of all sets for the same blocks lie side by side.
const HEAD: usize = (SETS * (SUMMARY + 1)).next_multiple_of(8);

/// The index. Its words are zero at first: no run is free.
///
/// # Invariants
///
/// - **X1** The head and the first `blocks` blocks are committed, for the life of the process, and nobody else's.
/// - **X2** A bit above others is set if one of them is, and only then.
pub struct Index {
    words: NonNull<u64>,
    /// Blocks that are committed.
    blocks: u32,
    /// A bit of the summary stands for `1 << shift` blocks.
    shift: u32,
}

// SAFETY: the words belong to whoever holds the value (X1), not to a thread.
unsafe impl Send for Index {}

/// Returns the bytes of the index of `granules`.
pub const fn bytes(granules: usize) -> usize {
    (HEAD + granules.div_ceil(1 << BLOCK_SHIFT) * BLOCK) * 8
}

/// The bits of an order in a half block: the word of the first, the bit in it, and how many there are.
struct Bits {
    word: usize,
    shift: u32,
    count: u32,
}

const fn bits_of(order: u32) -> Bits {
    let count = if order < BLOCK_SHIFT { 1 << (BLOCK_SHIFT - order) } else { 1 };
    if order < WIDE {
        Bits { word: 128 - (128 >> order), shift: 0, count }
    } else if order <= BLOCK_SHIFT {
        // 32 bits of order 7 from bit 0, 16 of order 8 from bit 32, …
        Bits { word: NARROW, shift: 64 - (64 >> (order - WIDE)), count }
    } else {
        Bits { word: GREAT, shift: order - BLOCK_SHIFT - 1, count }
    }
}

/// Returns the word and the bit of the first word of an order below `WIDE` among those that tell which have bits.
const fn filled_of(order: u32) -> (usize, u32) {
    if order == 0 { (FILLED, 0) } else { (FILLED + 1, 64 - (64 >> (order - 1))) }
}

const fn low_bits(count: u32) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

/// Returns the lowest or highest bit of a word.
fn end_of(word: u64, last: bool) -> Option<u32> {
    match (word, last) {
        (0, _) => None,
        (_, false) => Some(word.trailing_zeros()),
        (_, true) => Some(63 - word.leading_zeros()),
    }
}

/// Returns the bits of a word that lie `from` `at` on, or up to it.
const fn beyond(word: u64, at: u32, last: bool) -> u64 {
    if last { word & low_bits(at + 1) } else { word & !low_bits(at) }
}

impl Index {
    /// Returns the index at `words` of an arena that may span `granules`; nothing of it is committed.
    pub(super) fn new(words: NonNull<u64>, granules: usize) -> Index {
        let blocks = granules.div_ceil(1 << BLOCK_SHIFT);
        let shift = blocks.div_ceil(SUMMARY * 64).next_power_of_two().trailing_zeros();
        Index { words, blocks: 0, shift }
    }

    /// Tells that the head and the blocks of the first `granules` are committed (X1).
    pub(super) fn committed(&mut self, granules: usize) {
        self.blocks = granules.div_ceil(1 << BLOCK_SHIFT) as u32;
    }

    fn word(&mut self, at: usize) -> &mut u64 {
        debug_assert!(at < HEAD + self.blocks as usize * BLOCK);
        // SAFETY: callers pass words of the head or of a block below `blocks` (X1); `&mut self` excludes others.
        unsafe { self.words.add(at).as_mut() }
    }

    fn read(&self, at: usize) -> u64 {
        debug_assert!(at < HEAD + self.blocks as usize * BLOCK);
        // SAFETY: as above; `&self` excludes writers.
        unsafe { self.words.add(at).read() }
    }

    /// Returns the first word of a half block.
    fn half(block: u32, dirty: bool) -> usize {
        HEAD + block as usize * BLOCK + if dirty { HALF } else { 0 }
    }

    /// Returns the number of a set and the word on top of its summary.
    const fn set(order: Order, dirty: bool) -> usize {
        order.index() * 2 + dirty as usize
    }

    /// Returns the bits of an order in a block that stand for its places, or for words of places.
    fn top(&self, order: Order, dirty: bool, block: u32) -> u64 {
        let (k, half) = (order.index() as u32, Self::half(block, dirty));
        if k >= WIDE {
            let Bits { word, shift, count } = bits_of(k);
            return self.read(half + word) >> shift & low_bits(count);
        }
        let (word, shift) = filled_of(k);
        self.read(half + word) >> shift & low_bits(64 >> k)
    }

    /// Enters a free run, or takes it out.
    pub fn set_to(&mut self, start: GranuleIndex, order: Order, dirty: bool, is_free: bool) {
        let (k, block) = (order.index() as u32, start.0 >> BLOCK_SHIFT);
        if block >= self.blocks {
            debug_assert!(false, "only committed runs are free");
            return;
        }
        let half = Self::half(block, dirty);
        let Bits { word, shift, count } = bits_of(k);
        let place = (start.0 & low_bits(BLOCK_SHIFT) as u32) >> k;
        // Whether the bits of the order in the word are more than this one: then those above stay as they are (X2).
        if self.put(half + word + place as usize / 64, shift + place % 64, is_free, low_bits(count) << shift) {
            return;
        }
        if k < WIDE {
            let (filled, shift) = filled_of(k);
            if self.put(half + filled, shift + place / 64, is_free, low_bits(64 >> k) << shift) {
                return;
            }
        }
        // The other blocks of the group that a bit of the summary stands for.
        let (first, last) = self.group_in(block >> self.shift, 0, u32::MAX);
        if (first..last).any(|other| other != block && self.top(order, dirty, other) != 0) {
            return;
        }
        let (set, bit) = (Self::set(order, dirty), block >> self.shift);
        if !self.put((1 + bit as usize / 64) * SETS + set, bit % 64, is_free, u64::MAX) {
            self.put(set, bit / 64, is_free, u64::MAX);
        }
    }

    /// Sets a bit of a word, or clears it; returns whether another bit of `mask` is set.
    #[inline]
    fn put(&mut self, word: usize, bit: u32, to: bool, mask: u64) -> bool {
        let word = self.word(word);
        let rest = *word & !(1 << bit);
        *word = rest | u64::from(to) << bit;
        rest & mask != 0
    }

    /// Returns the free run of a set at the lowest address from `at` on.
    pub fn first_from(&self, at: u32, order: Order, dirty: bool) -> Option<GranuleIndex> {
        self.find(at, order, dirty, false)
    }

    /// Returns the free run of a set at the highest address below `end`.
    pub fn last_below(&self, end: u32, order: Order, dirty: bool) -> Option<GranuleIndex> {
        self.find(end.checked_sub(1)?, order, dirty, true)
    }

    /// Returns the free run that starts nearest to `at`: from there on, or with `last` up to there.
    fn find(&self, at: u32, order: Order, dirty: bool, last: bool) -> Option<GranuleIndex> {
        let end = self.blocks << BLOCK_SHIFT;
        let at = if last { at.min(end.checked_sub(1)?) } else { at };
        let block = at >> BLOCK_SHIFT;
        if block >= self.blocks {
            return None;
        }
        if let Some(found) = self.find_in(block, at & low_bits(BLOCK_SHIFT) as u32, order, dirty, last) {
            return Some(found);
        }
        let edge = if last { u32::MAX >> (32 - BLOCK_SHIFT) } else { 0 };
        // The rest of the block's group, then the next group that has a run.
        let group = block >> self.shift;
        let near = if last { self.group_in(group, 0, block) } else { self.group_in(group, block + 1, u32::MAX) };
        let find_any = |(from, to): (u32, u32)| {
            let blocks = to.saturating_sub(from);
            (0..blocks)
                .map(|i| if last { to - 1 - i } else { from + i })
                .find_map(|block| self.find_in(block, edge, order, dirty, last))
        };
        find_any(near).or_else(|| {
            let next = if last { group.checked_sub(1)? } else { group + 1 };
            let group = self.find_group(next, Self::set(order, dirty), last)?;
            find_any(self.group_in(group, 0, u32::MAX))
        })
    }

    /// Returns the blocks of a group that lie in `[from, to)`.
    fn group_in(&self, group: u32, from: u32, to: u32) -> (u32, u32) {
        let first = group << self.shift;
        (first.max(from), (first + (1 << self.shift)).min(self.blocks).min(to))
    }

    /// Returns the nearest group from `at` on, or up to it, whose bit in a set's summary is set.
    fn find_group(&self, at: u32, set: usize, last: bool) -> Option<u32> {
        if at as usize >= SUMMARY * 64 {
            return None;
        }
        let summary = |word: u32| self.read((1 + word as usize) * SETS + set);
        if let Some(bit) = end_of(beyond(summary(at / 64), at % 64, last), last) {
            return Some(at / 64 * 64 + bit);
        }
        let next = if last { (at / 64).checked_sub(1)? } else { at / 64 + 1 };
        if next >= 64 {
            return None;
        }
        let word = end_of(beyond(self.read(set), next, last), last)?;
        Some(word * 64 + end_of(summary(word), last)?)
    }

    /// As `find`, in one block, from the granule `at` of it.
    fn find_in(&self, block: u32, at: u32, order: Order, dirty: bool, last: bool) -> Option<GranuleIndex> {
        let k = order.index() as u32;
        let top = self.top(order, dirty, block);
        if top == 0 {
            return None;
        }
        let Bits { word, count, .. } = bits_of(k);
        // From a granule inside a place on, the next place is the first; up to it, the place itself is the last.
        let place = if last { at >> k } else { at.div_ceil(1 << k) };
        if place >= count {
            return None;
        }
        let found = if k >= WIDE {
            end_of(beyond(top, place, last), last)?
        } else {
            let at_word = |index: u32| self.read(Self::half(block, dirty) + word + index as usize);
            match end_of(beyond(at_word(place / 64), place % 64, last), last) {
                Some(bit) => place / 64 * 64 + bit,
                None => {
                    let next = if last { (place / 64).checked_sub(1)? } else { place / 64 + 1 };
                    if next >= 64 {
                        return None;
                    }
                    let index = end_of(beyond(top, next, last), last)?;
                    index * 64 + end_of(at_word(index), last)?
                }
            }
        };
        Some(GranuleIndex((block << BLOCK_SHIFT) + (found << k.min(BLOCK_SHIFT))))
    }

    /// Returns the free runs of a set in the order of their addresses.
    pub fn all(&self, order: Order, dirty: bool) -> impl Iterator<Item = GranuleIndex> {
        let mut from = 0;
        core::iter::from_fn(move || {
            let found = self.first_from(from, order, dirty)?;
            from = found.0 + 1;
            Some(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::vec;

    /// An index of `granules` over memory that a test holds.
    fn index_of(words: &mut [u64], granules: usize) -> Index {
        assert!(words.len() * 8 >= bytes(granules));
        let mut index = Index::new(NonNull::from(words).cast(), granules);
        index.committed(granules);
        index
    }

    fn draw(state: &mut u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *state >> 33
    }

    /// 256 MiB, 8 GiB, and 2 TiB, where a bit of the summary stands for eight blocks.
    #[test]
    fn what_is_entered_is_found_from_any_place_in_both_directions() {
        for (granules, seed) in [(1u32 << 14, 1u64), (1 << 19, 2), (1 << 27, 3)] {
            let mut words = vec![0; bytes(granules as usize) / 8];
            let mut index = index_of(&mut words, granules as usize);
            let mut random = seed;
            let mut model: [BTreeSet<u32>; SETS] = [const { BTreeSet::new() }; SETS];
            for _ in 0..20_000 {
                let order = Order::new(draw(&mut random) as u32 % ORDER_COUNT as u32).unwrap();
                let dirty = draw(&mut random) & 1 == 0;
                let places = granules >> order.index();
                if places == 0 {
                    continue;
                }
                // Near each other half of the time, so that words fill and come empty.
                let width = if draw(&mut random) & 1 == 0 { places.min(200) } else { places };
                let start = (draw(&mut random) as u32 % width) << order.index();
                let set = &mut model[Index::set(order, dirty)];
                let is_free = !set.remove(&start);
                if is_free {
                    set.insert(start);
                }
                index.set_to(GranuleIndex(start), order, dirty, is_free);
                let at = if draw(&mut random) & 1 == 0 { start } else { draw(&mut random) as u32 % granules };
                for at in [at, at + 1, at.saturating_sub(1), 0, u32::MAX] {
                    let first = set.range(at..).next().map(|&start| GranuleIndex(start));
                    assert_eq!(index.first_from(at, order, dirty), first, "from {at} on, {order:?}");
                    let last = set.range(..at).next_back().map(|&start| GranuleIndex(start));
                    assert_eq!(index.last_below(at, order, dirty), last, "below {at}, {order:?}");
                }
            }
            for order in (0..ORDER_COUNT as u32).filter_map(Order::new) {
                for dirty in [false, true] {
                    let starts: BTreeSet<u32> = index.all(order, dirty).map(|start| start.0).collect();
                    assert_eq!(starts, model[Index::set(order, dirty)]);
                }
            }
            for order in (0..ORDER_COUNT as u32).filter_map(Order::new) {
                for dirty in [false, true] {
                    for &start in &model[Index::set(order, dirty)] {
                        index.set_to(GranuleIndex(start), order, dirty, false);
                    }
                }
            }
            assert!(words.iter().all(|&word| word == 0), "an index of nothing is zero");
        }
    }
}
