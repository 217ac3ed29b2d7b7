//! Lines that were said, as they come.

use leptos::prelude::*;
use leptos::{ev, html};
use leptos_router::hooks::use_query_map;
use portico_api_types::{LogLevel, LogLine, PluginLine, Timestamp};

use super::{Card, Clock, Tone, run_href};
use crate::markup::{El, changing, el, link, nothing, span, together};
use crate::text::time::clock;

/// A line.
#[derive(Clone)]
pub(crate) struct Line {
    /// In its order, from 0.
    number: u64,
    at: Timestamp,
    level: LogLevel,
    message: String,
    from: Option<Call>,
}

/// In which call a line was said.
#[derive(Clone)]
struct Call {
    point: String,
    run: Option<u64>,
}

impl From<LogLine> for Line {
    fn from(line: LogLine) -> Line {
        Line { number: line.number.into(), at: line.at, level: line.level, message: line.message, from: None }
    }
}

impl From<PluginLine> for Line {
    fn from(line: PluginLine) -> Line {
        let PluginLine { number, at, level, message, point, run } = line;
        Line { number, at, level, message, from: Some(Call { point, run }) }
    }
}

/// Puts a line behind the others. A stream that is begun again says old lines again, and one of a portal that was started anew begins
/// to count anew.
pub(crate) fn append(log: RwSignal<Vec<Line>>, line: Line) {
    let is_new =
        log.with_untracked(|log| log.last().is_none_or(|last| (last.at, last.number) < (line.at, line.number)));
    if is_new {
        log.update(|log| log.push(line));
    }
}

/// What was said, from a level up. It grows until it is `over`.
pub(crate) fn log_card(title: &'static str, log: RwSignal<Vec<Line>>, over: Memo<bool>) -> AnyView {
    let query = use_query_map();
    let least = Memo::new(move |_| query.with(|query| level(query.get_str("level").unwrap_or_default())));
    let clock = Clock::from_context();
    let window = NodeRef::<html::Div>::new();
    let follows = RwSignal::new(true);
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

    let matters = move |line: &Line, least: Option<LogLevel>| Some(line.level) >= least;
    let lines =
        move || log.with(|log| log.iter().filter(|line| matters(line, least.get())).cloned().collect::<Vec<_>>());
    let segment = move |show: Option<LogLevel>, href: &str, text: &str| {
        let count = move || log.with(|log| log.iter().filter(|line| matters(line, show)).count()).to_string();
        link("", href)
            .attr_with("aria-current", move || (least.get() == show).then(|| "page".to_owned()))
            .child(format!("{text} "))
            .child(span("count").text_with(count))
    };
    let segments = el("nav").class("segmented push").attr("aria-label", "Which lines").child(vec![
        segment(None, "?", "All"),
        segment(Some(LogLevel::Warn), "?level=warn", "Warnings"),
        segment(Some(LogLevel::Error), "?level=error", "Errors"),
    ]);
    let silence = changing(move || {
        let text = if over.get() { "Nothing of this kind was said." } else { "Nothing was said yet." };
        if lines().is_empty() { el("p").class("card-body text muted").child(text).view() } else { nothing() }
    });
    let list = view! {
        <div class="log-window" node_ref=window tabindex="0" role="log" aria-label="What was said">
            <ol class="log">
                <For each=lines key=|line| (line.at, line.number) children=move |line| log_line(line, clock)/>
            </ol>
        </div>
    };
    let aside =
        together([segments.view(), changing(move || if over.get() { nothing() } else { follow_switch(follows) })]);
    Card::titled(title).aside(aside).holding(vec![silence, list.into_any()])
}

/// Whether new lines are scrolled into sight.
pub(crate) fn follow_switch(follows: RwSignal<bool>) -> AnyView {
    let input = el("input")
        .attr("type", "checkbox")
        .flag("checked", true)
        .property_with("checked", move || follows.get().into())
        .on(ev::change, move |event| follows.set(event_target_checked(&event)));
    el("label").class("check needs-script").child(input).child("Follow").view()
}

/// The call in front of what it said.
fn from(call: Call) -> El {
    let text = match call.run {
        Some(run) => link("", run_href(run)).child(format!("run {run}")),
        None => el("span").child(call.point),
    };
    span("subtle").child(text).child(" · ")
}

fn level(text: &str) -> Option<LogLevel> {
    match text {
        "warn" => Some(LogLevel::Warn),
        "error" => Some(LogLevel::Error),
        _ => None,
    }
}

fn log_line(line: Line, on: Clock) -> AnyView {
    let (tone, word) = match line.level {
        LogLevel::Error => (Some(Tone::Bad), "error: "),
        LogLevel::Warn => (Some(Tone::Warn), "warning: "),
        LogLevel::Info | LogLevel::Debug | LogLevel::Trace => (None, ""),
    };
    let number = line.number + 1;
    let word = (!word.is_empty()).then(|| span("visually-hidden").child(word));
    // The number is a link to the line. The browser goes there by itself, so that the line is marked.
    let anchor = link("", format!("#line-{number}")).attr("rel", "external").child(number.to_string());
    let time = el("time").attr("datetime", line.at.to_string()).text_with(move || clock(line.at, on.offset(line.at)));
    el("li")
        .attr("id", format!("line-{number}"))
        .tone(tone)
        .flag("data-quiet", line.level < LogLevel::Info)
        .child(anchor)
        .child(time)
        .child(el("span").child(word).child(line.from.map(from)).child(line.message))
        .view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_shows_what_matters_as_much_or_more() {
        assert_eq!(level(""), None);
        assert!(Some(LogLevel::Error) >= level("warn"));
        assert!(Some(LogLevel::Info) < level("warn"));
        assert!(Some(LogLevel::Trace) >= level(""));
    }
}
