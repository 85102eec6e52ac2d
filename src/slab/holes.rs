//! Holes: the whole pages of a slab in which nobody has an object. One object that lives on keeps its slab; it need not
//! keep the slab's pages. Where a class has gone cold, and where memory is asked for, they are purged.

use core::ptr::NonNull;

use super::cache::Cache;
use super::marks;
use super::record::Slab;
use crate::os::area;
use crate::os::limits::page_size;

impl Slab {
    /// Purges the holes; returns their bytes, also of those that were purged before. Cost: a look at every
    /// object, a system call per hole.
    fn purge_holes(&mut self) -> usize {
        let (page, span) = (page_size(), self.span());
        let (mut from, mut bytes) = (span.start, 0);
        let mut upto = |start: usize, end: usize| {
            let (first, last) = (from.next_multiple_of(page), start & !(page - 1));
            from = end;
            let Some(hole) = NonNull::new(core::ptr::with_exposed_provenance_mut(first)).filter(|_| first < last)
            else {
                return;
            };
            // SAFETY: whole committed pages of the slab's run (L1), and no object that somebody has meets them (L2, L3).
            if unsafe { area::purge(hole, last - first) } {
                bytes += last - first;
            }
        };
        let size = self.class().size();
        self.for_each_used(|object| upto(object.addr().get(), object.addr().get() + size));
        upto(span.end, span.end);
        bytes
    }
}

impl Cache {
    /// Purges the holes of partial slabs, unless no object moved since that was last done; returns their bytes. Objects
    /// of object caches stay constructed while they are free, so those have none.
    ///
    /// The lock of the class is held meanwhile: for classes that nobody uses, and for who asks for memory.
    pub fn purge_holes(&mut self) -> usize {
        if self.class().object().is_some() || self.class().shape().objects <= 1 {
            return 0;
        }
        // What checked mode fills freed objects with is looked at when they are used again.
        if marks::fill_byte() != 0 {
            return 0;
        }
        let now = (self.handed_out, self.live);
        if self.purged_at == now {
            return 0;
        }
        self.purged_at = now;
        let mut bytes = 0;
        for mut at in self.partial {
            // At most one turn per slab of the list.
            while let Some(mut slab) = at {
                // SAFETY: listed slabs are alive (L5), and `&mut self` stands for the lock of the class.
                let record = unsafe { slab.as_mut() };
                bytes += record.purge_holes();
                at = record.next;
            }
        }
        bytes
    }
}
