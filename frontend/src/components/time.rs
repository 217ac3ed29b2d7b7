//! Times: UTC in what the server writes, the reader's own clock once script runs.

use jiff::tz::Offset;
use leptos::prelude::*;
use portico_api_types::Timestamp;

use crate::markup::el;
use crate::text::time;

/// Whether times are shown on the reader's clock yet.
///
/// The first rendering in the browser has to repeat what the server wrote, so it begins in UTC and turns after that.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    local: RwSignal<bool>,
}

impl Clock {
    /// Puts a clock into the context of the whole application.
    pub(crate) fn provide() -> Clock {
        let clock = Clock { local: RwSignal::new(false) };
        provide_context(clock);
        // Effects run in the browser only, after the page was taken over.
        Effect::new(move || clock.local.set(true));
        clock
    }

    /// The clock of this application.
    pub(crate) fn from_context() -> Clock {
        use_context().unwrap_or_else(Clock::provide)
    }

    /// Minutes east of Greenwich at a time; none while times are shown in UTC.
    pub(crate) fn offset(self, at: Timestamp) -> Option<i32> {
        self.local.get().then(|| browser_offset(at))
    }
}

/// The time now.
pub(crate) fn now() -> Timestamp {
    #[cfg(feature = "ssr")]
    return Timestamp::now();
    #[cfg(not(feature = "ssr"))]
    return Timestamp::from_millisecond(js_sys::Date::now() as i64).unwrap_or(Timestamp::UNIX_EPOCH);
}

fn browser_offset(at: Timestamp) -> i32 {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.as_millisecond() as f64));
    // The browser counts westward.
    let minutes = -date.get_timezone_offset();
    if minutes.is_finite() && minutes.abs() * 60.0 <= f64::from(Offset::MAX.seconds()) { minutes as i32 } else { 0 }
}

/// A time, short, with the whole of it as a tooltip.
pub(crate) fn time(at: Timestamp) -> AnyView {
    let clock = Clock::from_context();
    el("time")
        .attr("datetime", at.to_string())
        .attr_with("title", move || Some(time::full(at, clock.offset(at))))
        .text_with(move || time::short(at, now(), clock.offset(at)))
        .view()
}

/// A time, or what is said where there is none.
pub(crate) fn time_or(at: Option<Timestamp>, otherwise: &str) -> AnyView {
    at.map_or_else(|| otherwise.to_owned().into_any(), time)
}
