//! What was measured on: a figure without its machine, kernel, libc and commit means nothing.

use std::path::Path;
use std::process::Command;

use serde::Serialize;

#[derive(Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub memory_mib: u64,
    pub kernel: String,
    pub glibc: String,
    pub compiler: String,
    pub commit: String,
    /// Runnable processes over the last minute, before the first run.
    pub load_average: String,
    pub huge_pages: String,
}

const UNKNOWN: &str = "unknown";

impl Machine {
    /// Reads the machine's own figures and the commit of the workspace at `root`.
    pub fn read(root: &Path) -> Machine {
        Machine {
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(unknown),
            cores: cores(),
            memory_mib: field("/proc/meminfo", "MemTotal")
                .and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
                .map_or(0, |kib| kib / 1024),
            kernel: file("/proc/sys/kernel/osrelease").unwrap_or_else(unknown),
            glibc: glibc(),
            compiler: first_line(Command::new(crate::place::compiler()).arg("--version")).unwrap_or_else(unknown),
            commit: commit(root),
            load_average: file("/proc/loadavg")
                .and_then(|text| text.split(' ').next().map(str::to_owned))
                .unwrap_or_else(unknown),
            huge_pages: file("/sys/kernel/mm/transparent_hugepage/enabled")
                .and_then(|text| bracketed(&text))
                .unwrap_or_else(unknown),
        }
    }

    /// Says whether so much was running before the first run that wall times must suffer.
    fn is_busy(&self) -> bool {
        let load: f64 = self.load_average.parse().unwrap_or(0.0);
        load > self.cores as f64 / 2.0
    }

    /// Returns the lines that stand above every table.
    pub fn text(&self) -> String {
        let busy = if self.is_busy() {
            "note     others are at work on this machine: of the times below trust CPU s and min\n"
        } else {
            ""
        };
        format!(
            "machine  {}, {} cores, {} MiB, transparent huge pages {}, load average {}\n\
             kernel   {}\nlibc     {}\ncompiler {}\ncommit   {}\n{busy}",
            self.cpu,
            self.cores,
            self.memory_mib,
            self.huge_pages,
            self.load_average,
            self.kernel,
            self.glibc,
            self.compiler,
            self.commit
        )
    }
}

/// Returns the number of processors that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Returns the name and version of the C library.
pub fn glibc() -> String {
    first_line(Command::new("getconf").arg("GNU_LIBC_VERSION")).unwrap_or_else(unknown)
}

/// Returns the commit of the workspace at `root`, marked where files differ from it.
pub fn commit(root: &Path) -> String {
    let mut command = Command::new("git");
    // Reading only: without locks git leaves its index alone.
    command.arg("-C").arg(root).args(["--no-optional-locks", "describe", "--always", "--dirty"]);
    first_line(&mut command).unwrap_or_else(unknown)
}

/// What stands where something could not be learnt.
pub fn unknown() -> String {
    UNKNOWN.to_owned()
}

fn file(path: &str) -> Option<String> {
    Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
}

fn field(path: &str, name: &str) -> Option<String> {
    value_of(&file(path)?, name)
}

/// Finds `<name> : <value>` in the form of /proc.
fn value_of(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

/// Returns the word in brackets, as /sys marks the choice in force.
fn bracketed(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('[')?;
    Some(rest.split_once(']')?.0.to_owned())
}

/// Returns the first line that `command` prints, or `None` if it fails.
pub fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_of_takes_the_whole_name_only() {
        let text = "model\t\t: 17\nmodel name\t: EPYC: rev 2\n";
        assert_eq!(value_of(text, "model name").as_deref(), Some("EPYC: rev 2"));
        assert_eq!(value_of(text, "name"), None);
    }

    #[test]
    fn bracketed_is_the_choice_in_force() {
        assert_eq!(bracketed("always [madvise] never").as_deref(), Some("madvise"));
        assert_eq!(bracketed("always"), None);
    }
}
