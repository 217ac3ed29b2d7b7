//! What stands where data is fetched: a skeleton, the data, or the sentence that explains why there is none.

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::icon::icon;
use crate::api::ApiError;

/// Shows what a resource gives, keeping the old content in place while it is fetched anew.
#[component]
pub(crate) fn Loaded<T, F>(resource: Resource<Result<T, ApiError>>, show: F) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    F: Fn(T) -> AnyView + Send + Sync + Clone + 'static,
{
    view! {
        <Transition fallback=Skeleton>
            {move || {
                resource.get().map(|loaded| match loaded {
                    Ok(value) => show(value),
                    Err(error) => view! { <Failed error retry=move || resource.refetch()/> }.into_any(),
                })
            }}
        </Transition>
    }
    .into_any()
}

/// Lines where text will be.
#[component]
fn Skeleton() -> impl IntoView {
    let lines = ["48%", "72%", "36%", "64%"];
    view! {
        <section class="card" aria-busy="true" aria-label="Loading">
            <ul class="list">
                {lines.map(|width| view! { <li><span class="skeleton" style=format!("--w:{width}")></span></li> })}
            </ul>
        </section>
    }
}

/// Why a page or a card has nothing to show.
#[component]
pub(crate) fn Failed(error: ApiError, retry: impl Fn() + 'static) -> impl IntoView {
    page_status(if error.status == 0 { 502 } else { error.status });
    let title = match error.status {
        404 => "There is no such thing here",
        0 => "The portal's API does not answer",
        _ => "The portal's API could not answer",
    };
    view! {
        <section class="card">
            <div class="empty" role="alert">
                <span class="tone" data-tone="bad">{icon("s-bad")}</span>
                <b>{title}</b>
                <p>{error.message}</p>
                <div class="row">
                    <button class="btn needs-script" data-size="sm" type="button" on:click=move |_| retry()>
                        {icon("refresh")} "Try again"
                    </button>
                    <a class="btn" data-size="sm" href="/catalog">"Go to the catalog"</a>
                </div>
            </div>
        </section>
    }
    .into_any()
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
