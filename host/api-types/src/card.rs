//! Cards of plugins: where they stand, and what is drawn.
//!
//! The contract's `cards` interface in JSON, after the host has checked it: texts are bounded, numbers are finite,
//! tables are rectangular, addresses open pages. Who draws need not doubt.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Markdown;

/// Where a card stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CardPlace {
    /// On an entity's first tab, in the wide column.
    Overview,
    /// On an entity's first tab, in the narrow column.
    Sidebar,
    /// As a tab of its own on an entity's page.
    Tab,
    /// On the home page.
    Home,
}

/// A card that a plugin offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CardOffer {
    /// The plugin.
    pub plugin: String,
    /// Its name within the plugin.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub place: CardPlace,
    /// One of the portal's icons.
    pub icon: Option<String>,
    /// Columns of twelve.
    pub width: u8,
}

/// The cards of an entity's page, or of the home page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardOffers {
    /// In the order in which they are shown.
    pub items: Vec<CardOffer>,
}

/// A card as it is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PluginCard {
    /// Its title.
    pub title: String,
    /// Beside the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CardStatus>,
    /// What it says, from top to bottom.
    pub blocks: Vec<Block>,
    /// Seconds after which it is asked for anew while somebody looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_seconds: Option<u32>,
    /// When the plugin drew it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub drawn_at: jiff::Timestamp,
}

/// What a button was pressed with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invocation {
    /// The button's `action`.
    pub action: String,
    /// The entity on whose page the card is, as `kind:namespace/name`; none on the home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// What was filled in; an empty object where the button has no form.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub input: Value,
}

/// What something means to a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CardTone {
    /// Nothing in particular.
    #[default]
    Neutral,
    /// As it should be.
    Good,
    /// Worth knowing.
    Info,
    /// Worth a look.
    Warning,
    /// As it should not be.
    Bad,
}

/// A short word with its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardStatus {
    /// The word.
    pub label: String,
    /// What it means.
    pub tone: CardTone,
}

/// A way out of the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardLink {
    /// What it is called.
    pub title: String,
    /// An `https`, `http` or `mailto` address, or a path of this portal.
    pub url: String,
    /// One of the portal's icons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
}

/// A part of a card.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum Block {
    /// The title of what follows.
    Heading {
        /// The title.
        text: String,
    },
    /// Text with a little form.
    Markdown {
        /// Its pieces.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
        text: Markdown,
    },
    /// Figures to be seen at a glance.
    Stats {
        /// The figures.
        items: Vec<Stat>,
    },
    /// Named values.
    Facts {
        /// The values.
        items: Vec<Fact>,
    },
    /// Rows and columns.
    Table {
        /// What the columns are called.
        columns: Vec<String>,
        /// The rows, each with a cell for each column.
        rows: Vec<Vec<Cell>>,
    },
    /// A chart.
    Chart(Chart),
    /// Things that happened, the newest first.
    Timeline {
        /// The things.
        items: Vec<TimelineEvent>,
    },
    /// How each of several things stands.
    Standings {
        /// The things.
        items: Vec<Standing>,
    },
    /// How far each of several things is.
    Progress {
        /// The things.
        items: Vec<Gauge>,
    },
    /// Ways out.
    Links {
        /// The ways.
        items: Vec<CardLink>,
    },
    /// A text as it stands.
    Code {
        /// Such as `yaml`; may be empty.
        language: String,
        /// The text.
        text: String,
    },
    /// Things to do.
    Buttons {
        /// The things.
        items: Vec<CardButton>,
    },
    /// Said in place of content.
    Empty {
        /// What there is to say.
        message: String,
        /// What to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<CardLink>,
    },
}

/// A value in a list of facts or in a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", tag = "type", content = "value")]
pub enum Cell {
    /// Plain text.
    Text(String),
    /// Text within a line, in pieces.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    Markdown(Markdown),
    /// A number.
    Number(f64),
    /// A word with its meaning.
    Status(CardStatus),
    /// A way out.
    Link(CardLink),
    /// An entity, as `kind:namespace/name`.
    Entity(String),
    /// A point in time.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    Time(jiff::Timestamp),
    /// 0 to 1.
    Progress(f64),
    /// Nothing to say.
    None,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fact {
    /// What it is called.
    pub label: String,
    /// What it is.
    pub value: Cell,
}

/// A figure to be seen at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stat {
    /// What it is called.
    pub label: String,
    /// What it is, as it is shown.
    pub value: String,
    /// Its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What it means.
    pub tone: CardTone,
    /// The same figure before, the newest last; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trend: Vec<f64>,
    /// Where it leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChartKind {
    /// Lines through points.
    Line,
    /// Lines with what is below them filled.
    Area,
    /// Bars beside each other.
    Bar,
    /// A ring, each series a part of it.
    Donut,
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// How it is drawn.
    pub kind: ChartKind,
    /// What it shows, for those who do not see it.
    pub title: String,
    /// Whether places are milliseconds since 1970.
    #[serde(default)]
    pub x_is_time: bool,
    /// Names of the places 0, 1, 2 and so on; empty where places are numbers or times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// The values' unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The rows of points.
    pub series: Vec<Series>,
}

/// A named row of points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// What it means; none for a colour of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tone: Option<CardTone>,
    /// Each point's place and value, in the order of their places.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<f64>>))]
    pub points: Vec<(f64, f64)>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineEvent {
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: jiff::Timestamp,
    /// What.
    pub title: String,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What it means.
    pub tone: CardTone,
    /// Where it leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// How one of several things stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// What.
    pub name: String,
    /// How.
    pub status: CardStatus,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where it leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// How far something is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gauge {
    /// What.
    pub label: String,
    /// 0 to 1.
    pub value: f64,
    /// What to say of it, such as `3 of 4`.
    pub said: String,
    /// What it means.
    pub tone: CardTone,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardButton {
    /// What it is called.
    pub label: String,
    /// What the plugin calls it.
    pub action: String,
    /// A form to fill in first: JSON Schema of an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub form: Option<Value>,
    /// Asked before it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// What it means.
    pub tone: CardTone,
}
