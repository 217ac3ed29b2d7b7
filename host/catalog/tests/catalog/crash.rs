//! A process that is killed at any moment leaves exactly a committed state, and a file that opens.
//!
//! The test starts itself again as a child, which syncs round after round into one file and prints each round once it is
//! committed. The parent kills it at a random moment, while it makes or opens the file or in the middle of its rounds, opens the file, and
//! compares what it finds with the one or two rounds that are possible. `PORTICO_SEED` repeats the moments of a run that failed.

use std::env;
use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::support::*;
use portico_catalog::{Catalog, Mode, Order};
use portico_model::Filter;
use serde_json::{Value, json};

/// Names the file for the child; without it the child's test does nothing.
const FILE: &str = "PORTICO_CRASH_FILE";

/// How often the child is killed.
const KILLS: u32 = 500;

/// Components in a round: enough that most of its time is its commit, and more as the rounds go on.
fn size(round: u64) -> u64 {
    16 + round / 40
}

/// A few come and go with the rounds, so that removal is part of every commit.
fn name(number: u64, round: u64) -> String {
    if number.is_multiple_of(10) { format!("svc-{number}-{}", round % 2) } else { format!("svc-{number}") }
}

#[test]
fn a_child_that_syncs_until_it_is_killed() {
    let Ok(file) = env::var(FILE) else { return };
    let catalog = crate::support::open(file.as_ref()).unwrap();
    let first = catalog.cursor(PLUGIN, "repo").unwrap().map_or(1, |round| round.parse::<u64>().unwrap() + 1);
    for round in first.. {
        commit(&catalog, round);
        println!("committed {round}");
        std::io::stdout().flush().unwrap();
    }
}

fn commit(catalog: &Catalog, round: u64) {
    let mut session = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    session.put(&group("team").to_string(), origin("team.yaml")).unwrap();
    for number in 0..size(round) {
        let name = name(number, round);
        let mut document = component(&name, "team");
        document["metadata"]["labels"] = json!({ "round": round.to_string() });
        session.put(&document.to_string(), origin(&format!("{name}.yaml"))).unwrap();
        session.attach(reference(&format!("component:{name}")), &json!({ "round": round }).to_string()).unwrap();
    }
    session.commit(Some(round.to_string())).unwrap();
}

/// The round that the catalog shows, 0 before the first; all of it must agree on one.
fn round_of(catalog: &Catalog) -> u64 {
    let Some(cursor) = catalog.cursor(PLUGIN, "repo").unwrap() else {
        assert_eq!(
            (catalog.count().unwrap(), catalog.sources().unwrap().len()),
            (0, 0),
            "nothing before the first round"
        );
        return 0;
    };
    let round: u64 = cursor.parse().unwrap();
    let count = size(round);
    let fields = ["metadata.labels.round", "facts.git.round"].map(str::to_owned);
    for facets in catalog.facets(&fields, &Filter::everything(), None).unwrap() {
        let rounds: Vec<(&str, u64)> = facets.iter().map(|facet| (facet.value.as_str(), facet.count)).collect();
        assert_eq!(rounds, [(cursor.as_str(), count)], "the indexes show one whole round");
    }
    assert_eq!(catalog.count().unwrap(), count + 1, "and nothing of another");
    assert_eq!(catalog.sources().unwrap()[0].entities, count + 1, "the source knows what it holds");
    let team = entity(catalog, "group:team").unwrap();
    assert_eq!(team["relations"].as_array().unwrap().len() as u64, count, "relations are of the same round");
    let all = query(catalog, &["kind=component"], Order::Age, 10_000);
    assert_eq!(all.items.len() as u64, count);
    for json in &all.items {
        let entity: Value = serde_json::from_slice(json).unwrap();
        assert_eq!(entity["metadata"]["labels"]["round"], cursor);
        assert_eq!(entity["facts"]["git"]["round"], round);
    }
    // The log ends with this round: what changed in it was of the round before.
    let name = name(1, round);
    let newest = catalog.history(&format!("component:default/{name}"), 1).unwrap().remove(0);
    let before: Value = serde_json::from_str(newest.before.as_deref().unwrap_or("null")).unwrap();
    let before = before["metadata"]["labels"]["round"].as_str().map(str::to_owned);
    assert_eq!(before, (round > 1).then(|| (round - 1).to_string()));
    round
}

fn start(file: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "crash::a_child_that_syncs_until_it_is_killed", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Lets a child commit some rounds and then some time pass, and kills it. The last round that it said it committed, if it did.
fn kill(mut child: Child, rounds: usize, time: Duration) -> Option<u64> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut committed = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("committed ")?.parse().ok());
    let seen = committed.by_ref().take(rounds).last();
    // A sleep would wake on the timer's ticks, which are coarser than a commit.
    let moment = Instant::now() + time;
    while Instant::now() < moment {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    let seen = committed.last().or(seen);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(9), "the child went on until it was killed, and did not end: {said}");
    seen
}

#[test]
fn a_process_that_is_killed_five_hundred_times_never_leaves_half_a_sync() {
    let given = env::var("PORTICO_SEED").ok().map(|seed| seed.parse().expect("PORTICO_SEED is a number"));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed: u64 = given.unwrap_or_else(|| u64::from(now.subsec_nanos()));
    println!("the moments are those of PORTICO_SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.redb");
    let mut random = seed;
    let mut next = |below: u64| {
        // Numbers of Knuth's; the low digits are the weak ones.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    // The last round that must be there, and the last that may be: a child may be killed before it can say that it committed one.
    let (mut least, mut most) = (0, 0);
    for number in 0..KILLS {
        // One in four is killed while it starts, opens the file, mends what the one before left, or makes its first commit.
        let (rounds, time) = if next(4) == 0 { (0, next(25_000)) } else { (1 + next(2), next(10_000)) };
        let said = kill(start(&file), rounds as usize, Duration::from_micros(time));
        (least, most) = (said.unwrap_or(least), said.unwrap_or(most) + 1);
        // Now and then the next child is the first to open what this one left.
        if next(4) == 0 && number + 1 < KILLS {
            continue;
        }
        let round = round_of(&crate::support::open(&file).unwrap());
        println!("kill {number}: {round} is shown, of {least} to {most}");
        assert!((least..=most).contains(&round), "what was committed is there, and nothing else");
        (least, most) = (round, round);
    }
    assert!(least > u64::from(KILLS) / 2, "the child got on between the kills: {least} rounds");
}
