//! Other portals in memory, for tests: what they answer at which address.

use portico_sdk::testing::{Answer, Portal as Memory};
use serde_json::{Value, json};

use crate::api::BY_QUERY;
use crate::settings::{Portal, Settings};

/// Settings with the portal `old`, of which more is said.
pub(crate) fn settings(more: Value) -> Value {
    let mut portal = json!({ "name": "old", "url": "https://old.test" });
    if let (Value::Object(portal), Value::Object(more)) = (&mut portal, more) {
        portal.extend(more);
    }
    json!({ "portals": [portal] })
}

/// The portal `old`, of which more is said.
pub(crate) fn portal(more: Value) -> Portal {
    let settings = portico_sdk::settings::parse::<Settings>(&settings(more).to_string()).expect("good settings");
    settings.portals.into_iter().next().expect("a portal")
}

/// A page of a list.
pub(crate) fn page(items: &[Value], total: u64, next: &str) -> Answer {
    let info = if next.is_empty() { json!({}) } else { json!({ "nextCursor": next }) };
    Answer::json(&json!({ "items": items, "totalItems": total, "pageInfo": info }))
}

/// A component, in a state.
pub(crate) fn component(name: &str, etag: &str) -> Value {
    json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": { "name": name, "namespace": "default", "uid": name, "etag": etag, "title": format!("In state {etag}") },
        "spec": { "type": "service", "lifecycle": "production", "owner": "payments" },
        "relations": [],
    })
}

/// A portal at `https://NAME.test`, with what it answers. It is a Backstage unless it is said otherwise.
pub(crate) struct Server {
    name: &'static str,
    is_backstage: bool,
    answers: Vec<(&'static str, String, Answer)>,
}

impl Server {
    pub(crate) fn new(name: &'static str) -> Server {
        Server { name, is_backstage: true, answers: Vec::new() }
    }

    /// With these answers to a question for a path, one after the other; the last one stays.
    pub(crate) fn answers(mut self, path: &str, answers: impl IntoIterator<Item = Answer>) -> Server {
        self.answers.extend(answers.into_iter().map(|answer| ("GET", path.to_owned(), answer)));
        self
    }

    /// With an answer to a question with a body.
    pub(crate) fn posted(mut self, path: &str, answer: Answer) -> Server {
        self.answers.push(("POST", path.to_owned(), answer));
        self
    }

    /// Holding these, on one page.
    pub(crate) fn holds(self, entities: &[Value]) -> Server {
        let total = entities.len() as u64;
        self.says(&[total]).pages("limit=500", [page(entities, total, "")])
    }

    /// Whose first entity can be looked at.
    pub(crate) fn shows(self, entity: Value) -> Server {
        self.pages("limit=1", [page(&[entity], 1, "")])
    }

    /// With these numbers of its entities, one after the other.
    pub(crate) fn says(self, totals: &[u64]) -> Server {
        self.pages("limit=0", totals.iter().map(|total| page(&[], *total, "")))
    }

    /// With these answers at a place of its list, such as `limit=500&cursor=a`.
    pub(crate) fn pages(self, query: &str, answers: impl IntoIterator<Item = Answer>) -> Server {
        self.answers(&format!("{BY_QUERY}?{query}"), answers)
    }

    /// With what a look for changes is answered.
    pub(crate) fn states(self, entities: &[Value]) -> Server {
        let total = entities.len() as u64;
        let query = "limit=2000&fields=kind%2Cmetadata.namespace%2Cmetadata.name%2Cmetadata.etag";
        self.pages(query, [page(entities, total, "")])
    }

    /// As a Portico of this name, whose last changes are these, one after the other.
    pub(crate) fn portico(mut self, instance: &str, last: &[u64]) -> Server {
        self.is_backstage = false;
        let answered =
            self.answers("/api/plugins/backstage/instance", [Answer::json(&json!({ "instance": instance }))]);
        let changes = |last: &u64| Answer::json(&json!({ "items": [], "first": 1, "last": last }));
        answered.answers("/api/portico/changes?after=9007199254740991&limit=1", last.iter().map(changes))
    }

    /// A portal for which it answers.
    pub(crate) fn before(self, memory: Memory) -> Memory {
        let mut answers = self.answers;
        if self.is_backstage {
            for path in ["/api/plugins/backstage/instance", "/api/portico/changes?after=9007199254740991&limit=1"] {
                answers.push(("GET", path.to_owned(), Answer::status(404)));
            }
        }
        let name = self.name;
        let url = |path: &str| format!("https://{name}.test{path}");
        answers.into_iter().fold(memory, |memory, (method, path, answer)| memory.answer(method, &url(&path), answer))
    }
}
