//! What one watched run left: resident memory over time from outside, and what the load said of itself.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::launch::{Usage, Watched};

/// What was resident at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Seconds since the start.
    pub at: f64,
    pub rss_kib: u64,
    /// Memory areas of the heap, where they were counted.
    pub areas: Option<u32>,
}

/// A point that the load marked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    pub name: String,
    pub rss_kib: u64,
}

/// Something that the load worked out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: String,
}

/// The mark at which everything that is freed has been freed.
const END: &str = "end";

/// What a load may say in JSON.
#[derive(Deserialize)]
struct Told {
    resident: u64,
    ratio: f64,
}

#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    pub peak_rss_kib: u64,
    /// Resident at the mark `end`.
    pub final_rss_kib: u64,
    /// The most areas that were counted, none if the run was too short for that.
    pub areas: Option<u32>,
    pub wall_s: f64,
    pub marks: Vec<Mark>,
    pub figures: Vec<Figure>,
    pub samples: Vec<Sample>,
}

impl Trace {
    /// Makes a trace of a run that ended well.
    pub fn of(watched: &Watched) -> Result<Trace> {
        let (marks, figures) = said(&watched.printed)?;
        let samples = watched.samples.lines().map(sample).collect::<Result<Vec<Sample>>>()?;
        let end = marks.iter().rev().find(|mark| mark.name == END).context("the load has no mark `end`")?;
        let usage: &Usage = &watched.usage;
        Ok(Trace {
            peak_rss_kib: usage.peak_rss_kib,
            final_rss_kib: end.rss_kib,
            areas: samples.iter().filter_map(|sample| sample.areas).max(),
            wall_s: usage.wall_seconds(),
            marks,
            figures,
            samples,
        })
    }
}

/// Returns the last mark of a run that did not end well: how far it came.
pub fn last_mark(watched: &Watched) -> Option<String> {
    Some(said(&watched.printed).ok()?.0.pop()?.name)
}

/// Reads the lines of `memory.h`, and of loads that are also run by themselves an object of JSON with the bytes `resident`
/// at the end and a `ratio` of them to what lives; a program may print others.
fn said(printed: &str) -> Result<(Vec<Mark>, Vec<Figure>)> {
    let (mut marks, mut figures) = (Vec::new(), Vec::new());
    for line in printed.lines() {
        if let Ok(Told { resident, ratio }) = serde_json::from_str(line) {
            marks.push(Mark { name: END.to_owned(), rss_kib: resident / 1024 });
            figures.push(Figure { name: "over-live".to_owned(), value: (ratio - 1.0) * 100.0, unit: "%".to_owned() });
            continue;
        }
        match line.split_whitespace().collect::<Vec<&str>>()[..] {
            ["mark", name, kib] => {
                let rss_kib = kib.parse().with_context(|| format!("the load printed: {line}"))?;
                marks.push(Mark { name: name.to_owned(), rss_kib });
            }
            ["figure", name, value, unit] => {
                let value = value.parse().with_context(|| format!("the load printed: {line}"))?;
                figures.push(Figure { name: name.to_owned(), value, unit: unit.to_owned() });
            }
            _ => {}
        }
    }
    Ok((marks, figures))
}

/// Reads a line of `sample.h`.
fn sample(line: &str) -> Result<Sample> {
    let numbers: Vec<u64> = line
        .split(' ')
        .map(|word| word.parse().with_context(|| format!("the launcher sampled: {line}")))
        .collect::<Result<_>>()?;
    match numbers[..] {
        [nanoseconds, rss_kib] => Ok(Sample { at: nanoseconds as f64 / 1e9, rss_kib, areas: None }),
        [nanoseconds, rss_kib, areas] => {
            Ok(Sample { at: nanoseconds as f64 / 1e9, rss_kib, areas: Some(u32::try_from(areas)?) })
        }
        _ => bail!("the launcher sampled: {line}"),
    }
}

/// Returns at most `count` samples that draw the same curve: of each stretch of time, the one with the most resident, so
/// that no peak is lost, and the last of all.
pub fn thinned(samples: &[Sample], count: usize) -> Vec<Sample> {
    if samples.len() <= count {
        return samples.to_vec();
    }
    let stretch = samples.len().div_ceil(count.saturating_sub(1).max(1));
    let most = |part: &[Sample]| part.iter().copied().max_by_key(|sample| sample.rss_kib);
    samples.chunks(stretch).filter_map(most).chain(samples.last().copied()).collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn trace(peak_rss_kib: u64, final_rss_kib: u64) -> Trace {
        Trace {
            peak_rss_kib,
            final_rss_kib,
            areas: Some(3),
            wall_s: 1.0,
            marks: vec![Mark { name: END.to_owned(), rss_kib: final_rss_kib }],
            figures: vec![Figure { name: "kept".to_owned(), value: 1.5, unit: "MiB".to_owned() }],
            samples: vec![
                Sample { at: 0.0, rss_kib: peak_rss_kib, areas: Some(3) },
                Sample { at: 1.0, rss_kib: final_rss_kib, areas: None },
            ],
        }
    }

    #[test]
    fn said_takes_marks_and_figures_and_leaves_what_a_program_prints_besides() {
        let (marks, figures) =
            said("mark start 12\nready to take connections\nfigure kept -1.5 MiB\nmark end 9\n").unwrap();
        assert_eq!(
            marks.iter().map(|mark| (mark.name.as_str(), mark.rss_kib)).collect::<Vec<_>>(),
            [("start", 12), ("end", 9)]
        );
        assert_eq!(figures, [Figure { name: "kept".to_owned(), value: -1.5, unit: "MiB".to_owned() }]);
        assert!(said("mark end many\n").is_err());
    }

    #[test]
    fn said_takes_an_object_of_json_as_the_end() {
        let (marks, figures) = said("{\"resident\":2097152,\"live\":1048576,\"ratio\":2.0}\n").unwrap();
        assert_eq!(marks, [Mark { name: "end".to_owned(), rss_kib: 2048 }]);
        assert_eq!((figures[0].name.as_str(), figures[0].value), ("over-live", 100.0));
    }

    #[test]
    fn sample_reads_areas_where_they_were_counted() {
        assert_eq!(sample("500000000 40 7").unwrap(), Sample { at: 0.5, rss_kib: 40, areas: Some(7) });
        assert_eq!(sample("0 40").unwrap().areas, None);
        assert!(sample("0").is_err() && sample("0 x").is_err());
    }

    #[test]
    fn thinned_keeps_the_peak_and_the_end() {
        let samples: Vec<Sample> = (0..1000)
            .map(|at| Sample { at: f64::from(at), rss_kib: if at == 333 { 99 } else { 5 }, areas: None })
            .collect();
        let few = thinned(&samples, 50);
        assert!(few.len() <= 50 && few.iter().any(|sample| sample.rss_kib == 99));
        assert_eq!(few.last(), samples.last());
        assert!(few.windows(2).all(|pair| pair[0].at <= pair[1].at));
        assert_eq!(thinned(&samples[..3], 50), samples[..3]);
    }
}
