//! What the fuzz targets do with their bytes: `heap::run` reads them as a program of allocations, `options::run` as the
//! text of `QUARRY_CONF`. Both panic where the library breaks a promise. `tests/replay.rs` runs the corpus on them;
//! `run.sh` continues it.

pub mod calls;
pub mod heap;
pub mod input;
pub mod options;
pub mod shadow;
pub mod threads;
