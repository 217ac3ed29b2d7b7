//! The plugin's settings, as a type of its own.
//!
//! Rule: what is wrong is said with the key that it is wrong at, as the operator wrote it, in `portico.yaml` or on the plugin's page.

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::host::settings as host;

/// The settings that the operator wrote.
pub fn read<T: DeserializeOwned>() -> Result<T> {
    parse(&host::get())
}

/// Settings out of JSON text; [`read`] with a text of one's own, for tests.
pub fn parse<T: DeserializeOwned>(json: &str) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { "settings".to_owned() } else { format!("settings.{path}") };
        let message = error.inner().to_string();
        // The operator wrote YAML; a line of the JSON that it became is of no use.
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        Error::Invalid(format!("{place}: {message}; correct it where the plugin's settings stand"))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        #[serde(rename = "repositories")]
        _repositories: Vec<BTreeMap<String, u32>>,
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        let cases = [
            (
                r#"{"repositories": [{"a": 1}, {"b": "x"}]}"#,
                "settings.repositories[1].b: invalid type: string \"x\", expected u32; correct it where the plugin's settings stand",
            ),
            (
                r#"{"repos": []}"#,
                "settings.repos: unknown field `repos`, expected `repositories`; correct it where the plugin's settings stand",
            ),
            ("{}", "settings: missing field `repositories`; correct it where the plugin's settings stand"),
        ];
        for (json, expected) in cases {
            let error = parse::<Settings>(json).expect_err(json);
            assert_eq!(error, Error::Invalid(expected.into()), "{json}");
        }
    }
}
