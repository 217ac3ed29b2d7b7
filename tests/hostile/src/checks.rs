//! Attacks where a plugin finds out how it stands.

use crate::contract::exports::portico::plugin::checks::{Finding, Guest, Outcome};
use crate::contract::portico::plugin::ingest::{Mode, Session};
use crate::contract::portico::plugin::types::Error;
use crate::{Attack, Hostile, came_through, chosen, perform};

fn finding(outcome: Outcome, message: String) -> Finding {
    Finding { subject: "The attack".to_owned(), outcome, message }
}

fn words(error: Error) -> String {
    match error {
        Error::Invalid(words) | Error::Denied(words) | Error::NotFound(words) | Error::Failed(words) => words,
        Error::Unavailable(unavailable) => unavailable.reason,
    }
}

impl Guest for Hostile {
    fn check() -> Vec<Finding> {
        let done = match chosen("checks") {
            Ok(Attack::FindingsWithoutEnd) => {
                return (0..10_000).map(|number| finding(Outcome::Warned, format!("thing {number}"))).collect();
            }
            Ok(Attack::HugeFinding) => Err(Error::Failed("\u{1b}[2Jx".repeat(1_000_000))),
            Ok(Attack::CheckThatIngests) => {
                Session::open("smuggled", Mode::Full).and_then(|_| Err(came_through("a session of a check")))
            }
            attack => attack.and_then(perform),
        };
        vec![match done {
            Ok(()) => finding(Outcome::Passed, "All is as it has to be.".to_owned()),
            Err(error) => finding(Outcome::Failed, words(error)),
        }]
    }
}
