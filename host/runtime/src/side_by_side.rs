//! The same work for each of many things, on several processors.
//!
//! Rule: answers come in the order of the things, and nothing of it goes on afterwards. Its threads are its own and not of the pool that
//! everybody shares, as those compile plugins for seconds on end.

use std::num::NonZero;
use std::thread;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::start::StartError;

/// Things that a thread takes at once, at least: judging a document takes some 3 µs, and handing it to another thread about as long.
const SHARE: usize = 32;

/// Threads, at most: plugins that bring data in should not have all of a large machine to themselves.
const THREADS: usize = 4;

/// The threads.
pub(crate) struct SideBySide(ThreadPool);

impl SideBySide {
    /// Starts them.
    pub(crate) fn start() -> Result<SideBySide, StartError> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(THREADS);
        let pool =
            ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("judge-{number}")).build();
        pool.map(SideBySide).map_err(|error| StartError::Threads(error.to_string()))
    }

    /// Does the work for each; it must not wait for anything.
    pub(crate) fn each<T: Send, R: Send>(&self, things: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
        if things.len() <= SHARE {
            return things.into_iter().map(work).collect();
        }
        self.0.install(|| things.into_par_iter().with_min_len(SHARE).map(work).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_things_however_many() {
        let side_by_side = SideBySide::start().unwrap();
        for count in [0, 1, SHARE, SHARE + 1, 2 * SHARE, 2 * SHARE + 1, 1_000, 10_007] {
            let things: Vec<usize> = (0..count).collect();
            assert_eq!(side_by_side.each(things.clone(), |thing| thing), things);
        }
    }

    #[test]
    #[should_panic(expected = "the last one is broken")]
    fn a_panic_of_any_thread_is_one_of_the_caller() {
        let things = (0..1_000).collect();
        SideBySide::start().unwrap().each(things, |thing: usize| assert!(thing < 999, "the last one is broken"));
    }
}
