//! Random numbers of a thread, for what must not be foreseen by who only sees addresses: order and distance.

use super::block::Block;
use crate::os::random::seed;

impl Block {
    /// Draws a number (xorshift64*, Vigna 2016). Cost: three shifts and a multiplication.
    pub fn draw(&self) -> u64 {
        let mut state = self.random.get();
        if state == 0 {
            state = (seed() ^ core::ptr::from_ref(self).addr() as u64) | 1;
        }
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        self.random.set(state);
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Draws a number below `limit`, which is at least 1.
    pub fn draw_below(&self, limit: usize) -> usize {
        ((u128::from(self.draw()) * limit as u128) >> 64) as usize
    }
}
