//! A process that is killed in the middle of commits leaves exactly a committed state.
//!
//! The test starts itself again as a child, which syncs round after round into one file and prints each round once it is
//! committed. The parent kills it at a random moment, opens the file, and compares what it finds with one round.

mod support;

use std::env;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portico_catalog::{Catalog, Mode};
use portico_model::Filter;
use serde_json::{Value, json};
use support::*;

/// Names the file for the child; without it the child's test does nothing.
const FILE: &str = "PORTICO_CRASH_FILE";

/// Entities in a round: enough that most of a round's time is its commit.
const ENTITIES: usize = 60;

/// How often the child is killed.
const KILLS: u32 = 40;

#[test]
fn a_child_that_syncs_until_it_is_killed() {
    let Ok(file) = env::var(FILE) else { return };
    let catalog = support::open(file.as_ref()).unwrap();
    let first = round_of(&catalog).map_or(0, |round| round + 1);
    for round in first.. {
        commit(&catalog, round);
        println!("committed {round}");
        std::io::stdout().flush().unwrap();
    }
}

fn commit(catalog: &Catalog, round: u64) {
    let mut session = catalog.session(PLUGIN, "repo", Mode::Full).unwrap();
    session.put(&group("team").to_string(), origin("team.yaml")).unwrap();
    for number in 0..ENTITIES {
        // A few come and go with the rounds, so that removal is part of every commit.
        let name = if number % 10 == 0 { format!("svc-{number}-{}", round % 2) } else { format!("svc-{number}") };
        let mut document = component(&name, "team");
        document["metadata"]["labels"] = json!({ "round": round.to_string() });
        session.put(&document.to_string(), origin(&format!("{name}.yaml"))).unwrap();
    }
    session.commit(Some(round.to_string())).unwrap();
}

/// The round that the catalog shows, if all of it agrees on one.
fn round_of(catalog: &Catalog) -> Option<u64> {
    let cursor: u64 = catalog.cursor(PLUGIN, "repo").unwrap()?.parse().unwrap();
    let facets = catalog.facets(&["metadata.labels.round".to_owned()], &Filter::everything(), None).unwrap();
    let rounds: Vec<(&str, u64)> = facets[0].iter().map(|count| (count.value.as_str(), count.count)).collect();
    assert_eq!(rounds, [(cursor.to_string().as_str(), ENTITIES as u64)], "the index shows one whole round");
    assert_eq!(catalog.count().unwrap(), ENTITIES as u64 + 1, "and nothing of another");
    let team = entity(catalog, "group:team").unwrap();
    assert_eq!(team["relations"].as_array().unwrap().len(), ENTITIES, "relations are of the same round");
    let all = query(catalog, &["kind=component"], portico_catalog::Order::Age, 1000);
    for json in &all.items {
        let entity: Value = serde_json::from_slice(json).unwrap();
        assert_eq!(entity["metadata"]["labels"]["round"], cursor.to_string());
    }
    assert_eq!(catalog.sources().unwrap()[0].entities, ENTITIES as u64 + 1);
    Some(cursor)
}

#[test]
fn a_killed_process_never_leaves_half_a_sync() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.redb");
    let mut random = 0x9e37_79b9_u32;
    let mut reached = 0;
    for kill in 0..KILLS {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "a_child_that_syncs_until_it_is_killed", "--nocapture"])
            .env(FILE, &file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let rounds =
            lines.by_ref().filter_map(Result::ok).filter_map(|line| line.strip_prefix("committed ")?.parse().ok());
        let committed: u64 = rounds.take(1 + (random >> 8) as usize % 3).last().expect("the child commits rounds");
        // Anywhere inside the rounds that follow; a sleep would wake on the timer's ticks instead.
        let moment = Instant::now() + Duration::from_micros(u64::from(random >> 16) % 60_000);
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let catalog = support::open(&file).unwrap();
        let round = round_of(&catalog).expect("a committed round");
        assert!(round >= committed, "kill {kill}: round {committed} was reported as committed, {round} is shown");
        reached = round;
    }
    assert!(reached > u64::from(KILLS), "the child got on between the kills: {reached} rounds");
}
