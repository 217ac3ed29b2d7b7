//! Why parameters make no form.

/// What is wrong with the parameters of a template, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{place}`: {message}")]
pub struct FormError {
    /// The place, such as `spec.parameters[1]`.
    pub place: String,
    /// What is wrong there, and what to do.
    pub message: String,
}

impl FormError {
    pub(crate) fn new(place: &str, message: impl Into<String>) -> FormError {
        FormError { place: place.to_owned(), message: message.into() }
    }
}
