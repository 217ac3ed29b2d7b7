//! Forms of software templates, as pages draw them: fields for what somebody has filled in so far, and what became of it.
//!
//! Rule: plain data. What a schema means for values is known to `host/forms` alone; whoever draws asks the server with
//! [`TemplateAnswers`] and gets a [`TemplateForm`], so that nothing of schemas is in the client. Secrets are in the answers that are sent
//! and in nothing that comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Markdown;
pub use crate::autocomplete::FormAutocomplete;

/// In front of the place of a field, in the name of what is filled in: `input./name`.
pub use crate::form::INPUT;

/// Under which name a form says which places it asked for: a box that is not ticked says nothing itself.
pub use crate::form::ASKED;

/// In front of the name of an alternative, where a form says which one is taken.
pub const CHOICE: &str = "choice.";

/// Under which name a button says what is done with a list: `add /tags`, `remove /tags/0`, `up /tags/1`, `down /tags/0`.
pub const DO: &str = "do";

/// What stands for a secret wherever values are kept.
pub const MASK: &str = "******";

/// What somebody has filled in so far.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateAnswers {
    /// The values, of all pages.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub values: Map<String, Value>,
    /// Which alternative was taken, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, usize>,
    /// Places that somebody has changed, as JSON pointers: what is empty there is meant to be.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub touched: BTreeSet<String>,
}

/// Without values, since some may be secret.
impl fmt::Debug for TemplateAnswers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.values.keys().collect();
        formatter.debug_struct("TemplateAnswers").field("values", &names).field("choices", &self.choices).finish()
    }
}

impl From<Map<String, Value>> for TemplateAnswers {
    fn from(values: Map<String, Value>) -> TemplateAnswers {
        TemplateAnswers { values, ..TemplateAnswers::default() }
    }
}

/// A template's form for what is filled in so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TemplateForm {
    /// Its pages, in their order.
    pub pages: Vec<FormPage>,
    /// Whether nothing is wrong on any of them.
    pub is_complete: bool,
}

/// A page of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormPage {
    /// Its title.
    pub title: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<Object>>))]
    pub description: Option<Markdown>,
    /// Alternatives that change which fields there are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<FormAlternatives>,
    /// Its fields, in their order.
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub fields: Vec<FormField>,
    /// What is wrong and has no field to stand beside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// What the template says of the page that the portal does not act upon.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// Whether nothing is wrong on it.
    pub is_complete: bool,
}

/// A choice between several shapes of what is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormAlternatives {
    /// What its control is called: [`CHOICE`] and a name.
    pub name: String,
    /// What each is called.
    pub titles: Vec<String>,
    /// Which one is taken.
    pub taken: usize,
}

/// A field for one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormField {
    /// The place of its value: a JSON pointer.
    pub pointer: String,
    /// What its control is called in a form: [`INPUT`] and the pointer.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<Object>>))]
    pub description: Option<Markdown>,
    /// How it is filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<Object>>))]
    pub help: Option<Markdown>,
    /// Stands in it while it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// Whether it may not stay empty.
    pub is_required: bool,
    /// Whether it is shown and cannot be changed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_read_only: bool,
    /// Whether it is shown as if it were not there to be used.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_disabled: bool,
    /// Whether it is where the page begins.
    #[serde(default, skip_serializing_if = "is_false")]
    pub takes_focus: bool,
    /// Alternatives that change what is asked for here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<FormAlternatives>,
    /// How it is filled in.
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub control: FormControl,
    /// What stands in it, one for each text that the control would say; never a secret.
    pub texts: Vec<String>,
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether somebody has changed it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_touched: bool,
    /// What the template says of the field that the portal does not act upon.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// How a field is filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FormControl {
    /// A text.
    Text(FormText),
    /// A number.
    Number {
        /// Whether it is whole.
        is_whole: bool,
        /// The least.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        least: Option<f64>,
        /// The most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<f64>,
        /// What it is a multiple of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<f64>,
    },
    /// A box that is ticked (`true`) or not.
    Truth,
    /// One of several.
    Choice {
        /// What may be chosen.
        options: Vec<FormOption>,
        /// Whether all stand in view, each with a button.
        is_radio: bool,
    },
    /// Any of several.
    Choices {
        /// What may be chosen.
        options: Vec<FormOption>,
    },
    /// Nothing to fill in: what stands there is the only value.
    Fixed,
    /// Nothing to fill in, and nothing to show.
    Hidden,
    /// Whatever has no field of its own, written as JSON.
    Json,
    /// A secret. What was typed does not come back.
    Secret {
        /// Whether there is one.
        is_filled: bool,
    },
    /// Fields that belong together.
    Group {
        /// The fields.
        #[cfg_attr(feature = "openapi", schema(no_recursion))]
        fields: Vec<FormField>,
    },
    /// A list, in its order.
    List {
        /// Its items.
        #[cfg_attr(feature = "openapi", schema(no_recursion))]
        items: Vec<FormItem>,
        /// Whether one more can be added.
        can_add: bool,
    },
    /// Entities of the catalog.
    Entities(FormEntities),
    /// The name of an entity that is to be.
    EntityName,
    /// Tags of entities.
    Tags {
        /// Of which entities tags are offered: `filter` parameters of the catalog's routes.
        filter: Vec<String>,
        /// Whether each says how many have it.
        shows_counts: bool,
    },
    /// The address of a repository, in parts, each with a control of its own.
    Repository(FormRepository),
    /// A branch of the repository that stands in another field.
    Branch {
        /// The place of that field.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repository: Option<String>,
        /// What is offered, once the repository is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asks: Option<FormAutocomplete>,
    },
    /// What a list offers, or anything else that is typed.
    Autocomplete {
        /// The list; none before what it depends on is filled in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asks: Option<FormAutocomplete>,
        /// Whether several are chosen.
        is_several: bool,
    },
    /// Who owns repositories at a host.
    RepositoryOwner {
        /// The host.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        /// What may be chosen; anything if empty.
        owners: Vec<String>,
        /// What is offered, once the host is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asks: Option<FormAutocomplete>,
    },
}

/// How a text is filled in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormText {
    /// What kind of text it is: `date`, `date-time`, `time`, `email`, `uri`, `color`, `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Lines in view, where it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Characters at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// Characters at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// What stands somewhere in it: a regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What is offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

/// What may be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormOption {
    /// What a form says for it.
    pub text: String,
    /// What it is called.
    pub title: String,
    /// Whether it is shown and cannot be chosen.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_disabled: bool,
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormItem {
    /// Its field.
    pub field: FormField,
    /// Whether it can be taken out.
    pub can_remove: bool,
    /// Whether it can change places with the one before it.
    pub can_go_up: bool,
    /// Whether it can change places with the one behind it.
    pub can_go_down: bool,
}

/// Which entities of the catalog are offered, and what is made of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormEntities {
    /// `filter` parameters of the catalog's routes: alternatives, as there.
    pub filter: Vec<String>,
    /// `q` of the catalog's routes, beside the filter: who asks is known there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Whether several are chosen.
    pub is_several: bool,
    /// Whether anything else may be written.
    pub takes_others: bool,
    /// Whether the only one that is offered is chosen by itself.
    pub takes_only: bool,
    /// The kind that a reference without one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_kind: Option<String>,
    /// The namespace that a reference without one has; none if it has to be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_namespace: Option<String>,
}

/// The address of a repository, as `host?owner=…&repo=…`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormRepository {
    /// The parts that its host asks for, in their order.
    pub parts: Vec<FormPart>,
    /// Under which name a run wants the user's own token for the host, if it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A part of the address of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormPart {
    /// What it is: `host`, `owner`, `repo`, `organization`, `workspace`, `project`.
    pub part: String,
    /// What its control is called.
    pub name: String,
    /// What stands in it.
    pub text: String,
    /// What may be chosen; anything if empty.
    pub options: Vec<String>,
    /// What is offered, once what stands before it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<FormAutocomplete>,
}

/// What was filled in, to be looked over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FormReview {
    /// By page.
    pub pages: Vec<ReviewPage>,
}

/// What was filled in on a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReviewPage {
    /// The page's title.
    pub title: String,
    /// By field.
    pub entries: Vec<ReviewEntry>,
}

/// What was filled in in a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReviewEntry {
    /// The place of its value.
    pub pointer: String,
    /// What it is called, with what it is in before it.
    pub titles: Vec<String>,
    /// What is shown for its value; several for a list, none if it is empty.
    pub texts: Vec<String>,
    /// Whether what is shown is not the value.
    pub is_masked: bool,
}
