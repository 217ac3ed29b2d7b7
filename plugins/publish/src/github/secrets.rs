//! Variables and secrets of GitHub's workflows, of a repository or of one of its environments.
//!
//! Rule: a secret leaves encrypted for GitHub alone, and is named in no sentence.

use std::collections::BTreeMap;

use portico_sdk::Result;
use serde::Deserialize;
use serde_json::json;

use crate::api::{Api, part};
use crate::seal::sealed;

#[derive(Deserialize)]
struct Key {
    key: String,
    key_id: String,
}

/// Sets variables, also those that are there.
pub(super) fn variables(api: &Api, path: &str, variables: &BTreeMap<String, String>) -> Result<()> {
    for (name, value) in variables {
        let body = json!({ "name": name, "value": value });
        let set = match api.post(path, &body) {
            Err(fault) if fault.is(&[409]) => api.patch(&format!("{path}/{}", part(name)), &body),
            set => set,
        };
        set.map_err(api.to(format!("set the variable {name}")))?;
    }
    Ok(())
}

/// Sets secrets, also those that are there.
pub(super) fn secrets(api: &Api, path: &str, secrets: &BTreeMap<String, String>) -> Result<()> {
    if secrets.is_empty() {
        return Ok(());
    }
    let key: Key =
        api.get(&format!("{path}/public-key")).map_err(api.to("ask for the key that secrets are encrypted with"))?;
    for (name, secret) in secrets {
        let body = json!({ "encrypted_value": sealed(secret, &key.key)?, "key_id": key.key_id });
        api.put(&format!("{path}/{}", part(name)), &body).map_err(api.to(format!("set the secret {name}")))?;
    }
    Ok(())
}
