//! What is wrong between the parts of a manifest, each of which is right by itself.
//!
//! Rule: a fault names the parts that it rests on, so that it is not said where one of these cannot be read.

use std::collections::BTreeSet;

use crate::action::ActionDeclaration;
use crate::kind_pattern::covered;
use crate::manifest::{Extension, Manifest};
use crate::quantity::Every;
use crate::yaml::{DocumentError, located};

/// Something that is wrong between parts.
pub(crate) struct Fault {
    /// Where it is best mended: keys and places in lists.
    path: Vec<String>,
    message: String,
    /// The parts that it rests on, such as `asks.catalog.read`.
    parts: Vec<&'static str>,
}

impl Fault {
    fn new(parts: &[&'static str], path: &[&str], message: impl Into<String>) -> Fault {
        let path = path.iter().map(|step| (*step).to_owned()).collect();
        Fault { path, message: message.into(), parts: parts.to_vec() }
    }

    /// Whether it rests on a part with these.
    pub(crate) fn rests_on(&self, is_meant: impl Fn(&str) -> bool) -> bool {
        self.parts.iter().any(|part| is_meant(part))
    }

    /// As an error of the file.
    pub(crate) fn at(self, text: &str, file: &str) -> DocumentError {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        located(text, file, &path, self.message)
    }
}

/// Everything that is wrong between the parts of a manifest.
pub(crate) fn faults(manifest: &Manifest) -> Vec<Fault> {
    let mut found = Vec::new();
    extensions(manifest, &mut found);
    twice("cards", manifest.cards.iter().map(|card| card.id.clone()), &mut found);
    twice("actions", manifest.actions.iter().map(|action| action.id.to_lowercase()), &mut found);
    // An action's own name is none that a list can have.
    let list = |action: &ActionDeclaration| action.autocompletes.clone().unwrap_or_else(|| format!("/{}", action.id));
    twice("actions", manifest.actions.iter().map(list), &mut found);
    twice("kinds", manifest.kinds.iter().map(|kind| kind.name.to_lowercase()), &mut found);
    let credentials: Vec<String> = manifest.asks.credentials.iter().map(|ask| ask.name.clone()).collect();
    twice("asks.credentials", credentials.iter().cloned(), &mut found);
    for (index, route) in manifest.routes.iter().enumerate() {
        let Some(signature) = &route.intake.signature else { continue };
        if !credentials.contains(&signature.credential) {
            let message = format!(
                "the signature is checked with the credential `{}`, which `asks.credentials` does not name; add it there, without \
                 `hosts`",
                signature.credential
            );
            let index = index.to_string();
            let path = ["routes", &index, "intake", "signature", "credential"];
            found.push(Fault::new(&["asks.credentials"], &path, message));
        }
    }
    for (index, action) in manifest.actions.iter().enumerate() {
        if action.autocompletes.is_some() && !action.dry_run {
            let message = "what fields of forms offer is asked as in a dry run; say `dryRun: true` if the action changes nothing outside";
            found.push(Fault::new(&["actions"], &["actions", &index.to_string(), "autocompletes"], message));
        }
    }
    kubeconfig(manifest, &mut found);
    mappings(manifest, &mut found);
    found
}

/// The setting in which clusters are put is one, and can hold them.
fn kubeconfig(manifest: &Manifest, found: &mut Vec<Fault>) {
    let Some(ask) = &manifest.asks.kubeconfig else { return };
    let schema = manifest.settings.as_ref().map(|settings| &settings["properties"][&ask.setting]["type"]);
    if schema.and_then(serde_json::Value::as_str) != Some("array") {
        let message = format!(
            "`asks.kubeconfig.setting` names `{}`, which is no list of the settings; declare it under `settings.properties` with `type: array`",
            ask.setting
        );
        found.push(Fault::new(&["asks.kubeconfig", "settings"], &["asks", "kubeconfig", "setting"], message));
    }
}

/// What mappings write is asked for, or of the plugin's own kinds.
fn mappings(manifest: &Manifest, found: &mut Vec<Fault>) {
    let catalog = &manifest.asks.catalog;
    for (index, mapping) in manifest.mappings.iter().enumerate() {
        let index = index.to_string();
        if let Some(entity) = &mapping.entity {
            let asked = catalog.write.as_ref().is_some_and(|ask| covered(&ask.kinds, &entity.kind));
            if !asked && !manifest.declares(&entity.kind) {
                let message = format!(
                    "the mapping makes entities of the kind `{}`, which `asks.catalog.write` does not name and `kinds` does not \
                     declare; add it to one of them",
                    entity.kind
                );
                found.push(Fault::new(
                    &["asks.catalog.write", "kinds"],
                    &["mappings", &index, "entity", "kind"],
                    message,
                ));
            }
        }
        if mapping.facts.is_some() && catalog.attach.is_none() && manifest.own_kinds().next().is_none() {
            let message = "the mapping attaches facts, and `asks.catalog.attach` names no kind; name the kinds that they are about";
            found.push(Fault::new(&["asks.catalog.attach", "kinds"], &["mappings", &index, "facts"], message));
        }
    }
}

/// Extension points that are offered bring something, and what is brought is offered.
fn extensions(manifest: &Manifest, found: &mut Vec<Fault>) {
    let mut pair = |extension: Extension, key: &'static str, is_there: bool, what: &str| {
        let name = extension.as_str();
        match (manifest.offers(extension), is_there) {
            (true, false) => found.push(Fault::new(
                &["extensions", key],
                &["extensions"],
                format!("`extensions` offers `{name}`, and `{key}` {what}"),
            )),
            (false, true) => found.push(Fault::new(
                &["extensions"],
                &[key],
                format!("`{key}` is of no use without the extension point `{name}`; add it to `extensions`, or remove `{key}`"),
            )),
            _ => {}
        }
    };
    pair(
        Extension::Cards,
        "cards",
        !manifest.cards.is_empty(),
        "names no card; name each with `id`, `title` and `place`",
    );
    pair(
        Extension::Routes,
        "routes",
        !manifest.routes.is_empty(),
        "names no route; name each with `path` and `methods`",
    );
    pair(
        Extension::Actions,
        "actions",
        !manifest.actions.is_empty(),
        "names no action; name each with `id` and `description`",
    );
    if manifest.offers(Extension::Kinds) && manifest.own_kinds().next().is_none() {
        found.push(Fault::new(
            &["extensions", "kinds"],
            &["extensions"],
            "`extensions` offers `kinds`, and `kinds` declares none; declare the kinds whose documents it processes",
        ));
    }
    if manifest.offers(Extension::Subscriber) && manifest.asks.catalog.read.is_none() {
        found.push(Fault::new(
            &["extensions", "asks.catalog.read"],
            &["extensions"],
            "`extensions` offers `subscriber`, and `asks.catalog.read` names no kind; name the kinds whose changes it wants to hear of",
        ));
    }
    if !manifest.offers(Extension::Ingestion) && manifest.every != Every::Never {
        found.push(Fault::new(
            &["extensions", "every"],
            &["every"],
            "`every` is of no use without the extension point `ingestion`; add it to `extensions`, or remove `every`",
        ));
    }
}

fn twice(list: &'static str, names: impl Iterator<Item = String>, found: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for (index, name) in names.enumerate() {
        if !seen.insert(name.clone()) {
            let index = index.to_string();
            let path: Vec<&str> = list.split('.').chain([index.as_str()]).collect();
            found.push(Fault::new(
                &[list],
                &path,
                format!("`{list}` names `{name}` twice; each name stands for one thing"),
            ));
        }
    }
}
