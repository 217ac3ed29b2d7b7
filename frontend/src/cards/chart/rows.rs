//! Bars that lie, where the names of what they measure would not fit below them.

use portico_api_types::Chart;

use super::{category, painted, places, value_at};
use crate::markup::{El, div, el, span};
use crate::text::number::decimal;

/// Names with fewer letters stand below bars as they are.
const SHORT: usize = 8;

/// Whether bars lie: those of long names, none below nothing. Names and values are text, so no table repeats them.
pub(super) fn fits(chart: &Chart) -> bool {
    let mut points = chart.series.iter().flat_map(|series| &series.points);
    let is_named = |point: &(f64, f64)| point.1 >= 0.0 && category(chart, point.0).is_some();
    points.clone().all(is_named)
        && points.any(|point| category(chart, point.0).is_some_and(|name| name.chars().count() > SHORT))
}

/// The bars of each name: the name, and for each series a bar and its value.
pub(super) fn rows(chart: &Chart) -> El {
    let most = chart.series.iter().flat_map(|series| &series.points).fold(0.0_f64, |most, point| most.max(point.1));
    let row = |place: f64| {
        let name = category(chart, place).unwrap_or_default();
        let values = chart.series.iter().enumerate();
        let values = values.filter_map(|(index, series)| Some((index, series, value_at(series, place)?)));
        let bars = values.map(|(index, series, value)| {
            let share = if most > 0.0 { value / most * 100.0 } else { 0.0 };
            let bar = painted(el("i").attr("style", format!("--v:{share:.2}%")), index, series);
            let unit = chart.unit.as_deref().map(|unit| span("small muted").child(format!(" {unit}")));
            // Which series it is of, its colour says to those who see it.
            let series = (chart.series.len() > 1).then(|| span("visually-hidden").child(format!("{}: ", series.name)));
            div("hbar").child(bar).child(el("b").child(series).child(decimal(value)).child(unit))
        });
        el("li").child(span("truncate").title(name).child(name)).child(div("").child(bars.collect::<Vec<_>>()))
    };
    el("ul").class("lying").child(places(chart).into_iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use portico_api_types::{ChartKind, Series};

    use super::*;

    #[test]
    fn bars_lie_only_under_long_names() {
        let chart = |names: &[&str], series: &[&[(f64, f64)]]| Chart {
            kind: ChartKind::Bar,
            title: String::new(),
            x_is_time: false,
            categories: names.iter().map(|name| (*name).to_owned()).collect(),
            unit: None,
            series: series
                .iter()
                .map(|points| Series { name: String::new(), tone: None, points: points.to_vec() })
                .collect(),
        };
        for (names, series, expected) in [
            (&["payments-api", "ledger"][..], &[&[(0.0, 1.0), (1.0, 2.0)][..]][..], true),
            (&["Mon", "Tue"], &[&[(0.0, 1.0), (1.0, 2.0)]], false),
            (&["payments-api"], &[&[(0.0, -1.0)]], false),
            (&["payments-api"], &[&[(3.0, 1.0)]], false),
            (&["payments-api"], &[&[(0.0, 1.0)], &[(0.0, 1.0)]], true),
            (&[], &[&[(0.0, 1.0)]], false),
        ] {
            assert_eq!(fits(&chart(names, series)), expected, "{names:?}");
        }
    }
}
