//! Agents, which run plugins where the portal does not reach, as `portico.yaml` names them.
//!
//! Rule: each has a token of its own, which no other agent has and the portal has not, so that a token says who asks and opens nothing else.

use std::collections::BTreeMap;

use portico_manifest::{DocumentError, PluginConfig, SecretSource};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// Shorter tokens could be guessed.
const SHORTEST: usize = 16;

/// The agents, by name.
#[derive(Debug, Default)]
pub(crate) struct Agents(BTreeMap<String, Agent>);

/// One agent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Agent {
    /// Where its token is found.
    token: SecretSource,
}

/// Keeps the entries of plugins that agents run as they were written.
pub(super) fn keep_written(
    plugins: &mut BTreeMap<String, PluginConfig>,
    text: &str,
    file: &str,
) -> Result<(), DocumentError> {
    if plugins.values().all(|config| config.agent.is_none()) {
        return Ok(());
    }
    let mut written: serde_json::Value = portico_manifest::parse(text, file)?;
    for (name, config) in plugins.iter_mut().filter(|(_, config)| config.agent.is_some()) {
        config.written = written["plugins"][name].take();
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Agents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Agents, D::Error> {
        let agents = BTreeMap::<String, Agent>::deserialize(deserializer)?;
        match agents.keys().find(|name| !super::is_name(name)) {
            Some(name) => Err(D::Error::custom(format!(
                "`{name}` is no name of an agent; use lower-case letters, digits and dashes, with a letter first, at most 63 characters"
            ))),
            None => Ok(Agents(agents)),
        }
    }
}

impl Agents {
    /// Where every token is found, by its key.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (Vec<&str>, &SecretSource)> {
        self.0.iter().map(|(name, agent)| (vec!["agents", name, "token"], &agent.token))
    }

    /// The first of these plugins whose agent is not named, and what to do.
    pub(super) fn missing<'a>(&self, plugins: &'a BTreeMap<String, PluginConfig>) -> Option<(&'a str, String)> {
        plugins.iter().find_map(|(plugin, config)| {
            let agent = config.agent.as_ref().filter(|agent| !self.0.contains_key(*agent))?;
            let message = format!(
                "no agent is called `{agent}`; name it under `agents`, as `{agent}: {{ token: {{ env: NAME }} }}`"
            );
            Some((plugin.as_str(), message))
        })
    }

    /// The tokens, by name. `portal` is the portal's own.
    pub(crate) fn tokens(&self, portal: Option<&str>) -> Result<BTreeMap<String, String>, String> {
        let mut tokens: BTreeMap<String, String> = BTreeMap::new();
        for (name, agent) in &self.0 {
            let token = crate::secret::read(&agent.token)?;
            if token.len() < SHORTEST {
                return Err(format!(
                    "the token of the agent `{name}` has {} characters; make one of at least {SHORTEST}, such as with `openssl rand -hex 32`",
                    token.len()
                ));
            }
            if portal == Some(token.as_str()) {
                return Err(format!("the agent `{name}` has the portal's own token; make one for it alone"));
            }
            if let Some((other, _)) = tokens.iter().find(|(_, known)| **known == token) {
                return Err(format!("the agents `{other}` and `{name}` have the same token; make one for each"));
            }
            tokens.insert(name.clone(), token);
        }
        Ok(tokens)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, FILE};

    fn load(text: &str, tokens: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, token) in tokens {
            std::fs::write(folder.path().join(name), format!("{token}\n")).unwrap();
        }
        let file = folder.path().join(FILE);
        std::fs::write(&file, text.replace("HERE", &folder.path().display().to_string())).unwrap();
        let config = Config::load(&file).map_err(|error| error.to_string())?;
        config.agents.tokens(Some("the token of the portal"))?;
        Ok(config)
    }

    const TWO: &str = "agents:\n  edge: { token: { file: HERE/edge } }\n  far: { token: { file: HERE/far } }\n";

    #[test]
    fn every_agent_has_a_token_of_its_own() {
        let (one, other) = ("0123456789abcdef", "fedcba9876543210");
        for (edge, far, expected) in [
            (one, other, ""),
            ("0123456789abcde", other, "the token of the agent `edge` has 15 characters"),
            (one, one, "the agents `edge` and `far` have the same token"),
            (one, "the token of the portal", "the agent `far` has the portal's own token"),
        ] {
            let said = load(TWO, &[("edge", edge), ("far", far)]).err().unwrap_or_default();
            assert!(said.starts_with(expected) && said.is_empty() == expected.is_empty(), "{said}");
        }
        let error = load(TWO, &[("edge", one)]).unwrap_err();
        assert!(error.contains("portico.yaml, line 3, `agents.far.token`: "), "{error}");
    }

    #[test]
    fn a_plugin_is_run_by_an_agent_that_is_named() {
        let plugin = |agent: &str| format!("{TWO}plugins:\n  kubernetes:\n    agent: {agent}\n");
        let tokens = [("edge", "0123456789abcdef"), ("far", "fedcba9876543210")];
        assert!(load(&plugin("edge"), &tokens).is_ok());
        let error = load(&plugin("near"), &tokens).unwrap_err();
        assert!(
            error.contains("portico.yaml, line 6, `plugins.kubernetes.agent`: no agent is called `near`"),
            "{error}"
        );
        let error = load("agents:\n  'The Edge': { token: { env: X } }\n", &[]).unwrap_err();
        assert!(error.contains("is no name of an agent"), "{error}");
    }

    #[test]
    fn secrets_of_a_plugin_that_an_agent_runs_are_not_looked_for_here() {
        let grants = "grants: { credentials: { api: { hosts: [x.test], header: authorization, format: 'Bearer {}', secret: { env: PORTICO_TEST_UNSET } } } }";
        let tokens = [("edge", "0123456789abcdef"), ("far", "fedcba9876543210")];
        let config = load(&format!("{TWO}plugins:\n  a:\n    agent: edge\n    {grants}\n"), &tokens).unwrap();
        let secret = &config.plugins["a"].written["grants"]["credentials"]["api"]["secret"];
        assert_eq!(secret["env"], "PORTICO_TEST_UNSET", "its name is told");
        let error = load(&format!("plugins:\n  a:\n    {grants}\n"), &[]).unwrap_err();
        assert!(error.contains("PORTICO_TEST_UNSET"), "{error}");
    }
}
