//! The line below a figure that says how it came about.

use super::path;
use super::scale::Scale;
use crate::components::Tone;
use crate::markup::{El, drawing, shape};
use crate::text::number::decimal;

/// The plot's height, with room for half a dot above and below.
const TOP: f64 = 2.0;
const BOTTOM: f64 = 18.0;

/// A line from the oldest value to the newest; nothing where there are none.
pub(in crate::cards) fn trend(values: &[f64], tone: Option<Tone>) -> Option<El> {
    let (first, last) = (values.first()?, values.last()?);
    let points = points(values);
    let end = points.last().copied().map(path::dot);
    let count = values.len();
    let shows = match count {
        1 => decimal(*last),
        _ => format!("{count} values, from {} to {}", decimal(*first), decimal(*last)),
    };
    let line = (count > 1).then(|| shape("", path::line(&points)));
    let dot = end.map(|end| shape("dot", end));
    let svg = drawing("spark", "0 0 100 20", Some(("Trend".to_owned(), shows)));
    Some(svg.attr("preserveAspectRatio", "none").tone(tone).child(line).child(dot))
}

/// Where values stand: side by side, the lowest at the bottom. What does not change lies in the middle.
fn points(values: &[f64]) -> Vec<(f64, f64)> {
    let scale = Scale::between(values.iter().copied());
    let place = |index: usize| match values.len() {
        1 => 50.0,
        count => index as f64 / (count - 1) as f64 * 100.0,
    };
    let height = |value: f64| BOTTOM - scale.map_or(50.0, |scale| scale.height(value)) / 100.0 * (BOTTOM - TOP);
    values.iter().enumerate().map(|(index, value)| (place(index), height(*value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_fills_its_height_and_what_does_not_change_lies_in_the_middle() {
        for (values, expected) in [
            (&[3.0, -1.0, 1.0][..], &[(0.0, 2.0), (50.0, 18.0), (100.0, 10.0)][..]),
            (&[5.0, 5.0], &[(0.0, 10.0), (100.0, 10.0)]),
            (&[5.0], &[(50.0, 10.0)]),
        ] {
            assert_eq!(points(values), expected);
        }
    }

    #[test]
    fn without_values_there_is_no_line() {
        assert!(trend(&[], None).is_none());
    }
}
