//! Values in lists of facts and in tables, and what they are made of.

use portico_model::EntityRef;

use super::{Cell, Fact, Link, Status, Table, Tone};
use crate::reference;

impl Cell {
    /// Inline Markdown without images.
    pub fn markdown(text: impl Into<String>) -> Cell {
        Cell::Markdown(text.into())
    }

    /// Milliseconds since 1970, shown in the reader's own time zone.
    pub fn time(milliseconds: u64) -> Cell {
        Cell::Time(milliseconds)
    }

    /// How far something is, from 0 to 1.
    pub fn progress(share: f64) -> Cell {
        Cell::Progress(share)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl From<&EntityRef> for Cell {
    fn from(entity: &EntityRef) -> Cell {
        Cell::Entity(reference::outwards(entity))
    }
}

impl From<EntityRef> for Cell {
    fn from(entity: EntityRef) -> Cell {
        Cell::from(&entity)
    }
}

impl From<Status> for Cell {
    fn from(status: Status) -> Cell {
        Cell::Status(status)
    }
}

impl From<Link> for Cell {
    fn from(link: Link) -> Cell {
        Cell::Link(link)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Cell {
        Cell::Number(number)
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Cell {
        Cell::Number(number.into())
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Cell {
        Cell::Number(number.into())
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Cell {
        // Counts that a reader can take in are far below where this rounds.
        Cell::Number(number as f64)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::None, Into::into)
    }
}

impl Fact {
    /// A named value.
    pub fn new(label: impl Into<String>, value: impl Into<Cell>) -> Fact {
        Fact { label: label.into(), value: value.into() }
    }
}

impl Table {
    /// A table with these columns and no row.
    pub fn new<T: Into<String>>(columns: impl IntoIterator<Item = T>) -> Table {
        Table { columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// With one more row, of as many cells as there are columns.
    #[must_use]
    pub fn row<T: Into<Cell>>(mut self, cells: impl IntoIterator<Item = T>) -> Table {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }
}

impl Status {
    /// A short word with its meaning.
    pub fn new(tone: Tone, label: impl Into<String>) -> Status {
        Status { label: label.into(), tone }
    }

    /// Neither here nor there.
    pub fn neutral(label: impl Into<String>) -> Status {
        Status::new(Tone::Neutral, label)
    }

    /// As it should be.
    pub fn good(label: impl Into<String>) -> Status {
        Status::new(Tone::Good, label)
    }

    /// Something to know.
    pub fn info(label: impl Into<String>) -> Status {
        Status::new(Tone::Info, label)
    }

    /// Something to look at.
    pub fn warning(label: impl Into<String>) -> Status {
        Status::new(Tone::Warning, label)
    }

    /// Something that is broken.
    pub fn bad(label: impl Into<String>) -> Status {
        Status::new(Tone::Bad, label)
    }
}

impl Link {
    /// A way out: an `https`, `http` or `mailto` address, or a path of this portal.
    pub fn new(title: impl Into<String>, url: impl Into<String>) -> Link {
        Link { title: title.into(), url: url.into(), icon: None }
    }

    /// With one of the portal's icons.
    #[must_use]
    pub fn icon(self, icon: impl Into<String>) -> Link {
        Link { icon: Some(icon.into()), ..self }
    }
}
