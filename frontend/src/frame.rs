//! What every page shows around itself: the portal's name, and counts of what needs a look.
//!
//! Rule: a frame that cannot be fetched costs its counts, never the page. The page that a count leads to says what
//! went wrong.

use std::time::Duration;

use futures_util::future::join5;
use leptos::prelude::*;
use portico_api_types::{PluginState, SourceState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Api;
use crate::data::Data;
use crate::text::number::grouped;

/// How often the counts are fetched anew: about as often as a reader looks up at them.
const EVERY: Duration = Duration::from_secs(30);

/// What is around a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// What the portal is called.
    pub(crate) title: String,
    /// Entities in the catalog.
    pub(crate) entities: Option<u64>,
    /// How the sources stand.
    pub(crate) sources: Option<SourcesHealth>,
    /// Plugins that do not run as they should.
    pub(crate) plugins_unwell: u64,
    /// Plugins with a run that goes on.
    pub(crate) running: u64,
    /// Plugins that are switched off: what they brought in is as it was.
    pub(crate) off: Vec<String>,
    /// The kinds that plugins, files and the API declared.
    pub(crate) kinds: Vec<OwnKind>,
}

/// A kind that not every portal has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnKind {
    /// As documents write it.
    pub(crate) name: String,
    /// For several, to people.
    #[serde(rename = "titlePlural")]
    pub(crate) title: String,
    /// One of the portal's icons.
    pub(crate) icon: Option<String>,
    #[serde(default, skip_serializing)]
    origin: Value,
}

/// How many sources are current.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourcesHealth {
    /// Sources whose last attempt did not fail.
    pub(crate) current: u64,
    /// All sources.
    pub(crate) all: u64,
}

/// A list, of whatever is read.
#[derive(Deserialize)]
struct List<T> {
    items: Vec<T>,
}

/// What is read of a plugin. All else that there is of one would be read by code that every browser loads, and only pages of plugins need.
#[derive(Deserialize)]
struct Plugin {
    name: String,
    state: PluginState,
}

/// What is read of a source.
#[derive(Deserialize)]
struct Source {
    state: SourceState,
}

/// The frame of the application that is on the screen.
#[derive(Clone, Copy)]
pub(crate) struct FrameSignal(Data<Frame>);

impl FrameSignal {
    /// Fetches the frame and puts it into the context.
    pub(crate) fn provide() {
        let frame = Data::new(String::new, |api, _| async move { Ok(json!(Frame::fetch(&api).await)) });
        provide_context(FrameSignal(frame));
        Effect::new(move || {
            let timer = set_interval_with_handle(move || frame.refetch(), EVERY);
            on_cleanup(move || {
                if let Ok(timer) = timer {
                    timer.clear();
                }
            });
        });
    }

    /// The frame that the application provided.
    pub(crate) fn from_context() -> FrameSignal {
        expect_context()
    }

    /// The frame, once it is there.
    pub(crate) fn get(self) -> Option<Frame> {
        self.0.get().and_then(Result::ok)
    }

    /// Fetches it anew, because something happened that its counts tell.
    pub(crate) fn refetch(self) {
        self.0.refetch();
    }
}

impl Frame {
    async fn fetch(api: &Api) -> Frame {
        let (portal, entities, sources, plugins, kinds) = join5(
            api.get::<Value>("/api/portico/portal"),
            api.get::<Value>("/api/catalog/entities/by-query?limit=0"),
            api.get::<List<Source>>("/api/portico/sources"),
            api.get::<List<Plugin>>("/api/portico/plugins"),
            api.get::<List<OwnKind>>("/api/portico/kinds"),
        )
        .await;
        let title = portal.ok().and_then(|portal| portal["title"].as_str().map(str::to_owned));
        let plugins = plugins.map(|plugins| plugins.items).unwrap_or_default();
        Frame {
            title: title.unwrap_or_else(|| "Portico".to_owned()),
            entities: entities.ok().and_then(|entities| entities["totalItems"].as_u64()),
            sources: sources.ok().map(|sources| SourcesHealth::of(&sources.items)),
            plugins_unwell: count(&plugins, &[PluginState::Failing, PluginState::Refused]),
            running: count(&plugins, &[PluginState::Syncing]),
            off: plugins
                .into_iter()
                .filter(|plugin| plugin.state == PluginState::Off)
                .map(|plugin| plugin.name)
                .collect(),
            kinds: kinds
                .map(|kinds| kinds.items)
                .unwrap_or_default()
                .into_iter()
                .filter(|kind| kind.origin["type"] != "builtIn")
                .map(|kind| OwnKind { origin: Value::Null, ..kind })
                .collect(),
        }
    }
}

impl SourcesHealth {
    fn of(sources: &[Source]) -> SourcesHealth {
        let is_current = |source: &&Source| matches!(source.state, SourceState::Current | SourceState::Syncing);
        let current = sources.iter().filter(is_current).count();
        SourcesHealth { current: current as u64, all: sources.len() as u64 }
    }

    /// The sentence at the foot of the navigation.
    pub(crate) fn sentence(self) -> String {
        match (self.current, self.all) {
            (_, 0) => "No sources yet".to_owned(),
            (current, all) if current == all => format!("All {} sources current", grouped(all)),
            (current, all) => format!("{} of {} sources current", grouped(current), grouped(all)),
        }
    }
}

fn count(plugins: &[Plugin], states: &[PluginState]) -> u64 {
    plugins.iter().filter(|plugin| states.contains(&plugin.state)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_foot_says_how_many_sources_are_current() {
        for (current, all, sentence) in
            [(0, 0, "No sources yet"), (7, 7, "All 7 sources current"), (6, 7, "6 of 7 sources current")]
        {
            assert_eq!(SourcesHealth { current, all }.sentence(), sentence);
        }
    }
}
