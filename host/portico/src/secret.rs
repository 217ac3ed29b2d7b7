//! Reading the secrets that the program itself needs, and checking that those of plugins are there.

use portico_manifest::SecretSource;

/// The secret, without a line break at its end.
pub(crate) fn read(source: &SecretSource) -> Result<String, String> {
    let secret = match source {
        SecretSource::Env(name) => std::env::var(name)
            .map_err(|_| format!("{source} is not set, or is not text; set it before the portal starts"))?,
        SecretSource::File(path) => std::fs::read_to_string(path)
            .map_err(|error| format!("{source} could not be read: {error}; make it readable for the portal's user"))?,
        SecretSource::Kubeconfig(_) => {
            return Err(format!("{source} is for the cluster that it is of, and for nothing else"));
        }
    };
    let secret = secret.trim_end_matches(['\r', '\n']).to_owned();
    if secret.is_empty() { Err(format!("{source} is empty; put the secret there")) } else { Ok(secret) }
}
