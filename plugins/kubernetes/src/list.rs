//! Whole lists, page by page.
//!
//! Rule: a list is whole or it is none. Pages of one list are of one moment; where the server has forgotten that moment in the middle
//! (410), the list is begun again, and only a list that outlives that too often is gone on with from the place that the server names.
//! What does not say that it is a list is none, however empty it looks. A list that is empty, or shorter than its pages promised, is
//! asked for once more, and what is said then counts: nothing goes because one answer was odd.

use portico_sdk::{Error, run};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::api::{Api, Failure, status};
use crate::sort::Resource;

/// Objects of a page, at first.
const PAGE: u32 = 500;

/// How much smaller a page is asked for, where one was too large.
const SMALLER: u32 = 5;

/// Bytes of a page that is small enough to ask for twice as many objects after it.
const SMALL: usize = 4 << 20;

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

/// A list as it was read to its end.
struct Whole {
    moment: String,
    /// Whether it is read again before anybody acts on it, and why.
    doubt: Option<&'static str>,
}

#[derive(Deserialize)]
struct Page<'a> {
    kind: String,
    metadata: Moment,
    #[serde(borrow, deserialize_with = "items")]
    items: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Moment {
    #[serde(rename = "resourceVersion")]
    resource_version: String,
    #[serde(default, rename = "continue")]
    next: Option<String>,
    /// How many follow after this page, where a server says it.
    #[serde(default, rename = "remainingItemCount")]
    remaining: Option<u64>,
}

/// They have to be there. Some servers write `null` for none.
fn items<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<&'de RawValue>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Api<'_> {
    /// Reads all objects of a sort.
    pub(crate) fn list(self, resource: &Resource, sink: &mut Sink<'_>) -> Result<Listed, Failure> {
        self.served(resource, |path, namespace| self.whole(path, namespace, sink))
    }

    /// Whether a sort can be read, without reading more than one object. Answers from which moments it can be watched.
    pub(crate) fn may_list(self, resource: &Resource) -> Result<Listed, Failure> {
        let first = |path: &str| {
            let body = self.page(path, 1, None)?;
            self.list_of(path, &body).map(|page| page.metadata.resource_version)
        };
        self.served(resource, |path, _| first(path))
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

    /// One list. Answers its moment.
    fn whole(self, path: &str, namespace: Option<&str>, sink: &mut Sink<'_>) -> Result<String, Failure> {
        let first = self.once(path, namespace, sink)?;
        let Some(doubt) = first.doubt else { return Ok(first.moment) };
        portico_sdk::debug!("{}: the list of {path} {doubt}, and is read once more", self.cluster.name);
        self.once(path, namespace, sink).map(|second| second.moment)
    }

    /// One list, from its beginning to its end.
    fn once(self, path: &str, namespace: Option<&str>, sink: &mut Sink<'_>) -> Result<Whole, Failure> {
        let (mut limit, mut next, mut attempt) = (PAGE, None::<String>, 1);
        let (mut count, mut promised) = (0, 0);
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
                    // Of another moment.
                    promised = 0;
                    if next.is_none() {
                        portico_sdk::info!("{}: the list of {path} has expired, and is read again", self.cluster.name);
                        count = 0;
                        sink(Step::Begin(namespace)).map_err(Failure::Other)?;
                    }
                    continue;
                }
                // What was there a page ago is not gone.
                Err(Failure::Missing) if next.is_some() => return Err(self.no_api_server()),
                Err(Failure::Expired(_)) => return Err(self.too_slow(path)),
                Err(other) => return Err(other),
            };
            let Page { metadata, items, .. } = self.list_of(path, &body)?;
            let found = items.len() as u64;
            count += found;
            for item in items {
                sink(Step::Item(item)).map_err(Failure::Other)?;
            }
            match metadata.next.filter(|next| !next.is_empty()) {
                Some(following) if next.as_ref() == Some(&following) => {
                    return Err(self.fails(Error::Failed(format!(
                        "the list of {path} never ends: a page names itself as the next"
                    ))));
                }
                Some(following) => next = Some(following),
                None => {
                    let doubt = match count {
                        0 => Some("is empty"),
                        _ if found < promised => Some("ends before all of it has come"),
                        _ => None,
                    };
                    return Ok(Whole { moment: metadata.resource_version, doubt });
                }
            }
            promised = metadata.remaining.unwrap_or_default();
            if body.len() < SMALL {
                limit = (limit * 2).min(PAGE);
            }
        }
    }

    /// A page, if it is one.
    fn list_of<'b>(self, path: &str, body: &'b [u8]) -> Result<Page<'b>, Failure> {
        let page: Page<'_> =
            serde_json::from_slice(body).map_err(|error| self.no_list(path, body, &error.to_string()))?;
        let Moment { resource_version, next, remaining } = &page.metadata;
        let wrong = match remaining {
            _ if !page.kind.ends_with("List") => format!("its kind is `{}`", page.kind),
            _ if resource_version.is_empty() => "its `resourceVersion` is empty".to_owned(),
            Some(more @ 1..) if next.as_ref().is_none_or(|next| next.is_empty()) => {
                format!("{more} more are to follow, and it does not say where")
            }
            _ => return Ok(page),
        };
        Err(self.no_list(path, body, &wrong))
    }

    fn no_list(self, path: &str, body: &[u8], wrong: &str) -> Failure {
        let said = match status(body).message {
            said if said.is_empty() => said,
            said => format!(" (“{said}”)"),
        };
        self.fails(Error::Failed(format!(
            "the answer at {path} is no list of Kubernetes: {wrong}{said}; nothing is changed: see what stands between the portal and the \
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
