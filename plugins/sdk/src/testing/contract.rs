//! The contract's functions, answered by the portal in memory: the names and types are those that a plugin imports.

pub(crate) mod run {
    pub(crate) use crate::bindings::portico::plugin::run::Level;
    use crate::testing::{current, with};

    /// A line is written to standard error as well: a test that fails shows it.
    pub(crate) fn log(level: Level, message: &str) {
        use crate::run::Level as Said;
        let said = match level {
            Level::Trace => Said::Trace,
            Level::Debug => Said::Debug,
            Level::Info => Said::Info,
            Level::Warn => Said::Warn,
            Level::Error => Said::Error,
        };
        eprintln!("{said:?}: {message}");
        if let Some(world) = current() {
            world.borrow_mut().log.push((said, message.to_owned()));
        }
    }

    pub(crate) fn progress(done: u64, total: Option<u64>, message: &str) {
        let total = total.map_or_else(String::new, |total| format!(" of {total}"));
        eprintln!("{done}{total}: {message}");
    }

    pub(crate) fn cancelled() -> bool {
        with(|world| world.is_cancelled)
    }

    pub(crate) fn scopes() -> Option<Vec<String>> {
        with(|world| world.scopes.clone())
    }
}

pub(crate) mod settings {
    pub(crate) fn get() -> String {
        crate::testing::with(|world| world.settings.to_string())
    }
}

pub(crate) mod state {
    use crate::bindings::portico::plugin::types::Error;
    use crate::testing::with;

    pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
        with(|world| Ok(world.state.get(key).cloned()))
    }

    pub(crate) fn set(key: &str, value: &[u8]) -> Result<(), Error> {
        with(|world| {
            let others = world.state.iter().filter(|(known, _)| *known != key);
            let size = others.map(|(key, value)| key.len() + value.len()).sum::<usize>() + key.len() + value.len();
            if size > world.room {
                let room = world.room;
                return Err(Error::Denied(format!(
                    "the portal of this test has room for {room} bytes of state, not for {size}"
                )));
            }
            world.state.insert(key.to_owned(), value.to_vec());
            Ok(())
        })
    }

    pub(crate) fn delete(key: &str) -> Result<(), Error> {
        with(|world| world.state.remove(key));
        Ok(())
    }
}

pub(crate) mod clock {
    use crate::testing::with;

    pub(crate) fn now() -> u64 {
        with(|world| world.now)
    }

    /// Nobody waits in a test: the time goes on at once.
    pub(crate) fn pause(milliseconds: u32) {
        with(|world| world.now += u64::from(milliseconds));
    }
}

pub(crate) mod http {
    pub(crate) use crate::bindings::portico::plugin::http::{Request, Response};
    use crate::bindings::portico::plugin::types::Error;

    pub(crate) fn send(request: &Request) -> Result<Response, Error> {
        crate::testing::with(|world| world.send(request))
    }
}

pub(crate) mod streams {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use crate::bindings::portico::plugin::http::Request;
    pub(crate) use crate::bindings::portico::plugin::streams::Piece;
    use crate::bindings::portico::plugin::types::Error;
    use crate::testing::with;

    /// An answer whose lines come in one by one.
    pub(crate) struct Answer {
        status: u16,
        headers: Vec<(String, String)>,
        pieces: RefCell<VecDeque<Vec<u8>>>,
    }

    impl Answer {
        pub(crate) fn open(request: &Request) -> Result<Answer, Error> {
            let answer = with(|world| world.send(request))?;
            let lines = answer.body.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec);
            let pieces = RefCell::new(lines.collect());
            Ok(Answer { status: answer.status, headers: answer.headers, pieces })
        }

        pub(crate) fn status(&self) -> u16 {
            self.status
        }

        pub(crate) fn headers(&self) -> Vec<(String, String)> {
            self.headers.clone()
        }

        pub(crate) fn read(&self) -> Result<Piece, Error> {
            Ok(self.pieces.borrow_mut().pop_front().map_or(Piece::End, Piece::Bytes))
        }
    }

    /// Nobody waits in a test: there is always something to read, be it an end.
    pub(crate) fn ready(answers: &[&Answer], _: u32) -> Vec<u32> {
        (0..).zip(answers).map(|(place, _)| place).collect()
    }
}

pub(crate) mod catalog {
    pub(crate) use crate::bindings::portico::plugin::catalog::{Order, Page, Query};
    use crate::bindings::portico::plugin::types::{EntityRef, Error};
    use crate::reference::inwards;
    use crate::testing::with;

    pub(crate) fn get(entity: &EntityRef) -> Result<Option<String>, Error> {
        let entity = inwards(entity)?;
        with(|world| Ok(world.get(&entity)))
    }

    pub(crate) fn search(query: &Query) -> Result<Page, Error> {
        with(|world| world.search(query).map_err(Error::Invalid))
    }
}

pub(crate) mod ingest {
    pub(crate) use crate::bindings::portico::plugin::ingest::{
        Attachment, Cause, Mode, Object, Origin, Problem, Put, Rejection, Summary, Violation,
    };
    use crate::bindings::portico::plugin::types::Error;
    use crate::testing::session::violations;
    pub(crate) use crate::testing::session::{Session, Submission};
    use crate::testing::with;

    pub(crate) fn check(document: &str) -> Result<Vec<Violation>, Error> {
        let document = serde_json::from_str(document).map_err(|error| Error::Invalid(error.to_string()))?;
        Ok(violations(document))
    }

    pub(crate) fn cursor(scope: &str) -> Result<Option<String>, Error> {
        with(|world| Ok(world.cursors.get(scope).cloned()))
    }

    pub(crate) fn current(_: &str) -> Result<(), Error> {
        Ok(())
    }

    pub(crate) fn unreadable(scope: &str, reason: &str) -> Result<(), Error> {
        with(|world| world.unreadable.push((scope.to_owned(), reason.to_owned())));
        Ok(())
    }

    pub(crate) fn read_soon(scopes: &[String]) -> Result<(), Error> {
        with(|world| world.wanted.extend(scopes.iter().cloned()));
        Ok(())
    }

    pub(crate) fn retain(scopes: &[String]) -> Result<(), Error> {
        with(|world| {
            if let Some(reason) = &world.guard {
                return Err(Error::Denied(reason.clone()));
            }
            world.retained = Some(scopes.to_vec());
            Ok(())
        })
    }
}

pub(crate) mod files {
    pub(crate) use crate::bindings::portico::plugin::files::Entry;
    use crate::bindings::portico::plugin::types::Error;
    use crate::testing::repository::matcher;
    use crate::testing::with;

    pub(crate) fn find(patterns: &[String]) -> Result<Vec<Entry>, Error> {
        let is_wanted = matcher(patterns)?;
        with(|world| {
            if world.files.is_empty() {
                return Err(not_granted());
            }
            let found = world.files.iter().filter(|(path, _)| is_wanted(path));
            let entry = |(path, (bytes, _)): (&String, &(Vec<u8>, bool))| Entry {
                path: path.clone(),
                size: bytes.len() as u64,
                stamp: bytes.len().to_string(),
            };
            Ok(found.map(entry).collect())
        })
    }

    pub(crate) fn read(path: &str) -> Result<Vec<u8>, Error> {
        look(path, |(bytes, _)| bytes.clone())
    }

    pub(crate) fn is_executable(path: &str) -> Result<bool, Error> {
        look(path, |(_, is_executable)| *is_executable)
    }

    fn look<T>(path: &str, look: impl Fn(&(Vec<u8>, bool)) -> T) -> Result<T, Error> {
        with(|world| match world.files.get(path) {
            Some(file) => Ok(look(file)),
            None if world.files.is_empty() => Err(not_granted()),
            None => Err(Error::NotFound(format!("there is no file {path}"))),
        })
    }

    fn not_granted() -> Error {
        Error::Denied("the portal of this test has no files; say one with `Portal::file`".to_owned())
    }
}

pub(crate) mod locations {
    pub(crate) use crate::bindings::portico::plugin::locations::Location;
    use crate::bindings::portico::plugin::types::{EntityRef, Error};
    use crate::reference::outwards;
    use crate::testing::with;

    pub(crate) fn registered() -> Result<Vec<Location>, Error> {
        Ok(Vec::new())
    }

    pub(crate) fn others() -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    pub(crate) fn register(target: &str) -> Result<Vec<EntityRef>, Error> {
        with(|world| {
            let missing = || {
                Error::NotFound(format!(
                    "the portal of this test finds nothing at {target}; say it with `Portal::location`"
                ))
            };
            let held = world.locations.get(target).ok_or_else(missing)?;
            let held = held.iter().map(outwards).collect();
            world.registered.push(target.to_owned());
            Ok(held)
        })
    }

    pub(crate) fn forget(target: &str) -> Result<bool, Error> {
        with(|world| {
            let before = world.registered.len();
            world.registered.retain(|registered| registered != target);
            Ok(world.registered.len() < before)
        })
    }
}

pub(crate) mod repositories {
    pub(crate) use crate::bindings::portico::plugin::repositories::{Change, Head};
    pub(crate) use crate::testing::repository::{Snapshot, resolve};
}

pub(crate) mod workspace {
    pub(crate) use crate::bindings::portico::plugin::workspace::{Author, Commit};
    pub(crate) use crate::testing::folder::{copy, is_executable, push, set_executable};
}
