//! By which names a workload is reached, as services and ingresses say.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Model;
use crate::objects::{Service, Workload};

/// Names by which a workload is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// In the cluster, such as `orders.shop.svc`.
    pub services: BTreeSet<String>,
    /// From outside.
    pub hosts: BTreeSet<String>,
}

/// Services by namespace and one of the labels that they select, and hosts by the service that they lead to.
pub(super) struct Exposed<'a> {
    services: BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a Service>>,
    hosts: BTreeMap<(&'a str, &'a str), Vec<&'a str>>,
}

impl<'a> Exposed<'a> {
    pub(super) fn of(model: &'a Model) -> Exposed<'a> {
        let (mut services, mut hosts) = (BTreeMap::new(), BTreeMap::new());
        for service in model.services.values() {
            let Some((key, value)) = service.selector.first_key_value() else { continue };
            let place: &mut Vec<&Service> = services.entry((&*service.namespace, &**key, &**value)).or_default();
            place.push(service);
        }
        for ingress in model.ingresses.values() {
            for (host, service) in &ingress.routes {
                let place: &mut Vec<&str> = hosts.entry((&*ingress.namespace, &**service)).or_default();
                place.push(host);
            }
        }
        Exposed { services, hosts }
    }

    pub(super) fn names(&self, workload: &Workload) -> Names {
        let mut names = Names::default();
        let labels = workload.pod_labels.as_deref().unwrap_or(&workload.labels);
        for (key, value) in labels {
            let found = self.services.get(&(&*workload.namespace, &**key, &**value));
            for service in found.into_iter().flatten().filter(|service| service.selects(labels)) {
                names.services.insert(format!("{}.{}.svc", service.name, service.namespace));
                let hosts = self.hosts.get(&(&*service.namespace, &*service.name));
                names.hosts.extend(hosts.into_iter().flatten().map(|host| (*host).to_owned()));
            }
        }
        names
    }
}
