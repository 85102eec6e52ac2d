//! The marks of a plot: a shape, a letter and a colour for each allocator, so that none is needed to tell them apart.

use std::f64::consts::{PI, TAU};

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::allocator::Allocator;

/// Half the width of a mark, in pixels.
pub const RADIUS: i32 = 7;

/// How one allocator is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub shape: Shape,
    pub letter: char,
    pub colour: RGBColor,
    /// Quarry's marks are full, those of its peers outlines.
    pub full: bool,
}

/// A polygon around a centre; `Circle` is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Circle,
    Square,
    Diamond,
    Up,
    Down,
    Hexagon,
    Pentagon,
    Left,
}

const SHAPES: [Shape; 8] = [
    Shape::Circle,
    Shape::Square,
    Shape::Diamond,
    Shape::Up,
    Shape::Down,
    Shape::Hexagon,
    Shape::Pentagon,
    Shape::Left,
];

/// Colours of Okabe and Ito, told apart by most people who see few; the yellow, too pale for a line, is left out.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(90, 90, 90),
];

const BLACK: RGBColor = RGBColor(20, 20, 20);

/// Writes a line of text whose middle is at the height of `at`.
pub fn write(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    text: &str,
    at: (i32, i32),
    size: i32,
    colour: RGBColor,
    side: HPos,
) -> Result<()> {
    let style = TextStyle::from(("sans-serif", size).into_font()).color(&colour).pos(Pos::new(side, VPos::Center));
    Ok(area.draw(&Text::new(text.to_owned(), at, style))?)
}

impl Mark {
    pub fn draw(&self, area: &DrawingArea<SVGBackend<'_>, Shift>, at: (i32, i32)) -> Result<()> {
        let (inside, letter) = if self.full { (self.colour, WHITE) } else { (WHITE, BLACK) };
        let corners = self.shape.corners(at);
        if corners.is_empty() {
            area.draw(&Circle::new(at, RADIUS, inside.filled()))?;
            area.draw(&Circle::new(at, RADIUS, self.colour.stroke_width(2)))?;
        } else {
            let around: Vec<(i32, i32)> = corners.iter().chain(corners.first()).copied().collect();
            area.draw(&Polygon::new(corners, inside.filled()))?;
            area.draw(&PathElement::new(around, self.colour.stroke_width(2)))?;
        }
        let at = (at.0, at.1 + self.shape.letter_offset());
        write(area, &self.letter.to_string(), at, 14, letter, HPos::Center)
    }
}

impl Shape {
    /// Returns the corners around `centre`, none for a circle.
    pub fn corners(self, centre: (i32, i32)) -> Vec<(i32, i32)> {
        let (count, turn, radius) = match self {
            Shape::Circle => return Vec::new(),
            Shape::Square => (4, PI / 4.0, 1.3),
            Shape::Diamond => (4, 0.0, 1.25),
            Shape::Up => (3, -PI / 2.0, 1.4),
            Shape::Down => (3, PI / 2.0, 1.4),
            Shape::Hexagon => (6, 0.0, 1.1),
            Shape::Pentagon => (5, -PI / 2.0, 1.15),
            Shape::Left => (3, PI, 1.4),
        };
        let radius = f64::from(RADIUS) * radius;
        let corner = |number: u32| {
            let angle = turn + TAU * f64::from(number) / f64::from(count);
            (centre.0 + (radius * angle.cos()).round() as i32, centre.1 + (radius * angle.sin()).round() as i32)
        };
        (0..count).map(corner).collect()
    }

    /// Returns how far below the centre the letter stands: the room in a triangle is not in its middle.
    pub fn letter_offset(self) -> i32 {
        match self {
            Shape::Up => 2,
            Shape::Down => -2,
            _ => 0,
        }
    }
}

/// Gives each allocator its mark: letters differ as long as there are names for it, shapes among the first eight peers.
pub fn assign(allocators: &[Allocator]) -> Vec<Mark> {
    let mut letters: Vec<char> = Vec::new();
    let mut peers = 0;
    allocators
        .iter()
        .map(|allocator| {
            let letter = letter(&allocator.name, allocator.own, &letters);
            letters.push(letter);
            if allocator.own {
                return Mark { shape: Shape::Circle, letter, colour: BLACK, full: true };
            }
            let (shape, colour) = (SHAPES[peers % SHAPES.len()], COLOURS[peers % COLOURS.len()]);
            peers += 1;
            Mark { shape, letter, colour, full: false }
        })
        .collect()
}

/// Returns the digit that ends `name`, else its first letter, else the first other one that is not taken; Quarry's are
/// capitals.
fn letter(name: &str, own: bool, taken: &[char]) -> char {
    let cased = |letter: char| if own { letter.to_ascii_uppercase() } else { letter };
    let digit = name.chars().next_back().filter(char::is_ascii_digit);
    digit.into_iter().chain(name.chars().map(cased)).find(|letter| !taken.contains(letter)).unwrap_or('?')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::tests::allocator;
    use std::collections::BTreeSet;

    /// Without colour, nothing else tells marks apart.
    #[test]
    fn marks_of_all_peers_differ_in_shape_and_letter() {
        let names = ["glibc", "jemalloc", "mimalloc2", "tcmalloc", "tbbmalloc", "mimalloc3", "snmalloc", "rpmalloc"];
        let mut all: Vec<Allocator> = names.iter().map(|name| allocator(name, false)).collect();
        all.insert(1, allocator("quarry", true));
        all.push(allocator("quick", true));
        let marks = assign(&all);
        let letters: String = marks.iter().map(|mark| mark.letter).collect();
        assert_eq!(letters, "gQj2tb3srU");
        let shapes: BTreeSet<String> =
            marks.iter().filter(|mark| !mark.full).map(|mark| format!("{:?}", mark.shape)).collect();
        assert_eq!(shapes.len(), names.len());
    }

    #[test]
    fn corners_are_around_the_centre() {
        for shape in SHAPES {
            for (x, y) in shape.corners((100, 50)) {
                assert!((x - 100).abs() <= 2 * RADIUS && (y - 50).abs() <= 2 * RADIUS, "{shape:?}");
            }
        }
    }
}
