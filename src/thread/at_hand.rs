//! What a thread can have at once: from its magazines, and from depot, slabs and buddy where nobody holds their locks.
//! Nothing here waits or enters the kernel.

use core::ptr::NonNull;

use super::block::Block;
use super::magazines::Obtained;
use crate::base::Class;
use crate::depot::magazine::Round;
use crate::depot::{MagazineRef, depot_of};
use crate::slab::cache_of;
use crate::slab::marks;
use crate::sync::lock;

/// Returns an object of a size class, for a thread with or without a block. `None` where none is at hand.
pub fn obtain(block: Option<&Block>, class: Class) -> Option<Obtained> {
    debug_assert!(class.object().is_none(), "objects of a cache may be to be constructed");
    if !marks::are_kept()
        && let Some(object) = block.and_then(|block| block.pop_at_hand(class))
    {
        return Some(Obtained { object, zero: false });
    }
    let mut room = [Round::uninit()];
    let mut zero = false;
    let done = lock::briefly(cache_of(class))?.hand_out_at_hand(&mut room, &mut zero);
    // SAFETY: `hand_out_at_hand` initialised as many places as it says.
    let object = if done == 1 { unsafe { room[0].assume_init() } } else { return None };
    if marks::are_kept() && class.is_slab_size() {
        marks::hold(object);
    }
    Some(Obtained { object, zero })
}

impl Block {
    /// Pops an object from the loaded magazine, the previous one, or a full one that the depot has.
    fn pop_at_hand(&self, class: Class) -> Option<NonNull<u8>> {
        let pair = self.pair(class)?;
        if let Some(object) = pair.pop() {
            return Some(object);
        }
        if class.is_run() {
            return None;
        }
        if let Some(previous) = pair.take_previous() {
            if previous.count() > 0 {
                return pair.exchange(previous).ok().map(|obtained| obtained.object);
            }
            pair.put_previous(Some(previous));
        }
        let mut depot = lock::briefly(depot_of(class))?;
        // Without a magazine to leave in exchange the slabs serve.
        let empty = pair.unload()?;
        // A signal handler freed into it.
        if empty.count() > 0 {
            drop(depot);
            return pair.load_and_pop(empty).ok().map(|obtained| obtained.object);
        }
        let exchanged = depot.exchange_for_full(empty, usize::from(pair.slot.capacity.get()));
        drop(depot);
        match exchanged {
            Ok(full) => pair.load_and_pop(full).ok().map(|obtained| obtained.object),
            Err(empty) => {
                pair.load(empty);
                None
            }
        }
    }

    /// Makes room for an object of a size class in this thread's magazines, by the steps of `spill` that need nobody
    /// else; false where that does not do. The next push then succeeds.
    pub fn make_room_at_hand(&self, class: Class) -> bool {
        if marks::are_kept() {
            return false;
        }
        let Some(pair) = self.pair(class) else { return false };
        if pair.top.get() != pair.limit.get() {
            return true;
        }
        if class.is_run() {
            return false;
        }
        if self.grow(&pair) && pair.extend() {
            return true;
        }
        let capacity = usize::from(pair.slot.capacity.get());
        if capacity == 0 {
            return false;
        }
        let empty = match pair.take_previous() {
            Some(previous) if previous.count() == 0 => previous,
            None => match MagazineRef::at_hand(class, capacity) {
                Some(empty) => empty,
                None => return false,
            },
            full => {
                pair.put_previous(full);
                return false;
            }
        };
        pair.put_previous(pair.unload());
        pair.load(empty);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buddy::system;
    use crate::thread::current_or_born;

    #[test]
    fn objects_at_hand_come_from_magazines_slabs_and_the_buddy_and_go_back() {
        assert!(system::initialise());
        for size in [48, 5000, 100_000] {
            let class = Class::serving(size).unwrap();
            let block = current_or_born().unwrap();
            // With a block and without; other tests may have a lock for a moment.
            let mut objects = std::vec::Vec::new();
            while objects.len() < 100 {
                let from = if objects.len() % 2 == 0 { Some(block) } else { None };
                objects.extend(obtain(from, class).map(|obtained| obtained.object));
                // Where nothing is committed any more, refusals would have no end.
                let more = block.refill(class).unwrap().object;
                crate::thread::magazines::give_one(class, more);
            }
            for (at, &object) in objects.iter().enumerate() {
                assert!(!objects.iter().skip(at + 1).any(|&other| other == object));
                // SAFETY: the object has that many bytes.
                unsafe { object.write_bytes(1, size) };
            }
            for object in objects {
                // SAFETY: an object of the class, in the test's own thread.
                if !block.make_room_at_hand(class) || !unsafe { block.push(class.index(), object) } {
                    crate::thread::magazines::give_one(class, object);
                }
            }
        }
    }
}
