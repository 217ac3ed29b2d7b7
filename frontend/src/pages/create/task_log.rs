//! What is said in a run, step by step: folded where all went well, open where somebody wants to look.
//!
//! Rule: complete without script: folding is the browser's, and words that are looked for stand in the address.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::{ev, html};
use leptos_router::hooks::use_query_map;
use portico_api_types::{LogLevel, StepStatus, TaskEvent};

use super::task::Shown;
use super::{holds, search_field, searched, task_href};
use crate::components::{Card, Clock, Tone, follow_switch, icon, status_with};
use crate::markup::{El, changing, div, el, link, nothing, span, together};
use crate::text::number::counted;
use crate::text::time::{clock, took};

/// Lines that are read as they stand: a log of no more is not folded.
const SHORT: usize = 60;

/// Lines that follow each other and are about one step, or about none.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    step: Option<String>,
    events: Vec<TaskEvent>,
}

impl Group {
    fn first(&self) -> u64 {
        self.events.first().map_or(0, |event| event.id)
    }

    /// Whether something in it went wrong.
    fn is_bad(&self) -> bool {
        self.events.iter().any(|event| tone(event) == Some(Tone::Bad))
    }

    fn is_going_on(&self) -> bool {
        let stands = self.events.iter().rev().find_map(|event| event.body.status);
        stands == Some(StepStatus::Processing)
    }
}

/// Lines as groups.
fn groups(events: &[TaskEvent]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for event in events {
        match groups.last_mut().filter(|group| group.step == event.body.step_id) {
            Some(group) => group.events.push(event.clone()),
            None => groups.push(Group { step: event.body.step_id.clone(), events: vec![event.clone()] }),
        }
    }
    groups
}

/// The log as a card. `is_cut`: whether there is more than is shown.
pub(super) fn card(shown: RwSignal<Shown>, log: RwSignal<Vec<TaskEvent>>, over: Memo<bool>, is_cut: bool) -> AnyView {
    let query = use_query_map();
    let words = RwSignal::new(query.with_untracked(|query| query.get("q").unwrap_or_default()));
    let names: Arc<Vec<(String, String)>> = Arc::new(shown.with_untracked(|shown| {
        shown.task().spec.steps.iter().map(|step| (step.id.clone(), step.name.clone())).collect()
    }));
    let (window, follows) = (NodeRef::<html::Div>::new(), RwSignal::new(true));
    // New lines come into sight while the run goes on, unless the reader looks at older ones.
    Effect::new(move |before: Option<usize>| {
        let count = log.with(Vec::len);
        if before.is_some_and(|before| before < count)
            && follows.get_untracked()
            && let Some(window) = window.get_untracked()
        {
            window.set_scroll_top(window.scroll_height());
        }
        count
    });
    let all = Memo::new(move |_| log.with(|log| groups(log)));
    let is_short = Memo::new(move |_| log.with(Vec::len) <= SHORT);
    let last = Memo::new(move |_| all.with(|all| all.last().map(Group::first)));
    let shown_groups = move || {
        let words = words.get();
        let fits = |group: &Group| words.trim().is_empty() || group.events.iter().any(|event| finds(event, &words));
        all.with(|all| all.iter().filter(|group| fits(group)).map(Group::first).collect::<Vec<_>>())
    };
    let clock = Clock::from_context();
    let list = view! {
        <div class="log-window" node_ref=window tabindex="0" role="log" aria-label="What was said">
            <For each=shown_groups key=|first| *first children=move |first| {
                let group = Memo::new(move |_| {
                    all.with(|all| all.iter().find(|group| group.first() == first).cloned())
                });
                let is_open = Memo::new(move |_| {
                    let wanted = group.with(|group| group.as_ref().is_some_and(|group| group.is_bad() || group.is_going_on()));
                    wanted || is_short.get() || last.get() == Some(first) || !words.with(|words| words.trim().is_empty())
                });
                group_view(group, is_open, words, names.clone(), clock)
            }/>
        </div>
    };
    let id = shown.with_untracked(|shown| shown.task().id.clone());
    let field = search_field("Search the log", &words.get_untracked())
        .attr("data-size", "sm")
        .on(ev::input, move |event| words.set(event_target_value(&event)));
    let form = el("form")
        .class("row grow")
        .attr("method", "get")
        .attr("role", "search")
        .on(ev::submit, |event| event.prevent_default())
        .child(searched(field))
        .child(el("button").class("btn no-script").attr("data-size", "sm").attr("type", "submit").child("Search"));
    let whole = link("btn", format!("{}/log.txt", task_href(&id)))
        .attr("rel", "external")
        .attr("download", format!("run-{id}.txt"))
        .attr("data-size", "sm")
        .flag("data-icon", true)
        .attr("aria-label", "Download the log")
        .title("Download the log")
        .child(icon("download"));
    let going = changing(move || match over.get() {
        true => nothing(),
        false => together([status_with(Tone::Info, "Live", "s-run").view(), follow_switch(follows)]),
    });
    let bar = div("row log-bar").child(form).child(going).child(whole);
    let silence = changing(move || {
        let text = match (log.with(Vec::is_empty), over.get()) {
            (true, true) => "Nothing was said, or it is kept no more.",
            (true, false) => "Nothing was said yet.",
            (false, _) if shown_groups().is_empty() => "No line holds all of these words.",
            (false, _) => return nothing(),
        };
        el("p").class("card-body text muted").child(text).view()
    });
    let cut = is_cut.then(|| {
        div("card-foot")
            .child(el("p").child("These are the first lines. All of them are in the file that can be downloaded."))
    });
    let cut = cut.map_or_else(nothing, El::view);
    Card::titled("Log").holding(vec![bar.view(), silence, list.into_any(), cut])
}

fn finds(event: &TaskEvent, words: &str) -> bool {
    holds(&event.body.message, words)
}

fn group_view(
    group: Memo<Option<Group>>,
    is_open: Memo<bool>,
    words: RwSignal<String>,
    names: Arc<Vec<(String, String)>>,
    clock: Clock,
) -> AnyView {
    let lines = move || {
        let words = words.get();
        let is_found = |event: &&TaskEvent| words.trim().is_empty() || finds(event, &words);
        group.with(|group| {
            let events = group.iter().flat_map(|group| &group.events);
            events.filter(is_found).cloned().collect::<Vec<_>>()
        })
    };
    let list = view! {
        <ol class="log">
            <For each=lines key=|event| event.id children=move |event| log_line(event, clock)/>
        </ol>
    };
    let Some(step) = group.with_untracked(|group| group.as_ref().map(|group| group.step.clone())).flatten() else {
        return list.into_any();
    };
    let name = names.iter().find(|(id, _)| *id == step).map_or(step, |(_, name)| name.clone());
    let told = move || group.with(|group| group.as_ref().map(told).unwrap_or_default());
    let head = el("summary").child(el("b").class("medium").child(name)).child(span("subtle").text_with(told));
    el("details")
        .class("log-step")
        .attr_with("open", move || is_open.get().then(String::new))
        .child(head)
        .child(list.into_any())
        .view()
}

/// How much a group says, and how long it took.
fn told(group: &Group) -> String {
    let count = counted(group.events.len() as u64, "line", "lines");
    match (group.events.first(), group.events.last()) {
        (Some(first), Some(last)) if first.id != last.id => {
            format!(" {count}, {}", took(first.created_at, last.created_at))
        }
        _ => format!(" {count}"),
    }
}

/// What a line means to its reader; none for what goes well.
fn tone(event: &TaskEvent) -> Option<Tone> {
    let is_failure = event.body.status == Some(StepStatus::Failed) || event.body.error.is_some();
    match event.body.level {
        _ if is_failure => Some(Tone::Bad),
        Some(LogLevel::Error) => Some(Tone::Bad),
        Some(LogLevel::Warn) => Some(Tone::Warn),
        _ => None,
    }
}

fn log_line(event: TaskEvent, on: Clock) -> AnyView {
    let tone = tone(&event);
    let word = match tone {
        Some(Tone::Bad) => Some("error: "),
        Some(Tone::Warn) => Some("warning: "),
        _ => None,
    };
    let word = word.map(|word| span("visually-hidden").child(word));
    let at = event.created_at;
    // The number is a link to the line. The browser goes there by itself, so that the line is marked.
    let anchor = link("", format!("#line-{}", event.id)).attr("rel", "external").child(event.id.to_string());
    let time = el("time").attr("datetime", at.to_string()).text_with(move || clock(at, on.offset(at)));
    let is_quiet = event.body.level.is_some_and(|level| level < LogLevel::Info);
    el("li")
        .attr("id", format!("line-{}", event.id))
        .tone(tone)
        .flag("data-quiet", is_quiet)
        .child(anchor)
        .child(time)
        .child(el("span").child(word).child(event.body.message))
        .view()
}

/// Lines that are not followed any more, as those of a dry run: without numbers and times.
pub(super) fn plain(lines: &[portico_api_types::EventBody]) -> El {
    let line = |(index, body): (usize, &portico_api_types::EventBody)| {
        let tone = match body.level {
            _ if body.status == Some(StepStatus::Failed) => Some(Tone::Bad),
            Some(LogLevel::Error) => Some(Tone::Bad),
            Some(LogLevel::Warn) => Some(Tone::Warn),
            _ => None,
        };
        let step = body.step_id.as_deref().map(|step| span("subtle").child(format!("{step} · ")));
        el("li")
            .tone(tone)
            .child(el("span").child((index + 1).to_string()))
            .child(el("span").child(step).child(body.message.as_str()))
    };
    el("ol").class("log log-plain").child(lines.iter().enumerate().map(line).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use portico_api_types::{EventBody, EventKind};

    use super::*;

    fn event(id: u64, step: Option<&str>, status: Option<StepStatus>, level: Option<LogLevel>) -> TaskEvent {
        TaskEvent {
            id,
            is_task_recoverable: false,
            task_id: "t".to_owned(),
            body: EventBody {
                message: format!("Line {id}"),
                step_id: step.map(str::to_owned),
                status,
                level,
                ..EventBody::default()
            },
            kind: EventKind::Log,
            created_at: format!("2026-11-27T15:00:{id:02}Z").parse().unwrap(),
        }
    }

    #[test]
    fn lines_are_together_as_long_as_they_are_about_one_step() {
        let events = [
            event(1, None, None, None),
            event(2, Some("a"), Some(StepStatus::Processing), None),
            event(3, Some("a"), Some(StepStatus::Completed), None),
            event(4, Some("b"), Some(StepStatus::Processing), None),
            event(5, Some("b"), None, Some(LogLevel::Error)),
            event(6, Some("a"), None, None),
        ];
        let groups = groups(&events);
        let told: Vec<(Option<&str>, u64, usize)> =
            groups.iter().map(|group| (group.step.as_deref(), group.first(), group.events.len())).collect();
        assert_eq!(told, [(None, 1, 1), (Some("a"), 2, 2), (Some("b"), 4, 2), (Some("a"), 6, 1)]);
        assert_eq!(groups.iter().map(Group::is_going_on).collect::<Vec<_>>(), [false, false, true, false]);
        assert_eq!(groups.iter().map(Group::is_bad).collect::<Vec<_>>(), [false, false, true, false]);
        assert_eq!(super::told(&groups[1]), " 2 lines, 1.0 s");
        assert_eq!(super::told(&groups[0]), " 1 line");
    }

    #[test]
    fn a_step_that_failed_is_told_as_bad() {
        assert_eq!(tone(&event(1, Some("a"), Some(StepStatus::Failed), None)), Some(Tone::Bad));
        assert_eq!(tone(&event(1, Some("a"), None, Some(LogLevel::Warn))), Some(Tone::Warn));
        assert_eq!(tone(&event(1, Some("a"), Some(StepStatus::Completed), Some(LogLevel::Info))), None);
    }
}
