//! Charts: shapes in a drawing that stretches with its card, words beside it that do not.
//!
//! Rule: nothing is in a drawing alone. Its values stand in a table below it as well, and series differ by more than
//! their colours.

mod data;
mod donut;
mod path;
mod plot;
mod rows;
mod scale;
mod time_axis;
mod trend;

use portico_api_types::{Chart, ChartKind, Series};

use super::tone::coloured;
use crate::components::Tone;
use crate::markup::{El, div, el, span};

pub(super) use trend::trend;

/// Colours that tell series apart; further ones begin anew, in a second set.
const COLOURS: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

/// A chart with its legend, and its values as a table.
pub(crate) fn chart(chart: &Chart) -> El {
    let figure = el("figure").class("chart-figure").attr("aria-label", chart.title.as_str());
    if chart.series.iter().all(|series| series.points.is_empty()) {
        return figure.child(el("p").class("text muted").child("There are no values to show."));
    }
    let figure = match chart.kind {
        ChartKind::Donut => figure.child(donut::donut(chart)),
        ChartKind::Bar if rows::fits(chart) => {
            let legend = (chart.series.len() > 1).then(|| legend(chart));
            return figure.child(rows::rows(chart)).child(legend);
        }
        ChartKind::Bar | ChartKind::Line | ChartKind::Area => figure.child(plot::plot(chart)).child(legend(chart)),
    };
    figure.child(data::table_of_values(chart))
}

/// What the series are called. In what they are drawn stands before each.
fn legend(chart: &Chart) -> El {
    let has_lines = chart.kind != ChartKind::Bar;
    let entry = |(index, series): (usize, &Series)| {
        let none = series.points.is_empty().then(|| span("subtle").child(", no values"));
        let unit = chart.unit.as_deref().filter(|_| index == 0).map(|unit| span("subtle").child(format!(", {unit}")));
        let mark = painted(el("i").flag("data-line", has_lines), index, series);
        el("li").child(mark).child(el("span").child(series.name.as_str()).child(unit).child(none))
    };
    let entries: Vec<El> = chart.series.iter().enumerate().map(entry).collect();
    let list = el("ul").class("legend").child(entries);
    if chart.x_is_time { div("legend-row").child(list).child(plot::zone(chart)) } else { list }
}

/// Gives something the colour of its series: that of its tone, or that of its place among the series; and a dash of its
/// own.
fn painted(element: El, index: usize, series: &Series) -> El {
    let tone = series.tone.map(|tone| coloured(tone).unwrap_or(Tone::Idle));
    let colour = tone.is_none().then(|| COLOURS[index % COLOURS.len()]);
    element
        .tone(tone)
        .attr_some("data-colour", colour)
        .flag("data-again", tone.is_none() && index >= COLOURS.len())
        // Three patterns: with six colours they do not meet again within twelve series.
        .attr_some("data-dash", [None, Some("long"), Some("short")][(index + index / COLOURS.len()) % 3])
}

/// Every place that a series has a point at, from the first to the last.
fn places(chart: &Chart) -> Vec<f64> {
    let mut places: Vec<f64> =
        chart.series.iter().flat_map(|series| series.points.iter().map(|point| point.0)).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    places
}

/// The value of a series at a place.
fn value_at(series: &Series, place: f64) -> Option<f64> {
    series.points.iter().find(|point| point.0 == place).map(|point| point.1)
}

/// The category at a place, where the chart has categories.
fn category(chart: &Chart, place: f64) -> Option<&str> {
    let index = (place >= 0.0 && place.fract() == 0.0).then_some(place as usize)?;
    chart.categories.get(index).map(String::as_str)
}
