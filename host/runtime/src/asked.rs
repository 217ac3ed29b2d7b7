//! What the portal asks of the runtime beside runs: cards, requests from outside, mappings, and the life of plugins.

use std::sync::Arc;

use portico_api_types::{
    CardOffer, Granting, IngestSources, Ingested, Installed, Invocation, MappingOutcome, MappingTrial, PluginCard,
    PluginCheck, PluginMappings, RemovedPlugin,
};
use portico_model::EntityRef;

use crate::cards::CardError;
use crate::intake::{Address, Admitted, Head, IngestGate, IngestScope, IntakeError, RouteAnswer, RouteGate};
use crate::life::{InstallRequest, LifeError, PluginChange};
use crate::mapping_trial::MappingsOf;
use crate::runtime::Runtime;
use crate::standing::CheckRefused;

impl Runtime {
    /// Has a plugin find out whether it can do its work.
    pub async fn check_plugin(&self, name: &str) -> Result<PluginCheck, CheckRefused> {
        self.host.check_plugin(name).await
    }

    /// The cards of an entity's page; none if there is no such entity.
    pub async fn cards_of(&self, entity: &EntityRef) -> Result<Option<Vec<CardOffer>>, CardError> {
        self.host.cards_of(entity).await
    }

    /// The cards of the home page.
    pub fn home_cards(&self) -> Vec<CardOffer> {
        self.host.home_cards()
    }

    /// A card, drawn now or kept from before, as `user` sees it; as anybody does where nobody is known.
    pub async fn card(
        &self,
        plugin: &str,
        id: &str,
        entity: Option<&EntityRef>,
        user: Option<&EntityRef>,
    ) -> Result<Arc<PluginCard>, CardError> {
        self.host.card(plugin, id, entity, user).await
    }

    /// Does what a button of a card says, in the name of `user`, and answers the card as it is then.
    pub async fn invoke(
        &self,
        plugin: &str,
        id: &str,
        entity: Option<&EntityRef>,
        user: Option<&EntityRef>,
        invocation: Invocation,
    ) -> Result<Arc<PluginCard>, CardError> {
        self.host.invoke(plugin, id, entity, user, invocation).await
    }

    /// The route of a plugin that takes a request.
    pub fn route(&self, plugin: &str, method: &str, path: &str) -> Result<RouteGate, IntakeError> {
        self.host.route(plugin, method, path)
    }

    /// A source that takes JSON with no plugin.
    pub fn ingest_source(&self, name: &str) -> Result<IngestGate, IntakeError> {
        self.host.ingest_source(name)
    }

    /// Checks what the head of a request proves, and waits for room for its body, which has `length` bytes if that is known.
    pub async fn admit<A: Address>(
        &self,
        address: A,
        head: Head,
        length: Option<u64>,
    ) -> Result<Admitted<A>, IntakeError> {
        self.host.admit(address, head, length).await
    }

    /// Checks a request to such a source, and takes what it says into the catalog.
    pub async fn take_in(
        &self,
        admitted: Admitted<IngestGate>,
        scope: IngestScope,
        body: Vec<u8>,
    ) -> Result<Ingested, IntakeError> {
        self.host.take_in(admitted, scope, body).await
    }

    /// Checks a request and has its plugin answer it.
    pub async fn handle(&self, admitted: Admitted<RouteGate>, body: Vec<u8>) -> Result<RouteAnswer, IntakeError> {
        self.host.handle(admitted, body).await
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

    /// Lets a version run that waits, in the name of `user`, who looked at it; of an installed plugin, and of one that code describes.
    pub async fn approve(&self, name: &str, digest: &str, user: Option<&EntityRef>) -> Result<(), LifeError> {
        let (host, name, digest) = (self.host.clone(), name.to_owned(), digest.to_owned());
        let user = user.map(ToString::to_string);
        to_its_end(async move { host.approve(&name, &digest, user).await }).await
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

    /// Brings a plugin back out of the bin.
    pub async fn restore_plugin(&self, name: &str) -> Result<(), LifeError> {
        let (host, name) = (self.host.clone(), name.to_owned());
        to_its_end(async move { host.restore_plugin(&name).await }).await
    }

    /// The plugins that are in the bin, last removed first.
    pub async fn removed_plugins(&self) -> Result<Vec<RemovedPlugin>, LifeError> {
        self.host.removed_plugins().await
    }

    /// Removes the packages that nothing needs any more: the bin has let go of something.
    pub async fn tidy(&self) {
        let _turn = self.host.life.lock().await;
        self.host.drop_packages().await;
    }

    /// What takes JSON with no plugin.
    pub fn ingest_sources(&self) -> IngestSources {
        self.host.ingest_sources()
    }

    /// The mappings of a plugin that is loaded, or of an ingest source, with examples of what comes in.
    pub fn mappings(&self, whose: &MappingsOf) -> Option<PluginMappings> {
        self.host.mappings_of(whose)
    }

    /// What becomes of an object by mappings that somebody writes. It computes, and may take some milliseconds.
    pub fn try_mappings(&self, whose: &MappingsOf, trial: &MappingTrial) -> Option<MappingOutcome> {
        self.host.try_mappings(whose, trial)
    }
}

/// Makes a change to its end, also where whoever asked for it no longer waits: half of one would leave the store and the plugins at odds.
async fn to_its_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, LifeError>> + Send + 'static,
) -> Result<T, LifeError> {
    tokio::spawn(change).await.unwrap_or_else(|error| Err(LifeError::Store(error.to_string())))
}
