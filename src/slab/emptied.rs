//! What becomes of a cache's slabs that are empty: they go to the buddy, or where objects are to be destructed, they
//! are condemned first, and settle while that is done with the lock given back.

use core::ptr::NonNull;

use super::cache::{CONDEMNED, Cache};
use super::record::Slab;

impl Cache {
    /// Dissolves an empty slab that is on no list; where its objects are to be destructed first, condemns it.
    pub(super) fn let_go(&mut self, mut slab: NonNull<Slab>) {
        if !self.destructs {
            self.dissolve(slab);
            return;
        }
        // SAFETY: as in `file`.
        let record = unsafe { slab.as_mut() };
        record.next = self.condemned;
        record.list = CONDEMNED;
        self.condemned = Some(slab);
        self.emptied += 1;
    }

    pub(super) fn pop_condemned(&mut self) -> Option<NonNull<Slab>> {
        let slab = self.condemned?;
        // SAFETY: listed slabs are alive (L5), and `&mut self` stands for the lock.
        self.condemned = unsafe { slab.as_ref() }.next;
        self.emptied -= 1;
        Some(slab)
    }

    /// Takes a condemned slab, for its constructed objects to be destructed by the caller, who then calls
    /// `dissolve_settled`. Nobody else hands out of it meanwhile.
    pub fn take_condemned(&mut self) -> Option<NonNull<Slab>> {
        let mut slab = self.pop_condemned()?;
        // SAFETY: as above; it is on no list now.
        unsafe { slab.as_mut() }.next = self.settling;
        self.settling = Some(slab);
        self.emptied += 1;
        Some(slab)
    }

    /// Gives a slab that `take_condemned` gave to the buddy. Returns its bytes.
    pub fn dissolve_settled(&mut self, slab: NonNull<Slab>) -> usize {
        // SAFETY: the slab is alive, and `&mut self` stands for the lock.
        let after = unsafe { slab.as_ref() }.next;
        if self.settling == Some(slab) {
            self.settling = after;
        } else {
            let mut at = self.settling;
            // At most one turn per slab that settles: one per thread in a destructor.
            while let Some(mut before) = at {
                // SAFETY: listed slabs are alive (L5), and `&mut self` stands for the lock.
                let record = unsafe { before.as_mut() };
                if record.next == Some(slab) {
                    record.next = after;
                    break;
                }
                at = record.next;
            }
        }
        self.emptied -= 1;
        self.dissolve(slab)
    }

    /// In the child of a fork: condemns anew the slabs whose destructing threads were lost.
    pub fn condemn_settling(&mut self) {
        // Each turn takes a slab off the list.
        while let Some(mut slab) = self.settling {
            // SAFETY: listed slabs are alive (L5), and `&mut self` stands for the lock.
            let record = unsafe { slab.as_mut() };
            self.settling = record.next;
            record.next = self.condemned;
            self.condemned = Some(slab);
        }
    }

    /// Gives an empty slab that is on no list to the buddy. Returns its bytes.
    fn dissolve(&mut self, slab: NonNull<Slab>) -> usize {
        self.slabs -= 1;
        // SAFETY: the slab is empty, was taken off its list, and nobody else has it; `&mut self` stands for the lock.
        unsafe { Slab::dissolve(slab) };
        self.class().shape().count().bytes()
    }

    /// Gives the empty slab that is held back to the buddy, or condemns it. Returns the bytes given.
    pub fn reap(&mut self) -> usize {
        let Some(slab) = self.empty.take() else { return 0 };
        self.let_go(slab);
        if self.destructs { 0 } else { self.class().shape().count().bytes() }
    }

    /// As `reap`, if nothing was handed out since this was last asked: the cache is cold. With `holes` also purges
    /// those of its slabs.
    pub fn reap_cold(&mut self, holes: bool) -> usize {
        let cold = self.seen == self.handed_out;
        self.seen = self.handed_out;
        if !cold {
            return 0;
        }
        let purged = if holes { self.purge_holes() } else { 0 };
        self.reap() + purged
    }
}
