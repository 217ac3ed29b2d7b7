//! Saved queries on the catalog page: where they lead, how one is saved, and how a question and an address become each other.
//!
//! Rule: a saved query is an address with a name. What is changed afterwards is another address, until somebody saves it.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use portico_api_types::CatalogQuestion;
use portico_api_types::{SavedQueries, SavedQuery};

use super::state::{EVERY_KIND, State};
use crate::api::encode;
use crate::components::{icon, tab, tabs};
use crate::markup::{El, changing, div, el, nothing, textarea};
use crate::text::kind;

/// The element in which a query is saved.
const SHEET: &str = "save-query";

impl State {
    /// What the page asks, to be saved.
    #[cfg(feature = "ssr")]
    pub(super) fn question(&self) -> CatalogQuestion {
        let texts = |fields: &[std::sync::Arc<str>]| fields.iter().map(|field| field.to_string()).collect();
        CatalogQuestion {
            title: String::new(),
            description: None,
            kind: (self.kind != EVERY_KIND).then(|| self.kind.clone()),
            q: Some(self.text.clone()).filter(|text| !text.is_empty()),
            filter: self.chosen.iter().map(|(facet, value)| format!("{}={value}", facet.key())).collect(),
            columns: texts(&self.columns),
            facets: texts(&self.offered),
            sort: (!self.sort.is_usual()).then(|| self.sort.said()),
        }
    }

    /// The page that asks a saved query.
    pub(super) fn of_query(query: &SavedQuery) -> State {
        let question = &query.question;
        let one = |name: &'static str, value: Option<&String>| value.map(|value| (name, value.clone()));
        let kind = Some(("kind", question.kind.clone().unwrap_or_else(|| EVERY_KIND.to_owned())));
        let chosen = question.filter.iter().filter_map(|one| one.split_once('='));
        let parameters = (kind.into_iter())
            .chain(one("q", question.q.as_ref()))
            .chain(one("sort", question.sort.as_ref()))
            .chain(question.columns.iter().map(|column| ("column", column.clone())))
            .chain(question.facets.iter().map(|facet| ("facet", facet.clone())))
            .chain([("query", query.name.clone())]);
        let parameters: Vec<(&str, String)> =
            parameters.chain(chosen.map(|(key, value)| (key, value.to_owned()))).collect();
        State::parse(parameters.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

/// The address of the page that asks a saved query.
pub(crate) fn address(query: &SavedQuery) -> String {
    State::of_query(query).href()
}

/// What an address of the page asks.
#[cfg(feature = "ssr")]
pub(crate) fn question<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> CatalogQuestion {
    State::parse(parameters).question()
}

/// The query that the page began as.
pub(super) fn current<'q>(queries: &'q SavedQueries, state: &State) -> Option<&'q SavedQuery> {
    queries.items.iter().find(|query| Some(&query.name) == state.query.as_ref())
}

/// The saved queries about the page's kind beside each other, before them everything.
pub(super) fn row(queries: &SavedQueries, state: &State) -> AnyView {
    let current = current(queries, state);
    let kind = (state.kind != EVERY_KIND).then_some(state.kind.as_str());
    let of_kind = |query: &&SavedQuery| {
        query.question.kind.as_deref() == kind || current.is_some_and(|current| current.name == query.name)
    };
    let own: Vec<&SavedQuery> = queries.items.iter().filter(of_kind).collect();
    if own.is_empty() {
        return nothing();
    }
    let everything = match kind {
        Some(kind) => format!("All {}", kind::many_inside(kind)),
        None => "Everything".to_owned(),
    };
    let all = tab(&everything, None, State::of_kind(&state.kind).href(), current.is_none());
    let each = own.into_iter().map(|query| {
        let is_current = current.is_some_and(|current| current.name == query.name);
        let count = query.entities.map(|count| count as usize);
        tab(&query.question.title, count, address(query), is_current).title(told(query))
    });
    tabs("Saved queries", std::iter::once(all).chain(each).collect()).view()
}

/// What there is to say of a query in a line.
pub(crate) fn told(query: &SavedQuery) -> String {
    match (&query.problem, &query.question.description) {
        (Some(problem), _) => format!("It cannot be asked any more: {problem}"),
        (None, Some(description)) => description.clone(),
        (None, None) => query.question.q.clone().unwrap_or_default(),
    }
}

/// The button that opens the sheet.
pub(super) fn opener() -> El {
    el("button")
        .class("btn")
        .attr("type", "button")
        .attr("popovertarget", SHEET)
        .attr("aria-haspopup", "dialog")
        .child(icon("star"))
        .child("Save query")
}

/// The sheet in which the page's question is saved, and a saved one is removed.
pub(super) fn sheet(queries: &SavedQueries, state: Memo<State>) -> AnyView {
    let queries = queries.clone();
    let content = changing(move || {
        let known = current(&queries, &state.get()).cloned();
        let form = div("").child(form(known.as_ref(), state));
        form.child(known.as_ref().map(remove)).view()
    });
    div("dialog")
        .attr("id", SHEET)
        .attr("popover", "auto")
        .attr("role", "dialog")
        .attr("aria-label", "Save query")
        .child(content)
        .view()
}

fn form(known: Option<&SavedQuery>, state: Memo<State>) -> El {
    let hidden =
        |name: &'static str, value: String| el("input").attr("type", "hidden").attr("name", name).attr("value", value);
    let address = el("input")
        .attr("type", "hidden")
        .attr("name", "address")
        .attr_with("value", move || Some(state.get().first_page().href()));
    let title = el("input")
        .class("input")
        .attr("id", "query-title")
        .attr("name", "title")
        .flag("required", true)
        .attr("maxlength", "120")
        .attr("placeholder", "On fire and under-replicated")
        .attr_some("value", known.map(|query| query.question.title.as_str()));
    let description = known.and_then(|query| query.question.description.as_deref()).unwrap_or_default();
    let description = textarea(description)
        .class("input")
        .attr("id", "query-description")
        .attr("name", "description")
        .attr("rows", "2")
        .attr("maxlength", "900");
    let label = |id: &'static str, text: &'static str| el("label").attr("for", id).child(text);
    let submit = |value: &'static str, text: &'static str, variant: Option<&'static str>| {
        el("button")
            .class("btn")
            .attr_some("data-variant", variant)
            .attr("type", "submit")
            .attr("name", "as")
            .attr("value", value)
            .child(text)
    };
    let buttons = match known {
        Some(_) => vec![submit("new", "Save as another", None), submit("same", "Save changes", Some("primary"))],
        None => vec![submit("new", "Save", Some("primary"))],
    };
    let lead = "Everybody finds it beside the lists of its kind and on the home page. Its address always shows what fits by then.";
    el("form")
        .attr("method", "post")
        .attr("action", "/queries/save")
        .child(el("h3").class("dialog-head").child("Save query"))
        .child(address)
        .child(known.map(|query| hidden("name", query.name.clone())))
        .child(known.map(|query| hidden("was", query.changed_at.to_string())))
        .child(
            div("dialog-body")
                .child(el("p").class("text muted").child(lead))
                .child(div("field").child(label("query-title", "Title")).child(title))
                .child(
                    div("field")
                        .child(
                            label("query-description", "What it is for")
                                .child(el("span").class("optional").child(" optional")),
                        )
                        .child(description),
                )
                .child(known.map(|query| permanent(&query.name))),
        )
        .child(div("dialog-foot").child(buttons))
}

/// The address that stays, whatever becomes of the question.
fn permanent(name: &str) -> El {
    let address = format!("/queries/{}", encode(name));
    let link = el("a")
        .class("link mono small break")
        .attr("href", address.as_str())
        .attr("rel", "external")
        .child(address.as_str());
    div("field").child(el("span").class("small muted").child("Address")).child(link)
}

fn remove(query: &SavedQuery) -> El {
    let button =
        el("button").class("btn").attr("data-variant", "danger").attr("type", "submit").child("Remove this query");
    el("form")
        .class("dialog-foot between")
        .attr("method", "post")
        .attr("action", format!("/queries/{}/remove", encode(&query.name)))
        .child(el("span").class("small muted").child("Entities stay as they are."))
        .child(button)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(address: &str) -> SavedQuery {
        let parameters = address.split_once('?').map_or("", |(_, parameters)| parameters);
        let question = question(parameters.split('&').filter_map(|pair| pair.split_once('=')));
        SavedQuery {
            name: "on-fire".into(),
            question: CatalogQuestion { title: "On fire".into(), ..question },
            changed_at: portico_api_types::Timestamp::UNIX_EPOCH,
            entities: Some(2),
            problem: None,
        }
    }

    #[test]
    fn a_question_and_its_address_become_each_other() {
        for asked in [
            "/catalog?kind=component",
            "/catalog?kind=all&q=pay",
            "/catalog?kind=api&lifecycle=production&owner=group:default/core&facts.ci.state=failed&sort=-owner",
            "/catalog?kind=component&column=facts.a.b&column=spec.x&facet=facts.a.b&sort=facts.a.b",
        ] {
            let (saved, plain) =
                (address(&saved(asked)).replace("%3A", ":").replace("%2F", "/"), format!("{asked}&query=on-fire"));
            let sorted = |address: &str| {
                let mut parts: Vec<String> = address.split(['?', '&']).map(str::to_owned).collect();
                parts.sort();
                parts
            };
            assert_eq!(sorted(&saved), sorted(&plain));
        }
        assert_eq!(
            saved("/catalog?kind=api&owner=group:default/core&sort=-owner").question.filter,
            ["relations.ownedBy=group:default/core"]
        );
        assert_eq!(saved("/catalog?kind=api&sort=-owner").question.sort.as_deref(), Some("-spec.owner"));
    }
}
