//! What there is to register at an address: descriptors that are there, or a first one to begin with.

use axum::extract::State;
use axum::response::Response;
use portico_model::{Filter, LocationRef, MANAGED_BY_LOCATION, format, reference_of};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::reply;
use crate::error::ApiError;
use crate::state::ApiState;

/// Parts of a forge's address that follow the repository's own.
const BEHIND: [&str; 6] = ["-", "blob", "tree", "src", "raw", "browse"];

/// An address to look at.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Analysis {
    location: Address,
    /// Known to clients of the field; how descriptors are called is in the settings of whoever reads them.
    #[serde(default)]
    #[expect(dead_code, reason = "read so that it is not refused")]
    catalog_filename: Option<String>,
}

/// An address, as clients of the field write it.
#[derive(Deserialize, utoipa::ToSchema)]
struct Address {
    /// `url`.
    #[serde(rename = "type")]
    #[expect(dead_code, reason = "read so that it is not missing")]
    kind: String,
    /// Such as `https://github.com/acme/ledger`.
    target: String,
}

/// What is at an address: the entities that descriptors there describe, or, where none are, one to begin with.
#[utoipa::path(
    post, path = "/analyze-location", tag = "catalog", request_body = Analysis,
    responses(
        (status = 200, description = "`existingEntityFiles` and `generateEntities`", body = Object),
        (status = 400, description = "It is no web address"),
    ),
)]
pub(crate) async fn analyze(
    State(state): State<ApiState>,
    body: crate::body::Json<Analysis>,
) -> Result<Response, ApiError> {
    let address = LocationRef::web(&body.0.location.target)
        .map_err(|error| ApiError::input(format!("The given location.target is not a URL: {error}")))?;
    // What cannot be read has no descriptors that could be registered; registering it says why.
    let documents = match state.runtime.try_location(&address).await {
        Ok(collected) => collected.documents,
        Err(error) => {
            tracing::info!(%error, "a location could not be analysed");
            Vec::new()
        }
    };
    let mut existing = Vec::new();
    for document in &documents {
        let entity = reply::parse(document)?;
        let Some(file) = entity["metadata"]["annotations"][MANAGED_BY_LOCATION].as_str() else { continue };
        let Some((kind, target)) = file.split_once(':') else { continue };
        // The entity that stands for the address itself is written down nowhere.
        if reference_of(&entity) == Some(address.entity_ref()) {
            continue;
        }
        let location = json!({ "type": kind, "target": target });
        existing.push(json!({ "location": location, "isRegistered": is_registered(&state, file)?, "entity": entity }));
    }
    let generated = if existing.is_empty() { beginning(&address.target).into_iter().collect() } else { Vec::new() };
    let answer = json!({ "existingEntityFiles": existing, "generateEntities": generated });
    Ok(reply::json(answer.to_string()))
}

/// Whether the catalog has what a file describes.
fn is_registered(state: &ApiState, file: &str) -> Result<bool, ApiError> {
    let key = format!("metadata.annotations.{MANAGED_BY_LOCATION}");
    let filter = Filter::from_predicate(&json!({ key: file })).map_err(|error| ApiError::internal(&error))?;
    Ok(!state.catalog.matching(&filter)?.is_empty())
}

/// A component named after the repository at an address; none where no name can be made of it.
fn beginning(target: &str) -> Option<Value> {
    let url = Url::parse(target).ok()?;
    let path: Vec<&str> =
        url.path_segments()?.take_while(|part| !BEHIND.contains(part)).filter(|part| !part.is_empty()).collect();
    let slug = path.join("/");
    let slug = slug.trim_end_matches(".git");
    let name = slug.rsplit('/').next()?;
    let name: String = name
        .chars()
        .map(|sign| if sign.is_ascii_alphanumeric() || "-_.".contains(sign) { sign } else { '-' })
        .collect();
    let name = name.trim_matches(['-', '_', '.']);
    let named = format::is_name(name).then_some(name)?;
    let entity = json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": { "name": named, "annotations": { format!("{}/project-slug", url.host_str()?): slug } },
        "spec": { "type": "other", "lifecycle": "unknown" },
    });
    Some(json!({ "entity": entity, "fields": [] }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_descriptor_is_named_after_the_repository() {
        for (target, expected) in [
            ("https://github.com/acme/widgets", Some(("widgets", "acme/widgets"))),
            ("https://github.com/acme/widgets/blob/main/x.yaml", Some(("widgets", "acme/widgets"))),
            ("https://gitlab.com/a/b/my%20app.git/-/tree/main", Some(("my-20app", "a/b/my%20app"))),
            ("https://forge.test/", None),
        ] {
            let found = beginning(target);
            let entity = found.as_ref().map(|found| &found["entity"]);
            let named = entity.and_then(|entity| entity["metadata"]["name"].as_str());
            assert_eq!(named, expected.map(|(name, _)| name), "{target}");
            let slug =
                entity.and_then(|entity| entity["metadata"]["annotations"].as_object()?.values().next()?.as_str());
            assert_eq!(slug, expected.map(|(_, slug)| slug), "{target}");
        }
    }
}
