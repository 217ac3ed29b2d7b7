//! A ring, each series a part of it.

use portico_api_types::{Chart, Series};

use super::painted;
use crate::markup::{El, div, drawing, el, shape, span};
use crate::text::number::decimal;

/// The whole ring, from the top as clocks go. Parts are dashes on it.
const RING: &str = "M56 8A48 48 0 0 1 56 104A48 48 0 0 1 56 8";

/// Of the turn: two pixels between parts.
const GAP: f64 = 0.007;

/// The ring with the whole in its middle, and what each part is.
pub(super) fn donut(chart: &Chart) -> El {
    let sizes: Vec<f64> = chart.series.iter().map(size).collect();
    let whole: f64 = sizes.iter().sum();
    let parts = arcs(&sizes).into_iter().zip(&chart.series).enumerate();
    let parts = parts.filter_map(|(index, (arc, series))| {
        let (from, length) = arc?;
        // The ring is of length 1, and the space after a dash longer than what is left of it.
        let part = shape("arc", RING)
            .attr("pathLength", "1")
            .attr("stroke-dasharray", format!("{length:.4} 2"))
            .attr("stroke-dashoffset", format!("{:.4}", -from));
        Some(painted(part, index, series))
    });
    let ring = drawing("", "0 0 112 112", Some((chart.title.clone(), summary(chart, whole))))
        .child(shape("ring", RING))
        .child(parts.collect::<Vec<_>>());
    let unit = chart.unit.as_deref().map(|unit| el("span").child(unit));
    let middle = div("whole").attr("aria-hidden", "true").child(el("b").child(decimal(whole))).child(unit);
    let entry = |(index, series): (usize, &Series)| {
        let share = span("subtle share").child(percent(size(series), whole));
        let name = span("grow break").child(series.name.as_str());
        el("li")
            .child(painted(el("i"), index, series))
            .child(name)
            .child(el("b").child(decimal(size(series))))
            .child(share)
    };
    let legend = el("ul").class("legend").attr("data-stack", "");
    let legend = legend.child(chart.series.iter().enumerate().map(entry).collect::<Vec<_>>());
    div("donut").child(div("donut-ring").child(ring).child(middle)).child(legend)
}

/// A part is no smaller than nothing.
fn size(series: &Series) -> f64 {
    series.points.first().map_or(0.0, |point| point.1).clamp(0.0, 1e150)
}

/// Where each part begins and how long it is, in shares of the turn; none for what is nothing of the whole.
fn arcs(sizes: &[f64]) -> Vec<Option<(f64, f64)>> {
    let whole: f64 = sizes.iter().sum();
    let is_alone = sizes.iter().filter(|size| **size > 0.0).count() == 1;
    let gap = if is_alone { 0.0 } else { GAP };
    let mut from = 0.0;
    let arc = |size: &f64| {
        let share = if whole > 0.0 { size / whole } else { 0.0 };
        let begin = from;
        from += share;
        // A part that is smaller than the gap is still seen.
        (share > 0.0).then(|| (begin, (share - gap).max(share / 2.0)))
    };
    sizes.iter().map(arc).collect()
}

fn percent(size: f64, whole: f64) -> String {
    let share = if whole > 0.0 { size / whole * 100.0 } else { 0.0 };
    // What is there is not told as nothing, and what is missing not as all.
    match share {
        0.0 => "0 %".to_owned(),
        0.0..0.5 => "< 1 %".to_owned(),
        99.5..100.0 => "> 99 %".to_owned(),
        share => format!("{share:.0} %"),
    }
}

fn summary(chart: &Chart, whole: f64) -> String {
    let part = |series: &Series| format!("{}: {}", series.name, percent(size(series), whole));
    let parts = chart.series.iter().map(part).collect::<Vec<_>>().join("; ");
    format!("Parts of {}. {parts}.", decimal(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_a_ring_and_a_single_one_is_closed() {
        for (sizes, expected) in [
            (&[1.0, 1.0][..], &[Some((0.0, 0.5 - GAP)), Some((0.5, 0.5 - GAP))][..]),
            (&[0.0, 3.0], &[None, Some((0.0, 1.0))]),
            (&[1000.0, 1.0], &[Some((0.0, 1000.0 / 1001.0 - GAP)), Some((1000.0 / 1001.0, 0.5 / 1001.0))]),
            (&[0.0, 0.0], &[None, None]),
            (&[], &[]),
        ] {
            assert_eq!(arcs(sizes), expected);
        }
    }

    #[test]
    fn a_share_is_never_told_as_nothing_or_all_where_it_is_not() {
        for (size, whole, text) in [
            (0.0, 10.0, "0 %"),
            (0.01, 10.0, "< 1 %"),
            (3.3, 10.0, "33 %"),
            (9.99, 10.0, "> 99 %"),
            (10.0, 10.0, "100 %"),
            (0.0, 0.0, "0 %"),
        ] {
            assert_eq!(percent(size, whole), text);
        }
    }
}
