//! Which workloads events were about, also where nothing is other than before once they have all come.
//!
//! A cluster that is read while something is other for a moment has the catalog say so, and who follows it sees no difference between
//! before and after. So what was touched is said again. And what was not touched need not be made anew.

use std::collections::BTreeSet;

use super::{Change, Model, put};
use crate::objects::{Pod, Text, Workload};
use crate::view::id;

/// What an event was about.
#[derive(Debug)]
pub(super) enum Touched {
    /// What the workload is called, and who owns it.
    Workload(String, Option<Text>),
    Pod(Box<Pod>),
    /// Any workload.
    All,
}

/// What was touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Touch {
    /// What the workloads are called.
    pub named: BTreeSet<String>,
    /// Whether any other may be another as well.
    pub all: bool,
}

impl Touched {
    pub(super) fn workload(workload: &Workload) -> Touched {
        Touched::Workload(name(workload), workload.owner.as_ref().map(|owner| owner.uid.clone()))
    }
}

fn name(workload: &Workload) -> String {
    id(&workload.namespace, workload.kind, &workload.name)
}

impl Model {
    /// Remembers from here on what is touched.
    pub(crate) fn remember(&mut self) {
        self.touched = Some(Vec::new());
    }

    /// What was touched since this was asked last; anything, where that is not remembered.
    pub(crate) fn touched(&mut self) -> Touch {
        let Some(touched) = self.touched.as_mut().map(std::mem::take) else {
            return Touch { all: true, ..Touch::default() };
        };
        let names = self.deployments();
        let mut found = Touch::default();
        for one in touched {
            match one {
                Touched::Workload(id, owner) => {
                    found.named.insert(id);
                    found.named.extend(owner.and_then(|uid| self.workloads.get(&uid)).map(name));
                }
                Touched::Pod(pod) => {
                    let owner = self.owner(&pod, &names);
                    found.named.extend(owner.map(|owner| name(self.parent(owner).unwrap_or(owner))));
                }
                Touched::All => found.all = true,
            }
        }
        found
    }

    /// Something that may be about any workload was said. Answers whether it is something other.
    pub(super) fn touch_all(&mut self, is_other: bool) -> bool {
        self.keep(is_other.then_some(Touched::All));
        is_other
    }

    /// Takes over what is said of a workload. Answers whether that is something other.
    pub(super) fn put_workload(&mut self, change: Change, workload: Workload) -> bool {
        let touched = self.touched.is_some().then(|| Touched::workload(&workload));
        let is_other = put(&mut self.workloads, change, workload.uid.clone(), workload);
        self.keep(touched.filter(|_| is_other));
        is_other
    }

    /// Takes over what is said of a pod. Answers whether that is something other.
    pub(super) fn put_pod(&mut self, change: Change, pod: Pod) -> bool {
        let is_remembered = self.touched.is_some();
        let touched = is_remembered.then(|| Touched::Pod(Box::new(pod.clone())));
        // It may have been another's before.
        let before = self.pods.get(&pod.uid).filter(|before| is_remembered && before.owner != pod.owner).cloned();
        let is_other = put(&mut self.pods, change, pod.uid.clone(), pod);
        self.keep(touched.filter(|_| is_other));
        self.keep(before.map(|before| Touched::Pod(Box::new(before))));
        is_other
    }

    fn keep(&mut self, touched: Option<Touched>) {
        if let Some(all) = &mut self.touched {
            all.extend(touched);
        }
    }
}
