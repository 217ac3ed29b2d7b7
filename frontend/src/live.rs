//! Runs as they go on and what plugins say, by the API's event streams.

use std::time::Duration;

use leptos::prelude::*;
use portico_api_types::{PluginLine, RunEvent, TaskEvent};
use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::api::encode;

/// Tells what happens in a run for as long as the current owner lives and the run goes on. Without script nothing is
/// told, and the page stays as it was loaded.
pub(crate) fn follow(id: u64, told: impl Fn(RunEvent) -> Followed + Clone + 'static) {
    // Effects run in the browser only, which is where event streams are.
    Effect::new(move || {
        let Ok(source) = EventSource::new(&format!("/api/portico/runs/{id}/events")) else { return };
        let (run, log) = (told.clone(), told.clone());
        let run = listen(&source, "run", move |now| run(RunEvent::Run(now)));
        let log = listen(&source, "log", move |line| log(RunEvent::Log(line)));
        let open = SendWrapper::new((source, run, log));
        on_cleanup(move || open.take().0.close());
    });
}

/// Tells what a plugin says, for as long as the current owner lives.
pub(crate) fn follow_plugin(name: &str, told: impl Fn(PluginLine) + Clone + 'static) {
    let address = format!("/api/portico/plugins/{}/log/events", encode(name));
    Effect::new(move || {
        let Ok(source) = EventSource::new(&address) else { return };
        let told = told.clone();
        let log = listen(&source, "log", move |line| {
            told(line);
            Followed::More
        });
        let open = SendWrapper::new((source, log));
        on_cleanup(move || open.take().0.close());
    });
}

/// Tells what is said in a task after an event, for as long as the current owner lives and the task goes on. A stream that was cut off is begun
/// again by the browser, which says what it has heard.
pub(crate) fn follow_task(id: &str, after: u64, told: impl Fn(TaskEvent) -> Followed + Clone + 'static) {
    let after = if after == 0 { String::new() } else { format!("?after={after}") };
    let address = format!("/api/scaffolder/v2/tasks/{}/eventstream{after}", encode(id));
    Effect::new(move || {
        let Ok(source) = EventSource::new(&address) else { return };
        let heard = ["log", "completion", "cancelled", "recovered"].map(|name| listen(&source, name, told.clone()));
        let open = SendWrapper::new((source, heard));
        on_cleanup(move || open.take().0.close());
    });
}

/// Whether a listener wants to hear more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// There is more to come.
    More,
    /// That was the end; a stream left open would be begun again by the browser.
    End,
}

fn listen<T: DeserializeOwned + 'static>(
    source: &EventSource,
    name: &str,
    told: impl Fn(T) -> Followed + 'static,
) -> Closure<dyn Fn(MessageEvent)> {
    let stream = source.clone();
    let heard = Closure::new(move |message: MessageEvent| {
        let data = message.data().as_string().unwrap_or_default();
        // What a newer server says and this page does not understand is left out; the next event says it all again.
        if let Ok(data) = serde_json::from_str(&data)
            && let Ok(data) = portico_api_types::read(&data)
            && told(data) == Followed::End
        {
            stream.close();
        }
    });
    // Adding a listener does not fail on a live object.
    let _ = source.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
    heard
}

/// Between two looks at what changes by itself: often enough to see a run move, seldom enough to cost nothing.
const LOOK: Duration = Duration::from_secs(10);

/// Looks again every few seconds while the page is in sight.
pub(crate) fn every_few_seconds(look: impl Fn() + Clone + 'static) {
    every(LOOK, look);
}

/// Looks again after every such time while the page is in sight.
pub(crate) fn every(time: Duration, look: impl Fn() + Clone + 'static) {
    Effect::new(move || {
        let look = look.clone();
        let timer = set_interval_with_handle(
            move || {
                if !document().hidden() {
                    look();
                }
            },
            time,
        );
        on_cleanup(move || {
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    });
}
