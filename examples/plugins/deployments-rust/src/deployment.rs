//! What a pipeline says, and the entity that it becomes.

use portico_sdk::Entity;
use serde::Deserialize;

/// A version that was deployed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deployment {
    /// The name of the component.
    pub(crate) service: String,
    pub(crate) environment: String,
    pub(crate) version: String,
}

impl Deployment {
    /// One of each component and environment: what runs now.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.service, self.environment)
    }

    pub(crate) fn entity(&self) -> Entity {
        Entity::new("deployments.acme.example/v1", "Deployment", self.name())
            .spec("component", self.service.as_str())
            .spec("environment", self.environment.as_str())
            .spec("version", self.version.as_str())
    }
}
