//! The last tab: the entity as the catalog holds it.

use leptos::prelude::*;

use super::load::EntityPage;
use crate::api::encode;
use crate::components::{Card, CopyButton, code, icon};
use crate::yaml;

/// The tab.
pub(super) fn tab(page: &EntityPage) -> AnyView {
    let lines = yaml::lines(&page.entity.0);
    let text: String =
        lines.iter().flat_map(|line| line.iter().map(|piece| piece.text.as_str()).chain(["\n"])).collect();
    let parts = [page.reference.kind(), page.reference.namespace(), page.reference.name()].map(encode).join("/");
    let json = format!("/api/catalog/entities/by-name/{parts}");
    let aside = view! {
        <span class="push row">
            <CopyButton text/>
            <a class="btn" data-size="sm" href=json rel="external">{icon("out")} "JSON"</a>
        </span>
    };
    Card::titled("As the catalog holds it").aside(aside).holding(view! {{code(lines)}})
}
