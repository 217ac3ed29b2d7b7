//! What is wrong with a declaration.

/// One thing that is wrong with a declaration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kind `{kind}`{}: {message}", if .place.is_empty() { String::new() } else { format!(", at `{}`", .place) })]
pub struct DeclarationError {
    /// The name of the kind.
    pub kind: String,
    /// Where in the declaration, such as `relations[0].inverse`; empty for all of it.
    pub place: String,
    /// What was found, what is allowed, what to do.
    pub message: String,
}
