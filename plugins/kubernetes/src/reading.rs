//! Reading a cluster: all sorts that facts are made of, and what is said of those that could not be read.
//!
//! Rule: a sort that the account may not list, or that the cluster does not have, is left out and said with what puts it right. Anything
//! else that goes wrong costs the cluster.

use std::collections::BTreeSet;

use portico_sdk::{Error, Problem, Result, Session, run};
use serde_json::Value;

use crate::api::{Api, Failure, for_a_credential, is_of_nobody};
use crate::list::Step;
use crate::model::{Change, Model, kind};
use crate::objects::name_of;
use crate::settings::{Cluster, Settings};
use crate::sort::{Purpose, Resource, Sort};
use crate::view::{OBJECT, id};

/// Objects of a sort that cannot be read and are named; more are counted.
const NAMED: usize = 20;

/// Between two lines of progress.
const SAID: u64 = 500;

/// What was read, and what was not.
#[derive(Default)]
pub(crate) struct Reading {
    /// The sorts that could be read.
    pub sorts: BTreeSet<String>,
    /// Sorts that may not be read or are not there.
    pub lacking: Vec<Lack>,
    /// The lists that were read, with the moments from which they can be watched.
    pub moments: Vec<(Purpose, String, String)>,
    problems: Vec<Problem>,
}

/// A sort that cannot be read.
pub(crate) struct Lack {
    pub name: String,
    /// Why, and what to do.
    why: String,
    /// Whether somebody has to hear of it: a cluster that does not know schedules or autoscalers lacks nothing.
    is_said: bool,
}

/// What else is handed over for mappings: what they call it, and where it is found.
pub(crate) type Besides = Vec<(String, Resource)>;

/// The sorts that the settings want.
pub(crate) fn wanted(settings: &Settings) -> BTreeSet<String> {
    let always = Sort::ALWAYS.iter().map(|sort| sort.plural().to_owned());
    always.chain(besides(settings).into_iter().map(|(object, _)| object)).collect()
}

/// How many lists of a cluster are watched.
pub(crate) fn watches(settings: &Settings, namespaces: &[String]) -> usize {
    let always = Sort::ALWAYS.iter().map(|sort| sort.resource());
    always.chain(besides(settings).into_iter().map(|(_, resource)| resource)).map(|one| one.lists(namespaces)).sum()
}

fn besides(settings: &Settings) -> Besides {
    let extras = settings.also.iter().map(|extra| (extra.object().to_owned(), extra.resource()));
    extras.chain(settings.resources.iter().map(|custom| (custom.object(), custom.resource()))).collect()
}

pub(crate) fn is_of_facts(name: &str) -> bool {
    Sort::ALWAYS.iter().any(|sort| sort.plural() == name)
}

impl Reading {
    /// Everything that facts are made of.
    pub(crate) fn model(&mut self, api: Api<'_>, settings: &Settings) -> Result<Model> {
        let mut model = Model::default();
        for sort in Sort::read(&settings.also) {
            let is_said_besides = !is_of_facts(sort.plural());
            match self.list(api, sort, &mut model) {
                Ok(()) if is_said_besides => {}
                Ok(()) => drop(self.sorts.insert(sort.plural().to_owned())),
                Err(Failure::Missing | Failure::Forbidden(_)) if is_said_besides => model.begin(sort, None),
                Err(Failure::Missing) if sort.is_everywhere() => return Err(error(api, api.no_api_server())),
                Err(failure @ (Failure::Missing | Failure::Forbidden(_))) => {
                    // What was read of it until then is no list.
                    model.begin(sort, None);
                    self.lacks(api.cluster, sort.plural(), &sort.resource(), failure);
                }
                Err(other) => return Err(error(api, other)),
            }
        }
        if self.sorts.is_empty() {
            let why = self.lacking.first().map_or("", |lack| &lack.why);
            return Err(Error::Denied(format!("{}: the account may read nothing that runs: {why}", api.cluster.name)));
        }
        if model.lacks_sets() {
            match self.list(api, Sort::ReplicaSets, &mut model) {
                Ok(()) => {}
                Err(failure @ (Failure::Missing | Failure::Forbidden(_))) => {
                    self.lacks(api.cluster, Sort::ReplicaSets.plural(), &Sort::ReplicaSets.resource(), failure);
                }
                Err(other) => return Err(error(api, other)),
            }
        }
        Ok(model)
    }

    /// Reads one sort anew.
    pub(crate) fn list(&mut self, api: Api<'_>, sort: Sort, model: &mut Model) -> std::result::Result<(), Failure> {
        let (mut unread, mut count) = (Vec::new(), 0_u64);
        let plural = sort.plural();
        let listed = api.list(&sort.resource(), &mut |step| {
            match step {
                Step::Begin(namespace) => {
                    model.begin(sort, namespace);
                    let is_other =
                        |name: &str| namespace.is_some_and(|namespace| !name.starts_with(&format!("{namespace}/")));
                    unread.retain(|(name, _): &(String, String)| is_other(name));
                }
                Step::Item(item) => {
                    if let Err(error) = model.apply(sort, Change::Stands, item.get()) {
                        unread.push((name_of(item.get()), error.to_string()));
                    }
                    count += 1;
                    if count % SAID == 0 {
                        run::progress(count, None, &format!("{}: {plural}", api.cluster.name));
                    }
                }
            }
            Ok(())
        })?;
        self.moments(&sort.into(), listed.moments);
        self.unread(|name| file(sort, &api.cluster.name, name), plural, unread);
        Ok(())
    }

    /// What else the settings name and the account may list.
    pub(crate) fn besides(&mut self, api: Api<'_>, settings: &Settings) -> Result<Besides> {
        let mut found = Besides::new();
        for (object, resource) in besides(settings) {
            match api.may_list(&resource) {
                Ok(listed) => {
                    // What facts are made of as well is watched from where it was read.
                    if !Sort::read(&settings.also).iter().any(|sort| sort.resource() == resource) {
                        self.moments(&Purpose::mappings(&object), listed.moments);
                    }
                    self.sorts.insert(object.clone());
                    found.push((object, resource));
                }
                Err(failure @ (Failure::Missing | Failure::Forbidden(_))) => {
                    self.lacks(api.cluster, &object, &resource, failure)
                }
                Err(other) => return Err(error(api, other)),
            }
        }
        Ok(found)
    }

    /// The moments of now of what is watched for mappings alone. What happened until then is left to the sync.
    pub(crate) fn moments_of(&mut self, api: Api<'_>, settings: &Settings, object: &str) -> Result<()> {
        for (_, resource) in besides(settings).into_iter().filter(|(known, _)| known == object) {
            let listed = api.may_list(&resource).map_err(|failure| error(api, failure))?;
            self.moments(&Purpose::mappings(object), listed.moments);
        }
        Ok(())
    }

    fn moments(&mut self, purpose: &Purpose, moments: Vec<(String, String)>) {
        self.moments.retain(|(known, ..)| known != purpose);
        self.moments.extend(moments.into_iter().map(|(path, moment)| (purpose.clone(), path, moment)));
    }

    /// Hands all objects of a sort over, each as it is read.
    pub(crate) fn push(
        &mut self,
        api: Api<'_>,
        session: &mut Session,
        object: &str,
        resource: &Resource,
    ) -> Result<()> {
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
        self.unread(|name| format!("{}/{name}", resource.plural), &resource.plural, unread);
        // It could be listed a moment ago: what fails now fails for the cluster.
        listed.map(|_| ()).map_err(|failure| error(api, failure))
    }

    fn lacks(&mut self, cluster: &Cluster, name: &str, resource: &Resource, failure: Failure) {
        let is_refused = matches!(failure, Failure::Forbidden(_));
        let why = match failure {
            Failure::Forbidden(said) if is_of_nobody(&said) => format!("{said}; {}", for_a_credential(cluster)),
            Failure::Forbidden(said) => format!(
                "{said}; add to the role of the account: apiGroups: [\"{}\"], resources: [{}], verbs: [list, watch]",
                resource.group(),
                resource.plural
            ),
            _ => format!(
                "the cluster knows no {}; leave it out of the settings, or install what defines it",
                resource.plural
            ),
        };
        self.lacking.push(Lack { name: name.to_owned(), why, is_said: is_refused || !is_of_facts(name) });
    }

    fn unread(&mut self, file: impl Fn(&str) -> String, plural: &str, unread: Vec<(String, String)>) {
        let count = unread.len();
        for (object, error) in unread.into_iter().take(NAMED) {
            let message =
                format!("{object} is not as objects of the sort `{plural}` are ({error}); the others are read");
            self.problems.push(Problem::new(file(&object), message));
        }
        if count > NAMED {
            let message = format!("{} more are not as objects of this sort are", count - NAMED);
            self.problems.push(Problem::new(plural, message));
        }
    }

    /// What could not be read, to be shown with the cluster.
    pub(crate) fn said(&self, cluster: &str) -> Vec<Problem> {
        let lacking = self.lacking.iter().filter(|lack| lack.is_said);
        let lacking = lacking.map(|Lack { name, why, .. }| {
            Problem::new(name.clone(), format!("{cluster}: objects of the sort `{name}` cannot be read: {why}"))
        });
        lacking.chain(self.problems.iter().cloned()).collect()
    }
}

/// What an object's entity is known by, so that it stays while the object cannot be read.
fn file(sort: Sort, cluster: &str, name: &str) -> String {
    match (kind(sort), name.split_once('/')) {
        (Some(kind), Some((namespace, name))) => format!("{OBJECT}/{cluster}/{}", id(namespace, kind, name)),
        _ => format!("{}/{name}", sort.plural()),
    }
}

/// An object without what nobody maps: who wrote which field, and what it was applied from. With the cluster that it is in.
pub(crate) fn tidied(mut data: Value, cluster: &str) -> Value {
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
