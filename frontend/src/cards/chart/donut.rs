//! A ring, each series a part of it.

use portico_api_types::{Chart, Series};

use super::{painted, path};
use crate::markup::{El, div, drawing, el, shape, span};
use crate::text::number::decimal;

/// In the drawing's own measure, which is that of its size on the page.
const CENTRE: f64 = 56.0;
const RADIUS: f64 = 48.0;

/// Of the turn: two pixels between parts.
const GAP: f64 = 0.007;

/// The ring with the whole in its middle, and what each part is.
pub(super) fn donut(chart: &Chart) -> El {
    let sizes: Vec<f64> = chart.series.iter().map(size).collect();
    let whole: f64 = sizes.iter().sum();
    let parts = arcs(&sizes).into_iter().zip(&chart.series).enumerate();
    let parts = parts.filter_map(|(index, (arc, series))| Some(painted(shape("arc", arc?), index, series)));
    let ring = drawing("", "0 0 112 112", Some((chart.title.clone(), summary(chart, whole))))
        .child(shape("ring", path::arc(CENTRE, RADIUS, 0.0, 1.0)))
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

/// The path of each part; none for what is nothing of the whole.
fn arcs(sizes: &[f64]) -> Vec<Option<String>> {
    let whole: f64 = sizes.iter().sum();
    let is_alone = sizes.iter().filter(|size| **size > 0.0).count() == 1;
    let gap = if is_alone { 0.0 } else { GAP };
    let mut from = 0.0;
    let arc = |size: &f64| {
        let share = if whole > 0.0 { size / whole } else { 0.0 };
        let begin = from;
        from += share;
        // A part that is smaller than the gap is still seen.
        (share > 0.0).then(|| path::arc(CENTRE, RADIUS, begin, begin + (share - gap).max(share / 2.0)))
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
        for (sizes, begins) in [
            (&[1.0, 1.0][..], &[Some("M56 8"), Some("M56 104")][..]),
            (&[0.0, 3.0], &[None, Some("M56 8")]),
            (&[0.0, 0.0], &[None, None]),
            (&[], &[]),
        ] {
            let arcs = arcs(sizes);
            assert_eq!(arcs.len(), begins.len());
            for (arc, begin) in arcs.iter().zip(begins) {
                assert_eq!(arc.is_some(), begin.is_some());
                assert!(arc.as_deref().unwrap_or_default().starts_with(begin.unwrap_or_default()), "{arc:?}");
            }
        }
        assert_eq!(arcs(&[3.0]), [Some(path::arc(CENTRE, RADIUS, 0.0, 1.0))]);
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
