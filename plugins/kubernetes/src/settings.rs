//! What the operator writes: which clusters, what is read of them, and by which labels workloads belong to components.
//!
//! Rule: names that become a part of an address are checked here, so that nothing further on can lead a request elsewhere.

use std::collections::BTreeSet;

use portico_sdk::{Error, Result};
use serde::Deserialize;

use crate::sort::{Custom, Extra};

/// The name of the scope of all clusters together; no cluster can be called so.
pub(crate) const TOGETHER: &str = "all clusters";

/// The settings of the plugin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The clusters, in the order in which they are read; those of kubeconfigs, which the portal adds, are the last.
    #[serde(default)]
    pub clusters: Vec<Cluster>,
    /// The labels whose values name components, the first that does so first.
    #[serde(default = "usual_labels")]
    pub labels: Vec<String>,
    /// What else is read, for mappings.
    #[serde(default)]
    pub also: Vec<Extra>,
    /// Custom resources, for mappings of the operator's own.
    #[serde(default)]
    pub resources: Vec<Custom>,
    /// Whether cards have buttons that restart and scale.
    #[serde(default)]
    pub actions: bool,
}

/// One cluster.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cluster {
    /// What it is called: its scope, and what annotations name it by.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// The address of its API server, without a slash at the end.
    #[serde(default, deserialize_with = "server")]
    pub server: String,
    /// What its context in a kubeconfig names as its namespace. Everything is read all the same: most set it for their own comfort.
    #[serde(default)]
    pub namespace: Option<String>,
    /// The namespaces that are read; all, if none.
    #[serde(default, deserialize_with = "names")]
    pub namespaces: Vec<String>,
    /// The address of a workload's page in a dashboard, with `{namespace}`, `{type}` and `{name}`.
    #[serde(default)]
    pub dashboard: Option<String>,
}

impl Cluster {
    /// The page of a workload in the dashboard, if there is one.
    pub(crate) fn page(&self, namespace: &str, kind: &str, name: &str) -> Option<String> {
        let dashboard = self.dashboard.as_ref()?;
        Some(
            dashboard.replace("{namespace}", namespace).replace("{type}", &kind.to_lowercase()).replace("{name}", name),
        )
    }
}

impl Settings {
    /// The settings as the operator wrote them, if they make sense together.
    pub(crate) fn read() -> Result<Settings> {
        portico_sdk::settings::read::<Settings>()?.checked()
    }

    fn checked(self) -> Result<Settings> {
        if self.clusters.is_empty() {
            return Err(Error::Invalid(
                "settings.clusters: they name no cluster; grant a kubeconfig under `grants.kubeconfigs`, or add a cluster with `name` and \
                 `server`"
                    .to_owned(),
            ));
        }
        if let Some(cluster) = self.clusters.iter().find(|cluster| cluster.server.is_empty()) {
            return Err(Error::Invalid(format!(
                "settings.clusters: `{}` has no `server`, and no kubeconfig that is granted has a context of this name; add the one or the \
                 other",
                cluster.name
            )));
        }
        let mut seen = BTreeSet::new();
        match self.clusters.iter().find(|cluster| !seen.insert(cluster.name.as_str())) {
            Some(Cluster { name, .. }) => Err(Error::Invalid(format!(
                "settings.clusters: two clusters are called `{name}`; give each a name of its own in portico.yaml"
            ))),
            None => Ok(self),
        }
    }

    /// The cluster of this name.
    pub(crate) fn cluster(&self, name: &str) -> Result<&Cluster> {
        let unknown = || Error::NotFound(format!("the settings name no cluster `{name}` any more"));
        self.clusters.iter().find(|cluster| cluster.name == name).ok_or_else(unknown)
    }

    /// The scopes that the plugin speaks for.
    pub(crate) fn scopes(&self) -> Vec<String> {
        self.clusters.iter().map(|cluster| cluster.name.clone()).chain([TOGETHER.to_owned()]).collect()
    }
}

/// Most specific first: what Backstage's own label names, what was installed, what it is, and what it is a part of.
fn usual_labels() -> Vec<String> {
    ["backstage.io/kubernetes-id", "app.kubernetes.io/instance", "app.kubernetes.io/name", "app.kubernetes.io/part-of"]
        .map(str::to_owned)
        .to_vec()
}

/// Whether Kubernetes, and a namespace of the catalog, can be called so.
pub(crate) fn is_name(text: &str) -> bool {
    let is_good = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(is_good) && !text.starts_with('-') && !text.ends_with('-')
}

fn checked<E: serde::de::Error>(text: String) -> std::result::Result<String, E> {
    if is_name(&text) {
        return Ok(text);
    }
    Err(E::custom(format!(
        "`{text}` is no name; use at most 63 lower-case letters, digits and dashes, such as `prod-eu`"
    )))
}

fn name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    checked(String::deserialize(deserializer)?)
}

fn names<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<String>, D::Error> {
    Vec::<String>::deserialize(deserializer)?.into_iter().map(checked).collect()
}

fn server<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    // Where clusters of kubeconfigs have a server together, the portal puts the name of one in front, to know which is meant.
    let named = rest.and_then(|rest| rest.split_once('@')).filter(|(name, _)| is_name(name));
    let is_good = named.map(|(_, rest)| rest).or(rest).is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['?', '#', '@', ' ', '\\']) && !rest.contains("..")
    });
    if !is_good {
        return Err(serde::de::Error::custom(format!(
            "`{text}` is no address of an API server; write one such as `https://prod.k8s.acme.example:6443`, as `kubectl cluster-info` shows it"
        )));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Result<Settings> {
        portico_sdk::settings::parse::<Settings>(json)?.checked()
    }

    #[test]
    fn a_cluster_takes_a_name_and_an_address() {
        let settings = parsed(r#"{"clusters": [{"name": "prod", "server": "https://prod.k8s.acme.example:6443/"}]}"#)
            .expect("good");
        let prod = settings.cluster("prod").expect("there");
        assert_eq!((prod.server.as_str(), prod.namespaces.len()), ("https://prod.k8s.acme.example:6443", 0));
        assert_eq!(settings.scopes(), ["prod", TOGETHER]);
        for server in ["https://prod@rancher.test/k8s/clusters/c-abc", "https://rancher.test/k8s/clusters/c-abc"] {
            let settings = parsed(&format!(r#"{{"clusters": [{{"name": "prod", "server": "{server}/"}}]}}"#));
            assert_eq!(settings.expect("good").clusters[0].server, server, "one of several behind a server");
        }
        assert_eq!(settings.labels.len(), 4);
        assert!(!settings.actions, "nothing is changed unless somebody says so");
    }

    #[test]
    fn what_cannot_be_is_said_with_its_place() {
        for (json, expected) in [
            (r#"{}"#, "settings.clusters: they name no cluster; grant a kubeconfig"),
            (r#"{"clusters": []}"#, "settings.clusters: they name no cluster"),
            (r#"{"clusters": [{"name": "a", "server": "https://u:hunter2@a"}]}"#, "settings.clusters[0].server: "),
            (
                r#"{"clusters": [{"name": "a", "namespaces": ["b"]}]}"#,
                "settings.clusters: `a` has no `server`, and no kubeconfig that is granted",
            ),
            (
                r#"{"clusters": [{"name": "Prod EU", "server": "https://a"}]}"#,
                "settings.clusters[0].name: `Prod EU` is no name",
            ),
            (
                r#"{"clusters": [{"name": "a", "server": "10.0.0.1:6443"}]}"#,
                "settings.clusters[0].server: `10.0.0.1:6443` is no address of an API server",
            ),
            (
                r#"{"clusters": [{"name": "a", "server": "https://a?x"}]}"#,
                "settings.clusters[0].server: `https://a?x` is no address",
            ),
            (
                r#"{"clusters": [{"name": "a", "server": "https://a", "namespaces": ["../secrets"]}]}"#,
                "settings.clusters[0].namespaces: `../secrets` is no name",
            ),
            (
                r#"{"clusters": [{"name": "a", "server": "https://a"}, {"name": "a", "server": "https://b"}]}"#,
                "settings.clusters: two clusters are called `a`",
            ),
            (r#"{"clusters": [], "also": ["secrets"]}"#, "settings.also[0]: unknown variant `secrets`"),
            (
                r#"{"clusters": [], "resources": [{"group": "", "version": "v1", "plural": "secrets"}]}"#,
                "settings.resources[0]: secrets are never read",
            ),
            (
                r#"{"clusters": [], "resources": [{"group": "a.io/../..", "version": "v1", "plural": "x"}]}"#,
                "settings.resources[0]: `a.io/../..` is no part of an address",
            ),
        ] {
            let error = parsed(json).expect_err(json).to_string();
            assert!(error.starts_with(expected), "{json}\n  got  {error}\n  want {expected}");
        }
    }

    #[test]
    fn a_dashboard_is_linked_by_workload() {
        let cluster = Cluster {
            name: "prod".into(),
            server: "https://a".into(),
            namespaces: Vec::new(),
            namespace: None,
            dashboard: Some("https://dash.test/{type}/{namespace}/{name}".into()),
        };
        let page = cluster.page("shop", "StatefulSet", "orders");
        assert_eq!(page.as_deref(), Some("https://dash.test/statefulset/shop/orders"));
    }
}
