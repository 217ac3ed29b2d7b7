//! A card that a plugin has drawn, made into what pages draw.
//!
//! Rule: what is too long is cut, what makes no sense is an error that names its place; an address that opens no page is left out.
//! Texts lose their control characters, and those that turn the direction of writing.

use portico_api_types as api;
use portico_api_types::{Block, Cell, Markdown, Timestamp};
use serde_json::Value;

use crate::bindings::cards::exports::portico::plugin::cards as guest;
use crate::capabilities::handed::reference;
use crate::classify::{cut, plain};

/// Blocks of a card; more is a page.
const BLOCKS: usize = 50;

/// Bytes of all texts of a card.
const BYTES: usize = 256 << 10;

/// Items of one block: as many as anybody reads in a card.
const ITEMS: usize = 200;

/// Columns of a table.
const COLUMNS: usize = 20;

/// Series of a chart: more colours are not told apart.
const SERIES: usize = 12;

/// Points of a series: a card has fewer pixels.
const POINTS: usize = 1_000;

/// Points of a trend.
const TREND: usize = 200;

/// Bytes of a name or a label.
const LABEL: usize = 200;

/// Bytes of a cell or a sentence.
const SENTENCE: usize = 2_000;

/// Bytes of Markdown or code in one block.
const TEXT: usize = 64 << 10;

/// Bytes of an address.
const ADDRESS: usize = 2 << 10;

/// Bytes of a button's form.
const FORM: usize = 32 << 10;

/// The least time after which a card is asked for anew: more often is load, not life.
const SHORTEST_REFRESH: u32 = 5;

/// What is wrong with a card, with the place.
type Wrong = String;

/// The card as pages draw it.
pub(super) fn checked(card: guest::Card, title: &str) -> Result<api::PluginCard, Wrong> {
    if card.blocks.len() > BLOCKS {
        return Err(format!("the card has {} blocks; at most {BLOCKS} are drawn", card.blocks.len()));
    }
    let mut blocks = Vec::with_capacity(card.blocks.len());
    for (place, one) in card.blocks.into_iter().enumerate() {
        blocks.push(block(one).map_err(|wrong| format!("in block {place} of the card, {wrong}"))?);
    }
    let drawn = api::PluginCard {
        title: card
            .title
            .map(|title| label(&title))
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| title.to_owned()),
        status: card.status.map(status),
        blocks,
        refresh_seconds: card.refresh_seconds.map(|seconds| seconds.max(SHORTEST_REFRESH)),
        drawn_at: Timestamp::now(),
    };
    let bytes = serde_json::to_string(&drawn.blocks).map(|json| json.len()).map_err(|error| error.to_string())?;
    if bytes > BYTES {
        return Err(format!("the card has {} KiB; at most {} KiB are drawn", bytes >> 10, BYTES >> 10));
    }
    Ok(drawn)
}

fn block(block: guest::Block) -> Result<Block, Wrong> {
    Ok(match block {
        guest::Block::Heading(text) => Block::Heading { text: label(&text) },
        guest::Block::Markdown(text) => Block::Markdown { text: Markdown::blocks(&lines(&text, TEXT)) },
        guest::Block::Stats(items) => Block::Stats { items: several(items, stat)? },
        guest::Block::Facts(items) => Block::Facts { items: several(items, fact)? },
        guest::Block::Table(found) => table(found)?,
        guest::Block::Chart(found) => Block::Chart(chart(found)?),
        guest::Block::Timeline(items) => {
            let mut items = several(items, event)?;
            items.sort_by_key(|event| std::cmp::Reverse(event.at));
            Block::Timeline { items }
        }
        guest::Block::Standings(items) => Block::Standings { items: several(items, standing)? },
        guest::Block::Progress(items) => Block::Progress { items: several(items, gauge)? },
        guest::Block::Links(items) => {
            Block::Links { items: several(items, |one| Ok(link(one)))?.into_iter().flatten().collect() }
        }
        guest::Block::Code(code) => Block::Code { language: label(&code.language), text: lines(&code.text, TEXT) },
        guest::Block::Buttons(items) => Block::Buttons { items: several(items, button)? },
        guest::Block::Empty(empty) => {
            Block::Empty { message: sentence(&empty.message), link: empty.link.and_then(link) }
        }
    })
}

fn several<T, U>(items: Vec<T>, one: impl Fn(T) -> Result<U, Wrong>) -> Result<Vec<U>, Wrong> {
    if items.len() > ITEMS {
        return Err(format!("{} items; at most {ITEMS} are drawn in one block", items.len()));
    }
    items.into_iter().map(one).collect()
}

fn stat(stat: guest::Stat) -> Result<api::Stat, Wrong> {
    if stat.trend.len() > TREND {
        return Err(format!(
            "the trend of `{}` has {} points; at most {TREND} are drawn",
            label(&stat.label),
            stat.trend.len()
        ));
    }
    for value in &stat.trend {
        finite(*value, "a trend")?;
    }
    Ok(api::Stat {
        label: label(&stat.label),
        value: label(&stat.value),
        unit: stat.unit.map(|unit| label(&unit)),
        tone: tone(stat.tone),
        trend: stat.trend,
        url: stat.url.and_then(|url| address(&url)),
    })
}

fn fact(fact: guest::Fact) -> Result<api::Fact, Wrong> {
    Ok(api::Fact { label: label(&fact.label), value: cell(fact.value)? })
}

fn table(table: guest::Table) -> Result<Block, Wrong> {
    let columns = table.columns.len();
    if !(1..=COLUMNS).contains(&columns) {
        return Err(format!("the table has {columns} columns; from 1 to {COLUMNS} are drawn"));
    }
    let rows = several(table.rows, |row| {
        if row.len() != columns {
            return Err(format!("a row has {} cells where there are {columns} columns", row.len()));
        }
        row.into_iter().map(cell).collect::<Result<Vec<_>, _>>()
    })?;
    Ok(Block::Table { columns: table.columns.iter().map(|name| label(name)).collect(), rows })
}

fn cell(cell: guest::Cell) -> Result<Cell, Wrong> {
    Ok(match cell {
        guest::Cell::Text(text) => Cell::Text(sentence(&text)),
        guest::Cell::Markdown(text) => Cell::Markdown(Markdown::inline(&sentence(&text))),
        guest::Cell::Number(number) => Cell::Number(finite(number, "a number")?),
        guest::Cell::Status(found) => Cell::Status(status(found)),
        guest::Cell::Link(found) => match link(found.clone()) {
            Some(link) => Cell::Link(link),
            None => Cell::Text(label(&found.title)),
        },
        guest::Cell::Entity(entity) => Cell::Entity(reference(&entity)?.to_string()),
        guest::Cell::Time(at) => Cell::Time(time(at)?),
        guest::Cell::Progress(share) => Cell::Progress(finite(share, "a progress")?.clamp(0.0, 1.0)),
        guest::Cell::None => Cell::None,
    })
}

fn chart(chart: guest::Chart) -> Result<api::Chart, Wrong> {
    if !(1..=SERIES).contains(&chart.series.len()) {
        return Err(format!("the chart has {} series; from 1 to {SERIES} are drawn", chart.series.len()));
    }
    if chart.categories.len() > POINTS {
        return Err(format!("the chart has {} categories; at most {POINTS} are drawn", chart.categories.len()));
    }
    let kind = match chart.kind {
        guest::ChartKind::Line => api::ChartKind::Line,
        guest::ChartKind::Area => api::ChartKind::Area,
        guest::ChartKind::Bar => api::ChartKind::Bar,
        guest::ChartKind::Donut => api::ChartKind::Donut,
    };
    let series = chart.series.into_iter().map(|series| row(series, kind)).collect::<Result<_, _>>()?;
    Ok(api::Chart {
        kind,
        title: sentence(&chart.title),
        x_is_time: chart.x_is_time,
        categories: chart.categories.iter().map(|name| label(name)).collect(),
        unit: chart.unit.map(|unit| label(&unit)),
        series,
    })
}

fn row(series: guest::Series, kind: api::ChartKind) -> Result<api::Series, Wrong> {
    let name = label(&series.name);
    if series.points.len() > POINTS {
        return Err(format!("the series `{name}` has {} points; at most {POINTS} are drawn", series.points.len()));
    }
    let mut points = series.points;
    for (place, value) in &points {
        finite(*place, "a place")?;
        finite(*value, "a value")?;
        if kind == api::ChartKind::Donut && *value < 0.0 {
            return Err(format!("the series `{name}` is less than nothing, which no ring can show"));
        }
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(api::Series { name, tone: series.tone.map(tone), points })
}

fn event(event: guest::Event) -> Result<api::TimelineEvent, Wrong> {
    Ok(api::TimelineEvent {
        at: time(event.at)?,
        title: sentence(&event.title),
        detail: event.detail.map(|detail| sentence(&detail)),
        tone: tone(event.tone),
        url: event.url.and_then(|url| address(&url)),
    })
}

fn standing(standing: guest::Standing) -> Result<api::Standing, Wrong> {
    Ok(api::Standing {
        name: label(&standing.name),
        status: status(standing.status),
        detail: standing.detail.map(|detail| sentence(&detail)),
        url: standing.url.and_then(|url| address(&url)),
    })
}

fn gauge(gauge: guest::Gauge) -> Result<api::Gauge, Wrong> {
    Ok(api::Gauge {
        label: label(&gauge.label),
        value: finite(gauge.value, "a progress")?.clamp(0.0, 1.0),
        said: label(&gauge.said),
        tone: tone(gauge.tone),
    })
}

fn button(button: guest::Button) -> Result<api::CardButton, Wrong> {
    let name = label(&button.label);
    let form = button.form.map(|form| {
        if form.len() > FORM {
            return Err(format!("the form of `{name}` has {} bytes; at most {FORM} are read", form.len()));
        }
        let read = serde_json::from_str::<Value>(&form).ok().filter(Value::is_object);
        read.ok_or_else(|| format!("the form of `{name}` is no JSON Schema; it has to be a JSON object"))
    });
    Ok(api::CardButton {
        action: cut(&button.action, LABEL).to_owned(),
        form: form.transpose()?,
        confirm: button.confirm.map(|question| sentence(&question)),
        tone: tone(button.tone),
        label: name,
    })
}

fn link(link: guest::Link) -> Option<api::CardLink> {
    Some(api::CardLink {
        title: label(&link.title),
        url: address(&link.url)?,
        icon: link.icon.map(|icon| label(&icon)),
    })
}

fn status(status: guest::Status) -> api::CardStatus {
    api::CardStatus { label: label(&status.label), tone: tone(status.tone) }
}

fn tone(tone: guest::Tone) -> api::CardTone {
    match tone {
        guest::Tone::Neutral => api::CardTone::Neutral,
        guest::Tone::Good => api::CardTone::Good,
        guest::Tone::Info => api::CardTone::Info,
        guest::Tone::Warning => api::CardTone::Warning,
        guest::Tone::Bad => api::CardTone::Bad,
    }
}

fn time(milliseconds: u64) -> Result<Timestamp, Wrong> {
    let at = i64::try_from(milliseconds).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    at.ok_or_else(|| format!("{milliseconds} milliseconds since 1970 is no time that a calendar has"))
}

fn finite(number: f64, what: &str) -> Result<f64, Wrong> {
    if number.is_finite() { Ok(number) } else { Err(format!("{what} is {number}, which cannot be drawn")) }
}

/// An address that opens a page, or a path of this portal; none for any other.
fn address(url: &str) -> Option<String> {
    let url = url.trim();
    let own = url.starts_with('/') && !url.starts_with("//") && !url.starts_with("/\\");
    let scheme = || url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let opens = own || scheme().is_some_and(|scheme| matches!(scheme.as_str(), "https" | "http" | "mailto"));
    (opens && url.len() <= ADDRESS && !url.chars().any(|c| c.is_control() || c.is_whitespace())).then(|| url.to_owned())
}

fn label(text: &str) -> String {
    plain(cut(text, LABEL), false)
}

fn sentence(text: &str) -> String {
    plain(cut(text, SENTENCE), false)
}

fn lines(text: &str, bytes: usize) -> String {
    plain(cut(text, bytes), true)
}
