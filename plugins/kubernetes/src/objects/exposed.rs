//! What makes workloads reachable: services, by the labels of pods that they select, and ingresses, by the services that they lead to.

use serde::Deserialize;

use super::{Meta, Text};
use crate::selector::Labels;

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    pub uid: Text,
    pub namespace: Text,
    pub name: Text,
    /// Labels of the pods that it leads to; none, if somebody else says where it leads.
    pub selector: Labels,
}

/// An ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ingress {
    pub uid: Text,
    pub namespace: Text,
    /// Names of hosts, each with a service that it leads to.
    pub routes: Vec<(Text, Text)>,
}

#[derive(Deserialize)]
struct RawService {
    metadata: Meta,
    #[serde(default)]
    spec: ServiceSpec,
}

#[derive(Default, Deserialize)]
struct ServiceSpec {
    selector: Option<Labels>,
}

#[derive(Deserialize)]
struct RawIngress {
    metadata: Meta,
    #[serde(default)]
    spec: IngressSpec,
}

#[derive(Default, Deserialize)]
struct IngressSpec {
    rules: Option<Vec<Rule>>,
}

#[derive(Deserialize)]
struct Rule {
    host: Option<Text>,
    http: Option<Paths>,
}

#[derive(Deserialize)]
struct Paths {
    paths: Option<Vec<Path>>,
}

#[derive(Deserialize)]
struct Path {
    backend: Backend,
}

/// A service by name, in the words of `networking.k8s.io/v1` or of the versions before.
#[derive(Deserialize)]
struct Backend {
    service: Option<Named>,
    #[serde(rename = "serviceName")]
    name: Option<Text>,
}

#[derive(Deserialize)]
struct Named {
    name: Text,
}

impl Service {
    pub(crate) fn read(json: &str) -> serde_json::Result<Service> {
        let RawService { metadata, spec } = serde_json::from_str(json)?;
        Ok(Service {
            uid: metadata.uid,
            namespace: metadata.namespace.unwrap_or_default(),
            name: metadata.name,
            selector: spec.selector.unwrap_or_default(),
        })
    }

    /// Whether it leads to pods with these labels.
    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        !self.selector.is_empty() && self.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    }
}

impl Ingress {
    pub(crate) fn read(json: &str) -> serde_json::Result<Ingress> {
        let RawIngress { metadata, spec } = serde_json::from_str(json)?;
        let mut routes = Vec::new();
        for Rule { host, http } in spec.rules.unwrap_or_default() {
            let Some(host) = host.filter(|host| !host.is_empty()) else { continue };
            let paths = http.and_then(|http| http.paths).unwrap_or_default().into_iter();
            let services = paths.filter_map(|path| path.backend.service.map(|named| named.name).or(path.backend.name));
            routes.extend(services.map(|service| (host.clone(), service)));
        }
        Ok(Ingress { uid: metadata.uid, namespace: metadata.namespace.unwrap_or_default(), routes })
    }
}
