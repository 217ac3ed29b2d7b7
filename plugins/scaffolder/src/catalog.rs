//! `catalog:register`, `catalog:unregister`, `catalog:write`, `catalog:fetch`, `catalog:template:version`: entities.

use portico_model::EntityRef;
use portico_sdk::actions::{Invocation, Output};
use portico_sdk::{Error, Result, catalog, info, locations, warn, workspace};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::address;
use crate::place::file;
use crate::settings::Settings;
use crate::structured::{as_yaml, yaml};

/// Where an entity is described unless somebody says otherwise.
const DESCRIPTOR: &str = "catalog-info.yaml";

/// Says which template an entity was made with.
const TEMPLATE: &str = "backstage.io/source-template";

/// The version of the template that it was made with.
const VERSION: &str = "backstage.io/template-version";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Register {
    catalog_info_url: Option<String>,
    repo_contents_url: Option<String>,
    catalog_info_path: Option<String>,
    #[serde(default)]
    optional: bool,
}

/// Answers the first component that is there, or else the first entity.
pub(crate) fn register(invocation: &Invocation) -> Result<Output> {
    let input: Register = invocation.input()?;
    let url = match (input.catalog_info_url, &input.repo_contents_url) {
        (Some(url), _) => url,
        (None, Some(contents)) => {
            let path = input.catalog_info_path.as_deref().unwrap_or("/catalog-info.yaml");
            address::of_file(contents, path, &Settings::read()?)?
        }
        (None, None) => {
            return Err(Error::Invalid(
                "input: name the descriptor as `catalogInfoUrl`, or its repository as `repoContentsUrl`".to_owned(),
            ));
        }
    };
    let output = Output::none().with("catalogInfoUrl", url.as_str());
    let held = match locations::register(&url) {
        Ok(held) => held,
        Err(error) if input.optional => {
            warn!("{url} is not registered, which is optional: {error}");
            return Ok(output);
        }
        Err(error) => return Err(error.context(format!("{url} is not registered"))),
    };
    info!("{url} is registered, with {} entities", held.len());
    match main_entity(&held) {
        Some(entity) => Ok(output.with("entityRef", entity.as_str())),
        None => Ok(output),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unregister {
    catalog_info_url: Option<String>,
    entity_ref: Option<String>,
}

/// Says which registered location an entity came with.
const ORIGIN: &str = "backstage.io/managed-by-origin-location";

/// What is not registered any more is no error, so that a step that was broken off can be done again.
pub(crate) fn unregister(invocation: &Invocation) -> Result<Output> {
    let input: Unregister = invocation.input()?;
    let url = match (input.catalog_info_url, &input.entity_ref) {
        (Some(url), _) => url,
        (None, Some(entity)) => {
            let reference =
                EntityRef::parse(entity).map_err(|error| Error::Invalid(format!("input.entityRef: {error}")))?;
            let Some(found) = catalog::get(&reference)? else {
                info!("{reference} is not in the catalog");
                return Ok(Output::none().with("isForgotten", false));
            };
            let origin =
                found["metadata"]["annotations"][ORIGIN].as_str().and_then(|origin| origin.strip_prefix("url:"));
            origin.map(str::to_owned).ok_or_else(|| {
                Error::Invalid(format!(
                    "input.entityRef: {reference} came with no address that was registered, but by another source"
                ))
            })?
        }
        (None, None) => {
            return Err(Error::Invalid(
                "input: name an entity as `entityRef`, or its descriptor as `catalogInfoUrl`".to_owned(),
            ));
        }
    };
    let is_forgotten = locations::forget(&url).map_err(|error| error.context(format!("{url} is not forgotten")))?;
    match is_forgotten {
        true => info!("{url} is forgotten, and what it held leaves the catalog"),
        false => info!("{url} was not registered"),
    }
    Ok(Output::none().with("catalogInfoUrl", url).with("isForgotten", is_forgotten))
}

/// Whom a step that goes on is about: what was made, rather than a Location that leads there.
fn main_entity(held: &[EntityRef]) -> Option<&EntityRef> {
    let is_of = |kind: &'static str| move |entity: &&EntityRef| entity.kind().eq_ignore_ascii_case(kind);
    let component = held.iter().find(is_of("component"));
    component.or_else(|| held.iter().find(|entity| !is_of("location")(entity))).or(held.first())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Write {
    file_path: Option<String>,
    entity: Map<String, Value>,
}

pub(crate) fn write(invocation: &Invocation) -> Result<Output> {
    let input: Write = invocation.input()?;
    let path = file("filePath", input.file_path.as_deref().unwrap_or(DESCRIPTOR))?;
    let mut entity = Value::Object(input.entity);
    if let Some(template) = &invocation.template {
        note(&mut entity, "annotations", TEMPLATE, &json!(template));
    }
    workspace::write(&path, as_yaml(&entity)?.as_bytes())?;
    info!("{path} is written");
    Ok(Output::none())
}

/// The template that is run, as the catalog has it; none if it is not there, or not to be read.
fn template_of(invocation: &Invocation) -> Option<Value> {
    let reference = EntityRef::parse(invocation.template.as_deref()?).ok()?;
    catalog::get(&reference).ok().flatten()
}

/// Sets `metadata.<group>.<key>`.
fn note(entity: &mut Value, group: &str, key: &str, value: &Value) {
    let object = |value: &mut Value| {
        if !value.is_object() {
            *value = json!({});
        }
    };
    object(&mut entity["metadata"]);
    object(&mut entity["metadata"][group]);
    entity["metadata"][group][key] = value.clone();
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fetch {
    entity_ref: Option<String>,
    entity_refs: Option<Vec<String>>,
    #[serde(default)]
    optional: bool,
    default_kind: Option<String>,
    default_namespace: Option<String>,
}

pub(crate) fn fetch(invocation: &Invocation) -> Result<Output> {
    let input: Fetch = invocation.input()?;
    let mut output = Output::none();
    if input.entity_ref.is_none() && input.entity_refs.is_none() {
        return match input.optional {
            true => Ok(output),
            false => Err(Error::Invalid("input: name an entity as `entityRef`, or several as `entityRefs`".to_owned())),
        };
    }
    if let Some(written) = &input.entity_ref {
        output = output.with("entity", input.entity("entityRef", written)?);
    }
    if let Some(all) = &input.entity_refs {
        let found =
            all.iter().enumerate().map(|(number, written)| input.entity(&format!("entityRefs[{number}]"), written));
        output = output.with("entities", found.collect::<Result<Vec<Value>>>()?);
    }
    Ok(output)
}

impl Fetch {
    /// Null is what an optional entity that is not there comes to.
    fn entity(&self, key: &str, written: &str) -> Result<Value> {
        let entity = self.reference(written).map_err(|error| Error::Invalid(format!("input.{key}: {error}")))?;
        match catalog::get(&entity)? {
            Some(found) => Ok(found),
            None if self.optional => Ok(Value::Null),
            None => Err(Error::NotFound(format!(
                "input.{key}: there is no {entity} in the catalog that this plugin may read; correct it, or say `optional: true`"
            ))),
        }
    }

    fn reference(&self, written: &str) -> std::result::Result<EntityRef, String> {
        let (kind, rest) = match written.split_once(':') {
            Some((kind, rest)) => (kind, rest),
            None => (
                self.default_kind
                    .as_deref()
                    .ok_or_else(|| format!("`{written}` names no kind; write `kind:name`, or say `defaultKind`"))?,
                written,
            ),
        };
        let (namespace, name) = match rest.split_once('/') {
            Some((namespace, name)) => (namespace, name),
            None => (self.default_namespace.as_deref().unwrap_or("default"), rest),
        };
        EntityRef::new(kind, namespace, name).map_err(|error| error.to_string())
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Annotate {
    labels: Map<String, Value>,
    annotations: Map<String, Value>,
    spec: Map<String, Value>,
    entity_file_path: Option<String>,
    object_yaml: Option<Map<String, Value>>,
    write_to_file: Option<String>,
}

/// Notes on a descriptor which version of the template it was made with.
pub(crate) fn template_version(invocation: &Invocation) -> Result<Output> {
    let input: Annotate = invocation.input()?;
    let mut entity = match input.object_yaml {
        Some(entity) => Value::Object(entity),
        None => {
            let path = file("entityFilePath", input.entity_file_path.as_deref().unwrap_or(DESCRIPTOR))?;
            let bytes = workspace::read(&path)?;
            let read = yaml(&String::from_utf8_lossy(&bytes));
            read.map_err(|error| Error::Invalid(format!("{path} cannot be read: {error}")))?
        }
    };
    if !entity.is_object() {
        return Err(Error::Invalid("the descriptor is no object; name a file that describes one entity".to_owned()));
    }
    let template = template_of(invocation);
    if let Some(version) = template.as_ref().and_then(|template| template["metadata"]["annotations"].get(VERSION)) {
        note(&mut entity, "annotations", VERSION, version);
    }
    for (group, all) in [("labels", &input.labels), ("annotations", &input.annotations)] {
        all.iter().for_each(|(key, value)| note(&mut entity, group, key, value));
    }
    for (key, value) in input.spec {
        if !entity["spec"].is_object() {
            entity["spec"] = json!({});
        }
        entity["spec"][&key] = value;
    }
    let text = as_yaml(&entity)?;
    let path = file("writeToFile", input.write_to_file.as_deref().unwrap_or(DESCRIPTOR))?;
    workspace::write(&path, text.as_bytes())?;
    info!("{path} is written");
    Ok(Output::none().with("annotatedObject", text))
}
