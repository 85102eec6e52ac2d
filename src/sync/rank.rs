//! The lock order, as code.

/// The lock order. A thread may take a lock only if its rank exceeds every rank it holds; taking all of one rank, in
/// address order, is for fork alone. Debug builds assert it at every take.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Rank {
    /// Held by whoever handles the object caches of others, also while their callbacks run: outermost.
    Sweep = 1,
    /// Held by whoever purges, for as long as it takes, so that nobody waits for it under another lock.
    Purge,
    /// Which numbers of object caches are vacant. Held for a look at the table; a new cache's slabs are set after it.
    Objects,
    /// The registry of thread blocks. Held while a dead thread's magazines are drained, so it precedes `Depot`.
    Threads,
    /// One per class. Held while magazines change hands, never while an object is made.
    Depot,
    /// One per class. A slab is cut under it, which needs a run, so it precedes `Buddy`.
    Slab,
    /// The buddy system of all arenas. Commits memory, which is a system call, when no run is free.
    Buddy,
    /// The table of memory areas that stand alone. Needs records, so it precedes `Store`.
    Areas,
    /// The memory of marks, and the records of checked mode and of guarded objects. Nothing but the kernel is asked
    /// under them.
    Records,
    /// The metadata store: innermost, because every layer keeps its records there. The out-of-memory handler's lock
    /// shares the rank: nothing is taken under either.
    Store,
}

/// Ranks in the lock order.
pub const RANK_COUNT: usize = Rank::Store as usize;

impl Rank {
    /// Every rank with its name in reports, in the lock order.
    pub const NAMES: [(Rank, &'static str); RANK_COUNT] = [
        (Rank::Sweep, "sweep"),
        (Rank::Purge, "purge"),
        (Rank::Objects, "objects"),
        (Rank::Threads, "threads"),
        (Rank::Depot, "depot"),
        (Rank::Slab, "slab"),
        (Rank::Buddy, "buddy"),
        (Rank::Areas, "areas"),
        (Rank::Records, "records"),
        (Rank::Store, "store"),
    ];
}
