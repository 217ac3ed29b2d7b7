//! What the page that fills in a template asks the server, and what it is told.
//!
//! Rule: plain data. What was filled in goes to the server and comes back without secrets: those are typed last, on the page with which the
//! template is run, and are in nothing but the form that runs it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Approval;
use crate::template_form::{FormField, FormReview, TemplateAnswers, TemplateForm};

/// What is asked about a template's form.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateFormAsk {
    /// What was filled in so far.
    #[serde(default)]
    pub answers: TemplateAnswers,
    /// What the form says that was drawn of these answers: names and texts, as a browser sends them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posted: Vec<(String, String)>,
    /// What an address fills in: properties by their names, or all as JSON in `formData`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// The entity that the template is started from, as a reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
}

/// Without values, since some may be secret.
impl fmt::Debug for TemplateFormAsk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TemplateFormAsk").field("answers", &self.answers).finish_non_exhaustive()
    }
}

/// A template's form for what is filled in so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TemplateFormView {
    /// What was filled in, without secrets.
    pub answers: TemplateAnswers,
    /// The form. Secrets count as typed.
    pub form: TemplateForm,
    /// What was filled in, to be looked over.
    pub review: FormReview,
    /// The fields of secrets that are to be typed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub secrets: Vec<FormField>,
    /// Names of the tokens of the user's own that the run wants for its repositories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<String>,
    /// Who has to approve a run with these values; none where nobody has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// What a form came to that was sent without script, for the page that is drawn of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateFilledIn {
    /// What was filled in.
    pub answers: TemplateAnswers,
    /// The page to draw; the one behind the last is the review.
    pub page: usize,
    /// Whether all that is wrong on it is said, touched or not.
    pub is_told: bool,
    /// Why the template was not run.
    pub refused: Option<String>,
    /// The entity that it is started from.
    pub entity: Option<String>,
}
