//! The runs of all templates: how they go, which wait, and each with its way.

use std::collections::BTreeSet;

use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use portico_api_types::{
    CardTone, Chart, ChartKind, FailingStep, Series, TaskFigures, TaskOverview, TaskStatus, TaskSummary,
};
use portico_model::EntityRef;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{task_href, template_href};
use crate::api::{Api, Path};
use crate::cards::chart;
use crate::components::{
    Card, Crumb, Page, PageHead, Shown, Titles, cell, dash, empty_card, form_part, head, head_of_numbers, icon,
    living_page, next, owner_link, part, row, row_head, status_with, table, time,
};
use crate::data::{Data, Fetched};
use crate::live::every_few_seconds;
use crate::markup::{El, div, el, link, nothing, span, together};
use crate::text::number::{counted, grouped};
use crate::text::task::{milliseconds, share, short, task_state, waits_for};
use crate::text::time::{month_in_short, took};

/// Runs of a page.
const PAGE: u64 = 50;

/// The states that are chosen among, as they are said of several.
const STATES: [(TaskStatus, &str); 5] = [
    (TaskStatus::Processing, "Running"),
    (TaskStatus::Open, "Waiting"),
    (TaskStatus::Completed, "Succeeded"),
    (TaskStatus::Failed, "Failed"),
    (TaskStatus::Cancelled, "Stopped"),
];

/// Which runs are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    state: Option<String>,
    template: Option<String>,
    by: Option<String>,
    offset: u64,
}

impl Asked {
    fn of(parameters: &ParamsMap) -> Asked {
        let text = |name| parameters.get(name).filter(|text| !text.is_empty());
        let state = text("state").filter(|state| STATES.iter().any(|(known, _)| known.as_str() == *state));
        let offset = text("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0);
        Asked { state, template: text("template"), by: text("by"), offset }
    }

    fn address(&self, page: &str, by: &str, state: &str) -> Path {
        Path::new(page)
            .with_some(state, self.state.as_deref())
            .with_some("template", self.template.as_deref())
            .with_some(by, self.by.as_deref())
            .with_some("offset", (self.offset > 0).then(|| self.offset.to_string()).as_deref())
    }

    fn href(&self) -> String {
        self.address("/create/tasks", "by", "state").to_string()
    }

    fn path(&self) -> String {
        self.address("/api/portico/tasks", "createdBy", "status").with("limit", &PAGE.to_string()).to_string()
    }
}

/// What the page shows.
#[derive(Deserialize)]
struct View {
    asked: Asked,
    overview: TaskOverview,
    titles: Titles,
}

async fn fetch(api: Api, asked: Asked) -> Fetched {
    let overview = api.get::<Value>(&asked.path()).await?;
    let named = ["templates", "people"].into_iter().flat_map(|list| overview[list].as_array().into_iter().flatten());
    let named: BTreeSet<EntityRef> = named.filter_map(|name| EntityRef::parse(name.as_str()?).ok()).collect();
    let titles = Titles::fetch(&api, named).await.unwrap_or_default();
    Ok(json!({ "name": NAME, "asked": asked, "overview": overview, "titles": titles }))
}

/// What is shown is always the same list.
const NAME: &str = "tasks";

/// The page `/create/tasks`.
#[component]
pub(crate) fn TasksPage() -> impl IntoView {
    let parameters = use_query_map();
    let asked = Memo::new(move |_| parameters.with(Asked::of));
    let shown = Data::<View>::new(move || asked.get().href(), move |api, _| fetch(api, asked.get_untracked()));
    every_few_seconds(move || shown.refetch());
    let head = PageHead::titled("Runs of templates")
        .lead("Who ran what, how it stands, and how it goes in all.")
        .doing(nothing());
    let name = Memo::new(|_| NAME.to_owned());
    let crumbs = vec![Crumb::link("Create", "/create"), Crumb::here("Runs")];
    view! { <Page crumbs>{head} {living_page(name, shown.resource(), show)}</Page> }
}

fn show(shown: Shown) -> AnyView {
    let navigate = use_navigate();
    let go = std::sync::Arc::new(move |asked: Asked| navigate(&asked.href(), Default::default()));
    let filters = form_part("task-filters", shown, &["asked"], move |view: &View| {
        let go = go.clone();
        Some(filters(view, move |asked| go(asked)))
    });
    let stack = div("stack")
        .child(part(shown, &["overview"], |view: &View| figures(&view.overview.figures)))
        .child(filters)
        .child(part(shown, &[], |view: &View| Some(list(view))));
    stack.view()
}

fn figures(figures: &TaskFigures) -> Option<AnyView> {
    if figures.all() == 0 {
        return None;
    }
    let figure = |name: &str, value: String| div("figure").child(el("span").child(name)).child(el("b").child(value));
    let none = || "–".to_owned();
    let all = vec![
        figure("Runs", grouped(figures.all())),
        figure("Succeed", figures.success.map_or_else(none, share)),
        figure("Usual time", figures.median_milliseconds.map_or_else(none, milliseconds)),
        figure("To the catalog", figures.registered_milliseconds.map_or_else(none, milliseconds)),
        figure("Go on now", grouped(figures.processing)),
        figure("Wait for their turn", grouped(figures.open)),
    ];
    let body = div("card-body").child(chart(&by_day(figures)));
    let mut content = vec![body, div("figures").child(all)];
    content.extend(fails_at(figures));
    Some(Card::titled("How they go").count("the newest 500").holding(content))
}

/// The steps that runs fail at; nothing where none does.
fn fails_at(figures: &TaskFigures) -> Option<El> {
    let step =
        |step: &FailingStep| span("tag").child(format!("{} · {}", step.step, counted(step.count, "run", "runs")));
    let steps: Vec<El> = figures.fails_at.iter().map(step).collect();
    (!steps.is_empty()).then(|| {
        let named = el("p").class("small muted").child("Steps that runs fail at");
        div("card-body").child(named).child(div("row").child(steps))
    })
}

/// The runs of each day, by how they ended.
fn by_day(figures: &TaskFigures) -> Chart {
    let series = |name: &str, tone, count: fn(&portico_api_types::TaskDay) -> u64| Series {
        name: name.to_owned(),
        tone: Some(tone),
        points: figures.days.iter().enumerate().map(|(place, day)| (place as f64, count(day) as f64)).collect(),
    };
    Chart {
        kind: ChartKind::Bar,
        title: "Runs of each day, in UTC".to_owned(),
        x_is_time: false,
        categories: figures.days.iter().map(|day| day_name(&day.day)).collect(),
        unit: None,
        series: vec![
            series("Succeeded", CardTone::Good, |day| day.completed),
            series("Failed", CardTone::Bad, |day| day.failed),
            series("Stopped, or not over", CardTone::Neutral, |day| day.other),
        ],
    }
}

/// `27 Nov` for `2026-11-27`.
fn day_name(day: &str) -> String {
    let mut parts = day.splitn(3, '-').skip(1).map(|part| part.parse::<i8>().ok());
    let date = match (parts.next().flatten(), parts.next().flatten()) {
        // In any year with all days.
        (Some(month), Some(day)) => jiff::civil::DateTime::new(2024, month, day, 0, 0, 0, 0).ok(),
        _ => None,
    };
    date.map_or_else(|| day.to_owned(), |date| format!("{} {}", date.day(), month_in_short(date)))
}

/// What narrows the list.
fn filters(view: &View, go: impl Fn(Asked) + Clone + 'static) -> AnyView {
    let View { asked, overview, titles } = view;
    let first = Asked { offset: 0, ..asked.clone() };
    let counts = &overview.figures;
    let segment = |text: &str, count: u64, state: Option<&str>| {
        let href = Asked { state: state.map(str::to_owned), ..first.clone() }.href();
        let is_current = asked.state.as_deref() == state;
        link("", href)
            .attr_some("aria-current", is_current.then_some("page"))
            .child(format!("{text} "))
            .child(span("count").child(grouped(count)))
    };
    let mut segments = vec![segment("All", counts.all(), None)];
    for (status, text) in STATES {
        let count = match status {
            TaskStatus::Open => counts.open,
            TaskStatus::Processing => counts.processing,
            TaskStatus::Completed => counts.completed,
            TaskStatus::Failed => counts.failed,
            TaskStatus::Cancelled => counts.cancelled,
        };
        segments.push(segment(text, count, Some(status.as_str())));
    }
    let segments = el("nav").class("segmented").attr("aria-label", "Which runs").child(segments);
    let (with_template, with_person) = (first.clone(), first.clone());
    let (go_template, go_person) = (go.clone(), go);
    let text = |value: String| Some(value).filter(|value| !value.is_empty());
    let templates = choice("template", "Of all templates", asked.template.as_deref(), &overview.templates, titles).on(
        ev::change,
        move |event| {
            go_template(Asked { template: text(event_target_value(&event)), ..with_template.clone() });
        },
    );
    let people =
        choice("by", "By everybody", asked.by.as_deref(), &overview.people, titles).on(ev::change, move |event| {
            go_person(Asked { by: text(event_target_value(&event)), ..with_person.clone() });
        });
    let state = asked
        .state
        .as_deref()
        .map(|state| el("input").attr("type", "hidden").attr("name", "state").attr("value", state));
    let people = (!overview.people.is_empty()).then_some(people);
    el("form")
        .class("row")
        .attr("method", "get")
        .attr("action", "/create/tasks")
        .child(segments)
        .child(state)
        .child(templates)
        .child(people)
        .child(el("button").class("btn no-script").attr("type", "submit").child("Apply"))
        .view()
}

/// A choice of one of several entities.
fn choice(name: &'static str, all: &str, chosen: Option<&str>, entities: &[String], titles: &Titles) -> El {
    let option = |entity: &String| {
        let text = EntityRef::parse(entity).map_or_else(|_| entity.clone(), |reference| titles.text(&reference));
        el("option").attr("value", entity.as_str()).flag("selected", chosen == Some(entity.as_str())).child(text)
    };
    let mut options = vec![el("option").attr("value", "").child(all)];
    // What the address names is chosen, whether there are runs of it or not.
    options
        .extend(chosen.filter(|chosen| !entities.iter().any(|entity| entity == chosen)).map(|c| option(&c.to_owned())));
    options.extend(entities.iter().map(option));
    el("select").class("input choice-of").attr("name", name).attr("aria-label", all).child(options)
}

fn list(view: &View) -> AnyView {
    let View { asked, overview, titles } = view;
    if overview.items.is_empty() {
        let is_narrowed = *asked != Asked::default();
        return match is_narrowed {
            true => {
                empty_card("No run fits", "Take a filter away, or begin anew.", next("Show all runs", "/create/tasks"))
            }
            false => empty_card(
                "No template was run yet",
                "What a template does is shown here, step by step, from the moment that somebody runs it.",
                next("Choose a template", "/create"),
            ),
        };
    }
    let heads = vec![
        head("Run", None),
        head("State", None),
        head("Asked by", Some("2")),
        head("Asked", Some("1")),
        head_of_numbers("Took", Some("2")),
        head("Failed at", Some("3")),
    ];
    let rows = overview.items.iter().map(|task| task_row(task, titles)).collect();
    let table = table("Runs of templates", heads, rows);
    Card::titled(counted(overview.total, "run", "runs")).holding(together([table.view(), pager(asked, overview)]))
}

fn task_row(task: &TaskSummary, titles: &Titles) -> El {
    let template = task.template.as_deref().and_then(|template| EntityRef::parse(template).ok());
    let title =
        template.as_ref().map_or_else(|| "A template without a name".to_owned(), |template| titles.text(template));
    let name = link("medium", task_href(&task.id)).title(task.id.as_str()).child(title);
    let form = template.as_ref().map(|template| link("link", template_href(template)).child("its template"));
    let under = span("sub").child(el("code").child(short(&task.id))).child(form.is_some().then_some(" · ")).child(form);
    let (tone, word, glyph) = task_state(task.status);
    let waits = task.waits_for.map(|before| span("sub").child(waits_for(before)));
    let by = task.created_by.as_deref().and_then(|by| EntityRef::parse(by).ok());
    let by = by.map_or_else(dash, |by| owner_link(&by, titles));
    let took = task.ended_at.map_or_else(|| "–".to_owned(), |ended| took(task.created_at, ended));
    let failed_at = task.failed_at.as_deref().map_or_else(dash, |step| el("code").child(step));
    row(vec![
        row_head("").child(name).child(under),
        cell("", None).child(status_with(tone, word, glyph)).child(waits),
        cell("", Some("2")).child(by),
        cell("dim", Some("1")).child(time(task.created_at)),
        cell("num", Some("2")).child(took),
        cell("", Some("3")).child(failed_at),
    ])
}

fn pager(asked: &Asked, overview: &TaskOverview) -> AnyView {
    let last = asked.offset + overview.items.len() as u64;
    if asked.offset == 0 && last >= overview.total {
        return nothing();
    }
    let step = |offset: Option<u64>, glyph: &'static str, label: &'static str| {
        let step = match offset {
            Some(offset) => link("btn", Asked { offset, ..asked.clone() }.href()).title(label),
            None => span("btn").attr("role", "link").attr("aria-disabled", "true"),
        };
        step.attr("data-size", "sm").flag("data-icon", true).attr("aria-label", label).child(icon(glyph))
    };
    let range = format!("{}–{} of {}", grouped(asked.offset + 1), grouped(last), grouped(overview.total));
    let before = (asked.offset > 0).then(|| asked.offset.saturating_sub(PAGE));
    let steps = div("push").child(span("range").child(range)).child(step(before, "left", "Previous page")).child(step(
        (last < overview.total).then_some(last),
        "right",
        "Next page",
    ));
    el("nav").class("pager").attr("aria-label", "Pages").child(steps).view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_asked_of_the_api_in_its_words() {
        let asked = Asked {
            state: Some("failed".to_owned()),
            template: Some("template:default/a".to_owned()),
            by: Some("user:default/ana".to_owned()),
            offset: 50,
        };
        assert_eq!(
            asked.path(),
            "/api/portico/tasks?status=failed&template=template%3Adefault%2Fa&createdBy=user%3Adefault%2Fana&offset=50&limit=50"
        );
        assert_eq!(Asked::default().href(), "/create/tasks");
    }

    #[test]
    fn days_are_short() {
        assert_eq!(day_name("2026-11-27"), "27 Nov");
        for day in ["some day", "2026-13-01", "2026-02"] {
            assert_eq!(day_name(day), day);
        }
    }
}
