//! The plot of a bench: a row for each load, a mark for each allocator at its ratio to the best peer, on a log scale.
//!
//! It is read without colour: each allocator has a shape of its own and a letter in it, which the legend explains.
//! Marks that would cover each other stand in lanes below each other.

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::marks::{self, Mark, RADIUS};
use crate::score::{Best, Board, Line, Place, Score};
use crate::table::times;

/// What is plotted.
#[derive(Clone, Copy)]
pub enum Quantity {
    Time,
    Rss,
}

impl Quantity {
    fn title(self) -> &'static str {
        match self {
            Quantity::Time => "Time on each load, divided by the best peer's (log scale, left is faster)",
            Quantity::Rss => "Peak RSS on each load, divided by the lowest peer's (log scale, left is smaller)",
        }
    }

    fn of(self, place: &Place) -> f64 {
        match self {
            Quantity::Time => place.time,
            Quantity::Rss => place.rss,
        }
    }

    fn score(self, score: &Score) -> Option<f64> {
        match self {
            Quantity::Time => score.time,
            Quantity::Rss => score.rss,
        }
    }

    fn best(self, line: &Line) -> Option<String> {
        let (Best { peer, value }, digits, unit) = match self {
            Quantity::Time => (line.fastest.as_ref()?, 3, "s"),
            Quantity::Rss => (line.smallest.as_ref()?, 1, "MiB"),
        };
        Some(format!("{peer} {value:.digits$} {unit}"))
    }
}

/// Pixels: the columns of names, marks and figures, and what stands above and below the rows.
const WIDTH: i32 = 1240;
const LEFT: i32 = 210;
const RIGHT: i32 = 960;
const TITLE: i32 = 52;
const LEGEND_COLUMNS: i32 = 5;
const LEGEND_LINE: i32 = 24;
const AXIS: i32 = 26;
const LANE: i32 = 2 * RADIUS + 2;
const ROW_EDGE: i32 = 5;
const FOOT_LINE: i32 = 16;
/// The figure of a mark that is off the scale.
const FIGURE: i32 = 36;
/// The label of a tick.
const TICK_LABEL: i32 = 30;

/// Where the scale ends for those that are far behind; they stand at its edge with their figure.
const FARTHEST: f64 = 10.0;

const TICKS: [f64; 17] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0];

const INK: RGBColor = RGBColor(20, 20, 20);
const QUIET: RGBColor = RGBColor(95, 95, 95);
const RULE: RGBColor = RGBColor(205, 205, 205);
const BAND: RGBColor = RGBColor(246, 246, 246);

/// The scale from ratios to pixels.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// Holds all ratios and some way to each side of 1.
    fn of(ratios: impl Iterator<Item = f64>) -> Scale {
        let (low, high) = ratios.fold((0.8f64, 1.5f64), |(low, high), ratio| (low.min(ratio), high.max(ratio)));
        Scale { low: low / 1.05, high: (high * 1.05).min(FARTHEST) }
    }

    fn x(&self, ratio: f64) -> i32 {
        let part = (ratio.min(self.high) / self.low).ln() / (self.high / self.low).ln();
        LEFT + (part * f64::from(RIGHT - LEFT)).round() as i32
    }

    /// Returns the ticks whose labels have room, chosen outwards from 1, in ascending order.
    fn ticks(&self) -> Vec<f64> {
        let there = |tick: &f64| (self.low..=self.high).contains(tick);
        let mut kept = vec![1.0];
        let (below, above): (Vec<f64>, Vec<f64>) = TICKS.into_iter().filter(there).partition(|&tick| tick < 1.0);
        for tick in below.into_iter().rev().chain(above) {
            if kept.iter().all(|&other| (self.x(tick) - self.x(other)).abs() >= TICK_LABEL) {
                kept.push(tick);
            }
        }
        kept.sort_by(f64::total_cmp);
        kept
    }
}

/// A mark in its row: whose it is, where, and in which lane.
#[derive(Clone, Debug, PartialEq)]
struct Spot {
    allocator: usize,
    /// Its middle.
    x: i32,
    /// What of the row is covered: the mark, and the figure of one that is off the scale.
    from: i32,
    to: i32,
    lane: usize,
}

impl Spot {
    fn new(allocator: usize, ratio: f64, scale: &Scale) -> Spot {
        let x = scale.x(ratio);
        let figure = if ratio > scale.high { FIGURE } else { 0 };
        Spot { allocator, x, from: x - RADIUS - figure, to: x + RADIUS, lane: 0 }
    }

    fn covers(&self, other: &Spot) -> bool {
        self.lane == other.lane && self.from <= other.to && other.from <= self.to
    }
}

/// Gives each mark of a row the first lane in which it covers none before it.
fn lanes(spots: impl IntoIterator<Item = Spot>) -> Vec<Spot> {
    let mut placed: Vec<Spot> = Vec::new();
    for mut spot in spots {
        // At most as many lanes as marks.
        while placed.iter().any(|other| other.covers(&spot)) {
            spot.lane += 1;
        }
        placed.push(spot);
    }
    placed
}

/// Returns the height of a row of marks.
fn height(spots: &[Spot]) -> i32 {
    let lanes = spots.iter().map(|spot| spot.lane + 1).max().unwrap_or(1);
    i32::try_from(lanes).unwrap_or(1) * LANE + 2 * ROW_EDGE
}

/// Returns the plot as SVG; `origin` is the text below it.
pub fn svg(board: &Board, scores: &[Score], quantity: Quantity, origin: &str) -> Result<String> {
    let places = board.lines.iter().flat_map(|line| line.places.iter().flatten());
    let scale = Scale::of(places.map(|place| quantity.of(place)));
    // Quarry first: it keeps the top lane, where the eye finds it.
    let mut order: Vec<usize> = (0..board.allocators.len()).collect();
    order.sort_by_key(|&at| !board.allocators[at].own);
    let spots = |line: &Line| {
        lanes(order.iter().filter_map(|&at| Some(Spot::new(at, quantity.of(line.places[at].as_ref()?), &scale))))
    };
    let rows: Vec<Vec<Spot>> = board.lines.iter().map(spots).collect();
    let legend = i32::try_from(order.len())?.div_euclid(LEGEND_COLUMNS) + 1;
    let top = TITLE + legend * LEGEND_LINE + AXIS;
    let bottom = top + rows.iter().map(|spots| height(spots)).sum::<i32>();
    let foot = bottom + AXIS + FOOT_LINE;
    let whole = foot + i32::try_from(origin.lines().count())? * FOOT_LINE;

    let mut text = String::new();
    let sheet = Sheet {
        area: SVGBackend::with_string(&mut text, (WIDTH.unsigned_abs(), whole.unsigned_abs())).into_drawing_area(),
        marks: marks::assign(&board.allocators),
        scale,
        quantity,
    };
    sheet.area.fill(&WHITE)?;
    sheet.write(quantity.title(), (12, 22), 22, INK, HPos::Left)?;
    sheet.legend(board, scores, &order)?;
    let mut y = top;
    for (number, spots) in rows.iter().enumerate() {
        if number % 2 == 0 {
            sheet.area.draw(&Rectangle::new([(0, y), (WIDTH, y + height(spots))], BAND.filled()))?;
        }
        y += height(spots);
    }
    sheet.axis(top, bottom)?;
    y = top;
    for (line, spots) in board.lines.iter().zip(&rows) {
        sheet.row(board, line, spots, y)?;
        y += height(spots);
    }
    for (line, y) in origin.lines().zip((foot..).step_by(FOOT_LINE.unsigned_abs() as usize)) {
        sheet.write(line, (12, y), 13, QUIET, HPos::Left)?;
    }
    sheet.area.present()?;
    drop(sheet);
    Ok(text)
}

/// What is drawn on, and with what.
struct Sheet<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    marks: Vec<Mark>,
    scale: Scale,
    quantity: Quantity,
}

impl Sheet<'_> {
    fn write(&self, text: &str, at: (i32, i32), size: i32, colour: RGBColor, side: HPos) -> Result<()> {
        marks::write(&self.area, text, at, size, colour, side)
    }

    fn legend(&self, board: &Board, scores: &[Score], order: &[usize]) -> Result<()> {
        let columns = (0..LEGEND_COLUMNS).map(|column| 22 + column * (WIDTH / LEGEND_COLUMNS));
        let places = (TITLE..).step_by(LEGEND_LINE as usize).flat_map(|y| columns.clone().map(move |x| (x, y)));
        for (&at, (x, y)) in order.iter().zip(places) {
            self.marks[at].draw(&self.area, (x, y))?;
            let mean = times(self.quantity.score(&scores[at]));
            self.write(&format!("{}, mean {mean}", board.allocators[at].name), (x + 14, y), 16, INK, HPos::Left)?;
        }
        Ok(())
    }

    /// Draws the ticks through all rows, 1 above all others: who is left of it is ahead of every peer.
    fn axis(&self, top: i32, bottom: i32) -> Result<()> {
        for tick in self.scale.ticks() {
            let x = self.scale.x(tick);
            let style = if tick == 1.0 { INK.stroke_width(2) } else { RULE.stroke_width(1) };
            self.area.draw(&PathElement::new([(x, top), (x, bottom)], style))?;
            for y in [top - 10, bottom + 12] {
                self.write(&tick.to_string(), (x, y), 15, INK, HPos::Center)?;
            }
        }
        for (x, side, text) in [(LEFT - 16, HPos::Right, "load"), (RIGHT + 16, HPos::Left, "best peer")] {
            self.write(text, (x, top - 10), 15, QUIET, side)?;
        }
        self.write("Quarry", (WIDTH - 12, top - 10), 15, QUIET, HPos::Right)
    }

    fn row(&self, board: &Board, line: &Line, spots: &[Spot], top: i32) -> Result<()> {
        let middle = top + height(spots) / 2;
        self.write(&line.load, (LEFT - 16, middle), 16, INK, HPos::Right)?;
        let best = self.quantity.best(line).unwrap_or_else(|| "none finished".to_owned());
        self.write(&best, (RIGHT + 16, middle), 15, QUIET, HPos::Left)?;
        if let Some(at) = board.allocators.iter().position(|allocator| allocator.own) {
            let ratio = times(line.places[at].as_ref().map(|place| self.quantity.of(place)));
            self.write(&ratio, (WIDTH - 12, middle), 16, INK, HPos::Right)?;
        }
        for spot in spots {
            let y = top + ROW_EDGE + LANE / 2 + i32::try_from(spot.lane)? * LANE;
            let ratio = line.places[spot.allocator].as_ref().map(|place| self.quantity.of(place));
            if let Some(ratio) = ratio.filter(|&ratio| ratio > self.scale.high) {
                let text = format!("{ratio:.0}×");
                self.write(&text, (spot.x - RADIUS - 4, y), 14, INK, HPos::Right)?;
            }
            self.marks[spot.allocator].draw(&self.area, (spot.x, y))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::tests::{allocator, cell};

    #[test]
    fn lanes_keep_marks_apart_and_start_at_the_top() {
        let scale = Scale { low: 0.5, high: 4.0 };
        let ratios = [1.0, 1.01, 3.0, 1.02, 3.9, 50.0];
        let spots = lanes(ratios.iter().enumerate().map(|(at, &ratio)| Spot::new(at, ratio, &scale)));
        let places: Vec<usize> = spots.iter().map(|spot| spot.lane).collect();
        assert_eq!(places, [0, 1, 0, 2, 0, 1]);
        for (number, left) in spots.iter().enumerate() {
            assert!(spots[number + 1..].iter().all(|right| !left.covers(right)));
        }
    }

    /// The labels of ticks would cover each other on a wide scale; 1 is never left out.
    #[test]
    fn ticks_keep_their_distance() {
        for (low, high) in [(0.1, 10.0), (0.76, 1.5), (0.5, 4.0)] {
            let scale = Scale { low, high };
            let ticks = scale.ticks();
            assert!(ticks.contains(&1.0));
            assert!(ticks.windows(2).all(|pair| scale.x(pair[1]) - scale.x(pair[0]) >= TICK_LABEL), "{ticks:?}");
        }
    }

    #[test]
    fn scale_is_logarithmic_and_ends_where_it_is_cut() {
        let scale = Scale::of([0.5, 2.0, 400.0].into_iter());
        assert_eq!(scale.x(scale.low), LEFT);
        assert_eq!(scale.x(400.0), RIGHT);
        let halves = [0.5, 1.0, 2.0].map(|ratio| scale.x(ratio));
        assert!((halves[1] - halves[0] - (halves[2] - halves[1])).abs() <= 1, "{halves:?}");
    }

    #[test]
    fn plot_names_loads_allocators_and_what_is_off_the_scale() {
        let allocators = [allocator("glibc", false), allocator("quarry", true), allocator("slow", false)];
        let cells = [
            cell("a/2", "glibc", 2.0, 8.0),
            cell("a/2", "quarry", 1.0, 10.0),
            cell("a/2", "slow", 80.0, 10.0),
            cell("b", "quarry", 1.0, 10.0),
        ];
        let board = Board::of(&cells, &["a/2", "b"], &allocators);
        let text = svg(&board, &board.scores(), Quantity::Time, "commit 123\n").unwrap();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        for word in ["a/2", "glibc, mean 1.00", "quarry, mean 0.50", "40×", "none finished", "commit 123"] {
            assert!(text.contains(word), "{word}");
        }
    }
}
