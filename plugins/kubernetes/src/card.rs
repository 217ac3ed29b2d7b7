//! Cards: what runs for an entity, how a workload is, and what fails anywhere.
//!
//! Rule: cards draw what the catalog has, and ask no cluster: they are there at once, also while a cluster is not. What fails is said
//! first and with its reason.

use portico_sdk::cards::{Card, Cards, Cell, Context, Fact, Standing, Stat, Status, Table, Tone};
use portico_sdk::model::{EntityRef, reference_of};
use portico_sdk::{Error, Result, catalog, clock};
use serde_json::Value;

use crate::actions;
use crate::part::{Part, is_lately};
use crate::settings::Settings;
use crate::time::millis;

/// Seconds: pods come and go without the entity whose page it is.
const REFRESH: u32 = 30;

/// Workloads of one card: a table that somebody reads to its end.
const ROWS: u32 = 60;

/// Characters of a version that are shown in a table.
const VERSION: usize = 20;

/// Pods that fail and are shown.
const FAILING: usize = 12;

pub(crate) struct Runtime;

impl Cards for Runtime {
    fn render(id: &str, context: &Context) -> Result<Card> {
        let card = match id {
            "workloads" => of_entity(context.entity()?)?,
            "workload" => of_workload(context.entity()?)?,
            "failing" => everywhere()?,
            other => return Err(Error::NotFound(format!("there is no card `{other}`"))),
        };
        Ok(card.refresh(REFRESH))
    }

    fn invoke(id: &str, action: &str, input: &Value, context: &Context) -> Result<Card> {
        let workloads = match id {
            "workloads" => workloads(context.entity()?)?.0,
            "workload" => catalog::get(context.entity()?)?.iter().filter_map(Workload::of).collect(),
            other => return Err(Error::NotFound(format!("the card `{other}` has no buttons"))),
        };
        let done = actions::invoke(&Settings::read()?, action, input, &workloads)?;
        let drawn = Self::render(id, context)?;
        let mut card = Card::new().markdown(done).refresh(REFRESH);
        card.status = drawn.status;
        card.blocks.extend(drawn.blocks);
        Ok(card)
    }
}

/// A workload as the catalog has it.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    entity: EntityRef,
    pub cluster: String,
    pub namespace: String,
    pub kind: String,
    pub name: String,
    health: String,
    versions: Vec<String>,
    pub wanted: Option<u32>,
    ready: u32,
    restarts: u32,
    rollout: Option<u64>,
    failing: Vec<(String, Status, String)>,
    trouble: Option<String>,
    /// When a container of it was killed for its memory that runs again, if that was lately.
    killed: Option<String>,
}

impl Workload {
    fn of(entity: &Value) -> Option<Workload> {
        let spec = &entity["spec"];
        let text = |key: &str| spec[key].as_str().unwrap_or_default().to_owned();
        let count = |value: &Value| value.as_u64().and_then(|count| u32::try_from(count).ok());
        let failing = spec["failing"].as_array().into_iter().flatten().map(|pod| {
            let text = |key: &str| pod[key].as_str().unwrap_or_default();
            let restarts = pod["restarts"].as_u64().unwrap_or_default();
            let detail = match (text("message"), restarts) {
                (message, 0) => message.to_owned(),
                ("", restarts) => format!("{restarts} restarts"),
                (message, restarts) => format!("{restarts} restarts; {message}"),
            };
            (text("pod").to_owned(), Status::bad(text("reason")), detail)
        });
        Some(Workload {
            entity: reference_of(entity)?,
            cluster: text("cluster"),
            namespace: text("namespace"),
            kind: text("type"),
            name: text("workload"),
            health: text("health"),
            versions: spec["versions"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            wanted: count(&spec["replicas"]["wanted"]),
            ready: count(&spec["replicas"]["ready"]).unwrap_or_default(),
            restarts: count(&spec["restarts"]).unwrap_or_default(),
            rollout: spec["lastRolloutAt"].as_str().and_then(millis),
            failing: failing.collect(),
            trouble: spec["trouble"]["reason"].as_str().map(|reason| {
                let message = spec["trouble"]["message"].as_str().unwrap_or_default();
                if message.is_empty() { reason.to_owned() } else { format!("{reason}: {message}") }
            }),
            killed: spec["oomKilledAt"].as_str().filter(|at| is_lately(at, clock::now())).map(str::to_owned),
        })
    }

    /// What buttons call it.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.cluster, self.namespace, self.kind, self.name)
    }

    fn status(&self) -> Status {
        let of = |wanted: u32| format!("{} of {wanted} ready", self.ready);
        match (self.health.as_str(), self.wanted) {
            ("failing", Some(wanted)) => Status::bad(of(wanted)),
            ("failing", None) => Status::bad("Failing"),
            ("degraded", Some(wanted)) => Status::warning(of(wanted)),
            ("healthy", Some(wanted)) => Status::good(of(wanted)),
            ("scaled-to-zero", _) => Status::neutral("Scaled to zero"),
            ("running", _) => Status::info("Running"),
            ("finished", _) => Status::good("Finished"),
            ("suspended", _) => Status::neutral("Suspended"),
            ("scheduled", _) => Status::neutral("Scheduled"),
            (other, _) => Status::neutral(other),
        }
    }

    /// The version of its first image, and how many others there are. The workload's own page has them whole.
    fn version(&self) -> String {
        let Some(first) = self.versions.first() else { return String::new() };
        let is_long = first.chars().count() > VERSION;
        let first =
            if is_long { format!("{}…", first.chars().take(VERSION).collect::<String>()) } else { first.clone() };
        match self.versions.len() {
            1 => first,
            count => format!("{first} +{}", count - 1),
        }
    }

    /// Why it fails, pod by pod, and why it may fail again.
    fn standings(&self) -> Vec<Standing> {
        let of_pods = self.failing.iter().map(|(pod, status, detail)| {
            let standing = Standing::new(pod.as_str(), status.clone());
            if detail.is_empty() { standing } else { standing.detail(detail.as_str()) }
        });
        let word = if self.wanted.is_some() { "Stuck" } else { "Failed" };
        let named = |status: Status| Standing::new(format!("{} {}", self.kind, self.name), status);
        let own = self.trouble.iter().map(|trouble| named(Status::bad(word)).detail(trouble.as_str()));
        let killed = self.killed.iter().map(|at| {
            let said = format!("a container took more memory than it may, was killed at {at}, and runs again");
            named(Status::warning("OOMKilled")).detail(said)
        });
        own.chain(of_pods).chain(killed).collect()
    }
}

/// The workloads of an entity, by cluster, and how many there are in all.
fn workloads(entity: &EntityRef) -> Result<(Vec<Workload>, u64)> {
    let filter = format!("kind=workload,spec.entities={}", entity.as_str());
    let page = catalog::search().filter(filter).ascending("metadata.name").limit(ROWS).page()?;
    let mut workloads: Vec<Workload> = page.entities.iter().filter_map(Workload::of).collect();
    let rank = |one: &Workload| (one.cluster.clone(), one.health != "failing", one.namespace.clone(), one.name.clone());
    workloads.sort_by_key(rank);
    Ok((workloads, page.total))
}

fn of_entity(entity: &EntityRef) -> Result<Card> {
    let found = catalog::get(entity)?.unwrap_or_default();
    let Ok(part) = serde_json::from_value::<Part>(found["facts"]["kubernetes"].clone()) else {
        return Ok(Card::new().empty(
            "No workload belongs to this. Label one with `app.kubernetes.io/name`, or write the annotation \
             `backstage.io/kubernetes-id` or `backstage.io/kubernetes-label-selector` into its descriptor.",
        ));
    };
    let (workloads, total) = workloads(entity)?;
    let mut card = Card::new().status(summary(&part)).stats(stats(&part));
    if workloads.is_empty() {
        card = card.table(by_cluster(&found["facts"]["kubernetes"]["clusters"]));
    }
    for group in workloads.chunk_by(|a, b| a.cluster == b.cluster) {
        let place = match only_namespace(group) {
            Some(namespace) => format!("{} · {namespace}", group[0].cluster),
            None => group[0].cluster.clone(),
        };
        card = card.heading(place).table(table(group));
        let failing: Vec<Standing> = group.iter().flat_map(Workload::standings).take(FAILING).collect();
        if !failing.is_empty() {
            card = card.standings(failing);
        }
    }
    if total > workloads.len() as u64 {
        let more = total - workloads.len() as u64;
        card = card.markdown(format!("{more} more are [in the catalog](/catalog?kind=workload)."));
    }
    Ok(with_buttons(card, &workloads))
}

fn of_workload(entity: &EntityRef) -> Result<Card> {
    let found = catalog::get(entity)?.unwrap_or_default();
    let Some(workload) = Workload::of(&found) else {
        return Ok(Card::new().empty("There is no such workload any more."));
    };
    let spec = &found["spec"];
    let names: Vec<&str> = spec["images"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut facts = vec![
        Fact::new("Cluster", workload.cluster.as_str()),
        Fact::new("Namespace", workload.namespace.as_str()),
        Fact::new("Images", names.join(", ")),
        Fact::new("Restarts", workload.restarts),
    ];
    facts.extend(workload.rollout.map(|at| Fact::new("Rolled out", Cell::time(at))));
    let scaling = (spec["autoscaling"]["min"].as_u64(), spec["autoscaling"]["max"].as_u64());
    if let (Some(least), Some(most)) = scaling {
        facts.push(Fact::new("Scales by itself", format!("{least} to {most}")));
    }
    let card = Card::new().status(workload.status()).facts(facts);
    let standings = workload.standings();
    let card = if standings.is_empty() { card } else { card.standings(standings) };
    Ok(with_buttons(card, &[workload]))
}

/// What fails, anywhere.
fn everywhere() -> Result<Card> {
    let search = catalog::search().filter("kind=workload,spec.health=failing").descending("spec.restarts").limit(10);
    let page = search.page()?;
    let workloads: Vec<Workload> = page.entities.iter().filter_map(Workload::of).collect();
    if workloads.is_empty() {
        return Ok(Card::new().status(Status::good("Nothing fails")).empty("Every workload runs as it should."));
    }
    let columns = ["Workload", "Cluster", "Replicas", "Why", "Restarts"];
    let table = workloads.iter().fold(Table::new(columns), |table, one| {
        let why = one.failing.first().map(|(_, status, _)| status.label.clone()).or(one.trouble.clone());
        table.row([
            Cell::from(&one.entity),
            one.cluster.as_str().into(),
            one.status().into(),
            why.unwrap_or_default().into(),
            one.restarts.into(),
        ])
    });
    Ok(Card::new().status(Status::bad(format!("{} failing", page.total))).table(table))
}

fn summary(part: &Part) -> Status {
    let (ready, wanted) = (part.replicas.ready, part.replicas.wanted);
    match part.failing.workloads {
        0 if ready < wanted => Status::warning(format!("{ready} of {wanted} ready")),
        0 => Status::good("Runs as it should"),
        failing => Status::bad(format!("{failing} failing")),
    }
}

fn stats(part: &Part) -> Vec<Stat> {
    let (ready, wanted) = (part.replicas.ready, part.replicas.wanted);
    let tone = |is_bad: bool, tone: Tone| if is_bad { tone } else { Tone::Neutral };
    vec![
        Stat::new("Replicas ready", format!("{ready} of {wanted}")).tone(tone(ready < wanted, Tone::Warning)),
        Stat::new("Failing pods", part.failing.pods).tone(tone(part.failing.pods > 0, Tone::Bad)),
        Stat::new("Restarts", part.restarts),
    ]
}

/// The namespace that all of them are in.
fn only_namespace(workloads: &[Workload]) -> Option<&str> {
    let first = workloads.first()?.namespace.as_str();
    workloads.iter().all(|one| one.namespace == first).then_some(first)
}

/// Five columns, so that it fits beside the sidebar of a page that is 1,280 pixels wide.
fn table(workloads: &[Workload]) -> Table {
    let is_one = only_namespace(workloads).is_some();
    let columns = match is_one {
        true => ["Workload", "Replicas", "Image", "Restarts", "Rolled out"],
        false => ["Workload", "Replicas", "Image", "Restarts", "Namespace"],
    };
    workloads.iter().fold(Table::new(columns), |table, one| {
        let last = if is_one { one.rollout.map(Cell::time).into() } else { one.namespace.as_str().into() };
        table.row([Cell::from(&one.entity), one.status().into(), one.version().into(), one.restarts.into(), last])
    })
}

/// What clusters come to, where the operator's mappings make no entities of workloads.
fn by_cluster(clusters: &Value) -> Table {
    let parts = clusters.as_object().into_iter().flatten();
    let parts = parts.filter_map(|(name, part)| Some((name, serde_json::from_value::<Part>(part.clone()).ok()?)));
    parts.fold(Table::new(["Cluster", "Workloads", "Replicas", "Restarts", "Images"]), |table, (name, part)| {
        let images: Vec<&str> = part.images.iter().map(String::as_str).collect();
        table.row([
            Cell::from(name.as_str()),
            part.workloads.into(),
            summary(&part).into(),
            Cell::Number(part.restarts as f64),
            images.join(", ").into(),
        ])
    })
}

fn with_buttons(card: Card, workloads: &[Workload]) -> Card {
    let is_wanted = Settings::read().is_ok_and(|settings| settings.actions);
    let buttons = if is_wanted { actions::buttons(workloads) } else { Vec::new() };
    if buttons.is_empty() { card } else { card.buttons(buttons) }
}

#[cfg(test)]
mod tests;
