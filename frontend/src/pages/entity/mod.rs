//! The page of one entity, whatever its kind.

mod attached;
mod definition;
mod expiry;
mod header;
mod history;
mod load;
mod overview;
mod problems;
mod raw;
mod relations;
mod standing;
mod values;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portico_api_types::{CardOffer, CardPlace, EntityValues, History};
use portico_model::EntityRef;

use crate::api::{ApiError, Path};
use crate::cards::{PRESSED, live_card};
use crate::components::{Crumb, Page, loaded, loaded_page, refused, tab as tab_link, tabs};
use crate::data::Data;
use crate::entity::href;
use crate::markup::{div, together};
use crate::text::kind;
use load::EntityPage;

/// The tabs, by the last part of the page's address.
const RELATIONS: &str = "relations";
const DEFINITION: &str = "definition";
const HISTORY: &str = "history";
const RAW: &str = "raw";

/// The page `/catalog/{namespace}/{kind}/{name}`, with the tab after it.
#[component]
pub(crate) fn EntityPageView() -> impl IntoView {
    let parameters = use_params_map();
    let part = move |name: &str| parameters.with(|parameters| parameters.get(name).unwrap_or_default());
    let tab = Memo::new(move |_| part("tab"));
    let reference = Memo::new(move |_| EntityRef::new(&part("kind"), &part("namespace"), &part("name")).ok());

    let page = Data::<EntityPage>::new(
        move || {
            reference
                .with(|reference| reference.as_ref().map(|reference| reference.as_str().to_owned()).unwrap_or_default())
        },
        |api, reference| async move {
            let reference = EntityRef::parse(&reference).map_err(|_| no_reference())?;
            EntityPage::fetch(&api, reference).await
        },
    );
    // Asked for only where it is shown.
    let history = Data::<History>::new(
        move || match (tab.get() == HISTORY, reference.get()) {
            (true, Some(reference)) => load::history_path(&reference),
            _ => String::new(),
        },
        |api, path| async move {
            if path.is_empty() { Ok(serde_json::json!({ "items": [] })) } else { api.get(&path).await }
        },
    );
    let values = Data::<EntityValues>::new(
        move || match (tab.get() == RAW, reference.get()) {
            (true, Some(reference)) => load::values_path(&reference),
            _ => String::new(),
        },
        |api, path| async move {
            if path.is_empty() { Ok(serde_json::json!({ "items": [] })) } else { api.get(&path).await }
        },
    );
    let crumbs = Signal::derive(move || {
        let (kind, name) = (part("kind"), part("name"));
        let of_kind = Path::new("/catalog").with("kind", &kind).to_string();
        vec![Crumb::link("Catalog", "/catalog"), Crumb::link(kind::many(&kind), of_kind), Crumb::here(name)]
    });
    view! {
        <Page crumbs>
            {refused(PRESSED)} {loaded_page(page, move |page| show(&page, &tab.get(), history, values))}
        </Page>
    }
}

/// The address of a card that is a tab: no word of the portal's own has a colon.
fn tab_of(card: &CardOffer) -> String {
    format!("{}:{}", card.plugin, card.id)
}

fn no_reference() -> ApiError {
    ApiError {
        status: 404,
        message: "The address names no entity. It reads /catalog/{namespace}/{kind}/{name}.".to_owned(),
    }
}

fn show(page: &EntityPage, tab: &str, history: Data<History>, values: Data<EntityValues>) -> AnyView {
    let base = href(&page.reference);
    let below = |tab: &str| format!("{base}/{tab}");
    let related = page.relations().iter().map(|group| group.targets.len()).sum();
    // A tab that this entity does not have shows the overview, whatever the address says.
    let definition = definition::of(page);
    let of_plugins = page.cards(CardPlace::Tab);
    let card = of_plugins.iter().find(|card| tab_of(card) == tab);
    let tab = match tab {
        tab if card.is_some() => tab,
        DEFINITION if definition.is_none() => "",
        RELATIONS | DEFINITION | HISTORY | RAW => tab,
        _ => "",
    };
    let all = [
        Some(tab_link("Overview", None, base.clone(), tab.is_empty())),
        definition.map(|_| tab_link("Definition", None, below(DEFINITION), tab == DEFINITION)),
        Some(tab_link("Relations", Some(related), below(RELATIONS), tab == RELATIONS)),
        Some(tab_link("History", None, below(HISTORY), tab == HISTORY)),
        Some(tab_link("Raw", None, below(RAW), tab == RAW)),
    ];
    let all = all.into_iter().flatten().chain(of_plugins.iter().map(|card| {
        let own = tab_of(card);
        tab_link(card.title.as_str(), None, below(&own), tab == own)
    }));
    let all = all.collect();
    let (banners, content) = match (tab, definition) {
        (DEFINITION, Some(definition)) => (problems::serious(page), definition::content(definition)),
        (RELATIONS, _) => (problems::serious(page), relations::content(page)),
        (_, _) if card.is_some() => {
            let card = card.map(|card| live_card(card.clone(), Some(page.reference.clone())));
            (problems::serious(page), div("stack").child(card).view())
        }
        (HISTORY, _) => (problems::serious(page), loaded(history, |history| history::content(&history))),
        (RAW, _) => {
            let values = loaded(values, |values| values::card(&values));
            (problems::serious(page), div("stack").child(raw::content(page)).child(values).view())
        }
        _ => (problems::all(page), overview::content(page, below(RELATIONS))),
    };
    together([
        header::head(page),
        expiry::banner(page),
        header::facts(page, &below(HISTORY)).view(),
        tabs("Views of this entity", all).view(),
        banners,
        content,
    ])
}
