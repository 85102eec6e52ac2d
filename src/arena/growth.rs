//! How an arena comes to be and grows: metadata for its whole span, a reservation of runs that is lengthened, and five
//! prefixes committed in step.

use super::{Arena, Header, Index, Record, UNIT_GRANULES, index};
use crate::base::{GRANULE, GranuleCount, GranuleIndex, MAX_ORDER, Order, UNIT};
use crate::options::Thp;
use crate::os::area::{self, Prefix};
use crate::os::name::Name;
use crate::sync::prim::{AtomicU8, Ordering};

/// The first commit: one unit, so that a small program stays small.
const FIRST_COMMIT: usize = UNIT;
/// The runs reserved at first, and the least by which the reservation grows; it doubles otherwise. A further arena
/// keeps as much as all before it have, so that a process whose mappings stand in their way does not run out of arenas.
const FIRST_RESERVATION: usize = 64 << 20;
/// The largest commit. Each commit is one mprotect; at half of this a heap of 16 GiB makes 256 of them, at double a
/// process under strict overcommit is charged 128 MiB that it may never touch.
const LARGEST_COMMIT: usize = 64 << 20;

/// From how many committed bytes on `thp:auto` may ask for huge pages behind what comes next. In a virtual machine the
/// first touch of a huge page costs what the host makes of it: at half of this, heaps that live for a second took twice
/// the time, and those of a server gain nothing, since the caches' and the TLB's reach is about that.
const HUGE_HEAP: usize = 256 * UNIT;

/// When huge pages are asked for, as `Thp` numbers it (option `thp`).
static THP: AtomicU8 = AtomicU8::new(Thp::Auto as u8);

/// Sets when huge pages are asked for; arenas follow by `Growth::follow_thp`.
pub fn set_thp(thp: Thp) {
    // Relaxed: a number that stands alone.
    THP.store(thp as u8, Ordering::Relaxed);
}

fn thp() -> Thp {
    // Relaxed: as above.
    Thp::from_word(usize::from(THP.load(Ordering::Relaxed)))
}

/// The part of an arena that only its grower touches: the prefixes. Held by whoever holds the buddy lock.
pub struct Growth {
    map: Prefix,
    records: Prefix,
    touched: Prefix,
    free: Prefix,
    runs: Prefix,
    /// From how many bytes of runs on huge pages are asked for, whole units; `usize::MAX` for nowhere.
    huge_from: usize,
    /// Whether what was committed last is locked: the program locks what it maps (mlockall, MCL_FUTURE).
    populates: bool,
    /// At how many committed bytes `thp:auto` looks whether huge pages are worth it.
    huge_at: usize,
    /// Where free runs start: below the frontier, for whoever holds this.
    pub index: Index,
    /// Most bytes of runs.
    span: usize,
    header: &'static Header,
}

/// Why an arena cannot grow, or a run cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shortage {
    /// The arena has no room for it: another may.
    Full,
    /// The kernel refuses to commit more.
    Refused,
}

/// Bytes of each part of the metadata for `granules`, whole granules so that any page size divides them.
fn metadata_sizes(granules: usize) -> [usize; 4] {
    let whole = |bytes: usize| bytes.next_multiple_of(GRANULE);
    [
        whole(granules),
        whole(granules * size_of::<Record>()),
        whole(granules.div_ceil(64) * 8),
        whole(index::bytes(granules)),
    ]
}

impl Arena {
    /// Reserves an arena that may span `size` bytes of runs, a multiple of `UNIT`; nothing is committed but the header
    /// page. `Full` where the kernel refuses addresses, `Refused` where it refuses to commit.
    ///
    /// The whole span is reserved for a moment, which finds a place with so many free addresses, and given up again but
    /// for the first `keep` bytes: the kernel places other mappings from the far end of the gap.
    pub fn reserve(size: usize, keep: usize) -> Result<(Arena, Growth), Shortage> {
        let granules = size / GRANULE;
        // The base is aligned to an eighth of the arena, a gibibyte at most: runs are naturally aligned up to there,
        // and the address space that the alignment takes for a moment stays small against a limit on it.
        let aligned = (granules / 8).max(UNIT_GRANULES as usize).ilog2().min(MAX_ORDER);
        let aligned = Order::new(aligned).ok_or(Shortage::Full)?;
        let align = aligned.granules().bytes();
        let sizes = metadata_sizes(granules);
        let metadata = GRANULE + sizes.iter().sum::<usize>() + GRANULE;
        // The metadata stands right below an aligned base, a guard granule between the two.
        let mut whole = Prefix::reserve(metadata.next_multiple_of(align) + size, align).ok_or(Shortage::Full)?;
        let lead = metadata.next_multiple_of(align) - metadata;
        if lead > 0 {
            whole.split_to(lead).shorten_to(0);
        }
        let mut header = whole.split_to(GRANULE);
        let mut parts = sizes.map(|bytes| whole.split_to(bytes));
        let mut guard = whole.split_to(GRANULE);
        if !header.commit_to(GRANULE) {
            for part in parts.iter_mut().chain([&mut header, &mut guard, &mut whole]) {
                part.shorten_to(0);
            }
            return Err(Shortage::Refused);
        }
        for part in parts.iter().chain([&header, &guard]) {
            part.name(Name::Metadata);
        }
        let [map, records, touched, free] = parts;
        let index = Index::new(free.start().cast(), granules);
        whole.shorten_to(keep.max(FIRST_RESERVATION).min(size));
        whole.name(Name::Arena);
        // SAFETY: the header granule is committed for the life of the process, zeroed, and used for nothing else.
        let header = unsafe { header.start().cast::<Header>().as_ref() };
        let arena = Arena {
            base: whole.start(),
            granules: GranuleCount(u32::try_from(granules).unwrap_or(u32::MAX)),
            most: Order::new(granules.max(1).ilog2().min(MAX_ORDER)).unwrap_or(Order::ZERO),
            aligned,
            header,
            map: map.start().cast(),
            records: records.start().cast(),
            touched: touched.start().cast(),
        };
        let span = granules * GRANULE;
        let mut growth = Growth {
            map,
            records,
            touched,
            free,
            runs: whole,
            span,
            huge_from: usize::MAX,
            huge_at: HUGE_HEAP,
            populates: false,
            index,
            header,
        };
        growth.show_reserved();
        growth.follow_thp();
        Ok((arena, growth))
    }
}

/// Commits the first `bytes` of a metadata part, rounded up to 64 KiB so that small steps are rare.
fn commit_part(part: &mut Prefix, bytes: usize) -> bool {
    debug_assert!(bytes <= part.size(), "the metadata is made for the whole span");
    bytes <= part.size() && part.commit_to(bytes.next_multiple_of(64 << 10).min(part.size()))
}

impl Growth {
    /// Commits at least `least` more granules and returns the interval that is new. On refusal the frontier has not
    /// moved.
    ///
    /// The step is an eighth of what is committed, a unit at least and 64 MiB at most, or what is asked if that is
    /// more.
    pub fn grow(&mut self, least: GranuleCount) -> Result<(GranuleIndex, GranuleCount), Shortage> {
        let committed = self.runs.committed();
        let end = committed.checked_add(least.bytes()).filter(|&end| end <= self.span).ok_or(Shortage::Full)?;
        let step = (committed / 8).clamp(FIRST_COMMIT, LARGEST_COMMIT).next_multiple_of(UNIT);
        let wanted = end.next_multiple_of(UNIT).max(committed + step).min(self.span);
        let room = self.reserve_for(wanted) || self.reserve_for(end);
        if !room {
            return Err(Shortage::Full);
        }
        let done = self.commit(wanted.min(self.runs.size())) || self.commit(end);
        if !done {
            return Err(Shortage::Refused);
        }
        // SAFETY: inside the reservation, at what was committed just now.
        let fresh = unsafe { self.runs.start().add(committed) };
        // SAFETY: committed just now.
        self.populates = unsafe { area::is_locked(fresh) };
        let start = GranuleIndex((committed / GRANULE) as u32);
        let count = GranuleCount(((self.runs.committed() - committed) / GRANULE) as u32);
        self.index.committed(self.runs.committed() / GRANULE);
        // Release: the metadata committed above is there for whoever sees the frontier. Pairs with the Acquire in
        // `Arena::frontier`.
        self.header.frontier.store(start.0 + count.0, Ordering::Release);
        Ok((start, count))
    }

    /// Reserves on so that `end` bytes of runs are: twice what there is if that can be had, else just that.
    fn reserve_for(&mut self, end: usize) -> bool {
        let size = self.runs.size();
        if end <= size {
            return true;
        }
        let doubled = (size * 2).max(size + FIRST_RESERVATION).max(end).min(self.span);
        let done = self.runs.lengthen_to(doubled) || self.runs.lengthen_to(end);
        if done {
            self.runs.name(Name::Arena);
        }
        // The mapping that is new has no advice yet.
        self.runs.advise_huge(size, self.huge_from <= size);
        self.show_reserved();
        done
    }

    /// Begins to ask for huge pages, or to ask for none, as the option says from now on.
    pub fn follow_thp(&mut self) {
        self.ask_for_huge(if thp() == Thp::Always { 0 } else { usize::MAX });
    }

    /// Asks for huge pages from `from` on, for small ones below. All of the runs are so two kinds of mapping at most,
    /// and what lies below `from` is never joined to huge pages behind our back: it may be purged page by page.
    fn ask_for_huge(&mut self, from: usize) {
        if from > 0 {
            self.runs.advise_huge(0, false);
        }
        if from < self.runs.size() {
            self.runs.advise_huge(from, true);
        }
        self.huge_from = from;
    }

    /// Returns whether it is time to look whether huge pages are worth it behind what is committed next.
    pub fn may_ask_for_huge(&self) -> bool {
        self.huge_from == usize::MAX && self.runs.committed() >= self.huge_at && thp() == Thp::Auto
    }

    /// Asks for huge pages behind what is committed next, or if they are not worth it, lets the arena grow by a quarter
    /// before the next look.
    pub fn ask_for_huge_if(&mut self, is_worth_it: bool) {
        let committed = self.runs.committed();
        if is_worth_it {
            self.ask_for_huge(committed.next_multiple_of(UNIT));
        } else {
            self.huge_at = committed + committed / 4;
        }
    }

    /// Asks for small pages everywhere: part of a unit is to be purged, and the kernel would fill it again. Should the
    /// arena grow, huge pages may be asked for again behind what is committed now.
    pub fn give_up_huge(&mut self) {
        self.ask_for_huge(usize::MAX);
    }

    /// Returns how many bytes of a committed unit the kernel backs with memory now, `None` where it does not tell.
    pub fn resident_in(&self, unit: u32) -> Option<usize> {
        self.runs.resident_in(unit as usize * UNIT, UNIT)
    }

    /// Returns whether committing makes memory resident: then room that nobody touches costs memory too.
    pub fn populates(&self) -> bool {
        self.populates
    }

    /// Returns the first granule for which huge pages are asked for.
    pub fn huge_from(&self) -> u32 {
        u32::try_from(self.huge_from / GRANULE).unwrap_or(u32::MAX)
    }

    /// Tells every copy of the arena's handle how much is reserved.
    fn show_reserved(&self) {
        // Relaxed: see `Arena::holds`.
        self.header.reserved.store((self.runs.size() / GRANULE) as u32, Ordering::Relaxed);
    }

    /// Commits runs up to `target` bytes and the metadata for them.
    fn commit(&mut self, target: usize) -> bool {
        let [map, records, touched, free] = metadata_sizes(target / GRANULE);
        commit_part(&mut self.map, map)
            && commit_part(&mut self.records, records)
            && commit_part(&mut self.touched, touched)
            && commit_part(&mut self.free, free)
            && self.runs.commit_to(target)
    }

    /// Returns the committed bytes of runs and of metadata.
    pub fn committed(&self) -> (usize, usize) {
        let metadata = [&self.map, &self.records, &self.touched, &self.free];
        (self.runs.committed(), GRANULE + metadata.iter().map(|part| part.committed()).sum::<usize>())
    }

    /// Returns the bytes of runs and metadata that the kernel backs with memory now, `None` where it does not tell.
    pub fn resident(&self) -> Option<usize> {
        let parts = [&self.map, &self.records, &self.touched, &self.free, &self.runs];
        // At most one turn per part.
        parts.iter().try_fold(0, |sum, part| Some(sum + part.resident()?))
    }

    /// Returns the reserved bytes, metadata included.
    pub fn reserved(&self) -> usize {
        let parts = [&self.map, &self.records, &self.touched, &self.free, &self.runs];
        2 * GRANULE + parts.iter().map(|part| part.size()).sum::<usize>()
    }
}
