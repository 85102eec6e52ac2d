//! One run of one program, measured from outside by `launch.c`.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::allocator::Allocator;
use crate::place::Place;
use crate::tuning;

/// What one run took, as the launcher reports it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Usage {
    pub wall_ns: u64,
    pub user_us: u64,
    pub sys_us: u64,
    pub peak_rss_kib: u64,
    pub minor_faults: u64,
    pub major_faults: u64,
    exit: i32,
    signal: i32,
    timed_out: bool,
    too_large: bool,
}

impl Usage {
    pub fn wall_seconds(&self) -> f64 {
        self.wall_ns as f64 / 1e9
    }

    pub fn cpu_seconds(&self) -> f64 {
        (self.user_us + self.sys_us) as f64 / 1e6
    }

    pub fn peak_rss_mib(&self) -> f64 {
        self.peak_rss_kib as f64 / 1024.0
    }

    /// Returns what a shell would make of the end: the exit status, or 128 and the signal.
    pub fn code(&self) -> i32 {
        match self.signal {
            0 => self.exit,
            signal => 128 + signal,
        }
    }

    /// Says how the program ended.
    pub fn end(&self) -> String {
        match (self.timed_out, self.signal) {
            (true, _) => "killed: out of time".to_owned(),
            _ if self.too_large => "killed: more memory than it may have".to_owned(),
            (false, 0) => format!("exit status {}", self.exit),
            (false, signal) => format!("killed by signal {signal}"),
        }
    }
}

/// Where a program's output goes.
#[derive(Clone, Copy)]
pub enum Output {
    /// Standard output nowhere, the end of standard error into the answer.
    Discarded,
    /// Both where the driver's own go, as it comes.
    Shown,
}

/// What a program printed, and what was resident of it while it ran.
pub struct Watched {
    pub usage: Usage,
    /// The end of standard error.
    pub said: String,
    /// Standard output, whole.
    pub printed: String,
    /// Lines as `sample.h` writes them.
    pub samples: String,
}

/// How much of the end of standard error is kept: some fifty lines.
const TAIL: u64 = 4096;

/// A program with its arguments, its own environment and the folder it runs in.
#[derive(Clone, Default)]
pub struct Task {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub environment: Vec<(OsString, OsString)>,
    pub folder: Option<PathBuf>,
}

impl Task {
    pub fn new(program: impl Into<PathBuf>) -> Task {
        Task { program: program.into(), ..Task::default() }
    }

    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Task {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Task {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }
}

/// The compiled launcher.
pub struct Launcher {
    program: PathBuf,
    seconds: u32,
}

impl Launcher {
    /// Compiles the launcher; programs that run longer than `seconds` are killed.
    pub fn build(place: &Place, seconds: u32) -> Result<Launcher> {
        Ok(Launcher { program: place.compile("launch.c", &["-static"])?, seconds })
    }

    /// Runs `task` once on `allocator`. How the program ended is in the answer; an error means that nothing was
    /// measured.
    ///
    /// Standard input is empty, since the same program runs many times. Options of allocators in the caller's
    /// environment are cleared; those of the task hold. The end of what the program wrote to standard error comes
    /// back as text, unless it was shown. It goes through a file: a pipe ends only when the last process that holds it
    /// does, which may be a daemon that the program left behind.
    pub fn run(&self, task: &Task, allocator: &Allocator, output: Output) -> Result<(Usage, String)> {
        let streams = match output {
            Output::Discarded => Some(Stdio::null()),
            Output::Shown => None,
        };
        self.start(task, allocator, streams, &[])
    }

    /// Runs `task` as [`Self::run`] does, and looks at its memory every so many milliseconds; a program that has more than
    /// so many MiB is killed.
    pub fn watch(&self, task: &Task, allocator: &Allocator, interval_ms: u32, most_mib: u64) -> Result<Watched> {
        let samples = tempfile::NamedTempFile::new().context("no temporary file")?;
        let mut printed = tempfile::NamedTempFile::new().context("no temporary file")?;
        let output = printed.reopen().context("no second descriptor")?;
        let options = ["-s".into(), samples.path().into(), interval_ms.to_string().into(), most_mib.to_string().into()];
        let (usage, said) = self.start(task, allocator, Some(output.into()), &options)?;
        let mut text = Vec::new();
        printed.read_to_end(&mut text).context("cannot read what the program printed")?;
        Ok(Watched {
            usage,
            said,
            printed: String::from_utf8_lossy(&text).into_owned(),
            samples: std::fs::read_to_string(samples.path()).context("cannot read the samples")?,
        })
    }

    /// Runs `task`; `streams` is where standard output goes if neither it nor standard error is shown, `options` the
    /// launcher's own.
    fn start(
        &self,
        task: &Task,
        allocator: &Allocator,
        streams: Option<Stdio>,
        options: &[OsString],
    ) -> Result<(Usage, String)> {
        let report = tempfile::NamedTempFile::new().context("no temporary file")?;
        let errors = tempfile::Builder::new().append(true).tempfile().context("no temporary file")?;
        let mut command = Command::new(&self.program);
        tuning::clear(&mut command);
        command
            .args(options)
            .arg(report.path())
            .arg(self.seconds.to_string())
            .arg(&task.program)
            .args(&task.arguments)
            .envs(task.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        if let Some(output) = streams {
            command.stdout(output).stderr(errors.as_file().try_clone().context("no second descriptor")?);
        }
        if let Some(library) = &allocator.library {
            command.env("LD_PRELOAD", library);
        }
        if let Some(folder) = &task.folder {
            command.current_dir(folder);
        }
        let status = command.status().with_context(|| format!("cannot start {}", self.program.display()))?;
        let said = tail(errors.as_file()).context("cannot read what the program wrote to standard error")?;
        if !status.success() {
            match said.trim() {
                "" => bail!("nothing was measured: the launcher ended with {status}"),
                said => bail!("{said}"),
            }
        }
        Ok((read(report.path())?, said))
    }
}

/// Returns the last lines of `file`. Reads by position: a process that still writes keeps its own.
fn tail(file: &File) -> std::io::Result<String> {
    let start = file.metadata()?.len().saturating_sub(TAIL);
    let mut bytes = vec![0; TAIL as usize];
    let mut length = 0;
    while length < bytes.len() {
        match file.read_at(&mut bytes[length..], start + length as u64)? {
            0 => break,
            count => length += count,
        }
    }
    let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
    Ok(match text.split_once('\n') {
        // The first line is the end of one.
        Some((_, rest)) if start > 0 && !rest.is_empty() => format!("…\n{rest}"),
        _ => text,
    })
}

fn read(report: &Path) -> Result<Usage> {
    let line = std::fs::read_to_string(report).context("the launcher's report")?;
    serde_json::from_str(&line).with_context(|| format!("the launcher reported: {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocator::glibc;

    fn run(task: &Task) -> Result<(Usage, String)> {
        Launcher::build(&Place::find()?, 20)?.run(task, &glibc(), Output::Discarded)
    }

    #[test]
    fn exit_status_and_standard_error_come_back() {
        let task = Task::new("sh").argument("-c").argument("echo text >&2; exit 3");
        let (usage, said) = run(&task).unwrap();
        assert_eq!((usage.code(), said.as_str()), (3, "text\n"));
        assert_eq!(usage.end(), "exit status 3");
    }

    #[test]
    fn signal_comes_back_as_a_shell_would_say_it() {
        let task = Task::new("sh").argument("-c").argument("kill -6 $$");
        assert_eq!(run(&task).unwrap().0.code(), 134);
    }

    #[test]
    fn program_that_does_not_exist_is_an_error() {
        assert!(run(&Task::new("no-such-program-anywhere")).is_err());
    }

    /// An orphan that holds standard error open is not waited for: a daemon would be for ever.
    #[test]
    fn orphan_is_not_waited_for() {
        let task = Task::new("sh").argument("-c").argument("sleep 30 & echo $! >&2");
        let start = std::time::Instant::now();
        let (usage, said) = run(&task).unwrap();
        let took = start.elapsed();
        let orphan = said.trim();
        assert!(orphan.parse::<u32>().is_ok(), "{said}");
        Command::new("sh").arg("-c").arg(format!("kill {orphan}")).status().unwrap();
        assert_eq!(usage.code(), 0);
        assert!(took.as_secs() < 20, "{took:?}");
    }

    #[test]
    fn long_standard_error_comes_back_as_its_last_lines() {
        let task = Task::new("sh").argument("-c").argument("seq 100000 >&2; exit 1");
        let (_, said) = run(&task).unwrap();
        assert!(said.starts_with("…\n") && said.ends_with("\n99999\n100000\n"), "{said}");
        assert!(said.len() as u64 <= TAIL + "…\n".len() as u64);
        assert!(said.lines().skip(1).all(|line| line.len() >= 5), "whole lines");
    }

    #[test]
    fn line_longer_than_the_tail_comes_back_in_part() {
        let task = Task::new("sh").argument("-c").argument("printf %05000d 7 >&2");
        let (_, said) = run(&task).unwrap();
        assert!(said.ends_with("07") && said.len() as u64 == TAIL, "{said}");
    }

    /// A program that hangs is killed with the children it waits for.
    #[test]
    fn program_out_of_time_is_killed() {
        let launcher = Launcher::build(&Place::find().unwrap(), 1).unwrap();
        let task = Task::new("sh").argument("-c").argument("sleep 600; true");
        let (usage, _) = launcher.run(&task, &glibc(), Output::Discarded).unwrap();
        assert_eq!(usage.end(), "killed: out of time");
        assert_ne!(usage.code(), 0);
    }

    /// 64 MiB that come and go are seen from outside, though the program says nothing of them.
    #[test]
    fn watch_sees_memory_come_and_go() {
        let place = Place::find().unwrap();
        let launcher = Launcher::build(&place, 20).unwrap();
        let script = "import time; time.sleep(0.2); b = b'1' * (64 << 20); time.sleep(0.3); del b; time.sleep(0.3)";
        let task = Task::new("python3").argument("-c").argument(format!("{script}; print('done')"));
        let watched = launcher.watch(&task, &glibc(), 5, 1024).unwrap();
        assert_eq!((watched.usage.code(), watched.printed.as_str()), (0, "done\n"), "{}", watched.said);
        let resident: Vec<u64> =
            watched.samples.lines().map(|line| line.split(' ').nth(1).unwrap().parse().unwrap()).collect();
        let most = *resident.iter().max().unwrap();
        assert!(most > 64 << 10 && watched.usage.peak_rss_kib > 64 << 10, "{most}");
        assert!(*resident.last().unwrap() + (48 << 10) < most, "{resident:?}");
    }

    #[test]
    fn program_that_takes_too_much_is_killed() {
        let launcher = Launcher::build(&Place::find().unwrap(), 20).unwrap();
        let task = Task::new("python3").argument("-c").argument("import time; b = b'1' * (64 << 20); time.sleep(600)");
        let usage = launcher.watch(&task, &glibc(), 5, 48).unwrap().usage;
        assert_eq!(usage.end(), "killed: more memory than it may have");
        assert_eq!(usage.code(), 137);
    }

    /// The reason for the launcher: 64 MiB resident here must not show in the figures of a small program.
    #[test]
    fn peak_rss_is_the_programs_own() {
        let ballast = vec![1u8; 64 << 20];
        let (usage, _) = run(&Task::new("true")).unwrap();
        assert!(ballast.iter().all(|&byte| byte == 1));
        assert!(usage.peak_rss_kib < 16 << 10, "{usage:?}");
    }
}
