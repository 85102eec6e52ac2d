//! Walks the stack: by the call frame information that compilers leave in `.eh_frame` (DWARF 5 §6.4, as the Linux
//! Standard Base has it), and where a module has none by frame pointers. Takes no lock, allocates nothing, and may run
//! in a signal handler.
//!
//! Of the information only what leads from a frame to its caller is read: where the frame ends, and where it saved the
//! frame pointer. That answer is kept per code address, since a program allocates from few places.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::os::modules;
use crate::os::running::stack_end;

/// Registers at a place in the program.
#[derive(Clone, Copy)]
pub struct Registers {
    /// The instruction.
    pub pc: usize,
    /// The stack pointer.
    pub sp: usize,
    /// The frame pointer, or whatever the register holds.
    pub fp: usize,
}

/// How one leads from a frame to its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    /// The canonical frame address is the stack pointer (or with `by_fp` the frame pointer) plus `offset`; the caller's
    /// frame pointer is saved at `saved` from there, or is still in its register.
    Frame { by_fp: bool, offset: i32, saved: Option<i16> },
    /// The outermost frame, or one whose rule is not of this kind.
    End,
    /// No call frame information covers the code.
    Unknown,
}

const FRAME_POINTER: u64 = 6;
const STACK_POINTER: u64 = 7;
const RETURN_ADDRESS: u64 = 16;

/// Rules that are kept: two words each, 64 KiB. A program with more places that allocate finds some of them anew.
const KEPT: usize = 4096;

/// The rules of code addresses: the first word is the address with the second over it, so that a pair of which another
/// thread is writing a half shows as no answer.
static RULES: [[AtomicU64; 2]; KEPT] = [const { [AtomicU64::new(0), AtomicU64::new(0)] }; KEPT];

impl Rule {
    fn pack(self) -> u64 {
        match self {
            Rule::Frame { by_fp, offset, saved } => {
                let saved = saved.map_or(0, |at| 1 << 56 | u64::from(at as u16) << 40);
                1 | u64::from(by_fp) << 2 | u64::from(offset as u32) << 8 | saved
            }
            Rule::End => 2,
            Rule::Unknown => 3,
        }
    }

    fn unpack(word: u64) -> Option<Rule> {
        match word & 3 {
            1 => {
                let saved = if word >> 56 & 1 == 1 { Some((word >> 40) as u16 as i16) } else { None };
                Some(Rule::Frame { by_fp: word >> 2 & 1 == 1, offset: (word >> 8) as u32 as i32, saved })
            }
            2 => Some(Rule::End),
            3 => Some(Rule::Unknown),
            _ => None,
        }
    }

    /// Returns the rule at a code address.
    fn at(pc: usize) -> Rule {
        let key = pc as u64;
        let index = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52) as usize;
        let Some([first, second]) = RULES.get(index % KEPT) else { return Rule::End };
        // Relaxed, both: the pair proves itself.
        let (mixed, word) = (first.load(Relaxed), second.load(Relaxed));
        if mixed ^ word == key
            && let Some(rule) = Rule::unpack(word)
        {
            return rule;
        }
        let rule = find(pc);
        // Relaxed, both: as above.
        second.store(rule.pack(), Relaxed);
        // Relaxed: as above.
        first.store(key ^ rule.pack(), Relaxed);
        rule
    }
}

/// Calls `f` with the address of each instruction on the stack, innermost first, until it returns false.
pub fn walk(from: Registers, mut f: impl FnMut(usize) -> bool) {
    let end = stack_end(from.sp);
    let Registers { mut pc, mut sp, mut fp } = from;
    // Ends: each turn moves the stack pointer up, and `f` bounds the frames.
    while f(pc) {
        // A return address is behind the call, which may be the last instruction of its function.
        let cfa = match Rule::at(pc - 1) {
            Rule::Frame { by_fp, offset, saved } => {
                let cfa = if by_fp { fp } else { sp }.wrapping_add_signed(offset as isize);
                if !is_above(cfa, sp, end) {
                    return;
                }
                if let Some(saved) = saved {
                    // SAFETY: the information says that the frame saved the register there, and the place is on the
                    // stack (`is_above`: at most 32 KiB below the frame's end, in the frame).
                    fp = unsafe { (cfa.wrapping_add_signed(saved as isize) as *const usize).read() };
                }
                cfa
            }
            Rule::Unknown => {
                let cfa = fp.wrapping_add(16);
                // Without information the register may hold anything: only a place on a stack that is known will do.
                if end.is_none() || fp < sp || !is_above(cfa, sp, end) {
                    return;
                }
                // SAFETY: between the stack pointer and the end of the stack.
                fp = unsafe { (fp as *const usize).read() };
                cfa
            }
            Rule::End => return,
        };
        // SAFETY: on the stack, in the frame that ends at `cfa`.
        pc = unsafe { ((cfa - 8) as *const usize).read() };
        sp = cfa;
        if pc < 4096 {
            return;
        }
    }
}

/// Returns whether a frame may end at `cfa`: above the stack pointer, aligned, and on the stack as far as it is known.
fn is_above(cfa: usize, sp: usize, end: Option<usize>) -> bool {
    cfa.is_multiple_of(8) && cfa > sp && end.is_none_or(|end| cfa <= end)
}

/// Returns the registers here. The frame is the caller's, of whose code the address is.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn here() -> Registers {
    let (pc, sp, fp): (usize, usize, usize);
    // SAFETY: reads registers.
    unsafe {
        core::arch::asm!(
            "lea {pc}, [rip + 1]",
            "mov {sp}, rsp",
            "mov {fp}, rbp",
            pc = out(reg) pc,
            sp = out(reg) sp,
            fp = out(reg) fp,
            options(nomem, nostack, preserves_flags),
        );
    }
    Registers { pc, sp, fp }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub fn here() -> Registers {
    Registers { pc: 0, sp: 0, fp: 0 }
}

/// Finds the rule of a code address in its module's information.
fn find(pc: usize) -> Rule {
    if cfg!(not(target_arch = "x86_64")) {
        return Rule::End;
    }
    let Some(module) = modules::around(pc) else { return Rule::Unknown };
    if module.eh_frame_hdr == 0 {
        return Rule::Unknown;
    }
    match description(module.eh_frame_hdr, pc) {
        Some(description) => rule_in(description, pc).unwrap_or(Rule::End),
        None => Rule::Unknown,
    }
}

/// Reads the information of a module.
///
/// A `Reader` is only made for addresses inside a loaded module's `.eh_frame_hdr` and `.eh_frame`, which are well
/// formed as the compiler and the linker made them.
#[derive(Clone, Copy)]
struct Reader(usize);

impl Reader {
    fn take<T: Copy>(&mut self) -> T {
        // SAFETY: inside the information of a loaded module (see the type), which is readable.
        let value = unsafe { (self.0 as *const T).read_unaligned() };
        self.0 += size_of::<T>();
        value
    }

    /// Takes an unsigned LEB128 number: at most ten turns.
    fn unsigned(&mut self) -> u64 {
        let (mut value, mut shift) = (0u64, 0);
        loop {
            let byte: u8 = self.take();
            value |= u64::from(byte & 0x7f).wrapping_shl(shift);
            shift += 7;
            if byte & 0x80 == 0 || shift >= 70 {
                return value;
            }
        }
    }

    /// Takes a signed LEB128 number.
    fn signed(&mut self) -> i64 {
        let start = self.0;
        let value = self.unsigned() as i64;
        let bits = 7 * (self.0 - start) as u32;
        if bits < 64 { value << (64 - bits) >> (64 - bits) } else { value }
    }

    /// Passes over a block with its length in front.
    fn pass_block(&mut self) {
        let length = self.unsigned() as usize;
        self.0 += length;
    }
}

/// Addresses relative to where they stand, in four bytes: what compilers use for code on x86-64.
const PC_RELATIVE: u8 = 0x1b;

/// Returns the description of the function around `pc` (its FDE) from the sorted table at `header`.
fn description(header: usize, pc: usize) -> Option<Reader> {
    let mut reader = Reader(header);
    let (version, frame, count, table): (u8, u8, u8, u8) = reader.take::<[u8; 4]>().into();
    // The encodings that linkers write: relative in four bytes, a plain count, and a table relative to its start.
    if version != 1 || frame & 0x0f != 0x0b || count != 0x03 || table != 0x3b {
        return None;
    }
    let _frame: i32 = reader.take();
    let (mut low, mut high) = (0, reader.take::<u32>() as usize);
    let entry = |index: usize| {
        let mut at = Reader(reader.0 + index * 8);
        let place = |offset: i32| header.wrapping_add_signed(offset as isize);
        (place(at.take()), place(at.take()))
    };
    // Halves the table each turn: the last entry that starts at or before `pc`.
    while low < high {
        let middle = low.midpoint(high);
        if entry(middle).0 <= pc { low = middle + 1 } else { high = middle }
    }
    Some(Reader(entry(low.checked_sub(1)?).1))
}

/// What the instructions have said so far.
#[derive(Clone, Copy)]
struct State {
    register: u64,
    offset: i64,
    saved: Option<i64>,
    ends: bool,
}

/// States that instructions may put aside.
const ASIDE: usize = 4;

/// Runs the instructions of the function that `reader` describes up to `pc`. `None` if it is not around `pc` or says
/// something that is not read here.
fn rule_in(mut reader: Reader, pc: usize) -> Option<Rule> {
    let length: u32 = reader.take();
    let end = reader.0 + length as usize;
    let back = reader.0;
    let mut common = Reader(back - reader.take::<u32>() as usize);
    let common_length: u32 = common.take();
    let common_end = common.0 + common_length as usize;
    let (_id, version): (u32, u8) = (common.take(), common.take());
    let augmentation = common.take::<u64>().to_le_bytes();
    let letters = augmentation.iter().position(|&letter| letter == 0)?;
    common.0 -= 8 - letters - 1;
    let (code, data) = (common.unsigned(), common.signed());
    if version == 1 {
        common.0 += 1
    } else {
        common.unsigned();
    }
    if augmentation.first() == Some(&b'z') {
        let block = common.unsigned() as usize;
        let after = common.0 + block;
        for &letter in augmentation.iter().take(letters).skip(1) {
            match letter {
                b'R' if common.take::<u8>() != PC_RELATIVE => return None,
                b'P' => match common.take::<u8>() & 0x0f {
                    0x0b | 0x03 => common.0 += 4,
                    0x00 | 0x04 | 0x0c => common.0 += 8,
                    _ => return None,
                },
                b'L' => common.0 += 1,
                // A signal handler's caller: its registers are elsewhere.
                b'S' => return None,
                _ => {}
            }
        }
        common.0 = after;
    }
    let place = reader.0;
    let start = place.wrapping_add_signed(reader.take::<i32>() as isize);
    let size: u32 = reader.take();
    if pc.wrapping_sub(start) >= size as usize {
        return None;
    }
    if augmentation.first() == Some(&b'z') {
        reader.pass_block();
    }
    let scale = Scale { code, data, target: pc - start };
    let none = State { register: STACK_POINTER, offset: 8, saved: None, ends: false };
    let first = scale.run(common, common_end, none, none)?;
    let last = scale.run(reader, end, first, first)?;
    if last.ends {
        return Some(Rule::End);
    }
    let by_fp = match last.register {
        STACK_POINTER => false,
        FRAME_POINTER => true,
        _ => return None,
    };
    let saved = match last.saved {
        Some(at) => Some(i16::try_from(at).ok()?),
        None => None,
    };
    Some(Rule::Frame { by_fp, offset: i32::try_from(last.offset).ok()?, saved })
}

/// What the numbers of instructions are multiplied by, and how far to go.
struct Scale {
    code: u64,
    data: i64,
    target: usize,
}

impl Scale {
    /// Runs instructions from `state` on; `first` is what a register is restored to.
    fn run(&self, mut at: Reader, end: usize, mut state: State, first: State) -> Option<State> {
        let (mut aside, mut count, mut location) = ([state; ASIDE], 0usize, 0u64);
        // Each turn takes at least a byte.
        while at.0 < end {
            let byte: u8 = at.take();
            let (high, low) = (byte & 0xc0, u64::from(byte & 0x3f));
            let advance = match (high, byte) {
                (0x40, _) => low,
                (_, 0x02) => u64::from(at.take::<u8>()),
                (_, 0x03) => u64::from(at.take::<u16>()),
                (_, 0x04) => u64::from(at.take::<u32>()),
                _ => 0,
            };
            location += advance * self.code;
            if location > self.target as u64 {
                return Some(state);
            }
            match (high, byte) {
                (0x40, _) | (0, 0x00 | 0x02..=0x04) => {}
                (0x80, _) => state.save(low, at.unsigned() as i64 * self.data),
                (0xc0, _) => state.restore(low, first),
                (_, 0x05) => {
                    let register = at.unsigned();
                    state.save(register, at.unsigned() as i64 * self.data);
                }
                (_, 0x06) => state.restore(at.unsigned(), first),
                (_, 0x07) => state.ends = state.ends || at.unsigned() == RETURN_ADDRESS,
                (_, 0x08) => {
                    if at.unsigned() == FRAME_POINTER {
                        state.saved = None;
                    }
                }
                (_, 0x09) => {
                    let (register, _) = (at.unsigned(), at.unsigned());
                    if register == FRAME_POINTER || register == RETURN_ADDRESS {
                        return None;
                    }
                }
                (_, 0x0a) => {
                    *aside.get_mut(count)? = state;
                    count += 1;
                }
                (_, 0x0b) => {
                    count = count.checked_sub(1)?;
                    state = *aside.get(count)?;
                }
                (_, 0x0c) => (state.register, state.offset) = (at.unsigned(), at.unsigned() as i64),
                (_, 0x0d) => state.register = at.unsigned(),
                (_, 0x0e) => state.offset = at.unsigned() as i64,
                (_, 0x11) => {
                    let register = at.unsigned();
                    state.save(register, at.signed() * self.data);
                }
                (_, 0x12) => (state.register, state.offset) = (at.unsigned(), at.signed() * self.data),
                (_, 0x13) => state.offset = at.signed() * self.data,
                (_, 0x10 | 0x16) => {
                    let register = at.unsigned();
                    if register == FRAME_POINTER || register == RETURN_ADDRESS {
                        return None;
                    }
                    at.pass_block();
                }
                (_, 0x2e) => {
                    at.unsigned();
                }
                // Among them a frame that is found by an expression.
                _ => return None,
            }
        }
        Some(state)
    }
}

impl State {
    fn save(&mut self, register: u64, at: i64) {
        if register == FRAME_POINTER {
            self.saved = Some(at);
        }
    }

    fn restore(&mut self, register: u64, first: State) {
        if register == FRAME_POINTER {
            self.saved = first.saved;
        }
    }
}
