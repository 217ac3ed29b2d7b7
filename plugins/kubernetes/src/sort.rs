//! The sorts of objects that are read, and where each is found from Kubernetes 1.20 to the newest.
//!
//! Rule: a sort has one list of addresses, the newest first; the first that a server knows is taken.

use std::borrow::Cow;

use serde::Deserialize;

/// A sort that the facts are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Deployments,
    StatefulSets,
    DaemonSets,
    CronJobs,
    Jobs,
    Pods,
    Autoscalers,
    /// Read only where the name of a pod's owner does not tell whose it is.
    ReplicaSets,
    /// Read only where the settings want them, as are ingresses.
    Services,
    Ingresses,
}

impl Sort {
    /// Those that are always read, in their order: what owns comes before what is owned.
    pub(crate) const ALWAYS: [Sort; 7] = [
        Sort::Deployments,
        Sort::StatefulSets,
        Sort::DaemonSets,
        Sort::CronJobs,
        Sort::Jobs,
        Sort::Autoscalers,
        Sort::Pods,
    ];

    /// Those that are read by these settings.
    pub(crate) fn read(also: &[Extra]) -> Vec<Sort> {
        Sort::ALWAYS.into_iter().chain(also.iter().filter_map(|extra| extra.sort())).collect()
    }

    /// Whether a server without it is no API server at all.
    pub(crate) fn is_everywhere(self) -> bool {
        !matches!(self, Sort::CronJobs | Sort::Autoscalers | Sort::Services | Sort::Ingresses)
    }

    /// Its name in addresses.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Sort::Deployments => "deployments",
            Sort::StatefulSets => "statefulsets",
            Sort::DaemonSets => "daemonsets",
            Sort::CronJobs => "cronjobs",
            Sort::Jobs => "jobs",
            Sort::Pods => "pods",
            Sort::Autoscalers => "horizontalpodautoscalers",
            Sort::ReplicaSets => "replicasets",
            Sort::Services => "services",
            Sort::Ingresses => "ingresses",
        }
    }

    /// What mappings call it, where they are handed it as well.
    fn object(self) -> Option<&'static str> {
        match self {
            Sort::Services => Some(Extra::Services.object()),
            Sort::Ingresses => Some(Extra::Ingresses.object()),
            _ => None,
        }
    }

    /// Where it is found.
    pub(crate) fn resource(self) -> Resource {
        let versions: &[&str] = match self {
            Sort::Deployments | Sort::StatefulSets | Sort::DaemonSets | Sort::ReplicaSets => &["apis/apps/v1"],
            Sort::CronJobs => &["apis/batch/v1", "apis/batch/v1beta1"],
            Sort::Jobs => &["apis/batch/v1"],
            Sort::Pods | Sort::Services => &["api/v1"],
            Sort::Ingresses => {
                &["apis/networking.k8s.io/v1", "apis/networking.k8s.io/v1beta1", "apis/extensions/v1beta1"]
            }
            Sort::Autoscalers => &["apis/autoscaling/v2", "apis/autoscaling/v2beta2", "apis/autoscaling/v1"],
        };
        Resource::known(self.plural(), versions, true)
    }
}

/// What is read besides, for mappings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Extra {
    Namespaces,
    Nodes,
    Services,
    Ingresses,
}

impl Extra {
    pub(crate) fn resource(self) -> Resource {
        match self {
            Extra::Namespaces => Resource::known("namespaces", &["api/v1"], false),
            Extra::Nodes => Resource::known("nodes", &["api/v1"], false),
            Extra::Services => Sort::Services.resource(),
            Extra::Ingresses => Sort::Ingresses.resource(),
        }
    }

    /// What facts are made of besides.
    fn sort(self) -> Option<Sort> {
        match self {
            Extra::Namespaces | Extra::Nodes => None,
            Extra::Services => Some(Sort::Services),
            Extra::Ingresses => Some(Sort::Ingresses),
        }
    }

    /// What mappings call it.
    pub(crate) fn object(self) -> &'static str {
        match self {
            Extra::Namespaces => "namespace",
            Extra::Nodes => "node",
            Extra::Services => "service",
            Extra::Ingresses => "ingress",
        }
    }
}

/// A custom resource that the settings name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenCustom")]
pub(crate) struct Custom {
    group: String,
    version: String,
    plural: String,
    is_namespaced: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCustom {
    group: String,
    version: String,
    plural: String,
    #[serde(default = "yes")]
    namespaced: bool,
}

fn yes() -> bool {
    true
}

impl TryFrom<WrittenCustom> for Custom {
    type Error = String;

    fn try_from(written: WrittenCustom) -> Result<Custom, String> {
        let WrittenCustom { group, version, plural, namespaced: is_namespaced } = written;
        let is_part = |text: &str| {
            let is_good = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, b'-' | b'.');
            !text.is_empty() && !text.starts_with('.') && !text.contains("..") && text.bytes().all(is_good)
        };
        if group.is_empty() && plural == "secrets" {
            return Err("secrets are never read; leave them out".to_owned());
        }
        // What every cluster has by itself is in no group.
        let wrong =
            [&group, &version, &plural].into_iter().skip(usize::from(group.is_empty())).find(|text| !is_part(text));
        if let Some(text) = wrong {
            return Err(format!(
                "`{text}` is no part of an address; write group, version and plural as `kubectl api-resources` shows them"
            ));
        }
        Ok(Custom { group, version, plural, is_namespaced })
    }
}

impl Custom {
    pub(crate) fn resource(&self) -> Resource {
        let version = match self.group.as_str() {
            "" => format!("api/{}", self.version),
            group => format!("apis/{group}/{}", self.version),
        };
        Resource {
            plural: self.plural.clone().into(),
            versions: vec![version.into()],
            is_namespaced: self.is_namespaced,
        }
    }

    /// What mappings call it: as the cluster calls its definition.
    pub(crate) fn object(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }
}

/// What a list is read for: facts are made of its objects, mappings are handed them, or both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Purpose {
    pub facts: Option<Sort>,
    /// What mappings call its objects.
    pub mappings: Option<String>,
}

impl Purpose {
    pub(crate) fn mappings(object: &str) -> Purpose {
        Purpose { facts: None, mappings: Some(object.to_owned()) }
    }

    /// What its objects are called when people are told of them.
    pub(crate) fn name(&self) -> &str {
        self.facts.map(Sort::plural).or(self.mappings.as_deref()).unwrap_or_default()
    }
}

impl From<Sort> for Purpose {
    fn from(sort: Sort) -> Purpose {
        Purpose { facts: Some(sort), mappings: sort.object().map(str::to_owned) }
    }
}

/// Where a sort of objects is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub plural: Cow<'static, str>,
    /// Such as `apis/apps/v1`, the newest first.
    pub versions: Vec<Cow<'static, str>>,
    pub is_namespaced: bool,
}

impl Resource {
    fn known(plural: &'static str, versions: &[&'static str], is_namespaced: bool) -> Resource {
        let versions = versions.iter().map(|version| Cow::Borrowed(*version)).collect();
        Resource { plural: Cow::Borrowed(plural), versions, is_namespaced }
    }

    /// The paths of its lists in one version: of the whole cluster, or of each of some namespaces.
    pub(crate) fn paths(&self, version: &str, namespaces: &[String]) -> Vec<String> {
        let plural = &self.plural;
        if namespaces.is_empty() || !self.is_namespaced {
            return vec![format!("/{version}/{plural}")];
        }
        namespaces.iter().map(|namespace| format!("/{version}/namespaces/{namespace}/{plural}")).collect()
    }

    /// How many lists it has in a cluster.
    pub(crate) fn lists(&self, namespaces: &[String]) -> usize {
        if self.is_namespaced { namespaces.len().max(1) } else { 1 }
    }

    /// The group, as a rule of a role names it.
    pub(crate) fn group(&self) -> &str {
        let version = self.versions.first().map_or("", |version| version);
        version.strip_prefix("apis/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_of_the_cluster_or_of_each_namespace() {
        let pods = Sort::Pods.resource();
        assert_eq!(pods.paths("api/v1", &[]), ["/api/v1/pods"]);
        let namespaces = ["a".to_owned(), "b".to_owned()];
        assert_eq!(pods.paths("api/v1", &namespaces), ["/api/v1/namespaces/a/pods", "/api/v1/namespaces/b/pods"]);
        assert_eq!(Extra::Nodes.resource().paths("api/v1", &namespaces), ["/api/v1/nodes"]);
    }

    #[test]
    fn what_mappings_are_handed_besides_facts_is_called_the_same_in_both() {
        for extra in [Extra::Services, Extra::Ingresses] {
            let purpose = Purpose::from(extra.sort().expect("facts are made of it"));
            assert_eq!(purpose.mappings.as_deref(), Some(extra.object()));
        }
        assert_eq!(Purpose::from(Sort::Pods).mappings, None);
    }

    #[test]
    fn a_role_names_groups() {
        let groups = [Sort::Pods, Sort::Deployments, Sort::Autoscalers].map(|sort| sort.resource().group().to_owned());
        assert_eq!(groups, ["", "apps", "autoscaling"]);
    }

    #[test]
    fn a_custom_resource_is_called_as_its_definition() {
        let custom: Custom =
            serde_json::from_str(r#"{"group": "argoproj.io", "version": "v1alpha1", "plural": "rollouts"}"#)
                .expect("good");
        assert_eq!(custom.object(), "rollouts.argoproj.io");
        assert_eq!(custom.resource().paths("apis/argoproj.io/v1alpha1", &[]), ["/apis/argoproj.io/v1alpha1/rollouts"]);
    }
}
