//! How far a run is and what it changed so far, alive while it goes on.

use leptos::prelude::*;
use portico_api_types::{Progress, Run, RunEvent, RunState, Summary};

use super::{Card, Tone, run_href, run_status, time};
use crate::frame::FrameSignal;
use crate::live::{Followed, follow};
use crate::markup::{El, changing, div, el, link, span, together};
use crate::text::number::{grouped, percent};
use crate::text::source::{run_state, trigger};

/// The card of a run that goes on, in the page of something else.
pub(crate) fn run_progress(run: Run) -> AnyView {
    let id = run.id;
    let run = RwSignal::new(run);
    let frame = FrameSignal::from_context();
    follow(id, move |event| match event {
        RunEvent::Run(now) => {
            let is_over = now.state != RunState::Running;
            run.set(*now);
            if is_over {
                frame.refetch();
                return Followed::End;
            }
            Followed::More
        }
        RunEvent::Log(_) => Followed::More,
    });
    let aside = link("link text push", run_href(id)).child(format!("Log of run {id}")).view();
    Card::titled("Run in progress").aside(aside).holding(changing(move || run.with(|run| progress(run, true))))
}

/// How far a run is, as a body of a card; with when and why it started, where that is not said elsewhere.
pub(crate) fn progress(run: &Run, with_start: bool) -> AnyView {
    let (title, bar, share) = match &run.progress {
        Some(progress) => (progress.message.clone(), Some(bar(progress, run.state)), share(progress)),
        None => ("It has not said anything yet".to_owned(), None, None),
    };
    let start = with_start
        .then(|| span("").child("started ").child(time(run.started_at)).child(format!(" {}", trigger(run.trigger))));
    let between = (with_start && run.progress.is_some()).then_some(" · ");
    let steps = run.progress.as_ref().map(steps);
    let sub = span("sub").child(steps).child(between).child(start);
    let figure = match share {
        Some(share) => el("b").class("big").child(share.to_string()).child(span("small muted").child(" %")),
        None => run_status(run.state),
    };
    let head = div("row between").child(div("grow").child(el("b").child(title)).child(sub)).child(figure);
    let body = div("card-body stack").attr("style", "--gap:12px").child(head).child(bar);
    together([body.view(), figures(&run.summary).view()])
}

fn steps(progress: &Progress) -> String {
    match progress.total {
        Some(total) => format!("{} of {}", grouped(progress.done), grouped(total)),
        None => format!("{} done", grouped(progress.done)),
    }
}

fn share(progress: &Progress) -> Option<u64> {
    progress.total.filter(|total| *total > 0).map(|total| percent(progress.done, total))
}

fn bar(progress: &Progress, state: RunState) -> El {
    let share = share(progress);
    let fill = el("i").attr("style", format!("--v:{}%", share.unwrap_or(100))).tone(Some(run_state(state).0));
    div("progress")
        .attr("role", "progressbar")
        .attr("aria-label", "How far the run is")
        .attr("aria-valuemin", "0")
        .attr("aria-valuemax", "100")
        .attr_some("aria-valuenow", share.map(|share| share.to_string()))
        .flag("data-endless", share.is_none() && state == RunState::Running)
        .child(fill)
}

/// What a run changed.
fn figures(summary: &Summary) -> El {
    let figures = [
        ("New", summary.added, None),
        ("Changed", summary.updated, None),
        ("Unchanged", summary.unchanged, None),
        ("Gone", summary.removed, None),
        ("Refused", summary.refused, (summary.refused > 0).then_some(Tone::Bad)),
    ];
    let figure = |(name, count, tone): (&str, u64, Option<Tone>)| {
        div("figure").child(el("span").child(name)).child(el("b").class("tone").tone(tone).child(grouped(count)))
    };
    div("figures").child(figures.into_iter().map(figure).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_needs_to_know_the_whole() {
        let progress = |total| Progress { done: 3, total, message: String::new() };
        assert_eq!(share(&progress(Some(12))), Some(25));
        assert_eq!(share(&progress(Some(0))), None);
        assert_eq!(share(&progress(None)), None);
        assert_eq!(steps(&progress(None)), "3 done");
        assert_eq!(steps(&progress(Some(1200))), "3 of 1\u{202f}200");
    }
}
