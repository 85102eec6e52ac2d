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

    // The kernel maps code in pieces of 64 KiB around what is touched. In the order of the linker what every program
    // needs lies scattered among reports, checks and what Rust's standard library prints of a panic, which are four
    // fifths of all code.
    fs::write(out.join("order.ld"), ORDER)?;
    let order = format!("-Wl,-T,{}", out.join("order.ld").display());

    let search = format!("-L{}", out.display());
    let arguments = [
        search.as_str(),
        // Nothing in the library panics, so std's reports of panics are garbage to the linker: three quarters of the
        // code. LLD keeps them for the sake of their own unwind tables; GNU ld does not.
        "-fuse-ld=bfd",
        order.as_str(),
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

/// Puts the code that every program comes to side by side, first in `.text` (tools look for functions there alone), and
/// the stubs for calls of libc before it. The patterns are those of rustc's mangled names; a function that they miss lies
/// with the rest.
const ORDER: &str = "SECTIONS {
    .plt : { *(.plt) *(.iplt) }
    .text : {
        *(.text.*malloc .text.*free .text.*calloc .text.*realloc .text._Znwm .text._ZdlPv .text._ZdlPvm)
        *libc_nonshared.a:(.text .text.*)
        *(.text.*3std*4args* .text*_ZN7mmap_rs* .text*_ZN3nix* .text*drop_in_place*mmap_rs*)
        *(.text*_ZN6quarry4sync* .text*_ZN6quarry2os* .text*_ZN6quarry5depot* .text*_ZN6quarry6thread*)
        *(.text*_ZN6quarry4slab5cache* .text*_ZN6quarry4slab6record* .text*_ZN6quarry4slab7emptied*)
        *(.text*_ZN6quarry4slab6object6settle* .text*_ZN6quarry4slab6object9construct*)
        *(.text*_ZN6quarry5buddy* .text*_ZN6quarry5arena* .text*_ZN6quarry3abi7convert*)
        *(.text*_ZN6quarry4heap8allocate* .text*_ZN6quarry4heap10deallocate* .text*_ZN6quarry4heap6locate*)
        *(.text*_ZN6quarry4heap10reallocate* .text*_ZN6quarry4heap6direct* .text*_ZN6quarry4heap4load* .text*at_load*)
        *(.text*_ZN6quarry4heap4fork* .text*_ZN6quarry7options*)
    }
}
INSERT BEFORE .fini;
";
