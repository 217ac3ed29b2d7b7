//! The relations of an entity, both ways, grouped by what the others are to it.

use leptos::prelude::*;
use portico_model::EntityRef;

use super::load::EntityPage;
use crate::components::{Card, Facts, any_link, cell, empty, head, row, row_head, table};
use crate::entity::Entity;
use crate::markup::{El, div, el, link, span};
use crate::text::{kind, relation};

/// The entities that stand in one relation to an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The relation's type.
    pub(super) relation: String,
    /// Sorted by reference.
    pub(super) targets: Vec<EntityRef>,
}

/// An entity's relations in the order in which they are read.
pub(super) fn groups(entity: &Entity) -> Vec<Group> {
    let relations = entity.0.get("relations").and_then(serde_json::Value::as_array);
    let mut groups: Vec<Group> = Vec::new();
    for item in relations.into_iter().flatten() {
        let (Some(relation), Some(target)) = (item["type"].as_str(), item["targetRef"].as_str()) else { continue };
        let Ok(target) = EntityRef::parse(target) else { continue };
        match groups.iter_mut().find(|group| group.relation == relation) {
            Some(group) => group.targets.push(target),
            None => groups.push(Group { relation: relation.to_owned(), targets: vec![target] }),
        }
    }
    groups.sort_by(|a, b| {
        relation::rank(&a.relation).cmp(&relation::rank(&b.relation)).then_with(|| a.relation.cmp(&b.relation))
    });
    for group in &mut groups {
        group.targets.sort();
        group.targets.dedup();
    }
    groups
}

/// References of a group that the overview shows; the tab shows all.
const IN_SIGHT: usize = 12;

/// The relations in short, for the overview.
pub(super) fn summary(page: &EntityPage, all: String) -> AnyView {
    let groups = page.relations();
    if groups.is_empty() {
        return none();
    }
    let count: usize = groups.iter().map(|group| group.targets.len()).sum();
    let facts = groups.iter().fold(Facts::new(), |facts, group| {
        let links: Vec<El> = group.targets.iter().take(IN_SIGHT).map(|target| any_link(target, &page.titles)).collect();
        let hidden = group.targets.len().saturating_sub(IN_SIGHT);
        let more = (hidden > 0).then(|| link("link small", all.as_str()).child(format!("{hidden} more")));
        let row = div("row").attr("style", "--gap:4px 16px").child(links).child(more);
        facts.with(relation::title(&group.relation), row)
    });
    Card::titled("Relations").count(count).holding(facts.body())
}

fn none() -> AnyView {
    let explanation =
        "No descriptor says what it belongs to or needs. Fields such as owner, system and dependsOn relate it.";
    Card::titled("Relations").holding(empty("It stands alone", explanation, None))
}

/// The tab with every relation.
pub(super) fn content(page: &EntityPage) -> AnyView {
    let groups = page.relations();
    if groups.is_empty() {
        return none();
    }
    let heads =
        vec![head("Name", None), head("Kind", Some("1")), head("Type", Some("2")), head("Description", Some("2"))];
    let rows = groups.iter().flat_map(|group| {
        let targets = group.targets.iter().map(|target| target_row(target, page));
        [group_row(group)].into_iter().chain(targets)
    });
    let count: usize = groups.iter().map(|group| group.targets.len()).sum();
    Card::titled("Relations").count(count).holding(table("Relations", heads, rows.collect()))
}

fn group_row(group: &Group) -> El {
    let count = span("count").child(group.targets.len().to_string());
    let title =
        el("th").attr("scope", "rowgroup").attr("colspan", "4").child(relation::title(&group.relation)).child(" ");
    el("tr").class("group").child(title.child(count))
}

fn target_row(target: &EntityRef, page: &EntityPage) -> El {
    let known = page.titles.get(target);
    let missing = page.titles.is_missing(target).then_some("Not in the catalog");
    let description = known.and_then(|known| known.description.as_deref()).or(missing).unwrap_or_default();
    row(vec![
        row_head("").child(any_link(target, &page.titles)),
        cell("dim", Some("1")).child(kind::one(target.kind())),
        cell("dim", Some("2")).child(known.and_then(|known| known.entity_type.clone())),
        cell("dim fill", Some("2")).title(description).child(description),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn relations_are_grouped_in_reading_order_and_odd_ones_left_out() {
        let entity = Entity(json!({"relations": [
            {"type": "dependsOn", "targetRef": "resource:default/db"},
            {"type": "ownedBy", "targetRef": "group:default/core"},
            {"type": "dependsOn", "targetRef": "component:default/a"},
            {"type": "dependsOn", "targetRef": "component:default/a"},
            {"type": "dependsOn", "targetRef": "no reference"},
            {"type": 3},
        ]}));
        let shown: Vec<(String, Vec<String>)> = groups(&entity)
            .into_iter()
            .map(|group| (group.relation, group.targets.iter().map(|target| target.as_str().to_owned()).collect()))
            .collect();
        let expected = [
            ("ownedBy", vec!["group:default/core"]),
            ("dependsOn", vec!["component:default/a", "resource:default/db"]),
        ];
        let expected = expected.map(|(relation, targets)| {
            (relation.to_owned(), targets.into_iter().map(str::to_owned).collect::<Vec<_>>())
        });
        assert_eq!(shown, expected);
    }
}
