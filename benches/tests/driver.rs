//! The driver as a program: what it takes from its environment, and how it ends when nobody reads it.

#![forbid(unsafe_code)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

/// Returns the driver about to measure the start of `true` on glibc, which needs no Quarry.
fn start() -> Command {
    let mut driver = Command::new(env!("CARGO_BIN_EXE_quarry-bench"));
    driver.args(["start", "--runs", "5", "--allocators", "glibc"]).stdin(Stdio::null());
    driver
}

/// Somebody's settings must not be measured: the program `true`, first in PATH, writes down what reaches it.
#[test]
fn options_of_allocators_do_not_reach_what_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("true");
    let seen = folder.path().join("seen");
    fs::write(&program, "#!/bin/sh\nenv >> \"$SEEN\"\n").unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let options = [
        ("QUARRY_CONF", "stats:exit"),
        ("GLIBC_TUNABLES", "glibc.malloc.check=0"),
        ("MALLOC_ARENA_MAX", "1"),
        ("MIMALLOC_VERBOSE", "0"),
    ];
    let status =
        start().env("PATH", path).env("SEEN", &seen).envs(options).stdout(Stdio::null()).status().expect("the driver");
    assert!(status.success());
    let environment = fs::read_to_string(seen).unwrap();
    assert_eq!(environment.lines().filter(|line| line.starts_with("SEEN=")).count(), 6);
    for (name, _) in options {
        assert!(!environment.lines().any(|line| line.starts_with(name)), "{name}");
    }
}

#[test]
fn driver_ends_quietly_when_nobody_reads() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = start().stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(141));
}

/// A load on a library of its own choice, and all files that were asked for.
#[test]
fn memory_measures_a_load_and_writes_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let mut driver = Command::new(env!("CARGO_BIN_EXE_quarry-bench"));
    driver.args(["memory", "--allocators", "glibc", "--loads", "limited", "--interval", "2"]);
    driver.arg("--csv").arg(file("runs.csv")).arg("--json").arg(file("all.json")).arg("--svg").arg(file("plots"));
    let output = driver.stdin(Stdio::null()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains("| glibc |    1.000 |   1.000 |     1 |      0 |"), "{printed}");
    for name in ["runs.csv", "runs-samples.csv", "all.json", "plots/limited.svg"] {
        assert!(fs::read_to_string(file(name)).unwrap().contains("limited"), "{name}");
    }
}
