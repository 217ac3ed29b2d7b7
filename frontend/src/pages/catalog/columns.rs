//! Which columns a kind's table has, and what stands in them.
//!
//! Rule: the name comes first and never leaves. The others leave by priority where the table is narrow.

use leptos::prelude::*;

use super::load::Rows;
use super::state::SortBy;
use crate::components::{Titles, entity_link, icon, owner_link};
use crate::entity::{Entity, href};
use crate::text::kind;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl Column {
    /// The columns of a kind.
    pub(super) fn of_kind(kind: &str) -> &'static [Column] {
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
    pub(super) fn title(self) -> &'static str {
        match self {
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
        }
    }

    /// The higher, the sooner it leaves; none for what stays.
    pub(super) fn priority(self) -> Option<&'static str> {
        match self {
            Column::Name => None,
            Column::Kind | Column::Owner | Column::Parent | Column::Email | Column::MemberOf | Column::Target => {
                Some("1")
            }
            Column::Type | Column::Domain => Some("2"),
            Column::Lifecycle | Column::System => Some("3"),
            Column::Description | Column::Tags => Some("4"),
        }
    }

    /// What the list is ordered by with this column.
    pub(super) fn sort(self) -> Option<SortBy> {
        match self {
            Column::Name => Some(SortBy::Name),
            Column::Kind => Some(SortBy::Kind),
            Column::Type => Some(SortBy::Type),
            Column::Owner => Some(SortBy::Owner),
            Column::System => Some(SortBy::System),
            Column::Lifecycle => Some(SortBy::Lifecycle),
            _ => None,
        }
    }

    /// The cell of an entity.
    pub(super) fn cell(self, entity: &Entity, rows: &Rows) -> AnyView {
        let priority = self.priority();
        let dim =
            |text: Option<&str>| view! { <td class="dim" data-p=priority>{text.map(str::to_owned)}</td> }.into_any();
        let points = |field: &str, kind: &str| {
            let link = entity.points_at(field, kind).map(|reference| entity_link(&reference, &rows.titles));
            view! { <td data-p=priority>{link}</td> }.into_any()
        };
        match self {
            Column::Name => name(entity),
            Column::Kind => dim(Some(&kind::one(entity.kind()))),
            Column::Type => dim(entity.entity_type()),
            Column::Lifecycle => dim(entity.lifecycle()),
            Column::Email => dim(entity.text("/spec/profile/email")),
            Column::System => points("system", "system"),
            Column::Domain => points("domain", "domain"),
            Column::Parent => points("parent", "group"),
            Column::Owner => owner(entity, &rows.titles),
            Column::MemberOf => member_of(entity, &rows.titles),
            Column::Target => targets(entity),
            Column::Description => {
                let text = entity.description().unwrap_or_default().to_owned();
                view! { <td class="dim fill" data-p=priority title=text>{entity.description().map(str::to_owned)}</td> }
                    .into_any()
            }
            Column::Tags => tags(entity),
        }
    }
}

/// The title with its kind's glyph, and the name beside it where they differ.
fn name(entity: &Entity) -> AnyView {
    let link = entity.reference().map(|reference| href(&reference)).unwrap_or_default();
    let title = entity.title().to_owned();
    let name =
        (entity.name() != title).then(|| view! { <span class="subtle small name">{entity.name().to_owned()}</span> });
    view! {
        <th scope="row">
            <a class="ref" href=link>{icon(kind::glyph(entity.kind()))} <span>{title}</span></a> {name}
        </th>
    }
    .into_any()
}

fn owner(entity: &Entity, titles: &Titles) -> AnyView {
    let link = entity.points_at("owner", "group").map(|owner| owner_link(&owner, titles));
    view! { <td data-p=Column::Owner.priority()>{link}</td> }.into_any()
}

fn member_of(entity: &Entity, titles: &Titles) -> AnyView {
    let groups = entity.points_at_all("memberOf", "group");
    let links = groups.iter().map(|group| owner_link(group, titles)).collect_view();
    view! { <td data-p=Column::MemberOf.priority()><span class="row" data-nowrap="" style="--gap:12px">{links}</span></td> }.into_any()
}

fn targets(entity: &Entity) -> AnyView {
    let all: Vec<&str> = entity.text("/spec/target").into_iter().chain(entity.texts("/spec/targets")).collect();
    let text = all.join(", ");
    let title = text.clone();
    view! { <td class="dim fill mono" data-p=Column::Target.priority() title=title>{text}</td> }.into_any()
}

fn tags(entity: &Entity) -> AnyView {
    // More than three would push out what is asked for more often.
    const SHOWN: usize = 3;
    let all = entity.tags();
    let more =
        (all.len() > SHOWN).then(|| view! { <span class="small subtle">{format!("+{}", all.len() - SHOWN)}</span> });
    let tags = all.iter().take(SHOWN).map(|tag| view! { <span class="tag">{tag.to_string()}</span> }).collect_view();
    view! {
        <td data-p=Column::Tags.priority()>
            <span class="row" data-nowrap="" style="--gap:4px" title=all.join(", ")>{tags} {more}</span>
        </td>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_begins_with_the_name_which_never_leaves() {
        let kinds = portico_model::kinds().iter().map(|kind| kind.name.to_lowercase()).chain(["all".to_owned()]);
        for kind in kinds {
            let columns = Column::of_kind(&kind);
            assert_eq!(columns[0], Column::Name, "{kind}");
            assert!(columns.iter().filter(|column| column.priority().is_none()).count() == 1, "{kind}");
        }
    }
}
