//! What a user may set: `QUARRY_CONF="key:value,key:value"`.
//!
//! One table (`table.rs`) says which options there are; the parser, the warnings and the README's table are read
//! off it. Whatever the text holds, `parse` gives a full set of values: what it cannot use costs a warning and
//! leaves the default.
//!
//! The caller looks for AT_SECURE first and then does not come here at all: a program that runs with rights its
//! user lacks takes no orders from that user's environment.

mod environment;
mod output_path;
mod parse;
mod table;
mod warning;

pub use environment::from_environment;
pub use output_path::{OutputPath, PATH_ROOM};
pub use parse::parse;
pub use table::{Range, Unit, table_markdown};
pub use warning::{Why, write_warning};

// The test that compares the README with the table has to catch the table's text.
pub use crate::report::write::{ByteBuffer, Writer};

/// What is reported when the process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stats {
    /// Nothing.
    Off,
    /// The summary for a person.
    Exit,
    /// The same as one JSON object.
    Json,
}

impl Stats {
    /// The words for the variants, in their order.
    const WORDS: [&'static str; 3] = ["off", "exit", "json"];

    /// Returns the variant that word `index` of [`Stats::WORDS`] stands for.
    const fn from_word(index: usize) -> Stats {
        match index {
            1 => Stats::Exit,
            2 => Stats::Json,
            _ => Stats::Off,
        }
    }
}

/// What `free` does with a pointer that was never ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Foreign {
    /// It is misuse.
    Stop,
    /// Nothing: the program mixes allocators.
    Ignore,
}

impl Foreign {
    /// The words for the variants, in their order.
    const WORDS: [&'static str; 2] = ["stop", "ignore"];

    /// Returns the variant that word `index` of [`Foreign::WORDS`] stands for.
    const fn from_word(index: usize) -> Foreign {
        if index == 1 { Foreign::Ignore } else { Foreign::Stop }
    }
}

/// What the limit of the process's control group is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cgroup {
    /// Near it memory goes back sooner.
    Follow,
    /// It is not looked at: no file is opened.
    Ignore,
}

impl Cgroup {
    /// The words for the variants, in their order.
    const WORDS: [&'static str; 2] = ["follow", "ignore"];

    /// Returns the variant that word `index` of [`Cgroup::WORDS`] stands for.
    const fn from_word(index: usize) -> Cgroup {
        if index == 0 { Cgroup::Follow } else { Cgroup::Ignore }
    }
}

/// When the maintenance thread is started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Maintenance {
    /// Never.
    False,
    /// When the program has a second thread.
    True,
    /// In any case.
    Always,
}

impl Maintenance {
    /// The words for the variants, in their order.
    const WORDS: [&'static str; 3] = ["false", "true", "always"];

    /// Returns the variant that word `index` of [`Maintenance::WORDS`] stands for.
    const fn from_word(index: usize) -> Maintenance {
        match index {
            1 => Maintenance::True,
            2 => Maintenance::Always,
            _ => Maintenance::False,
        }
    }
}

/// When huge pages are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Thp {
    /// For what a heap comes to hold once it is large.
    Auto,
    /// Never; where the kernel would use them unasked, it is asked not to.
    Never,
    /// For all of a heap.
    Always,
}

impl Thp {
    /// The words for the variants, in their order.
    const WORDS: [&'static str; 3] = ["auto", "never", "always"];

    /// Returns the variant that word `index` of [`Thp::WORDS`] stands for.
    pub const fn from_word(index: usize) -> Thp {
        match index {
            1 => Thp::Never,
            2 => Thp::Always,
            _ => Thp::Auto,
        }
    }
}

/// The value of every option. Each is within the range that its row in the table gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options<'text> {
    /// What is reported when the process ends.
    pub stats: Stats,
    /// The file for that report, with `%p` for the process; empty means standard error. It lies in the text that
    /// was parsed: [`OutputPath`] keeps it beyond that text.
    pub output: &'text [u8],
    /// Milliseconds over which freed memory goes back to the kernel; 0 means at once.
    pub decay_ms: usize,
    /// Bytes that the heap may have in use; 0 means no limit.
    pub limit: usize,
    /// Whether memory goes back sooner near the limit of the control group.
    pub cgroup: Cgroup,
    /// When huge pages are asked for.
    pub thp: Thp,
    /// Bytes of address space that the first arena may come to span; 0 means that the machine decides.
    pub arena: usize,
    /// Most rounds in a magazine.
    pub magazine_rounds: usize,
    /// Bytes that a thread may hold in magazines.
    pub thread_cache: usize,
    /// Bytes that all threads may hold in magazines beyond the first 64 KiB of each.
    pub process_cache: usize,
    /// Whether a thread gives memory back while the program idles.
    pub maintenance_thread: Maintenance,
    /// What `free` does with a pointer that was never ours.
    pub foreign: Foreign,
    /// Whether every free is checked at once and small objects are cleared by it.
    pub hardened: bool,
    /// Whether everything is checked that can be.
    pub checked: bool,
    /// Bytes of freed objects that checked mode keeps from being used again.
    pub quarantine: usize,
    /// Whether checked mode fills objects with junk instead of leaving and making them zero.
    pub junk: bool,
    /// Bytes that are allocated, on average, for each object that is put between guards; 0 for none.
    pub sample: usize,
}

impl Options<'static> {
    /// The values in force where nothing is set. Each is argued for where it is used.
    pub const DEFAULT: Options<'static> = Options {
        stats: Stats::Off,
        output: b"",
        decay_ms: 1000,
        limit: 0,
        cgroup: Cgroup::Follow,
        thp: Thp::Auto,
        arena: 0,
        magazine_rounds: 128,
        thread_cache: 8 << 20,
        process_cache: 64 << 20,
        maintenance_thread: Maintenance::False,
        foreign: Foreign::Stop,
        hardened: false,
        checked: false,
        quarantine: 4 << 20,
        junk: false,
        sample: 0,
    };
}
