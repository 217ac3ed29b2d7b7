//! Paths of shapes, in percent of the plot that they stand in.
//!
//! Rule: shapes stretch with their card, text does not; so a path knows no pixels, and what is round in it is drawn by
//! the ends of strokes.

use std::fmt::Write;

/// A line through points; a dot for a single one.
pub(super) fn line(points: &[(f64, f64)]) -> String {
    match points {
        [point] => dot(*point),
        points => through(points),
    }
}

fn through(points: &[(f64, f64)]) -> String {
    let mut path = String::with_capacity(points.len() * 12);
    for (index, (x, y)) in points.iter().enumerate() {
        let sign = if index == 0 { 'M' } else { 'L' };
        put(&mut path, sign, &[*x, *y]);
    }
    path
}

/// A dot: a line of no length, whose round ends meet.
pub(super) fn dot((x, y): (f64, f64)) -> String {
    let mut path = String::new();
    put(&mut path, 'M', &[x, y]);
    put(&mut path, 'h', &[0.0]);
    path
}

/// What lies between a line and its base; nothing for a single point.
pub(super) fn area(points: &[(f64, f64)], base: f64) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    if points.len() == 1 {
        return String::new();
    }
    let mut path = through(points);
    put(&mut path, 'L', &[last.0, base]);
    put(&mut path, 'L', &[first.0, base]);
    path.push('Z');
    path
}

/// A bar between two places, from a base to a height.
pub(super) fn bar((left, right): (f64, f64), base: f64, end: f64) -> String {
    let mut path = String::new();
    put(&mut path, 'M', &[left, base]);
    put(&mut path, 'V', &[end]);
    put(&mut path, 'H', &[right]);
    put(&mut path, 'V', &[base]);
    path.push('Z');
    path
}

/// A command with its numbers, to a hundredth: a tenth of a pixel in the widest plot.
fn put(path: &mut String, command: char, numbers: &[f64]) {
    path.push(command);
    for (index, number) in numbers.iter().enumerate() {
        if index > 0 {
            path.push(' ');
        }
        let rounded = (number * 100.0).round() / 100.0;
        // Neither says more than the other, but `-0` is longer.
        let rounded = if rounded == 0.0 { 0.0 } else { rounded };
        // A text takes whatever is written to it.
        let _ = write!(path, "{rounded}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_through_their_points() {
        for (points, path) in [
            (&[][..], ""),
            (&[(50.0, 20.0)], "M50 20h0"),
            (&[(0.0, 100.0), (33.333, 0.004), (100.0, -0.001)], "M0 100L33.33 0L100 0"),
        ] {
            assert_eq!(line(points), path);
        }
    }

    #[test]
    fn an_area_is_closed_at_its_base() {
        for (points, path) in
            [(&[][..], ""), (&[(50.0, 20.0)], ""), (&[(0.0, 10.0), (100.0, 20.0)], "M0 10L100 20L100 80L0 80Z")]
        {
            assert_eq!(area(points, 80.0), path);
        }
    }

    #[test]
    fn bars_rise_and_hang() {
        assert_eq!(bar((10.0, 20.0), 100.0, 25.0), "M10 100V25H20V100Z");
        assert_eq!(bar((10.0, 20.0), 50.0, 75.0), "M10 50V75H20V50Z");
    }
}
