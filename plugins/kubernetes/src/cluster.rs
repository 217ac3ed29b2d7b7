//! One sync of one cluster, which is a scope.
//!
//! Rule: what is committed as a whole was read as a whole. A cluster that could not be read stays as it was. A sort that the account may
//! not list is left out and said, as long as it was never read; one that was read before has objects in the catalog, and as long as it
//! cannot be read nothing is removed at all: what is there is brought up to date, and facts that rest on that sort stay as they were.

use std::collections::BTreeSet;

use portico_sdk::{Error, Problem, Result, Session, cursor, info, run, warn};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{Api, Failure};
use crate::entities::Entities;
use crate::list::Step;
use crate::model::{Change, Model};
use crate::objects::name_of;
use crate::settings::{Cluster, Settings};
use crate::sort::{Resource, Sort};
use crate::view::{OBJECT, Parts, View};

/// Objects of a sort that cannot be read and are named; more are counted.
const NAMED: usize = 20;

/// Between two lines of progress.
const SAID: usize = 500;

/// What a cluster's scope remembers with its data.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor {
    /// The sorts that it holds.
    sorts: BTreeSet<String>,
}

/// What was read, and what was not.
#[derive(Default)]
struct Reading {
    sorts: BTreeSet<String>,
    /// Sorts that may not be read or are not there: each with why.
    lacking: Vec<(String, String)>,
    problems: Vec<Problem>,
}

/// What else is handed over for mappings: what they call it, and where it is found.
type Besides = Vec<(String, Resource)>;

/// Reads a cluster, and commits what is there. Answers what entities have in it; none where that could not be made out.
pub(crate) fn sync(settings: &Settings, cluster: &Cluster, entities: &Entities) -> Result<Option<Parts>> {
    let api = Api { cluster };
    let mut reading = Reading::default();
    let model = reading.model(api)?;
    let besides = reading.besides(api, settings)?;
    let View { parts, workloads } = View::of(cluster, &model, entities);
    drop(model);
    let before = cursor(&cluster.name)?.and_then(|text| serde_json::from_str::<Cursor>(&text).ok()).unwrap_or_default();
    let wanted = wanted(settings);
    let lost: Vec<&(String, String)> =
        reading.lacking.iter().filter(|(name, _)| before.sorts.contains(name) && wanted.contains(name)).collect();
    let is_whole = lost.is_empty();
    let rests_on_lost = lost.iter().any(|(name, _)| is_of_facts(name));
    let mut session = if is_whole { Session::full(&cluster.name)? } else { Session::delta(&cluster.name)? };
    for (name, why) in &lost {
        warn!(
            "{}: {name} were read before and cannot be read now ({why}); nothing of the cluster is removed until they can",
            cluster.name
        );
    }
    if !rests_on_lost {
        for (entity, part) in &parts {
            session.attach(entity, &View::facts(&cluster.name, part))?;
        }
        for workload in workloads.values() {
            session.push(OBJECT, workload)?;
        }
    }
    let (matched, count) =
        (workloads.values().filter(|workload| workload["isMatched"] == true).count(), workloads.len());
    drop(workloads);
    for (object, resource) in &besides {
        reading.push(api, &mut session, object, resource)?;
    }
    session.report(&reading.said(&cluster.name))?;
    let sorts = if is_whole { reading.sorts } else { before.sorts };
    let summary = session.commit(Some(&serde_json::to_string(&Cursor { sorts })?))?;
    info!(
        "{}: {count} workloads, of which {matched} belong to {} entities; {} entities were added, {} changed, {} removed",
        cluster.name,
        parts.len(),
        summary.added,
        summary.updated,
        summary.removed
    );
    Ok((!rests_on_lost).then_some(parts))
}

/// The sorts that the settings want.
fn wanted(settings: &Settings) -> BTreeSet<String> {
    let always = Sort::ALWAYS.iter().map(|sort| sort.plural().to_owned());
    always.chain(besides(settings).into_iter().map(|(object, _)| object)).collect()
}

fn besides(settings: &Settings) -> Besides {
    let extras = settings.also.iter().map(|extra| (extra.object().to_owned(), extra.resource()));
    extras.chain(settings.resources.iter().map(|custom| (custom.object(), custom.resource()))).collect()
}

fn is_of_facts(name: &str) -> bool {
    Sort::ALWAYS.iter().any(|sort| sort.plural() == name)
}

impl Reading {
    /// Everything that facts are made of.
    fn model(&mut self, api: Api<'_>) -> Result<Model> {
        let mut model = Model::default();
        for sort in Sort::ALWAYS {
            match self.list(api, sort, &mut model) {
                Ok(()) => drop(self.sorts.insert(sort.plural().to_owned())),
                Err(Failure::Missing) if sort.is_everywhere() => return Err(error(api, api.no_api_server())),
                Err(failure @ (Failure::Missing | Failure::Forbidden(_))) => {
                    // What was read of it until then is no list.
                    model.begin(sort, None);
                    self.lacks(sort.plural(), &sort.resource(), failure);
                }
                Err(other) => return Err(error(api, other)),
            }
        }
        if self.sorts.is_empty() {
            let (_, why) = self.lacking.first().cloned().unwrap_or_default();
            return Err(Error::Denied(format!("{}: the account may read nothing that runs: {why}", api.cluster.name)));
        }
        if model.lacks_sets() {
            match self.list(api, Sort::ReplicaSets, &mut model) {
                Ok(()) => {}
                Err(failure @ (Failure::Missing | Failure::Forbidden(_))) => {
                    self.lacks(Sort::ReplicaSets.plural(), &Sort::ReplicaSets.resource(), failure);
                }
                Err(other) => return Err(error(api, other)),
            }
        }
        Ok(model)
    }

    fn list(&mut self, api: Api<'_>, sort: Sort, model: &mut Model) -> std::result::Result<(), Failure> {
        let (mut unread, mut count) = (Vec::new(), 0);
        let name = sort.plural();
        api.list(&sort.resource(), &mut |step| {
            match step {
                Step::Begin(namespace) => {
                    model.begin(sort, namespace);
                    unread.clear();
                }
                Step::Item(item) => {
                    if let Err(error) = model.apply(sort, Change::Stands, item.get()) {
                        unread.push((name_of(item.get()), error.to_string()));
                    }
                    count += 1;
                    if count % SAID == 0 {
                        run::progress(count as u64, None, &format!("{}: {name}", api.cluster.name));
                    }
                }
            }
            Ok(())
        })?;
        self.unread(name, unread);
        Ok(())
    }

    /// What else the settings name and the account may list.
    fn besides(&mut self, api: Api<'_>, settings: &Settings) -> Result<Besides> {
        let mut found = Besides::new();
        for (object, resource) in besides(settings) {
            match api.may_list(&resource) {
                Ok(()) => {
                    self.sorts.insert(object.clone());
                    found.push((object, resource));
                }
                Err(failure @ (Failure::Missing | Failure::Forbidden(_))) => self.lacks(&object, &resource, failure),
                Err(other) => return Err(error(api, other)),
            }
        }
        Ok(found)
    }

    /// Hands all objects of a sort over, each as it is read.
    fn push(&mut self, api: Api<'_>, session: &mut Session, object: &str, resource: &Resource) -> Result<()> {
        let mut unread = Vec::new();
        let listed = api.list(resource, &mut |step| {
            if let Step::Item(item) = step {
                match serde_json::from_str::<Value>(item.get()) {
                    Ok(data) => session.push(object, &tidied(data, &api.cluster.name))?,
                    Err(error) => unread.push((name_of(item.get()), error.to_string())),
                }
            }
            Ok(())
        });
        self.unread(&resource.plural, unread);
        // It could be listed a moment ago: what fails now fails for the cluster.
        listed.map(|_| ()).map_err(|failure| error(api, failure))
    }

    fn lacks(&mut self, name: &str, resource: &Resource, failure: Failure) {
        let why = match failure {
            Failure::Forbidden(said) => format!(
                "{said}; add to the role of the account: apiGroups: [\"{}\"], resources: [{}], verbs: [get, list, watch]",
                resource.group(),
                resource.plural
            ),
            _ => format!(
                "the cluster knows no {}; leave it out of the settings, or install what defines it",
                resource.plural
            ),
        };
        self.lacking.push((name.to_owned(), why));
    }

    fn unread(&mut self, name: &str, unread: Vec<(String, String)>) {
        let count = unread.len();
        for (object, error) in unread.into_iter().take(NAMED) {
            let message =
                format!("{object} is not as objects of this sort are ({error}); it is left out, the others are not");
            self.problems.push(Problem::new(format!("{name}/{object}"), message));
        }
        if count > NAMED {
            self.problems
                .push(Problem::new(name, format!("{} more are not as objects of this sort are", count - NAMED)));
        }
    }

    /// What could not be read, to be shown with the cluster.
    fn said(&mut self, cluster: &str) -> Vec<Problem> {
        let lacking = self.lacking.iter().filter(|(name, why)| {
            // A cluster without jobs by schedule or without autoscalers lacks nothing.
            !(is_of_facts(name) && why.starts_with("the cluster knows no"))
        });
        let lacking = lacking.map(|(name, why)| {
            Problem::new(name.clone(), format!("{cluster}: objects of the sort `{name}` cannot be read: {why}"))
        });
        lacking.chain(std::mem::take(&mut self.problems)).collect()
    }
}

/// An object without what nobody maps: who wrote which field, and what it was applied from. With the cluster that it is in.
fn tidied(mut data: Value, cluster: &str) -> Value {
    if let Some(metadata) = data.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
    if let Some(data) = data.as_object_mut() {
        data.insert("cluster".to_owned(), cluster.into());
    }
    data
}

/// A failure that costs the cluster.
fn error(api: Api<'_>, failure: Failure) -> Error {
    match failure {
        Failure::Other(error) | Failure::TooLarge(error) => error,
        Failure::Forbidden(said) => Error::Denied(format!("{}: {said}", api.cluster.name)),
        Failure::Missing | Failure::Expired(_) => match api.no_api_server() {
            Failure::Other(error) => error,
            _ => Error::Failed(format!("{}: it does not answer as an API server does", api.cluster.name)),
        },
    }
}
