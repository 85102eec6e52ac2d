//! The stacks of checked mode: a program allocates from few places, so each different stack is kept once and known by a
//! number.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use crate::os::area;
use crate::os::limits::page_size;
use crate::report::stack::Stack;

/// Frames of a stack that are kept: half ends inside libraries, double makes each allocation a tenth slower.
pub const DEPTH: usize = 8;
/// Different stacks that are kept, 4.5 MiB of which those in use are resident. Further ones are not known.
const ROOM: usize = 1 << 16;
/// Places that are looked at for a stack.
const PROBES: usize = 16;

/// A stack that is kept. Zero bytes are a vacant place.
struct Kept {
    /// 0 vacant, 1 being written, else the hash.
    hash: AtomicU64,
    frames: [AtomicUsize; DEPTH],
}

static ROOMS: AtomicPtr<Kept> = AtomicPtr::new(ptr::null_mut());

/// The number of a stack; 0 for one that is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Trace(u32);

impl Trace {
    /// The unknown stack.
    pub const NONE: Trace = Trace(0);

    /// Keeps the caller's stack.
    pub fn here() -> Trace {
        let stack = Stack::of(DEPTH);
        Trace::of(stack.frames()).unwrap_or(Trace::NONE)
    }

    fn of(frames: &[usize]) -> Option<Trace> {
        let rooms = rooms()?;
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for &frame in frames {
            hash = (hash ^ frame as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hash ^= hash >> 29;
        }
        let hash = hash | 2;
        for probe in 0..PROBES {
            let index = (hash >> 40) as usize + probe;
            // SAFETY: the index is taken below ROOM, the length of the table.
            let kept = unsafe { rooms.add(index % ROOM).as_ref() };
            // Acquire: the frames are written. Pairs with the Release below.
            let mut found = kept.hash.load(Ordering::Acquire);
            // Relaxed on failure and success: the hash is published below.
            if found == 0 && kept.hash.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                for (slot, &frame) in kept.frames.iter().zip(frames) {
                    // Relaxed: published by the hash.
                    slot.store(frame, Ordering::Relaxed);
                }
                // Release: the frames are written. Pairs with the Acquire above.
                kept.hash.store(hash, Ordering::Release);
                found = hash;
            }
            // Relaxed: read after the hash.
            let same = |(at, slot): (usize, &AtomicUsize)| {
                slot.load(Ordering::Relaxed) == frames.get(at).copied().unwrap_or(0)
            };
            if found == hash && kept.frames.iter().enumerate().all(same) {
                return Some(Trace((index % ROOM) as u32 + 1));
            }
        }
        None
    }

    /// Returns the frames, zeros behind the last.
    pub fn frames(self) -> [usize; DEPTH] {
        let mut frames = [0; DEPTH];
        if let (Some(index), Some(rooms)) = ((self.0 as usize).checked_sub(1), rooms()) {
            // SAFETY: a trace's number is at most ROOM.
            let kept = unsafe { rooms.add(index).as_ref() };
            for (frame, slot) in frames.iter_mut().zip(&kept.frames) {
                // Relaxed: whoever has the number got it after the frames were written.
                *frame = slot.load(Ordering::Relaxed);
            }
        }
        frames
    }
}

/// Returns the frames before the first zero.
pub fn known(frames: &[usize]) -> &[usize] {
    let length = frames.iter().position(|&frame| frame == 0).unwrap_or(frames.len());
    frames.get(..length).unwrap_or(&[])
}

/// Returns the table, mapped by whoever needs it first.
fn rooms() -> Option<NonNull<Kept>> {
    // Acquire: the table is mapped, zero. Pairs with the Release below.
    let rooms = ROOMS.load(Ordering::Acquire);
    if !rooms.is_null() {
        return NonNull::new(rooms);
    }
    let bytes = (ROOM * size_of::<Kept>()).next_multiple_of(page_size());
    let new = area::map(bytes, 1, page_size())?;
    // Release: as above; Acquire: another's table.
    match ROOMS.compare_exchange(ptr::null_mut(), new.cast().as_ptr(), Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Some(new.cast()),
        Err(other) => {
            // SAFETY: mapped above, known to nobody.
            unsafe { area::release(new, bytes) };
            NonNull::new(other)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_stacks_have_one_number_and_others_another() {
        let first = Trace::of(&[1, 2, 3]).unwrap();
        assert_eq!(Trace::of(&[1, 2, 3]), Some(first));
        let other = Trace::of(&[1, 2, 4]).unwrap();
        assert!(other != first && Trace::of(&[1, 2]).unwrap() != first);
        assert_eq!(known(&first.frames()), [1, 2, 3]);
        assert!(known(&Trace::NONE.frames()).is_empty());
    }
}
