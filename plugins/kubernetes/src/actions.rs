//! What people may do to a workload: restart it, and set its replicas.
//!
//! Rule: off unless the settings say so, and refused by the portal unless `PATCH` is granted besides. What is done is done to a workload
//! of the card, whatever a request names. Neither is done by itself, ever.

use portico_sdk::cards::{Button, Tone};
use portico_sdk::{Error, Result, clock, info};
use serde_json::{Value, json};

use crate::api::{Api, Failure};
use crate::card::Workload;
use crate::settings::Settings;
use crate::time;

/// Replicas that a button sets at most; more is for whoever looks after the cluster.
const MOST: u32 = 100;

/// The buttons for these workloads.
pub(crate) fn buttons(workloads: &[Workload]) -> Vec<Button> {
    let (restartable, scalable) = (choice(workloads, can_restart), choice(workloads, can_scale));
    let restart = restartable.map(|choice| {
        let form = json!({ "type": "object", "required": ["workload"], "properties": { "workload": choice } });
        Button::new("Restart…", "restart")
            .form(form)
            .confirm("All of its pods are replaced, one after the other.")
            .tone(Tone::Warning)
    });
    let scale = scalable.map(|choice| {
        let replicas = json!({ "type": "integer", "title": "Replicas", "minimum": 0, "maximum": MOST, "default": 1 });
        let properties = json!({ "workload": choice, "replicas": replicas });
        let form = json!({ "type": "object", "required": ["workload", "replicas"], "properties": properties });
        Button::new("Scale…", "scale")
            .form(form)
            .confirm("Fewer replicas end pods; none at all stops it.")
            .tone(Tone::Warning)
    });
    restart.into_iter().chain(scale).collect()
}

/// A list to choose from; none where there is nothing to choose.
fn choice(workloads: &[Workload], can: fn(&Workload) -> bool) -> Option<Value> {
    let all: Vec<Value> = workloads
        .iter()
        .filter(|one| can(one))
        .map(|one| {
            let title = format!("{} {} in {}, {}", one.kind, one.name, one.namespace, one.cluster);
            json!({ "const": one.key(), "title": title })
        })
        .collect();
    let first = all.first()?["const"].clone();
    Some(json!({ "type": "string", "title": "Workload", "oneOf": all, "default": first }))
}

fn can_restart(workload: &Workload) -> bool {
    matches!(workload.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet")
}

fn can_scale(workload: &Workload) -> bool {
    matches!(workload.kind.as_str(), "Deployment" | "StatefulSet")
}

/// Does what a button says. Answers what was done, in a sentence.
pub(crate) fn invoke(settings: &Settings, action: &str, input: &Value, workloads: &[Workload]) -> Result<String> {
    if !settings.actions {
        return Err(Error::Denied(
            "restarting and scaling are switched off; `actions: true` in the settings allows them".into(),
        ));
    }
    let key = input["workload"].as_str().unwrap_or_default();
    let workload = workloads.iter().find(|workload| workload.key() == key);
    let workload = workload.ok_or_else(|| Error::NotFound(format!("no workload `{key}` is shown here; look again")))?;
    let api = Api { cluster: settings.cluster(&workload.cluster)? };
    let Workload { namespace, kind, name, .. } = workload;
    let path = format!("/apis/apps/v1/namespaces/{namespace}/{}s/{name}", kind.to_lowercase());
    let (path, kind_of_patch, body, done) = match action {
        "restart" if can_restart(workload) => {
            let annotations = json!({ "kubectl.kubernetes.io/restartedAt": time::text(clock::now()) });
            let body = json!({ "spec": { "template": { "metadata": { "annotations": annotations } } } });
            (
                path,
                "application/strategic-merge-patch+json",
                body,
                "restarts: its pods are replaced one after the other".to_owned(),
            )
        }
        "scale" if can_scale(workload) => {
            let replicas = input["replicas"].as_u64().filter(|count| *count <= u64::from(MOST));
            let replicas =
                replicas.ok_or_else(|| Error::Invalid(format!("replicas are a whole number from 0 to {MOST}")))?;
            let body = json!({ "spec": { "replicas": replicas } });
            (format!("{path}/scale"), "application/merge-patch+json", body, format!("is set to {replicas} replicas"))
        }
        other => return Err(Error::NotFound(format!("a {kind} has no button `{other}`"))),
    };
    info!("{action} of {key}");
    api.patch(&path, kind_of_patch, serde_json::to_vec(&body)?)
        .map_err(|failure| refused(failure, &workload.cluster, action, name))?;
    Ok(format!("**{name}** in {} {done}. What is shown below follows as it happens.", workload.cluster))
}

fn refused(failure: Failure, cluster: &str, action: &str, name: &str) -> Error {
    match failure {
        Failure::Forbidden(said) => Error::Denied(format!(
            "{cluster}: the account may not {action} {name}: {said}; the role of the buttons is in the plugin's documentation"
        )),
        Failure::Missing => Error::NotFound(format!("{cluster} has no {name} any more")),
        Failure::Other(error) | Failure::TooLarge(error) => error,
        Failure::Expired(_) => Error::Failed(format!("{cluster}: {name} could not be changed; try again")),
    }
}

#[cfg(test)]
mod tests;
