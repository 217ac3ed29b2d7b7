//! A step that is about one host of one forge.

use portico_sdk::actions::Invocation;
use portico_sdk::{Result, info};
use portico_sites::Forge;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::host::Settings;
use crate::target::Target;

/// What is to be done, where, and how it is asked for.
pub(crate) struct Step<'a> {
    pub(crate) invocation: &'a Invocation,
    pub(crate) settings: Settings,
    pub(crate) target: Target,
    pub(crate) api: Api,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Common {
    repo_url: String,
    token: Option<String>,
}

impl<'a> Step<'a> {
    /// Reads what all steps about a forge have.
    pub(crate) fn begin(invocation: &'a Invocation, forge: Forge) -> Result<Step<'a>> {
        let common: Common = invocation.input()?;
        let settings = Settings::read()?;
        let target = Target::parse(&common.repo_url, &settings)?;
        target.host.is(forge)?;
        let mut token = common.token.filter(|token| !token.trim().is_empty());
        if token.is_some() && settings.ignore_tokens {
            info!("the step's `token` is not used; the operator's credential is");
            token = None;
        }
        let api = Api::new(&target.host, token);
        Ok(Step { invocation, settings, target, api })
    }

    /// The step's input.
    pub(crate) fn input<T: DeserializeOwned>(&self) -> Result<T> {
        self.invocation.input()
    }

    /// Whether nothing may be sent; what would be is told.
    pub(crate) fn is_dry(&self, what: &str) -> bool {
        if self.invocation.dry_run {
            info!("in a dry run nothing is sent to {}: it would {what}", self.target.host.name);
        }
        self.invocation.dry_run
    }
}
