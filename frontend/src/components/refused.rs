//! Why a form was not answered as it was meant, as the address of its page says.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{Tone, banner, banners, prose};
use crate::markup::{changing, el, nothing};

/// The reason under `refused` in the address, with a title; nothing where there is none.
pub(crate) fn refused(title: &'static str) -> AnyView {
    let query = use_query_map();
    changing(move || match query.with(|query| query.get("refused")).filter(|reason| !reason.is_empty()) {
        Some(reason) => banners(vec![banner(Tone::Bad, title, el("p").child(prose(&reason)))]),
        None => nothing(),
    })
}
