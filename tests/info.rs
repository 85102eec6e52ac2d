//! What the heap tells of itself, as values and as text.

use std::alloc::Layout;
use std::fmt;
use std::thread;

use quarry::{ArenaInfo, CacheInfo, ObjectCache, RawCache, buddyinfo, slabinfo};

fn listed(name: &str) -> Option<CacheInfo> {
    slabinfo().find(|info| &*info.name == name)
}

#[test]
fn figures_of_a_cache_are_true_to_the_object() {
    let cache = ObjectCache::new("figures", || [0_u8; 100]).unwrap();
    assert_eq!(cache.info().objects, 0);
    let mut objects: Vec<_> = (0..1000).map(|_| cache.alloc().unwrap()).collect();
    for left in [1000, 700, 1, 0] {
        objects.truncate(left);
        let info = cache.info();
        assert_eq!(info.active_objects, left as u64);
        assert_eq!((info.object_size, info.pages_per_slab * 4096 / 104 > info.objects_per_slab - 1), (104, true));
        assert_eq!(info.objects, info.slabs * info.objects_per_slab);
        assert!(info.slabs_in_use <= info.slabs);
        assert!(info.active_objects + info.in_magazines + info.in_depot <= info.objects);
        assert_eq!(Some(info), listed("figures"));
    }
    thread::scope(|scope| _ = scope.spawn(|| (0..50).for_each(|_| drop(cache.alloc().unwrap()))));
    assert_eq!(cache.info().active_objects, 0);
    cache.reap();
    let name = cache.name();
    drop(objects);
    assert_eq!((name.as_str(), format!("{name:?} {name:>9}")), ("figures", "\"figures\"   figures".to_owned()));
    drop(cache);
    assert_eq!(listed("figures"), None, "a cache that is gone is not listed");
}

#[test]
fn size_classes_are_listed_by_their_size() {
    let raw = RawCache::new("blocks", Layout::new::<[u8; 48]>()).unwrap();
    let block = raw.alloc().unwrap();
    assert_eq!((raw.name().as_str(), raw.info().active_objects), ("blocks", 1));
    // SAFETY: allocated above, used no more.
    unsafe { raw.free(block) };
    // The closure of a cache is an object of a size class.
    let held = [7_u8; 500];
    let cache = ObjectCache::new("holds", move || held[0]).unwrap();
    let info = slabinfo().find(|info| info.object_size == 512).unwrap();
    assert_eq!(info.name.as_str(), "size-512");
    assert!(info.active_objects >= 1);
    drop(cache);
}

#[test]
fn buddies_tell_the_free_runs_of_every_order() {
    let cache = ObjectCache::new("arena", || 1).unwrap();
    drop(cache.alloc());
    let arenas: Vec<ArenaInfo> = buddyinfo().collect();
    assert!(!arenas.is_empty() && arenas.iter().enumerate().all(|(number, arena)| arena.arena == number));
    assert!(arenas[0].free_bytes() > 0 && arenas[0].free_bytes().is_multiple_of(ArenaInfo::GRANULE as u64));
}

/// Writes what a function of the library writes, and compares its first words.
fn text(write: fn(&mut dyn fmt::Write) -> fmt::Result, start: &str) -> String {
    let mut text = String::new();
    write(&mut text).unwrap();
    assert!(text.starts_with(start) && text.ends_with('\n'), "{text}");
    text
}

#[test]
fn text_and_json_list_the_same_caches() {
    let _cache = ObjectCache::new("written", || 1_u16).unwrap();
    let lines = text(quarry::write_slabinfo, "slabinfo - version: 2.1\n# name");
    assert!(lines.lines().any(|line| line.starts_with("written ")));
    let json: serde_json::Value = serde_json::from_str(&text(quarry::write_slabinfo_json, "{\"version\":1")).unwrap();
    assert!(json["caches"].as_array().unwrap().iter().any(|cache| cache["name"] == "written"));
    text(quarry::write_buddyinfo, "arena  0, free runs");
    let json: serde_json::Value = serde_json::from_str(&text(quarry::write_buddyinfo_json, "{\"version\":1")).unwrap();
    assert_eq!(json["order_0_bytes"], ArenaInfo::GRANULE);
}

#[test]
fn a_writer_that_fails_is_asked_no_more() {
    struct Narrow(usize);
    impl fmt::Write for Narrow {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            assert!(self.0 > 0, "written to after it failed");
            self.0 -= 1;
            if self.0 == 0 { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let _caches: Vec<_> = (0..40).map(|_| ObjectCache::new("many", || 1_u16).unwrap()).collect();
    for pieces in 1..4 {
        assert!(quarry::write_slabinfo(&mut Narrow(pieces)).is_err());
    }
}
