//! The handler of SIGSEGV: tells of an access that met a guard, then lets the fault take its course. Installed only
//! where there are guards around objects; the program's own handler, if it was there before, comes after it.

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::checked::{around, details};
use super::pool;
use super::traces::known;
use crate::os::errno;
use crate::report::misuse::print;
use crate::report::stack::Stack;
use crate::report::unwind::Registers;
use crate::report::{Details, Misuse};

/// The action that was there before.
struct Before(UnsafeCell<MaybeUninit<libc::sigaction>>);

// SAFETY: written once, before the handler that reads it is in place (`install`).
unsafe impl Sync for Before {}

static BEFORE: Before = Before(UnsafeCell::new(MaybeUninit::uninit()));
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Puts the handler in place, once.
pub fn install() {
    // Relaxed: at load, by one thread.
    if INSTALLED.swap(true, Relaxed) {
        return;
    }
    // SAFETY: reads the action in force into its place, which nobody reads yet.
    let status =
        errno::preserved(|| unsafe { libc::sigaction(libc::SIGSEGV, core::ptr::null(), BEFORE.0.get().cast()) });
    if status != 0 {
        return;
    }
    // SAFETY: `sigaction` is plain numbers, for which zero bytes are a value: an empty mask.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    action.sa_sigaction = handle as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    // SAFETY: a handler of this type, in a library that is never unloaded.
    errno::preserved(|| unsafe { libc::sigaction(libc::SIGSEGV, &action, core::ptr::null_mut()) });
}

extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel's record of the fault.
    let address = unsafe { (*info).si_addr() }.addr();
    tell(address, context);
    // SAFETY: written before the handler was in place.
    let before = unsafe { (*BEFORE.0.get()).assume_init_ref() };
    match before.sa_sigaction {
        // The instruction faults again, and then the program ends as it would have.
        // SAFETY: restores what was there.
        libc::SIG_DFL | libc::SIG_IGN => unsafe {
            libc::signal(signal, libc::SIG_DFL);
        },
        handler if before.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: the program's handler of this type, by its flag.
            let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
                unsafe { core::mem::transmute(handler) };
            handler(signal, info, context);
        }
        handler => {
            // SAFETY: the program's handler of this type, by its flag.
            let handler: extern "C" fn(c_int) = unsafe { core::mem::transmute(handler) };
            handler(signal);
        }
    }
}

/// Prints what is known of an address that was touched, if it is a guard's.
fn tell(address: usize, context: *mut c_void) {
    let touched = Stack::from(registers(context), crate::report::stack::FRAMES);
    if pool::tell(address, touched.frames()) {
        return;
    }
    let Some(record) = around(address) else { return };
    let misuse = if record.freed {
        Misuse::TouchAfterFree
    } else if address < record.key {
        Misuse::TouchBefore
    } else {
        Misuse::TouchBehind
    };
    let (allocated, freed) = (record.allocated.0.frames(), record.freed_at.0.frames());
    let mut told: Details<'_> = details(&record, known(&allocated), known(&freed));
    told.history.touched = touched.frames();
    print(misuse, address, &told);
}

/// Returns the registers at the fault; the instruction's address is counted as that of a call, behind it.
#[cfg(target_arch = "x86_64")]
fn registers(context: *mut c_void) -> Registers {
    // SAFETY: the kernel's record of the interrupted thread.
    let saved = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let register = |number: c_int| saved.get(number as usize).copied().unwrap_or(0) as usize;
    Registers { pc: register(libc::REG_RIP).wrapping_add(1), sp: register(libc::REG_RSP), fp: register(libc::REG_RBP) }
}

#[cfg(not(target_arch = "x86_64"))]
fn registers(_context: *mut c_void) -> Registers {
    Registers { pc: 0, sp: 0, fp: 0 }
}
