//! Real counterparts: servers of the kind that companies have, where somebody has them at hand.
//!
//! `cargo xtask test --real DIR` names a folder with a folder for each counterpart, in which `up.sh` starts it and prints what it is to
//! be known by, as words `KEY=VALUE`, and `down.sh` stops it. Without that, tests of the same cases stand on fakes of their own.
//!
//! Rule: a case is written once, for both; what only a fake can be made to do is a case of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where the folders are, as `cargo xtask test --real` passes it on.
const FOLDER: &str = "PORTICO_REAL";

/// Counterparts have ports of their own, so that one test at a time has them.
static TURN: Mutex<()> = Mutex::new(());

/// A real counterpart that was started; it is stopped when this is dropped, and another test may start it.
pub struct Real {
    folder: PathBuf,
    says: BTreeMap<String, String>,
    /// None of one that stands beside another, whose turn it is.
    _turn: Option<MutexGuard<'static, ()>>,
}

impl Real {
    /// Starts a counterpart by the name of its folder, with these variables in its environment; none where no counterparts are at hand.
    ///
    /// # Panics
    ///
    /// If counterparts are at hand and it does not start.
    #[must_use]
    pub fn start(name: &str, variables: &[(&str, &str)]) -> Option<Real> {
        let folder = Path::new(&std::env::var_os(FOLDER)?).join(name);
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Real::started(folder, variables, Some(turn)))
    }

    /// Starts another one beside this, which it rests on. It has to be dropped first.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn beside(&self, name: &str, variables: &[(&str, &str)]) -> Real {
        Real::started(self.folder.with_file_name(name), variables, None)
    }

    fn started(folder: PathBuf, variables: &[(&str, &str)], turn: Option<MutexGuard<'static, ()>>) -> Real {
        let up = folder.join("up.sh");
        let mut command = Command::new(&up);
        // What it starts goes on, and would keep a pipe open: what it says is waited for in a file.
        let said = tempfile::NamedTempFile::new().expect("a file");
        command.envs(variables.iter().copied()).stdin(Stdio::null()).stdout(said.reopen().expect("the file"));
        let status = command.status().unwrap_or_else(|error| panic!("{} does not start: {error}", up.display()));
        assert!(status.success(), "{} says that it failed ({status}); what it printed above says why", up.display());
        let said = std::fs::read_to_string(said.path()).expect("what it said");
        let says = said.split_ascii_whitespace().filter_map(|word| word.split_once('='));
        let says = says.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Real { folder, says, _turn: turn }
    }

    /// What it is to be known by, such as the address under `PAGERDUTY_URL`.
    ///
    /// # Panics
    ///
    /// If it did not say so.
    #[must_use]
    pub fn says(&self, key: &str) -> &str {
        self.says.get(key).unwrap_or_else(|| panic!("{} has not said {key}: {:?}", self.folder.display(), self.says))
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let down = self.folder.join("down.sh");
        if !Command::new(&down).stdin(Stdio::null()).status().is_ok_and(|status| status.success()) {
            eprintln!("{} has failed; what it stands for may go on", down.display());
        }
    }
}
