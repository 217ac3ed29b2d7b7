//! What the portal asks of the runtime beside runs: cards, requests from outside, mappings, and the life of plugins.

use std::sync::Arc;

use portico_api_types::{
    CardOffer, Granting, Ingested, Installed, Invocation, MappingOutcome, MappingTrial, PluginCard, PluginMappings,
};
use portico_model::EntityRef;

use crate::cards::CardError;
use crate::intake::{Arrived, IngestScope, IntakeError, RouteAnswer, RouteGate};
use crate::life::{InstallRequest, LifeError, PluginChange};
use crate::runtime::Runtime;

impl Runtime {
    /// The cards of an entity's page; none if there is no such entity.
    pub async fn cards_of(&self, entity: &EntityRef) -> Result<Option<Vec<CardOffer>>, CardError> {
        self.host.cards_of(entity).await
    }

    /// The cards of the home page.
    pub fn home_cards(&self) -> Vec<CardOffer> {
        self.host.home_cards()
    }

    /// A card, drawn now or kept from before.
    pub async fn card(&self, plugin: &str, id: &str, entity: Option<&EntityRef>) -> Result<Arc<PluginCard>, CardError> {
        self.host.card(plugin, id, entity).await
    }

    /// Does what a button of a card says, and answers the card as it is then.
    pub async fn invoke(
        &self,
        plugin: &str,
        id: &str,
        entity: Option<&EntityRef>,
        invocation: Invocation,
    ) -> Result<Arc<PluginCard>, CardError> {
        self.host.invoke(plugin, id, entity, invocation).await
    }

    /// The route of a plugin that takes a request; it is counted against its rate.
    pub fn route(&self, plugin: &str, method: &str, path: &str) -> Result<RouteGate, IntakeError> {
        self.host.route(plugin, method, path)
    }

    /// A source that takes JSON with no plugin: bytes of its largest body, and whether senders sign. It is counted against its rate.
    pub fn ingest_source(&self, name: &str) -> Result<(u64, bool), IntakeError> {
        self.host.ingest_source(name).map(|source| (source.gate().size(), source.gate().is_signed()))
    }

    /// Checks a request to such a source, and takes what it says into the catalog.
    pub async fn take_in(&self, name: &str, scope: IngestScope, arrived: Arrived) -> Result<Ingested, IntakeError> {
        self.host.take_in(name, scope, arrived).await
    }

    /// Checks a request and has its plugin answer it.
    pub async fn handle(&self, route: RouteGate, arrived: Arrived) -> Result<RouteAnswer, IntakeError> {
        self.host.handle(route, arrived).await
    }

    /// Installs a package, or a version of one that is installed.
    pub async fn install(&self, request: InstallRequest, change: PluginChange) -> Result<Installed, LifeError> {
        let host = self.host.clone();
        to_its_end(async move { host.install_package(request, change).await }).await
    }

    /// Changes what an installed plugin is set to and granted.
    pub async fn change_plugin(&self, name: &str, change: PluginChange) -> Result<(), LifeError> {
        let (host, name) = (self.host.clone(), name.to_owned());
        to_its_end(async move { host.change_plugin(&name, change).await }).await
    }

    /// Grants what an installed plugin asks for, piece by piece.
    pub async fn grant(&self, name: &str, granting: Granting) -> Result<(), LifeError> {
        let (host, name) = (self.host.clone(), name.to_owned());
        to_its_end(async move { host.grant(&name, granting).await }).await
    }

    /// Goes back to the version of an installed plugin that ran before.
    pub async fn roll_back(&self, name: &str) -> Result<(), LifeError> {
        let (host, name) = (self.host.clone(), name.to_owned());
        to_its_end(async move { host.roll_back(&name).await }).await
    }

    /// Turns away a version that waits.
    pub async fn decline(&self, name: &str) -> Result<(), LifeError> {
        let (host, name) = (self.host.clone(), name.to_owned());
        to_its_end(async move { host.decline(&name).await }).await
    }

    /// Switches an installed plugin off or on.
    pub async fn switch(&self, name: &str, on: bool) -> Result<(), LifeError> {
        let (host, name) = (self.host.clone(), name.to_owned());
        to_its_end(async move { host.switch(&name, on).await }).await
    }

    /// Removes an installed plugin, and puts what it brought into the bin.
    pub async fn remove_plugin(&self, name: &str) -> Result<(), LifeError> {
        let (host, name) = (self.host.clone(), name.to_owned());
        to_its_end(async move { host.remove_plugin(&name).await }).await
    }

    /// The mappings of a plugin that is loaded, with examples of what it pushes.
    pub fn mappings(&self, name: &str) -> Option<PluginMappings> {
        self.host.mappings_of(name)
    }

    /// What becomes of an object by mappings that somebody writes. It computes, and may take some milliseconds.
    pub fn try_mappings(&self, name: &str, trial: &MappingTrial) -> Option<MappingOutcome> {
        self.host.try_mappings(name, trial)
    }
}

/// Makes a change to its end, also where whoever asked for it no longer waits: half of one would leave the store and the plugins at odds.
async fn to_its_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, LifeError>> + Send + 'static,
) -> Result<T, LifeError> {
    tokio::spawn(change).await.unwrap_or_else(|error| Err(LifeError::Store(error.to_string())))
}
