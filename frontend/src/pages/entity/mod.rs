//! The page of one entity, whatever its kind.

mod header;
mod load;
mod overview;
mod problems;
mod raw;
mod relations;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portico_model::EntityRef;

use crate::api::{Api, ApiError, Path};
use crate::components::{Crumb, Loaded, Page, Tab, Tabs};
use crate::entity::href;
use crate::text::kind;
use load::EntityPage;

/// The tabs, by the last part of the page's address.
const RELATIONS: &str = "relations";
const RAW: &str = "raw";

/// The page `/catalog/{namespace}/{kind}/{name}`, with the tab after it.
#[component]
pub(crate) fn EntityPageView() -> impl IntoView {
    let parameters = use_params_map();
    let part = move |name: &str| parameters.with(|parameters| parameters.get(name).unwrap_or_default());
    let tab = Memo::new(move |_| part("tab"));
    let reference = Memo::new(move |_| EntityRef::new(&part("kind"), &part("namespace"), &part("name")).ok());

    let api = Api::from_context();
    let page = Resource::new(
        move || reference.get(),
        move |reference| {
            let api = api.clone();
            async move {
                match reference {
                    Some(reference) => EntityPage::fetch(&api, reference).await,
                    None => Err(no_reference()),
                }
            }
        },
    );
    let crumbs = Signal::derive(move || {
        let (kind, name) = (part("kind"), part("name"));
        let of_kind = Path::new("/catalog").with("kind", &kind).to_string();
        vec![Crumb::link("Catalog", "/catalog"), Crumb::link(kind::many(&kind), of_kind), Crumb::here(name)]
    });
    view! { <Page crumbs><Loaded resource=page show=move |page| show(&page, &tab.get())/></Page> }
}

fn no_reference() -> ApiError {
    ApiError {
        status: 404,
        message: "The address names no entity. It reads /catalog/{namespace}/{kind}/{name}.".to_owned(),
    }
}

fn show(page: &EntityPage, tab: &str) -> AnyView {
    let base = href(&page.reference);
    let below = |tab: &str| format!("{base}/{tab}");
    let related = page.relations().iter().map(|group| group.targets.len()).sum();
    let tabs = vec![
        Tab { text: "Overview", count: None, href: base.clone(), is_current: tab != RELATIONS && tab != RAW },
        Tab { text: "Relations", count: Some(related), href: below(RELATIONS), is_current: tab == RELATIONS },
        Tab { text: "Raw", count: None, href: below(RAW), is_current: tab == RAW },
    ];
    let content = match tab {
        RELATIONS => relations::tab(page),
        RAW => raw::tab(page),
        _ => overview::tab(page, below(RELATIONS)),
    };
    view! {
        {header::head(page)}
        {header::facts(page)}
        <Tabs tabs label="Views of this entity"/>
        {problems::banners(page)}
        {content}
    }
    .into_any()
}
