//! Which columns a kind's table has, and what stands in them.
//!
//! Rule: the name comes first and never leaves. The others leave by priority where the table is narrow.

use std::sync::Arc;

use portico_api_types::{ColumnDeclaration, Timestamp};
use portico_model::Kinds;
use serde_json::Value;

use super::load::Rows;
use super::state::{SortBy, State};
use crate::components::{cell, dash, entity_link, icon, owner_link, row_head, time};
use crate::entity::{Entity, href, in_words};
use crate::markup::{El, el, link, span};
use crate::text::{field, kind};
use crate::vocabulary::Vocabulary;

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Kind,
    Type,
    Owner,
    System,
    Domain,
    Lifecycle,
    Parent,
    MemberOf,
    Email,
    Target,
    Description,
    Tags,
    /// One that the kind's declaration names.
    Own(ColumnDeclaration),
    /// A field that somebody chose, by its path.
    Field(Arc<str>),
}

impl Column {
    /// The columns of a list: those of its kind, and after the name what was chosen, which takes the room of what matters least.
    pub(super) fn of(state: &State) -> Vec<Column> {
        let mut columns = Column::of_kind(&state.kind);
        let room = 4_usize.saturating_sub(state.columns.len()).max(1);
        columns.retain(|column| {
            column.priority().is_none_or(|priority| priority.parse().is_ok_and(|it: usize| it <= room))
        });
        columns.splice(1..1, state.columns.iter().cloned().map(Column::Field));
        columns
    }

    /// The columns of a kind.
    fn of_kind(kind: &str) -> Vec<Column> {
        let vocabulary = Vocabulary::get();
        let own = vocabulary.kind(kind).map(|kind| kind.columns.as_slice()).unwrap_or_default();
        let own = own.iter().cloned().map(Column::Own);
        if Kinds::built_in().find(kind).is_none() && own.len() > 0 {
            return [Column::Name].into_iter().chain(own).chain([Column::Description]).collect();
        }
        // A kind of every portal keeps its columns, and those that were added come before the long ones.
        let mut columns = Column::usual(kind).to_vec();
        let place = columns.iter().position(|column| *column == Column::Description).unwrap_or(columns.len());
        columns.splice(place..place, own);
        columns
    }

    fn usual(kind: &str) -> &'static [Column] {
        use Column::*;
        match kind {
            "component" | "api" => &[Name, Type, Owner, System, Lifecycle, Description, Tags],
            "resource" => &[Name, Type, Owner, System, Description, Tags],
            "system" => &[Name, Owner, Domain, Description, Tags],
            "domain" => &[Name, Owner, Description, Tags],
            "group" => &[Name, Type, Parent, Description],
            "user" => &[Name, Email, MemberOf],
            "template" => &[Name, Type, Owner, Description, Tags],
            "location" => &[Name, Type, Target],
            _ => &[Name, Kind, Type, Owner, Description],
        }
    }

    /// Its head.
    pub(super) fn title(&self) -> String {
        let title = match self {
            Column::Own(column) => return column.title.clone(),
            Column::Field(path) => return field::title(path),
            Column::Name => "Name",
            Column::Kind => "Kind",
            Column::Type => "Type",
            Column::Owner => "Owner",
            Column::System => "System",
            Column::Domain => "Domain",
            Column::Lifecycle => "Lifecycle",
            Column::Parent => "Parent",
            Column::MemberOf => "Member of",
            Column::Email => "Email",
            Column::Target => "Targets",
            Column::Description => "Description",
            Column::Tags => "Tags",
        };
        title.to_owned()
    }

    /// The higher, the sooner it leaves; none for what stays.
    pub(super) fn priority(&self) -> Option<&'static str> {
        match self {
            Column::Name | Column::Field(_) => None,
            Column::Kind | Column::Owner | Column::Parent | Column::Email | Column::MemberOf | Column::Target => {
                Some("1")
            }
            Column::Type | Column::Domain | Column::Own(_) => Some("2"),
            Column::System | Column::Lifecycle => Some("3"),
            Column::Description | Column::Tags => Some("4"),
        }
    }

    /// What the list is ordered by with this column.
    pub(super) fn sort(&self) -> Option<SortBy> {
        match self {
            Column::Name => Some(SortBy::Name),
            Column::Kind => Some(SortBy::Kind),
            Column::Type => Some(SortBy::Type),
            Column::Owner => Some(SortBy::Owner),
            Column::System => Some(SortBy::System),
            Column::Lifecycle => Some(SortBy::Lifecycle),
            Column::Own(column) => Some(SortBy::Path(column.path.as_str().into())),
            Column::Field(path) => Some(SortBy::Path(path.clone())),
            _ => None,
        }
    }

    /// The cell of an entity.
    pub(super) fn cell(&self, entity: &Entity, rows: &Rows) -> El {
        let dim = |text: Option<String>| cell("dim", self.priority()).child(text);
        let fill = |text: String| cell("dim fill", self.priority()).title(text.clone()).child(text);
        let points = |field: &str, kind: &str| {
            let link = entity.points_at(field, kind).map(|reference| entity_link(&reference, &rows.titles));
            cell("", self.priority()).child(link)
        };
        match self {
            Column::Name => name(entity),
            Column::Kind => dim(Some(kind::one(entity.kind()))),
            Column::Type => dim(entity.entity_type().map(str::to_owned)),
            Column::Lifecycle => dim(entity.lifecycle().map(str::to_owned)),
            Column::Email => dim(entity.text("/spec/profile/email").map(str::to_owned)),
            Column::System => points("system", "system"),
            Column::Domain => points("domain", "domain"),
            Column::Parent => points("parent", "group"),
            Column::Owner => {
                let link = entity.points_at("owner", "group").map(|owner| owner_link(&owner, &rows.titles));
                cell("", self.priority()).child(link)
            }
            Column::MemberOf => {
                let groups = entity.points_at_all("memberOf", "group");
                let links: Vec<El> = groups.iter().map(|group| owner_link(group, &rows.titles)).collect();
                cell("", self.priority()).child(in_a_row(links, "--gap:12px"))
            }
            Column::Target => {
                let all: Vec<&str> =
                    entity.text("/spec/target").into_iter().chain(entity.texts("/spec/targets")).collect();
                fill(all.join(", "))
            }
            Column::Description => fill(entity.description().unwrap_or_default().to_owned()),
            Column::Tags => cell("rest", self.priority()).child(tags(entity)),
            Column::Own(column) => match column.path.strip_prefix("relations.") {
                Some(relation) => {
                    let targets = entity.related(relation);
                    let links: Vec<El> = targets.iter().map(|target| entity_link(target, &rows.titles)).collect();
                    cell("", self.priority()).child(in_a_row(links, "--gap:12px"))
                }
                None => dim(entity.shown_at(&column.path)),
            },
            Column::Field(path) => field_cell(entity.at(path)),
        }
    }
}

/// What a field holds, each as people read it.
fn field_cell(value: Option<&Value>) -> El {
    // Enough to know it again; the entity's page has the rest.
    const SHOWN: usize = 60;
    let in_cell = |class| cell(class, None);
    match value {
        Some(Value::Number(number)) => in_cell("num").child(number.to_string()),
        Some(Value::String(text)) => match text.parse::<Timestamp>() {
            Ok(at) => in_cell("dim").child(time(at)),
            Err(_) if text.chars().count() > SHOWN => {
                in_cell("").title(text.as_str()).child(format!("{}…", text.chars().take(SHOWN).collect::<String>()))
            }
            Err(_) => in_cell("").child(text.as_str()),
        },
        value => match value.and_then(in_words) {
            Some(text) => in_cell("").title(text.as_str()).child(text.chars().take(SHOWN).collect::<String>()),
            None => in_cell("").child(dash()),
        },
    }
}

/// The title with its kind's glyph, and the name beside it where they differ.
fn name(entity: &Entity) -> El {
    let address = entity.reference().map(|reference| href(&reference)).unwrap_or_default();
    let title = entity.title();
    let name = (entity.name() != title).then(|| span("subtle small name").child(entity.name()));
    let link = link("ref", address).child(icon(kind::glyph(entity.kind()))).child(el("span").child(title));
    row_head("").child(link).child(name)
}

fn tags(entity: &Entity) -> El {
    // More than three would push out what is asked for more often.
    const SHOWN: usize = 3;
    let all = entity.tags();
    let hidden = all.len().saturating_sub(SHOWN);
    let more = (hidden > 0).then(|| span("small subtle").child(format!("+{hidden}")));
    let mut tags: Vec<El> = all.iter().take(SHOWN).map(|tag| span("tag").child(*tag)).collect();
    tags.extend(more);
    in_a_row(tags, "--gap:4px").title(all.join(", "))
}

fn in_a_row(parts: Vec<El>, style: &'static str) -> El {
    span("row").flag("data-nowrap", true).attr("style", style).child(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_stands_after_the_name_and_takes_the_room_of_what_matters_least() {
        let columns = |chosen: usize| {
            let state = (0..chosen).fold(State::of_kind("component"), |state, number| {
                state.with_column_toggled(&format!("facts.a.f{number}"))
            });
            Column::of(&state).iter().map(Column::title).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(columns(0), "Name Type Owner System Lifecycle Description Tags");
        assert_eq!(columns(1), "Name F0 Type Owner System Lifecycle");
        assert_eq!(columns(2), "Name F0 F1 Type Owner");
        assert_eq!(columns(6), "Name F0 F1 F2 F3 F4 F5 Owner");
    }

    #[test]
    fn every_kind_begins_with_the_name_which_never_leaves() {
        let kinds = Kinds::built_in().iter().map(|kind| kind.name.to_lowercase()).chain(["all".to_owned()]);
        for kind in kinds {
            let columns = Column::of_kind(&kind);
            assert_eq!(columns[0], Column::Name, "{kind}");
            assert_eq!(columns.iter().filter(|column| column.priority().is_none()).count(), 1, "{kind}");
        }
    }
}
