//! How far a run is and what it changed so far, alive while it goes on.

use leptos::prelude::*;
use portico_api_types::{Progress, Run, RunEvent, RunState, Summary};

use super::{Card, Time, run_status};
use crate::frame::FrameSignal;
use crate::live::{Followed, follow};
use crate::text::number::{grouped, percent};
use crate::text::source::{run_state, trigger};

/// The card of a run that goes on, in the page of something else.
#[component]
pub(crate) fn RunProgress(run: Run) -> impl IntoView {
    let id = run.id;
    let run = RwSignal::new(run);
    let frame = FrameSignal::from_context();
    follow(id, move |event| match event {
        RunEvent::Run(now) => {
            let is_over = now.state != RunState::Running;
            run.set(now);
            if is_over {
                frame.refetch();
            }
            if is_over { Followed::End } else { Followed::More }
        }
        RunEvent::Log(_) => Followed::More,
    });
    let href = format!("/runs/{id}");
    let aside = view! { <a class="link text push" href=href>"Log of run "{id}</a> }.into_any();
    Card::titled("Run in progress").aside(aside).holding(view! {{move || run.with(progress)}})
}

/// How far a run is, as a body of a card.
pub(crate) fn progress(run: &Run) -> AnyView {
    let started = view! { "started "<Time at=run.started_at/>" "{trigger(run.trigger)} };
    let (title, bar, share) = match &run.progress {
        Some(progress) => (progress.message.clone(), Some(bar(progress, run.state)), share(progress)),
        None => ("Nothing said yet".to_owned(), None, None),
    };
    let steps = run.progress.as_ref().map(steps);
    view! {
        <div class="card-body stack" style="--gap:12px">
            <div class="row between">
                <div class="grow"><b>{title}</b><span class="sub">{steps} " · " {started}</span></div>
                {share.map(|share| view! { <b class="big">{share}<span class="small muted">" %"</span></b> })}
                {share.is_none().then(|| run_status(run.state))}
            </div>
            {bar}
        </div>
        {figures(&run.summary)}
    }
    .into_any()
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

fn bar(progress: &Progress, state: RunState) -> impl IntoView + use<> {
    let share = share(progress);
    let tone = run_state(state).0.name();
    view! {
        <div
            class="progress" role="progressbar" aria-label="How far the run is" aria-valuemin="0" aria-valuemax="100"
            aria-valuenow=share data-endless=(share.is_none() && state == RunState::Running).then_some("")
        >
            <i style=format!("--v:{}%", share.unwrap_or(100)) data-tone=tone></i>
        </div>
    }
}

/// What a run changed.
pub(crate) fn figures(summary: &Summary) -> impl IntoView + use<> {
    let figures = [
        ("New", summary.added),
        ("Changed", summary.updated),
        ("Unchanged", summary.unchanged),
        ("Gone", summary.removed),
    ];
    let figure = |(name, count): (&'static str, u64)| view! { <div class="figure"><span>{name}</span><b>{grouped(count)}</b></div> };
    let tone = (summary.refused > 0).then_some("bad");
    view! {
        <div class="figures">
            {figures.map(figure).collect_view()}
            <div class="figure"><span>"Refused"</span><b class="tone" data-tone=tone>{grouped(summary.refused)}</b></div>
        </div>
    }
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
