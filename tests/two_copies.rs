//! This program has one copy of the library as its global allocator and runs with another copy preloaded: its own objects are
//! its own, what libc allocates is the preloaded copy's, and neither frees the other's memory.
//!
//! The names of C would be this program's with the feature `preload`, so the test needs `--no-default-features`; it runs
//! `target/release/libquarry.so`, or what `QUARRY_SO` names (`make test-copies`).
#![cfg(not(feature = "preload"))]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs, ptr, thread};

use quarry::{ObjectCache, Quarry};

#[global_allocator]
static HEAP: Quarry = Quarry;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(object: *mut c_void);
    fn strdup(text: *const c_char) -> *mut c_char;
    fn asprintf(text: *mut *mut c_char, format: *const c_char, ...) -> c_int;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// Tells the program that it is the one with the copy preloaded, and what to do.
const ROLE: &str = "QUARRY_TEST_ROLE";

fn library() -> PathBuf {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/release/libquarry.so");
    let library = env::var_os("QUARRY_SO").map_or_else(built, PathBuf::from);
    assert!(library.is_file(), "{} is missing: make build", library.display());
    library
}

/// Runs this program again, only `test` of it, with the copy preloaded.
fn run(test: &str, role: &str) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env("LD_PRELOAD", library()).env(ROLE, role).stdin(Stdio::null());
    command.output().unwrap()
}

fn is_preloaded(role: &str) -> bool {
    env::var(ROLE).is_ok_and(|given| given == role)
}

/// Asks the preloaded copy whether a pointer is one of its objects: the size that it may use, if so. It stops the process if not,
/// so only what should be is asked.
fn usable_size_there(object: *mut c_void) -> usize {
    // SAFETY: a symbol of every library that is loaded, and a name that ends.
    let function = unsafe { dlsym(ptr::null_mut(), c"quarry_malloc_usable_size".as_ptr()) };
    assert!(!function.is_null(), "the preloaded copy has the name");
    // SAFETY: this is the function's type.
    let function: extern "C" fn(*mut c_void) -> usize = unsafe { std::mem::transmute(function) };
    function(object)
}

/// Rust's strings into C and back, C's into Rust's, big and small, made here and dropped there.
fn pass_strings(seed: usize) -> (Vec<String>, Vec<CString>) {
    let mut copies = Vec::new();
    let mut owned = Vec::new();
    for turn in 0..3_000 {
        let text = CString::new(format!("{seed} {turn} {}", "x".repeat(turn * 7 % 5_000))).unwrap();
        // SAFETY: a string that ends.
        let copy = unsafe { strdup(text.as_ptr()) };
        assert!(usable_size_there(copy.cast()) > text.count_bytes());
        // SAFETY: libc's copy, which ends.
        copies.push(unsafe { CStr::from_ptr(copy) }.to_str().unwrap().to_owned());
        // SAFETY: from libc, used no more.
        unsafe { free(copy.cast()) };
        let mut printed = ptr::null_mut();
        // SAFETY: the format takes a number and a string that ends.
        let length = unsafe { asprintf(&mut printed, c"%d:%s".as_ptr(), turn as c_int, text.as_ptr()) };
        assert!(length as usize > text.count_bytes());
        // SAFETY: from libc, used no more.
        unsafe { free(printed.cast()) };
        owned.push(text);
    }
    (copies, owned)
}

#[test]
fn each_copy_serves_its_own() {
    if !is_preloaded("work") {
        let Output { status, stdout, stderr } = run("each_copy_serves_its_own", "work");
        let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success() && stdout.contains("both copies"), "{status}\n{stdout}\n{stderr}");
        assert!(!stderr.contains("quarry:"), "{stderr}");
        return;
    }
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    assert!(maps.contains("libquarry.so"), "the copy is preloaded");
    let cache = ObjectCache::new("passed", || String::from("made here")).unwrap();
    thread::scope(|scope| {
        for seed in 0..4 {
            let cache = &cache;
            scope.spawn(move || {
                // Made in one thread, dropped in another, over and over, while both copies see threads come and go.
                for turn in 0..4 {
                    let (copies, owned) = thread::spawn(move || pass_strings(seed * 10 + turn)).join().unwrap();
                    assert!(copies.iter().map(String::as_bytes).eq(owned.iter().map(|text| text.to_bytes())));
                    assert_eq!(*cache.alloc().unwrap(), "made here");
                    // SAFETY: from libc, freed once.
                    unsafe { free(malloc(turn << 20)) };
                    drop(vec![seed as u8; 9 << 20]);
                }
            });
        }
    });
    let live = |name: &str| quarry::slabinfo().filter(|info| info.name.starts_with(name)).count();
    assert!(live("size-") > 5 && live("passed") == 1, "this copy serves the program");
    // A child of this program has both copies too.
    let child = Command::new("/bin/echo").arg("both copies").output().unwrap();
    std::io::stdout().write_all(&child.stdout).unwrap();
}

#[test]
fn an_object_that_is_given_to_the_other_copy_is_recognised() {
    if !is_preloaded("cross") {
        let Output { status, stderr, .. } = run("an_object_that_is_given_to_the_other_copy_is_recognised", "cross");
        let stderr = String::from_utf8_lossy(&stderr);
        assert!(!status.success() && stderr.contains("quarry: foreign pointer: 0x"), "{status}\n{stderr}");
        return;
    }
    let mine = Box::into_raw(Box::new([7_u8; 100]));
    // SAFETY: none; the test is that the preloaded copy sees an object that it does not have, and stops.
    unsafe { free(mine.cast()) };
    println!("not reached");
}
