//! The plot of one load: resident memory over time, a curve for each allocator.
//!
//! It is read without colour: along each curve stand marks of a shape and a letter of their own, at other places than those
//! of the others; the legend explains them.

use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::allocator::Allocator;
use crate::marks::{self, RADIUS};
use crate::memory::trace::{Sample, Trace, thinned};

/// Pixels.
const WIDTH: i32 = 1000;
const CURVES: i32 = 440;
const TITLE: i32 = 52;
const LEGEND_COLUMNS: i32 = 3;
const LEGEND_LINE: i32 = 24;
const FOOT_LINE: i32 = 16;
const LABELS: u32 = 64;
/// Letters of a line below the plot.
const FOOT_LETTERS: usize = 145;

/// Marks along each curve, and what is left of its samples.
const MARKS: usize = 5;
const POINTS: usize = 240;

const INK: RGBColor = RGBColor(20, 20, 20);
const QUIET: RGBColor = RGBColor(95, 95, 95);
const RULE: RGBColor = RGBColor(225, 225, 225);

/// Returns the plot as SVG. `traces` are in the order of the allocators, none where the load failed; `origin` is the text below.
pub fn svg(load: &str, allocators: &[Allocator], traces: &[Option<&Trace>], origin: &str) -> Result<String> {
    let legend = i32::try_from(allocators.len().div_ceil(LEGEND_COLUMNS as usize))?;
    let top = TITLE + legend * LEGEND_LINE;
    let foot = top + CURVES + FOOT_LINE;
    let origin: Vec<String> = origin.lines().flat_map(wrapped).collect();
    let whole = foot + i32::try_from(origin.len())? * FOOT_LINE;
    let curves: Vec<Option<Vec<(f64, f64)>>> = traces.iter().map(|trace| Some(curve(&(*trace)?.samples))).collect();
    let points = || curves.iter().flatten().flatten();
    let last = points().map(|point| point.0).fold(0.1, f64::max);
    let most = points().map(|point| point.1).fold(0.1, f64::max) * 1.05;

    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, (WIDTH.unsigned_abs(), whole.unsigned_abs())).into_drawing_area();
    area.fill(&WHITE)?;
    let marks = marks::assign(allocators);
    marks::write(&area, &format!("{load}: RSS in MiB over time in seconds"), (12, 22), 22, INK, HPos::Left)?;

    let columns = (0..LEGEND_COLUMNS).map(|column| 22 + column * (WIDTH / LEGEND_COLUMNS));
    let places = (TITLE..).step_by(LEGEND_LINE as usize).flat_map(|y| columns.clone().map(move |x| (x, y)));
    for (at, (x, y)) in (0..allocators.len()).zip(places) {
        marks[at].draw(&area, (x, y))?;
        let told = match traces[at] {
            Some(trace) => format!("peak {:.1}, end {:.1}", mib(trace.peak_rss_kib), mib(trace.final_rss_kib)),
            None => "failed".to_owned(),
        };
        marks::write(&area, &format!("{}: {told}", allocators[at].name), (x + 14, y), 15, INK, HPos::Left)?;
    }

    let inner = area.clone().shrink((0, top), (WIDTH, CURVES));
    let mut chart = ChartBuilder::on(&inner)
        .margin_right(24)
        .x_label_area_size(32)
        .y_label_area_size(LABELS)
        .build_cartesian_2d(0.0..last, 0.0..most)?;
    chart.configure_mesh().bold_line_style(RULE).light_line_style(WHITE).label_style(("sans-serif", 14)).draw()?;
    // Quarry last, on top of the others.
    let mut order: Vec<usize> = (0..allocators.len()).collect();
    order.sort_by_key(|&at| allocators[at].own);
    for &at in &order {
        if let Some(curve) = &curves[at] {
            let width = if allocators[at].own { 3 } else { 2 };
            let line = PathElement::new(curve.clone(), marks[at].colour.stroke_width(width));
            chart.draw_series([line])?;
        }
    }
    for &at in &order {
        let Some(curve) = &curves[at] else { continue };
        for turn in 0..MARKS {
            let part = (turn as f64 + (at as f64 + 0.5) / allocators.len() as f64) / MARKS as f64;
            let length = curve.last().map_or(0.0, |point| point.0);
            let Some(point) = nearest(curve, part * length) else { continue };
            let (x, y) = chart.backend_coord(&point);
            marks[at].draw(&area, (x, y.max(top + RADIUS)))?;
        }
    }
    for (line, y) in origin.iter().zip((foot..).step_by(FOOT_LINE.unsigned_abs() as usize)) {
        marks::write(&area, line, (12, y), 13, QUIET, HPos::Left)?;
    }
    area.present()?;
    drop((chart, inner, area));
    Ok(text)
}

/// Breaks a line between words where it would leave the sheet.
fn wrapped(line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split_inclusive(' ') {
        match lines.last_mut() {
            Some(last) if last.len() + word.len() <= FOOT_LETTERS => last.push_str(word),
            _ => lines.push(format!("    {word}")),
        }
    }
    lines
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

fn curve(samples: &[Sample]) -> Vec<(f64, f64)> {
    thinned(samples, POINTS).iter().map(|sample| (sample.at, mib(sample.rss_kib))).collect()
}

/// Returns the point of a curve that is nearest to a time.
fn nearest(curve: &[(f64, f64)], time: f64) -> Option<(f64, f64)> {
    curve.iter().copied().min_by(|left, right| (left.0 - time).abs().total_cmp(&(right.0 - time).abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::board::tests::allocators;
    use crate::memory::trace::tests::trace;

    #[test]
    fn plot_names_the_load_every_allocator_and_what_failed() {
        let (base, own) = (trace(8192, 1024), trace(4096, 2048));
        let text = svg("free-all", &allocators(), &[Some(&base), Some(&own), None], "commit 123\n").unwrap();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        for word in
            ["free-all: RSS", "glibc: peak 8.0, end 1.0", "quarry: peak 4.0, end 2.0", "other: failed", "commit 123"]
        {
            assert!(text.contains(word), "{word}");
        }
    }

    /// A load that ended before the first sample, or failed everywhere, is no reason to end.
    #[test]
    fn plot_of_nothing_is_one() {
        assert!(svg("a", &allocators(), &[None, None, None], "").unwrap().contains("quarry: failed"));
    }

    #[test]
    fn wrapped_loses_no_word() {
        assert_eq!(wrapped("libc     glibc 2.36"), ["libc     glibc 2.36"]);
        let long = "word ".repeat(60);
        let lines = wrapped(&long);
        assert!(lines.len() == 3 && lines.iter().all(|line| line.len() <= FOOT_LETTERS + 4), "{lines:?}");
        assert_eq!(lines.concat().split_whitespace().count(), 60);
    }

    #[test]
    fn nearest_is_on_the_curve() {
        let curve = [(0.0, 1.0), (1.0, 2.0), (4.0, 3.0)];
        assert_eq!(nearest(&curve, 0.9), Some((1.0, 2.0)));
        assert_eq!(nearest(&curve, 9.0), Some((4.0, 3.0)));
        assert_eq!(nearest(&[], 9.0), None);
    }
}
