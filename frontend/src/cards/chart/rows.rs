//! Bars that lie, where the names of what they measure would not fit below them.

use portico_api_types::{Chart, Series};

use super::{category, painted};
use crate::markup::{El, el, span};
use crate::text::number::decimal;

/// Names with fewer letters stand below bars as they are.
const SHORT: usize = 8;

/// Whether bars lie: those of one series of long names, none below nothing. Names and values are text, so no table repeats them.
pub(super) fn fits(chart: &Chart) -> bool {
    let [series] = chart.series.as_slice() else { return false };
    let is_long = |point: &(f64, f64)| category(chart, point.0).is_some_and(|name| name.chars().count() > SHORT);
    series.points.iter().all(|point| point.1 >= 0.0 && category(chart, point.0).is_some())
        && series.points.iter().any(is_long)
}

/// A row for each name: the name, its bar, its value.
pub(super) fn rows(chart: &Chart) -> El {
    let most = chart.series.iter().flat_map(|series| &series.points).fold(0.0_f64, |most, point| most.max(point.1));
    let row = |series: &Series, (place, value): (f64, f64)| {
        let name = category(chart, place).unwrap_or_default();
        let share = if most > 0.0 { value / most * 100.0 } else { 0.0 };
        let bar = painted(el("i").attr("style", format!("--v:{share:.2}%")), 0, series);
        let unit = chart.unit.as_deref().map(|unit| span("small muted").child(format!(" {unit}")));
        let value = el("b").child(decimal(value)).child(unit);
        el("li").child(span("truncate").title(name).child(name)).child(bar).child(value)
    };
    let rows = chart.series.iter().flat_map(|series| series.points.iter().map(|point| row(series, *point)));
    el("ul").class("hbars wide").child(rows.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use portico_api_types::ChartKind;

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
            (&["payments-api"], &[&[(0.0, 1.0)], &[(0.0, 1.0)]], false),
            (&[], &[&[(0.0, 1.0)]], false),
        ] {
            assert_eq!(fits(&chart(names, series)), expected, "{names:?}");
        }
    }
}
