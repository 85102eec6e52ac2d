//! The allocators of collections: `Quarry` and `RawCache` under the `Vec` and `Box` of allocator-api2 and under hashbrown.
#![cfg(feature = "allocator-api2")]

use std::alloc::Layout;
use std::ptr::NonNull;
use std::thread;

use allocator_api2::alloc::Allocator;
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use hashbrown::HashMap;
use quarry::{Quarry, RawCache, Regions};

#[test]
fn vectors_and_boxes_and_maps_live_on_the_heap() {
    let mut vector: Vec<u64, Quarry> = Vec::new_in(Quarry);
    (0..3_000_000).for_each(|number| vector.push(number));
    assert!(vector.iter().copied().eq(0..3_000_000));
    vector.truncate(10);
    vector.shrink_to_fit();
    assert!(vector.iter().copied().eq(0..10));
    vector.clear();
    vector.shrink_to_fit();
    let boxed = thread::spawn(|| Box::new_in([7_u8; 5000], Quarry)).join().unwrap();
    assert_eq!(boxed[4999], 7);
    let mut map: HashMap<u32, Box<u32, Quarry>, hashbrown::DefaultHashBuilder, Quarry> = HashMap::new_in(Quarry);
    (0..100_000).for_each(|number| _ = map.insert(number, Box::new_in(number * 2, Quarry)));
    map.retain(|number, _| number % 7 == 0);
    map.shrink_to_fit();
    assert!(map.iter().all(|(number, twice)| **twice == number * 2));
}

/// Returns whether every byte is `value`, by a comparison of memory, which is fast without optimisation too.
fn all(bytes: &[u8], value: u8) -> bool {
    bytes.first().is_none_or(|&first| first == value && bytes[1..] == bytes[..bytes.len() - 1])
}

#[test]
fn every_layout_grows_shrinks_and_changes_its_alignment_keeping_its_bytes() {
    let sizes = [0, 1, 24, 130, 4096, 33_000, 200_000, 5 << 20];
    let aligns = [1, 16, 64, 4096, 16 << 10, 64 << 10];
    let layouts = || aligns.iter().flat_map(|&align| sizes.map(|size| Layout::from_size_align(size, align).unwrap()));
    for old in layouts() {
        for new in layouts() {
            let object = Quarry.allocate_zeroed(old).unwrap();
            assert!(object.len() == old.size() && object.cast::<u8>().addr().get().is_multiple_of(old.align()));
            let object = object.cast::<u8>();
            // SAFETY: the object has that many bytes.
            assert!(all(unsafe { std::slice::from_raw_parts(object.as_ptr(), old.size()) }, 0));
            // SAFETY: as above.
            unsafe { object.write_bytes(5, old.size()) };
            // SAFETY: the object with its layout.
            let moved = unsafe {
                if new.size() >= old.size() {
                    Quarry.grow_zeroed(object, old, new)
                } else {
                    Quarry.shrink(object, old, new)
                }
            };
            let moved = moved.unwrap();
            assert!(moved.len() == new.size() && moved.cast::<u8>().addr().get().is_multiple_of(new.align()));
            // SAFETY: the object has that many bytes, all initialised.
            let bytes = unsafe { moved.as_ref() };
            let (kept, gained) = bytes.split_at(old.size().min(new.size()));
            assert!(all(kept, 5) && all(gained, 0), "{old:?} {new:?}");
            // SAFETY: the object with its layout.
            unsafe { Quarry.deallocate(moved.cast(), new) };
        }
    }
}

#[test]
fn a_cache_serves_what_fits_its_blocks_and_refuses_the_rest() {
    let blocks = RawCache::new("block", Layout::from_size_align(256, 64).unwrap()).unwrap();
    for (size, align, fits) in [(256, 64, true), (1, 1, true), (257, 1, false), (8, 128, false), (0, 4096, true)] {
        let layout = Layout::from_size_align(size, align).unwrap();
        match blocks.allocate(layout) {
            Ok(block) => {
                assert!(fits && block.cast::<u8>().addr().get().is_multiple_of(align) && block.len() >= size);
                // SAFETY: the block with its layout.
                unsafe { blocks.deallocate(block.cast(), layout) };
            }
            Err(_) => assert!(!fits, "{layout:?}"),
        }
    }
    let mut vector: Vec<u8, &RawCache> = Vec::with_capacity_in(200, &blocks);
    vector.extend_from_slice(&[3; 200]);
    let place = vector.as_ptr();
    vector.reserve_exact(56);
    assert_eq!(vector.as_ptr(), place, "a block grows in place");
    assert!(vector.try_reserve(100).is_err());
    assert_eq!(blocks.info().active_objects, 1);
    drop(vector);
    assert_eq!(blocks.info().active_objects, 0);
}

#[test]
fn boxes_of_a_cache_are_freed_by_other_threads() {
    let nodes = RawCache::new("node", Layout::new::<[usize; 6]>()).unwrap();
    thread::scope(|scope| {
        for seed in 0..3 {
            let boxes: std::vec::Vec<_> = (0..5_000).map(|number| Box::new_in([number + seed; 6], &nodes)).collect();
            scope.spawn(move || {
                assert!(boxes.iter().enumerate().all(|(number, values)| **values == [number + seed; 6]));
            });
        }
    });
    assert_eq!(nodes.info().active_objects, 0);
    nodes.reap();
    assert_eq!(format!("{nodes:?}"), "RawCache { name: \"node\", layout: Layout { size: 48, align: 8 (1 << 3) } }");
}

#[test]
fn blocks_outlive_a_cache_that_is_dropped_before_them() {
    let nodes = RawCache::new("outlived", Layout::new::<u64>()).unwrap();
    let leaked: NonNull<u8> = nodes.alloc().unwrap();
    // SAFETY: a block of 8 bytes.
    unsafe { leaked.cast::<u64>().write(7) };
    drop(nodes);
    // SAFETY: the block was not freed, so its cache keeps it.
    assert_eq!(unsafe { leaked.cast::<u64>().read() }, 7);
}

#[test]
fn vectors_and_maps_live_in_regions_and_grow_without_being_copied() {
    let mut vector: Vec<u64, Regions> = Vec::new_in(Regions);
    (0..2_000_000).for_each(|number| vector.push(number));
    assert!(vector.iter().copied().eq(0..2_000_000));
    vector.truncate(3);
    vector.shrink_to_fit();
    vector.resize(100_000, 9);
    assert!(vector[..3] == [0, 1, 2] && vector[3..].iter().all(|&number| number == 9));
    vector.clear();
    vector.shrink_to_fit();
    assert_eq!(vector.capacity(), 0);
    let mut map: HashMap<u32, u32, hashbrown::DefaultHashBuilder, Regions> = HashMap::new_in(Regions);
    (0..200_000).for_each(|number| _ = map.insert(number, number + 1));
    assert!(map.iter().all(|(number, next)| *next == number + 1));
    assert!(Regions.allocate(Layout::from_size_align(100, 8192).unwrap()).is_err());
    // To a gibibyte: what is reserved is not touched, and what is kept is not copied.
    let mut bytes: Vec<u8, Regions> = Vec::new_in(Regions);
    bytes.resize(16 << 20, 5);
    bytes.reserve_exact((1 << 30) - (16 << 20));
    assert!(bytes.capacity() >= 1 << 30 && all(&bytes, 5));
}

#[test]
fn regions_gain_zeros_whatever_they_held_before() {
    let layout = |size| Layout::from_size_align(size, 8).unwrap();
    let mut region = Regions.allocate_zeroed(layout(10_000)).unwrap().cast::<u8>();
    let mut size = 10_000;
    for to in [5, 9_000, 1, 100_000, 4096, 4097, 1 << 20] {
        // SAFETY: the region has that many bytes.
        unsafe { region.write_bytes(5, size) };
        // SAFETY: the region with its layout.
        let moved = unsafe {
            if to > size {
                Regions.grow_zeroed(region, layout(size), layout(to))
            } else {
                Regions.shrink(region, layout(size), layout(to))
            }
        };
        // SAFETY: the region has that many bytes, all initialised.
        let held = unsafe { moved.as_ref().unwrap().as_ref() };
        assert!(all(&held[..size.min(to)], 5) && all(&held[size.min(to)..], 0), "{size} to {to}");
        (region, size) = (moved.unwrap().cast(), to);
    }
    // SAFETY: the region with its layout.
    unsafe { Regions.deallocate(region, layout(size)) };
}
