//! Random numbers of a thread, for what must not be foreseen by who only sees addresses: order and distance.

use super::block::Block;
use crate::os::random::seed;

impl Block {
    /// Draws a number (xorshift, Marsaglia 2003, of 32 bits twice; blocks are full). Cost: six shifts and a
    /// multiplication.
    pub fn draw(&self) -> u64 {
        let mut state = self.random.get();
        if state == 0 {
            state = seed() as u32 | 1;
        }
        let mut step = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            u64::from(state)
        };
        let number = step() << 32 | step();
        self.random.set(state);
        number.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Draws a number below `limit`, which is at least 1.
    pub fn draw_below(&self, limit: usize) -> usize {
        ((u128::from(self.draw()) * limit as u128) >> 64) as usize
    }
}
