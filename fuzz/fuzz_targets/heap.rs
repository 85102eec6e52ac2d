//! `heap`: a program of allocations against the shadow heap.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quarry_fuzz::heap::run(bytes));
