//! Everything that asks the kernel or libc for something. Above this layer no file names a system call.
//!
//! Contract: sizes and addresses are whole pages; no function here allocates, takes a lock or changes errno (the two
//! that set it, in `errno`, say so); a refusal is `None` or `false`, never a panic. Every call that may be refused can
//! be made to fail (`fault`).

pub mod area;
pub mod certificate;
pub mod cgroup;
pub mod clock;
pub mod errno;
pub mod fault;
pub mod fork;
pub mod futex;
pub mod guard;
pub mod limits;
pub mod modules;
pub mod name;
pub mod output;
pub mod random;
pub mod running;
pub mod thread;
pub mod tls;
