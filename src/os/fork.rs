//! fork hooks.

/// Has `prepare` run before each fork, `parent` and `child` after it. Returns whether they are registered.
///
/// Of several libraries' handlers, `prepare` runs in reverse order of registration, the others in order.
pub fn register(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> bool {
    // The libc crate declares the handlers as unsafe fn; safe ones coerce.
    // SAFETY: the handlers are functions of this library, which is never unloaded (-z nodelete).
    super::errno::preserved(|| unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) }) == 0
}
