//! The thread word: one pointer of static TLS, initial-exec, two loads to read. Beside it a word for the locks that the
//! thread holds, which slow paths alone touch.
//!
//! `thread_local!` in a shared library calls `__tls_get_addr`, which is slow and may itself allocate; so the word is a
//! symbol of `.tdata` that the dynamic loader fills, read through its GOT offset. Sixteen bytes of static TLS (and
//! sixteen that std brings) leave room for `dlopen`. On other architectures (and with `--cfg quarry_portable_tls`, to
//! test that fallback here) the same functions stand on `thread_local!`.
//!
//! Until a thread sets its word it points at [`UNBORN`], a block of zeros: whatever `thread` lays over it reads every
//! magazine as empty and of capacity 0, so the first call of a thread takes the slow path by itself.

pub use word::{get, ranks, set, set_ranks};

/// Words in the constant block; `thread` asserts that its block fits.
pub const UNBORN_WORDS: usize = 640;

/// The constant block. Never written.
#[repr(C, align(64))]
pub struct Unborn([u64; UNBORN_WORDS]);

/// What the thread word points at in a thread that has no block yet.
pub static UNBORN: Unborn = Unborn([0; UNBORN_WORDS]);

/// What the thread word points at while the thread's block is being found, and while its magazines change (`apart`): as
/// empty as [`UNBORN`], and told from it, so that a call from within (a wrapper around libc's mutexes may allocate, or a
/// signal handler) does not begin another birth.
pub static BIRTH: Unborn = Unborn([0; UNBORN_WORDS]);

/// What a thread word says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    /// The thread has no block yet.
    Unborn,
    /// Its block is being found, or changing.
    Birth,
    /// It points at the thread's block.
    Block,
}

/// Returns what the calling thread's word says.
#[inline]
pub fn life() -> Life {
    let word = get().addr();
    if word == (&raw const UNBORN).addr() {
        Life::Unborn
    } else if word == (&raw const BIRTH).addr() {
        Life::Birth
    } else {
        Life::Block
    }
}

/// Runs `f` with the calling thread's word at [`BIRTH`]: whatever comes from within, a signal handler that allocates or
/// a wrapper of libc's functions that does, is served past the thread's block, in which nothing changes meanwhile.
#[inline]
pub fn apart<T>(f: impl FnOnce() -> T) -> T {
    let word = get();
    set_constant(&BIRTH);
    let result = f();
    set(word);
    result
}

/// Points the calling thread's word at one of the constant blocks.
pub fn set_constant(block: &'static Unborn) {
    set(core::ptr::from_ref(block).cast_mut().cast());
}

#[cfg(all(target_arch = "x86_64", not(quarry_portable_tls)))]
mod word {
    use core::arch::{asm, global_asm};

    global_asm!(
        ".pushsection .tdata, \"awT\", @progbits",
        ".p2align 3",
        ".hidden quarry_thread_word",
        ".globl quarry_thread_word",
        ".type quarry_thread_word, @object",
        ".size quarry_thread_word, 8",
        "quarry_thread_word: .quad {unborn}",
        ".hidden quarry_held_ranks",
        ".globl quarry_held_ranks",
        ".type quarry_held_ranks, @object",
        ".size quarry_held_ranks, 8",
        "quarry_held_ranks: .quad 0",
        ".popsection",
        unborn = sym super::UNBORN,
    );

    /// Returns the thread word. Two loads.
    #[inline(always)]
    pub fn get() -> *mut u8 {
        let word: *mut u8;
        // SAFETY: initial-exec access to a symbol in this library's static TLS, which every thread has from birth; the
        // assembly only reads it.
        unsafe {
            asm!(
                "mov {word}, qword ptr [rip + quarry_thread_word@GOTTPOFF]",
                "mov {word}, qword ptr fs:[{word}]",
                word = out(reg) word,
                options(pure, readonly, nostack, preserves_flags),
            );
        }
        word
    }

    /// Sets the calling thread's word.
    pub fn set(word: *mut u8) {
        // SAFETY: as in `get`; the word belongs to this thread alone, so nobody reads it meanwhile.
        unsafe {
            asm!(
                "mov {offset}, qword ptr [rip + quarry_thread_word@GOTTPOFF]",
                "mov qword ptr fs:[{offset}], {word}",
                offset = out(reg) _,
                word = in(reg) word,
                options(nostack, preserves_flags),
            );
        }
    }

    /// Returns the ranks of the locks that the calling thread holds: a bit each.
    #[inline(always)]
    pub fn ranks() -> usize {
        let ranks: usize;
        // SAFETY: as in `get`. Not `pure`: a signal handler writes the word in between, if only to what it was.
        unsafe {
            asm!(
                "mov {ranks}, qword ptr [rip + quarry_held_ranks@GOTTPOFF]",
                "mov {ranks}, qword ptr fs:[{ranks}]",
                ranks = out(reg) ranks,
                options(nostack, preserves_flags),
            );
        }
        ranks
    }

    /// Sets what `ranks` returns.
    #[inline(always)]
    pub fn set_ranks(ranks: usize) {
        // SAFETY: as in `set`. No memory is moved across it, since signal handlers look at the word.
        unsafe {
            asm!(
                "mov {offset}, qword ptr [rip + quarry_held_ranks@GOTTPOFF]",
                "mov qword ptr fs:[{offset}], {ranks}",
                offset = out(reg) _,
                ranks = in(reg) ranks,
                options(nostack, preserves_flags),
            );
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", not(quarry_portable_tls))))]
mod word {
    use std::cell::Cell;

    std::thread_local! {
        static WORD: Cell<*mut u8> = const { Cell::new((&raw const super::UNBORN).cast_mut().cast()) };
        static RANKS: Cell<usize> = const { Cell::new(0) };
    }

    /// Returns the thread word: one call of `__tls_get_addr` in a shared library.
    #[inline(always)]
    pub fn get() -> *mut u8 {
        WORD.get()
    }

    /// Sets the calling thread's word.
    pub fn set(word: *mut u8) {
        WORD.set(word);
    }

    /// Returns the ranks of the locks that the calling thread holds: a bit each.
    pub fn ranks() -> usize {
        RANKS.get()
    }

    /// Sets what `ranks` returns.
    pub fn set_ranks(ranks: usize) {
        RANKS.set(ranks);
        // SeqCst, for the compiler alone: signal handlers of this thread look at it, so no access is moved across.
        core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
    }
}
