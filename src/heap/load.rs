//! What is done once: the first arena, the options, the fork hooks; lazily, because the loader and other libraries'
//! constructors call malloc before ours runs.

use crate::sync::prim::{AtomicBool, AtomicU8, Ordering};
use core::ffi::c_char;

use super::figures::Heap;
use super::{fork, modes};
use crate::arena::registry;
use crate::base::shape::ROUNDS_MAX;
use crate::buddy::{limit, system as buddy};
use crate::options::{self, Cgroup, Options, OutputPath, PATH_ROOM, Stats, Thp};
use crate::os::limits;
use crate::os::output::{self, StandardError};
use crate::report::write::{Descriptor, Writer};
use crate::stats;
use crate::thread::{budget, maintenance, pressure, upkeep};

/// Whether the options were read and the hooks are in place.
static LOADED: AtomicBool = AtomicBool::new(false);
/// What to report at exit, as `Stats` numbers it.
static REPORT: AtomicU8 = AtomicU8::new(0);
/// Standard error as it was at load.
static STANDARD_ERROR: StandardError = StandardError::new();
/// Where the report goes.
static OUTPUT: OutputPath = OutputPath::new();

const _: () = assert!(Options::DEFAULT.magazine_rounds == ROUNDS_MAX, "the default bound is the shape's");

unsafe extern "C" {
    /// The environment; null until libc's own constructor ran.
    static environ: *const *const c_char;
}

/// Returns whether there is an arena, making it at the first call. Never recursive: what it calls does not allocate,
/// but for `pthread_atfork` after many handlers, which finds the work done.
#[inline]
pub fn ready() -> Option<()> {
    // Relaxed: only spares the slow path; `load` decides.
    if LOADED.load(Ordering::Relaxed) && registry::get(0).is_some() { Some(()) } else { ready_slow() }
}

#[cold]
#[inline(never)]
fn ready_slow() -> Option<()> {
    load();
    buddy::initialise().then_some(())
}

/// Reads the options and registers the fork hooks, once, as soon as libc has an environment.
pub fn load() {
    // SAFETY: libc sets the word once, before the program's first instruction; programs that change it do so
    // themselves.
    let environment = unsafe { environ };
    // Relaxed: whoever swaps first does the work; nobody waits for it, since every setting has a default in force.
    if environment.is_null() || LOADED.swap(true, Ordering::Relaxed) {
        return;
    }
    if !limits::is_privileged() {
        // SAFETY: a terminated array of terminated strings, by the definition of `environ`.
        apply(unsafe { options::from_environment(environment) }.unwrap_or(b""));
    }
    fork::register();
}

/// Parses the options and puts them into force.
fn apply(text: &[u8]) {
    if text.is_empty() {
        return;
    }
    let options = options::parse(text, &mut |key, why| {
        let mut sink = Descriptor(2);
        let mut out = Writer::new(&mut sink);
        options::write_warning(key, why, &mut out);
        out.finish();
    });
    budget::set_bounds(options.magazine_rounds, options.thread_cache, options.process_cache);
    maintenance::set_when(options.maintenance_thread as u8);
    upkeep::set_decay(options.decay_ms);
    pressure::follow(options.cgroup == Cgroup::Follow);
    buddy::set_first_size(options.arena);
    modes::enter(&options);
    limit::set(options.limit);
    if options.thp != Thp::Auto {
        buddy::set_thp(options.thp);
    }
    OUTPUT.keep(options.output);
    if options.stats != Stats::Off {
        STANDARD_ERROR.keep(options.output.is_empty());
        // Relaxed: read by the exit handler of the thread that leaves `main`, long after.
        REPORT.store(options.stats as u8, Ordering::Relaxed);
    }
}

/// Writes the report that was asked for, when the process ends.
fn report_at_exit() {
    // Relaxed: see `apply`.
    let report = REPORT.load(Ordering::Relaxed);
    if report == Stats::Off as u8 {
        return;
    }
    let mut room = [0; PATH_ROOM];
    let path = OUTPUT.expand(limits::process_id(), &mut room);
    let file = path.and_then(output::open);
    let unopened = path.is_some() && file.is_none();
    let mut sink = Descriptor(file.unwrap_or_else(|| STANDARD_ERROR.find()));
    let mut out = Writer::new(&mut sink);
    if unopened {
        out.text("quarry: option 'output': the file cannot be opened; the report follows\n");
    }
    if report == Stats::Json as u8 {
        stats::write_json(&Heap, &mut out);
    } else {
        stats::write_text(&Heap, &mut out);
    }
    out.finish();
    if let Some(file) = file {
        output::close(file);
    }
}

/// The load-time call of `load`, for programs that reach `main` before they allocate.
#[ctor::ctor(unsafe)]
fn at_load() {
    load();
}

extern "C" fn at_exit() {
    report_at_exit();
}

/// The exit-time report. In `.fini_array` and not by atexit, which allocates.
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_EXIT: extern "C" fn() = at_exit;
