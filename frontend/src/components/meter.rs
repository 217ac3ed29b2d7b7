//! How much of a limit is used.

use leptos::prelude::*;
use portico_api_types::PluginUse;

use crate::text::number::{bytes, percent};

/// From here on a limit is near enough to be told.
const NEAR: u64 = 85;

/// The most memory that a plugin held, beside what it may hold.
pub(crate) fn memory_meter(used: &PluginUse) -> AnyView {
    let share = percent(used.peak_memory, used.memory_limit);
    let tone = (share >= NEAR).then_some("warn");
    let label = format!("{share} percent of the limit");
    let text = format!("{} of {}", bytes(used.peak_memory), bytes(used.memory_limit));
    view! {
        <span class="row" data-nowrap="">
            <span class="meter" data-tone=tone style=format!("--v:{share}%;--mw:48px") role="img" aria-label=label></span>
            <span class="small subtle">{text}</span>
        </span>
    }
    .into_any()
}
