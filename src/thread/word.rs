//! A cell of one thread that others may look at.

use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// A pointer that its thread reads and writes as a cell, and that figures read from outside, a little late. Costs what a
/// cell costs: nothing is ordered by it.
///
/// Its thread reads it as plain memory, which no other thread writes: an atomic load would not be folded into the
/// comparison of the hot path.
#[repr(transparent)]
pub struct Word<T>(AtomicPtr<T>);

impl<T> Word<T> {
    /// Returns the pointer, to the word's thread.
    ///
    /// # Safety
    ///
    /// - No other thread sets the word meanwhile.
    #[inline(always)]
    pub unsafe fn own(&self) -> *mut T {
        // SAFETY: nobody writes meanwhile (caller), and reads race with nothing.
        unsafe { self.0.as_ptr().read() }
    }

    /// Returns the pointer, to any thread.
    pub fn get(&self) -> *mut T {
        // Relaxed: who reads it from outside checks what it gets.
        self.0.load(Ordering::Relaxed)
    }

    /// Sets the pointer. For the word's thread.
    #[inline(always)]
    pub fn set(&self, to: *mut T) {
        // Relaxed: as above.
        self.0.store(to, Ordering::Relaxed);
    }
}

/// A count that its thread alone raises, and that figures read from outside.
#[repr(transparent)]
pub struct Count(AtomicU64);

impl Count {
    /// Returns the count.
    pub fn get(&self) -> u64 {
        // Relaxed: a figure.
        self.0.load(Ordering::Relaxed)
    }

    /// Adds one. For the count's thread: two at a time may lose one.
    pub fn add_one(&self) {
        // Relaxed: a figure. Not a read-modify-write, since there is one writer.
        self.0.store(self.get().wrapping_add(1), Ordering::Relaxed);
    }
}
