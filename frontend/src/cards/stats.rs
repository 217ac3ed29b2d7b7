//! Figures to be seen at a glance, and how far things are.

use portico_api_types::{CardTone, Gauge, Stat};

use super::address::{leads, way_if};
use super::chart;
use super::tone::{coloured, mark_if_any};
use crate::markup::{El, div, el, span};

/// Figures beside each other, each with its trend below it.
pub(super) fn stats(stats: &[Stat]) -> El {
    div("figures").child(stats.iter().map(figure).collect::<Vec<_>>())
}

fn figure(stat: &Stat) -> El {
    let unit = stat.unit.as_deref().map(|unit| span("small muted").child(format!(" {unit}")));
    let value = el("b").child(stat.value.as_str()).child(unit);
    let value = way_if("cover", stat.url.as_deref()).child(value);
    let is_link = stat.url.as_deref().is_some_and(leads);
    let said = div("figure-value").child(value).child(mark_if_any(stat.tone));
    div(if is_link { "figure list-link" } else { "figure" })
        .child(span("").child(stat.label.as_str()))
        .child(said)
        .child(chart::trend(&stat.trend, coloured(stat.tone)))
}

/// How far things are, a bar each with what is said of it.
pub(super) fn gauges(gauges: &[Gauge]) -> El {
    el("ul").class("gauges").child(gauges.iter().map(gauge).collect::<Vec<_>>())
}

fn gauge(gauge: &Gauge) -> El {
    let percent = format!("{:.1}", gauge.value.clamp(0.0, 1.0) * 100.0);
    // Nothing in particular is drawn like what is under way: the portal's colour of quantities.
    let tone = coloured(gauge.tone).or(coloured(CardTone::Info));
    let bar = div("progress")
        .attr("role", "meter")
        .attr("aria-label", gauge.label.as_str())
        .attr("aria-valuemin", "0")
        .attr("aria-valuemax", "100")
        .attr("aria-valuenow", percent.as_str())
        .attr("aria-valuetext", gauge.said.as_str())
        .child(el("i").tone(tone).attr("style", format!("--v:{percent}%")));
    let said = span("gauge-said").child(mark_if_any(gauge.tone)).child(gauge.said.as_str());
    el("li").child(span("break").child(gauge.label.as_str())).child(said).child(bar)
}
