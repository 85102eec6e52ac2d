//! Fault injection: makes the n-th call to the kernel fail, so that tests can walk every refusal.
//!
//! In the library as shipped `trip` is the constant `false` and the calls cost nothing.

/// The calls that can be made to fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    /// mmap of a reservation or a memory area.
    Reserve,
    /// mprotect of the next part of a reservation.
    Commit,
    /// madvise.
    Purge,
    /// mremap.
    Remap,
}

/// Returns whether this call is to fail.
#[cfg(not(test))]
#[inline(always)]
pub fn trip(_call: Call) -> bool {
    false
}

#[cfg(test)]
pub use armed::{arm, disarm, trip};

#[cfg(test)]
mod armed {
    use super::Call;
    use std::cell::Cell;

    std::thread_local! {
        /// Calls left before the next one fails; `None` while disarmed. Per thread, so that tests run side by side.
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// Lets `n` calls of this thread through and makes every later one fail.
    pub fn arm(n: u32) {
        LEFT.set(Some(n));
    }

    /// Lets all calls through again; returns whether any was made to fail.
    pub fn disarm() -> bool {
        LEFT.take() == Some(0)
    }

    pub fn trip(_call: Call) -> bool {
        match LEFT.get() {
            None => false,
            Some(0) => true,
            Some(n) => {
                LEFT.set(Some(n - 1));
                false
            }
        }
    }
}
