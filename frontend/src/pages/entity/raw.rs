//! The last tab: the entity as the catalog holds it.

use leptos::prelude::*;

use super::load::EntityPage;
use crate::components::{Card, code, copy_button, icon};
use crate::markup::{span, way_out};
use crate::yaml;

/// The tab.
pub(super) fn content(page: &EntityPage) -> AnyView {
    let lines = yaml::lines(&page.entity.0);
    let text: String =
        lines.iter().flat_map(|line| line.iter().map(|piece| piece.text.as_str()).chain(["\n"])).collect();
    let copy = copy_button(text);
    let json =
        way_out("btn", super::load::api_path(&page.reference)).attr("data-size", "sm").child(icon("out")).child("JSON");
    let aside = span("push row").child(copy).child(json).view();
    Card::titled("As the catalog holds it").aside(aside).holding(code(lines))
}
