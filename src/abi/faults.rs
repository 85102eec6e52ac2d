//! The C names of fault injection, in builds with the feature `faults` alone: declared in `c_tests/faults/faults.h`.

use crate::os::fault::{self, Call, Plan};

/// Makes calls fail from now on: of those of a kind (the order of `Call`; any other number means all), `count` from the
/// one numbered `first`.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_fault_arm(kind: usize, first: u32, count: u32) {
    fault::arm(Plan { call: Call::ALL.get(kind).copied(), first, count });
}

/// Lets all calls through again; returns how many were made to fail.
#[unsafe(no_mangle)]
pub extern "C" fn quarry_fault_disarm() -> u32 {
    fault::disarm()
}
