//! What a step has done already that was broken off, so that it is not in its own way when it is done again.
//!
//! Rule: a note is about one repository, and counts for the step of the task that wrote it alone. There is room for a number of them, and the
//! newest stay.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use portico_sdk::actions::Invocation;
use portico_sdk::{Result, state};
use serde::{Deserialize, Serialize};

/// Notes that are kept.
const PLACES: u64 = 512;

#[derive(Debug, Deserialize, Serialize)]
struct Note {
    remote: String,
    task: String,
    step: String,
    /// Empty before anything was pushed.
    commit: String,
}

fn place(remote: &str) -> String {
    let mut hasher = DefaultHasher::new();
    remote.hash(&mut hasher);
    format!("step/{}", hasher.finish() % PLACES)
}

/// Notes that this step made a repository, or a branch of it, and what it pushed to it.
pub(crate) fn note(invocation: &Invocation, remote: &str, commit: &str) -> Result<()> {
    let note = Note {
        remote: remote.to_owned(),
        task: invocation.task.clone(),
        step: invocation.step.clone(),
        commit: commit.to_owned(),
    };
    state::set(&place(remote), &note)
}

/// What this step noted; none if it made nothing there.
pub(crate) fn noted(invocation: &Invocation, remote: &str) -> Result<Option<String>> {
    // What cannot be read any more is no note.
    let note: Option<Note> = state::get(&place(remote)).unwrap_or_default();
    let is_ours = |note: &Note| note.remote == remote && note.task == invocation.task && note.step == invocation.step;
    Ok(note.filter(is_ours).map(|note| note.commit))
}

#[cfg(test)]
mod tests {
    use portico_sdk::testing::Portal;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_note_counts_for_its_own_step_and_repository() {
        let first = Invocation::new("publish:git", json!({}));
        let other = Invocation { step: "other".into(), ..first.clone() };
        Portal::new().run(|| {
            note(&first, "https://x.test/a.git", "c0ffee").expect("there is room");
            assert_eq!(noted(&first, "https://x.test/a.git"), Ok(Some("c0ffee".to_owned())));
            assert_eq!(noted(&other, "https://x.test/a.git"), Ok(None));
            assert_eq!(noted(&first, "https://x.test/b.git"), Ok(None));
        });
    }
}
