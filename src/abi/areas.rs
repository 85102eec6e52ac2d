//! What the library owns: its memory areas. Documented in `include/quarry.h`.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use crate::heap::{self, AreaFigures, Belonging};

/// `struct quarry_area`.
#[repr(C)]
pub struct Area {
    kind: c_int,
    start: *mut c_void,
    size: usize,
    committed: usize,
    in_use: usize,
}

/// What is called for each area, with its argument; other than 0 ends the walk.
pub type AreaCallback = unsafe extern "C" fn(area: *const Area, arg: *mut c_void) -> c_int;

impl From<AreaFigures> for Area {
    fn from(figures: AreaFigures) -> Area {
        let AreaFigures { kind, start, size, committed, in_use } = figures;
        Area { kind: kind as c_int, start: start.as_ptr().cast(), size, committed, in_use }
    }
}

/// Calls `callback` for every area until it returns other than 0; no lock is held meanwhile. Returns what the last call
/// returned.
///
/// # Safety
///
/// - `callback` may be called with `arg`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_areas(callback: AreaCallback, arg: *mut c_void) -> c_int {
    let mut areas = heap::areas().map(Area::from);
    // SAFETY: the caller's promise; the area lives for the call.
    areas.find_map(|area| Some(unsafe { callback(&area, arg) }).filter(|&result| result != 0)).unwrap_or(0)
}

/// `struct quarry_place`.
#[repr(C)]
pub struct Place {
    kind: c_int,
    state: c_int,
    area: *mut c_void,
    object: *mut c_void,
    size: usize,
    cache: *const c_char,
}

impl From<Belonging> for Place {
    fn from(belonging: Belonging) -> Place {
        let Belonging { kind, condition, area, object, class } = belonging;
        Place {
            kind: kind as c_int,
            state: condition as c_int,
            area: area.as_ptr().cast(),
            object: object.map_or(ptr::null_mut(), |(start, _)| start.as_ptr().cast()),
            size: object.map_or(0, |(_, size)| size),
            cache: class.map_or(c"".as_ptr(), |class| heap::name_of(class).as_ptr()),
        }
    }
}

/// Says where `pointer` belongs, whatever it is: 1 and `*place` if it is the library's, else 0.
///
/// # Safety
///
/// - `place` is null or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quarry_owns(pointer: *const c_void, place: *mut Place) -> c_int {
    let Some(belonging) = heap::owns(pointer.addr()) else { return 0 };
    if !place.is_null() {
        // SAFETY: the caller's room.
        unsafe { place.write(belonging.into()) };
    }
    1
}
