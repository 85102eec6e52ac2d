//! A stack as it is kept: a few code addresses; and as it is told: modules and offsets.

use super::unwind::{self, Registers};
use super::write::Writer;
use crate::os::modules;

/// Most frames of a stack that are kept. Half often ends inside libraries; double doubles what a report holds.
pub const FRAMES: usize = 12;

/// The innermost frames of a stack, outside this library.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stack {
    frames: [usize; FRAMES],
    length: usize,
}

impl Stack {
    /// No frames.
    pub const EMPTY: Stack = Stack { frames: [0; FRAMES], length: 0 };

    /// Returns the caller's stack without the frames of this library. Cost: some ten nanoseconds a frame.
    #[inline(never)]
    pub fn here() -> Stack {
        Stack::from(unwind::here(), FRAMES)
    }

    /// As `here`, of at most `most` frames.
    #[inline(never)]
    pub fn of(most: usize) -> Stack {
        Stack::from(unwind::here(), most)
    }

    /// Returns the stack from given registers on, without the frames of this library that come first.
    pub fn from(registers: Registers, most: usize) -> Stack {
        let own = own_code();
        let mut stack = Stack::EMPTY;
        let mut passed = 0;
        unwind::walk(registers, |pc| {
            // A module of its own is recognised; in a program that holds the library all frames are the program's.
            if stack.length == 0 && own.0 <= pc && pc < own.1 && passed < FRAMES {
                passed += 1;
                return true;
            }
            if let Some(slot) = stack.frames.get_mut(stack.length) {
                *slot = pc;
                stack.length += 1;
            }
            stack.length < most.min(FRAMES)
        });
        stack
    }

    /// Returns the frames, innermost first.
    pub fn frames(&self) -> &[usize] {
        self.frames.get(..self.length).unwrap_or(&[])
    }
}

/// Returns the addresses of this library's code, none where it is part of the program.
fn own_code() -> (usize, usize) {
    use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    static START: AtomicUsize = AtomicUsize::new(0);
    static END: AtomicUsize = AtomicUsize::new(0);
    // Relaxed, all: numbers that never change once found; whoever finds 0 looks for himself.
    let (start, end) = (START.load(Relaxed), END.load(Relaxed));
    if end != 0 {
        return (start, end);
    }
    let own = modules::around(own_code as fn() -> (usize, usize) as usize).filter(|module| !module.is_program);
    let (start, end) = own.map_or((1, 1), |module| (module.start, module.end));
    // Relaxed, both: as above.
    START.store(start, Relaxed);
    // Relaxed: as above.
    END.store(end, Relaxed);
    (start, end)
}

/// Writes a stack: a line that says what happened and in which thread (0: the one that the line before tells), then a
/// line for each frame. Nothing if there is none.
pub fn write(what: &str, thread: u32, frames: &[usize], out: &mut Writer<'_>) {
    if frames.is_empty() {
        return;
    }
    out.text("quarry:   ").text(what);
    if thread != 0 {
        out.text(" by thread ").decimal(u64::from(thread));
    }
    out.text(" at\n");
    for &frame in frames {
        out.text("quarry:     ");
        write_place(frame, out);
        out.text("\n");
    }
}

/// Writes a code address as module and offset: `libfoo.so+0x1234`.
fn write_place(address: usize, out: &mut Writer<'_>) {
    let (mut base, mut told, mut last) = (0, false, [0u8; NAME]);
    modules::for_each_mapping(|line| {
        let Some(mapping) = Mapping::read(line) else { return true };
        let mut name = [0u8; NAME];
        name.iter_mut()
            .zip(mapping.path.rsplit(|&byte| byte == b'/').next().unwrap_or(&[]))
            .for_each(|(to, &from)| *to = from);
        if mapping.offset == 0 || name != last {
            (base, last) = (mapping.start, name);
        }
        let is_here = mapping.start <= address && address < mapping.end;
        if is_here && name.first().is_some_and(|&byte| byte != 0) {
            let length = name.iter().position(|&byte| byte == 0).unwrap_or(NAME);
            out.raw(name.get(..length).unwrap_or(&[])).text("+").hex(address - base);
            told = true;
        }
        mapping.end <= address
    });
    if !told {
        out.hex(address);
    }
}

/// Bytes of a file's name that are told.
const NAME: usize = 64;

/// A line of /proc/self/maps: `start-end rwxp offset device inode path`.
struct Mapping<'a> {
    start: usize,
    end: usize,
    offset: usize,
    path: &'a [u8],
}

impl Mapping<'_> {
    fn read(line: &[u8]) -> Option<Mapping<'_>> {
        let mut fields = line.splitn(6, |&byte| byte == b' ');
        let mut range = fields.next()?.split(|&byte| byte == b'-');
        let (start, end) = (hex(range.next()?)?, hex(range.next()?)?);
        let offset = hex(fields.nth(1)?)?;
        let path = fields.nth(2)?.trim_ascii();
        Some(Mapping { start, end, offset, path })
    }
}

fn hex(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0usize, |sum, &digit| {
        let value = (digit as char).to_digit(16)?;
        Some(sum << 4 | value as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    #[inline(never)]
    fn outer(depth: usize, stacks: &mut Vec<Stack>) -> usize {
        let inner = if depth > 0 { outer(depth - 1, stacks) } else { 0 };
        stacks.push(Stack::here());
        inner + 1
    }

    #[test]
    fn stack_of_a_recursion_shows_each_call() {
        let mut stacks = Vec::new();
        // Twice: the second time the rules are known.
        for _ in 0..2 {
            assert_eq!(outer(20, &mut stacks), 21);
        }
        let deepest = stacks.first().unwrap();
        assert_eq!(deepest.frames().len(), FRAMES);
        // The frames behind the first two are calls of the function by itself.
        let calls: Vec<_> = deepest.frames().iter().skip(3).collect();
        assert!(calls.windows(2).all(|pair| pair[0] == pair[1]), "{:x?}", deepest.frames());
        assert!(stacks.first() == stacks.get(21));
        assert_eq!(Stack::of(2).frames().len(), 2);
    }

    #[test]
    fn stack_ends_with_its_thread() {
        let thread = std::thread::spawn(|| {
            let mut frames = 0;
            unwind::walk(unwind::here(), |_| {
                frames += 1;
                frames < 1000
            });
            frames
        });
        let frames = thread.join().unwrap();
        assert!((3..100).contains(&frames), "{frames}");
    }

    #[test]
    fn places_are_told_by_module_and_offset() {
        let mut text = Vec::new();
        let mut sink = |bytes: &[u8]| text.extend_from_slice(bytes);
        let mut out = Writer::new(&mut sink);
        write("allocated", 7, &[places_are_told_by_module_and_offset as fn() as usize, 1], &mut out);
        out.finish();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "quarry:   allocated by thread 7 at");
        let program = std::env::current_exe().unwrap();
        let expected = std::format!("quarry:     {}+0x", program.file_name().unwrap().to_str().unwrap());
        assert!(lines[1].starts_with(&expected), "{text}");
        assert_eq!(lines[2], "quarry:     0x1");
    }
}
