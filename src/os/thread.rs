//! A thread of our own, for who asked for one.

use core::ffi::{CStr, c_void};
use core::mem::MaybeUninit;
use core::ptr;

use super::errno;

/// Sizes of stack to try. The thread variables of the program's libraries lie on the stack too, so the least may be too
/// small for the program.
const STACKS: [usize; 3] = [64 << 10, 512 << 10, 8 << 20];

/// Starts a detached thread that takes no signals; returns whether it runs.
///
/// libc allocates the thread's table of thread variables by calloc, which comes back to this library: the caller holds
/// no lock. It must not be in a `free` of the program's either: libc frees such tables under the lock of its list of
/// stacks, which it takes here.
pub fn start(body: extern "C" fn(*mut c_void) -> *mut c_void) -> bool {
    errno::preserved(|| {
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: initialises `all`.
        unsafe { libc::sigfillset(all.as_mut_ptr()) };
        // The thread inherits the mask: there is no moment in which it takes a signal.
        // SAFETY: `all` is initialised, `before` is written.
        if unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) } != 0 {
            return false;
        }
        let started = STACKS.into_iter().any(|stack| start_with(body, stack));
        // SAFETY: `before` was written by the call above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
        started
    })
}

fn start_with(body: extern "C" fn(*mut c_void) -> *mut c_void, stack: usize) -> bool {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: initialises `attributes`, which the next calls rely on.
    if unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: initialised above.
    unsafe { libc::pthread_attr_setdetachstate(attributes.as_mut_ptr(), libc::PTHREAD_CREATE_DETACHED) };
    // SAFETY: as above.
    unsafe { libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), stack) };
    let mut thread = MaybeUninit::<libc::pthread_t>::uninit();
    // SAFETY: the attributes are initialised; `body` is a function of this library, which is never unloaded, and takes
    // no argument.
    let status = unsafe { libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), body, ptr::null_mut()) };
    // SAFETY: initialised above, not used again.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    status == 0
}

/// Names the calling thread, as debuggers and /proc show it: at most 15 bytes.
pub fn set_name(name: &CStr) {
    // SAFETY: a terminated string, which the kernel copies.
    errno::preserved(|| unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) });
}
