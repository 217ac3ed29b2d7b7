//! Which fields are columns of the list, and which narrow it: every fact that a plugin attaches, and what documents say.
//!
//! Without script its boxes belong to the page's form; with script each answers by itself.

use leptos::ev;
use leptos::prelude::*;
use portico_api_types::{Field, FieldShape, Fields};

use super::filters::Go;
use super::state::State;
use crate::markup::{El, changing, div, el, span};
use crate::text::field;
use crate::text::number::grouped;

/// The element that is opened.
const SHEET: &str = "columns";

/// Fields of one group that are listed: who looks for more types their path.
const LISTED: usize = 80;

/// What every list shows or offers already.
const USUAL: [&str; 5] = ["spec.type", "spec.lifecycle", "spec.owner", "spec.system", "spec.domain"];

/// The button that opens it.
pub(super) fn opener() -> El {
    el("button")
        .class("btn")
        .attr("type", "button")
        .attr("popovertarget", SHEET)
        .attr("aria-haspopup", "dialog")
        .child(crate::components::icon("columns"))
        .child("Columns")
}

/// The sheet around what was fetched.
pub(super) fn sheet(content: AnyView) -> El {
    let close = |text: &'static str| {
        el("button")
            .class("btn")
            .attr("type", "button")
            .attr("popovertarget", SHEET)
            .attr("popovertargetaction", "hide")
            .child(text)
    };
    let apply = el("button").class("btn no-script").attr("type", "submit").child("Apply");
    div("dialog wide")
        .attr("id", SHEET)
        .attr("popover", "auto")
        .attr("role", "dialog")
        .attr("aria-label", "Columns and filters")
        .child(el("h3").class("dialog-head").child("Columns and filters"))
        .child(content)
        .child(div("dialog-foot").child(apply).child(close("Done")))
}

/// The fields, by who says them.
pub(super) fn choices(fields: &Fields, state: Memo<State>, go: &Go) -> AnyView {
    let groups = grouped_fields(fields, &state.get_untracked());
    if groups.is_empty() {
        let said = "Nothing in this list has facts or properties yet. Plugins attach facts: what runs, who is on call, whether it builds.";
        return div("dialog-body").child(el("p").class("muted").child(said)).view();
    }
    let typed = RwSignal::new(String::new());
    let find = el("input")
        .class("input yes-script")
        .attr("type", "search")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("placeholder", "Find a field")
        .attr("aria-label", "Find a field")
        // Return would send the form, and there is nothing in it to be sent.
        .on(ev::keydown, |event| {
            if event.key() == "Enter" {
                event.prevent_default()
            }
        })
        .on(ev::input, move |event| typed.set(event_target_value(&event).trim().to_lowercase()));
    let go = go.clone();
    let shown = changing(move || {
        let words = typed.get();
        let all = groups.iter().filter_map(|(name, fields)| group(name, fields, &words, state, &go));
        let all: Vec<El> = all.collect();
        match all.is_empty() {
            true => el("p").class("muted").child("No field is called so.").view(),
            false => div("stack").child(all).view(),
        }
    });
    div("dialog-body").child(find).child(shown).view()
}

/// Fields by group, in the order of the API. What is chosen is among them even where nothing has it, so that it can be taken back.
fn grouped_fields(fields: &Fields, state: &State) -> Vec<(String, Vec<Field>)> {
    let mut groups: Vec<(String, Vec<Field>)> = Vec::new();
    let is_chosen = |path: &str| state.shows(path) || state.offers(path);
    let listed = fields.items.iter().filter(|field| !USUAL.contains(&field.path.as_str())).cloned();
    let chosen = state.columns.iter().chain(&state.offered);
    let absent = chosen.map(|path| Field { path: path.to_string(), entities: 0, shape: FieldShape::Text });
    for field in listed.chain(absent) {
        let name = field::group(&field.path);
        let place = groups.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            groups.push((name.to_owned(), Vec::new()));
            groups.len() - 1
        });
        let group = &mut groups[place].1;
        if !group.iter().any(|known| known.path == field.path) && (group.len() < LISTED || is_chosen(&field.path)) {
            group.push(field);
        }
    }
    groups
}

fn group(name: &str, fields: &[Field], words: &str, state: Memo<State>, go: &Go) -> Option<El> {
    let fits = |field: &&Field| {
        words.is_empty()
            || field.path.to_lowercase().contains(words)
            || field::title(&field.path).to_lowercase().contains(words)
    };
    let rows: Vec<El> = fields.iter().filter(fits).map(|field| line(field, state, go)).collect();
    let head = |text: &'static str| span("small muted").attr("aria-hidden", "true").child(text);
    let legend = el("legend").class("choice-head").child(span("truncate").child(name));
    let heads = div("choice-line").child(span("")).child(head("have it")).child(head("column")).child(head("filter"));
    (!rows.is_empty()).then(|| el("fieldset").class("choice").child(legend).child(heads).child(rows))
}

fn line(known: &Field, state: Memo<State>, go: &Go) -> El {
    let (path, title) = (known.path.as_str(), field::title(&known.path));
    let (column, filter) = (Choice::COLUMN, Choice::FILTER);
    let column = choice(column, path, format!("{title} as a column"), state, go);
    let filter = choice(filter, path, format!("Filter by {title}"), state, go);
    div("choice-line")
        .child(span("truncate").title(path).child(title))
        .child(span("count").child(grouped(known.entities)))
        .child(column)
        .child(filter)
}

/// A way to use a field.
#[derive(Clone, Copy)]
struct Choice {
    name: &'static str,
    is_chosen: fn(&State, &str) -> bool,
    choose: fn(&State, &str) -> State,
}

impl Choice {
    const COLUMN: Choice = Choice { name: "column", is_chosen: State::shows, choose: State::with_column_toggled };
    const FILTER: Choice = Choice { name: "facet", is_chosen: State::offers, choose: State::with_offer_toggled };
}

fn choice(Choice { name, is_chosen, choose }: Choice, path: &str, label: String, state: Memo<State>, go: &Go) -> El {
    let (shown, chosen, go) = (path.to_owned(), path.to_owned(), go.clone());
    let is_now = move || is_chosen(&state.get(), &shown);
    let input = el("input")
        .attr("type", "checkbox")
        .attr("name", name)
        .attr("value", path)
        .attr("aria-label", label)
        .flag("checked", is_now())
        .property_with("checked", move || is_now().into())
        .on(ev::change, move |_| go(&choose(&state.get_untracked(), &chosen)));
    el("label").class("check").child(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(path: &str) -> Field {
        Field { path: path.to_owned(), entities: 1, shape: FieldShape::Text }
    }

    #[test]
    fn fields_stand_by_who_says_them_and_what_is_chosen_is_always_among_them() {
        let fields = Fields {
            items: vec![field("facts.pd.open"), field("facts.k8s.ready"), field("facts.pd.team"), field("spec.type")],
        };
        let state =
            State::of_kind("component").with_column_toggled("facts.gone.value").with_column_toggled("facts.pd.open");
        let groups = grouped_fields(&fields, &state);
        let shown: Vec<(&str, Vec<&str>)> = groups
            .iter()
            .map(|(name, fields)| (name.as_str(), fields.iter().map(|field| field.path.as_str()).collect()))
            .collect();
        assert_eq!(
            shown,
            [
                ("pd", vec!["facts.pd.open", "facts.pd.team"]),
                ("k8s", vec!["facts.k8s.ready"]),
                ("gone", vec!["facts.gone.value"])
            ]
        );
    }

    #[test]
    fn a_group_of_many_fields_lists_some_and_what_is_chosen() {
        let items = (0..200).map(|number| field(&format!("facts.k8s.clusters.c{number:03}.ready"))).collect();
        let state = State::of_kind("component").with_offer_toggled("facts.k8s.clusters.c150.ready");
        let groups = grouped_fields(&Fields { items }, &state);
        assert_eq!((groups.len(), groups[0].1.len()), (1, LISTED + 1));
        assert!(groups[0].1.iter().any(|field| field.path.contains("c150")));
    }
}
