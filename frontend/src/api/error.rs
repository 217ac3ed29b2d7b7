//! What a page knows when the API could not give what it asked for.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Why an answer is missing, as a sentence for the reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ApiError {
    /// The HTTP status; 0 where there was no answer.
    pub(crate) status: u16,
    /// What happened.
    pub(crate) message: String,
}

impl ApiError {
    /// The API could not be reached.
    pub(crate) fn unreachable(message: String) -> ApiError {
        ApiError { status: 0, message }
    }

    /// The API answered with a status other than success.
    pub(crate) fn answered(status: u16, body: &str) -> ApiError {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let message = match body["error"]["message"].as_str() {
            Some(message) if !message.is_empty() => message.to_owned(),
            _ => format!("The API answered with status {status} and no reason."),
        };
        ApiError { status, message }
    }

    /// The answer is not what this version of the pages understands.
    pub(crate) fn unreadable(path: &str, error: &dyn fmt::Display) -> ApiError {
        let route = path.split('?').next().unwrap_or(path);
        ApiError {
            status: 0,
            message: format!(
                "The answer of {route} could not be read: {error}. If the portal was just upgraded, reload the page."
            ),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_shown_with_its_own_sentence() {
        let body =
            r#"{"error":{"name":"NotFoundError","message":"No entity named 'x' found"},"response":{"statusCode":404}}"#;
        let error = ApiError::answered(404, body);
        assert_eq!(error.to_string(), "No entity named 'x' found");
        assert_eq!(error.status, 404);
    }

    #[test]
    fn a_refusal_without_a_sentence_still_says_something() {
        for body in ["", "<html>", r#"{"error":{"message":""}}"#] {
            assert_eq!(ApiError::answered(502, body).to_string(), "The API answered with status 502 and no reason.");
        }
    }

    #[test]
    fn an_unreadable_answer_names_the_route_without_its_query() {
        let error = serde_json::from_str::<u8>("{").unwrap_err();
        let shown = ApiError::unreadable("/api/portico/runs?limit=3", &error).to_string();
        assert!(shown.starts_with("The answer of /api/portico/runs could not be read: "), "{shown}");
    }
}
