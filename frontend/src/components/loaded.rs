//! What stands where data is fetched: a skeleton, the data, or the sentence that explains why there is none.

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::Tone;
use super::icon::icon;
use super::living::Shown;
use super::prose::prose;
use crate::api::ApiError;
use crate::data::{Data, Fetched, read};
use crate::markup::{El, div, el, link, span};

type Show = Arc<dyn Fn(Fetched) -> Result<AnyView, ApiError> + Send + Sync>;

/// Shows data, keeping the old content in place while it is fetched anew.
pub(crate) fn loaded<T: DeserializeOwned + 'static>(
    data: Data<T>,
    show: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    in_place(data.resource(), Arc::new(move |fetched| read(fetched).map(&show)), "h2")
}

/// The same for data that is the page: without it, why there is none is what the page is about.
pub(crate) fn loaded_page<T: DeserializeOwned + 'static>(
    data: Data<T>,
    show: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    in_place(data.resource(), Arc::new(move |fetched| read(fetched).map(&show)), "h1")
}

/// The same for a page about what is called `name` that looks again by itself: it is put together once, of parts that follow the answers.
pub(crate) fn living_page(name: Memo<String>, resource: Resource<Fetched>, show: fn(Shown) -> AnyView) -> AnyView {
    let content = move || {
        let shown = Memo::new(move |before: Option<&Option<Fetched>>| match (before, resource.get()) {
            // A portal that is being started anew takes nothing from under anybody's hands.
            (Some(Some(Ok(before))), Some(Err(error)))
                if error.status == 0 && before["name"] == name.get_untracked() =>
            {
                Some(Ok(before.clone()))
            }
            (_, now) => now,
        });
        // What changes seldom: whose page it is, or why there is none.
        let whose = Memo::new(move |_| shown.get().map(|shown| shown.map(|shown| shown["name"].clone())));
        let failed = move |error| failed(error, "h1", move || resource.refetch());
        whose.get().map(|whose| whose.map_or_else(failed, |_| show(shown)))
    };
    view! { <Transition fallback=skeleton>{content}</Transition> }.into_any()
}

// Not generic, so that there is one of it.
fn in_place(resource: Resource<Fetched>, show: Show, heading: &'static str) -> AnyView {
    let content = move || {
        let failed = move |error| failed(error, heading, move || resource.refetch());
        resource.get().map(|fetched| show(fetched).unwrap_or_else(failed))
    };
    view! { <Transition fallback=skeleton>{content}</Transition> }.into_any()
}

/// Lines where text will be.
fn skeleton() -> AnyView {
    let line = |width| el("li").child(span("skeleton").attr("style", format!("--w:{width}")));
    let lines: Vec<El> = ["48%", "72%", "36%", "64%"].into_iter().map(line).collect();
    let list = el("ul").class("list").child(lines);
    el("section").class("card").attr("aria-busy", "true").attr("aria-label", "Loading").child(list).view()
}

/// Why a page or a card has nothing to show.
fn failed(error: ApiError, heading: &'static str, retry: impl Fn() + 'static) -> AnyView {
    page_status(if error.status == 0 { 502 } else { error.status });
    let title = match error.status {
        404 => "There is no such thing here",
        0 => "The portal's API does not answer",
        _ => "The portal's API could not answer",
    };
    let again = el("button")
        .class("btn needs-script")
        .attr("data-size", "sm")
        .attr("type", "button")
        .on(ev::click, move |_| retry())
        .child(icon("refresh"))
        .child("Try again");
    let elsewhere = link("btn", "/catalog").attr("data-size", "sm").child("Go to the catalog");
    let said = div("empty")
        .attr("role", "alert")
        .child(span("tone").tone(Some(Tone::Bad)).child(icon("s-bad")))
        .child(el(heading).child(title))
        .child(el("p").child(prose(&error.message)))
        .child(div("row").child(again).child(elsewhere));
    el("section").class("card").child(said).view()
}

/// Gives the page that is being rendered an HTTP status. In the browser there is none to give.
pub(crate) fn page_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let (Some(options), Ok(status)) =
        (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(status))
    {
        options.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}
