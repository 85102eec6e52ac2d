//! What the linker is told about `libquarry.so` beyond what rustc tells it.
//!
//! Which names the library exports is not told here: rustc's own version script lists every
//! `#[unsafe(no_mangle)]` function and hides the rest, and GNU ld refuses a second such script.
//! `src/abi/exports.map` is the list that the result is compared with.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);

    // std refers to the unwinder and asks for `-lgcc_s`, a shared library that the allocator of
    // every process should not pull in. `-static-libgcc` does not reach it, since rustc names the library
    // itself. So that name is answered by a linker script that means the static one.
    fs::write(out.join("libgcc_s.so"), "GROUP ( -lgcc_eh -lgcc )\n")?;

    let search = format!("-L{}", out.display());
    let arguments = [
        search.as_str(),
        // Nothing in the library panics, so std's reports of panics are garbage to the linker: three quarters of the
        // code. LLD keeps them for the sake of their own unwind tables; GNU ld does not.
        "-fuse-ld=bfd",
        // The name that programs linked with the library ask for; 0 is the ABI's number.
        "-Wl,-soname,libquarry.so.0",
        // Objects outlive a dlclose, and so must the code that frees them.
        "-Wl,-z,nodelete",
        // No lazy binding: the resolver may allocate, and would do so inside malloc.
        "-Wl,-z,now",
    ];
    for argument in arguments {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
    Ok(())
}
