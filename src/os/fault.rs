//! Fault injection: makes chosen calls to the kernel fail, so that tests can walk every refusal.
//!
//! Each function of this layer that asks for something asks `trip` first whether this call is to fail. A `Plan`
//! chooses which: the n-th of a kind, or of all kinds, alone or with everything that follows. In the library as shipped
//! `trip` is the constant `false` and the calls cost nothing. The feature `faults` has a plan for the whole process, for
//! the C programs of `c_tests/faults`; unit tests have one per thread, so that they run side by side.

/// The calls that can be made to fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Call {
    /// mmap of a reservation.
    Reserve,
    /// mmap of a memory area of its own.
    Map,
    /// munmap: nothing goes.
    Unmap,
    /// mprotect of the next part of a reservation.
    Commit,
    /// madvise that gives pages back.
    Purge,
    /// madvise that asks for huge pages.
    Advise,
    /// mremap.
    Remap,
    /// mincore.
    Resident,
    /// FUTEX_WAIT: returns at once, as when a signal comes or nobody woke.
    Wait,
    /// clock_gettime: time stands still.
    Clock,
    /// pthread_mutex_trylock of a certificate: as if its holder lived.
    Certificate,
    /// sysinfo and getrlimit: nothing is known.
    Limits,
    /// write: the text is lost.
    Write,
}

#[cfg(any(test, feature = "faults"))]
impl Call {
    /// Every call, in the order of the numbers by which C programs name them.
    pub const ALL: [Call; 13] = [
        Call::Reserve,
        Call::Map,
        Call::Unmap,
        Call::Commit,
        Call::Purge,
        Call::Advise,
        Call::Remap,
        Call::Resident,
        Call::Wait,
        Call::Clock,
        Call::Certificate,
        Call::Limits,
        Call::Write,
    ];
}

/// Which calls are to fail: of those of the kind, `count` from the one numbered `first`, which begins at 0.
#[cfg(any(test, feature = "faults"))]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The kind, or any.
    pub call: Option<Call>,
    /// Calls that are let through before.
    pub first: u32,
    /// Calls that fail then.
    pub count: u32,
}

#[cfg(any(test, feature = "faults"))]
impl Plan {
    /// The n-th call of any kind and every later one.
    #[cfg(test)]
    pub const fn from(first: u32) -> Plan {
        Plan { call: None, first, count: u32::MAX }
    }

    /// Returns whether calls of the kind are counted.
    const fn concerns(self, call: Call) -> bool {
        match self.call {
            Some(kind) => kind as u32 == call as u32,
            None => true,
        }
    }

    /// Returns whether the call with this number among those that are counted is to fail.
    const fn hits(self, number: u32) -> bool {
        number >= self.first && number - self.first < self.count
    }

    /// Returns how many of the first `seen` calls failed.
    const fn failed(self, seen: u32) -> u32 {
        let past = seen.saturating_sub(self.first);
        if past < self.count { past } else { self.count }
    }
}

#[cfg(any(test, feature = "faults"))]
pub use armed::{arm, disarm, trip};

/// Returns whether this call is to fail.
#[cfg(not(any(test, feature = "faults")))]
#[inline(always)]
pub fn trip(_call: Call) -> bool {
    false
}

#[cfg(test)]
mod armed {
    use super::{Call, Plan};
    use std::cell::Cell;

    std::thread_local! {
        /// The plan of this thread and how many calls it counted; `None` while disarmed.
        static ARMED: Cell<Option<(Plan, u32)>> = const { Cell::new(None) };
    }

    /// Puts a plan into force for this thread.
    pub fn arm(plan: Plan) {
        ARMED.set(Some((plan, 0)));
    }

    /// Lets all calls through again; returns how many were made to fail.
    pub fn disarm() -> u32 {
        ARMED.take().map_or(0, |(plan, seen)| plan.failed(seen))
    }

    pub fn trip(call: Call) -> bool {
        let Some((plan, seen)) = ARMED.get().filter(|(plan, _)| plan.concerns(call)) else { return false };
        ARMED.set(Some((plan, seen + 1)));
        plan.hits(seen)
    }
}

#[cfg(all(not(test), feature = "faults"))]
mod armed {
    use super::{Call, Plan};
    use core::sync::atomic::AtomicU32;
    use core::sync::atomic::Ordering::Relaxed;

    /// Numbers of the kinds that are counted: a bit each; none while disarmed.
    static KINDS: AtomicU32 = AtomicU32::new(0);
    static FIRST: AtomicU32 = AtomicU32::new(0);
    static COUNT: AtomicU32 = AtomicU32::new(0);
    static SEEN: AtomicU32 = AtomicU32::new(0);

    // Relaxed throughout: a plan is put into force and withdrawn while no other thread calls; what counts within is
    // the number of the call, which one read-modify-write gives to one caller.

    fn plan() -> Plan {
        Plan { call: None, first: FIRST.load(Relaxed), count: COUNT.load(Relaxed) }
    }

    /// Puts a plan into force for the process.
    pub fn arm(plan: Plan) {
        KINDS.store(0, Relaxed);
        SEEN.store(0, Relaxed);
        FIRST.store(plan.first, Relaxed);
        COUNT.store(plan.count, Relaxed);
        let kinds = Call::ALL.iter().filter(|&&call| plan.concerns(call));
        KINDS.store(kinds.fold(0, |bits, &call| bits | 1 << call as u32), Relaxed);
    }

    /// Lets all calls through again; returns how many were made to fail.
    pub fn disarm() -> u32 {
        KINDS.store(0, Relaxed);
        plan().failed(SEEN.load(Relaxed))
    }

    pub fn trip(call: Call) -> bool {
        KINDS.load(Relaxed) >> (call as u32) & 1 == 1 && plan().hits(SEEN.fetch_add(1, Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the calls that fail among ten of one kind, each followed by one of another.
    fn failing(plan: Plan) -> (std::vec::Vec<u32>, u32) {
        arm(plan);
        let mut failed = std::vec::Vec::new();
        for number in 0..10 {
            if trip(Call::Commit) {
                failed.push(number);
            }
            let _ = trip(Call::Purge);
        }
        (failed, disarm())
    }

    #[test]
    fn a_plan_chooses_one_call_of_a_kind_or_all_from_one_on() {
        let plan = |call, first, count| Plan { call, first, count };
        assert_eq!(failing(plan(Some(Call::Commit), 3, 1)), (std::vec![3], 1));
        assert_eq!(failing(plan(Some(Call::Commit), 7, u32::MAX)), (std::vec![7, 8, 9], 3));
        assert_eq!(failing(plan(Some(Call::Remap), 0, u32::MAX)), (std::vec![], 0));
        // Of all kinds: every other call is one of the kind that is asked for.
        assert_eq!(failing(plan(None, 6, 3)), (std::vec![3, 4], 3));
        assert!(!trip(Call::Commit), "disarmed");
    }

    #[test]
    fn calls_have_the_numbers_of_their_order() {
        assert!(Call::ALL.iter().enumerate().all(|(number, &call)| call as usize == number));
    }
}
