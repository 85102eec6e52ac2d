//! Medians, ratios and geometric means: what is made of the runs before anybody reads them.

use serde::Serialize;

/// The middle and the ends of some measurements of one quantity, in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// Returns the spread of `values`, or `None` if there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Spread> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Some(Spread { median: median(&sorted)?, min: *sorted.first()?, max: *sorted.last()? })
    }
}

/// Returns the median of ascending values: the middle one, or the mean of the middle two.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(sorted[sorted.len() / 2 - 1], upper))
}

/// Returns `value / base`, or `None` where that means nothing.
pub fn ratio(value: f64, base: f64) -> Option<f64> {
    (value > 0.0 && base > 0.0).then(|| value / base)
}

/// Returns the geometric mean of positive ratios, or `None` if there are none: the only mean that says the same
/// whichever of two allocators is the base.
pub fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    if ratios.is_empty() {
        return None;
    }
    let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    Some((sum / ratios.len() as f64).exp())
}

/// Returns the indices `0..count` rotated left by `turn`: over `count` turns each stands once in each place.
pub fn rotation(count: usize, turn: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |place| (place + turn) % count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The median does not depend on the order of the runs, and one slow run does not move it.
    #[test]
    fn spread_of_odd_count_takes_the_middle() {
        let spread = Spread::of([3.0, 100.0, 1.0]).unwrap();
        assert_eq!((spread.median, spread.min, spread.max), (3.0, 1.0, 100.0));
    }

    #[test]
    fn spread_of_even_count_takes_the_mean_of_the_middle_two() {
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 50.0]).unwrap().median, 3.0);
    }

    #[test]
    fn spread_of_nothing_is_none() {
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn ratio_without_a_base_is_none() {
        assert_eq!(ratio(3.0, 2.0), Some(1.5));
        assert_eq!(ratio(3.0, 0.0), None);
        assert_eq!(ratio(0.0, 2.0), None);
    }

    /// Twice as fast here and twice as slow there is level.
    #[test]
    fn geometric_mean_of_inverse_ratios_is_one() {
        assert!((geometric_mean(&[2.0, 0.5]).unwrap() - 1.0).abs() < 1e-12);
        assert!((geometric_mean(&[8.0, 1.0, 1.0]).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(geometric_mean(&[]), None);
    }

    /// Each allocator runs first, second, … equally often.
    #[test]
    fn rotation_over_all_turns_puts_each_in_each_place() {
        for count in 1..6 {
            for place in 0..count {
                let mut seen: Vec<usize> = (0..count).map(|turn| rotation(count, turn).nth(place).unwrap()).collect();
                seen.sort_unstable();
                assert_eq!(seen, (0..count).collect::<Vec<_>>());
            }
        }
    }
}
