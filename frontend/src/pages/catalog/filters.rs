//! The filters beside the table: which kind, and which values of each facet.

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use portico_model::EntityRef;

use super::load::{Count, Counts, number};
use super::state::{EVERY_KIND, Facet, State};
use crate::components::{icon_of, prose};
use crate::markup::{El, div, el, span, together};
use crate::text::kind;
use crate::text::number::grouped;
use crate::vocabulary::Vocabulary;

/// Values of a facet that are in sight before one asks for more.
const IN_SIGHT: usize = 6;

/// Goes to the state to which a checkbox leads.
pub(super) type Go = Arc<dyn Fn(&State) + Send + Sync>;

/// The kinds and the facets.
pub(super) fn filters(counts: &Counts, state: Memo<State>, go: &Go) -> AnyView {
    let facets = state.get_untracked().facets();
    let facets = facets.iter().filter_map(|facet| fieldset(facet, counts, state, go));
    together([kinds(counts, state).view()].into_iter().chain(facets.map(El::view)))
}

fn kinds(counts: &Counts, state: Memo<State>) -> El {
    let kinds = counts.kinds(&Vocabulary::get());
    let all = kinds.iter().map(|kind| kind.count).sum();
    let link = |counted: &Count| {
        let name = &counted.value;
        kind_link(kind::many(name), kind::glyph(name), name.to_lowercase(), counted.count, state)
    };
    let mut links: Vec<El> = kinds.iter().map(link).collect();
    links.push(kind_link("Everything".to_owned(), "catalog", EVERY_KIND.to_owned(), all, state));
    el("nav")
        .class("facet")
        .attr("aria-label", "Kinds")
        .child(div("facet-title").child("Kind"))
        .child(el("ul").class("kind-list").child(links))
}

fn kind_link(text: String, glyph: &'static str, kind: String, count: u64, state: Memo<State>) -> El {
    let is_current = {
        let kind = kind.clone();
        move || (state.get().kind == kind).then(|| "page".to_owned())
    };
    let link = el("a")
        .attr_with("href", move || Some(state.get().with_kind(&kind).href()))
        .attr_with("aria-current", is_current)
        .child(icon_of(glyph, "14"))
        .child(text)
        .child(span("count").child(grouped(count)));
    el("li").child(link)
}

fn fieldset(facet: &Facet, counts: &Counts, state: Memo<State>, go: &Go) -> Option<El> {
    let now = state.get_untracked();
    let (values, chosen) = (counts.of(facet, &now), now.narrows(facet));
    // One value for all says nothing and narrows nothing; but who asks for a field is shown what there is.
    if !matches!(facet, Facet::Field(_)) && (values.is_empty() || (values.len() == 1 && !chosen)) {
        return None;
    }
    let (first, rest) = in_sight(facet, values, &now);
    let boxes = |values: Vec<Count>| -> Vec<AnyView> {
        let text = |count: &Count| label(facet, &count.value, counts);
        values.iter().map(|count| checkbox(facet.clone(), count, text(count), state, go.clone())).collect()
    };
    let unlisted = counts.unlisted(facet);
    let others = (unlisted > 0).then(|| {
        let said = format!("and {} others: type `{}:` and a name above", grouped(unlisted as u64), facet.parameter());
        el("p").class("small subtle").child(prose(&said))
    });
    let range = is_of_numbers(facet, &first).then(|| {
        let said = format!("For a range type `{}>…` above.", facet.parameter());
        el("p").class("small subtle").child(prose(&said))
    });
    let nothing = first.is_empty().then(|| el("p").class("small subtle").child("Nothing in this list has it."));
    let more = (!rest.is_empty()).then(|| {
        let summary =
            el("summary").class("link small").child(format!("{} more", grouped((rest.len() + unlisted) as u64)));
        el("details").child(summary).child(boxes(rest))
    });
    let content = el("div").child(nothing).child(boxes(first)).child(more).child(others).child(range);
    Some(el("fieldset").class("facet").child(legend(facet, state)).child(content))
}

/// The heading, with the way to do without, where somebody asked for it.
fn legend(facet: &Facet, state: Memo<State>) -> El {
    let legend = el("legend");
    let Facet::Field(path) = facet else { return legend.child(facet.title()) };
    let (title, path) = (facet.title(), path.clone());
    let without = {
        let path = path.clone();
        move || Some(state.get().with_offer_toggled(&path).href())
    };
    let remove = el("a")
        .class("push")
        .attr_with("href", without)
        .attr("aria-label", format!("No longer filter by {title}"))
        .child(icon_of("x", "12"));
    legend.title(&*path).child(span("truncate").child(title)).child(remove)
}

/// Whether a field's values are numbers, of which a range says more than each.
fn is_of_numbers(facet: &Facet, values: &[Count]) -> bool {
    matches!(facet, Facet::Field(_)) && values.len() > 1 && values.iter().all(|count| number(&count.value).is_some())
}

/// What is chosen is always in sight, so that it can be taken back.
fn in_sight(facet: &Facet, values: Vec<Count>, state: &State) -> (Vec<Count>, Vec<Count>) {
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for (index, count) in values.into_iter().enumerate() {
        if index < IN_SIGHT || state.has(facet, &count.value) { first.push(count) } else { rest.push(count) }
    }
    // A line that says “1 more” takes the place of the one it hides.
    if rest.len() == 1 {
        first.append(&mut rest);
    }
    (first, rest)
}

fn checkbox(facet: Facet, count: &Count, text: String, state: Memo<State>, go: Go) -> AnyView {
    let value = count.value.clone();
    let toggled = value.clone();
    let is_chosen = {
        let value = value.clone();
        let facet = facet.clone();
        move || state.get().has(&facet, &value)
    };
    let input = el("input")
        .attr("type", "checkbox")
        .attr("name", facet.parameter())
        .attr("value", value)
        .flag("checked", is_chosen())
        .property_with("checked", move || is_chosen().into())
        .on(ev::change, move |_| go(&state.get_untracked().toggled(&facet, &toggled)));
    el("label")
        .class("check")
        .child(input)
        .child(span("truncate").title(text.as_str()).child(text))
        .child(span("count").child(grouped(count.count)))
        .view()
}

/// A value as people say it.
fn label(facet: &Facet, value: &str, counts: &Counts) -> String {
    match EntityRef::parse(value) {
        Ok(reference) if *facet == Facet::Owner => counts.titles.text(&reference),
        _ => value.to_owned(),
    }
}

/// A value as a token shows it, where titles are not at hand.
pub(super) fn shown(facet: &Facet, value: &str) -> String {
    match EntityRef::parse(value) {
        Ok(reference) if *facet == Facet::Owner => reference.name().to_owned(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(count: usize) -> Vec<Count> {
        (0..count).map(|index| Count { value: format!("v{index}"), count: 1 }).collect()
    }

    #[test]
    fn what_is_chosen_stays_in_sight() {
        let state = State::of_kind("component").toggled(&Facet::Tag, "v9");
        let (first, rest) = in_sight(&Facet::Tag, values(12), &state);
        assert_eq!(first.len(), 7);
        assert_eq!(first[6].value, "v9");
        assert_eq!(rest.len(), 5);
    }

    #[test]
    fn a_single_value_is_not_hidden_behind_a_line() {
        let (first, rest) = in_sight(&Facet::Tag, values(7), &State::of_kind("component"));
        assert_eq!((first.len(), rest.len()), (7, 0));
    }

    #[test]
    fn a_token_names_an_owner_without_its_kind() {
        assert_eq!(shown(&Facet::Owner, "group:default/core"), "core");
        assert_eq!(shown(&Facet::Tag, "a:b/c"), "a:b/c");
    }
}
