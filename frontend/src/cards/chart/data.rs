//! The values of a chart as a table, for who does not see it and for who wants to know them exactly.

use leptos::prelude::*;
use portico_api_types::{Chart, ChartKind, Series, Timestamp};

use super::{category, places, time_axis, value_at};
use crate::components::{Clock, cell, dash, head, head_of_numbers, row, row_head, table};
use crate::markup::{El, div, el};
use crate::text::number::{counted, decimal};

/// A longer table is not read, and its weight is that of all the page.
const MOST_ROWS: usize = 200;

/// The table, folded.
pub(super) fn table_of_values(chart: &Chart) -> El {
    let (table, left_out) = match chart.kind {
        ChartKind::Donut => (parts(chart), 0),
        ChartKind::Line | ChartKind::Area | ChartKind::Bar => by_place(chart),
    };
    let left_out = (left_out > 0).then(|| {
        let count = counted(left_out as u64, "earlier row", "earlier rows");
        el("p").class("small muted part").child(format!("{count} are left out."))
    });
    let summary = el("summary").child("Show as a table");
    el("details").class("chart-table").child(summary).child(div("chart-rows").child(table).child(left_out))
}

fn parts(chart: &Chart) -> El {
    let line = |series: &Series| {
        let value = series.points.first().map(|point| decimal(point.1));
        row(vec![row_head("").child(series.name.as_str()), number(value)])
    };
    let heads = vec![head("Part", None), head_of_numbers(chart.unit.as_deref().unwrap_or("Value"), None)];
    table(&chart.title, heads, chart.series.iter().map(line).collect())
}

/// A row for each place, and how many are left out: the first ones, which of times are the oldest.
fn by_place(chart: &Chart) -> (El, usize) {
    let places = places(chart);
    let left_out = places.len().saturating_sub(MOST_ROWS);
    let title = |series: &Series| match chart.unit.as_deref() {
        Some(unit) => format!("{}, {unit}", series.name),
        None => series.name.clone(),
    };
    let first = if chart.x_is_time { "Time" } else { "Place" };
    let heads = chart.series.iter().map(|series| head_of_numbers(&title(series), None));
    let heads = std::iter::once(head(first, None)).chain(heads).collect();
    let line = |place: &f64| {
        let values = chart.series.iter().map(|series| number(value_at(series, *place).map(decimal)));
        row(std::iter::once(row_head("").child(name(chart, *place))).chain(values).collect())
    };
    (table(&chart.title, heads, places[left_out..].iter().map(line).collect()), left_out)
}

fn name(chart: &Chart, place: f64) -> AnyView {
    match (category(chart, place), Timestamp::from_millisecond(place as i64)) {
        (Some(category), _) => category.to_owned().into_any(),
        (None, Ok(at)) if chart.x_is_time => {
            let clock = Clock::from_context();
            let text = move || {
                let offset = clock.offset(at);
                format!(
                    "{}{}",
                    time_axis::in_full(place, offset.unwrap_or(0)),
                    if offset.is_none() { " UTC" } else { "" }
                )
            };
            el("time").attr("datetime", at.to_string()).text_with(text).view()
        }
        _ => decimal(place).into_any(),
    }
}

fn number(value: Option<String>) -> El {
    match value {
        Some(value) => cell("num", None).child(value),
        None => cell("num", None).child(dash()),
    }
}
