//! What is offered for a field: entities by its filter and tags that are in use, which the catalog knows, and lists that plugins know.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use portico_api_types::AutocompleteResults;
use portico_api_types::template_form::{FormAutocomplete, FormControl, FormEntities, FormField};
use portico_model::EntityRef;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{Api, ApiError, Path};
use crate::text::kind;

/// As many as a list shows at a time.
const MOST: usize = 100;

/// Marks an input whose words are looked for, with the place of its field.
pub(super) const SEARCHES: &str = "data-searches";

/// Marks an input that adds to a list what is in it once somebody has left it.
pub(super) const ADDS: &str = "data-adds";

/// Marks an input whose list is asked for once somebody is in it, with its place.
pub(super) const LISTS: &str = "data-lists";

/// What is offered, by the place of the field, or the name of a part of it.
pub(super) type Offers = BTreeMap<String, Offered>;

/// What is offered for a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Offered {
    pub(super) items: Vec<Offer>,
    /// Whether that is all there is.
    pub(super) is_all: bool,
}

/// One of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Offer {
    /// What a form says for it.
    pub(super) value: String,
    /// What people call it.
    pub(super) label: String,
}

/// What a field asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Entities(FormEntities),
    Tags {
        filter: Vec<String>,
        shows_counts: bool,
    },
    /// A page waits for one that a template names; what a forge has to be asked for comes once somebody is in the field.
    List {
        list: FormAutocomplete,
        is_awaited: bool,
    },
}

impl Question {
    /// The address that answers it.
    fn path(&self, words: &str) -> String {
        let filtered = |path: Path, filter: &[String]| filter.iter().fold(path, |path, one| path.with("filter", one));
        match self {
            Question::Entities(entities) => {
                let fields = "kind,metadata.name,metadata.namespace,metadata.title,spec.profile.displayName,spec.type";
                let words = Some(words.trim()).filter(|words| !words.is_empty());
                filtered(Path::new("/api/catalog/entities/by-query"), &entities.filter)
                    .with_some("q", entities.query.as_deref())
                    .with_some("fullTextFilterTerm", words)
                    .with("limit", &MOST.to_string())
                    .with("fields", fields)
                    .to_string()
            }
            Question::Tags { filter, .. } => {
                filtered(Path::new("/api/catalog/entity-facets").with("facet", "metadata.tags"), filter).to_string()
            }
            Question::List { list, .. } => {
                let resource: Vec<String> = list.resource.split('/').map(crate::api::encode).collect();
                format!("/api/scaffolder/v2/autocomplete/{}", resource.join("/"))
            }
        }
    }

    /// What the catalog offers for some words.
    pub(super) async fn ask(&self, api: &Api, words: &str) -> Result<Offered, ApiError> {
        if let Question::List { list, .. } = self {
            let body = serde_json::json!({ "context": list.context });
            return Ok(listed(api.post::<AutocompleteResults>(&self.path(words), &body).await?));
        }
        let answer = api.get::<Value>(&self.path(words)).await?;
        Ok(self.read(&answer, words))
    }

    fn read(&self, answer: &Value, words: &str) -> Offered {
        match self {
            Question::Entities(_) => {
                let items: Vec<Offer> = answer["items"].as_array().into_iter().flatten().filter_map(entity).collect();
                let total = answer["totalItems"].as_u64().and_then(|total| usize::try_from(total).ok());
                let is_all = words.trim().is_empty() && total.is_some_and(|total| total <= items.len());
                Offered { items, is_all }
            }
            Question::Tags { shows_counts, .. } => {
                let tags = answer["facets"]["metadata.tags"].as_array().into_iter().flatten();
                let tag = |tag: &Value| {
                    let value = tag["value"].as_str()?.to_owned();
                    let count = tag["count"].as_u64().filter(|_| *shows_counts);
                    let label = count.map_or_else(|| value.clone(), |count| format!("{value} ({count})"));
                    Some(Offer { value, label })
                };
                Offered { items: tags.filter_map(tag).collect(), is_all: true }
            }
            Question::List { .. } => Offered::default(),
        }
    }
}

/// What a list offers. It may be long, so that it is never said to be all.
fn listed(answer: AutocompleteResults) -> Offered {
    let offer = |option: portico_api_types::AutocompleteOption| {
        let label = option.title.unwrap_or_else(|| option.id.clone());
        Offer { value: option.id, label }
    };
    Offered { items: answer.results.into_iter().map(offer).collect(), is_all: false }
}

fn entity(entity: &Value) -> Option<Offer> {
    let metadata = &entity["metadata"];
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let namespace = metadata["namespace"].as_str().unwrap_or("default");
    let reference = EntityRef::new(entity["kind"].as_str()?, namespace, metadata["name"].as_str()?).ok()?;
    let spec = &entity["spec"];
    let title = text(&metadata["title"]).or_else(|| text(&spec["profile"]["displayName"]));
    let title = title.unwrap_or_else(|| reference.name().to_owned());
    let kind = kind::one(reference.kind());
    let said = text(&spec["type"]).map_or_else(|| kind.clone(), |of| format!("{kind}, {of}"));
    Some(Offer { value: reference.to_string(), label: format!("{title} · {said}") })
}

/// What fields ask, by their place.
pub(super) fn questions(fields: &[FormField]) -> Vec<(String, Question)> {
    let mut all = Vec::new();
    fields.iter().for_each(|field| collect(field, &mut all));
    all
}

fn collect(field: &FormField, all: &mut Vec<(String, Question)>) {
    match &field.control {
        FormControl::Entities(entities) => all.push((field.pointer.clone(), Question::Entities(entities.clone()))),
        FormControl::Tags { filter, shows_counts } => {
            let tags = Question::Tags { filter: filter.clone(), shows_counts: *shows_counts };
            all.push((field.pointer.clone(), tags));
        }
        FormControl::Branch { asks: Some(list), .. } | FormControl::RepositoryOwner { asks: Some(list), .. } => {
            all.push((field.pointer.clone(), Question::List { list: list.clone(), is_awaited: false }));
        }
        FormControl::Autocomplete { asks: Some(list), .. } => {
            all.push((field.pointer.clone(), Question::List { list: list.clone(), is_awaited: true }));
        }
        FormControl::Repository(repository) => {
            let lists = repository.parts.iter().filter_map(|part| Some((part.name.clone(), part.asks.clone()?)));
            all.extend(lists.map(|(name, list)| (name, Question::List { list, is_awaited: false })));
        }
        FormControl::Group { fields } => fields.iter().for_each(|field| collect(field, all)),
        FormControl::List { items, .. } => items.iter().for_each(|item| collect(&item.field, all)),
        _ => {}
    }
}

/// What is offered for these fields, beside what is known. What cannot be had is nothing: a field takes what is typed as well.
pub(super) async fn fetch(api: &Api, fields: &[FormField], known: &Offers) -> Offers {
    let is_awaited = |question: &Question| !matches!(question, Question::List { is_awaited: false, .. });
    let questions = questions(fields).into_iter();
    let questions = questions.filter(|(place, question)| !known.contains_key(place) && is_awaited(question));
    // Items of a list ask the same.
    let mut distinct: Vec<(Question, Vec<String>)> = Vec::new();
    for (place, question) in questions {
        match distinct.iter_mut().find(|(known, _)| *known == question) {
            Some((_, places)) => places.push(place),
            None => distinct.push((question, vec![place])),
        }
    }
    let answers = join_all(distinct.iter().map(|(question, _)| question.ask(api, ""))).await;
    let mut offers = Offers::new();
    for ((_, places), answer) in distinct.into_iter().zip(answers) {
        let offered = answer.unwrap_or_default();
        offers.extend(places.into_iter().map(|place| (place, offered.clone())));
    }
    offers
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_question_goes_to_the_catalog_with_the_fields_own_filter() {
        let entities = FormEntities {
            filter: vec!["kind=group".to_owned(), "kind=user,spec.type=bot".to_owned()],
            query: Some("owner:@me".to_owned()),
            ..FormEntities::default()
        };
        let path = Question::Entities(entities).path(" pay ");
        let expected = "/api/catalog/entities/by-query?filter=kind%3Dgroup&filter=kind%3Duser%2Cspec.type%3Dbot&q=owner%3A%40me\
                        &fullTextFilterTerm=pay&limit=100&fields=";
        assert!(path.starts_with(expected), "{path}");
        let tags = Question::Tags { filter: vec!["kind=api".to_owned()], shows_counts: false };
        assert_eq!(tags.path("x"), "/api/catalog/entity-facets?facet=metadata.tags&filter=kind%3Dapi");
    }

    #[test]
    fn an_entity_is_offered_by_its_title_and_kind() {
        for (entity, value, label) in [
            (
                json!({ "kind": "Group", "metadata": { "name": "pay", "title": "Payments" }, "spec": { "type": "team" } }),
                "group:default/pay",
                "Payments · Group, team",
            ),
            (
                json!({ "kind": "User", "metadata": { "name": "ada", "namespace": "x" }, "spec": { "profile": { "displayName": "Ada" } } }),
                "user:x/ada",
                "Ada · User",
            ),
            (json!({ "kind": "API", "metadata": { "name": "a" } }), "api:default/a", "a · API"),
        ] {
            let offer = super::entity(&entity).unwrap();
            assert_eq!((offer.value.as_str(), offer.label.as_str()), (value, label));
        }
    }

    #[test]
    fn what_a_list_holds_is_all_where_nothing_is_left_out() {
        let question = Question::Entities(FormEntities::default());
        let one = json!({ "kind": "Group", "metadata": { "name": "a" } });
        for (total, words, is_all) in [(1, "", true), (2, "", false), (1, "a", false)] {
            assert_eq!(question.read(&json!({ "items": [one], "totalItems": total }), words).is_all, is_all);
        }
        let tags = Question::Tags { filter: Vec::new(), shows_counts: true };
        let read = tags.read(&json!({ "facets": { "metadata.tags": [{ "value": "rust", "count": 3 }] } }), "");
        assert_eq!(read.items, [Offer { value: "rust".to_owned(), label: "rust (3)".to_owned() }]);
    }

    #[test]
    fn a_list_is_asked_for_by_its_name_and_offered_by_its_titles() {
        let list = FormAutocomplete { resource: "forge/branches".to_owned(), context: BTreeMap::new() };
        let question = Question::List { list, is_awaited: false };
        assert_eq!(question.path(""), "/api/scaffolder/v2/autocomplete/forge/branches");
        let answer = json!({ "results": [{ "id": "1", "title": "One" }, { "id": "2" }] });
        let labels = listed(serde_json::from_value(answer).unwrap()).items.into_iter().map(|offer| offer.label);
        assert_eq!(labels.collect::<Vec<_>>(), ["One", "2"]);
    }
}
