//! The free runs of one arena.

use crate::arena::{Arena, Growth, Shortage, State, UNIT_GRANULES};
use crate::base::{GranuleCount, GranuleIndex, ORDER_COUNT, Order};
use crate::report::Broken;

/// A run of granules that belongs to whoever holds the value: not `Copy`, taken by `take`, consumed by `give`.
#[derive(Debug)]
pub struct Run {
    /// First granule.
    pub start: GranuleIndex,
    /// Length.
    pub count: GranuleCount,
    /// Whether every byte is zero: never used since it was committed or purged.
    pub zero: bool,
}

/// A free place: the start of a run, or of several side by side.
#[derive(Clone, Copy)]
enum Free {
    Run(GranuleIndex),
    Interval(GranuleIndex),
}

/// Counts of the free runs of one cleanliness, by order.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tally {
    counts: [u32; ORDER_COUNT],
    /// Bit k is set if there is a run of order k.
    orders: u32,
}

impl Tally {
    const EMPTY: Tally = Tally { counts: [0; ORDER_COUNT], orders: 0 };

    fn count(&mut self, order: Order, delta: i32) {
        if let Some(count) = self.counts.get_mut(order.index()) {
            *count = count.wrapping_add_signed(delta);
            let bit = 1 << order.index();
            self.orders = if *count > 0 { self.orders | bit } else { self.orders & !bit };
        }
    }

    /// Returns the least order of at least `order` that has a run.
    fn least(&self, order: Order) -> Option<Order> {
        Order::new((self.orders >> order.index() << order.index()).trailing_zeros())
    }

    /// Returns the greatest order of at least `order` that has a run.
    fn greatest(&self, order: Order) -> Option<Order> {
        Order::new((self.orders >> order.index() << order.index()).checked_ilog2()?)
    }
}

/// The free runs of one arena.
///
/// # Invariants
///
/// - **B1** Every granule below the frontier is in exactly one free run or in one run given out by `take`.
/// - **B2** A free run of order k starts at a multiple of 2^k granules; its first record says `Free { k, dirty }`, and
///   it is in the index and in the tally of that order and cleanliness.
/// - **B3** No free run's buddy is a free run of the same order, below the arena's greatest order.
/// - **B4** A clean free run has no touched granule; a dirty one has at least one.
/// - **B5** `free` and `dirty` count the granules of free runs and the touched ones among them.
pub struct Space {
    arena: Arena,
    growth: Growth,
    clean: Tally,
    dirty_runs: Tally,
    free: u64,
    dirty: u64,
    /// Most clean granules that may be taken at a time, as the limit stands: who takes more is refused.
    room: GranuleCount,
}

impl Space {
    /// Returns the empty space of a new arena.
    pub fn new(arena: Arena, growth: Growth) -> Space {
        let room = GranuleCount(u32::MAX);
        Space { arena, growth, clean: Tally::EMPTY, dirty_runs: Tally::EMPTY, free: 0, dirty: 0, room }
    }

    /// Sets how many clean granules may be taken at a time from now on. What is taken and given back is dirty throughout,
    /// so the limit is asked before.
    pub(super) fn set_room(&mut self, room: GranuleCount) {
        self.room = room;
    }

    /// Returns whether the limit has room for what is clean of these free granules.
    fn has_room(&self, start: GranuleIndex, count: GranuleCount) -> bool {
        // SAFETY: `&self` stands for the buddy lock; the granules are below the frontier.
        count.0 <= self.room.0 || count.0 - unsafe { self.arena.touched(start, count) } <= self.room.0
    }

    /// Returns the arena.
    pub fn arena(&self) -> Arena {
        self.arena
    }

    /// Takes `count` granules (at least 1) that start at a multiple of `align`; commits more of the arena if no free
    /// run holds them.
    ///
    /// Splits the least free run that holds them, keeping the lowest part, and gives the tail back. Cost: O(orders)
    /// list operations under the caller's lock; at most five mprotect calls.
    pub fn take(&mut self, count: GranuleCount, align: Order) -> Result<Run, Shortage> {
        let order = Order::fitting(count).ok_or(Shortage::Full)?.max(align);
        if order > self.arena.most() || align > self.arena.aligned() {
            return Err(Shortage::Full);
        }
        let place = match self.place(count, align, order) {
            Some(place) => place,
            None => {
                self.grow(order)?;
                self.place(count, align, order).ok_or(Shortage::Full)?
            }
        };
        self.take_place(place, count).ok_or(Shortage::Refused)
    }

    /// Returns where `count` granules are free and committed, in a run of at least `order` or in several side by side.
    ///
    /// What was used before comes first, since its pages are there, and an interval of several runs before a whole one,
    /// which stays whole then.
    fn place(&self, count: GranuleCount, align: Order, order: Order) -> Option<Free> {
        let is_whole = count == order.granules() && self.dirty_runs.orders & 1 << order.index() != 0;
        let any_place = align == Order::ZERO && !is_whole;
        if any_place && let Some(start) = self.find_interval(true, count) {
            return Some(Free::Interval(start));
        }
        if let Some(start) = self.find(order) {
            return Some(Free::Run(start));
        }
        let start = if any_place { self.find_interval(false, count) } else { None };
        start.map(Free::Interval)
    }

    /// Takes the first `count` granules of a place, unless the limit has no room for them.
    fn take_place(&mut self, place: Free, count: GranuleCount) -> Option<Run> {
        let (Free::Run(start) | Free::Interval(start)) = place;
        self.has_room(start, count).then(|| match place {
            Free::Run(start) => self.cut(start, count),
            Free::Interval(start) => self.take_interval(start, count),
        })
    }

    /// As `take`, for an alignment that can be done without; none where committing makes memory resident.
    pub fn take_roomy(&mut self, count: GranuleCount, align: Order) -> Option<Run> {
        if self.growth.populates() { None } else { self.take(count, align).ok() }
    }

    /// As `take`, from the free runs that there are: does not enter the kernel.
    pub fn take_at_hand(&mut self, count: GranuleCount, align: Order) -> Option<Run> {
        let order = Order::fitting(count)?.max(align);
        if align > self.arena.aligned() {
            return None;
        }
        let place = self.place(count, align, order)?;
        self.take_place(place, count)
    }

    /// Returns the best free run of at least `order`: dirty before clean (its pages are there), then the least order,
    /// then the lowest address, so that what is used lies close together and what is above comes free.
    fn find(&self, order: Order) -> Option<GranuleIndex> {
        [(true, &self.dirty_runs), (false, &self.clean)]
            .into_iter()
            .find_map(|(dirty, tally)| self.growth.index.first_from(0, tally.least(order)?, dirty))
    }

    /// Returns the free runs of an order and cleanliness by address.
    pub(super) fn runs(&self, order: Order, dirty: bool) -> impl Iterator<Item = GranuleIndex> {
        self.growth.index.all(order, dirty)
    }

    /// Takes the free run at `start` out and gives back all of it behind the first `count` granules.
    pub(super) fn cut(&mut self, start: GranuleIndex, count: GranuleCount) -> Run {
        let whole = self.unlink(start);
        let tail = GranuleCount(whole.granules().0 - count.0);
        // SAFETY: `&mut self` stands for the buddy lock; the run is below the frontier.
        let touched = unsafe { self.arena.mark(start, count, false) };
        self.free -= u64::from(whole.granules().0);
        self.dirty -= u64::from(touched);
        if tail.0 > 0 {
            self.free += u64::from(tail.0);
            self.insert_range(start.plus(count), tail);
        }
        Run { start, count, zero: touched == 0 }
    }

    /// Gives a run back. Cost: O(orders) list operations, and a look at a bit per granule of the run it becomes.
    pub fn give(&mut self, run: Run) {
        // SAFETY: `&mut self` stands for the buddy lock; the run is below the frontier (B1).
        let fresh = unsafe { self.arena.mark(run.start, run.count, !run.zero) };
        // A run is cleared when it is taken, so every mark set now is new.
        self.dirty += u64::from(fresh);
        self.free += u64::from(run.count.0);
        self.insert_range(run.start, run.count);
    }

    /// Grows `run` to `count` granules in place, into free runs right behind it. On `false` nothing has changed.
    pub fn extend(&mut self, run: &mut Run, count: GranuleCount) -> bool {
        let Some(end) = run.start.0.checked_add(count.0).filter(|&end| end <= self.arena.granules().0) else {
            return false;
        };
        if end > self.arena.frontier() && !self.may_grow_behind(run, end) {
            return false;
        }
        self.extend_at_hand(run, count)
    }

    /// As `extend`, into what is committed: does not enter the kernel.
    pub fn extend_at_hand(&mut self, run: &mut Run, count: GranuleCount) -> bool {
        let Some(end) = run.start.0.checked_add(count.0).filter(|&end| end <= self.arena.frontier()) else {
            return false;
        };
        // First look, then take. At most one turn per free run in between.
        let mut at = run.start.0 + run.count.0;
        while at < end {
            if at >= self.arena.frontier() {
                return false;
            }
            let State::Free { order, .. } = self.arena.record(GranuleIndex(at)).state() else { return false };
            at += order.granules().0;
        }
        let behind = run.start.plus(run.count);
        if behind.0 < end && !self.has_room(behind, GranuleCount(end - behind.0)) {
            return false;
        }
        // At most one turn per free run, as above.
        let mut at = run.start.0 + run.count.0;
        while at < end {
            let start = GranuleIndex(at);
            let State::Free { order, .. } = self.arena.record(start).state() else { return false };
            let wanted = GranuleCount(order.granules().0.min(end - at));
            let part = self.cut(start, wanted);
            run.zero = run.zero && part.zero;
            at += wanted.0;
        }
        run.count = count;
        true
    }

    /// Commits more of the arena where everything from the run to the frontier is free and `end` lies behind it.
    fn may_grow_behind(&mut self, run: &Run, end: u32) -> bool {
        let frontier = self.arena.frontier();
        let mut at = run.start.0 + run.count.0;
        // At most one turn per free run up to the frontier.
        while at < frontier {
            let State::Free { order, .. } = self.arena.record(GranuleIndex(at)).state() else { return false };
            at += order.granules().0;
        }
        self.commit(GranuleCount(end - frontier)).is_ok()
    }

    /// Gives the granules of `run` behind the first `count` back.
    pub fn shrink(&mut self, run: &mut Run, count: GranuleCount) {
        let tail = GranuleCount(run.count.0 - count.0);
        self.give(Run { start: run.start.plus(count), count: tail, zero: run.zero });
        run.count = count;
    }

    /// Commits enough that a free run of `order` exists.
    fn grow(&mut self, order: Order) -> Result<(), Shortage> {
        let frontier = self.arena.frontier();
        let start = frontier.checked_next_multiple_of(order.granules().0).ok_or(Shortage::Full)?;
        let end = start.checked_add(order.granules().0).ok_or(Shortage::Full)?;
        self.commit(GranuleCount(end - frontier))
    }

    /// Commits at least `least` granules and adds them as clean free runs.
    fn commit(&mut self, least: GranuleCount) -> Result<(), Shortage> {
        if self.growth.may_ask_for_huge() {
            let is_worth_it = self.huge_would_add_little();
            self.growth.ask_for_huge_if(is_worth_it);
        }
        let (start, count) = self.growth.grow(least)?;
        self.free += u64::from(count.0);
        self.insert_range(start, count);
        Ok(())
    }

    /// Cuts `[start, start + count)` into aligned runs and inserts each, merging where its buddy is free.
    fn insert_range(&mut self, start: GranuleIndex, count: GranuleCount) {
        let (mut at, mut left) = (start, count.0);
        // At most two turns per order.
        while left > 0 {
            let order = Order::first_of_range(at, GranuleCount(left), self.arena.most());
            self.insert(at, order);
            at = at.plus(order.granules());
            left -= order.granules().0;
        }
    }

    /// Inserts a free run, merging it with its buddy as often as that is free (Knuth, TAOCP 1, §2.5, Algorithm S).
    fn insert(&mut self, start: GranuleIndex, order: Order) {
        let (mut start, mut order) = (start, order);
        // At most ORDER_COUNT turns: each merge raises `order` by one.
        while order < self.arena.most() {
            let buddy = start.buddy(order);
            if buddy.0 + order.granules().0 > self.arena.frontier() {
                break;
            }
            match self.arena.record(buddy).state() {
                State::Free { order: other, .. } if other == order => {}
                _ => break,
            }
            let Some(up) = order.up() else { break };
            self.unlink(buddy);
            start = start.min(buddy);
            order = up;
        }
        self.link(start, order);
    }

    /// Enters a free run.
    fn link(&mut self, start: GranuleIndex, order: Order) {
        // SAFETY: `&mut self` stands for the buddy lock; the run is below the frontier.
        let dirty = unsafe { self.arena.touched(start, order.granules()) } > 0;
        self.arena.record(start).set(State::Free { order, dirty });
        self.growth.index.set_to(start, order, dirty, true);
        self.tally_mut(dirty).count(order, 1);
    }

    /// Takes the free run that starts at `start` out; returns its order. Its record is `None` afterwards.
    fn unlink(&mut self, start: GranuleIndex) -> Order {
        let record = self.arena.record(start);
        let State::Free { order, dirty } = record.state() else {
            debug_assert!(false, "B2: only free runs are unlinked");
            return Order::first_of_range(start, GranuleCount(1), self.arena.most());
        };
        self.growth.index.set_to(start, order, dirty, false);
        self.tally_mut(dirty).count(order, -1);
        record.set(State::None);
        order
    }

    fn tally_mut(&mut self, dirty: bool) -> &mut Tally {
        if dirty { &mut self.dirty_runs } else { &mut self.clean }
    }

    /// Takes the next piece to be purged: of the greatest dirty free run of at least `least` that is at the highest
    /// address, which is the last to be used again, up to `most` granules to the unit of the last touched one. Returns
    /// it and how many of its granules are touched. It is in use until `put_purged`.
    ///
    /// Whole units come first. Part of a unit behind which huge pages are asked for is taken only with `all`, and then
    /// nothing more is asked for: the kernel would fill the unit again.
    pub fn take_dirty(&mut self, least: Order, most: GranuleCount, all: bool) -> Option<(Run, u32)> {
        let (greatest, huge_from) = (self.dirty_runs.greatest(least)?, self.growth.huge_from());
        let is_whole = |order: Order| order.granules().0 >= UNIT_GRANULES;
        let last = |order: Order| {
            let end = if all || is_whole(order) { u32::MAX } else { huge_from };
            self.growth.index.last_below(end, order, true)
        };
        // At most ORDER_COUNT turns.
        let start = (least.index()..=greatest.index()).rev().find_map(|k| last(Order::new(k as u32)?))?;
        if start.0 >= huge_from
            && matches!(self.arena.record(start).state(), State::Free { order, .. } if !is_whole(order))
        {
            self.growth.give_up_huge();
        }
        let whole = self.unlink(start).granules();
        // SAFETY: `&mut self` stands for the buddy lock; the run is below the frontier.
        let touched = unsafe { self.arena.last_touched(start, whole) }.unwrap_or(start);
        let step = most.0.clamp(1, UNIT_GRANULES);
        let end = ((touched.0 - start.0) / step + 1) * step;
        let end = end.min(whole.0);
        let head = GranuleCount(end.saturating_sub(most.0));
        let count = GranuleCount(end - head.0);
        let tail = GranuleCount(whole.0 - end);
        let piece = start.plus(head);
        // SAFETY: as above.
        let cleared = unsafe { self.arena.mark(piece, count, false) };
        self.free -= u64::from(count.0);
        self.dirty -= u64::from(cleared);
        // The piece is in use now, so that neither part merges with it.
        self.insert_range(start, head);
        self.insert_range(piece.plus(count), tail);
        Some((Run { start: piece, count, zero: false }, cleared))
    }

    /// Puts back what `take_dirty` took; `purged` says whether its pages are gone and it reads as zero.
    pub fn put_purged(&mut self, mut run: Run, purged: bool) {
        run.zero = purged;
        self.give(run);
    }

    /// Returns how many free runs of an order there are.
    pub fn free_runs(&self, order: usize) -> u64 {
        let of = |tally: &Tally| u64::from(tally.counts.get(order).copied().unwrap_or(0));
        of(&self.clean) + of(&self.dirty_runs)
    }

    /// Returns whether huge pages are asked for behind any of the arena.
    pub fn asks_for_huge(&self) -> bool {
        self.growth.huge_from() != u32::MAX
    }

    /// Returns how many granules are free, and how many of those are dirty.
    pub fn free_granules(&self) -> (u64, u64) {
        (self.free, self.dirty)
    }

    /// Asks for huge pages as the option says from now on.
    pub fn follow_thp(&mut self) {
        self.growth.follow_thp();
    }

    /// Returns whether huge pages are asked for anywhere.
    #[cfg(test)]
    pub fn has_huge(&self) -> bool {
        self.growth.huge_from() < self.arena.granules().0
    }

    /// Returns the bytes of a unit that the kernel backs with memory now.
    pub(super) fn resident_in(&self, unit: u32) -> Option<usize> {
        self.growth.resident_in(unit)
    }

    /// Returns the bytes that the kernel backs with memory now, `None` where it does not tell.
    pub fn resident(&self) -> Option<usize> {
        self.growth.resident()
    }

    /// Returns the bytes committed as runs, committed as metadata, and reserved.
    pub fn footprint(&self) -> (usize, usize, usize) {
        let (runs, metadata) = self.growth.committed();
        (runs, metadata, self.growth.reserved())
    }

    /// Walks every record and the index and asserts B1 to B5. `given_out(start)` tells the length of the run that was
    /// given out at `start`, if one was. Cost: one record per free or given-out run.
    pub fn check(&self, mut given_out: impl FnMut(GranuleIndex) -> Option<GranuleCount>) -> Result<(), Broken> {
        let frontier = self.arena.frontier();
        let (mut at, mut free, mut dirty) = (0u32, 0u64, 0u64);
        let (mut clean, mut dirty_runs) = (Tally::EMPTY, Tally::EMPTY);
        // At most one turn per granule: each run is at least one long.
        while at < frontier {
            let start = GranuleIndex(at);
            if let Some(count) = given_out(start) {
                Broken::unless(count.0 > 0, "B1")?;
                at += count.0;
                continue;
            }
            let State::Free { order, dirty: is_dirty } = self.arena.record(start).state() else {
                return Err(Broken("B1"));
            };
            Broken::unless(at.is_multiple_of(order.granules().0), "B2")?;
            let buddy = start.buddy(order);
            if order < self.arena.most() && buddy.0 + order.granules().0 <= frontier {
                let twin = matches!(self.arena.record(buddy).state(), State::Free { order: k, .. } if k == order);
                Broken::unless(!twin, "B3")?;
            }
            // SAFETY: `&self` stands for the buddy lock; the run is below the frontier.
            let touched = unsafe { self.arena.touched(start, order.granules()) };
            Broken::unless((touched > 0) == is_dirty, "B4")?;
            Broken::unless(self.growth.index.first_from(at, order, is_dirty) == Some(start), "B2")?;
            if is_dirty { &mut dirty_runs } else { &mut clean }.count(order, 1);
            free += u64::from(order.granules().0);
            dirty += u64::from(touched);
            at += order.granules().0;
        }
        Broken::unless(at == frontier, "B1")?;
        Broken::unless(clean == self.clean && dirty_runs == self.dirty_runs, "B2")?;
        for order in (0..ORDER_COUNT as u32).filter_map(Order::new) {
            for (dirty, tally) in [(false, &clean), (true, &dirty_runs)] {
                let counted = tally.counts.get(order.index()).copied().unwrap_or(0);
                Broken::unless(self.runs(order, dirty).count() == counted as usize, "B2")?;
            }
        }
        Broken::unless((free, dirty) == (self.free, self.dirty), "B5")
    }

    /// Returns everything that later calls depend on, as numbers: the free runs by address, and which granules were
    /// touched. (Records follow from these and from the runs given
    /// out: B2.)
    #[cfg(test)]
    pub fn snapshot(&self) -> std::vec::Vec<u32> {
        let frontier = self.arena.frontier();
        let mut numbers = std::vec![frontier];
        for order in (0..ORDER_COUNT as u32).filter_map(Order::new) {
            for dirty in [false, true] {
                numbers.extend(self.runs(order, dirty).map(|start| start.0));
                numbers.push(u32::MAX);
            }
        }
        for at in (0..frontier).step_by(32) {
            let bit = |i| {
                // SAFETY: `&self` stands for the buddy lock; the granule is below the frontier.
                let touched = unsafe { self.arena.touched(GranuleIndex(at + i), GranuleCount(1)) };
                touched << i
            };
            numbers.push((0..32.min(frontier - at)).map(bit).sum());
        }
        numbers
    }
}
