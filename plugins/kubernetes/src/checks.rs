//! Whether the plugin can do its work: each cluster is reached, knows the account, and lets it list what is wanted.
//!
//! Rule: nothing is asked that a run would not ask, and one object of each sort at most is read. What is missing is said with the lines
//! of a role that put it right.

use portico_sdk::checks::{Findings, Outcome};

use crate::api::{Api, Failure, for_a_credential, is_of_nobody};
use crate::entities::Entities;
use crate::follow::{Plan, STREAMS};
use crate::settings::{Cluster, Settings};
use crate::sort::{Resource, Sort};

/// Clusters of which each has findings of its own. Of more, those that are well are summed up: no check has more than 50 findings.
const EACH: usize = 16;

/// Looks at everything that the settings name.
pub(crate) fn run(findings: &mut Findings) {
    let settings = match Settings::read() {
        Ok(settings) => settings,
        Err(error) => return findings.failed("Settings", error.to_string()),
    };
    let mut well = 0;
    for cluster in &settings.clusters {
        let mut own = Findings::default();
        of_cluster(cluster, &settings, &mut own);
        if settings.clusters.len() > EACH && own.all().iter().all(|finding| finding.outcome == Outcome::Passed) {
            well += 1;
            continue;
        }
        for finding in own.all() {
            let (subject, message) = (finding.subject.as_str(), finding.message.as_str());
            match finding.outcome {
                Outcome::Passed => findings.passed(subject, message),
                Outcome::Warned => findings.warned(subject, message),
                Outcome::Failed => findings.failed(subject, message),
            }
        }
    }
    if well > 0 {
        let message =
            format!("{well} of {} clusters answer, and let the account list what is read.", settings.clusters.len());
        findings.passed("Clusters that are well", message);
    }
    followed(&settings, findings);
    catalog(&settings, findings);
}

/// Which clusters are read every few minutes alone.
fn followed(settings: &Settings, findings: &mut Findings) {
    let Plan { followed, others } = Plan::of(settings);
    if others.is_empty() {
        return;
    }
    let names = others.iter().map(|(cluster, wanted)| format!("{} ({wanted} watches)", cluster.name));
    let message = format!(
        "{STREAMS} watches may be open at once, which is enough for {} of {} clusters. The others are read by runs alone, every few \
         minutes: {}. Clusters are taken in the order of the settings; one with `namespaces` takes watches for each of them, and fewer with \
         an account that may read the whole cluster.",
        followed.len(),
        settings.clusters.len(),
        names.collect::<Vec<_>>().join(", ")
    );
    findings.warned("Follows what changes", message);
}

fn of_cluster(cluster: &Cluster, settings: &Settings, findings: &mut Findings) {
    let api = Api { cluster };
    let subject = format!("Reaches {}", cluster.name);
    match api.version() {
        Ok(version) => findings.passed(subject, format!("{} answers, with Kubernetes {version}.", cluster.server)),
        // Some clusters keep their version to themselves; that they answer is known all the same.
        Err(Failure::Forbidden(_)) => findings.passed(subject, format!("{} answers.", cluster.server)),
        Err(failure) => {
            let mut message = sentence(cluster, failure);
            if cluster.server.starts_with("http://") {
                message.push_str(". A token is only sent over https");
            }
            return findings.failed(subject, message);
        }
    }
    rights(api, settings, findings);
}

fn rights(api: Api<'_>, settings: &Settings, findings: &mut Findings) {
    let cluster = api.cluster;
    let subject = format!("May read {}", cluster.name);
    let always = Sort::ALWAYS.map(|sort| (sort.resource(), sort.is_everywhere()));
    let besides = settings
        .also
        .iter()
        .map(|extra| extra.resource())
        .chain(settings.resources.iter().map(|custom| custom.resource()));
    let wanted: Vec<(Resource, bool)> = always.into_iter().chain(besides.map(|resource| (resource, true))).collect();
    let (mut refused, mut unknown) = (Vec::new(), Vec::new());
    for (resource, is_needed) in &wanted {
        match api.may_list(resource) {
            Ok(_) => {}
            Err(Failure::Forbidden(said)) => refused.push((resource, said)),
            Err(Failure::Missing) if *is_needed => unknown.push(resource.plural.to_string()),
            Err(Failure::Missing) => {}
            Err(other) => return findings.failed(subject, sentence(cluster, other)),
        }
    }
    if !unknown.is_empty() {
        findings.warned(
            format!("Resources of {}", cluster.name),
            format!(
                "The cluster knows no {}; leave them out of the settings, or install what defines them.",
                unknown.join(", ")
            ),
        );
    }
    let Some((_, said)) = refused.first() else {
        let message = format!("The account may list all {} sorts of objects that are read.", wanted.len());
        return findings.passed(subject, message);
    };
    if is_of_nobody(said) {
        return findings.failed(subject, format!("The API server says “{said}”: {}.", for_a_credential(cluster)));
    }
    let place = match cluster.namespaces.len() {
        0 => "a ClusterRole of its account".to_owned(),
        _ => format!("a Role of its account in each of {}", cluster.namespaces.join(", ")),
    };
    let (resources, rules) = (plurals(&refused), rules(&refused));
    let way = of_one_namespace(cluster);
    if refused.len() == wanted.len() {
        let message =
            format!("The account may list nothing; the API server says “{said}”. Add to {place}: {rules}{way}");
        return findings.failed(subject, message);
    }
    let message = format!(
        "The account may not list {resources}, which are left out; the API server says “{said}”. Add to {place}: {rules}{way}"
    );
    findings.warned(subject, message);
}

/// What else may be meant, where all namespaces are read: the account may be one of some namespaces.
fn of_one_namespace(cluster: &Cluster) -> String {
    if !cluster.namespaces.is_empty() {
        return String::new();
    }
    let namespace = cluster.namespace.as_deref().unwrap_or("NAMESPACE");
    format!(
        ". Or, for an account of one namespace, have that alone read: `clusters: [{{ name: {}, namespaces: [{namespace}] }}]` in the settings",
        cluster.name
    )
}

fn plurals(refused: &[(&Resource, String)]) -> String {
    refused.iter().map(|(resource, _)| &*resource.plural).collect::<Vec<_>>().join(", ")
}

/// The lines of a role.
fn rules(refused: &[(&Resource, String)]) -> String {
    let rule = |(resource, _): &(&Resource, String)| {
        format!("{{ apiGroups: [\"{}\"], resources: [{}], verbs: [list, watch] }}", resource.group(), resource.plural)
    };
    refused.iter().map(rule).collect::<Vec<_>>().join(", ")
}

fn catalog(settings: &Settings, findings: &mut Findings) {
    let subject = "Finds components";
    match Entities::read(&settings.labels) {
        Ok(entities) if entities.count() == 0 => findings.warned(
            subject,
            "The catalog has no component, resource or system that the plugin may read, so workloads belong to none. Bring some in, or \
             grant `catalog.read`.",
        ),
        Ok(entities) => match entities.faults() {
            [] => findings.passed(subject, format!("Workloads are looked for of {} entities.", entities.count())),
            [(entity, fault), ..] => findings.warned(subject, format!("{}: {fault}.", entity.as_str())),
        },
        Err(error) => findings.failed(subject, error.to_string()),
    }
}

fn sentence(cluster: &Cluster, failure: Failure) -> String {
    match failure {
        Failure::Other(error) | Failure::TooLarge(error) => error.to_string(),
        Failure::Forbidden(said) => format!("{}: {said}", cluster.name),
        Failure::Missing | Failure::Expired(_) => {
            format!("{}: {} has no API of Kubernetes; correct `server` in the settings", cluster.name, cluster.server)
        }
    }
}

#[cfg(test)]
mod tests;
