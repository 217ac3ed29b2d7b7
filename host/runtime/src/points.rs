//! The extension points of a component, each with its own way in.
//!
//! Rule: which ways there are is settled when a version is loaded, by its manifest, with which its exports agree; a call of one that
//! it does not offer is the portal's own mistake.

use portico_manifest::{Extension, Manifest};
use wasmtime::component::InstancePre;

use crate::bindings::actions::ActionsPluginPre;
use crate::bindings::cards::CardsPluginPre;
use crate::bindings::checks::ChecksPluginPre;
use crate::bindings::ingestion::IngestionPluginPre;
use crate::bindings::kinds::KindsPluginPre;
use crate::bindings::routes::RoutesPluginPre;
use crate::bindings::subscriber::SubscriberPluginPre;
use crate::bindings::watcher::WatcherPluginPre;
use crate::guest::Guest;

/// The ways into a component.
#[derive(Clone)]
pub(crate) struct Points {
    pub(crate) ingestion: Option<IngestionPluginPre<Guest>>,
    pub(crate) kinds: Option<KindsPluginPre<Guest>>,
    pub(crate) cards: Option<CardsPluginPre<Guest>>,
    pub(crate) subscriber: Option<SubscriberPluginPre<Guest>>,
    pub(crate) routes: Option<RoutesPluginPre<Guest>>,
    pub(crate) checks: Option<ChecksPluginPre<Guest>>,
    pub(crate) watcher: Option<WatcherPluginPre<Guest>>,
    pub(crate) actions: Option<ActionsPluginPre<Guest>>,
}

impl Points {
    /// The ways that a manifest offers; an error if the code's types are not the contract's.
    pub(crate) fn new(pre: &InstancePre<Guest>, manifest: &Manifest) -> wasmtime::Result<Points> {
        let offered = |extension| manifest.offers(extension).then(|| pre.clone());
        Ok(Points {
            ingestion: offered(Extension::Ingestion).map(IngestionPluginPre::new).transpose()?,
            kinds: offered(Extension::Kinds).map(KindsPluginPre::new).transpose()?,
            cards: offered(Extension::Cards).map(CardsPluginPre::new).transpose()?,
            subscriber: offered(Extension::Subscriber).map(SubscriberPluginPre::new).transpose()?,
            routes: offered(Extension::Routes).map(RoutesPluginPre::new).transpose()?,
            checks: offered(Extension::Checks).map(ChecksPluginPre::new).transpose()?,
            watcher: offered(Extension::Watcher).map(WatcherPluginPre::new).transpose()?,
            actions: offered(Extension::Actions).map(ActionsPluginPre::new).transpose()?,
        })
    }
}

/// The way into an extension point, which the caller has seen to be there.
pub(crate) fn offered<T>(point: Option<&T>, extension: Extension) -> wasmtime::Result<&T> {
    point.ok_or_else(|| {
        let what =
            format!("the extension point `{}` was called of a plugin that does not offer it", extension.as_str());
        crate::classify::HostFault(what).into()
    })
}
