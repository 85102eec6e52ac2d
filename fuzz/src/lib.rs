//! What the fuzz targets do with their bytes: `heap::run` reads them as a program of allocations, `options::run` as the
//! text of `QUARRY_CONF`. Both panic where the library breaks a promise. `tests/replay.rs` runs the corpus on them;
//! `run.sh` continues it.

mod calls;
pub mod heap;
mod input;
pub mod options;
mod shadow;
mod threads;
