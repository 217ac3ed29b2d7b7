//! The palette: anything within two words and a key.
//!
//! Without script its opener is a link to the search page, which answers the same question.

use std::time::Duration;

use leptos::ev;
use leptos::html;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use portico_api_types::{Hit, KindOrigin, SearchResults};
use portico_model::EntityRef;
use wasm_bindgen::JsCast;

use super::alert;
use super::icon::icon;
use crate::api::{Api, Path};
use crate::entity::href;
use crate::markup::{div, el, span, together};
use crate::text::kind;
use crate::vocabulary::Vocabulary;

/// Long enough that a word is typed without a request for each letter, short enough not to be noticed.
const PAUSE: Duration = Duration::from_millis(120);

/// Hits that are read at a glance.
const HITS: &str = "8";

/// Opens the palette from anywhere.
#[derive(Clone, Copy)]
pub(crate) struct Palette {
    dialog: NodeRef<html::Dialog>,
    input: NodeRef<html::Input>,
    mac: RwSignal<bool>,
}

impl Palette {
    /// Puts the palette into the context and listens for its keys.
    pub(crate) fn provide() {
        let palette = Palette { dialog: NodeRef::new(), input: NodeRef::new(), mac: RwSignal::new(false) };
        provide_context(palette);
        Effect::new(move || {
            palette.mac.set(is_mac());
            let listener = window_event_listener(ev::keydown, move |event| {
                if opens(&event) {
                    event.prevent_default();
                    palette.open();
                }
            });
            on_cleanup(move || listener.remove());
        });
    }

    /// The palette of this application.
    pub(crate) fn from_context() -> Palette {
        expect_context()
    }

    /// Shows the dialog with the words selected, so that typing begins anew.
    pub(crate) fn open(self) {
        let Some(dialog) = self.dialog.get_untracked() else { return };
        if dialog.open() || dialog.show_modal().is_err() {
            return;
        }
        if let Some(input) = self.input.get_untracked() {
            input.select();
        }
    }

    /// The keys that open it, as this machine prints them.
    pub(crate) fn shortcut(self) -> &'static str {
        if self.mac.get() { "⌘K" } else { "Ctrl K" }
    }

    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }
}

/// Control or Command with K anywhere, and a slash outside of fields.
fn opens(event: &web_sys::KeyboardEvent) -> bool {
    let modified = event.ctrl_key() || event.meta_key();
    match event.key().as_str() {
        "k" | "K" => modified && !event.alt_key() && !event.shift_key(),
        "/" => !modified && !event.alt_key() && !is_typing(event),
        _ => false,
    }
}

fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
    element.is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || element.is_content_editable()
    })
}

fn is_mac() -> bool {
    window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"))
}

/// One line of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    glyph: &'static str,
    text: String,
    hint: String,
    href: String,
}

impl Item {
    fn place(glyph: &'static str, text: &str, href: &str) -> Item {
        Item { glyph, text: text.to_owned(), hint: "page".to_owned(), href: href.to_owned() }
    }

    fn hit(hit: Hit) -> Option<Item> {
        let reference = EntityRef::parse(&hit.entity_ref).ok()?;
        let hint = match &hit.entity_type {
            Some(entity_type) => format!("{} · {entity_type}", kind::one(&hit.kind)),
            None => kind::one(&hit.kind),
        };
        Some(Item { glyph: kind::glyph(&hit.kind), text: hit.title, hint, href: href(&reference) })
    }
}

/// The places one can jump to, as far as they match the words.
fn places(words: &str) -> Vec<Item> {
    let pages = [
        Item::place("catalog", "Catalog", "/catalog"),
        Item::place("runs", "Runs", "/runs"),
        Item::place("source", "Sources", "/sources"),
        Item::place("plug", "Plugins", "/plugins"),
    ];
    let own = Vocabulary::get();
    let own = own.kinds().iter().filter(|kind| kind.origin != KindOrigin::BuiltIn).map(|kind| kind.name.as_str());
    let names = portico_model::Kinds::built_in().iter().map(|kind| kind.name.as_str()).chain(own);
    let kinds = names.map(|name| Item {
        glyph: kind::glyph(name),
        text: kind::many(name),
        hint: "kind".to_owned(),
        href: Path::new("/catalog").with("kind", &name.to_lowercase()).to_string(),
    });
    let words = words.trim().to_lowercase();
    let all = pages.into_iter().chain(kinds);
    if words.is_empty() {
        all.collect()
    } else {
        all.filter(|item| item.text.to_lowercase().starts_with(&words)).collect()
    }
}

/// The line that leads to the search page.
fn more(words: &str) -> Item {
    Item {
        glyph: "search",
        text: format!("All results for “{words}”"),
        hint: "search".to_owned(),
        href: Path::new("/search").with("q", words).to_string(),
    }
}

/// The dialog. It stands in the page closed.
#[component]
pub(crate) fn PaletteDialog() -> impl IntoView {
    let palette = Palette::from_context();
    let api = Api::from_context();
    let words = RwSignal::new(String::new());
    let hits = RwSignal::new(Vec::<Hit>::new());
    let failure = RwSignal::new(None::<String>);
    let selected = RwSignal::new(0_usize);
    let pending = StoredValue::new(None::<TimeoutHandle>);

    let items = Memo::new(move |_| {
        let words = words.get();
        let found = hits.get().into_iter().filter_map(Item::hit);
        let search = (!words.trim().is_empty()).then(|| more(words.trim()));
        places(&words).into_iter().chain(found).chain(search).collect::<Vec<_>>()
    });

    let look_up = move |asked: String| {
        let api = api.clone();
        spawn_local(async move {
            let path = Path::new("/api/portico/search").with("q", &asked).with("limit", HITS);
            let answer = api.get::<SearchResults>(&path.to_string()).await;
            // What was typed since has an answer of its own.
            if words.with_untracked(|words| words.trim() != asked) {
                return;
            }
            match answer {
                Ok(results) => hits.set(results.items),
                Err(error) => failure.set(Some(error.message)),
            }
        });
    };
    let typed = move |text: String| {
        if let Some(timer) = pending.get_value() {
            timer.clear();
        }
        selected.set(0);
        failure.set(None);
        let asked = text.trim().to_owned();
        words.set(text);
        if asked.is_empty() {
            hits.set(Vec::new());
            return;
        }
        let look_up = look_up.clone();
        pending.set_value(set_timeout_with_handle(move || look_up(asked), PAUSE).ok());
    };

    let navigate = use_navigate();
    let go = move |index: usize| {
        if let Some(item) = items.with_untracked(|items| items.get(index).cloned()) {
            palette.close();
            navigate(&item.href, Default::default());
        }
    };
    let key = {
        let go = go.clone();
        move |event: web_sys::KeyboardEvent| {
            let count = items.with_untracked(Vec::len).max(1);
            let at = selected.get_untracked();
            let next = match event.key().as_str() {
                "ArrowDown" => (at + 1) % count,
                "ArrowUp" => (at + count - 1) % count,
                "Enter" => {
                    event.prevent_default();
                    return go(at);
                }
                _ => return,
            };
            event.prevent_default();
            selected.set(next);
            reveal(next);
        }
    };

    let failed = alert(move || failure.get());
    let lines = move || {
        let lines = items.get().into_iter().enumerate();
        together(lines.map(|(index, item)| line(index, item, selected, go.clone())))
    };
    let list = el("ul")
        .class("listbox")
        .attr("id", "palette-list")
        .attr("role", "listbox")
        .attr("aria-label", "Results")
        .child_with(lines);
    let key_of = |key: &str| el("kbd").class("kbd").child(key);
    let foot = div("palette-foot")
        .attr("aria-hidden", "true")
        .child(el("span").child(key_of("↑")).child(" ").child(key_of("↓")).child(" choose"))
        .child(el("span").child(key_of("↵")).child(" open"))
        .child(el("span").child(key_of("Esc")).child(" close"));
    view! {
        <dialog class="palette" node_ref=palette.dialog aria-label="Search" closedby="any">
            <div class="input-wrap">
                {icon("search")}
                <input
                    class="input" type="text" autocomplete="off" spellcheck="false" placeholder="Search entities, or jump to a page"
                    node_ref=palette.input role="combobox" aria-expanded="true" aria-controls="palette-list"
                    aria-autocomplete="list" aria-label="Search entities, or jump to a page"
                    aria-activedescendant=move || format!("palette-{}", selected.get())
                    on:input:target=move |event| typed(event.target().value())
                    on:keydown=key
                />
            </div>
            {failed} {list} {foot}
        </dialog>
    }
}

fn line(index: usize, item: Item, selected: RwSignal<usize>, go: impl Fn(usize) + 'static) -> AnyView {
    el("li")
        .attr("role", "option")
        .attr("id", format!("palette-{index}"))
        .attr_with("aria-selected", move || Some((selected.get() == index).to_string()))
        .on(ev::click, move |_| go(index))
        .on(ev::mousemove, move |_| selected.set(index))
        .child(icon(item.glyph))
        .child(span("truncate").child(item.text))
        .child(span("hint").child(item.hint))
        .view()
}

fn reveal(index: usize) {
    if let Some(element) = document().get_element_by_id(&format!("palette-{index}")) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_words_the_palette_lists_all_places() {
        let places = places(" ");
        assert!(places.iter().any(|item| item.href == "/sources"));
        assert!(places.iter().any(|item| item.href == "/catalog?kind=api"));
    }

    #[test]
    fn words_narrow_the_places_by_how_they_begin() {
        assert_eq!(places("PLU").iter().map(|item| item.text.as_str()).collect::<Vec<_>>(), ["Plugins"]);
        assert!(places("logs").is_empty());
    }

    #[test]
    fn a_hit_leads_to_its_entity() {
        let hit = |entity_ref: &str| Hit {
            entity_ref: entity_ref.to_owned(),
            kind: "Component".to_owned(),
            title: "Payments".to_owned(),
            description: None,
            entity_type: Some("service".to_owned()),
        };
        let item = Item::hit(hit("component:default/payments-api")).unwrap();
        assert_eq!(
            (item.href.as_str(), item.hint.as_str()),
            ("/catalog/default/component/payments-api", "Component · service")
        );
        assert_eq!(Item::hit(hit("nonsense")), None);
    }
}
