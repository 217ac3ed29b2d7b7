//! Relations as headings: what the others are to the entity that is shown.

use crate::vocabulary::Vocabulary;

/// The heading over the targets of a relation.
pub(crate) fn title(relation: &str) -> String {
    if let Some(title) = Vocabulary::get().relation(relation) {
        return title.to_owned();
    }
    let known = match relation {
        "ownedBy" => "Owned by",
        "ownerOf" => "Owns",
        "partOf" => "Part of",
        "hasPart" => "Has parts",
        "dependsOn" => "Depends on",
        "dependencyOf" => "Needed by",
        "providesApi" => "Provides",
        "apiProvidedBy" => "Provided by",
        "consumesApi" => "Consumes",
        "apiConsumedBy" => "Consumed by",
        "parentOf" => "Parent of",
        "childOf" => "Child of",
        "memberOf" => "Member of",
        "hasMember" => "Members",
        other => return spelled(other),
    };
    known.to_owned()
}

/// Where a relation stands among others: what it belongs to first, then what it needs, then who needs it.
pub(crate) fn rank(relation: &str) -> usize {
    const ORDER: [&str; 14] = [
        "ownedBy",
        "partOf",
        "childOf",
        "memberOf",
        "dependsOn",
        "consumesApi",
        "providesApi",
        "apiProvidedBy",
        "apiConsumedBy",
        "dependencyOf",
        "hasPart",
        "parentOf",
        "hasMember",
        "ownerOf",
    ];
    ORDER.iter().position(|known| *known == relation).unwrap_or(ORDER.len())
}

/// `deploysTo` as `Deploys to`: relations that plugins bring are named in the same manner.
fn spelled(relation: &str) -> String {
    let mut words = String::with_capacity(relation.len() + 4);
    for (index, letter) in relation.chars().enumerate() {
        if index == 0 {
            words.extend(letter.to_uppercase());
        } else if letter.is_uppercase() {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_has_a_heading() {
        for (relation, heading) in [
            ("ownedBy", "Owned by"),
            ("dependencyOf", "Needed by"),
            ("hasMember", "Members"),
            ("deploysTo", "Deploys to"),
            ("x", "X"),
            ("", ""),
        ] {
            assert_eq!(title(relation), heading);
        }
    }

    #[test]
    fn what_an_entity_belongs_to_comes_first_and_unknown_relations_last() {
        let mut relations = ["zooms", "ownerOf", "dependsOn", "ownedBy"];
        relations.sort_by_key(|relation| rank(relation));
        assert_eq!(relations, ["ownedBy", "dependsOn", "ownerOf", "zooms"]);
    }
}
