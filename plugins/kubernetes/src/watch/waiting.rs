//! Objects for mappings that events were about, until they are handed over.
//!
//! Rule: of each object only the last word counts. Once much waits, nobody listens to more of it until that is handed over: what a server
//! says meanwhile waits there.

use std::collections::BTreeMap;

use portico_sdk::{Result, Session};
use serde_json::value::{RawValue, to_raw_value};

use crate::model::Change;
use crate::objects::name_of;
use crate::reading::tidied;

/// Bytes that wait, at which it is listened no more.
const FULL: usize = 1 << 20;

/// What waits, of one cluster.
#[derive(Debug)]
pub(crate) struct Waiting {
    cluster: String,
    /// By what mappings call it, and what it is called in the cluster. As text, which takes a fifth of the room.
    objects: BTreeMap<(String, String), (Change, Box<RawValue>)>,
}

impl Waiting {
    pub(crate) fn of(cluster: &str) -> Waiting {
        Waiting { cluster: cluster.to_owned(), objects: BTreeMap::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Whether it is listened no more.
    pub(crate) fn is_full(&self) -> bool {
        self.objects.values().map(|(_, data)| data.get().len()).sum::<usize>() >= FULL
    }

    /// Something happened to an object.
    pub(super) fn put(&mut self, object: &str, change: Change, json: &str) -> serde_json::Result<()> {
        let data = to_raw_value(&tidied(serde_json::from_str(json)?, &self.cluster))?;
        self.objects.insert((object.to_owned(), name_of(json)), (change, data));
        Ok(())
    }

    /// Hands all of it over: what is gone before what is there.
    pub(crate) fn say(&mut self, session: &mut Session) -> Result<()> {
        let (gone, there): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.objects).into_iter().partition(|(_, (change, _))| *change == Change::Gone);
        for ((object, _), (_, data)) in &gone {
            session.withdraw(object, data)?;
        }
        for ((object, _), (_, data)) in &there {
            session.push(object, data)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::workload;

    #[test]
    fn so_much_waits_and_no_more() {
        let mut waiting = Waiting::of("prod");
        let mut rollout = workload("Rollout", "shop", "canary");
        let mut put = |name: &str, size: usize| {
            rollout["metadata"]["name"] = name.into();
            rollout["spec"]["notes"] = "x".repeat(size).into();
            waiting.put("rollouts.argoproj.io", Change::Stands, &rollout.to_string()).expect("an object");
            waiting.is_full()
        };
        assert!(!put("a", FULL / 2));
        assert!(!put("a", FULL / 2), "the same again is no more");
        assert!(put("b", FULL / 2));
    }

    #[test]
    fn what_is_no_object_does_not_wait() {
        let mut waiting = Waiting::of("prod");
        assert!(waiting.put("node", Change::Stands, "{").is_err() && waiting.is_empty());
    }
}
