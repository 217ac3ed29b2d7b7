//! Lines, areas and bars on two axes.

use std::sync::Arc;

use portico_api_types::{Chart, ChartKind, Series, Timestamp};

use super::scale::{Scale, Span};
use super::{category, painted, path, places, time_axis, value_at};
use crate::components::Clock;
use crate::markup::{El, div, drawing, el, shape, span, together};
use crate::text::number::{decimal, on_axis};
use crate::text::time;

/// Of the room that a place has, what its bars take.
const BARS: f64 = 0.72;

/// In percent of the plot: bars that are broader are blocks.
const BROADEST: f64 = 9.0;

/// Places that are nearer to each other than a hundredth of the plot cannot be pointed at.
const MOST_TARGETS: usize = 100;

/// Days and clock times that stand beside each other in a narrow card.
const MOST_TIMES: usize = 6;

/// Letters of 11 px that stand beside each other in a card of middling width.
const LETTERS: usize = 64;

/// The plot with its axes.
pub(super) fn plot(chart: &Chart) -> El {
    let places = places(chart);
    let values = chart.series.iter().flat_map(|series| series.points.iter().map(|point| point.1));
    let scale = Scale::holding(values, chart.kind != ChartKind::Line);
    let room = room(chart, &places);
    let span = Span::holding(places.iter().copied(), room.unwrap_or(0.0) / 2.0);
    let slot = room.map_or(0.0, |room| span.at(span.low + room));

    let ticks = scale.ticks();
    let grid = ticks.iter().map(|tick| {
        let is_base = *tick == 0.0 && scale.ticks().first() != Some(tick);
        shape(
            if is_base { "grid base" } else { "grid" },
            path::line(&[(0.0, down(&scale, *tick)), (100.0, down(&scale, *tick))]),
        )
    });
    let svg = drawing("", "0 0 100 100", Some((chart.title.clone(), summary(chart))))
        .attr("preserveAspectRatio", "none")
        .child(grid.collect::<Vec<_>>())
        .child(shapes(chart, &scale, &span, slot));
    let plot = div("plot").child(svg).child(targets(chart, &places, &span));
    div("chart").child(heights(chart, &scale)).child(plot).child(below(chart, &places, &span, room))
}

/// How much room a place has, where places have room: under bars and categories, as much as there is to the nearest
/// neighbour.
fn room(chart: &Chart, places: &[f64]) -> Option<f64> {
    if !chart.categories.is_empty() {
        return Some(1.0);
    }
    if chart.kind != ChartKind::Bar {
        return None;
    }
    let nearest = places.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let all = places.last()? - places.first()?;
    if !nearest.is_finite() {
        return Some(1.0);
    }
    // Two places that nearly coincide would make hairs of all bars.
    Some(nearest.max(all / (places.len() as f64 * 3.0)))
}

/// From the top of the plot, in percent.
fn down(scale: &Scale, value: f64) -> f64 {
    100.0 - scale.height(value)
}

fn shapes(chart: &Chart, scale: &Scale, span: &Span, slot: f64) -> Vec<El> {
    let base = down(scale, scale.base());
    let mut shapes = Vec::new();
    // Lines stand on top of all areas.
    if chart.kind == ChartKind::Area {
        for (index, series) in chart.series.iter().enumerate() {
            shapes.push(painted(shape("area", path::area(&points(series, scale, span), base)), index, series));
        }
    }
    for (index, series) in chart.series.iter().enumerate() {
        let points = points(series, scale, span);
        match chart.kind {
            ChartKind::Bar => {
                let bars = bars(&points, base, slot, index, chart.series.len());
                shapes.push(painted(shape("bar", bars), index, series));
            }
            _ if points.len() == 1 => shapes.push(painted(shape("dot", path::line(&points)), index, series)),
            _ => shapes.push(painted(shape("line", path::line(&points)), index, series)),
        }
    }
    shapes
}

fn points(series: &Series, scale: &Scale, span: &Span) -> Vec<(f64, f64)> {
    series.points.iter().map(|(place, value)| (span.at(*place), down(scale, *value))).collect()
}

/// All bars of one series of so many, as one path.
fn bars(points: &[(f64, f64)], base: f64, slot: f64, index: usize, count: usize) -> String {
    let count = count as f64;
    let width = (slot * BARS / count).min(BROADEST);
    let left = width * (index as f64 - count / 2.0);
    // A little room between neighbours, as long as there is any.
    let gap = if width > 1.0 { width * 0.12 } else { 0.0 };
    points.iter().map(|(x, y)| path::bar((x + left + gap / 2.0, x + left + width - gap / 2.0), base, *y)).collect()
}

/// The names of heights, the highest first, with the unit at the top.
fn heights(chart: &Chart, scale: &Scale) -> El {
    let ticks = scale.ticks();
    let largest = ticks.iter().fold(0.0_f64, |most, tick| most.max(tick.abs()));
    let name = |tick: &f64| el("span").child(on_axis(*tick, scale.step(), largest));
    let names: Vec<El> = ticks.iter().rev().map(name).collect();
    div("y").attr("aria-hidden", "true").attr_some("title", chart.unit.as_deref()).child(names)
}

/// The names of places: of each that has room of its own, or of round ones between the first and the last.
fn below(chart: &Chart, places: &[f64], span: &Span, room: Option<f64>) -> El {
    let axis = div("x").attr("aria-hidden", "true");
    let nearest = match places.len() {
        1 => None,
        _ => room,
    };
    // One that stands alone is named as it is, whatever is round near it.
    let names_places = room.is_some() || places.len() == 1;
    if !chart.x_is_time {
        let ticks = if names_places { places.to_vec() } else { span.ticks() };
        let names: Vec<String> =
            ticks.iter().map(|tick| category(chart, *tick).map_or_else(|| decimal(*tick), str::to_owned)).collect();
        let every = if names_places { every(&names) } else { 1 };
        let width = room.map(|room| span.at(span.low + room) * every as f64);
        let labels = ticks.iter().zip(&names).step_by(every);
        return axis.child(labels.map(|(tick, name)| label(span.at(*tick), name, width)).collect::<Vec<_>>());
    }
    let (span, clock, places) = (*span, Clock::from_context(), places.to_vec());
    axis.child_with(move || {
        let offset = offset(clock, span.high).unwrap_or(0);
        let named = if names_places {
            let name = |at: &f64| (*at, time_axis::place(*at, nearest, offset));
            places.iter().step_by(places.len().div_ceil(MOST_TIMES)).map(name).collect()
        } else {
            time_axis::ticks(span.low, span.high, offset)
        };
        together(named.into_iter().map(|(at, name)| label(span.at(at), &name, None).view()))
    })
}

fn label(at: f64, name: &str, width: Option<f64>) -> El {
    let width = width.map_or(String::new(), |width| format!(";--w:{width:.2}%"));
    // One in the middle of its own room is cut where that ends; others that would stand out of the card end at the
    // plot's edge.
    let is_at_edge = width.is_empty() && at > 95.0;
    el("span").flag("data-end", is_at_edge).attr("style", format!("--x:{at:.2}%{width}")).title(name).child(name)
}

/// Names that would crowd each other are left out: each so many-th stays.
fn every(names: &[String]) -> usize {
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) + 1;
    // A name may be cut to a dozen letters before others have to give way.
    (names.len() * longest.min(12)).div_ceil(LETTERS).max(1)
}

/// Says that names are in UTC, for as long as they are.
pub(super) fn zone(chart: &Chart) -> El {
    let places = places(chart);
    let (low, high) = (places.first().copied().unwrap_or(0.0), places.last().copied().unwrap_or(0.0));
    let clock = Clock::from_context();
    // What stands alone is named by its hour too.
    let names_hours = time_axis::names_hours(low, high);
    span("subtle").text_with(move || {
        let is_utc = names_hours && offset(clock, high).is_none();
        if is_utc { "UTC" } else { "" }.to_owned()
    })
}

fn offset(clock: Clock, at: f64) -> Option<i32> {
    clock.offset(Timestamp::from_millisecond(at as i64).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// What shows on pointing at a place: its name, and the value of each series.
fn targets(chart: &Chart, places: &[f64], span: &Span) -> Vec<El> {
    if places.len() > MOST_TARGETS {
        return Vec::new();
    }
    let middles: Vec<f64> = places.windows(2).map(|pair| f64::midpoint(span.at(pair[0]), span.at(pair[1]))).collect();
    let clock = Clock::from_context();
    let target = |(index, place): (usize, &f64)| {
        let left = index.checked_sub(1).map_or(0.0, |before| middles[before]);
        let right = middles.get(index).copied().unwrap_or(100.0);
        // Of the target's own width.
        let at = (span.at(*place) - left) / (right - left) * 100.0;
        let style = format!("--x:{left:.2}%;--w:{:.2}%;--at:{at:.1}%", right - left);
        let target = el("i").class("target").attr("aria-hidden", "true").attr("style", style);
        let values = values(chart, *place);
        match Timestamp::from_millisecond(*place as i64) {
            Ok(at) if chart.x_is_time => {
                let values: Arc<str> = values.into();
                target.attr_with("title", move || Some(format!("{}\n{values}", time::full(at, clock.offset(at)))))
            }
            _ => {
                let name = category(chart, *place).map_or_else(|| decimal(*place), str::to_owned);
                target.title(format!("{name}\n{values}"))
            }
        }
    };
    places.iter().enumerate().map(target).collect()
}

fn values(chart: &Chart, place: f64) -> String {
    let said = chart.series.iter().filter_map(|series| Some((series, value_at(series, place)?)));
    said.map(|(series, value)| format!("{}: {}", series.name, with_unit(chart, value))).collect::<Vec<_>>().join("\n")
}

fn with_unit(chart: &Chart, value: f64) -> String {
    match chart.unit.as_deref() {
        Some(unit) => format!("{} {unit}", decimal(value)),
        None => decimal(value),
    }
}

/// What the drawing shows, for those who do not see it.
fn summary(chart: &Chart) -> String {
    let kind = match chart.kind {
        ChartKind::Line => "Lines",
        ChartKind::Area => "Areas",
        ChartKind::Bar => "Bars",
        ChartKind::Donut => "Parts of a ring",
    };
    let series = chart.series.iter().map(|series| match series.points.as_slice() {
        [] => format!("{}: no values", series.name),
        [only] => format!("{}: {}", series.name, with_unit(chart, only.1)),
        [first, .., last] => {
            let least = series.points.iter().fold(f64::INFINITY, |least, point| least.min(point.1));
            let most = series.points.iter().fold(f64::NEG_INFINITY, |most, point| most.max(point.1));
            let [first, last, least, most] = [first.1, last.1, least, most].map(|value| with_unit(chart, value));
            format!("{}: from {first} to {last}, lowest {least}, highest {most}", series.name)
        }
    });
    format!("{kind}. {}.", series.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_crowd_each_other_are_left_out() {
        let names = |count: usize, name: &str| vec![name.to_owned(); count];
        for (names, expected) in [
            (names(7, "Mon"), 1),
            (names(12, "Jan"), 1),
            (names(24, "14"), 2),
            (names(10, "payments-router"), 2),
            (vec![], 1),
        ] {
            assert_eq!(every(&names), expected, "{names:?}");
        }
    }

    #[test]
    fn bars_of_several_series_stand_beside_each_other_around_their_place() {
        for (index, count, expected) in
            [(0, 1, "M46.04 100V20H53.96V100Z"), (0, 2, "M42.22 100V20H49.5V100Z"), (1, 2, "M50.5 100V20H57.78V100Z")]
        {
            assert_eq!(bars(&[(50.0, 20.0)], 100.0, 23.0, index, count), expected);
        }
    }

    #[test]
    fn room_reaches_to_the_nearest_neighbour_and_hairs_are_avoided() {
        let chart = |kind, categories| Chart {
            kind,
            title: String::new(),
            x_is_time: false,
            categories,
            unit: None,
            series: Vec::new(),
        };
        for (kind, places, expected) in [
            (ChartKind::Bar, &[0.0, 2.0, 3.0][..], Some(1.0)),
            (ChartKind::Bar, &[0.0, 0.001, 9.0], Some(1.0)),
            (ChartKind::Bar, &[5.0], Some(1.0)),
            (ChartKind::Bar, &[], None),
            (ChartKind::Line, &[0.0, 2.0], None),
        ] {
            assert_eq!(room(&chart(kind, Vec::new()), places), expected, "{places:?}");
        }
        assert_eq!(room(&chart(ChartKind::Line, vec!["a".to_owned()]), &[0.0]), Some(1.0));
    }
}
