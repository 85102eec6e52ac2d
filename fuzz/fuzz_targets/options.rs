//! `options`: the text of `QUARRY_CONF`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quarry_fuzz::options::run(bytes));
