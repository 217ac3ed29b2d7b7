//! The shapes of Portico's own REST routes (`/api/portico/…`), shared by the server and the front end.
//!
//! Rule: plain data, no behaviour beyond small questions about itself, except for [`form`], by which both fill in and read forms. Entities are not described here: they travel as
//! the JSON documents that the catalog holds, see `portico_model`.

mod agent;
mod aggregate;
mod autocomplete;
mod bin;
mod bytes;
mod card;
mod card_read;
mod dry_run;
mod field;
pub mod form;
mod history;
mod kind;
mod location;
mod mapping;
mod markdown;
mod plugin;
mod plugin_use;
mod problem;
mod read;
mod run;
mod saved_query;
mod search;
mod source;
mod task;
mod task_rules;
mod task_view;
mod template;
pub mod template_form;
mod template_page;
mod template_trial;
mod value;

pub use agent::{
    AgentAsk, AgentClaim, AgentEnd, AgentLine, AgentLocation, AgentMode, AgentOrder, AgentOutcome, AgentProblem,
    AgentProblemCause, AgentRefusal, AgentRefusalCause, AgentRenewal, AgentReply, AgentSearch, AgentSession,
    AgentStanding, AgentStored, AgentWork, PluginAgent,
};
pub use aggregate::{Aggregate, AggregateGroup, Aggregates, Point, Points};
pub use autocomplete::{AutocompleteOption, AutocompleteResults};
pub use bin::{BinEntry, Removed, RemovedPlugin};
pub use card::{
    Block, CardButton, CardLink, CardOffer, CardOffers, CardPlace, CardStatus, CardTone, Cell, Chart, ChartKind, Fact,
    Gauge, Invocation, PluginCard, Series, Standing, Stat, TimelineEvent,
};
pub use dry_run::{DryRun, DryRunFile, DryRunLine};
pub use field::{Field, FieldShape, Fields};
pub use history::{ChangeCause, ChangeEntry, ChangeKind, Changes, Difference, History, HistoryEntry};
pub use kind::{
    ColumnDeclaration, InvalidDocument, KindDeclaration, KindDetail, KindEffect, KindList, KindOrigin, Lookup,
    PropertyDeclaration, PropertyTitle, Related, RelatedValue, RelationDeclaration, RelationTitle,
};
pub use location::{Location, LocationDetail, Locations};
pub use mapping::{
    EntityMapping, ExplainedFacts, ExplainedItem, ExplainedLeaf, FactsMapping, MappingDeclaration, MappingExplanation,
    MappingExplanations, MappingFault, MappingOutcome, MappingTrial, ObjectExample, PluginMappings,
};
pub use markdown::{Element, Mark, Markdown, Node};
pub use plugin::{
    Ask, AskNeeds, Finding, FindingOutcome, Granting, Installed, Managed, Plugin, PluginChanges, PluginCheck,
    PluginState, PluginVersion, Plugins, WaitingVersion,
};
pub use plugin_use::{Denials, HostUse, PluginData, PluginLine, PluginUse, PointUse, RequestsTurnedAway};
pub use problem::{Problem, ProblemCause, Problems};
pub use read::read;
pub use run::{LogLevel, LogLine, Progress, Run, RunEvent, RunResult, RunStarted, RunState, Runs, Summary, Trigger};
pub use saved_query::{CatalogQuestion, QueryToSave, SavedQueries, SavedQuery};
pub use search::{Hit, SearchResults};
pub use source::{
    Attachment, Claim, EntityOrigin, Held, IngestSource, IngestSources, Ingested, KindCount, PORTAL, Source,
    SourceDetail, SourceState, Sources,
};
pub use task::{
    EventBody, EventKind, StepSpec, StepStatus, Task, TaskCreated, TaskError, TaskEvent, TaskSpec, TaskStatus,
    TaskStep, TaskUser, Tasks, TemplateInfo,
};
pub use task_rules::{Approval, Decision, Expiry, TaskExpiry};
pub use task_view::{OutputText, TaskDay, TaskFigures, TaskLog, TaskOverview, TaskSummary, TaskTemplate, TaskView};
pub use template::{FailingStep, TemplateFigures, TemplateSummary};
pub use template_page::{TemplateFilledIn, TemplateFormAsk, TemplateFormView};
pub use template_trial::{DiffLine, FileChange, LineChange, TemplateToTry, TemplateTrial, TriedFile};
pub use value::{EntityValue, EntityValues, Said, ValueOrigin};

/// A point in time, in JSON as RFC 3339 (`2026-11-19T14:03:00Z`).
pub use jiff::Timestamp;
