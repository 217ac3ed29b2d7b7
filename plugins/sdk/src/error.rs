//! Why a call failed, in the terms that decide what the caller does next.

use std::fmt;

use crate::bindings::portico::plugin::types;

/// What functions of a plugin return.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The input or the settings are wrong; trying again changes nothing.
    Invalid(String),
    /// The operator has not granted this. The sentence says what to grant.
    Denied(String),
    /// There is no such thing on the other side.
    NotFound(String),
    /// The other side is down, slow or limits the rate.
    Unavailable {
        /// What happened, in a sentence.
        reason: String,
        /// Seconds after which a new attempt is welcome, where known.
        retry_after: Option<u32>,
    },
    /// Anything else.
    Failed(String),
}

impl Error {
    /// The same error with the place in front: `context: what happened`.
    #[must_use]
    pub fn context(self, context: impl fmt::Display) -> Error {
        let within = |text: String| format!("{context}: {text}");
        match self {
            Error::Invalid(text) => Error::Invalid(within(text)),
            Error::Denied(text) => Error::Denied(within(text)),
            Error::NotFound(text) => Error::NotFound(within(text)),
            Error::Unavailable { reason, retry_after } => Error::Unavailable { reason: within(reason), retry_after },
            Error::Failed(text) => Error::Failed(within(text)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Invalid(text) | Error::Denied(text) | Error::NotFound(text) | Error::Failed(text) => {
                f.write_str(text)
            }
            Error::Unavailable { reason, retry_after: None } => f.write_str(reason),
            Error::Unavailable { reason, retry_after: Some(seconds) } => {
                write!(f, "{reason}; it asks to be left alone for {seconds} s")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<types::Error> for Error {
    fn from(error: types::Error) -> Error {
        match error {
            types::Error::Invalid(text) => Error::Invalid(text),
            types::Error::Denied(text) => Error::Denied(text),
            types::Error::NotFound(text) => Error::NotFound(text),
            types::Error::Unavailable(types::Unavailable { reason, retry_after }) => {
                Error::Unavailable { reason, retry_after }
            }
            types::Error::Failed(text) => Error::Failed(text),
        }
    }
}

impl From<Error> for types::Error {
    fn from(error: Error) -> types::Error {
        match error {
            Error::Invalid(text) => types::Error::Invalid(text),
            Error::Denied(text) => types::Error::Denied(text),
            Error::NotFound(text) => types::Error::NotFound(text),
            Error::Unavailable { reason, retry_after } => {
                types::Error::Unavailable(types::Unavailable { reason, retry_after })
            }
            Error::Failed(text) => types::Error::Failed(text),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Error {
        Error::Failed(format!("the JSON is not as expected: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_it_happened() {
        let error = Error::NotFound("there is no team `a`".into()).context("settings.team");
        assert_eq!(error.to_string(), "settings.team: there is no team `a`");
    }

    #[test]
    fn an_error_survives_the_way_to_the_host_and_back() {
        let errors = [
            Error::Invalid("a".into()),
            Error::Denied("b".into()),
            Error::NotFound("c".into()),
            Error::Unavailable { reason: "d".into(), retry_after: Some(3) },
            Error::Failed("e".into()),
        ];
        for error in errors {
            assert_eq!(Error::from(types::Error::from(error.clone())), error);
        }
    }
}
