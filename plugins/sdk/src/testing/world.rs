//! What the portal in memory holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use portico_model::{Asker, EntityRef, Fields, Filter, Kinds, Rows, reference_of, relations_of, rows};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Asked};
use super::committed::Committed;
use super::folder::{Folder, Push};
use super::repository::Repository;
use crate::bindings::portico::plugin::{catalog, http, types};
use crate::run::Level;

/// The time of a test that does not say it: noon of the first of January 2026, in UTC.
const NOON: u64 = 1_767_268_800_000;

pub(super) struct World {
    pub(super) settings: Value,
    pub(super) answers: BTreeMap<(String, String), VecDeque<Answer>>,
    pub(super) asked: Vec<Asked>,
    pub(super) entities: Vec<Value>,
    pub(super) state: BTreeMap<String, Vec<u8>>,
    pub(super) cursors: BTreeMap<String, String>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) open: BTreeSet<(String, bool)>,
    pub(super) committed: Vec<Committed>,
    pub(super) unreadable: Vec<(String, String)>,
    pub(super) wanted: BTreeSet<String>,
    pub(super) retained: Option<Vec<String>>,
    /// Why it is not taken that scopes are gone.
    pub(super) guard: Option<String>,
    /// Bytes of state that there is room for.
    pub(super) room: usize,
    pub(super) is_cancelled: bool,
    /// Milliseconds since 1970.
    pub(super) now: u64,
    pub(super) log: Vec<(Level, String)>,
    /// By its address and the reference that it is at.
    pub(super) repositories: BTreeMap<(String, String), Repository>,
    /// Of the machine, by their paths.
    pub(super) files: BTreeMap<String, (Vec<u8>, bool)>,
    /// What addresses of descriptors hold.
    pub(super) locations: BTreeMap<String, Vec<EntityRef>>,
    pub(super) registered: Vec<String>,
    pub(super) workspace: Option<Folder>,
    pub(super) template: Option<Folder>,
    pub(super) pushed: Vec<Push>,
}

impl Default for World {
    fn default() -> World {
        World {
            settings: Value::Object(Map::new()),
            answers: BTreeMap::new(),
            asked: Vec::new(),
            entities: Vec::new(),
            state: BTreeMap::new(),
            cursors: BTreeMap::new(),
            scopes: None,
            open: BTreeSet::new(),
            committed: Vec::new(),
            unreadable: Vec::new(),
            wanted: BTreeSet::new(),
            retained: None,
            guard: None,
            room: usize::MAX,
            is_cancelled: false,
            now: NOON,
            log: Vec::new(),
            repositories: BTreeMap::new(),
            files: BTreeMap::new(),
            locations: BTreeMap::new(),
            registered: Vec::new(),
            workspace: None,
            template: None,
            pushed: Vec::new(),
        }
    }
}

/// An entity as a catalog serves it: with its namespace, and the relations that it makes itself.
pub(super) fn served(mut entity: Value) -> Value {
    if entity["metadata"].get("namespace").is_none() {
        entity["metadata"]["namespace"] = json!(portico_model::DEFAULT_NAMESPACE);
    }
    if entity.get("relations").is_none() {
        let reference = reference_of(&entity);
        let relations = relations_of(&entity, Kinds::built_in()).into_iter();
        let own = relations.filter(|relation| Some(&relation.from) == reference.as_ref());
        entity["relations"] = own.map(|one| json!({ "type": &*one.relation, "targetRef": one.to })).collect();
    }
    entity
}

impl World {
    /// The folder of the task, which is made when it is first asked for.
    pub(super) fn workspace(&mut self) -> &Folder {
        self.workspace.get_or_insert_with(Folder::new)
    }

    /// What a server answers. What a test says nothing about is not granted.
    pub(super) fn send(&mut self, request: &http::Request) -> Result<http::Response, types::Error> {
        let http::Request { method, url, headers, body, .. } = request.clone();
        let key = (method.clone(), url.clone());
        self.asked.push(Asked { method, url, headers, body: body.unwrap_or_default() });
        let answers = self.answers.get_mut(&key);
        let answer =
            answers.and_then(|answers| if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() });
        let (method, url) = key;
        let unknown =
            || format!("the portal of this test knows no answer to {method} {url}; say one with `Portal::answer`");
        answer.map_or_else(|| Err(types::Error::Denied(unknown())), |answer| answer.0)
    }

    pub(super) fn get(&self, entity: &EntityRef) -> Option<String> {
        let mut entities = self.entities.iter();
        entities.find(|known| reference_of(known).as_ref() == Some(entity)).map(Value::to_string)
    }

    /// A page of the catalog. Its cursors are the number of entities before it.
    pub(super) fn search(&self, query: &catalog::Query) -> Result<catalog::Page, String> {
        let filters: Vec<&str> = query.filters.iter().map(String::as_str).collect();
        let mut all = vec![Filter::from_query(&filters).map_err(|error| error.to_string())?];
        if let Some(text) = &query.text {
            let typed = Filter::from_text(text, &Asker::default(), Kinds::built_in());
            all.push(typed.map_err(|error| error.to_string())?);
        }
        let filter = Filter::All(all);
        let fields: Vec<&str> = query.fields.iter().map(String::as_str).collect();
        let fields = Fields::parse(&fields).map_err(|error| error.to_string())?;
        let others = |reference: &str| {
            let is_it = |entity: &&Value| reference_of(entity).is_some_and(|known| known.as_str() == reference);
            self.entities.iter().find(is_it).map(rows)
        };
        let mut found: Vec<(Rows, &Value)> = self.entities.iter().map(|entity| (rows(entity), entity)).collect();
        found.retain(|(rows, _)| filter.matches_among(rows, &others));
        if let Some(order) = query.order.first() {
            sort(&mut found, order);
        }
        let before = query.cursor.as_deref().map_or(Ok(0), str::parse::<usize>).map_err(|_| "the cursor is none")?;
        let after = before + query.limit.clamp(1, 1_000) as usize;
        let page = found.iter().skip(before).take(after - before).map(|(_, entity)| match &fields {
            Some(fields) => fields.project(entity).to_string(),
            None => entity.to_string(),
        });
        let next = (after < found.len()).then(|| after.to_string());
        Ok(catalog::Page { entities: page.collect(), total: found.len() as u64, next })
    }
}

/// By a field's values; what has none comes last.
fn sort(found: &mut [(Rows, &Value)], order: &catalog::Order) {
    let field = order.field.to_lowercase();
    let value = |rows: &Rows| rows.0.iter().find(|row| row.key == field).and_then(|row| row.value.clone());
    found.sort_by(|(a, _), (b, _)| match (value(a), value(b)) {
        (Some(a), Some(b)) if order.descending => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
}
