//! Certificates of life: how the death of a thread is noticed without a hook in it.
//!
//! A certificate is a robust mutex that a thread locks at birth and never unlocks. When the thread ends, however it
//! ends, the kernel walks the robust list that libc registered for it and marks the mutex; from then on, and not
//! before, another thread can take it over (set_robust_list(2); POSIX.1-2017, pthread_mutexattr_setrobust).
//!
//! Why not a destructor: `__cxa_thread_atexit_impl` takes the loader's lock, so the first malloc of a thread that a
//! library's constructor starts and joins would wait for ever (`c_tests/loader`); a pthread key would take one of
//! the program's 1,024, and both run before the last `free` of their thread. A certificate needs no memory, no
//! lock of libc's, and is marked after the last instruction of the thread.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

use super::fault::{self, Call};

/// A certificate of life, in zeroed memory that is never unmapped while a thread holds it.
#[repr(transparent)]
pub struct Certificate(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: a pthread mutex is made to be shared; every access goes through libc's functions.
unsafe impl Sync for Certificate {}
// SAFETY: nothing in an unlocked mutex belongs to a thread; a locked one is never moved.
unsafe impl Send for Certificate {}

impl Certificate {
    /// Makes the certificate anew, held by nobody, whatever it was before.
    ///
    /// # Safety
    ///
    /// - No other thread of this process uses it: it is new, or this is the child of a fork.
    pub unsafe fn renew(&self) {
        let mut attributes = MaybeUninit::<libc::pthread_mutexattr_t>::uninit();
        // SAFETY: initialises `attributes`, which the next calls rely on.
        unsafe { libc::pthread_mutexattr_init(attributes.as_mut_ptr()) };
        // SAFETY: `attributes` was initialised above.
        unsafe { libc::pthread_mutexattr_setrobust(attributes.as_mut_ptr(), libc::PTHREAD_MUTEX_ROBUST) };
        // SAFETY: the caller says that nobody uses the mutex; `attributes` is initialised.
        unsafe { libc::pthread_mutex_init(self.0.get(), attributes.as_ptr()) };
        // SAFETY: `attributes` was initialised above and is not used again.
        unsafe { libc::pthread_mutexattr_destroy(attributes.as_mut_ptr()) };
    }

    /// Takes the certificate for the calling thread if its holder is dead or it has none; returns whether it did.
    ///
    /// What the holder wrote before it died is visible afterwards: the kernel's mark is a full barrier, and taking is
    /// an acquire.
    pub fn take(&self) -> bool {
        if fault::trip(Call::Certificate) {
            return false;
        }
        // SAFETY: an initialised mutex (`renew`).
        let taken = match unsafe { libc::pthread_mutex_trylock(self.0.get()) } {
            0 => true,
            libc::EOWNERDEAD => {
                // SAFETY: this thread holds the mutex in the state that EOWNERDEAD means.
                unsafe { libc::pthread_mutex_consistent(self.0.get()) };
                true
            }
            _ => false,
        };
        #[cfg(quarry_race)]
        race::see_deaths();
        taken
    }

    /// Gives the certificate up, for another thread to take.
    pub fn give_up(&self) {
        // SAFETY: an initialised mutex; libc refuses if this thread does not hold it.
        unsafe { libc::pthread_mutex_unlock(self.0.get()) };
    }
}

/// The kernel's mark, for a race detector that does not know it (`make race`): there, a thread says that it ends.
#[cfg(quarry_race)]
pub mod race {
    use core::sync::atomic::{AtomicUsize, Ordering};

    static DEATHS: AtomicUsize = AtomicUsize::new(0);

    /// The calling thread ends and does not come to the heap again.
    pub fn thread_ends() {
        // Release: what the thread did. Pairs with the Acquire in `see_deaths`.
        DEATHS.fetch_add(1, Ordering::Release);
    }

    pub(super) fn see_deaths() {
        // Acquire: pairs with the Release in `thread_ends`, of each thread that ended: additions continue a release.
        DEATHS.load(Ordering::Acquire);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::boxed::Box;

    fn certificate() -> &'static Certificate {
        // SAFETY: zero bytes are a pthread mutex.
        let certificate: &'static Certificate = Box::leak(Box::new(unsafe { core::mem::zeroed() }));
        // SAFETY: new, used by nobody.
        unsafe { certificate.renew() };
        certificate
    }

    #[test]
    fn certificate_of_a_living_thread_cannot_be_taken() {
        let certificate = certificate();
        assert!(certificate.take());
        std::thread::spawn(move || assert!(!certificate.take())).join().unwrap();
        certificate.give_up();
        std::thread::spawn(move || assert!(certificate.take())).join().unwrap();
    }

    #[test]
    fn certificate_of_a_dead_thread_can_be_taken_once_it_is_joined() {
        let certificate = certificate();
        std::thread::spawn(move || assert!(certificate.take())).join().unwrap();
        assert!(certificate.take());
    }
}
