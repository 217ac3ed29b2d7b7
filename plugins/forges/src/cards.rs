//! What the portal's pages show of a repository.
//!
//! Rule: the overview shows what was noted and asks nobody. Lists of what waits and what changed are asked for when somebody looks, and kept
//! for some minutes.

use portico_sdk::cards::{Card, Cards, Cell, Context, Event, Fact, Link, Status, Table};
use portico_sdk::{Error, Result, catalog, clock};
use serde_json::Value;

use crate::api::{Api, milliseconds};
use crate::dialect::Place;
use crate::repository::{PullRequest, State};
use crate::settings::Forge;

/// The cards of the plugin.
pub(crate) struct Shown;

/// Seconds for which a list is kept.
const KEPT: u32 = 300;

/// Days after which a request for changes waits for long.
const LONG: u64 = 14;

const DAY: u64 = 24 * 60 * 60 * 1000;

impl Cards for Shown {
    fn render(id: &str, context: &Context) -> Result<Card> {
        let entity = catalog::get(context.entity()?)?.unwrap_or_default();
        let facts = &entity["facts"]["forges"];
        if !facts.is_object() {
            return Ok(Card::new().empty(
                "Nothing is known of the repository yet. It is shown after the next run of the plugin `forges`.",
            ));
        }
        match id {
            "repository" => Ok(overview(facts)),
            "pull-requests" => {
                live(facts, |api, forge, place| Ok(waiting(&forge.dialect().pull_requests(api, place)?, facts)))
            }
            "changes" => live(facts, |api, forge, place| Ok(changes(forge.dialect().commits(api, place)?, facts))),
            other => Err(Error::NotFound(format!("there is no card `{other}`"))),
        }
    }
}

/// Draws a card of what the forge says now. One that does not answer is said in the card, where people look for it.
fn live(
    facts: &Value,
    draw: impl FnOnce(&Api, &Forge, &Place<'_>) -> std::result::Result<Card, crate::api::Fault>,
) -> Result<Card> {
    let text = |key: &str| facts[key].as_str();
    let (Some(host), Some(project), Some(id)) = (text("host"), text("project"), text("id")) else {
        return Ok(Card::new()
            .empty("What is known of the repository is not whole. It is after the next run of the plugin `forges`."));
    };
    let settings = crate::read_settings()?;
    let mut forges = settings.forges.iter().filter(|forge| forge.host() == host && forge.inner(project).is_some());
    let Some(forge) = forges.next() else {
        return Ok(Card::new()
            .empty(format!("{host}/{project} belongs to no forge in the settings of the plugin `forges` any more.")));
    };
    let place = Place { id, project, branch: text("defaultBranch") };
    let card = draw(&forge.dialect().api(forge).at_once(), forge, &place);
    Ok(match card {
        Ok(card) => card.refresh(KEPT),
        Err(fault) => {
            let link = Link::new("Open the repository", text("url").unwrap_or_default());
            Card::new().empty_with(format!("It cannot be shown now: {}.", Error::from(fault)), link).refresh(60)
        }
    })
}

fn status(state: State) -> Option<Status> {
    match state {
        State::Passed => Some(Status::good("Passed")),
        State::Failed => Some(Status::bad("Failed")),
        State::Pending => Some(Status::info("Running")),
        State::None => None,
    }
}

/// What was noted.
fn overview(facts: &Value) -> Card {
    let text = |pointer: &str| facts.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let time = |pointer: &str| text(pointer).and_then(milliseconds).map(Cell::time);
    let link =
        |title: &str, url: &str| text(url).map_or_else(|| Cell::from(title), |url| Cell::from(Link::new(title, url)));
    let state = match text("/ci/state") {
        Some("passed") => State::Passed,
        Some("failed") => State::Failed,
        Some("pending") => State::Pending,
        _ => State::None,
    };
    let mut shown = vec![Fact::new("Repository", link(text("/project").unwrap_or_default(), "/url"))];
    let mut add = |label: &str, cell: Option<Cell>| shown.extend(cell.map(|cell| Fact::new(label, cell)));
    add("Language", text("/language").map(Cell::from));
    add("Default branch", text("/defaultBranch").map(Cell::from));
    add("Visibility", text("/visibility").map(Cell::from));
    add("Licence", text("/licence").map(Cell::from));
    add(
        "CI",
        status(state).map(|status| match text("/ci/url") {
            Some(url) => Cell::from(Link::new(status.label, url)),
            None => Cell::from(status),
        }),
    );
    add("Last commit", text("/lastCommit/title").map(|title| link(title, "/lastCommit/url")));
    add("By", text("/lastCommit/author").map(Cell::from));
    add("At", time("/lastCommit/at"));
    add("Pull requests", facts["pullRequests"]["open"].as_u64().map(|open| Cell::Number(open as f64)));
    add("Oldest since", time("/pullRequests/oldestAt"));
    add("Release", text("/release/name").map(|name| link(name, "/release/url")));
    add("Released", time("/release/at"));
    let topics: Vec<&str> = facts["topics"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    add("Topics", (!topics.is_empty()).then(|| Cell::from(topics.join(", "))));
    let card = Card::new().facts(shown);
    match (facts["archived"].as_bool(), status(state)) {
        (Some(true), _) => card.status(Status::warning("Archived")),
        (_, Some(status)) => card.status(status),
        _ => card,
    }
}

/// Requests for changes, the oldest first.
fn waiting(requests: &[PullRequest], facts: &Value) -> Card {
    if requests.is_empty() {
        return Card::new().empty("Nothing waits to be looked at.");
    }
    let days = |request: &PullRequest| milliseconds(&request.at).map(|at| clock::now().saturating_sub(at) / DAY);
    let mut table = Table::new(["Request", "By", "Since", "CI"]);
    for request in requests {
        let draft = if request.draft { " (draft)" } else { "" };
        table = table.row([
            Cell::from(Link::new(format!("#{} {}{draft}", request.number, request.title), &*request.url)),
            Cell::from(request.author.as_str()),
            milliseconds(&request.at).map_or(Cell::None, Cell::time),
            Cell::from(status(request.ci)),
        ]);
    }
    let open = facts["pullRequests"]["open"].as_u64().unwrap_or_default().max(requests.len() as u64);
    let card = Card::new().table(table);
    match requests.first().and_then(days).filter(|days| *days >= LONG) {
        Some(days) => card.status(Status::warning(format!("{open}, the oldest for {days} days"))),
        None => card.status(Status::neutral(format!("{open} open"))),
    }
}

/// The last commits.
fn changes(commits: Vec<crate::repository::Commit>, facts: &Value) -> Card {
    let events = commits.into_iter().filter_map(|commit| {
        let event = Event::new(milliseconds(&commit.at)?, commit.title).detail(commit.author);
        Some(match commit.url {
            Some(url) => event.url(url),
            None => event,
        })
    });
    let events: Vec<Event> = events.collect();
    match (events.is_empty(), facts["url"].as_str()) {
        (false, _) => Card::new().timeline(events),
        (true, Some(url)) => Card::new().empty_with("Nothing was pushed yet.", Link::new("Open the repository", url)),
        (true, None) => Card::new().empty("Nothing was pushed yet."),
    }
}

#[cfg(test)]
mod tests;
