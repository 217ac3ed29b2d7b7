//! What the catalog page fetches: rows for its table, and counts for its filters.

use std::collections::BTreeMap;

use futures_util::future::{join, try_join_all};
use portico_api_types::KindOrigin;
use portico_model::{EntityRef, Kinds};
use serde::Deserialize;
use serde_json::{Value, json};

use super::state::{EVERY_KIND, Facet, State};
use crate::api::{Api, ApiError};
use crate::components::Titles;
use crate::data::Fetched;
use crate::entity::Entity;
use crate::text::kind;
use crate::vocabulary::Vocabulary;

/// The fields that any column shows; the rest of an entity would only be carried.
const FIELDS: &str = "kind,metadata.namespace,metadata.name,metadata.title,metadata.description,metadata.tags,\
                      spec.type,spec.lifecycle,spec.owner,spec.system,spec.domain,spec.parent,spec.memberOf,spec.profile,\
                      spec.target,spec.targets";

/// These and those that a kind's own columns show.
fn fields(own: &[String]) -> String {
    let own = own.iter().map(|path| match path.split_once('.') {
        // Relations are a list, of which there is all or nothing.
        Some(("relations", _)) => "relations",
        _ => path,
    });
    [FIELDS].into_iter().chain(own).collect::<Vec<_>>().join(",")
}

/// Whether a kind is declared, whatever the catalog holds of it.
fn is_known(kind: &str, vocabulary: &Vocabulary) -> bool {
    kind == EVERY_KIND || vocabulary.kind(kind).is_some() || Kinds::built_in().find(kind).is_some()
}

fn no_kind(kind: &str) -> ApiError {
    let message = format!(
        "There is no kind `{kind}`: nothing declares it, and no entity has it. The catalog lists those that there are."
    );
    ApiError { status: 404, message }
}

/// What the columns show that not every kind has.
fn own_paths(vocabulary: &Vocabulary, state: &State) -> Vec<String> {
    let columns = vocabulary.kind(&state.kind).map(|kind| kind.columns.as_slice()).unwrap_or_default();
    let added = state.columns.iter().map(|path| path.to_string());
    columns.iter().map(|column| column.path.clone()).chain(added).collect()
}

/// One page of the table.
#[derive(Debug, Deserialize)]
pub(super) struct Rows {
    pub(super) items: Vec<Entity>,
    /// How many there are on all pages.
    pub(super) total: u64,
    /// How many more match, but lack what the list is ordered by.
    pub(super) left_out: u64,
    /// Where the next page begins.
    pub(super) next: Option<String>,
    /// Where the page before begins.
    pub(super) previous: Option<String>,
    /// What the entities in the cells are called.
    pub(super) titles: Titles,
    /// Why what was typed cannot be read.
    pub(super) refused: Option<String>,
}

impl Rows {
    pub(super) async fn fetch(api: &Api, state: &State, vocabulary: &Vocabulary) -> Fetched {
        let own = &own_paths(vocabulary, state);
        let (listed, all) = join(api.get::<Value>(&state.entities_path(&fields(own))), count_all(api, state)).await;
        if let Err(error) = &listed
            && error.status == 400
            && !state.text.is_empty()
        {
            // What is being typed is often half a query; that is no failure of the page.
            return Ok(json!({ "items": [], "total": 0, "left_out": 0, "titles": {}, "refused": error.message }));
        }
        let (mut listed, all) = (listed?, all?);
        let items: Vec<Entity> = listed["items"].as_array().into_iter().flatten().cloned().map(Entity).collect();
        let titles = Titles::fetch(api, items.iter().flat_map(|entity| pointed_at(entity, own)).collect()).await?;
        let total = listed["totalItems"].as_u64().unwrap_or(0);
        if total == 0 && all.unwrap_or(0) == 0 && !state.is_narrowed() && !is_known(&state.kind, vocabulary) {
            return Err(no_kind(&state.kind));
        }
        Ok(json!({
            "items": listed["items"].take(),
            "total": total,
            "left_out": all.unwrap_or(total).saturating_sub(total),
            "next": listed["pageInfo"]["nextCursor"].take(),
            "previous": listed["pageInfo"]["prevCursor"].take(),
            "titles": titles,
            "refused": null,
        }))
    }
}

/// How many match whatever the order; none where the order leaves nothing out.
async fn count_all(api: &Api, state: &State) -> Result<Option<u64>, ApiError> {
    if state.sort.by.is_total() {
        return Ok(None);
    }
    Ok(api.get::<Value>(&state.count_path()).await?["totalItems"].as_u64())
}

/// Every entity that the cells of a row link to.
fn pointed_at(entity: &Entity, own: &[String]) -> Vec<EntityRef> {
    const FIELDS: [(&str, &str); 4] =
        [("owner", "group"), ("system", "system"), ("domain", "domain"), ("parent", "group")];
    let single = FIELDS.iter().filter_map(|(field, kind)| entity.points_at(field, kind));
    let relations = own.iter().filter_map(|path| path.strip_prefix("relations."));
    let related = relations.flat_map(|relation| entity.related(relation));
    single.chain(entity.points_at_all("memberOf", "group")).chain(related).collect()
}

/// Values of a facet that the page has at all: nobody looks through more, and a company has thousands of owners.
const LISTED: usize = 60;

/// How many entities there are of each kind and with each value of each facet, of those that match what was typed.
#[derive(Debug, Deserialize)]
pub(super) struct Counts {
    /// In the order in which the API gives them.
    kinds: Vec<Count>,
    /// By the key of the facet.
    facets: BTreeMap<String, Vec<Count>>,
    /// How many values of a facet there are beside these.
    unlisted: BTreeMap<String, usize>,
    /// What owners are called.
    pub(super) titles: Titles,
}

/// How many entities have a value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Count {
    pub(super) value: String,
    pub(super) count: u64,
}

impl Counts {
    pub(super) async fn fetch(api: &Api, state: &State) -> Fetched {
        match Counts::counted(api, state).await {
            // Half a query narrows nothing yet; the list says what is wrong with it.
            Err(error) if error.status == 400 && !state.text.is_empty() => {
                Counts::counted(api, &state.without_text()).await
            }
            counted => counted,
        }
    }

    async fn counted(api: &Api, state: &State) -> Fetched {
        let (kinds, paths) = (state.kinds_path(), state.facet_paths());
        let (kinds, answers) =
            join(api.get::<Value>(&kinds), try_join_all(paths.iter().map(|path| api.get::<Value>(path)))).await;
        let mut facets = serde_json::Map::new();
        for mut answer in answers? {
            if let Value::Object(counted) = answer["facets"].take() {
                facets.extend(counted);
            }
        }
        let mut unlisted = serde_json::Map::new();
        for facet in &state.facets() {
            if let Some(Value::Array(values)) = facets.get_mut(facet.key()) {
                let beside = leave_listed(values, |value| state.has(facet, value));
                unlisted.insert(facet.key().to_owned(), json!(beside));
            }
        }
        let owners = facets.get(Facet::Owner.key()).and_then(Value::as_array).into_iter().flatten();
        let owners = owners.filter_map(|owner| EntityRef::parse(owner["value"].as_str()?).ok()).collect();
        let titles = Titles::fetch(api, owners).await?;
        Ok(json!({"kinds": kinds?["facets"]["kind"].take(), "facets": facets, "unlisted": unlisted, "titles": titles}))
    }

    /// How many values of a facet there are that are not among [`Counts::of`].
    pub(super) fn unlisted(&self, facet: &Facet) -> usize {
        self.unlisted.get(facet.key()).copied().unwrap_or(0)
    }

    /// The kinds in the order in which they are listed: those that there are entities of, and those that somebody brought, so that
    /// they are found before the first entity is there.
    pub(super) fn kinds(&self, vocabulary: &Vocabulary) -> Vec<Count> {
        let mut kinds = self.kinds.clone();
        for brought in vocabulary.kinds().iter().filter(|kind| kind.origin != KindOrigin::BuiltIn) {
            if !kinds.iter().any(|count| count.value.eq_ignore_ascii_case(&brought.name)) {
                kinds.push(Count { value: brought.name.clone(), count: 0 });
            }
        }
        kinds.sort_by(|a, b| kind::rank(&a.value).cmp(&kind::rank(&b.value)).then_with(|| a.value.cmp(&b.value)));
        kinds
    }

    /// The values of a facet, most first. What is chosen is among them even where nothing has it, so that it can be
    /// taken back.
    pub(super) fn of(&self, facet: &Facet, state: &State) -> Vec<Count> {
        let mut counts = self.facets.get(facet.key()).cloned().unwrap_or_default();
        for chosen in state.chosen_of(facet) {
            if !counts.iter().any(|count| count.value.eq_ignore_ascii_case(chosen)) {
                counts.push(Count { value: chosen.to_owned(), count: 0 });
            }
        }
        // Numbers have an order that says more than how often each occurs.
        let are_numbers = counts.iter().all(|count| number(&count.value).is_some());
        counts.sort_by(|a, b| match are_numbers {
            true => number(&a.value).cmp(&number(&b.value)),
            false => b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)),
        });
        counts
    }
}

/// A value that is a number, to be put in order: its whole part, and what follows the point.
pub(super) fn number(value: &str) -> Option<(i64, &str)> {
    let (whole, rest) = value.split_once('.').unwrap_or((value, ""));
    let is_fraction = rest.bytes().all(|sign| sign.is_ascii_digit());
    is_fraction.then(|| whole.parse().ok())?.map(|whole| (whole, rest))
}

/// Leaves the most frequent values of a facet, and those that are chosen. Answers how many there were beside them.
fn leave_listed(values: &mut Vec<Value>, is_chosen: impl Fn(&str) -> bool) -> usize {
    let all = values.len();
    let value = |count: &Value| count["value"].as_str().unwrap_or_default().to_owned();
    values.sort_by(|a, b| b["count"].as_u64().cmp(&a["count"].as_u64()).then_with(|| value(a).cmp(&value(b))));
    let mut place = 0;
    values.retain(|count| {
        let value = value(count);
        place += 1;
        // An address has no way to say a value with a comma; what is typed has.
        (place <= LISTED && !value.contains(',')) || is_chosen(&value)
    });
    all - values.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_values_and_the_chosen_ones_are_listed() {
        let count = |number: usize| json!({ "value": format!("v{number:03}"), "count": number });
        let mut values: Vec<Value> = (0..100).map(count).collect();
        assert_eq!(leave_listed(&mut values, |value| value == "v007"), 39);
        assert_eq!(values.len(), 61);
        assert_eq!((&values[0], &values[60]), (&count(99), &count(7)));
        assert_eq!(leave_listed(&mut vec![count(1)], |_| false), 0);
        let mut values = vec![json!({ "value": "a, b", "count": 9 }), count(1)];
        assert_eq!((leave_listed(&mut values, |_| false), values), (1, vec![count(1)]));
    }

    #[test]
    fn numbers_stand_in_their_order() {
        let counts: Counts = serde_json::from_value(json!({
            "kinds": [], "titles": {}, "unlisted": {},
            "facets": {"facts.k.ready": [{"value": "10", "count": 1}, {"value": "2", "count": 9}, {"value": "0.5", "count": 1}]},
        }))
        .unwrap();
        let facet = Facet::Field("facts.k.ready".into());
        let state = State::of_kind("component").toggled(&facet, "1");
        let values: Vec<String> = counts.of(&facet, &state).into_iter().map(|count| count.value).collect();
        assert_eq!(values, ["0.5", "1", "2", "10"]);
    }

    fn vocabulary() -> Vocabulary {
        let kind = |name: &str, icon: Option<&str>, origin: &str| {
            json!({
                "name": name, "plural": format!("{name}s").to_lowercase(), "title": name, "titlePlural": name, "description": "",
                "icon": icon, "origin": { "type": origin }, "columns": [], "properties": [], "relations": [],
            })
        };
        let kinds =
            [kind("Pipeline", None, "api"), kind("System", Some("cpu"), "builtIn"), kind("Cluster", None, "file")];
        Vocabulary::read(&json!({ "items": kinds }).to_string())
    }

    #[test]
    fn kinds_that_somebody_brought_are_listed_before_there_are_entities_of_them() {
        let counts: Counts = serde_json::from_value(json!({
            "kinds": [{"value": "cluster", "count": 2}, {"value": "component", "count": 9}], "titles": {}, "unlisted": {}, "facets": {},
        }))
        .unwrap();
        let mut kinds: Vec<(String, u64)> =
            counts.kinds(&vocabulary()).into_iter().map(|count| (count.value, count.count)).collect();
        kinds.sort();
        assert_eq!(kinds, [("Pipeline".to_owned(), 0), ("cluster".to_owned(), 2), ("component".to_owned(), 9)]);
    }

    #[test]
    fn a_kind_that_nothing_declares_is_none() {
        for (kind, known) in
            [("pipeline", true), ("component", true), ("system", true), (EVERY_KIND, true), ("nosuch", false)]
        {
            assert_eq!(is_known(kind, &vocabulary()), known, "{kind}");
        }
        let error = no_kind("nosuch");
        assert_eq!((error.status, error.message.starts_with("There is no kind `nosuch`: ")), (404, true));
    }

    #[test]
    fn a_chosen_value_that_nothing_has_can_still_be_taken_back() {
        let counts: Counts = serde_json::from_value(json!({
            "kinds": [], "titles": {}, "unlisted": {}, "facets": {"metadata.tags": [{"value": "ha", "count": 2}]},
        }))
        .unwrap();
        let state = State::of_kind("component").toggled(&Facet::Tag, "pci").toggled(&Facet::Tag, "HA");
        let values: Vec<(String, u64)> =
            counts.of(&Facet::Tag, &state).into_iter().map(|count| (count.value, count.count)).collect();
        assert_eq!(values, [("ha".to_owned(), 2), ("pci".to_owned(), 0)]);
    }
}
