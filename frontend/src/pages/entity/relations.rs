//! The relations of an entity, both ways, grouped by what the others are to it.

use leptos::prelude::*;
use portico_model::EntityRef;

use super::load::EntityPage;
use crate::components::{Card, empty, entity_link, owner_link};
use crate::entity::Entity;
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
        let explanation =
            "No descriptor says what it belongs to or needs. Fields such as owner, system and dependsOn relate it.";
        return Card::titled("Relations").holding(empty("It stands alone", explanation, None));
    }
    let count = groups.iter().map(|group| group.targets.len()).sum::<usize>().to_string();
    let row = |group: &Group| {
        let hidden = group.targets.len().saturating_sub(IN_SIGHT);
        let all = all.clone();
        let more = (hidden > 0).then(|| view! { <a class="link small" href=all>{format!("{hidden} more")}</a> });
        let links = group.targets.iter().take(IN_SIGHT).map(|target| link(target, page)).collect_view();
        view! {
            <dt>{relation::title(&group.relation)}</dt>
            <dd><span class="row" style="--gap:4px 16px">{links} {more}</span></dd>
        }
    };
    let rows = groups.iter().map(row).collect_view();
    Card::titled("Relations")
        .count(count)
        .holding(view! {<div class="card-body"><dl class="dl relations">{rows}</dl></div>})
}

fn link(target: &EntityRef, page: &EntityPage) -> AnyView {
    match target.kind() {
        "group" | "user" => owner_link(target, &page.titles),
        _ => entity_link(target, &page.titles),
    }
}

/// The tab with every relation.
pub(super) fn tab(page: &EntityPage) -> AnyView {
    let groups = page.relations();
    if groups.is_empty() {
        return summary(page, String::new());
    }
    let card = |group: &Group| {
        let rows = group.targets.iter().map(|target| row(target, page)).collect_view();
        Card::titled(relation::title(&group.relation)).count(group.targets.len().to_string()).holding(view! {
            <div class="table-wrap">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col" style="width:30%">"Name"</th>
                            <th scope="col" style="width:14%" data-p="1">"Kind"</th>
                            <th scope="col" style="width:14%" data-p="2">"Type"</th>
                            <th scope="col" data-p="2">"Description"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        })
    };
    view! { <div class="stack">{groups.iter().map(card).collect_view()}</div> }.into_any()
}

fn row(target: &EntityRef, page: &EntityPage) -> impl IntoView + use<> {
    let known = page.titles.get(target);
    let missing = page.titles.is_missing(target).then_some("Not in the catalog");
    let description =
        known.and_then(|known| known.description.clone()).or(missing.map(str::to_owned)).unwrap_or_default();
    let title = description.clone();
    view! {
        <tr>
            <th scope="row">{link(target, page)}</th>
            <td class="dim" data-p="1">{kind::one(target.kind())}</td>
            <td class="dim" data-p="2">{known.and_then(|known| known.entity_type.clone())}</td>
            <td class="dim fill" data-p="2" title=title>{description}</td>
        </tr>
    }
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
