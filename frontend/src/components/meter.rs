//! How much of a limit is used.

use portico_api_types::PluginUse;

use super::Tone;
use crate::markup::{El, span};
use crate::text::number::{bytes, percent};

/// From here on a limit is near enough to be told.
const NEAR: u64 = 85;

/// The most memory that a plugin held, beside what it may hold.
pub(crate) fn memory_meter(used: &PluginUse) -> El {
    let share = percent(used.peak_memory, used.memory_limit);
    let meter = span("meter")
        .tone((share >= NEAR).then_some(Tone::Warn))
        .attr("style", format!("--v:{share}%;--mw:48px"))
        .attr("role", "img")
        .attr("aria-label", format!("{share} percent of the limit"));
    let text = span("small subtle").child(format!("{} of {}", bytes(used.peak_memory), bytes(used.memory_limit)));
    span("row").flag("data-nowrap", true).child(meter).child(text)
}
