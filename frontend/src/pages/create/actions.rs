//! The actions that templates can name: what each does, what goes in and comes out, and how it is used.

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::Deserialize;
use serde_json::Value;

use super::{Typed, holds, schema, search_field, searched};
use crate::api::Path;
use crate::components::{Crumb, Page, PageHead, code, empty_card, icon, icon_of, loaded, next, plugin_href, prose};
use crate::data::Data;
use crate::markup::{El, changing, div, el, link, span, together};
use crate::text::number::counted;
use crate::yaml::{Piece, Sort};

/// An action.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    id: String,
    description: String,
    examples: Vec<Example>,
    schema: Schemas,
    plugin: String,
    supports_dry_run: bool,
    repeatable: bool,
}

/// How it is used.
#[derive(Clone, Deserialize)]
struct Example {
    description: String,
    example: String,
}

/// What goes in, and what comes out.
#[derive(Clone, Deserialize)]
struct Schemas {
    input: Value,
    output: Value,
}

impl Action {
    fn is_found(&self, words: &str) -> bool {
        holds(&[&self.id, &self.description, &self.plugin].map(String::as_str).join(" "), words)
    }
}

/// The page `/create/actions`.
#[component]
pub(crate) fn ActionsPage() -> impl IntoView {
    let parameters = use_query_map();
    let words =
        Memo::new(move |_| parameters.with(|parameters| parameters.get("q").unwrap_or_default().trim().to_owned()));
    let actions = Data::<Vec<Action>>::at(|| "/api/scaffolder/v2/actions".to_owned());
    let head = PageHead::titled("Actions")
        .lead("What steps of templates can do. Plugins bring actions; one that is installed can be named at once.")
        .doing(link("btn", "/create/edit").child(icon("edit")).child("Editor"));
    let crumbs = vec![Crumb::link("Create", "/create"), Crumb::here("Actions")];
    view! { <Page crumbs>{head} {loaded(actions, move |actions| show(Arc::new(actions), words))}</Page> }
}

fn show(actions: Arc<Vec<Action>>, words: Memo<String>) -> AnyView {
    if actions.is_empty() {
        let explanation = "Actions are what plugins offer to templates. None of those that run offers any, so that no template can be run.";
        return empty_card("No actions", explanation, next("Look at the plugins", "/plugins"));
    }
    let typed = Typed::new();
    let address = |words: &str| {
        let words = Some(words.trim()).filter(|words| !words.is_empty());
        Path::new("/create/actions").with_some("q", words).to_string()
    };
    let label = format!("Search {}", counted(actions.len() as u64, "action", "actions"));
    let field = search_field(&label, &words.get_untracked())
        .on(ev::input, move |event| typed.go(address(&event_target_value(&event))));
    let form = el("form")
        .class("row search-form")
        .attr("method", "get")
        .attr("action", "/create/actions")
        .attr("role", "search")
        .on(ev::submit, |event| event.prevent_default())
        .child(searched(field))
        .child(el("button").class("btn no-script").attr("type", "submit").child("Search"));
    together([form.view(), changing(move || list(&actions, &words.get()))])
}

fn list(actions: &[Action], words: &str) -> AnyView {
    let found: Vec<&Action> = actions.iter().filter(|action| action.is_found(words)).collect();
    if found.is_empty() {
        let explanation = "Another plugin may bring what is looked for.";
        return empty_card(
            format!("No action fits “{words}”"),
            explanation,
            next("Show all actions", "/create/actions"),
        );
    }
    let said =
        el("p").class("visually-hidden").attr("role", "status").child(counted(found.len() as u64, "action", "actions"));
    let is_alone = found.len() == 1;
    let cards: Vec<El> = found.into_iter().map(|action| action_card(action, is_alone)).collect();
    together([said.view(), div("stack").attr("style", "--gap:8px").child(cards).view()])
}

fn action_card(action: &Action, is_open: bool) -> El {
    let mark = |word: &str, title: &str| span("tag").title(title).child(word);
    let dry = match action.supports_dry_run {
        true => mark("dry run", "It is done in dry runs as well, with nothing happening outside"),
        false => mark("left out of dry runs", "A dry run leaves it out, and makes up what it would put out"),
    };
    let repeatable = action.repeatable.then(|| mark("repeatable", "Doing it twice comes to the same as doing it once"));
    let plugin = link("ref quiet", plugin_href(&action.plugin))
        .child(icon_of("plug", "14"))
        .child(el("span").child(action.plugin.as_str()));
    let head = div("grow")
        .child(el("b").class("mono medium").child(action.id.as_str()))
        .child(span("sub").child(prose(&action.description)));
    let examples: Vec<El> = action.examples.iter().flat_map(example).collect();
    let examples =
        (!examples.is_empty()).then(|| vec![title("Examples")].into_iter().chain(examples).collect::<Vec<_>>());
    let body = div("action-body")
        .child(div("card-body row").child(plugin).child(dry).child(repeatable))
        .child(title("Inputs"))
        .child(schema::table(&format!("Inputs of {}", action.id), &action.schema.input))
        .child(title("Outputs"))
        .child(schema::table(&format!("Outputs of {}", action.id), &action.schema.output))
        .child(examples);
    el("details")
        .class("card action")
        .attr("id", action.id.as_str())
        .flag("open", is_open)
        .child(el("summary").child(head).child(icon("down")))
        .child(body)
}

fn title(text: &str) -> El {
    el("h3").class("part-title").child(text)
}

fn example(example: &Example) -> [El; 2] {
    let lines = example.example.lines().map(|line| vec![Piece { sort: Sort::Sign, text: line.to_owned() }]).collect();
    [el("p").class("card-body text muted action-said").child(prose(&example.description)), code(lines)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_found_by_its_name_its_words_and_its_plugin() {
        let action = Action {
            id: "publish:github".to_owned(),
            description: "Makes a repository".to_owned(),
            examples: Vec::new(),
            schema: Schemas { input: Value::Null, output: Value::Null },
            plugin: "scaffolder".to_owned(),
            supports_dry_run: false,
            repeatable: true,
        };
        for (words, is_found) in [("", true), ("GITHUB repo", true), ("scaffolder", true), ("gitlab", false)] {
            assert_eq!(action.is_found(words), is_found, "{words}");
        }
    }
}
