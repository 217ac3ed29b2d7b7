//! Whole lists, page by page.
//!
//! Rule: a list is whole or it is none. Pages of one list are of one moment; where the server has forgotten that moment in the middle
//! (410), the list is begun again, and only a list that outlives that too often is gone on with from the place that the server names.
//! What does not say that it is a list is none, however empty it looks.

use portico_sdk::{Error, run};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::{Api, Failure, Place};
use crate::sort::Resource;

/// Objects of a page, at first.
const PAGE: u32 = 500;

/// How much smaller a page is asked for, where one was too large.
const SMALLER: u32 = 5;

/// How often a list is begun.
const ATTEMPTS: u32 = 3;

/// A step of reading lists.
pub(crate) enum Step<'a> {
    /// The objects of this namespace follow, or of the whole cluster; what was said of them before counts no more.
    Begin(Option<&'a str>),
    /// One object.
    Item(&'a RawValue),
}

/// What does with each step what is to be done.
pub(crate) type Sink<'a> = dyn FnMut(Step<'_>) -> Result<(), Error> + 'a;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The version in which the server has it, such as `apis/batch/v1`.
    pub version: String,
    /// The moments of the lists, from which they can be watched, each with its path.
    pub moments: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Page<'a> {
    metadata: Moment,
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Moment {
    #[serde(rename = "resourceVersion")]
    resource_version: String,
    #[serde(flatten)]
    place: Place,
}

impl Api<'_> {
    /// Reads all objects of a sort.
    pub(crate) fn list(self, resource: &Resource, sink: &mut Sink<'_>) -> Result<Listed, Failure> {
        self.served(resource, |path, namespace| self.whole(path, namespace, sink))
    }

    /// Whether a sort can be read, without reading more than one object.
    pub(crate) fn may_list(self, resource: &Resource) -> Result<(), Failure> {
        self.served(resource, |path, _| self.page(path, 1, None).map(|_| String::new())).map(|_| ())
    }

    /// Reads every list of a sort in the first version that the server has.
    fn served(
        self,
        resource: &Resource,
        mut read: impl FnMut(&str, Option<&str>) -> Result<String, Failure>,
    ) -> Result<Listed, Failure> {
        let namespaces = &self.cluster.namespaces;
        'versions: for version in &resource.versions {
            let mut moments = Vec::new();
            for (index, path) in resource.paths(version, namespaces).into_iter().enumerate() {
                let namespace = namespaces.get(index).filter(|_| resource.is_namespaced).map(String::as_str);
                match read(&path, namespace) {
                    Ok(moment) => moments.push((path, moment)),
                    Err(Failure::Missing) => continue 'versions,
                    Err(other) => return Err(other),
                }
            }
            return Ok(Listed { version: version.to_string(), moments });
        }
        Err(Failure::Missing)
    }

    fn page(self, path: &str, limit: u32, next: Option<&str>) -> Result<Vec<u8>, Failure> {
        match next {
            Some(next) => self.get(&format!("{path}?limit={limit}&continue={}", escaped(next))),
            None => self.get(&format!("{path}?limit={limit}")),
        }
    }

    /// One list, from its beginning to its end. Answers its moment.
    fn whole(self, path: &str, namespace: Option<&str>, sink: &mut Sink<'_>) -> Result<String, Failure> {
        let (mut limit, mut next, mut attempt) = (PAGE, None::<String>, 1);
        sink(Step::Begin(namespace)).map_err(Failure::Other)?;
        loop {
            if run::cancelled() {
                return Err(self.fails(Error::Failed("the run was asked to stop".into())));
            }
            let body = match self.page(path, limit, next.as_deref()) {
                Ok(body) => body,
                Err(Failure::TooLarge(_)) if limit > 1 => {
                    limit = (limit / SMALLER).max(1);
                    continue;
                }
                Err(Failure::Expired(fresh)) if next.is_some() => {
                    attempt += 1;
                    next = if attempt > ATTEMPTS { Some(fresh.ok_or_else(|| self.too_slow(path))?) } else { None };
                    if next.is_none() {
                        portico_sdk::info!("{}: the list of {path} has expired, and is read again", self.cluster.name);
                        sink(Step::Begin(namespace)).map_err(Failure::Other)?;
                    }
                    continue;
                }
                // What was there a page ago is not gone.
                Err(Failure::Missing) if next.is_some() => return Err(self.no_api_server()),
                Err(Failure::Expired(_)) => return Err(self.too_slow(path)),
                Err(other) => return Err(other),
            };
            let page: Page<'_> = serde_json::from_slice(&body).map_err(|error| self.no_list(path, &error))?;
            for item in page.items.unwrap_or_default() {
                sink(Step::Item(item)).map_err(Failure::Other)?;
            }
            match page.metadata.place.next.filter(|next| !next.is_empty()) {
                Some(following) if next.as_ref() == Some(&following) => {
                    return Err(self.fails(Error::Failed(format!(
                        "the list of {path} never ends: a page names itself as the next"
                    ))));
                }
                Some(following) => next = Some(following),
                None => return Ok(page.metadata.resource_version),
            }
        }
    }

    fn no_list(self, path: &str, error: &serde_json::Error) -> Failure {
        self.fails(Error::Failed(format!(
            "the answer at {path} is no list of Kubernetes ({error}); nothing is changed: see what stands between the portal and the \
             API server"
        )))
    }

    fn too_slow(self, path: &str) -> Failure {
        let reason =
            format!("the list of {path} expired {ATTEMPTS} times before its end; the API server forgets too soon");
        self.fails(Error::Unavailable { reason, retry_after: None })
    }
}

/// A value as it stands in a query.
fn escaped(text: &str) -> String {
    let sign = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(sign).collect()
}

#[cfg(test)]
mod tests;
