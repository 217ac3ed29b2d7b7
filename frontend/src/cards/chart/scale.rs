//! Scales: where a value stands in a plot, and the round values that an axis names.
//!
//! Rule: an axis ends at round values, and of whole numbers it names whole numbers only.

use crate::text::number::magnitude;

/// About as many steps as stand in a plot of 140 px without crowding each other.
const STEPS: f64 = 4.0;

/// Beyond it, a difference of two values is no number any more.
const FARTHEST: f64 = 1e150;

/// An axis: from the lowest value to the highest, in even steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// An axis that holds these values. Bars and areas begin at nothing, or their sizes would lie; lines do so where
    /// that does not press them flat.
    pub(super) fn holding(values: impl Iterator<Item = f64> + Clone, must_begin_at_zero: bool) -> Scale {
        let is_whole = values.clone().all(|value| value.fract() == 0.0);
        let (mut low, mut high) = ends(values).unwrap_or((0.0, 1.0));
        let is_flat = high - low < low.abs().max(high.abs()) / 2.0;
        if must_begin_at_zero || !is_flat || low == high {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if low == high {
            high = 1.0;
        }
        let least = if is_whole { 1.0 } else { f64::MIN_POSITIVE };
        let mut step = round_step((high - low) / STEPS).max(least);
        // Ends that were moved out may ask for a longer step.
        for _ in 0..2 {
            (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
            step = round_step((high - low) / STEPS).max(step);
        }
        (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Scale { low, high, step }
    }

    /// From the lowest value to the highest, without an axis; none where all are the same.
    pub(super) fn between(values: impl Iterator<Item = f64>) -> Option<Scale> {
        let (low, high) = ends(values)?;
        (low < high).then_some(Scale { low, high, step: high - low })
    }

    /// From the bottom of the plot, in percent of its height.
    pub(super) fn height(&self, value: f64) -> f64 {
        (value.clamp(-FARTHEST, FARTHEST) - self.low) / (self.high - self.low) * 100.0
    }

    /// The value from which bars and areas begin.
    pub(super) fn base(&self) -> f64 {
        0.0_f64.clamp(self.low, self.high)
    }

    /// The values that are named, from the lowest to the highest.
    pub(super) fn ticks(&self) -> Vec<f64> {
        multiples(self.low, self.high, self.step)
    }

    /// The difference between two values that are named.
    pub(super) fn step(&self) -> f64 {
        self.step
    }
}

/// Where places are, from the left of the plot to its right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Span {
    /// A span that holds these places, with `room` at both ends. A single place stands in the middle.
    pub(super) fn holding(places: impl Iterator<Item = f64>, room: f64) -> Span {
        let (low, high) = ends(places).unwrap_or((0.0, 0.0));
        // Enough for the place not to swallow it: numbers have no more than sixteen digits.
        let room = if low == high { room.max(0.5).max(low.abs() / 2.0) } else { room };
        Span { low: low - room, high: high + room }
    }

    /// From the left of the plot, in percent of its width.
    pub(super) fn at(&self, place: f64) -> f64 {
        (place.clamp(-FARTHEST, FARTHEST) - self.low) / (self.high - self.low) * 100.0
    }

    /// Round places within the span.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let step = round_step((self.high - self.low) / STEPS);
        multiples(self.low, self.high, step)
    }
}

/// Lowest and highest; none of nothing.
fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.map(|value| value.clamp(-FARTHEST, FARTHEST)).fold(None, |ends, value| {
        ends.map_or(Some((value, value)), |(low, high)| Some((value.min(low), value.max(high))))
    })
}

/// The length of 1, 2 or 5 of a power of ten that is nearest to a raw one.
fn round_step(raw: f64) -> f64 {
    let power = 10_f64.powi(magnitude(raw));
    // Roots of 50, of 10 and of 2: geometric means of the neighbours, so that each step serves the lengths nearest to
    // it.
    let factor = match raw / power {
        7.07.. => 10.0,
        3.16.. => 5.0,
        1.41.. => 2.0,
        _ => 1.0,
    };
    factor * power
}

/// What of a step's multiples lies between two ends, both included.
fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    // What was added up in binary fractions may miss an end by a trifle.
    let (first, last) = ((low / step - 1e-6).ceil(), (high / step + 1e-6).floor());
    // Steps are a quarter of the span at least, so this is a small number.
    (0..=(last - first) as u32).map(|index| (first + f64::from(index)) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(values: &[f64], begins_at_zero: bool) -> Scale {
        Scale::holding(values.iter().copied(), begins_at_zero)
    }

    #[test]
    fn an_axis_ends_at_round_values() {
        for (values, begins_at_zero, ticks) in [
            (&[3.0, 366.0][..], false, &[0.0, 100.0, 200.0, 300.0, 400.0][..]),
            (&[95.2, 99.4], false, &[95.0, 96.0, 97.0, 98.0, 99.0, 100.0]),
            (&[95.2, 99.4], true, &[0.0, 20.0, 40.0, 60.0, 80.0, 100.0]),
            (&[-12.0, 30.0], false, &[-20.0, -10.0, 0.0, 10.0, 20.0, 30.0]),
            (&[-12.0, -3.0], true, &[-12.0, -10.0, -8.0, -6.0, -4.0, -2.0, 0.0]),
        ] {
            assert_eq!(scale(values, begins_at_zero).ticks(), ticks, "{values:?}");
        }
    }

    #[test]
    fn whole_numbers_are_not_cut() {
        for (values, ticks) in
            [(&[0.0, 1.0][..], &[0.0, 1.0][..]), (&[0.0, 2.0], &[0.0, 1.0, 2.0]), (&[0.0, 3.0], &[0.0, 1.0, 2.0, 3.0])]
        {
            assert_eq!(scale(values, true).ticks(), ticks);
        }
    }

    #[test]
    fn values_that_are_all_the_same_and_none_at_all_have_an_axis() {
        for (values, ticks) in [
            (&[][..], &[0.0, 1.0][..]),
            (&[0.0, 0.0], &[0.0, 1.0]),
            (&[5.0, 5.0], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
            (&[-4.0], &[-4.0, -3.0, -2.0, -1.0, 0.0]),
        ] {
            assert_eq!(scale(values, false).ticks(), ticks, "{values:?}");
        }
    }

    #[test]
    fn the_largest_numbers_there_are_stand_within_the_plot() {
        let scale = scale(&[f64::MAX, f64::MIN], false);
        for value in [f64::MAX, 0.0, f64::MIN] {
            assert!((0.0..=100.0).contains(&scale.height(value)), "{value}: {}", scale.height(value));
        }
        assert!(!scale.ticks().is_empty());
    }

    #[test]
    fn the_base_is_nothing_or_what_is_nearest_to_it() {
        for (values, base) in [(&[1.0, 9.0][..], 0.0), (&[95.5, 99.5], 95.0), (&[-9.5, -9.0], -9.0)] {
            assert_eq!(scale(values, false).base(), base, "{values:?}");
        }
    }

    #[test]
    fn places_run_from_edge_to_edge_and_a_single_one_stands_in_the_middle() {
        for (places, room, place, at) in [
            (&[0.0, 10.0][..], 0.0, 10.0, 100.0),
            (&[0.0, 3.0], 0.5, 0.0, 12.5),
            (&[7.0], 0.0, 7.0, 50.0),
            (&[1e18], 0.0, 1e18, 50.0),
        ] {
            assert_eq!(Span::holding(places.iter().copied(), room).at(place), at);
        }
        assert_eq!(Span { low: 0.7, high: 4.2 }.ticks(), [1.0, 2.0, 3.0, 4.0]);
    }
}
